//! LMG: an outcome's explained variance, shared out among its predictors exactly.
//!
//! A predictor gets what it adds to R² when it enters a regression, averaged over all orders in
//! which predictors can enter (Lindeman, Merenda and Gold 1980; Grömping 2007). That is the Shapley
//! value of R²: Σ |S|!·(p−1−|S|)!/p! · (R²(S ∪ j) − R²(S)) over all sets S of the others.
//!
//! All 2^p sets are the leaves of a tree that takes in or leaves out one predictor a level. A node
//! keeps the covariances of the undecided predictors and the outcome that remain when those taken
//! in have explained what they can. Half of the nodes decide the last predictor and have three such
//! numbers, a quarter have six: in all it is about 3·2^p multiplications and no table of sets.

use nalgebra::DMatrix;

use super::{COLLINEAR, Explained, Refusal, correlations};

/// The most predictors whose sets are all visited.
pub const MOST: usize = 25;

/// Trees of more levels are worked at by several threads.
const ALONE: usize = 16;

/// The LMG weights, which add up to R². `covariance` is square, in any units: the outcome first,
/// then the predictors.
///
/// # Errors
/// The outcome has no variance, or there are more than [`MOST`] predictors.
pub fn lmg(covariance: &DMatrix<f64>) -> Result<Explained, Refusal> {
    let correlations = correlations(covariance)?;
    let count = correlations.nrows() - 1;
    if count > MOST {
        return Err(Refusal::TooManyPredictors);
    }
    // Row after row of the lower triangle: the first rows of a smaller matrix are a prefix of it.
    let rows = (0..=count).flat_map(|row| (0..=row).map(move |column| (row, column)));
    let matrix: Vec<f64> = rows.map(|at| correlations[at]).collect();
    let sums = Tree::new(count).split(count, 0, &matrix);
    let weights = sums
        .with
        .iter()
        .map(|with| (with - sums.all.without).max(0.0));
    Ok(Explained {
        r_squared: explained_by_all(matrix, count),
        weights: weights.collect(),
    })
}

/// R² with every predictor.
fn explained_by_all(mut matrix: Vec<f64>, count: usize) -> f64 {
    for open in (1..=count).rev() {
        let mut rest = vec![0.0; size(open - 1)];
        if take_in(open, &matrix, &mut rest) {
            matrix = rest;
        }
    }
    1.0 - matrix[0]
}

/// Numbers in the lower triangle of the outcome and `open` predictors.
const fn size(open: usize) -> usize {
    (open + 1) * (open + 2) / 2
}

/// Takes in the last of `open` predictors: `rest` becomes what it leaves of the others. False, and
/// nothing done, if it has nothing of its own.
#[inline]
fn take_in(open: usize, matrix: &[f64], rest: &mut [f64]) -> bool {
    let (others, own) = matrix[..size(open)].split_at(size(open - 1));
    let variance = own[open];
    if variance <= COLLINEAR {
        return false;
    }
    let (mut from, inverse) = (0, 1.0 / variance);
    for row in 0..open {
        let slope = own[row] * inverse;
        let cells = from..from + row + 1;
        let (others, rest) = (&others[cells.clone()], &mut rest[cells]);
        for ((rest, other), own) in rest.iter_mut().zip(others).zip(own) {
            *rest = other - slope * own;
        }
        from += row + 1;
    }
    true
}

/// Over some sets, the sums of R² by the weight that it has for predictors in the set, and by the
/// weight (taken away) that it has for all.
#[derive(Clone, Copy, Default)]
struct Both {
    with: f64,
    without: f64,
}

impl Both {
    #[inline]
    fn times(self, r_squared: f64) -> Self {
        Self {
            with: self.with * r_squared,
            without: self.without * r_squared,
        }
    }

    #[inline]
    fn plus(self, other: Self) -> Self {
        Self {
            with: self.with + other.with,
            without: self.without + other.without,
        }
    }
}

/// The sums over a tree: of all its sets, and of those that each open predictor is in.
struct Sums {
    all: Both,
    with: Vec<f64>,
}

/// What R² of a set counts, by the set's size.
struct Tree {
    weights: Vec<Both>,
}

impl Tree {
    fn new(count: usize) -> Self {
        // |S|!·(p−1−|S|)!/p!: of the orders, those in which exactly the predictors of S come before a given other one.
        let mut before = vec![1.0 / count.max(1) as f64; count];
        for size in 1..count {
            before[size] = before[size - 1] * size as f64 / (count - size) as f64;
        }
        // A set of all predictors comes before none.
        before.push(0.0);
        let weight = |size: usize| Both {
            with: before[size] + before[size.saturating_sub(1)],
            without: before[size],
        };
        Self {
            weights: (0..=count).map(weight).collect(),
        }
    }

