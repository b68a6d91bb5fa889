//! How far a score can be trusted: Cronbach's α (1951) with Feldt's interval (Feldt, Woodruff and
//! Salih 1987), McDonald's ω (1999) and the intraclass correlations of teams (Shrout and Fleiss
//! 1979; McGraw and Wong 1996).
//!
//! All of them have no unit. α and ω are at most 1, and α is below 0 where items contradict each
//! other; an intraclass correlation is below 0 where teams differ less than chance would have it.
//! What the data cannot carry is an [`Unknown`] that says why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use statrs::distribution::{Continuous, ContinuousCDF, FisherSnedecor};

use crate::estimate::Estimate;
use crate::intervals::TAIL;
use crate::ratings::Ratings;
use crate::thresholds::{RELIABLE, ROUGH};

/// Why there is no figure.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error,
)]
#[serde(rename_all = "kebab-case")]
pub enum Unknown {
    #[error("fewer than two items, or three for ω")]
    TooFewItems,
    #[error("too few answers")]
    TooFewAnswers,
    #[error("fewer than two teams, or no team with two answers")]
    TooFewTeams,
    #[error("everybody answered alike")]
    NoVariance,
    #[error("the items do not measure one thing")]
    NotOneFactor,
}

/// The covariances of some items, from people who answered all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Items {
    /// People.
    pub n: usize,
    /// Item × item.
    covariance: Vec<Vec<f64>>,
}

impl Items {
    /// From one row of ratings a person, each with as many as the first; other rows are left out.
    pub fn new(people: &[Vec<u8>]) -> Result<Items, Unknown> {
        let width = people.first().map_or(0, Vec::len);
        let rows = || people.iter().filter(|row| row.len() == width);
        let n = rows().count();
        if n < 2 {
            return Err(Unknown::TooFewAnswers);
        }
        if width < 2 {
            return Err(Unknown::TooFewItems);
        }
        // Whole numbers add up to the same in every order of people.
        let mut sums = vec![0_u64; width];
        let mut products = vec![vec![0_u64; width]; width];
        for row in rows() {
            for ((sum, line), a) in sums.iter_mut().zip(&mut products).zip(row) {
                *sum += u64::from(*a);
                for (cell, b) in line.iter_mut().zip(row) {
                    *cell += u64::from(*a) * u64::from(*b);
                }
            }
        }
        let count = n as f64;
        let covariance = (products.iter().zip(&sums))
            .map(|(line, a)| {
                let cells = line.iter().zip(&sums);
                let off = cells.map(|(product, b)| *product as f64 - (a * b) as f64 / count);
                off.map(|off| off / (count - 1.0)).collect()
            })
            .collect();
        Ok(Items { n, covariance })
    }

    /// α = k/(k−1)·(1 − Σ variances / variance of the sum) with Feldt's interval 1 − (1−α)·F, F
    /// with n−1 and (n−1)(k−1) degrees of freedom.
    pub fn alpha(&self) -> Result<Estimate, Unknown> {
        let k = self.covariance.len() as f64;
        let own: f64 = self.variances().sum();
        let total: f64 = self.covariance.iter().flatten().sum();
        if own <= 0.0 || total <= own * 1e-12 {
            return Err(Unknown::NoVariance);
        }
        let alpha = k / (k - 1.0) * (1.0 - own / total);
        let degrees = (self.n - 1) as f64;
        let limit = |tail: f64| {
            let quantile = f_quantile(tail, degrees, degrees * (k - 1.0));
            Some(1.0 - (1.0 - alpha) * quantile?)
        };
        let interval = limit(1.0 - TAIL).zip(limit(TAIL));
        let (low, high) = interval.ok_or(Unknown::TooFewAnswers)?;
        Ok(Estimate {
            value: alpha,
            low,
            high,
        })
    }

    /// ω = (Σλ)² / ((Σλ)² + Σψ) of one factor with loadings λ and unique variances ψ. The loadings
    /// are those of least squared residual covariances (minres, Harman and Jones 1966); with three
    /// items they reproduce the covariances exactly.
    pub fn omega(&self) -> Result<f64, Unknown> {
        if self.covariance.len() < 3 {
            return Err(Unknown::TooFewItems);
        }
        if self.variances().any(|variance| variance <= 0.0) {
            return Err(Unknown::NoVariance);
        }
        let loadings = self.loadings().ok_or(Unknown::NotOneFactor)?;
        let unique = self.variances().zip(&loadings).map(|(s, l)| s - l * l);
        let unique: Vec<f64> = unique.collect();
        // A factor that explains more than an item's variance is none (Heywood 1931).
        if unique
            .iter()
            .zip(self.variances())
            .any(|(u, s)| *u < -1e-9 * s)
        {
            return Err(Unknown::NotOneFactor);
        }
        let common = loadings.iter().sum::<f64>().powi(2);
        // Rounding may leave a hair below zero where a factor explains everything.
        let omega = common / (common + unique.iter().map(|u| u.max(0.0)).sum::<f64>());
        omega
            .is_finite()
            .then_some(omega)
            .ok_or(Unknown::NotOneFactor)
    }

