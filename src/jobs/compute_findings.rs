//! Computes the findings of a wave that has closed.

use serde::Deserialize;
use uuid::Uuid;

use crate::App;
use crate::service::findings;

/// What the job needs.
#[derive(Deserialize)]
pub struct ComputeFindings {
    wave: Uuid,
}

/// Does it; findings that are there already stay as they are.
pub async fn run(app: &App, job: ComputeFindings) -> anyhow::Result<()> {
    findings::compute(app, job.wave).await?;
    tracing::info!(wave = %job.wave, "findings computed");
    Ok(())
}
