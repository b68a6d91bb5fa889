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

/// A metric beside the pillar that it speaks to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    pub pillar: String,
    pub metric: String,
    /// `Time to first review`.
    pub name: String,
    pub unit: String,
    pub verdict: Verdict,
    /// What the verdict rests on; absent where it is unclear.
    #[serde(default)]
    pub basis: Option<Basis>,
    /// The organization's median, share or rate.
    pub level: Option<f64>,
    /// Its interval; absent for what somebody else aggregated.
    #[serde(default)]
    pub low: Option<f64>,
    #[serde(default)]
    pub high: Option<f64>,
    /// How the level is made of its values.
    #[serde(default)]
    pub aggregate: Option<Aggregate>,
    /// Values behind the level.
    #[serde(default)]
    pub n: u32,
    /// The level of the period before.
    #[serde(default)]
    pub before: Option<f64>,
    /// Which way is the good one.
    #[serde(default)]
    pub better: Option<Better>,
    /// What a quarter of the listed teams reach or better; absent with fewer than eight.
    #[serde(default)]
    pub peers: Option<f64>,
    /// What the organization has declared to be good enough.
    #[serde(default)]
    pub target: Option<f64>,
    /// How the level stands to the target; absent without one.
    #[serde(default)]
    pub target_reached: Option<TargetReached>,
    /// Spearman's coefficient across teams.
    pub association: Option<f64>,
    /// Kendall's τ_b across teams.
    #[serde(default)]
    pub kendall: Option<f64>,
    pub p: Option<f64>,
    pub q: Option<f64>,
    /// Why there is no coefficient.
    #[serde(default)]
    pub not_compared: Option<NotCompared>,
    /// Teams with both ratings and values.
    pub teams: u32,
    /// How ratings moved where both they and the level did beyond noise.
    #[serde(default)]
    pub ratings_moved: Option<RatingsMoved>,
    /// The same of people within their teams, where enough of them can be linked to what they
    /// wrote.
    #[serde(default)]
    pub within: Option<WithinTeams>,
    /// The teams that may be shown.
    pub points: Vec<TeamPoint>,
    /// All of this, in a document of version 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<English>,
}

/// What a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The association across teams.
    Teams,
    /// Metric and ratings moved since the wave before.
    Time,
    /// The declared target, and what people say.
    Target,
}

/// How a level stands to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TargetReached {
    /// With its whole interval.
    Met,
    /// With its whole interval.
    Missed,
    /// The interval leaves it open.
    Open,
}

/// Why there is no coefficient across teams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NotCompared {
    /// Too few have both ratings and values.
    FewTeams,
    /// All have the same value.
    SameValues,
    /// All have the same mean rating.
    SameRatings,
}

/// How ratings moved since the wave before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RatingsMoved {
    Fell,
    Rose,
}

/// Whether a metric and ratings go together within teams. The numbers are coarse, so that nobody's
/// rating can be worked out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WithinTeams {
    /// Spearman's coefficient of ranks less their team's mean, in hundredths.
    pub association: f64,
    /// By shuffling within teams, rounded up to hundredths.
    pub p: f64,
    /// At least so many people, in tens: the fewest behind any of these coefficients.
    pub people: u32,
}

/// One team's metric and rating.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TeamPoint {
    pub team: String,
    pub metric: f64,
    /// Mean rating of the pillar.
    pub rating: f64,
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

/// Whether the teams that an action reached changed otherwise than the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActionEffect {
    /// What was done: `Build cache for all services`.
    pub action: String,
    pub pillar: String,
    /// Its day, or the first wave after it.
    pub start: String,
    /// The last wave before it.
    pub before: Option<String>,
    /// The pillar's mean rating first, then its metrics; empty where nothing can be compared.
    pub changes: Vec<ActionChange>,
    /// Of the rating.
    pub verdict: Helped,
    /// Why nothing can be compared.
    #[serde(default)]
    pub not_comparable: Option<NotComparable>,
    /// The metrics that are not compared.
    #[serde(default)]
    pub left_out: Option<MetricsLeftOut>,
    /// All of this, in a document of version 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<English>,
}

/// Why the teams of an action cannot be compared with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NotComparable {
    /// The labels of the waves do not tell their days.
    WavesWithoutDays,
    /// It starts after this wave.
    StartsLater,
    /// There is no wave before it.
    NoWaveBefore,
    /// Of the teams that both waves show, none has it, or all have.
    OneSide,
}

/// The metrics of an action's pillar that are not compared, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum MetricsLeftOut {
    /// All of them: the action has a wave and no day.
    NoDay,
    /// Those without teams with values before and after it on both sides.
    FewTeams { metrics: Vec<Named> },
}

/// The changes of teams with and without an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActionChange {
    /// The metric's id; absent for the rating.
    pub metric: Option<String>,
    /// `PR cycle time`; absent for the rating.
    pub name: Option<String>,
    /// Whether the numbers are shares of what was before (0.1 is 10% more) instead of points or
    /// units.
    pub relative: bool,
    /// Whether they would be such shares if no team had a value of zero.
    #[serde(default)]
    pub has_zero: bool,
    /// Shown teams that have it, and that do not.
    pub teams_with: u32,
    pub teams_without: u32,
    /// The weighted mean changes of both.
    pub with: f64,
    pub without: f64,
    /// The first less the second, with its interval; that is absent with fewer than four teams on a
    /// side.
    pub difference: f64,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub p: Option<f64>,
    /// False discovery rate among all actions and metrics.
    pub q: Option<f64>,
    /// The same difference between the two waves before it: where it is far from zero, both sides
    /// were on different ways already.
    pub earlier: Option<f64>,
}

/// Whether an action helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Helped {
    /// Beyond noise.
    Better,
    /// Beyond noise.
    Worse,
    /// Nothing beyond noise.
    NoDifference,
    /// Fewer than four teams on a side, or none that changed otherwise than its side.
    TooFewTeams,
    /// There is nothing to compare.
    NotComparable,
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

/// The evidence about a pillar that its verdict is taken from: the strongest, and of equals the
/// first in the order of the catalog.
pub fn strongest<'a>(evidence: &'a [Evidence], pillar: &str) -> Option<&'a Evidence> {
    let strength = |row: &&Evidence| match row.verdict {
        Verdict::Confirmed => 3,
        Verdict::Contradicted => 2,
        Verdict::Unclear => 1,
        Verdict::NoMetric => 0,
    };
    let rows = evidence.iter().filter(|row| row.pillar == pillar);
    // Of equals `max_by_key` takes the last.
    rows.rev().max_by_key(strength)
}
