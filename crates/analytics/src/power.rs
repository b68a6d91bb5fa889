//! Before a wave: how large a change a group could show, by the test that the report uses (Welch's,
//! both waves alike), in four of five tries.
//!
//! The power of a t test of n answers against n answers is that of the noncentral t distribution
//! with 2n−2 degrees of freedom and noncentrality change / (spread·√(2/n)) (Cohen 1988, chapter 2).
//! The spread is the standard deviation of a rating; where earlier waves tell how much surer it
//! gets because many people answer both, that is in it. An area that changes alone among m must
//! pass 0.05/m, the first step of Benjamini and Hochberg (1995), for the report marks changes by q;
//! where most areas change, 0.05 is enough.

use polars::prelude::DataFrame;
use serde::Serialize;
use statrs::distribution::{Continuous, ContinuousCDF, Gamma, Normal};
use tribometer_findings::Findings;
use tribometer_statistics::intervals;
use tribometer_statistics::thresholds::ALPHA;

use crate::answers::AnswerTables;
use crate::groups::{Groups, Tree};

/// How often a change of the stated size is to be seen.
const POWER: f64 = 0.8;
/// Beyond noise: q at most this.
const LEVEL: f64 = ALPHA;
/// The greatest change there can be, from 1 to 5.
const GREATEST: f64 = 4.0;
/// The usual spread of a rating, where no wave tells it: a standard deviation a quarter of the
/// scale and a little.
const USUAL_SPREAD: f64 = 1.1;
/// The share who answer, where no wave tells it.
const USUAL_RATE: f64 = 0.8;
/// More answers than any wave has.
const MOST: u32 = 1 << 20;
/// Points of the numerical integral: twice as many change nothing in the sixth digit.
const POINTS: usize = 400;

/// What is expected of a wave.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Assumptions {
    /// The share of the invited who answer.
    pub response_rate: f64,
    /// The standard deviation of an answer, in points of 1 to 5.
    pub spread: f64,
    pub source: Source,
    /// Rated pillars, of which one changes alone or most do.
    pub areas: u32,
    /// A change that somebody hopes for, in points.
    pub change: f64,
}

/// Where a spread comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// How sure the last wave was of its changes: people who answered both waves are in it.
    Changes,
    /// How much answers of one wave differ; as if nobody could be linked.
    Ratings,
    /// Nothing is known yet.
    Assumed,
}

/// What a group could show.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupPlan {
    /// Its path; empty for the whole where teams have no common root.
    pub team: String,
    pub attribute: Option<String>,
    pub value: Option<String>,
    /// Who would be asked; absent below the minimum group.
    pub people: Option<u32>,
    /// How many answers to expect; absent where they are fewer than the minimum group, which is not
    /// shown.
    pub answers: Option<u32>,
    /// The smallest change of the mean rating that is seen when this area changes alone, in points.
    pub alone: Option<f64>,
    /// The same when most areas change.
    pub among_many: Option<f64>,
    /// Half the width of the 95% interval of a favorable share of a half.
    pub share: Option<f64>,
}

/// All groups, and how many answers the hoped-for change takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    pub assumptions: Assumptions,
    pub answers_alone: Option<u32>,
    pub answers_among_many: Option<u32>,
    /// The whole first, then depth first.
    pub groups: Vec<GroupPlan>,
}

impl GroupPlan {
    /// What pages and tables call it: `Engineering / Payments`, `Engineering, role Backend`.
    pub fn name(&self) -> String {
        let team = match self.team.as_str() {
            "" => "Everybody",
            team => team,
        };
        match (&self.attribute, &self.value) {
            (Some(attribute), Some(value)) => format!("{team}, {attribute} {value}"),
            _ => team.to_owned(),
        }
    }
}

impl Assumptions {
    /// What is usual, for a survey of so many rated pillars.
    pub fn usual(areas: u32) -> Self {
        Self {
            response_rate: USUAL_RATE,
            spread: USUAL_SPREAD,
            source: Source::Assumed,
            areas,
            change: 0.3,
        }
    }

