//! `ranking`: the pillars, worst first.

use tribometer_findings::table::{Column, Columns};
use tribometer_findings::{Estimate, Findings};

use super::word;

pub fn columns(findings: &Findings) -> Vec<Column<'_>> {
    let value = |estimate: Option<Estimate>| Some(estimate?.value);
    let low = |estimate: Option<Estimate>| Some(estimate?.low);
    let high = |estimate: Option<Estimate>| Some(estimate?.high);
    Columns::of(&findings.ranking)
        .whole("rank", |row| row.rank)
        .whole("rank_low", |row| row.rank_low)
        .whole("rank_high", |row| row.rank_high)
        .share("top3_probability", |row| row.top3_probability)
        .text("pillar", |row| &row.pillar)
        .text("dimension", |row| &row.dimension)
        .number("friction", |row| row.friction.value)
        .number("friction_low", |row| row.friction.low)
        .number("friction_high", |row| row.friction.high)
        .share("favorable", |row| row.favorable.value)
        .share("favorable_low", |row| row.favorable.low)
        .share("favorable_high", |row| row.favorable.high)
        .share("change", |row| row.change.map(|change| change.change))
        .share("change_low", |row| row.change.map(|change| change.low))
        .share("change_high", |row| row.change.map(|change| change.high))
        .probability("change_q", |row| row.change?.q)
        .share("impact", |row| value(row.impact))
        .share("impact_low", |row| low(row.impact))
        .share("impact_high", |row| high(row.impact))
        .share("votes", |row| row.votes)
        .number("hours_per_week", |row| value(row.hours_per_week))
        .number("hours_low", |row| low(row.hours_per_week))
        .number("hours_high", |row| high(row.hours_per_week))
        .number("cost_per_year", |row| value(row.cost_per_year))
        .some_text("evidence", |row| word(&row.verdict))
        .whole("n", |row| row.n)
        .done()
}
