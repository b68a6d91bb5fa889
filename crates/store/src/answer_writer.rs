//! Group commit for answers: one task gathers the drafts and responses that arrive while the last
//! commit is written, and writes them in one transaction. Durability stays full, and thousands of
//! posts a second share a few hundred commits.
//!
//! Nobody waits for company: a single post is written at once. A caller hears back after the
//! commit. If a transaction fails, its operations are tried again one by one, so that one that
//! can't be written does not fail its neighbors.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::sync::{mpsc, oneshot};
use tribometer_surveys::wave::WaveState;
use uuid::Uuid;

use super::comment::{self, Comment};
use super::draft::{self, Draft};
use super::entity::{invitation, wave};
use super::response::{self, Response};
use super::{Error, Result, Store};

/// The greatest number of operations of one transaction; keeps statements far below the databases'
/// limits on values.
const LARGEST_BATCH: usize = 256;
/// Operations that may wait; more callers wait before theirs is taken.
const LONGEST_QUEUE: usize = 4096;

/// An invitation's response and comments, to be stored together with the mark that the invitation
/// is used.
#[derive(Clone, Debug)]
pub struct Submission {
    pub invitation: Uuid,
    pub response: Response,
    pub comments: Vec<Comment>,
}

/// What became of a draft or a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is on disk.
    Done,
    /// The invitation had been used before; nothing was stored.
    Used,
    /// The wave no longer takes answers, or the invitation is gone; nothing was stored.
    Closed,
}

/// A handle to the writer; the task ends when the last handle is dropped.
#[derive(Clone)]
pub struct AnswerWriter {
    queue: mpsc::Sender<Waiting>,
}

struct Waiting {
    operation: Operation,
    done: oneshot::Sender<Result<Written>>,
}

#[derive(Clone)]
enum Operation {
    Save { wave: Uuid, draft: Draft },
    Submit(Box<Submission>),
}

impl AnswerWriter {
    /// Starts the writer's task.
    pub fn start(store: Store) -> Self {
        let (queue, waiting) = mpsc::channel(LONGEST_QUEUE);
        tokio::spawn(run(store, waiting));
        AnswerWriter { queue }
    }

    /// Keeps a draft, unless the invitation is used or the wave is closed.
    pub async fn save(&self, wave: Uuid, draft: Draft) -> Result<Written> {
        self.write(Operation::Save { wave, draft }).await
    }

    /// Marks the invitation used, stores its response and comments, and deletes its draft: all or
    /// nothing.
    pub async fn submit(&self, submission: Submission) -> Result<Written> {
        self.write(Operation::Submit(Box::new(submission))).await
    }

    async fn write(&self, operation: Operation) -> Result<Written> {
        let (done, written) = oneshot::channel();
        let stopped = || Error::Unavailable("the writer of answers has stopped".into());
        self.queue
            .send(Waiting { operation, done })
            .await
            .map_err(|_| stopped())?;
        written.await.map_err(|_| stopped())?
    }
}

async fn run(store: Store, mut waiting: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::with_capacity(LARGEST_BATCH);
    while waiting.recv_many(&mut batch, LARGEST_BATCH).await > 0 {
        let (operations, callers): (Vec<_>, Vec<_>) =
            batch.drain(..).map(|one| (one.operation, one.done)).unzip();
        let results = match commit(&store, operations.clone()).await {
            Ok(written) => written.into_iter().map(Ok).collect(),
            Err(_) if operations.len() > 1 => one_by_one(&store, operations).await,
            Err(error) => vec![Err(error)],
        };
        for (caller, result) in callers.into_iter().zip(results) {
            // A caller that has gone away needs no answer.
            let _ = caller.send(result);
        }
    }
}

async fn one_by_one(store: &Store, operations: Vec<Operation>) -> Vec<Result<Written>> {
    let mut results = Vec::with_capacity(operations.len());
    for operation in operations {
        let result = commit(store, vec![operation]).await;
        results.push(result.map(|written| written.first().copied().unwrap_or(Written::Closed)));
    }
    results
}

async fn commit(store: &Store, operations: Vec<Operation>) -> Result<Vec<Written>> {
    let transaction = store.begin().await?;
    let written = write(&transaction, operations).await?;
    transaction.commit().await?;
    Ok(written)
}

