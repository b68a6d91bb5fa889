//! The cells of a sheet or of a Parquet file as the text that a CSV file would have.

use csv::ByteRecord;
use tribometer_surveys::file::FileName;

use super::table::{LONGEST_CELL, MOST_COLUMNS};
use super::{Problem, Rejected};

/// The most text of all cells, in bytes, and the most cells.
const MOST_TEXT: usize = 1 << 30;
pub(super) const MOST_CELLS: usize = 1 << 26;

/// Rows of text under a header, in one piece of memory. Nothing is stored for what stands to the
/// right of a row's last cell.
pub struct Grid {
    name: FileName,
    /// Where the header is, as the program that shows the file counts.
    header_line: Option<u64>,
    columns: Vec<GridColumn>,
    text: String,
    /// Where in the text each cell ends.
    ends: Vec<u32>,
    rows: Vec<GridRow>,
}

/// A column, and what the program that shows the file calls it.
pub(super) struct GridColumn {
    pub name: String,
    pub label: String,
}

struct GridRow {
    line: u32,
    /// How many cells there are up to the end of this row.
    end: u32,
}

impl Grid {
    pub fn name(&self) -> &FileName {
        &self.name
    }

    pub(super) fn header_line(&self) -> Option<u64> {
        self.header_line
    }

    pub(super) fn columns(&self) -> &[GridColumn] {
        &self.columns
    }

    /// Rows below the header.
    pub(super) fn height(&self) -> usize {
        self.rows.len()
    }

    /// Puts a row's cells into a record, and returns its line.
    pub(super) fn row(&self, at: usize, record: &mut ByteRecord) -> u64 {
        record.clear();
        let end_of = |cells: u32| match cells {
            0 => 0,
            cells => self.ends[cells as usize - 1] as usize,
        };
        let first = if at == 0 { 0 } else { self.rows[at - 1].end };
        let row = &self.rows[at];
        let mut start = end_of(first);
        for end in &self.ends[first as usize..row.end as usize] {
            record.push_field(&self.text.as_bytes()[start..*end as usize]);
            start = *end as usize;
        }
        for _ in (row.end - first) as usize..self.columns.len() {
            record.push_field(b"");
        }
        row.line.into()
    }
}

/// A grid that grows cell by cell, row after row, from left to right.
pub(super) struct GridBuilder {
    name: FileName,
    /// The line of the row that grows.
    line: Option<u32>,
    header: Vec<String>,
    header_line: Option<u32>,
    /// Which columns have a cell with something in it.
    used: Vec<bool>,
    text: String,
    ends: Vec<u32>,
    rows: Vec<GridRow>,
    rejected: Rejected,
}

impl GridBuilder {
    pub(super) fn new(name: FileName) -> Self {
        Self {
            name,
            line: None,
            header: Vec::new(),
            header_line: None,
            used: Vec::new(),
            text: String::new(),
            ends: Vec::new(),
            rows: Vec::new(),
            rejected: Rejected::default(),
        }
    }

    /// Starts with a header that is not a row of the file.
    pub(super) fn with_header(name: FileName, header: Vec<String>) -> Self {
        Self {
            used: vec![true; header.len()],
            header,
            ..Self::new(name)
        }
    }

    /// Notes what is wrong with a cell; `line` counts from 1, `column` from 0.
    pub(super) fn complain(&mut self, line: u32, column: usize, cell: &str, message: String) {
        let header = self.header.get(column).filter(|name| !name.is_empty());
        let header = header.cloned().unwrap_or_else(|| letters(column));
        let problem = Problem::of_cell(&self.name, line.into(), &header, cell, message);
        self.rejected.push(problem);
    }

