//! The org tree: paths such as `Engineering / Payments / Ledger`, and the tree that they span.

use std::{borrow::Cow, cmp::Ordering, collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What joins the levels of a path.
pub const SEPARATOR: &str = " / ";
/// The greatest number of levels.
pub const DEEPEST: usize = 20;
/// The greatest number of characters of one level.
pub const LONGEST_LEVEL: usize = 100;

/// A node of the org tree, named from the root: `Engineering / Payments / Ledger`.
///
/// Always in canonical form: single spaces, no empty level. Ordered so that a team comes right
/// before the teams within it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TeamPath(String);

/// Why a text is not the path of a team.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TeamPathError {
    #[error("expected levels joined by ` / `, as in `Engineering / Payments`")]
    Empty,
    #[error("a level is empty; write a name on both sides of each ` / `")]
    EmptyLevel,
    #[error(
        "a slash has a space on one side only; write ` / ` between levels, and no space around a \
         slash in a name"
    )]
    LopsidedSlash,
    #[error("there are {levels} levels; at most {DEEPEST} are kept")]
    TooDeep { levels: usize },
    #[error("a level has {characters} characters; at most {LONGEST_LEVEL} are kept")]
    LevelTooLong { characters: usize },
    #[error("there is a control character, U+{code:04X}; remove it")]
    ControlCharacter { code: u32 },
}

impl TeamPath {
    /// The path as text, levels joined by ` / `.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names of the levels, the root's first.
    pub fn levels(&self) -> impl Iterator<Item = &str> {
        self.0.split(SEPARATOR)
    }

    /// The number of levels; 1 for a root.
    pub fn depth(&self) -> usize {
        self.levels().count()
    }

    /// The last level: the team's own name.
    pub fn name(&self) -> &str {
        self.0
            .rsplit_once(SEPARATOR)
            .map_or(&self.0, |(_, name)| name)
    }

    /// The team one level up, if this is not a root.
    pub fn parent(&self) -> Option<TeamPath> {
        self.0
            .rsplit_once(SEPARATOR)
            .map(|(parent, _)| TeamPath(parent.to_owned()))
    }

    /// The teams above this one, the nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = TeamPath> {
        std::iter::successors(self.parent(), TeamPath::parent)
    }

    /// Whether this is `other` or lies somewhere below it.
    pub fn is_within(&self, other: &TeamPath) -> bool {
        self.0
            .strip_prefix(other.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(SEPARATOR))
    }
}

impl FromStr for TeamPath {
    type Err = TeamPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(control) = text.trim().chars().find(|c| c.is_control()) {
            return Err(TeamPathError::ControlCharacter {
                code: control.into(),
            });
        }
        let path = single_spaced(text.trim()).into_owned();
        if path.is_empty() {
            return Err(TeamPathError::Empty);
        }
        let mut levels = 0;
        for level in path.split(SEPARATOR) {
            levels += 1;
            if level.is_empty() || level.starts_with('/') || level.ends_with('/') {
                return Err(TeamPathError::EmptyLevel);
            }
            if level.contains("/ ") || level.contains(" /") {
                return Err(TeamPathError::LopsidedSlash);
            }
            let characters = level.chars().count();
            if characters > LONGEST_LEVEL {
                return Err(TeamPathError::LevelTooLong { characters });
            }
        }
        if levels > DEEPEST {
            return Err(TeamPathError::TooDeep { levels });
        }
        Ok(TeamPath(path))
    }
}

/// The text with one space between words. Nearly every text is so already, and there are as many as
/// people.
fn single_spaced(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    if text.bytes().all(is_plain) && !text.contains("  ") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

impl fmt::Display for TeamPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for TeamPath {
    type Error = TeamPathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TeamPath> for String {
    fn from(path: TeamPath) -> Self {
        path.0
    }
}

impl Ord for TeamPath {
    fn cmp(&self, other: &Self) -> Ordering {
        self.levels().cmp(other.levels())
    }
}

impl PartialOrd for TeamPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// All teams of an organization, each right before the teams within it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamTree {
    nodes: Vec<TeamNode>,
}

/// A team and its place among the others; numbers are positions in [`TeamTree::nodes`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamNode {
    pub path: TeamPath,
    /// The position of the team one level up.
    pub parent: Option<usize>,
    /// The position after the last team within this one.
    pub end: usize,
}

impl TeamTree {
    /// The tree that these paths span; teams that only appear as a level above others are part of
    /// it.
    pub fn new(paths: impl IntoIterator<Item = TeamPath>) -> Self {
        let mut all = BTreeSet::new();
        for path in paths {
            let above: Vec<TeamPath> = path
                .ancestors()
                .take_while(|team| !all.contains(team))
                .collect();
            all.extend(above);
            all.insert(path);
        }
        let mut nodes: Vec<TeamNode> = Vec::with_capacity(all.len());
        let mut open: Vec<usize> = Vec::new();
        for path in all {
            let depth = path.depth();
            while open.len() >= depth {
                close(&mut nodes, &mut open);
            }
            let parent = open.last().copied();
            open.push(nodes.len());
            nodes.push(TeamNode {
                path,
                parent,
                end: 0,
            });
        }
        while !open.is_empty() {
            close(&mut nodes, &mut open);
        }
        TeamTree { nodes }
    }

