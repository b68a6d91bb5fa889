//! For tests: the reference data and what R and independent code made of it;
//! tests/data/reference/README.md says how.

use std::path::PathBuf;

/// A CSV file of the reference, in which every value is text until it is asked for.
pub struct Table {
    header: csv::StringRecord,
    rows: Vec<csv::StringRecord>,
}

/// A row of a file of the reference.
pub struct Row<'a> {
    table: &'a Table,
    cells: &'a csv::StringRecord,
}

/// Where a file of the reference is.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/data/reference/{name}.csv"))
}

impl Table {
    pub fn expected(name: &str) -> Table {
        let mut reader = csv::Reader::from_path(path(name)).expect("a file of the reference");
        Table {
            header: reader.headers().expect("a header").clone(),
            rows: reader
                .records()
                .map(|row| row.expect("a sound row"))
                .collect(),
        }
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { table: self, cells })
    }

    /// The only row for which the columns have these values.
    pub fn find(&self, wanted: &[(&str, &str)]) -> Row<'_> {
        let mut found = self.rows().filter(|row| {
            wanted
                .iter()
                .all(|(column, value)| row.text(column) == *value)
        });
        let row = found
            .next()
            .unwrap_or_else(|| panic!("no row with {wanted:?}"));
        assert!(found.next().is_none(), "several rows with {wanted:?}");
        row
    }
}

impl Row<'_> {
    pub fn text(&self, column: &str) -> &str {
        let at = self.table.header.iter().position(|name| name == column);
        &self.cells[at.unwrap_or_else(|| panic!("no column {column}"))]
    }

    pub fn optional(&self, column: &str) -> Option<f64> {
        let text = self.text(column);
        (!matches!(text, "" | "NA")).then(|| text.parse().expect("a number"))
    }

    pub fn number(&self, column: &str) -> f64 {
        self.optional(column).expect("a number")
    }

    pub fn count(&self, column: &str) -> u32 {
        self.text(column).parse().expect("a count")
    }
}

/// Equal to 1e-8, relative for numbers above one.
#[track_caller]
pub fn near(found: f64, expected: f64) {
    within(found, expected, 1e-8 * expected.abs().max(1.0));
}

#[track_caller]
pub fn within(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "found {found}, expected {expected}"
    );
}
