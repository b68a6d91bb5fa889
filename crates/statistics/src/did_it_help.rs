//! Did an action help: the change of the teams that have it less the change of those that do not
//! (difference in differences), teams being units of chance.
//!
//! Every team gives its change. It weighs n·m/(n+m), with n answers before and m after: so it
//! weighs in the regression of answers on teams and waves, and a change known from few answers
//! counts little. The test is that of two weighted means with unequal variances, t = (d − δ)/s, s²
//! = Σ over both sides of G/(G−1)·Σ w²e²/(Σ w)². From 30 teams t is Student's, with Welch's degrees
//! of freedom. Below, its distribution is drawn by the wild cluster bootstrap with the tested
//! difference imposed (Cameron, Gelbach and Miller 2008): residuals times random signs, or below 12
//! teams times Webb's six weights (Webb 2023), and the interval holds every difference that is not
//! refused at 5%.

use rand::RngExt;

use crate::{intervals, random};

/// Fewer teams than this on a side, and there is no test.
pub const FEWEST: usize = 4;
/// From so many teams on, no bootstrap.
const MANY: usize = 30;
/// Fewer teams than this have too few combinations of signs.
const FEW: usize = 12;
const DRAWS: usize = 9_999;
/// Halvings of the search for an end of the interval.
const HALVINGS: usize = 30;

/// A team's change between two points in time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TeamChange {
    pub has_it: bool,
    pub change: f64,
    /// Positive.
    pub weight: f64,
}

/// What the teams say together, in the unit of their changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// The mean change of those that have it.
    pub with: f64,
    /// That of the others.
    pub without: f64,
    /// The first less the second.
    pub difference: f64,
    /// Absent with fewer than [`FEWEST`] teams on a side, and where the teams of each side changed
    /// alike.
    pub test: Option<Test>,
}

/// The 95% interval of the difference, and how likely one as great is where there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Test {
    pub low: f64,
    pub high: f64,
    pub p: f64,
}

/// How a team weighs that had n answers before and m after.
pub fn weight(before: u32, after: u32) -> f64 {
    let (n, m) = (f64::from(before), f64::from(after));
    if n + m > 0.0 { n * m / (n + m) } else { 0.0 }
}

/// None without a team on each side.
pub fn effect(teams: &[TeamChange], seed: u64) -> Option<Effect> {
    let teams: Vec<TeamChange> = teams.iter().copied().filter(is_usable).collect();
    let own = Sides::new(&teams, |team| team.change)?;
    let count = |has_it| teams.iter().filter(|team| team.has_it == has_it).count();
    let smaller = count(true).min(count(false));
    let test = match smaller >= FEWEST && own.error > 0.0 {
        true if teams.len() < MANY => wild(&teams, &own, seed),
        true => student(&own),
        false => None,
    };
    Some(Effect {
        with: own.with,
        without: own.without,
        difference: own.difference(),
        test,
    })
}

fn is_usable(team: &TeamChange) -> bool {
    team.change.is_finite() && team.weight.is_finite() && team.weight > 0.0
}

/// The weighted means of both sides and the standard error of their difference.
struct Sides {
    with: f64,
    without: f64,
    error: f64,
    /// Welch's.
    degrees: f64,
}

impl Sides {
    fn new(teams: &[TeamChange], value: impl Fn(&TeamChange) -> f64) -> Option<Sides> {
        // Those without first.
        let (mut weights, mut sums, mut counts) = ([0.0; 2], [0.0; 2], [0.0; 2]);
        for team in teams {
            let side = usize::from(team.has_it);
            weights[side] += team.weight;
            sums[side] += team.weight * value(team);
            counts[side] += 1.0;
        }
        if weights.iter().any(|weight| *weight <= 0.0) {
            return None;
        }
        let means = [sums[0] / weights[0], sums[1] / weights[1]];
        let mut squares = [0.0; 2];
        for team in teams {
            let side = usize::from(team.has_it);
            squares[side] += (team.weight * (value(team) - means[side])).powi(2);
        }
        let variance = |side: usize| {
            let few = counts[side] / f64::max(counts[side] - 1.0, 1.0);
            few * squares[side] / weights[side].powi(2)
        };
        let (a, b) = (variance(0), variance(1));
        let spread =
            a * a / f64::max(counts[0] - 1.0, 1.0) + b * b / f64::max(counts[1] - 1.0, 1.0);
        Some(Sides {
            with: means[1],
            without: means[0],
            error: (a + b).sqrt(),
            degrees: (a + b).powi(2) / spread,
        })
    }

