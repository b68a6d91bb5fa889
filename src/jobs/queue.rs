//! Claiming a job, running it, and noting what became of it.

use super::{compute_findings, remind, sweep, unlink_answers};
use crate::App;
use crate::service::queue::{self, Job};
use crate::service::{Result, reminders, retention, waves};

/// Runs the job that is due longest; `false` if none is due.
pub async fn run_next(app: &App, worker: &str) -> Result<bool> {
    let Some(claimed) = queue::claim(app, worker).await? else {
        return Ok(false);
    };
    let job = &claimed.job;
    let done = run(app, job).await.map_err(|error| {
        let error = format!("{error:#}");
        tracing::error!(
            id = %job.id,
            kind = job.kind,
            attempts = job.attempts + 1,
            error,
            "a job failed"
        );
        error
    });
    queue::finish(app, claimed, done).await?;
    Ok(true)
}

async fn run(app: &App, job: &Job) -> anyhow::Result<()> {
    let payload = job.payload.clone();
    match job.kind.as_str() {
        reminders::REMIND => remind::run(app, serde_json::from_value(payload)?).await,
        waves::COMPUTE_FINDINGS => {
            compute_findings::run(app, serde_json::from_value(payload)?).await
        }
        waves::UNLINK_ANSWERS => unlink_answers::run(app, serde_json::from_value(payload)?).await,
        retention::SWEEP => sweep::run(app).await,
        other => anyhow::bail!("{other:?} is claimed but not run"),
    }
}
