//! `comments`: what people wrote, as far as it may be shown.

use tribometer_findings::Findings;
use tribometer_findings::table::{Column, Columns};

pub fn columns(findings: &Findings) -> Vec<Column<'_>> {
    Columns::of(&findings.comments)
        .some_text("pillar", |row| row.pillar.as_deref())
        .some_text("theme", |row| row.theme.as_deref())
        .text("team", |row| &row.team)
        .text("text", |row| &row.text)
        .done()
}
