//! The levels of the metrics: of the whole organization now and before, of each team, and by month; whatever file they come from.

mod notes;
mod rows;

use std::collections::BTreeMap;

use chrono::{DateTime, Months, Utc};
use rayon::prelude::*;
use tribometer_findings::{MetricLevel, PullRequestTimes, WithOpen};
use tribometer_statistics::intervals::{self, quantile};
use tribometer_statistics::survival;
use tribometer_surveys::telemetry::metrics::{self, Computed, Metric, Source};
use tribometer_surveys::telemetry::pull_request::Phase;

use crate::activity;
use crate::events::{Headcount, Observed};
use crate::groups::Groups;
use crate::input::{Input, Period, PullRequests, ReportedMetric};
use crate::telemetry::{Spans, Telemetry};

/// The times that are counted with those that had not ended.
const WATCHED: [(&str, Phase); 2] = [
    ("pr.cycle_time", Phase::CycleTime),
    ("pr.pickup_time", Phase::Pickup),
];

/// What the systems know, ready for questions.
pub(crate) struct Systems<'a> {
    groups: &'a Groups,
    pull_requests: Option<Telemetry<'a>>,
    headcount: Headcount,
    minimum: u32,
    period: Option<Period>,
    /// Those that have values, in the order of the catalog.
    known: Vec<Known<'a>>,
    /// Teams that metrics.csv names and the tree lacks, with the number of their rows.
    unknown_teams: BTreeMap<&'a str, u32>,
    /// Times that end before they begin, by the metric's name.
    negative: Vec<(&'a str, u32)>,
}

/// A metric with where its values are and its levels.
struct Known<'a> {
    metric: &'a Metric,
    values: Values<'a>,
    /// Over the months that the answers speak about.
    now: Result<Level, Missing>,
    /// Over as many months before.
    before: Option<Level>,
}

