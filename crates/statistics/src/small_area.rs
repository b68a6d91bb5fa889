//! Small areas: shares of teams that borrow from a model where a team's own answers are few or
//! missing (Fay and Herriot 1979; Rao and Molina 2015, chapters 5 and 6).
//!
//! An area's direct estimate is y = x'β + u + e: x are its covariates behind an intercept, u has
//! the unknown variance σ²ᵤ, and e has a known sampling variance. σ²ᵤ is estimated by restricted
//! maximum likelihood and may be zero. The predictor is γy + (1−γ)x'β with γ = σ²ᵤ/(σ²ᵤ +
//! variance), or x'β for an area without answers. Its mean squared error is g₁ + g₂ + 2g₃ (Datta
//! and Lahiri 2000), as mseFH of R's package sae has it. Everything is made of sums over areas, and
//! nothing has a row for each pair of them.

use nalgebra::{DMatrix, DVector};

/// An area: its own estimate, if it has one, and its covariates (without the intercept).
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    pub direct: Option<Direct>,
    pub covariates: Vec<f64>,
}

/// An estimate from an area's own answers and its sampling variance, which is positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Direct {
    pub value: f64,
    pub variance: f64,
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct FayHerriot {
    /// How much areas differ beyond their covariates.
    pub sigma2_u: f64,
    /// The intercept, then a coefficient for each covariate.
    pub beta: Vec<f64>,
    /// Of β.
    covariance: DMatrix<f64>,
    /// Asymptotic, of σ²ᵤ.
    sigma2_variance: f64,
}

/// A value and its mean squared error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Predicted {
    pub value: f64,
    pub mse: f64,
}

/// Why nothing is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there are not more areas with answers than coefficients")]
    TooFewAreas,
    #[error("a covariate follows from the others")]
    Collinear,
    #[error("a number is missing, or a sampling variance is not positive")]
    Unusable,
}

/// Which likelihood: models with different covariates can be compared by the full one alone, the
/// restricted one has less bias in σ²ᵤ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likelihood {
    Full,
    Restricted,
}

impl FayHerriot {
    /// Fits the areas that have a direct estimate; all areas have the same covariates.
    pub fn fit(areas: &[Area]) -> Result<FayHerriot, Refusal> {
        let sample = Sample::new(areas, None)?;
        let sigma2_u = sample.maximize(Likelihood::Restricted)?;
        let at = sample.at(sigma2_u)?;
        Ok(FayHerriot {
            sigma2_u,
            beta: at.beta.iter().copied().collect(),
            sigma2_variance: 2.0 / at.squared_weights,
            covariance: at.covariance,
        })
    }

    /// The best linear unbiased predictor of an area with σ²ᵤ put in.
    pub fn predict(&self, area: &Area) -> Predicted {
        self.weighted_sum(std::iter::once((1.0, area)))
    }

    /// The predictor of a weighted sum of areas. The areas' errors are independent but for that of
    /// β, which all share.
    pub fn weighted_sum<'a>(&self, areas: impl Iterator<Item = (f64, &'a Area)>) -> Predicted {
        let (mut value, mut own) = (0.0, 0.0);
        let mut load = DVector::zeros(self.beta.len());
        for (weight, area) in areas {
            let synthetic: f64 = row(area).zip(&self.beta).map(|(x, beta)| x * beta).sum();
            let (gamma, predicted, mse) = match area.direct {
                Some(Direct { value, variance }) => {
                    let total = self.sigma2_u + variance;
                    let gamma = self.sigma2_u / total;
                    let g1 = gamma * variance;
                    let g3 = (1.0 - gamma).powi(2) * self.sigma2_variance / total;
                    (
                        gamma,
                        gamma * value + (1.0 - gamma) * synthetic,
                        g1 + 2.0 * g3,
                    )
                }
                None => (0.0, synthetic, self.sigma2_u),
            };
            value += weight * predicted;
            own += weight * weight * mse;
            for (load, x) in load.iter_mut().zip(row(area)) {
                *load += weight * (1.0 - gamma) * x;
            }
        }
        Predicted {
            value,
            mse: own + (load.transpose() * &self.covariance * &load)[0],
        }
    }
}

