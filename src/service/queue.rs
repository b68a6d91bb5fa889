//! The queue of jobs: work that happens once, outside of any request.
//!
//! `jobs` runs them; here they are claimed under a lease, and what became of them is noted.

use chrono::TimeDelta;
use tribometer_store::job::{self, Outcome};
use tribometer_store::message::Lease;

use super::{Result, backoff, reminders, retention, waves};
use crate::App;

pub use tribometer_store::job::Job;

/// How long a worker has for a job; then another one takes it over.
const LEASE: TimeDelta = TimeDelta::minutes(30);

/// The kinds that this version knows. What a newer version that shares the database has queued
/// beside them is left to it.
pub const KINDS: [&str; 4] = [
    reminders::REMIND,
    waves::COMPUTE_FINDINGS,
    waves::UNLINK_ANSWERS,
    retention::SWEEP,
];

/// A job that a worker has for itself.
pub struct Claimed {
    pub job: Job,
    lease: Lease,
}

/// Claims the job that is due longest, if one is that this version knows; `worker` is a name that
/// no other worker has.
pub async fn claim(app: &App, worker: &str) -> Result<Option<Claimed>> {
    let now = app.now();
    let lease = Lease {
        owner: worker.to_owned(),
        now,
        until: now + LEASE,
    };
    let job = job::claim(app.store.writer(), &lease, &KINDS).await?;
    Ok(job.map(|job| Claimed { job, lease }))
}

/// Notes that a job is done, or what went wrong; then it is tried again later, and given up after
/// the last attempt.
pub async fn finish(app: &App, claimed: Claimed, done: Result<(), String>) -> Result<()> {
    let Claimed { job, lease } = claimed;
    let now = app.now();
    let outcome = match done {
        Ok(()) => Outcome::Done,
        Err(error) => match backoff::next_attempt(now, job.attempts + 1) {
            Some(next) => Outcome::Again(next, error),
            None => Outcome::Failed(error),
        },
    };
    job::settle(app.store.writer(), &Lease { now, ..lease }, job.id, outcome).await?;
    Ok(())
}

/// Jobs that were given up, the newest first.
pub async fn failed(app: &App, most: u64) -> Result<Vec<Job>> {
    Ok(job::failed(app.store.reader(), most).await?)
}
