//! Shrinkage: a small team's mean drawn toward what its department lets expect, with an interval
//! that holds whatever the shape of the differences between teams (Armstrong, Kolesár and
//! Plagborg-Møller 2022, *Econometrica* 90).
//!
//! θ̂ = m + B(ȳ − m) with B = τ²/(τ² + σ²/n), m being μ and the department's effect. Its error has
//! noise, B²σ²/n and that of m, and a bias, (1−B)(m−θ), of which only the mean square (1−B)²τ² over
//! teams is known. The interval is θ̂ ± cva·√noise, where cva is so large that it misses in at most
//! 5% on average over teams under every distribution of the bias with that mean square; with many
//! teams, under every one that has no longer tails than the differences between teams are found to
//! have, by their kurtosis.

use std::sync::OnceLock;

use rayon::prelude::*;
use statrs::distribution::{Continuous, ContinuousCDF, Normal};

use crate::estimate::Estimate;
use crate::mixed::{Fit, Ratios, Team};

/// What may lie outside of the interval.
const OUTSIDE: f64 = 0.05;
/// The table of critical values goes by the root of m₂, in steps of this.
const STEP: f64 = 0.04;
/// The shape of the differences between teams is asked with at least this many of them.
const SHAPED: f64 = 20.0;
/// It has this many entries; beyond it Chebyshev's inequality is as good.
const ENTRIES: usize = 251;

/// How far the interval reaches, in units of the noise, when the mean square of bias over noise is
/// `m2` and nothing else is known of it.
pub fn critical_value(m2: f64) -> f64 {
    static TABLE: OnceLock<Vec<f64>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        (0..ENTRIES)
            .into_par_iter()
            .map(|at| solve((at as f64 * STEP).powi(2)))
            .collect()
    });
    let place = m2.max(0.0).sqrt() / STEP;
    let (at, part) = (place.floor() as usize, place.fract());
    match (table.get(at), table.get(at.saturating_add(1))) {
        (Some(low), Some(high)) => low + part * (high - low),
        _ => ((1.0 + m2) / OUTSIDE).sqrt(),
    }
}

/// The least bar that misses in at most 5%, by halving.
fn solve(m2: f64) -> f64 {
    let (mut low, mut high) = (1.9, ((1.0 + m2) / OUTSIDE).sqrt());
    while high - low > 1e-6 {
        let middle = low + (high - low) / 2.0;
        if worst_miss(m2, middle) > OUTSIDE {
            low = middle
        } else {
            high = middle
        }
    }
    high
}

/// How often the interval misses at worst: the least concave majorant of [`miss`] at m₂. `miss` is
/// convex, then concave, so that the worst distribution puts the squared bias at zero and at one
/// other value, or at m₂ alone.
fn worst_miss(m2: f64, bar: f64) -> f64 {
    let from = tangent(m2, bar);
    split(m2, from, bar).max(split(m2, m2.sqrt(), bar))
}

/// How often it misses if the squared bias is zero or the square of `bias`, and m₂ on average.
fn split(m2: f64, bias: f64, bar: f64) -> f64 {
    let unbiased = miss(0.0, bar);
    if bias > 0.0 {
        unbiased + m2 / (bias * bias) * (miss(bias, bar) - unbiased)
    } else {
        unbiased
    }
}

/// The bias from √m₂ up of which the line from no bias is the steepest.
fn tangent(m2: f64, bar: f64) -> f64 {
    // One peak, so that a golden section finds it.
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (m2.sqrt(), m2.sqrt().max(bar) + 6.0);
    for _ in 0..40 {
        let left = high - golden * (high - low);
        let right = low + golden * (high - low);
        if split(1.0, left, bar) < split(1.0, right, bar) {
            low = left
        } else {
            high = right
        }
    }
    low
}

/// Critical values where the fourth moment of the bias is at most `kurtosis` times the square of
/// the second, by the root of m₂ in steps of [`OWN_STEP`].
#[derive(Debug, Clone, Default)]
pub struct Bars(Vec<f64>);

/// The own table goes as far as the other, in coarser steps.
const OWN_STEP: f64 = 0.1;
const OWN_ENTRIES: usize = 101;

