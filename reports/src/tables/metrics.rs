//! `metrics`: what the systems measured, month by month.

use tribometer_findings::Findings;
use tribometer_findings::table::{Column, Columns};

pub fn columns(findings: &Findings) -> Vec<Column<'_>> {
    Columns::of(&findings.metrics)
        .text("team", |row| &row.team)
        .text("metric", |row| &row.metric)
        .text("unit", |row| &row.unit)
        .date("period_start", |row| row.period_start)
        .whole("n", |row| row.n)
        .number("p50", |row| row.p50)
        .number("p75", |row| row.p75)
        .number("p90", |row| row.p90)
        .number("mean", |row| row.mean)
        .done()
}
