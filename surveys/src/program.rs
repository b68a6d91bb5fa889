//! A program: a recurring survey, whom it asks, when, and under which promise.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    person::Person,
    privacy::{Confidentiality, MinimumGroup},
    reminder::ReminderDay,
    schedule::{Blackout, DateRange, Recurrence},
    team::TeamPath,
};

/// The settings of a program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// What pages and mails call it: "Engineering survey".
    pub name: String,
    /// The id of the survey that it asks.
    pub survey: String,
    #[serde(default)]
    pub audience: Audience,
    #[serde(default = "Recurrence::quarterly")]
    pub recurrence: Recurrence,
    /// Where the recurrence's dates are counted, and the zone of people who have none.
    pub timezone: Tz,
    /// How many days everybody has to answer.
    #[serde(default = "usual_open_days")]
    pub open_days: u32,
    #[serde(default = "usual_reminders")]
    pub reminders: Vec<ReminderDay>,
    /// Days on which nothing is sent.
    #[serde(default)]
    pub blackout: Blackout,
    /// Attributes by which every team is cut in the results. Only these are kept with a wave, as
    /// they are when it opens.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub by: BTreeSet<String>,
    #[serde(default)]
    pub minimum_group: MinimumGroup,
    #[serde(default)]
    pub confidentiality: Confidentiality,
}

fn usual_open_days() -> u32 {
    14
}

fn usual_reminders() -> Vec<ReminderDay> {
    ReminderDay::USUAL.to_vec()
}

/// Whom a program asks: active people of a subtree with certain attributes. Everybody active, if
/// nothing is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// This team and all teams within it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamPath>,
    /// For each attribute the values that take part.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, BTreeSet<String>>,
}

impl Audience {
    /// Whether this person is asked.
    pub fn includes(&self, person: &Person) -> bool {
        let in_team = |team: &TeamPath| {
            person
                .team
                .as_ref()
                .is_some_and(|path| path.is_within(team))
        };
        let has_value = |(name, values): (&String, &BTreeSet<String>)| {
            person
                .attributes
                .get(name)
                .is_some_and(|value| values.contains(value))
        };
        person.active
            && self.team.as_ref().is_none_or(in_team)
            && self.attributes.iter().all(has_value)
    }
}

/// A setting of a program that does not make sense.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProgramError {
    #[error("expected 1 to {longest} characters", longest = Program::LONGEST_NAME)]
    Name,
    #[error("expected the id of a survey, such as `devex-25`")]
    Survey,
    #[error(
        "the attribute `{attribute}` has no value, so nobody would be asked; give values or leave \
         it out"
    )]
    NoValue { attribute: String },
    #[error("expected 1 to {longest}, found {found}", longest = Program::LONGEST_OPEN)]
    OpenDays { found: u32 },
    #[error(
        "a wave of {open_days} days would still be open when the next one begins {gap} days later"
    )]
    Overlap { open_days: u32, gap: u32 },
    #[error("day {day} is not between the invitation and the closing on day {open_days}")]
    ReminderOutside { day: u32, open_days: u32 },
    #[error("`{day}` appears twice")]
    ReminderTwice { day: ReminderDay },
    #[error("{found} are more than people put up with; set {most} at most", most = Program::MOST_REMINDERS)]
    TooManyReminders { found: usize },
    #[error("{from} to {to} ends before it begins")]
    BlackoutBackwards { from: NaiveDate, to: NaiveDate },
    #[error("{from} to {to} is longer than {longest} days", longest = Program::LONGEST_BLACKOUT)]
    BlackoutTooLong { from: NaiveDate, to: NaiveDate },
}

impl ProgramError {
    /// The name of the setting.
    pub fn field(&self) -> &'static str {
        match self {
            ProgramError::Name => "name",
            ProgramError::Survey => "survey",
            ProgramError::NoValue { .. } => "audience",
            ProgramError::OpenDays { .. } | ProgramError::Overlap { .. } => "open_days",
            ProgramError::ReminderOutside { .. }
            | ProgramError::ReminderTwice { .. }
            | ProgramError::TooManyReminders { .. } => "reminders",
            ProgramError::BlackoutBackwards { .. } | ProgramError::BlackoutTooLong { .. } => {
                "blackout"
            }
        }
    }

    /// What is wrong, as a word that stays the same when the message is put better.
    pub fn code(&self) -> &'static str {
        match self {
            ProgramError::Name => "length",
            ProgramError::Survey => "missing",
            ProgramError::NoValue { .. } => "no-value",
            ProgramError::OpenDays { .. } => "out-of-range",
            ProgramError::Overlap { .. } => "overlap",
            ProgramError::ReminderOutside { .. } => "outside-wave",
            ProgramError::ReminderTwice { .. } => "twice",
            ProgramError::TooManyReminders { .. } => "too-many",
            ProgramError::BlackoutBackwards { .. } => "backwards",
            ProgramError::BlackoutTooLong { .. } => "too-long",
        }
    }
}

impl Program {
    const LONGEST_NAME: usize = 100;
    const LONGEST_OPEN: u32 = 60;
    const MOST_REMINDERS: usize = 5;
    const LONGEST_BLACKOUT: i64 = 366;

    /// A program with the usual settings: quarterly, two weeks, three reminders, groups of five.
    pub fn new(name: impl Into<String>, survey: impl Into<String>, timezone: Tz) -> Self {
        Program {
            name: name.into(),
            survey: survey.into(),
            audience: Audience::default(),
            recurrence: Recurrence::quarterly(),
            timezone,
            open_days: usual_open_days(),
            reminders: usual_reminders(),
            blackout: Blackout::default(),
            by: BTreeSet::new(),
            minimum_group: MinimumGroup::DEFAULT,
            confidentiality: Confidentiality::default(),
        }
    }

