//! Metrics compiled to lazy plans: what a metric says of each record, as rows of one form.
//!
//! An observation has a `node` of the tree, the `person` behind it where somebody is, the instant
//! `at` which it counts, and a whole number as its `value`: microseconds, lines, or 0 and 1. It is
//! divided once, when all is counted, so that no order of rows reaches the last digit. A row whose
//! value is null observes nothing.
//!
//! **To add a metric that takes more than a row**, add a name to `Computed` and its plan here: see
//! [`until_next_deployment`] for one that joins two tables.

mod conditions;
mod pull_requests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::hash::BuildHasher;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use polars::prelude::*;
use rayon::prelude::*;
use tribometer_surveys::telemetry::metrics::{self, Aggregate, Computed, Metric, Source, Value};

use self::conditions::Conditional;
use crate::answers::by_category;
use crate::groups::Tree;
use crate::input::Period;
use crate::tables::{OF_TEAM, PERSON, Tables};

pub(crate) use self::pull_requests::{
    is_complete, last_step, merged_within, open_at_once, seen, spans, with_cycle_time,
};

pub(crate) const NODE: &str = "node";
pub(crate) const AT: &str = "at";
pub(crate) const VALUE: &str = "value";
/// Of pull requests: whether one was merged. Months count those alone.
pub(crate) const MERGED: &str = "merged";
/// The node of a team that is in the tree, and none of others.
const OWN_NODE: &str = "own_node";

/// Microseconds of an hour: times are given in hours.
pub(crate) const HOUR: f64 = 3.6e9;

/// The observations of a metric.
pub(crate) struct Plan {
    pub rows: LazyFrame,
    /// What a value of one unit of the metric is.
    pub unit: f64,
}

/// The tables with their records placed on the tree.
pub(crate) struct Placed<'a> {
    tree: &'a Tree,
    tables: &'a Tables,
    frames: BTreeMap<Source, LazyFrame>,
    /// What happened from here on is not known yet.
    end: Option<i64>,
}

impl<'a> Placed<'a> {
    /// Places records; of those that are under way, only what happened before the period's end.
    pub fn new(tables: &'a Tables, tree: &'a Tree, period: Option<Period>) -> Self {
        let node = |path: &str| {
            let node = tree.find(path).filter(|_| !path.is_empty());
            node.map(|node| node as u32)
        };
        let sources = [
            Source::PullRequests,
            Source::CiRuns,
            Source::Deployments,
            Source::Incidents,
            Source::SupportRequests,
        ];
        let end = period.map(|period| period.end.timestamp_micros());
        let frames = sources.into_iter().filter_map(|source| {
            let mut frame = tables.get(source)?.clone();
            let nodes = by_category(frame.column(OF_TEAM).ok()?, node);
            frame
                .with_column(Column::new(OWN_NODE.into(), nodes))
                .ok()?;
            let frame = frame
                .lazy()
                .with_column(col(OWN_NODE).fill_null(0u32).alias(NODE));
            if source != Source::PullRequests {
                return Some((source, frame));
            }
            let frame = match period {
                Some(period) => pull_requests::until(frame, period),
                None => frame,
            };
            // Run once: a dozen plans begin here.
            let frame = pull_requests::prepared(frame).collect();
            Some((source, frame.expect("a plan of ours").lazy()))
        });
        Self {
            tree,
            tables,
            frames: frames.collect(),
            end,
        }
    }

    /// The records of a source.
    pub fn get(&self, source: Source) -> Option<LazyFrame> {
        self.frames.get(&source).cloned()
    }

    fn has(&self, source: Source, column: &str) -> bool {
        let frame = self.tables.get(source);
        frame.is_some_and(|frame| frame.schema().contains(column))
    }

