//! The observations of one metric on the tree: of the whole, of each team, of every node, of months
//! and of windows around a day.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use polars::prelude::*;
use rayon::prelude::*;
use tribometer_findings::Hidden;
use tribometer_statistics::intervals::{self, quantile};
use tribometer_surveys::telemetry::metrics::{Aggregate, Metric, Source};

use crate::disclosure;
use crate::gathered::Gathered;
use crate::groups::Tree;
use crate::input::Period;
use crate::observations::{AT, MERGED, NODE, Placed, Plan, VALUE, longs, numbers};
use crate::tables::{PERSON, Tables};

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

impl Shown {
    /// The percentiles one by one.
    pub fn each_percentile(&self) -> [Option<f64>; 3] {
        self.percentiles
            .map_or([None; 3], |percentiles| percentiles.map(Some))
    }
}

/// A metric of a node in some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shown {
    pub n: u32,
    /// 50th, 75th, 90th; none for shares and rates.
    pub percentiles: Option<[f64; 3]>,
    pub mean: f64,
    /// Of the median, share or rate.
    pub interval: Option<(f64, f64)>,
}

/// Percentiles of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    pub n: u32,
    pub p50: f64,
    pub p75: f64,
    pub p90: f64,
    pub mean: f64,
}

/// Percentiles and mean of sorted values; none without values.
pub(crate) fn summary(sorted: &[f64]) -> Option<Summary> {
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

/// The people of each node by itself, and with those below it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Headcount {
    pub own: Vec<u32>,
    pub within: Vec<u32>,
}

/// Whom numbers are shown of: the people that one needs, and the nodes that are hidden anyway.
#[derive(Clone, Copy)]
pub(crate) struct Disclosure<'a> {
    pub hidden: &'a [Option<Hidden>],
    pub minimum: u32,
}

/// Stands for nobody in a column of people.
const NOBODY: u32 = u32::MAX;

/// The observations of one metric, in the order of nodes and, within one, of values.
pub(crate) struct Observed<'a> {
    metric: &'a Metric,
    tree: &'a Tree,
    rows: Vec<Row>,
    unit: f64,
    /// One more than the greatest code of a person.
    people: usize,
    /// From the first observation to the end of the last one's day.
    span: Option<Period>,
}

/// One observation.
#[derive(Clone, Copy, Default)]
struct Row {
    node: u32,
    /// [`NOBODY`] where it is about none.
    person: u32,
    at: i64,
    value: i64,
    /// Whether months count it.
    is_monthly: bool,
}

impl Row {
    fn person(&self) -> Option<u32> {
        (self.person != NOBODY).then_some(self.person)
    }
}

impl<'a> Observed<'a> {
    /// Runs a plan.
    pub fn new(metric: &'a Metric, tree: &'a Tree, plan: Plan) -> PolarsResult<Self> {
        let frame = plan.rows.collect()?;
        let merged = frame.column(MERGED).and_then(Column::bool);
        let monthly: Vec<bool> = match merged {
            Ok(merged) => merged.iter().map(|merged| merged == Some(true)).collect(),
            Err(_) => vec![true; frame.height()],
        };
        let (nodes, persons) = (numbers(&frame, NODE), numbers(&frame, PERSON));
        let (at, values) = (longs(&frame, AT), longs(&frame, VALUE));
        let row = |row: usize| Row {
            node: nodes[row],
            person: persons[row],
            at: at[row],
            value: values[row],
            is_monthly: monthly[row],
        };
        // Here and not in the plan: sorting a frame by two columns takes several times as long.
        let mut next = vec![0usize; tree.len() + 1];
        nodes.iter().for_each(|node| next[*node as usize + 1] += 1);
        for node in 1..next.len() {
            next[node] += next[node - 1];
        }
        let mut rows = vec![Row::default(); frame.height()];
        for (at, node) in nodes.iter().enumerate() {
            let place = &mut next[*node as usize];
            rows[*place] = row(at);
            *place += 1;
        }
        if is_ordered(metric) {
            rows.par_chunk_by_mut(|a, b| a.node == b.node)
                .for_each(|own| own.sort_unstable_by_key(|row| row.value));
        }
        let people = rows.iter().filter_map(Row::person).max();
        let known = || rows.iter().map(|row| row.at).filter(|at| *at != i64::MIN);
        let span = known().min().zip(known().max()).and_then(|(first, last)| {
            Some(Period {
                start: DateTime::from_timestamp_micros(first)?,
                end: DateTime::from_timestamp_micros(last)? + chrono::Duration::days(1),
            })
        });
        Ok(Self {
            metric,
            tree,
            rows,
            unit: plan.unit,
            people: people.map_or(0, |code| code as usize + 1),
            span,
        })
    }

    /// Whether the metric is a median of what each pull request says.
    pub fn is_read_off(&self) -> bool {
        self.metric.from == Source::PullRequests && self.metric.computed.is_none()
    }

