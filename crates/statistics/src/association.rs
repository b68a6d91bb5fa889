//! Whether two measures of the same teams go together: Spearman's ρ with a permutation test, and
//! Kendall's τ_b beside it.

use std::cmp::Ordering;

use rand::Rng;
use rayon::prelude::*;

use crate::{intervals, random};

/// Up to this many teams every order is tried.
const EXACT: usize = 9;
/// Random orders that are tried with more teams.
const DRAWS: usize = 200_000;
/// From this many teams on drawing ends early once so many draws have reached the coefficient and p
/// is at least 0.1: it is then known to 3% of itself (Besag and Clifford 1991).
const EARLY_FROM: usize = 100;
const REACHED_ENOUGH: usize = 1_000;
/// With more teams than this, Student's t is closer to the p value of all orders than so many draws
/// are, unless one value is that of more than half of the teams.
const MANY: usize = 1_000;
/// A coefficient this many standard errors from zero is reached by no draw: the normal
/// distribution, whose tails are the heavier ones, gives all draws together a chance of less than
/// 10⁻¹⁷.
const OUT_OF_REACH: f64 = 10.0;
/// Draws that come from one stream of random numbers, and the first such stream: away from those of
/// the bootstrap and of the rank sets.
const BLOCK: usize = 2_000;

/// Two coefficients of the same pairs, and the p value of the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Association {
    /// Spearman's rank correlation.
    pub spearman: f64,
    /// Kendall's τ_b.
    pub kendall: f64,
    /// Of Spearman's coefficient, two-sided, by permutation.
    pub p: f64,
}

/// How pairs go together, ties sharing their mean rank. The p value is exact up to nine pairs, else
/// (b+1)/(B+1) of 200,000 seeded draws, b of which reach the coefficient; with a hundred teams or
/// more drawing ends early where p is clearly large, and with more than a thousand p is that of
/// Student's t with n − 2 degrees of freedom. None for fewer than three pairs, where one side does
/// not vary, or where a value is no number.
pub fn association(x: &[f64], y: &[f64], seed: u64) -> Option<Association> {
    let count = x.len();
    if count < 3 || count != y.len() || x.iter().chain(y).any(|value| value.is_nan()) {
        return None;
    }
    let kendall = kendall(x, y)?;
    let (x, y) = (ranks(x), ranks(y));
    let product = dot(&x, &y);
    let scale = (dot(&x, &x) as f64 * dot(&y, &y) as f64).sqrt();
    let spearman = (product as f64 / scale).clamp(-1.0, 1.0);
    let p = if count <= EXACT {
        let (mut reached, mut all) = (0u64, 0u64);
        for_each_order(&mut y.clone(), &mut |y| {
            all += 1;
            reached += u64::from(dot(&x, y).abs() >= product.abs());
        });
        reached as f64 / all as f64
    } else if count > MANY && !is_mostly_one(&x) && !is_mostly_one(&y) {
        let degrees = count as f64 - 2.0;
        let statistic = spearman * (degrees / (1.0 - spearman * spearman)).sqrt();
        // No draw could say less than this.
        intervals::t_test(statistic, degrees)
            .unwrap_or_default()
            .max(1.0 / (DRAWS + 1) as f64)
    } else {
        drawn_p(&x, &y, seed)
    };
    Some(Association {
        spearman,
        kendall,
        p,
    })
}

/// Whether more than half of the ranks are one.
fn is_mostly_one(ranks: &[i32]) -> bool {
    let mut sorted = ranks.to_vec();
    sorted.sort_unstable();
    let runs = sorted.chunk_by(|a, b| a == b).map(<[_]>::len);
    runs.max().is_some_and(|most| 2 * most > ranks.len())
}

