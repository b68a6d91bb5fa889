//! A file that people hand in: its text, and what is wrong with it.

use std::fmt;

use serde::Serialize;

/// How many problems of a file are told in full; the rest is counted.
pub const TOLD: usize = 100;
/// How much of a value a message repeats, in characters.
const SHOWN: usize = 40;

/// A file's text, known to be UTF-8.
pub struct Text {
    name: String,
    text: String,
}

/// What messages call a file, and the sheet of it where it is a workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    file: String,
    sheet: Option<Box<str>>,
}

/// One thing that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    pub file: String,
    /// The sheet of a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<Box<str>>,
    /// The line of a text, or the row of a sheet or of a Parquet file, counted from 1; absent when
    /// the whole file is meant.
    pub line: Option<u64>,
    /// The column's header.
    pub column: Option<String>,
    /// The beginning of what stands in the cell.
    pub value: Option<Box<str>>,
    /// What was expected, or what is wrong and what to do.
    pub message: String,
}

/// Why nothing of a file is used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct Rejected {
    /// The first [`TOLD`] problems, in the order of the file.
    pub problems: Vec<Problem>,
    /// How many there are.
    pub total: usize,
}

impl Text {
    /// Takes a file's bytes; a byte-order mark is left out.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Result<Text, Rejected> {
        let name = name.into();
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            return Err(
                Problem::of_file(&name, "it is UTF-16; save it as UTF-8".to_owned()).into(),
            );
        }
        let line_of = |at: usize, bytes: &[u8]| {
            1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count() as u64
        };
        if let Some(at) = memchr::memchr(0, &bytes) {
            let line = line_of(at, &bytes);
            let message =
                "it holds a zero byte, so it is no text; export it as CSV in UTF-8".to_owned();
            return Err(Problem {
                line: Some(line),
                ..Problem::of_file(&name, message)
            }
            .into());
        }
        match String::from_utf8(bytes) {
            Ok(mut text) => {
                if text.starts_with('\u{FEFF}') {
                    text.drain(..'\u{FEFF}'.len_utf8());
                }
                Ok(Text { name, text })
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes()[at];
                let message = format!(
                    "byte 0x{byte:02X} is not UTF-8; save the file as UTF-8, not as Latin-1 or \
                     Windows-1252"
                );
                let line = line_of(at, error.as_bytes());
                Err(Problem {
                    line: Some(line),
                    ..Problem::of_file(&name, message)
                }
                .into())
            }
        }
    }

    /// What messages call the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FileName {
    /// A sheet of a workbook.
    pub fn of_sheet(file: impl Into<String>, sheet: impl Into<Box<str>>) -> FileName {
        FileName {
            file: file.into(),
            sheet: Some(sheet.into()),
        }
    }

    /// A line, or a row of a sheet, as messages name it.
    pub fn line(&self, line: u64) -> String {
        let separator = if self.sheet.is_some() { ", row " } else { ":" };
        format!("{self}{separator}{line}")
    }
}

impl From<&str> for FileName {
    fn from(file: &str) -> Self {
        FileName {
            file: file.to_owned(),
            sheet: None,
        }
    }
}

impl From<&String> for FileName {
    fn from(file: &String) -> Self {
        file.as_str().into()
    }
}

impl From<&FileName> for FileName {
    fn from(name: &FileName) -> Self {
        name.clone()
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match &self.sheet {
            Some(sheet) => write!(f, ", sheet `{}`", shorten(sheet)),
            None => Ok(()),
        }
    }
}

impl Problem {
    /// A problem of a whole file.
    pub fn of_file(file: impl Into<FileName>, message: impl Into<String>) -> Problem {
        let FileName { file, sheet } = file.into();
        Problem {
            file,
            sheet,
            line: None,
            column: None,
            value: None,
            message: message.into(),
        }
    }

    /// A problem of one cell; an empty one has no value to show.
    pub fn of_cell(
        file: impl Into<FileName>,
        line: u64,
        column: &str,
        value: &str,
        message: impl Into<String>,
    ) -> Problem {
        Problem {
            line: Some(line),
            column: Some(shorten(column)),
            value: Some(shorten(value).into_boxed_str()).filter(|value| !value.is_empty()),
            ..Problem::of_file(file, message)
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = FileName {
            file: self.file.clone(),
            sheet: self.sheet.clone(),
        };
        match self.line {
            Some(line) => f.write_str(&name.line(line))?,
            None => write!(f, "{name}")?,
        }
        if let Some(column) = &self.column {
            write!(f, ": {column}")?;
        }
        if let Some(value) = &self.value {
            write!(f, ": `{value}`")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl Rejected {
    /// Notes one more problem.
    pub fn push(&mut self, problem: Problem) {
        self.total += 1;
        if self.problems.len() < TOLD {
            self.problems.push(problem);
        }
    }

    /// Notes the problems that were found further on.
    pub fn append(&mut self, later: Rejected) {
        self.total += later.total;
        let room = TOLD.saturating_sub(self.problems.len());
        self.problems.extend(later.problems.into_iter().take(room));
    }

    /// `Ok` if nothing is wrong.
    pub fn into_result<T>(self, value: T) -> Result<T, Rejected> {
        if self.total == 0 {
            Ok(value)
        } else {
            Err(self)
        }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        let untold = self.total - self.problems.len();
        if untold > 0 {
            writeln!(f, "and {untold} more")?;
        }
        Ok(())
    }
}

impl From<Problem> for Rejected {
    fn from(problem: Problem) -> Self {
        Rejected {
            problems: vec![problem],
            total: 1,
        }
    }
}

/// The beginning of a value, with control characters made visible.
pub fn shorten(value: &str) -> String {
    let mut shown: String = value.chars().take(SHOWN).flat_map(visible).collect();
    if value.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

fn visible(c: char) -> impl Iterator<Item = char> {
    let (escaped, plain) = if c.is_control() {
        (Some(c.escape_default()), None)
    } else {
        (None, Some(c))
    };
    escaped.into_iter().flatten().chain(plain)
}
