//! Whether two measures of the same teams go together.

use rand::{Rng, RngExt};

use crate::random;

/// Up to this many teams every order is tried.
const EXACT: usize = 9;
/// Random orders that are tried with more teams, where `VALUES` allows as many.
const DRAWS: usize = 200_000;
/// Team values that are looked at for one p value: thousands of teams get fewer draws than dozens, and need fewer.
const VALUES: usize = 20_000_000;

/// Spearman's rank correlation with the p value of a permutation test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Association {
    pub coefficient: f64,
    /// Two-sided.
    pub p: f64,
}

/// Spearman's ρ of pairs, ties sharing their mean rank, and its p value: exact up to nine pairs, else (b+1)/(B+1) of seeded draws.
/// None for fewer than three pairs, or where one side does not vary.
pub fn spearman(x: &[f64], y: &[f64], seed: u64) -> Option<Association> {
    let (x, mut y) = (centered(&ranks(x)), centered(&ranks(y)));
    let scale = (dot(&x, &x) * dot(&y, &y)).sqrt();
    if x.len() < 3 || x.len() != y.len() || scale <= 0.0 {
        return None;
    }
    let product = dot(&x, &y);
    // Ranks are halves, so that equal products differ by rounding alone.
    let least = product.abs() - 1e-9 * scale;
    let p = if x.len() <= EXACT {
        let (mut reached, mut all) = (0u64, 0u64);
        for_each_order(&mut y, &mut |y| {
            all += 1;
            reached += u64::from(dot(&x, y).abs() >= least);
        });
        reached as f64 / all as f64
    } else {
        let draws = (VALUES / x.len()).clamp(999, DRAWS);
        let mut random = random::stream(seed, 0);
        let mut reached = 0;
        for _ in 0..draws {
            shuffle(&mut y, &mut random);
            reached += u64::from(dot(&x, &y).abs() >= least);
        }
        (reached + 1) as f64 / (draws + 1) as f64
    };
    let coefficient = (product / scale).clamp(-1.0, 1.0);
    Some(Association { coefficient, p })
}

/// Kendall's τ_b of pairs. None where one side does not vary.
pub fn kendall(x: &[f64], y: &[f64]) -> Option<f64> {
    let sign = |a: f64, b: f64| f64::from(a > b) - f64::from(a < b);
    let (mut together, mut in_x, mut in_y) = (0.0, 0.0, 0.0);
    for i in 0..x.len().min(y.len()) {
        for j in 0..i {
            let (a, b) = (sign(x[i], x[j]), sign(y[i], y[j]));
            together += a * b;
            in_x += a * a;
            in_y += b * b;
        }
    }
    let scale: f64 = (in_x * in_y).sqrt();
    (scale > 0.0).then(|| together / scale)
}

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let to = from + equal.len();
        for at in equal {
            ranks[*at] = (from + 1 + to) as f64 / 2.0;
        }
        from = to;
    }
    ranks
}

fn centered(values: &[f64]) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    values.iter().map(|value| value - mean).collect()
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

fn shuffle(values: &mut [f64], random: &mut impl Rng) {
    for last in (1..values.len()).rev() {
        values.swap(last, random.random_range(0..=last as u32) as usize);
    }
}

/// Visits every order of the values (Heap 1963).
fn for_each_order(values: &mut [f64], visit: &mut impl FnMut(&[f64])) {
    let mut counts = vec![0; values.len()];
    visit(values);
    let mut at = 1;
    while at < values.len() {
        if counts[at] < at {
            values.swap(if at % 2 == 0 { 0 } else { counts[at] }, at);
            visit(values);
            counts[at] += 1;
            at = 1;
        } else {
            counts[at] = 0;
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn all_orders_are_tried_once() {
        let mut seen = std::collections::BTreeSet::new();
        for_each_order(&mut [1.0, 2.0, 3.0, 4.0], &mut |order| {
            assert!(seen.insert(format!("{order:?}")));
        });
        assert_eq!(seen.len(), 24);
    }

    #[test]
    fn a_perfect_order_of_five_has_two_chances_in_120() {
        let found = spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 4.0, 8.0, 9.0, 10.0], 1).unwrap();
        assert_eq!(found.coefficient, 1.0);
        assert!((found.p - 2.0 / 120.0).abs() < 1e-12);
    }

    #[test]
    fn ties_share_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        // Worked by hand: of six pairs two agree and none disagrees; four differ on the left, three on the right.
        assert_eq!(
            kendall(&[1.0, 1.0, 2.0, 2.0], &[1.0, 1.0, 1.0, 2.0]),
            Some(2.0 / 12f64.sqrt())
        );
    }

    #[test]
    fn what_does_not_vary_goes_with_nothing() {
        assert_eq!(spearman(&[1.0; 12], &[2.0; 12], 1), None);
        assert_eq!(spearman(&[1.0, 2.0], &[2.0, 1.0], 1), None);
        assert_eq!(kendall(&[], &[]), None);
    }

    proptest! {
        // Every case tries all 5,040 orders of seven.
        #![proptest_config(ProptestConfig::with_cases(20))]

        #[test]
        fn drawn_and_exact_p_agree(pairs in proptest::collection::vec((0u8..9, 0u8..9), 7)) {
            let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().map(|(x, y)| (f64::from(*x), f64::from(*y))).unzip();
            if let Some(exact) = spearman(&x, &y, 1) {
                let (x, mut y) = (centered(&ranks(&x)), centered(&ranks(&y)));
                let least = dot(&x, &y).abs() - 1e-9;
                let mut random = random::stream(7, 0);
                let reached = (0..20_000).filter(|_| {
                    shuffle(&mut y, &mut random);
                    dot(&x, &y).abs() >= least
                });
                prop_assert!((reached.count() as f64 / 20_000.0 - exact.p).abs() < 0.02);
            }
        }
    }
}
