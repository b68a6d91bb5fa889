//! Answers: what a participant said to each item, how it is written down, and what is accepted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    survey::{HOURS_PREFIX, Item, Kind, PRIORITIES, Scale, Survey},
    text::shorten,
};

mod read;

/// How "does not apply" is written in forms, files and stored answers.
pub const DOES_NOT_APPLY: &str = "na";

/// One item's value. As JSON: `4`, `"na"`, `"weekly"`, `["test-feedback"]`, `{"hours": 2.5}`,
/// `{"text": "…"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Plain", into = "Plain")]
pub enum Answer {
    /// 1 (full disagreement) to 5 (full agreement).
    Rating(u8),
    /// The item does not concern the participant; it counts as no rating.
    DoesNotApply,
    /// The id of a frequency item's band or of a choice item's option.
    Choice(String),
    /// Ids of the picked pillars, in the participant's order.
    Priorities(Vec<String>),
    /// Hours of a typical week.
    Hours(f64),
    /// Own words.
    Text(String),
}

/// The JSON form of an answer.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Plain {
    Rating(u8),
    Word(String),
    Priorities(Vec<String>),
    Hours { hours: f64 },
    Text { text: String },
}

impl From<Plain> for Answer {
    fn from(plain: Plain) -> Self {
        match plain {
            Plain::Rating(rating) => Answer::Rating(rating),
            Plain::Word(word) if word == DOES_NOT_APPLY => Answer::DoesNotApply,
            Plain::Word(word) => Answer::Choice(word),
            Plain::Priorities(pillars) => Answer::Priorities(pillars),
            Plain::Hours { hours } => Answer::Hours(hours),
            Plain::Text { text } => Answer::Text(text),
        }
    }
}

impl From<Answer> for Plain {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Rating(rating) => Plain::Rating(rating),
            Answer::DoesNotApply => Plain::Word(DOES_NOT_APPLY.to_owned()),
            Answer::Choice(id) => Plain::Word(id),
            Answer::Priorities(pillars) => Plain::Priorities(pillars),
            Answer::Hours(hours) => Plain::Hours { hours },
            Answer::Text(text) => Plain::Text { text },
        }
    }
}

impl Answer {
    /// The rating, if this is one.
    pub fn rating(&self) -> Option<u8> {
        match self {
            Answer::Rating(rating) => Some(*rating),
            _ => None,
        }
    }
}

/// Why an answer is not accepted: the item, and what is wrong with its answer.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("`{item}`{}{reason}", self.reason.separator())]
pub struct AnswerError {
    /// The id of the item that was answered.
    pub item: String,
    pub reason: Reason,
}

/// What is wrong with an answer. The messages name what was expected; own words are never repeated.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum Reason {
    #[error("is not an item of this survey")]
    UnknownItem,
    #[error("expected {expected}, found `{found}`")]
    Unexpected { expected: String, found: String },
    #[error("`{pillar}` is not a pillar that can be picked")]
    UnknownPillar { pillar: String },
    #[error("`{pillar}` is picked twice")]
    PickedTwice { pillar: String },
    #[error("{found} pillars are picked; at most {at_most} are allowed")]
    TooManyPicks { at_most: u32, found: usize },
    #[error("hours are given for a pillar that is not picked under `{PRIORITIES}`")]
    NotPicked,
    #[error("the text has {found} characters; at most {longest} are kept")]
    TooLong { longest: u32, found: usize },
}

impl AnswerError {
    /// What is wrong with the answer to an item of this id.
    pub fn new(item: impl Into<String>, reason: Reason) -> Self {
        Self {
            item: item.into(),
            reason,
        }
    }

    /// What is wrong, as a word that stays the same when the message is put better.
    pub fn code(&self) -> &'static str {
        match self.reason {
            Reason::UnknownItem => "unknown-item",
            Reason::Unexpected { .. } => "unexpected",
            Reason::UnknownPillar { .. } => "unknown-pillar",
            Reason::PickedTwice { .. } => "picked-twice",
            Reason::TooManyPicks { .. } => "too-many-picks",
            Reason::NotPicked => "not-picked",
            Reason::TooLong { .. } => "too-long",
        }
    }
}

impl Reason {
    /// What stands between the item and the message.
    fn separator(&self) -> &'static str {
        match self {
            Reason::UnknownItem => " ",
            _ => ": ",
        }
    }
}

/// What one participant answered: item id → answer. Items without an answer are absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(BTreeMap<String, Answer>);

impl Answers {
    /// The answer to an item.
    pub fn get(&self, item: &str) -> Option<&Answer> {
        self.0.get(item)
    }

    /// The rating given to an item; `None` if it was left out or does not apply.
    pub fn rating(&self, item: &str) -> Option<u8> {
        self.get(item)?.rating()
    }

    /// The picked pillars, in the participant's order.
    pub fn priorities(&self) -> &[String] {
        match self.get(PRIORITIES) {
            Some(Answer::Priorities(pillars)) => pillars,
            _ => &[],
        }
    }

