//! Johnson's relative weights (2000): an outcome's explained variance shared out by way of
//! uncorrelated stand-ins of the predictors.
//!
//! The stand-ins Z are the uncorrelated variables closest to the predictors: with the correlations
//! R = V·diag(d)·Vᵀ of the predictors and r of each with the outcome, the predictors are Λ·Z for Λ
//! = V·diag(√d)·Vᵀ, and the outcome's coefficients on Z are β = V·diag(1/√d)·Vᵀ·r. Predictor j gets
//! Σ_k Λ²_jk·β²_k. It costs one eigendecomposition where LMG visits 2^p sets, and comes close to
//! LMG for predictors that matter, but may be far off for small ones: it is used in the bootstrap
//! alone, and as the headline only for more predictors than LMG can take.

use nalgebra::{DMatrix, DVector, DVectorView, SymmetricEigen};

use super::{COLLINEAR, Explained, Refusal, correlations};

/// What the weights of any outcome take from the predictors: one eigendecomposition serves all
/// outcomes.
pub struct Predictors {
    /// Between the predictors.
    correlations: DMatrix<f64>,
    /// Λ, by predictor and stand-in.
    loadings: DMatrix<f64>,
    /// The same with 1/√d, which turns correlations with an outcome into its coefficients on the
    /// stand-ins.
    inverse: DMatrix<f64>,
}

impl Predictors {
    fn new(correlations: DMatrix<f64>) -> Self {
        let SymmetricEigen {
            eigenvalues,
            eigenvectors,
        } = correlations.clone().symmetric_eigen();
        let roots = eigenvalues.map(|value| if value > COLLINEAR { value.sqrt() } else { 0.0 });
        let inverse = roots.map(|root| if root > 0.0 { 1.0 / root } else { 0.0 });
        let times = |scale: &DVector<f64>| {
            &eigenvectors * DMatrix::from_diagonal(scale) * eigenvectors.transpose()
        };
        Self {
            loadings: times(&roots),
            inverse: times(&inverse),
            correlations,
        }
    }

    fn explain(&self, outcome: &DVectorView<'_, f64>) -> Explained {
        let coefficients = &self.inverse * outcome;
        let squares = coefficients.component_mul(&coefficients);
        let weights = self.loadings.component_mul(&self.loadings) * &squares;
        Explained {
            r_squared: squares.sum(),
            weights: weights.iter().copied().collect(),
        }
    }
}

/// Johnson's weights, which add up to R². `covariance` is square, in any units: the outcome first,
/// then the predictors.
///
/// # Errors
/// The outcome has no variance.
pub fn johnson(covariance: &DMatrix<f64>) -> Result<Explained, Refusal> {
    johnson_with(covariance, &mut None)
}

/// The same for outcome after outcome; what is `known` of the predictors is used again while they
/// stay the same.
///
/// # Errors
/// The outcome has no variance.
pub fn johnson_with(
    covariance: &DMatrix<f64>,
    known: &mut Option<Predictors>,
) -> Result<Explained, Refusal> {
    let correlations = correlations(covariance)?;
    let count = correlations.nrows() - 1;
    if count == 0 {
        return Ok(Explained::default());
    }
    let predictors = correlations.view((1, 1), (count, count));
    let same = known
        .take()
        .filter(|known| known.correlations == predictors);
    let known = known.insert(same.unwrap_or_else(|| Predictors::new(predictors.clone_owned())));
    Ok(known.explain(&correlations.view((1, 0), (count, 1)).column(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drivers::tests::{correlation_25, covariance_of};
    use crate::reference::{Table, near};

    #[test]
    fn twenty_five_predictors_are_those_of_the_reference() {
        let (expected, found) = (
            Table::expected("drivers_25"),
            johnson(&correlation_25()).unwrap(),
        );
        assert_eq!(found.weights.len(), expected.len());
        for (row, weight) in expected.rows().zip(&found.weights) {
            near(*weight, row.number("johnson"));
            near(found.r_squared, row.number("r_squared"));
        }
    }

    #[test]
    fn a_predictor_given_twice_gets_half_each_time() {
        let rows = [
            [1.0, 1.0, 1.0],
            [2.0, 2.0, 2.0],
            [2.0, 3.0, 3.0],
            [5.0, 4.0, 4.0],
        ];
        let twice = johnson(&covariance_of(&rows)).unwrap();
        let once = johnson(&covariance_of(&rows.map(|row| [row[0], row[1]]))).unwrap();
        near(twice.r_squared, once.r_squared);
        near(twice.weights[0], once.weights[0] / 2.0);
        near(twice.weights[1], once.weights[0] / 2.0);
    }

    #[test]
    fn what_does_not_vary_gets_nothing_and_explains_nothing() {
        let found = johnson(&covariance_of(&[
            [1.0, 7.0, 1.0],
            [2.0, 7.0, 3.0],
            [3.0, 7.0, 2.0],
        ]))
        .unwrap();
        assert_eq!(found.weights[0], 0.0);
        near(found.weights[1], 0.25);
        assert_eq!(
            johnson(&covariance_of(&[[1.0, 2.0], [1.0, 3.0]])),
            Err(Refusal::NoVariance)
        );
        assert!(
            johnson(&DMatrix::identity(1, 1))
                .unwrap()
                .weights
                .is_empty()
        );
    }
}