/// (b+1)/(B+1), where b of B random orders of `y` make a product with `x` as far from zero as
/// theirs. B is [`DRAWS`], or fewer where many teams show a p that is clearly large.
fn drawn_p(x: &[i32], y: &[i32], seed: u64) -> f64 {
    let product = dot(x, y);
    let squares = dot(x, x) as f64 * dot(y, y) as f64;
    if product as f64 * product as f64 * (x.len() as f64 - 1.0) > OUT_OF_REACH.powi(2) * squares {
        return 1.0 / (DRAWS + 1) as f64;
    }
    let p = |reached: usize, draws: usize| (reached + 1) as f64 / (draws + 1) as f64;
    let in_block = |block| reached(x, y.to_vec(), product, seed, block);
    let (mut reached, mut blocks) = (0, 0);
    while x.len() >= EARLY_FROM && blocks < REACHED_ENOUGH * 10 / BLOCK {
        reached += in_block(blocks);
        blocks += 1;
        if reached >= REACHED_ENOUGH {
            return p(reached, blocks * BLOCK);
        }
    }
    let rest = (blocks..DRAWS / BLOCK).into_par_iter().map(in_block);
    p(reached + rest.sum::<usize>(), DRAWS)
}

/// How many random orders of `y` in one block make a product as far from zero as this one.
fn reached(x: &[i32], mut y: Vec<i32>, product: i64, seed: u64, block: usize) -> usize {
    let mut random = random::stream(seed, random::Stream::Association, block as u64);
    let draws = (0..BLOCK).map(|_| product_of_shuffled(x, &mut y, &mut random));
    draws.filter(|drawn| drawn.abs() >= product.abs()).count()
}

/// Shuffles `y` (Fisher and Yates) and multiplies it with `x` on the way. A place is the upper half
/// of 32 random bits times the number of places, as even as 2³² allows.
fn product_of_shuffled(x: &[i32], y: &mut [i32], random: &mut impl Rng) -> i64 {
    let mut sum = 0;
    let mut bits = 0u64;
    for last in (0..y.len().min(x.len())).rev() {
        bits = if last % 2 == 1 {
            random.next_u64()
        } else {
            bits >> 32
        };
        let place = ((bits & 0xffff_ffff) * (last as u64 + 1)) >> 32;
        y.swap(last, place as usize);
        sum += i64::from(x[last]) * i64::from(y[last]);
    }
    sum
}

/// Kendall's τ_b of pairs (Knight 1966): sorted by `x`, the pairs that a sort by `y` has to turn
/// around are those that do not go together. None where one side does not vary.
fn kendall(x: &[f64], y: &[f64]) -> Option<f64> {
    let pairs_of = |count: usize| (count * count.saturating_sub(1) / 2) as f64;
    let alike = |runs: &mut dyn Iterator<Item = usize>| runs.map(pairs_of).sum::<f64>();
    let by = |a: f64, b: f64| a.partial_cmp(&b).unwrap_or(Ordering::Equal);
    let mut pairs: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    pairs.sort_unstable_by(|a, b| by(a.0, b.0).then(by(a.1, b.1)));
    let in_x = alike(&mut pairs.chunk_by(|a, b| a.0 == b.0).map(<[_]>::len));
    let in_both = alike(&mut pairs.chunk_by(|a, b| a == b).map(<[_]>::len));
    let mut sorted: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
    let turned = turned_around(&mut sorted, &mut vec![0.0; y.len()]);
    let in_y = alike(&mut sorted.chunk_by(|a, b| a == b).map(<[_]>::len));
    let all = pairs_of(pairs.len());
    let scale = ((all - in_x) * (all - in_y)).sqrt();
    let together = all - in_x - in_y + in_both - 2.0 * turned as f64;
    (scale > 0.0).then(|| together / scale)
}

/// Sorts the values by merging, and counts the pairs of which the greater stood in front.
fn turned_around(values: &mut [f64], room: &mut [f64]) -> u64 {
    let middle = values.len() / 2;
    if middle == 0 {
        return 0;
    }
    let (left, right) = values.split_at_mut(middle);
    let mut turned = turned_around(left, room) + turned_around(right, room);
    let (mut from_left, mut from_right) = (left.iter().peekable(), right.iter().peekable());
    for place in &mut room[..left.len() + right.len()] {
        let next = match (from_left.peek(), from_right.peek()) {
            (Some(a), Some(b)) if *b < *a => {
                turned += from_left.len() as u64;
                from_right.next()
            }
            (Some(_), _) => from_left.next(),
            (None, _) => from_right.next(),
        };
        *place = next.copied().unwrap_or_default();
    }
    let count = values.len();
    values.copy_from_slice(&room[..count]);
    turned
}

