//! The metrics of each team: over the months that the answers speak about, and month by month.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rayon::prelude::*;
use tribometer_findings::{Hidden, MetricMonth, TeamMetric, TeamWithOpen};
use tribometer_statistics::survival;
use tribometer_surveys::telemetry::pull_request::Phase;

use super::{Known, PullRequests, Systems, Values, WATCHED};
use crate::disclosure;
use crate::observed::{Disclosure, Observed, Shown};

impl Systems<'_> {
    /// Team by team and metric by metric over the months that the answers speak about, of everybody
    /// in a team and below it, as far as `hidden` groups and the number of people allow; nothing of
    /// what was reported.
    pub fn teams(&self, hidden: &[Option<Hidden>]) -> Vec<TeamMetric> {
        let hidden = self.of_nodes(hidden);
        let disclosure = self.disclosure(&hidden);
        let paths = &self.groups.tree.paths;
        let of_metric = |(at, known): (usize, &Known<'_>)| -> Vec<(usize, usize, TeamMetric)> {
            let metric = known.metric;
            let named = |node: usize| TeamMetric {
                team: paths[node].clone(),
                metric: metric.id.clone(),
                unit: metric.unit.clone(),
                ..TeamMetric::default()
            };
            let nodes = |observed: &Observed<'_>, period| {
                let nodes = observed.nodes(period, &self.headcount, disclosure);
                let row = |(node, shown): (usize, Shown)| {
                    let [p50, p75, p90] = shown.each_percentile();
                    let row = TeamMetric {
                        n: shown.n,
                        value: Some(p50.unwrap_or(shown.mean)),
                        low: shown.interval.map(|limits| limits.0),
                        high: shown.interval.map(|limits| limits.1),
                        p75,
                        p90,
                        ..named(node)
                    };
                    (node, row)
                };
                nodes.into_iter().map(row).collect::<Vec<_>>()
            };
            let mut rows = match &known.values {
                Values::Observed(observed) => nodes(observed, self.period),
                Values::Open { now, .. } => nodes(now, None),
                Values::Reported(_) => return Vec::new(),
            };
            let watched = WATCHED.iter().position(|(id, _)| *id == metric.id);
            if let (Some(at), Some(pull_requests)) = (watched, &self.pull_requests) {
                let mut with_open = self.with_open(pull_requests, at, disclosure);
                for (node, row) in &mut rows {
                    row.with_open = with_open.remove(node);
                    if WATCHED[at].1 == Phase::CycleTime {
                        row.complete = Some(self.complete_share(pull_requests, *node));
                    }
                }
                // Where nothing has ended there is no median, and those that wait are told of all
                // the same.
                let waiting = with_open.into_iter().map(|(node, with)| {
                    let row = TeamMetric {
                        with_open: Some(with),
                        ..named(node)
                    };
                    (node, row)
                });
                rows.extend(waiting);
            }
            rows.into_iter()
                .map(|(node, row)| (node, at, row))
                .collect()
        };
        let known: Vec<(usize, &Known<'_>)> = self.known.iter().enumerate().collect();
        let rows = known.into_par_iter().flat_map_iter(of_metric);
        let mut rows: Vec<(usize, usize, TeamMetric)> = rows.collect();
        rows.par_sort_by_key(|(node, at, _)| (*node, *at));
        rows.into_iter().map(|(.., row)| row).collect()
    }

    /// A watched time of each node that may be shown and has some that had not ended.
    fn with_open(
        &self,
        pull_requests: &PullRequests,
        at: usize,
        disclosure: Disclosure<'_>,
    ) -> BTreeMap<usize, TeamWithOpen> {
        let tree = &self.groups.tree;
        let mut watched = pull_requests.spans[at].clone();
        let hidden =
            disclosure::decide_teams(tree, &watched.people, disclosure.minimum, disclosure.hidden);
        let mut with_open = BTreeMap::new();
        // From the leaves up, so that a sort further up merges what is sorted below.
        for node in (0..tree.len()).rev() {
            let spans = watched.within_mut(tree, node);
            spans.sort_by(|a, b| a.left.total_cmp(&b.left));
            let unfinished = spans.iter().filter(|span| !span.ended).count() as u32;
            if hidden[node].is_some() || unfinished == 0 {
                continue;
            }
            let median = survival::median(spans);
            let with = TeamWithOpen {
                median: median.value,
                low: median.low,
                high: median.high,
                n: spans.len() as u32,
                unfinished,
            };
            with_open.insert(node, with);
        }
        with_open
    }

    /// Of the pull requests of a node that have a cycle time, the share that has every phase before
    /// the merge, too.
    fn complete_share(&self, pull_requests: &PullRequests, node: usize) -> f64 {
        let within = pull_requests.completeness.within(&self.groups.tree, node);
        within.iter().filter(|is_complete| **is_complete).count() as f64 / within.len() as f64
    }

    /// What is hidden of the nodes themselves, without their cuts.
    fn of_nodes(&self, hidden: &[Option<Hidden>]) -> Vec<Option<Hidden>> {
        let width = self.groups.per_node();
        hidden.iter().step_by(width).copied().collect()
    }

    fn disclosure<'h>(&self, hidden: &'h [Option<Hidden>]) -> Disclosure<'h> {
        Disclosure {
            hidden,
            minimum: self.minimum,
        }
    }

    /// Team by team, metric by metric, month by month, as far as `hidden` groups and the number of
    /// people allow.
    pub fn months(&self, hidden: &[Option<Hidden>]) -> Vec<MetricMonth> {
        let hidden = self.of_nodes(hidden);
        let disclosure = self.disclosure(&hidden);
        let of_metric = |(at, known): (usize, &Known<'_>)| -> Vec<(usize, usize, MetricMonth)> {
            let named = |node: usize| MetricMonth {
                team: self.groups.tree.paths[node].clone(),
                metric: known.metric.id.clone(),
                unit: known.metric.unit.clone(),
                ..MetricMonth::default()
            };
            let months = |observed: &Observed<'_>| {
                let months = observed.months(&self.headcount, disclosure);
                let row = |(node, month, shown): (usize, NaiveDate, Shown)| {
                    let [p50, p75, p90] = shown.each_percentile();
                    let row = MetricMonth {
                        period_start: month,
                        n: shown.n,
                        p50,
                        p75,
                        p90,
                        mean: shown.mean,
                        ..named(node)
                    };
                    (node, at, row)
                };
                months.into_iter().map(row).collect::<Vec<_>>()
            };
            match &known.values {
                Values::Observed(observed) => months(observed),
                Values::Open { months: open, .. } => open.iter().flat_map(months).collect(),
                Values::Reported(rows) => {
                    let shown = rows.iter().filter(|(node, _)| hidden[*node].is_none());
                    let row = |(node, row): &(usize, &crate::input::ReportedMetric)| {
                        let month = MetricMonth {
                            period_start: row.period_start.date_naive(),
                            n: row.n,
                            mean: row.value,
                            ..named(*node)
                        };
                        (*node, at, month)
                    };
                    shown.map(row).collect()
                }
            }
        };
        let known: Vec<(usize, &Known<'_>)> = self.known.iter().enumerate().collect();
        let rows = known.into_par_iter().flat_map_iter(of_metric);
        let mut rows: Vec<(usize, usize, MetricMonth)> = rows.collect();
        rows.par_sort_by_key(|(node, at, row)| (*node, *at, row.period_start));
        rows.into_iter().map(|(.., row)| row).collect()
    }
}
