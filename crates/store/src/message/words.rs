//! What a mail is for, and where it stands, each stored as a word.

use std::str::FromStr;

use chrono::TimeDelta;

use crate::{Error, Result};

/// What a mail is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Invitation,
    Reminder,
    SignIn,
    Test,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 4] = [Kind::Invitation, Kind::Reminder, Kind::SignIn, Kind::Test];

    /// The kind as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Invitation => "invitation",
            Kind::Reminder => "reminder",
            Kind::SignIn => "sign_in",
            Kind::Test => "test",
        }
    }

    /// How much earlier than asked for a mail of this kind is due. Somebody waits for a sign-in
    /// link, so it must not stand in line behind a wave's invitations.
    pub(super) fn head_start(self) -> TimeDelta {
        match self {
            Kind::SignIn | Kind::Test => TimeDelta::days(30),
            Kind::Invitation | Kind::Reminder => TimeDelta::zero(),
        }
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        read(&Kind::ALL, Kind::as_str, text, "kind")
    }
}

/// Where a mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Waiting for its time.
    Queued,
    /// A worker is sending it.
    Leased,
    /// The mail server took it.
    Sent,
    /// Given up.
    Failed,
    /// Not wanted any more when its time came.
    Skipped,
}

impl State {
    /// All states.
    pub const ALL: [State; 5] = [
        State::Queued,
        State::Leased,
        State::Sent,
        State::Failed,
        State::Skipped,
    ];

    /// The state as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Queued => "queued",
            State::Leased => "leased",
            State::Sent => "sent",
            State::Failed => "failed",
            State::Skipped => "skipped",
        }
    }
}

impl FromStr for State {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        read(&State::ALL, State::as_str, text, "state")
    }
}

/// The one of `all` that is stored as this text.
fn read<T: Copy>(all: &[T], as_str: fn(T) -> &'static str, text: &str, what: &str) -> Result<T> {
    let found = all.iter().copied().find(|one| as_str(*one) == text);
    found.ok_or_else(|| Error::Corrupt(format!("`{text}` is no {what} of a mail")))
}
