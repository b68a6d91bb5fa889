//! Where it hurts: favorable shares of groups by pillar, and who took part.

mod found;

use std::collections::HashMap;

use tribometer_findings::{Estimate, Findings, Group, Score, Trust};

use super::table::{
    Cell, Column, Empty, Row, Table, bar, below_root, level, level_class, team_name, why,
};
use crate::words::format;

pub use found::{FoundGroups, Wanted, found_groups};

/// How many groups a page shows at once.
const MOST: usize = 12;
/// How many groups a file brings along to be searched; `scores.csv` has all of them.
const MOST_TO_SEARCH: usize = 5_000;

/// The heat table and the table of participation.
pub struct Groups {
    /// Names of the columns, worst first.
    pub pillars: Vec<String>,
    pub rows: Vec<GroupRow>,
    /// Whether any group has a mean after shrinkage, and any a word for how far it can be trusted.
    pub has_means: bool,
    pub has_trust: bool,
    pub notes: Vec<String>,
    /// Every group, a line each, for a page that can be searched; empty where all are shown anyway.
    pub all: String,
    /// Whether there are groups that are not shown.
    pub is_part: bool,
    pub participation: Table,
    pub empty: Empty,
}

/// One group.
pub struct GroupRow {
    /// Indentation by level, and whether it is the whole.
    pub class: String,
    pub name: String,
    pub n: String,
    /// How wide the intervals of its means after shrinkage usually are: `±0.4`.
    pub half: String,
    /// `rough in 5 of 8`.
    pub trust: String,
    pub cells: Cells,
}

/// A group's cells, or why there are none.
pub enum Cells {
    Hidden(String),
    Shown(Vec<Option<Heat>>),
}

/// One cell: the share of the group's own answers, and the mean that is likeliest given all teams.
/// Steps are those of the colors.
pub struct Heat {
    pub step: u8,
    pub percent: u8,
    pub mean: Option<Shrunken>,
}

/// A mean rating after shrinkage, and the raw one.
pub struct Shrunken {
    pub step: u8,
    pub mean: String,
    pub raw: String,
}

impl Groups {
    /// `search`: whether the page brings every group along.
    pub fn of(findings: &Findings, search: bool) -> Groups {
        let shown = shown(&findings.groups);
        let scores = scores_of(findings);
        let one = |group: &&Group| row(group, findings, &scores);
        let rows: Vec<GroupRow> = if shown.len() > 1 {
            shown.iter().map(one).collect()
        } else {
            Vec::new()
        };
        let search = search && shown.len() < findings.groups.len();
        let all = to_search(findings, search);
        Groups {
            pillars: findings
                .ranking
                .iter()
                .map(|row| row.name.clone())
                .collect(),
            has_means: rows.iter().any(|row| !row.half.is_empty()),
            has_trust: has_trust(all.iter().chain(&shown), findings, &scores),
            is_part: shown.len() < findings.groups.len(),
            notes: notes(findings, shown.len(), search),
            all: all.iter().map(|group| line(group, &one(group))).collect(),
            participation: participation(&shown, &all, findings.minimum_group),
            rows,
            empty: Empty {
                title: "No groups to compare yet",
                text: "Give people a team, with levels joined by “ / ”, and the next wave shows \
                       where each area hurts most.",
            },
        }
    }
}

fn scores_of(findings: &Findings) -> HashMap<Key<'_>, &Score> {
    let scores = findings.scores.iter();
    scores.map(|score| (key_of(score), score)).collect()
}

fn has_trust<'a>(
    mut groups: impl Iterator<Item = &'a &'a Group>,
    findings: &Findings,
    scores: &HashMap<Key, &Score>,
) -> bool {
    groups.any(|group| {
        findings.ranking.iter().any(|row| {
            let score = scores.get(&key(group, &row.pillar));
            score.is_some_and(|score| score.trust.is_some())
        })
    })
}

/// Where a group is, below the whole.
fn path(group: &Group) -> String {
    match (&group.attribute, level(&group.team)) {
        (None, _) => below_root(&group.team),
        (Some(_), 0) => name(group),
        (Some(_), _) => format!("{} · {}", below_root(&group.team), name(group)),
    }
}

/// The groups that a file brings along: teams before groups by attribute, in their order.
fn to_search(findings: &Findings, search: bool) -> Vec<&Group> {
    if !search {
        return Vec::new();
    }
    let of =
        |cut: bool| (findings.groups.iter()).filter(move |group| group.attribute.is_some() == cut);
    of(false).chain(of(true)).take(MOST_TO_SEARCH).collect()
}