    /// What a metric says of each record; none where what it is made of is not given.
    pub fn plan(&self, metric: &Metric) -> Option<Plan> {
        let counted = self.counted(metric)?;
        let (rows, unit) = match (&metric.computed, &metric.value) {
            (Some(computed), _) => self.computed(counted, computed)?,
            (None, Some(Value::Phase { phase })) => {
                let (from, to) = pull_requests::ends(*phase);
                let counted = counted.filter(to.clone().gt_eq(from.clone()));
                (pull_requests::observed(counted, to - from), HOUR)
            }
            (None, Some(Value::Number { number })) if metric.from == Source::PullRequests => {
                let number = pull_requests::number(number);
                (pull_requests::observed(counted, number), 1.0)
            }
            (None, Some(Value::Number { number })) => {
                let number = if self.has(metric.from, number) {
                    col(number.as_str())
                } else {
                    lit(NULL)
                };
                (self.observed(metric.from, counted, number), 1.0)
            }
            (None, Some(Value::Time { from, to })) => {
                let are_there = self.has(metric.from, from) && self.has(metric.from, to);
                let (from, to) = (col(from.as_str()), col(to.as_str()));
                let rows = if are_there {
                    let counted = counted.filter(to.clone().gt_eq(from.clone()));
                    self.observed(metric.from, counted, to - from)
                } else {
                    self.observed(metric.from, counted, lit(NULL))
                };
                (rows, HOUR)
            }
            (None, None) if metric.aggregate == Aggregate::Share => {
                let is = self.conditional(metric.from).all(metric.is.as_ref()?);
                (self.observed(metric.from, counted, is), 1.0)
            }
            (None, None) => (self.observed(metric.from, counted, lit(1i64)), 1.0),
        };
        Some(Plan { rows, unit })
    }

    /// How many times of metrics end before they begin, where any does, by the metric's id.
    pub fn negative(&self, metrics: &[&Metric]) -> PolarsResult<BTreeMap<String, u32>> {
        let mut counts = BTreeMap::new();
        for (source, frame) in &self.frames {
            let metrics = metrics.iter().filter(|metric| metric.from == *source);
            let sums = metrics.filter_map(|metric| {
                let is_negative = self.is_negative(metric)?;
                Some(is_negative.sum().alias(metric.id.as_str()))
            });
            let sums = frame.clone().select(sums.collect::<Vec<_>>()).collect()?;
            for sum in sums.columns() {
                let count = sum.u32()?.get(0).filter(|count| *count > 0);
                counts.extend(count.map(|count| (sum.name().to_string(), count)));
            }
        }
        Ok(counts)
    }

    /// Whether a metric is about a record and its time ends before it begins.
    fn is_negative(&self, metric: &Metric) -> Option<Expr> {
        let (from, to) = match metric.value.as_ref()? {
            Value::Time { from, to } => {
                let are_there = self.has(metric.from, from) && self.has(metric.from, to);
                are_there.then(|| (col(from.as_str()), col(to.as_str())))?
            }
            Value::Phase { phase } => pull_requests::ends(*phase),
            Value::Number { .. } => return None,
        };
        Some(
            self.conditional(metric.from)
                .all(&metric.only)
                .and(to.lt(from)),
        )
    }

    /// One more than the greatest code of a person behind records of a source.
    pub fn people(&self, source: Source) -> usize {
        let frame = self.tables.get(source);
        let people = frame.and_then(|frame| frame.column(PERSON).ok()?.u32().ok()?.max());
        people.map_or(0, |code| code as usize + 1)
    }

    /// The records that a metric is about.
    fn counted(&self, metric: &Metric) -> Option<LazyFrame> {
        let frame = self.get(metric.from)?;
        Some(if metric.only.is_empty() {
            frame
        } else {
            frame.filter(self.conditional(metric.from).all(&metric.only))
        })
    }

