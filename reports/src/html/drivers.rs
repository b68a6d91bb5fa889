//! What goes with the outcomes: shares of explained variance, and which areas matter and please
//! little.

use tribometer_findings::{Driver, Findings, RankedPillar};

use super::systems::Figure;
use super::table::{Cell, Column, Number, Row, Table};
use crate::charts::{self, Caption, Chart, Mark, Point, Whisker};
use crate::words::format;

/// How many areas a title names.
const NAMED: usize = 3;
/// How many areas a page shows; the files have all of them.
const MOST_AREAS: usize = 12;

/// The shares of the outcomes, and impact against favorable; nothing where no drivers were found.
/// The notes of the findings say why.
pub struct Drivers {
    pub shares: Option<Figure>,
    pub quadrant: Option<Chart>,
    pub notes: Vec<String>,
}

impl Drivers {
    pub fn of(findings: &Findings) -> Drivers {
        let outcomes = outcomes(findings);
        let first = outcomes.first();
        let mut notes: Vec<String> = outcomes.iter().filter_map(|rows| explained(rows)).collect();
        if !notes.is_empty() {
            notes.push(
                "Associated does not mean caused. “Against” marks an area that, beside all others, \
                 goes with a lower outcome; where the share is small, that direction is uncertain."
                    .into(),
            );
        }
        Drivers {
            shares: first.and_then(|first| shares(findings, first, &outcomes)),
            quadrant: first.and_then(|first| quadrant(findings, first)),
            notes,
        }
    }
}

/// The rows of each outcome, in the survey's order.
fn outcomes(findings: &Findings) -> Vec<Vec<&Driver>> {
    let mut outcomes: Vec<Vec<&Driver>> = Vec::new();
    for row in &findings.drivers {
        match outcomes
            .last_mut()
            .filter(|rows| rows[0].outcome == row.outcome)
        {
            Some(rows) => rows.push(row),
            None => outcomes.push(vec![row]),
        }
    }
    outcomes
}

/// `Productive` for `productive`.
fn heading(outcome: &str) -> String {
    let mut letters = outcome.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first
        .chain(letters.map(|letter| if letter == '-' { ' ' } else { letter }))
        .collect()
}

fn explained(rows: &[&Driver]) -> Option<String> {
    let first = rows.first()?;
    Some(format!(
        "{} is “{}”: all areas together explain {} of how colleagues of one team differ in it (n \
         {}).",
        heading(&first.outcome),
        first.statement,
        format::percent(first.r_squared),
        format::count(u64::from(first.n))
    ))
}

/// The first outcome's shares, largest first, and a table of all outcomes.
fn shares(findings: &Findings, first: &[&Driver], outcomes: &[Vec<&Driver>]) -> Option<Figure> {
    let mut rows = first.to_vec();
    rows.sort_by(|a, b| b.share.value.total_cmp(&a.share.value));
    let top = *rows.first()?;
    let leading: Vec<&str> = rows
        .iter()
        .filter(|row| row.share.high >= top.share.low)
        .map(|row| findings.pillar_name(&row.pillar))
        .collect();
    let title = match leading.len() {
        0 | 1 => format!("{} is associated most", findings.pillar_name(&top.pillar)),
        2..=NAMED => format!(
            "{} are associated most and cannot be told apart",
            format::list(&leading)
        ),
        n => format!("{n} areas cannot be told apart as the most associated"),
    };
    let all = rows.len();
    rows.truncate(MOST_AREAS);
    let caption = Caption {
        id: "chart-drivers".into(),
        title,
        description: format!(
            "Share of the {} areas with the largest in what all of them explain of “{}”, as dots \
             with 95% intervals, from {} at {} down. The table below has every number.",
            rows.len(),
            top.statement,
            findings.pillar_name(&top.pillar),
            format::percent(top.share.value)
        ),
    };
    let whisker = |row: &&Driver| Whisker {
        label: findings.pillar_name(&row.pillar).to_owned(),
        low: row.share.low * 100.0,
        value: row.share.value * 100.0,
        high: row.share.high * 100.0,
        mark: Mark::Open,
    };
    let whiskers: Vec<Whisker> = rows.iter().map(whisker).collect();
    Some(Figure {
        chart: charts::whiskers(caption, &whiskers, "% of what all areas explain")?,
        subtitle: if rows.len() < all {
            format!(
                "With “{}”; the largest {} of {all} areas",
                top.statement,
                rows.len()
            )
        } else {
            format!("With “{}”", top.statement)
        },
        table: table(findings, &rows, outcomes),
    })
}

