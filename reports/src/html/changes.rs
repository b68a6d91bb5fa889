//! What changed since the previous wave, for everybody.

use tribometer_findings::{Change, Findings, PillarChange};

use super::table::{Cell, Column, Delta, Empty, Row, Table};
use crate::charts::{self, Caption, Chart, Mark, Step, Trend, Whisker};
use crate::words::format;

/// The chart of changes and its table.
pub struct Changes {
    pub since: String,
    /// The oldest wave that this one is compared with.
    pub first_wave: String,
    pub chart: Option<Chart>,
    /// Over three waves or more.
    pub trends: Option<Chart>,
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
            first_wave: earlier(findings)
                .first()
                .copied()
                .unwrap_or_default()
                .to_owned(),
            chart: chart(findings, &rows),
            trends: trends(findings),
            table: (!rows.is_empty()).then(|| table(findings, &rows)),
            note: if linked {
                "Filled dots are beyond noise: zero is outside of the interval, and q of the mean \
                 is at most 0.05 within this table, by people and by teams. People who answered \
                 both waves are compared with themselves."
            } else {
                "Filled dots are beyond noise: zero is outside of the interval, and q of the mean \
                 is at most 0.05 within this table, by people and by teams. Nobody can be linked \
                 between these waves, so they are compared as separate groups of people."
            },
            empty: Empty {
                title: "Nothing to compare with yet",
                text: "From the second wave on this shows what moved. Past waves can be brought \
                       along: hand them in with --previous FILE.",
            },
        }
    }
}

/// The changes of the whole, between this wave and the previous one.
fn whole(findings: &Findings) -> Vec<&PillarChange> {
    let since_previous = |row: &&PillarChange| Some(&row.previous) == findings.previous.as_ref();
    since_any(findings).filter(since_previous).collect()
}

/// The changes of the whole, between this wave and each one before.
fn since_any(findings: &Findings) -> impl Iterator<Item = &PillarChange> {
    let mut groups = findings.groups.iter();
    let root = groups.find(|group| group.attribute.is_none());
    let is_whole = move |row: &&PillarChange| {
        root.is_some_and(|root| row.team == root.team) && row.wave == findings.wave
    };
    findings.changes.iter().filter(is_whole)
}

/// The waves before this one that it is compared with, the oldest first.
fn earlier(findings: &Findings) -> Vec<&str> {
    let mut waves: Vec<&str> = Vec::new();
    for row in since_any(findings) {
        if !waves.contains(&row.previous.as_str()) {
            waves.push(&row.previous);
        }
    }
    // Changes come with the newest of the earlier waves first.
    waves.reverse();
    waves
}

/// The change of a pillar's favorable share since a wave.
fn since<'a>(findings: &'a Findings, wave: &str, pillar: &str) -> Option<&'a Change> {
    let mut rows = since_any(findings);
    let row = rows.find(|row| row.previous == wave && row.pillar == pillar)?;
    Some(&row.share)
}

/// Every area over all waves, in the order of the ranking. None with fewer than three waves: then
/// the changes say it all.
fn trends(findings: &Findings) -> Option<Chart> {
    let waves = earlier(findings);
    let (oldest, _) = waves.split_first().filter(|(_, later)| !later.is_empty())?;
    let rows: Vec<Trend> = (findings.ranking.iter())
        .map(|row| {
            let now = row.favorable.value;
            let step = |wave: &&str| {
                let change = since(findings, wave, &row.pillar)?;
                Some(Step {
                    low: (now - change.high) * 100.0,
                    value: (now - change.change) * 100.0,
                    high: (now - change.low) * 100.0,
                    mark: mark(change),
                })
            };
            let newest = Step {
                low: now * 100.0,
                value: now * 100.0,
                high: now * 100.0,
                mark: Mark::Open,
            };
            Trend {
                label: row.name.clone(),
                now: format::percent(now),
                steps: waves.iter().map(step).chain([Some(newest)]).collect(),
            }
        })
        .collect();
    let moved = |good: Mark| {
        let is_so = |row: &&Trend| {
            let steps = &row.steps;
            let first = steps.first().copied().flatten();
            first.is_some_and(|step| step.mark == good)
        };
        rows.iter().filter(is_so).count() as u64
    };
    let title = match (moved(Mark::Bad), moved(Mark::Good)) {
        (0, 0) => format!("Nothing moved beyond noise since {oldest}"),
        (worse, better) => format!(
            "Since {oldest}, {} got worse and {} better, beyond noise",
            format::counted(worse, "area", "areas"),
            format::count(better)
        ),
    };
    let caption = Caption {
        id: "chart-trends".into(),
        description: format!(
            "Favorable share of {} areas in {} waves, from {oldest} to {}; the table below has \
             every number.",
            rows.len(),
            waves.len() + 1,
            findings.wave
        ),
        title,
    };
    charts::trends(caption, &rows)
}

