//! Plain data in: what `analyze` works on, however it was obtained. The server fills it from the
//! database, `tribometer analyze` from files.
//!
//! Everything that grows with people is kept in columns of small codes: 100,000 responses to 31
//! items are a few megabytes.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Months, NaiveDate, Utc};
use tribometer_statistics::ratings::{DOES_NOT_APPLY, NOT_ANSWERED, RatingCell};
use tribometer_surveys::answer::{Answer, Answers};
use tribometer_surveys::privacy::MinimumGroup;
use tribometer_surveys::survey::Survey;
use tribometer_surveys::telemetry::metrics::Metric;

use crate::comments::scrub::Identifying;
use crate::tables::Tables;

/// Everything an analysis knows.
#[derive(Debug, Clone)]
pub struct Input {
    /// What was asked.
    pub survey: Survey,
    /// The wave's label: `2026-Q4`.
    pub wave: String,
    /// Everybody who was asked; without it there are no response rates and no intervals for a
    /// finite population.
    pub roster: Option<People>,
    /// What came back.
    pub responses: Responses,
    /// Earlier waves, the newest first.
    pub previous: Vec<PastWave>,
    /// What systems recorded of this wave's period and before.
    pub tables: Tables,
    /// The months that the answers speak about, by the pull requests' merges; all of them when
    /// absent.
    pub period: Option<Period>,
    /// Metrics that came aggregated.
    pub metrics: Vec<ReportedMetric>,
    /// What the people of the directory are called, to be taken out of comments; without it
    /// comments are not shown.
    pub identifying: Option<Identifying>,
    /// Metrics of the organization's own, beside those of the catalog.
    pub declared: Vec<Metric>,
    /// What was done about pillars.
    pub actions: Vec<Action>,
    /// How to analyze.
    pub settings: Settings,
}

/// How to analyze.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The smallest number of answers that a group is shown with.
    pub minimum_group: u32,
    /// Seeds the bootstrap and the permutations.
    pub seed: u64,
    /// What an engineer's hour costs, in any currency.
    pub hourly_cost: Option<f64>,
    /// The attributes that every team is also cut by.
    pub by: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            minimum_group: MinimumGroup::DEFAULT.get(),
            seed: 1,
            hourly_cost: None,
            by: Vec::new(),
        }
    }
}

/// From one instant to another, the end left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

impl Period {
    /// Whether an instant is in it.
    pub fn holds(self, instant: Option<DateTime<Utc>>) -> bool {
        instant.is_some_and(|instant| self.start <= instant && instant < self.end)
    }

    /// The period of the same length that ends where this one begins.
    pub fn before(self) -> Self {
        Self {
            start: self.start - (self.end - self.start),
            end: self.start,
        }
    }

    /// Where the pull requests begin that an analysis of this period looks at: a year before its
    /// end, for the trend by month, or with the period before.
    pub fn looked_back_to(self) -> DateTime<Utc> {
        (self.end - Months::new(12)).min(self.before().start)
    }
}

/// Something that was done about a pillar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What was done, in a few words.
    pub title: String,
    /// The pillar's id.
    pub pillar: String,
    /// Paths of the teams that have it, and all teams below them.
    pub teams: Vec<String>,
    pub start: Start,
}

/// Since when an action holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    Day(NaiveDate),
    /// The label of the first wave after it.
    Wave(String),
}

/// An earlier wave of the same program.
#[derive(Debug, Clone)]
pub struct PastWave {
    /// `2026-Q3`.
    pub label: String,
    /// What came back then.
    pub responses: Responses,
    /// Ids of ratings that were asked in other words then: they are not compared. Empty where the
    /// words of then are not known.
    pub reworded: Vec<String>,
}

impl PastWave {
    /// The answers that can be compared with those of now.
    pub fn comparable(&self) -> Cow<'_, Responses> {
        if self.reworded.is_empty() {
            return Cow::Borrowed(&self.responses);
        }
        let mut responses = self.responses.clone();
        let same = |column: &Ratings| !self.reworded.contains(&column.item);
        responses.ratings.retain(same);
        Cow::Owned(responses)
    }
}

/// Some text values, each kept once and known by a code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    names: Vec<String>,
    codes: HashMap<String, u32, foldhash::fast::RandomState>,
}

impl Names {
    /// The code of a name, a new one when it is new.
    pub fn code(&mut self, name: &str) -> u32 {
        if let Some(&code) = self.codes.get(name) {
            return code;
        }
        let code = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.to_owned());
        self.codes.insert(name.to_owned(), code);
        code
    }

    /// The code of a name that is there.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.codes.get(name).copied()
    }

    /// The name behind a code.
    pub fn name(&self, code: u32) -> &str {
        self.names.get(code as usize).map_or("", String::as_str)
    }

    /// All names, by code.
    pub fn all(&self) -> &[String] {
        &self.names
    }
}

/// One value a person: a code into `names`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    /// The different values; empty text stands for "not known".
    pub names: Names,
    /// One code a person.
    pub codes: Vec<u32>,
}

impl Column {
    /// The value of a person.
    pub fn value(&self, row: usize) -> &str {
        self.names.name(self.codes[row])
    }
}

/// People with their team and attributes, as columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct People {
    /// Team paths, `Engineering / Payments`; empty without a team.
    pub team: Column,
    /// `role`, `location`, …
    pub attributes: BTreeMap<String, Column>,
}

