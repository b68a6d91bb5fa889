//! What changed since the previous wave, for everybody.

use super::format;
use super::table::{Cell, Column, Delta, Empty, Row, Table};
use crate::charts::{self, Caption, Chart, Mark, Whisker};
use crate::findings::{Findings, PillarChange};

/// The chart of changes and its table.
pub struct Changes {
    pub since: String,
    pub chart: Option<Chart>,
    pub table: Option<Table>,
    pub note: &'static str,
    pub empty: Empty,
}

impl Changes {
    pub fn of(findings: &Findings) -> Changes {
        let mut rows = whole(findings);
        rows.sort_by(|a, b| {
            a.share
                .change
                .total_cmp(&b.share.change)
                .then_with(|| a.pillar.cmp(&b.pillar))
        });
        let linked = rows.iter().any(|row| row.n_both > 0);
        Changes {
            since: findings.previous.as_ref().map_or_else(String::new, |wave| {
                format!("Favorable share, in points since {wave}")
            }),
            chart: chart(findings, &rows),
            table: (!rows.is_empty()).then(|| table(findings, &rows)),
            note: match linked {
                true => {
                    "Filled dots are beyond noise: q at most 0.05 within this table. People who answered both waves are compared with themselves."
                }
                false => {
                    "Filled dots are beyond noise: q at most 0.05 within this table. Nobody can be linked between these waves, so they are compared \
                     as separate groups of people."
                }
            },
            empty: Empty {
                title: "Nothing to compare with yet",
                text: "From the second wave on this shows what moved. Past waves can be brought along: hand them in with --previous FILE.",
            },
        }
    }
}

/// The changes of the whole, between this wave and the previous one.
fn whole(findings: &Findings) -> Vec<&PillarChange> {
    let Some(root) = findings
        .groups
        .iter()
        .find(|group| group.attribute.is_none())
    else {
        return Vec::new();
    };
    let now = |row: &&PillarChange| {
        row.team == root.team
            && row.wave == findings.wave
            && Some(&row.previous) == findings.previous.as_ref()
    };
    findings.changes.iter().filter(now).collect()
}

fn chart(findings: &Findings, rows: &[&PillarChange]) -> Option<Chart> {
    let whiskers: Vec<Whisker> = rows
        .iter()
        .map(|row| {
            let change = &row.share;
            let mark = match (change.is_beyond_noise(), change.change > 0.0) {
                (false, _) => Mark::Open,
                (true, true) => Mark::Good,
                (true, false) => Mark::Bad,
            };
            let label = findings.pillar_name(&row.pillar).to_owned();
            Whisker {
                label,
                low: change.low * 100.0,
                value: change.change * 100.0,
                high: change.high * 100.0,
                mark,
            }
        })
        .collect();
    let title = title(findings, rows);
    let caption = Caption {
        id: "chart-changes".into(),
        description: format!(
            "Change of the favorable share of {} areas in points, with 95% intervals, the greatest fall on top. The table below has every number.",
            rows.len()
        ),
        title,
    };
    charts::whiskers(caption, &whiskers, "points")
}

/// What moved beyond noise, in words.
fn title(findings: &Findings, rows: &[&PillarChange]) -> String {
    let names = |up: bool| -> Vec<String> {
        let moved = rows
            .iter()
            .filter(|row| row.share.is_beyond_noise() && (row.share.change > 0.0) == up);
        let name = |row: &&PillarChange| {
            format!(
                "{} ({})",
                findings.pillar_name(&row.pillar),
                format::points(row.share.change)
            )
        };
        if up {
            moved.rev().map(name).collect()
        } else {
            moved.map(name).collect()
        }
    };
    let (worse, better) = (names(false), names(true));
    let phrase = |names: &[String], verb: &str| match names {
        [] => None,
        few if few.len() <= 3 => Some(format!("{} {verb}", format::list(few))),
        many => Some(format!("{} areas {verb}, {} most", many.len(), many[0])),
    };
    let said: Vec<String> = [phrase(&worse, "got worse"), phrase(&better, "got better")]
        .into_iter()
        .flatten()
        .collect();
    if said.is_empty() {
        "Nothing moved beyond noise".to_owned()
    } else {
        format!("{}, beyond noise", format::list(&said))
    }
}

fn table(findings: &Findings, rows: &[&PillarChange]) -> Table {
    let row = |row: &&PillarChange| {
        let certain = match row.share.is_beyond_noise() {
            true => "beyond noise",
            false => "within noise",
        };
        let cells = vec![
            Cell::Change(Delta::of_share(&row.share)),
            Cell::Text(certain.to_owned()),
            row.share
                .q
                .map_or_else(Cell::none, |q| Cell::number(format::p_value(q))),
            Cell::count(row.n_previous),
            Cell::count(row.n),
            Cell::count(row.n_both),
        ];
        Row::new(findings.pillar_name(&row.pillar), cells)
    };
    Table {
        caption: "Change of each area".into(),
        columns: vec![
            Column::words("Area"),
            Column::numbers("Change", "points").ascending(),
            Column::words("Is it real?"),
            Column::numbers("q", "").ascending(),
            Column::numbers("n before", ""),
            Column::numbers("n now", ""),
            Column::numbers("in both", ""),
        ],
        rows: rows.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_names_what_moved_in_both_directions() {
        let findings = Findings::sample();
        let chart = Changes::of(&findings).chart.expect("a chart");
        assert_eq!(
            chart.title,
            "Test feedback (−8) got worse and Local environment (+6) got better, beyond noise"
        );
    }

    #[test]
    fn without_a_previous_wave_there_is_no_table() {
        let mut findings = Findings::sample();
        findings.previous = None;
        let changes = Changes::of(&findings);
        assert!(changes.chart.is_none() && changes.table.is_none());
    }
}