/// Whether things are worse or better than they were, beyond noise.
fn mark(change: &Change) -> Mark {
    match (change.is_beyond_noise(), change.change > 0.0) {
        (false, _) => Mark::Open,
        (true, true) => Mark::Good,
        (true, false) => Mark::Bad,
    }
}

fn chart(findings: &Findings, rows: &[&PillarChange]) -> Option<Chart> {
    let whiskers: Vec<Whisker> = rows
        .iter()
        .map(|row| {
            let change = &row.share;
            let mark = mark(change);
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
            "Change of the favorable share of {} areas in points, with 95% intervals, the greatest \
             fall on top. The table below has every number.",
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
    let waves = earlier(findings);
    let has_trend = waves.len() > 1;
    let row = |row: &&PillarChange| {
        let certain = if row.share.is_beyond_noise() {
            "beyond noise"
        } else {
            "within noise"
        };
        let mut cells = vec![
            Cell::Change(Delta::of_share(&row.share)),
            Cell::Text(certain.to_owned()),
            row.share
                .q
                .map_or_else(Cell::none, |q| Cell::number(format::p_value(q))),
            Cell::count(row.n_previous),
            Cell::count(row.n),
            Cell::count(row.n_both),
        ];
        if has_trend {
            cells.push(Cell::number(course(findings, &waves, &row.pillar)));
        }
        Row::new(findings.pillar_name(&row.pillar), cells)
    };
    let mut columns = vec![
        Column::words("Area"),
        Column::numbers("Change", "points")
            .ascending()
            .how("change"),
        Column::words("Is it real?"),
        Column::numbers("q", "").ascending().how("change"),
        Column::numbers("n before", ""),
        Column::numbers("n now", ""),
        Column::numbers("in both", ""),
    ];
    if has_trend {
        let span = format!("{} to {}", waves[0], findings.wave);
        columns.push(
            Column::numbers("Favorable", &span)
                .unsorted()
                .how("favorable"),
        );
    }
    Table {
        all: String::new(),
        caption: "Change of each area".into(),
        columns,
        rows: rows.iter().map(row).collect(),
    }
}

/// A pillar's favorable share in each wave in percent, this one last: `48, –, 46, 41`.
fn course(findings: &Findings, waves: &[&str], pillar: &str) -> String {
    let Some(now) = findings.ranking.iter().find(|row| row.pillar == pillar) else {
        return "–".to_owned();
    };
    let percent = |share: f64| format::number(share * 100.0, 0);
    let now = now.favorable.value;
    let before = waves
        .iter()
        .map(|wave| match since(findings, wave, pillar) {
            Some(change) => percent(now - change.change),
            None => "–".to_owned(),
        });
    let all: Vec<String> = before.chain([percent(now)]).collect();
    all.join(", ")
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
    fn three_waves_have_trends_and_two_have_none() {
        let mut findings = Findings::sample();
        assert_eq!(Changes::of(&findings).trends, None);
        let older: Vec<PillarChange> = (findings.changes.iter())
            .map(|row| PillarChange {
                previous: "2026-Q2".into(),
                ..row.clone()
            })
            .collect();
        findings.changes.extend(older);
        let changes = Changes::of(&findings);
        let chart = changes.trends.expect("a chart");
        assert!(
            chart
                .title
                .starts_with("Since 2026-Q2, 1 area got worse and 1 better"),
            "{}",
            chart.title
        );
        let table = changes.table.expect("a table");
        let course = table.rows[0].cells.last().expect("a cell");
        assert!(
            matches!(course, Cell::Number(number) if number.value.split(", ").count() == 3),
            "every wave has a share"
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
