//! What pull requests say: the phases they go through, when people work, for whom, and at how much
//! at once.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;
use polars::prelude::*;
use tribometer_statistics::survival::Span;
use tribometer_surveys::telemetry::metrics::Hours;
use tribometer_surveys::telemetry::pull_request::Phase;

use super::{AT, HOUR, MERGED, NODE, OWN_NODE, VALUE, cells, longs, numbers};
use crate::groups::Tree;
use crate::input::Period;
use crate::tables::{OF_PULL_REQUESTS, OF_TEAM, PERSON, STEPS};

/// What was known when a period ended of those that speak of it, of the one before or of the year
/// before its end: the merged ones, and those that were still open, without the steps that came
/// later.
pub(super) fn until(frame: LazyFrame, period: Period) -> LazyFrame {
    let end = period.end.timestamp_micros();
    let from = period.looked_back_to().timestamp_micros();
    let known = |step: &str| {
        when(col(step).lt(lit(end)))
            .then(col(step))
            .otherwise(lit(NULL))
    };
    let was_open = col("closed_at")
        .is_null()
        .or(col("closed_at").gt_eq(lit(from)));
    let counts = when(col("merged_at").is_not_null())
        .then(col("merged_at").gt_eq(lit(from)))
        .otherwise(col("created_at").is_not_null().and(was_open));
    frame
        .with_columns(STEPS.map(|step| known(step).alias(step)))
        .filter(counts)
}

/// Ready for review, or created where that is not known.
const READY: &str = "ready";
/// The first commit, or the creation if that is earlier or alone.
const BEGUN: &str = "begun";
/// The last known step: one that is open counts where that was.
const LAST: &str = "last";

/// The columns that metrics need, with what many of them are made of.
pub(super) fn prepared(frame: LazyFrame) -> LazyFrame {
    let begun = when(col("created_at").lt(col("first_commit_at")))
        .then(col("created_at"))
        .otherwise(coalesce(&[col("first_commit_at"), col("created_at")]));
    let last = ["merged_at", "closed_at", "first_review_at", "created_at"].map(col);
    let placed = [NODE, OWN_NODE, OF_TEAM, PERSON];
    let kept = STEPS.iter().chain(&OF_PULL_REQUESTS).chain(&placed);
    let mut columns: Vec<Expr> = kept.map(|name| col(*name)).collect();
    columns.extend([
        coalesce(&[col("ready_at"), col("created_at")]).alias(READY),
        begun.alias(BEGUN),
        coalesce(&last).fill_null(lit(i64::MIN)).alias(LAST),
    ]);
    frame.select(columns)
}

/// The steps that a phase runs between.
pub(super) fn ends(phase: Phase) -> (Expr, Expr) {
    match phase {
        Phase::Coding => (col("first_commit_at"), col(READY)),
        Phase::Pickup => (col(READY), col("first_review_at")),
        Phase::Review => (col("first_review_at"), col("merged_at")),
        Phase::Release => (col("merged_at"), col("deployed_at")),
        Phase::CycleTime => (col(BEGUN), col("merged_at")),
        Phase::LeadTime => (col("first_commit_at"), col("deployed_at")),
    }
}

/// `lines`, added and deleted together, or `review_rounds`.
pub(super) fn number(name: &str) -> Expr {
    match name {
        "lines" => col("additions").cast(DataType::Int64) + col("deletions").cast(DataType::Int64),
        _ => col("review_rounds"),
    }
}

pub(super) fn observed(frame: LazyFrame, value: Expr) -> LazyFrame {
    frame.select([
        col(NODE),
        col(PERSON),
        col(LAST).alias(AT),
        col("merged_at").is_not_null().alias(MERGED),
        value.cast(DataType::Int64).alias(VALUE),
    ])
}

/// Whether every phase from the first commit over the review to the merge is known.
pub(crate) fn is_complete() -> Expr {
    let phases = [Phase::Coding, Phase::Pickup, Phase::Review].map(|phase| {
        let (from, to) = ends(phase);
        to.gt_eq(from).fill_null(false)
    });
    let [coding, pickup, review] = phases;
    coding.and(pickup).and(review)
}

