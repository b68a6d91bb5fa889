//! The friction ranking: one row a pillar, ties in words, and where another lens sees another
//! leader.

use tribometer_findings::version_0::English;
use tribometer_findings::{Estimate, Findings, Pain, RankedPillar, Verdict, strongest};

use super::joined::Joined;
use super::table::{Badge, Delta, Empty, Number};
use crate::charts::{self, Caption, Chart, Whisker};
use crate::words::Language;
use crate::words::format::{self, Measured};

/// What the ranking shows.
pub struct Ranking {
    pub rows: Vec<RankRow>,
    /// Which columns have anything in them.
    pub has: Has,
    /// What friction counts, for the column's head.
    pub unit: &'static str,
    /// Whom the votes are a share of.
    pub voters: String,
    /// In what unit the cost is: `million a year`.
    pub money: String,
    pub notes: Vec<String>,
    pub chart: Option<Chart>,
    pub joined: Option<Joined>,
    pub empty: Empty,
}

/// The columns that not every survey has.
pub struct Has {
    /// Of three areas all are the worst three.
    pub worst: bool,
    pub change: bool,
    pub impact: bool,
    pub votes: bool,
    pub hours: bool,
    pub cost: bool,
    pub joined: bool,
    pub evidence: bool,
}

/// One pillar.
pub struct RankRow {
    pub pillar: String,
    pub name: String,
    pub dimension: String,
    pub rank: u32,
    pub ranks: String,
    /// How probable it is among the worst three.
    pub worst: Number,
    pub friction: Number,
    pub meter: String,
    pub favorable: Number,
    pub change: Option<Delta>,
    pub impact: Number,
    pub votes: Number,
    pub hours: Number,
    pub cost: Number,
    /// The rank after the join.
    pub joined: Number,
    pub verdict: Badge,
    /// Where the verdict sorts to: the confirmed first.
    pub order: u8,
    pub says: String,
}

impl Ranking {
    pub fn of(findings: &Findings) -> Ranking {
        let rows = &findings.ranking;
        let axis = axis(rows);
        let costs = rows.iter().filter_map(|row| row.cost_per_year);
        let most = costs.map(|cost| cost.value).fold(0.0, f64::max);
        let (unit, size) = format::money_unit(most);
        let has = Has {
            worst: rows.len() > TOP,
            change: rows.iter().any(|row| row.change.is_some()),
            impact: rows.iter().any(|row| row.impact.is_some()),
            votes: rows.iter().any(|row| row.votes.is_some()),
            hours: rows.iter().any(|row| row.hours_per_week.is_some()),
            cost: rows.iter().any(|row| row.cost_per_year.is_some()),
            joined: rows.iter().any(|row| row.joined.is_some()),
            evidence: rows
                .iter()
                .any(|row| row.verdict != Verdict::NoMetric || !says(findings, row).is_empty()),
        };
        Ranking {
            rows: rows
                .iter()
                .map(|row| RankRow::of(findings, row, axis, size))
                .collect(),
            money: format!("{unit} a year"),
            unit: match findings.pain {
                Pain::PickedAndRatedLow => "of 100, 95% interval",
                Pain::RatedLow => "rated 1 or 2, of 100, 95% interval",
            },
            voters: format!("of {}", format::count(u64::from(findings.responded))),
            notes: notes(findings, axis),
            chart: chart(findings),
            joined: Joined::of(findings),
            has,
            empty: Empty {
                title: "Nothing to rank yet",
                text: "A pillar is ranked as soon as enough people have rated it. Remind those who \
                       have not answered, or ask a larger group.",
            },
        }
    }
}

impl RankRow {
    fn of(findings: &Findings, row: &RankedPillar, axis: f64, money: f64) -> RankRow {
        let whole = |value: f64| format::number(value, 0);
        RankRow {
            pillar: row.pillar.clone(),
            name: row.name.clone(),
            dimension: row.dimension_name.clone(),
            rank: row.rank,
            ranks: if row.rank_low == row.rank_high {
                "clear".to_owned()
            } else {
                format!("{}–{}", row.rank_low, row.rank_high)
            },
            worst: Number {
                sort: format!("{:.4}", row.top3_probability),
                ..Number::new(format::chance(row.top3_probability), "")
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
            cost: row.cost_per_year.map_or_else(Number::none, |cost| {
                let shown = format::money_in(money, cost);
                Number::new(shown.value.clone(), shown.span())
            }),
            joined: row.joined.as_ref().map_or_else(Number::none, |joined| {
                Number::new(joined.rank.to_string(), "")
            }),
            verdict: badge(row.verdict),
            order: match row.verdict {
                Verdict::Confirmed => 1,
                Verdict::Contradicted => 2,
                Verdict::Unclear => 3,
                Verdict::NoMetric => 4,
            },
            says: says(findings, row),
        }
    }
}

/// The fact behind a pillar's verdict; nothing where no metric speaks to it.
fn says(findings: &Findings, row: &RankedPillar) -> String {
    if let Some(English(text)) = &row.says {
        return text.clone();
    }
    let evidence = strongest(&findings.evidence, &row.pillar);
    evidence.map_or_else(String::new, |evidence| {
        Language::default().words().level(evidence)
    })
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
        "<svg class=\"meter\" aria-hidden=\"true\"><rect width=\"100%\"/><rect \
         width=\"{value}%\"/><rect x=\"{low}%\" width=\"{width}%\"/></svg>"
    )
}

