//! What pull requests say per team and month: percentiles of the phases of `pull_request`, of sizes and of review rounds.
//!
//! Times are hours. Percentiles are quantiles of type 7 (Hyndman and Fan 1996). Teams are nodes of the tree; what lies within a node is one slice of rows
//! that are ordered by node, so that no level is gathered anew.

mod watched;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rayon::prelude::*;
use tribometer_findings::Hidden;
use tribometer_statistics::intervals::{self, quantile};
use tribometer_surveys::telemetry::metrics::{Metric, Value};
use tribometer_surveys::telemetry::pull_request::{Length, Phase, Stamps};

use crate::by_node::ByNode;
use crate::groups::Tree;
use crate::input::{Period, PullRequests};
use crate::release;

pub use watched::{Spans, Watched};

/// Percentiles of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    pub n: u32,
    pub p50: f64,
    pub p75: f64,
    pub p90: f64,
    pub mean: f64,
}

/// Percentiles and mean of sorted values; none without values.
pub fn summary(sorted: &[f64]) -> Option<Summary> {
    let n = u32::try_from(sorted.len()).ok()?;
    let at = |share| quantile(sorted, share);
    Some(Summary {
        n,
        p50: at(0.5)?,
        p75: at(0.75)?,
        p90: at(0.9)?,
        // Summed in order of size, so that the order of a file does not reach the last digit.
        mean: sorted.iter().sum::<f64>() / f64::from(n),
    })
}

/// A metric of one node in one month.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeMonth {
    pub node: usize,
    /// Position in the list of metrics.
    pub metric: usize,
    /// The month's first day, UTC.
    pub month: NaiveDate,
    pub summary: Summary,
}

/// A metric of one node over a period, of everybody in it and below it.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeLevel {
    pub node: usize,
    pub summary: Summary,
    /// Those of the median; none for fewer than six values.
    pub limits: Option<(f64, f64)>,
}

/// The values of a metric and how many people they are of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sample {
    /// Sorted.
    pub values: Vec<f64>,
    pub people: u32,
}

/// Pull requests placed on the tree: columns in the order of the nodes, and as they came within a node.
pub struct Telemetry<'a> {
    tree: &'a Tree,
    nodes: Vec<u32>,
    authors: Vec<u32>,
    /// One more than the greatest code of an author.
    people: usize,
    stamps: Vec<Stamps>,
    lines: Vec<Option<u32>>,
    review_rounds: Vec<Option<u32>>,
    /// The rows of each author, author after author, and where each one's begin.
    by_author: (Vec<u32>, Vec<usize>),
    /// The last step of any, in microseconds since 1970: what was open then may be open still.
    seen_until: i64,
}

/// Some positions in the columns, from small to great.
type Rows = [u32];

impl<'a> Telemetry<'a> {
    /// Places pull requests; those without a team count for the whole alone.
    pub fn new(tree: &'a Tree, pull_requests: &PullRequests) -> Self {
        let nodes = tree.place(&pull_requests.team);
        let (order, _) = ordered(tree.len(), &nodes);
        let people = pull_requests.author.iter().max();
        let people = people.map_or(0, |code| *code as usize + 1);
        let steps = pull_requests.stamps.par_iter().filter_map(Stamps::latest);
        let authors = take(&order, &pull_requests.author);
        Self {
            tree,
            people,
            by_author: ordered(people, &authors),
            authors,
            stamps: take(&order, &pull_requests.stamps),
            lines: take(&order, &pull_requests.lines),
            review_rounds: take(&order, &pull_requests.review_rounds),
            nodes: take(&order, &nodes),
            seen_until: steps.max().unwrap_or(i64::MIN),
        }
    }

