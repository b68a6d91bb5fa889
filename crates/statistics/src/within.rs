//! Whether two measures of the same people go together within their teams: what one sees across
//! teams overstates it (Robinson 1950).
//!
//! Both are ranked over everybody, ties sharing their mean rank, and each team's mean rank is taken
//! off (the rank transform of an analysis with teams as fixed effects, Conover and Iman 1981); what
//! is left is correlated. Without a link every order within a team is as likely as any other: p is
//! by shuffling within teams, or for many people by the normal distribution with the exact variance
//! of such shuffles (Hoeffding 1951).
//!
//! People are behind the numbers one by one. So there have to be many of them, and what is released
//! is coarse: with two digits of each coefficient nobody's rating can be worked out.

use rand::RngExt;
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::random::{self, Stream};
use crate::thresholds::COEFFICIENT_TEAMS;

/// Fewer people, or fewer teams with at least two of them, have no coefficient.
pub const FEWEST_PEOPLE: usize = 50;
pub const FEWEST_TEAMS: usize = COEFFICIENT_TEAMS;
/// With more people than this, no shuffles.
const MANY: usize = 500;
const BLOCKS: u64 = 10;
const DRAWS_A_BLOCK: usize = 1_000;

/// One person's two measures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The person's team.
    pub team: u32,
    pub x: f64,
    pub y: f64,
}

/// A coefficient of people within their teams.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Within {
    /// Spearman's, in hundredths.
    pub spearman: f64,
    /// Two-sided, rounded up to hundredths.
    pub p: f64,
    /// People in teams of two or more.
    pub people: usize,
}

/// None for too few people or teams, and where one side does not vary within any team. The order of
/// the pairs does not matter.
pub fn within(pairs: &[Pair], seed: u64) -> Option<Within> {
    let mut pairs = pairs.to_vec();
    pairs.sort_unstable_by(|a, b| {
        let by_values = || a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y));
        a.team.cmp(&b.team).then_with(by_values)
    });
    let teams = pairs.chunk_by(|a, b| a.team == b.team);
    let teams: Vec<&[Pair]> = teams.filter(|team| team.len() > 1).collect();
    let sizes: Vec<usize> = teams.iter().map(|team| team.len()).collect();
    let people: usize = sizes.iter().sum();
    if people < FEWEST_PEOPLE || sizes.len() < FEWEST_TEAMS {
        return None;
    }
    let x = centered(
        ranks(teams.iter().copied().flatten().map(|pair| pair.x)),
        &sizes,
    );
    let y = centered(
        ranks(teams.iter().copied().flatten().map(|pair| pair.y)),
        &sizes,
    );
    let scale = (dot(&x, &x) * dot(&y, &y)).sqrt();
    if scale < 1e-9 {
        return None;
    }
    let product = dot(&x, &y);
    let p = if people > MANY {
        normal_p(&x, &y, &sizes, product)?
    } else {
        shuffled_p(&x, &y, &sizes, product, seed)
    };
    Some(Within {
        spearman: (product / scale * 100.0).round() / 100.0,
        p: (p * 100.0 - 1e-9).ceil() / 100.0,
        people,
    })
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// From 1 on; equal values share the mean of their ranks.
fn ranks(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let values: Vec<f64> = values.collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    for equal in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let to = from + equal.len();
        for at in equal {
            ranks[*at] = (from + to + 1) as f64 / 2.0;
        }
        from = to;
    }
    ranks
}

/// Less the mean of each team; teams follow each other.
fn centered(mut ranks: Vec<f64>, sizes: &[usize]) -> Vec<f64> {
    let mut rest = &mut ranks[..];
    for size in sizes {
        let (team, after) = rest.split_at_mut(*size);
        let mean = team.iter().sum::<f64>() / *size as f64;
        team.iter_mut().for_each(|rank| *rank -= mean);
        rest = after;
    }
    ranks
}

