//! The files that people hand in and take away: docs/file-formats.md is their contract.
//!
//! Reading never stops at the first mistake: every bad row is named, and then nothing of the file
//! is used.

pub mod actions;
mod cells;
pub mod metrics;
mod parts;
pub mod people;
pub mod records;
pub mod responses;
mod table;
mod time;

use std::path::Path;

pub use table::{Row, Table};
pub(crate) use time::micros;
pub use tribometer_surveys::file::{Problem, Rejected, Text};

/// Reads a file.
pub fn open(path: &Path) -> Result<Text, Rejected> {
    let name = path.display().to_string();
    match std::fs::read(path) {
        Ok(bytes) => Text::new(name, bytes),
        Err(cause) => Err(Problem::of_file(&name, format!("it can't be read: {cause}")).into()),
    }
}
