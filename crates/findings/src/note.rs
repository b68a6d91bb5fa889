//! What the analysis left out or did otherwise, and why: facts, of which a reader's language makes
//! sentences.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tribometer_statistics::drivers::Refusal;
use tribometer_statistics::reliability::Unknown;

use crate::Named;
use crate::version_0::English;

/// One thing that was left out or done otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Note {
    /// There are fewer responses than the minimum group: no ranking.
    FewResponses,
    /// No roster was given: no response rates.
    NoRoster,
    /// All respondents are in one team: intervals are too narrow.
    OneTeam,
    /// All respondents are in two teams: all pillars are tied.
    TwoTeams,
    /// Nobody picked pillars: pain is a low rating.
    NobodyPicked,
    /// Everybody was asked a random part of the pillars.
    PlannedMissing {
        /// Pillars that a respondent was asked about, on average.
        asked: f64,
        /// Pillars in the wave.
        pillars: u32,
        /// How many times as wide intervals are as if all had been asked everything, at most.
        widening: f64,
    },
    /// Pillars with fewer ratings than the minimum group, by id.
    FewRatings { pillars: Vec<String> },
    /// Nobody answered both this wave and the one before, as far as is known.
    NobodyLinked,
    /// Items that an earlier wave asked in other words: not compared with it. The name is the
    /// pillar's, or the item's own words.
    Reworded { wave: String, items: Vec<Named> },
    /// No people are known, whose names could be taken out of comments: none is shown.
    CommentsWithoutPeople { comments: u32 },
    /// Comments of groups too small to be shown under, and empty ones.
    CommentsHidden { hidden: u32, comments: u32 },
    /// Comments are sorted by their words instead of by an embedding model.
    NoEmbedding { why: NoEmbedding },
    /// Changes since an earlier wave that chance cannot be told from.
    ChangesUntested {
        wave: String,
        pillars: u32,
        groups: u32,
    },
    /// Friction is not joined with telemetry: too few teams have both.
    NotJoined,
    /// Metrics of which a team's median is zero: it counts as half of the smallest other one.
    ZeroMedians { metrics: Vec<Named> },
    /// Metrics without logarithms, because a team's median is below zero or all are zero: not
    /// joined with friction.
    NoLogarithms { metrics: Vec<Named> },
    /// Outcomes that no impact can be on. The name is the outcome in the survey's words.
    OutcomesLeftOut {
        outcomes: Vec<Named>,
        why: OutcomeLeftOut,
    },
    /// Something about the impact on outcomes.
    Impact {
        outcomes: Vec<Named>,
        /// Outcomes that impact could be on.
        of: u32,
        fact: ImpactFact,
    },
    /// How reliable the outcomes are together is not known.
    OutcomesUnreliable { why: Unknown },
    /// No pull request was merged: no times that end with the merge.
    NothingMerged,
    /// Metrics without a value.
    MetricsWithoutValues { metrics: Vec<Named> },
    /// Metrics with too few values for an interval, and how many they have.
    MetricsOfFewValues { metrics: Vec<Counted> },
    /// Metrics with fewer people behind them than the minimum group.
    MetricsOfFewPeople { metrics: Vec<Named> },
    /// Times that end before they begin, by metric.
    NegativeTimes { metrics: Vec<Counted> },
    /// Metrics that were reported and could have been computed.
    ReportedMetrics { metrics: Vec<Named> },
    /// Reported rows of teams that nobody is in.
    UnknownTeams {
        rows: u32,
        /// Some of these teams.
        teams: Vec<String>,
        /// How many others there are.
        more: u32,
    },
    /// Words of a document of version 0.
    #[serde(untagged)]
    English(English),
}

/// Something with a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counted {
    pub id: String,
    pub name: String,
    pub n: u32,
}

/// Why no impact can be on an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OutcomeLeftOut {
    /// Too few people rated it.
    FewPeople,
    /// Its ratings do not differ within teams.
    NoVariance,
}

/// How the impact on an outcome was computed, or why it was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ImpactFact {
    /// Each pair of pillars is taken from those who rated both.
    Pairwise {
        /// People who rated everything.
        complete: u32,
        /// People who rated the outcome.
        rated: u32,
        /// The fewest behind a pair.
        least: u32,
    },
    /// Pairs contradicted each other, so that eigenvalues of their correlations were raised.
    Raised { raised: u32, eigenvalues: u32 },
    /// Shares are by relative weights: exact ones of so many pillars take too long.
    RelativeWeights,
    /// Pillars that say the same, by id.
    Collinear { pillars: Vec<String> },
    /// There is no impact.
    NotShown { why: NoImpact },
    /// Pillars without impact, by id.
    PillarsNotShown {
        pillars: Vec<String>,
        why: PillarNotShown,
    },
}

/// Why there is no impact on an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum NoImpact {
    /// Too few people rated everything.
    FewPeople { people: u32 },
    /// Too few teams have answers.
    FewTeams { teams: u32 },
    /// So many pillars and teams need more people than there are.
    FewPeopleForPillars {
        pillars: u32,
        teams: u32,
        needed: u32,
        people: u32,
    },
    /// In most teams hardly two people rated the same two pillars.
    FewPairsInTeams,
    /// The numbers carry none.
    Refused { refusal: Refusal },
}

/// Why a pillar has no impact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PillarNotShown {
    /// Too few people rated it and each of the other pillars.
    FewPeople,
    /// Its ratings do not differ within teams.
    NoVariance,
}

/// Why an embedding model gave no vectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum NoEmbedding {
    /// The program can't be started; the cause is the operating system's.
    NotStarted { cause: String },
    /// It has no input or output.
    NoPipes,
    /// It took longer than so many seconds.
    TooSlow { seconds: u64 },
    /// Its output can't be read.
    NoOutput,
    /// A line of its output can't be read; the cause is the operating system's.
    BadLine { line: u64, cause: String },
    /// A line of its output is no JSON list of numbers, and begins like this.
    NoNumbers { line: u64, start: String },
    /// It failed, as the operating system puts it: `exit status: 3`.
    Failed { status: String },
    /// It can't be waited for; the cause is the operating system's.
    Lost { cause: String },
    /// It gave another number of vectors than of texts.
    OtherCount { vectors: u64, texts: u64 },
    /// The vector of a text is empty, all zeros, has another length than the first, or numbers that
    /// are not finite.
    BadVector {
        /// From 1 on.
        text: u64,
        /// Of the first vector.
        length: u64,
    },
}
