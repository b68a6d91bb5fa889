//! What happens by itself when its time comes: waves are planned, opened and closed, reminders go out, and what is over is deleted.
//!
//! Every replica ticks. There is no leader: whatever must happen once is guarded in the database, by the state that a wave has to be in
//! or by a unique key. A tick looks at what is due now, however long ago the last one was, so downtime is caught up by the next tick.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use tribometer_store::{participant, program, wave};
use tribometer_surveys::reminder::STALE_AFTER;
use tribometer_surveys::schedule::Occurrence;
use tribometer_surveys::wave::WaveState;

use super::programs::Program;
use super::progress::SILENT;
use super::waves::{self, Sending, Wave};
use super::{Result, reminders, retention};
use crate::App;

/// Looks at everything that may be due. A failure with one thing does not keep the others from happening; the first one is returned.
pub async fn tick(app: &App) -> Result<()> {
    let now = app.now();
    let mut result = Ok(());
    let mut note = |done: Result<()>| {
        if let Err(error) = done {
            tracing::error!(%error, "the clockwork failed at something; it tries again at its next tick");
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
        note(plan(app, &program).await);
    }
    for wave in wave::in_state(app.store.reader(), WaveState::Open).await? {
        note(reminders::queue_due(app, &wave).await);
    }
    note(retention::queue_due(app).await);
    result
}

/// Opens the wave of a program whose time has come.
///
/// A wave that is more than a day late, because nothing ran, gets its full time all the same: its days count from today. One that
/// would have closed by now was missed, and is not made up for.
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
            tracing::warn!(wave = %wave.id, label = wave.label, "nothing ran while this wave was to be open; it is left out");
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

/// Plans the next wave of a program, or moves the planned one where settings and time zones now want it. A paused program has none.
pub async fn plan(app: &App, program: &Program) -> Result<()> {
    let now = app.now();
    let waves = wave::of_program(app.store.reader(), program.id).await?;
    let next = if program.paused {
        None
    } else {
        next_wave(app, program, &waves, now).await?
    };
    let label = next.as_ref().map(|next| next.label.as_str());
    // What is due already is left to `open_due`.
    let to_come = |wave: &&Wave| wave.state == WaveState::Scheduled && wave.opens_at > now;
    for wave in waves.iter().filter(to_come) {
        if program.paused || label != Some(wave.label.as_str()) {
            wave::unplan(app.store.writer(), wave.id).await?;
        }
    }
    let Some(next) = next else {
        return Ok(());
    };
    match waves.iter().find(|wave| wave.label == next.label) {
        None => {
            wave::plan(app.store.writer(), &next).await?;
        }
        Some(planned) if !is_same_plan(planned, &next) => {
            wave::move_to(
                app.store.writer(),
                planned.id,
                next.day,
                next.opens_at,
                next.closes_at,
            )
            .await?;
        }
        Some(_) => {}
    }
    Ok(())
}

fn is_same_plan(planned: &Wave, next: &Wave) -> bool {
    (planned.day, planned.opens_at, planned.closes_at) == (next.day, next.opens_at, next.closes_at)
}

/// The first occurrence to come whose wave was not launched yet, by hand for example.
async fn next_wave(
    app: &App,
    program: &Program,
    waves: &[Wave],
    now: DateTime<Utc>,
) -> Result<Option<Wave>> {
    let settings = &program.settings;
    let zones = participant::zones_to_come(app.store.reader()).await?;
    let is_done = |occurrence: &Occurrence| {
        waves.iter().any(|wave| {
            let is_due = wave.state == WaveState::Scheduled && wave.opens_at <= now;
            wave.label == occurrence.label && (wave.state != WaveState::Scheduled || is_due)
        })
    };
    let mut after = now;
    loop {
        let next = settings
            .recurrence
            .next_after(after, settings.timezone, &settings.blackout);
        let Some(occurrence) = next else {
            return Ok(None);
        };
        after = occurrence.invites_at(settings.timezone);
        if !is_done(&occurrence) {
            return Ok(Some(planned_wave(app, program, &occurrence, &zones)));
        }
    }
}

fn planned_wave(app: &App, program: &Program, occurrence: &Occurrence, zones: &[Tz]) -> Wave {
    let settings = &program.settings;
    let zones = || zones.iter().copied();
    Wave {
        id: app.clock.new_id(),
        program: program.id,
        label: occurrence.label.clone(),
        survey_version: None,
        state: WaveState::Scheduled,
        day: occurrence.date,
        opens_at: occurrence.opens_at(settings.timezone, zones()),
        closes_at: occurrence.closes_at(settings.open_days, settings.timezone, zones()),
        opened_at: None,
        closed_at: None,
        minimum_group: settings.minimum_group,
        confidentiality: settings.confidentiality,
        released_at: None,
        we_did: None,
    }
}
