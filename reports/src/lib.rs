//! From plain data to Findings, from Findings to pages, charts and files. No database, no web server.

mod activity;
mod analysis;
pub mod association;
mod by_node;
pub mod change;
pub mod charts;
pub mod comments;
pub mod design;
pub mod did_it_help;
pub mod drivers;
mod estimates;
pub mod events;
mod evidence;
pub mod files;
pub mod findings;
pub mod friction;
pub mod groups;
pub mod hours;
pub mod html;
pub mod input;
pub mod intervals;
mod joined;
pub mod metrics;
pub mod mixed;
pub mod power;
pub mod pull_request;
pub mod raking;
pub mod random;
mod ranking;
pub mod ranks;
#[cfg(test)]
mod reference;
pub mod release;
pub mod reliability;
pub mod resample;
pub mod scores;
pub mod shrinkage;
pub mod small_area;
pub mod survival;
mod systems;
pub mod telemetry;
pub mod within;

pub use analysis::{analyze, analyze_with};
pub use comments::embedding::Embedding;
pub use findings::Findings;
pub use input::Input;
