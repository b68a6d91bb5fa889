//! The bootstrap over whole teams: people of one team answer alike, so teams are the unit of chance.

use rand::RngExt;
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::findings::Estimate;
use crate::intervals::{self, quantile};
use crate::random;

/// How often the teams are drawn.
pub const REPLICATES: usize = 2_000;

/// Sums of some numbers by team.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sums {
    /// Numbers a team.
    pub width: usize,
    /// Team after team.
    pub values: Vec<f64>,
}

impl Sums {
    /// Nothing yet for this many teams.
    pub fn new(teams: usize, width: usize) -> Self {
        Self {
            width,
            values: vec![0.0; teams * width],
        }
    }

    /// A team's sums.
    pub fn team(&mut self, team: usize) -> &mut [f64] {
        &mut self.values[team * self.width..][..self.width]
    }

    /// Team by team.
    pub fn teams(&self) -> impl Iterator<Item = &[f64]> {
        self.values.chunks_exact(self.width.max(1))
    }

    /// The sums over all teams.
    pub fn total(&self) -> Vec<f64> {
        let mut total = vec![0.0; self.width];
        self.teams().for_each(|team| add(&mut total, team, 1.0));
        total
    }
}

fn add(total: &mut [f64], team: &[f64], times: f64) {
    for (sum, value) in total.iter_mut().zip(team) {
        *sum += times * value;
    }
}

/// Draws as many teams as there are, with replacement, `replicates` times, and computes the numbers that `statistic` makes of their sums: one list of
/// replicates for each number.
pub fn bootstrap(
    sums: &Sums,
    replicates: usize,
    seed: u64,
    statistic: impl Fn(&[f64]) -> Vec<f64> + Sync,
) -> Vec<Vec<f64>> {
    let teams = sums.teams().count();
    let numbers: Vec<Vec<f64>> = (0..replicates)
        .into_par_iter()
        .map(|replicate| {
            let mut random = random::stream(seed, 1 + replicate as u64);
            let mut times = vec![0u32; teams];
            for _ in 0..teams {
                times[random.random_range(0..teams as u32) as usize] += 1;
            }
            let mut total = vec![0.0; sums.width];
            for (team, times) in sums.teams().zip(times).filter(|(_, times)| *times > 0) {
                add(&mut total, team, f64::from(times));
            }
            statistic(&total)
        })
        .collect();
    let count = numbers.first().map_or(0, Vec::len);
    (0..count)
        .map(|at| numbers.iter().map(|replicate| replicate[at]).collect())
        .collect()
}

/// From this many teams on the percentiles are taken as they are.
const MANY_TEAMS: usize = 30;
/// Below this many teams even the smallest and the greatest replicate are too close together.
const ENOUGH_TEAMS: usize = 5;

/// A value with its 95% interval from replicates of the bootstrap; replicates that do not exist (a ratio to nobody) are left out.
///
/// With many teams the limits are the 2.5th and the 97.5th percentile. Replicates of few teams spread too little, so that the percentiles are further out
/// (Hesterberg 2015, the expanded percentile interval): Φ(−√(G/(G−1))·t) for G teams, t the 97.5% quantile of Student's t with G−1 degrees of freedom. With two
/// to four teams no percentile is far enough out, and the interval is the value ± t·√(G/(G−1)) standard deviations of the replicates, which may go beyond what the
/// number can be.
pub fn interval(value: f64, replicates: &[f64], teams: usize) -> Estimate {
    let mut sorted: Vec<f64> = replicates
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let expanded = expanded_t(teams);
    if let Some(t) = expanded.filter(|_| teams < ENOUGH_TEAMS) {
        let half = t * deviation(&sorted);
        return Estimate {
            value,
            low: value - half,
            high: value + half,
        };
    }
    let at = |share| quantile(&sorted, share).unwrap_or(value);
    let tail = expanded.map_or(intervals::TAIL, |t| Normal::standard().cdf(-t));
    Estimate {
        value,
        low: at(tail).min(value),
        high: at(1.0 - tail).max(value),
    }
}

/// √(G/(G−1))·t for few teams.
fn expanded_t(teams: usize) -> Option<f64> {
    let teams = (2..MANY_TEAMS).contains(&teams).then_some(teams as f64)?;
    Some((teams / (teams - 1.0)).sqrt() * intervals::t(teams - 1.0)?)
}

/// The standard deviation; zero without values.
fn deviation(values: &[f64]) -> f64 {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    (values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / count)
        .sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicates_depend_on_the_seed_alone() {
        let sums = Sums {
            width: 2,
            values: (0..40).map(f64::from).collect(),
        };
        let ratio = |total: &[f64]| vec![total[0] / total[1]];
        let first = bootstrap(&sums, 50, 1, ratio);
        let one_thread = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        assert_eq!(first, one_thread.install(|| bootstrap(&sums, 50, 1, ratio)));
        assert_ne!(first, bootstrap(&sums, 50, 2, ratio));
    }

    #[test]
    fn the_error_of_a_mean_is_found() {
        // Ten teams of one with values 0 to 9: the bootstrap's standard error of the mean is √(8.25 / 10).
        let values = (0..10).flat_map(|value| [f64::from(value), 1.0]).collect();
        let means = bootstrap(&Sums { width: 2, values }, 20_000, 1, |total| {
            vec![total[0] / total[1]]
        });
        let variance = means[0]
            .iter()
            .map(|mean| (mean - 4.5).powi(2))
            .sum::<f64>()
            / 20_000.0;
        assert!(
            (variance.sqrt() - 0.825f64.sqrt()).abs() < 0.02,
            "{}",
            variance.sqrt()
        );
    }

    #[test]
    fn few_teams_have_wider_intervals() {
        // Percentiles of 0, 1, …, 10,000 are ten-thousandths.
        let replicates: Vec<f64> = (0..=10_000).map(f64::from).collect();
        let low = |teams| interval(5_000.0, &replicates, teams).low / 10_000.0;
        // Student's t with 4, 9 and 28 degrees of freedom, from tables: Φ(−1.118034·2.776445), Φ(−1.054093·2.262157), Φ(−1.017700·2.048407).
        for (teams, tail) in [(5, 0.000_954_1), (10, 0.008_550_6), (29, 0.018_549_9)] {
            assert!((low(teams) - tail).abs() < 1e-6, "{teams}: {}", low(teams));
        }
        assert_eq!((low(30), low(3_000), low(1)), (0.025, 0.025, 0.025));
        // Two teams with values 0 and 10: their mean has the error 5, which the replicates 0, 5, 5, 10 show √2 too small.
        let two = interval(5.0, &[0.0, 5.0, 5.0, 10.0], 2);
        for limit in [two.low, two.high] {
            assert!(((limit - 5.0).abs() - 12.706_205 * 5.0).abs() < 1e-5);
        }
        let both = interval(5_000.0, &replicates, 10);
        assert!((both.low + both.high - 10_000.0).abs() < 1e-6);
    }

    #[test]
    fn no_team_has_no_replicates_that_count() {
        let nobody = bootstrap(&Sums::new(0, 2), 10, 1, |total| vec![total[0] / total[1]]);
        let interval = interval(0.0, &nobody[0], 0);
        assert_eq!((interval.low, interval.high), (0.0, 0.0));
    }
}
