//! What is deleted by itself once its time is over: records of jobs and mails, sign-in links and
//! sessions. docs/privacy.md has the table of everything that is kept, and how long.

use chrono::TimeDelta;
use serde_json::Value;
use tribometer_store::job::{self, NewJob};
use tribometer_store::{message, sign_in_link, web_session};

use super::{Result, records};
use crate::App;

/// The job that deletes what is over.
pub const SWEEP: &str = "sweep";

/// How long it is remembered that a job was done or a mail was sent: longer than a wave can be
/// open, for as long as a wave is open its reminders are kept from being sent twice by that memory.
pub const RECORDS: TimeDelta = TimeDelta::days(90);
/// How long an expired sign-in link is kept: as long as its mail may still wait for the mail
/// server.
pub const EXPIRED_LINKS: TimeDelta = TimeDelta::days(1);
/// Mails that are deleted in one transaction, so that nobody who writes waits long.
const AT_ONCE: u64 = 5_000;

/// What was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub jobs: u64,
    pub mails: u64,
    pub links: u64,
    pub sessions: u64,
    /// Records of imports that ended before they were finished.
    pub unfinished_records: u64,
}

/// Queues the job of today (UTC), once.
pub(super) async fn queue_due(app: &App) -> Result<()> {
    let now = app.now();
    let key = format!("{SWEEP}:{}", now.date_naive());
    if job::is_known(app.store.reader(), &key).await? {
        return Ok(());
    }
    let sweep = NewJob {
        id: app.clock.new_id(),
        kind: SWEEP.to_owned(),
        dedup_key: key,
        payload: Value::Null,
        run_at: now,
    };
    if job::queue(app.store.writer(), now, sweep).await? {
        app.bell.ring();
    }
    Ok(())
}

/// Deletes what is over.
pub async fn sweep(app: &App) -> Result<Swept> {
    let (db, now) = (app.store.writer(), app.now());
    let mut swept = Swept {
        jobs: job::delete_finished(db, now - RECORDS).await?,
        links: sign_in_link::delete_expired(db, now - EXPIRED_LINKS).await?,
        sessions: web_session::delete_expired(db, now).await?,
        mails: 0,
        unfinished_records: records::delete_dead(app).await?,
    };
    loop {
        let deleted = message::delete_finished(db, now - RECORDS, AT_ONCE).await?;
        swept.mails += deleted;
        if deleted < AT_ONCE {
            return Ok(swept);
        }
    }
}
