//! The groups that a wave's findings are about: every node of the org tree, and every node by one
//! attribute.
//!
//! Numbers of groups are kept node after node, and within a node the whole first, then the values
//! of each attribute: a group is an index.

use std::collections::{BTreeSet, HashMap};

use polars::prelude::DataFrame;
use tribometer_surveys::team::{TeamPath, TeamTree};

use crate::answers::{self, TEAM, by_category, categories};

/// The org tree with a single root, each node right before those within it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tree {
    /// `Engineering / Payments`. The first is the whole organization; it has no name where several
    /// teams have none above them.
    pub paths: Vec<String>,
    /// The node above; absent for the first.
    pub parents: Vec<Option<usize>>,
    /// The position after the last node within this one.
    pub ends: Vec<usize>,
    nodes: HashMap<String, usize>,
}

impl Tree {
    /// The tree that these paths span. Texts that are no path name nobody's team.
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let paths: BTreeSet<&str> = paths.into_iter().collect();
        let tree = TeamTree::new(paths.iter().filter_map(|path| path.parse().ok()));
        let needs_root = tree.roots().count() != 1;
        let shift = usize::from(needs_root);
        let mut rooted = Tree::default();
        if needs_root {
            rooted.paths.push(String::new());
            rooted.parents.push(None);
            rooted.ends.push(tree.nodes().len() + 1);
        }
        for node in tree.nodes() {
            let above = node.parent.map(|parent| parent + shift);
            rooted.paths.push(node.path.to_string());
            rooted.parents.push(above.or(needs_root.then_some(0)));
            rooted.ends.push(node.end + shift);
        }
        rooted.nodes = rooted.paths.iter().cloned().zip(0..).collect();
        for path in paths {
            if let Ok(canonical) = path.parse::<TeamPath>()
                && canonical.as_str() != path
                && let Some(&node) = rooted.nodes.get(canonical.as_str())
            {
                rooted.nodes.insert(path.to_owned(), node);
            }
        }
        rooted
    }

    /// The tree of all teams that any of these people are in.
    pub fn of<'a>(people: impl IntoIterator<Item = &'a DataFrame>) -> Self {
        let teams = people
            .into_iter()
            .filter_map(|people| people.column(TEAM).ok());
        Self::new(teams.flat_map(categories))
    }

    /// How many nodes there are; at least one.
    pub fn len(&self) -> usize {
        self.paths.len()
    }

    /// Never true: the whole is always there.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// The node of a team; the whole for somebody without one.
    pub fn node(&self, path: &str) -> usize {
        self.nodes.get(path).copied().unwrap_or(0)
    }

    /// The node of a team; the whole where the path is empty, none for a team that is not in the
    /// tree.
    pub fn find(&self, path: &str) -> Option<usize> {
        match path {
            "" => Some(0),
            path => self.nodes.get(path).copied(),
        }
    }

    /// The node of each person.
    pub fn place(&self, people: &DataFrame) -> Vec<u32> {
        let teams = people.column(TEAM).expect("people have teams");
        by_category(teams, |path| self.node(path) as u32)
    }

    /// How many of these nodes are each of the tree's.
    pub fn count(&self, nodes: &[u32]) -> Vec<u32> {
        let mut counts = vec![0; self.len()];
        nodes.iter().for_each(|node| counts[*node as usize] += 1);
        counts
    }

    /// The nodes one level below.
    pub fn children(&self, node: usize) -> impl Iterator<Item = usize> {
        let end = self.ends[node];
        std::iter::successors(Some(node + 1).filter(|first| *first < end), move |child| {
            Some(self.ends[*child]).filter(|next| *next < end)
        })
    }

    /// A node and those above it.
    pub fn upward(&self, node: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(node), |node| self.parents[*node])
    }

    /// The lowest node that has both within it.
    pub fn common(&self, a: usize, b: usize) -> usize {
        self.upward(a)
            .find(|node| (*node..self.ends[*node]).contains(&b))
            .unwrap_or(0)
    }

    /// Adds what each node has of its own to all nodes above it; `width` numbers a node.
    pub fn roll_up<T: Copy + std::ops::AddAssign>(&self, values: &mut [T], width: usize) {
        for node in (1..self.len()).rev() {
            let Some(parent) = self.parents[node] else {
                continue;
            };
            let (above, below) = values.split_at_mut(node * width);
            let above = &mut above[parent * width..][..width];
            for (sum, value) in above.iter_mut().zip(&below[..width]) {
                *sum += *value;
            }
        }
    }
}

/// Every node, cut by some attributes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Groups {
    pub tree: Tree,
    cuts: Vec<Cut>,
}

/// An attribute that every node is cut by.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cut {
    attribute: String,
    /// In alphabetical order; people whose value is not known are in no group of the cut.
    values: Vec<String>,
}

/// A group in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name<'a> {
    pub team: &'a str,
    /// Attribute and value.
    pub cut: Option<(&'a str, &'a str)>,
}

/// Some people and the groups that they belong to by themselves, before those above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Each one's node.
    pub nodes: Vec<u32>,
    /// By attribute, each one's place within the node; none where the value is not known.
    cuts: Vec<Vec<Option<u32>>>,
}

