//! People: one record each, and how the cells of people.csv are read.

use std::{borrow::Cow, collections::BTreeMap, fmt, str::FromStr};

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::telemetry::columns::yes_or_no;
use crate::{
    team::{TeamPath, TeamPathError},
    text::shorten,
};

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

/// A cell of people.csv that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{column}: `{value}`: {problem}")]
pub struct CellError {
    pub column: String,
    /// The beginning of what stands in the cell.
    pub value: String,
    /// What was expected, or what is wrong.
    pub problem: String,
}

impl Person {
    /// Reads one row, given as column and cell. Known columns are found in any case; empty cells
    /// say nothing, and an empty `active` says yes. All cells that cannot be used are listed.
    pub fn from_cells<'a>(
        cells: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Person, Vec<CellError>> {
        let mut errors = Vec::new();
        let mut email: Option<Email> = None;
        let mut id = None;
        // The address is put in at the end; until then it is any valid one.
        let mut person = Person::new(Email(String::new()));
        for (column, cell) in cells {
            let (column, cell) = (column.trim(), cell.trim());
            if cell.is_empty() {
                continue;
            }
            let lower_case = if column.bytes().any(|byte| byte.is_ascii_uppercase()) {
                Cow::Owned(column.to_ascii_lowercase())
            } else {
                Cow::Borrowed(column)
            };
            let mut wrong = |problem: String| {
                errors.push(CellError {
                    column: column.to_owned(),
                    value: shorten(cell),
                    problem,
                });
            };
            match lower_case.as_ref() {
                "id" => id = Some(cell.to_owned()),
                "email" => match cell.parse() {
                    Ok(address) => email = Some(address),
                    Err(error) => wrong(EmailError::to_string(&error)),
                },
                "name" => person.name = Some(cell.to_owned()),
                "team" => match cell.parse() {
                    Ok(team) => person.team = Some(team),
                    Err(error) => wrong(TeamPathError::to_string(&error)),
                },
                "manager" => match cell.parse() {
                    Ok(address) => person.manager = Some(address),
                    Err(error) => wrong(EmailError::to_string(&error)),
                },
                "timezone" => match cell.parse() {
                    Ok(zone) => person.timezone = Some(zone),
                    Err(_) => {
                        wrong("expected an IANA time zone such as `Europe/Berlin`".to_owned())
                    }
                },
                "locale" if is_language_tag(cell) => person.locale = Some(cell.to_owned()),
                "locale" => {
                    wrong("expected a language tag (BCP 47) such as `de` or `pt-BR`".to_owned())
                }
                "active" => match read_active(cell) {
                    Some(active) => person.active = active,
                    None => wrong("expected `true` or `false`".to_owned()),
                },
                login => match Source::ALL
                    .into_iter()
                    .find(|source| source.as_str() == login)
                {
                    Some(source) => {
                        person
                            .identities
                            .insert(source, cell.trim_start_matches('@').to_owned());
                    }
                    None => {
                        person.attributes.insert(column.to_owned(), cell.to_owned());
                    }
                },
            }
        }
        match email {
            Some(email) => {
                person.id = id.unwrap_or_else(|| email.as_str().to_owned());
                person.email = email;
            }
            None if errors
                .iter()
                .any(|error| error.column.eq_ignore_ascii_case("email")) => {}
            None => errors.push(CellError {
                column: "email".to_owned(),
                value: String::new(),
                problem: "expected an e-mail address such as `ada@example.org`".to_owned(),
            }),
        }
        if errors.is_empty() {
            Ok(person)
        } else {
            Err(errors)
        }
    }
}

fn read_active(cell: &str) -> Option<bool> {
    match cell.to_ascii_lowercase().as_str() {
        "active" => Some(true),
        "inactive" => Some(false),
        _ => yes_or_no(cell),
    }
}

/// The shape of a BCP 47 tag: a language of two or three letters, then subtags of up to eight
/// letters or digits.
fn is_language_tag(text: &str) -> bool {
    let mut parts = text.split('-');
    let is_language =
        |part: &str| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic());
    let is_subtag = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    parts.next().is_some_and(is_language) && parts.all(is_subtag)
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
    /// What is wrong, as the end of a sentence.
    pub reason: &'static str,
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

    /// Accepts what RFC 5321 allows without quotes; anything else is more likely a slip than an
    /// address.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_accepted_in_lower_case_or_refused_with_a_reason() {
        assert_eq!(
            " Ada.Lovelace+dev@Example.ORG "
                .parse::<Email>()
                .unwrap()
                .as_str(),
            "ada.lovelace+dev@example.org"
        );
        let refused = [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@localhost",
            "ada@-example.org",
            "ada@example..org",
            "a..b@example.org",
            ".ada@example.org",
            "ada lovelace@example.org",
            "ada@example.org\r\nBcc: eve@example.org",
            "\u{e4}da@example.org",
            "Ada <ada@example.org>",
        ];
        for text in refused {
            assert!(text.parse::<Email>().is_err(), "{text}");
        }
        assert!(
            format!("{}@example.org", "a".repeat(65))
                .parse::<Email>()
                .is_err()
        );
    }

    #[test]
    fn a_row_is_read_by_its_columns_and_the_rest_are_attributes() {
        let person = Person::from_cells([
            ("id", "e-17"),
            ("Email", "Ada@example.org"),
            ("name", "Ada"),
            ("team", "Engineering / Payments"),
            ("manager", "grace@example.org"),
            ("timezone", "Europe/Berlin"),
            ("locale", "pt-BR"),
            ("active", "No"),
            ("github", "@ada"),
            ("jira", ""),
            ("role", " backend "),
            ("level", ""),
        ])
        .unwrap();
        insta::assert_json_snapshot!(person);
    }

    #[test]
    fn only_the_address_is_required() {
        let person = Person::from_cells([("email", "ada@example.org")]).unwrap();
        assert_eq!(person, Person::new("ada@example.org".parse().unwrap()));
    }

    #[test]
    fn all_bad_cells_of_a_row_are_named() {
        let long = "x".repeat(100);
        let errors = Person::from_cells([
            ("email", "ada"),
            ("team", "Engineering / / Payments"),
            ("manager", "grace@"),
            ("timezone", "CET+1"),
            ("locale", "en_US"),
            ("active", long.as_str()),
        ])
        .unwrap_err();
        insta::assert_snapshot!(
            errors
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        );
        let missing = Person::from_cells([("name", "Ada")]).unwrap_err();
        insta::assert_snapshot!(missing[0], @"email: ``: expected an e-mail address such as `ada@example.org`");
    }

    proptest! {
        #[test]
        fn accepted_addresses_cannot_break_a_mail_header(text in "[ -~\r\n]{0,10}@[ -~\r\n.a-z]{0,12}") {
            if let Ok(email) = text.parse::<Email>() {
                prop_assert!(email.as_str().chars().all(|c| c.is_ascii_graphic() && !"<>()[],;:\\\"".contains(c)));
                prop_assert_eq!(email.as_str().parse::<Email>(), Ok(email));
            }
        }
    }
}