    fn variances(&self) -> impl Iterator<Item = f64> {
        let lines = self.covariance.iter().enumerate();
        lines.filter_map(|(at, line)| line.get(at).copied())
    }

    /// One loading after the other takes its best value given the others, until none moves. None
    /// where they do not settle.
    fn loadings(&self) -> Option<Vec<f64>> {
        const ROUNDS: usize = 10_000;
        let mut loadings: Vec<f64> = self.variances().map(f64::sqrt).collect();
        for _ in 0..ROUNDS {
            let mut moved = 0.0_f64;
            for (at, line) in self.covariance.iter().enumerate() {
                let (mut products, mut squares) = (0.0, 0.0);
                for (other, (s, loading)) in line.iter().zip(&loadings).enumerate() {
                    if other != at {
                        products += s * loading;
                        squares += loading * loading;
                    }
                }
                let best = products / squares;
                let own = loadings.get_mut(at).filter(|_| best.is_finite())?;
                moved = moved.max((best - *own).abs());
                *own = best;
            }
            if moved < 1e-13 {
                return Some(loadings);
            }
        }
        None
    }
}

/// The quantile of the F distribution with this probability below it. None unless it is positive
/// and finite.
fn f_quantile(below: f64, first: f64, second: f64) -> Option<f64> {
    let f = FisherSnedecor::new(first, second).ok()?;
    let mut quantile = f.inverse_cdf(below);
    // The library halves until eight digits or so; Newton's steps on its exact distribution
    // function do the rest.
    for _ in 0..3 {
        let density = f.pdf(quantile);
        if density > 0.0 && density.is_finite() {
            quantile -= (f.cdf(quantile) - below) / density;
        }
    }
    (quantile > 0.0 && quantile.is_finite()).then_some(quantile)
}

/// How much of the differences between answers are differences between teams, by a one-way analysis
/// of variance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Icc {
    pub teams: usize,
    /// Answers.
    pub n: u32,
    /// Mean squares.
    pub between: f64,
    pub within: f64,
    /// Answers a team.
    pub mean_size: f64,
    /// ICC(1) = (MSB − MSW) / (MSB + (k̄−1)·MSW): how much one answer tells about its team.
    pub one: f64,
    /// ICC(2) = (MSB − MSW) / MSB: how much the mean of a team of the usual size does. None where
    /// all teams have the same mean.
    pub two: Option<f64>,
}

impl Icc {
    /// From the ratings of each team; teams without any are left out.
    pub fn new(teams: &[Ratings]) -> Result<Icc, Unknown> {
        let mut whole = Ratings::default();
        let (mut count, mut within) = (0_usize, 0.0);
        for team in teams.iter().filter(|team| team.n() > 0) {
            whole += *team;
            count += 1;
            within += squares(team);
        }
        let n = whole.n();
        if count < 2 || n as usize <= count {
            return Err(Unknown::TooFewTeams);
        }
        let all = squares(&whole);
        if all <= 0.0 {
            return Err(Unknown::NoVariance);
        }
        // Rounding may leave a hair below zero where all teams have the same mean.
        let between = (all - within).max(0.0) / (count - 1) as f64;
        let within = within / (f64::from(n) - count as f64);
        let mean_size = f64::from(n) / count as f64;
        Ok(Icc {
            teams: count,
            n,
            between,
            within,
            mean_size,
            one: (between - within) / (between + (mean_size - 1.0) * within),
            two: (between > 0.0).then(|| (between - within) / between),
        })
    }

    /// ICC(2) of a team with n answers, n·ICC1 / (1 + (n−1)·ICC1) (Spearman and Brown 1910); 0
    /// where teams do not differ.
    pub fn of_size(&self, n: u32) -> f64 {
        let (one, n) = (self.one.clamp(0.0, 1.0), f64::from(n));
        if n > 0.0 {
            n * one / (1.0 + (n - 1.0) * one)
        } else {
            0.0
        }
    }
}

/// Sum of squared differences from the mean.
fn squares(ratings: &Ratings) -> f64 {
    let mean = ratings.mean().unwrap_or_default();
    let given = (1..).zip(ratings.0);
    given
        .map(|(rating, n)| (f64::from(rating) - mean).powi(2) * f64::from(n))
        .sum()
}

/// How much a score can be trusted to tell its group from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// At least 0.7 of the differences between such scores are real.
    Reliable,
    /// At least half.
    Rough,
    /// Less than half.
    MostlyNoise,
}

