//! The result of an analysis: one document that holds everything any page, file or answer of a wave
//! shows, after privacy.
//!
//! Shares are 0 to 1, friction is 0 to 100, times are hours, intervals are 95%. A number that may
//! not be shown is absent, and its row says why in `hidden`. Words are made of the facts where they
//! are shown.
//!
//! ```
//! use tribometer_findings::Findings;
//!
//! let document = serde_json::to_string(&Findings::sample())?;
//! let findings = Findings::from_json(&document)?;
//! assert_eq!(findings, Findings::sample());
//! assert!(findings.ranking.is_sorted_by_key(|row| row.rank));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod action;
mod evidence;
mod note;
pub mod parts;
mod sample;
pub mod table;
mod version;
pub mod version_0;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tribometer_surveys::builtin;
use tribometer_surveys::survey::Pillar;
use tribometer_surveys::telemetry::metrics::Metric;

pub use action::{ActionChange, ActionEffect, Helped, MetricsLeftOut, NotComparable};
pub use evidence::{
    Basis, Evidence, NotCompared, RatingsMoved, TargetReached, TeamPoint, WithinTeams, strongest,
};
pub use note::{Counted, ImpactFact, NoEmbedding, NoImpact, Note, OutcomeLeftOut, PillarNotShown};
pub use tribometer_statistics::drivers::Refusal;
pub use tribometer_statistics::estimate::{Change, Estimate};
pub use tribometer_statistics::reliability::{Trust, Unknown};
pub use tribometer_surveys::telemetry::metrics::{Aggregate, Better};
pub use version::{Unreadable, VERSION};

use version_0::English;

/// Working weeks that a year's cost is counted for.
pub const WEEKS: f64 = 52.0;

/// Everything about one wave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Findings {
    /// The form of the document, from 1 on; absent in version 0, which has sentences in place of
    /// facts.
    #[serde(default)]
    pub version: u32,
    /// The wave's label: `2026-Q4`.
    pub wave: String,
    /// The wave that changes refer to, if there was one.
    pub previous: Option<String>,
    pub survey: SurveyName,
    /// The smallest number of answers that a group is shown with.
    pub minimum_group: u32,
    pub pain: Pain,
    /// What the bootstrap and the permutations were seeded with.
    pub seed: u64,
    /// Everybody who was asked; absent without a roster.
    pub invited: Option<u32>,
    pub responded: u32,
    /// Mean of the pillars' favorable shares.
    pub index: Option<Estimate>,
    pub index_change: Option<Change>,
    pub hours: Option<HoursLost>,
    /// The metrics of the whole organization, now and in the previous wave's period; in the order
    /// of the report.
    pub systems: Vec<MetricLevel>,
    /// Absent without pull requests, and where fewer than the minimum stand behind them.
    #[serde(default)]
    pub pull_requests: Option<PullRequestTimes>,
    /// A team × a metric over the wave's period, of everybody in the team and below it.
    #[serde(default)]
    pub team_metrics: Vec<TeamMetric>,
    /// One row a pillar, in order of rank.
    pub ranking: Vec<RankedPillar>,
    /// Every group of the catalog: the root first, then depth first.
    pub groups: Vec<Group>,
    pub reliability: Reliability,
    /// Whether those who answered are like those who were asked; absent without a roster.
    pub nonresponse: Option<Nonresponse>,
    /// A group × an item, groups in the order of `groups`.
    pub scores: Vec<Score>,
    /// A group × a pillar × a pair of waves.
    pub changes: Vec<PillarChange>,
    /// An outcome × a pillar; empty where the data is too thin, or has no outcomes.
    pub drivers: Vec<Driver>,
    /// A pillar × a metric, by pillar in order of rank.
    pub evidence: Vec<Evidence>,
    /// A team × a metric × a month.
    pub metrics: Vec<MetricMonth>,
    pub comments: Vec<Comment>,
    /// What became of the actions that the analysis was told of.
    #[serde(default)]
    pub actions: Vec<ActionEffect>,
    /// What was left out and why.
    pub notes: Vec<Note>,
}

/// Which survey was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SurveyName {
    pub id: String,
    pub title: String,
    /// Hash of the survey's content.
    pub version: String,
    /// All pillars in the survey's order, ranked or not; empty in documents of version 0.
    #[serde(default)]
    pub pillars: Vec<Named>,
}