/// (b+1)/(B+1), where b of B orders of each team make a product as far from zero.
fn shuffled_p(x: &[f64], y: &[f64], sizes: &[usize], product: f64, seed: u64) -> f64 {
    // Rounding must not tell equal products apart.
    let reach = product.abs() * (1.0 - 1e-9);
    let reached = |block: u64| {
        let mut numbers = random::stream(seed, Stream::Within, block);
        let mut y = y.to_vec();
        let draw = |_: &usize| {
            let mut from = 0;
            for size in sizes {
                let team = &mut y[from..from + size];
                for last in (1..team.len()).rev() {
                    team.swap(last, numbers.random_range(0..=last));
                }
                from += size;
            }
            dot(x, &y).abs() >= reach
        };
        (0..DRAWS_A_BLOCK).filter(draw).count()
    };
    let reached: usize = (0..BLOCKS).into_par_iter().map(reached).sum();
    (reached + 1) as f64 / (BLOCKS as usize * DRAWS_A_BLOCK + 1) as f64
}

/// Within a team of n the product of shuffled sides has the variance SSx·SSy/(n−1).
fn normal_p(x: &[f64], y: &[f64], sizes: &[usize], product: f64) -> Option<f64> {
    let (mut variance, mut from) = (0.0, 0);
    for size in sizes {
        let team = from..from + size;
        let (x, y) = (&x[team.clone()], &y[team]);
        variance += dot(x, x) * dot(y, y) / (*size as f64 - 1.0);
        from += size;
    }
    let normal = Normal::new(0.0, 1.0).ok()?;
    Some(2.0 * normal.cdf(-(product / variance.sqrt()).abs()))
}

#[cfg(test)]
mod tests {
    use rand_pcg::Pcg64;

    use super::*;

    /// Teams of so many people. `between` moves both sides of a whole team, `within` the second
    /// side of a person with the first; the second is a rating.
    fn pairs(teams: u32, size: usize, between: f64, within: f64, seed: u64) -> Vec<Pair> {
        let mut numbers = random::numbered(seed, 9);
        let mut spread = move || (0..4).map(|_| numbers.random::<f64>() - 0.5).sum::<f64>();
        let mut all = Vec::new();
        for team in 0..teams {
            let lift = between * spread();
            for _ in 0..size {
                let own = spread();
                let y = 3.0 + 1.6 * (lift + within * own + spread());
                all.push(Pair {
                    team,
                    x: lift + own,
                    y: y.round().clamp(1.0, 5.0),
                });
            }
        }
        all
    }

    #[test]
    fn what_only_teams_share_is_no_link_within_them() {
        let apart = within(&pairs(40, 10, 3.0, 0.0, 1), 1).unwrap();
        assert!(apart.spearman.abs() < 0.12 && apart.p > 0.05, "{apart:?}");
        let together = within(&pairs(40, 10, 0.0, 0.8, 1), 1).unwrap();
        assert!(
            together.spearman > 0.4 && together.p == 0.01,
            "{together:?}"
        );
        assert_eq!(together.people, 400);
    }

    #[test]
    fn a_coefficient_is_that_of_centered_ranks() {
        // Eight teams of the same seven people: the ranks of one team, eight times over.
        let x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let y = [1.0, 2.0, 2.0, 3.0, 5.0, 4.0, 5.0];
        let pairs = (0..8).flat_map(|team| {
            let own = x.iter().zip(&y);
            own.map(move |(x, y)| Pair { team, x: *x, y: *y })
        });
        let found = within(&pairs.collect::<Vec<_>>(), 1).unwrap();
        // cor(rank(x), rank(y)) of the seven: deviations −3…3, and −3, −1.5, −1.5, 0, 2.5, 1, 2.5:
        // 25.5 / √(28 · 27).
        let expected: f64 = 25.5 / (28.0_f64 * 27.0).sqrt();
        assert_eq!(found.spearman, (expected * 100.0).round() / 100.0);
    }

