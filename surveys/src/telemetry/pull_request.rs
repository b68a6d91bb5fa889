//! A pull request, the phases it goes through, and who is a bot.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use rayon::slice::ParallelSliceMut;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::bots::Bots;
use crate::person::{Person, Source};
use crate::team::TeamPath;

/// A pull request as a system delivers it. What a missing stamp makes impossible is unknown, not
/// zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullRequest {
    pub repository: String,
    pub number: u64,
    /// A login or an address.
    pub author: String,
    /// The team, where the author cannot be matched to a person.
    pub team: Option<TeamPath>,
    pub first_commit_at: Option<DateTime<Utc>>,
    pub last_commit_at: Option<DateTime<Utc>>,
    pub created_at: Option<DateTime<Utc>>,
    pub ready_at: Option<DateTime<Utc>>,
    /// By somebody other than the author who is no bot.
    pub first_review_at: Option<DateTime<Utc>>,
    pub approved_at: Option<DateTime<Utc>>,
    pub merged_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub deployed_at: Option<DateTime<Utc>>,
    pub merged_by: Option<String>,
    pub commits: Option<u32>,
    pub additions: Option<u32>,
    pub deletions: Option<u32>,
    pub changed_files: Option<u32>,
    pub review_rounds: Option<u32>,
    /// Whether a program wrote it, where the record says so.
    pub author_is_bot: Option<bool>,
}

/// The stamps of a pull request that phases run between. What a missing one makes impossible is
/// unknown, not zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stamps {
    pub first_commit: Stamp,
    pub created: Stamp,
    pub ready: Stamp,
    pub first_review: Stamp,
    pub merged: Stamp,
    pub closed: Stamp,
    pub deployed: Stamp,
}

/// An instant, or none, in eight bytes: there are millions of them, and subtracting two costs
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp(i64);

impl Stamp {
    /// What is missing.
    pub const NONE: Stamp = Stamp(i64::MIN);

    /// Microseconds since 1970, UTC.
    pub fn micros(self) -> Option<i64> {
        (self != Self::NONE).then_some(self.0)
    }

    /// The instant, where there is one.
    pub fn time(self) -> Option<DateTime<Utc>> {
        self.micros().and_then(DateTime::from_timestamp_micros)
    }

    /// This one, or another where this one is missing.
    pub fn or(self, other: Stamp) -> Stamp {
        if self == Self::NONE { other } else { self }
    }
}

impl Default for Stamp {
    fn default() -> Self {
        Self::NONE
    }
}

impl From<Option<DateTime<Utc>>> for Stamp {
    fn from(time: Option<DateTime<Utc>>) -> Self {
        time.map_or(Self::NONE, |time| Self(time.timestamp_micros()))
    }
}

/// A stretch of a pull request's life.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// First commit to ready for review, or to creation.
    Coding,
    /// Ready, or created, to the first review.
    Pickup,
    /// First review to merge.
    Review,
    /// Merge to deployment.
    Release,
    /// First commit, or creation if that is earlier or alone, to merge.
    CycleTime,
    /// First commit to deployment.
    LeadTime,
}

/// How long a phase took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    /// Hours, zero or more.
    Hours(f64),
    /// It ended before it began: a clock was wrong.
    Negative,
    /// A stamp is missing.
    Unknown,
}

impl Phase {
    /// All phases in the order of the reports.
    pub const ALL: [Phase; 6] = [
        Phase::Coding,
        Phase::Pickup,
        Phase::Review,
        Phase::Release,
        Phase::CycleTime,
        Phase::LeadTime,
    ];

    /// As it is called in summaries.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Coding => "coding",
            Phase::Pickup => "pickup",
            Phase::Review => "review",
            Phase::Release => "release",
            Phase::CycleTime => "cycle time",
            Phase::LeadTime => "lead time",
        }
    }
}

impl Stamps {
    /// How long a phase took.
    pub fn length(&self, phase: Phase) -> Length {
        let (from, to) = self.ends(phase);
        match (from.micros(), to.micros()) {
            (Some(from), Some(to)) if to < from => Length::Negative,
            (Some(from), Some(to)) => Length::Hours((to - from) as f64 / 3.6e9),
            _ => Length::Unknown,
        }
    }

    /// The steps that a phase runs between.
    pub fn ends(&self, phase: Phase) -> (Stamp, Stamp) {
        let ready = self.ready.or(self.created);
        let begun = match (self.first_commit.micros(), self.created.micros()) {
            (Some(commit), Some(created)) if created < commit => self.created,
            _ => self.first_commit.or(self.created),
        };
        match phase {
            Phase::Coding => (self.first_commit, ready),
            Phase::Pickup => (ready, self.first_review),
            Phase::Review => (self.first_review, self.merged),
            Phase::Release => (self.merged, self.deployed),
            Phase::CycleTime => (begun, self.merged),
            Phase::LeadTime => (self.first_commit, self.deployed),
        }
    }
}

impl Length {
    /// The hours, where there are any.
    pub fn hours(self) -> Option<f64> {
        match self {
            Length::Hours(hours) => Some(hours),
            Length::Negative | Length::Unknown => None,
        }
    }
}

