//! What changed between two waves, and whether that is more than noise.

use crate::estimate::Change;
use crate::intervals::{self, wilson};
use crate::resample;
use crate::thresholds::COEFFICIENT_TEAMS;

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

    /// The partially overlapping samples test with unequal variances (Derrick, Toher and White
    /// 2017): linked people count as pairs, the others as two samples. With fewer than two linked
    /// people, or with all their ratings alike, it is Welch's test. None where neither wave's
    /// ratings vary, one has fewer than two, or everybody is linked and moved by the same step.
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
                // Where all moved by the same step nothing but rounding is left.
                let rest = a + b - shared;
                if rest <= 1e-12 * (a + b) {
                    return None;
                }
                (rest.sqrt(), degrees)
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
    pub fn correlation(&self) -> Option<f64> {
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

/// The change of a favorable share with Newcombe's interval, as if the two waves were independent
/// (Newcombe 1998, method 10). x of n are favorable; None where a wave has no ratings.
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
        q_by_team: None,
    })
}

/// The change of the index: the mean of the pillars' favorable shares now less that before, whole
/// units of chance being drawn once for both waves.
///
/// Of each unit (a team) there are the favorable ratings by pillar, then the ratings by pillar; the
/// n-th unit is the same in both waves, and without ratings in one that it had no part in. A unit
/// that is favorable beyond what its size lets expect was often so before: what it adds to the one
/// index and to the other is taken together, so that what a team keeps cancels out. The variance is
/// G/(G−1)·Σd² of these differences d by linearization, and Student's t has G−1 degrees of freedom.
/// The q is the p value, for the index stands alone. None where a pillar has no ratings or there
/// are fewer than two units; without q where nothing varies.
pub fn index(now: &resample::Sums, before: &resample::Sums) -> Option<Change> {
    let Clustered {
        change,
        error,
        units,
    } = clustered(now, before)?;
    let half = intervals::t(units - 1.0)? * error;
    Some(Change {
        change,
        low: (change - half).max(-1.0),
        high: (change + half).min(1.0),
        q: if error > 1e-12 {
            intervals::t_test(change / error, units - 1.0)
        } else {
            None
        },
        q_by_team: None,
    })
}

/// The p value of a change of a mean rating when whole teams are the units of chance, in the way of
/// [`index`]: sums of ratings, then ratings, of each team in both waves. What all of a team went
/// through moves all its people and counts once. None for fewer than eight teams.
pub fn by_team(now: &resample::Sums, before: &resample::Sums) -> Option<f64> {
    let found = clustered(now, before)?;
    let is_known = found.units >= COEFFICIENT_TEAMS as f64 && found.error > 1e-12;
    is_known
        .then(|| intervals::t_test(found.change / found.error, found.units - 1.0))
        .flatten()
}

/// A change with its error when whole units are drawn, and how many there are.
struct Clustered {
    change: f64,
    error: f64,
    units: f64,
}

fn clustered(now: &resample::Sums, before: &resample::Sums) -> Option<Clustered> {
    let (value_now, of_units_now) = index_by_unit(now)?;
    let (value_before, of_units_before) = index_by_unit(before)?;
    let present =
        |(now, before): &(&[f64], &[f64])| now.iter().chain(*before).any(|sum| *sum > 0.0);
    let units = now.teams().zip(before.teams()).filter(present).count() as f64;
    if units < 2.0 {
        return None;
    }
    let differences = of_units_now.iter().zip(&of_units_before);
    let squares: f64 = differences
        .map(|(now, before)| (now - before).powi(2))
        .sum();
    Some(Clustered {
        change: value_now - value_before,
        error: (units / (units - 1.0) * squares).sqrt(),
        units,
    })
}

/// The index of a wave, and by how much each unit moves it.
fn index_by_unit(sums: &resample::Sums) -> Option<(f64, Vec<f64>)> {
    let pillars = sums.width / 2;
    let total = sums.total();
    let (favorable, ratings) = total.split_at(pillars);
    if pillars == 0 || ratings.iter().any(|ratings| *ratings <= 0.0) {
        return None;
    }
    let shares: Vec<f64> = favorable.iter().zip(ratings).map(|(x, n)| x / n).collect();
    let moves = |unit: &[f64]| {
        let by_pillar =
            (0..pillars).map(|at| (unit[at] - shares[at] * unit[pillars + at]) / ratings[at]);
        by_pillar.sum::<f64>() / pillars as f64
    };
    let index = shares.iter().sum::<f64>() / pillars as f64;
    Some((index, sums.teams().map(moves).collect()))
}

