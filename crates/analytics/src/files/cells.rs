//! The cells of a row by the names of their columns, for small files.

use tribometer_surveys::team::TeamPath;

use super::{Problem, Rejected, Row, Table};

/// The cells of a row by column; what is wrong with them is listed.
pub(super) struct Cells<'a> {
    table: &'a Table<'a>,
    row: &'a Row,
    rejected: &'a mut Rejected,
}

impl<'a> Cells<'a> {
    pub(super) fn new(table: &'a Table<'a>, row: &'a Row, rejected: &'a mut Rejected) -> Self {
        Self {
            table,
            row,
            rejected,
        }
    }

    /// A cell; empty for a column that the file lacks.
    pub(super) fn text(&self, column: &str) -> String {
        self.cell(column).to_owned()
    }

    fn cell(&self, column: &str) -> &'a str {
        self.row.cell(self.table.column(column))
    }

    pub(super) fn complain(&mut self, column: &str, message: impl Into<String>) {
        let cell = self.cell(column);
        self.rejected.push(Problem::of_cell(
            self.table.name(),
            self.row.line,
            column,
            cell,
            message,
        ));
    }

    /// A cell that may not be empty.
    pub(super) fn required(&mut self, column: &str) -> String {
        let cell = self.text(column);
        if cell.is_empty() {
            self.complain(column, "expected a name; the cell is empty");
        }
        cell
    }

    /// The path of the column `team`; empty without one.
    pub(super) fn team(&mut self) -> String {
        let cell = self.cell("team");
        match cell.parse::<TeamPath>() {
            Ok(path) => path.to_string(),
            Err(cause) => {
                if !cell.is_empty() {
                    self.complain("team", cause.to_string());
                }
                String::new()
            }
        }
    }
}
