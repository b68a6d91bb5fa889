//! Products of deviations from the team's mean, by team: what covariances within teams are made of,
//! and what the bootstrap over teams adds up.

use nalgebra::{Cholesky, DMatrix, DVector};
use rayon::prelude::*;

use crate::ratings::RatingCell;
use crate::resample::Sums;

/// Where the ratings of different people are missing for different items, covariances can
/// contradict each other. Correlations are made consistent by raising eigenvalues below this to it;
/// those of a table without gaps are not touched.
const LEAST_EIGENVALUE: f64 = 0.01;

/// Rows that are worth a thread's while.
const ROWS_AT_LEAST: usize = 1_000;

/// Ratings of some items, and the team of each respondent from 0 on.
pub struct Table<'a> {
    pub items: Vec<&'a [RatingCell]>,
    pub teams: &'a [usize],
    pub count_of_teams: usize,
}

/// Which respondents a product is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cases {
    /// Those who rated everything.
    Complete,
    /// Those who rated both items.
    Pairwise,
}

/// Sums by team.
pub struct Products {
    cases: Cases,
    items: usize,
    /// The products, a lower triangle; then what they are divided by: respondents, or a triangle of
    /// weights.
    pub sums: Sums,
    /// Of pairwise cases, how many rated both of two items: a lower triangle.
    pairs: Vec<f64>,
}

impl Table<'_> {
    /// A respondent's ratings with the positions of their items.
    fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> {
        let cells = self.items.iter().map(move |cells| cells[row]).enumerate();
        cells.filter_map(|(item, cell)| (1..=5).contains(&cell).then_some((item, f64::from(cell))))
    }

    /// How many rated both of two items, or one with itself: a lower triangle.
    pub fn pairs(&self) -> Vec<u32> {
        let none = || vec![0; triangle(self.items.len(), 0)];
        let count = |mut pairs: Vec<u32>, row: usize| {
            let given: Vec<usize> = self.row(row).map(|(item, _)| item).collect();
            for (at, a) in given.iter().enumerate() {
                let of_item = &mut pairs[triangle(*a, 0)..];
                given[..=at].iter().for_each(|b| of_item[*b] += 1);
            }
            pairs
        };
        let both = |mut pairs: Vec<u32>, others: Vec<u32>| {
            pairs
                .iter_mut()
                .zip(others)
                .for_each(|(pairs, other)| *pairs += other);
            pairs
        };
        let rows = (0..self.teams.len()).into_par_iter();
        rows.with_min_len(ROWS_AT_LEAST)
            .fold(none, count)
            .reduce(none, both)
    }

    /// How many rated all of these items.
    pub fn complete(&self, items: &[usize]) -> u32 {
        self.rows(items).count() as u32
    }

    /// The people who rated all of these items, of each team that has any.
    pub fn sizes(&self, items: &[usize]) -> Vec<f64> {
        let mut people = vec![0.0; self.count_of_teams];
        self.rows(items)
            .for_each(|row| people[self.teams[row]] += 1.0);
        people.retain(|people| *people > 0.0);
        people
    }

    fn rows(&self, items: &[usize]) -> impl Iterator<Item = usize> {
        let is_rated =
            move |row: usize| move |item: &usize| (1..=5).contains(&self.items[*item][row]);
        (0..self.teams.len()).filter(move |row| items.iter().all(is_rated(*row)))
    }

    /// The table of some of its items.
    pub fn of(&self, items: &[usize]) -> Self {
        Self {
            items: items.iter().map(|item| self.items[*item]).collect(),
            ..*self
        }
    }

    /// The products, each respondent's ratings less the means of the team.
    pub fn products(&self, cases: Cases) -> Products {
        let items = self.items.len();
        let is_in = |row: &usize| cases == Cases::Pairwise || self.row(*row).count() == items;
        let size = triangle(items, 0);
        let mut of_teams = vec![Vec::new(); self.count_of_teams];
        for row in (0..self.teams.len()).filter(is_in) {
            of_teams[self.teams[row]].push(row);
        }
        let mut sums = Sums::new(self.count_of_teams, size + cases.counts(items));
        let width = sums.width;
        let each = sums.values.par_chunks_exact_mut(width).zip(of_teams);
        each.for_each(|(sums, rows)| self.add_team(cases, rows, sums.split_at_mut(size)));
        let pairs = sums.total()[size..].to_vec();
        if cases == Cases::Pairwise {
            for team in 0..self.count_of_teams {
                weigh(&mut sums.team(team)[size..], items);
            }
        }
        Products {
            cases,
            items,
            sums,
            pairs,
        }
    }

    /// Adds the products of a team's rows, and what they are divided by.
    fn add_team(
        &self,
        cases: Cases,
        mut rows: Vec<usize>,
        (products, counts): (&mut [f64], &mut [f64]),
    ) {
        // In an order that follows from the ratings: the last bits of a sum must not tell in which
        // order people stand in a file.
        let cells = |row: usize| self.items.iter().map(move |cells| cells[row]);
        rows.sort_unstable_by(|a, b| cells(*a).cmp(cells(*b)));
        let mut means = vec![(0.0, 0.0); self.items.len()];
        for (item, rating) in rows.iter().flat_map(|row| self.row(*row)) {
            means[item].0 += rating;
            means[item].1 += 1.0;
        }
        let mut given: Vec<(usize, f64)> = Vec::with_capacity(self.items.len());
        for row in rows {
            given.clear();
            given.extend(self.row(row).map(|(item, rating)| {
                let (sum, count) = means[item];
                (item, rating - sum / count)
            }));
            for (at, (a, own)) in given.iter().enumerate() {
                let begin = triangle(*a, 0);
                for (b, other) in &given[..=at] {
                    products[begin + b] += own * other;
                }
                if cases == Cases::Pairwise {
                    given[..=at]
                        .iter()
                        .for_each(|(b, _)| counts[begin + b] += 1.0);
                }
            }
            if cases == Cases::Complete {
                counts[0] += 1.0;
            }
        }
    }
}

