//! One reader for all files of records: what stands in each column is declared in
//! `tribometer_surveys::telemetry::columns`, and a file becomes a frame with those columns.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use chrono::DateTime;
use foldhash::fast::RandomState;
use polars::prelude::*;
use tribometer_surveys::person::Person;
use tribometer_surveys::records::Cell;
use tribometer_surveys::team::TeamPath;
use tribometer_surveys::telemetry::bots::Bots;
use tribometer_surveys::telemetry::columns::{Column as Declared, Kind, yes_or_no};
use tribometer_surveys::telemetry::metrics::Source;
use tribometer_surveys::telemetry::pull_request::PullRequest;

use super::file::Format;
use super::parts::ByteRow;
use super::{Grid, Problem, Rejected, Rows, Table, Text, time, workbook};
use crate::answers::{NO_TEXT, category_column};
use crate::parquet;
use crate::tables::{LeftOut, Placing, Tables};

/// A file of records, all of them sound.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// A column for each of the shape that the file has, in the order of the shape.
    pub frame: DataFrame,
    /// A sentence for each column that is left out.
    pub warnings: Vec<String>,
}

/// Reads rows of text; every bad cell of them is named. Nothing is read of a source without a shape.
pub fn read<'a>(rows: impl Into<Rows<'a>>, source: Source) -> Result<Records, Rejected> {
    let Some(shape) = source.shape() else {
        return Ok(Records::default());
    };

    let names: Vec<&str> = shape.columns.iter().map(|column| column.name).collect();
    let required = shape.columns.iter().filter(|column| column.required);
    let required: Vec<&str> = required.map(|column| column.name).collect();
    let table = Table::new(rows, &required)?;
    let at: Vec<(usize, &Declared)> = (shape.columns.iter())
        .filter_map(|column| Some((table.column(column.name)?, column)))
        .collect();
    let parts = table.read_parts(
        |rows| {
            at.iter()
                .map(|(_, column)| Cells::new(column, rows))
                .collect::<Vec<Cells>>()
        },
        |cells, row, rejected| {
            for ((at, column), cells) in at.iter().zip(cells) {
                if let Err(message) = cells.push(&row, *at, column) {
                    let value = row.text(Some(*at));
                    rejected.push(Problem::of_cell(
                        table.name(),
                        row.line,
                        column.name,
                        value,
                        message,
                    ));
                }
            }
        },
    )?;
    let mut frame = DataFrame::empty();
    for cells in parts {
        let columns: Vec<Column> = cells.into_iter().map(Cells::finish).collect();
        let height = columns.first().map_or(0, Column::len);
        let part = DataFrame::new(height, columns).expect("cells of one part have one length");
        match frame.width() {
            0 => frame = part,
            _ => drop(
                frame
                    .vstack_mut(&part)
                    .expect("parts have the same columns"),
            ),
        }
    }
    if frame.width() == 0 {
        let columns = at.iter().map(|(_, column)| Cells::new(column, 0).finish());
        frame = DataFrame::new(0, columns.collect()).expect("no column has a row");
    }
    frame.rechunk_mut_par();
    Ok(Records {
        frame,
        warnings: table.unknown_columns(&names),
    })
}

/// The type of a column of a frame. All names have their codes from one list, so that columns of
/// different files can be compared.
pub fn dtype(kind: Kind) -> DataType {
    match kind {
        Kind::Text | Kind::Address => DataType::String,
        Kind::Name | Kind::Word(_) | Kind::Team | Kind::Flag => {
            DataType::from_categories(Categories::global())
        }
        Kind::Time | Kind::Moment | Kind::Id => DataType::Int64,
        Kind::Value => DataType::Float64,
        Kind::Number => DataType::UInt32,
    }
}

/// A column that grows cell by cell; what is missing is null.
pub(crate) enum Cells {
    Text(StringChunkedBuilder),
    Names(NameCells),
    /// Microseconds since 1970, or a number that names something.
    Long(PrimitiveChunkedBuilder<Int64Type>),
    Number(PrimitiveChunkedBuilder<UInt32Type>),
}

impl Cells {
    pub fn new(column: &Declared, rows: usize) -> Self {
        let name = PlSmallStr::from_static(column.name);
        match dtype(column.kind) {
            DataType::Int64 => Self::Long(PrimitiveChunkedBuilder::new(name, rows)),
            DataType::UInt32 => Self::Number(PrimitiveChunkedBuilder::new(name, rows)),
            DataType::String => Self::Text(StringChunkedBuilder::new(name, rows)),
            _ => Self::Names(NameCells {
                name,
                codes: Vec::with_capacity(rows),
                names: Vec::new(),
                known: HashMap::default(),
            }),
        }
    }

