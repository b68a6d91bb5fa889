//! Reminders: to those who have not answered and have not stopped them, at the program's time of
//! day by each participant's own clock.
//!
//! All participants of one time zone are due at the same instant, so a reminder is one job for each
//! zone of a wave, queued once by its key. The job then queues the mails, each once by its own key.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tribometer_store::job::{self, NewJob};
use tribometer_store::message::{self, Kind, NewMessage};
use tribometer_store::program::{self, Program};
use tribometer_store::{invitation, participant, wave};
use tribometer_surveys::reminder::{ReminderDay, Reminders};
use tribometer_surveys::wave::WaveState;
use uuid::Uuid;

use super::outbox::{self, ReminderParameters};
use super::waves::Wave;
use super::{Error, Result};
use crate::App;

/// The job that queues one reminder for the participants of one zone.
pub const REMIND: &str = "remind";

/// What that job needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remind {
    pub wave: Uuid,
    pub zone: Tz,
    pub day: ReminderDay,
}

/// Queues a job for each zone of an open wave whose participants are to be reminded now.
pub(super) async fn queue_due(app: &App, wave: &Wave) -> Result<()> {
    let now = app.now();
    let program = program_of(app, wave).await?;
    for zone in participant::zones(app.store.reader(), wave.id).await? {
        // Nothing counts as sent here: a reminder that was queued before is found by its key.
        let Some(day) = reminders(&program, wave, zone).due(&[], now) else {
            continue;
        };
        let key = format!("{REMIND}:{}:{zone}:{day}", wave.id);
        if job::is_known(app.store.reader(), &key).await? {
            continue;
        }
        let remind = NewJob {
            id: app.clock.new_id(),
            kind: REMIND.to_owned(),
            dedup_key: key,
            payload: json!(Remind {
                wave: wave.id,
                zone,
                day,
            }),
            run_at: now,
        };
        if job::queue(app.store.writer(), now, remind).await? {
            app.bell.ring();
        }
    }
    Ok(())
}

/// Queues the mails of one reminder, unless it has gone stale since; returns how many people are
/// reminded.
pub async fn queue_mails(app: &App, remind: &Remind) -> Result<usize> {
    let now = app.now();
    let Some(wave) = wave::find(app.store.reader(), remind.wave).await? else {
        return Ok(0);
    };
    let program = program_of(app, &wave).await?;
    let is_due = reminders(&program, &wave, remind.zone).due(&[], now) == Some(remind.day);
    if wave.state != WaveState::Open || !is_due {
        return Ok(0);
    }
    let transaction = app.store.begin().await?;
    let people = invitation::remindable(&transaction, wave.id, remind.zone).await?;
    let parameters = json!(ReminderParameters {
        day: remind.day,
        days: program.settings.reminders.clone(),
    });
    let mails: Vec<NewMessage> = people
        .iter()
        .map(|person| {
            let key = format!("reminder:{}:{}:{}", wave.id, person.participant, remind.day);
            let parameters = parameters.clone();
            NewMessage {
                wave: Some(wave.id),
                invitation: Some(person.invitation),
                ..outbox::new_message(app, Kind::Reminder, key, &person.address, parameters, now)
            }
        })
        .collect();
    message::queue(&transaction, now, &mails).await?;
    transaction.commit().await?;
    app.bell.ring();
    Ok(people.len())
}

async fn program_of(app: &App, wave: &Wave) -> Result<Program> {
    let program = program::find(app.store.reader(), wave.program).await?;
    program.ok_or_else(|| Error::Internal(format!("the program of wave {} is gone", wave.id)))
}

fn reminders<'a>(program: &'a Program, wave: &Wave, zone: Tz) -> Reminders<'a> {
    Reminders {
        invited_on: wave.day,
        time: program.settings.recurrence.time(),
        zone,
        closes_at: wave.closes_at,
        days: &program.settings.reminders,
        blackout: &program.settings.blackout,
    }
}
