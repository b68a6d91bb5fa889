//! Which ranks the data allow: confidence sets by Mogstad, Romano, Shaikh and Wilhelm (2024).
//!
//! A pillar surely has more friction than another if their difference, over its standard error,
//! exceeds what the greatest of all differences under no difference reaches in 5% of cases.
//! Differences found this way are taken out and the rest is tested again with their own, lower bar
//! (stepdown), until no more are found.
//!
//! With many teams of similar sizes the standard errors are as good as known and the bar comes from
//! the normal distribution. Else they are not, and the bar comes from what the greatest of the
//! studentized differences reaches among as many normal teams of the same sizes: the simultaneous
//! form of Student's t.

use rand::{Rng, RngExt};
use rayon::prelude::*;

use crate::random;
use crate::resample::{are_many, effective_teams};

/// With as many teams as tell as much as this many of one size the two bars are the same to 0.05,
/// and drawing all teams takes long.
const HUNDREDS: f64 = 200.0;
/// Below this many teams nothing is sure: a difference of two teams tells nothing about its own
/// error.
pub const FEWEST_TEAMS: usize = 3;
/// Draws of the normal distribution that the bar comes from: it is then known to 0.01.
const DRAWS: usize = 50_000;
/// Draws of all teams that the bar comes from where they are few; what the bar is exceeded in is
/// then known to 0.2 of its 5 percent.
const TEAM_DRAWS: usize = 10_000;
/// Draws that come from one stream of random numbers, and the first such stream: the bootstrap uses
/// those from 1 on.
const BLOCK: usize = 1_000;

/// Rank sets of some values, 1 for the greatest.
pub struct RankSets {
    estimates: Vec<f64>,
    errors: Vec<Vec<f64>>,
    draws: Draws,
    /// For each value the best and the worst rank; all true ranks are inside together with 95%.
    pub simultaneous: Vec<(u32, u32)>,
}

/// What chance alone does, one draw after the other.
enum Draws {
    /// The values, where their covariance is as good as known.
    Values(Vec<Vec<f64>>),
    /// The differences over their own standard errors, as [`pair`] counts them.
    Studentized(Vec<Vec<f64>>),
    /// Nothing is known.
    None,
}

impl RankSets {
    /// Rank sets of estimates whose covariance was found from teams of these sizes, as
    /// [`crate::friction::covariance`] does.
    pub fn new(estimates: &[f64], covariance: &[Vec<f64>], sizes: &[f64], seed: u64) -> Self {
        let count = estimates.len();
        let error = |i: usize, j: usize| {
            (covariance[i][i] + covariance[j][j] - 2.0 * covariance[i][j])
                .max(0.0)
                .sqrt()
        };
        let is_known = are_many(sizes) || effective_teams(sizes) >= HUNDREDS;
        let draws = match sizes.len() {
            ..FEWEST_TEAMS => Draws::None,
            _ if is_known => Draws::Values(values(covariance, seed)),
            _ => Draws::Studentized(studentized(covariance, sizes, seed)),
        };
        let mut sets = Self {
            estimates: estimates.to_vec(),
            errors: (0..count)
                .map(|i| (0..count).map(|j| error(i, j)).collect())
                .collect(),
            draws,
            simultaneous: Vec::new(),
        };
        let greater = sets.surely_greater(|_, _| true);
        sets.simultaneous = (0..count).map(|at| sets.set(&greater, at)).collect();
        sets
    }

    /// The best and the worst rank of one value, which are inside with 95% for this value alone.
    pub fn marginal(&self, at: usize) -> (u32, u32) {
        self.set(&self.surely_greater(|i, j| i == at || j == at), at)
    }

    fn set(&self, greater: &[(usize, usize)], at: usize) -> (u32, u32) {
        let above = greater.iter().filter(|(_, less)| *less == at).count();
        let below = greater.iter().filter(|(more, _)| *more == at).count();
        (1 + above as u32, (self.estimates.len() - below) as u32)
    }

