//! Where it hurts: favorable shares of groups by pillar, and who took part.

use std::collections::HashMap;

use super::format;
use super::table::{
    Cell, Column, Empty, Number, Row, Table, bar, level, level_class, team_name, why,
};
use crate::findings::{Findings, Group, Score};

/// How many groups a page shows; the files have all of them.
const MOST: usize = 14;
/// How many teams and areas are shown after shrinkage.
const SHRUNKEN_TEAMS: usize = 5;
const SHRUNKEN_AREAS: usize = 3;

/// The heat table and the table of participation.
pub struct Groups {
    /// Names of the columns, worst first.
    pub pillars: Vec<String>,
    pub rows: Vec<GroupRow>,
    pub notes: Vec<String>,
    /// Mean ratings of the smallest teams after shrinkage, with the raw ones.
    pub means: Option<Table>,
    pub participation: Table,
    pub empty: Empty,
}

/// One group.
pub struct GroupRow {
    /// Indentation by level, and whether it is the whole.
    pub class: String,
    pub name: String,
    pub n: String,
    pub cells: Cells,
}

/// A group's cells, or why there are none.
pub enum Cells {
    Hidden(String),
    Shown(Vec<Option<Heat>>),
}

/// One cell: the color's step and the percentage.
pub struct Heat {
    pub step: u8,
    pub percent: u8,
}

impl Groups {
    pub fn of(findings: &Findings) -> Groups {
        let shown = shown(&findings.groups);
        let scores: HashMap<Key, &Score> = findings
            .scores
            .iter()
            .map(|score| (key_of(score), score))
            .collect();
        let several = shown.len() > 1;
        Groups {
            pillars: findings
                .ranking
                .iter()
                .map(|row| row.name.clone())
                .collect(),
            rows: if several {
                shown
                    .iter()
                    .map(|group| row(group, findings, &scores))
                    .collect()
            } else {
                Vec::new()
            },
            notes: notes(findings, shown.len()),
            means: means(findings, &scores),
            participation: participation(&shown, findings.minimum_group),
            empty: Empty {
                title: "No groups to compare yet",
                text: "Give people a team, with levels joined by “ / ”, and the next wave shows where each area hurts most.",
            },
        }
    }
}

type Key<'a> = (&'a str, Option<&'a str>, Option<&'a str>, &'a str);

fn key_of(score: &Score) -> Key<'_> {
    (
        &score.team,
        score.attribute.as_deref(),
        score.value.as_deref(),
        &score.item,
    )
}

/// The groups that fit: as many whole levels of the tree as stay within [`MOST`], then the root by attribute.
fn shown(groups: &[Group]) -> Vec<&Group> {
    let teams: Vec<&Group> = groups
        .iter()
        .filter(|group| group.attribute.is_none())
        .collect();
    let deepest = teams
        .iter()
        .map(|group| level(&group.team))
        .max()
        .unwrap_or(0);
    let within = |depth: usize| {
        teams
            .iter()
            .filter(|group| level(&group.team) <= depth)
            .count()
    };
    let depth = (1..=deepest)
        .rev()
        .find(|depth| within(*depth) <= MOST)
        .unwrap_or(1);
    let mut shown: Vec<&Group> = teams
        .iter()
        .copied()
        .filter(|group| level(&group.team) <= depth)
        .take(MOST)
        .collect();
    let room = MOST.saturating_sub(shown.len());
    shown.extend(
        groups
            .iter()
            .filter(|group| group.attribute.is_some() && level(&group.team) == 0)
            .take(room),
    );
    shown
}

/// The team's own name, or the attribute's value.
fn name(group: &Group) -> String {
    match (&group.attribute, &group.value) {
        (Some(attribute), Some(value)) => format!("{attribute}: {value}"),
        _ => team_name(&group.team).to_owned(),
    }
}

fn row(group: &Group, findings: &Findings, scores: &HashMap<Key, &Score>) -> GroupRow {
    let cells = match group.hidden {
        Some(hidden) => Cells::Hidden(why(hidden, findings.minimum_group)),
        None => {
            let cell = |pillar: &str| {
                let key = (
                    group.team.as_str(),
                    group.attribute.as_deref(),
                    group.value.as_deref(),
                    pillar,
                );
                let favorable = scores
                    .get(&key)
                    .filter(|score| score.hidden.is_none())?
                    .favorable?;
                let percent = format::percents(favorable.value);
                Some(Heat {
                    step: (percent + 5) / 10,
                    percent,
                })
            };
            Cells::Shown(
                findings
                    .ranking
                    .iter()
                    .map(|row| cell(&row.pillar))
                    .collect(),
            )
        }
    };
    let whole = level(&group.team) == 0 && group.attribute.is_none();
    GroupRow {
        class: if whole {
            "whole".into()
        } else {
            level_class(&group.team)
        },
        name: name(group),
        n: group
            .responded
            .filter(|_| group.hidden.is_none())
            .map_or_else(String::new, |n| {
                format!("n {}", format::count(u64::from(n)))
            }),
        cells,
    }
}

