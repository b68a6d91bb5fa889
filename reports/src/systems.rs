//! The levels of the metrics: of the whole organization now and before, of each team, and by month; whatever file they come from.

use std::collections::BTreeMap;

use chrono::{DateTime, Months, NaiveDate, Utc};
use rayon::prelude::*;

use crate::activity;
use crate::events::{Headcount, Observed, Shown};
use crate::findings::{
    Hidden, MetricLevel, MetricMonth, PullRequestTimes, TeamMetric, TeamWithOpen, WithOpen,
};
use crate::groups::Groups;
use crate::html::format;
use crate::input::{Input, Period, PullRequests, ReportedMetric};
use crate::intervals::{self, quantile};
use crate::metrics::{self, Computed, Metric, Source};
use crate::pull_request::Phase;
use crate::survival;
use crate::telemetry::{NodeLevel, NodeMonth, Spans, Telemetry};

/// The times that are counted with those that had not ended.
const WATCHED: [(&str, Phase); 2] = [
    ("pr.cycle_time", Phase::CycleTime),
    ("pr.pickup_time", Phase::Pickup),
];

/// How many teams that nobody is in a note names.
const UNKNOWN_TEAMS_TOLD: usize = 5;

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

    /// What was left out and why, a sentence for each reason.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let missing = |which: fn(Missing) -> Option<Option<u32>>| {
            let name = |known: &Known<'_>| {
                let name = known.metric.name.clone();
                match which(known.now.err()?)? {
                    Some(n) => Some(format!("{name} ({n})")),
                    None => Some(name),
                }
            };
            self.known.iter().filter_map(name).collect::<Vec<_>>()
        };
        let none = missing(|missing| (missing == Missing::NoValues).then_some(None));
        if !none.is_empty() {
            notes.push(format!(
                "Metrics without a value, because nothing happened or what they are made of is not given: {}.",
                format::list(&none)
            ));
        }
        let few = missing(|missing| match missing {
            Missing::FewValues(n) => Some(Some(n)),
            _ => None,
        });
        if !few.is_empty() {
            notes.push(format!(
                "Metrics with too few values for an interval are not shown: {}.",
                format::list(&few)
            ));
        }
        let hidden = missing(|missing| (missing == Missing::FewPeople).then_some(None));
        if !hidden.is_empty() {
            notes.push(format!(
                "Metrics with fewer than {} people behind them are not shown: {}.",
                self.minimum,
                format::list(&hidden)
            ));
        }
        if !self.negative.is_empty() {
            let counts = self.negative.iter();
            let counts =
                counts.map(|(name, n)| format!("{name} ({})", format::count(u64::from(*n))));
            notes.push(format!(
                "Times that end before they begin are left out: {}.",
                format::list(&counts.collect::<Vec<_>>())
            ));
        }
        let both = self.known.iter().filter(|known| {
            matches!(known.values, Values::Reported(_)) && known.metric.from != Source::Metrics
        });
        let both: Vec<String> = both.map(|known| known.metric.name.clone()).collect();
        if !both.is_empty() {
            notes.push(format!(
                "Taken as metrics.csv has it, not computed from other files: {}.",
                format::list(&both)
            ));
        }
        if !self.unknown_teams.is_empty() {
            let rows: u32 = self.unknown_teams.values().sum();
            let mut teams: Vec<String> = self
                .unknown_teams
                .keys()
                .map(|team| (*team).to_owned())
                .collect();
            let more = teams.len().saturating_sub(UNKNOWN_TEAMS_TOLD);
            teams.truncate(UNKNOWN_TEAMS_TOLD);
            if more > 0 {
                teams.push(format!("{more} more"));
            }
            notes.push(format!(
                "{} left out, because nobody is in their team: {}.",
                match rows {
                    1 => "1 row of metrics.csv is".to_owned(),
                    _ => format!("{} rows of metrics.csv are", format::count(u64::from(rows))),
                },
                format::list(&teams)
            ));
        }
        notes
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
