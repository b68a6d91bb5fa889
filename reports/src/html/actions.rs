//! Did it help: what became of the actions, a table of all and a sentence each.

use tribometer_findings::{ActionChange, ActionEffect, Findings, Helped};

use super::table::{Badge, Cell, Column, Number, Row, Table};
use crate::words::{Language, format};

/// The section; without actions there is none.
pub struct Actions {
    /// A sentence an action, its name in front.
    pub sentences: Vec<(String, String)>,
    pub table: Option<Table>,
}

impl Actions {
    pub fn of(findings: &Findings) -> Actions {
        let words = Language::default().words();
        let rows: Vec<Row> = (findings.actions.iter())
            .flat_map(|action| {
                action
                    .changes
                    .iter()
                    .map(move |change| row(findings, action, change))
            })
            .collect();
        Actions {
            sentences: (findings.actions.iter())
                .map(|action| (action.action.clone(), words.action(action)))
                .collect(),
            table: (!rows.is_empty()).then(|| Table {
                all: String::new(),
                caption: "Teams with an action and teams without it".into(),
                columns: vec![
                    Column::words("Action"),
                    Column::words("Change of"),
                    Column::numbers("With it", ""),
                    Column::numbers("Without", ""),
                    Column::numbers("Difference", "95% interval"),
                    Column::numbers("q", "").ascending(),
                    Column::words("Did it help?"),
                ],
                rows,
            }),
        }
    }
}

fn row(findings: &Findings, action: &ActionEffect, change: &ActionChange) -> Row {
    let value = |value: f64| {
        if change.relative {
            format!("{}%", format::points(value))
        } else {
            format::signed(value, 2)
        }
    };
    let teams = |n: u32| format::counted(n.into(), "team", "teams");
    let span = match (change.low, change.high) {
        (Some(low), Some(high)) => format!("{} to {}", value(low), value(high)),
        _ => "too few teams".to_owned(),
    };
    let number = |shown: f64, span: String| Cell::Number(Number::new(value(shown), span));
    let verdict = match change.metric {
        None => Cell::Badge(badge(action.verdict)),
        Some(_) => Cell::Text(String::new()),
    };
    let cells = vec![
        Cell::Text(Language::default().words().changed(change).to_owned()),
        number(change.with, teams(change.teams_with)),
        number(change.without, teams(change.teams_without)),
        number(change.difference, span),
        change
            .q
            .map_or_else(Cell::none, |q| Cell::number(format::p_value(q))),
        verdict,
    ];
    let about = format!("{}, {}", findings.pillar_name(&action.pillar), action.start);
    Row::new(action.action.clone(), cells).under(&about)
}

fn badge(helped: Helped) -> Badge {
    let (class, name) = match helped {
        Helped::Better => ("teal", "Helped beyond noise"),
        Helped::Worse => ("ember", "Got worse beyond noise"),
        Helped::NoDifference => ("unclear", "No difference beyond noise"),
        Helped::TooFewTeams => ("unclear", "Too few teams to tell"),
        Helped::NotComparable => ("none", "Nothing to compare"),
    };
    Badge { class, name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_sentence_and_a_row_for_each_change() {
        let actions = Actions::of(&Findings::sample());
        assert_eq!(actions.sentences.len(), 1);
        let table = actions.table.unwrap();
        assert_eq!(table.rows.len(), 2);
        assert_eq!(
            table.rows[0].cells[3],
            Cell::Number(Number::new("+0.31", "+0.08 to +0.54"))
        );
        assert_eq!(
            table.rows[1].cells[3],
            Cell::Number(Number::new("−18%", "−30% to −4%"))
        );
    }

    #[test]
    fn without_actions_there_is_no_section() {
        let mut findings = Findings::sample();
        findings.actions.clear();
        let actions = Actions::of(&findings);
        assert!(actions.sentences.is_empty() && actions.table.is_none());
    }
}
