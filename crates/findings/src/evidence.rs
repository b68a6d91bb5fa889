//! What the metrics say beside what people say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tribometer_surveys::telemetry::metrics::{Aggregate, Better};

use crate::Verdict;
use crate::version_0::English;

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
