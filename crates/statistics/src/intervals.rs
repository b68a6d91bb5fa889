//! Intervals around a share, a mean and a median, all at 95%.
//!
//! A share has two: [`now`] answers what a group of known size thinks at present, [`wilson`] serves
//! comparisons.

use statrs::distribution::{Beta, ContinuousCDF, Gamma, Normal, StudentsT};
use statrs::function::gamma::ln_gamma;

use crate::estimate::Estimate;

/// What may lie beyond each limit.
pub(crate) const TAIL: f64 = 0.025;

/// The quantile of the standard normal distribution that leaves 2.5% above it.
pub fn z() -> f64 {
    Normal::standard().inverse_cdf(1.0 - TAIL)
}

/// The quantile of Student's t that leaves 2.5% above it; `degrees` may be fractional. None unless
/// positive and finite.
pub fn t(degrees: f64) -> Option<f64> {
    t_beyond(degrees, TAIL)
}

/// What Student's t exceeds with a probability.
pub fn t_beyond(degrees: f64, tail: f64) -> Option<f64> {
    let student = student(degrees)?;
    // Newton's steps on the exact distribution function begin where the normal quantile's expansion
    // in 1/degrees (Cornish and Fisher 1937) is close, and else at the library's quantile, which is
    // good to eight digits or so.
    let mut quantile = if degrees > 10.0 && tail > 1e-4 {
        expansion(Normal::standard().inverse_cdf(1.0 - tail), degrees)
    } else {
        student.inverse_cdf(1.0 - tail)
    };
    for _ in 0..4 {
        let density = statrs::distribution::Continuous::pdf(&student, quantile);
        if density > 0.0 && density.is_finite() {
            let step = (student.cdf(quantile) - (1.0 - tail)) / density;
            quantile -= step;
            // The next step is about the square of this one.
            if step.abs() < 1e-9 * quantile.abs() {
                break;
            }
        }
    }
    quantile.is_finite().then_some(quantile)
}

/// What quantile of Student's t belongs to a quantile of the normal distribution, nearly.
fn expansion(z: f64, degrees: f64) -> f64 {
    let (square, inverse) = (z * z, 1.0 / degrees);
    let first = (square + 1.0) / 4.0;
    let second = ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    z * (1.0 + inverse * (first + inverse * second))
}

/// The two-sided p value of a t statistic.
pub fn t_test(statistic: f64, degrees: f64) -> Option<f64> {
    let student = student(degrees)?;
    let p = 2.0 * student.cdf(-statistic.abs());
    p.is_finite().then_some(p.min(1.0))
}

fn student(degrees: f64) -> Option<StudentsT> {
    StudentsT::new(0.0, 1.0, degrees)
        .ok()
        .filter(|_| degrees.is_finite())
}

/// Wilson's score interval of x among n, without continuity correction (Wilson 1927). None for an
/// empty group, or when x is more than n.
pub fn wilson(x: u32, n: u32) -> Option<Estimate> {
    score_interval(f64::from(x), f64::from(n))
}

/// The weighted share of those who are favorable with Wilson's interval at Kish's effective n (Kish
/// 1965), (Σw)²/Σw²: as if that many people of equal weight had answered. Each person is whether
/// they are favorable, and their weight. None without anybody of positive weight, or with a weight
/// that is negative or no number.
pub fn weighted_wilson(people: impl IntoIterator<Item = (bool, f64)>) -> Option<Estimate> {
    let (mut favorable, mut all, mut squares) = (0.0, 0.0, 0.0);
    for (is_favorable, weight) in people {
        if !(weight >= 0.0 && weight.is_finite()) {
            return None;
        }
        favorable += if is_favorable { weight } else { 0.0 };
        all += weight;
        squares += weight * weight;
    }
    let effective = all * all / squares;
    score_interval(favorable / all * effective, effective)
}

/// Wilson's interval of x among n where both may be fractions. None unless 0 ≤ x ≤ n and n is
/// positive.
pub(crate) fn score_interval(x: f64, count: f64) -> Option<Estimate> {
    if !(count > 0.0 && count.is_finite() && 0.0 <= x && x <= count) {
        return None;
    }
    let share = x / count;
    let z = z();
    let scale = 1.0 + z * z / count;
    let middle = (share + z * z / (2.0 * count)) / scale;
    let half = z / scale * (share * (1.0 - share) / count + z * z / (4.0 * count * count)).sqrt();
    // At the ends the limit is the share itself, whatever rounding makes of it.
    Some(Estimate {
        value: share,
        low: if x == 0.0 {
            0.0
        } else {
            (middle - half).max(0.0)
        },
        high: if x == count {
            1.0
        } else {
            (middle + half).min(1.0)
        },
    })
}

