//! The queue of work that happens once, outside of any request. Claimed like mails: under a lease
//! that ends when a worker dies.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Set,
};
use serde_json::Value;
use uuid::Uuid;

use super::Result;
use super::entity::job;
use super::message::Lease;

/// A job to be queued.
#[derive(Clone, Debug)]
pub struct NewJob {
    pub id: Uuid,
    pub kind: String,
    /// What must happen once: a second job with the same key is not queued.
    pub dedup_key: String,
    pub payload: Value,
    pub run_at: DateTime<Utc>,
}

/// A job as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub id: Uuid,
    pub kind: String,
    pub dedup_key: String,
    pub payload: Value,
    /// How often it was tried before.
    pub attempts: u32,
    pub run_at: DateTime<Utc>,
    pub last_error: Option<String>,
}

impl From<job::Model> for Job {
    fn from(row: job::Model) -> Self {
        Job {
            id: row.id,
            kind: row.kind,
            dedup_key: row.dedup_key,
            payload: row.payload,
            attempts: u32::try_from(row.attempts).unwrap_or_default(),
            run_at: row.run_at,
            last_error: row.last_error,
        }
    }
}

/// Queues a job; `false` if one with this key is known, whatever became of it.
pub async fn queue(db: &impl ConnectionTrait, now: DateTime<Utc>, job: NewJob) -> Result<bool> {
    let row = job::ActiveModel {
        id: Set(job.id),
        kind: Set(job.kind),
        dedup_key: Set(job.dedup_key),
        payload: Set(job.payload),
        state: Set("queued".to_owned()),
        run_at: Set(job.run_at),
        attempts: Set(0),
        lease_until: Set(None),
        lease_owner: Set(None),
        last_error: Set(None),
        created_at: Set(now),
        finished_at: Set(None),
    };
    let is_queued = OnConflict::column(job::Column::DedupKey)
        .do_nothing()
        .to_owned();
    let inserted = job::Entity::insert(row)
        .on_conflict(is_queued)
        .exec_without_returning(db)
        .await?;
    Ok(inserted == 1)
}

/// Whether a job with this key was ever queued.
pub async fn is_known(db: &impl ConnectionTrait, dedup_key: &str) -> Result<bool> {
    let with_key = job::Entity::find().filter(job::Column::DedupKey.eq(dedup_key));
    Ok(with_key.count(db).await? > 0)
}

/// Claims the job of these kinds that is due longest, or one whose worker has let its lease end.
pub async fn claim(
    db: &impl ConnectionTrait,
    lease: &Lease,
    kinds: &[&str],
) -> Result<Option<Job>> {
    let due = Condition::all()
        .add(job::Column::State.eq("queued"))
        .add(job::Column::RunAt.lte(lease.now));
    let expired = Condition::all()
        .add(job::Column::State.eq("leased"))
        .add(job::Column::LeaseUntil.lt(lease.now));
    let next = job::Entity::find()
        .select_only()
        .column(job::Column::Id)
        .filter(job::Column::Kind.is_in(kinds.iter().copied()))
        .filter(Condition::any().add(due).add(expired))
        .order_by_asc(job::Column::RunAt)
        .limit(1)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_query();
    let claimed = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value("leased"))
        .col_expr(job::Column::LeaseOwner, Expr::value(lease.owner.as_str()))
        .col_expr(job::Column::LeaseUntil, Expr::value(lease.until))
        .filter(job::Column::Id.in_subquery(next))
        .exec_with_returning(db)
        .await?;
    Ok(claimed.into_iter().next().map(Job::from))
}

/// What became of a claimed job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// To be tried again at this time; the text says what went wrong.
    Again(DateTime<Utc>, String),
    /// Given up; the text says what went wrong.
    Failed(String),
}

/// Notes what became of a claimed job; `false` if the lease had ended and another worker has it
/// now.
pub async fn settle(
    db: &impl ConnectionTrait,
    lease: &Lease,
    id: Uuid,
    outcome: Outcome,
) -> Result<bool> {
    let mut change = job::ActiveModel {
        lease_owner: Set(None),
        lease_until: Set(None),
        ..Default::default()
    };
    match outcome {
        Outcome::Done => {
            change.state = Set("done".to_owned());
            change.finished_at = Set(Some(lease.now));
            change.last_error = Set(None);
        }
        Outcome::Again(run_at, error) => {
            change.state = Set("queued".to_owned());
            change.run_at = Set(run_at);
            change.last_error = Set(Some(error));
        }
        Outcome::Failed(error) => {
            change.state = Set("failed".to_owned());
            change.finished_at = Set(Some(lease.now));
            change.last_error = Set(Some(error));
        }
    }
    let changed = job::Entity::update_many()
        .set(change)
        .col_expr(
            job::Column::Attempts,
            Expr::col(job::Column::Attempts).add(1),
        )
        .filter(job::Column::Id.eq(id))
        .filter(job::Column::State.eq("leased"))
        .filter(job::Column::LeaseOwner.eq(lease.owner.as_str()))
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Jobs that were given up, the newest first.
pub async fn failed(db: &impl ConnectionTrait, most: u64) -> Result<Vec<Job>> {
    let rows = job::Entity::find()
        .filter(job::Column::State.eq("failed"))
        .order_by_desc(job::Column::FinishedAt)
        .limit(most)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Job::from).collect())
}

/// Deletes jobs that ended before this instant, done or given up; returns how many there were.
pub async fn delete_finished(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64> {
    let deleted = job::Entity::delete_many()
        .filter(job::Column::State.is_in(["done", "failed"]))
        .filter(job::Column::FinishedAt.lt(before))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
