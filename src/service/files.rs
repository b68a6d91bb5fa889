//! The files of a report that can be taken away, and their formats.

use tribometer_reports::files::{self, File, Format};

/// The formats of tables, in the order of the menu.
pub static FORMATS: [Format; 2] = files::FORMATS;

/// All files.
pub fn all() -> Vec<File> {
    File::all(&FORMATS)
}

/// The file of that name, if a report has one.
pub fn find(name: &str) -> Option<File> {
    all().into_iter().find(|file| file.name() == name)
}