    /// As the last wave was.
    pub fn after(findings: &Findings) -> Self {
        let usual = Self::usual(findings.ranking.len() as u32);
        let spread = spread_of_changes(findings);
        Self {
            response_rate: (findings.invited.filter(|invited| *invited > 0))
                .map_or(usual.response_rate, |invited| {
                    f64::from(findings.responded) / f64::from(invited)
                }),
            spread: spread.unwrap_or(usual.spread),
            source: spread.map_or(Source::Assumed, |_| Source::Changes),
            ..usual
        }
    }

    /// As the answers of one wave are, and as many of the people gave them.
    pub fn like(responses: &AnswerTables, people: usize, areas: u32) -> Self {
        let usual = Self::usual(areas);
        let ratings = responses.ratings().map(|column| {
            let mut counts = tribometer_statistics::ratings::Ratings::default();
            for cell in column.cells.iter().filter(|cell| (1..=5).contains(*cell)) {
                counts.0[usize::from(*cell) - 1] += 1;
            }
            counts
        });
        let spread = middle(ratings.filter_map(|ratings| ratings.sd()).collect());
        Self {
            response_rate: match people {
                0 => usual.response_rate,
                people => (responses.len() as f64 / people as f64).min(1.0),
            },
            spread: spread.unwrap_or(usual.spread),
            source: spread.map_or(Source::Assumed, |_| Source::Ratings),
            ..usual
        }
    }

    /// The level that one area must pass when it changes alone.
    fn strict(&self) -> f64 {
        LEVEL / f64::from(self.areas.max(1))
    }
}

/// The median over pillars of s, where the whole's change has the standard error s·√(1/n + 1/m).
fn spread_of_changes(findings: &Findings) -> Option<f64> {
    let whole = &findings.groups.first()?.team;
    let latest = findings.previous.as_ref()?;
    let own = (findings.changes.iter()).filter(|row| &row.team == whole && &row.previous == latest);
    let spread = own.filter_map(|row| {
        let (n, m) = (f64::from(row.n), f64::from(row.n_previous));
        let error = (row.change.high - row.change.low) / 2.0 / intervals::t(n + m - 2.0)?;
        Some(error / (1.0 / n + 1.0 / m).sqrt())
    });
    middle(spread.collect())
}

fn middle(mut values: Vec<f64>) -> Option<f64> {
    values.retain(|value| value.is_finite() && *value > 0.0);
    values.sort_by(f64::total_cmp);
    intervals::quantile(&values, 0.5)
}

/// What every group of these people could show.
pub fn plan(people: &DataFrame, by: &[String], minimum: u32, assumptions: Assumptions) -> Plan {
    let groups = Groups::new(Tree::of([people]), by, std::iter::once(people));
    let counts = groups.count(&groups.place(people));
    let rows = groups
        .names()
        .zip(&counts)
        .filter(|(_, people)| **people > 0);
    let mut known: Vec<(u32, Option<f64>, Option<f64>)> = Vec::new();
    let rows = rows.map(|(name, people)| {
        let expected = (f64::from(*people) * assumptions.response_rate).round() as u32;
        let answers = Some(expected).filter(|answers| *answers >= minimum);
        // Groups of one size are many, and a size takes a search.
        let both = answers.map(|n| match known.iter().find(|(size, ..)| *size == n) {
            Some(found) => *found,
            None => {
                let change = |level| detectable(n, assumptions.spread, level);
                let found = (n, change(assumptions.strict()), change(LEVEL));
                known.push(found);
                found
            }
        });
        GroupPlan {
            team: name.team.to_owned(),
            attribute: name.cut.map(|(attribute, _)| attribute.to_owned()),
            value: name.cut.map(|(_, value)| value.to_owned()),
            people: Some(*people).filter(|people| *people >= minimum),
            answers,
            alone: both.and_then(|(_, alone, _)| alone),
            among_many: both.and_then(|(.., many)| many),
            share: answers.and_then(|n| {
                let share = intervals::wilson(n / 2, n)?;
                Some((share.high - share.low) / 2.0)
            }),
        }
    });
    let groups = rows.collect();
    let answers = |level| answers_for(assumptions.change, assumptions.spread, level);
    Plan {
        answers_alone: answers(assumptions.strict()),
        answers_among_many: answers(LEVEL),
        groups,
        assumptions,
    }
}

