//! What happens by itself when its time comes: waves are planned, opened and closed, reminders go
//! out, and what is over is deleted.
//!
//! Every replica ticks. There is no leader: whatever must happen once is guarded in the database,
//! by the state that a wave has to be in or by a unique key. A tick looks at what is due now,
//! however long ago the last one was, so downtime is caught up by the next tick.

use chrono::{DateTime, Utc};
use tribometer_store::program::{self, Program};
use tribometer_store::wave;
use tribometer_surveys::reminder::STALE_AFTER;
use tribometer_surveys::wave::WaveState;

use super::progress::SILENT;
use super::waves::{self, Sending};
use super::{Result, reminders, retention};
use crate::App;

/// Looks at everything that may be due. A failure with one thing does not keep the others from
/// happening; the first one is returned.
pub async fn tick(app: &App) -> Result<()> {
    let now = app.now();
    let mut result = Ok(());
    let mut note = |done: Result<()>| {
        if let Err(error) = done {
            tracing::error!(
                %error,
                "the clockwork failed at something; it tries again at its next tick"
            );
            if result.is_ok() {
                result = Err(error);
            }
        }
    };
    for wave in wave::in_state(app.store.reader(), WaveState::Open).await? {
        if wave.closes_at <= now {
            note(waves::close_once(app, &wave).await.map(|_| ()));
        }
    }
    for program in program::all(app.store.reader()).await? {
        note(open_due(app, &program, now).await);
        note(waves::plan(app, &program).await);
    }
    for wave in wave::in_state(app.store.reader(), WaveState::Open).await? {
        note(reminders::queue_due(app, &wave).await);
    }
    note(retention::queue_due(app).await);
    result
}

/// Opens the wave of a program whose time has come.
///
/// A wave that is more than a day late, because nothing ran, gets its full time all the same: its
/// days count from today. One that would have closed by now was missed, and is not made up for.
async fn open_due(app: &App, program: &Program, now: DateTime<Utc>) -> Result<()> {
    if program.paused {
        return Ok(());
    }
    let waves = wave::of_program(app.store.reader(), program.id).await?;
    if waves.iter().any(|wave| wave.state == WaveState::Open) {
        // One wave at a time: nobody should wonder which of two links to answer.
        return Ok(());
    }
    let due = waves
        .into_iter()
        .filter(|wave| wave.state == WaveState::Scheduled && wave.opens_at <= now);
    for wave in due {
        if wave.closes_at <= now {
            tracing::warn!(
                wave = %wave.id,
                label = wave.label,
                "nothing ran while this wave was to be open; it is left out"
            );
            wave::unplan(app.store.writer(), wave.id).await?;
            continue;
        }
        let is_late = now - wave.opens_at > STALE_AFTER;
        let today = now.with_timezone(&program.settings.timezone).date_naive();
        let day = if is_late { today } else { wave.day };
        waves::launch(app, program.id, wave.id, day, Sending::ByOwnClock, SILENT).await?;
    }
    Ok(())
}