impl People {
    /// Adds a person.
    pub fn push<'a>(
        &mut self,
        team: &str,
        attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) {
        let row = self.len();
        let code = self.team.names.code(team);
        self.team.codes.push(code);
        for (name, value) in attributes {
            let column = match self.attributes.get_mut(name) {
                Some(column) => column,
                None => self.attributes.entry(name.to_owned()).or_default(),
            };
            pad(column, row);
            let code = column.names.code(value);
            column.codes.push(code);
        }
        for column in self.attributes.values_mut() {
            pad(column, row + 1);
        }
    }

    /// How many people.
    pub fn len(&self) -> usize {
        self.team.codes.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.team.codes.is_empty()
    }
}

fn pad(column: &mut Column, length: usize) {
    if column.codes.len() < length {
        let unknown = column.names.code("");
        column.codes.resize(length, unknown);
    }
}

/// The ratings of one item, a cell a respondent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ratings {
    /// The item's id; a pillar's first rating has the pillar's id.
    pub item: String,
    /// One cell a respondent.
    pub cells: Vec<RatingCell>,
}

/// Everything that came back in one wave, as columns; the n-th entry of each is the n-th
/// respondent's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Responses {
    /// What links a person across waves, where anything does; empty text where nothing does.
    pub respondents: Vec<String>,
    /// Teams and attributes.
    pub people: People,
    /// One column a rating item of the survey, in the survey's order.
    pub ratings: Vec<Ratings>,
    /// The picked pillars, as bits by the pillar's position in the survey; absent when the survey
    /// or the file has no picks.
    pub picks: Option<Vec<u64>>,
    /// Hours lost to picked pillars.
    pub hours: Vec<HoursAnswer>,
    /// Answers in own words.
    pub comments: Vec<CommentAnswer>,
    /// Choices and frequencies, by the respondent's position and the item's id: no number is made
    /// of them.
    pub others: Vec<(u32, String, Answer)>,
}

/// The bit of a picked pillar; none beyond the 64 pillars that a survey can have.
pub fn pick(position: usize) -> u64 {
    u32::try_from(position)
        .ok()
        .and_then(|position| 1u64.checked_shl(position))
        .unwrap_or(0)
}

/// How many hours of a typical week a respondent loses to a pillar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoursAnswer {
    /// The respondent's position.
    pub row: u32,
    /// The pillar's position in the survey.
    pub pillar: u32,
    /// Hundredths of an hour: whole numbers add up the same in any order.
    pub hundredths: u32,
}

/// What somebody wrote. It carries a team and no respondent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentAnswer {
    /// The pillar it is about; none for the open comment.
    pub pillar: Option<String>,
    /// The writer's team path.
    pub team: String,
    /// The words.
    pub text: String,
}

impl Responses {
    /// No responses yet to a survey; `with_picks` where picks were asked.
    pub fn new(survey: &Survey, with_picks: bool) -> Self {
        Self {
            ratings: survey
                .rating_items()
                .map(|item| Ratings {
                    item: item.id.clone(),
                    cells: Vec::new(),
                })
                .collect(),
            picks: with_picks.then(Vec::new),
            ..Self::default()
        }
    }

    /// Adds what one participant sent.
    pub fn push<'a>(
        &mut self,
        survey: &Survey,
        respondent: &str,
        team: &str,
        attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
        answers: &Answers,
    ) {
        let row = u32::try_from(self.len()).unwrap_or(u32::MAX);
        self.respondents.push(respondent.to_owned());
        self.people.push(team, attributes);
        for ratings in &mut self.ratings {
            ratings.cells.push(match answers.get(&ratings.item) {
                Some(Answer::Rating(rating)) => *rating,
                Some(Answer::DoesNotApply) => DOES_NOT_APPLY,
                _ => NOT_ANSWERED,
            });
        }
        if let Some(picks) = &mut self.picks {
            let picked = answers.priorities();
            let bits = survey
                .pillars()
                .enumerate()
                .filter(|(_, pillar)| picked.contains(&pillar.id));
            picks.push(bits.fold(0, |bits, (position, _)| bits | pick(position)));
        }
        for (position, pillar) in survey.pillars().enumerate() {
            if let Some(Answer::Hours(hours)) =
                answers.get(&tribometer_surveys::survey::hours_id(&pillar.id))
            {
                self.hours.push(HoursAnswer {
                    row,
                    pillar: position as u32,
                    hundredths: (hours * 100.0).round() as u32,
                });
            }
            if let Some(Answer::Text(text)) =
                answers.get(&tribometer_surveys::survey::comment_id(&pillar.id))
            {
                let (pillar, team, text) = (Some(pillar.id.clone()), team.to_owned(), text.clone());
                self.comments.push(CommentAnswer { pillar, team, text });
            }
        }
        if let Some(Answer::Text(text)) = answers.get(tribometer_surveys::survey::COMMENT) {
            self.comments.push(CommentAnswer {
                pillar: None,
                team: team.to_owned(),
                text: text.clone(),
            });
        }
    }

    /// How many responses.
    pub fn len(&self) -> usize {
        self.respondents.len()
    }

    /// Whether nobody answered.
    pub fn is_empty(&self) -> bool {
        self.respondents.is_empty()
    }
}

/// A row of metrics.csv: a number that somebody else aggregated.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedMetric {
    /// `ai.active_share`.
    pub metric: String,
    /// The team's path.
    pub team: String,
    /// The first instant of the period.
    pub period_start: DateTime<Utc>,
    /// The first instant after the period.
    pub period_end: DateTime<Utc>,
    /// In the metric's unit.
    pub value: f64,
    /// How many observations it stands on.
    pub n: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pick_is_one_bit_and_none_beyond_what_a_survey_can_have() {
        assert_eq!((pick(0), pick(2), pick(63)), (1, 4, 1 << 63));
        assert_eq!((pick(64), pick(usize::MAX)), (0, 0));
    }
}
