//! The tables that people take away, one file a table, each made of `Findings` alone.
//! docs/file-formats.md is their contract.

mod actions;
mod changes;
mod comments;
mod drivers;
mod evidence;
mod metrics;
mod participation;
mod ranking;
mod scores;

use std::borrow::Cow;

use serde::Serialize;
use tribometer_findings::Findings;
use tribometer_findings::table::{Column, Table};

/// A table of a report before it is filled.
pub struct Definition {
    /// `ranking`: what its file and its sheet are called.
    pub name: &'static str,
    /// `Ranking`: what a menu calls it.
    pub title: &'static str,
    /// What a row is: `a pillar, in order of rank`.
    pub row: &'static str,
    columns: for<'a> fn(&'a Findings) -> Vec<Column<'a>>,
}

/// All tables, in the order of the menu.
pub static TABLES: [Definition; 9] = [
    Definition {
        name: "ranking",
        title: "Ranking",
        row: "a pillar, in order of rank",
        columns: ranking::columns,
    },
    Definition {
        name: "scores",
        title: "Scores by group",
        row: "a group and an item",
        columns: scores::columns,
    },
    Definition {
        name: "drivers",
        title: "Drivers",
        row: "a pillar and an outcome: its share of what is explained",
        columns: drivers::columns,
    },
    Definition {
        name: "changes",
        title: "Changes by group",
        row: "a group, a pillar and a pair of waves",
        columns: changes::columns,
    },
    Definition {
        name: "evidence",
        title: "Evidence",
        row: "a pillar and a metric; a pillar without one has a row with the verdict `no-metric`",
        columns: evidence::columns,
    },
    Definition {
        name: "metrics",
        title: "Metrics by month",
        row: "a team, a metric and a month",
        columns: metrics::columns,
    },
    Definition {
        name: "participation",
        title: "Participation",
        row: "a group",
        columns: participation::columns,
    },
    Definition {
        name: "comments",
        title: "Comments",
        row: "a comment that may be shown",
        columns: comments::columns,
    },
    Definition {
        name: "did_it_help",
        title: "Actions",
        row: "an action and what it is measured by: the rating, or a metric",
        columns: actions::columns,
    },
];

impl Definition {
    /// The table of that name, if a report has one.
    pub fn find(name: &str) -> Option<&'static Definition> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// The table of these findings.
    pub fn table<'a>(&self, findings: &'a Findings) -> Table<'a> {
        Table {
            name: self.name,
            title: self.title,
            row: self.row,
            columns: (self.columns)(findings),
        }
    }
}

/// A word as findings.json writes it.
fn word(value: &impl Serialize) -> Option<Cow<'static, str>> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Some(word.into()),
        _ => None,
    }
}
