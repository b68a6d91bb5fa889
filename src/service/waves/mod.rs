//! Waves: opened and closed by the clock or by hand, once each.

mod launch;
mod plan;

use serde_json::json;
use tribometer_store::job::{self, NewJob};
use tribometer_store::program::Program;
use tribometer_store::{draft, message, participant, unlink, wave};
use tribometer_surveys::wave::{WaveState, WaveStateError};
use uuid::Uuid;

use super::audit::{self, Action};
use super::participation::{self, Participation};
use super::progress::Progress;
use super::{Error, Result};
use crate::App;

pub(super) use launch::launch;
pub use launch::{Launched, Sending};
pub(super) use plan::plan;
pub use tribometer_store::wave::Wave;

/// The job that computes the findings of a closed wave.
pub const COMPUTE_FINDINGS: &str = "compute-findings";
/// The job that unlinks the answers of a closed wave from the order of their arrival.
pub const UNLINK_ANSWERS: &str = "unlink-answers";

/// A wave that is not (or no longer) in the state that a change needs.
fn out_of_state(label: &str, error: WaveStateError) -> Error {
    Error::conflict("wrong-state", format!("{label}: {error}"))
}

/// Opens a wave of a program now and sends the invitations at once; `by` is the account that asked
/// for it. The wave is the planned one, if that is the one of this period, else a new one.
pub async fn open(
    app: &App,
    program: &Program,
    by: Option<Uuid>,
    progress: Progress<'_>,
) -> Result<Launched> {
    let settings = &program.settings;
    let today = app.now().with_timezone(&settings.timezone).date_naive();
    let waves = wave::of_program(app.store.reader(), program.id).await?;
    if let Some(open) = waves.iter().find(|wave| wave.state == WaveState::Open) {
        return Err(Error::conflict(
            "still-open",
            format!(
                "the wave {} of {:?} is still open; close it first",
                open.label, settings.name
            ),
        ));
    }
    let period = settings.recurrence.label(today);
    let is_taken = |label: &str| {
        waves
            .iter()
            .any(|wave| wave.label == label && wave.state != WaveState::Scheduled)
    };
    let label = [period, today.to_string()]
        .into_iter()
        .find(|label| !is_taken(label))
        .ok_or_else(|| Error::conflict("over", format!("the wave of {today} is over")))?;
    let wave = match waves.into_iter().find(|wave| wave.label == label) {
        Some(planned) => planned,
        None => launch::add(app, program, label, today).await?,
    };
    let launched = launch(app, program.id, wave.id, today, Sending::AtOnce, progress).await?;
    let launched = launched.ok_or_else(|| {
        let error = WaveStateError {
            from: WaveState::Open,
            to: WaveState::Open,
        };
        out_of_state(&wave.label, error)
    })?;
    let details = json!({ "program": settings.name, "invited": launched.invited });
    audit::record(app, by, Action::WaveOpened, &launched.wave.label, details).await?;
    Ok(launched)
}

/// Closes an open wave now, for good; `by` is the account that asked for it.
pub async fn close(app: &App, id: Uuid, by: Option<Uuid>) -> Result<Wave> {
    let wave = find(app, id).await?;
    if !close_once(app, &wave).await? {
        let now = find(app, id).await?;
        let error = WaveStateError {
            from: now.state,
            to: WaveState::Closed,
        };
        return Err(out_of_state(&wave.label, error));
    }
    audit::record(app, by, Action::WaveClosed, &wave.label, json!({})).await?;
    find(app, id).await
}

/// Closes a wave, if it is still open: no more answers, no more mails, no more drafts, and then its
/// findings are computed.
///
/// The hashes of the tokens stay while the wave is on file: a link in an old mail gets a page that
/// says what became of it, instead of one that calls it unknown. They open nothing any more, and
/// who holds the secret key could derive them anyway.
pub(super) async fn close_once(app: &App, wave: &Wave) -> Result<bool> {
    let now = app.now();
    let transaction = app.store.begin().await?;
    if !wave::close(&transaction, wave.id, now).await? {
        return Ok(false);
    }
    draft::delete_of_wave(&transaction, wave.id).await?;
    message::skip_of_wave(&transaction, wave.id, "the wave is closed").await?;
    queue_findings(app, &transaction, wave.id).await?;
    queue_job(app, &transaction, UNLINK_ANSWERS, wave.id).await?;
    transaction.commit().await?;
    app.bell.ring();
    tracing::info!(wave = %wave.id, label = wave.label, "wave closed");
    Ok(true)
}

/// Queues the job that computes the findings of a closed wave.
pub(super) async fn queue_findings(
    app: &App,
    transaction: &tribometer_store::Transaction,
    wave: Uuid,
) -> Result<()> {
    queue_job(app, transaction, COMPUTE_FINDINGS, wave).await
}

/// Queues a job about a closed wave, once.
async fn queue_job(
    app: &App,
    transaction: &tribometer_store::Transaction,
    kind: &str,
    wave: Uuid,
) -> Result<()> {
    let now = app.now();
    let job = NewJob {
        id: app.clock.new_id(),
        kind: kind.to_owned(),
        dedup_key: format!("{kind}:{wave}"),
        payload: json!({ "wave": wave }),
        run_at: now,
    };
    job::queue(transaction, now, job).await?;
    Ok(())
}

/// Unlinks the answers of a closed wave from the order in which they arrived, as far as the
/// database remembers it.
pub async fn unlink_answers(app: &App, wave: Uuid) -> Result<()> {
    Ok(unlink::shuffle(&app.store, wave).await?)
}

/// The wave with this id.
pub async fn find(app: &App, id: Uuid) -> Result<Wave> {
    let wave = wave::find(app.store.reader(), id).await?;
    wave.ok_or_else(|| Error::NotFound("the wave".to_owned()))
}

/// The wave of a program with this label; without one the open wave, else the newest that was
/// launched, else the planned one.
pub async fn of_program(app: &App, program: &Program, label: Option<&str>) -> Result<Wave> {
    let name = &program.settings.name;
    let waves = wave::of_program(app.store.reader(), program.id).await?;
    if let Some(label) = label {
        let wave = waves.into_iter().find(|wave| wave.label == label);
        return wave.ok_or_else(|| Error::NotFound(format!("the wave {label} of {name:?}")));
    }
    let best = |state| waves.iter().find(|wave| wave.state == state).cloned();
    best(WaveState::Open)
        .or_else(|| best(WaveState::Closed))
        .or_else(|| best(WaveState::Scheduled))
        .ok_or_else(|| Error::NotFound(format!("a wave of {name:?}")))
}

/// All waves of a program, the newest first.
pub async fn list(app: &App, program: &Program) -> Result<Vec<Wave>> {
    Ok(wave::of_program(app.store.reader(), program.id).await?)
}

/// Where a wave stands, as it may be shown.
#[derive(Clone, Debug)]
pub struct Status {
    pub wave: Wave,
    /// How many people were invited.
    pub invited: u64,
    /// The groups that may be shown, with counts that single nobody out.
    pub groups: Vec<Participation>,
}

/// Where a wave stands.
pub async fn status(app: &App, wave: Wave) -> Result<Status> {
    Ok(Status {
        invited: participant::count(app.store.reader(), wave.id).await?,
        groups: participation::of_wave(app, wave.id, wave.minimum_group).await?,
        wave,
    })
}
