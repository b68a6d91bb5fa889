//! The levels of the metrics: of the whole organization now and before, of each team, and by month; whatever file they come from.

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use crate::events::{Headcount, Observed};
use crate::findings::{Hidden, MetricLevel, MetricMonth, PullRequestTimes, WithOpen};
use crate::groups::Groups;
use crate::input::{Input, Period, ReportedMetric};
use crate::intervals::{self, quantile};
use crate::metrics::{self, Metric};
use crate::pull_request::Phase;
use crate::survival;
use crate::telemetry::{NodeMonth, Spans, Telemetry};

/// What the systems know, ready for questions.
pub(crate) struct Systems<'a> {
    groups: &'a Groups,
    pull_requests: Option<Telemetry<'a>>,
    headcount: Headcount,
    minimum: u32,
    period: Option<Period>,
    /// Those that have values, in the order of the catalog.
    known: Vec<Known<'a>>,
}

/// A metric with where its values are and its levels.
struct Known<'a> {
    metric: &'a Metric,
    values: Values<'a>,
    /// Over the months that the answers speak about.
    now: Option<Level>,
    /// Over as many months before.
    before: Option<Level>,
}

enum Values<'a> {
    PullRequests,
    Events(Observed<'a>),
    /// Rows of metrics.csv, with their nodes.
    Reported(Vec<(usize, &'a ReportedMetric)>),
}

/// A metric of the whole organization.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Level {
    pub value: f64,
    /// Absent for what somebody else aggregated.
    pub interval: Option<(f64, f64)>,
    pub n: u32,
}

/// A metric of one team.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TeamValue {
    pub value: f64,
    /// How many people stand behind it; absent for what is not about people.
    pub people: Option<u32>,
}

impl<'a> Systems<'a> {
    /// Places everything on the tree.
    pub fn new(input: &'a Input, groups: &'a Groups) -> Self {
        let tree = &groups.tree;
        let pull_requests = input.pull_requests.as_ref();
        let mut systems = Self {
            groups,
            pull_requests: pull_requests.map(|columns| Telemetry::new(tree, columns)),
            headcount: headcount(input, groups),
            minimum: input.settings.minimum_group,
            period: input.period,
            known: Vec::new(),
        };
        let all: Vec<&Metric> = metrics::catalog().iter().chain(&input.declared).collect();
        let known = all.into_par_iter().filter_map(|metric| {
            let values = systems.values(metric, input)?;
            let before = systems.period.map(Period::before);
            Some(Known {
                metric,
                now: systems.level(metric, &values, systems.period, false),
                before: systems.level(metric, &values, before, true),
                values,
            })
        });
        systems.known = known.collect();
        systems
    }

