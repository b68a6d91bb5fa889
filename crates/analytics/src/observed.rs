//! The observations of one metric on the tree: of the whole, of each team, of every node, of months
//! and of windows around a day.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Utc};
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
/// Stands for no month.
const NO_MONTH: u32 = u32::MAX;
/// Stands for no time, and for no value.
const NONE: i64 = i64::MIN;

/// The observations of one metric, in the order of nodes and, within one, of values.
pub(crate) struct Observed<'a> {
    metric: &'a Metric,
    tree: &'a Tree,
    rows: Vec<Row>,
    /// Where the rows of each node begin, and where all end.
    starts: Vec<usize>,
    /// The first instants of the months from the first observation to the last one.
    months: Vec<i64>,
    unit: f64,
    /// One more than the greatest code of a person.
    people: usize,
    /// From the first observation to the end of the last one's day.
    span: Option<Period>,
}

/// One observation.
#[derive(Clone, Copy, Default)]
struct Row {
    at: i64,
    value: i64,
    /// [`NOBODY`] where it is about none.
    person: u32,
    /// Which of the months counts it; [`NO_MONTH`] where none does.
    month: u32,
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
        let (nodes, persons) = (numbers(&frame, NODE), numbers(&frame, PERSON));
        let (at, values) = (longs(&frame, AT), longs(&frame, VALUE));
        let merged = frame.column(MERGED).and_then(Column::bool).ok();
        let merged = merged.map(|merged| merged.rechunk());
        let merged = merged
            .as_ref()
            .map(|merged| merged.downcast_as_array().values());
        // A row without a value observes nothing.
        let observed = || (0..values.len()).filter(|row| values[*row] != NONE);
        let instants = || observed().map(|row| at[row]).filter(|at| *at != NONE);
        let span = instants().min().zip(instants().max());
        let span = span.and_then(|(first, last)| {
            Some(Period {
                start: DateTime::from_timestamp_micros(first)?,
                end: DateTime::from_timestamp_micros(last)? + chrono::Duration::days(1),
            })
        });
        let months = span.map(months_of).unwrap_or_default();
        // Here and not in the plan: sorting a frame by two columns takes several times as long.
        let mut starts = vec![0usize; tree.len() + 1];
        for row in observed() {
            starts[nodes[row] as usize + 1] += 1;
        }
        for node in 1..starts.len() {
            starts[node] += starts[node - 1];
        }
        let mut next = starts.clone();
        let mut rows = vec![Row::default(); *next.last().expect("where all end")];
        for row in observed() {
            let is_monthly = merged.is_none_or(|merged| merged.get_bit(row));
            let month = if is_monthly && at[row] != NONE {
                months.partition_point(|start| *start <= at[row]) as u32 - 1
            } else {
                NO_MONTH
            };
            let place = &mut next[nodes[row] as usize];
            rows[*place] = Row {
                at: at[row],
                value: values[row],
                person: persons[row],
                month,
            };
            *place += 1;
        }
        if is_ordered(metric) {
            nodes_of(&mut rows, &starts)
                .into_par_iter()
                .for_each(|rows| rows.sort_unstable_by_key(|row| row.value));
        }
        let people = rows.iter().filter_map(Row::person).max();
        Ok(Self {
            metric,
            tree,
            rows,
            starts,
            months,
            unit: plan.unit,
            people: people.map_or(0, |code| code as usize + 1),
            span,
        })
    }

    /// Whether the metric is a median of what each pull request says.
    pub fn is_read_off(&self) -> bool {
        self.metric.from == Source::PullRequests && self.metric.computed.is_none()
    }

    /// The rows of a period with their nodes, all of them without one.
    fn within(&self, period: Option<Period>) -> impl Iterator<Item = (usize, &Row)> {
        let micros = |time: DateTime<Utc>| time.timestamp_micros();
        let span = period.map(|period| micros(period.start)..micros(period.end));
        let holds = move |row: &Row| span.as_ref().is_none_or(|span| span.contains(&row.at));
        let rows = self.with_nodes(0..self.rows.len());
        rows.filter(move |(_, row)| holds(row))
    }

    /// Rows with their nodes, by their places, which ascend.
    fn with_nodes(
        &self,
        places: impl Iterator<Item = usize>,
    ) -> impl Iterator<Item = (usize, &Row)> {
        let mut node = 0;
        places.map(move |place| {
            while self.starts[node + 1] <= place {
                node += 1;
            }
            (node, &self.rows[place])
        })
    }

    /// In the metric's unit.
    fn value(&self, row: &Row) -> f64 {
        row.value as f64 / self.unit
    }

    fn gather<'r>(&self, rows: impl Iterator<Item = (usize, &'r Row)>) -> Gathered<f64> {
        let rows = rows.map(|(node, row)| (node, row.person(), self.value(row)));
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
        for (_, row) in self.within(period) {
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
            values.sort_unstable_by(f64::total_cmp);
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
            let value = if self.is_read_off() {
                quantile(values, 0.5)?
            } else {
                self.aggregate(values, period.or(self.span), engineers)?
                    .value
            };
            let people = (people > 0).then_some(people);
            Some(TeamValue { value, people })
        };
        (0..self.tree.len()).map(value).collect()
    }

    /// The median of each person over a period, by code, of those that are wanted.
    pub fn of_people(&self, period: Option<Period>, wanted: &[bool]) -> Vec<Option<f64>> {
        let is_wanted = |person: u32| wanted.get(person as usize) == Some(&true);
        let rows = self.within(period).filter_map(|(_, row)| {
            let person = row.person().filter(|person| is_wanted(*person))?;
            Some((person, self.value(row)))
        });
        let mut rows: Vec<(u32, f64)> = rows.collect();
        rows.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut medians = vec![None; self.people];
        let mut sorted: Vec<f64> = Vec::new();
        for of_person in rows.chunk_by(|a, b| a.0 == b.0) {
            sorted.clear();
            sorted.extend(of_person.iter().map(|(_, value)| value));
            medians[of_person[0].0 as usize] = quantile(&sorted, 0.5);
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
        let mut places: Vec<Vec<u32>> = vec![Vec::new(); self.months.len()];
        for (row, place) in self.rows.iter().zip(0..) {
            if let Some(places) = places.get_mut(row.month as usize) {
                places.push(place);
            }
        }
        let months = places.into_par_iter().zip(&self.months);
        let months = months.filter(|(places, _)| !places.is_empty());
        let shown = months.flat_map_iter(|(places, start)| {
            let month = DateTime::from_timestamp_micros(*start).unwrap_or_default();
            let month = month.date_naive();
            let over = self.covered(month);
            let rows = self.with_nodes(places.iter().map(|place| *place as usize));
            let shown = self.shown(rows, headcount, disclosure, |values, engineers| {
                self.summary(values, over, engineers)
            });
            shown.into_iter().map(move |(node, row)| (node, month, row))
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
        let rows = self.within(period);
        self.shown(rows, headcount, disclosure, |values, engineers| {
            let level = self.aggregate(values, over, engineers);
            let summary = self.summary(values, over, engineers)?;
            Some(Shown {
                interval: level.and_then(|level| level.interval),
                ..summary
            })
        })
    }

    /// The nodes that some rows may be shown of: at least the minimum of people stand behind what
    /// is about people, and behind what subtraction would leave.
    fn shown<'r>(
        &self,
        rows: impl Iterator<Item = (usize, &'r Row)>,
        headcount: &Headcount,
        disclosure: Disclosure<'_>,
        show: impl Fn(&[f64], u32) -> Option<Shown>,
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
            shown.extend(show(values, engineers).map(|row| (node, row)));
        }
        shown.reverse();
        shown
    }

    /// What a node shows of sorted values, without the interval of a median, which takes longest.
    fn summary(&self, sorted: &[f64], over: Option<Period>, engineers: u32) -> Option<Shown> {
        if self.metric.aggregate == Aggregate::Median {
            let summary = summary(sorted)?;
            return Some(Shown {
                n: summary.n,
                percentiles: Some([summary.p50, summary.p75, summary.p90]),
                mean: summary.mean,
                interval: None,
            });
        }
        let level = self.aggregate(sorted, over, engineers)?;
        Some(Shown {
            n: level.n,
            percentiles: None,
            mean: level.value,
            interval: level.interval,
        })
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
        if people.iter().any(|people| *people > 0) {
            disclosure::decide_teams(tree, people, self.minimum, self.hidden)
        } else {
            self.hidden.to_vec()
        }
    }
}

/// The first instants, UTC, of the months that a period has days of.
fn months_of(period: Period) -> Vec<i64> {
    let first = period.start.date_naive().with_day(1);
    let firsts = std::iter::successors(first, |day| day.checked_add_months(Months::new(1)));
    let starts = firsts.map(|day| day.and_time(NaiveTime::MIN).and_utc().timestamp_micros());
    starts
        .take_while(|start| *start < period.end.timestamp_micros())
        .collect()
}

/// The rows of each node.
fn nodes_of<'r>(mut rows: &'r mut [Row], starts: &[usize]) -> Vec<&'r mut [Row]> {
    let sizes = starts.windows(2).map(|node| node[1] - node[0]);
    let split = sizes.map(|size| rows.split_off_mut(..size).expect("all rows have a node"));
    split.collect()
}

#[cfg(test)]
mod tests;
