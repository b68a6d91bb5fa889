//! The files of a report that can be taken away, and their formats.

use tribometer_analytics::parquet;
use tribometer_reports::files::{CSV, File, Format, TableFormat};

/// The formats of tables, in the order of the menu.
pub static FORMATS: [Format; 3] = [CSV, PARQUET, Format::Workbook];

/// polars writes it, which the reports do not know.
const PARQUET: Format = Format::Tables(TableFormat {
    name: "Parquet",
    ending: "parquet",
    content_type: "application/vnd.apache.parquet",
    write: parquet::write,
});

/// All files.
pub fn all() -> Vec<File> {
    File::all(&FORMATS)
}

/// The file of that name, if a report has one.
pub fn find(name: &str) -> Option<File> {
    all().into_iter().find(|file| file.name() == name)
}
