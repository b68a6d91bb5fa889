//! The directory: one record per person, as people.csv brings it in.

use std::{collections::BTreeMap, fmt, str::FromStr};

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::team::TeamPath;

/// A person of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The id that the organization uses; the e-mail address if it has none.
    pub id: String,
    pub email: Email,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamPath>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<Email>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<Tz>,
    /// A BCP 47 language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Leavers are inactive and never deleted, for past waves still count them.
    pub active: bool,
    /// The logins under which other systems know the person.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub identities: BTreeMap<Source, String>,
    /// What groups can be cut by: role, level, tenure, location, …
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

impl Person {
    /// An active person of whom only the address is known.
    pub fn new(email: Email) -> Self {
        Person {
            id: email.as_str().to_owned(),
            email,
            name: None,
            team: None,
            manager: None,
            timezone: None,
            locale: None,
            active: true,
            identities: BTreeMap::new(),
            attributes: BTreeMap::new(),
        }
    }
}

/// A system that knows people by a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Github,
    Gitlab,
    Jira,
    Slack,
}

impl Source {
    /// All systems, in the order of people.csv.
    pub const ALL: [Source; 4] = [Source::Github, Source::Gitlab, Source::Jira, Source::Slack];

    /// The name of its column.
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Github => "github",
            Source::Gitlab => "gitlab",
            Source::Jira => "jira",
            Source::Slack => "slack",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An e-mail address, in lower case so that one person has one address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// A text is not an e-mail address that mail can be sent to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected an e-mail address such as `ada@example.org`: {reason}")]
pub struct EmailError {
    reason: &'static str,
}

impl Email {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl FromStr for Email {
    type Err = EmailError;

    /// Accepts what RFC 5321 allows without quotes; anything else is more likely a slip than an address.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let wrong = |reason| Err(EmailError { reason });
        let Some((local, domain)) = text.rsplit_once('@') else {
            return wrong("there is no `@`");
        };
        if local.is_empty() {
            return wrong("nothing stands before the `@`");
        }
        if text.len() > 254 || local.len() > 64 {
            return wrong("it is too long");
        }
        if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return wrong("a dot is misplaced before the `@`");
        }
        let special = |c: char| ".!#$%&'*+/=?^_`{|}~-".contains(c);
        if !local
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || special(c))
        {
            return wrong("a character before the `@` is not allowed");
        }
        let label_is_fine = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        if !domain.contains('.') || !domain.split('.').all(label_is_fine) {
            return wrong("what follows the `@` is not a domain");
        }
        Ok(Email(text.to_ascii_lowercase()))
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}
