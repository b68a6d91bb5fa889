//! Launching a wave: freezes who takes part and what is asked, and queues an invitation for
//! everybody, in one transaction.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use serde_json::Value;
use tribometer_store::invitation::{self, Invitation};
use tribometer_store::message::{self, Kind, NewMessage};
use tribometer_store::participant::{self, Participant};
use tribometer_store::person::{self, StoredPerson};
use tribometer_store::program::{self, Program};
use tribometer_store::survey_version;
use tribometer_store::wave::{self, Opening, Wave};
use tribometer_surveys::program::Program as Settings;
use tribometer_surveys::schedule::Occurrence;
use tribometer_surveys::wave::WaveState;
use uuid::Uuid;

use crate::App;
use crate::secrets::token_hash;
use crate::service::progress::Progress;
use crate::service::{Error, Result, outbox, surveys};

/// People that one call to the store writes: often enough for a progress bar that moves.
const AT_ONCE: usize = 5_000;

/// When the invitations of a wave leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// At the program's time of day, by each participant's own clock; at once where that has
    /// passed.
    ByOwnClock,
    /// Now.
    AtOnce,
}

/// A wave that was opened.
#[derive(Clone, Debug)]
pub struct Launched {
    pub wave: Wave,
    /// How many people were invited.
    pub invited: usize,
}

/// Plans a wave that is about to be opened by hand.
pub(super) async fn add(
    app: &App,
    program: &Program,
    label: String,
    day: NaiveDate,
) -> Result<Wave> {
    let settings = &program.settings;
    let now = app.now();
    let wave = Wave {
        id: app.clock.new_id(),
        program: program.id,
        survey_version: None,
        state: WaveState::Scheduled,
        day,
        opens_at: now,
        closes_at: occurrence(settings, &label, day).closes_at(
            settings.open_days,
            settings.timezone,
            [],
        ),
        opened_at: None,
        closed_at: None,
        minimum_group: settings.minimum_group,
        confidentiality: settings.confidentiality,
        released_at: None,
        we_did: None,
        label,
    };
    wave::plan(app.store.writer(), &wave).await?;
    // Somebody else may have been faster; then theirs is opened.
    let planned = wave::by_label(app.store.reader(), program.id, &wave.label).await?;
    planned
        .ok_or_else(|| Error::conflict("removed", format!("the wave {} was removed", wave.label)))
}

fn occurrence(settings: &Settings, label: &str, day: NaiveDate) -> Occurrence {
    Occurrence {
        date: day,
        time: settings.recurrence.time(),
        label: label.to_owned(),
    }
}

/// Opens a scheduled wave with `day` as the day of its invitations; `None` if it is no longer
/// scheduled, or another wave of the program is open. Of two replicas that do it at once, one does
/// it and the other gets `None`.
pub(in crate::service) async fn launch(
    app: &App,
    program: Uuid,
    wave: Uuid,
    day: NaiveDate,
    sending: Sending,
    progress: Progress<'_>,
) -> Result<Option<Launched>> {
    let people = person::all(app.store.reader()).await?;
    let transaction = app.store.begin().await?;
    let missing = |what: &str| Error::NotFound(format!("the {what}"));
    // Everything about a program's waves happens under the lock on the program.
    let program = program::lock(&transaction, program)
        .await?
        .ok_or_else(|| missing("program"))?;
    let settings = &program.settings;
    let waves = wave::of_program(&transaction, program.id).await?;
    let is_free = waves.iter().all(|other| other.state != WaveState::Open);
    let planned = waves.into_iter().find(|other| other.id == wave);
    let Some(planned) = planned.filter(|wave| is_free && wave.state == WaveState::Scheduled) else {
        return Ok(None);
    };
    let survey = surveys::find(app, &settings.survey)
        .await?
        .ok_or_else(|| missing(&format!("survey `{}`", settings.survey)))?;
    let asked: Vec<&StoredPerson> = people
        .iter()
        .filter(|stored| settings.audience.includes(&stored.person))
        .collect();
    if asked.is_empty() {
        return Err(Error::conflict(
            "nobody-asked",
            format!(
                "nobody in the directory belongs to the audience of {:?}; import people, or change \
                 the audience",
                settings.name
            ),
        ));
    }
    let now = app.now();
    let occurrence = occurrence(settings, &planned.label, day);
    let zones = asked.iter().map(|stored| settings.zone_of(&stored.person));
    let opening = Opening {
        survey_version: survey.version().as_str().to_owned(),
        day,
        opens_at: match sending {
            Sending::AtOnce => now,
            Sending::ByOwnClock => planned.opens_at,
        },
        closes_at: occurrence.closes_at(settings.open_days, settings.timezone, zones),
        opened_at: now,
        minimum_group: settings.minimum_group,
        confidentiality: settings.confidentiality,
    };
    survey_version::keep(&transaction, &survey, now).await?;
    if !wave::open(&transaction, wave, &opening).await? {
        return Ok(None);
    }
    let due = |zone: Tz| match sending {
        Sending::AtOnce => now,
        Sending::ByOwnClock => occurrence.invites_at(zone).max(now),
    };
    let Guests {
        participants,
        invitations,
        messages,
    } = invite(app, settings, wave, &asked, due);
    for from in (0..participants.len()).step_by(AT_ONCE) {
        let until = (from + AT_ONCE).min(participants.len());
        participant::insert(&transaction, wave, &participants[from..until]).await?;
        invitation::insert(&transaction, wave, &invitations[from..until]).await?;
        message::queue(&transaction, now, &messages[from..until]).await?;
        progress(until, participants.len());
    }
    transaction.commit().await?;
    app.bell.ring();
    tracing::info!(%wave, label = planned.label, invited = asked.len(), "wave opened");
    Ok(Some(Launched {
        wave: (wave::find(app.store.reader(), wave).await?).ok_or_else(|| missing("wave"))?,
        invited: asked.len(),
    }))
}

/// The rows of everybody who takes part.
struct Guests {
    participants: Vec<Participant>,
    invitations: Vec<Invitation>,
    messages: Vec<NewMessage>,
}

fn invite(
    app: &App,
    settings: &Settings,
    wave: Uuid,
    asked: &[&StoredPerson],
    due: impl Fn(Tz) -> DateTime<Utc>,
) -> Guests {
    let mut guests = Guests {
        participants: Vec::with_capacity(asked.len()),
        invitations: Vec::with_capacity(asked.len()),
        messages: Vec::with_capacity(asked.len()),
    };
    for StoredPerson { id, person } in asked {
        let timezone = settings.zone_of(person);
        let participant = Participant {
            id: app.clock.new_id(),
            person: *id,
            team: person.team.clone(),
            attributes: settings.frozen_attributes(&person.attributes),
            timezone,
            locale: person.locale.clone(),
        };
        let invitation = Invitation {
            id: app.clock.new_id(),
            participant: participant.id,
            token_hash: Vec::new(),
        };
        // The token itself is derived again when the mail is written, and stored nowhere.
        let token = app.secrets.invitation_token(invitation.id);
        let invitation = Invitation {
            token_hash: token_hash(&token),
            ..invitation
        };
        let key = format!("invitation:{wave}:{}", participant.id);
        let address = person.email.as_str();
        guests.messages.push(NewMessage {
            wave: Some(wave),
            invitation: Some(invitation.id),
            ..outbox::new_message(
                app,
                Kind::Invitation,
                key,
                address,
                Value::Null,
                due(timezone),
            )
        });
        guests.participants.push(participant);
        guests.invitations.push(invitation);
    }
    guests
}