/// The smallest change of a mean, in the unit of the spread, that n answers against n are seen with
/// at a two-sided level. None with fewer than two, and where even the greatest change there can be
/// is not.
pub fn detectable(n: u32, spread: f64, level: f64) -> Option<f64> {
    let unit = spread * (2.0 / f64::from(n)).sqrt();
    let degrees = 2.0 * f64::from(n) - 2.0;
    let critical = critical(degrees, level)?;
    let (mut below, mut above) = (0.0, GREATEST / unit);
    if !(unit > 0.0 && unit.is_finite()) || power(above, degrees, critical)? < POWER {
        return None;
    }
    for _ in 0..40 {
        let between = (below + above) / 2.0;
        if power(between, degrees, critical)? < POWER {
            below = between
        } else {
            above = between
        }
    }
    Some(above * unit)
}

/// How many answers in each wave a change takes; none for a change of nothing.
pub fn answers_for(change: f64, spread: f64, level: f64) -> Option<u32> {
    let is_seen = |n: u32| detectable(n, spread, level).is_some_and(|least| least <= change);
    let mut enough = 2_u32;
    while !is_seen(enough) {
        enough = enough.checked_mul(2).filter(|n| *n <= MOST)?;
    }
    let mut few = enough / 2;
    while enough - few > 1 {
        let between = few + (enough - few) / 2;
        if is_seen(between) {
            enough = between
        } else {
            few = between
        }
    }
    Some(enough)
}

fn critical(degrees: f64, level: f64) -> Option<f64> {
    // Beyond this the two agree to four digits, and the library's search for the quantile takes
    // ever longer.
    if degrees > 10_000.0 {
        return Some(Normal::standard().inverse_cdf(1.0 - level / 2.0));
    }
    intervals::t_beyond(degrees, level / 2.0)
}