/// What something is called in the survey or in the catalog of metrics.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    pub id: String,
    pub name: String,
}

impl From<&Metric> for Named {
    fn from(metric: &Metric) -> Self {
        Self {
            id: metric.id.clone(),
            name: metric.name.clone(),
        }
    }
}

impl From<&Pillar> for Named {
    fn from(pillar: &Pillar) -> Self {
        Self {
            id: pillar.id.clone(),
            name: pillar.name.clone(),
        }
    }
}

/// What counts as being in pain about a pillar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pain {
    /// Picked among the areas that most need work, and rated 3 or lower.
    PickedAndRatedLow,
    /// Rated 2 or lower, for surveys without picks.
    RatedLow,
}

/// Hours lost a week to the picked areas; a lower bound, for not picked counts as zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HoursLost {
    /// The mean.
    pub per_engineer: Estimate,
    /// Half of the engineers lose as much or more; absent where its limits would be the answers of
    /// too few.
    pub median: Option<Estimate>,
    /// Times the roster; absent without one.
    pub organization: Option<Estimate>,
    /// Money a year of the organization's hours, its interval being theirs; absent without an
    /// hourly cost.
    pub cost_per_year: Option<Estimate>,
    pub n: u32,
}

/// The level of a metric over the wave's period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricLevel {
    /// `pr.cycle_time`.
    pub metric: String,
    /// `PR cycle time`.
    pub name: String,
    /// `h`, `%`, `lines`; empty for a plain number.
    pub unit: String,
    /// A median, a share (0 to 1) or a rate, as the metric is declared.
    pub value: f64,
    /// Its interval; absent for what somebody else aggregated.
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub previous: Option<f64>,
    pub n: u32,
}

/// How much is known of the pull requests of the wave's period, and what the open ones change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PullRequestTimes {
    pub merged: u32,
    /// Merged ones with every phase from the first commit over the review to the merge.
    pub complete: u32,
    /// Cycle time and time to first review, where some have not ended.
    pub with_open: Vec<WithOpen>,
}

/// The median of a time in hours with the pull requests for which it had not ended when they were
/// last seen (Kaplan and Meier).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WithOpen {
    /// `pr.cycle_time`.
    pub metric: String,
    /// `PR cycle time`.
    pub name: String,
    /// Absent where more than half last longer than they were watched.
    pub median: Option<f64>,
    pub low: Option<f64>,
    /// Absent where the data sets no upper limit.
    pub high: Option<f64>,
    /// Pull requests, and those among them that had not ended.
    pub n: u32,
    pub unfinished: u32,
}

/// A team's metric over the wave's period.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TeamMetric {
    pub team: String,
    pub metric: String,
    pub unit: String,
    pub n: u32,
    /// The median, the share, the rate or the mean, as the metric is declared; absent where nothing
    /// has ended.
    pub value: Option<f64>,
    /// Its interval; absent for the median of fewer than six values.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Percentiles beside a median.
    pub p75: Option<f64>,
    pub p90: Option<f64>,
    /// Of cycle time and time to first review, where some pull requests had not ended.
    pub with_open: Option<TeamWithOpen>,
    /// Of the cycle time alone: the share of its pull requests that have every phase from the first
    /// commit over the review to the merge.
    pub complete: Option<f64>,
}

/// The median of a team's times with those that had not ended when they were last seen (Kaplan and
/// Meier).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TeamWithOpen {
    /// Absent where more than half last longer than they were watched.
    pub median: Option<f64>,
    pub low: Option<f64>,
    /// Absent where the data sets no upper limit.
    pub high: Option<f64>,
    /// Pull requests, and those among them that had not ended.
    pub n: u32,
    pub unfinished: u32,
}

