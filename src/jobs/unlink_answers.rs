//! Takes away what the database remembers of the order in which a closed wave's answers came in.

use serde::Deserialize;
use uuid::Uuid;

use crate::App;
use crate::service::waves;

/// What the job needs.
#[derive(Deserialize)]
pub struct UnlinkAnswers {
    wave: Uuid,
}

/// Unlinks the answers of one wave.
pub async fn run(app: &App, job: UnlinkAnswers) -> anyhow::Result<()> {
    waves::unlink_answers(app, job.wave).await?;
    tracing::info!(wave = %job.wave, "answers unlinked from the order of their arrival");
    Ok(())
}