fn table(findings: &Findings, rows: &[&Driver], outcomes: &[Vec<&Driver>]) -> Table {
    let cell =
        |pillar: &str, outcome: &[&Driver]| match outcome.iter().find(|row| row.pillar == pillar) {
            Some(row) => {
                let span = format::percent_span(row.share.low, row.share.high);
                let against = if row.weight < 0.0 { " against" } else { "" };
                Cell::Number(Number::new(
                    format::percent(row.share.value),
                    span + against,
                ))
            }
            None => Cell::none(),
        };
    let mut columns = vec![Column::words("Area")];
    columns.extend(
        (outcomes.iter().flat_map(|rows| rows.first()))
            .map(|row| Column::numbers(&heading(&row.outcome), "")),
    );
    let row = |own: &&Driver| {
        let cells = outcomes.iter().map(|outcome| cell(&own.pillar, outcome));
        Row::new(findings.pillar_name(&own.pillar), cells.collect())
    };
    Table {
        all: String::new(),
        caption: "Share of what all areas explain, with 95% intervals".into(),
        columns,
        rows: rows.iter().map(row).collect(),
    }
}

/// Impact against favorable: to the lower right lies what matters and pleases little.
fn quadrant(findings: &Findings, first: &[&Driver]) -> Option<Chart> {
    let mut rows: Vec<(&RankedPillar, f64)> = (findings.ranking.iter())
        .filter_map(|row| Some((row, row.impact?.value)))
        .collect();
    rows.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut points: Vec<Point> = rows
        .iter()
        .map(|(row, impact)| Point {
            label: row.name.clone(),
            x: impact * 100.0,
            y: row.favorable.value * 100.0,
            mark: Mark::Open,
        })
        .collect();
    let middle = (
        charts::median(points.iter().map(|point| point.x)),
        charts::median(points.iter().map(|point| point.y)),
    );
    for point in &mut points {
        if point.x > middle.0 && point.y < middle.1 {
            point.mark = Mark::Bad;
        }
    }
    let names: Vec<&str> = points
        .iter()
        .filter(|point| point.mark == Mark::Bad)
        .map(|point| point.label.as_str())
        .take(NAMED)
        .collect();
    let title = if names.is_empty() {
        "No area is above the middle in impact and below it in favorable".to_owned()
    } else {
        format!("High impact and low favorable: {}", format::list(&names))
    };
    let statement = &first.first()?.statement;
    let caption = Caption {
        id: "chart-impact".into(),
        title,
        description: format!(
            "Each dot is an area: its share of what all areas explain of “{statement}” across, its \
             favorable share upward, lines at both medians. To the lower right lies what goes with \
             the outcome and is rated low. The ranking table has every number."
        ),
    };
    let low = points.iter().map(|point| point.y).fold(100.0, f64::min);
    let high = points.iter().map(|point| point.y).fold(0.0, f64::max);
    let span = ((low - 5.0).max(0.0), (high + 5.0).min(100.0));
    charts::scatter(
        caption,
        &points,
        "impact, % of what all areas explain",
        "favorable, %",
        span,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_and_pleases_little_is_named() {
        let drivers = Drivers::of(&Findings::sample());
        let shares = drivers.shares.expect("shares");
        let titles = [shares.chart.title, drivers.quadrant.expect("a chart").title];
        assert_eq!(
            titles,
            [
                "Autonomy and Test feedback are associated most and cannot be told apart",
                "High impact and low favorable: Test feedback, Code review and Documentation"
            ]
        );
        assert_eq!(shares.table.rows.len(), MOST_AREAS);
    }

    #[test]
    fn a_direction_against_the_outcome_is_said() {
        let mut findings = Findings::sample();
        findings.drivers[4].weight = -0.03;
        let table = Drivers::of(&findings).shares.expect("shares").table;
        let against = |row: &&Row| matches!(&row.cells[0], Cell::Number(number) if number.span.ends_with("against"));
        let names: Vec<&str> = table
            .rows
            .iter()
            .filter(against)
            .map(|row| row.head.as_str())
            .collect();
        assert_eq!(names, ["Deep work"]);
    }

    #[test]
    fn without_drivers_there_is_nothing_to_draw() {
        let mut findings = Findings::sample();
        findings.drivers.clear();
        let drivers = Drivers::of(&findings);
        assert!(drivers.shares.is_none() && drivers.quadrant.is_none() && drivers.notes.is_empty());
    }
}
