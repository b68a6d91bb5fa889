//! A table that people take away: columns of one type each, from which every format is written.
//!
//! ```
//! use tribometer_findings::table::{Columns, Values};
//!
//! let columns = Columns::of([("Payments", Some(12)), ("Search", None)])
//!     .text("team", |row| row.0)
//!     .whole("responded", |row| row.1)
//!     .done();
//! assert_eq!(columns[1].values, Values::Whole(vec![Some(12), None]));
//! ```

use std::borrow::Cow;

use chrono::NaiveDate;

/// Named columns of the same length.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<'a> {
    /// `ranking`: what its file and its sheet are called.
    pub name: &'static str,
    /// `Ranking`: what a menu calls it.
    pub title: &'static str,
    /// What a row is: `a pillar, in order of rank`.
    pub row: &'static str,
    pub columns: Vec<Column<'a>>,
}

/// A column and its cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Column<'a> {
    /// `friction_low`.
    pub name: &'static str,
    pub values: Values<'a>,
}

/// The cells of a column; one without a value is `None`.
#[derive(Debug, Clone, PartialEq)]
pub enum Values<'a> {
    Text(Vec<Option<Cow<'a, str>>>),
    /// Counts and ranks.
    Whole(Vec<Option<u32>>),
    /// A number in the column's or the row's own unit.
    Number(Vec<Option<f64>>),
    /// A part of a whole or the difference of two: 0 to 1 in files, percent for people.
    Share(Vec<Option<f64>>),
    /// A p value or a false discovery rate: 0 to 1 everywhere.
    Probability(Vec<Option<f64>>),
    Date(Vec<Option<NaiveDate>>),
    Flag(Vec<Option<bool>>),
}

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    Absent,
    Text(&'a str),
    Whole(u32),
    Number(f64),
    Share(f64),
    Probability(f64),
    Date(NaiveDate),
    Flag(bool),
}

impl Table<'_> {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.values.len())
    }
}

impl Values<'_> {
    /// How many cells there are.
    pub fn len(&self) -> usize {
        match self {
            Values::Text(cells) => cells.len(),
            Values::Whole(cells) => cells.len(),
            Values::Number(cells) | Values::Share(cells) | Values::Probability(cells) => {
                cells.len()
            }
            Values::Date(cells) => cells.len(),
            Values::Flag(cells) => cells.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell of a row; absent where there is no such row.
    pub fn cell(&self, row: usize) -> Cell<'_> {
        let cell = match self {
            Values::Text(cells) => cells.get(row).and_then(Option::as_deref).map(Cell::Text),
            Values::Whole(cells) => of(cells, row).map(Cell::Whole),
            Values::Number(cells) => of(cells, row).map(Cell::Number),
            Values::Share(cells) => of(cells, row).map(Cell::Share),
            Values::Probability(cells) => of(cells, row).map(Cell::Probability),
            Values::Date(cells) => of(cells, row).map(Cell::Date),
            Values::Flag(cells) => of(cells, row).map(Cell::Flag),
        };
        cell.unwrap_or(Cell::Absent)
    }
}

fn of<T: Copy>(cells: &[Option<T>], row: usize) -> Option<T> {
    cells.get(row).copied().flatten()
}

/// Makes the columns of a table out of its rows, from left to right.
pub struct Columns<'a, R> {
    rows: Vec<R>,
    columns: Vec<Column<'a>>,
}

impl<'a, R: Copy> Columns<'a, R> {
    /// No columns yet.
    pub fn of(rows: impl IntoIterator<Item = R>) -> Self {
        Columns {
            rows: rows.into_iter().collect(),
            columns: Vec::new(),
        }
    }

    /// Text that every row has.
    pub fn text(self, name: &'static str, cell: impl Fn(R) -> &'a str) -> Self {
        self.some_text(name, |row| Some(cell(row)))
    }

    /// Text that some rows have.
    pub fn some_text<T: Into<Cow<'a, str>>>(
        self,
        name: &'static str,
        cell: impl Fn(R) -> Option<T>,
    ) -> Self {
        self.add(name, Values::Text, |row| cell(row).map(Into::into))
    }

    pub fn whole<T: Into<Option<u32>>>(self, name: &'static str, cell: impl Fn(R) -> T) -> Self {
        self.add(name, Values::Whole, cell)
    }

    pub fn number<T: Into<Option<f64>>>(self, name: &'static str, cell: impl Fn(R) -> T) -> Self {
        self.add(name, Values::Number, cell)
    }

    pub fn share<T: Into<Option<f64>>>(self, name: &'static str, cell: impl Fn(R) -> T) -> Self {
        self.add(name, Values::Share, cell)
    }

    pub fn probability<T: Into<Option<f64>>>(
        self,
        name: &'static str,
        cell: impl Fn(R) -> T,
    ) -> Self {
        self.add(name, Values::Probability, cell)
    }

    pub fn date<T: Into<Option<NaiveDate>>>(
        self,
        name: &'static str,
        cell: impl Fn(R) -> T,
    ) -> Self {
        self.add(name, Values::Date, cell)
    }

    pub fn flag<T: Into<Option<bool>>>(self, name: &'static str, cell: impl Fn(R) -> T) -> Self {
        self.add(name, Values::Flag, cell)
    }

    /// All columns.
    pub fn done(self) -> Vec<Column<'a>> {
        self.columns
    }

    fn add<T, C: Into<Option<T>>>(
        mut self,
        name: &'static str,
        values: impl Fn(Vec<Option<T>>) -> Values<'a>,
        cell: impl Fn(R) -> C,
    ) -> Self {
        let cells = self.rows.iter().map(|row| cell(*row).into()).collect();
        let values = values(cells);
        self.columns.push(Column { name, values });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_has_its_column_s_type_or_is_absent() {
        let columns = Columns::of([1, 2])
            .some_text("word", |row| (row == 1).then_some("one"))
            .share("share", |row| f64::from(row) / 2.0)
            .flag("even", |row| row % 2 == 0)
            .done();
        let table = Table {
            name: "numbers",
            title: "Numbers",
            row: "a number",
            columns,
        };
        assert_eq!(table.rows(), 2);
        let row = |row| {
            table
                .columns
                .iter()
                .map(move |column| column.values.cell(row))
        };
        let cells: Vec<Cell> = row(0).chain(row(1)).collect();
        assert_eq!(
            cells,
            [
                Cell::Text("one"),
                Cell::Share(0.5),
                Cell::Flag(false),
                Cell::Absent,
                Cell::Share(1.0),
                Cell::Flag(true)
            ]
        );
        assert_eq!(table.columns[0].values.cell(2), Cell::Absent);
    }
}
