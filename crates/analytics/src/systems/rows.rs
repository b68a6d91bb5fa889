//! The metrics of each team: over the months that the answers speak about, and month by month.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rayon::prelude::*;
use tribometer_findings::{Hidden, MetricMonth, TeamMetric, TeamWithOpen};
use tribometer_surveys::telemetry::metrics::Metric;
use tribometer_surveys::telemetry::pull_request::Phase;

use super::{Known, Systems, Values, WATCHED};
use crate::activity;
use crate::events::{Observed, Shown};
use crate::telemetry::{NodeLevel, NodeMonth, Telemetry};

impl Systems<'_> {
    /// Team by team and metric by metric over the months that the answers speak about, of everybody in a team and below it, as far as `hidden` groups and the number of
    /// people allow; nothing of what was reported.
    pub fn teams(&self, hidden: &[Option<Hidden>]) -> Vec<TeamMetric> {
        let hidden = self.of_nodes(hidden);
        let paths = &self.groups.tree.paths;
        let of_metric = |(at, known): (usize, &Known<'_>)| -> Vec<(usize, usize, TeamMetric)> {
            let metric = known.metric;
            let named = |node: usize| TeamMetric {
                team: paths[node].clone(),
                metric: metric.id.clone(),
                unit: metric.unit.clone(),
                ..TeamMetric::default()
            };
            let observed = |observed: &Observed<'_>, period| {
                let nodes = observed.nodes(period, &self.headcount, &hidden, self.minimum);
                let row = |(node, shown): (usize, Shown)| {
                    let [p50, p75, p90] = match shown.percentiles {
                        Some(percentiles) => percentiles.map(Some),
                        None => [None; 3],
                    };
                    let row = TeamMetric {
                        n: shown.n,
                        value: Some(p50.unwrap_or(shown.mean)),
                        low: shown.interval.map(|limits| limits.0),
                        high: shown.interval.map(|limits| limits.1),
                        p75,
                        p90,
                        ..named(node)
                    };
                    (node, at, row)
                };
                nodes.into_iter().map(row).collect()
            };
            match (&known.values, &self.pull_requests) {
                (Values::Events(events), _) => observed(events, self.period),
                (Values::Open(_, now), _) => observed(now, None),
                (Values::PullRequests, Some(telemetry)) => {
                    let rows = self.team_times(telemetry, metric, &hidden, named);
                    rows.into_iter()
                        .map(|(node, row)| (node, at, row))
                        .collect()
                }
                _ => Vec::new(),
            }
        };
        let known: Vec<(usize, &Known<'_>)> = self.known.iter().enumerate().collect();
        let rows = known.into_par_iter().flat_map_iter(of_metric);
        let mut rows: Vec<(usize, usize, TeamMetric)> = rows.collect();
        rows.par_sort_by_key(|(node, at, _)| (*node, *at));
        rows.into_iter().map(|(.., row)| row).collect()
    }

    /// Of what is read off each pull request, with those that had not ended beside it.
    fn team_times(
        &self,
        telemetry: &Telemetry<'_>,
        metric: &Metric,
        hidden: &[Option<Hidden>],
        named: impl Fn(usize) -> TeamMetric,
    ) -> Vec<(usize, TeamMetric)> {
        let phase = WATCHED.iter().find(|(id, _)| *id == metric.id);
        let mut with_open: BTreeMap<usize, TeamWithOpen> = BTreeMap::new();
        if let Some((_, phase)) = phase {
            let watched = telemetry.node_spans(*phase, self.period, hidden, self.minimum);
            let watched = watched
                .into_iter()
                .filter(|(_, watched)| watched.unfinished > 0);
            with_open.extend(watched.map(|(node, watched)| {
                let with = TeamWithOpen {
                    median: watched.median.value,
                    low: watched.median.low,
                    high: watched.median.high,
                    n: watched.n,
                    unfinished: watched.unfinished,
                };
                (node, with)
            }));
        }
        let complete = match phase {
            Some((_, Phase::CycleTime)) => telemetry.complete_shares(metric, self.period),
            _ => Vec::new(),
        };
        let nodes = telemetry.nodes(metric, self.period, hidden, self.minimum);
        let row = |level: NodeLevel| {
            let NodeLevel {
                node,
                summary,
                limits,
            } = level;
            let row = TeamMetric {
                n: summary.n,
                value: Some(summary.p50),
                low: limits.map(|limits| limits.0),
                high: limits.map(|limits| limits.1),
                p75: Some(summary.p75),
                p90: Some(summary.p90),
                with_open: with_open.remove(&node),
                complete: complete.get(node).copied(),
                ..named(node)
            };
            (node, row)
        };
        let mut rows: Vec<(usize, TeamMetric)> = nodes.into_iter().map(row).collect();
        // Where nothing has ended there is no median, and those that wait are told of all the same.
        let waiting = with_open.into_iter().map(|(node, with)| {
            let row = TeamMetric {
                with_open: Some(with),
                ..named(node)
            };
            (node, row)
        });
        rows.extend(waiting);
        rows
    }

    /// What is hidden of the nodes themselves, without their cuts.
    fn of_nodes(&self, hidden: &[Option<Hidden>]) -> Vec<Option<Hidden>> {
        let width = self.groups.per_node();
        hidden.iter().step_by(width).copied().collect()
    }

    /// Team by team, metric by metric, month by month, as far as `hidden` groups and the number of people allow.
    pub fn months(&self, hidden: &[Option<Hidden>]) -> Vec<MetricMonth> {
        let hidden = self.of_nodes(hidden);
        let paths = &self.groups.tree.paths;
        let mut rows: Vec<(usize, usize, MetricMonth)> = Vec::new();
        let named = |metric: &Metric, node: usize| MetricMonth {
            team: paths[node].clone(),
            metric: metric.id.clone(),
            unit: metric.unit.clone(),
            ..MetricMonth::default()
        };
        let mut of_pull_requests = Vec::new();
        for (at, known) in self.known.iter().enumerate() {
            match &known.values {
                Values::PullRequests => of_pull_requests.push((at, known.metric.clone())),
                Values::Events(observed) => {
                    rows.extend(self.event_months(at, known.metric, observed, &hidden))
                }
                Values::Open(pull_requests, _) => {
                    let open = activity::open_by_month(pull_requests);
                    let teams = &pull_requests.team.names;
                    let observed = Observed::new(known.metric, &self.groups.tree, teams, &open);
                    rows.extend(self.event_months(at, known.metric, &observed, &hidden));
                }
                Values::Reported(reported) => {
                    let shown = reported.iter().filter(|(node, _)| hidden[*node].is_none());
                    rows.extend(shown.map(|(node, row)| {
                        let row = MetricMonth {
                            period_start: row.period_start.date_naive(),
                            n: row.n,
                            mean: row.value,
                            ..named(known.metric, *node)
                        };
                        (*node, at, row)
                    }));
                }
            }
        }
        if let Some(telemetry) = &self.pull_requests {
            let (places, metrics): (Vec<usize>, Vec<Metric>) = of_pull_requests.into_iter().unzip();
            let months = telemetry.months(&metrics, &hidden, self.minimum);
            let row = |row: NodeMonth| {
                let summary = row.summary;
                let month = MetricMonth {
                    period_start: row.month,
                    n: summary.n,
                    p50: Some(summary.p50),
                    p75: Some(summary.p75),
                    p90: Some(summary.p90),
                    mean: summary.mean,
                    ..named(&metrics[row.metric], row.node)
                };
                (row.node, places[row.metric], month)
            };
            rows.extend(months.into_iter().map(row));
        }
        rows.par_sort_by_key(|(node, at, row)| (*node, *at, row.period_start));
        rows.into_iter().map(|(.., row)| row).collect()
    }

    /// What was observed of a metric, month by month; with its place in the order of metrics.
    fn event_months(
        &self,
        at: usize,
        metric: &Metric,
        observed: &Observed<'_>,
        hidden: &[Option<Hidden>],
    ) -> Vec<(usize, usize, MetricMonth)> {
        let months = observed.months(&self.headcount, hidden, self.minimum);
        let row = |(node, start, month): (usize, NaiveDate, Shown)| {
            let [p50, p75, p90] = match month.percentiles {
                Some(percentiles) => percentiles.map(Some),
                None => [None; 3],
            };
            let row = MetricMonth {
                team: self.groups.tree.paths[node].clone(),
                metric: metric.id.clone(),
                unit: metric.unit.clone(),
                period_start: start,
                n: month.n,
                p50,
                p75,
                p90,
                mean: month.mean,
            };
            (node, at, row)
        };
        months.into_iter().map(row).collect()
    }
}
