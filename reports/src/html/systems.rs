//! What the systems say: metrics beside answers, and metrics of teams over months.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, NaiveDate};
use tribometer_findings::{Evidence, Findings, MetricMonth, TeamMetric, TeamPoint, Verdict};
use tribometer_statistics::thresholds::COEFFICIENT_TEAMS;

use super::ranking::badge;
use super::table::{Cell, Column, Empty, Number, Row, Table, below_root, team_name};
use crate::charts::{self, Caption, Chart, Mark, Month, Point};
use crate::words::{Language, format};

/// How many teams and months a page shows; the files have all of them.
const MOST_TEAMS: usize = 10;
const MOST_MONTHS: usize = 4;

/// Charts with their tables, the evidence, and a metric by team and month.
pub struct Systems {
    pub charts: Vec<Figure>,
    /// Where people and metrics disagree.
    pub disagree: Option<String>,
    pub evidence: Option<Table>,
    pub months: Vec<Table>,
    pub notes: Vec<String>,
    pub empty: Option<Empty>,
}

/// A chart, how to read it, and the table beside it.
pub struct Figure {
    pub chart: Chart,
    pub subtitle: String,
    pub table: Table,
}

impl Systems {
    /// `search`: whether tables bring every team along.
    pub fn of(findings: &Findings, search: bool) -> Systems {
        let nothing = findings.metrics.is_empty() && findings.evidence.is_empty();
        Systems {
            charts: [scatter(findings), cycle_time(findings)]
                .into_iter()
                .flatten()
                .collect(),
            disagree: disagree(findings),
            evidence: evidence(findings),
            months: [
                with_open(findings, "pr.cycle_time", "PR cycle time", search),
                with_open(findings, "pr.pickup_time", "Time to first review", search),
                by_team(findings, "pr.cycle_time", "PR cycle time", search),
            ]
            .into_iter()
            .flatten()
            .collect(),
            notes: notes(findings),
            empty: nothing.then_some(Empty {
                title: "No pull requests yet",
                text: "Bring them with “tribometer import pull-requests FILE”, or with \
                       --pull-requests FILE without a server. Then the report shows whether what \
                       people say agrees with what the systems measure.",
            }),
        }
    }
}

/// What the numbers leave out, and how to read them.
fn notes(findings: &Findings) -> Vec<String> {
    let count = |n: u32| format::count(u64::from(n));
    let mut notes = Vec::new();
    for times in findings.pull_requests.iter() {
        notes.extend(times.with_open.iter().map(|with| {
            let median = match (with.median, with.low, with.high) {
                (Some(median), Some(low), Some(high)) => format!(
                    "has a median of {} (95% interval {}; Kaplan–Meier)",
                    format::hours(median),
                    format::hours_range(low, high)
                ),
                (Some(median), Some(low), None) => format!(
                    "has a median of {} (95% interval from {} up; Kaplan–Meier)",
                    format::hours(median),
                    format::hours(low)
                ),
                _ => "lasts longer than they were watched for more than half".to_owned(),
            };
            format!(
                "Counting the {} of {} pull requests that were open or given up, {} {median}.",
                count(with.unfinished),
                count(with.n),
                with.name
            )
        }));
        if times.merged > 0 {
            notes.push(format!(
                "{} of {} merged pull requests have every phase; a missing step is left out, not \
                 zero.",
                count(times.complete),
                count(times.merged)
            ));
        }
    }
    notes.push(
        "Teams are compared, never people: what holds between teams need not hold for one \
         engineer. Associated does not mean caused."
            .into(),
    );
    notes
}

/// The strongest association, team by team.
fn scatter(findings: &Findings) -> Option<Figure> {
    let strength = |evidence: &&Evidence| evidence.association.map_or(0.0, f64::abs);
    let shown = |evidence: &&Evidence| {
        evidence.teams as usize >= COEFFICIENT_TEAMS && evidence.points.len() > 1
    };
    let strongest = findings
        .evidence
        .iter()
        .filter(shown)
        .max_by(|a, b| strength(a).total_cmp(&strength(b)))?;
    let pillar = findings.pillar_name(&strongest.pillar);
    let points: Vec<Point> = strongest
        .points
        .iter()
        .map(|point| Point {
            label: team_name(&point.team).to_owned(),
            x: point.metric,
            y: point.rating,
            mark: Mark::Bad,
        })
        .collect();
    let unit = if strongest.unit == "h" {
        "hours"
    } else {
        &strongest.unit
    };
    let across = match unit {
        "" => strongest.name.clone(),
        unit => format!("{}, {unit} (median)", strongest.name),
    };
    let sentence = Language::default().words().evidence(strongest, findings);
    let caption = Caption {
        id: "chart-evidence".into(),
        title: sentence.trim_end_matches('.').to_owned(),
        description: format!(
            "Each dot is a team: {} across, mean rating of {pillar} upward, lines at both medians. \
             The table below has every dot.",
            strongest.name
        ),
    };
    let chart = charts::scatter(
        caption,
        &points,
        &across,
        &format!("{pillar}, mean rating"),
        ratings(&points),
    )?;
    let coefficient = strongest.association.map_or_else(String::new, |rho| {
        format!(", Spearman’s ρ {}", format::number(rho, 2))
    });
    Some(Figure {
        chart,
        subtitle: format!(
            "Each dot is one of {} teams{coefficient}",
            strongest.points.len()
        ),
        table: teams(strongest, pillar),
    })
}