    /// The sums over all sets of `open` predictors beside those taken in, by several threads in a
    /// fixed order of addition.
    fn split(&self, open: usize, taken: usize, matrix: &[f64]) -> Sums {
        let mut with = vec![0.0; open];
        if open <= ALONE {
            let mut room = vec![0.0; (0..open).map(size).sum()];
            let all = self.visit(open, taken, &matrix[..size(open)], &mut room, &mut with);
            return Sums { all, with };
        }
        let (inside, outside) = rayon::join(
            || {
                let mut rest = vec![0.0; size(open - 1)];
                let has_own = take_in(open, matrix, &mut rest);
                self.split(open - 1, taken + 1, if has_own { &rest } else { matrix })
            },
            || self.split(open - 1, taken, matrix),
        );
        with[open - 1] = inside.all.with;
        for (sum, (inside, outside)) in with.iter_mut().zip(inside.with.iter().zip(outside.with)) {
            *sum = inside + outside;
        }
        let all = inside.all.plus(outside.all);
        Sums { all, with }
    }

    /// The same by one thread. `room` has space for the matrices of the levels below.
    fn visit(
        &self,
        open: usize,
        taken: usize,
        matrix: &[f64],
        room: &mut [f64],
        with: &mut [f64],
    ) -> Both {
        match open {
            0 => return self.weights[taken].times(1.0 - matrix[0]),
            2 => return self.pair(taken, matrix, with),
            3 => return self.three(taken, matrix, with),
            4 => return self.four(taken, matrix, with),
            _ => {}
        }
        let (rest, below) = room.split_at_mut(size(open - 1));
        let has_own = take_in(open, matrix, rest);
        let rest = if has_own {
            rest
        } else {
            &matrix[..size(open - 1)]
        };
        let inside = self.visit(open - 1, taken + 1, rest, below, with);
        with[open - 1] += inside.with;
        let outside = self.visit(open - 1, taken, &matrix[..size(open - 1)], room, with);
        inside.plus(outside)
    }

    /// The same for the last four, three and two predictors, where nearly all nodes are: their
    /// sizes are known, so that nothing is looped or looked up.
    fn four(&self, taken: usize, matrix: &[f64], with: &mut [f64]) -> Both {
        let Some(matrix) = matrix.first_chunk::<{ size(4) }>() else {
            return Both::default();
        };
        let rest: [f64; size(3)] = leave(matrix);
        let inside = self.three(taken + 1, &rest, with);
        with[3] += inside.with;
        inside.plus(self.three(taken, matrix, with))
    }

    #[inline]
    fn three(&self, taken: usize, matrix: &[f64], with: &mut [f64]) -> Both {
        let Some(matrix) = matrix.first_chunk::<{ size(3) }>() else {
            return Both::default();
        };
        let rest: [f64; size(2)] = leave(matrix);
        let inside = self.pair(taken + 1, &rest, with);
        with[2] += inside.with;
        inside.plus(self.pair(taken, matrix, with))
    }

    #[inline]
    fn pair(&self, taken: usize, matrix: &[f64], with: &mut [f64]) -> Both {
        let (Some(&[left, first, first_own, second, both, second_own]), Some(weights)) = (
            matrix.first_chunk::<{ size(2) }>(),
            self.weights[taken..].first_chunk::<3>(),
        ) else {
            return Both::default();
        };
        let inverse = if second_own > COLLINEAR {
            1.0 / second_own
        } else {
            0.0
        };
        let slope = both * inverse;
        let nobody = 1.0 - left;
        let with_second = nobody + second * second * inverse;
        let with_first = nobody + adds(first, first_own);
        let with_both = with_second + adds(first - slope * second, first_own - slope * both);
        let [none, one, two] = weights;
        let (second_alone, first_alone) = (one.times(with_second), one.times(with_first));
        let together = two.times(with_both);
        with[0] += first_alone.with + together.with;
        with[1] += second_alone.with + together.with;
        none.times(nobody)
            .plus(together)
            .plus(second_alone.plus(first_alone))
    }
}

/// What taking in the last of some predictors leaves of the others, or their own numbers if it has
/// nothing of its own.
#[inline]
fn leave<const SIZE: usize, const REST: usize>(matrix: &[f64; SIZE]) -> [f64; REST] {
    let mut rest = [0.0; REST];
    rest.copy_from_slice(&matrix[..REST]);
    let own = &matrix[REST..];
    let open = own.len() - 1;
    if own[open] <= COLLINEAR {
        return rest;
    }
    let inverse = 1.0 / own[open];
    let mut at = 0;
    for row in 0..open {
        let slope = own[row] * inverse;
        for other in &own[..=row] {
            rest[at] -= slope * other;
            at += 1;
        }
    }
    rest
}

