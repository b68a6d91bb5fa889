//! Drivers: how much of the differences in an outcome goes with the differences in each pillar.
//! Associated, not caused.

pub mod johnson;
pub mod lmg;
pub mod products;

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Directions in which the predictors vary less than this (of 1 each) say nothing that the others
/// do not.
pub const COLLINEAR: f64 = 1e-10;

/// An outcome's explained variance and how it is shared out; the weights add up to R².
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Explained {
    /// Share of the outcome's variance that all predictors explain together.
    pub r_squared: f64,
    /// By predictor.
    pub weights: Vec<f64>,
}

impl Explained {
    /// The weights as shares of what is explained; not a number where nothing is.
    pub fn shares(&self) -> Vec<f64> {
        self.weights
            .iter()
            .map(|weight| weight / self.r_squared)
            .collect()
    }
}

/// Why nothing is shared out.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error,
)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    #[error("its ratings do not differ within teams")]
    NoVariance,
    #[error("no area goes with it")]
    NothingExplained,
    #[error("there are more than {} predictors", lmg::MOST)]
    TooManyPredictors,
}

/// Correlations from covariances with the outcome first. A predictor without variance correlates
/// with nothing, not even itself: nobody mistakes it for one that says something.
pub fn correlations(covariance: &DMatrix<f64>) -> Result<DMatrix<f64>, Refusal> {
    let scale: Vec<f64> = covariance
        .diagonal()
        .iter()
        .map(|variance| 1.0 / variance.sqrt())
        .collect();
    let is_usable = |at: usize| scale.get(at).is_some_and(|scale| scale.is_finite());
    if !is_usable(0) {
        return Err(Refusal::NoVariance);
    }
    Ok(DMatrix::from_fn(
        scale.len(),
        scale.len(),
        |row, column| match is_usable(row) && is_usable(column) {
            true if row == column => 1.0,
            true => covariance[(row, column)] * scale[row] * scale[column],
            false => 0.0,
        },
    ))
}

/// The coefficients of the regression on all predictors, of which the sign is shown. `covariance`
/// is square with the outcome first; predictors that say the same share a coefficient.
///
/// # Errors
/// The outcome has no variance.
pub fn coefficients(covariance: &DMatrix<f64>) -> Result<Vec<f64>, Refusal> {
    let correlations = correlations(covariance)?;
    let count = correlations.nrows() - 1;
    if count == 0 {
        return Ok(Vec::new());
    }
    let eigen = correlations
        .view((1, 1), (count, count))
        .clone_owned()
        .symmetric_eigen();
    let turned = eigen
        .eigenvectors
        .tr_mul(&correlations.view((1, 0), (count, 1)));
    let inverse = |value: f64| if value > COLLINEAR { 1.0 / value } else { 0.0 };
    let standardized = &eigen.eigenvectors * turned.component_mul(&eigen.eigenvalues.map(inverse));
    let outcome = covariance[(0, 0)].sqrt();
    let in_units = |(at, coefficient): (usize, &f64)| {
        let own = covariance[(at + 1, at + 1)].sqrt();
        if own > 0.0 {
            coefficient * outcome / own
        } else {
            0.0
        }
    };
    Ok(standardized.iter().enumerate().map(in_units).collect())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::reference::Table;

    /// The reference's correlations, the outcome moved to the front.
    pub(crate) fn correlation_25() -> DMatrix<f64> {
        let table = Table::expected("correlation_25");
        let names: Vec<String> = std::iter::once("y".to_owned())
            .chain((1..=25).map(|at| format!("x{at:02}")))
            .collect();
        DMatrix::from_fn(26, 26, |row, column| {
            table.find(&[("name", &names[row])]).number(&names[column])
        })
    }

    /// The covariance of some rows, the outcome in front.
    pub(crate) fn covariance_of<const N: usize>(rows: &[[f64; N]]) -> DMatrix<f64> {
        let count = rows.len() as f64;
        let mean = |at: usize| rows.iter().map(|row| row[at]).sum::<f64>() / count;
        DMatrix::from_fn(N, N, |a, b| {
            rows.iter()
                .map(|row| (row[a] - mean(a)) * (row[b] - mean(b)))
                .sum::<f64>()
                / count
        })
    }
}