/// Turns a team's numbers of pairs into what the sums of their products are expected to be, per
/// unit of covariance. Of n_ab people who rated both of two items, of which n_a and n_b rated each,
/// the products of the deviations from both means add up to σ_ab·n_ab·(1 − 1/n_a − 1/n_b +
/// n_ab/(n_a·n_b)) on average: to σ²·(n − 1) for an item with itself.
fn weigh(counts: &mut [f64], items: usize) {
    let raters: Vec<f64> = (0..items)
        .map(|item| counts[triangle(item, item)])
        .collect();
    for (a, of_a) in raters.iter().enumerate() {
        for (b, of_b) in raters[..=a].iter().enumerate() {
            let count = &mut counts[triangle(a, b)];
            if *count > 0.0 {
                *count *= 1.0 - 1.0 / of_a - 1.0 / of_b + *count / (of_a * of_b);
            }
        }
    }
}

impl Cases {
    fn counts(self, items: usize) -> usize {
        match self {
            Cases::Complete => 1,
            Cases::Pairwise => triangle(items, 0),
        }
    }
}

impl Products {
    /// Whether an item's ratings differ within teams. `total` is the sum over all teams, here and
    /// below.
    pub fn varies(&self, item: usize, total: &[f64]) -> bool {
        total[triangle(item, item)] > 0.0
    }

    /// How much of what so many pairs of these items would tell in large teams they tell in these:
    /// the least over pairs.
    pub fn contained(&self, items: &[usize], total: &[f64]) -> f64 {
        if self.cases == Cases::Complete {
            return 1.0;
        }
        let weights = &total[triangle(self.items, 0)..];
        pairs_of(items)
            .map(|pair| weights[pair] / self.pairs[pair].max(1.0))
            .fold(1.0, f64::min)
    }

    /// Covariances of these items from the sums over some teams, up to a common factor. Pairwise
    /// they are correlations that have been made consistent; with them, how many eigenvalues had to
    /// be raised.
    pub fn covariance(&self, items: &[usize], total: &[f64]) -> (DMatrix<f64>, usize) {
        let (products, counts) = total.split_at(triangle(self.items, 0));
        let covariance = DMatrix::from_fn(items.len(), items.len(), |row, column| {
            let pair = place(items[row], items[column]);
            match self.cases {
                Cases::Complete => products[pair],
                Cases::Pairwise if counts[pair] > 0.0 => products[pair] / counts[pair],
                Cases::Pairwise => 0.0,
            }
        });
        match self.cases {
            Cases::Complete => (covariance, 0),
            Cases::Pairwise => consistent(covariance),
        }
    }
}

