//! Findings as JSON, and the schema of it.

use std::io::{self, Write};

use serde::Serialize;
use tribometer_findings::Findings;

/// Everything, as one JSON document with a row a line; [`json_schema`] describes it.
pub fn json(findings: &Findings) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut json = serde_json::Serializer::with_formatter(&mut bytes, RowsAsLines::default());
    // Writing to memory does not fail.
    let _ = findings.serialize(&mut json);
    bytes.push(b'\n');
    bytes
}

/// The outermost keys and the rows of their lists have lines of their own, as a large file can be
/// searched and compared, and nothing else takes room.
#[derive(Default)]
struct RowsAsLines {
    depth: usize,
    is_empty: bool,
}

/// Deeper than in a list of the document itself there are no new lines.
const LINES_TO_DEPTH: usize = 2;

impl RowsAsLines {
    fn begin<W: Write + ?Sized>(&mut self, to: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.is_empty = true;
        to.write_all(bracket)
    }

    fn next<W: Write + ?Sized>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.is_empty = false;
        to.write_all(match (first, self.depth <= LINES_TO_DEPTH) {
            (true, true) => b"\n",
            (false, true) => b",\n",
            (true, false) => b"",
            (false, false) => b",",
        })
    }

    fn end<W: Write + ?Sized>(&mut self, to: &mut W, bracket: &[u8]) -> io::Result<()> {
        if self.depth <= LINES_TO_DEPTH && !self.is_empty {
            to.write_all(b"\n")?;
        }
        self.depth -= 1;
        self.is_empty = false;
        to.write_all(bracket)
    }
}

impl serde_json::ser::Formatter for RowsAsLines {
    fn begin_array<W: Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.begin(to, b"[")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.next(to, first)
    }

    fn end_array<W: Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.end(to, b"]")
    }

    fn begin_object<W: Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.begin(to, b"{")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        self.next(to, first)
    }

    fn end_object<W: Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        self.end(to, b"}")
    }
}

/// The JSON Schema of findings.json.
pub fn json_schema() -> String {
    let schema = schemars::schema_for!(Findings);
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}
