//! The states of a wave.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Where a wave stands. It only ever moves forward: a closed wave never opens again, for its
/// results are out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WaveState {
    /// Planned; nobody is invited yet.
    Scheduled,
    /// Participants are frozen and invited, answers come in, and only participation is shown.
    Open,
    /// No more answers; the findings are computed and stay as they are.
    Closed,
}

/// A wave cannot move from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a wave that is {from} cannot become {to}")]
pub struct WaveStateError {
    pub from: WaveState,
    pub to: WaveState,
}

/// A text names no state.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not the state of a wave; expected scheduled, open or closed")]
pub struct UnknownWaveState(pub String);

impl WaveState {
    /// All states in the order in which a wave passes through them.
    pub const ALL: [WaveState; 3] = [WaveState::Scheduled, WaveState::Open, WaveState::Closed];

    /// The state as it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            WaveState::Scheduled => "scheduled",
            WaveState::Open => "open",
            WaveState::Closed => "closed",
        }
    }

    /// Moves on to another state, if that is the next one.
    pub fn advance(self, to: WaveState) -> Result<WaveState, WaveStateError> {
        match (self, to) {
            (WaveState::Scheduled, WaveState::Open) | (WaveState::Open, WaveState::Closed) => {
                Ok(to)
            }
            (from, to) => Err(WaveStateError { from, to }),
        }
    }
}

impl fmt::Display for WaveState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for WaveState {
    type Err = UnknownWaveState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let state = WaveState::ALL
            .into_iter()
            .find(|state| state.as_str() == text);
        state.ok_or_else(|| UnknownWaveState(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_moves_one_step_forward_and_nowhere_else() {
        for from in WaveState::ALL {
            for to in WaveState::ALL {
                let next = from as usize + 1 == to as usize;
                assert_eq!(from.advance(to).is_ok(), next, "{from} to {to}");
            }
        }
    }

    #[test]
    fn states_are_stored_by_name() {
        for state in WaveState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert_eq!(
            "OPEN".parse::<WaveState>(),
            Err(UnknownWaveState("OPEN".to_owned()))
        );
    }
}
