//! The outbox: mails that are to be sent, once each, and what became of them.
//!
//! A mail is queued in the transaction that makes it necessary. A worker claims it under a lease,
//! writes it, hands it to the mail server outside of any transaction, and notes the result. If the
//! worker dies in between, another one sends it again under the same Message-ID: a mail may arrive
//! twice, but never not at all.

mod letters;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use tribometer_store::invitation;
use tribometer_store::message::{self, Lease, NewMessage, Outcome};
use tribometer_surveys::person::Email;
use uuid::Uuid;

use super::{Error, Result, backoff};
use crate::App;
use crate::mail::{Failure, Outgoing};
pub(super) use letters::ReminderParameters;
use letters::Written;
pub use tribometer_store::message::{Kind, Message, State};

/// How many mails a worker claims at once.
const BATCH: u64 = 20;
/// How long a worker has for what it claimed. A batch that takes longer is given back in part.
pub const LEASE: TimeDelta = TimeDelta::minutes(10);

/// A mail to be queued; to whom and when, and what its template needs beside the invitation.
pub fn new_message(
    app: &App,
    kind: Kind,
    dedup_key: String,
    recipient: &str,
    parameters: Value,
    due: DateTime<Utc>,
) -> NewMessage {
    let id = app.clock.new_id();
    NewMessage {
        id,
        dedup_key,
        kind,
        wave: None,
        invitation: None,
        recipient: recipient.to_owned(),
        parameters,
        message_id: app.mail.message_id(id),
        due,
    }
}

/// What a worker did in one round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Mails that were claimed; 0 means that none is due.
    pub claimed: usize,
    /// What went wrong with the mail server itself; it is wise to wait a little.
    pub unreachable: Option<String>,
}

/// Claims a few mails that are due and sends them, one after the other; `worker` is a name that no
/// other worker has.
pub async fn deliver(app: &App, worker: &str) -> Result<Round> {
    let lease = lease(app, worker);
    let claimed = message::claim(app.store.writer(), &lease, BATCH).await?;
    let mut round = Round {
        claimed: claimed.len(),
        unreachable: None,
    };
    for message in claimed {
        let lease = Lease {
            now: app.now(),
            ..lease.clone()
        };
        let left = (lease.until - lease.now).to_std().unwrap_or_default();
        let is_late = left <= app.mail.longest();
        let outcome = if let Some(words) = &round.unreachable {
            // The next one would only wait for the same answer.
            unreached(lease.now, &message, words.clone())
        } else if is_late {
            Outcome::Untouched
        } else {
            let (outcome, unreachable) = send(app, &message, lease.now).await;
            round.unreachable = unreachable;
            outcome
        };
        settle(app, &lease, &message, &outcome).await?;
    }
    Ok(round)
}

fn lease(app: &App, worker: &str) -> Lease {
    let now = app.now();
    Lease {
        owner: worker.to_owned(),
        now,
        until: now + LEASE,
    }
}

/// Writes and sends one mail; beside the outcome, what is wrong with the mail server itself.
async fn send(app: &App, message: &Message, now: DateTime<Utc>) -> (Outcome, Option<String>) {
    let letter = match letters::write(app, message, now).await {
        Ok(Written::Letter(letter)) => letter,
        Ok(Written::Unwanted(why)) => return (Outcome::Skipped(why.to_owned()), None),
        Err(error) => return (again(now, message, error.to_string()), None),
    };
    let outgoing = Outgoing {
        to: &message.recipient,
        message_id: &message.message_id,
        date: now,
        stop_link: letter.stop_link.as_deref(),
        content: &letter.content,
    };
    match app.mail.send(&outgoing).await {
        Ok(()) => (Outcome::Sent, None),
        Err(Failure::Later(words)) => (again(now, message, words), None),
        Err(Failure::Unreachable(words)) => (unreached(now, message, words.clone()), Some(words)),
        Err(Failure::Refused(words)) => (Outcome::Failed(words), None),
    }
}

/// Never final: a mail waits for its mail server for as long as it is wanted, which `letters`
/// decides.
fn unreached(now: DateTime<Utc>, message: &Message, words: String) -> Outcome {
    Outcome::PutOff(backoff::next_look(now, message.created_at), words)
}