/// Twice the ranks less twice their mean, which are whole numbers; equal values share the mean of
/// their ranks.
fn ranks(values: &[f64]) -> Vec<i32> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0; values.len()];
    let mut from = 0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let to = from + equal.len();
        for at in equal {
            ranks[*at] = (from + to) as i32 - values.len() as i32;
        }
        from = to;
    }
    ranks
}

fn dot(x: &[i32], y: &[i32]) -> i64 {
    let products = x.iter().zip(y).map(|(x, y)| i64::from(*x) * i64::from(*y));
    products.sum()
}

/// Visits every order of the values (Heap 1963).
fn for_each_order(values: &mut [i32], visit: &mut impl FnMut(&[i32])) {
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
    use rand::RngExt;

    use super::*;
    use crate::reference::{near, within};

    #[test]
    fn with_many_teams_student_and_the_draws_agree() {
        for (together, ties) in [
            (0.0, 1_000.0),
            (0.03, 1_000.0),
            (0.05, 4.0),
            (0.08, 1_000.0),
        ] {
            let (x, y) = pairs(MANY + 1, together);
            let x: Vec<f64> = x.iter().map(|x| (x * ties).floor()).collect();
            let found = association(&x, &y, 1).unwrap();
            let drawn = drawn_p(&ranks(&x), &ranks(&y), 1);
            // Four standard errors of the draws.
            let error = (drawn * (1.0 - drawn) / 3_000.0).sqrt().min(0.03 * drawn);
            within(found.p, drawn, 4.0 * error + 1e-5);
        }
        // A metric that is zero nearly everywhere is left to the draws.
        let (x, y) = pairs(MANY + 1, 0.0);
        let x: Vec<f64> = x.iter().map(|x| f64::from(*x > 0.99)).collect();
        let found = association(&x, &y, 1).unwrap();
        assert_eq!(found.p, drawn_p(&ranks(&x), &ranks(&y), 1));
    }

    #[test]
    fn kendall_counts_what_all_pairs_say() {
        let mut random = random::numbered(5, 0);
        for count in [3, 10, 57] {
            let mut values = || -> Vec<f64> {
                (0..count)
                    .map(|_| f64::from(random.random_range(0..8u8)))
                    .collect()
            };
            let (x, y) = (values(), values());
            let sign = |a: f64, b: f64| f64::from(a > b) - f64::from(a < b);
            let (mut together, mut in_x, mut in_y) = (0.0, 0.0, 0.0);
            for (i, j) in (0..count).flat_map(|i| (0..i).map(move |j| (i, j))) {
                let (a, b) = (sign(x[i], x[j]), sign(y[i], y[j]));
                together += a * b;
                in_x += a * a;
                in_y += b * b;
            }
            let scale: f64 = in_x * in_y;
            match kendall(&x, &y) {
                Some(found) => near(found, together / scale.sqrt()),
                None => assert_eq!(scale, 0.0),
            }
        }
    }

    #[test]
    fn a_middling_p_is_that_of_all_orders_of_ten() {
        let x: Vec<f64> = (0..10).map(f64::from).collect();
        let y = [2.0, 0.0, 7.0, 1.0, 9.0, 3.0, 4.0, 5.0, 6.0, 8.0];
        let found = association(&x, &y, 1).unwrap();
        // Counted over all 3,628,800 orders.
        within(found.p, 0.113_854, 0.003);
    }

    /// As many pairs, of which this share goes together.
    fn pairs(count: usize, together: f64) -> (Vec<f64>, Vec<f64>) {
        let mut random = random::numbered(3, 0);
        let pairs = (0..count).map(|_| {
            let x: f64 = random.random();
            (
                x,
                if random.random::<f64>() < together {
                    x
                } else {
                    random.random()
                },
            )
        });
        pairs.unzip()
    }

    #[test]
    fn with_many_teams_fewer_draws_come_to_the_same() {
        let p = |together| {
            let (x, y) = pairs(400, together);
            let (x, y) = (ranks(&x), ranks(&y));
            let all: usize = (0..DRAWS / BLOCK)
                .map(|block| reached(&x, y.clone(), dot(&x, &y), 1, block))
                .sum();
            (drawn_p(&x, &y, 1), (all + 1) as f64 / (DRAWS + 1) as f64)
        };
        let (early, all) = p(0.0);
        assert!(all > 0.12 && early != all, "{early} and {all}");
        within(early, all, 0.01);
        let (strong, all) = p(0.7);
        assert_eq!((strong, all), (1.0 / 200_001.0, 1.0 / 200_001.0));
        let (between, all) = p(0.2);
        assert!(between == all && all < 0.1, "{between} and {all}");
    }

    #[test]
    fn draws_depend_on_the_seed_alone() {
        let medians: Vec<f64> = (0..30).map(|at| f64::from(at * 11 % 30)).collect();
        let y: Vec<f64> = (0..30).map(|at| f64::from(at * 7 % 30)).collect();
        let first = association(&medians, &y, 1);
        let one_thread = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        assert_eq!(first, one_thread.install(|| association(&medians, &y, 1)));
        assert_ne!(first, association(&medians, &y, 2));
    }

    #[test]
    fn shuffling_makes_every_order_equally_often() {
        let mut random = random::numbered(1, 0);
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..24_000 {
            let mut y = [1, 2, 3, 4];
            let product = product_of_shuffled(&[1, 10, 100, 1_000], &mut y, &mut random);
            assert_eq!(product, dot(&[1, 10, 100, 1_000], &y));
            *seen.entry(product).or_insert(0) += 1;
        }
        // Each of 24 orders in 1,000 cases, with a standard deviation of 31.
        assert_eq!(seen.len(), 24);
        assert!(
            seen.values().all(|times| (870..1_130).contains(times)),
            "{seen:?}"
        );
    }

    #[test]
    fn all_orders_are_tried_once() {
        let mut seen = std::collections::BTreeSet::new();
        for_each_order(&mut [1, 2, 3, 4], &mut |order| {
            assert!(seen.insert(format!("{order:?}")));
        });
        assert_eq!(seen.len(), 24);
    }

    #[test]
    fn a_perfect_order_of_five_has_two_chances_in_120() {
        let found =
            association(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 4.0, 8.0, 9.0, 10.0], 1).unwrap();
        assert_eq!((found.spearman, found.kendall), (1.0, 1.0));
        assert!((found.p - 2.0 / 120.0).abs() < 1e-12);
    }

    #[test]
    fn ties_share_their_ranks() {
        // The ranks 3½, 1, 3½ and 2, whose mean is 2½.
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [2, -3, 2, -1]);
        // Worked by hand: of six pairs two agree and none disagrees; four differ on the left, three
        // on the right.
        assert_eq!(
            kendall(&[1.0, 1.0, 2.0, 2.0], &[1.0, 1.0, 1.0, 2.0]),
            Some(2.0 / 12f64.sqrt())
        );
    }

    #[test]
    fn what_does_not_vary_goes_with_nothing() {
        assert_eq!(association(&[1.0; 12], &[2.0; 12], 1), None);
        assert_eq!(association(&[1.0, 2.0], &[2.0, 1.0], 1), None);
        assert_eq!(
            association(&[1.0, 2.0, f64::NAN], &[2.0, 1.0, 3.0], 1),
            None
        );
        assert_eq!(kendall(&[], &[]), None);
    }

    proptest! {
        // Every case tries all 5,040 orders of seven.
        #![proptest_config(ProptestConfig::with_cases(20))]

        #[test]
        fn drawn_and_exact_p_agree(pairs in proptest::collection::vec((0u8..9, 0u8..9), 7)) {
            let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().map(|(x, y)| (f64::from(*x), f64::from(*y))).unzip();
            if let Some(exact) = association(&x, &y, 1) {
                let (x, y) = (ranks(&x), ranks(&y));
                let reached = (0..10).map(|block| reached(&x, y.clone(), dot(&x, &y), 7, block));
                prop_assert!((reached.sum::<usize>() as f64 / 20_000.0 - exact.p).abs() < 0.02);
            }
        }
    }
}