    /// Every metric of every node and month, as far as it may be shown: at least `minimum` people stand behind each number and behind whatever remains by subtraction, and the node is not
    /// hidden. By node, metric and month. A pull request counts for the month of its merge.
    pub fn months(
        &self,
        metrics: &[Metric],
        hidden: &[Option<Hidden>],
        minimum: u32,
    ) -> Vec<NodeMonth> {
        let months = self.by_month();
        let parts: Vec<(usize, &(NaiveDate, Vec<u32>))> = (0..metrics.len())
            .flat_map(|metric| months.iter().map(move |month| (metric, month)))
            .collect();
        let shown = parts
            .into_par_iter()
            .flat_map_iter(|(metric, (month, rows))| {
                let mut values = values_of(self, rows, &metrics[metric]);
                let hidden = release::decide_teams(self.tree, &values.people, minimum, hidden);
                let summaries = summaries(&mut values, self.tree);
                let shown = summaries.into_iter().zip(hidden).enumerate();
                shown
                    .filter(|(_, (_, hidden))| hidden.is_none())
                    .filter_map(move |(node, (summary, _))| {
                        Some(NodeMonth {
                            node,
                            metric,
                            month: *month,
                            summary: summary?,
                        })
                    })
            });
        let mut all: Vec<NodeMonth> = shown.collect();
        all.par_sort_unstable_by_key(|row| (row.node, row.metric, row.month));
        all
    }

    /// A metric of the people directly in each node over a period, open pull requests among them where the metric does not need the merge.
    pub fn of_teams(&self, metric: &Metric, period: Option<Period>) -> Vec<Sample> {
        let mut samples = vec![Sample::default(); self.tree.len()];
        let mut seen = vec![u32::MAX; self.people];
        for (row, value) in self.within(metric, period) {
            let node = self.nodes[row];
            let sample = &mut samples[node as usize];
            sample.values.push(value);
            let last = std::mem::replace(&mut seen[self.authors[row] as usize], node);
            sample.people += u32::from(last != node);
        }
        samples
            .par_iter_mut()
            .for_each(|sample| sample.values.sort_unstable_by(f64::total_cmp));
        samples
    }

    /// A metric of everybody over a period.
    pub fn of_all(&self, metric: &Metric, period: Option<Period>) -> Sample {
        let mut sample = Sample::default();
        let mut seen = vec![false; self.people];
        for (row, value) in self.within(metric, period) {
            sample.values.push(value);
            let seen = &mut seen[self.authors[row] as usize];
            sample.people += u32::from(!std::mem::replace(seen, true));
        }
        sample.values.par_sort_unstable_by(f64::total_cmp);
        sample
    }

    /// The median of each author by code, of those that a rating may stand beside; none where there is no value.
    pub fn of_people(
        &self,
        metric: &Metric,
        period: Option<Period>,
        wanted: &[bool],
    ) -> Vec<Option<f64>> {
        let value = self.value_within(metric, period);
        let (rows, starts) = &self.by_author;
        let mut sorted: Vec<f64> = Vec::new();
        let mut median = |author: usize| {
            sorted.clear();
            let own = rows[starts[author]..starts[author + 1]].iter();
            sorted.extend(own.filter_map(|row| value(*row as usize)));
            sorted.sort_unstable_by(f64::total_cmp);
            quantile(&sorted, 0.5)
        };
        let of = |author| match wanted.get(author) {
            Some(true) => median(author),
            _ => None,
        };
        (0..self.people).map(of).collect()
    }

    /// Each node's metric over a period, of everybody in it and below it, as far as it may be shown; with the limits of the median from six values on.
    pub fn nodes(
        &self,
        metric: &Metric,
        period: Option<Period>,
        hidden: &[Option<Hidden>],
        minimum: u32,
    ) -> Vec<NodeLevel> {
        let mut values = self.by_node(self.within(metric, period));
        let hidden = release::decide_teams(self.tree, &values.people, minimum, hidden);
        let mut nodes = Vec::new();
        // From the leaves up each node's slice is sorted where it lies, so that a sort further up merges what is sorted below.
        for node in (0..self.tree.len()).rev() {
            let slice = values.within_mut(self.tree, node);
            slice.sort_by(f64::total_cmp);
            if let (None, Some(summary)) = (hidden[node], summary(slice)) {
                let limits = intervals::median(slice).map(|median| (median.low, median.high));
                nodes.push(NodeLevel {
                    node,
                    summary,
                    limits,
                });
            }
        }
        nodes.reverse();
        nodes
    }

    /// Of the pull requests of each node that have a cycle time, the share that has every phase before the merge, too.
    pub fn complete_shares(&self, metric: &Metric, period: Option<Period>) -> Vec<f64> {
        let rows = self.within(metric, period);
        let complete = rows.map(|(row, _)| (row, is_complete(&self.stamps[row])));
        let complete = self.by_node(complete);
        let share = |node: usize| {
            let within = complete.within(self.tree, node);
            within.iter().filter(|yes| **yes).count() as f64 / within.len() as f64
        };
        (0..self.tree.len()).map(share).collect()
    }