    /// Adds a cell with something in it; `line` counts from 1, `column` from 0. The first row with
    /// a cell becomes the header unless there is one. Fails where no more is read.
    pub(super) fn push(&mut self, line: u32, column: usize, cell: &str) -> Result<(), Rejected> {
        if column >= MOST_COLUMNS {
            let message = format!(
                "there is something in column {}; at most {MOST_COLUMNS} columns are read. Is it \
                 the right file?",
                letters(column)
            );
            return Err(self.whole(line, message));
        }
        if self.used.len() <= column {
            self.used.resize(column + 1, false);
        }
        self.used[column] = true;
        if self.header.is_empty() {
            self.header_line = Some(line);
        }
        if self.header_line == Some(line) {
            self.header.resize(column, String::new());
            self.header.push(cell.to_owned());
            return Ok(());
        }
        if cell.len() > LONGEST_CELL {
            let message = format!(
                "the cell has {} bytes; at most {LONGEST_CELL} are read",
                cell.len()
            );
            self.complain(line, column, cell, message);
            return Ok(());
        }
        if self.line != Some(line) {
            self.line = Some(line);
            let end = self.ends.len() as u32;
            self.rows.push(GridRow { line, end });
        }
        let first = match self.rows.len() {
            0 | 1 => 0,
            rows => self.rows[rows - 2].end as usize,
        };
        if self.text.len() + cell.len() > MOST_TEXT || first + column >= MOST_CELLS {
            let message = format!(
                "it has more than {MOST_CELLS} cells, or more than {} GiB of text; hand it in as \
                 CSV",
                MOST_TEXT >> 30
            );
            return Err(self.whole(line, message));
        }
        let before = self.text.len() as u32;
        self.ends.resize(first + column, before);
        self.text.push_str(cell);
        self.ends.push(self.text.len() as u32);
        if let Some(row) = self.rows.last_mut() {
            row.end = self.ends.len() as u32;
        }
        Ok(())
    }

    fn whole(&self, line: u32, message: String) -> Rejected {
        let mut rejected = self.rejected.clone();
        rejected.push(Problem {
            line: Some(line.into()),
            ..Problem::of_file(&self.name, message)
        });
        rejected
    }

    /// The grid without the columns that have nothing in any row.
    pub(super) fn finish(mut self) -> Result<Grid, Rejected> {
        let width = self.used.len();
        self.header.resize(width, String::new());
        let is_sheet = self.header_line.is_some();
        let label = |at: usize| {
            if is_sheet {
                letters(at)
            } else {
                (at + 1).to_string()
            }
        };
        let header = std::mem::take(&mut self.header).into_iter().enumerate();
        let columns: Vec<GridColumn> = header
            .filter(|(at, _)| self.used[*at])
            .map(|(at, name)| GridColumn {
                name,
                label: label(at),
            })
            .collect();
        if columns.len() < width {
            self.drop_unused();
        }
        let grid = Grid {
            name: self.name,
            header_line: self.header_line.map(u64::from),
            columns,
            text: self.text,
            ends: self.ends,
            rows: self.rows,
        };
        self.rejected.into_result(grid)
    }

    /// Takes the cells of unused columns out; they have no text.
    fn drop_unused(&mut self) {
        let (mut first, mut kept) = (0, 0);
        for row in &mut self.rows {
            for at in first..row.end as usize {
                if self.used[at - first] {
                    self.ends[kept] = self.ends[at];
                    kept += 1;
                }
            }
            first = row.end as usize;
            row.end = kept as u32;
        }
        self.ends.truncate(kept);
    }
}

/// What spreadsheets call a column: `A` for 0, `AA` for 26.
pub(super) fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// A cell's address, as `C7`; `line` counts from 1, `column` from 0.
pub(super) fn address(line: u32, column: usize) -> String {
    format!("{}{line}", letters(column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_spreadsheets_do() {
        let names = [0, 25, 26, 701, 702].map(letters);
        assert_eq!(names, ["A", "Z", "AA", "ZZ", "AAA"]);
        assert_eq!(address(7, 2), "C7");
    }

    #[test]
    fn empty_rows_and_columns_take_no_place() {
        let mut builder = GridBuilder::new("a.xlsx".into());
        for (line, column, cell) in [
            (3, 1, "email"),
            (3, 3, "team"),
            (4, 1, "a"),
            (7, 3, "E"),
            (9, 1, "b"),
            (9, 3, "F"),
        ] {
            builder.push(line, column, cell).unwrap();
        }
        let grid = builder.finish().unwrap();
        let columns: Vec<_> = (grid.columns().iter())
            .map(|column| (column.name.as_str(), column.label.as_str()))
            .collect();
        assert_eq!(columns, [("email", "B"), ("team", "D")]);
        assert_eq!(grid.header_line(), Some(3));
        let mut record = ByteRecord::new();
        let rows: Vec<(u64, ByteRecord)> = (0..grid.height())
            .map(|at| (grid.row(at, &mut record), record.clone()))
            .collect();
        let expected = [(4, ["a", ""]), (7, ["", "E"]), (9, ["b", "F"])];
        let expected = expected.map(|(line, cells)| (line, ByteRecord::from(cells.to_vec())));
        assert_eq!(rows, expected);
    }
}
