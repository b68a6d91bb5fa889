//! A table as CSV, for programs: UTF-8 without a byte-order mark, every digit that it takes.

use std::fmt::{Display, Write};

use csv::{Terminator, Writer, WriterBuilder};
use tribometer_findings::table::{Cell, Table};

/// The bytes of the file. Writing goes to memory, where it does not fail.
pub fn write(table: &Table) -> Vec<u8> {
    let mut rows = WriterBuilder::new();
    rows.terminator(Terminator::Any(b'\n'));
    let mut rows = rows.from_writer(Vec::new());
    let _ = rows.write_record(table.columns.iter().map(|column| column.name));
    let mut digits = String::new();
    for row in 0..table.rows() {
        for column in &table.columns {
            match column.values.cell(row) {
                Cell::Absent => field(&mut rows, ""),
                Cell::Text(text) => field(&mut rows, &harmless(text)),
                Cell::Whole(number) => field(&mut rows, shown(&mut digits, number)),
                Cell::Number(number) | Cell::Share(number) | Cell::Probability(number) => {
                    field(&mut rows, shown(&mut digits, number));
                }
                Cell::Date(date) => field(&mut rows, shown(&mut digits, date)),
                Cell::Flag(flag) => field(&mut rows, if flag { "yes" } else { "no" }),
            }
        }
        let _ = rows.write_record(None::<&[u8]>);
    }
    rows.into_inner().unwrap_or_default()
}

fn field(rows: &mut Writer<Vec<u8>>, cell: &str) {
    let _ = rows.write_field(cell);
}

/// The shortest digits that are read back as the same number.
fn shown(digits: &mut String, value: impl Display) -> &str {
    digits.clear();
    let _ = write!(digits, "{value}");
    digits
}

/// A text that a spreadsheet would take for a formula gets an apostrophe in front.
fn harmless(text: &str) -> std::borrow::Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}
