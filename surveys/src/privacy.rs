//! What is promised to everybody who answers, and the smallest group that is ever shown.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Answers behind a comment's group: fewer, and a style of writing tells who it was.
pub const COMMENT_GROUP: u32 = 10;

/// The smallest number of answers that a shown group may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct MinimumGroup(u32);

/// The minimum group is too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a minimum group of {0} would show single persons; use {floor} or more, {usual} is \
         usual", floor = MinimumGroup::FLOOR, usual = MinimumGroup::DEFAULT)]
pub struct MinimumGroupTooSmall(pub u32);

impl MinimumGroup {
    /// Five answers.
    pub const DEFAULT: MinimumGroup = MinimumGroup(5);
    /// Nothing below three answers can be set.
    pub const FLOOR: MinimumGroup = MinimumGroup(3);

    /// A minimum of `answers`; an error below three.
    pub fn new(answers: u32) -> Result<Self, MinimumGroupTooSmall> {
        if answers < Self::FLOOR.0 {
            Err(MinimumGroupTooSmall(answers))
        } else {
            Ok(MinimumGroup(answers))
        }
    }

    /// The number of answers.
    pub fn get(self) -> u32 {
        self.0
    }

    /// Whether a group with this many answers may be shown, as far as its size goes.
    pub fn admits(self, answers: usize) -> bool {
        answers >= self.0 as usize
    }

    /// What to tell an owner who goes below the usual five.
    pub fn warning(self) -> Option<String> {
        (self < Self::DEFAULT).then(|| {
            format!(
                "With a minimum group of {self}, colleagues can often guess who answered what, and \
                 people notice. Use {} or more.",
                Self::DEFAULT
            )
        })
    }
}

impl Default for MinimumGroup {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl TryFrom<u32> for MinimumGroup {
    type Error = MinimumGroupTooSmall;

    fn try_from(answers: u32) -> Result<Self, Self::Error> {
        MinimumGroup::new(answers)
    }
}

impl From<MinimumGroup> for u32 {
    fn from(minimum: MinimumGroup) -> Self {
        minimum.0
    }
}

impl fmt::Display for MinimumGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How answers are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidentiality {
    /// Responses carry a keyed pseudonym, so that a person's waves can be compared without a name.
    #[default]
    Confidential,
    /// Nothing links a response to a person or to another response.
    Anonymous,
}

/// A text names no way of keeping answers.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no way of keeping answers; expected confidential or anonymous")]
pub struct UnknownConfidentiality(pub String);

impl Confidentiality {
    /// The way as it is stored and set.
    pub fn as_str(self) -> &'static str {
        match self {
            Confidentiality::Confidential => "confidential",
            Confidentiality::Anonymous => "anonymous",
        }
    }
}

impl fmt::Display for Confidentiality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Confidentiality {
    type Err = UnknownConfidentiality;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "confidential" => Ok(Confidentiality::Confidential),
            "anonymous" => Ok(Confidentiality::Anonymous),
            _ => Err(UnknownConfidentiality(text.to_owned())),
        }
    }
}

/// The promise that the form shows. Everything that is released is held to it.
pub fn promise(minimum: MinimumGroup) -> String {
    format!(
        "Nobody, not even an administrator, sees what you answered. Results appear only for groups \
         of at least {} answers, and only if no smaller group can be worked out from everything \
         that is shown. Who has answered is used to stop reminders and is shown to nobody.",
        in_words(minimum.get())
    )
}

/// The promise in one line, as the top of each form page and the mail show it.
pub fn promise_in_short(minimum: MinimumGroup) -> String {
    format!(
        "Your answers are shown only in groups of {} or more.",
        in_words(minimum.get())
    )
}

fn in_words(number: u32) -> String {
    const WORDS: [&str; 10] = [
        "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    ];
    let word = number.checked_sub(3).and_then(|at| WORDS.get(at as usize));
    word.map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_is_the_floor_and_below_five_warns() {
        assert_eq!(MinimumGroup::new(2), Err(MinimumGroupTooSmall(2)));
        assert_eq!(
            MinimumGroupTooSmall(2).to_string(),
            "a minimum group of 2 would show single persons; use 3 or more, 5 is usual"
        );
        let warns = |answers| MinimumGroup::new(answers).map(|minimum| minimum.warning().is_some());
        assert_eq!(
            [warns(3), warns(4), warns(5), warns(50)],
            [Ok(true), Ok(true), Ok(false), Ok(false)]
        );
        assert!(MinimumGroup::DEFAULT.admits(5) && !MinimumGroup::DEFAULT.admits(4));
        assert!(serde_json::from_str::<MinimumGroup>("2").is_err());
    }

    #[test]
    fn the_promise_names_the_minimum_that_is_in_force() {
        insta::assert_snapshot!(promise(MinimumGroup::DEFAULT), @"Nobody, not even an administrator, sees what you answered. Results appear only for groups of at least five answers, and only if no smaller group can be worked out from everything that is shown. Who has answered is used to stop reminders and is shown to nobody.");
        assert!(promise_in_short(MinimumGroup(20)).contains("groups of 20 or more"));
    }

    #[test]
    fn confidentiality_is_stored_by_name() {
        for way in [Confidentiality::Confidential, Confidentiality::Anonymous] {
            assert_eq!(way.as_str().parse(), Ok(way));
        }
        assert!("secret".parse::<Confidentiality>().is_err());
    }
}
