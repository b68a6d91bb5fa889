//! What people wrote: the themes by how often they come up, and some comments as they are.

use std::collections::BTreeMap;

use tribometer_findings::{Comment, Findings};

use super::table::{Cell, Column, Row, Table};
use crate::words::format;

/// How many themes and comments a page shows; the file has all comments.
const MOST_THEMES: usize = 12;
const MOST_QUOTES: usize = 12;
/// A theme of fewer comments is no theme to look at.
const LEAST_COMMENTS: u32 = 3;

/// The section; without comments there is none.
pub struct Comments {
    pub themes: Option<Table>,
    pub quotes: Vec<Quote>,
    pub more: Option<String>,
}

/// A comment and what it is about.
pub struct Quote {
    pub text: String,
    pub about: String,
}

impl Comments {
    pub fn of(findings: &Findings) -> Comments {
        let all = findings.comments.len();
        Comments {
            themes: themes(findings),
            quotes: (findings.comments.iter().take(MOST_QUOTES))
                .map(|comment| quote(findings, comment))
                .collect(),
            more: (all > MOST_QUOTES).then(|| {
                format!(
                    "{MOST_QUOTES} of {} comments, drawn by chance. comments.csv has all.",
                    format::count(all as u64)
                )
            }),
        }
    }
}

fn pillar<'a>(findings: &'a Findings, comment: &'a Comment) -> &'a str {
    comment
        .pillar
        .as_deref()
        .map_or("Everything", |pillar| findings.pillar_name(pillar))
}

fn quote(findings: &Findings, comment: &Comment) -> Quote {
    let about = comment.pillar.as_deref().map(|_| pillar(findings, comment));
    let about: Vec<&str> = [about, comment.theme.as_deref(), Some(comment.team.as_str())]
        .into_iter()
        .flatten()
        .collect();
    Quote {
        text: comment.text.clone(),
        about: about.join(" · "),
    }
}

fn themes(findings: &Findings) -> Option<Table> {
    let mut counts: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for comment in &findings.comments {
        if let Some(theme) = &comment.theme {
            *counts
                .entry((theme, pillar(findings, comment)))
                .or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts
        .into_iter()
        .filter(|(_, count)| *count >= LEAST_COMMENTS)
        .collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let row = |((theme, pillar), count): &((&str, &str), u32)| {
        Row::new(
            *theme,
            vec![Cell::Text((*pillar).to_owned()), Cell::count(*count)],
        )
    };
    (!counts.is_empty()).then(|| Table {
        all: String::new(),
        caption: "What comes up most".into(),
        columns: vec![
            Column::words("Theme"),
            Column::words("Area"),
            Column::numbers("Comments", ""),
        ],
        rows: counts.iter().take(MOST_THEMES).map(row).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn themes_are_counted_and_a_page_shows_some_comments() {
        let mut findings = Findings::sample();
        findings.comments = (0..30)
            .map(|at| Comment {
                pillar: (at % 3 > 0).then(|| "code-review".to_owned()),
                theme: (at < 28).then(|| if at % 2 == 0 { "Waiting" } else { "Rules" }.to_owned()),
                team: "Engineering".into(),
                text: at.to_string(),
            })
            .collect();
        findings.comments[29].theme = Some("Once".into());
        let comments = Comments::of(&findings);
        let rows: Vec<(String, Vec<Cell>)> = (comments.themes.expect("themes").rows.into_iter())
            .map(|row| (row.head, row.cells))
            .collect();
        assert_eq!(rows.len(), 4);
        assert_eq!(
            rows[0],
            (
                "Rules".into(),
                vec![Cell::Text("Code review".into()), Cell::count(9)]
            )
        );
        assert_eq!(
            (comments.quotes.len(), comments.quotes[1].about.as_str()),
            (12, "Code review · Rules · Engineering")
        );
        assert!(
            comments
                .more
                .is_some_and(|more| more.starts_with("12 of 30 comments"))
        );
    }
}