    /// The pairs of which the first is surely greater than the second, among those that matter.
    /// Where nothing is known about the error of a difference (it is zero) nothing is sure.
    fn surely_greater(&self, matters: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
        let count = self.estimates.len();
        let smallest = 1e-9 * self.errors.iter().flatten().copied().fold(0.0, f64::max);
        let pairs = (0..count).flat_map(|i| (0..count).map(move |j| (i, j)));
        let mut open: Vec<(usize, usize)> = pairs
            .filter(|(i, j)| i != j && matters(*i, *j) && self.errors[*i][*j] > smallest)
            .collect();
        let mut sure = Vec::new();
        while !open.is_empty() {
            let bar = self.bar(&open);
            let (above, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(|(i, j)| {
                (self.estimates[*i] - self.estimates[*j]) / self.errors[*i][*j] > bar
            });
            if above.is_empty() {
                break;
            }
            sure.extend(above);
            open = rest;
        }
        sure
    }

    /// What the greatest of these differences exceeds in 5% of the draws.
    fn bar(&self, pairs: &[(usize, usize)]) -> f64 {
        let mut greatest: Vec<f64> = match &self.draws {
            Draws::Values(draws) => {
                let scaled: Vec<(usize, usize, f64)> = pairs
                    .iter()
                    .map(|(i, j)| (*i, *j, 1.0 / self.errors[*i][*j]))
                    .collect();
                let differences = |draw: &Vec<f64>| {
                    greatest(
                        scaled
                            .iter()
                            .map(|(i, j, scale)| (draw[*i] - draw[*j]) * scale),
                    )
                };
                draws.par_iter().map(differences).collect()
            }
            Draws::Studentized(draws) => {
                let signed: Vec<(usize, f64)> = pairs
                    .iter()
                    .map(|(i, j)| (pair(*i, *j), if i < j { 1.0 } else { -1.0 }))
                    .collect();
                let differences =
                    |draw: &Vec<f64>| greatest(signed.iter().map(|(at, sign)| draw[*at] * sign));
                draws.par_iter().map(differences).collect()
            }
            Draws::None => Vec::new(),
        };
        greatest.par_sort_unstable_by(f64::total_cmp);
        crate::intervals::quantile(&greatest, 0.95).unwrap_or(f64::INFINITY)
    }
}

fn greatest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NEG_INFINITY, |greatest, next| {
        if next > greatest { next } else { greatest }
    })
}

/// The place of a pair of different values among all pairs.
fn pair(i: usize, j: usize) -> usize {
    let (less, more) = (i.min(j), i.max(j));
    more * (more - 1) / 2 + less
}

/// Fills in independent normal numbers, two by two (Box and Muller 1958); the last of an odd number
/// stays as it is.
pub fn normal(plain: &mut [f64], random: &mut impl Rng) {
    for pair in plain.chunks_exact_mut(2) {
        let (a, b): (f64, f64) = (random.random(), random.random());
        let (radius, angle) = ((-2.0 * (1.0 - a).ln()).sqrt(), std::f64::consts::TAU * b);
        (pair[0], pair[1]) = (radius * angle.cos(), radius * angle.sin());
    }
}

/// Normal vectors with mean zero and this covariance.
fn values(covariance: &[Vec<f64>], seed: u64) -> Vec<Vec<f64>> {
    let root = cholesky(covariance);
    let block = |block: usize| {
        let mut random = random::stream(seed, random::Stream::Ranks, block as u64);
        let mut plain = vec![0.0; root.len() + 1];
        let root = &root;
        (0..BLOCK).map(move |_| {
            normal(&mut plain, &mut random);
            root.iter()
                .map(|row| row.iter().zip(&plain).map(|(a, b)| a * b).sum())
                .collect()
        })
    };
    (0..DRAWS / BLOCK)
        .into_par_iter()
        .flat_map_iter(block)
        .collect()
}