/// The part of the scale that the points need, with some air.
fn ratings(points: &[Point]) -> (f64, f64) {
    let low = points.iter().map(|point| point.y).fold(5.0, f64::min);
    let high = points.iter().map(|point| point.y).fold(1.0, f64::max);
    ((low - 0.25).clamp(1.0, 4.0), (high + 0.25).clamp(2.0, 5.0))
}

fn teams(evidence: &Evidence, pillar: &str) -> Table {
    let mut points: Vec<_> = evidence.points.iter().collect();
    points.sort_by(|a, b| {
        b.metric
            .total_cmp(&a.metric)
            .then_with(|| a.team.cmp(&b.team))
    });
    let row = |point: &&TeamPoint| {
        let cells = vec![
            Cell::Number(Number::amount(point.metric, &evidence.unit, "")),
            Cell::number(format::number(point.rating, 1)),
        ];
        Row::new(team_name(&point.team), cells)
    };
    Table {
        all: String::new(),
        caption: format!("{} and {pillar}, by team", evidence.name),
        columns: vec![
            Column::words("Team"),
            Column::numbers(&evidence.name, ""),
            Column::numbers("Mean rating", "1 to 5"),
        ],
        rows: points.iter().take(MOST_TEAMS).map(row).collect(),
    }
}

/// Cycle time of everybody over months.
fn cycle_time(findings: &Findings) -> Option<Figure> {
    let root = findings
        .groups
        .iter()
        .find(|group| group.attribute.is_none())?;
    let mut rows: Vec<&MetricMonth> = findings
        .metrics
        .iter()
        .filter(|row| row.metric == "pr.cycle_time" && row.team == root.team)
        .collect();
    rows.sort_by_key(|row| row.period_start);
    let (first, last) = (*rows.first()?, *rows.last()?);
    let (began, ended) = (first.p50?, last.p50?);
    let points: Vec<Month> = rows
        .iter()
        .map(|row| Month {
            label: month_on_axis(row.period_start, first.period_start),
            low: row.p50.unwrap_or(row.mean),
            value: row.p50.unwrap_or(row.mean),
            high: row.p75.unwrap_or(row.mean),
        })
        .collect();
    let title = match ended / began {
        ratio if ratio > 1.1 => {
            format!(
                "A pull request takes {} at the median, {} in {}",
                format::hours(ended),
                format::hours(began),
                month(first.period_start)
            )
        }
        ratio if ratio < 0.9 => {
            format!(
                "A pull request takes only {} at the median, {} in {}",
                format::hours(ended),
                format::hours(began),
                month(first.period_start)
            )
        }
        _ => format!(
            "A pull request keeps taking about {} at the median",
            format::hours(ended)
        ),
    };
    let caption = Caption {
        id: "chart-cycle-time".into(),
        description: format!(
            "Median PR cycle time by month of the merge from {} to {}, with a band up to the 75th \
             percentile. The table below has every month.",
            month(first.period_start),
            month(last.period_start)
        ),
        title,
    };
    let chart = charts::months(caption, &points, "hours from first commit to merge")?;
    let table = Table {
        all: String::new(),
        caption: "PR cycle time by month".into(),
        columns: vec![
            Column::words("Month").unsorted(),
            Column::numbers("Median", "").how("pull-requests"),
            Column::numbers("75th percentile", ""),
            Column::numbers("n", "pull requests"),
        ],
        rows: rows
            .iter()
            .map(|row| {
                let cells = vec![
                    Cell::Number(Number::amount(row.p50.unwrap_or(row.mean), &row.unit, "")),
                    Cell::Number(Number::amount(row.p75.unwrap_or(row.mean), &row.unit, "")),
                    Cell::count(row.n),
                ];
                Row::new(month(row.period_start), cells)
            })
            .collect(),
    };
    Some(Figure {
        chart,
        subtitle: "Line: median; band: up to the 75th percentile".into(),
        table,
    })
}

