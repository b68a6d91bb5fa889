//! From plain data to Findings, from Findings to pages, charts and files. No database, no web server.

pub mod charts;
pub mod files;
pub mod findings;
pub mod html;
pub mod input;
pub mod metrics;
pub mod pull_request;
pub mod telemetry;

pub use findings::Findings;
pub use input::Input;