impl Bars {
    /// Those for a kurtosis; without one, whatever the shape of the bias.
    pub fn new(kurtosis: Option<f64>) -> Bars {
        let Some(kurtosis) = kurtosis else {
            return Bars::default();
        };
        let bar = |at: usize| solve_with((at as f64 * OWN_STEP).powi(2), kurtosis);
        Bars((0..OWN_ENTRIES).into_par_iter().map(bar).collect())
    }

    /// How far the interval reaches, in units of the noise.
    pub fn at(&self, m2: f64) -> f64 {
        let place = m2.max(0.0).sqrt() / OWN_STEP;
        let (at, part) = (place.floor() as usize, place.fract());
        match (self.0.get(at), self.0.get(at.saturating_add(1))) {
            (Some(low), Some(high)) => low + part * (high - low),
            _ => critical_value(m2),
        }
    }
}

/// The least bar that misses in at most 5% with this kurtosis of the bias, by halving.
fn solve_with(m2: f64, kurtosis: f64) -> f64 {
    let mut high = critical_value(m2);
    // A kurtosis that the worst distribution does not reach says nothing.
    let worst = tangent(0.0, high).powi(2);
    if m2 <= 0.0 || m2 * kurtosis >= worst {
        return high;
    }
    let mut low = 1.9;
    while high - low > 1e-4 {
        let middle = low + (high - low) / 2.0;
        if worst_miss_with(m2, kurtosis, middle) > OUTSIDE {
            low = middle
        } else {
            high = middle
        }
    }
    high
}

/// How often the interval misses at worst if the squared bias is m₂ on average and its square at
/// most `kurtosis`·m₂² (Armstrong, Kolesár and Plagborg-Møller 2022, their appendix B): the least
/// of the parabolas above [`miss`] that touch it at some x₀, taken at these moments.
fn worst_miss_with(m2: f64, kurtosis: f64, bar: f64) -> f64 {
    let edge = tangent(0.0, bar).powi(2);
    if m2 >= edge {
        return miss(m2.sqrt(), bar);
    }
    if kurtosis * m2 >= edge {
        return worst_miss(m2, bar);
    }
    const POINTS: usize = 80;
    // The points lie close where the squared bias is small: evenly by the bias itself.
    let reach = m2.sqrt().max(edge.sqrt()) + 4.0;
    let values: Vec<(f64, f64)> = (0..=POINTS)
        .map(|at| reach * at as f64 / POINTS as f64)
        .map(|bias| (bias * bias, miss(bias, bar)))
        .collect();
    let parabola = |touch: f64| {
        let (value, slope) = (miss(touch.sqrt(), bar), slope(touch, bar));
        let above = |(x, miss): &(f64, f64)| {
            let away = x - touch;
            (miss - value - away * slope) / (away * away)
        };
        let others = values.iter().filter(|(x, _)| (x - touch).abs() > 1e-2);
        let curve = others.map(above).fold(f64::NEG_INFINITY, f64::max);
        let spread = (touch - m2).powi(2) + (kurtosis - 1.0) * m2 * m2;
        value + (m2 - touch) * slope + spread * curve
    };
    // A grid finds the valley, then smaller and smaller grids its bottom.
    let (mut middle, mut half) = (edge / 2.0, edge / 2.0);
    let mut least = f64::INFINITY;
    for _ in 0..4 {
        let grid = (-10..=10).map(|at| (middle + half * f64::from(at) / 10.0).clamp(0.0, edge));
        for touch in grid.collect::<Vec<f64>>() {
            let value = parabola(touch);
            if value < least {
                (least, middle) = (value, touch);
            }
        }
        half /= 5.0;
    }
    least
}

/// The derivative of [`miss`] by the squared bias.
fn slope(squared: f64, bar: f64) -> f64 {
    let normal = Normal::standard();
    let bias = squared.sqrt();
    if bias > 1e-4 {
        (normal.pdf(bias - bar) - normal.pdf(bias + bar)) / (2.0 * bias)
    } else {
        bar * normal.pdf(bar)
    }
}

