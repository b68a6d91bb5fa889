//! Plain data in: what `analyze` works on, however it was obtained. The server fills it from the database, `tribometer analyze` from files.
//!
//! Everything that grows with people is kept in columns of small codes: 100,000 responses to 31 items are a few megabytes.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Months, NaiveDate, Utc};
use chrono_tz::Tz;
use tribometer_statistics::ratings::{DOES_NOT_APPLY, NOT_ANSWERED, RatingCell};
use tribometer_surveys::answer::{Answer, Answers};
use tribometer_surveys::survey::Survey;
use tribometer_surveys::telemetry::metrics::Metric;
use tribometer_surveys::telemetry::pull_request::{Stamp, Stamps};

use crate::comments::scrub::Identifying;
use crate::events::Events;

/// Everything an analysis knows.
#[derive(Debug, Clone)]
pub struct Input {
    /// What was asked.
    pub survey: Survey,
    /// The wave's label: `2026-Q4`.
    pub wave: String,
    /// Everybody who was asked; without it there are no response rates and no intervals for a finite population.
    pub roster: Option<People>,
    /// What came back.
    pub responses: Responses,
    /// Earlier waves, the newest first.
    pub previous: Vec<PastWave>,
    /// Pull requests of this wave's period and before, without those of bots.
    pub pull_requests: Option<PullRequests>,
    /// The months that the answers speak about, by the pull requests' merges; all of them when absent.
    pub period: Option<Period>,
    /// What other systems saw, by metric.
    pub events: Events,
    /// Metrics that came aggregated.
    pub metrics: Vec<ReportedMetric>,
    /// What the people of the directory are called, to be taken out of comments; without it comments are not shown.
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
            minimum_group: 5,
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

    /// Where the pull requests begin that an analysis of this period looks at: a year before its end, for the trend by month, or with the period before.
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
    /// Ids of ratings that were asked in other words then: they are not compared. Empty where the words of then are not known.
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

/// Everything that came back in one wave, as columns; the n-th entry of each is the n-th respondent's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Responses {
    /// What links a person across waves, where anything does; empty text where nothing does.
    pub respondents: Vec<String>,
    /// Teams and attributes.
    pub people: People,
    /// One column a rating item of the survey, in the survey's order.
    pub ratings: Vec<Ratings>,
    /// The picked pillars, as bits by the pillar's position in the survey; absent when the survey or the file has no picks.
    pub picks: Option<Vec<u64>>,
    /// Hours lost to picked pillars.
    pub hours: Vec<HoursAnswer>,
    /// Answers in own words.
    pub comments: Vec<CommentAnswer>,
    /// Choices and frequencies, by the respondent's position and the item's id: no number is made of them.
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

/// Pull requests as columns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PullRequests {
    /// The author's team path; empty where the author is in no team of the roster.
    pub team: Column,
    /// Who wrote it: any code that is one a person. It tells how many people stand behind a number.
    pub author: Vec<u32>,
    /// The codes of authors by what links them across waves, where anything does; for figures over many people alone.
    pub respondents: HashMap<String, u32, foldhash::fast::RandomState>,
    /// Its stamps.
    pub stamps: Vec<Stamps>,
    /// Lines added and deleted together, where known.
    pub lines: Vec<Option<u32>>,
    /// Rounds of review, where known.
    pub review_rounds: Vec<Option<u32>>,
    /// Which repository it is of: any code that is one; empty where nobody knows.
    pub repository: Vec<u32>,
    /// Where each author lives, by the author's code; those beyond the end are not known.
    pub zones: Vec<Option<Tz>>,
}

impl PullRequests {
    /// Adds one.
    pub fn push(
        &mut self,
        team: &str,
        author: u32,
        stamps: Stamps,
        lines: Option<u32>,
        review_rounds: Option<u32>,
    ) {
        let code = self.team.names.code(team);
        self.team.codes.push(code);
        self.author.push(author);
        self.stamps.push(stamps);
        self.lines.push(lines);
        self.review_rounds.push(review_rounds);
    }

    /// Makes room for some more.
    pub fn reserve(&mut self, more: usize) {
        self.team.codes.reserve(more);
        self.author.reserve(more);
        self.stamps.reserve(more);
        self.lines.reserve(more);
        self.review_rounds.reserve(more);
        self.repository.reserve(more);
    }

    /// What was known of them when a period ended, as far as it speaks of that period, the one before or the year before its end: the merged ones, and those that were still open,
    /// without the steps that came later.
    pub fn known_at_the_end(mut self, period: Period) -> Self {
        let from: Stamp = Some(period.looked_back_to()).into();
        for stamps in &mut self.stamps {
            *stamps = stamps.before(period.end);
        }
        let keep: Vec<bool> = (self.stamps.iter())
            .map(
                |stamps| match (stamps.merged.micros(), stamps.closed.micros()) {
                    (Some(merged), _) => Some(merged) >= from.micros(),
                    (None, closed) => {
                        let is_open = closed.is_none() || closed >= from.micros();
                        stamps.created != Stamp::NONE && is_open
                    }
                },
            )
            .collect();
        retain(&mut self.team.codes, &keep);
        retain(&mut self.author, &keep);
        retain(&mut self.stamps, &keep);
        retain(&mut self.lines, &keep);
        retain(&mut self.review_rounds, &keep);
        retain(&mut self.repository, &keep);
        self
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.stamps.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.stamps.is_empty()
    }
}

fn retain<T>(column: &mut Vec<T>, keep: &[bool]) {
    let mut keep = keep.iter();
    column.retain(|_| keep.next() == Some(&true));
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
    fn pull_requests_are_known_as_they_were_when_the_period_ended() {
        let day = |text: &str| -> Option<DateTime<Utc>> {
            (!text.is_empty()).then(|| format!("{text}T00:00:00Z").parse().unwrap())
        };
        let mut all = PullRequests::default();
        for (number, [created, merged, closed, deployed]) in (0..).zip([
            ["2026-08-01", "2026-08-02", "", "2026-10-02"],
            ["2026-08-01", "2026-10-01", "", ""],
            ["2026-10-01", "", "", ""],
            ["2025-09-01", "2025-09-30", "", ""],
            ["2025-09-01", "2025-10-01", "", ""],
            ["2025-08-01", "", "2025-09-30", ""],
            ["2025-08-01", "", "2026-11-01", ""],
            ["", "", "", ""],
        ]) {
            let stamps = Stamps {
                created: day(created).into(),
                merged: day(merged).into(),
                closed: day(closed).into(),
                deployed: day(deployed).into(),
                ..Stamps::default()
            };
            all.push("E", number, stamps, Some(number), None);
        }
        let period = Period {
            start: day("2026-07-01").unwrap(),
            end: day("2026-10-01").unwrap(),
        };
        let known = all.known_at_the_end(period);
        assert_eq!(known.author, [0, 1, 4, 6]);
        assert_eq!((known.team.codes.len(), known.lines[2]), (4, Some(4)));
        let last = |row: usize| known.stamps[row].last().time();
        assert_eq!(known.stamps[0].deployed, Stamp::NONE);
        assert_eq!(
            [last(0), last(1), last(3)],
            ["2026-08-02", "2026-08-01", "2025-08-01"].map(day)
        );
    }

    #[test]
    fn a_pick_is_one_bit_and_none_beyond_what_a_survey_can_have() {
        assert_eq!((pick(0), pick(2), pick(63)), (1, 4, 1 << 63));
        assert_eq!((pick(64), pick(usize::MAX)), (0, 0));
    }
}