/// A group as the script reads it: its path below the whole, n, the usual half of an interval,
/// trust, then a cell each: `share step mean step raw`.
fn line(group: &Group, row: &GroupRow) -> String {
    let cells: Vec<String> = match &row.cells {
        Cells::Hidden(why) => vec![format!("!{why}")],
        Cells::Shown(cells) => cells.iter().map(packed).collect(),
    };
    let about = [
        path(group),
        row.n.clone(),
        row.half.clone(),
        row.trust.clone(),
    ];
    let mut line = about
        .into_iter()
        .chain(cells)
        .collect::<Vec<_>>()
        .join("\t");
    line.push('\n');
    line
}

fn packed(cell: &Option<Heat>) -> String {
    match cell {
        None => String::new(),
        Some(heat) => match &heat.mean {
            None => format!("{} {}", heat.percent, heat.step),
            Some(mean) => format!(
                "{} {} {} {} {}",
                heat.percent, heat.step, mean.mean, mean.step, mean.raw
            ),
        },
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

fn key<'a>(group: &'a Group, pillar: &'a str) -> Key<'a> {
    let cut = (group.attribute.as_deref(), group.value.as_deref());
    (&group.team, cut.0, cut.1, pillar)
}

/// The groups that fit: as many whole levels of the tree as stay within [`MOST`], then the root by
/// attribute.
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
    let own = findings.ranking.iter().map(|row| {
        let score = scores.get(&key(group, &row.pillar)).copied();
        score.filter(|score| group.hidden.is_none() && score.hidden.is_none())
    });
    let own: Vec<Option<&Score>> = own.collect();
    let cells = match group.hidden {
        Some(hidden) => Cells::Hidden(why(hidden, findings.minimum_group)),
        None => Cells::Shown(own.iter().map(|score| heat((*score)?)).collect()),
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
        half: half(own.iter().filter_map(|score| (*score)?.estimate)),
        trust: trust(own.iter().filter_map(|score| (*score)?.trust)),
        cells,
    }
}

fn heat(score: &Score) -> Option<Heat> {
    let percent = format::percents(score.favorable?.value);
    let shrunken = |estimate: Estimate| Shrunken {
        // Ratings from 1 to 5 on the colors of 0 to 100%.
        step: ((estimate.value - 1.0) * 2.5).round().clamp(0.0, 10.0) as u8,
        mean: format::number(estimate.value, 1),
        raw: score
            .mean
            .map_or_else(String::new, |mean| format::number(mean, 1)),
    };
    Some(Heat {
        step: (percent + 5) / 10,
        percent,
        mean: score.estimate.map(shrunken),
    })
}

/// The median of half the intervals' widths.
fn half(estimates: impl Iterator<Item = Estimate>) -> String {
    let mut halves: Vec<f64> = estimates
        .map(|estimate| (estimate.high - estimate.low) / 2.0)
        .collect();
    halves.sort_by(f64::total_cmp);
    halves
        .get(halves.len() / 2)
        .map_or_else(String::new, |half| format!("±{}", format::number(*half, 1)))
}

/// The word that fits most areas, and in how many of them; among equals the less trusting one.
fn trust(words: impl Iterator<Item = Trust>) -> String {
    let words: Vec<Trust> = words.collect();
    let kinds = [
        (Trust::Reliable, "reliable"),
        (Trust::Rough, "rough"),
        (Trust::MostlyNoise, "mostly noise"),
    ];
    let count = |kind: Trust| words.iter().filter(|word| **word == kind).count();
    let usual = kinds.into_iter().max_by_key(|(kind, _)| count(*kind));
    match usual.map(|(kind, word)| (count(kind), word)) {
        Some((n, word)) if n > 0 && n == words.len() => word.to_owned(),
        Some((n, word)) if n > 0 => format!("{word} in {n} of {}", words.len()),
        _ => String::new(),
    }
}

fn notes(findings: &Findings, shown: usize, search: bool) -> Vec<String> {
    let mut notes = vec![format!(
        "The share who agree, in percent of n answers; “does not apply” is left out. With 50 \
         answers a share is known to about ±13 points, with 10 to about ±26. A group is hidden \
         with fewer than {} answers, or if its numbers would give away such a group.",
        findings.minimum_group
    )];
    let groups = findings.groups.len();
    let all = format::counted(groups as u64, "group", "groups");
    match search {
        true if groups > MOST_TO_SEARCH => notes.push(format!(
            "The first {} of {all} can be searched; scores.csv has all of them with their \
             intervals.",
            format::count(MOST_TO_SEARCH as u64)
        )),
        false if shown < groups => notes.push(format!(
            "{shown} of {all} are shown here; scores.csv has all of them with their intervals."
        )),
        _ => notes.push("scores.csv has every interval.".into()),
    }
    notes
}

fn participation(groups: &[&Group], all: &[&Group], minimum: u32) -> Table {
    let row = |group: &&Group| {
        let invited = group.invited.map_or_else(Cell::none, Cell::count);
        let mut cells = vec![invited];
        match (group.hidden, group.invited, group.responded) {
            (Some(hidden), ..) => cells.push(Cell::Hidden(why(hidden, minimum))),
            (None, Some(invited), Some(n)) if invited > 0 => {
                let rate = f64::from(n) / f64::from(invited);
                cells.push(Cell::count(n));
                cells.push(Cell::number(format::percent(rate)));
                cells.push(Cell::Bar(bar(rate), format::percents(rate)));
            }
            (None, _, n) => cells.push(n.map_or_else(Cell::none, Cell::count)),
        }
        let head = name(group);
        Row {
            head,
            ..Row::team(&group.team, cells)
        }
    };
    let line = |group: &&Group| {
        Row {
            head: path(group),
            ..row(group)
        }
        .line()
    };
    let rows: Vec<Row> = groups.iter().map(row).collect();
    Table {
        caption: "Who took part, by group".into(),
        columns: vec![
            Column::words("Group"),
            Column::numbers("Asked", ""),
            Column::numbers("Answered", ""),
            Column::numbers("Share", "").ascending().how("nonresponse"),
            Column::words("").unsorted(),
        ],
        all: all.iter().map(line).collect(),
        rows,
    }
}

#[cfg(test)]
mod tests {
    use tribometer_findings::Hidden;

    use super::*;

    pub(super) fn team(path: &str) -> Group {
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
    fn a_cell_has_the_share_and_the_mean_after_shrinkage() {
        let groups = Groups::of(&Findings::sample(), false);
        assert!(groups.has_means && groups.has_trust && groups.all.is_empty());
        let Cells::Shown(cells) = &groups.rows[1].cells else {
            panic!("a group that is shown")
        };
        let cell = cells[0].as_ref().unwrap();
        let mean = cell.mean.as_ref().unwrap();
        assert_eq!((cell.percent, cell.step), (31, 3));
        assert_eq!(
            (mean.mean.as_str(), mean.raw.as_str(), mean.step),
            ("2.3", "2.2", 3)
        );
        assert_eq!(groups.rows[1].half, "±0.2");
    }

    #[test]
    fn a_team_is_called_by_the_word_that_fits_most_areas() {
        let called = |words: &[Trust]| trust(words.iter().copied());
        assert_eq!(called(&[]), "");
        assert_eq!(called(&[Trust::Rough; 3]), "rough");
        assert_eq!(
            called(&[Trust::Reliable, Trust::Rough, Trust::Rough]),
            "rough in 2 of 3"
        );
        assert_eq!(
            called(&[Trust::Reliable, Trust::MostlyNoise]),
            "mostly noise in 1 of 2"
        );
        let groups = Groups::of(&Findings::sample(), false);
        let words: Vec<(&str, &str)> = (groups.rows.iter())
            .map(|row| (row.name.as_str(), row.trust.as_str()))
            .filter(|(_, trust)| !trust.is_empty())
            .collect();
        assert_eq!(words, [("Ledger", "reliable"), ("Risk", "rough")]);
    }

    #[test]
    fn a_file_brings_every_group_along_and_no_number_of_a_hidden_one() {
        let mut findings = Findings::sample();
        for at in 0..20 {
            findings.groups.push(Group {
                responded: Some(4),
                hidden: Some(Hidden::TooSmall),
                ..team(&format!("Engineering / Web / {at}"))
            });
        }
        let groups = Groups::of(&findings, true);
        let lines: Vec<&str> = groups.all.lines().collect();
        assert_eq!(lines.len(), findings.groups.len());
        assert!(
            lines[1].starts_with("Data\tn 79\t±0.2\t\t31 3 2.3 3 2.2\t"),
            "{}",
            lines[1]
        );
        assert_eq!(
            lines[lines.len() - 1],
            "Web / 19\t\t\t\t!Hidden: fewer than 5 answers"
        );
        assert_eq!(groups.participation.all.lines().count(), lines.len());
        assert!(Groups::of(&findings, false).all.is_empty());
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