/// The kurtosis of the differences between teams, from what all teams of all items are off from
/// what is expected of them: at least 3, that of the normal distribution, and at least what so
/// little data may hide. The items' models share their ratios. None with fewer than [`SHAPED`]
/// teams an item, and where teams do not differ.
pub fn kurtosis<'a>(items: impl IntoIterator<Item = (&'a Fit, &'a [Team])>) -> Option<f64> {
    let (mut cells, mut fourth, mut noise, mut noise2, mut count) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let mut ratio: f64 = 0.0;
    for (fit, teams) in items {
        if fit.sigma2 <= 0.0 {
            continue;
        }
        ratio = fit.ratios.team;
        count += 1.0;
        for team in teams.iter().filter(|team| team.n > 0.0) {
            let off = (team.sum / team.n - fit.expected(team.department)).powi(2) / fit.sigma2;
            let variance = 1.0 / team.n;
            fourth += off * off - 6.0 * variance * off + 3.0 * variance * variance;
            noise += variance.powi(2);
            noise2 += variance.powi(4);
            cells += 1.0;
        }
    }
    if cells < SHAPED * count || ratio <= 0.0 || count <= 0.0 {
        return None;
    }
    let found = fourth / cells / (ratio * ratio);
    let hidden = 1.0 + 32.0 * noise2 / (ratio * ratio * cells * noise);
    Some(found.max(hidden).max(3.0))
}

/// How often a standard normal with this bias lies beyond the bar, on either side.
fn miss(bias: f64, bar: f64) -> f64 {
    let normal = Normal::standard();
    normal.cdf(bias - bar) + normal.cdf(-bias - bar)
}

/// The ratios that several items share: their intraclass correlations are pooled, for one item
/// alone knows too little of how teams differ. The part of departments and that of teams in the
/// whole variance are averaged over items that vary. None without any.
pub fn pool(items: &[Fit]) -> Option<Ratios> {
    let varying = items.iter().filter(|fit| fit.sigma2 > 0.0);
    let (mut count, mut team, mut department) = (0.0, 0.0, 0.0);
    for fit in varying {
        let Ratios {
            team: own,
            department: above,
        } = fit.ratios;
        let whole = 1.0 + own + above;
        count += 1.0;
        team += own / whole;
        department += above / whole;
    }
    let within = (count - team - department) / count;
    (within > 0.0).then(|| Ratios {
        team: team / count / within,
        department: department / count / within,
    })
}

/// Sums over some teams, of which a shrunken mean and its interval are made; sums of several sets
/// of teams add up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sums {
    n: f64,
    /// Σ n·θ̂
    estimate: f64,
    /// Σ n²B²σ²/n
    noise: f64,
    /// Σ n²(1−B)²τ²
    bias: f64,
    /// Σ n(1−B): how much hangs on what is expected.
    load: f64,
}

impl Sums {
    /// Those of one team.
    pub fn of(fit: &Fit, team: &Team) -> Sums {
        let trust = fit.ratios.trust(team.n);
        let rest = 1.0 - trust;
        Sums {
            n: team.n,
            estimate: team.n * fit.predict(team),
            noise: team.n * trust * trust * fit.sigma2,
            bias: (team.n * rest).powi(2) * fit.sigma2 * fit.ratios.team,
            load: team.n * rest,
        }
    }
}

impl std::ops::AddAssign for Sums {
    fn add_assign(&mut self, other: Sums) {
        self.n += other.n;
        self.estimate += other.estimate;
        self.noise += other.noise;
        self.bias += other.bias;
        self.load += other.load;
    }
}