/// The covariates worth having, in the order in which they came in: the one that lowers Akaike's
/// criterion most is added until none lowers it. One that follows from those already in is passed
/// over.
pub fn select(areas: &[Area]) -> Vec<usize> {
    let count = areas.first().map_or(0, |area| area.covariates.len());
    let mut chosen = Vec::new();
    let Some(mut best) = criterion(areas, &chosen) else {
        return chosen;
    };
    loop {
        let candidates = (0..count).filter(|at| !chosen.contains(at));
        let tried = candidates.filter_map(|at| {
            let with: Vec<usize> = chosen.iter().copied().chain([at]).collect();
            Some((at, criterion(areas, &with)?))
        });
        match tried.min_by(|a, b| a.1.total_cmp(&b.1)) {
            Some((at, criterion)) if criterion < best => {
                chosen.push(at);
                best = criterion;
            }
            _ => return chosen,
        }
    }
}

/// Akaike's criterion with these covariates.
fn criterion(areas: &[Area], covariates: &[usize]) -> Option<f64> {
    let sample = Sample::new(areas, Some(covariates)).ok()?;
    let sigma2_u = sample.maximize(Likelihood::Full).ok()?;
    let at = sample.at(sigma2_u).ok()?;
    Some(2.0 * (sample.width + 1) as f64 - 2.0 * at.likelihood(Likelihood::Full))
}

fn row(area: &Area) -> impl Iterator<Item = f64> {
    std::iter::once(1.0).chain(area.covariates.iter().copied())
}

/// The areas with a direct estimate.
struct Sample {
    direct: Vec<Direct>,
    /// `width` numbers an area.
    rows: Vec<f64>,
    width: usize,
}

/// What the sums say at one σ²ᵤ.
struct At {
    beta: DVector<f64>,
    covariance: DMatrix<f64>,
    /// Σ w, Σ w², and the trace of (X'WX)⁻¹X'W²X; w = 1/(σ²ᵤ + variance).
    weights: f64,
    squared_weights: f64,
    trace: f64,
    /// Σ wr², Σ w²r² of the residuals.
    squares: f64,
    weighted_squares: f64,
    /// Σ log(σ²ᵤ + variance) and log |X'WX|.
    log_variances: f64,
    log_information: f64,
}

impl Sample {
    fn new(areas: &[Area], covariates: Option<&[usize]>) -> Result<Sample, Refusal> {
        let mut sample = Sample {
            direct: Vec::new(),
            rows: Vec::new(),
            width: 0,
        };
        for area in areas {
            let Some(direct) = area.direct else { continue };
            let from = sample.rows.len();
            match covariates {
                None => sample.rows.extend(row(area)),
                Some(chosen) => {
                    sample.rows.push(1.0);
                    let value = |at: &usize| area.covariates.get(*at).copied().unwrap_or(f64::NAN);
                    sample.rows.extend(chosen.iter().map(value));
                }
            }
            let width = sample.rows.len() - from;
            let usable = direct.variance > 0.0
                && [direct.value, direct.variance]
                    .iter()
                    .chain(&sample.rows[from..])
                    .all(|number| number.is_finite());
            if !usable || (from > 0 && width != sample.width) {
                return Err(Refusal::Unusable);
            }
            sample.width = width;
            sample.direct.push(direct);
        }
        if sample.direct.len() <= sample.width.max(1) {
            return Err(Refusal::TooFewAreas);
        }
        Ok(sample)
    }

    fn areas(&self) -> impl Iterator<Item = (&Direct, &[f64])> {
        self.direct.iter().zip(self.rows.chunks_exact(self.width))
    }

    fn at(&self, sigma2_u: f64) -> Result<At, Refusal> {
        let mut information = DMatrix::zeros(self.width, self.width);
        let mut twice = DMatrix::zeros(self.width, self.width);
        let mut right = DVector::zeros(self.width);
        let (mut weights, mut squared_weights, mut log_variances) = (0.0, 0.0, 0.0);
        for (direct, row) in self.areas() {
            let weight = 1.0 / (sigma2_u + direct.variance);
            weights += weight;
            squared_weights += weight * weight;
            log_variances -= weight.ln();
            for (a, x) in row.iter().enumerate() {
                right[a] += weight * x * direct.value;
                for (b, other) in row.iter().enumerate() {
                    information[(a, b)] += weight * x * other;
                    twice[(a, b)] += weight * weight * x * other;
                }
            }
        }
        let (covariance, log_information) = invert(information)?;
        let beta = &covariance * right;
        let (mut squares, mut weighted_squares) = (0.0, 0.0);
        for (direct, row) in self.areas() {
            let weight = 1.0 / (sigma2_u + direct.variance);
            let fitted: f64 = row.iter().zip(&beta).map(|(x, beta)| x * beta).sum();
            let residual = direct.value - fitted;
            squares += weight * residual * residual;
            weighted_squares += (weight * residual).powi(2);
        }
        Ok(At {
            trace: (&covariance * twice).trace(),
            beta,
            covariance,
            weights,
            squared_weights,
            squares,
            weighted_squares,
            log_variances,
            log_information,
        })
    }

