//! Writing a mail at the moment when it is sent: whether it is still wanted, and its words.
//!
//! The token of a personal link is derived here and goes into the mail alone.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use tribometer_store::invitation::{self, Letter as Facts};
use tribometer_store::message::{Kind, Message};
use tribometer_store::sign_in_link;
use tribometer_surveys::privacy::promise_in_short;
use tribometer_surveys::reminder::ReminderDay;
use tribometer_surveys::wave::WaveState;
use uuid::Uuid;

use crate::App;
use crate::mail::Content;
use crate::mail::templates::{self, Question, Reminder, Render, SignIn, Test, Tone};
use crate::service::{Error, Result, links, retention};

/// How long a test mail waits for the mail server: whoever asked for it looks elsewhere by then.
const TEST_WAITS: TimeDelta = TimeDelta::days(1);

/// What a reminder needs beside its invitation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReminderParameters {
    /// Which of the program's reminders this is.
    pub day: ReminderDay,
    /// All of them.
    pub days: Vec<ReminderDay>,
}

/// What a sign-in mail needs.
#[derive(Deserialize)]
struct SignInParameters {
    link: Uuid,
}

/// A mail that is ready, or one that nobody wants any more.
pub enum Written {
    Letter(Box<Letter>),
    /// The text says why, but not what anybody did.
    Unwanted(&'static str),
}

/// A mail that is ready.
pub struct Letter {
    pub content: Content,
    /// Where one click stops more mails like this.
    pub stop_link: Option<String>,
}

/// Writes a queued mail as of now.
pub async fn write(app: &App, message: &Message, now: DateTime<Utc>) -> Result<Written> {
    let organization = app.config.organization.clone();
    match message.kind {
        Kind::Invitation | Kind::Reminder => to_participant(app, message, now).await,
        Kind::SignIn => {
            let SignInParameters { link } = parameters(message)?;
            if message.created_at + retention::EXPIRED_LINKS <= now {
                return Ok(Written::Unwanted("the link was asked for too long ago"));
            }
            // The mail may have waited for the mail server: the link's time begins when it leaves.
            let expires_at = now + links::SIGN_IN_LIFETIME;
            if !sign_in_link::extend(app.store.writer(), link, expires_at).await? {
                return Ok(Written::Unwanted("the link was used"));
            }
            let mail = SignIn {
                organization,
                link: links::sign_in(app, &app.secrets.sign_in_token(link)),
                minutes: links::SIGN_IN_LIFETIME.num_minutes(),
            };
            letter(&mail, None)
        }
        Kind::Test => {
            if message.created_at + TEST_WAITS <= now {
                return Ok(Written::Unwanted("it was asked for too long ago"));
            }
            let mail = Test {
                organization,
                sender: app.mail.sender(),
                link: app.config.base_url(),
            };
            letter(&mail, None)
        }
    }
}

async fn to_participant(app: &App, message: &Message, now: DateTime<Utc>) -> Result<Written> {
    let Some(id) = message.invitation else {
        return Ok(Written::Unwanted("the invitation is gone"));
    };
    let Some(facts) = invitation::letter(app.store.reader(), id).await? else {
        return Ok(Written::Unwanted("the invitation is gone"));
    };
    if !facts.is_active {
        return Ok(Written::Unwanted("the person has left"));
    }
    if facts.wave_state != WaveState::Open || facts.closes_at <= now {
        return Ok(Written::Unwanted("the wave is closed"));
    }
    let is_reminder = message.kind == Kind::Reminder;
    if facts.is_used || is_reminder && !facts.reminders {
        return Ok(Written::Unwanted("it is not wanted any more"));
    }
    let mail = invitation_mail(app, id, facts).await?;
    let stop_link = Some(mail.stop_link.clone());
    if !is_reminder {
        return letter(&mail, stop_link);
    }
    let ReminderParameters { day, days } = parameters(message)?;
    let mail = Reminder {
        invitation: mail,
        tone: Tone::of(day, &days),
    };
    letter(&mail, stop_link)
}

async fn invitation_mail(app: &App, id: Uuid, facts: Facts) -> Result<templates::Invitation> {
    let survey = app.surveys.get(&app.store, &facts.survey_version).await?;
    let token = app.secrets.invitation_token(id);
    let link = links::survey(app, &token);
    Ok(templates::Invitation {
        name: facts.name,
        program: facts.program,
        organization: app.config.organization.clone(),
        sender: app.mail.sender(),
        introduction: survey.introduction.clone(),
        minutes: survey.minutes,
        deadline: templates::deadline(facts.closes_at, facts.timezone),
        last_day: templates::day(facts.closes_at, facts.timezone),
        question: Question::first(&survey, &link),
        stop_link: format!("{link}/stop-reminders"),
        link,
        promise: promise_in_short(facts.minimum_group),
    })
}

fn letter(mail: &impl Render, stop_link: Option<String>) -> Result<Written> {
    let content = mail
        .render()
        .map_err(|cause| Error::Internal(format!("a mail could not be written: {cause}")))?;
    Ok(Written::Letter(Box::new(Letter { content, stop_link })))
}

fn parameters<T: serde::de::DeserializeOwned>(message: &Message) -> Result<T> {
    serde_json::from_value(message.parameters.clone())
        .map_err(|cause| Error::Internal(format!("parameters of mail {}: {cause}", message.id)))
}