/// What the operations of one transaction come down to.
#[derive(Default)]
struct Plan {
    drafts: BTreeMap<Uuid, Draft>,
    used: BTreeSet<Uuid>,
    responses: Vec<Response>,
    comments: Vec<Comment>,
}

async fn write(db: &impl ConnectionTrait, operations: Vec<Operation>) -> Result<Vec<Written>> {
    let states = lock(db, &operations).await?;
    let mut plan = Plan::default();
    let written = operations
        .into_iter()
        .map(|operation| plan.take(operation, &states))
        .collect();
    plan.carry_out(db).await?;
    Ok(written)
}

impl Operation {
    fn invitation(&self) -> Uuid {
        match self {
            Operation::Save { draft, .. } => draft.invitation,
            Operation::Submit(submission) => submission.invitation,
        }
    }

    fn wave(&self) -> Uuid {
        match self {
            Operation::Save { wave, .. } => *wave,
            Operation::Submit(submission) => submission.response.wave,
        }
    }
}

impl Plan {
    fn take(&mut self, operation: Operation, states: &BTreeMap<Uuid, Written>) -> Written {
        let invitation = operation.invitation();
        match states.get(&invitation) {
            _ if self.used.contains(&invitation) => return Written::Used,
            None => return Written::Closed,
            Some(Written::Done) => {}
            Some(refused) => return *refused,
        }
        match operation {
            Operation::Save { draft, .. } => {
                self.drafts.insert(invitation, draft);
            }
            Operation::Submit(submission) => {
                self.drafts.remove(&invitation);
                self.used.insert(invitation);
                self.responses.push(submission.response);
                self.comments.extend(submission.comments);
            }
        }
        Written::Done
    }

    async fn carry_out(mut self, db: &impl ConnectionTrait) -> Result<()> {
        // In the order of random ids, so that the order of arrival is not written down.
        self.responses.sort_by_key(|response| response.id);
        self.comments.sort_by_key(|comment| comment.id);
        draft::save(db, self.drafts.into_values().collect()).await?;
        if self.used.is_empty() {
            return Ok(());
        }
        let used: Vec<Uuid> = self.used.into_iter().collect();
        let marked = invitation::Entity::update_many()
            .col_expr(invitation::Column::State, USED.into())
            .filter(invitation::Column::Id.is_in(used.iter().copied()))
            .filter(invitation::Column::State.ne(USED))
            .exec(db)
            .await?;
        if marked.rows_affected != used.len() as u64 {
            return Err(Error::Conflict(
                "an invitation was used in the meantime".into(),
            ));
        }
        draft::delete(db, used).await?;
        response::insert(db, self.responses).await?;
        comment::insert(db, self.comments).await
    }
}

/// The state of an invitation whose answers are in.
pub(super) const USED: &str = "used";

/// Locks the waves, then the invitations, until the commit, each in the order of their ids so that
/// replicas do not lock each other out, and tells what may be done with each invitation: `Done` if
/// it may be written.
async fn lock(
    db: &impl ConnectionTrait,
    operations: &[Operation],
) -> Result<BTreeMap<Uuid, Written>> {
    let waves: BTreeSet<Uuid> = operations.iter().map(Operation::wave).collect();
    let open: BTreeSet<Uuid> = wave::Entity::find()
        .select_only()
        .column(wave::Column::Id)
        .filter(wave::Column::Id.is_in(waves))
        .filter(wave::Column::State.eq(WaveState::Open.as_str()))
        .order_by_asc(wave::Column::Id)
        .lock_shared()
        .into_tuple()
        .all(db)
        .await?
        .into_iter()
        .collect();
    let invitations: BTreeSet<Uuid> = operations.iter().map(Operation::invitation).collect();
    let found: Vec<(Uuid, Uuid, String)> = invitation::Entity::find()
        .select_only()
        .columns([
            invitation::Column::Id,
            invitation::Column::WaveId,
            invitation::Column::State,
        ])
        .filter(invitation::Column::Id.is_in(invitations))
        .order_by_asc(invitation::Column::Id)
        .lock_exclusive()
        .into_tuple()
        .all(db)
        .await?;
    let state = |wave: &Uuid, state: &str| match state {
        USED => Written::Used,
        _ if open.contains(wave) => Written::Done,
        _ => Written::Closed,
    };
    Ok(found
        .iter()
        .map(|(id, wave, was)| (*id, state(wave, was)))
        .collect())
}