    fn values(&self, metric: &'a Metric, input: &'a Input) -> Option<Values<'a>> {
        let is_of_pull_requests = metrics::of_pull_requests().contains(metric);
        if is_of_pull_requests && self.pull_requests.is_some() {
            return Some(Values::PullRequests);
        }
        let tree = &self.groups.tree;
        if let Some(observed) = Observed::new(metric, tree, &input.events) {
            return Some(Values::Events(observed));
        }
        let rows = input.metrics.iter().filter(|row| row.metric == metric.id);
        let rows: Vec<(usize, &ReportedMetric)> =
            rows.map(|row| (tree.node(&row.team), row)).collect();
        (!rows.is_empty()).then_some(Values::Reported(rows))
    }

    /// Every metric that there is.
    pub fn metrics(&self) -> impl Iterator<Item = &'a Metric> {
        self.known.iter().map(|known| known.metric)
    }

    /// The level over the months that the answers speak about.
    pub fn now(&self, metric: &Metric) -> Option<Level> {
        self.find(metric)?.now
    }

    /// The level over as many months before.
    pub fn before(&self, metric: &Metric) -> Option<Level> {
        self.find(metric)?.before
    }

    fn find(&self, metric: &Metric) -> Option<&Known<'a>> {
        self.known.iter().find(|known| known.metric.id == metric.id)
    }

    /// What was reported tells its periods itself; everything else has no period before unless the answers have one.
    fn level(
        &self,
        metric: &Metric,
        values: &Values<'_>,
        period: Option<Period>,
        before: bool,
    ) -> Option<Level> {
        match values {
            Values::Reported(rows) => reported(rows, before),
            _ if before && period.is_none() => None,
            Values::Events(observed) => observed.level(period, &self.headcount, self.minimum),
            Values::PullRequests => {
                let sample = self.pull_requests.as_ref()?.of_all(metric, period);
                if sample.people < self.minimum {
                    return None;
                }
                let median = intervals::median(&sample.values)?;
                Some(Level {
                    value: median.value,
                    interval: Some((median.low, median.high)),
                    n: sample.values.len() as u32,
                })
            }
        }
    }

    /// What each team's own people did, without the teams below it, over the months that the answers speak about: by node.
    pub fn of_teams(&self, metric: &Metric) -> Vec<Option<TeamValue>> {
        let Some(Values::Reported(rows)) = self.find(metric).map(|known| &known.values) else {
            return self.of_teams_over(metric, self.period);
        };
        let (mut teams, last) = (vec![None; self.groups.tree.len()], periods(rows).pop());
        for (node, row) in rows {
            if Some((row.period_start, row.period_end)) == last {
                teams[*node] = Some(TeamValue {
                    value: row.value,
                    people: None,
                });
            }
        }
        teams
    }

    /// The same over any period; nothing of what was reported, which has its own.
    pub fn of_teams_over(&self, metric: &Metric, period: Option<Period>) -> Vec<Option<TeamValue>> {
        let found = self.find(metric).map(|known| &known.values);
        match (found, &self.pull_requests) {
            (Some(Values::Events(observed)), _) => observed.of_teams(period, &self.headcount),
            (Some(Values::PullRequests), Some(telemetry)) => telemetry
                .of_teams(metric, period)
                .iter()
                .map(|sample| {
                    Some(TeamValue {
                        value: quantile(&sample.values, 0.5)?,
                        people: Some(sample.people),
                    })
                })
                .collect(),
            _ => vec![None; self.groups.tree.len()],
        }
    }

    /// The people that a number of a team needs.
    pub fn minimum(&self) -> u32 {
        self.minimum
    }

    /// Every metric of the organization that there is.
    pub fn levels(&self) -> Vec<MetricLevel> {
        let level = |known: &Known<'_>| {
            let now = known.now?;
            Some(MetricLevel {
                metric: known.metric.id.clone(),
                name: known.metric.name.clone(),
                unit: known.metric.unit.clone(),
                value: now.value,
                low: now.interval.map(|interval| interval.0),
                high: now.interval.map(|interval| interval.1),
                previous: known.before.map(|before| before.value),
                n: now.n,
            })
        };
        self.known.iter().filter_map(level).collect()
    }

    /// How much is known of pull requests, with those that are open.
    pub fn pull_request_times(&self) -> Option<PullRequestTimes> {
        let telemetry = self.pull_requests.as_ref()?;
        let mut is_shown = false;
        let mut with_open = Vec::new();
        for (id, phase) in [
            ("pr.cycle_time", Phase::CycleTime),
            ("pr.pickup_time", Phase::Pickup),
        ] {
            let Spans {
                spans,
                unfinished,
                people,
            } = telemetry.spans(phase, self.period);
            if people < self.minimum {
                continue;
            }
            is_shown = true;
            let Some(metric) = metrics::find(id).filter(|_| unfinished > 0) else {
                continue;
            };
            let median = survival::median(&spans);
            with_open.push(WithOpen {
                metric: id.to_owned(),
                name: metric.name.clone(),
                median: median.value,
                low: median.low,
                high: median.high,
                n: spans.len() as u32,
                unfinished,
            });
        }
        let (merged, complete) = telemetry.complete(self.period);
        is_shown.then_some(PullRequestTimes {
            merged,
            complete,
            with_open,
        })
    }

    /// Team by team, metric by metric, month by month, as far as `hidden` groups and the number of people allow.
    pub fn months(&self, hidden: &[Option<Hidden>]) -> Vec<MetricMonth> {
        let width = self.groups.per_node();
        let hidden: Vec<Option<Hidden>> = hidden.iter().step_by(width).copied().collect();
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
                    let months = observed.months(&self.headcount, &hidden, self.minimum);
                    rows.extend(months.into_iter().map(|(node, start, month)| {
                        let [p50, p75, p90] = match month.percentiles {
                            Some(percentiles) => percentiles.map(Some),
                            None => [None; 3],
                        };
                        let row = MetricMonth {
                            period_start: start,
                            n: month.n,
                            p50,
                            p75,
                            p90,
                            mean: month.mean,
                            ..named(known.metric, node)
                        };
                        (node, at, row)
                    }));
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
}

/// How many people each node has: of the roster, else of those who answered.
fn headcount(input: &Input, groups: &Groups) -> Headcount {
    let people = input.roster.as_ref().unwrap_or(&input.responses.people);
    let mut own = vec![0; groups.tree.len()];
    for node in groups.tree.place(&people.team) {
        own[node as usize] += 1;
    }
    let mut within = own.clone();
    groups.tree.roll_up(&mut within, 1);
    Headcount { own, within }
}

/// The periods of reported rows, the last one last.
fn periods(rows: &[(usize, &ReportedMetric)]) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let mut periods: Vec<_> = rows
        .iter()
        .map(|(_, row)| (row.period_start, row.period_end))
        .collect();
    periods.sort_unstable();
    periods.dedup();
    periods
}

/// The whole in the last reported period, or in the one before: as reported for the whole, else the teams' values weighted by their n.
fn reported(rows: &[(usize, &ReportedMetric)], before: bool) -> Option<Level> {
    let period = periods(rows).into_iter().rev().nth(usize::from(before))?;
    let within = || {
        rows.iter()
            .filter(move |(_, row)| (row.period_start, row.period_end) == period)
    };
    let (value, n) = match within().find(|(node, _)| *node == 0) {
        Some((_, row)) => (row.value, row.n),
        None => {
            let n: u32 = within().map(|(_, row)| row.n).sum();
            let sum: f64 = within().map(|(_, row)| row.value * f64::from(row.n)).sum();
            (sum / f64::from(n), n)
        }
    };
    (n > 0).then_some(Level {
        value,
        interval: None,
        n,
    })
}