    /// The σ²ᵤ of the greatest likelihood: the best of a geometric grid and zero, then the zero of
    /// the slope between its neighbors.
    fn maximize(&self, likelihood: Likelihood) -> Result<f64, Refusal> {
        let count = self.direct.len() as f64;
        let mean = self.direct.iter().map(|direct| direct.value).sum::<f64>() / count;
        let spread = self
            .direct
            .iter()
            .map(|direct| direct.variance + (direct.value - mean).powi(2));
        let scale = spread.sum::<f64>() / count;
        let grid: Vec<f64> = std::iter::once(0.0)
            .chain((-12..=2).map(|power| scale * 4f64.powi(power)))
            .collect();
        let (mut best, mut greatest) = (0, f64::NEG_INFINITY);
        for (place, sigma2_u) in grid.iter().enumerate() {
            let value = self.at(*sigma2_u)?.likelihood(likelihood);
            if value > greatest {
                (best, greatest) = (place, value);
            }
        }
        if best == 0 && self.at(0.0)?.slope(likelihood) <= 0.0 {
            return Ok(0.0);
        }
        let mut low = grid[best.saturating_sub(1)];
        let mut high = grid[(best + 1).min(grid.len() - 1)];
        while high - low > 1e-12 * scale.max(high) {
            let middle = low + (high - low) / 2.0;
            if self.at(middle)?.slope(likelihood) > 0.0 {
                low = middle
            } else {
                high = middle
            }
        }
        Ok(high)
    }
}

impl At {
    /// Without constants.
    fn likelihood(&self, likelihood: Likelihood) -> f64 {
        let full = self.log_variances + self.squares;
        match likelihood {
            Likelihood::Full => -0.5 * full,
            Likelihood::Restricted => -0.5 * (full + self.log_information),
        }
    }

    /// The likelihood's derivative by σ²ᵤ.
    fn slope(&self, likelihood: Likelihood) -> f64 {
        match likelihood {
            Likelihood::Full => 0.5 * (self.weighted_squares - self.weights),
            Likelihood::Restricted => 0.5 * (self.weighted_squares - self.weights + self.trace),
        }
    }
}

