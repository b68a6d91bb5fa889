//! The friction ranking: one row a pillar, ties in words, and where another lens sees another leader.

use super::format::{self, Measured};
use super::joined::Joined;
use super::table::{Badge, Delta, Empty, Number};
use crate::charts::{self, Caption, Chart, Whisker};
use crate::findings::{Estimate, Findings, Pain, RankedPillar, Verdict};

/// What the ranking shows.
pub struct Ranking {
    pub rows: Vec<RankRow>,
    /// Which columns have anything in them.
    pub has: Has,
    /// What friction counts, for the column's head.
    pub unit: &'static str,
    pub notes: Vec<String>,
    pub chart: Option<Chart>,
    pub joined: Option<Joined>,
    pub empty: Empty,
}

/// The columns that not every survey has.
pub struct Has {
    pub change: bool,
    pub impact: bool,
    pub votes: bool,
    pub hours: bool,
    pub evidence: bool,
}

/// One pillar.
pub struct RankRow {
    pub pillar: String,
    pub name: String,
    pub dimension: String,
    pub rank: u32,
    pub ranks: String,
    pub friction: Number,
    pub meter: String,
    pub favorable: Number,
    pub change: Option<Delta>,
    pub impact: Number,
    pub votes: Number,
    pub hours: Number,
    pub verdict: Badge,
    pub says: String,
}

impl Ranking {
    pub fn of(findings: &Findings) -> Ranking {
        let rows = &findings.ranking;
        let axis = axis(rows);
        let has = Has {
            change: rows.iter().any(|row| row.change.is_some()),
            impact: rows.iter().any(|row| row.impact.is_some()),
            votes: rows.iter().any(|row| row.votes.is_some()),
            hours: rows.iter().any(|row| row.hours_per_week.is_some()),
            evidence: rows
                .iter()
                .any(|row| row.verdict != Verdict::NoMetric || !row.says.is_empty()),
        };
        Ranking {
            rows: rows.iter().map(|row| RankRow::of(row, axis)).collect(),
            unit: match findings.pain {
                Pain::PickedAndRatedLow => "of 100 engineers; 95% interval",
                Pain::RatedLow => "rated 1 or 2, of 100; 95% interval",
            },
            notes: notes(findings, axis),
            chart: chart(findings),
            joined: Joined::of(findings),
            has,
            empty: Empty {
                title: "Nothing to rank yet",
                text: "A pillar is ranked as soon as enough people have rated it. Remind those who have not answered, or ask a larger group.",
            },
        }
    }
}

impl RankRow {
    fn of(row: &RankedPillar, axis: f64) -> RankRow {
        let whole = |value: f64| format::number(value, 0);
        RankRow {
            pillar: row.pillar.clone(),
            name: row.name.clone(),
            dimension: row.dimension_name.clone(),
            rank: row.rank,
            ranks: match row.rank_low == row.rank_high {
                true => "clear".to_owned(),
                false => format!("{}–{}", row.rank_low, row.rank_high),
            },
            meter: meter(row.friction, axis),
            friction: Number::new(
                whole(row.friction.value),
                format::span(whole(row.friction.low), whole(row.friction.high)),
            ),
            favorable: Number::new(
                format::percent(row.favorable.value),
                format!(
                    "{} · n {}",
                    format::percent_span(row.favorable.low, row.favorable.high),
                    format::count(u64::from(row.n))
                ),
            ),
            change: row.change.as_ref().map(Delta::of_share),
            impact: row.impact.map_or_else(Number::none, |impact| {
                let span = format::percent_span(impact.low, impact.high);
                Number::new(format::percent(impact.value), span)
            }),
            votes: row.votes.map_or_else(Number::none, |votes| {
                Number::new(format::percent(votes), "")
            }),
            hours: row.hours_per_week.map_or_else(Number::none, |hours| {
                let shown = measured(hours);
                Number::new(shown.value.clone(), shown.span())
            }),
            verdict: badge(row.verdict),
            says: row.says.clone(),
        }
    }
}

/// A verdict as a badge.
pub fn badge(verdict: Verdict) -> Badge {
    match verdict {
        Verdict::Confirmed => Badge {
            name: "Confirmed",
            class: "ember",
        },
        Verdict::Contradicted => Badge {
            name: "Disagrees",
            class: "teal",
        },
        Verdict::Unclear => Badge {
            name: "Unclear",
            class: "unclear",
        },
        Verdict::NoMetric => Badge {
            name: "No metric",
            class: "none",
        },
    }
}

fn measured(estimate: Estimate) -> Measured {
    Measured::new(estimate.value, estimate.low, estimate.high)
}

