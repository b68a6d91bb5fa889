//! From plain data to Findings, from Findings to pages, charts and files. No database, no web server.

pub mod charts;
pub mod findings;
pub mod html;
pub mod input;

pub use findings::Findings;
pub use input::Input;