/// P(|T| > critical) for T noncentral t: over the chi-square distribution of the variance, P(Z >
/// critical·√(v/ν) − δ) and the same on the other side.
fn power(noncentrality: f64, degrees: f64, critical: f64) -> Option<f64> {
    let variance = Gamma::new(degrees / 2.0, 0.5).ok()?;
    let normal = Normal::standard();
    let reach = 10.0 * (2.0 * degrees).sqrt();
    // In roots, for with few degrees of freedom the density is steep at zero.
    let (from, to) = (
        (degrees - reach).max(0.0).sqrt(),
        (degrees + reach + 20.0).sqrt(),
    );
    let step = (to - from) / POINTS as f64;
    let (mut mass, mut beyond) = (0.0, 0.0);
    for point in 0..POINTS {
        let root = from + (point as f64 + 0.5) * step;
        // The library's density itself overflows between a hundred and two hundred answers.
        let density = variance.ln_pdf(root * root).exp() * 2.0 * root * step;
        let edge = critical * root / degrees.sqrt();
        mass += density;
        beyond += density * (normal.cdf(noncentrality - edge) + normal.cdf(-noncentrality - edge));
    }
    (mass > 0.0).then(|| beyond / mass)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tribometer_statistics::change::TwoWaves;
    use tribometer_statistics::random;
    use tribometer_statistics::ranks::normal;
    use tribometer_statistics::reference::within;

    use super::*;
    use crate::answers::{AnswerRows, PeopleRows};

    /// SciPy 1.17.1: brentq(lambda d: nct.sf(t.ppf(1 - a / 2, 2 * n - 2), 2 * n - 2, d) - 0.8, 1,
    /// 9) * (2 / n) ** 0.5. R's power.t.test(n = 20, power = 0.8) gives 0.9091.
    #[test]
    fn detectable_changes_are_those_of_the_noncentral_t() {
        for (n, level, expected) in [
            (3, 0.05, 3.070_892_843_77),
            (5, 0.05, 2.024_440_977_36),
            (20, 0.05, 0.909_130_127_63),
            (100, 0.05, 0.398_138_624_87),
            (5, 0.002, 3.548_715_395_23),
            (20, 0.002, 1.327_262_475_14),
            (1000, 0.002, 0.176_048_223_52),
        ] {
            within(detectable(n, 1.0, level).unwrap(), expected, 1e-5);
        }
    }

    /// The report's own test on answers that differ by the planned change, 2,000 times: 80% within
    /// four standard errors.
    #[test]
    fn a_planned_change_is_seen_in_four_of_five_waves() {
        let change = detectable(12, 1.0, LEVEL).unwrap();
        let seen = (0..2_000_u64).filter(|run| {
            let mut answers = [0.0; 24];
            normal(&mut answers, &mut random::numbered(5, *run));
            let mut waves = TwoWaves::default();
            let (now, before) = answers.split_at(12);
            for (sums, answers, shift) in [
                (&mut waves.now, now, change),
                (&mut waves.before, before, 0.0),
            ] {
                for answer in answers {
                    sums.n += 1;
                    sums.sum += answer + shift;
                    sums.squares += (answer + shift).powi(2);
                }
            }
            waves.test().is_some_and(|test| test.p <= LEVEL)
        });
        let share = seen.count() as f64 / 2_000.0;
        assert!((share - POWER).abs() < 0.036, "{share}");
    }

    #[test]
    fn a_group_under_the_minimum_is_told_nothing() {
        let mut people = PeopleRows::default();
        (0..40).for_each(|_| people.push("E / A", [("role", "dev")]));
        (0..4).for_each(|_| people.push("E / B", [("role", "lead")]));
        let plan = plan(
            &people.finish(),
            &["role".into()],
            5,
            Assumptions::usual(25),
        );
        let rows: Vec<_> = (plan.groups.iter())
            .map(|group| {
                (
                    group.team.as_str(),
                    group.value.as_deref(),
                    group.people,
                    group.answers,
                )
            })
            .collect();
        assert_eq!(rows[0], ("E", None, Some(44), Some(35)));
        assert!(rows.contains(&("E / B", None, None, None)));
        assert!(rows.contains(&("E / A", Some("dev"), Some(40), Some(32))));
        let small = plan
            .groups
            .iter()
            .find(|group| group.team == "E / B")
            .unwrap();
        assert_eq!((small.alone, small.share), (None, None));
        // Alone among 25 it takes more answers, and the whole has fewer than either.
        assert!(plan.answers_alone > plan.answers_among_many && plan.answers_among_many > Some(35));
    }

    #[test]
    fn a_spread_comes_from_the_changes_the_ratings_or_from_what_is_usual() {
        let findings = Findings::sample();
        let after = Assumptions::after(&findings);
        assert_eq!(after.source, Source::Changes);
        assert!((0.5..2.0).contains(&after.spread), "{}", after.spread);
        let reference = crate::reference::input(1);
        let like = Assumptions::like(&reference.responses, 313, 8);
        assert_eq!(like.source, Source::Ratings);
        within(like.response_rate, 277.0 / 313.0, 1e-12);
        let nobody = Assumptions::like(&AnswerRows::new(&reference.survey).finish(), 0, 8);
        assert_eq!(
            (nobody.source, nobody.response_rate),
            (Source::Assumed, USUAL_RATE)
        );
        assert_eq!(answers_for(0.0, 1.0, LEVEL), None);
        assert_eq!(
            detectable(1, 1.0, LEVEL)
                .or(detectable(0, 1.0, LEVEL))
                .or(detectable(9, f64::NAN, LEVEL)),
            None
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn more_answers_see_smaller_changes(n in 2_u32..2_000, spread in 0.2_f64..1.8) {
            let (few, many) = (detectable(n, spread, LEVEL), detectable(n + 10, spread, LEVEL));
            if let Some(few) = few {
                prop_assert!(many.unwrap() < few && few <= GREATEST);
                prop_assert!(detectable(n, spread, LEVEL / 25.0).is_none_or(|strict| strict > few));
                prop_assert!(answers_for(few + 1e-9, spread, LEVEL).unwrap() <= n);
            }
        }
    }
}