/// False discovery rates of p values that are shown together (Benjamini and Hochberg 1995), in the
/// same order.
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
    use proptest::prelude::*;

    use super::*;
    use crate::reference::{Table, near, within};

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

    /// Favorable ratings and ratings of one pillar by team.
    fn teams(favorable_of: &[(u32, u32)]) -> resample::Sums {
        let mut sums = resample::Sums::new(favorable_of.len(), 2);
        for (at, (favorable, ratings)) in favorable_of.iter().enumerate() {
            sums.team(at)
                .copy_from_slice(&[f64::from(*favorable), f64::from(*ratings)]);
        }
        sums
    }

    #[test]
    fn the_index_of_teams_of_one_size_changes_as_in_the_paired_t_test() {
        // Shares of five teams of ten: .5 .4 .8 .6 .2 before, changes −.1 −.2 0 −.1 −.1 with mean
        // −.1 and sd .070711.
        let before = teams(&[(5, 10), (4, 10), (8, 10), (6, 10), (2, 10)]);
        let now = teams(&[(4, 10), (2, 10), (8, 10), (5, 10), (1, 10)]);
        let found = index(&now, &before).unwrap();
        near(found.change, -0.1);
        let half = 2.776_445_105_197_793 * 0.005f64.sqrt() / 5f64.sqrt();
        within(found.low, -0.1 - half, 1e-8);
        within(found.high, -0.1 + half, 1e-8);
        // t = −3.162278 with four degrees of freedom.
        within(found.q.unwrap(), 0.034_109_423, 1e-8);
    }

    #[test]
    fn what_teams_keep_does_not_blur_the_change_of_the_index() {
        // The teams differ much from each other and fall alike; taken as independent waves their
        // differences would drown it.
        let before = teams(&[(9, 10), (2, 10), (7, 10), (3, 10), (10, 10), (1, 10)]);
        let now = teams(&[(8, 10), (1, 10), (6, 10), (2, 10), (9, 10), (1, 10)]);
        assert!(index(&now, &before).unwrap().is_beyond_noise());
        let shuffled = teams(&[(1, 10), (9, 10), (2, 10), (8, 10), (1, 10), (6, 10)]);
        assert!(!index(&shuffled, &before).unwrap().is_beyond_noise());
    }

    #[test]
    fn an_index_that_cannot_be_compared_has_no_change() {
        assert_eq!(index(&teams(&[(1, 9)]), &teams(&[(2, 9)])), None);
        assert_eq!(index(&teams(&[]), &teams(&[])), None);
        assert_eq!(
            index(&teams(&[(0, 0), (0, 0)]), &teams(&[(2, 9), (1, 9)])),
            None
        );
        let same = index(&teams(&[(3, 9), (3, 9)]), &teams(&[(3, 9), (3, 9)])).unwrap();
        assert_eq!(
            (same.change, same.low, same.high, same.q),
            (0.0, 0.0, 0.0, None)
        );
        // A team that is new now counts as one in both waves.
        let grown = index(
            &teams(&[(3, 9), (5, 9), (1, 9)]),
            &teams(&[(3, 9), (4, 9), (0, 0)]),
        );
        assert!(grown.is_some_and(|change| change.q.is_some_and(f64::is_finite)));
    }

    #[test]
    fn when_everybody_moves_by_the_same_step_rounding_makes_no_certainty() {
        for n in 5..30u32 {
            for shape in 0..40u32 {
                let mut both = TwoWaves::default();
                for person in 0..n {
                    let before = (person * (2 * shape + 1) + person * person * shape) % 4 + 1;
                    both.add(Some(before as u8 + 1), Some(before as u8));
                }
                assert_eq!(both.test(), None, "{n} {shape}");
            }
        }
    }

    #[test]
    fn what_whole_teams_go_through_is_no_discovery() {
        // 30 teams of nine, all linked; nothing changes but what each team goes through in a wave.
        let (mut people, mut both) = (0, 0);
        for run in 0..100u64 {
            let mut random = crate::random::numbered(11, run);
            let (mut alone, mut by_teams) = (Vec::new(), Vec::new());
            for _ in 0..8 {
                let mut waves = TwoWaves::default();
                let mut sums = [resample::Sums::new(30, 2), resample::Sums::new(30, 2)];
                for team in 0..30 {
                    let mut plain = [0.0; 3 + 3 * 9];
                    crate::ranks::normal(&mut plain, &mut random);
                    for person in 0..9 {
                        let own = 3.0 + 0.43 * plain[0] + 0.7 * plain[3 + person];
                        let rating = |wave: usize| {
                            let noise = 0.85 * plain[3 + 9 * (1 + wave) + person];
                            (own + 0.3 * plain[1 + wave] + noise)
                                .round()
                                .clamp(1.0, 5.0)
                        };
                        waves.add(Some(rating(0) as u8), Some(rating(1) as u8));
                        for (wave, sums) in sums.iter_mut().enumerate() {
                            sums.team(team)[0] += rating(wave);
                            sums.team(team)[1] += 1.0;
                        }
                    }
                }
                alone.push(waves.test().unwrap().p);
                by_teams.push(by_team(&sums[0], &sums[1]).unwrap());
            }
            let found = |p: &[f64]| {
                benjamini_hochberg(p)
                    .iter()
                    .map(|q| *q <= 0.05)
                    .collect::<Vec<_>>()
            };
            let (alone, by_teams) = (found(&alone), found(&by_teams));
            people += u32::from(alone.contains(&true));
            both += u32::from(alone.iter().zip(&by_teams).any(|(a, b)| *a && *b));
        }
        assert!(people > 15 && both <= 10, "{people} {both}");
    }

    #[test]
    fn few_teams_have_no_test_of_their_own() {
        let seven = teams(&[(1, 5); 7]);
        assert_eq!(by_team(&seven, &teams(&[(2, 5); 7])), None);
        // Eight that all move by the same leave nothing to chance.
        assert_eq!(by_team(&teams(&[(1, 5); 8]), &teams(&[(2, 5); 8])), None);
        let moved = [
            (1, 5),
            (2, 5),
            (1, 5),
            (1, 5),
            (2, 5),
            (1, 5),
            (1, 5),
            (2, 5),
        ];
        assert!(by_team(&teams(&moved), &teams(&[(3, 5); 8])).is_some_and(|p| p < 0.001));
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
