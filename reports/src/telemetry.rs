//! What pull requests say per team and month: percentiles of the phases of `pull_request`, of sizes and of review rounds.
//!
//! Times are hours. Percentiles are quantiles of type 7 (Hyndman and Fan 1996).

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rayon::prelude::*;

use crate::input::{Period, PullRequests};
use crate::metrics::{Metric, Source};

/// Percentiles of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    pub n: u32,
    pub p50: f64,
    pub p75: f64,
    pub p90: f64,
    pub mean: f64,
}

/// Percentiles and mean; none of an empty sample. The sample is left in another order.
pub fn summary(sample: &mut [f64]) -> Option<Summary> {
    let n = u32::try_from(sample.len()).ok().filter(|&n| n > 0)?;
    // Summed in order of size, so that the order of a file does not reach the last digit.
    sample.sort_unstable_by(f64::total_cmp);
    let mean = sample.iter().sum::<f64>() / f64::from(n);
    let quantile = |p| sorted_quantile(sample, p);
    Some(Summary {
        n,
        p50: quantile(0.5),
        p75: quantile(0.75),
        p90: quantile(0.9),
        mean,
    })
}

/// Quantile of type 7 of a sorted sample that is not empty.
fn sorted_quantile(sorted: &[f64], p: f64) -> f64 {
    let position = (sorted.len() - 1) as f64 * p;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (position - below as f64) * (sorted[above] - sorted[below])
}

/// Pull requests ordered by the tree, so that whatever a team and the teams below it did is one slice.
pub struct ByTeam<'a> {
    pull_requests: &'a PullRequests,
    /// Positions of pull requests that are merged and whose author has a team, in the order of the teams' leaves.
    order: Vec<u32>,
    /// For each position in `order`, the rank of its team among the sorted paths.
    bounds: Vec<usize>,
    /// The paths of the teams, sorted.
    paths: Vec<&'a str>,
}

impl<'a> ByTeam<'a> {
    /// Orders merged pull requests by team; those without a team are left out.
    pub fn new(pull_requests: &'a PullRequests) -> Self {
        let names = pull_requests.team.names.all();
        let mut codes: Vec<u32> = (0..names.len() as u32)
            .filter(|&code| !names[code as usize].is_empty())
            .collect();
        codes.sort_unstable_by_key(|&code| sort_key(&names[code as usize]));
        let mut rank = vec![usize::MAX; names.len()];
        for (position, &code) in codes.iter().enumerate() {
            rank[code as usize] = position;
        }
        let mut bounds = vec![0_usize; codes.len() + 1];
        let counted = |row: usize| {
            let rank = rank[pull_requests.team.codes[row] as usize];
            (rank != usize::MAX && pull_requests.stamps[row].merged.is_some()).then_some(rank)
        };
        for row in 0..pull_requests.len() {
            if let Some(rank) = counted(row) {
                bounds[rank + 1] += 1;
            }
        }
        for position in 1..bounds.len() {
            bounds[position] += bounds[position - 1];
        }
        let mut next = bounds.clone();
        let mut order = vec![0_u32; bounds.last().copied().unwrap_or(0)];
        for row in 0..pull_requests.len() {
            if let Some(rank) = counted(row) {
                order[next[rank]] = row as u32;
                next[rank] += 1;
            }
        }
        let paths = codes
            .iter()
            .map(|&code| names[code as usize].as_str())
            .collect();
        Self {
            pull_requests,
            order,
            bounds,
            paths,
        }
    }

    /// The merged pull requests of a team and the teams below it.
    pub fn within(&self, team: &str) -> &[u32] {
        let key = sort_key(team);
        let start = self.paths.partition_point(|path| sort_key(path) < key);
        let below = self.paths[start..].partition_point(|path| is_within(path, team));
        &self.order[self.bounds[start]..self.bounds[start + below]]
    }

    /// The merged pull requests of a team alone.
    pub fn of(&self, team: &str) -> &[u32] {
        let key = sort_key(team);
        let start = self.paths.partition_point(|path| sort_key(path) < key);
        match self.paths.get(start) {
            Some(&path) if path == team => &self.order[self.bounds[start]..self.bounds[start + 1]],
            _ => &[],
        }
    }

    /// All merged pull requests of authors with a team.
    pub fn all(&self) -> &[u32] {
        &self.order
    }

    /// The values of a metric over some pull requests merged within a period.
    pub fn values(&self, rows: &[u32], metric: &Metric, period: Option<Period>) -> Vec<f64> {
        rows.iter()
            .filter(|&&row| {
                period.is_none_or(|period| {
                    period.holds(self.pull_requests.stamps[row as usize].merged)
                })
            })
            .filter_map(|&row| self.value(row, metric))
            .collect()
    }

    /// The value of a metric of one pull request.
    fn value(&self, row: u32, metric: &Metric) -> Option<f64> {
        let row = row as usize;
        match metric.of {
            Source::Time(phase) => self.pull_requests.stamps[row].length(phase).hours(),
            Source::Lines => self.pull_requests.lines[row].map(f64::from),
            Source::ReviewRounds => self.pull_requests.review_rounds[row].map(f64::from),
        }
    }

