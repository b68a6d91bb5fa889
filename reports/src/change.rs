//! What changed between two waves, and whether that is more than noise.

use crate::findings::Change;
use crate::intervals::{self, wilson};

/// The same pillar's ratings of one group in two waves, people matched where they can be.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TwoWaves {
    /// Everybody's rating now.
    pub now: Sums,
    /// Everybody's rating before.
    pub before: Sums,
    /// Ratings now of those who rated in both waves.
    pub linked_now: Sums,
    /// Ratings before of those who rated in both waves.
    pub linked_before: Sums,
    /// Sum of the products of both ratings over those who rated in both waves.
    pub linked_products: f64,
}

/// Sums of some ratings.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sums {
    pub n: u32,
    pub sum: f64,
    pub squares: f64,
}

/// A test of the difference between two means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Test {
    /// The mean now less the mean before.
    pub change: f64,
    pub low: f64,
    pub high: f64,
    pub statistic: f64,
    pub degrees: f64,
    pub p: f64,
}

impl Sums {
    /// Adds a rating.
    pub fn add(&mut self, rating: u8) {
        let rating = f64::from(rating);
        self.n += 1;
        self.sum += rating;
        self.squares += rating * rating;
    }

    /// Adds the ratings of others.
    pub fn merge(&mut self, other: &Sums) {
        self.n += other.n;
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// The mean; NaN never reaches anybody, for callers ask groups with ratings only.
    fn mean(&self) -> f64 {
        self.sum / f64::from(self.n)
    }

    /// The sample variance.
    fn variance(&self) -> f64 {
        let n = f64::from(self.n);
        ((self.squares - self.sum * self.sum / n) / (n - 1.0)).max(0.0)
    }
}

impl TwoWaves {
    /// Adds the ratings of others.
    pub fn merge(&mut self, other: &TwoWaves) {
        self.now.merge(&other.now);
        self.before.merge(&other.before);
        self.linked_now.merge(&other.linked_now);
        self.linked_before.merge(&other.linked_before);
        self.linked_products += other.linked_products;
    }

    /// Adds somebody who rated in one wave or in both.
    pub fn add(&mut self, now: Option<u8>, before: Option<u8>) {
        if let Some(rating) = now {
            self.now.add(rating);
        }
        if let Some(rating) = before {
            self.before.add(rating);
        }
        self.link(now, before);
    }

    /// Links the two ratings of somebody whose single ratings are added elsewhere.
    pub fn link(&mut self, now: Option<u8>, before: Option<u8>) {
        if let (Some(now), Some(before)) = (now, before) {
            self.linked_now.add(now);
            self.linked_before.add(before);
            self.linked_products += f64::from(now) * f64::from(before);
        }
    }

    /// The partially overlapping samples test with unequal variances (Derrick, Toher and White 2017): linked people count as pairs,
    /// the others as two samples. With fewer than two linked people, or with all their ratings alike, it is Welch's test. None where neither wave's
    /// ratings vary or one has fewer than two.
    pub fn test(&self) -> Option<Test> {
        if self.now.n < 2 || self.before.n < 2 {
            return None;
        }
        let (n, m) = (f64::from(self.now.n), f64::from(self.before.n));
        let (a, b) = (self.now.variance() / n, self.before.variance() / m);
        if a + b <= 0.0 {
            return None;
        }
        let welch = (a + b) * (a + b) / (a * a / (n - 1.0) + b * b / (m - 1.0));
        let linked = f64::from(self.linked_now.n);
        let (error, degrees) = match self.correlation() {
            Some(r) => {
                let shared =
                    2.0 * r * (self.now.variance() * self.before.variance()).sqrt() * linked
                        / (n * m);
                let alone = (n - linked) + (m - linked);
                let degrees =
                    (linked - 1.0) + (welch - linked + 1.0) / (alone + 2.0 * linked) * alone;
                ((a + b - shared).sqrt(), degrees)
            }
            None => ((a + b).sqrt(), welch),
        };
        let change = self.now.mean() - self.before.mean();
        if !(error > 0.0 && error.is_finite()) {
            return None;
        }
        let statistic = change / error;
        let half = intervals::t(degrees)? * error;
        Some(Test {
            change,
            low: change - half,
            high: change + half,
            statistic,
            degrees,
            p: intervals::t_test(statistic, degrees)?,
        })
    }

    /// Pearson's correlation of the linked ratings; None where it does not exist.
    fn correlation(&self) -> Option<f64> {
        if self.linked_now.n < 2 {
            return None;
        }
        let n = f64::from(self.linked_now.n);
        let covariance =
            (self.linked_products - self.linked_now.sum * self.linked_before.sum / n) / (n - 1.0);
        let scale = (self.linked_now.variance() * self.linked_before.variance()).sqrt();
        (scale > 0.0).then(|| (covariance / scale).clamp(-1.0, 1.0))
    }
}

/// The change of a favorable share with Newcombe's interval, as if the two waves were independent (Newcombe 1998, method 10).
/// x of n are favorable; None where a wave has no ratings.
pub fn newcombe(now: (u32, u32), before: (u32, u32)) -> Option<Change> {
    let (now, before) = (wilson(now.0, now.1)?, wilson(before.0, before.1)?);
    let change = now.value - before.value;
    let down = (now.value - now.low).hypot(before.high - before.value);
    let up = (now.high - now.value).hypot(before.value - before.low);
    Some(Change {
        change,
        low: change - down,
        high: change + up,
        q: None,
    })
}

/// False discovery rates of p values that are shown together (Benjamini and Hochberg 1995), in the same order.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*b].total_cmp(&p[*a]));
    let mut q = vec![1.0; p.len()];
    let mut least: f64 = 1.0;
    for (above, at) in order.into_iter().enumerate() {
        let rank = (p.len() - above) as f64;
        least = least.min(p[at] * p.len() as f64 / rank);
        q[at] = least;
    }
    q
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;
    use crate::reference::{Table, input, near, within};