/// Differences of values without a true difference over their own standard errors, found from teams
/// of these sizes in the way of [`crate::friction::covariance`].
///
/// A team's mean has the same variance whatever its size, as where colleagues answer alike: the
/// worst case for teams of unequal sizes. The values err independently of each other: so few teams
/// do not tell how they err together, and no other way lets the greatest difference reach much
/// higher.
fn studentized(covariance: &[Vec<f64>], sizes: &[f64], seed: u64) -> Vec<Vec<f64>> {
    let (count, teams) = (covariance.len(), sizes.len());
    let people: f64 = sizes.iter().sum();
    let scale = teams as f64 / (teams as f64 - 1.0);
    let block = |block: usize| {
        let mut random = random::stream(seed, random::Stream::Ranks, block as u64);
        let mut plain = vec![0.0; count * teams + 1];
        (0..BLOCK).map(move |_| {
            normal(&mut plain, &mut random);
            let mut totals = Vec::with_capacity(count);
            for (at, own) in plain.chunks_exact_mut(teams).take(count).enumerate() {
                let error = covariance[at][at].max(0.0).sqrt();
                for (value, size) in own.iter_mut().zip(sizes) {
                    *value *= size * error;
                }
                let total: f64 = own.iter().sum();
                for (value, size) in own.iter_mut().zip(sizes) {
                    *value -= total * size / people;
                }
                totals.push(total);
            }
            let excess = |at: usize| &plain[at * teams..][..teams];
            let statistic = |less: usize, more: usize| {
                let squares: f64 = (excess(less).iter().zip(excess(more)))
                    .map(|(a, b)| (a - b) * (a - b))
                    .sum();
                (totals[less] - totals[more]) / (scale * squares).sqrt()
            };
            (0..count)
                .flat_map(|more| (0..more).map(move |less| (less, more)))
                .map(|(less, more)| statistic(less, more))
                .collect()
        })
    };
    (0..TEAM_DRAWS / BLOCK)
        .into_par_iter()
        .flat_map_iter(block)
        .collect()
}