    fn conditional(&self, source: Source) -> Conditional<'_> {
        let frame = self.tables.get(source);
        Conditional {
            schema: frame
                .map(|frame| frame.schema().clone())
                .unwrap_or_default(),
            shape: source.shape(),
            seen_until: Box::new(move || self.tables.seen_until(source)),
        }
    }

    /// What records say, as far as it counts.
    fn observed(&self, source: Source, frame: LazyFrame, value: Expr) -> LazyFrame {
        let at = source.shape().map_or("", |shape| shape.time);
        let rows = frame.select([
            col(NODE),
            col(PERSON),
            col(at).alias(AT),
            value.cast(DataType::Int64).alias(VALUE),
        ]);
        self.counting(rows)
    }

    /// What counts before the end.
    fn counting(&self, rows: LazyFrame) -> LazyFrame {
        match self.end {
            Some(end) => rows.filter(col(AT).lt(lit(end))),
            None => rows,
        }
    }

    /// What takes more than a record has a name, and its plan here.
    fn computed(&self, counted: LazyFrame, computed: &Computed) -> Option<(LazyFrame, f64)> {
        Some(match computed {
            Computed::DifferentVerdicts => (
                self.observed(Source::CiRuns, counted, different_verdicts()),
                1.0,
            ),
            Computed::FollowedByIncident { within } => {
                let incidents = self.incidents_of_services()?;
                let within = within.0.num_microseconds()?;
                (self.counting(followed(counted, incidents, within)), 1.0)
            }
            Computed::OutsideHours(hours) => {
                let zones = &self.tables.zones;
                (pull_requests::outside(counted, hours.clone(), zones)?, 1.0)
            }
            Computed::OtherTeams { from } => {
                self.is_given(Source::PullRequests, "repository")
                    .then_some(())?;
                (pull_requests::other_teams(counted, *from, self.tree), 1.0)
            }
            Computed::UntilNextDeployment => {
                self.is_given(Source::Incidents, "service").then_some(())?;
                let deployments = self.get(Source::Deployments)?;
                (
                    self.counting(until_next_deployment(counted, deployments)),
                    HOUR,
                )
            }
            // Takes a period to say.
            Computed::OpenAtOnce => return None,
        })
    }

    /// The incidents that name a service; none where no one does.
    fn incidents_of_services(&self) -> Option<LazyFrame> {
        self.is_given(Source::Incidents, "service")
            .then(|| self.get(Source::Incidents))?
    }

    /// Whether any record has something in a column.
    fn is_given(&self, source: Source, column: &str) -> bool {
        let frame = self.tables.get(source);
        let cells = frame.and_then(|frame| frame.column(column).ok());
        cells.is_some_and(|cells| cells.null_count() < cells.len())
    }
}

/// How many times of each metric end before they begin, where any does, by the metric's id.
pub fn negative_times(tables: &Tables, declared: &[Metric]) -> BTreeMap<String, u32> {
    let tree = Tree::new([]);
    let placed = Placed::new(tables, &tree, None);
    let metrics: Vec<&Metric> = metrics::catalog().iter().chain(declared).collect();
    placed.negative(&metrics).expect("a plan of ours")
}

/// The first day of an instant's month, UTC.
pub(crate) fn first_day(time: DateTime<Utc>) -> NaiveDate {
    let day = time.date_naive();
    day.with_day(1).unwrap_or(day)
}

/// The numbers of a column of ours, the greatest one where there is none.
pub(crate) fn numbers<'a>(frame: &'a DataFrame, name: &str) -> Cow<'a, [u32]> {
    let column = frame.column(name).and_then(Column::u32);
    cells(column.expect("a column of ours"), u32::MAX)
}

/// The same of large numbers, the least one where there is none.
pub(crate) fn longs<'a>(frame: &'a DataFrame, name: &str) -> Cow<'a, [i64]> {
    let column = frame.column(name).and_then(Column::i64);
    cells(column.expect("a column of ours"), i64::MIN)
}

/// Every cell of a column, `missing` where there is none; several times as fast as its iterator.
pub(crate) fn cells<T: PolarsNumericType>(
    column: &ChunkedArray<T>,
    missing: T::Native,
) -> Cow<'_, [T::Native]> {
    if let Ok(cells) = column.cont_slice() {
        return Cow::Borrowed(cells);
    }
    let mut cells = Vec::with_capacity(column.len());
    for chunk in column.downcast_iter() {
        let start = cells.len();
        cells.extend_from_slice(chunk.values());
        let Some(validity) = chunk.validity().filter(|bits| bits.unset_bits() > 0) else {
            continue;
        };
        for (cell, is_there) in cells[start..].iter_mut().zip(validity) {
            if !is_there {
                *cell = missing;
            }
        }
    }
    Cow::Owned(cells)
}