    fn difference(&self) -> f64 {
        self.with - self.without
    }
}

fn student(own: &Sides) -> Option<Test> {
    let half = intervals::t(own.degrees)? * own.error;
    Some(Test {
        low: own.difference() - half,
        high: own.difference() + half,
        p: intervals::t_test(own.difference() / own.error, own.degrees)?,
    })
}

fn wild(teams: &[TeamChange], own: &Sides, seed: u64) -> Option<Test> {
    let signs = signs(teams.len(), DRAWS, seed);
    let p = |difference: f64| p_value(teams, own, &signs, difference);
    // An end of the interval lies between a difference that is not refused and one that is.
    let end = |direction: f64| {
        let at = |steps: f64| own.difference() + direction * steps * own.error;
        let mut refused = 1.0;
        while p(at(refused)) > 0.05 {
            refused *= 2.0;
            if refused > 1e4 {
                return None;
            }
        }
        let mut held = if refused > 1.0 { refused / 2.0 } else { 0.0 };
        for _ in 0..HALVINGS {
            let middle = (held + refused) / 2.0;
            if p(at(middle)) > 0.05 {
                held = middle
            } else {
                refused = middle
            }
        }
        Some(at(held))
    };
    Some(Test {
        low: end(-1.0)?,
        high: end(1.0)?,
        p: p(0.0),
    })
}

/// What the residuals of each draw are multiplied by, team after team.
fn signs(teams: usize, draws: usize, seed: u64) -> Vec<f64> {
    let mut numbers = random::stream(seed, random::Stream::DidItHelp, 0);
    let draw = |_| {
        let size = if teams < FEW {
            [0.5_f64, 1.0, 1.5][numbers.random_range(0..3)].sqrt()
        } else {
            1.0
        };
        if numbers.random() { size } else { -size }
    };
    (0..draws * teams).map(draw).collect()
}

