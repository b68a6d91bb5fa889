//! The words in which a metric says how it is computed: which events count, and what is made of
//! each.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{Duration, Weekday};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::telemetry::pull_request::Phase;

/// Tests of columns of an event's row; all of them have to hold.
pub type Conditions = BTreeMap<String, Test>;

/// What a cell has to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "expected a word, a list of words, `{given: true}`, `{at_least: 2}` or `{within: \
                 4h, of: opened_at}`"
)]
pub enum Test {
    /// This word, in any case; an empty one stands for an empty cell.
    Word(Word),
    /// One of these words.
    Words(Vec<Word>),
    /// Whether there is anything in the cell.
    Given { given: bool },
    /// A whole number that is no smaller.
    AtLeast { at_least: u32 },
    /// A time that comes no later than so long after another; an empty cell fails once so long has
    /// passed, and tells nothing before.
    Within {
        within: Length,
        /// The column of the other time.
        of: String,
    },
}

/// What a median is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "expected `{from: started_at, to: finished_at}`, `{number: attempt}`, or of pull \
                 requests `{phase: review}`"
)]
pub enum Value {
    /// Hours from one time to another; what ends before it begins is left out and counted.
    Time { from: String, to: String },
    /// The whole number of a column; of pull requests `lines` (added and deleted together) or
    /// `review_rounds`.
    Number { number: String },
    /// Hours of a phase of a pull request.
    Phase { phase: Phase },
}

/// What takes more than one row, and so has a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Computed {
    /// Of ci_runs: the share of commits and workflows of which one run passed and another failed.
    DifferentVerdicts,
    /// Of deployments: the share that an incident of the same service followed, in time and before
    /// the next deployment of the service.
    FollowedByIncident { within: Length },
    /// Of incidents: the hours until the next successful deployment of the same service.
    UntilNextDeployment,
    /// Of pull requests: the share of first commits and creations outside of these hours where the
    /// author lives.
    OutsideHours(Hours),
    /// Of pull requests: the share of merged ones whose author is not of the team that merges most
    /// in that repository.
    OtherTeams {
        /// Merged pull requests from which a repository tells whose it is.
        from: u32,
    },
    /// Of pull requests: how many an author has open at once, the mean over time and then over
    /// authors.
    OpenAtOnce,
}

/// Hours of some days of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// `mon` to `sun`.
    #[schemars(with = "Vec<String>")]
    pub days: Vec<Weekday>,
    /// The first hour of the day, 0 to 23.
    #[schemars(range(max = 23))]
    pub from: u32,
    /// The first hour after, up to 24.
    #[schemars(range(max = 24))]
    pub to: u32,
}

/// A word of a cell; numbers and yes or no are words, too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Word(pub String);

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = Word;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word")
            }

            fn visit_str<E>(self, word: &str) -> Result<Word, E> {
                Ok(Word(word.trim().to_owned()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Word, E> {
                Ok(Word(number.to_string()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Word, E> {
                Ok(Word(number.to_string()))
            }

            fn visit_bool<E>(self, yes: bool) -> Result<Word, E> {
                Ok(Word(yes.to_string()))
            }
        }
        deserializer.deserialize_any(Scalar)
    }
}

impl JsonSchema for Word {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Word".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer", "boolean"] })
    }
}

/// How long: `30min`, `4h`, `2d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length(pub Duration);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit()).len();
        let number: Option<i64> =
            (text[..digits].parse().ok()).filter(|n| (1..=100_000).contains(n));
        let length = match (number, &text[digits..]) {
            (Some(n), "min") => Duration::minutes(n),
            (Some(n), "h") => Duration::hours(n),
            (Some(n), "d") => Duration::days(n),
            _ => {
                let expected = "expected a length of time such as `30min`, `4h` or `2d`";
                return Err(D::Error::custom(expected));
            }
        };
        Ok(Self(length))
    }
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let minutes = self.0.num_minutes();
        let text = match minutes {
            _ if minutes % (24 * 60) == 0 => format!("{}d", minutes / (24 * 60)),
            _ if minutes % 60 == 0 => format!("{}h", minutes / 60),
            _ => format!("{minutes}min"),
        };
        serializer.serialize_str(&text)
    }
}

impl JsonSchema for Length {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Length".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[1-9][0-9]*(min|h|d)$" })
    }
}
