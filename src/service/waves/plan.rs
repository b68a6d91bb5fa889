//! Planning: the next wave of each program stands ready before its time comes.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use tribometer_store::participant;
use tribometer_store::program::Program;
use tribometer_store::wave::{self, Wave};
use tribometer_surveys::schedule::Occurrence;
use tribometer_surveys::wave::WaveState;

use crate::App;
use crate::service::Result;

/// Plans the next wave of a program, or moves the planned one where settings and time zones now
/// want it. A paused program has none.
pub async fn plan(app: &App, program: &Program) -> Result<()> {
    let now = app.now();
    let waves = wave::of_program(app.store.reader(), program.id).await?;
    let next = if program.paused {
        None
    } else {
        next_wave(app, program, &waves, now).await?
    };
    let label = next.as_ref().map(|next| next.label.as_str());
    // What is due already is left to the clockwork.
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
