//! For tests: the reference data and what R and independent code made of it; tests/data/reference/README.md says how.

use std::path::PathBuf;

use tribometer_surveys::person::Person;
use tribometer_surveys::survey::Survey;

use crate::Input;
use crate::comments::scrub::Identifying;
use crate::events::Events;
use crate::files::{Text, columns, people, pull_requests::PullRequestsFile, responses};
use crate::input::{PastWave, Settings};

/// A CSV file of the reference, in which every value is text until it is asked for.
pub(crate) struct Table {
    header: csv::StringRecord,
    rows: Vec<csv::StringRecord>,
}

pub(crate) struct Row<'a> {
    table: &'a Table,
    cells: &'a csv::StringRecord,
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/reference/{name}.csv"))
}

impl Table {
    pub fn expected(name: &str) -> Table {
        let mut reader = csv::Reader::from_path(path(name)).unwrap();
        Table {
            header: reader.headers().unwrap().clone(),
            rows: reader.records().map(Result::unwrap).collect(),
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { table: self, cells })
    }

    /// The only row for which the columns have these values.
    pub fn find(&self, wanted: &[(&str, &str)]) -> Row<'_> {
        let mut found = self.rows().filter(|row| {
            wanted
                .iter()
                .all(|(column, value)| row.text(column) == *value)
        });
        let row = found
            .next()
            .unwrap_or_else(|| panic!("no row with {wanted:?}"));
        assert!(found.next().is_none(), "several rows with {wanted:?}");
        row
    }
}

impl Row<'_> {
    pub fn text(&self, column: &str) -> &str {
        let at = self.table.header.iter().position(|name| name == column);
        &self.cells[at.unwrap_or_else(|| panic!("no column {column}"))]
    }

    pub fn optional(&self, column: &str) -> Option<f64> {
        let text = self.text(column);
        (!matches!(text, "" | "NA")).then(|| text.parse().unwrap())
    }

    pub fn number(&self, column: &str) -> f64 {
        self.optional(column).unwrap()
    }

    pub fn count(&self, column: &str) -> u32 {
        self.text(column).parse().unwrap()
    }
}

/// Equal to 1e-8, relative for numbers above one.
#[track_caller]
pub(crate) fn near(found: f64, expected: f64) {
    within(found, expected, 1e-8 * expected.abs().max(1.0));
}

#[track_caller]
pub(crate) fn within(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "found {found}, expected {expected}"
    );
}

/// The survey of the reference data: eight pillars and three outcomes of the built-in one.
pub(crate) fn survey() -> Survey {
    let pillars = Table::expected("friction");
    let pillars: Vec<&str> = pillars.rows.iter().map(|row| &row[0]).collect();
    let mut survey = tribometer_surveys::builtin::devex_25().clone();
    for dimension in &mut survey.dimensions {
        dimension
            .pillars
            .retain(|pillar| pillars.contains(&pillar.id.as_str()));
    }
    survey
        .dimensions
        .retain(|dimension| !dimension.pillars.is_empty());
    survey
}

/// The reference data as files give it: wave 2 with wave 1 before it, or wave 1 alone.
pub(crate) fn input(wave: u32) -> Input {
    let survey = survey();
    let text = |name: &str| Text::read(&path(name)).unwrap();
    let people = people::read(&text("people")).unwrap();
    let people: Vec<Person> = people.rows.into_iter().map(|row| row.person).collect();
    let pull_requests = text("pull_requests");
    let file = PullRequestsFile::new(&pull_requests).unwrap();
    let (pull_requests, _) = columns::pull_requests(&file, Some(&people)).unwrap();
    let responses = |wave: u32| {
        let name = format!("responses_{wave}");
        responses::read(&text(&name), &survey, &responses::Map::default()).unwrap()
    };
    Input {
        wave: wave.to_string(),
        roster: Some(columns::roster(&people)),
        responses: responses(wave),
        previous: (1..wave)
            .rev()
            .map(|wave| PastWave {
                label: wave.to_string(),
                reworded: Vec::new(),
                responses: responses(wave),
            })
            .collect(),
        pull_requests: Some(pull_requests),
        period: None,
        events: Events::default(),
        metrics: Vec::new(),
        identifying: Some(Identifying::of(&people)),
        declared: Vec::new(),
        actions: Vec::new(),
        settings: Settings::default(),
        survey,
    }
}
