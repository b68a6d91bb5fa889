//! Shrinkage: a small team's mean drawn toward what its department lets expect, with an interval that holds whatever the shape of the differences
//! between teams (Armstrong, Kolesár and Plagborg-Møller 2022, *Econometrica* 90).
//!
//! θ̂ = m + B(ȳ − m) with B = τ²/(τ² + σ²/n), m being μ and the department's effect. Its error has noise, B²σ²/n and that of m, and a bias,
//! (1−B)(m−θ), of which only the mean square (1−B)²τ² over teams is known. The interval is θ̂ ± cva·√noise, where cva is so large that it misses in at
//! most 5% on average over teams under every distribution of the bias with that mean square.

use std::sync::OnceLock;

use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::findings::Estimate;
use crate::mixed::{Fit, Ratios, Team};

/// What may lie outside of the interval.
const OUTSIDE: f64 = 0.05;
/// The table of critical values goes by the root of m₂, in steps of this.
const STEP: f64 = 0.04;
/// It has this many entries; beyond it Chebyshev's inequality is as good.
const ENTRIES: usize = 251;

/// How far the interval reaches, in units of the noise, when the mean square of bias over noise is `m2`.
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
        match worst_miss(m2, middle) > OUTSIDE {
            true => low = middle,
            false => high = middle,
        }
    }
    high
}

/// How often the interval misses at worst: the least concave majorant of [`miss`] at m₂. `miss` is convex, then concave, so that the worst distribution puts the
/// squared bias at zero and at one other value, or at m₂ alone.
fn worst_miss(m2: f64, bar: f64) -> f64 {
    let unbiased = miss(0.0, bar);
    let split = |bias: f64| match bias > 0.0 {
        true => unbiased + m2 / (bias * bias) * (miss(bias, bar) - unbiased),
        false => unbiased,
    };
    // One peak, so that a golden section finds it.
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (m2.sqrt(), m2.sqrt().max(bar) + 6.0);
    for _ in 0..40 {
        let left = high - golden * (high - low);
        let right = low + golden * (high - low);
        match split(left) < split(right) {
            true => low = left,
            false => high = right,
        }
    }
    split(low).max(split(m2.sqrt()))
}

/// How often a standard normal with this bias lies beyond the bar, on either side.
fn miss(bias: f64, bar: f64) -> f64 {
    let normal = Normal::standard();
    normal.cdf(bias - bar) + normal.cdf(-bias - bar)
}

/// The ratios that several items share: their intraclass correlations are pooled, for one item alone knows too little of how teams differ. The part of
/// departments and that of teams in the whole variance are averaged over items that vary. None without any.
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

/// Sums over some teams, of which a shrunken mean and its interval are made; sums of several sets of teams add up.
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

/// The mean of all answers of some teams, each team's shrunken, given their sums by department. None without answers.
pub fn estimate(fit: &Fit, departments: &[(usize, Sums)]) -> Option<Estimate> {
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
    let half = match noise > 0.0 {
        true => critical_value(sums.bias / noise) * noise.sqrt() / sums.n,
        false => 0.0,
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
        let found = estimate(&fit, &[(team.department, Sums::of(&fit, &team))]).unwrap();
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
        let found = estimate(&fit, &[(1, Sums::of(&fit, &teams[20]))]).unwrap();
        within(found.value, 4.0, 1e-3);
        within(found.high - found.low, 2.0 * 1.96 * 1e-3, 1e-3);
        assert_eq!(estimate(&fit, &[(1, Sums::default())]), None);
        assert_eq!(estimate(&fit, &[]), None);
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
                .map(|at| estimate(&fit, &[(teams[*at].department, Sums::of(&fit, &teams[*at]))]).unwrap())
                .collect();
            let parts: Vec<(usize, Sums)> =
                some.iter().map(|at| (teams[*at].department, Sums::of(&fit, &teams[*at]))).collect();
            let together = estimate(&fit, &parts).unwrap();
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
