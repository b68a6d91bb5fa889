//! What became of actions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Named;
use crate::version_0::English;

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
