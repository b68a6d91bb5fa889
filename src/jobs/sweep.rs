//! Deletes the records and links whose time is over.

use crate::App;
use crate::service::retention::{self, Swept};

/// Deletes them, and logs how many of each there were.
pub async fn run(app: &App) -> anyhow::Result<()> {
    let Swept {
        jobs,
        mails,
        links,
        sessions,
        unfinished_records,
    } = retention::sweep(app).await?;
    tracing::info!(
        jobs,
        mails,
        links,
        sessions,
        unfinished_records,
        "records swept out"
    );
    Ok(())
}