/// The places of all pairs of these items, each with itself among them, in a lower triangle.
pub fn pairs_of(items: &[usize]) -> impl Iterator<Item = usize> {
    let rows = items.iter().enumerate();
    rows.flat_map(|(at, a)| items[..=at].iter().map(|b| place(*a, *b)))
}

/// The place of two items in a lower triangle.
fn place(a: usize, b: usize) -> usize {
    triangle(a.max(b), a.min(b))
}

/// The place of two positions, the greater first, in a lower triangle; with (n, 0) its size.
pub fn triangle(row: usize, column: usize) -> usize {
    row * (row + 1) / 2 + column
}

/// The correlations behind these covariances with all eigenvalues at least [`LEAST_EIGENVALUE`],
/// and how many were less. What does not vary keeps a variance of zero.
fn consistent(covariance: DMatrix<f64>) -> (DMatrix<f64>, usize) {
    let scale = covariance.diagonal().map(|variance| {
        if variance > 0.0 {
            1.0 / variance.sqrt()
        } else {
            0.0
        }
    });
    let mut correlations = scaled(&covariance, &scale);
    let varies = |at: &usize| scale[*at] > 0.0;
    let still = (0..scale.len()).filter(|at| !varies(at));
    still.for_each(|at| correlations[(at, at)] = 1.0);
    let least = DMatrix::from_diagonal_element(scale.len(), scale.len(), LEAST_EIGENVALUE);
    // Most are consistent, and a Cholesky decomposition shows it for a fraction of what the
    // eigenvalues cost.
    let is_consistent = Cholesky::new(&correlations - least).is_some();
    let raised = if is_consistent {
        0
    } else {
        raise(&mut correlations)
    };
    (0..scale.len())
        .filter(|at| !varies(at))
        .for_each(|at| correlations[(at, at)] = 0.0);
    (correlations, raised)
}
/// Raises the eigenvalues of correlations that are less than [`LEAST_EIGENVALUE`], and says how
/// many.
fn raise(correlations: &mut DMatrix<f64>) -> usize {
    let eigen = correlations.clone().symmetric_eigen();
    let raised = (eigen.eigenvalues.iter())
        .filter(|value| **value < LEAST_EIGENVALUE)
        .count();
    let values = eigen.eigenvalues.map(|value| value.max(LEAST_EIGENVALUE));
    let mended =
        &eigen.eigenvectors * DMatrix::from_diagonal(&values) * eigen.eigenvectors.transpose();
    let scale = mended.diagonal().map(|variance| 1.0 / variance.sqrt());
    *correlations = scaled(&mended, &scale);
    raised
}

