//! The statistical methods, each in a module that reads beside its paper.
//!
//! They take slices, matrices and sums, and know neither surveys nor people; nothing here reads a
//! file, a clock or a database. docs/methods.md says where each formula comes from and when it is
//! used.
//!
//! ```
//! use tribometer_statistics::intervals;
//!
//! let share = intervals::wilson(34, 120).expect("somebody answered");
//! assert!(share.low < 34.0 / 120.0 && 34.0 / 120.0 < share.high);
//! ```

pub mod association;
pub mod change;
pub mod did_it_help;
pub mod drivers;
pub mod estimate;
pub mod friction;
pub mod intervals;
pub mod mixed;
pub mod raking;
pub mod random;
pub mod ranks;
pub mod ratings;
#[cfg(any(test, feature = "reference"))]
pub mod reference;
pub mod reliability;
pub mod resample;
pub mod shrinkage;
pub mod small_area;
pub mod survival;
pub mod thresholds;
pub mod within;

pub use estimate::{Change, Estimate};
