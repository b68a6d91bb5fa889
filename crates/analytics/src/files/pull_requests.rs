//! pull_requests.csv: one row a pull request.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use tribometer_surveys::team::TeamPath;
use tribometer_surveys::telemetry::pull_request::PullRequest;

use super::{Problem, Rejected, Row, Table, Text, time};

/// The columns that mean something.
const COLUMNS: [&str; 19] = [
    "repository",
    "number",
    "author",
    "team",
    "first_commit_at",
    "last_commit_at",
    "created_at",
    "ready_at",
    "first_review_at",
    "approved_at",
    "merged_at",
    "closed_at",
    "deployed_at",
    "merged_by",
    "commits",
    "additions",
    "deletions",
    "changed_files",
    "review_rounds",
];

/// A pull_requests.csv whose header is known to be sound.
pub struct PullRequestsFile<'a> {
    table: Table<'a>,
    at: [Option<usize>; COLUMNS.len()],
}

impl<'a> PullRequestsFile<'a> {
    /// Reads the header.
    pub fn new(text: &'a Text) -> Result<Self, Rejected> {
        let table = Table::new(text, &COLUMNS[..3])?;
        let at = COLUMNS.map(|name| table.column(name));
        Ok(Self { table, at })
    }

    pub(super) fn table(&self) -> &Table<'a> {
        &self.table
    }

    /// Where each of the columns of [`COLUMNS`] stands.
    pub(super) fn columns(&self) -> &[Option<usize>; COLUMNS.len()] {
        &self.at
    }

    /// A sentence for each column that is left out.
    pub fn warnings(&self) -> Vec<String> {
        self.table.unknown_columns(&COLUMNS)
    }

    /// Reads row after row; a bad one gives all its problems.
    pub fn rows(&self) -> impl Iterator<Item = Result<PullRequest, Vec<Problem>>> {
        self.table.rows().map(|row| {
            row.map_err(|problem| vec![problem])
                .and_then(|row| self.read(&row))
        })
    }

    pub(super) fn read(&self, row: &Row) -> Result<PullRequest, Vec<Problem>> {
        let mut cells = Cells {
            file: self,
            row,
            next: 0,
            problems: Vec::new(),
        };
        // In the order of COLUMNS.
        let pull_request = PullRequest {
            repository: cells.required("the repository's name, such as `owner/name`"),
            number: cells.number().unwrap_or_default(),
            author: cells.required("the author's login or address"),
            team: cells.read(|cell| TeamPath::from_str(cell).map_err(|cause| cause.to_string())),
            first_commit_at: cells.time(),
            last_commit_at: cells.time(),
            created_at: cells.time(),
            ready_at: cells.time(),
            first_review_at: cells.time(),
            approved_at: cells.time(),
            merged_at: cells.time(),
            closed_at: cells.time(),
            deployed_at: cells.time(),
            merged_by: cells.read(|cell| Ok(cell.to_owned())),
            commits: cells.count(),
            additions: cells.count(),
            deletions: cells.count(),
            changed_files: cells.count(),
            review_rounds: cells.count(),
        };
        if cells.problems.is_empty() {
            Ok(pull_request)
        } else {
            Err(cells.problems)
        }
    }
}

/// The cells of a row, read in the order of [`COLUMNS`].
struct Cells<'a> {
    file: &'a PullRequestsFile<'a>,
    row: &'a Row,
    next: usize,
    problems: Vec<Problem>,
}

impl Cells<'_> {
    /// The next cell; `None` if it is empty or bad.
    fn read<T>(&mut self, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let column = self.next;
        self.next += 1;
        let cell = self.row.cell(self.file.at[column]);
        if cell.is_empty() {
            return None;
        }
        read(cell)
            .map_err(|message| self.complain(column, message))
            .ok()
    }

    fn required(&mut self, expected: &str) -> String {
        let problems = self.problems.len();
        let value = self.read(|cell| Ok(cell.to_owned()));
        if value.is_none() && self.problems.len() == problems {
            self.complain(self.next - 1, format!("expected {expected}"));
        }
        value.unwrap_or_default()
    }

    fn number(&mut self) -> Option<u64> {
        let problems = self.problems.len();
        let value = self.read(|cell| {
            let number = cell
                .parse()
                .ok()
                .filter(|number: &u64| i64::try_from(*number).is_ok());
            number
                .ok_or_else(|| "expected the number of the pull request, such as `1234`".to_owned())
        });
        if value.is_none() && self.problems.len() == problems {
            self.complain(
                self.next - 1,
                "expected the number of the pull request, such as `1234`".to_owned(),
            );
        }
        value
    }

    fn count(&mut self) -> Option<u32> {
        self.read(|cell| {
            let count = cell
                .parse()
                .ok()
                .filter(|count: &u32| i32::try_from(*count).is_ok());
            count.ok_or_else(|| "expected a whole number from 0".to_owned())
        })
    }

    fn time(&mut self) -> Option<DateTime<Utc>> {
        self.read(|cell| time::read(cell.as_bytes()).ok_or_else(|| time::EXPECTED.to_owned()))
    }

    fn complain(&mut self, column: usize, message: String) {
        let cell = self.row.cell(self.file.at[column]);
        self.problems.push(Problem::of_cell(
            self.file.table.name(),
            self.row.line,
            COLUMNS[column],
            cell,
            message,
        ));
    }
}
