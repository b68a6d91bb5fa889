//! Comments that may be shown: scrubbed, sorted into themes, under teams with enough answers, in an
//! order that tells nothing.

mod codebook;
pub mod embedding;
pub mod scrub;
pub mod terms;
pub mod themes;

use std::collections::BTreeMap;

use embedding::Embedding;
use rand::seq::SliceRandom;
use scrub::{Identifying, Scrubber};
use themes::themes;
use tribometer_findings::{Comment, Hidden, NoEmbedding};
use tribometer_statistics::random;

use crate::answers::CommentText;
use crate::disclosure;
use crate::groups::Tree;

/// Who answered where, for deciding which team's name a comment may stand under.
pub struct Answers<'a> {
    pub tree: &'a Tree,
    /// Responses of people directly in each node.
    pub own: &'a [u32],
    /// Which nodes are hidden.
    pub hidden: &'a [Option<Hidden>],
    /// The smallest group that is shown.
    pub minimum: u32,
}

/// The comments that may be shown, shuffled: each under its team, or one above it, with at least
/// [`COMMENT_GROUP`](tribometer_surveys::privacy::COMMENT_GROUP) answers. An embedding model sees
/// the texts as they are shown; if it fails, words decide, and the second value says why.
pub fn disclosed(
    comments: &[CommentText<'_>],
    answers: &Answers<'_>,
    identifying: &Identifying,
    embedding: Option<&dyn Embedding>,
    seed: u64,
) -> (Vec<Comment>, Option<NoEmbedding>) {
    let scrubber = Scrubber::new(identifying);
    let groups =
        disclosure::comment_groups(answers.tree, answers.own, answers.hidden, answers.minimum);
    let mut shown: Vec<Comment> = comments
        .iter()
        .filter_map(|comment| {
            let group = groups
                .get(answers.tree.node(comment.team))
                .copied()
                .flatten()?;
            let text = scrubber.scrub(comment.text.trim());
            (!text.is_empty()).then(|| Comment {
                pillar: comment.pillar.map(str::to_owned),
                theme: None,
                team: answers.tree.paths[group].clone(),
                text,
            })
        })
        .collect();
    // In the order of their words first: the order that they came in decides nothing.
    shown.sort_by(|a, b| (&a.text, &a.team, &a.pillar).cmp(&(&b.text, &b.team, &b.pillar)));
    shown.shuffle(&mut random::stream(seed, random::Stream::Comments, 0));

    let mut by_pillar: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    for (at, comment) in shown.iter().enumerate() {
        by_pillar
            .entry(comment.pillar.clone())
            .or_default()
            .push(at);
    }
    let all: Vec<&str> = shown.iter().map(|comment| comment.text.as_str()).collect();
    let vectors = match embedding.filter(|_| !all.is_empty()) {
        Some(model) => embedding::embed(model, &all).map(Some),
        None => Ok(None),
    };
    let (vectors, failed) = match vectors {
        Ok(vectors) => (vectors, None),
        Err(why) => (None, Some(why)),
    };
    for places in by_pillar.into_values() {
        let texts: Vec<&str> = places.iter().map(|at| shown[*at].text.as_str()).collect();
        let own = vectors.as_ref().map(|vectors| {
            let own = places.iter().map(|at| vectors[*at].as_slice());
            own.collect::<Vec<_>>()
        });
        let themes = themes(&texts, own.as_deref(), seed);
        for (at, theme) in places.into_iter().zip(themes) {
            shown[at].theme = theme;
        }
    }
    (shown, failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comment<'a>(team: &'a str, text: &'a str) -> CommentText<'a> {
        CommentText {
            pillar: Some("code-review"),
            team,
            text,
        }
    }

    #[test]
    fn comments_stand_under_teams_of_ten_and_without_names() {
        let tree = Tree::new(["E", "E / A", "E / B"]);
        let answers = Answers {
            tree: &tree,
            own: &[10, 12, 3],
            hidden: &[None; 3],
            minimum: 5,
        };
        let identifying = Identifying {
            names: vec!["Ada Stern".into()],
            logins: Vec::new(),
        };
        let said = [
            comment("E / A", "Ask Ada."),
            comment("E / B", "reviews wait for days"),
            comment("E / A", "  "),
        ];
        let shown = disclosed(&said, &answers, &identifying, None, 1).0;
        let mut rows: Vec<(&str, &str, Option<&str>)> = shown
            .iter()
            .map(|row| (row.team.as_str(), row.text.as_str(), row.theme.as_deref()))
            .collect();
        rows.sort_unstable();
        assert_eq!(
            rows,
            [
                ("E", "reviews wait for days", Some("Waiting for reviews")),
                ("E / A", "Ask [name].", None)
            ]
        );
        let few = Answers {
            own: &[0, 4, 3],
            ..answers
        };
        assert!(disclosed(&said, &few, &identifying, None, 1).0.is_empty());
    }

    #[test]
    fn the_order_that_comments_came_in_is_lost() {
        let tree = Tree::new(["E"]);
        let answers = Answers {
            tree: &tree,
            own: &[30],
            hidden: &[None],
            minimum: 5,
        };
        let remarks: Vec<String> = (0..30).map(|at| format!("remark {at}")).collect();
        let mut said: Vec<CommentText> = (remarks.iter())
            .map(|remark| comment("E", remark))
            .collect();
        let of = |said: &[CommentText<'_>], seed| {
            disclosed(said, &answers, &Identifying::default(), None, seed).0
        };
        let shown = of(&said, 1);
        assert_ne!(
            shown
                .iter()
                .map(|row| row.text.as_str())
                .collect::<Vec<_>>(),
            said.iter().map(|row| row.text).collect::<Vec<_>>()
        );
        said.reverse();
        assert_eq!(shown, of(&said, 1));
        assert_ne!(shown, of(&said, 2));
    }
}
