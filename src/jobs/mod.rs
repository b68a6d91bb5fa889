//! Work outside of requests: the clockwork, the mails of the outbox, and jobs, one file each.
//!
//! Every replica runs all of it. Who does what is settled in the database, by leases and unique
//! keys.

mod bell;
mod compute_findings;
mod queue;
mod remind;
mod sweep;
mod unlink_answers;

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::App;
use crate::service::progress::{Progress, SILENT};
use crate::service::{Error, Result, clockwork, outbox};

pub use bell::Bell;

/// How often the clockwork ticks.
const TICK: Duration = Duration::from_secs(60);
/// How often workers look for what other replicas queued, or what has come due.
const LOOK: Duration = Duration::from_secs(5);
/// How long a worker waits after the mail server could not be reached, or the database failed.
const BREATHER: Duration = Duration::from_secs(10);

/// Works until the process is told to stop; what is under way is finished first.
pub async fn run(app: App, stopping: watch::Receiver<bool>) {
    let mut workers = JoinSet::new();
    workers.spawn(tick(app.clone(), stopping.clone()));
    workers.spawn(work(app.clone(), stopping.clone()));
    for _ in 0..app.mail.connections() {
        workers.spawn(deliver(app.clone(), stopping.clone()));
    }
    while let Some(ended) = workers.join_next().await {
        if let Err(panic) = ended {
            tracing::error!(%panic, "a worker broke");
        }
    }
}

/// Does everything that is due now, the clockwork first, and returns when nothing is left.
pub async fn run_until_idle(app: &App) -> Result<()> {
    let worker = new_worker();
    loop {
        clockwork::tick(app).await?;
        let mut is_idle = deliver_all(app, SILENT).await?;
        while queue::run_next(app, &worker).await? {
            is_idle = false;
        }
        if is_idle {
            return Ok(());
        }
    }
}

/// Sends all mails that are due, over all connections, or until the mail server can't be reached;
/// `true` if there was none.
pub async fn deliver_all(app: &App, progress: Progress<'_>) -> Result<bool> {
    let total = outbox::due(app).await?;
    let (tell, mut told) = mpsc::unbounded_channel();
    let mut lanes = JoinSet::new();
    for _ in 0..app.mail.connections() {
        let (app, tell) = (app.clone(), tell.clone());
        lanes.spawn(async move {
            let worker = new_worker();
            loop {
                let round = outbox::deliver(&app, &worker).await?;
                if round.claimed == 0 {
                    return Ok::<(), Error>(());
                }
                // Whoever listens does so until all lanes have ended.
                let _ = tell.send(round.claimed);
                if round.unreachable.is_some() {
                    // All others would wait for the same answer; a server or the next command tries
                    // them again.
                    return Ok(());
                }
            }
        });
    }
    drop(tell);
    let mut done = 0;
    while let Some(claimed) = told.recv().await {
        done += claimed;
        progress(done, total);
    }
    for lane in lanes.join_all().await {
        lane?;
    }
    Ok(done == 0)
}

async fn tick(app: App, mut stopping: watch::Receiver<bool>) {
    while !*stopping.borrow() {
        // What failed is logged there, and tried again at the next tick.
        let _ = clockwork::tick(&app).await;
        pause(&mut stopping, TICK, std::future::pending()).await;
    }
}

async fn deliver(app: App, mut stopping: watch::Receiver<bool>) {
    let worker = new_worker();
    while !*stopping.borrow() {
        let rung = app.bell.wait();
        match outbox::deliver(&app, &worker).await {
            Ok(round) if round.unreachable.is_some() => {
                tracing::warn!(
                    "the mail server can't be reached; `tribometer mail status` says what it said"
                );
                pause(&mut stopping, BREATHER, std::future::pending()).await;
            }
            Ok(round) if round.claimed == 0 => pause(&mut stopping, LOOK, rung).await,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(%error, "the outbox can't be read");
                pause(&mut stopping, BREATHER, std::future::pending()).await;
            }
        }
    }
}

async fn work(app: App, mut stopping: watch::Receiver<bool>) {
    let worker = new_worker();
    while !*stopping.borrow() {
        let rung = app.bell.wait();
        match queue::run_next(&app, &worker).await {
            Ok(true) => {}
            Ok(false) => pause(&mut stopping, LOOK, rung).await,
            Err(error) => {
                tracing::error!(%error, "the queue of jobs can't be read");
                pause(&mut stopping, BREATHER, std::future::pending()).await;
            }
        }
    }
}

/// Waits for a while, or until it is woken, or until the process is told to stop.
async fn pause(
    stopping: &mut watch::Receiver<bool>,
    longest: Duration,
    woken: impl Future<Output = ()>,
) {
    tokio::select! {
        () = tokio::time::sleep(longest) => {}
        () = woken => {}
        // An error means that nobody is left who could say so; then the loop ends as well.
        _ = stopping.wait_for(|stop| *stop) => {}
    }
}

/// A name that no other worker has, on any machine.
fn new_worker() -> String {
    format!("{}/{}", std::process::id(), Uuid::new_v4().simple())
}
