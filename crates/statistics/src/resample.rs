//! The bootstrap over whole teams: people of one team answer alike, so teams are the unit of
//! chance.

use nalgebra::{DMatrix, DMatrixView};
use rand::RngExt;
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::estimate::Estimate;
use crate::intervals::{self, quantile};
use crate::random;

/// How often the teams are drawn at least.
pub const REPLICATES: usize = 2_000;
/// Draws of single teams that an analysis affords in all its replicates.
const TEAM_DRAWS: usize = 600_000;

/// How often this many teams are drawn: [`REPLICATES`] times, and up to ten times as often where
/// few teams make that cheap, so that another seed moves a limit by less than it is printed with.
pub fn replicates(teams: usize) -> usize {
    (TEAM_DRAWS / teams.max(1)).clamp(REPLICATES, 10 * REPLICATES)
}

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
        self.teams().for_each(|team| add(&mut total, team));
        total
    }
}

fn add(total: &mut [f64], team: &[f64]) {
    for (sum, value) in total.iter_mut().zip(team) {
        *sum += value;
    }
}

/// Replicates whose sums are formed at once, in one matrix product: each team's sums are then read
/// once for all of them.
const AT_ONCE: usize = 64;

/// Draws as many teams as there are, with replacement, `replicates` times, and computes the numbers
/// that `statistic` makes of their sums: one list of replicates for each number.
pub fn bootstrap(
    sums: &Sums,
    replicates: usize,
    seed: u64,
    statistic: impl Fn(&[f64]) -> Vec<f64> + Sync,
) -> Vec<Vec<f64>> {
    let teams = sums.teams().count();
    let by_team = DMatrixView::from_slice(&sums.values, sums.width, teams);
    let some = |first: usize| -> Vec<Vec<f64>> {
        let count = AT_ONCE.min(replicates - first);
        let mut times = DMatrix::zeros(teams, count);
        for (at, mut times) in times.column_iter_mut().enumerate() {
            let mut random =
                random::stream(seed, random::Stream::Bootstrap, (1 + first + at) as u64);
            for _ in 0..teams {
                times[random.random_range(0..teams as u32) as usize] += 1.0;
            }
        }
        let totals: DMatrix<f64> = by_team * times;
        let totals = totals.as_slice().chunks_exact(sums.width.max(1));
        totals.map(&statistic).collect()
    };
    let firsts: Vec<usize> = (0..replicates).step_by(AT_ONCE).collect();
    let numbers: Vec<Vec<f64>> = firsts.into_par_iter().flat_map_iter(some).collect();
    let count = numbers.first().map_or(0, Vec::len);
    (0..count)
        .map(|at| numbers.iter().map(|replicate| replicate[at]).collect())
        .collect()
}

/// From this many teams on, and if their sizes are even enough, what is found from them counts as
/// known.
const MANY_TEAMS: usize = 30;
/// Sizes are even enough if so many teams of one size, for each team, would tell as much.
const EVEN: f64 = 0.75;
/// Below this many teams even the smallest and the greatest replicate are too close together.
const ENOUGH_TEAMS: f64 = 5.0;

/// As many teams of one size tell as much as teams of these sizes (Kish 1965): (Σn)²/Σn².
pub fn effective_teams(sizes: &[f64]) -> f64 {
    let people: f64 = sizes.iter().sum();
    let squares: f64 = sizes.iter().map(|size| size * size).sum();
    if squares > 0.0 {
        people * people / squares
    } else {
        0.0
    }
}

/// Whether errors that were found from teams of these sizes are as good as known.
pub fn are_many(sizes: &[f64]) -> bool {
    sizes.len() >= MANY_TEAMS && effective_teams(sizes) >= EVEN * sizes.len() as f64
}