    /// The rows of a period, all of them without one.
    fn within(&self, period: Option<Period>) -> impl Iterator<Item = &Row> {
        let micros = |time: DateTime<Utc>| time.timestamp_micros();
        let span = period.map(|period| micros(period.start)..micros(period.end));
        let holds = move |row: &&Row| span.as_ref().is_none_or(|span| span.contains(&row.at));
        self.rows.iter().filter(holds)
    }

    /// In the metric's unit.
    fn value(&self, row: &Row) -> f64 {
        row.value as f64 / self.unit
    }

    fn gather<'r>(&self, rows: impl Iterator<Item = &'r Row>) -> Gathered<f64> {
        let rows = rows.map(|row| (row.node as usize, row.person(), self.value(row)));
        Gathered::new(self.tree, self.people, rows)
    }

    /// The level of the whole.
    pub fn level(
        &self,
        period: Option<Period>,
        headcount: &Headcount,
        minimum: u32,
    ) -> Result<Level, Missing> {
        let mut seen = vec![false; self.people];
        let (mut people, mut values) = (0, Vec::new());
        for row in self.within(period) {
            values.push(self.value(row));
            if let Some(person) = row.person() {
                people += u32::from(!std::mem::replace(&mut seen[person as usize], true));
            }
        }
        if people > 0 && people < minimum {
            return Err(Missing::FewPeople);
        }
        let missing = match values.len() as u32 {
            0 => Missing::NoValues,
            n => Missing::FewValues(n),
        };
        let engineers = headcount.within.first().copied().unwrap_or(0);
        let over = period.or(self.span);
        if is_ordered(self.metric) {
            values.par_sort_unstable_by(f64::total_cmp);
        }
        self.aggregate(&values, over, engineers).ok_or(missing)
    }

    /// What each node's own people, or services, did, without the teams below it.
    pub fn of_teams(
        &self,
        period: Option<Period>,
        headcount: &Headcount,
    ) -> Vec<Option<TeamValue>> {
        let gathered = self.gather(self.within(period));
        let is_count = matches!(
            self.metric.aggregate,
            Aggregate::Rate | Aggregate::RatePerEngineer
        );
        let value = |node: usize| {
            let (values, people) = (gathered.of(node), gathered.own_people[node]);
            let engineers = headcount.own.get(node).copied().unwrap_or(0);
            // Nothing counted is a count of zero for a team that has people; nothing measured is
            // nothing.
            if values.is_empty() && (!is_count || engineers == 0) {
                return None;
            }
            // A team's own median stands in comparisons of many teams, which carry its chance.
            let value = match self.is_read_off() {
                true => quantile(values, 0.5)?,
                false => {
                    self.aggregate(values, period.or(self.span), engineers)?
                        .value
                }
            };
            let people = (people > 0).then_some(people);
            Some(TeamValue { value, people })
        };
        (0..self.tree.len()).map(value).collect()
    }

    /// The median of each person over a period, by code, of those that are wanted.
    pub fn of_people(&self, period: Option<Period>, wanted: &[bool]) -> Vec<Option<f64>> {
        let is_wanted = |person: u32| wanted.get(person as usize) == Some(&true);
        let rows = self.within(period).filter_map(|row| {
            let person = row.person().filter(|person| is_wanted(*person))?;
            Some((person, self.value(row)))
        });
        let mut rows: Vec<(u32, f64)> = rows.collect();
        rows.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut medians = vec![None; self.people];
        let mut sorted: Vec<f64> = Vec::new();
        for own in rows.chunk_by(|a, b| a.0 == b.0) {
            sorted.clear();
            sorted.extend(own.iter().map(|(_, value)| value));
            medians[own[0].0 as usize] = quantile(&sorted, 0.5);
        }
        medians
    }

    /// Each node that may be shown, month by month: the month's first day, and percentiles where
    /// they make sense.
    pub fn months(
        &self,
        headcount: &Headcount,
        disclosure: Disclosure<'_>,
    ) -> Vec<(usize, NaiveDate, Shown)> {
        let mut calendar = Calendar::default();
        let mut months: BTreeMap<NaiveDate, Vec<&Row>> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| row.is_monthly) {
            if let Some(month) = calendar.month(row.at) {
                months.entry(month).or_default().push(row);
            }
        }
        let months: Vec<(NaiveDate, Vec<&Row>)> = months.into_iter().collect();
        let shown = months.into_par_iter().flat_map_iter(|(month, rows)| {
            let over = self.covered(month);
            let nodes = self.shown(rows.into_iter(), over, headcount, disclosure);
            nodes.into_iter().map(move |(node, row)| (node, month, row))
        });
        shown.collect()
    }

    /// Each node that may be shown over a period, with those below it.
    pub fn nodes(
        &self,
        period: Option<Period>,
        headcount: &Headcount,
        disclosure: Disclosure<'_>,
    ) -> Vec<(usize, Shown)> {
        let over = period.or(self.span);
        self.shown(self.within(period), over, headcount, disclosure)
    }

    /// The nodes that some rows may be shown of: at least the minimum of people stand behind what
    /// is about people, and behind what subtraction would leave.
    fn shown<'r>(
        &self,
        rows: impl Iterator<Item = &'r Row>,
        over: Option<Period>,
        headcount: &Headcount,
        disclosure: Disclosure<'_>,
    ) -> Vec<(usize, Shown)> {
        let mut gathered = self.gather(rows);
        let hidden = disclosure.decide(self.tree, &gathered.people);
        let mut shown = Vec::new();
        // From the leaves up, so that a sort further up merges what is sorted below.
        for node in (0..self.tree.len()).rev() {
            let values = gathered.within_mut(self.tree, node);
            if is_ordered(self.metric) {
                values.sort_by(f64::total_cmp);
            }
            if hidden[node].is_some() || values.is_empty() {
                continue;
            }
            let engineers = headcount.within.get(node).copied().unwrap_or(0);
            let percentiles = match self.metric.aggregate {
                Aggregate::Median => summary(values),
                _ => None,
            };
            let level = self.aggregate(values, over, engineers);
            let row = match (percentiles, level) {
                (Some(summary), level) => Shown {
                    n: summary.n,
                    percentiles: Some([summary.p50, summary.p75, summary.p90]),
                    mean: summary.mean,
                    interval: level.and_then(|level| level.interval),
                },
                (None, Some(level)) => Shown {
                    n: level.n,
                    percentiles: None,
                    mean: level.value,
                    interval: level.interval,
                },
                (None, None) => continue,
            };
            shown.push((node, row));
        }
        shown.reverse();
        shown
    }

    /// The part of a month that lies between the first and the last observation.
    fn covered(&self, month: NaiveDate) -> Option<Period> {
        let (start, next) = (month, month.checked_add_months(Months::new(1))?);
        let midnight = |day: NaiveDate| Some(day.and_hms_opt(0, 0, 0)?.and_utc());
        let span = self.span?;
        Some(Period {
            start: midnight(start)?.max(span.start),
            end: midnight(next)?.min(span.end),
        })
    }

    /// What is made of values, which are sorted where their order matters.
    fn aggregate(&self, sorted: &[f64], over: Option<Period>, engineers: u32) -> Option<Level> {
        let n = u32::try_from(sorted.len()).ok()?;
        let weeks = |over: Period| (over.end - over.start).as_seconds_f64() / (7.0 * 86_400.0);
        let estimate = match self.metric.aggregate {
            Aggregate::Median => intervals::median(sorted)?,
            Aggregate::Mean => {
                let mean = summary(sorted)?.mean;
                let squares = sorted.iter().map(|value| (value - mean).powi(2));
                let variance = squares.sum::<f64>() / (f64::from(n) - 1.0);
                intervals::mean(mean, variance.sqrt(), n)?
            }
            Aggregate::Share => {
                let yes = sorted.iter().filter(|value| **value > 0.5).count();
                intervals::wilson(yes as u32, n)?
            }
            Aggregate::Rate => intervals::rate(n, weeks(over?))?,
            Aggregate::RatePerEngineer => intervals::rate(n, weeks(over?) * f64::from(engineers))?,
        };
        Some(Level {
            value: estimate.value,
            interval: Some((estimate.low, estimate.high)),
            n,
        })
    }
}

