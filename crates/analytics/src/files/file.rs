//! A table that somebody hands in, in the form that its ending says.

use std::path::Path;

use super::table::Rows;
use super::{FileName, Grid, Problem, Rejected, Text, frame, workbook};

/// A table as rows of text.
pub enum File {
    Csv(Text),
    /// A sheet of a workbook, or a Parquet file.
    Grid(Grid),
}

impl File {
    /// What messages call it.
    pub fn name(&self) -> FileName {
        match self {
            File::Csv(text) => text.name().into(),
            File::Grid(grid) => grid.name().clone(),
        }
    }
}

impl<'a> From<&'a File> for Rows<'a> {
    fn from(file: &'a File) -> Self {
        match file {
            File::Csv(text) => Rows::Csv(text),
            File::Grid(grid) => Rows::Grid(grid),
        }
    }
}

/// What a file's ending says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Parquet,
    Workbook,
}

impl Format {
    /// Of a path, in any case. CSV files have all kinds of endings, and pipes have none.
    pub(super) fn of(path: &Path) -> Result<Format, Rejected> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        let ending = ending.unwrap_or_default().to_ascii_lowercase();
        match ending.as_str() {
            "parquet" => Ok(Format::Parquet),
            "xlsx" => Ok(Format::Workbook),
            "xls" | "xlsb" | "xlsm" | "xltx" | "xltm" | "ods" | "fods" | "numbers" => {
                let message = format!(
                    "files that end in .{ending} are not read; save it as .xlsx, or export it as \
                     CSV"
                );
                Err(Problem::of_file(&path.display().to_string(), message).into())
            }
            _ => Ok(Format::Csv),
        }
    }
}

/// Opens a table. `input` is what is expected, such as `people`: where a workbook has several
/// sheets, the one with this name is read.
pub fn open_table(path: &Path, input: &str) -> Result<File, Rejected> {
    match Format::of(path)? {
        Format::Csv => super::open(path).map(File::Csv),
        Format::Parquet => frame::read(path).map(File::Grid),
        Format::Workbook => workbook::read(path, input).map(File::Grid),
    }
}

/// What bytes are, where they are no text: a word about the ending that they need.
pub(super) fn what_else(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"PK\x03\x04") {
        Some("it is a workbook or another zip archive, not CSV; a workbook's name ends in .xlsx")
    } else if bytes.starts_with(b"PAR1") {
        Some("it is a Parquet file, not CSV; name it .parquet")
    } else if bytes.starts_with(OLD_WORKBOOK) {
        Some("it is a workbook in an old format, not CSV; save it as .xlsx")
    } else {
        None
    }
}

/// How workbooks of Excel 97 begin, and those with a password.
pub(super) const OLD_WORKBOOK: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];