/// A value with its 95% interval from replicates of the bootstrap over teams of these sizes;
/// replicates that do not exist (a ratio to nobody) are left out.
///
/// With many teams the limits are the 2.5th and the 97.5th percentile. Replicates of few teams
/// spread too little, and so do those of teams of which a few large ones decide, so that the
/// percentiles are further out (Hesterberg 2015, the expanded percentile interval):
/// Φ(−√(k/(k−1))·t) for teams that tell as much as k of one size, t the 97.5% quantile of Student's
/// t with k−1 degrees of freedom. Below five no percentile is far enough out, and the interval is
/// the value ± t·√(k/(k−1)) standard deviations of the replicates, which may go beyond what the
/// number can be.
pub fn interval(value: f64, replicates: &[f64], sizes: &[f64]) -> Estimate {
    let mut sorted: Vec<f64> = replicates
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let expanded = expanded_t(sizes);
    if let Some(t) = expanded.filter(|_| effective_teams(sizes) < ENOUGH_TEAMS) {
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

/// √(k/(k−1))·t for few teams, of which there are at least two.
fn expanded_t(sizes: &[f64]) -> Option<f64> {
    if sizes.len() < 2 || are_many(sizes) {
        return None;
    }
    let teams = effective_teams(sizes).max(2.0);
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
        // Ten teams of one with values 0 to 9: the bootstrap's standard error of the mean is √(8.25
        // / 10).
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
        let low = |teams| interval(5_000.0, &replicates, &vec![9.0; teams]).low / 10_000.0;
        // Student's t with 4, 9 and 28 degrees of freedom, from tables: Φ(−1.118034·2.776445),
        // Φ(−1.054093·2.262157), Φ(−1.017700·2.048407).
        for (teams, tail) in [(5, 0.000_954_1), (10, 0.008_550_6), (29, 0.018_549_9)] {
            assert!((low(teams) - tail).abs() < 1e-6, "{teams}: {}", low(teams));
        }
        assert_eq!((low(30), low(3_000), low(1)), (0.025, 0.025, 0.025));
        // Two teams with values 0 and 10: their mean has the error 5, which the replicates 0, 5, 5,
        // 10 show √2 too small.
        let two = interval(5.0, &[0.0, 5.0, 5.0, 10.0], &[9.0; 2]);
        for limit in [two.low, two.high] {
            assert!(((limit - 5.0).abs() - 12.706_205 * 5.0).abs() < 1e-5);
        }
        let both = interval(5_000.0, &replicates, &[9.0; 10]);
        assert!((both.low + both.high - 10_000.0).abs() < 1e-6);
    }

    #[test]
    fn teams_of_unequal_sizes_count_as_fewer() {
        assert_eq!(effective_teams(&[9.0; 40]), 40.0);
        assert!(
            (effective_teams(&[2.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0]) - 7_744.0 / 1_872.0)
                .abs()
                < 1e-12
        );
        assert_eq!(effective_teams(&[]), 0.0);
        assert!(are_many(&[9.0; 30]) && !are_many(&[9.0; 29]));
        let mut sizes = vec![2.0; 40];
        sizes[..10].fill(40.0);
        assert!(!are_many(&sizes));
    }

    /// The share of 1,000 intervals that hold the true share, of teams of these sizes whose people
    /// answer a bit alike.
    fn held(sizes: &[f64]) -> f64 {
        let holds = |run: &u64| {
            let mut random = random::numbered(3, *run);
            let mut plain = vec![0.0; sizes.len() + 1];
            crate::ranks::normal(&mut plain, &mut random);
            let mut sums = Sums::new(sizes.len(), 2);
            for (at, size) in sizes.iter().enumerate() {
                let share = 0.3 + 0.1 * plain[at];
                let in_pain = (0..*size as u32).filter(|_| random.random::<f64>() < share);
                let own = sums.team(at);
                (own[0], own[1]) = (in_pain.count() as f64, *size);
            }
            let total = sums.total();
            let replicates = bootstrap(&sums, 500, *run, |total| vec![total[0] / total[1]]);
            let interval = interval(total[0] / total[1], &replicates[0], sizes);
            interval.low <= 0.3 && 0.3 <= interval.high
        };
        (0..1_000).filter(holds).count() as f64 / 1_000.0
    }

    #[test]
    fn intervals_hold_the_truth_with_teams_of_unequal_sizes() {
        // Counting teams without their sizes it is 92.5% at 15, and the percentiles as they are
        // hold 92.5% at 30.
        for teams in [15, 30] {
            let size =
                |at: i32| (2.0 * 20f64.powf((f64::from(at) + 0.5) / f64::from(teams))).round();
            let held = held(&(0..teams).map(size).collect::<Vec<_>>());
            assert!((0.938..0.965).contains(&held), "{held} with {teams} teams");
        }
    }

    #[test]
    fn no_team_has_no_replicates_that_count() {
        let nobody = bootstrap(&Sums::new(0, 2), 10, 1, |total| vec![total[0] / total[1]]);
        let interval = interval(0.0, &nobody[0], &[]);
        assert_eq!((interval.low, interval.high), (0.0, 0.0));
    }
}