    /// All teams in order.
    pub fn nodes(&self) -> &[TeamNode] {
        &self.nodes
    }

    /// The position of a team.
    pub fn position(&self, path: &TeamPath) -> Option<usize> {
        self.nodes.binary_search_by(|node| node.path.cmp(path)).ok()
    }

    /// A team and all teams within it; empty if the tree does not have it.
    pub fn subtree(&self, path: &TeamPath) -> &[TeamNode] {
        self.position(path)
            .map_or(&[], |at| &self.nodes[at..self.nodes[at].end])
    }

    /// The teams one level below a team.
    pub fn children(&self, path: &TeamPath) -> impl Iterator<Item = &TeamNode> {
        let parent = self.position(path);
        self.subtree(path)
            .iter()
            .skip(1)
            .filter(move |node| node.parent == parent)
    }

    /// The teams without a team above them.
    pub fn roots(&self) -> impl Iterator<Item = &TeamNode> {
        self.nodes.iter().filter(|node| node.parent.is_none())
    }
}

fn close(nodes: &mut [TeamNode], open: &mut Vec<usize>) {
    if let Some(at) = open.pop() {
        nodes[at].end = nodes.len();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn team(text: &str) -> TeamPath {
        text.parse().unwrap()
    }

    #[test]
    fn paths_are_brought_into_one_form() {
        assert_eq!(
            team("  Engineering /  Payments  / Ledger ").as_str(),
            "Engineering / Payments / Ledger"
        );
        assert_eq!(
            team("CI/CD / R&D").levels().collect::<Vec<_>>(),
            ["CI/CD", "R&D"]
        );
    }

    #[test]
    fn what_is_no_path_is_refused_with_a_reason() {
        let deep = vec!["a"; 21].join(SEPARATOR);
        let long = "x".repeat(101);
        let refused = [
            "", " ", "/", "A /", "/ A", "A / / B", "A/ B", "A /B", "/A", "A\u{0}B", "A\nB", &deep,
            &long,
        ];
        let messages = refused.map(|text| text.parse::<TeamPath>().unwrap_err().to_string());
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn a_team_knows_its_place() {
        let ledger = team("Engineering / Payments / Ledger");
        assert_eq!(
            (ledger.name(), ledger.depth(), ledger.parent()),
            ("Ledger", 3, Some(team("Engineering / Payments")))
        );
        assert_eq!(
            ledger.ancestors().collect::<Vec<_>>(),
            [team("Engineering / Payments"), team("Engineering")]
        );
        assert!(ledger.is_within(&ledger) && ledger.is_within(&team("Engineering")));
        assert!(
            !ledger.is_within(&team("Engineering / Pay"))
                && !team("Engineering").is_within(&ledger)
        );
    }

    #[test]
    fn a_tree_fills_in_the_levels_above_and_orders_teams_before_those_within() {
        let paths = ["B", "A / Y", "A / X / 2", "A-1", "A / X / 1", "A !"].map(team);
        let tree = TeamTree::new(paths);
        let names = |nodes: &[TeamNode]| {
            nodes
                .iter()
                .map(|node| node.path.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(tree.nodes()),
            [
                "A",
                "A / X",
                "A / X / 1",
                "A / X / 2",
                "A / Y",
                "A !",
                "A-1",
                "B"
            ]
        );
        assert_eq!(
            names(tree.subtree(&team("A / X"))),
            ["A / X", "A / X / 1", "A / X / 2"]
        );
        assert_eq!(tree.subtree(&team("C")), []);
        let children = tree
            .children(&team("A"))
            .map(|node| node.path.name())
            .collect::<Vec<_>>();
        assert_eq!(children, ["X", "Y"]);
        assert_eq!(
            tree.roots()
                .map(|node| node.path.name())
                .collect::<Vec<_>>(),
            ["A", "A !", "A-1", "B"]
        );
    }

    fn any_path() -> impl Strategy<Value = TeamPath> {
        prop::collection::vec("[a-c !-]{1,2}", 1..5)
            .prop_filter_map("no path", |levels| levels.join(SEPARATOR).parse().ok())
    }

    proptest! {
        #[test]
        fn accepted_paths_are_read_back_the_same(text in "[ab/ ]{0,12}|.{0,30}") {
            if let Ok(path) = text.parse::<TeamPath>() {
                prop_assert_eq!(path.as_str().parse::<TeamPath>().unwrap(), path.clone());
                prop_assert!(path.levels().all(|level| !level.is_empty() && level == level.trim()));
            }
        }

        #[test]
        fn subtrees_hold_exactly_what_lies_within(paths in prop::collection::vec(any_path(), 0..20)) {
            let tree = TeamTree::new(paths.clone());
            prop_assert!(tree.nodes().is_sorted_by(|a, b| a.path < b.path));
            for path in &paths {
                prop_assert!(tree.position(path).is_some());
            }
            for (at, node) in tree.nodes().iter().enumerate() {
                let within: Vec<usize> = (0..tree.nodes().len()).filter(|other| tree.nodes()[*other].path.is_within(&node.path)).collect();
                prop_assert_eq!(within, (at..node.end).collect::<Vec<_>>());
                prop_assert_eq!(node.parent.map(|parent| tree.nodes()[parent].path.clone()), node.path.parent());
            }
        }
    }
}
