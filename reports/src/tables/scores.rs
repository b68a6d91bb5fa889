//! `scores`: what each group answered.

use tribometer_findings::table::{Column, Columns};
use tribometer_findings::{Estimate, Findings};

use super::word;

pub fn columns(findings: &Findings) -> Vec<Column<'_>> {
    let value = |estimate: Option<Estimate>| Some(estimate?.value);
    let low = |estimate: Option<Estimate>| Some(estimate?.low);
    let high = |estimate: Option<Estimate>| Some(estimate?.high);
    Columns::of(&findings.scores)
        .text("team", |row| &row.team)
        .some_text("attribute", |row| row.attribute.as_deref())
        .some_text("value", |row| row.value.as_deref())
        .text("item", |row| &row.item)
        .some_text("pillar", |row| row.pillar.as_deref())
        .whole("n", |row| row.n)
        .share("favorable", |row| value(row.favorable))
        .share("low", |row| low(row.favorable))
        .share("high", |row| high(row.favorable))
        .number("mean", |row| row.mean)
        .share("weighted_favorable", |row| row.weighted_favorable)
        .number("estimate", |row| value(row.estimate))
        .number("estimate_low", |row| low(row.estimate))
        .number("estimate_high", |row| high(row.estimate))
        .some_text("hidden", |row| word(&row.hidden))
        .done()
}