    #[test]
    fn shuffles_and_the_normal_distribution_agree() {
        let pairs = pairs(30, 8, 1.0, 0.12, 5);
        let sizes = [8; 30];
        let x = centered(ranks(pairs.iter().map(|pair| pair.x)), &sizes);
        let y = centered(ranks(pairs.iter().map(|pair| pair.y)), &sizes);
        let product = dot(&x, &y);
        let shuffled = shuffled_p(&x, &y, &sizes, product, 1);
        let normal = normal_p(&x, &y, &sizes, product).unwrap();
        assert!(
            (0.001..0.9).contains(&normal) && (shuffled - normal).abs() < 0.02,
            "{shuffled} {normal}"
        );
    }

    #[test]
    fn few_people_or_teams_and_sides_that_do_not_vary_have_none() {
        assert!(within(&pairs(7, 10, 1.0, 0.5, 1), 1).is_none());
        assert!(within(&pairs(49, 1, 1.0, 0.5, 1), 1).is_none());
        assert!(within(&pairs(8, 6, 1.0, 0.5, 1), 1).is_none());
        assert!(within(&pairs(8, 7, 1.0, 0.5, 1), 1).is_some());
        let mut same = pairs(8, 7, 1.0, 0.5, 1);
        same.iter_mut()
            .for_each(|pair| pair.y = f64::from(pair.team % 5));
        assert!(within(&same, 1).is_none());
        assert!(within(&[], 1).is_none());
    }

    #[test]
    fn the_order_of_people_does_not_matter() {
        let mut pairs = pairs(9, 7, 1.0, 0.3, 2);
        let found = within(&pairs, 1);
        pairs.reverse();
        pairs.swap(3, 40);
        assert_eq!(within(&pairs, 1), found);
    }

    /// An attacker knows everybody's metrics, the sums of ratings of each team, and what is
    /// released of two metrics. For each person there is another rating that gives the same.
    #[test]
    fn nobodys_rating_can_be_worked_out() {
        let first = pairs(8, 7, 1.0, 0.4, 3);
        let mut numbers = random::numbered(4, 9);
        let second: Vec<Pair> = (first.iter())
            .map(|pair| Pair {
                x: 0.5 * pair.x + numbers.random::<f64>(),
                ..*pair
            })
            .collect();
        let coefficients = |first: &[Pair], second: &[Pair]| {
            [first, second].map(|pairs| {
                let sizes = [7; 8];
                let x = centered(ranks(pairs.iter().map(|pair| pair.x)), &sizes);
                let y = centered(ranks(pairs.iter().map(|pair| pair.y)), &sizes);
                let scale = (dot(&x, &x) * dot(&y, &y)).sqrt();
                (dot(&x, &y) / scale * 100.0).round()
            })
        };
        let released = |first: &[Pair], second: &[Pair]| [within(first, 1), within(second, 1)];
        let (truth, coarse) = (released(&first, &second), coefficients(&first, &second));
        for person in 0..first.len() {
            let other = (0..20_000).any(|_| {
                let (mut a, mut b) = (first.clone(), second.clone());
                for (at, step) in moves(person, &mut numbers) {
                    a[at].y += step;
                    b[at].y += step;
                }
                let valid = a.iter().all(|pair| (1.0..=5.0).contains(&pair.y));
                valid
                    && a[person].y != first[person].y
                    && coefficients(&a, &b) == coarse
                    && released(&a, &b) == truth
            });
            assert!(other, "person {person} can be told");
        }
    }

    /// Steps that keep the sums of all teams of seven: the person up or down and a colleague the
    /// other way, and perhaps the same in two other teams.
    fn moves(person: usize, numbers: &mut Pcg64) -> Vec<(usize, f64)> {
        let mut steps = Vec::new();
        let mut exchange = |one: usize, numbers: &mut Pcg64| {
            let colleague = one / 7 * 7 + numbers.random_range(0..7);
            let step = if numbers.random() { 1.0 } else { -1.0 };
            steps.extend([(one, step), (colleague, -step)]);
        };
        exchange(person, numbers);
        for _ in 0..numbers.random_range(0..=2) {
            let one = numbers.random_range(0..56);
            exchange(one, numbers);
        }
        steps
    }
}