/// What a predictor adds to R², by what remains of its covariance with the outcome and of its own
/// variance.
#[inline]
fn adds(outcome: f64, own: f64) -> f64 {
    if own > COLLINEAR {
        outcome * outcome / own
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::drivers::tests::{correlation_25, covariance_of};
    use crate::reference::{Table, near, within};

    #[test]
    fn twenty_five_predictors_are_those_of_the_reference() {
        let (expected, found) = (
            Table::expected("drivers_25"),
            lmg(&correlation_25()).unwrap(),
        );
        assert_eq!(found.weights.len(), expected.len());
        for (row, weight) in expected.rows().zip(&found.weights) {
            within(*weight, row.number("lmg"), 1e-9);
            within(found.r_squared, row.number("r_squared"), 1e-9);
        }
        within(found.weights.iter().sum(), found.r_squared, 1e-12);
    }

    #[test]
    fn any_number_of_threads_adds_up_to_the_last_bit() {
        let matrix = correlation_25().resize(19, 19, 0.0);
        let one = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        assert_eq!(lmg(&matrix), one.install(|| lmg(&matrix)));
    }

    #[test]
    fn predictors_that_say_the_same_share_what_they_say() {
        // x2 is x1 in another unit, x3 says nothing at all, x4 does not vary.
        let rows = [
            [1.0, 1.0, 10.0, 1.0, 3.0],
            [2.0, 2.0, 20.0, -1.0, 3.0],
            [2.0, 3.0, 30.0, -1.0, 3.0],
            [5.0, 4.0, 40.0, 1.0, 3.0],
        ];
        let found = lmg(&covariance_of(&rows)).unwrap();
        near(found.weights.iter().sum(), found.r_squared);
        near(found.weights[0], found.weights[1]);
        assert_eq!(found.weights[3], 0.0);
        let alone = lmg(&covariance_of(&rows.map(|row| [row[0], row[1]]))).unwrap();
        near(alone.r_squared, 0.8);
    }

    #[test]
    fn what_cannot_be_shared_out_is_refused() {
        let flat = covariance_of(&[[1.0, 2.0], [1.0, 3.0]]);
        assert_eq!(lmg(&flat), Err(Refusal::NoVariance));
        assert_eq!(
            lmg(&DMatrix::identity(27, 27)),
            Err(Refusal::TooManyPredictors)
        );
        assert!(lmg(&DMatrix::identity(1, 1)).unwrap().weights.is_empty());
    }

    /// The definition, word for word: each order in turn.
    fn by_orders(matrix: &DMatrix<f64>) -> Vec<f64> {
        fn enter(
            matrix: &DMatrix<f64>,
            order: &mut Vec<usize>,
            total: &mut [f64],
            orders: &mut f64,
        ) {
            let count = total.len();
            if order.len() == count {
                *orders += 1.0;
                for at in 0..count {
                    let r_squared = |chosen: &[usize]| {
                        let chosen: Vec<usize> = std::iter::once(0)
                            .chain(chosen.iter().map(|own| own + 1))
                            .collect();
                        let part = matrix.select_rows(&chosen).select_columns(&chosen);
                        let inner = part
                            .view((1, 1), (chosen.len() - 1, chosen.len() - 1))
                            .clone_owned();
                        let outer = part.view((1, 0), (chosen.len() - 1, 1)).clone_owned();
                        let solved = inner.cholesky().map(|cholesky| cholesky.solve(&outer));
                        solved.map_or(0.0, |solved| outer.dot(&solved) / part[(0, 0)])
                    };
                    total[order[at]] += r_squared(&order[..=at]) - r_squared(&order[..at]);
                }
                return;
            }
            for next in 0..count {
                if !order.contains(&next) {
                    order.push(next);
                    enter(matrix, order, total, orders);
                    order.pop();
                }
            }
        }
        let (mut total, mut orders) = (vec![0.0; matrix.nrows() - 1], 0.0);
        enter(matrix, &mut Vec::new(), &mut total, &mut orders);
        total.iter().map(|sum| sum / orders).collect()
    }

    proptest! {
        #[test]
        fn the_tree_gives_what_all_orders_give(cells in proptest::collection::vec(-3.0..3.0_f64, 5 * 12)) {
            let rows: Vec<[f64; 5]> = cells.chunks_exact(5).map(|row| [row[0], row[1], row[2], row[3], row[4]]).collect();
            let matrix = covariance_of(&rows);
            let found = lmg(&matrix).unwrap();
            for (weight, expected) in found.weights.iter().zip(by_orders(&matrix)) {
                prop_assert!((weight - expected).abs() < 1e-9);
            }
        }
    }
}
