//! The levels of the metrics: of the whole organization now and before, of each team, and by month;
//! whatever they come from.

mod notes;
mod rows;

use std::collections::BTreeMap;

use chrono::{DateTime, Months, NaiveDate, NaiveTime, Utc};
use polars::prelude::{PolarsResult, col};
use rayon::prelude::*;
use tribometer_findings::{MetricLevel, PullRequestTimes, WithOpen};
use tribometer_statistics::survival::{self, Span};
use tribometer_surveys::telemetry::metrics::{self, Computed, Metric, Source};
use tribometer_surveys::telemetry::pull_request::Phase;

use crate::gathered::Gathered;
use crate::groups::{Groups, Tree};
use crate::input::{Input, Period, ReportedMetric};
use crate::observations::{self, NODE, Placed, Plan};
use crate::observed::{Headcount, Level, Missing, Observed, TeamValue};

/// The times that are counted with those that had not ended.
const WATCHED: [(&str, Phase); 2] = [
    ("pr.cycle_time", Phase::CycleTime),
    ("pr.pickup_time", Phase::Pickup),
];

/// What the systems know, ready for questions.
pub(crate) struct Systems<'a> {
    groups: &'a Groups,
    placed: Placed<'a>,
    pull_requests: Option<PullRequests>,
    headcount: Headcount,
    minimum: u32,
    period: Option<Period>,
    /// Those that have values, in the order of the catalog.
    known: Vec<Known<'a>>,
    /// Teams that metrics.csv names and the tree lacks, with the number of their rows.
    unknown_teams: BTreeMap<&'a str, u32>,
    /// Times that end before they begin, by metric.
    negative: Vec<(&'a Metric, u32)>,
}