/// A pillar's place in the ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RankedPillar {
    pub rank: u32,
    /// The best and the worst rank that the data allow; pillars whose ranges overlap are tied.
    pub rank_low: u32,
    pub rank_high: u32,
    /// Probability of being among the worst three.
    pub top3_probability: f64,
    pub pillar: String,
    pub name: String,
    pub dimension: String,
    pub dimension_name: String,
    /// 0 to 100, higher is worse.
    pub friction: Estimate,
    /// Friction joined with telemetry; absent without metrics of enough teams.
    pub joined: Option<Joined>,
    pub favorable: Estimate,
    /// Of the favorable share.
    pub change: Option<Change>,
    /// Share of the explained variance of the survey's first outcome.
    pub impact: Option<Estimate>,
    /// Share of respondents who picked it.
    pub votes: Option<f64>,
    /// Hours a week: of the organization with a roster, else of the respondents.
    pub hours_per_week: Option<Estimate>,
    /// Money a year of these hours; absent without an hourly cost.
    pub cost_per_year: Option<Estimate>,
    /// Of the strongest evidence.
    pub verdict: Verdict,
    /// The fact behind the verdict, in a document of version 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<English>,
    /// Ratings given.
    pub n: u32,
}

/// Friction of everybody who was asked: of teams with few or no answers by what predicts it in the
/// others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Joined {
    /// 0 to 100, higher is worse.
    pub friction: Estimate,
    /// The place by this figure.
    pub rank: u32,
    /// Ids of the metrics that predict the pain; empty where none does, and teams are drawn toward
    /// the mean alone.
    pub metrics: Vec<String>,
    /// Teams with answers.
    pub teams: u32,
}

/// What the metrics say beside what people say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Confirmed,
    Contradicted,
    Unclear,
    NoMetric,
}

/// How far scores can be trusted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reliability {
    /// Absent with fewer than two outcomes, with too few answers, and where everybody answered
    /// alike.
    pub outcomes: Option<OutcomesReliability>,
    /// The pillars that shown teams can be compared in.
    pub pillars: Vec<PillarReliability>,
}

/// Whether the outcomes measure one thing, from people who rated all of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutcomesReliability {
    /// Cronbach's α with Feldt's interval.
    pub alpha: Estimate,
    /// McDonald's ω; absent with fewer than three outcomes, and where no single factor fits.
    pub omega: Option<f64>,
    pub items: u32,
    pub n: u32,
}

/// How much of the differences in a pillar's ratings are differences between shown teams.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PillarReliability {
    pub pillar: String,
    /// ICC(1): of one answer. Below zero where teams differ less than chance would have it.
    pub icc1: f64,
    /// Answers a team.
    pub mean_team: f64,
    /// What the score of a team of that size is called.
    pub trust: Trust,
    pub teams: u32,
    pub n: u32,
}

/// Whether those who answered are like those who were asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Nonresponse {
    pub invited: u32,
    pub responded: u32,
    /// Absent where there is nothing to weight by.
    pub weighting: Option<Weighting>,
    /// Why there is no weighting.
    pub unweighted: Option<Unweighted>,
    /// Absent with fewer than two ranked pillars, and where everybody answered.
    pub stress: Option<Stress>,
}

/// Why answers are not weighted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unweighted {
    /// Too few people were asked.
    FewInvited,
    /// There are no groups large enough to weight by.
    NoGroups,
    /// Nobody answered.
    NoAnswers,
    /// Words of a document of version 0.
    #[serde(untagged)]
    English(English),
}

/// Answers weighted to look like everybody who was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Weighting {
    /// What they were weighted by.
    pub margins: Vec<WeightingMargin>,
    /// As many answers of equal weight tell as much (Kish).
    pub effective_n: f64,
    /// Answers whose weight is held at a bound.
    pub trimmed: u32,
    /// The largest difference between a weighted share of people and the share that was asked, in
    /// whole percents as a share.
    pub gap: f64,
    /// A rating item each, in the survey's order. Shares in whole percents: finer ones could be
    /// taken apart into those of few people.
    pub shares: Vec<WeightedShare>,
}

/// What answers are weighted by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum WeightingMargin {
    /// Teams of a level of the tree; those below its root are level 1.
    TeamLevel { level: u32 },
    /// The values of an attribute: `role`.
    Attribute { name: String },
    /// Words of a document of version 0.
    #[serde(untagged)]
    English(English),
}

/// The favorable share of an item when answers are weighted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WeightedShare {
    pub item: String,
    pub pillar: Option<String>,
    pub favorable: Estimate,
    /// From the share without weights, both in whole percents.
    pub shift: f64,
}

