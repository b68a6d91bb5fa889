//! Queues the mails of one reminder for the participants of one time zone.

use crate::App;
use crate::service::reminders::{self, Remind};

/// Queues the mails, unless the reminder has gone stale since it was queued.
pub async fn run(app: &App, remind: Remind) -> anyhow::Result<()> {
    let people = reminders::queue_mails(app, &remind).await?;
    tracing::info!(
        wave = %remind.wave,
        zone = %remind.zone,
        day = %remind.day,
        people,
        "reminders queued"
    );
    Ok(())
}