/// The share of favorable people among all N of a group, of whom n answered and x were favorable:
/// every count M of favorable people with P(X ≥ x) > 2.5% and P(X ≤ x) > 2.5%, X hypergeometric,
/// over N. A point when everybody answered. None for an empty group, or when more answered than
/// there are.
pub fn now(x: u32, n: u32, population: u32) -> Option<Estimate> {
    if n == 0 || n > population || x > n {
        return None;
    }
    let (least, most) = (x, population - (n - x));
    let at_least = |m: u32| Hypergeometric::new(population, m, n).at_least(x) > TAIL;
    let at_most = |m: u32| Hypergeometric::new(population, m, n).at_most(x) > TAIL;
    // P(X ≥ x) grows with M and P(X ≤ x) falls, so that each limit is found by halving.
    let low = first(least, most, at_least);
    let high = most - first(0, most - least, |down| at_most(most - down));
    let over = |m: u32| f64::from(m) / f64::from(population);
    let value = f64::from(x) / f64::from(n);
    Some(Estimate {
        value,
        low: over(low).min(value),
        high: over(high).max(value),
    })
}

/// The first value of `from..=to` for which `holds`, which then holds for all above; `to` if it
/// holds for none.
fn first(mut from: u32, mut to: u32, holds: impl Fn(u32) -> bool) -> u32 {
    while from < to {
        let middle = from + (to - from) / 2;
        if holds(middle) {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    from
}

/// How many of n drawn without replacement are marked, when `marked` of `population` are.
struct Hypergeometric {
    population: f64,
    marked: f64,
    drawn: f64,
}

impl Hypergeometric {
    fn new(population: u32, marked: u32, drawn: u32) -> Self {
        Self {
            population: population.into(),
            marked: marked.into(),
            drawn: drawn.into(),
        }
    }

    fn probability(&self, x: f64) -> f64 {
        let choose = |n: f64, k: f64| ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0);
        let Self {
            population,
            marked,
            drawn,
        } = self;
        (choose(*marked, x) + choose(population - marked, drawn - x) - choose(*population, *drawn))
            .exp()
    }

    fn least(&self) -> f64 {
        (self.drawn + self.marked - self.population).max(0.0)
    }

    fn most(&self) -> f64 {
        self.drawn.min(self.marked)
    }

    fn mean(&self) -> f64 {
        self.drawn * self.marked / self.population
    }

    /// P(X ≥ x)
    fn at_least(&self, x: u32) -> f64 {
        let x = f64::from(x);
        if x <= self.least() {
            1.0
        } else if x > self.most() {
            0.0
        } else if x < self.mean() {
            1.0 - self.downward(x - 1.0)
        } else {
            self.upward(x)
        }
    }

    /// P(X ≤ x)
    fn at_most(&self, x: u32) -> f64 {
        let x = f64::from(x);
        if x >= self.most() {
            1.0
        } else if x < self.least() {
            0.0
        } else if x > self.mean() {
            1.0 - self.upward(x + 1.0)
        } else {
            self.downward(x)
        }
    }

    /// The sum of the probabilities from x up, by their ratios, until they no longer matter.
    fn upward(&self, mut x: f64) -> f64 {
        let mut term = self.probability(x);
        let mut sum = 0.0;
        while x <= self.most() && term > sum * 1e-17 {
            sum += term;
            term *= (self.marked - x) * (self.drawn - x)
                / ((x + 1.0) * (self.population - self.marked - self.drawn + x + 1.0));
            x += 1.0;
        }
        sum
    }

    fn downward(&self, mut x: f64) -> f64 {
        let mut term = self.probability(x);
        let mut sum = 0.0;
        while x >= self.least() && term > sum * 1e-17 {
            sum += term;
            term *= x * (self.population - self.marked - self.drawn + x)
                / ((self.marked - x + 1.0) * (self.drawn - x + 1.0));
            x -= 1.0;
        }
        sum
    }
}

/// The t interval of a mean. None for fewer than two values; a point when all are equal.
pub fn mean(mean: f64, sd: f64, n: u32) -> Option<Estimate> {
    if n < 2 {
        return None;
    }
    let half = t(f64::from(n) - 1.0)? * sd / f64::from(n).sqrt();
    Some(Estimate {
        value: mean,
        low: mean - half,
        high: mean + half,
    })
}

/// The quantile of sorted values by linear interpolation between order statistics (type 7 of
/// Hyndman and Fan 1996). None without values.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = share.clamp(0.0, 1.0) * last as f64;
    let below = position.floor();
    let (low, high) = (
        sorted[below as usize],
        sorted[(below as usize + 1).min(last)],
    );
    Some(low + (position - below) * (high - low))
}

/// How often something happens in a unit of time, from a count over so many units, with the exact
/// interval of Garwood (1936). None unless the time is positive.
pub fn rate(count: u32, units: f64) -> Option<Estimate> {
    if !(units > 0.0 && units.is_finite()) {
        return None;
    }
    let limit = |shape: f64, share: f64| Some(Gamma::new(shape, 1.0).ok()?.inverse_cdf(share));
    let n = f64::from(count);
    let low = match count {
        0 => 0.0,
        _ => limit(n, TAIL)?,
    };
    Some(Estimate {
        value: n / units,
        low: low / units,
        high: limit(n + 1.0, 1.0 - TAIL)? / units,
    })
}

