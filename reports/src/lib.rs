//! What people read: pages, charts, tables and files, each made of
//! [`Findings`](tribometer_findings::Findings) alone.
//!
//! No answer, no person and no query comes this far.
//!
//! ```
//! use tribometer_findings::Findings;
//! use tribometer_reports::html::report_file;
//!
//! assert!(report_file(&Findings::sample()).starts_with("<!doctype html>"));
//! ```

pub mod charts;
pub mod files;
pub mod html;
pub mod tables;
pub mod words;
