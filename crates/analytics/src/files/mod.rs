//! The files that people hand in and take away: docs/file-formats.md is their contract.
//!
//! Reading never stops at the first mistake: every bad row is named, and then nothing of the file
//! is used.

pub mod actions;
mod cells;
mod file;
pub(crate) mod frame;
mod grid;
pub mod metrics;
mod parts;
pub mod people;
pub mod records;
pub mod responses;
#[cfg(test)]
mod round_trip;
mod table;
mod time;
mod workbook;

use std::path::Path;

pub use file::{File, open_table};
pub use grid::Grid;
pub use table::{Row, Rows, Table};
pub(crate) use time::micros;
pub use tribometer_surveys::file::{FileName, Problem, Rejected, Text};

/// Reads a file of text.
pub fn open(path: &Path) -> Result<Text, Rejected> {
    let name = path.display().to_string();
    match std::fs::read(path) {
        Ok(bytes) => match file::what_else(&bytes) {
            Some(message) => Err(Problem::of_file(&name, message).into()),
            None => Text::new(name, bytes),
        },
        Err(cause) => Err(Problem::of_file(&name, format!("it can't be read: {cause}")).into()),
    }
}
