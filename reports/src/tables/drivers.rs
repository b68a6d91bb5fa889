//! `drivers`: how much of each outcome goes with each pillar.

use tribometer_findings::Findings;
use tribometer_findings::table::{Column, Columns};

pub fn columns(findings: &Findings) -> Vec<Column<'_>> {
    Columns::of(&findings.drivers)
        .text("outcome", |row| &row.outcome)
        .text("pillar", |row| &row.pillar)
        .share("weight", |row| row.weight)
        .share("share", |row| row.share.value)
        .share("low", |row| row.share.low)
        .share("high", |row| row.share.high)
        .share("r_squared", |row| row.r_squared)
        .whole("n", |row| row.n)
        .done()
}
