//! A survey: what is asked, in which words, grouped under pillars and dimensions.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A survey has at most as many pillars: picks are kept as bits of one number.
pub const MOST_PILLARS: usize = 64;
/// The item id under which the picked pillars are answered.
pub const PRIORITIES: &str = "priorities";
/// The item id of the open comment; a pillar's comment is `comment:<pillar>`.
pub const COMMENT: &str = "comment";
/// Hours lost to a picked pillar are answered under `hours:<pillar>`.
pub const HOURS_PREFIX: &str = "hours:";
/// A pillar's comment is answered under `comment:<pillar>`.
pub const COMMENT_PREFIX: &str = "comment:";

/// What an id looks like, for the published schema; `lint` says the same in words.
const ID_PATTERN: &str = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$";

/// A questionnaire, as a survey file defines it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Survey {
    /// What programs and the command line call this survey: lower-case letters, digits and hyphens.
    #[schemars(regex(pattern = ID_PATTERN))]
    pub id: String,
    /// The heading of the form.
    pub title: String,
    /// One or two sentences that the first page shows before the first question.
    pub introduction: String,
    /// How many minutes a participant needs; invitations and the form say so.
    #[schemars(range(min = 1))]
    pub minutes: u32,
    /// The words behind the ratings 1 to 5.
    pub scale: Scale,
    /// What the pillars are grouped under, in the order of the form.
    #[schemars(length(min = 1))]
    pub dimensions: Vec<Dimension>,
    /// Ratings about the whole, which the pillars explain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<Item>,
    /// The question that lets a participant pick the pillars that most need work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priorities: Option<Priorities>,
    /// The question about hours lost, asked for each picked pillar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// The questions that are answered in a participant's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comments: Option<Comments>,
}

/// The words of the agreement scale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// The labels of 1, 2, 3, 4 and 5, from full disagreement to full agreement.
    pub labels: [String; 5],
    /// The label of the answer that leaves an item out.
    pub does_not_apply: String,
}

/// What several pillars have in common: feedback loops, cognitive load, flow, culture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// Lower-case letters, digits and hyphens.
    #[schemars(regex(pattern = ID_PATTERN))]
    pub id: String,
    /// The heading of the dimension's pages.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The areas of this dimension, in the order of the form.
    #[schemars(length(min = 1))]
    pub pillars: Vec<Pillar>,
}

/// One area of developer experience.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pillar {
    /// Lower-case letters, digits and hyphens; never changed, for trends hang on it.
    #[schemars(regex(pattern = ID_PATTERN))]
    pub id: String,
    /// What picks, reports and exports call the pillar.
    #[schemars(length(min = 1))]
    pub name: String,
    /// The pillar's questions; the first rating among them is the one that its scores come from.
    #[schemars(length(min = 1))]
    pub items: Vec<Item>,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What answers are stored and exported under. A pillar's first rating carries the pillar's id.
    #[schemars(regex(pattern = ID_PATTERN))]
    pub id: String,
    /// The words of the question.
    #[schemars(length(min = 1))]
    pub text: String,
    /// What an answer looks like; a rating unless the file says otherwise.
    #[serde(default, skip_serializing_if = "Kind::is_rating")]
    pub kind: Kind,
    /// Former words of the question that mean the same: answers to them are compared with answers
    /// to the words of now. With other former words the comparison starts anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_as: Vec<String>,
}

impl Item {
    /// Whether answers to this question can be compared with answers to an earlier one: the words
    /// are the same, or declared to mean the same.
    pub fn asks_the_same_as(&self, before: &Item) -> bool {
        let is_before = |text: &String| text.split_whitespace().eq(before.text.split_whitespace());
        is_before(&self.text) || self.same_as.iter().any(is_before)
    }
}

/// What an answer to an item looks like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Kind {
    /// Agreement from 1 to 5, or "does not apply".
    #[default]
    Rating,
    /// One of several ordered bands, each with a number behind it.
    Frequency {
        /// From the rarest to the most frequent.
        #[schemars(length(min = 2))]
        bands: Vec<Band>,
    },
    /// One of several options without an order.
    Choice {
        /// In the order of the form.
        #[schemars(length(min = 2))]
        options: Vec<Choice>,
    },
    /// Own words.
    Text {
        /// The greatest number of characters.
        #[serde(default = "default_longest")]
        #[schemars(range(min = 1, max = 10_000))]
        longest: u32,
    },
    /// Up to `at_most` pillars, the most urgent first.
    #[serde(skip)]
    Priorities { at_most: u32 },
    /// Hours of a typical week, from 0 to `at_most`.
    #[serde(skip)]
    Hours { at_most: f64 },
}

impl Kind {
    /// Whether answers are ratings from 1 to 5.
    pub fn is_rating(&self) -> bool {
        matches!(self, Kind::Rating)
    }