/// At the first run of a workflow on a commit: whether some of its runs passed and some failed;
/// nothing at the others.
fn different_verdicts() -> Expr {
    let failed = col("verdict").eq(lit("failure"));
    let others = ["repository", "workflow", "started_at"].map(col);
    // Sorted by a hash: a group of the commit's text would take many times the time and the room.
    let hasher = foldhash::fast::FixedState::default();
    col("commit").apply_many(
        move |columns| {
            let commits = columns[0].str()?.rechunk();
            let codes = |at: usize| PolarsResult::Ok(columns[at].cat32()?.physical().rechunk());
            let (repositories, workflows) = (codes(1)?, codes(2)?);
            let starts = cells(columns[3].i64()?, i64::MIN);
            let failed = columns[4].bool()?.rechunk();
            let key = |row: u32| {
                let row = row as usize;
                (repositories.get(row), workflows.get(row), commits.get(row))
            };
            let rows = 0..commits.len() as u32;
            let mut rows: Vec<(u64, u32)> = rows
                .into_par_iter()
                .map(|row| (hasher.hash_one(key(row)), row))
                .collect();
            rows.par_sort_unstable_by(|(a_hash, a), (b_hash, b)| {
                let by_start = |row: u32| (starts[row as usize], row);
                // Of runs that start at once the first of the file counts.
                a_hash
                    .cmp(b_hash)
                    .then_with(|| key(*a).cmp(&key(*b)))
                    .then_with(|| by_start(*a).cmp(&by_start(*b)))
            });
            let mut differ = vec![None; rows.len()];
            for runs in
                rows.chunk_by(|(a_hash, a), (b_hash, b)| a_hash == b_hash && key(*a) == key(*b))
            {
                let failed = runs
                    .iter()
                    .filter(|(_, row)| failed.get(*row as usize) == Some(true));
                let failed = failed.count();
                differ[runs[0].1 as usize] = Some(failed > 0 && failed < runs.len());
            }
            Ok(BooleanChunked::from_iter_options(VALUE.into(), differ.into_iter()).into_column())
        },
        &[others.as_slice(), &[failed]].concat(),
        |_, _| Ok(Field::new(VALUE.into(), DataType::Boolean)),
    )
}

/// Of deployments: whether an incident of the service began after it, in time and before the next.
fn followed(deployments: LazyFrame, incidents: LazyFrame, within: i64) -> LazyFrame {
    let service = [col("service")];
    let next_deployment = col(AT).shift(lit(-1)).over(&service).expect("a partition");
    let until = col(AT) + lit(within);
    let until = when(next_deployment.clone().lt(until.clone()))
        .then(next_deployment)
        .otherwise(until);
    let deployments = deployments
        .select([
            col("service"),
            col(NODE),
            col(PERSON),
            col("finished_at").alias(AT),
        ])
        .sort(
            ["service", AT],
            SortMultipleOptions::default().with_maintain_order(true),
        )
        .with_column(until.alias("until"));
    first_of(deployments, incidents, "service", "started_at", "incident")
        .with_column(
            col("incident")
                .lt(col("until"))
                .fill_null(false)
                .alias(VALUE),
        )
        .select([
            col(NODE),
            col(PERSON),
            col(AT),
            col(VALUE).cast(DataType::Int64),
        ])
}

/// Of incidents: the time from the start to the next successful deployment of the service.
fn until_next_deployment(incidents: LazyFrame, deployments: LazyFrame) -> LazyFrame {
    let incidents = incidents.with_column(col("started_at").alias(AT));
    let successes = deployments.filter(col("verdict").eq(lit("success")));
    first_of(incidents, successes, "service", "finished_at", "deployed").select([
        col(NODE),
        col(PERSON),
        col(AT),
        (col("deployed") - col(AT)).alias(VALUE),
    ])
}

/// Of the rows of `others`, the first `time` at or after each row's, among those with the same
/// `by`: a new column `name`, empty where there is none.
fn first_of(
    rows: LazyFrame,
    others: LazyFrame,
    by: &'static str,
    time: &'static str,
    name: &'static str,
) -> LazyFrame {
    const IS_OTHER: &str = "is_other";
    let others = others.filter(col(by).is_not_null()).select([
        col(by),
        col(time).alias(AT),
        lit(true).alias(IS_OTHER),
    ]);
    let union = UnionArgs {
        diagonal: true,
        ..UnionArgs::default()
    };
    let rows = rows.with_column(lit(false).alias(IS_OTHER));
    let both = concat([rows, others], union).expect("two frames");
    let other = when(col(IS_OTHER)).then(col(AT)).otherwise(lit(NULL));
    let next = other.fill_null_with_strategy(FillNullStrategy::Backward(None));
    // Of equal times the others come last, so that they are at or after.
    both.sort(
        [by, AT, IS_OTHER],
        SortMultipleOptions::default().with_maintain_order(true),
    )
    .with_column(next.over([col(by)]).expect("a partition").alias(name))
    .filter(col(IS_OTHER).not())
    .drop(by_name([IS_OTHER], true, false))
}

#[cfg(test)]
mod tests;