/// Whether the order of values matters; shares and rates only count them.
fn is_ordered(metric: &Metric) -> bool {
    matches!(metric.aggregate, Aggregate::Median | Aggregate::Mean)
}

/// The median of a metric of pull requests in each team, without the teams below it: by node.
pub fn medians_of_teams(tables: &Tables, tree: &Tree, metric: &Metric) -> Vec<Option<f64>> {
    let Some(plan) = Placed::new(tables, tree, None).plan(metric) else {
        return vec![None; tree.len()];
    };
    let observed = Observed::new(metric, tree, plan).expect("a plan of ours");
    let teams = observed.of_teams(None, &Headcount::default());
    teams.into_iter().map(|team| Some(team?.value)).collect()
}

impl Disclosure<'_> {
    /// What is hidden of numbers behind which so many people stand, by node; what is about nobody
    /// goes by the nodes alone.
    pub fn decide(self, tree: &Tree, people: &[u32]) -> Vec<Option<Hidden>> {
        match people.iter().any(|people| *people > 0) {
            true => disclosure::decide_teams(tree, people, self.minimum, self.hidden),
            false => self.hidden.to_vec(),
        }
    }
}

/// The months of instants, UTC; most are in the month of the one before.
#[derive(Default)]
struct Calendar(Option<(std::ops::Range<i64>, NaiveDate)>);

impl Calendar {
    /// The first day of an instant's month.
    fn month(&mut self, at: i64) -> Option<NaiveDate> {
        if let Some((_, month)) = self.0.as_ref().filter(|(range, _)| range.contains(&at)) {
            return Some(*month);
        }
        let first = DateTime::from_timestamp_micros(at)?
            .date_naive()
            .with_day(1)?;
        let midnight =
            |day: NaiveDate| Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros());
        let next = first.checked_add_months(Months::new(1))?;
        self.0 = Some((midnight(first)?..midnight(next)?, first));
        Some(first)
    }
}

#[cfg(test)]
mod tests;