/// How often a statistic as great is drawn where the true difference is the given one.
fn p_value(teams: &[TeamChange], own: &Sides, signs: &[f64], difference: f64) -> f64 {
    let observed = ((own.difference() - difference) / own.error).abs();
    let null = |team: &TeamChange| {
        if team.has_it {
            team.change - difference
        } else {
            team.change
        }
    };
    let weights: f64 = teams.iter().map(|team| team.weight).sum();
    let mean = teams
        .iter()
        .map(|team| team.weight * null(team))
        .sum::<f64>()
        / weights;
    let mut drawn = teams.to_vec();
    let mut as_great = 0_usize;
    for signs in signs.chunks_exact(teams.len()) {
        for ((drawn, team), sign) in drawn.iter_mut().zip(teams).zip(signs) {
            drawn.change = sign * (null(team) - mean);
        }
        let Some(sides) = Sides::new(&drawn, |team| team.change) else {
            continue;
        };
        // Teams that are drawn alike have no error, and any difference is then beyond it. Rounding
        // must not tell equal ones apart.
        let statistic = sides.difference().abs();
        as_great += usize::from(statistic >= observed * sides.error * (1.0 - 1e-9));
    }
    let draws = signs.len() / teams.len().max(1);
    (as_great + 1) as f64 / (draws + 1) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::near;

    fn teams(with: &[f64], without: &[f64]) -> Vec<TeamChange> {
        let side = |has_it: bool, changes: &[f64]| -> Vec<TeamChange> {
            let weight = 1.0;
            let team = |change: &f64| TeamChange {
                has_it,
                change: *change,
                weight,
            };
            changes.iter().map(team).collect()
        };
        [side(true, with), side(false, without)].concat()
    }

    #[test]
    fn weighted_means_are_those_worked_by_hand() {
        near(weight(6, 3), 2.0);
        let mut two = teams(&[1.0, 4.0], &[0.5]);
        two[0].weight = 2.0;
        let effect = effect(&two, 1).unwrap();
        near(effect.with, 2.0);
        near(effect.difference, 1.5);
        assert_eq!(effect.test, None);
    }

    #[test]
    fn with_many_teams_of_equal_weight_it_is_welchs_test() {
        let with: Vec<f64> = (0..12).map(|at| f64::from(at * at % 7)).collect();
        let without: Vec<f64> = (0..20).map(|at| f64::from(at * 5 % 11) / 4.0).collect();
        let test = effect(&teams(&with, &without), 1).unwrap().test.unwrap();
        let mut sums = crate::change::TwoWaves::default();
        for (sum, values) in [(&mut sums.now, &with), (&mut sums.before, &without)] {
            for value in values {
                sum.n += 1;
                sum.sum += value;
                sum.squares += value * value;
            }
        }
        let welch = sums.test().unwrap();
        near(test.p, welch.p);
        near(test.low, welch.low);
        near(test.high, welch.high);
    }

    /// All 2^12 signs of the null, counted one by one.
    #[test]
    fn the_bootstrap_is_near_the_count_of_all_signs() {
        let all = teams(
            &[0.9, 0.1, 0.5, 0.7, -0.2, 0.6],
            &[0.1, -0.4, 0.3, 0.2, -0.3, 0.0],
        );
        let own = Sides::new(&all, |team| team.change).unwrap();
        let signs = (0..1_u32 << 12)
            .flat_map(|bits| (0..12).map(move |bit| if bits >> bit & 1 == 1 { 1.0 } else { -1.0 }));
        let signs: Vec<f64> = signs.collect();
        let exact = p_value(&all, &own, &signs, 0.0);
        let test = effect(&all, 7).unwrap().test.unwrap();
        assert!((test.p - exact).abs() < 0.01, "{} {exact}", test.p);
        assert!(test.low < own.difference() && own.difference() < test.high);
        assert_eq!(test.low > 0.0, test.p < 0.05);
    }

    /// How often equal sides are told apart, in 400 draws of the changes: 5% less or more three
    /// times its standard error.
    #[test]
    fn equal_sides_are_told_apart_in_one_of_twenty() {
        use crate::ranks::normal;
        for (with, without) in [(4, 4), (5, 15)] {
            let refused = (0..400_u64).filter(|run| {
                let mut numbers = random::numbered(99, *run);
                let mut changes = [0.0; 20];
                normal(&mut changes, &mut numbers);
                let (with, without) = changes[..with + without].split_at(with);
                let all = teams(with, without);
                let own = Sides::new(&all, |team| team.change).unwrap();
                p_value(&all, &own, &signs(all.len(), 1_999, *run), 0.0) <= 0.05
            });
            let share = refused.count() as f64 / 400.0;
            assert!(share <= 0.083, "{with} and {without}: {share}");
        }
    }

    #[test]
    fn too_few_teams_or_none_that_differ_have_no_test() {
        assert_eq!(effect(&teams(&[1.0], &[]), 1), None);
        assert_eq!(effect(&[], 1), None);
        let three = effect(&teams(&[1.0, 2.0, 3.0], &[0.0; 9]), 1).unwrap();
        assert_eq!((three.test, three.difference), (None, 2.0));
        let alike = effect(&teams(&[1.0; 5], &[0.0; 5]), 1).unwrap();
        assert_eq!(alike.test, None);
        let mut silent = teams(&[1.0; 5], &[0.0; 5]);
        silent[0].weight = 0.0;
        silent[1].change = f64::NAN;
        assert_eq!(effect(&silent, 1).unwrap().with, 1.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_happens_to_all_teams_changes_nothing_and_sides_swap_signs(
            with in proptest::collection::vec(-2.0_f64..2.0, 1..9),
            without in proptest::collection::vec(-2.0_f64..2.0, 1..9),
            all in -3.0_f64..3.0,
        ) {
            let shifted = |values: &[f64]| -> Vec<f64> { values.iter().map(|value| value + all).collect() };
            let found = effect(&teams(&with, &without), 3).unwrap();
            let moved = effect(&teams(&shifted(&with), &shifted(&without)), 3).unwrap();
            prop_assert!((found.difference - moved.difference).abs() < 1e-9);
            let swapped = effect(&teams(&without, &with), 3).unwrap();
            prop_assert!((found.difference + swapped.difference).abs() < 1e-9);
            if let Some((test, moved)) = found.test.zip(moved.test) {
                prop_assert!((test.p - moved.p).abs() < 0.01);
                prop_assert!(test.low <= found.difference && found.difference <= test.high);
                prop_assert!((0.0..=1.0).contains(&test.p));
            }
        }
    }
}