fn again(now: DateTime<Utc>, message: &Message, words: String) -> Outcome {
    match backoff::next_attempt(now, message.attempts + 1) {
        Some(next) => Outcome::Again(next, words),
        None => Outcome::Failed(format!(
            "given up after {} attempts: {words}",
            backoff::MOST_ATTEMPTS
        )),
    }
}

async fn settle(app: &App, lease: &Lease, message: &Message, outcome: &Outcome) -> Result<()> {
    let transaction = app.store.begin().await?;
    let is_ours = message::settle(&transaction, lease, message.id, outcome).await?;
    if let (Outcome::Sent, Some(invitation)) = (outcome, message.invitation) {
        invitation::mark_invited(&transaction, invitation).await?;
    }
    transaction.commit().await?;
    let (id, kind) = (message.id, message.kind.as_str());
    if !is_ours {
        tracing::warn!(%id, kind, "a mail took longer than its lease; it may be sent twice");
    }
    // The server's words may repeat the address, so they stay in the database.
    match outcome {
        Outcome::Failed(_) => tracing::warn!(%id, kind, "a mail was given up"),
        Outcome::Again(next, _) | Outcome::PutOff(next, _) => {
            tracing::info!(%id, kind, %next, "a mail is tried again later")
        }
        Outcome::Sent | Outcome::Skipped(_) | Outcome::Untouched => {}
    }
    Ok(())
}

/// Queues a mail that shows that mail works, and returns its id.
pub async fn queue_test(app: &App, address: &str) -> Result<Uuid> {
    let address: Email = address.parse().map_err(|problem| {
        Error::invalid("address", "malformed", format!("{address}: {problem}"))
    })?;
    let id = app.clock.new_id();
    let mail = new_message(
        app,
        Kind::Test,
        format!("test:{id}"),
        address.as_str(),
        Value::Null,
        app.now(),
    );
    message::queue(app.store.writer(), app.now(), std::slice::from_ref(&mail)).await?;
    app.bell.ring();
    Ok(mail.id)
}

/// A mail as it stands.
pub async fn find(app: &App, id: Uuid) -> Result<Option<Message>> {
    Ok(message::find(app.store.reader(), id).await?)
}

/// How many mails are due.
pub async fn due(app: &App) -> Result<usize> {
    let due = message::count_due(app.store.reader(), app.now()).await?;
    Ok(usize::try_from(due).unwrap_or(usize::MAX))
}

/// How many mails there are of each kind in each state; of one wave, or of all.
pub async fn status(app: &App, wave: Option<Uuid>) -> Result<Vec<(Kind, State, u64)>> {
    Ok(message::count(app.store.reader(), wave).await?)
}

/// A mail that something went wrong with, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Trouble {
    pub id: Uuid,
    pub kind: &'static str,
    pub recipient: String,
    pub state: &'static str,
    pub attempts: u32,
    /// When it is tried again, if it is.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// The mail server's words.
    pub error: String,
}

impl From<Message> for Trouble {
    fn from(message: Message) -> Self {
        let error = message.last_error.unwrap_or_default();
        // Who gets a reminder has not answered, and that is shown to nobody.
        let (recipient, error) = match (message.kind, message.recipient.split_once('@')) {
            (Kind::Reminder, Some((_, domain))) => {
                let hidden = format!("…@{domain}");
                let error = error.replace(&message.recipient, &hidden);
                (hidden, error)
            }
            _ => (message.recipient, error),
        };
        Trouble {
            id: message.id,
            kind: message.kind.as_str(),
            recipient,
            state: message.state.as_str(),
            attempts: message.attempts,
            next_attempt_at: (message.state == State::Queued).then_some(message.next_attempt_at),
            error,
        }
    }
}

/// Mails that were given up, and those that are tried again, the newest first.
pub async fn troubles(app: &App, most: u64) -> Result<Vec<Trouble>> {
    let states = [State::Failed, State::Queued, State::Leased];
    let troubled = message::troubled(app.store.reader(), &states, most).await?;
    Ok(troubled.into_iter().map(Trouble::from).collect())
}

/// Queues mails again that were given up, all or one; returns how many there were.
pub async fn retry(app: &App, id: Option<Uuid>) -> Result<u64> {
    let queued = message::retry(app.store.writer(), app.now(), id).await?;
    app.bell.ring();
    Ok(queued)
}
