//! A file as rows of cells: columns by name, and a line for every complaint. The separator of a CSV
//! file is found in its header.

use csv::{ByteRecord, StringRecord};
use tribometer_surveys::file::{FileName, shorten};

use super::{Grid, Problem, Rejected, Text};

/// The longest cell that is believed; a longer one is rather a quote that was never closed.
pub(super) const LONGEST_CELL: usize = 1 << 20;
/// The most columns, and the longest name of one: what is not known becomes an attribute of
/// everybody.
pub(super) const MOST_COLUMNS: usize = 1_000;
const LONGEST_NAME: usize = 1_000;
/// The separators that a header may show.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// A file of rows: the text of a CSV file, or the cells of a sheet or of a Parquet file.
#[derive(Clone, Copy)]
pub enum Rows<'a> {
    Csv(&'a Text),
    Grid(&'a Grid),
}

impl<'a> From<&'a Text> for Rows<'a> {
    fn from(text: &'a Text) -> Self {
        Rows::Csv(text)
    }
}

impl<'a> From<&'a Grid> for Rows<'a> {
    fn from(grid: &'a Grid) -> Self {
        Rows::Grid(grid)
    }
}

/// A file of rows whose header is known to be sound.
pub struct Table<'a> {
    name: FileName,
    columns: Vec<String>,
    /// Where the header is; nowhere in a file whose columns have names beside their cells.
    header_line: Option<u64>,
    pub(super) body: Body<'a>,
}

/// What follows the header.
pub(super) enum Body<'a> {
    Csv(Csv<'a>),
    Grid(&'a Grid),
}

/// The text of a CSV file.
#[derive(Clone, Copy)]
pub(super) struct Csv<'a> {
    text: &'a Text,
    separator: u8,
    /// Where the first row after the header begins, and its line.
    start: usize,
    pub first_line: u64,
}

/// One row: where it stands and what its cells say.
pub struct Row {
    /// The line on which the row begins, or the row of a sheet, counted from 1.
    pub line: u64,
    cells: StringRecord,
}

impl Row {
    /// The cell of a column, without the space around it; empty for a column that the file lacks.
    pub fn cell(&self, column: Option<usize>) -> &str {
        column
            .and_then(|at| self.cells.get(at))
            .unwrap_or("")
            .trim()
    }

    /// All cells in the order of the columns.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        self.cells.iter()
    }
}