/// The lower triangular root of a positive semidefinite matrix; directions without variance get
/// none.
fn cholesky(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut root: Vec<Vec<f64>> = Vec::with_capacity(matrix.len());
    for (i, row) in matrix.iter().enumerate() {
        let mut own: Vec<f64> = Vec::with_capacity(i + 1);
        for (j, other) in root.iter().enumerate() {
            let known: f64 = own.iter().zip(other).map(|(a, b)| a * b).sum();
            let pivot = other[j];
            own.push(if pivot > 0.0 {
                (row[j] - known) / pivot
            } else {
                0.0
            });
        }
        let rest = row[i] - own.iter().map(|a| a * a).sum::<f64>();
        own.push(if rest > 1e-10 * row[i] {
            rest.sqrt()
        } else {
            0.0
        });
        root.push(own);
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::friction::covariance;
    use crate::reference::near;
    use crate::resample::Sums;

    fn independent(estimates: &[f64], variance: f64) -> RankSets {
        let count = estimates.len();
        let covariance: Vec<Vec<f64>> = (0..count)
            .map(|i| {
                (0..count)
                    .map(|j| if i == j { variance } else { 0.0 })
                    .collect()
            })
            .collect();
        RankSets::new(estimates, &covariance, &[9.0; 100], 1)
    }

    #[test]
    fn what_is_far_apart_has_one_rank_and_what_is_close_has_all() {
        assert_eq!(
            independent(&[30.0, 20.0, 10.0], 0.01).simultaneous,
            [(1, 1), (2, 2), (3, 3)]
        );
        assert_eq!(
            independent(&[20.1, 20.0, 20.2], 1.0).simultaneous,
            [(1, 3); 3]
        );
        assert_eq!(
            independent(&[20.1, 20.0, 9.0], 1.0).simultaneous,
            [(1, 2), (1, 2), (3, 3)]
        );
    }

    /// How many of these organizations with eight equally bad pillars have a pair of pillars that
    /// is falsely told apart.
    fn falsely_separated(sizes: &[f64], organizations: u64) -> usize {
        let separated = |run: &u64| {
            let mut random = random::numbered(1, *run);
            let mut pain = Sums::new(sizes.len(), 17);
            for (at, size) in sizes.iter().enumerate() {
                let mut means = [0.0; 8];
                normal(&mut means, &mut random);
                for (sum, mean) in pain.team(at).iter_mut().zip(means) {
                    *sum = size * (0.3 + 0.1 * mean);
                }
                pain.team(at)[8..].fill(*size);
            }
            let total = pain.total();
            let friction: Vec<f64> = total[..8]
                .iter()
                .map(|pain| 100.0 * pain / total[8])
                .collect();
            let sets = RankSets::new(&friction, &covariance(&pain), sizes, *run);
            sets.simultaneous.iter().any(|set| *set != (1, 8))
        };
        (0..organizations).filter(separated).count()
    }

    #[test]
    fn equal_pillars_are_rarely_told_apart_with_few_teams_either() {
        // With the bar of the normal distribution it is about 100, 90, 65 and 30. Of 100 runs that
        // are each wrong with 5%, more than 12 are in one of 700 cases.
        for teams in [2, 3, 5, 8] {
            let found = falsely_separated(&vec![9.0; teams], 100);
            assert!(found <= 12, "{found} with {teams} teams");
        }
        let found = falsely_separated(&[2.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0], 100);
        assert!(found <= 12, "{found} with unequal teams");
        // From 2 to 40 people: with the bar of the normal distribution it is about 8 of 40.
        let thirty: Vec<f64> = (0..30)
            .map(|at| (2.0 * 20f64.powf((f64::from(at) + 0.5) / 30.0)).round())
            .collect();
        let found = falsely_separated(&thirty, 40);
        assert!(found <= 5, "{found} with thirty unequal teams");
    }

    #[test]
    fn what_is_far_apart_is_told_apart_with_few_teams_too() {
        let covariance = [vec![1.0, 0.0], vec![0.0, 1.0]];
        let ranks = |teams: usize, difference: f64| {
            RankSets::new(
                &[20.0 + difference, 20.0],
                &covariance,
                &vec![9.0; teams],
                1,
            )
            .simultaneous
        };
        // The bar for one pair is the 97.5% quantile of Student's t: 2.571 with five degrees of
        // freedom, 4.303 with two, times √2 here.
        assert_eq!(ranks(6, 3.8), [(1, 1), (2, 2)]);
        assert_eq!(ranks(6, 3.4), [(1, 2); 2]);
        assert_eq!(ranks(3, 6.6), [(1, 1), (2, 2)]);
        assert_eq!(ranks(3, 5.5), [(1, 2); 2]);
        assert_eq!(ranks(2, 1e6), [(1, 2); 2]);
    }

    #[test]
    fn a_set_for_one_is_within_the_set_for_all() {
        let sets = independent(&[30.0, 26.0, 24.5, 20.0, 18.0], 2.0);
        for at in 0..5 {
            let ((low, high), all) = (sets.marginal(at), sets.simultaneous[at]);
            assert!(low >= all.0 && high <= all.1);
        }
    }

    #[test]
    fn without_variance_nothing_is_sure() {
        assert_eq!(independent(&[1.0, 2.0], 0.0).simultaneous, [(1, 2); 2]);
        assert!(independent(&[], 1.0).simultaneous.is_empty());
    }

    #[test]
    fn the_root_of_a_matrix_makes_it_again_even_if_it_is_singular() {
        let matrix = [
            vec![4.0, 2.0, 6.0],
            vec![2.0, 1.0, 3.0],
            vec![6.0, 3.0, 10.0],
        ];
        let root = cholesky(&matrix);
        for i in 0..3 {
            for j in 0..=i {
                near(
                    root[i].iter().zip(&root[j]).map(|(a, b)| a * b).sum(),
                    matrix[i][j],
                );
            }
        }
    }
}