    /// The two waves' ratings of a team of the reference, by pillar.
    fn two_waves(team: &str, pillar: &str) -> TwoWaves {
        let input = input(2);
        let ratings = |responses: &crate::input::Responses| -> HashMap<String, u8> {
            let column = responses
                .ratings
                .iter()
                .find(|column| column.item == pillar)
                .unwrap();
            (0..responses.len())
                .filter(|row| responses.people.team.value(*row).starts_with(team))
                .filter(|row| (1..=5).contains(&column.cells[*row]))
                .map(|row| (responses.respondents[row].clone(), column.cells[row]))
                .collect()
        };
        let now = ratings(&input.responses);
        let mut before = ratings(&input.previous[0].responses);
        let mut both = TwoWaves::default();
        for (respondent, rating) in now {
            both.add(Some(rating), before.remove(&respondent));
        }
        before
            .into_values()
            .for_each(|rating| both.add(None, Some(rating)));
        both
    }

    #[test]
    fn partly_linked_waves_are_compared_as_in_the_reference() {
        let expected = Table::expected("changes");
        assert_eq!(expected.len(), 48);
        for row in expected.rows() {
            let both = two_waves(row.text("team"), row.text("pillar"));
            let counts = [both.before.n, both.now.n, both.linked_now.n];
            assert_eq!(
                counts,
                ["n_1", "n_2", "n_both"].map(|column| row.count(column))
            );
            let test = both.test().unwrap();
            near(both.correlation().unwrap(), row.number("r"));
            near(test.change, row.number("change"));
            near(test.statistic, row.number("t"));
            within(test.degrees, row.number("df"), 1e-6);
            near(test.p, row.number("p"));
            near(test.low, row.number("low"));
            near(test.high, row.number("high"));

            let unlinked = TwoWaves {
                now: both.now,
                before: both.before,
                ..TwoWaves::default()
            };
            let welch = unlinked.test().unwrap();
            near(welch.statistic, row.number("welch_t"));
            within(welch.degrees, row.number("welch_df"), 1e-6);
            near(welch.p, row.number("welch_p"));
        }
    }

    #[test]
    fn false_discovery_rates_are_those_of_the_reference() {
        let expected = Table::expected("changes");
        let teams: Vec<String> = expected
            .rows()
            .map(|row| row.text("team").to_owned())
            .collect();
        for team in teams {
            let rows = || expected.rows().filter(|row| row.text("team") == team);
            let p: Vec<f64> = rows().map(|row| row.number("p")).collect();
            for (q, row) in benjamini_hochberg(&p).into_iter().zip(rows()) {
                near(q, row.number("q"));
            }
        }
        assert!(benjamini_hochberg(&[]).is_empty());
    }

    #[test]
    fn changes_of_shares_are_those_of_the_reference() {
        let input = input(2);
        for row in Table::expected("newcombe").rows() {
            let share = |responses: &crate::input::Responses| {
                let column = responses
                    .ratings
                    .iter()
                    .find(|column| column.item == row.text("pillar"));
                let cells = &column.unwrap().cells;
                let rated = cells.iter().filter(|cell| (1..=5).contains(*cell));
                (
                    cells.iter().filter(|cell| matches!(cell, 4 | 5)).count() as u32,
                    rated.count() as u32,
                )
            };
            let change =
                newcombe(share(&input.responses), share(&input.previous[0].responses)).unwrap();
            near(change.change, row.number("difference"));
            near(change.low, row.number("low"));
            near(change.high, row.number("high"));
        }
    }

    #[test]
    fn where_nothing_varies_there_is_no_test() {
        let mut both = TwoWaves::default();
        assert_eq!(both.test(), None);
        for _ in 0..5 {
            both.add(Some(3), Some(3));
        }
        assert_eq!(both.test(), None);
        assert_eq!(newcombe((0, 0), (1, 2)), None);
    }

    proptest! {
        #[test]
        fn a_test_is_finite_or_none(ratings in proptest::collection::vec((0u8..=5, 0u8..=5), 0..40)) {
            let mut both = TwoWaves::default();
            for (now, before) in ratings {
                both.add((now > 0).then_some(now), (before > 0).then_some(before));
            }
            if let Some(test) = both.test() {
                prop_assert!([test.change, test.low, test.high, test.degrees].iter().all(|x| x.is_finite()));
                prop_assert!((0.0..=1.0).contains(&test.p) && test.low <= test.change && test.change <= test.high);
            }
        }
    }
}