    /// Adds a cell, or says what was expected of it.
    fn push(&mut self, row: &ByteRow<'_>, at: usize, column: &Declared) -> Result<(), String> {
        let cell = row.cell(Some(at));
        let wrong = || Err(column.expected.to_owned());
        if cell.is_empty() {
            self.push_none();
            return match (column.required, column.kind) {
                (false, _) => Ok(()),
                (true, Kind::Word(words)) => Err(one_of(words)),
                (true, _) => wrong(),
            };
        }
        match (self, column.kind) {
            (Self::Text(texts), _) => texts.append_value(row.text(Some(at)).trim()),
            (Self::Names(names), kind) => {
                names.push(row.text(Some(at)), kind)?;
            }
            (Self::Long(times), Kind::Time) => match time::micros(cell) {
                Some(micros) => times.append_value(micros),
                None => return wrong(),
            },
            (Self::Long(ids), _) => match whole(cell) {
                Some(id) => ids.append_value(id),
                None => return wrong(),
            },
            (Self::Number(numbers), _) => match whole(cell).map(i32::try_from) {
                Some(Ok(number)) => numbers.append_value(number as u32),
                _ => return wrong(),
            },
        }
        Ok(())
    }

    fn push_none(&mut self) {
        match self {
            Self::Text(texts) => texts.append_null(),
            Self::Names(names) => names.codes.push(NO_TEXT),
            Self::Long(longs) => longs.append_null(),
            Self::Number(numbers) => numbers.append_null(),
        }
    }

    /// Adds a cell that was read before.
    pub fn push_cell(&mut self, cell: &Cell, kind: Kind) -> Result<(), String> {
        match (self, cell) {
            (Self::Text(texts), Cell::Text(text)) => texts.append_value(text),
            (Self::Names(names), Cell::Text(text)) => names.push(text, kind)?,
            (Self::Long(longs), Cell::Whole(number)) => longs.append_value(*number),
            (Self::Number(numbers), Cell::Whole(number)) => {
                let number = u32::try_from(*number);
                numbers.append_value(number.map_err(|_| "it is no number from 0".to_owned())?);
            }
            (cells, _) => cells.push_none(),
        }
        Ok(())
    }

    pub fn finish(self) -> Column {
        match self {
            Self::Text(texts) => texts.finish().into_column(),
            Self::Names(names) => names.finish(),
            Self::Long(longs) => longs.finish().into_column(),
            Self::Number(numbers) => numbers.finish().into_column(),
        }
    }
}

/// A column of names with codes of its own: a cell is understood once however often it comes, and
/// the list of all names, which threads share, is asked once about each.
pub(crate) struct NameCells {
    name: PlSmallStr,
    codes: Vec<u32>,
    names: Vec<String>,
    /// By the cell as it was written.
    known: HashMap<Box<str>, u32, RandomState>,
}

impl NameCells {
    fn push(&mut self, cell: &str, kind: Kind) -> Result<(), String> {
        let code = match self.known.get(cell) {
            Some(code) => *code,
            None => {
                let code = self.names.len() as u32;
                self.names.push(name(cell, kind)?.into_owned());
                self.known.insert(cell.into(), code);
                code
            }
        };
        self.codes.push(code);
        Ok(())
    }

    fn finish(self) -> Column {
        let names = Categories::global();
        let mapping = names.mapping();
        let common = self.names.iter();
        let common = common.map(|name| mapping.insert_cat(name).expect(FEWER_NAMES));
        let common: Vec<u32> = common.collect();
        let codes = self.codes.into_iter();
        let codes = codes.map(|code| common.get(code as usize).copied().unwrap_or(NO_TEXT));
        category_column(self.name, codes.collect(), DataType::from_categories(names))
    }
}

/// What codes of 32 bits take for granted.
pub(crate) const FEWER_NAMES: &str = "fewer different names than 2³²";

/// A cell of a column of names as it is kept, or what was expected of it.
pub(crate) fn name(cell: &str, kind: Kind) -> Result<Cow<'_, str>, String> {
    let cell = cell.trim();
    match kind {
        Kind::Word(words) => {
            let word = words.iter().find(|word| word.eq_ignore_ascii_case(cell));
            let word = word.ok_or_else(|| one_of(words))?;
            Ok(Cow::Borrowed(word))
        }
        Kind::Team => match cell.parse::<TeamPath>() {
            Ok(path) => Ok(Cow::Owned(path.to_string())),
            Err(cause) => Err(cause.to_string()),
        },
        Kind::Flag => match yes_or_no(cell) {
            Some(true) => Ok(Cow::Borrowed(YES)),
            Some(false) => Ok(Cow::Borrowed(NO)),
            None => Err("expected `yes` or `no`".to_owned()),
        },
        _ => Ok(Cow::Borrowed(cell)),
    }
}

/// How yes and no are kept.
pub(crate) const YES: &str = "yes";
const NO: &str = "no";

pub(crate) fn one_of(words: &[&str]) -> String {
    format!("expected one of: {}", words.join(", "))
}