/// Where the meters end: the highest interval, rounded up to tens.
fn axis(rows: &[RankedPillar]) -> f64 {
    let top = rows.iter().map(|row| row.friction.high).fold(0.0, f64::max);
    ((top / 10.0).ceil() * 10.0).clamp(10.0, 100.0)
}

/// A track, a bar up to the value, and a line from one end of the interval to the other.
fn meter(friction: Estimate, axis: f64) -> String {
    let place = |value: f64| format::number((value / axis * 100.0).clamp(0.0, 100.0), 1);
    let (value, low) = (place(friction.value), place(friction.low));
    let width = place((friction.high - friction.low).max(0.0));
    format!(
        "<svg class=\"meter\" aria-hidden=\"true\"><rect width=\"100%\"/><rect width=\"{value}%\"/><rect x=\"{low}%\" width=\"{width}%\"/></svg>"
    )
}

fn notes(findings: &Findings, axis: f64) -> Vec<String> {
    let mut notes = vec![format!(
        "Under each rank stand the ranks that the data allow, for all areas at once with 95% confidence. Areas whose ranges overlap are tied and \
         stand in order of friction. Meters end at {}.",
        format::number(axis, 0)
    )];
    notes.extend(lenses(&findings.ranking));
    notes
}

/// The areas that lead by another lens and are not near the top by friction.
fn lenses(rows: &[RankedPillar]) -> Option<String> {
    let first = |value: fn(&RankedPillar) -> Option<f64>| {
        let ranked = rows.iter().filter_map(|row| Some((row, value(row)?)));
        ranked
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(row, _)| row)
            .filter(|row| row.rank_low > 3)
    };
    let seen: Vec<String> = [
        (
            "hours lost",
            first(|row| row.hours_per_week.map(|hours| hours.value)),
        ),
        ("votes", first(|row| row.votes)),
        ("impact", first(|row| row.impact.map(|impact| impact.value))),
        ("ratings alone", first(|row| Some(-row.favorable.value))),
    ]
    .into_iter()
    .filter_map(|(lens, row)| {
        row.map(|row| format!("by {lens} {} leads (here {})", row.name, row.rank))
    })
    .collect();
    (!seen.is_empty()).then(|| format!("Another lens, another leader: {}.", format::list(&seen)))
}

/// All areas with their intervals on one axis, so that overlaps are seen.
fn chart(findings: &Findings) -> Option<Chart> {
    let rows = &findings.ranking;
    let (first, last) = (rows.first()?, rows.last()?);
    let tied: Vec<&str> = rows
        .iter()
        .filter(|row| row.rank_low <= 1)
        .map(|row| row.name.as_str())
        .collect();
    let title = match tied.len() {
        0 | 1 => format!("{} has more friction than every other area", first.name),
        2..=3 => format!("{} cannot be told apart at the top", format::list(&tied)),
        n => format!("{n} areas cannot be told apart at the top"),
    };
    let whole = |row: &RankedPillar| format::number(row.friction.value, 0);
    let caption = Caption {
        id: "chart-friction".into(),
        title,
        description: format!(
            "Friction of {} areas as dots with 95% intervals, from {} at {} on top down to {} at {}. \
             The ranking table has every number.",
            rows.len(),
            first.name,
            whole(first),
            last.name,
            whole(last),
        ),
    };
    let whisker = |row: &RankedPillar| {
        Whisker::new(
            &row.name,
            row.friction.low,
            row.friction.value,
            row.friction.high,
        )
    };
    let whiskers: Vec<Whisker> = rows.iter().map(whisker).collect();
    charts::whiskers(caption, &whiskers, "of 100 engineers")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_stays_within_its_axis() {
        let svg = meter(
            Estimate {
                value: 31.2,
                low: 27.0,
                high: 35.0,
            },
            40.0,
        );
        assert!(svg.contains("<rect width=\"78.0%\"/>"), "{svg}");
        assert!(
            svg.contains("x=\"67.5%\"") && svg.contains("width=\"20.0%\""),
            "{svg}"
        );
    }

    #[test]
    fn a_leader_by_another_lens_is_pointed_out() {
        let mut rows = Findings::sample().ranking;
        rows.iter_mut().for_each(|row| row.impact = None);
        assert_eq!(lenses(&rows), None);
        rows[12].votes = Some(0.9);
        assert_eq!(
            lenses(&rows).as_deref(),
            Some("Another lens, another leader: by votes Getting help leads (here 13).")
        );
    }

    #[test]
    fn columns_without_a_number_are_left_out() {
        let mut findings = Findings::sample();
        findings
            .ranking
            .iter_mut()
            .for_each(|row| row.impact = None);
        let has = Ranking::of(&findings).has;
        assert!(has.votes && has.hours && has.change && has.evidence && !has.impact);
    }
}