/// How different those who did not answer would have to be before another pillar came first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stress {
    /// Ids of the pillars of the first two ranks.
    pub first: String,
    pub second: String,
    /// Points of friction by which the first leads among those who answered.
    pub lead: f64,
    /// Points by which the second would have to lead among those who did not; above 100 nothing
    /// they could say would do.
    pub needed: f64,
}

/// Why a number is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Hidden {
    #[serde(rename = "group too small")]
    TooSmall,
    #[serde(rename = "would reveal another group")]
    WouldReveal,
}

/// A group of the catalog and who took part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Group {
    /// `Engineering / Payments`.
    pub team: String,
    /// `role`, where the group is a team cut by an attribute.
    pub attribute: Option<String>,
    /// `Backend`.
    pub value: Option<String>,
    pub invited: Option<u32>,
    pub responded: Option<u32>,
    pub hidden: Option<Hidden>,
}

/// A group's answers to one rating item.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Score {
    pub team: String,
    pub attribute: Option<String>,
    pub value: Option<String>,
    pub item: String,
    /// Absent for outcomes.
    pub pillar: Option<String>,
    pub n: Option<u32>,
    pub favorable: Option<Estimate>,
    pub mean: Option<f64>,
    /// Of the whole organization alone, a share in whole percents: `nonresponse` says how it was
    /// weighted.
    pub weighted_favorable: Option<f64>,
    /// The mean after shrinkage.
    pub estimate: Option<Estimate>,
    /// Whether a score of so many answers tells this team from others; of teams without teams below
    /// them alone.
    pub trust: Option<Trust>,
    pub hidden: Option<Hidden>,
}

/// How a team's ratings of a pillar changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PillarChange {
    pub team: String,
    pub pillar: String,
    pub wave: String,
    pub previous: String,
    pub n: u32,
    pub n_previous: u32,
    /// People who answered both; zero where nobody can be linked.
    pub n_both: u32,
    /// Of the mean rating, in points of 1 to 5.
    pub change: Change,
    /// Of the favorable share; its q is that of the mean.
    pub share: Change,
    pub p: f64,
}

/// How much of an outcome's differences goes with a pillar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Driver {
    pub outcome: String,
    /// The outcome in the survey's words: `I can get my work done productively.`
    pub statement: String,
    pub pillar: String,
    /// Explained variance, with the sign of the pillar's coefficient beside all others.
    pub weight: f64,
    /// Of all explained variance.
    pub share: Estimate,
    /// What all pillars explain together of the outcome's variance within teams.
    pub r_squared: f64,
    /// People behind it: those who rated everything, or the fewest who rated both of a pair.
    pub n: u32,
}

/// A team's metric in one month, or in the period that somebody reported.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricMonth {
    pub team: String,
    pub metric: String,
    pub unit: String,
    pub period_start: NaiveDate,
    pub n: u32,
    /// Percentiles; absent for shares, rates and what somebody else aggregated.
    pub p50: Option<f64>,
    pub p75: Option<f64>,
    pub p90: Option<f64>,
    /// The mean, the share or the rate.
    pub mean: f64,
}

/// A comment that may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Comment {
    pub pillar: Option<String>,
    pub theme: Option<String>,
    pub team: String,
    pub text: String,
}

impl Findings {
    /// What pages call a pillar: as the survey has it, else as the built-in survey has it, else its
    /// id.
    pub fn pillar_name<'a>(&'a self, id: &'a str) -> &'a str {
        let of_survey = || self.survey.pillars.iter().find(|pillar| pillar.id == id);
        // Documents of version 0 have the names of ranked pillars alone.
        let ranked = self.ranking.iter().find(|row| row.pillar == id);
        let builtin = || builtin::devex_25().pillar(id).map(|pillar| &pillar.name);
        ranked
            .map(|row| &row.name)
            .or_else(|| of_survey().map(|pillar| &pillar.name))
            .or_else(builtin)
            .map_or(id, |name| name)
    }
}

impl Nonresponse {
    /// The weighted favorable share of an item.
    pub fn weighted(&self, item: &str) -> Option<f64> {
        let mut shares = self.weighting.as_ref()?.shares.iter();
        Some(shares.find(|share| share.item == item)?.favorable.value)
    }
}