/// The median of sorted values between the innermost order statistics that hold the true one with
/// at least 95%: x₍ₗ₎ and x₍ₙ₊₁₋ₗ₎ with the greatest l for which P(Binomial(n, ½) < l) ≤ 2.5%. None
/// for fewer than six values.
pub fn median(sorted: &[f64]) -> Option<Estimate> {
    let n = u32::try_from(sorted.len()).ok()?;
    // P(Binomial(n, ½) ≤ k) is the regularized incomplete beta function at ½ with n − k and k + 1.
    let at_most =
        |k: u32| Beta::new(f64::from(n - k), f64::from(k) + 1.0).map_or(1.0, |beta| beta.cdf(0.5));
    if n < 6 || at_most(0) > TAIL {
        return None;
    }
    let beyond = first(0, n / 2, |k| at_most(k) > TAIL) as usize;
    Some(Estimate {
        value: quantile(sorted, 0.5)?,
        low: sorted[beyond - 1],
        high: sorted[sorted.len() - beyond],
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::{Table, near};

    #[test]
    fn shares_and_means_are_those_of_the_reference() {
        let scores = Table::expected("scores");
        assert_eq!(scores.len(), 288);
        for row in scores.rows() {
            let n = row.count("n");
            let x = (row.number("favorable") * f64::from(n)).round() as u32;
            let wilson = wilson(x, n).unwrap();
            near(wilson.low, row.number("wilson_low"));
            near(wilson.high, row.number("wilson_high"));
            let now = now(x, n, row.count("invited")).unwrap();
            near(now.low, row.number("now_low"));
            near(now.high, row.number("now_high"));
            if let Some(low) = row.optional("mean_low") {
                let mean = mean(row.number("mean"), row.number("sd"), n).unwrap();
                near(mean.low, low);
                near(mean.high, row.number("mean_high"));
            }
        }
    }

    #[test]
    fn a_census_is_a_point_and_nobody_is_nothing() {
        let all = now(3, 7, 7).unwrap();
        assert_eq!((all.low, all.high), (3.0 / 7.0, 3.0 / 7.0));
        assert_eq!(
            (now(0, 0, 7), now(1, 8, 7), wilson(0, 0)),
            (None, None, None)
        );
        assert_eq!((wilson(4, 3), now(4, 3, 7)), (None, None));
    }

    #[test]
    fn weights_count_for_as_many_people_as_their_inequality_leaves() {
        let equal = [true, false, true, true].map(|favorable| (favorable, 2.5));
        assert_eq!(weighted_wilson(equal), wilson(3, 4));
        // Weights 1, 1 and 2 are worth 16/6 people.
        let found = weighted_wilson([(true, 1.0), (false, 1.0), (true, 2.0)]).unwrap();
        let (share, n, z) = (0.75, 16.0 / 6.0, z());
        let middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
        near(found.value, share);
        near(found.low + found.high, 2.0 * middle);
        let all = weighted_wilson([(true, 0.3), (true, 0.1), (false, 0.0)]).unwrap();
        assert!(all.value > 1.0 - 1e-12 && all.high <= 1.0 && all.low < all.value);
        assert_eq!(weighted_wilson([]), None);
        assert_eq!(weighted_wilson([(true, 0.0)]), None);
        assert_eq!(weighted_wilson([(true, 1.0), (true, f64::NAN)]), None);
        assert_eq!(weighted_wilson([(true, 1.0), (false, -1.0)]), None);
    }

    #[test]
    fn halving_finds_the_same_limits_as_trying_every_count() {
        for (x, n, population) in [
            (0, 3, 9),
            (3, 3, 9),
            (2, 5, 23),
            (17, 40, 41),
            (150, 268, 313),
        ] {
            let fits = |m: &u32| {
                let drawn = Hypergeometric::new(population, *m, n);
                drawn.at_least(x) > TAIL && drawn.at_most(x) > TAIL
            };
            let all: Vec<u32> = (x..=population - n + x).filter(fits).collect();
            let found = now(x, n, population).unwrap();
            near(found.low * f64::from(population), f64::from(all[0]));
            near(
                found.high * f64::from(population),
                f64::from(all[all.len() - 1]),
            );
        }
    }

    #[test]
    fn the_median_of_six_lies_between_the_smallest_and_the_greatest() {
        let values = [1.0, 2.0, 3.0, 5.0, 8.0, 13.0];
        let median = median(&values).unwrap();
        assert_eq!((median.low, median.value, median.high), (1.0, 4.0, 13.0));
        assert_eq!(super::median(&values[..5]), None);
        // For 20 values the tables give the sixth and the fifteenth.
        let many: Vec<f64> = (1..=20).map(f64::from).collect();
        let median = super::median(&many).unwrap();
        assert_eq!((median.low, median.high), (6.0, 15.0));
    }

    proptest! {
        #[test]
        fn every_interval_holds_its_share(n in 1u32..400, x in 0u32..400, more in 0u32..400) {
            let x = x.min(n);
            for found in [wilson(x, n), now(x, n, n + more)] {
                let found = found.unwrap();
                prop_assert!(0.0 <= found.low && found.low <= found.value && found.value <= found.high && found.high <= 1.0);
            }
        }
    }
}