impl PullRequest {
    /// The stamps that phases run between.
    pub fn stamps(&self) -> Stamps {
        Stamps {
            first_commit: self.first_commit_at.into(),
            created: self.created_at.into(),
            ready: self.ready_at.into(),
            first_review: self.first_review_at.into(),
            merged: self.merged_at.into(),
            closed: self.closed_at.into(),
            deployed: self.deployed_at.into(),
        }
    }

    /// How long a phase took.
    pub fn length(&self, phase: Phase) -> Length {
        self.stamps().length(phase)
    }

    /// Lines added and deleted together, where both are known.
    pub fn lines(&self) -> Option<u32> {
        self.additions?.checked_add(self.deletions?)
    }

    /// Whether a program wrote it: what the record says goes before what its author is called.
    pub fn is_by_bot(&self, bots: &Bots) -> bool {
        self.author_is_bot.unwrap_or_else(|| bots.has(&self.author))
    }
}

/// Who is behind an author: a login or an address, in any case.
pub struct Authors<T>(HashMap<CompactString, T, foldhash::fast::RandomState>);

impl<T: Copy + Send> Authors<T> {
    /// Knows people by their addresses and by their GitHub and GitLab logins, in this order;
    /// somebody active goes before somebody who has left.
    pub fn new<'a>(people: impl IntoIterator<Item = (&'a Person, T)>) -> Self {
        let mut people: Vec<(&Person, T)> = people.into_iter().collect();
        people.par_sort_by(|(a, _), (b, _)| (!a.active, &a.email).cmp(&(!b.active, &b.email)));
        let emails = people
            .iter()
            .map(|(person, who)| (person.email.as_str(), *who));
        let logins = |source: Source| {
            let with_login = people.iter().filter_map(move |(person, who)| {
                Some((person.identities.get(&source)?.as_str(), *who))
            });
            with_login.collect::<Vec<_>>()
        };
        let all = emails
            .chain(logins(Source::Github))
            .chain(logins(Source::Gitlab));
        let mut known = HashMap::with_capacity_and_hasher(2 * people.len(), <_>::default());
        for (name, who) in all {
            known.entry(lowercase(name)).or_insert(who);
        }
        Self(known)
    }

    /// The person behind an author.
    pub fn find(&self, author: &str) -> Option<T> {
        let author = author.trim();
        // Most are written in lower case already.
        let found = self.0.get(author);
        found
            .or_else(|| self.0.get(author.to_lowercase().as_str()))
            .copied()
    }
}

fn lowercase(name: &str) -> CompactString {
    let is_lowercase = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if name.bytes().all(is_lowercase) {
        return name.into();
    }
    name.to_lowercase().into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(hour: i64) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(1_790_000_000 + hour * 3600, 0)
    }

    #[test]
    fn phases_run_between_their_stamps() {
        let pull_request = PullRequest {
            first_commit_at: at(0),
            created_at: at(4),
            ready_at: at(6),
            first_review_at: at(9),
            merged_at: at(20),
            deployed_at: at(21),
            ..PullRequest::default()
        };
        let hours = Phase::ALL.map(|phase| pull_request.length(phase));
        assert_eq!(hours, [6.0, 3.0, 11.0, 1.0, 20.0, 21.0].map(Length::Hours));
    }

    #[test]
    fn without_ready_the_creation_counts_and_an_early_creation_begins_the_cycle() {
        let pull_request = PullRequest {
            created_at: at(1),
            first_commit_at: at(3),
            merged_at: at(5),
            ..PullRequest::default()
        };
        assert_eq!(pull_request.length(Phase::Coding), Length::Negative);
        assert_eq!(pull_request.length(Phase::CycleTime), Length::Hours(4.0));
        assert_eq!(pull_request.length(Phase::Review), Length::Unknown);
    }

    #[test]
    fn authors_are_found_by_address_and_login_in_any_case() {
        let person = |email: &str, login: &str, active| {
            let mut person = Person::new(email.parse().expect("an address"));
            person.identities.insert(Source::Github, login.to_owned());
            person.active = active;
            person
        };
        let people = [
            person("left@example.org", "Ada", false),
            person("ada@example.org", "ada", true),
        ];
        let authors = Authors::new(people.iter().zip([1, 2]));
        assert_eq!(authors.find("ADA"), Some(2));
        assert_eq!(authors.find(" Left@Example.org"), Some(1));
        assert_eq!(authors.find("lin"), None);
    }

    proptest! {
        #[test]
        fn no_phase_is_ever_negative(stamps: [Option<i16>; 6]) {
            let [first_commit_at, created_at, ready_at, first_review_at, merged_at, deployed_at] =
                stamps.map(|hour| hour.and_then(|hour| at(i64::from(hour))));
            let pull_request = PullRequest {
                first_commit_at, created_at, ready_at, first_review_at, merged_at, deployed_at, ..PullRequest::default()
            };
            for phase in Phase::ALL {
                if let Length::Hours(hours) = pull_request.length(phase) {
                    prop_assert!(hours >= 0.0);
                }
            }
        }
    }
}