    /// How many times of a metric end before they begin.
    pub fn negative(&self, metric: &Metric) -> u32 {
        let Some(Source::Time(phase)) = source(metric) else {
            return 0;
        };
        let rows = self.stamps.iter();
        rows.filter(|row| row.length(phase) == Length::Negative)
            .count() as u32
    }

    /// How many pull requests were merged in a period, and how many of them have every phase from the first commit over the review to the merge.
    pub fn complete(&self, period: Option<Period>) -> (u32, u32) {
        let holds = |merged: DateTime<Utc>| {
            period.is_none_or(|period| (period.start..period.end).contains(&merged))
        };
        let (mut merged, mut complete) = (0, 0);
        for stamps in &self.stamps {
            if stamps.merged.time().is_some_and(holds) {
                merged += 1;
                complete += u32::from(is_complete(stamps));
            }
        }
        (merged, complete)
    }

    /// The rows of a period that have a value, all of them without a period.
    fn within(
        &self,
        metric: &Metric,
        period: Option<Period>,
    ) -> impl Iterator<Item = (usize, f64)> {
        let value = self.value_within(metric, period);
        (0..self.stamps.len()).filter_map(move |row| Some((row, value(row)?)))
    }

    /// What a metric is of a row, where that belongs to a period. One that is open belongs where its last known step was.
    fn value_within(
        &self,
        metric: &Metric,
        period: Option<Period>,
    ) -> impl Fn(usize) -> Option<f64> {
        let span = period.map(|period| {
            let micros = |time: DateTime<Utc>| time.timestamp_micros();
            micros(period.start)..micros(period.end)
        });
        let source = source(metric);
        move |row| {
            if let Some(span) = &span {
                self.stamps[row]
                    .last()
                    .micros()
                    .filter(|last| span.contains(last))?;
            }
            self.value(row, source?)
        }
    }

    /// Something of some rows, from small to great.
    fn by_node<T>(&self, rows: impl Iterator<Item = (usize, T)>) -> ByNode<T> {
        let placed = rows.map(|(row, value)| {
            let (node, author) = (self.nodes[row] as usize, self.authors[row]);
            (node, Some(author), value)
        });
        ByNode::new(self.tree, self.people, placed)
    }

    /// What a metric is of one pull request.
    fn value(&self, row: usize, of: Source) -> Option<f64> {
        match of {
            Source::Time(phase) => self.stamps[row].length(phase).hours(),
            Source::Lines => self.lines[row].map(f64::from),
            Source::ReviewRounds => self.review_rounds[row].map(f64::from),
        }
    }

    /// Merged rows by month.
    fn by_month(&self) -> Vec<(NaiveDate, Vec<u32>)> {
        let mut months = std::collections::BTreeMap::<NaiveDate, Vec<u32>>::new();
        for (row, stamps) in (0..).zip(&self.stamps) {
            if let Some(merged) = stamps.merged.time() {
                months.entry(month_of(merged)).or_default().push(row);
            }
        }
        months.into_iter().collect()
    }
}

/// What a metric is read off.
#[derive(Debug, Clone, Copy)]
enum Source {
    Time(Phase),
    Lines,
    ReviewRounds,
}

/// How a metric is read off a pull request.
fn source(metric: &Metric) -> Option<Source> {
    match metric.value.as_ref()? {
        Value::Phase { phase } => Some(Source::Time(*phase)),
        Value::Number { number } if number == "lines" => Some(Source::Lines),
        Value::Number { number } if number == "review_rounds" => Some(Source::ReviewRounds),
        Value::Number { .. } | Value::Time { .. } => None,
    }
}

/// Rows in the order of their keys, which are less than `keys`, and as they came within a key; and where each key's rows begin.
fn ordered(keys: usize, of_rows: &[u32]) -> (Vec<u32>, Vec<usize>) {
    let mut starts = vec![0usize; keys + 1];
    for key in of_rows {
        starts[*key as usize + 1] += 1;
    }
    for key in 1..starts.len() {
        starts[key] += starts[key - 1];
    }
    let mut next = starts.clone();
    let mut ordered = vec![0; of_rows.len()];
    for (row, key) in (0..).zip(of_rows) {
        let place = &mut next[*key as usize];
        ordered[*place] = row;
        *place += 1;
    }
    (ordered, starts)
}

