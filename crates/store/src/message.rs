//! The outbox: mails to be sent, once each, and what became of them.
//!
//! A worker claims mails under a lease, sends them outside of any transaction, and notes the
//! result. When it dies in between, the lease ends and another worker sends the mail again, under
//! the same Message-ID.

mod words;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select, Set,
};
use serde_json::Value;
use uuid::Uuid;

use super::entity::message;
use super::{Error, Result, bulk};
pub use words::{Kind, State};

/// A mail to be queued.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub id: Uuid,
    /// What must happen once: a second mail with the same key is not queued.
    pub dedup_key: String,
    pub kind: Kind,
    pub wave: Option<Uuid>,
    pub invitation: Option<Uuid>,
    pub recipient: String,
    /// What the template needs beside the invitation; never a token.
    pub parameters: Value,
    /// The Message-ID with its angle brackets, the same for every repeat.
    pub message_id: String,
    /// When it is to be sent.
    pub due: DateTime<Utc>,
}

/// A mail as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub id: Uuid,
    pub kind: Kind,
    pub wave: Option<Uuid>,
    pub invitation: Option<Uuid>,
    pub recipient: String,
    pub parameters: Value,
    pub message_id: String,
    pub state: State,
    /// How often the mail server was handed it and answered.
    pub attempts: u32,
    pub next_attempt_at: DateTime<Utc>,
    /// Until when the worker that claimed it has it for itself.
    pub lease_until: Option<DateTime<Utc>>,
    /// What went wrong last, in the mail server's words.
    pub last_error: Option<String>,
    pub sent_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

impl TryFrom<message::Model> for Message {
    type Error = Error;

    fn try_from(row: message::Model) -> Result<Self> {
        Ok(Message {
            id: row.id,
            kind: row.kind.parse()?,
            wave: row.wave_id,
            invitation: row.invitation_id,
            recipient: row.recipient,
            parameters: row.parameters,
            message_id: row.message_id,
            state: row.state.parse()?,
            attempts: u32::try_from(row.attempts).unwrap_or_default(),
            next_attempt_at: row.next_attempt_at,
            lease_until: row.lease_until,
            last_error: row.last_error,
            sent_at: row.sent_at,
            created_at: row.created_at,
        })
    }
}

/// Queues mails; those whose key is known are left as they are.
pub async fn queue(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    messages: &[NewMessage],
) -> Result<()> {
    let is_queued = OnConflict::column(message::Column::DedupKey)
        .do_nothing()
        .to_owned();
    let rows = messages.iter().map(|mail| message::ActiveModel {
        id: Set(mail.id),
        dedup_key: Set(mail.dedup_key.clone()),
        kind: Set(mail.kind.as_str().to_owned()),
        wave_id: Set(mail.wave),
        invitation_id: Set(mail.invitation),
        recipient: Set(mail.recipient.clone()),
        parameters: Set(mail.parameters.clone()),
        message_id: Set(mail.message_id.clone()),
        state: Set(State::Queued.as_str().to_owned()),
        attempts: Set(0),
        next_attempt_at: Set(mail.due - mail.kind.head_start()),
        lease_until: Set(None),
        lease_owner: Set(None),
        last_error: Set(None),
        sent_at: Set(None),
        created_at: Set(now),
    });
    bulk::insert(db, rows.collect::<Vec<_>>(), Some(is_queued)).await
}

/// A worker and the time that it has.
#[derive(Clone, Debug)]
pub struct Lease {
    /// Who claims; unique to a worker.
    pub owner: String,
    pub now: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// Claims up to `most` mails that are due, the one that waits longest first, then mails whose
/// worker has let its lease end.
pub async fn claim(db: &impl ConnectionTrait, lease: &Lease, most: u64) -> Result<Vec<Message>> {
    // Two statements, so that each walks an index in order and stops: in one, every claim would
    // sort all that wait.
    let due = message::Entity::find()
        .filter(message::Column::State.eq(State::Queued.as_str()))
        .filter(message::Column::NextAttemptAt.lte(lease.now))
        .order_by_asc(message::Column::NextAttemptAt);
    let mut claimed = take(db, lease, due.limit(most)).await?;
    let missing = most.saturating_sub(claimed.len() as u64);
    if missing > 0 {
        let expired = message::Entity::find()
            .filter(message::Column::State.eq(State::Leased.as_str()))
            .filter(message::Column::LeaseUntil.lt(lease.now));
        claimed.extend(take(db, lease, expired.limit(missing)).await?);
    }
    claimed.sort_by_key(|message| (message.next_attempt_at, message.id));
    Ok(claimed)
}

async fn take(
    db: &impl ConnectionTrait,
    lease: &Lease,
    which: Select<message::Entity>,
) -> Result<Vec<Message>> {
    let ids = which
        .select_only()
        .column(message::Column::Id)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_query();
    let rows = message::Entity::update_many()
        .col_expr(message::Column::State, Expr::value(State::Leased.as_str()))
        .col_expr(
            message::Column::LeaseOwner,
            Expr::value(lease.owner.as_str()),
        )
        .col_expr(message::Column::LeaseUntil, Expr::value(lease.until))
        .filter(message::Column::Id.in_subquery(ids))
        .exec_with_returning(db)
        .await?;
    rows.into_iter().map(Message::try_from).collect()
}

/// What became of a claimed mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The mail server took it.
    Sent,
    /// It was not wanted any more; the text says why, without saying what anybody did.
    Skipped(String),
    /// To be tried again at this time; the text says what went wrong.
    Again(DateTime<Utc>, String),
    /// To be tried at this time, for the mail server could not be asked; the text says why not.
    PutOff(DateTime<Utc>, String),
    /// Given up; the text says what went wrong.
    Failed(String),
    /// Not tried.
    Untouched,
}

