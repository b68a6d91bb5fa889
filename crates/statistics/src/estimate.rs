//! What the methods give: a number with its interval, and a difference with its test.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::thresholds::ALPHA;

/// A number with its 95% interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// A difference between this wave and the previous one, in the unit of what changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    pub change: f64,
    pub low: f64,
    pub high: f64,
    /// False discovery rate within its table; the p value of what stands alone.
    pub q: Option<f64>,
    /// The same with teams as the units of chance, where what all of a team's people went through
    /// counts once; absent for fewer than eight teams that are shown.
    #[serde(default)]
    pub q_by_team: Option<f64>,
}

impl Change {
    /// Whether chance alone is an unlikely explanation: q at most 0.05, also with teams as units of
    /// chance where that is known, and zero outside of the interval. A share has the q of its mean,
    /// so that the interval speaks for the share itself.
    pub fn is_beyond_noise(&self) -> bool {
        let is_rare = |q: f64| q <= ALPHA;
        let excludes_zero = self.low > 0.0 || self.high < 0.0;
        excludes_zero && self.q.is_some_and(is_rare) && self.q_by_team.is_none_or(is_rare)
    }
}