/// The mean of all answers of some teams, each team's shrunken, given their sums by department.
/// None without answers.
pub fn estimate(fit: &Fit, departments: &[(usize, Sums)], bars: &Bars) -> Option<Estimate> {
    let (mut sums, mut expected, mut load_of_mu) = (Sums::default(), 0.0, 0.0);
    for (department, own) in departments {
        sums += *own;
        let (variance, rest) = fit.expected_error(*department);
        expected += own.load * own.load * variance;
        load_of_mu += own.load * rest;
    }
    if sums.n <= 0.0 {
        return None;
    }
    let noise = sums.noise + expected + load_of_mu * load_of_mu * fit.mu_variance;
    let half = if noise > 0.0 {
        bars.at(sums.bias / noise) * noise.sqrt() / sums.n
    } else {
        0.0
    };
    let value = sums.estimate / sums.n;
    Some(Estimate {
        value,
        low: (value - half).clamp(1.0, value.max(1.0)),
        high: (value + half).clamp(value.min(5.0), 5.0),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::{Table, within};

    #[test]
    fn critical_values_are_those_of_the_reference() {
        let expected = Table::expected("robust_critical_values");
        assert_eq!(expected.len(), 9);
        for row in expected.rows() {
            within(critical_value(row.number("m2")), row.number("cva"), 1e-3);
        }
    }

    #[test]
    fn with_a_kurtosis_the_bars_are_those_of_a_linear_program() {
        // By a linear program over distributions of the bias, independently.
        let normal = Bars::new(Some(3.0));
        for (m2, bar) in [(0.5, 2.4100), (1.31, 3.0394), (2.0, 3.4909), (4.0, 4.6195)] {
            within(normal.at(m2), bar, 4e-3);
        }
        within(Bars::new(Some(6.0)).at(1.31), 3.3401, 4e-3);
        for m2 in [0.0, 0.3, 1.0, 5.0, 30.0] {
            assert!(normal.at(m2) <= critical_value(m2) + 1e-3);
            within(Bars::new(None).at(m2), critical_value(m2), 1e-12);
            within(
                Bars::new(Some(1e6)).at(m2),
                critical_value(m2),
                6e-3 * (1.0 + m2),
            );
        }
    }

    /// Eight items of 60 teams of five in six departments: the share of intervals that hold the
    /// truth, and their mean half width.
    fn held(rare: bool) -> (f64, f64) {
        use rand::RngExt;
        let (mut held, mut wide, mut all) = (0.0, 0.0, 0.0);
        for run in 0..8u64 {
            let mut random = crate::random::numbered(5, run);
            let mut plain = [0.0; 6 + 60 + 300];
            let mut sample = Vec::new();
            for _ in 0..8 {
                crate::ranks::normal(&mut plain, &mut random);
                let mut item = Vec::new();
                for at in 0..60 {
                    let own = match rare {
                        // One team in ten is far below.
                        true if random.random::<f64>() < 0.1 => -1.29,
                        true => 0.143,
                        false => 0.43 * plain[6 + at],
                    };
                    let truth = 3.0 + 0.15 * plain[at % 6] + own;
                    let mut team = Team {
                        department: at % 6,
                        ..Team::default()
                    };
                    for person in 0..5 {
                        let rating = truth + 1.1 * plain[66 + at * 5 + person];
                        team.n += 1.0;
                        team.sum += rating;
                        team.squares += rating * rating;
                    }
                    item.push((team, truth));
                }
                sample.push(item);
            }
            let teams: Vec<Vec<Team>> = sample
                .iter()
                .map(|item| item.iter().map(|(team, _)| *team).collect())
                .collect();
            let fits: Vec<Fit> = teams.iter().filter_map(|teams| Fit::reml(teams)).collect();
            let ratios = pool(&fits).unwrap();
            let fits: Vec<Fit> = teams
                .iter()
                .filter_map(|teams| Fit::with(teams, ratios))
                .collect();
            let bars = Bars::new(kurtosis(fits.iter().zip(teams.iter().map(Vec::as_slice))));
            for (fit, item) in fits.iter().zip(&sample) {
                for (team, truth) in item {
                    let own = [(team.department, Sums::of(fit, team))];
                    let found = estimate(fit, &own, &bars).unwrap();
                    held += f64::from(u8::from(found.low <= *truth && *truth <= found.high));
                    wide += (found.high - found.low) / 2.0;
                    all += 1.0;
                }
            }
        }
        (held / all, wide / all)
    }

    #[test]
    fn teams_of_five_have_intervals_that_hold_the_truth_in_95_of_100() {
        // Without the kurtosis it is 98.6% with a half width of 0.76.
        let (normal, wide) = held(false);
        assert!(
            (0.94..0.965).contains(&normal) && wide < 0.68,
            "{normal} {wide}"
        );
        let (rare, _) = held(true);
        assert!((0.935..0.965).contains(&rare), "{rare}");
    }

    #[test]
    fn few_teams_have_no_shape() {
        let ratios = Ratios {
            team: 0.2,
            department: 0.0,
        };
        let fit = Fit::with(&teams(), ratios).unwrap();
        let found = kurtosis([(&fit, teams().as_slice())]);
        assert!(found.is_some_and(|kurtosis| kurtosis >= 3.0));
        assert_eq!(kurtosis([(&fit, &teams()[..19])]), None);
        let flat = Fit::with(&teams(), Ratios::default()).unwrap();
        assert_eq!(kurtosis([(&flat, teams().as_slice())]), None);
        assert_eq!(kurtosis([]), None);
    }

    #[test]
    fn far_beyond_the_table_the_bar_goes_on_growing() {
        within(critical_value(1e6), (1e6f64 / 0.05).sqrt(), 0.01);
        assert!(critical_value(101.0) > critical_value(99.0));
        assert!(critical_value(f64::INFINITY).is_infinite());
    }

    fn teams() -> Vec<Team> {
        let team = |at: u32| {
            let (n, mean) = (3.0 + f64::from(at % 7), 2.0 + f64::from(at * 5 % 13) / 6.0);
            Team {
                n,
                sum: n * mean,
                squares: n * (mean * mean + 0.8),
                department: at as usize % 3,
            }
        };
        (0..20).map(team).collect()
    }

    #[test]
    fn one_team_has_the_interval_of_the_paper() {
        let ratios = Ratios {
            team: 0.25,
            department: 0.0,
        };
        let fit = Fit::with(&teams(), ratios).unwrap();
        let team = teams()[4];
        let found = estimate(
            &fit,
            &[(team.department, Sums::of(&fit, &team))],
            &Bars::default(),
        )
        .unwrap();
        let (tau2, noise) = (0.25 * fit.sigma2, fit.sigma2 / team.n);
        let trust = tau2 / (tau2 + noise);
        within(
            found.value,
            fit.mu + trust * (team.sum / team.n - fit.mu),
            1e-12,
        );
        let own = trust * trust * noise + (1.0 - trust).powi(2) * fit.mu_variance;
        let bar = solve((1.0 - trust).powi(2) * tau2 / own);
        within(found.high - found.value, bar * own.sqrt(), 1e-3);
    }

    #[test]
    fn a_large_team_keeps_its_mean_and_nobody_has_none() {
        let mut teams = teams();
        teams.push(Team {
            n: 1e6,
            sum: 4e6,
            squares: 17e6,
            department: 1,
        });
        let fit = Fit::reml(&teams).unwrap();
        let found = estimate(&fit, &[(1, Sums::of(&fit, &teams[20]))], &Bars::default()).unwrap();
        within(found.value, 4.0, 1e-3);
        within(found.high - found.low, 2.0 * 1.96 * 1e-3, 1e-3);
        assert_eq!(
            estimate(&fit, &[(1, Sums::default())], &Bars::default()),
            None
        );
        assert_eq!(estimate(&fit, &[], &Bars::default()), None);
    }

    #[test]
    fn what_items_share_is_the_mean_of_their_correlations() {
        let fit = |team, department| {
            let ratios = Ratios { team, department };
            Fit::with(&teams(), ratios).unwrap()
        };
        let pooled = pool(&[fit(1.0, 0.0), fit(0.0, 1.0)]).unwrap();
        within(pooled.team, 0.5, 1e-12);
        within(pooled.department, 0.5, 1e-12);
        assert_eq!(pool(&[]), None);
    }

    proptest! {
        #[test]
        fn teams_together_lie_between_the_teams(some in prop::collection::vec(0usize..20, 1..10)) {
            let teams = teams();
            let fit = Fit::reml(&teams).unwrap();
            let alone: Vec<Estimate> = some
                .iter()
                .map(|at| estimate(&fit, &[(teams[*at].department, Sums::of(&fit, &teams[*at]))], &Bars::default()).unwrap())
                .collect();
            let parts: Vec<(usize, Sums)> =
                some.iter().map(|at| (teams[*at].department, Sums::of(&fit, &teams[*at]))).collect();
            let together = estimate(&fit, &parts, &Bars::default()).unwrap();
            let values = alone.iter().map(|estimate| estimate.value);
            prop_assert!(values.clone().fold(f64::INFINITY, f64::min) <= together.value + 1e-12);
            prop_assert!(values.fold(0.0, f64::max) >= together.value - 1e-12);
            prop_assert!(1.0 <= together.low && together.low <= together.value && together.value <= together.high);
        }

        #[test]
        fn the_bar_grows_with_the_bias(m2 in 0.0..120.0_f64, more in 0.0..5.0_f64) {
            prop_assert!(critical_value(m2) <= critical_value(m2 + more) + 1e-9);
        }
    }
}