    /// How many different people wrote some pull requests merged within a period.
    pub fn authors(&self, rows: &[u32], period: Option<Period>) -> u32 {
        let merged = |row: u32| self.pull_requests.stamps[row as usize].merged;
        let kept = rows
            .iter()
            .filter(|&&row| period.is_none_or(|period| period.holds(merged(row))));
        let mut authors: Vec<u32> = kept
            .map(|&row| self.pull_requests.author[row as usize])
            .collect();
        authors.sort_unstable();
        authors.dedup();
        authors.len() as u32
    }

    /// How many different people wrote those of some pull requests that have the metric.
    pub fn authors_of(&self, rows: &[u32], metric: &Metric, period: Option<Period>) -> u32 {
        let known: Vec<u32> = rows
            .iter()
            .copied()
            .filter(|&row| self.value(row, metric).is_some())
            .collect();
        self.authors(&known, period)
    }

    /// The months in which anything was merged by at least `minimum` people of a team, each metric summed up.
    pub fn months(&self, rows: &[u32], metrics: &[Metric], minimum: u32) -> Vec<Month> {
        let mut buckets: std::collections::BTreeMap<NaiveDate, Vec<u32>> =
            std::collections::BTreeMap::new();
        for &row in rows {
            if let Some(merged) = self.pull_requests.stamps[row as usize].merged {
                buckets.entry(month_of(merged)).or_default().push(row);
            }
        }
        let months: Vec<_> = buckets.into_iter().collect();
        let summed =
            months.par_iter().map(|(month, rows)| {
                let shown = self.authors(rows, None) >= minimum;
                let values = metrics.iter().enumerate().filter(|_| shown).filter_map(
                    |(position, metric)| {
                        // Few of the pull requests may have the stamps, so the people behind this very number are counted.
                        let known: Vec<u32> = rows
                            .iter()
                            .copied()
                            .filter(|&row| self.value(row, metric).is_some())
                            .collect();
                        if self.authors(&known, None) < minimum {
                            return None;
                        }
                        summary(&mut self.values(&known, metric, None))
                            .map(|summary| (position, summary))
                    },
                );
                Month {
                    start: *month,
                    metrics: values.collect(),
                }
            });
        summed.collect()
    }
}

/// What a team's pull requests of one month sum up to.
#[derive(Debug, Clone, PartialEq)]
pub struct Month {
    /// Its first day, UTC.
    pub start: NaiveDate,
    /// Positions in the list of metrics, with their percentiles.
    pub metrics: Vec<(usize, Summary)>,
}

fn month_of(instant: DateTime<Utc>) -> NaiveDate {
    let day = instant.date_naive();
    day.with_day(1).unwrap_or(day)
}

/// Whether a team is another one or below it.
pub(crate) fn is_within(team: &str, other: &str) -> bool {
    team.strip_prefix(other)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(" / "))
}

/// Sorts a team right before the teams below it, whatever characters its siblings' names hold.
pub(crate) fn sort_key(team: &str) -> impl Ord + use<> {
    team.split(" / ").map(str::to_owned).collect::<Vec<_>>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pull_request::Stamps;

    fn at(hour: i64) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(1_780_000_000 + hour * 3600, 0)
    }

    #[test]
    fn a_team_is_found_whatever_its_siblings_are_called() {
        let mut pull_requests = PullRequests::default();
        let teams = [
            "Eng / A",
            "Eng / A / x",
            "Eng / A!",
            "Eng / A / y",
            "Eng",
            "",
            "Eng / B",
        ];
        for (author, team) in teams.into_iter().enumerate() {
            let stamps = Stamps {
                merged: at(author as i64),
                ..Stamps::default()
            };
            pull_requests.push(team, author as u32, stamps, None, None);
        }
        let by_team = ByTeam::new(&pull_requests);
        let mut within = by_team.within("Eng / A").to_vec();
        within.sort_unstable();
        assert_eq!(within, [0, 1, 3]);
        assert_eq!(by_team.of("Eng / A"), [0]);
        assert_eq!(by_team.within("Eng").len(), 6);
        assert!(by_team.within("Nowhere").is_empty());
    }

    proptest! {
        #[test]
        fn percentiles_do_not_depend_on_order(sample in prop::collection::vec(0.0..1e4_f64, 1..50), by: usize) {
            let mut rotated = sample.clone();
            rotated.rotate_left(by % sample.len());
            prop_assert_eq!(summary(&mut sample.clone()), summary(&mut rotated));
        }

        #[test]
        fn percentiles_lie_within_the_sample(mut sample in prop::collection::vec(0.0..1e4_f64, 1..50)) {
            let summary = summary(&mut sample).unwrap();
            prop_assert!(sample[0] <= summary.p50 && summary.p50 <= summary.p75);
            prop_assert!(summary.p75 <= summary.p90 && summary.p90 <= sample[sample.len() - 1]);
        }
    }
}