impl<'a> Table<'a> {
    /// Reads the header; `required` columns must be there, and no column twice. Names are compared
    /// in any case.
    pub fn new(rows: impl Into<Rows<'a>>, required: &[&str]) -> Result<Table<'a>, Rejected> {
        let (table, labels) = match rows.into() {
            Rows::Csv(text) => Self::of_text(text)?,
            Rows::Grid(grid) => Self::of_grid(grid)?,
        };
        let wrong = |message: String| table.header_problem(message);
        let mut rejected = Rejected::default();
        for (at, (name, label)) in table.columns.iter().zip(&labels).enumerate() {
            if name.is_empty() {
                rejected.push(wrong(format!(
                    "column {label} has no name; name it or remove it"
                )));
            } else if name.len() > LONGEST_NAME {
                rejected.push(wrong(format!(
                    "column {label} is named `{}`, in {} bytes; at most {LONGEST_NAME} are read. \
                     Is a quote missing?",
                    shorten(name),
                    name.len()
                )));
            } else if let Some(first) = table.column(name).filter(|first| *first < at) {
                let message = format!(
                    "columns {} and {label} are both named `{}`; keep one",
                    labels[first],
                    shorten(name)
                );
                rejected.push(wrong(message));
            }
        }
        for name in required {
            if table.column(name).is_none() {
                let found: Vec<String> = table
                    .columns
                    .iter()
                    .take(20)
                    .map(|name| format!("`{}`", shorten(name)))
                    .collect();
                rejected.push(wrong(format!(
                    "there is no column `{name}`; the columns are {}",
                    found.join(", ")
                )));
            }
        }
        rejected.into_result(table)
    }

    /// The header of a text, with the separator that makes the most columns of it, and what
    /// messages call the columns.
    fn of_text(text: &'a Text) -> Result<(Self, Vec<String>), Rejected> {
        let header_of = |separator| {
            let (mut header, mut reader) = (StringRecord::new(), reader(text.as_str(), separator));
            reader
                .read_record(&mut header)
                .map(|_| (header, reader.position().clone()))
        };
        let wrong = |message: String| Problem {
            line: Some(1),
            ..Problem::of_file(text.name(), message)
        };
        let mut best = StringRecord::new();
        let (mut separator, mut end) = (SEPARATORS[0], csv::Position::new());
        for candidate in SEPARATORS {
            let (header, place) = header_of(candidate).map_err(|cause| wrong(cause.to_string()))?;
            if header.len() > best.len() {
                (best, separator, end) = (header, candidate, place);
            }
        }
        if best.len() > MOST_COLUMNS {
            let message = format!(
                "it has {} columns; at most {MOST_COLUMNS} are read. Is it the right file?",
                best.len()
            );
            return Err(wrong(message).into());
        }
        let columns: Vec<String> = best.iter().map(|name| name.trim().to_owned()).collect();
        if columns.iter().all(String::is_empty) {
            return Err(Problem::of_file(
                text.name(),
                "it is empty; its first line must name the columns",
            )
            .into());
        }
        let labels = (1..=columns.len()).map(|at| at.to_string()).collect();
        let table = Table {
            name: text.name().into(),
            columns,
            header_line: Some(1),
            body: Body::Csv(Csv {
                text,
                separator,
                start: end.byte() as usize,
                first_line: end.line(),
            }),
        };
        Ok((table, labels))
    }

    fn of_grid(grid: &'a Grid) -> Result<(Self, Vec<String>), Rejected> {
        let columns = grid.columns();
        if columns.is_empty() {
            let message = "it is empty; its first row must name the columns";
            return Err(Problem::of_file(grid.name(), message).into());
        }
        let names = columns.iter().map(|column| column.name.trim().to_owned());
        let labels = columns.iter().map(|column| column.label.clone());
        let table = Table {
            name: grid.name().clone(),
            columns: names.collect(),
            header_line: grid.header_line(),
            body: Body::Grid(grid),
        };
        Ok((table, labels.collect()))
    }

    /// What messages call the file.
    pub fn name(&self) -> &FileName {
        &self.name
    }

    /// A problem of the header.
    pub fn header_problem(&self, message: impl Into<String>) -> Problem {
        Problem {
            line: self.header_line,
            ..Problem::of_file(&self.name, message)
        }
    }

    /// The columns' names as they are written.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Where a column stands, by its name in any case.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| column.eq_ignore_ascii_case(name))
    }

    /// A sentence for each column that none of `known` names.
    pub fn unknown_columns(&self, known: &[&str]) -> Vec<String> {
        let unknown = self
            .columns
            .iter()
            .filter(|column| !known.iter().any(|name| name.eq_ignore_ascii_case(column)));
        unknown
            .map(|column| {
                format!(
                    "{}: the column `{}` is not known and is left out",
                    self.name(),
                    shorten(column)
                )
            })
            .collect()
    }