    /// Sets the answer to an item.
    pub fn insert(&mut self, item: impl Into<String>, answer: Answer) {
        self.0.insert(item.into(), answer);
    }

    /// Takes over everything that `newer` answers.
    pub fn extend(&mut self, newer: Answers) {
        self.0.extend(newer.0);
    }

    /// Item ids and answers, ordered by id.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Answer)> {
        self.0.iter().map(|(id, answer)| (id.as_str(), answer))
    }

    /// The number of answered items.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is answered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks every answer against the survey, and hours against the picks; all problems are
    /// listed.
    pub fn validate(&self, survey: &Survey) -> Result<(), Vec<AnswerError>> {
        let mut errors = Vec::new();
        for (id, answer) in &self.0 {
            let Some(item) = survey.item(id) else {
                errors.push(AnswerError::new(shorten(id), Reason::UnknownItem));
                continue;
            };
            if let Err(error) = check(survey, &item, answer) {
                errors.push(error);
            } else if let Some(pillar) = id.strip_prefix(HOURS_PREFIX)
                && !self.priorities().iter().any(|picked| picked == pillar)
            {
                errors.push(AnswerError::new(id, Reason::NotPicked));
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }
}

impl FromIterator<(String, Answer)> for Answers {
    fn from_iter<T: IntoIterator<Item = (String, Answer)>>(answers: T) -> Self {
        Answers(answers.into_iter().collect())
    }
}

fn check(survey: &Survey, item: &Item, answer: &Answer) -> Result<(), AnswerError> {
    let unexpected = |expected: String| {
        let found = describe(answer);
        let reason = Reason::Unexpected { expected, found };
        Err(AnswerError::new(&item.id, reason))
    };
    match (&item.kind, answer) {
        (Kind::Rating, Answer::Rating(1..=5) | Answer::DoesNotApply) => Ok(()),
        (Kind::Rating, _) => unexpected(rating_words(&survey.scale)),
        (Kind::Frequency { .. } | Kind::Choice { .. }, answer) => {
            let options = item.kind.options();
            match answer {
                Answer::Choice(chosen) if options.iter().any(|(id, _)| id == chosen) => Ok(()),
                _ => unexpected(option_words(&options)),
            }
        }
        (Kind::Priorities { at_most }, Answer::Priorities(picked)) => {
            check_priorities(survey, item, *at_most, picked)
        }
        (Kind::Priorities { at_most }, _) => unexpected(format!("up to {at_most} pillars")),
        (Kind::Hours { at_most }, Answer::Hours(hours)) if (0.0..=*at_most).contains(hours) => {
            Ok(())
        }
        (Kind::Hours { at_most }, _) => unexpected(hours_words(*at_most)),
        (Kind::Text { longest }, Answer::Text(text)) => {
            let found = text.chars().count();
            if found <= *longest as usize {
                return Ok(());
            }
            let longest = *longest;
            let reason = Reason::TooLong { longest, found };
            Err(AnswerError::new(&item.id, reason))
        }
        (Kind::Text { .. }, _) => unexpected("a text".to_owned()),
    }
}

fn check_priorities(
    survey: &Survey,
    item: &Item,
    at_most: u32,
    picked: &[String],
) -> Result<(), AnswerError> {
    let refuse = |reason| Err(AnswerError::new(&item.id, reason));
    for (at, pillar) in picked.iter().enumerate() {
        if !survey
            .pickable_pillars()
            .any(|candidate| candidate.id == *pillar)
        {
            let pillar = shorten(pillar);
            return refuse(Reason::UnknownPillar { pillar });
        }
        if picked[..at].contains(pillar) {
            let pillar = pillar.clone();
            return refuse(Reason::PickedTwice { pillar });
        }
    }
    if picked.len() > at_most as usize {
        let found = picked.len();
        return refuse(Reason::TooManyPicks { at_most, found });
    }
    Ok(())
}

fn rating_words(scale: &Scale) -> String {
    let [first, .., last] = &scale.labels;
    format!("a rating from 1 (`{first}`) to 5 (`{last}`), or `{DOES_NOT_APPLY}`")
}

fn option_words(options: &[(&str, &str)]) -> String {
    let ids: Vec<String> = options.iter().map(|(id, _)| format!("`{id}`")).collect();
    format!("one of {}", ids.join(", "))
}

fn hours_words(at_most: f64) -> String {
    format!("hours from 0 to {at_most}")
}

fn describe(answer: &Answer) -> String {
    match answer {
        Answer::Rating(rating) => rating.to_string(),
        Answer::DoesNotApply => DOES_NOT_APPLY.to_owned(),
        Answer::Choice(id) => shorten(id),
        Answer::Priorities(_) => "a list of pillars".to_owned(),
        Answer::Hours(hours) => format!("{hours} hours"),
        Answer::Text(_) => "a text".to_owned(),
    }
}

#[cfg(test)]
mod tests;
