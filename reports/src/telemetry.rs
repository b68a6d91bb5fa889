//! What pull requests say per team and month: percentiles of the phases of `pull_request`, of sizes and of review rounds.
//!
//! Times are hours. Percentiles are quantiles of type 7 (Hyndman and Fan 1996). Teams are nodes of the tree; what lies within a node is one slice of rows
//! that are ordered by node, so that no level is gathered anew.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rayon::prelude::*;

use crate::findings::Hidden;
use crate::groups::Tree;
use crate::input::{Period, PullRequests};
use crate::intervals::quantile;
use crate::metrics::Metric;
use crate::pull_request::{Phase, Stamp, Stamps};
use crate::release;
use crate::survival::Span;

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
    /// The last step of any, in microseconds since 1970: what was open then may be open still.
    seen_until: i64,
}

/// Times of everybody from one step to another, with those that had not come to the second when they were last seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spans {
    /// Hours.
    pub spans: Vec<Span>,
    /// How many of them had not ended.
    pub unfinished: u32,
    pub people: u32,
}

/// Some positions in the columns, from small to great.
type Rows = [u32];

impl<'a> Telemetry<'a> {
    /// Places pull requests; those without a team count for the whole alone.
    pub fn new(tree: &'a Tree, pull_requests: &PullRequests) -> Self {
        let nodes = tree.place(&pull_requests.team);
        let order = by_node(tree, &nodes);
        let people = pull_requests.author.iter().max();
        let steps = pull_requests.stamps.par_iter().filter_map(Stamps::latest);
        Self {
            tree,
            people: people.map_or(0, |code| *code as usize + 1),
            authors: take(&order, &pull_requests.author),
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
                let mut values = NodeValues::new(self, rows, &metrics[metric]);
                let hidden = release::decide_teams(self.tree, &values.people, minimum, hidden);
                let summaries = values.summaries(self.tree);
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

    /// How long a phase took everybody over a period, with the pull requests that were still open when they were last seen, or were closed before the phase ended.
    /// One that began before the period is watched from the period's start on. Who merged without a review did not wait for one.
    pub fn spans(&self, phase: Phase, period: Option<Period>) -> Spans {
        let micros = |time: DateTime<Utc>| time.timestamp_micros();
        let start = period.map_or(i64::MIN, |period| micros(period.start));
        let end = period.map_or(i64::MAX, |period| micros(period.end) - 1);
        let seen_until = self.seen_until.min(end);
        let mut found = Spans::default();
        let mut seen = vec![false; self.people];
        for (stamps, author) in self.stamps.iter().zip(&self.authors) {
            let (from, to) = stamps.ends(phase);
            let before = |stamp: Stamp| stamp.micros().filter(|at| *at <= seen_until);
            let Some(begun) = before(from) else { continue };
            let gone = before(stamps.merged).or(before(stamps.closed));
            let (left, ended) = match (before(to), gone) {
                (Some(to), _) => (to, true),
                (None, Some(_)) if before(stamps.merged).is_some() => continue,
                (None, gone) => (gone.unwrap_or(seen_until), false),
            };
            if left < start || left < begun {
                continue;
            }
            let hours = |at: i64| (at - begun) as f64 / 3.6e9;
            found.spans.push(Span {
                entered: if begun < start {
                    hours(start)
                } else {
                    f64::NEG_INFINITY
                },
                left: hours(left),
                ended,
            });
            found.unfinished += u32::from(!ended);
            let seen = &mut seen[*author as usize];
            found.people += u32::from(!std::mem::replace(seen, true));
        }
        found
    }

    /// How many pull requests were merged in a period, and how many of them have every phase from the first commit over the review to the merge.
    pub fn complete(&self, period: Option<Period>) -> (u32, u32) {
        let holds = |merged: DateTime<Utc>| {
            period.is_none_or(|period| (period.start..period.end).contains(&merged))
        };
        let is_known = |stamps: &Stamps| {
            let phases = [Phase::Coding, Phase::Pickup, Phase::Review];
            let mut hours = phases.map(|phase| stamps.length(phase).hours()).into_iter();
            hours.all(|hours| hours.is_some())
        };
        let (mut merged, mut complete) = (0, 0);
        for stamps in &self.stamps {
            if stamps.merged.time().is_some_and(holds) {
                merged += 1;
                complete += u32::from(is_known(stamps));
            }
        }
        (merged, complete)
    }

    /// The rows of a period that have a value, all of them without a period. One that is open belongs where its last known step was.
    fn within(
        &self,
        metric: &Metric,
        period: Option<Period>,
    ) -> impl Iterator<Item = (usize, f64)> {
        let span = period.map(|period| {
            let micros = |time: DateTime<Utc>| time.timestamp_micros();
            micros(period.start)..micros(period.end)
        });
        let holds = move |row: usize| match &span {
            Some(span) => {
                let last = self.stamps[row].last().micros();
                last.is_some_and(|last| span.contains(&last))
            }
            None => true,
        };
        let source = source(&metric.id);
        let rows = (0..self.stamps.len()).filter(move |row| holds(*row));
        rows.filter_map(move |row| Some((row, self.value(row, source?)?)))
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

/// How a metric of the catalog is read off a pull request.
fn source(metric: &str) -> Option<Source> {
    Some(match metric {
        "pr.cycle_time" => Source::Time(Phase::CycleTime),
        "pr.coding_time" => Source::Time(Phase::Coding),
        "pr.pickup_time" => Source::Time(Phase::Pickup),
        "pr.review_time" => Source::Time(Phase::Review),
        "pr.release_time" => Source::Time(Phase::Release),
        "pr.lead_time" => Source::Time(Phase::LeadTime),
        "pr.size" => Source::Lines,
        "pr.review_rounds" => Source::ReviewRounds,
        _ => return None,
    })
}

/// Rows in the order of their nodes, and as they came within a node.
fn by_node(tree: &Tree, nodes: &[u32]) -> Vec<u32> {
    let mut next = vec![0usize; tree.len() + 1];
    for node in nodes {
        next[*node as usize + 1] += 1;
    }
    for node in 1..next.len() {
        next[node] += next[node - 1];
    }
    let mut ordered = vec![0; nodes.len()];
    for (row, node) in (0..).zip(nodes) {
        let place = &mut next[*node as usize];
        ordered[*place] = row;
        *place += 1;
    }
    ordered
}

fn take<T: Copy + Send + Sync>(order: &Rows, column: &[T]) -> Vec<T> {
    order.par_iter().map(|row| column[*row as usize]).collect()
}

fn month_of(instant: DateTime<Utc>) -> NaiveDate {
    let day = instant.date_naive();
    day.with_day(1).unwrap_or(day)
}

/// The values of one metric, ordered by node.
struct NodeValues {
    values: Vec<f64>,
    /// Where the values of each node begin, and where all end.
    starts: Vec<usize>,
    /// How many different people are behind the values within each node.
    people: Vec<u32>,
}

impl NodeValues {
    fn new(telemetry: &Telemetry<'_>, rows: &Rows, metric: &Metric) -> Self {
        let tree = telemetry.tree;
        let mut values = Vec::with_capacity(rows.len());
        let mut starts = vec![0; tree.len() + 1];
        // Somebody who is met in a second node counts there, too, but once for everything that has both: rows come in the order of the tree, so the last node met is the nearest.
        let mut people = vec![0i64; tree.len()];
        let mut met = vec![u32::MAX; telemetry.people];
        let source = source(&metric.id);
        for row in rows.iter().map(|row| *row as usize) {
            let Some(value) = source.and_then(|source| telemetry.value(row, source)) else {
                continue;
            };
            let node = telemetry.nodes[row];
            values.push(value);
            starts[node as usize + 1] = values.len();
            let last = std::mem::replace(&mut met[telemetry.authors[row] as usize], node);
            if last != node {
                people[node as usize] += 1;
                if last != u32::MAX {
                    people[tree.common(last as usize, node as usize)] -= 1;
                }
            }
        }
        for node in 1..starts.len() {
            starts[node] = starts[node].max(starts[node - 1]);
        }
        tree.roll_up(&mut people, 1);
        let people = people
            .into_iter()
            .map(|count| u32::try_from(count).unwrap_or(0))
            .collect();
        Self {
            values,
            starts,
            people,
        }
    }

    /// Sums up each node. From the leaves up each node's slice is sorted where it lies, so that a sort further up merges what is sorted below.
    fn summaries(&mut self, tree: &Tree) -> Vec<Option<Summary>> {
        let mut summaries = vec![None; tree.len()];
        for node in (0..tree.len()).rev() {
            let slice = &mut self.values[self.starts[node]..self.starts[tree.ends[node]]];
            slice.sort_by(f64::total_cmp);
            summaries[node] = summary(slice);
        }
        summaries
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics;
    use crate::reference::{Table, input, near};

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
        for metric in metrics::of_pull_requests() {
            assert!(source(&metric.id).is_some(), "{}", metric.id);
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
            let values = NodeValues::new(&telemetry, &ordered, metrics::find("pr.cycle_time").unwrap());
            for node in 0..tree.len() {
                let within = rows.iter().filter(|(team, _)| (node..tree.ends[node]).contains(&tree.node(team)));
                let people: std::collections::BTreeSet<u32> = within.map(|(_, author)| *author).collect();
                prop_assert_eq!(values.people[node] as usize, people.len());
            }
        }
    }
}