    /// The rows after the header, without those whose cells are all empty.
    pub fn rows(&self) -> Box<dyn Iterator<Item = Result<Row, Problem>> + '_> {
        match &self.body {
            Body::Csv(csv) => Box::new(self.text_rows(*csv)),
            Body::Grid(grid) => {
                let mut record = ByteRecord::new();
                let row = move |at| {
                    let line = grid.row(at, &mut record);
                    let cells = StringRecord::from_byte_record_lossy(record.clone());
                    Row { line, cells }
                };
                let rows = (0..grid.height()).map(row);
                let is_blank = |row: &Row| row.cells().all(|cell| cell.trim().is_empty());
                Box::new(rows.filter(move |row| !is_blank(row)).map(Ok))
            }
        }
    }

    fn text_rows(&self, csv: Csv<'a>) -> impl Iterator<Item = Result<Row, Problem>> {
        let text = csv.text.as_str();
        let mut reader = csv.reader(text);
        let mut record = StringRecord::new();
        let mut header_is_read = false;
        let mut done = false;
        std::iter::from_fn(move || {
            while !done {
                let place = reader.position().clone();
                match reader.read_record(&mut record) {
                    Ok(false) => {
                        done = true;
                    }
                    Ok(true) if !header_is_read => header_is_read = true,
                    Ok(true) if record.iter().all(|cell| cell.trim().is_empty()) => {}
                    Ok(true) => {
                        let place = record.position().cloned().unwrap_or(place);
                        let is_last =
                            reader.is_done() || reader.position().byte() >= text.len() as u64;
                        let last = is_last.then(|| &text[place.byte() as usize..]);
                        let line = line_of(text, &place);
                        return Some(self.check(csv, &record, line, last).map(|()| Row {
                            line,
                            cells: record.clone(),
                        }));
                    }
                    Err(cause) => {
                        done = true;
                        let message = format!("it can't be read on: {cause}");
                        return Some(Err(Problem {
                            line: Some(place.line()),
                            ..Problem::of_file(self.name(), message)
                        }));
                    }
                }
            }
            None
        })
    }

    /// Finds fault with a row. `last` is the text from the last row on: only there a missing quote
    /// shows.
    pub(super) fn check(
        &self,
        csv: Csv<'_>,
        record: &StringRecord,
        line: u64,
        last: Option<&str>,
    ) -> Result<(), Problem> {
        let wrong = |message: String| Problem {
            line: Some(line),
            ..Problem::of_file(self.name(), message)
        };
        if last.is_some_and(|text| ends_within_quotes(text.as_bytes(), csv.separator)) {
            return Err(wrong(
                "a quote that begins in this row is never closed; the file may be cut off"
                    .to_owned(),
            ));
        }
        let found = record.len();
        if let Some((at, cell)) = record
            .iter()
            .enumerate()
            .find(|(_, cell)| cell.len() > LONGEST_CELL)
        {
            let column = self.columns.get(at).map_or("", String::as_str);
            let message = format!(
                "the cell has {} bytes; at most {LONGEST_CELL} are read. Is a quote missing?",
                cell.len()
            );
            return Err(Problem::of_cell(self.name(), line, column, cell, message));
        }
        if found != self.columns.len() {
            return Err(wrong(format!(
                "expected {} cells as in the header, found {found}; quote cells that hold the \
                 separator, or complete the row",
                self.columns.len(),
            )));
        }
        Ok(())
    }
}

impl<'a> Csv<'a> {
    /// What follows the header.
    pub(super) fn body(&self) -> &'a str {
        &self.text.as_str()[self.start..]
    }

    pub(super) fn reader<'t>(&self, text: &'t str) -> csv::Reader<&'t [u8]> {
        reader(text, self.separator)
    }
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes())
}

/// The line on which a record begins. Its place is where the reader stood before it skipped empty
/// lines and the second half of a line end.
pub(super) fn line_of(text: &str, place: &csv::Position) -> u64 {
    let skipped = text.as_bytes()[place.byte() as usize..]
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'));
    place.line() + skipped.filter(|byte| **byte == b'\n').count() as u64
}

