//! The drivers of a wave's outcomes: which pillars go with each, and how surely. Associated, not
//! caused.

mod notes;
mod plan;
mod wave;

pub use plan::Teams;
pub use wave::{Drivers, drivers};