/// What is known of pull requests beside their metrics.
struct PullRequests {
    /// From the first creation to the last step of any, in microseconds.
    seen: Option<(i64, i64)>,
    /// Those merged in the period, and how many of them have every phase before the merge.
    merged: u32,
    complete: u32,
    /// The times of [`WATCHED`] with those that had not ended.
    spans: [Gathered<Span>; 2],
    /// Of those with a cycle time in the period, whether every phase before the merge is known.
    completeness: Gathered<bool>,
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
    Observed(Observed<'a>),
    /// What is open at once, which takes a period to say: over that of the answers, over the one
    /// before, and month by month.
    Open {
        now: Observed<'a>,
        before: Option<Observed<'a>>,
        months: Vec<Observed<'a>>,
    },
    /// Rows of metrics.csv, with their nodes.
    Reported(Vec<(usize, &'a ReportedMetric)>),
}

impl<'a> Systems<'a> {
    /// Places everything on the tree.
    pub fn new(input: &'a Input, groups: &'a Groups) -> Self {
        let tree = &groups.tree;
        let placed = Placed::new(&input.tables, tree, input.period);
        let pull_requests = PullRequests::new(&placed, tree, input.period);
        let mut systems = Self {
            groups,
            pull_requests: pull_requests.expect("a plan of ours"),
            placed,
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
        let negative = systems.placed.negative(&all).expect("a plan of ours");
        let negative = all.iter().filter_map(|metric| {
            let count = negative.get(&metric.id)?;
            Some((*metric, *count))
        });
        systems.negative = negative.collect();
        // The plans have threads of their own, so that none is run within a part of others.
        let mut values = Vec::new();
        for metric in all {
            let of_metric = systems.values(metric, input).expect("a plan of ours");
            values.extend(of_metric.map(|values| (metric, values)));
        }
        let known = values.into_par_iter().map(|(metric, values)| Known {
            now: systems.level(&values, false),
            before: systems.level(&values, true).ok(),
            metric,
            values,
        });
        systems.known = known.collect();
        systems
    }

    /// What somebody reported goes before what can be computed.
    fn values(&self, metric: &'a Metric, input: &'a Input) -> PolarsResult<Option<Values<'a>>> {
        let tree = &self.groups.tree;
        let rows = input.metrics.iter().filter(|row| row.metric == metric.id);
        let placed = rows.filter_map(|row| Some((tree.find(&row.team)?, row)));
        let rows: Vec<(usize, &ReportedMetric)> = placed.collect();
        if !rows.is_empty() {
            return Ok(Some(Values::Reported(rows)));
        }
        if matches!(metric.computed, Some(Computed::OpenAtOnce)) {
            let Some(now) = self.open(metric, self.period)? else {
                return Ok(None);
            };
            let before = self.period.map(Period::before);
            let before = before.map(|before| self.open(metric, Some(before)));
            let before = before.transpose()?.flatten();
            let months = self.months_seen().into_iter();
            let months = months.filter_map(|month| self.open(metric, Some(month)).transpose());
            let months = months.collect::<PolarsResult<_>>()?;
            return Ok(Some(Values::Open {
                now,
                before,
                months,
            }));
        }
        let Some(plan) = self.placed.plan(metric) else {
            return Ok(None);
        };
        Ok(Some(Values::Observed(Observed::new(metric, tree, plan)?)))
    }

    /// How many pull requests were open at once over a period, as far as they were seen.
    fn open(
        &self,
        metric: &'a Metric,
        period: Option<Period>,
    ) -> PolarsResult<Option<Observed<'a>>> {
        let (Some(frame), Some(pull_requests)) =
            (self.placed.get(Source::PullRequests), &self.pull_requests)
        else {
            return Ok(None);
        };
        let (first, last) = pull_requests.seen.unwrap_or_default();
        let (start, end) = period.map_or((first, last), |period| {
            let (start, end) = (period.start, period.end);
            (
                start.timestamp_micros().max(first),
                end.timestamp_micros().min(last),
            )
        });
        let plan = Plan {
            rows: observations::open_at_once(&frame, start, end),
            unit: (end - start) as f64,
        };
        Observed::new(metric, &self.groups.tree, plan).map(Some)
    }

    /// The months in which pull requests were seen.
    fn months_seen(&self) -> Vec<Period> {
        let seen = self.pull_requests.as_ref().and_then(|rows| rows.seen);
        let instants = seen.and_then(|(first, last)| {
            let time = DateTime::from_timestamp_micros;
            Some((time(first)?, time(last)?))
        });
        let Some((first, last)) = instants else {
            return Vec::new();
        };
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let first = midnight(observations::first_day(first));
        let starts = std::iter::successors(Some(first), |start| {
            start.checked_add_months(Months::new(1))
        });
        let months = starts
            .take_while(|start| *start < last)
            .map(|start| Period {
                start,
                end: start + Months::new(1),
            });
        months.collect()
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

    /// What was reported tells its periods itself; everything else has no period before unless the
    /// answers have one.
    fn level(&self, values: &Values<'_>, is_before: bool) -> Result<Level, Missing> {
        let before = self.period.map(Period::before);
        let period = if is_before { before } else { self.period };
        let level =
            |observed: &Observed<'_>, period| observed.level(period, &self.headcount, self.minimum);
        match values {
            Values::Reported(rows) => reported(rows, is_before).ok_or(Missing::NoValues),
            _ if is_before && period.is_none() => Err(Missing::NoValues),
            Values::Observed(observed) => level(observed, period),
            Values::Open { now, .. } if !is_before => level(now, None),
            Values::Open { before, .. } => before
                .as_ref()
                .map_or(Err(Missing::NoValues), |before| level(before, None)),
        }
    }

    /// What each team's own people did, without the teams below it, over the months that the
    /// answers speak about: by node.
    pub fn of_teams(&self, metric: &Metric) -> Vec<Option<TeamValue>> {
        match self.find(metric).map(|known| &known.values) {
            Some(Values::Reported(rows)) => self.reported_of_teams(rows, periods(rows).pop()),
            Some(Values::Observed(observed)) => observed.of_teams(self.period, &self.headcount),
            Some(Values::Open { now, .. }) => now.of_teams(None, &self.headcount),
            None => vec![None; self.groups.tree.len()],
        }
    }

    /// The same over as many months twice before an instant, once before it, and after it; of what
    /// was reported over the last two periods that end by then, and the first that begins then or
    /// later.
    pub fn of_teams_around(
        &self,
        metric: &'a Metric,
        at: DateTime<Utc>,
        months: Months,
    ) -> [Vec<Option<TeamValue>>; 3] {
        let before = at - months;
        let spans = [(before - months, before), (before, at), (at, at + months)];
        let spans = spans.map(|(start, end)| Some(Period { start, end }));
        match self.find(metric).map(|known| &known.values) {
            Some(Values::Reported(rows)) => {
                let all = periods(rows);
                let mut ended = all.iter().rev().filter(|(_, end)| *end <= at).copied();
                let before = ended.next();
                let after = all.iter().find(|(start, _)| *start >= at).copied();
                [ended.next(), before, after].map(|period| self.reported_of_teams(rows, period))
            }
            Some(Values::Observed(observed)) => {
                spans.map(|span| observed.of_teams(span, &self.headcount))
            }
            Some(Values::Open { .. }) => spans.map(|span| {
                let open = self.open(metric, span).expect("a plan of ours");
                open.map_or_else(Vec::new, |open| open.of_teams(None, &self.headcount))
            }),
            None => spans.map(|_| vec![None; self.groups.tree.len()]),
        }
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

    /// The median of each author of pull requests over the months that the answers speak about, by
    /// code; nothing of other metrics.
    pub fn of_people(&self, metric: &Metric, wanted: &[bool]) -> Vec<Option<f64>> {
        match self.find(metric).map(|known| &known.values) {
            Some(Values::Observed(observed)) if observed.is_read_off() => {
                observed.of_people(self.period, wanted)
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
        let pull_requests = self.pull_requests.as_ref()?;
        let mut is_shown = false;
        let mut with_open = Vec::new();
        for ((id, _), gathered) in WATCHED.iter().zip(&pull_requests.spans) {
            if gathered.people[0] < self.minimum {
                continue;
            }
            is_shown = true;
            let spans = gathered.within(&self.groups.tree, 0);
            let unfinished = spans.iter().filter(|span| !span.ended).count() as u32;
            let Some(metric) = metrics::find(id).filter(|_| unfinished > 0) else {
                continue;
            };
            let median = survival::median(spans);
            with_open.push(WithOpen {
                metric: (*id).to_owned(),
                name: metric.name.clone(),
                median: median.value,
                low: median.low,
                high: median.high,
                n: spans.len() as u32,
                unfinished,
            });
        }
        is_shown.then_some(PullRequestTimes {
            merged: pull_requests.merged,
            complete: pull_requests.complete,
            with_open,
        })
    }
}

impl PullRequests {
    fn new(placed: &Placed<'_>, tree: &Tree, period: Option<Period>) -> PolarsResult<Option<Self>> {
        let Some(frame) = placed.get(Source::PullRequests) else {
            return Ok(None);
        };
        // Collected once: most of what follows asks these rows.
        let people = placed.people(Source::PullRequests);
        let seen = observations::seen(&frame);
        let seen_until = observations::last_step(&frame);
        let spans = WATCHED.map(|(_, phase)| {
            let spans = observations::spans(&frame, tree, phase, period, seen_until);
            Gathered::new(tree, people, spans.into_iter())
        });
        let merged = observations::merged_within(&frame, period)
            .select([observations::is_complete().alias("is_complete")])
            .collect()?;
        let complete = merged.column("is_complete")?.bool()?.sum().unwrap_or(0);
        let rows = observations::with_cycle_time(&frame, period)
            .select([col(NODE), observations::is_complete().alias("is_complete")])
            .sort([NODE], Default::default())
            .collect()?;
        let nodes = observations::numbers(&rows, NODE);
        let is_complete = rows.column("is_complete")?.bool()?;
        let rows = nodes.iter().zip(is_complete.iter());
        let rows = rows.map(|(node, is)| (*node as usize, None, is == Some(true)));
        Ok(Some(Self {
            seen,
            merged: merged.height() as u32,
            complete,
            spans,
            completeness: Gathered::new(tree, 0, rows),
        }))
    }
}

/// How many people each node has: of the roster, else of those who answered.
fn headcount(input: &Input, groups: &Groups) -> Headcount {
    let people = input.roster.as_ref().unwrap_or(&input.responses.people);
    let own = groups.tree.count(&groups.tree.place(people));
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

/// The whole in the last reported period, or in the one before: as reported for the whole, else the
/// teams' values weighted by their n.
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