/// Whether the text ends before the quote that it is in.
fn ends_within_quotes(row: &[u8], separator: u8) -> bool {
    let (mut quoted, mut at_start) = (false, true);
    for byte in row {
        match byte {
            b'"' if quoted => quoted = false,
            // A quote right after a closing one is an escaped quote; elsewhere within a cell it is
            // an ordinary character.
            b'"' if at_start => quoted = true,
            _ => {}
        }
        at_start = !quoted && (*byte == separator || matches!(byte, b'\n' | b'\r' | b'"'));
    }
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(text: &str) -> Result<Vec<Vec<String>>, Rejected> {
        let text = Text::new("file.csv", text.into())?;
        let table = Table::new(&text, &[])?;
        let mut rejected = Rejected::default();
        let mut rows = Vec::new();
        for row in table.rows() {
            match row {
                Ok(row) => rows.push(row.cells().map(str::to_owned).collect()),
                Err(problem) => rejected.push(problem),
            }
        }
        rejected.into_result(rows)
    }

    fn complaint(text: &[u8]) -> String {
        let rejected = match Text::new("file.csv", text.to_vec()) {
            Ok(text) => rows(text.as_str()).expect_err("the file is bad"),
            Err(rejected) => rejected,
        };
        rejected.to_string().trim_end().to_owned()
    }

    #[test]
    fn the_separator_is_found_in_the_header() {
        let expected = vec![vec!["1".to_owned(), "2, 3".to_owned()]];
        assert_eq!(rows("a;b\n1;2, 3\n"), Ok(expected.clone()));
        assert_eq!(rows("a\tb\r\n1\t2, 3"), Ok(expected.clone()));
        assert_eq!(rows("\u{FEFF}a,b\n\n1,\"2, 3\"\n,\n"), Ok(expected));
    }

    #[test]
    fn a_file_that_is_no_csv_is_refused_in_words() {
        assert_eq!(
            complaint(b""),
            "file.csv: it is empty; its first line must name the columns"
        );
        assert_eq!(
            complaint(b"\xFF\xFEa\0"),
            "file.csv: it is UTF-16; save it as UTF-8"
        );
        assert_eq!(
            complaint(b"a,b\n1,\0"),
            "file.csv:2: it holds a zero byte, so it is no text; export it as CSV in UTF-8"
        );
        assert_eq!(
            complaint(b"name\nJos\xE9\n"),
            "file.csv:2: byte 0xE9 is not UTF-8; save the file as UTF-8, not as Latin-1 or \
             Windows-1252"
        );
        assert_eq!(
            complaint(b"a,,A\n"),
            "file.csv:1: column 2 has no name; name it or remove it\nfile.csv:1: columns 1 and 3 are both named `A`; keep one"
        );
    }

    #[test]
    fn a_row_that_is_cut_off_or_too_long_is_named_by_its_line() {
        assert_eq!(
            complaint(b"a,b\n\"1\n\",2\n3\n"),
            "file.csv:4: expected 2 cells as in the header, found 1; quote cells that hold the \
             separator, or complete the row"
        );
        assert_eq!(
            complaint(b"a,b\n1,2\n3,\"cut"),
            "file.csv:3: a quote that begins in this row is never closed; the file may be cut off"
        );
        let long = format!("a,b\n1,{}\n", "x".repeat(10_000_000));
        assert_eq!(
            complaint(long.as_bytes()),
            format!(
                "file.csv:2: b: `{}…`: the cell has 10000000 bytes; at most 1048576 are read. Is a \
                 quote missing?",
                "x".repeat(40)
            )
        );
    }

    #[test]
    fn lines_are_counted_whatever_they_end_with() {
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "1,2", "", "\"x", "y\",3", "4", "5,6"].join(end);
            let complaint = complaint(text.as_bytes());
            assert!(
                complaint.starts_with("file.csv:6: expected 2 cells"),
                "{complaint}"
            );
        }
    }

    #[test]
    fn an_inch_mark_is_no_quote() {
        assert_eq!(
            rows("a,b\n1,27\" screen"),
            Ok(vec![vec!["1".to_owned(), "27\" screen".to_owned()]])
        );
    }

    #[test]
    fn problems_beyond_the_first_hundred_are_counted() {
        let text = format!("a,b\n{}", "1\n".repeat(250));
        let rejected = rows(&text).expect_err("every row is short");
        assert_eq!((rejected.problems.len(), rejected.total), (100, 250));
        assert!(rejected.to_string().ends_with("and 150 more\n"));
    }

    proptest! {
        #[test]
        fn whatever_is_written_by_the_rules_is_read_back(
            cells in proptest::collection::vec(proptest::collection::vec("[a-z,;\"\n é]{1,6}", 3), 1..8),
            separator in proptest::sample::select(SEPARATORS.to_vec()),
        ) {
            let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
            writer.write_record(["one", "two", "three"]).expect("memory takes it");
            for row in &cells {
                writer.write_record(row).expect("memory takes it");
            }
            let bytes = writer.into_inner().expect("memory takes it");
            let kept: Vec<Vec<String>> = cells.into_iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty())).collect();
            prop_assert_eq!(rows(std::str::from_utf8(&bytes).expect("it was text")), Ok(kept));
        }

        #[test]
        fn no_bytes_bring_the_reader_down(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(text) = Text::new("file.csv", bytes) {
                let _ = rows(text.as_str());
            }
        }
    }
}