/// What a reliability is called.
pub fn trust(reliability: f64) -> Trust {
    match reliability {
        r if r >= RELIABLE => Trust::Reliable,
        r if r >= ROUGH => Trust::Rough,
        _ => Trust::MostlyNoise,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::near;

    /// Items with exactly these covariances.
    fn items(covariance: &[&[f64]]) -> Items {
        Items {
            n: 100,
            covariance: covariance.iter().map(|line| line.to_vec()).collect(),
        }
    }

    #[test]
    fn omega_is_that_of_the_loadings_that_made_the_covariances() {
        // λ = 1, 0.5, 2, 0.8 and ψ = 1 each: (Σλ)² = 18.49, Σψ = 4.
        let loadings = [1.0, 0.5, 2.0, 0.8];
        let line = |a: usize| {
            let cell = |b: usize| loadings[a] * loadings[b] + f64::from(u8::from(a == b));
            (0..4).map(cell).collect::<Vec<f64>>()
        };
        let lines: Vec<Vec<f64>> = (0..4).map(line).collect();
        let lines: Vec<&[f64]> = lines.iter().map(Vec::as_slice).collect();
        near(items(&lines).omega().unwrap(), 18.49 / 22.49);
    }

    #[test]
    fn what_the_data_cannot_carry_has_a_reason() {
        assert_eq!(Items::new(&[]), Err(Unknown::TooFewAnswers));
        assert_eq!(Items::new(&[vec![1, 2]]), Err(Unknown::TooFewAnswers));
        let one = Items::new(&[vec![1], vec![2]]);
        assert_eq!(one, Err(Unknown::TooFewItems));
        let equal = Items::new(&[vec![3, 3, 3], vec![3, 3, 3]]).unwrap();
        assert_eq!(equal.alpha(), Err(Unknown::NoVariance));
        assert_eq!(equal.omega(), Err(Unknown::NoVariance));
        let two = items(&[&[1.0, 0.5], &[0.5, 1.0]]);
        assert_eq!(two.omega(), Err(Unknown::TooFewItems));
        // λ₁² = 0.9·0.9/0.1 would be 8.1 times the first item's variance.
        let heywood = items(&[&[1.0, 0.9, 0.9], &[0.9, 1.0, 0.1], &[0.9, 0.1, 1.0]]);
        assert_eq!(heywood.omega(), Err(Unknown::NotOneFactor));

        let team = Ratings([1, 0, 2, 0, 0]);
        assert_eq!(Icc::new(&[team]), Err(Unknown::TooFewTeams));
        let single = Ratings([0, 1, 0, 0, 0]);
        assert_eq!(Icc::new(&[single, single]), Err(Unknown::TooFewTeams));
        let equal = Ratings([0, 0, 4, 0, 0]);
        assert_eq!(Icc::new(&[equal, equal]), Err(Unknown::NoVariance));
        let same = Icc::new(&[team, team]).unwrap();
        assert_eq!((same.two, same.of_size(50)), (None, 0.0));
    }

    #[test]
    fn a_team_that_agrees_is_trusted_and_a_larger_one_more() {
        let icc = Icc::new(&[Ratings([5, 0, 0, 0, 0]), Ratings([0, 0, 0, 0, 5])]).unwrap();
        assert_eq!((icc.one, icc.of_size(1)), (1.0, 1.0));
        let labels = [0.7, 0.699, 0.5, 0.499].map(trust);
        let expected = [
            Trust::Reliable,
            Trust::Rough,
            Trust::Rough,
            Trust::MostlyNoise,
        ];
        assert_eq!(labels, expected);
    }

    proptest! {
        #[test]
        fn figures_are_numbers_or_have_a_reason(
            teams in proptest::collection::vec(proptest::array::uniform5(0_u32..6), 0..8),
            people in proptest::collection::vec(proptest::array::uniform3(1_u8..6), 0..30),
        ) {
            let teams: Vec<Ratings> = teams.into_iter().map(Ratings).collect();
            if let Ok(icc) = Icc::new(&teams) {
                prop_assert!(icc.one <= 1.0 + 1e-12 && icc.one.is_finite());
                prop_assert!(icc.of_size(3) <= icc.of_size(4));
            }
            let rows: Vec<Vec<u8>> = people.iter().map(|row| row.to_vec()).collect();
            let backward: Vec<Vec<u8>> = rows.iter().rev().cloned().collect();
            prop_assert_eq!(Items::new(&rows), Items::new(&backward));
            if let Ok(items) = Items::new(&rows) {
                if let Ok(alpha) = items.alpha() {
                    prop_assert!(alpha.low <= alpha.value && alpha.value <= alpha.high && alpha.high <= 1.0);
                }
                if let Ok(omega) = items.omega() {
                    prop_assert!((0.0..=1.0).contains(&omega));
                }
            }
        }
    }
}
