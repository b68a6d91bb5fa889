//! people.csv: one row a person.

use tribometer_surveys::directory::{PeopleFile, PersonRow};
use tribometer_surveys::person::Person;

use super::{Problem, Rejected, Table, Text};

/// Reads every person of the file; cells are checked, what they mean for the directory is not.
pub fn read(text: &Text) -> Result<PeopleFile, Rejected> {
    let table = Table::new(text, &["email"])?;
    let mut rejected = Rejected::default();
    let mut rows = Vec::new();
    for row in table.rows() {
        let row = match row {
            Ok(row) => row,
            Err(problem) => {
                rejected.push(problem);
                continue;
            }
        };
        let cells = table.columns().iter().map(String::as_str).zip(row.cells());
        match Person::from_cells(cells) {
            Ok(person) => rows.push(PersonRow {
                line: row.line,
                person,
            }),
            Err(errors) => {
                for error in errors {
                    rejected.push(Problem::of_cell(
                        text.name(),
                        row.line,
                        &error.column,
                        &error.value,
                        error.problem,
                    ));
                }
            }
        }
    }
    let columns = table.columns().iter().cloned().collect();
    rejected.into_result(PeopleFile { columns, rows })
}