/// Notes what became of a claimed mail; `false` if the lease had ended and another worker has it
/// now.
pub async fn settle(
    db: &impl ConnectionTrait,
    lease: &Lease,
    id: Uuid,
    outcome: &Outcome,
) -> Result<bool> {
    let (state, error, next, tried) = match outcome {
        Outcome::Sent => (State::Sent, None, None, 1),
        Outcome::Skipped(why) => (State::Skipped, Some(why), None, 0),
        Outcome::Again(next, error) => (State::Queued, Some(error), Some(*next), 1),
        Outcome::PutOff(next, error) => (State::Queued, Some(error), Some(*next), 0),
        Outcome::Failed(error) => (State::Failed, Some(error), None, 1),
        Outcome::Untouched => (State::Queued, None, None, 0),
    };
    let mut change = message::ActiveModel {
        state: Set(state.as_str().to_owned()),
        lease_owner: Set(None),
        lease_until: Set(None),
        ..Default::default()
    };
    if let Some(next) = next {
        change.next_attempt_at = Set(next);
    }
    if state == State::Sent {
        change.sent_at = Set(Some(lease.now));
    }
    if error.is_some() || state == State::Sent {
        change.last_error = Set(error.cloned());
    }
    let changed = message::Entity::update_many()
        .set(change)
        .col_expr(
            message::Column::Attempts,
            Expr::col(message::Column::Attempts).add(tried),
        )
        .filter(message::Column::Id.eq(id))
        .filter(message::Column::State.eq(State::Leased.as_str()))
        .filter(message::Column::LeaseOwner.eq(lease.owner.as_str()))
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Skips all mails of a wave that are not under way; returns how many there were.
pub async fn skip_of_wave(db: &impl ConnectionTrait, wave: Uuid, why: &str) -> Result<u64> {
    let skipped = message::Entity::update_many()
        .col_expr(message::Column::State, Expr::value(State::Skipped.as_str()))
        .col_expr(message::Column::LastError, Expr::value(why))
        .filter(message::Column::WaveId.eq(wave))
        .filter(message::Column::State.eq(State::Queued.as_str()))
        .exec(db)
        .await?;
    Ok(skipped.rows_affected)
}

/// How many mails there are of each kind in each state; of one wave, or of all.
pub async fn count(
    db: &impl ConnectionTrait,
    wave: Option<Uuid>,
) -> Result<Vec<(Kind, State, u64)>> {
    let of_wave = wave.map(|wave| message::Column::WaveId.eq(wave));
    let rows: Vec<(String, String, i64)> = message::Entity::find()
        .select_only()
        .columns([message::Column::Kind, message::Column::State])
        .expr(Expr::col(message::Column::Id).count())
        .filter(Condition::all().add_option(of_wave))
        .group_by(message::Column::Kind)
        .group_by(message::Column::State)
        .into_tuple()
        .all(db)
        .await?;
    let mut counts = Vec::with_capacity(rows.len());
    for (kind, state, count) in rows {
        counts.push((
            kind.parse()?,
            state.parse()?,
            u64::try_from(count).unwrap_or_default(),
        ));
    }
    counts.sort_unstable();
    Ok(counts)
}

/// Mails in one of these states that something went wrong with, the newest first.
pub async fn troubled(
    db: &impl ConnectionTrait,
    states: &[State],
    most: u64,
) -> Result<Vec<Message>> {
    let rows = message::Entity::find()
        .filter(message::Column::State.is_in(states.iter().map(|state| state.as_str())))
        .filter(message::Column::LastError.is_not_null())
        .order_by_desc(message::Column::Id)
        .limit(most)
        .all(db)
        .await?;
    rows.into_iter().map(Message::try_from).collect()
}

/// The mail with this id.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Message>> {
    let row = message::Entity::find_by_id(id).one(db).await?;
    row.map(Message::try_from).transpose()
}

/// Queues failed mails again, all or one, with all their attempts before them; returns how many
/// there were.
pub async fn retry(db: &impl ConnectionTrait, now: DateTime<Utc>, id: Option<Uuid>) -> Result<u64> {
    let with_id = id.map(|id| message::Column::Id.eq(id));
    let queued = message::Entity::update_many()
        .col_expr(message::Column::State, Expr::value(State::Queued.as_str()))
        .col_expr(message::Column::Attempts, Expr::value(0))
        .col_expr(message::Column::NextAttemptAt, Expr::value(now))
        .filter(message::Column::State.eq(State::Failed.as_str()))
        .filter(Condition::all().add_option(with_id))
        .exec(db)
        .await?;
    Ok(queued.rows_affected)
}

/// Deletes up to `most` mails that were queued before this instant and are sent, given up or
/// skipped; returns how many there were.
pub async fn delete_finished(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
    most: u64,
) -> Result<u64> {
    let finished = [State::Sent, State::Failed, State::Skipped];
    let ids = message::Entity::find()
        .select_only()
        .column(message::Column::Id)
        .filter(message::Column::State.is_in(finished.map(State::as_str)))
        // No mail was due long before it was queued, so the index by state and time leads to the
        // few that are that old.
        .filter(message::Column::NextAttemptAt.lt(before))
        .filter(message::Column::CreatedAt.lt(before))
        .limit(most)
        .into_query();
    let deleted = message::Entity::delete_many()
        .filter(message::Column::Id.in_subquery(ids))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

/// How many mails are due.
pub async fn count_due(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64> {
    let due = message::Entity::find()
        .filter(message::Column::State.eq(State::Queued.as_str()))
        .filter(message::Column::NextAttemptAt.lte(now));
    Ok(due.count(db).await?)
}
