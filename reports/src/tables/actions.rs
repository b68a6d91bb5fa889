//! `did_it_help`: what became of actions.

use tribometer_findings::table::{Column, Columns};
use tribometer_findings::{ActionChange, ActionEffect, Findings};

use super::word;

#[derive(Clone, Copy)]
struct Row<'a> {
    action: &'a ActionEffect,
    change: &'a ActionChange,
}

pub fn columns(findings: &Findings) -> Vec<Column<'_>> {
    Columns::of(findings.actions.iter().flat_map(rows))
        .text("action", |row| &row.action.action)
        .text("pillar", |row| &row.action.pillar)
        .text("start", |row| &row.action.start)
        .some_text("before", |row| row.action.before.as_deref())
        .some_text("metric", |row| row.change.metric.as_deref())
        .flag("relative", |row| row.change.relative)
        .whole("teams_with", |row| row.change.teams_with)
        .whole("teams_without", |row| row.change.teams_without)
        .number("with", |row| row.change.with)
        .number("without", |row| row.change.without)
        .number("difference", |row| row.change.difference)
        .number("low", |row| row.change.low)
        .number("high", |row| row.change.high)
        .probability("p", |row| row.change.p)
        .probability("q", |row| row.change.q)
        .number("earlier", |row| row.change.earlier)
        // The verdict is about the rating.
        .some_text("verdict", |row| match row.change.metric {
            None => word(&row.action.verdict),
            Some(_) => None,
        })
        .done()
}

fn rows(action: &ActionEffect) -> impl Iterator<Item = Row<'_>> {
    action
        .changes
        .iter()
        .map(move |change| Row { action, change })
}