    /// What can be chosen, as id and label, in the order of the form: the bands of a frequency item
    /// or the options of a choice item; nothing for other kinds.
    pub fn options(&self) -> Vec<(&str, &str)> {
        match self {
            Kind::Frequency { bands } => bands
                .iter()
                .map(|band| (band.id.as_str(), band.label.as_str()))
                .collect(),
            Kind::Choice { options } => options
                .iter()
                .map(|option| (option.id.as_str(), option.label.as_str()))
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// One band of a frequency item: "weekly", say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// What the answer is stored as.
    #[schemars(regex(pattern = ID_PATTERN))]
    pub id: String,
    /// What the form shows.
    pub label: String,
    /// The number behind the band: times a month, minutes, whatever the item asks for.
    pub value: f64,
}

/// One option of a choice item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What the answer is stored as.
    #[schemars(regex(pattern = ID_PATTERN))]
    pub id: String,
    /// What the form shows.
    pub label: String,
}

/// The question for the pillars that most need work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Priorities {
    /// The words of the question.
    #[schemars(length(min = 1))]
    pub text: String,
    /// How many pillars a participant may pick.
    #[serde(default = "default_picks")]
    #[schemars(range(min = 1))]
    pub at_most: u32,
    /// The pillars on offer; all of them when the list is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pillars: Vec<String>,
}

/// The question for the hours that a picked pillar costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The words of the question.
    #[schemars(length(min = 1))]
    pub text: String,
    /// The greatest number of hours a week that is believed.
    #[serde(default = "default_hours")]
    #[schemars(range(min = 0, max = 168))]
    pub at_most: f64,
}

/// The questions that are answered in a participant's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comments {
    /// Asked for each picked pillar.
    pub pillar: String,
    /// Asked once, at the end.
    pub open: String,
    /// The greatest number of characters of one comment.
    #[serde(default = "default_longest")]
    #[schemars(range(min = 1, max = 10_000))]
    pub longest: u32,
}

fn default_picks() -> u32 {
    3
}

fn default_hours() -> f64 {
    40.0
}

fn default_longest() -> u32 {
    2_000
}

impl Survey {
    /// All pillars in the order of the form.
    pub fn pillars(&self) -> impl Iterator<Item = &Pillar> {
        self.dimensions
            .iter()
            .flat_map(|dimension| &dimension.pillars)
    }

    /// The pillar with this id.
    pub fn pillar(&self, id: &str) -> Option<&Pillar> {
        self.pillars().find(|pillar| pillar.id == id)
    }

    /// The dimension that a pillar belongs to.
    pub fn dimension_of(&self, pillar: &str) -> Option<&Dimension> {
        self.dimensions.iter().find(|dimension| {
            dimension
                .pillars
                .iter()
                .any(|candidate| candidate.id == pillar)
        })
    }

    /// The items that the file spells out: those of the pillars, then the outcomes.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.pillars()
            .flat_map(|pillar| &pillar.items)
            .chain(&self.outcomes)
    }

    /// The ratings among [`Survey::items`]: what the scores are computed from.
    pub fn rating_items(&self) -> impl Iterator<Item = &Item> {
        self.items().filter(|item| item.kind.is_rating())
    }

    /// The ids of ratings that an earlier version of the survey asked in words that mean something
    /// else.
    pub fn reworded_since(&self, before: &Survey) -> Vec<String> {
        let reworded = |item: &&Item| {
            let mut former = before.items();
            let former = former.find(|former| former.id == item.id);
            former.is_some_and(|former| !item.asks_the_same_as(former))
        };
        let items = self.rating_items().filter(reworded);
        items.map(|item| item.id.clone()).collect()
    }

    /// The pillars that may be picked as priorities, in the order of the form; none if the survey
    /// does not ask.
    pub fn pickable_pillars(&self) -> impl Iterator<Item = &Pillar> {
        self.pillars().filter(|pillar| self.is_pickable(&pillar.id))
    }

    /// The item with this id, those of the last page included: `priorities`, `hours:<pillar>`,
    /// `comment:<pillar>` and `comment`.
    pub fn item(&self, id: &str) -> Option<Cow<'_, Item>> {
        if let Some(item) = self.items().find(|item| item.id == id) {
            return Some(Cow::Borrowed(item));
        }
        let (text, kind) = self.last_page_question(id)?;
        Some(Cow::Owned(Item {
            id: id.to_owned(),
            text: text.to_owned(),
            kind,
            same_as: Vec::new(),
        }))
    }

    fn last_page_question(&self, id: &str) -> Option<(&str, Kind)> {
        if id == PRIORITIES {
            let priorities = self.priorities.as_ref()?;
            return Some((
                &priorities.text,
                Kind::Priorities {
                    at_most: priorities.at_most,
                },
            ));
        }
        if let Some(pillar) = id.strip_prefix(HOURS_PREFIX) {
            let hours = self.hours.as_ref()?;
            return self.is_pickable(pillar).then_some((
                &hours.text,
                Kind::Hours {
                    at_most: hours.at_most,
                },
            ));
        }
        let comments = self.comments.as_ref()?;
        let kind = Kind::Text {
            longest: comments.longest,
        };
        if id == COMMENT {
            return Some((&comments.open, kind));
        }
        let pillar = id.strip_prefix(COMMENT_PREFIX)?;
        self.pillar(pillar)
            .map(|_| (comments.pillar.as_str(), kind))
    }

    fn is_pickable(&self, pillar: &str) -> bool {
        self.priorities.as_ref().is_some_and(|priorities| {
            if priorities.pillars.is_empty() {
                self.pillar(pillar).is_some()
            } else {
                priorities
                    .pillars
                    .iter()
                    .any(|candidate| candidate == pillar)
            }
        })
    }
}

