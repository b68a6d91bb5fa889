//! Plain data in: what `analyze` works on, however it was obtained. The server fills it from the
//! database, `tribometer analyze` from files.

use chrono::{DateTime, Months, NaiveDate, Utc};
use polars::prelude::DataFrame;
use tribometer_surveys::privacy::MinimumGroup;
use tribometer_surveys::survey::Survey;
use tribometer_surveys::telemetry::metrics::Metric;

use crate::answers::AnswerTables;
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
    /// finite population. A frame of people, as `answers` describes it.
    pub roster: Option<DataFrame>,
    /// What came back.
    pub responses: AnswerTables,
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

impl Input {
    /// Everybody who was asked or answered, as frames of people.
    pub fn people(&self) -> impl Iterator<Item = &DataFrame> + Clone {
        self.roster.iter().chain([&self.responses.people])
    }
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

impl Action {
    /// Adds it to others; rows of one title, pillar and start are one action.
    pub(crate) fn add_to(self, actions: &mut Vec<Action>) {
        let same = |known: &&mut Action| {
            known.title == self.title && known.pillar == self.pillar && known.start == self.start
        };
        match actions.iter_mut().find(same) {
            Some(known) => known.teams.extend(self.teams),
            None => actions.push(self),
        }
    }
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
    pub responses: AnswerTables,
    /// Ids of ratings that were asked in other words then: they are not compared. Empty where the
    /// words of then are not known.
    pub reworded: Vec<String>,
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