impl Groups {
    /// The groups of a tree by attributes of these people.
    pub fn new<'a>(
        tree: Tree,
        by: &[String],
        people: impl Iterator<Item = &'a DataFrame> + Clone,
    ) -> Self {
        let values = |attribute: &String| {
            let columns = people.clone();
            let columns = columns.filter_map(|people| answers::attribute(people, attribute));
            let values: BTreeSet<&str> = columns.flat_map(categories).collect();
            values.into_iter().map(str::to_owned).collect()
        };
        let cuts = by.iter().map(|attribute| Cut {
            attribute: attribute.clone(),
            values: values(attribute),
        });
        Self {
            cuts: cuts.collect(),
            tree,
        }
    }

    /// How many groups a node has.
    pub fn per_node(&self) -> usize {
        1 + self.cuts.iter().map(|cut| cut.values.len()).sum::<usize>()
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.tree.len() * self.per_node()
    }

    /// Never true: the whole is always there.
    pub fn is_empty(&self) -> bool {
        self.tree.is_empty()
    }

    /// For each attribute, the places of its groups within a node.
    pub fn cuts(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let mut from = 1;
        self.cuts.iter().map(move |cut| {
            let range = from..from + cut.values.len();
            from = range.end;
            range
        })
    }

    /// All groups in order: the whole first, then depth first.
    pub fn names(&self) -> impl Iterator<Item = Name<'_>> {
        self.tree.paths.iter().flat_map(|team| {
            let plain = std::iter::once(Name { team, cut: None });
            plain.chain(self.cuts.iter().flat_map(move |cut| {
                cut.values.iter().map(move |value| Name {
                    team,
                    cut: Some((&cut.attribute, value)),
                })
            }))
        })
    }

    /// Finds out where people belong.
    pub fn place(&self, people: &DataFrame) -> Placed {
        let cuts = self.cuts().zip(&self.cuts).map(|(range, cut)| {
            let Some(column) = answers::attribute(people, &cut.attribute) else {
                return vec![None; people.height()];
            };
            by_category(column, |value| {
                let at = cut
                    .values
                    .binary_search_by(|other| other.as_str().cmp(value));
                at.ok().map(|at| (range.start + at) as u32)
            })
        });
        Placed {
            cuts: cuts.collect(),
            nodes: self.tree.place(people),
        }
    }

    /// Visits every person's own groups.
    pub fn visit(&self, placed: &Placed, mut visit: impl FnMut(usize, usize)) {
        let width = self.per_node();
        for (person, node) in placed.nodes.iter().enumerate() {
            let first = *node as usize * width;
            visit(person, first);
            for cut in &placed.cuts {
                if let Some(place) = cut[person] {
                    visit(person, first + place as usize);
                }
            }
        }
    }

    /// How many people each group has.
    pub fn count(&self, placed: &Placed) -> Vec<u32> {
        let mut counts = vec![0; self.len()];
        self.visit(placed, |_, group| counts[group] += 1);
        self.tree.roll_up(&mut counts, self.per_node());
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::PeopleRows;

    fn people() -> DataFrame {
        let mut people = PeopleRows::default();
        for (team, role) in [
            ("A / X", "dev"),
            ("A / X", "ops"),
            ("A", ""),
            ("A / Y / 1", "dev"),
            ("", "dev"),
        ] {
            people.push(team, [("role", role)]);
        }
        people.finish()
    }

    #[test]
    fn people_count_for_every_team_above_them() {
        let people = people();
        let tree = Tree::of([&people]);
        let groups = Groups::new(tree, &["role".to_owned()], std::iter::once(&people));
        let names: Vec<String> = groups
            .names()
            .map(|name| format!("{}|{}", name.team, name.cut.map_or("", |(_, value)| value)))
            .collect();
        let counts: Vec<(&str, u32)> = names
            .iter()
            .map(String::as_str)
            .zip(groups.count(&groups.place(&people)))
            .collect();
        assert_eq!(
            counts,
            [
                ("A|", 5),
                ("A|dev", 3),
                ("A|ops", 1),
                ("A / X|", 2),
                ("A / X|dev", 1),
                ("A / X|ops", 1),
                ("A / Y|", 1),
                ("A / Y|dev", 1),
                ("A / Y|ops", 0),
                ("A / Y / 1|", 1),
                ("A / Y / 1|dev", 1),
                ("A / Y / 1|ops", 0),
            ]
        );
    }

    #[test]
    fn several_roots_get_a_whole_without_a_name() {
        let tree = Tree::new(["A", "B / C", " B /  C ", "no /path"]);
        assert_eq!(tree.paths, ["", "A", "B", "B / C"]);
        assert_eq!(
            [tree.node(" B /  C "), tree.node("no /path"), tree.node("")],
            [3, 0, 0]
        );
        assert_eq!(
            [tree.find("B / C"), tree.find("C"), tree.find("")],
            [Some(3), None, Some(0)]
        );
        assert_eq!(tree.children(0).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(
            [tree.common(1, 3), tree.common(3, 2), tree.common(3, 3)],
            [0, 2, 3]
        );
        assert_eq!(Tree::new([]).paths, [""]);
    }
}
