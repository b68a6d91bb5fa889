//! `participation`: who took part, by team.

use tribometer_findings::table::{Column, Columns};
use tribometer_findings::{Findings, Group};

use super::word;

pub fn columns(findings: &Findings) -> Vec<Column<'_>> {
    let groups = findings.groups.iter();
    let teams = groups.filter(|group| group.attribute.is_none());
    Columns::of(teams)
        .text("team", |row| &row.team)
        .whole("invited", |row| row.invited)
        .whole("responded", |row| row.responded)
        .share("rate", rate)
        .some_text("hidden", |row| word(&row.hidden))
        .done()
}

fn rate(group: &Group) -> Option<f64> {
    let invited = group.invited.filter(|invited| *invited > 0)?;
    Some(f64::from(group.responded?) / f64::from(invited))
}
