//! The bootstrap over whole teams: people of one team answer alike, so teams are the unit of chance.

use rand::RngExt;
use rayon::prelude::*;

use crate::findings::Estimate;
use crate::intervals::quantile;
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

/// A value with the 2.5th and 97.5th percentile of its replicates; replicates that do not exist (a ratio to nobody) are left out.
pub fn percentile_interval(value: f64, replicates: &[f64]) -> Estimate {
    let mut sorted: Vec<f64> = replicates
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let at = |share| quantile(&sorted, share).unwrap_or(value);
    Estimate {
        value,
        low: at(0.025).min(value),
        high: at(0.975).max(value),
    }
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
    fn no_team_has_no_replicates_that_count() {
        let nobody = bootstrap(&Sums::new(0, 2), 10, 1, |total| vec![total[0] / total[1]]);
        let interval = percentile_interval(0.0, &nobody[0]);
        assert_eq!((interval.low, interval.high), (0.0, 0.0));
    }
}