/// The areas whose metrics say otherwise than people do, in a sentence.
fn disagree(findings: &Findings) -> Option<String> {
    let rows = findings.evidence.iter();
    let contradicted = rows.filter(|row| row.verdict == Verdict::Contradicted);
    let names: Vec<String> = contradicted
        .map(|row| format!("{} ({})", findings.pillar_name(&row.pillar), row.name))
        .collect();
    let text = match names.len() {
        0 => "People and metrics disagree nowhere, as far as both are known.".to_owned(),
        _ => format!(
            "People and metrics disagree about {}: the metric may be the wrong one.",
            format::list(&names)
        ),
    };
    (!findings.evidence.is_empty()).then_some(text)
}

fn evidence(findings: &Findings) -> Option<Table> {
    let association = |evidence: &Evidence| match evidence.association {
        Some(rho) if evidence.teams as usize >= COEFFICIENT_TEAMS => {
            let teams = format!("{} teams", format::count(u64::from(evidence.teams)));
            Number::new(format::signed(rho, 2), teams)
        }
        None if evidence.teams as usize >= COEFFICIENT_TEAMS => Number {
            span: "no difference between teams".into(),
            ..Number::none()
        },
        _ => Number {
            span: "under 8 teams".into(),
            ..Number::none()
        },
    };
    let words = Language::default().words();
    let row = |evidence: &Evidence| {
        let level = evidence
            .level
            .map(|level| Cell::Number(Number::amount(level, &evidence.unit, "")));
        let cells = vec![
            level.unwrap_or_else(Cell::none),
            Cell::Number(association(evidence)),
            evidence
                .q
                .map_or_else(Cell::none, |q| Cell::number(format::p_value(q))),
            Cell::Badge(badge(evidence.verdict)),
            Cell::Prose(words.evidence(evidence, findings)),
        ];
        Row::new(findings.pillar_name(&evidence.pillar), cells).under(&evidence.name)
    };
    (!findings.evidence.is_empty()).then(|| Table {
        all: String::new(),
        caption: "Metrics beside answers".into(),
        columns: vec![
            Column::words("Area"),
            Column::numbers("Level", "").unsorted().how("evidence"),
            Column::numbers("Spearman’s ρ", "")
                .ascending()
                .how("evidence"),
            Column::numbers("q", "").ascending(),
            Column::words("Verdict"),
            Column::words("Why").unsorted(),
        ],
        rows: findings.evidence.iter().map(row).collect(),
    })
}

/// A time of teams over the wave's period, and what the pull requests that have not ended make of
/// it.
fn with_open(findings: &Findings, metric: &str, name: &str, search: bool) -> Option<Table> {
    let of_metric = |row: &&TeamMetric| row.metric == metric;
    let rows: Vec<&TeamMetric> = findings.team_metrics.iter().filter(of_metric).collect();
    let has_phases = rows.iter().any(|row| row.complete.is_some());
    let limits = |low: Option<f64>, high: Option<f64>| match (low, high) {
        (Some(low), Some(high)) => format::hours_range(low, high),
        (Some(low), None) => format!("{} or more", format::hours(low)),
        _ => String::new(),
    };
    let time = |value: Option<f64>, span: String| {
        value.map_or_else(Cell::none, |value| {
            Cell::Number(Number::amount(value, "h", span))
        })
    };
    let cells = |row: &TeamMetric| {
        let with = row.with_open;
        let mut cells = vec![
            time(row.value, limits(row.low, row.high)),
            time(row.p75, String::new()),
            time(row.p90, String::new()),
            Cell::count(row.n),
            match with {
                Some(with) if with.median.is_none() => {
                    Cell::Number(Number::new("over half wait", ""))
                }
                Some(with) => time(with.median, limits(with.low, with.high)),
                None => Cell::none(),
            },
            Cell::count(with.map_or(0, |with| with.unfinished)),
        ];
        if has_phases {
            let complete = row.complete.map(format::percent);
            cells.push(complete.map_or_else(Cell::none, Cell::number));
        }
        cells
    };
    let row = |row: &&TeamMetric| Row::team(&row.team, cells(row));
    let line = |row: &&TeamMetric| {
        Row {
            head: below_root(&row.team),
            ..Row::team(&row.team, cells(row))
        }
        .line()
    };
    let to_search = rows.iter().filter(|_| search && rows.len() > MOST_TEAMS);
    let mut columns = vec![
        Column::words("Team"),
        Column::numbers("Median", "95% interval"),
        Column::numbers("75th percentile", ""),
        Column::numbers("90th percentile", ""),
        Column::numbers("n", "ended"),
        Column::numbers("Median with open ones", "95% interval"),
        Column::numbers("Not ended", ""),
    ];
    if has_phases {
        columns.push(Column::numbers("Every phase known", ""));
    }
    (!rows.is_empty()).then(|| Table {
        caption: format!("{name} by team, with open pull requests"),
        columns,
        rows: rows.iter().take(MOST_TEAMS).map(row).collect(),
        all: to_search.map(line).collect(),
    })
}