impl Pillar {
    /// The rating that the pillar's scores come from.
    pub fn rating_item(&self) -> Option<&Item> {
        self.items.iter().find(|item| item.kind.is_rating())
    }
}

/// The id under which the hours lost to a pillar are answered.
pub fn hours_id(pillar: &str) -> String {
    format!("{HOURS_PREFIX}{pillar}")
}

/// The id under which a pillar's comment is answered.
pub fn comment_id(pillar: &str) -> String {
    format!("{COMMENT_PREFIX}{pillar}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin;

    #[test]
    fn items_of_the_last_page_are_found_under_their_ids() {
        let survey = builtin::devex_25();
        let kind = |id: &str| survey.item(id).map(|item| item.into_owned().kind);
        assert_eq!(kind("test-feedback"), Some(Kind::Rating));
        assert_eq!(kind("productive"), Some(Kind::Rating));
        assert_eq!(kind("priorities"), Some(Kind::Priorities { at_most: 3 }));
        assert_eq!(
            kind(&hours_id("test-feedback")),
            Some(Kind::Hours { at_most: 40.0 })
        );
        assert_eq!(
            kind(&comment_id("test-feedback")),
            Some(Kind::Text { longest: 2_000 })
        );
        assert_eq!(kind("comment"), Some(Kind::Text { longest: 2_000 }));
        for foreign in [
            "",
            "hours",
            "hours:",
            "hours:productive",
            "comment:",
            "comment:ghost",
            "Test-Feedback",
        ] {
            assert_eq!(kind(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn other_words_are_another_question_unless_they_are_declared_the_same() {
        let before = builtin::devex_25().clone();
        let mut now = before.clone();
        let item = |survey: &mut Survey| -> String {
            let item = &mut survey.dimensions[0].pillars[0].items[0];
            let former = std::mem::replace(&mut item.text, "I get there.".to_owned());
            item.id.clone() + "/" + &former
        };
        let named = item(&mut now);
        let (id, former) = named.split_once('/').unwrap();
        assert_eq!(now.reworded_since(&before), [id]);
        now.dimensions[0].pillars[0].items[0].same_as = vec![format!(" {former}\n")];
        assert!(now.reworded_since(&before).is_empty());
        assert!(before.reworded_since(&before).is_empty());
        // What was not asked before is new, not reworded.
        let mut less = before.clone();
        less.dimensions[0].pillars.remove(0);
        assert!(before.reworded_since(&less).is_empty());
    }

    #[test]
    fn a_survey_that_does_not_ask_has_no_such_items() {
        let survey = Survey {
            priorities: None,
            hours: None,
            comments: None,
            ..builtin::devex_25().clone()
        };
        for id in [
            "priorities",
            "hours:test-feedback",
            "comment:test-feedback",
            "comment",
        ] {
            assert_eq!(survey.item(id), None, "{id}");
        }
        assert_eq!(survey.pickable_pillars().count(), 0);
    }

    #[test]
    fn hours_are_asked_only_for_pillars_on_offer() {
        let mut survey = builtin::devex_25().clone();
        if let Some(priorities) = &mut survey.priorities {
            priorities.pillars = vec!["learning".to_owned()];
        }
        assert!(survey.item("hours:learning").is_some());
        assert!(survey.item("hours:autonomy").is_none());
        assert_eq!(
            survey
                .pickable_pillars()
                .map(|pillar| pillar.id.as_str())
                .collect::<Vec<_>>(),
            ["learning"]
        );
    }

    #[test]
    fn pillars_know_their_dimension() {
        let survey = builtin::devex_25();
        assert_eq!(
            survey
                .dimension_of("autonomy")
                .map(|dimension| dimension.id.as_str()),
            Some("flow")
        );
        assert_eq!(survey.dimension_of("productive"), None);
        assert_eq!(survey.rating_items().count(), 28);
    }
}
