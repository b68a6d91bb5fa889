//! `changes`: how the ratings of groups changed.

use tribometer_findings::Findings;
use tribometer_findings::table::{Column, Columns};

pub fn columns(findings: &Findings) -> Vec<Column<'_>> {
    Columns::of(&findings.changes)
        .text("team", |row| &row.team)
        .text("pillar", |row| &row.pillar)
        .text("wave", |row| &row.wave)
        .text("previous", |row| &row.previous)
        .whole("n", |row| row.n)
        .whole("n_previous", |row| row.n_previous)
        .whole("n_both", |row| row.n_both)
        .number("change", |row| row.change.change)
        .number("low", |row| row.change.low)
        .number("high", |row| row.change.high)
        .probability("p", |row| row.p)
        .probability("q", |row| row.change.q)
        .done()
}
