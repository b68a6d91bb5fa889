//! people.csv: one row a person.

use polars::prelude::DataFrame;
use tribometer_surveys::directory::{PeopleFile, PersonRow};
use tribometer_surveys::person::Person;
use tribometer_surveys::tables::PEOPLE;

use crate::answers::PeopleRows;

use super::{Problem, Rejected, Rows, Table};

/// Reads every person of the file; cells are checked, what they mean for the directory is not.
pub fn read<'a>(rows: impl Into<Rows<'a>>) -> Result<PeopleFile, Rejected> {
    let table = Table::new(rows, &PEOPLE.required())?;
    let parts = table.read_parts(Vec::with_capacity, |rows, row, rejected| {
        let names = table.columns().iter().enumerate();
        let cells = names.map(|(at, name)| (name.as_str(), row.text(Some(at))));
        match Person::from_cells(cells) {
            Ok(person) => rows.push(PersonRow {
                line: row.line,
                person,
            }),
            Err(errors) => errors.into_iter().for_each(|error| {
                let (column, value) = (&error.column, &error.value);
                let problem =
                    Problem::of_cell(table.name(), row.line, column, value, error.problem);
                rejected.push(problem);
            }),
        }
    })?;
    let columns = table.columns().iter().cloned().collect();
    let rows = parts.into_iter().flatten().collect();
    Ok(PeopleFile { columns, rows })
}

/// The active people of a roster, as a frame.
pub fn roster(people: &[Person]) -> DataFrame {
    let mut roster = PeopleRows::default();
    for person in people.iter().filter(|person| person.active) {
        let attributes = person.attributes.iter();
        roster.push(
            person.team.as_ref().map_or("", |team| team.as_str()),
            attributes.map(|(name, value)| (name.as_str(), value.as_str())),
        );
    }
    roster.finish()
}
