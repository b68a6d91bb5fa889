//! Repeatable chance: everything generated depends on the seed and on what it is generated for,
//! never on the order of generation.

use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// A generator for one thing, named by numbers: the seed of the demo, then whatever tells the thing
/// apart.
pub fn generator(names: &[u64]) -> Pcg64Mcg {
    // SplitMix64's finalizer (Steele, Lea, Flood 2014) keeps neighboring names apart.
    let state = names
        .iter()
        .fold(0x9E37_79B9_7F4A_7C15, |state: u64, name| {
            let mut mixed = (state ^ name).wrapping_add(0x9E37_79B9_7F4A_7C15);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^ (mixed >> 31)
        });
    Pcg64Mcg::seed_from_u64(state)
}

/// A draw from the standard normal distribution (Box and Muller 1958).
pub fn normal(rng: &mut impl Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()
}

/// A positive draw whose logarithm is normal: `median` × e^(`spread` × normal).
pub fn lognormal(rng: &mut impl Rng, median: f64, spread: f64) -> f64 {
    median * (spread * normal(rng)).exp()
}

/// A draw from the Poisson distribution of a small mean (Knuth's product of uniforms).
pub fn poisson(rng: &mut impl Rng, mean: f64) -> u32 {
    let limit = (-mean).exp();
    let mut product: f64 = rng.random();
    let mut count = 0;
    while product > limit {
        product *= rng.random::<f64>();
        count += 1;
    }
    count
}

/// One of `weights`, by its position, with a chance in proportion to its weight.
pub fn weighted(rng: &mut impl Rng, weights: impl Iterator<Item = f64> + Clone) -> usize {
    let mut left = rng.random::<f64>() * weights.clone().sum::<f64>();
    let mut last = 0;
    for (position, weight) in weights.enumerate() {
        if weight > 0.0 {
            last = position;
            if left < weight {
                return position;
            }
            left -= weight;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_draws_have_the_moments_they_promise() {
        let mut rng = generator(&[1, 2]);
        let n = 40_000;
        let draws: Vec<f64> = (0..n).map(|_| normal(&mut rng)).collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n);
        assert!(
            mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03,
            "{mean} {variance}"
        );

        let count: u32 = (0..n).map(|_| poisson(&mut rng, 12.0)).sum();
        assert!((f64::from(count) / f64::from(n) - 12.0).abs() < 0.1);

        let second = (0..n)
            .filter(|_| weighted(&mut rng, [1.0, 3.0, 0.0].into_iter()) == 1)
            .count();
        assert!((second as f64 / f64::from(n) - 0.75).abs() < 0.01);
    }

    #[test]
    fn neighbors_draw_differently_and_the_same_name_draws_the_same() {
        let draw = |names: &[u64]| generator(names).random::<u64>();
        assert_eq!(draw(&[1, 7]), draw(&[1, 7]));
        assert_ne!(draw(&[1, 7]), draw(&[1, 8]));
        assert_ne!(draw(&[1, 7]), draw(&[7, 1]));
    }
}