enum Values<'a> {
    /// Read off each pull request.
    PullRequests,
    Events(Observed<'a>),
    /// How many pull requests are open at once: it takes a period to say, and here it is that of the answers.
    Open(&'a PullRequests, Observed<'a>),
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

/// Why a metric of the whole has no level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    NoValues,
    /// So many, and its interval takes more.
    FewValues(u32),
    FewPeople,
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
            unknown_teams: BTreeMap::new(),
            negative: Vec::new(),
        };
        let unknown = input
            .metrics
            .iter()
            .filter(|row| tree.find(&row.team).is_none());
        for row in unknown {
            *systems.unknown_teams.entry(&row.team).or_default() += 1;
        }
        let all: Vec<&Metric> = metrics::catalog().iter().chain(&input.declared).collect();
        let negative = |metric: &&'a Metric| {
            let of_pull_requests = match (&systems.pull_requests, metric.from) {
                (Some(telemetry), Source::PullRequests) => telemetry.negative(metric),
                _ => 0,
            };
            let of_events = input.events.negative.get(&metric.id).copied();
            let count = of_pull_requests + of_events.unwrap_or(0);
            (count > 0).then_some((metric.name.as_str(), count))
        };
        let negative: Vec<_> = all.par_iter().filter_map(negative).collect();
        let known = all.into_par_iter().filter_map(|metric| {
            let values = systems.values(metric, input)?;
            let before = systems.period.map(Period::before);
            Some(Known {
                metric,
                now: systems.level(metric, &values, systems.period, false),
                before: systems.level(metric, &values, before, true).ok(),
                values,
            })
        });
        systems.known = known.collect();
        systems.negative = negative;
        systems
    }

    /// What somebody reported goes before what can be computed.
    fn values(&self, metric: &'a Metric, input: &'a Input) -> Option<Values<'a>> {
        let tree = &self.groups.tree;
        let rows = input.metrics.iter().filter(|row| row.metric == metric.id);
        let placed = rows.filter_map(|row| Some((tree.find(&row.team)?, row)));
        let rows: Vec<(usize, &ReportedMetric)> = placed.collect();
        if !rows.is_empty() {
            return Some(Values::Reported(rows));
        }
        if metric.from == Source::PullRequests {
            let pull_requests = input.pull_requests.as_ref()?;
            return match &metric.computed {
                None => Some(Values::PullRequests),
                Some(Computed::OpenAtOnce) => {
                    let now = self.open(metric, pull_requests, self.period);
                    Some(Values::Open(pull_requests, now))
                }
                Some(computed) => {
                    let observations = activity::observations(computed, tree, pull_requests)?;
                    let teams = &pull_requests.team.names;
                    let observed = Observed::new(metric, tree, teams, &observations);
                    Some(Values::Events(observed))
                }
            };
        }
        let observations = input.events.observations.get(&metric.id)?;
        let teams = &input.events.teams;
        let observed = Observed::new(metric, tree, teams, observations);
        Some(Values::Events(observed))
    }

    /// How many pull requests were open at once over a period.
    fn open(
        &self,
        metric: &'a Metric,
        pull_requests: &PullRequests,
        period: Option<Period>,
    ) -> Observed<'a> {
        let open = activity::open_at_once(pull_requests, period);
        Observed::new(metric, &self.groups.tree, &pull_requests.team.names, &open)
    }

    /// Every metric that there is.
    pub fn metrics(&self) -> impl Iterator<Item = &'a Metric> {
        self.known.iter().map(|known| known.metric)
    }

    /// The level over the months that the answers speak about.
    pub fn now(&self, metric: &Metric) -> Option<Level> {
        self.find(metric)?.now.ok()
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
        metric: &'a Metric,
        values: &Values<'_>,
        period: Option<Period>,
        before: bool,
    ) -> Result<Level, Missing> {
        let observed =
            |observed: &Observed<'_>, period| observed.level(period, &self.headcount, self.minimum);
        match values {
            Values::Reported(rows) => reported(rows, before).ok_or(Missing::NoValues),
            _ if before && period.is_none() => Err(Missing::NoValues),
            Values::Events(events) => observed(events, period),
            Values::Open(_, now) if period == self.period => observed(now, None),
            Values::Open(rows, _) => observed(&self.open(metric, rows, period), None),
            Values::PullRequests => {
                let telemetry = self.pull_requests.as_ref().ok_or(Missing::NoValues)?;
                let sample = telemetry.of_all(metric, period);
                let n = sample.values.len() as u32;
                if n == 0 {
                    return Err(Missing::NoValues);
                }
                if sample.people < self.minimum {
                    return Err(Missing::FewPeople);
                }
                let median = intervals::median(&sample.values).ok_or(Missing::FewValues(n))?;
                Ok(Level {
                    value: median.value,
                    interval: Some((median.low, median.high)),
                    n,
                })
            }
        }
    }

    /// What each team's own people did, without the teams below it, over the months that the answers speak about: by node.
    pub fn of_teams(&self, metric: &Metric) -> Vec<Option<TeamValue>> {
        let Some(Values::Reported(rows)) = self.find(metric).map(|known| &known.values) else {
            return self.of_teams_over(metric, self.period);
        };
        self.reported_of_teams(rows, periods(rows).pop())
    }

    /// The same over any period; nothing of what was reported, which has its own.
    pub fn of_teams_over(&self, metric: &Metric, period: Option<Period>) -> Vec<Option<TeamValue>> {
        let found = self.find(metric).map(|known| (&known.values, known.metric));
        match (found, &self.pull_requests) {
            (Some((Values::Events(observed), _)), _) => observed.of_teams(period, &self.headcount),
            (Some((Values::Open(_, now), _)), _) if period == self.period => {
                now.of_teams(None, &self.headcount)
            }
            (Some((Values::Open(rows, _), metric)), _) => self
                .open(metric, rows, period)
                .of_teams(None, &self.headcount),
            (Some((Values::PullRequests, _)), Some(telemetry)) => telemetry
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

    /// The same over as many months twice before an instant, once before it, and after it; of what was reported over the last two periods that end by then, and the first that begins
    /// then or later.
    pub fn of_teams_around(
        &self,
        metric: &Metric,
        at: DateTime<Utc>,
        months: Months,
    ) -> [Vec<Option<TeamValue>>; 3] {
        let Some(Values::Reported(rows)) = self.find(metric).map(|known| &known.values) else {
            let before = at - months;
            let spans = [(before - months, before), (before, at), (at, at + months)];
            return spans
                .map(|(start, end)| self.of_teams_over(metric, Some(Period { start, end })));
        };
        let all = periods(rows);
        let mut ended = all.iter().rev().filter(|(_, end)| *end <= at).copied();
        let before = ended.next();
        let after = all.iter().find(|(start, _)| *start >= at).copied();
        [ended.next(), before, after].map(|period| self.reported_of_teams(rows, period))
    }

    fn reported_of_teams(
        &self,
        rows: &[(usize, &ReportedMetric)],
        period: Option<(DateTime<Utc>, DateTime<Utc>)>,
    ) -> Vec<Option<TeamValue>> {
        let mut teams = vec![None; self.groups.tree.len()];
        for (node, row) in rows {
            if Some((row.period_start, row.period_end)) == period {
                teams[*node] = Some(TeamValue {
                    value: row.value,
                    people: None,
                });
            }
        }
        teams
    }

    /// The median of each author of pull requests over the months that the answers speak about, by code; nothing of other metrics.
    pub fn of_people(&self, metric: &Metric, wanted: &[bool]) -> Vec<Option<f64>> {
        let found = self.find(metric).map(|known| &known.values);
        match (found, &self.pull_requests) {
            (Some(Values::PullRequests), Some(telemetry)) => {
                telemetry.of_people(metric, self.period, wanted)
            }
            _ => Vec::new(),
        }
    }

    /// The people that a number of a team needs.
    pub fn minimum(&self) -> u32 {
        self.minimum
    }

    /// Every metric of the organization that there is.
    pub fn levels(&self) -> Vec<MetricLevel> {
        let level = |known: &Known<'_>| {
            let now = known.now.ok()?;
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
        for (id, phase) in WATCHED {
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
