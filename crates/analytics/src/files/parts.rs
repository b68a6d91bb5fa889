//! A large file read by several threads: cut at line ends, where no quotes stand in the way.

use std::ops::Range;

use csv::{ByteRecord, StringRecord};
use rayon::prelude::*;

use super::table::{Body, Csv, LONGEST_CELL, Table, line_of};
use super::{Problem, Rejected};

/// Parts that each thread reads: several, so that all end at about the same time, and few, because
/// each part has its own lists of names.
const PARTS: usize = 4;
/// The smallest part that is worth a thread's while.
const SMALLEST_PART: usize = 1 << 20;

/// One row as bytes, for readers that are to be fast.
pub(crate) struct ByteRow<'a> {
    /// The line on which the row begins, counted from 1.
    pub line: u64,
    cells: &'a ByteRecord,
}

impl<'a> ByteRow<'a> {
    /// The cell of a column, without the space around it; empty for a column that the file lacks.
    pub fn cell(&self, column: Option<usize>) -> &'a [u8] {
        column
            .and_then(|at| self.cells.get(at))
            .unwrap_or_default()
            .trim_ascii()
    }

    /// The same as text, which it is, for the whole file is.
    pub fn text(&self, column: Option<usize>) -> &'a str {
        std::str::from_utf8(self.cell(column)).unwrap_or_default()
    }
}

/// Rows of a grid that are worth a thread's while.
const SMALLEST_ROWS: usize = 10_000;

/// Some rows of a file.
enum Part<'a> {
    Text(TextPart<'a>),
    Rows(Range<usize>),
}

/// Some lines of a text.
struct TextPart<'a> {
    text: &'a str,
    first_line: u64,
    /// At most so many rows.
    lines: usize,
}

impl Part<'_> {
    fn most_rows(&self) -> usize {
        match self {
            Part::Text(part) => part.lines,
            Part::Rows(rows) => rows.len(),
        }
    }
}

impl Table<'_> {
    /// Reads all rows, several parts of the file at the same time; each part is read into one
    /// value, made for at most so many rows, and the values come in the order of the file. Rows
    /// whose cells are all empty are left out. All bad rows are listed.
    pub(crate) fn read_parts<T: Send>(
        &self,
        make: impl Fn(usize) -> T + Sync,
        read: impl Fn(&mut T, ByteRow<'_>, &mut Rejected) + Sync,
    ) -> Result<Vec<T>, Rejected> {
        let parts: Vec<(T, Rejected)> = self
            .parts()
            .into_par_iter()
            .map(|part| {
                let (mut value, mut rejected) = (make(part.most_rows()), Rejected::default());
                self.read_part(&part, |row| match row {
                    Ok(row) => read(&mut value, row, &mut rejected),
                    Err(problem) => rejected.push(problem),
                });
                (value, rejected)
            })
            .collect();
        let mut rejected = Rejected::default();
        let mut values = Vec::with_capacity(parts.len());
        for (value, problems) in parts {
            rejected.append(problems);
            values.push(value);
        }
        rejected.into_result(values)
    }

    /// Reads all rows one after the other, without those whose cells are all empty.
    pub(crate) fn read_rows(&self, read: impl FnMut(Result<ByteRow<'_>, Problem>)) {
        let part = match &self.body {
            Body::Csv(csv) => Part::Text(TextPart {
                text: csv.body(),
                first_line: csv.first_line,
                lines: 0,
            }),
            Body::Grid(grid) => Part::Rows(0..grid.height()),
        };
        self.read_part(&part, read);
    }

    fn parts(&self) -> Vec<Part<'_>> {
        match &self.body {
            Body::Csv(csv) => text_parts(*csv),
            Body::Grid(grid) => {
                let rows = grid.height() / (PARTS * rayon::current_num_threads());
                let starts = (0..grid.height()).step_by(rows.max(SMALLEST_ROWS));
                let end = |start: usize| (start + rows.max(SMALLEST_ROWS)).min(grid.height());
                starts.map(|start| Part::Rows(start..end(start))).collect()
            }
        }
    }

    fn read_part(&self, part: &Part<'_>, mut read: impl FnMut(Result<ByteRow<'_>, Problem>)) {
        match (part, &self.body) {
            (Part::Text(part), Body::Csv(csv)) => {
                self.read_text(*csv, part.first_line, part.text, read);
            }
            (Part::Rows(rows), Body::Grid(grid)) => {
                let mut record = ByteRecord::new();
                for at in rows.clone() {
                    let line = grid.row(at, &mut record);
                    if !is_blank(&record) {
                        let cells = &record;
                        read(Ok(ByteRow { line, cells }));
                    }
                }
            }
            _ => {}
        }
    }
    fn read_text(
        &self,
        csv: Csv<'_>,
        first_line: u64,
        part: &str,
        mut read: impl FnMut(Result<ByteRow<'_>, Problem>),
    ) {
        let mut reader = csv.reader(part);
        let mut record = ByteRecord::new();
        loop {
            let begin = reader.position().clone();
            match reader.read_byte_record(&mut record) {
                Ok(false) => return,
                Ok(true) if is_blank(&record) => continue,
                Ok(true) => {}
                Err(cause) => {
                    let line = Some(first_line + begin.line() - 1);
                    let message = format!("it can't be read on: {cause}");
                    return read(Err(Problem {
                        line,
                        ..Problem::of_file(self.name(), message)
                    }));
                }
            }
            let place = record.position().cloned().unwrap_or(begin);
            let line = first_line + line_of(part, &place) - 1;
            let is_last = reader.position().byte() >= part.len() as u64;
            let long = record.as_slice().len() > LONGEST_CELL
                && record.iter().any(|cell| cell.len() > LONGEST_CELL);
            if is_last || long || record.len() != self.columns().len() {
                let record = StringRecord::from_byte_record_lossy(record.clone());
                let last = is_last.then(|| &part[place.byte() as usize..]);
                if let Err(problem) = self.check(csv, &record, line, last) {
                    read(Err(problem));
                    continue;
                }
            }
            let cells = &record;
            read(Ok(ByteRow { line, cells }));
        }
    }
}

/// The text after the header, cut at line ends. A file with quotes is one part: a line end may
/// be inside of them.
fn text_parts(csv: Csv<'_>) -> Vec<Part<'_>> {
    let mut rest = csv.body();
    let size = match memchr::memchr(b'"', rest.as_bytes()) {
        Some(_) => rest.len(),
        None => rest.len() / (PARTS * rayon::current_num_threads()),
    };
    let mut first_line = csv.first_line;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let wanted = size.max(SMALLEST_PART).min(rest.len());
        let end = memchr::memchr(b'\n', &rest.as_bytes()[wanted..])
            .map_or(rest.len(), |at| wanted + at + 1);
        let (text, after) = rest.split_at(end);
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).count();
        parts.push(Part::Text(TextPart {
            text,
            first_line,
            lines: ends + 1,
        }));
        first_line += ends as u64;
        rest = after;
    }
    parts
}

fn is_blank(record: &ByteRecord) -> bool {
    record.iter().all(|cell| cell.trim_ascii().is_empty())
}