fn notes(findings: &Findings, shown: usize) -> Vec<String> {
    let mut notes = vec![format!(
        "The share who agree, in percent of n answers; “does not apply” is left out. With 50 answers a share is known to about ±13 points, with 10 to \
         about ±26. A group is hidden with fewer than {} answers, or if its numbers would give away such a group.",
        findings.minimum_group
    )];
    if shown < findings.groups.len() {
        let all = format::counted(findings.groups.len() as u64, "group", "groups");
        notes.push(format!(
            "{shown} of {all} are shown here; scores.csv has all of them with their intervals."
        ));
    }
    notes
}

/// The smallest teams that may be shown, and the areas with the most friction; scores.csv has all. None where no two teams have estimates.
fn means(findings: &Findings, scores: &HashMap<Key, &Score>) -> Option<Table> {
    let one = |value: f64| format::number(value, 1);
    let areas = &findings.ranking[..findings.ranking.len().min(SHRUNKEN_AREAS)];
    let cell = |group: &Group, pillar: &str| {
        let score = scores.get(&(group.team.as_str(), None, None, pillar))?;
        let (estimate, mean) = (score.estimate?, score.mean?);
        let interval = format::span(one(estimate.low), one(estimate.high));
        let under = format!("{interval}; raw {}", one(mean));
        Some(Cell::Number(Number::new(one(estimate.value), under)))
    };
    let row = |group: &Group| {
        let cells: Option<Vec<Cell>> = areas.iter().map(|row| cell(group, &row.pillar)).collect();
        let n = format!("n {}", format::count(u64::from(group.responded?)));
        Some(Row::new(team_name(&group.team), cells?).under(&n))
    };
    let mut teams: Vec<&Group> = findings
        .groups
        .iter()
        .filter(|group| group.attribute.is_none() && group.hidden.is_none())
        .collect();
    teams.sort_by_key(|group| group.responded);
    let rows: Vec<Row> = teams
        .into_iter()
        .filter_map(row)
        .take(SHRUNKEN_TEAMS)
        .collect();
    let columns = areas
        .iter()
        .map(|row| Column::numbers(&row.name, "").ascending());
    (rows.len() > 1).then(|| Table {
        caption: "Mean ratings of the smallest teams, after shrinkage and raw".into(),
        columns: std::iter::once(Column::words("Team"))
            .chain(columns)
            .collect(),
        rows,
    })
}

fn participation(groups: &[&Group], minimum: u32) -> Table {
    let row = |group: &&Group| {
        let invited = group.invited.map_or_else(Cell::none, Cell::count);
        let mut cells = vec![invited];
        match (group.hidden, group.invited, group.responded) {
            (Some(hidden), ..) => cells.push(Cell::Hidden(why(hidden, minimum))),
            (None, Some(invited), Some(n)) if invited > 0 => {
                let rate = f64::from(n) / f64::from(invited);
                cells.push(Cell::count(n));
                cells.push(Cell::number(format::percent(rate)));
                cells.push(Cell::Bar(bar(rate)));
            }
            (None, _, n) => cells.push(n.map_or_else(Cell::none, Cell::count)),
        }
        let head = name(group);
        Row {
            head,
            ..Row::team(&group.team, cells)
        }
    };
    let rows: Vec<Row> = groups.iter().map(row).collect();
    Table {
        caption: "Who took part, by group".into(),
        columns: vec![
            Column::words("Group").unsorted(),
            Column::numbers("Asked", "").unsorted(),
            Column::numbers("Answered", "").unsorted(),
            Column::numbers("Share", "").unsorted(),
            Column::words("").unsorted(),
        ],
        rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn team(path: &str) -> Group {
        Group {
            team: path.into(),
            attribute: None,
            value: None,
            invited: Some(9),
            responded: Some(8),
            hidden: None,
        }
    }

    #[test]
    fn levels_are_shown_whole_or_not_at_all() {
        let mut groups = vec![team("E")];
        for a in 0..10 {
            groups.push(team(&format!("E / {a}")));
            groups.extend((0..10).map(|b| team(&format!("E / {a} / {b}"))));
        }
        assert_eq!(shown(&groups).len(), 11);
    }

    #[test]
    fn a_group_by_attribute_is_named_by_its_value() {
        let group = Group {
            attribute: Some("role".into()),
            value: Some("Backend".into()),
            ..team("E")
        };
        assert_eq!(name(&group), "role: Backend");
        assert_eq!(shown(&[team("E"), group]).len(), 2);
    }
}