/// A whole number from 0 to 2⁶³ − 1.
fn whole(cell: &[u8]) -> Option<i64> {
    let number: u64 = std::str::from_utf8(cell).ok()?.parse().ok()?;
    i64::try_from(number).ok()
}

/// A file of records, in the form that its ending says.
pub enum File {
    Csv(Text),
    /// A sheet of a workbook.
    Sheet(Grid),
    Parquet(PathBuf),
}

impl File {
    /// Opens a file; one whose name ends in `.parquet` is read when it is asked for. Of a workbook
    /// with several sheets the one that is named like the source is read.
    pub fn open(path: &Path, source: Source) -> Result<File, Rejected> {
        match Format::of(path)? {
            Format::Parquet => Ok(File::Parquet(path.to_owned())),
            Format::Csv => super::open(path).map(File::Csv),
            Format::Workbook => workbook::read(path, source.name()).map(File::Sheet),
        }
    }

    /// Its records.
    pub fn read(&self, source: Source) -> Result<Records, Rejected> {
        match self {
            File::Csv(text) => read(text, source),
            File::Sheet(grid) => read(grid, source),
            File::Parquet(path) => parquet::read(path, source),
        }
    }
}

/// The records of several files, placed in teams.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    pub tables: Tables,
    /// How much of each file was left out.
    pub left_out: BTreeMap<Source, LeftOut>,
    /// A sentence for each column that is left out.
    pub warnings: Vec<String>,
}

/// Reads files of records and finds out who is behind them; all that is wrong in any is named.
pub fn read_all(
    files: &[(Source, File)],
    people: Option<&[Person]>,
    bots: &Bots,
) -> Result<Recorded, Rejected> {
    let mut rejected = Rejected::default();
    let mut recorded = Recorded::default();
    let mut placing = Placing::new(people, bots);
    for (source, file) in files {
        match file.read(*source) {
            Ok(records) => {
                recorded.warnings.extend(records.warnings);
                let left_out = placing.add(*source, records.frame);
                let left_out = left_out.expect("a frame of the source's shape");
                recorded.left_out.insert(*source, left_out);
            }
            Err(problems) => rejected.append(problems),
        }
    }
    recorded.tables = placing.finish();
    rejected.into_result(recorded)
}

/// The rows of a pull_requests.csv one by one, as the domain has them.
pub fn pull_requests(records: &Records) -> impl Iterator<Item = PullRequest> + '_ {
    let frame = &records.frame;
    let names = |name: &str| frame.column(name).ok()?.cat32().ok();
    let longs = |name: &str| frame.column(name).ok().and_then(|column| column.i64().ok());
    let numbers = |name: &str| frame.column(name).ok().and_then(|column| column.u32().ok());
    let [repository, author, team, merged_by] =
        ["repository", "author", "team", "merged_by"].map(names);
    let author_is_bot = names("author_is_bot");
    let number = longs("number");
    let [
        first_commit,
        last_commit,
        created,
        ready,
        first_review,
        approved,
        merged,
        closed,
        deployed,
    ] = [
        "first_commit_at",
        "last_commit_at",
        "created_at",
        "ready_at",
        "first_review_at",
        "approved_at",
        "merged_at",
        "closed_at",
        "deployed_at",
    ]
    .map(longs);
    let [commits, additions, deletions, changed_files, review_rounds] = [
        "commits",
        "additions",
        "deletions",
        "changed_files",
        "review_rounds",
    ]
    .map(numbers);
    (0..frame.height()).map(move |row| {
        let text = |column: Option<&Categorical32Chunked>| {
            let code = column?.physical().get(row)?;
            column?.get_mapping().cat_to_str(code).map(str::to_owned)
        };
        let time = |column: Option<&Int64Chunked>| {
            column?.get(row).and_then(DateTime::from_timestamp_micros)
        };
        let count = |column: Option<&UInt32Chunked>| column?.get(row);
        PullRequest {
            repository: text(repository).unwrap_or_default(),
            number: number
                .and_then(|number| number.get(row))
                .unwrap_or_default() as u64,
            author: text(author).unwrap_or_default(),
            // The reader has parsed it once already.
            team: text(team).and_then(|path| path.parse().ok()),
            first_commit_at: time(first_commit),
            last_commit_at: time(last_commit),
            created_at: time(created),
            ready_at: time(ready),
            first_review_at: time(first_review),
            approved_at: time(approved),
            merged_at: time(merged),
            closed_at: time(closed),
            deployed_at: time(deployed),
            merged_by: text(merged_by),
            commits: count(commits),
            additions: count(additions),
            deletions: count(deletions),
            changed_files: count(changed_files),
            review_rounds: count(review_rounds),
            author_is_bot: text(author_is_bot).map(|is_bot| is_bot == YES),
        }
    })
}

#[cfg(test)]
mod tests;