fn scaled(matrix: &DMatrix<f64>, scale: &DVector<f64>) -> DMatrix<f64> {
    DMatrix::from_fn(scale.len(), scale.len(), |row, column| {
        matrix[(row, column)] * scale[row] * scale[column]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::near;

    #[test]
    fn everybody_counts_from_the_means_of_the_own_team() {
        // Team 1 rates two higher throughout, which says nothing about people.
        let table = Table {
            items: vec![&[1, 2, 3, 4], &[2, 1, 4, 3]],
            teams: &[0, 0, 1, 1],
            count_of_teams: 2,
        };
        for cases in [Cases::Complete, Cases::Pairwise] {
            let products = table.products(cases);
            let (covariance, raised) = products.covariance(&[0, 1], &products.sums.total());
            // Pairwise, the eigenvalue of nothing is raised to 0.01 of 2.01.
            let expected = if cases == Cases::Complete {
                -1.0
            } else {
                -1.99 / 2.01
            };
            near(covariance[(0, 1)] / covariance[(0, 0)], expected);
            assert_eq!(
                (table.sizes(&[0]), raised),
                (vec![2.0, 2.0], usize::from(cases == Cases::Pairwise))
            );
        }
    }

    #[test]
    fn the_order_of_people_does_not_matter_to_the_last_bit() {
        let forward: [Vec<u8>; 2] = [
            (0..30).map(|row| row * 7 % 11 % 5 + 1).collect(),
            (0..30).map(|row| row * 5 % 13 % 5 + 1).collect(),
        ];
        let backward = forward.each_ref().map(|cells| {
            let cells = cells.iter().rev().copied();
            cells.collect::<Vec<u8>>()
        });
        let total = |cells: &[Vec<u8>; 2]| {
            let table = Table {
                items: cells.iter().map(Vec::as_slice).collect(),
                teams: &[0; 30],
                count_of_teams: 1,
            };
            table.products(Cases::Complete).sums.total()
        };
        assert_eq!(total(&forward), total(&backward));
    }

    #[test]
    fn pairs_are_those_who_rated_both() {
        let table = Table {
            items: vec![&[1, 0, 3, 6], &[2, 1, 4, 3]],
            teams: &[0; 4],
            count_of_teams: 1,
        };
        assert_eq!(table.pairs(), [2, 2, 4]);
        assert_eq!(table.complete(&[0, 1]), 2);
        assert_eq!(table.sizes(&[1]), [4.0]);
        let total = table.products(Cases::Pairwise).sums.total();
        // The second item's mean is that of all four, 2.5, also beside the first.
        assert_eq!(total[..3], [2.0, 2.0, 5.0]);
        // Two who rated both, of two and four: 2·(1 − 1/2 − 1/4 + 2/8).
        assert_eq!(total[3..], [1.0, 1.0, 3.0]);
    }

    /// Ratings of two items with a correlation of about one half in teams of this size, of which
    /// everybody is asked this share.
    fn correlation_of_asked(size: usize, asked: f64) -> f64 {
        use rand::RngExt;
        let mut random = crate::random::numbered(7, size as u64);
        let people = 6_000 - 6_000 % size;
        let mut cells = [Vec::new(), Vec::new()];
        let mut plain = [0.0; 4];
        for _ in 0..people {
            crate::ranks::normal(&mut plain, &mut random);
            for (own, cells) in plain[1..3].iter().zip(&mut cells) {
                let rating = (3.0 + (own + plain[0]) * 0.8).round().clamp(1.0, 5.0);
                let is_asked = random.random::<f64>() < asked;
                cells.push(if is_asked { rating as u8 } else { 0 });
            }
        }
        let teams: Vec<usize> = (0..people).map(|row| row / size).collect();
        let table = Table {
            items: cells.iter().map(Vec::as_slice).collect(),
            teams: &teams,
            count_of_teams: people / size,
        };
        let products = table.products(Cases::Pairwise);
        products.covariance(&[0, 1], &products.sums.total()).0[(0, 1)]
    }

    #[test]
    fn pairs_of_small_teams_are_not_drawn_toward_zero() {
        // With the number of pairs in place of the weight it is 0.22 at five people of whom half
        // are asked.
        let whole = correlation_of_asked(500, 1.0);
        for (size, asked) in [(5, 1.0), (5, 0.8), (5, 0.5), (9, 0.5)] {
            let found = correlation_of_asked(size, asked);
            assert!(
                (found - whole).abs() < 0.06,
                "{size} {asked}: {found}, {whole}"
            );
        }
    }

    #[test]
    fn correlations_that_contradict_each_other_are_made_consistent() {
        let (mended, raised) = consistent(DMatrix::from_row_slice(
            3,
            3,
            &[1.0, 0.9, -0.9, 0.9, 1.0, 0.9, -0.9, 0.9, 1.0],
        ));
        assert_eq!(raised, 1);
        assert!(mended.clone().symmetric_eigenvalues().min() > 0.0);
        mended.diagonal().iter().for_each(|one| near(*one, 1.0));
        assert!((mended[(0, 1)] - 0.5).abs() < 0.02, "{mended}");
        let (kept, raised) = consistent(DMatrix::from_row_slice(2, 2, &[4.0, 0.0, 0.0, 0.0]));
        assert_eq!(
            (kept, raised),
            (DMatrix::from_row_slice(2, 2, &[1.0, 0.0, 0.0, 0.0]), 0)
        );
    }
}