/// The inverse and the logarithm of the determinant. What is left of a covariate after the others
/// must be more than rounding.
fn invert(information: DMatrix<f64>) -> Result<(DMatrix<f64>, f64), Refusal> {
    let scale: Vec<f64> = information.diagonal().iter().map(|x| x.sqrt()).collect();
    let width = scale.len();
    let scaled = DMatrix::from_fn(width, width, |a, b| {
        information[(a, b)] / (scale[a] * scale[b])
    });
    let root = scaled.cholesky().ok_or(Refusal::Collinear)?;
    let pivots = root.l_dirty().diagonal();
    if pivots.iter().any(|pivot| pivot.is_nan() || *pivot < 1e-6) {
        return Err(Refusal::Collinear);
    }
    let logarithm: f64 = pivots
        .iter()
        .zip(&scale)
        .map(|(pivot, scale)| 2.0 * (pivot * scale).ln())
        .sum();
    let inverse = root.inverse();
    let covariance = DMatrix::from_fn(width, width, |a, b| inverse[(a, b)] / (scale[a] * scale[b]));
    Ok((covariance, logarithm))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::{Table, within};

    fn area(value: f64, variance: f64, covariates: &[f64]) -> Area {
        Area {
            direct: Some(Direct { value, variance }),
            covariates: covariates.to_vec(),
        }
    }

    #[test]
    fn estimates_are_those_of_the_reference() {
        let expected = Table::expected("fay_herriot");
        let mut models = std::collections::BTreeMap::<_, Vec<_>>::new();
        for row in expected.rows() {
            let model = (
                row.text("pillar").to_owned(),
                row.text("covariate").to_owned(),
            );
            models.entry(model).or_default().push(row);
        }
        assert_eq!(models.len(), 16);
        for ((pillar, covariate), rows) in models {
            let areas: Vec<Area> = rows
                .iter()
                .map(|row| {
                    let covariates = if covariate == "none" {
                        Vec::new()
                    } else {
                        vec![row.number("log_pickup")]
                    };
                    area(row.number("direct"), row.number("variance"), &covariates)
                })
                .collect();
            let model = FayHerriot::fit(&areas).unwrap();
            if (pillar.as_str(), covariate.as_str()) == ("code-review", "log_pickup") {
                assert_eq!(model.sigma2_u, 0.0);
            }
            for (row, area) in rows.iter().zip(&areas) {
                within(model.sigma2_u, row.number("sigma2_u"), 1e-5);
                within(model.beta[0], row.number("beta0"), 1e-5);
                if covariate != "none" {
                    within(model.beta[1], row.number("beta1"), 1e-5);
                }
                let predicted = model.predict(area);
                within(predicted.value, row.number("estimate"), 1e-5);
                within(predicted.mse, row.number("mse"), 1e-5);
            }
        }
    }

    #[test]
    fn an_area_without_answers_is_predicted_from_its_covariates() {
        let mut areas: Vec<Area> = (0..30)
            .map(|at| area(0.1 + 0.01 * f64::from(at), 0.01, &[f64::from(at)]))
            .collect();
        areas.push(Area {
            direct: None,
            covariates: vec![40.0],
        });
        let model = FayHerriot::fit(&areas).unwrap();
        let far = model.predict(&areas[30]);
        within(far.value, 0.5, 1e-9);
        assert!(far.mse > model.predict(&areas[15]).mse);
    }

    #[test]
    fn covariates_that_say_nothing_more_are_left_out() {
        let wave = |at: u32| f64::from(at * 7 % 11) - 5.0;
        let areas: Vec<Area> = (0..40)
            .map(|at| {
                let x = f64::from(at % 10);
                let useless = f64::from(at / 10 % 2);
                area(0.05 * x + 0.01 * wave(at), 0.002, &[useless, x, 2.0 * x])
            })
            .collect();
        assert_eq!(select(&areas), [1]);
        assert_eq!(FayHerriot::fit(&areas), Err(Refusal::Collinear));
        assert!(select(&[]).is_empty());
    }

    #[test]
    fn what_cannot_be_fitted_is_refused() {
        assert_eq!(FayHerriot::fit(&[]), Err(Refusal::TooFewAreas));
        let one = [area(0.2, 0.1, &[])];
        assert_eq!(FayHerriot::fit(&one), Err(Refusal::TooFewAreas));
        let certain = [area(0.2, 0.0, &[]), area(0.3, 0.1, &[])];
        assert_eq!(FayHerriot::fit(&certain), Err(Refusal::Unusable));
        let constant = [1.0, 1.0, 1.0].map(|x| area(0.2, 0.1, &[x]));
        assert_eq!(FayHerriot::fit(&constant), Err(Refusal::Collinear));
        let uneven = [area(0.2, 0.1, &[1.0]), area(0.3, 0.1, &[])];
        assert_eq!(FayHerriot::fit(&uneven), Err(Refusal::Unusable));
    }

    #[test]
    fn equal_areas_stay_where_they_are() {
        let areas = [0.2; 5].map(|value| area(value, 0.03, &[]));
        let model = FayHerriot::fit(&areas).unwrap();
        assert_eq!(model.sigma2_u, 0.0);
        within(model.predict(&areas[0]).value, 0.2, 1e-12);
    }

    proptest! {
        #[test]
        fn an_estimate_lies_between_the_direct_one_and_the_model(
            sample in prop::collection::vec((0.0..1.0_f64, 0.001..0.2_f64), 3..40)
        ) {
            let areas: Vec<Area> = sample.iter().map(|(value, variance)| area(*value, *variance, &[])).collect();
            let model = FayHerriot::fit(&areas).unwrap();
            prop_assert!(model.sigma2_u >= 0.0);
            for area in &areas {
                let predicted = model.predict(area);
                let direct = area.direct.unwrap().value;
                let (low, high) = (direct.min(model.beta[0]), direct.max(model.beta[0]));
                prop_assert!(low - 1e-9 <= predicted.value && predicted.value <= high + 1e-9);
                prop_assert!(predicted.mse.is_finite() && predicted.mse >= 0.0);
            }
        }
    }
}