fn notes(findings: &Findings, axis: f64) -> Vec<String> {
    let mut notes = vec![format!(
        "Under each rank stand the ranks that the data allow, for all areas at once with 95% \
         confidence. Areas whose ranges overlap are tied and stand in order of friction. Meters \
         end at {}.",
        format::number(axis, 0)
    )];
    notes.extend(lenses(&findings.ranking));
    notes
}

/// What a lens is called, and the value that it orders by, the greatest first.
type Lens = (&'static str, fn(&RankedPillar) -> Option<f64>);

/// How many areas count as the top of a lens.
const TOP: usize = 3;

/// What other lenses put elsewhere: an area that leads by one and is not at the top here, or the
/// one that leads here and is not at the top there.
fn lenses(rows: &[RankedPillar]) -> Option<String> {
    let first = rows.first()?;
    let seen = |(lens, value): Lens| {
        let values = || rows.iter().filter_map(|row| Some((row, value(row)?)));
        let most = values().map(|(_, value)| value).reduce(f64::max)?;
        // Of several leaders the one that is worst here, which stands first.
        let (leader, _) = values().find(|(_, value)| *value == most)?;
        let above = value(first).map(|own| values().filter(|(_, value)| *value > own).count());
        let leads = (leader.rank as usize > TOP)
            .then(|| format!("{} leads (here {})", leader.name, leader.rank));
        let trails = above
            .filter(|above| *above >= TOP)
            .map(|above| format!("{} is number {}", first.name, above + 1));
        let both: Vec<String> = leads.into_iter().chain(trails).collect();
        (!both.is_empty()).then(|| format!("by {lens} {}", format::list(&both)))
    };
    let lenses: [Lens; 5] = [
        ("hours lost", |row| {
            row.hours_per_week.map(|hours| hours.value)
        }),
        ("votes", |row| row.votes),
        ("impact", |row| row.impact.map(|impact| impact.value)),
        ("ratings alone", |row| Some(-row.favorable.value)),
        ("friction joined with telemetry", |row| {
            row.joined.as_ref().map(|joined| -f64::from(joined.rank))
        }),
    ];
    let by_number = lenses.into_iter().filter_map(seen);
    let said: Vec<String> = by_number.chain(confirmed(rows)).collect();
    (!said.is_empty()).then(|| format!("Another lens, another order: {}.", said.join("; ")))
}

/// The first area that metrics confirm, where they confirm none at the top.
fn confirmed(rows: &[RankedPillar]) -> Option<String> {
    let row = rows.iter().find(|row| row.verdict == Verdict::Confirmed)?;
    (row.rank as usize > TOP).then(|| {
        format!(
            "the first that metrics confirm is {} (here {})",
            row.name, row.rank
        )
    })
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
            "Friction of {} areas as dots with 95% intervals, from {} at {} on top down to {} at \
             {}. The ranking table has every number.",
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

    /// Rows that every lens puts in the same order.
    fn agreeing() -> Vec<RankedPillar> {
        let mut rows = Findings::sample().ranking;
        for (at, row) in rows.iter_mut().enumerate() {
            row.impact = None;
            row.favorable.value = 0.3 + 0.01 * at as f64;
        }
        rows
    }

    #[test]
    fn a_leader_by_another_lens_is_pointed_out() {
        let mut rows = agreeing();
        assert_eq!(lenses(&rows), None);
        rows[12].votes = Some(0.9);
        assert_eq!(
            lenses(&rows).as_deref(),
            Some("Another lens, another order: by votes Getting help leads (here 13).")
        );
        // However wide its set of ranks is.
        rows[12].rank_low = 1;
        assert!(lenses(&rows).is_some());
    }

    #[test]
    fn a_first_area_that_another_lens_puts_lower_is_pointed_out() {
        let mut rows = agreeing();
        for (row, hours) in rows.iter_mut().zip([4.0, 9.0, 8.0, 7.0]) {
            row.hours_per_week = Some(Estimate {
                value: hours,
                ..Estimate::default()
            });
        }
        rows[4..]
            .iter_mut()
            .for_each(|row| row.hours_per_week = None);
        assert_eq!(
            lenses(&rows).as_deref(),
            Some("Another lens, another order: by hours lost Test feedback is number 4.")
        );
    }

    #[test]
    fn equal_leaders_are_no_other_order() {
        let mut rows = agreeing();
        rows.iter_mut().for_each(|row| row.votes = Some(0.5));
        assert_eq!(lenses(&rows), None);
    }

    #[test]
    fn evidence_and_the_join_are_lenses_too() {
        let mut rows = agreeing();
        rows[1].verdict = Verdict::NoMetric;
        rows[8].verdict = Verdict::Confirmed;
        for row in &mut rows {
            let joined = row.joined.as_mut().unwrap();
            joined.rank = if row.rank == 7 { 1 } else { row.rank + 1 };
        }
        assert_eq!(
            lenses(&rows).as_deref(),
            Some(
                "Another lens, another order: by friction joined with telemetry Clear requirements \
                 leads (here 7); the first that metrics confirm is Releasing (here 9)."
            )
        );
    }

    #[test]
    fn no_area_is_surely_among_the_worst_three_or_surely_not() {
        let rows = Ranking::of(&Findings::sample()).rows;
        assert_eq!(
            rows[0].worst,
            Number {
                sort: "0.9970".into(),
                ..Number::new("over 99%", "")
            }
        );
        assert_eq!(rows[9].worst.value, "under 1%");
    }

    #[test]
    fn columns_without_a_number_are_left_out() {
        let mut findings = Findings::sample();
        findings
            .ranking
            .iter_mut()
            .for_each(|row| row.impact = None);
        let has = Ranking::of(&findings).has;
        assert!(has.votes && has.hours && has.cost && has.change && has.evidence && !has.impact);
    }
}