fn take<T: Copy + Send + Sync>(order: &Rows, column: &[T]) -> Vec<T> {
    order.par_iter().map(|row| column[*row as usize]).collect()
}

fn month_of(instant: DateTime<Utc>) -> NaiveDate {
    let day = instant.date_naive();
    day.with_day(1).unwrap_or(day)
}

/// Whether every phase from the first commit over the review to the merge is known.
fn is_complete(stamps: &Stamps) -> bool {
    let phases = [Phase::Coding, Phase::Pickup, Phase::Review];
    let mut hours = phases.into_iter().map(|phase| stamps.length(phase).hours());
    hours.all(|hours| hours.is_some())
}

/// A metric of some rows.
fn values_of(telemetry: &Telemetry<'_>, rows: &Rows, metric: &Metric) -> ByNode<f64> {
    let source = source(metric);
    let value = |row: &u32| {
        let row = *row as usize;
        Some((row, telemetry.value(row, source?)?))
    };
    telemetry.by_node(rows.iter().filter_map(value))
}

/// Sums up each node. From the leaves up each node's slice is sorted where it lies, so that a sort further up merges what is sorted below.
fn summaries(values: &mut ByNode<f64>, tree: &Tree) -> Vec<Option<Summary>> {
    let mut summaries = vec![None; tree.len()];
    for node in (0..tree.len()).rev() {
        let slice = values.within_mut(tree, node);
        slice.sort_by(f64::total_cmp);
        summaries[node] = summary(slice);
    }
    summaries
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tribometer_statistics::reference::{Table, near};
    use tribometer_statistics::survival::{self, Span};
    use tribometer_surveys::telemetry::metrics;

    use super::*;
    use crate::reference::input;

    fn at(hour: i64) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(1_780_000_000 + hour * 3600, 0)
    }

    fn tree_of(pull_requests: &PullRequests) -> Tree {
        Tree::new(pull_requests.team.names.all().iter().map(String::as_str))
    }

    #[test]
    fn phases_of_teams_are_those_of_the_reference() {
        let pull_requests = input(1).pull_requests.unwrap();
        let tree = tree_of(&pull_requests);
        let telemetry = Telemetry::new(&tree, &pull_requests);
        let expected = Table::expected("pull_request_phases");
        assert_eq!(expected.len(), 120);
        for row in expected.rows() {
            let metric = metrics::find(&format!("pr.{}_time", row.text("phase"))).unwrap();
            let sample = &telemetry.of_teams(metric, None)[tree.node(row.text("team"))];
            let found = summary(&sample.values).unwrap();
            assert_eq!(found.n, row.count("n"));
            for (found, column) in [(found.p50, "p50"), (found.p75, "p75"), (found.p90, "p90")] {
                near(found, row.number(column));
            }
        }
    }

    #[test]
    fn every_metric_of_pull_requests_is_read_off_them() {
        let is_read_off = |metric: &&Metric| {
            metric.from == metrics::Source::PullRequests && metric.computed.is_none()
        };
        let metrics = metrics::catalog().iter().filter(is_read_off);
        assert_eq!(metrics.clone().count(), 8);
        for metric in metrics {
            assert!(source(metric).is_some(), "{}", metric.id);
        }
    }

    #[test]
    fn open_pull_requests_are_watched_until_the_last_step_of_any() {
        let mut pull_requests = PullRequests::default();
        let mut push = |author, hours: [Option<i64>; 4]| {
            let [created, first_review, merged, closed] =
                hours.map(|hour| hour.and_then(at).into());
            let stamps = Stamps {
                created,
                first_review,
                merged,
                closed,
                ..Stamps::default()
            };
            pull_requests.push("E", author, stamps, None, None);
        };
        push(0, [Some(0), Some(2), Some(10), Some(10)]);
        push(1, [Some(0), None, Some(30), None]);
        push(1, [Some(5), None, None, None]);
        push(2, [Some(5), Some(6), None, Some(9)]);
        push(3, [None, None, None, None]);
        let tree = tree_of(&pull_requests);
        let telemetry = Telemetry::new(&tree, &pull_requests);
        let entered = f64::NEG_INFINITY;
        let span = |left, ended| Span {
            entered,
            left,
            ended,
        };

        let cycle = telemetry.spans(Phase::CycleTime, None);
        let all = [(10.0, true), (30.0, true), (25.0, false), (4.0, false)];
        assert_eq!(cycle.spans, all.map(|(left, ended)| span(left, ended)));
        assert_eq!((cycle.unfinished, cycle.people), (2, 3));

        // What was merged without a review is in no time to first review.
        let pickup = telemetry.spans(Phase::Pickup, None);
        let all = [(2.0, true), (25.0, false), (1.0, true)];
        assert_eq!(pickup.spans, all.map(|(left, ended)| span(left, ended)));

        // From hour 8 to 20: the second is merged later, and all were watched from hour 8 on alone.
        let period = Period {
            start: at(8).unwrap(),
            end: at(20).unwrap(),
        };
        let cycle = telemetry.spans(Phase::CycleTime, Some(period));
        let found: Vec<_> = (cycle.spans.iter())
            .map(|span| (span.entered, span.left.round(), span.ended))
            .collect();
        let expected = [
            (8.0, 10.0, true),
            (8.0, 20.0, false),
            (3.0, 15.0, false),
            (3.0, 4.0, false),
        ];
        assert_eq!(found, expected);
        assert_eq!(telemetry.complete(None), (2, 0));
    }

    /// Rows of team, author, creation and merge in hours.
    fn merged(rows: &[(&str, u32, i64, Option<i64>)]) -> PullRequests {
        let mut pull_requests = PullRequests::default();
        for (team, author, created, merged) in rows {
            let stamps = Stamps {
                created: at(*created).into(),
                merged: merged.and_then(at).into(),
                ..Stamps::default()
            };
            pull_requests.push(team, *author, stamps, None, None);
        }
        pull_requests
    }

    #[test]
    fn teams_have_percentiles_limits_and_medians_with_those_that_are_open() {
        // X: six ended after 1 to 6 hours and three are open for 20, which is when the last of Y is merged. Y: two people alone.
        let mut rows: Vec<(&str, u32, i64, Option<i64>)> = (0..6)
            .map(|author| ("E / X", author, 0, Some(i64::from(author) + 1)))
            .collect();
        rows.extend((0..3).map(|author| ("E / X", author, 0, None)));
        rows.extend([("E / Y", 6, 0, Some(10)), ("E / Y", 7, 0, Some(20))]);
        let pull_requests = merged(&rows);
        let tree = tree_of(&pull_requests);
        let telemetry = Telemetry::new(&tree, &pull_requests);
        let cycle = metrics::find("pr.cycle_time").unwrap();
        let nodes = telemetry.nodes(cycle, None, &[None; 3], 2);
        let places: Vec<usize> = nodes.iter().map(|row| row.node).collect();
        assert_eq!(places, [0, 1, 2]);
        let (whole, x, y) = (nodes[0].summary, nodes[1].summary, nodes[2].summary);
        // Type 7 of 1 to 6; the limits of six are the extremes.
        assert_eq!((x.n, x.p50, x.p75, x.p90), (6, 3.5, 4.75, 5.5));
        assert_eq!(nodes[1].limits, Some((1.0, 6.0)));
        assert_eq!((whole.n, y.n, nodes[2].limits), (8, 2, None));

        let spans = telemetry.node_spans(Phase::CycleTime, None, &[None; 3], 2);
        let x = spans[1].1;
        // Of nine at risk one ends each hour: 8/9, 7/9, 6/9, 5/9, 4/9 is below half after five.
        assert_eq!((x.n, x.unfinished, x.median.value), (9, 3, Some(5.0)));
        assert_eq!((spans[0].1.n, spans[2].1.unfinished), (11, 0));
        // By themselves the teams are those of the whole.
        let all = telemetry.spans(Phase::CycleTime, None);
        assert_eq!(spans[0].1.median, survival::median(&all.spans));

        // Y's two are too few, and X beside the whole would tell about them.
        let shown = |minimum| -> Vec<usize> {
            let nodes = telemetry.nodes(cycle, None, &[None; 3], minimum);
            nodes.iter().map(|row| row.node).collect()
        };
        assert_eq!(shown(5), [0]);
        let spans = telemetry.node_spans(Phase::CycleTime, None, &[None; 3], 5);
        assert_eq!(spans.len(), 1);
        let hidden = [None, Some(Hidden::TooSmall), None];
        let nodes = telemetry.nodes(cycle, None, &hidden, 2);
        assert!(nodes.iter().all(|row| row.node != 1));
        assert_eq!(telemetry.complete_shares(cycle, None), [0.0; 3]);
    }

    #[test]
    fn months_are_those_of_the_merge_and_have_enough_people() {
        let mut pull_requests = PullRequests::default();
        // Five people in X, one of whom works in Y, too; four in Y.
        for (team, author, hours) in [
            ("E / X", 0, 2),
            ("E / X", 1, 4),
            ("E / X", 2, 6),
            ("E / X", 3, 8),
            ("E / X", 4, 10),
            ("E / Y", 4, 1),
            ("E / Y", 5, 1),
            ("E / Y", 6, 1),
            ("E / Y", 7, 1),
        ] {
            let stamps = Stamps {
                created: at(0).into(),
                merged: at(hours).into(),
                ..Stamps::default()
            };
            pull_requests.push(team, author, stamps, Some(10), None);
        }
        pull_requests.push(
            "E / X",
            0,
            Stamps {
                created: at(0).into(),
                ..Stamps::default()
            },
            Some(10),
            None,
        );
        let tree = tree_of(&pull_requests);
        let telemetry = Telemetry::new(&tree, &pull_requests);
        let cycle = [metrics::find("pr.cycle_time").unwrap().clone()];
        let shown = |minimum| -> Vec<(String, u32, f64)> {
            let rows = telemetry.months(&cycle, &[None; 3], minimum);
            rows.iter()
                .map(|row| (tree.paths[row.node].clone(), row.summary.n, row.summary.p50))
                .collect()
        };
        let (e, x, y) = (
            ("E".to_owned(), 9, 2.0),
            ("E / X".to_owned(), 5, 6.0),
            ("E / Y".to_owned(), 4, 1.0),
        );
        assert_eq!(shown(3), [e.clone(), x, y]);
        // Y's four are too few, and X less E would tell about them.
        assert_eq!(shown(5), [e]);
        // Eight different people, not nine.
        assert_eq!(shown(9), []);
        let hidden = [None, Some(Hidden::TooSmall), None];
        assert!(
            telemetry
                .months(&cycle, &hidden, 3)
                .iter()
                .all(|row| row.node != 1)
        );
    }

    proptest! {
        #[test]
        fn percentiles_lie_within_the_sample(mut sample in prop::collection::vec(0.0..1e4_f64, 1..50)) {
            sample.sort_by(f64::total_cmp);
            let summary = summary(&sample).unwrap();
            prop_assert!(sample[0] <= summary.p50 && summary.p50 <= summary.p75);
            prop_assert!(summary.p75 <= summary.p90 && summary.p90 <= sample[sample.len() - 1]);
        }

        #[test]
        fn people_are_counted_once_wherever_they_work(rows in prop::collection::vec(("A( / [ab]( / [12])?)?", 0u32..6), 0..40)) {
            let mut pull_requests = PullRequests::default();
            for (team, author) in &rows {
                let stamps = Stamps { created: at(0).into(), merged: at(1).into(), ..Stamps::default() };
                pull_requests.push(team, *author, stamps, None, None);
            }
            let tree = tree_of(&pull_requests);
            let telemetry = Telemetry::new(&tree, &pull_requests);
            let ordered: Vec<u32> = (0..rows.len() as u32).collect();
            let values = values_of(&telemetry, &ordered, metrics::find("pr.cycle_time").unwrap());
            for node in 0..tree.len() {
                let within = rows.iter().filter(|(team, _)| (node..tree.ends[node]).contains(&tree.node(team)));
                let people: std::collections::BTreeSet<u32> = within.map(|(_, author)| *author).collect();
                prop_assert_eq!(values.people[node] as usize, people.len());
            }
        }
    }
}