/// One metric: a row a team, a column a month.
fn by_team(findings: &Findings, metric: &str, name: &str, search: bool) -> Option<Table> {
    let rows: Vec<&MetricMonth> = findings
        .metrics
        .iter()
        .filter(|row| row.metric == metric)
        .collect();
    let mut months: Vec<NaiveDate> = rows.iter().map(|row| row.period_start).collect();
    months.sort_unstable();
    months.dedup();
    let months = months.split_off(months.len().saturating_sub(MOST_MONTHS));
    let mut teams: Vec<&str> = Vec::new();
    let mut values: HashMap<(&str, NaiveDate), &MetricMonth> = HashMap::new();
    for row in &rows {
        if teams.last() != Some(&row.team.as_str()) {
            teams.push(&row.team);
        }
        values.insert((&row.team, row.period_start), row);
    }
    let mut seen = HashSet::new();
    teams.retain(|team| seen.insert(*team));
    let cell = |team: &str, month: &NaiveDate| match values.get(&(team, *month)) {
        Some(row) => Number::amount(
            row.p50.unwrap_or(row.mean),
            &row.unit,
            format!("n {}", format::count(u64::from(row.n))),
        ),
        None => Number::none(),
    };
    let row = |team: &&str| {
        let cells = months.iter().map(|month| Cell::Number(cell(team, month)));
        Row::team(team, cells.collect())
    };
    let line = |team: &&str| {
        Row {
            head: below_root(team),
            ..row(team)
        }
        .line()
    };
    let to_search = teams.iter().filter(|_| search && teams.len() > MOST_TEAMS);
    let mut columns = vec![Column::words("Team")];
    columns.extend(
        months
            .iter()
            .map(|start| Column::numbers(&month(*start), "")),
    );
    (!rows.is_empty()).then(|| Table {
        caption: format!("{name} by team: median by month of the merge"),
        columns,
        rows: teams.iter().take(MOST_TEAMS).map(row).collect(),
        all: to_search.map(line).collect(),
    })
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `Sep 2026`.
fn month(start: NaiveDate) -> String {
    format!("{} {}", MONTHS[start.month0() as usize], start.year())
}

/// A month on an axis: with its year only where the year begins or is first seen.
fn month_on_axis(start: NaiveDate, first: NaiveDate) -> String {
    if start == first || start.month0() == 0 {
        month(start)
    } else {
        MONTHS[start.month0() as usize].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_association_is_drawn_with_every_team() {
        let systems = Systems::of(&Findings::sample(), false);
        assert_eq!(systems.charts.len(), 2);
        assert!(
            systems.charts[0]
                .chart
                .title
                .starts_with("Time to first review: 19 h (median of 9,214)")
        );
        assert_eq!(systems.charts[0].table.rows.len(), 10);
    }

    #[test]
    fn a_coefficient_needs_eight_teams() {
        let mut findings = Findings::sample();
        let association = findings.evidence[0].association.take();
        let table = evidence(&findings).expect("the evidence");
        let Cell::Number(number) = &table.rows[0].cells[1] else {
            panic!("a number")
        };
        assert_eq!(number.span, "no difference between teams");
        findings.evidence[0].association = association;
        findings.evidence[0].teams = 7;
        findings.evidence.truncate(1);
        assert!(scatter(&findings).is_none());
        let table = evidence(&findings).expect("the evidence");
        assert!(matches!(&table.rows[0].cells[1], Cell::Number(number) if number.value == "–"));
    }

    #[test]
    fn teams_have_their_medians_with_and_without_open_pull_requests() {
        let mut findings = Findings::sample();
        findings.team_metrics[1].value = None;
        if let Some(with) = &mut findings.team_metrics[1].with_open {
            with.median = None;
        }
        findings.team_metrics[2].with_open = None;
        let table = with_open(&findings, "pr.cycle_time", "PR cycle time", false).expect("a table");
        let text = |row: usize, cell: usize| match &table.rows[row].cells[cell] {
            Cell::Number(number) => number.value.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(table.columns.len(), 8);
        assert_eq!(
            (text(0, 0), text(0, 6)),
            ("31 h".to_owned(), "91%".to_owned())
        );
        assert_eq!(
            (text(1, 0), text(1, 4)),
            ("–".to_owned(), "over half wait".to_owned())
        );
        assert_eq!((text(2, 4), text(2, 5)), ("–".to_owned(), "0".to_owned()));
        assert!(with_open(&findings, "pr.pickup_time", "Time to first review", false).is_none());
    }

    #[test]
    fn without_metrics_the_page_says_what_to_do() {
        let mut findings = Findings::sample();
        findings.metrics.clear();
        findings.team_metrics.clear();
        findings.evidence.clear();
        let systems = Systems::of(&findings, false);
        assert!(systems.empty.is_some() && systems.evidence.is_none() && systems.months.is_empty());
    }
}