/// Each first commit and each creation of somebody whose time zone is known, and whether it lies
/// outside of the hours there; none where no zone is known.
pub(super) fn outside(frame: LazyFrame, hours: Hours, zones: &[Option<Tz>]) -> Option<LazyFrame> {
    if zones.iter().all(Option::is_none) {
        return None;
    }
    let zones: Arc<[Option<Tz>]> = zones.into();
    let is_outside = move |at: i64, person: u32| {
        let zone = (*zones.get(person as usize)?)?;
        let local = DateTime::from_timestamp_micros(at)?.with_timezone(&zone);
        let is_within =
            hours.days.contains(&local.weekday()) && (hours.from..hours.to).contains(&local.hour());
        Some(i64::from(!is_within))
    };
    let is_outside = col(AT).map_many(
        move |columns| {
            let (at, person) = (columns[0].i64()?, columns[1].u32()?);
            let (at, person) = (cells(at, i64::MIN), cells(person, u32::MAX));
            let both = at.iter().zip(&*person);
            let values: Int64Chunked = both.map(|(at, person)| is_outside(*at, *person)).collect();
            Ok(values.with_name(VALUE.into()).into_column())
        },
        &[col(PERSON)],
        |_, _| Ok(Field::new(VALUE.into(), DataType::Int64)),
    );
    let moments = ["first_commit_at", "created_at"].map(|step| {
        let frame = frame
            .clone()
            .select([col(NODE), col(PERSON), col(step).alias(AT)]);
        frame.filter(col(AT).is_not_null())
    });
    let moments = concat(moments, UnionArgs::default()).expect("two frames of one form");
    Some(moments.with_column(is_outside.alias(VALUE)))
}

/// Each merged pull request of a repository that is some team's, and whether its author is of
/// another: neither that team, nor one within it or around it. A repository is the team's that
/// merged at least half of at least `from`, and more than any other.
pub(super) fn other_teams(frame: LazyFrame, from: u32, tree: &Tree) -> LazyFrame {
    const OWNER: &str = "owner";
    let merged = frame
        .filter(
            col(OWN_NODE)
                .is_not_null()
                .and(col("merged_at").is_not_null()),
        )
        .filter(col("repository").is_not_null())
        .select([
            col(NODE),
            col(PERSON),
            col("merged_at").alias(AT),
            col("repository"),
        ]);
    let most = || col("count").max();
    let owners = merged
        .clone()
        .group_by([col("repository"), col(NODE)])
        .agg([len().cast(DataType::Int64).alias("count")])
        .sort(["count", NODE], SortMultipleOptions::default())
        .group_by([col("repository")])
        .agg([
            col(NODE).last().alias(OWNER),
            col("count").sum().gt_eq(lit(from)).alias("enough"),
            (most() * lit(2)).gt_eq(col("count").sum()).alias("half"),
            col("count").eq(most()).sum().eq(lit(1u32)).alias("alone"),
        ])
        .filter(col("enough").and(col("half")).and(col("alone")))
        .select([col("repository"), col(OWNER)]);
    let tree = Arc::new(tree.clone());
    let is_other = col(NODE).map_many(
        move |columns| {
            let (team, owner) = (columns[0].u32()?, columns[1].u32()?);
            let is_other = |team: u32, owner: u32| {
                let (team, owner) = (team as usize, owner as usize);
                let common = tree.common(team, owner);
                i64::from(common != team && common != owner)
            };
            let both = team.iter().zip(owner.iter());
            let values: Int64Chunked = both
                .map(|(team, owner)| Some(is_other(team?, owner?)))
                .collect();
            Ok(values.with_name(VALUE.into()).into_column())
        },
        &[col(OWNER)],
        |_, _| Ok(Field::new(VALUE.into(), DataType::Int64)),
    );
    merged
        .inner_join(owners, col("repository"), col("repository"))
        .with_column(is_other.alias(VALUE))
        .select([col(NODE), col(PERSON), col(AT), col(VALUE)])
}

/// Those merged in a period.
pub(crate) fn merged_within(frame: &LazyFrame, period: Option<Period>) -> LazyFrame {
    let merged = frame.clone().filter(col("merged_at").is_not_null());
    match period {
        Some(period) => merged.filter(is_within(col("merged_at"), period)),
        None => merged,
    }
}

/// Those with a cycle time that count in a period.
pub(crate) fn with_cycle_time(frame: &LazyFrame, period: Option<Period>) -> LazyFrame {
    let (from, to) = ends(Phase::CycleTime);
    let rows = frame.clone().filter(to.gt_eq(from));
    match period {
        Some(period) => rows.filter(is_within(col(LAST), period)),
        None => rows,
    }
}

fn is_within(time: Expr, period: Period) -> Expr {
    let (start, end) = (
        period.start.timestamp_micros(),
        period.end.timestamp_micros(),
    );
    time.clone().gt_eq(lit(start)).and(time.lt(lit(end)))
}

/// The last step of any, in microseconds: what was open then may be open still.
pub(crate) fn last_step(frame: &LazyFrame) -> i64 {
    let steps = frame.clone().select(STEPS.map(|step| col(step).max()));
    let steps = steps.collect().expect("a plan of ours");
    let last = STEPS
        .into_iter()
        .flat_map(|step| longs(&steps, step).to_vec())
        .max();
    last.unwrap_or(i64::MIN)
}

