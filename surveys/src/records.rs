//! What is kept as it came: records of systems, numbers that were aggregated elsewhere, definitions
//! of metrics, and actions. A kind says what they are called, which columns they have, and which of
//! these name a record.

use crate::tables::{ACTIONS, METRICS};
use crate::telemetry::columns::{Column, Kind as ColumnKind, required};
use crate::telemetry::metrics::Source;

/// A kind of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// In commands and addresses: `ci-runs`.
    pub name: &'static str,
    /// In sentences: `CI runs`.
    pub title: &'static str,
    /// Its table in the database: `ci_run`.
    pub table: &'static str,
    pub columns: &'static [Column],
    /// The columns that together name a record.
    pub key: &'static [&'static str],
    /// Whether several records may have the same names; they are told apart by their order.
    pub is_repeatable: bool,
}

/// Where records come from that somebody handed in as a file.
pub const FROM_FILE: &str = "file";

/// A cell of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Nothing,
    Text(String),
    /// Microseconds since 1970, or a number.
    Whole(i64),
    Value(f64),
}

/// A record as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Tells it from all others of its kind and source.
    pub key: String,
    /// Which row of its file it was, from 0.
    pub position: i64,
    /// A cell for each column of its kind.
    pub cells: Vec<Cell>,
}

const fn of(source: Source, names: [&'static str; 3], key: &'static [&'static str]) -> Kind {
    let [name, title, table] = names;
    let columns = match source.shape() {
        Some(shape) => shape.columns,
        None => METRICS.columns,
    };
    let is_repeatable = match source.shape() {
        Some(shape) => shape.key.is_empty(),
        None => false,
    };
    Kind {
        name,
        title,
        table,
        columns,
        key,
        is_repeatable,
    }
}

pub const PULL_REQUESTS: Kind = of(
    Source::PullRequests,
    ["pull-requests", "pull requests", "pull_request"],
    &["repository", "number"],
);
pub const CI_RUNS: Kind = of(
    Source::CiRuns,
    ["ci-runs", "CI runs", "ci_run"],
    &["repository", "commit", "workflow", "started_at", "attempt"],
);
pub const DEPLOYMENTS: Kind = of(
    Source::Deployments,
    ["deployments", "deployments", "deployment"],
    &["service", "finished_at", "environment", "commit"],
);
pub const INCIDENTS: Kind = of(
    Source::Incidents,
    ["incidents", "incidents", "incident"],
    &["id"],
);
pub const SUPPORT_REQUESTS: Kind = of(
    Source::SupportRequests,
    ["support-requests", "support requests", "support_request"],
    &["id"],
);
pub const REPORTED_METRICS: Kind = of(
    Source::Metrics,
    ["metrics", "reported metrics", "reported_metric"],
    &["metric", "team", "period_start", "period_end"],
);
pub const METRIC_DEFINITIONS: Kind = Kind {
    name: "metric-definitions",
    title: "metric definitions",
    table: "metric_definition",
    columns: &[
        required("id", ColumnKind::Text).means("the metric's id"),
        required("definition", ColumnKind::Text).means("the whole definition, as JSON"),
    ],
    key: &["id"],
    is_repeatable: false,
};
pub const ACTION_ROWS: Kind = Kind {
    name: "actions",
    title: "actions",
    table: "action",
    columns: ACTIONS.columns,
    key: &["title", "pillar", "start", "team"],
    is_repeatable: false,
};

/// Every kind.
pub const ALL: [Kind; 8] = [
    PULL_REQUESTS,
    CI_RUNS,
    DEPLOYMENTS,
    INCIDENTS,
    SUPPORT_REQUESTS,
    REPORTED_METRICS,
    METRIC_DEFINITIONS,
    ACTION_ROWS,
];

impl Kind {
    /// The kind of what a source records.
    pub fn of(source: Source) -> Kind {
        match source {
            Source::PullRequests => PULL_REQUESTS,
            Source::CiRuns => CI_RUNS,
            Source::Deployments => DEPLOYMENTS,
            Source::Incidents => INCIDENTS,
            Source::SupportRequests => SUPPORT_REQUESTS,
            Source::Metrics => REPORTED_METRICS,
        }
    }

    /// Where the columns of the key stand.
    fn key_positions(&self) -> impl Iterator<Item = usize> {
        let position = |name: &str| self.columns.iter().position(|column| column.name == name);
        self.key.iter().filter_map(move |name| position(name))
    }

    /// What names a record, joined by `#`.
    fn name_of(&self, cells: &[Cell]) -> String {
        let mut name = String::new();
        for (at, position) in self.key_positions().enumerate() {
            if at > 0 {
                name.push('#');
            }
            match &cells[position] {
                Cell::Nothing => {}
                // So that a text with the sign in it names nothing else.
                Cell::Text(text) => name += &text.replace('%', "%25").replace('#', "%23"),
                Cell::Whole(number) => name += &number.to_string(),
                Cell::Value(value) => name += &value.to_string(),
            }
        }
        name
    }

    /// Makes records of the rows of a file, in order of their keys, and says how many rows a later
    /// one about the same record replaces.
    pub fn records(&self, rows: impl Iterator<Item = Vec<Cell>>) -> (Vec<Record>, usize) {
        let records = (0..).zip(rows).map(|(position, cells)| Record {
            key: self.name_of(&cells),
            position,
            cells,
        });
        let mut records: Vec<Record> = records.collect();
        records.sort_by(|a, b| a.key.cmp(&b.key));
        let all = records.len();
        if self.is_repeatable {
            number_repeated(&mut records);
        } else {
            // The sort is stable: the last of equal ones is the later row, and stays.
            records.reverse();
            records.dedup_by(|next, kept| next.key == kept.key);
            records.reverse();
        }
        let repeated = all - records.len();
        (records, repeated)
    }
}

/// Gives the second record of a name and those after it a key of their own.
fn number_repeated(records: &mut [Record]) {
    for same in records.chunk_by_mut(|a, b| a.key == b.key) {
        for (record, number) in same.iter_mut().zip(1..).skip(1) {
            record.key += &format!("#{number}");
        }
    }
}
