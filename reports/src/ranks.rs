//! Which ranks the data allow: confidence sets by Mogstad, Romano, Shaikh and Wilhelm (2024).
//!
//! A pillar surely has more friction than another if their difference, over its standard error, exceeds what the greatest of all differences under no difference reaches in 5% of cases.
//! Differences found this way are taken out and the rest is tested again with their own, lower bar (stepdown), until no more are found.

use rand::RngExt;
use rayon::prelude::*;

use crate::random;

/// Draws of the normal distribution that the bar comes from: it is then known to 0.01.
const DRAWS: usize = 50_000;
/// Draws that come from one stream of random numbers, and the first such stream: the bootstrap uses those from 1 on.
const BLOCK: usize = 1_000;
const STREAM: u64 = 1 << 32;

/// Rank sets of some values, 1 for the greatest.
pub struct RankSets {
    estimates: Vec<f64>,
    errors: Vec<Vec<f64>>,
    draws: Vec<Vec<f64>>,
    /// For each value the best and the worst rank; all true ranks are inside together with 95%.
    pub simultaneous: Vec<(u32, u32)>,
}

impl RankSets {
    /// Rank sets of estimates with this covariance.
    pub fn new(estimates: &[f64], covariance: &[Vec<f64>], seed: u64) -> Self {
        let count = estimates.len();
        let error = |i: usize, j: usize| {
            (covariance[i][i] + covariance[j][j] - 2.0 * covariance[i][j])
                .max(0.0)
                .sqrt()
        };
        let mut sets = Self {
            estimates: estimates.to_vec(),
            errors: (0..count)
                .map(|i| (0..count).map(|j| error(i, j)).collect())
                .collect(),
            draws: draws(covariance, seed),
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

    /// The pairs of which the first is surely greater than the second, among those that matter. Where nothing is known about the error of a difference (it is zero) nothing is sure.
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
        let scaled: Vec<(usize, usize, f64)> = pairs
            .iter()
            .map(|(i, j)| (*i, *j, 1.0 / self.errors[*i][*j]))
            .collect();
        let greatest = |draw: &Vec<f64>| {
            let differences = scaled
                .iter()
                .map(|(i, j, scale)| (draw[*i] - draw[*j]) * scale);
            differences.fold(f64::NEG_INFINITY, |greatest, next| {
                if next > greatest { next } else { greatest }
            })
        };
        let mut greatest: Vec<f64> = self.draws.par_iter().map(greatest).collect();
        greatest.par_sort_unstable_by(f64::total_cmp);
        crate::intervals::quantile(&greatest, 0.95).unwrap_or(f64::INFINITY)
    }
}

/// Normal vectors with mean zero and this covariance.
fn draws(covariance: &[Vec<f64>], seed: u64) -> Vec<Vec<f64>> {
    let root = cholesky(covariance);
    let block = |block: usize| {
        let mut random = random::stream(seed, STREAM + block as u64);
        let mut plain = vec![0.0; root.len() + 1];
        let root = &root;
        (0..BLOCK).map(move |_| {
            // Box and Muller (1958): two uniform numbers make two normal ones.
            for pair in plain.chunks_exact_mut(2) {
                let (a, b): (f64, f64) = (random.random(), random.random());
                let (radius, angle) = ((-2.0 * (1.0 - a).ln()).sqrt(), std::f64::consts::TAU * b);
                (pair[0], pair[1]) = (radius * angle.cos(), radius * angle.sin());
            }
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

/// The lower triangular root of a positive semidefinite matrix; directions without variance get none.
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
    use crate::reference::near;

    fn independent(estimates: &[f64], variance: f64) -> RankSets {
        let count = estimates.len();
        let covariance: Vec<Vec<f64>> = (0..count)
            .map(|i| {
                (0..count)
                    .map(|j| if i == j { variance } else { 0.0 })
                    .collect()
            })
            .collect();
        RankSets::new(estimates, &covariance, 1)
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