/// From the first creation to the last step of any, in microseconds.
pub(crate) fn seen(frame: &LazyFrame) -> Option<(i64, i64)> {
    let first = frame.clone().select([col("created_at").min()]);
    let first = first.collect().expect("a plan of ours");
    let first = first
        .column("created_at")
        .and_then(Column::i64)
        .expect("a column of ours");
    Some((first.get(0)?, last_step(frame)))
}

/// How many pull requests each author had open on average over a period, of authors and teams that
/// had any: microseconds that were open, of as many as the period has. Open is from the creation to
/// the merge or the closing.
pub(crate) fn open_at_once(frame: &LazyFrame, start: i64, end: i64) -> LazyFrame {
    let to = coalesce(&[col("merged_at"), col("closed_at"), lit(end)]);
    let (from, to) = (clip(col("created_at"), start, end), clip(to, start, end));
    frame
        .clone()
        .filter(col("created_at").is_not_null())
        .select([
            col(NODE),
            col(PERSON),
            col(OF_TEAM),
            (to - from).alias(VALUE),
        ])
        .filter(col(VALUE).gt(lit(0)))
        .group_by([col(PERSON), col(OF_TEAM)])
        .agg([col(NODE).first(), col(VALUE).sum()])
        .select([
            col(NODE),
            col(PERSON),
            lit(start).cast(DataType::Int64).alias(AT),
            col(VALUE),
        ])
}

fn clip(time: Expr, start: i64, end: i64) -> Expr {
    when(time.clone().lt(lit(start)))
        .then(lit(start))
        .when(time.clone().gt(lit(end)))
        .then(lit(end))
        .otherwise(time)
}

/// Times of a phase that had not all ended when they were last seen: rows of node, person and what
/// was seen, in the order of nodes.
pub(crate) fn spans(
    frame: &LazyFrame,
    tree: &Tree,
    phase: Phase,
    period: Option<Period>,
    seen_until: i64,
) -> Vec<(usize, Option<u32>, Span)> {
    let start = period.map_or(i64::MIN, |period| period.start.timestamp_micros());
    let end = period.map_or(i64::MAX, |period| period.end.timestamp_micros() - 1);
    let seen_until = seen_until.min(end);
    let before = |step: Expr| match end {
        // Nothing lies after the last step.
        i64::MAX => step,
        _ => {
            let is_known = step.clone().lt_eq(lit(seen_until));
            when(is_known).then(step).otherwise(lit(NULL))
        }
    };
    let (from, to) = ends(phase);
    let merged = before(col("merged_at"));
    let gone = [
        before(to.clone()),
        merged.clone(),
        before(col("closed_at")),
        lit(seen_until),
    ];
    let rows = frame
        .clone()
        .select([
            col(NODE),
            col(PERSON),
            before(from).alias("begun"),
            before(to).is_not_null().alias("ended"),
            merged.is_not_null().alias(MERGED),
            coalesce(&gone).alias("left"),
        ])
        // What never had the step and was merged has no such time.
        .filter(
            col("begun")
                .is_not_null()
                .and(col("ended").or(col(MERGED).not())),
        )
        .filter(
            col("left")
                .gt_eq(lit(start))
                .and(col("left").gt_eq(col("begun"))),
        )
        .with_column((col("left") - col("begun")).alias("length"));
    let rows = rows.collect().expect("a plan of ours");
    let (nodes, persons) = (numbers(&rows, NODE), numbers(&rows, PERSON));
    let (begun, length) = (longs(&rows, "begun"), longs(&rows, "length"));
    let ended = rows
        .column("ended")
        .and_then(Column::bool)
        .expect("a column of ours");
    let ended = ended.rechunk();
    let ended = ended.downcast_as_array().values();
    let span = |row: usize| {
        let span = Span {
            entered: if begun[row] < start {
                (start - begun[row]) as f64 / HOUR
            } else {
                f64::NEG_INFINITY
            },
            left: length[row] as f64 / HOUR,
            ended: ended.get_bit(row),
        };
        (nodes[row] as usize, Some(persons[row]), span)
    };
    let rows = by_node(&nodes, tree).into_iter();
    rows.map(|row| span(row as usize)).collect()
}

/// The places of rows in the order of their nodes.
fn by_node(nodes: &[u32], tree: &Tree) -> Vec<u32> {
    let mut next = vec![0u32; tree.len() + 1];
    for node in nodes {
        next[*node as usize + 1] += 1;
    }
    for node in 1..next.len() {
        next[node] += next[node - 1];
    }
    let mut rows = vec![0; nodes.len()];
    for (row, node) in (0..).zip(nodes) {
        let place = &mut next[*node as usize];
        rows[*place as usize] = row;
        *place += 1;
    }
    rows
}
