//! Groups that somebody looks for, a page of them.

use askama::Template;
use tribometer_findings::{Findings, Group};

use super::{Cells, GroupRow, Groups, has_trust, key, name, path, row, scores_of};
use crate::html::page::rendered;
use crate::html::table::{Empty, Table};

/// What groups to look for, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The address of the report, where the methods are explained.
    pub report: String,
    /// Words that all have to be in a group's path or value, in any case.
    pub words: String,
    /// A pillar by which the groups are in order, the least favorable first; by default they are in
    /// the order of the tree.
    pub pillar: Option<String>,
    /// From 1 on; a page beyond the last is the last.
    pub page: usize,
}

/// A page of groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundGroups {
    /// The table and what is to be said about it.
    pub html: String,
    /// How many groups there are with these words.
    pub found: usize,
    pub page: usize,
    pub pages: usize,
}

/// Groups on a page of [`found_groups`].
const A_PAGE: usize = 50;

/// The groups that are wanted, a page of them.
pub fn found_groups(findings: &Findings, wanted: &Wanted) -> FoundGroups {
    let words: Vec<String> = wanted
        .words
        .split_whitespace()
        .map(str::to_lowercase)
        .collect();
    let is_wanted = |group: &&Group| {
        let name = format!("{} {}", group.team, name(group)).to_lowercase();
        words.iter().all(|word| name.contains(word))
    };
    let mut all: Vec<&Group> = findings.groups.iter().filter(is_wanted).collect();
    let scores = scores_of(findings);
    if let Some(pillar) = &wanted.pillar {
        // What is hidden has no place in the order, and stands last.
        let share = |group: &&Group| {
            let score = scores
                .get(&key(group, pillar))
                .filter(|score| score.hidden.is_none());
            let favorable = score.filter(|_| group.hidden.is_none())?.favorable?;
            Some(favorable.value)
        };
        let key = |group: &&Group| share(group).unwrap_or(f64::INFINITY);
        all.sort_by(|a, b| key(a).total_cmp(&key(b)));
    }
    let pages = all.len().div_ceil(A_PAGE).max(1);
    let page = wanted.page.clamp(1, pages);
    let found = all.len();
    let here: Vec<&Group> = all
        .into_iter()
        .skip((page - 1) * A_PAGE)
        .take(A_PAGE)
        .collect();
    let rows: Vec<GroupRow> = (here.iter())
        .map(|group| GroupRow {
            class: String::new(),
            name: path(group),
            ..row(group, findings, &scores)
        })
        .collect();
    let groups = Groups {
        pillars: (findings.ranking.iter())
            .map(|row| row.name.clone())
            .collect(),
        has_means: rows.iter().any(|row| !row.half.is_empty()),
        has_trust: has_trust(here.iter(), findings, &scores),
        is_part: false,
        notes: Vec::new(),
        all: String::new(),
        participation: Table::default(),
        empty: Empty::default(),
        rows,
    };
    FoundGroups {
        html: rendered(
            FoundTable {
                report: &wanted.report,
                groups,
            }
            .render(),
        ),
        found,
        page,
        pages,
    }
}

#[derive(Template)]
#[template(path = "found_groups.html", whitespace = "minimize")]
struct FoundTable<'a> {
    report: &'a str,
    groups: Groups,
}

#[cfg(test)]
mod tests {
    use tribometer_findings::{Estimate, Score};

    use super::super::tests::team;
    use super::*;

    #[test]
    fn groups_are_found_by_words_sorted_by_an_area_and_paged() {
        let mut findings = Findings::sample();
        let pillar = findings.ranking[0].pillar.clone();
        let before = findings.groups.len();
        for at in 0..120 {
            findings
                .groups
                .push(team(&format!("Engineering / Web / Team {at}")));
            let share = f64::from(at) / 120.0;
            findings.scores.push(Score {
                team: format!("Engineering / Web / Team {at}"),
                item: pillar.clone(),
                favorable: Some(Estimate {
                    value: share,
                    low: share,
                    high: share,
                }),
                ..Score::default()
            });
        }
        let find = |words: &str, pillar: Option<&str>, page| {
            let (words, pillar) = (words.to_owned(), pillar.map(str::to_owned));
            found_groups(
                &findings,
                &Wanted {
                    words,
                    pillar,
                    page,
                    report: "/waves/1".into(),
                },
            )
        };
        let all = find("", None, 1);
        assert_eq!(
            (all.found, all.page, all.pages),
            (before + 120, 1, (before + 120).div_ceil(50))
        );
        let last = find("", None, 99);
        assert_eq!(
            (last.page, last.html.contains("Team 119")),
            (last.pages, true)
        );
        let found = find("WEB team 11", Some(&pillar), 1);
        assert_eq!(found.found, 11);
        assert!(found.html.find("Team 11 ").unwrap() < found.html.find("Team 119 ").unwrap());
        let none = find("nobody", None, 1);
        assert!(
            (none.found, none.pages) == (0, 1) && none.html.contains("No group is called that")
        );
    }
}