    /// What a wave keeps of these attributes: those that results are cut by.
    pub fn frozen_attributes(&self, all: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let named = all.iter().filter(|(name, _)| self.by.contains(*name));
        named
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// The zone in which a person is invited: the own one, else the program's.
    pub fn zone_of(&self, person: &Person) -> Tz {
        person.timezone.unwrap_or(self.timezone)
    }

    /// All settings that do not make sense; `today` is where the check for overlapping waves
    /// begins.
    pub fn validate(&self, today: NaiveDate) -> Result<(), Vec<ProgramError>> {
        let mut errors = Vec::new();
        if self.name.trim().is_empty() || self.name.chars().count() > Self::LONGEST_NAME {
            errors.push(ProgramError::Name);
        }
        if self.survey.trim().is_empty() {
            errors.push(ProgramError::Survey);
        }
        let empty = self
            .audience
            .attributes
            .iter()
            .filter(|(_, values)| values.is_empty());
        errors.extend(empty.map(|(attribute, _)| ProgramError::NoValue {
            attribute: attribute.clone(),
        }));
        if (1..=Self::LONGEST_OPEN).contains(&self.open_days) {
            let gap = self.recurrence.shortest_gap(today);
            if let Some(gap) = gap.filter(|gap| *gap <= self.open_days) {
                errors.push(ProgramError::Overlap {
                    open_days: self.open_days,
                    gap,
                });
            }
        } else {
            errors.push(ProgramError::OpenDays {
                found: self.open_days,
            });
        }
        self.check_reminders(&mut errors);
        errors.extend(self.blackout.0.iter().filter_map(|DateRange { from, to }| {
            let (from, to) = (*from, *to);
            match (to - from).num_days() + 1 {
                ..=0 => Some(ProgramError::BlackoutBackwards { from, to }),
                1..=Self::LONGEST_BLACKOUT => None,
                _ => Some(ProgramError::BlackoutTooLong { from, to }),
            }
        }));
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    fn check_reminders(&self, errors: &mut Vec<ProgramError>) {
        let mut seen = BTreeSet::new();
        for reminder in &self.reminders {
            if !seen.insert(reminder) {
                errors.push(ProgramError::ReminderTwice { day: *reminder });
            }
            if let ReminderDay::After(day) = *reminder
                && !(1..self.open_days).contains(&day)
            {
                errors.push(ProgramError::ReminderOutside {
                    day,
                    open_days: self.open_days,
                });
            }
        }
        if self.reminders.len() > Self::MOST_REMINDERS {
            errors.push(ProgramError::TooManyReminders {
                found: self.reminders.len(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Berlin;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_usual_settings_are_the_defaults_of_a_short_file() {
        let json =
            r#"{"name": "Engineering survey", "survey": "devex-25", "timezone": "Europe/Berlin"}"#;
        let program: Program = serde_json::from_str(json).unwrap();
        assert_eq!(
            program,
            Program::new("Engineering survey", "devex-25", Berlin)
        );
        assert_eq!(program.validate(day("2026-01-01")), Ok(()));
    }

    #[test]
    fn all_senseless_settings_are_listed() {
        let mut program = Program::new(" ", "", Berlin);
        program
            .audience
            .attributes
            .insert("role".to_owned(), BTreeSet::new());
        program.recurrence = "0 10 * * MON".parse().unwrap();
        program.reminders = vec![ReminderDay::After(14), ReminderDay::Last, ReminderDay::Last];
        program.reminders.extend([1, 2, 3].map(ReminderDay::After));
        program.blackout.0.push(DateRange {
            from: day("2026-12-31"),
            to: day("2026-12-24"),
        });
        program.blackout.0.push(DateRange {
            from: day("2026-01-01"),
            to: day("9999-12-31"),
        });
        let errors = program.validate(day("2026-01-01")).unwrap_err();
        insta::assert_snapshot!(
            errors
                .iter()
                .map(|error| format!("{} ({}): {error}", error.field(), error.code()))
                .collect::<Vec<_>>()
                .join("\n")
        );
        program.open_days = 0;
        assert!(
            program
                .validate(day("2026-01-01"))
                .unwrap_err()
                .contains(&ProgramError::OpenDays { found: 0 })
        );
    }

    #[test]
    fn the_audience_is_a_subtree_cut_by_attributes() {
        let mut person = Person::new("ada@example.org".parse().unwrap());
        person.team = Some("Engineering / Payments / Ledger".parse().unwrap());
        person
            .attributes
            .insert("role".to_owned(), "backend".to_owned());
        let audience = |team: Option<&str>, roles: &[&str]| Audience {
            team: team.map(|team| team.parse().unwrap()),
            attributes: if roles.is_empty() {
                BTreeMap::new()
            } else {
                BTreeMap::from([(
                    "role".to_owned(),
                    roles.iter().map(ToString::to_string).collect(),
                )])
            },
        };
        assert!(audience(None, &[]).includes(&person));
        assert!(
            audience(Some("Engineering / Payments"), &["backend", "frontend"]).includes(&person)
        );
        assert!(!audience(Some("Engineering / Pay"), &[]).includes(&person));
        assert!(!audience(None, &["frontend"]).includes(&person));
        person.active = false;
        assert!(!audience(None, &[]).includes(&person));
    }
}
