//! What may be shown: the one place where a group is hidden.
//!
//! A group with fewer answers than the minimum is hidden, and so is a group that would give a small
//! one away by subtraction: whatever remains of a shown group after taking away all shown groups
//! within it is nobody, or at least the minimum. The groups that a cut by an attribute makes are
//! held to the same.

use tribometer_findings::Hidden;

use tribometer_surveys::privacy::COMMENT_GROUP;

use crate::groups::{Groups, Tree};

/// Decides for each group whether it is hidden. `answers` are counts by group; `already` are groups
/// that are hidden for another reason and stay so.
pub fn decide(
    groups: &Groups,
    answers: &[u32],
    minimum: u32,
    already: Option<&[Option<Hidden>]>,
) -> Vec<Option<Hidden>> {
    let small = |(group, n): (usize, &u32)| {
        already
            .and_then(|hidden| hidden[group])
            .or((*n < minimum).then_some(Hidden::TooSmall))
    };
    let mut hidden: Vec<Option<Hidden>> = answers.iter().enumerate().map(small).collect();
    let width = groups.per_node();
    loop {
        let mut changed = false;
        for place in 0..width {
            changed |= hide_remainders(&groups.tree, answers, &mut hidden, (place, width), minimum);
        }
        for node in 0..groups.tree.len() {
            for cut in groups.cuts() {
                let (whole, first) = (node * width, node * width + cut.start);
                changed |= hide_smallest_part(
                    whole,
                    first..first + cut.len(),
                    answers,
                    &mut hidden,
                    minimum,
                );
            }
        }
        if !changed {
            return hidden;
        }
    }
}

/// The same for teams alone: `people` are counts by node.
pub fn decide_teams(
    tree: &Tree,
    people: &[u32],
    minimum: u32,
    already: &[Option<Hidden>],
) -> Vec<Option<Hidden>> {
    let small = |(n, hidden): (&u32, &Option<Hidden>)| {
        hidden.or((*n < minimum).then_some(Hidden::TooSmall))
    };
    let mut hidden = people.iter().zip(already).map(small).collect::<Vec<_>>();
    while hide_remainders(tree, people, &mut hidden, (0, 1), minimum) {}
    hidden
}

/// Whether a remainder is somebody, but too few.
fn betrays(remainder: u32, minimum: u32) -> bool {
    (1..minimum).contains(&remainder)
}

/// Hides the smallest shown group below a shown one until nothing small remains between them; from
/// the leaves up, so that once suffices for one population. Of `width` groups a node, the one at
/// `place` is meant.
fn hide_remainders(
    tree: &Tree,
    answers: &[u32],
    hidden: &mut [Option<Hidden>],
    (place, width): (usize, usize),
    minimum: u32,
) -> bool {
    let at = |node: usize| node * width + place;
    // How many of a node's people are in it or below it in a group that is shown. Who worked in
    // two teams counts in both and once above them, so that a node may have fewer than its parts.
    let mut covered = vec![0i64; tree.len()];
    let mut changed = false;
    for node in (0..tree.len()).rev() {
        let mut below: i64 = tree.children(node).map(|child| covered[child]).sum();
        if hidden[at(node)].is_some() {
            covered[node] = below;
            continue;
        }
        let remainder = |below| u32::try_from(i64::from(answers[at(node)]) - below).unwrap_or(0);
        while betrays(remainder(below), minimum) {
            let Some(smallest) = shown_below(tree, node, |node| hidden[at(node)].is_none())
                .min_by_key(|node| answers[at(*node)])
            else {
                break;
            };
            hidden[at(smallest)] = Some(Hidden::WouldReveal);
            changed = true;
            let lost = covered[smallest]
                - tree
                    .children(smallest)
                    .map(|child| covered[child])
                    .sum::<i64>();
            for above in tree.upward(smallest).take_while(|above| *above != node) {
                covered[above] -= lost;
            }
            below -= lost;
        }
        covered[node] = i64::from(answers[at(node)]);
    }
    changed
}

/// The topmost shown nodes below a node.
fn shown_below(
    tree: &Tree,
    node: usize,
    is_shown: impl Fn(usize) -> bool,
) -> impl Iterator<Item = usize> {
    let mut next = node + 1;
    let end = tree.ends[node];
    std::iter::from_fn(move || {
        while next < end {
            let here = next;
            if is_shown(here) {
                next = tree.ends[here];
                return Some(here);
            }
            next += 1;
        }
        None
    })
}

/// The same for the parts that an attribute makes of a group.
fn hide_smallest_part(
    whole: usize,
    parts: std::ops::Range<usize>,
    answers: &[u32],
    hidden: &mut [Option<Hidden>],
    minimum: u32,
) -> bool {
    let mut changed = false;
    while hidden[whole].is_none() {
        let shown = || parts.clone().filter(|part| hidden[*part].is_none());
        let remainder = answers[whole].saturating_sub(shown().map(|part| answers[part]).sum());
        let Some(smallest) = shown()
            .min_by_key(|part| answers[*part])
            .filter(|_| betrays(remainder, minimum))
        else {
            break;
        };
        hidden[smallest] = Some(Hidden::WouldReveal);
        changed = true;
    }
    changed
}

/// For each node the node that comments from there are shown under, so that at least
/// [`COMMENT_GROUP`] answers, and never fewer than the minimum, stand behind each name; none where
/// even everybody together are too few. `own` are the answers of people directly in a node.
pub fn comment_groups(
    tree: &Tree,
    own: &[u32],
    hidden: &[Option<Hidden>],
    minimum: u32,
) -> Vec<Option<usize>> {
    let least = minimum.max(COMMENT_GROUP);
    let mut pool = own.to_vec();
    let mut alone = vec![false; tree.len()];
    for node in (0..tree.len()).rev() {
        alone[node] = pool[node] >= least && hidden[node].is_none();
        if let Some(parent) = tree.parents[node].filter(|_| !alone[node]) {
            pool[parent] += pool[node];
        }
    }
    // Who is left at the top is joined by the smallest of the topmost pools, until they are enough.
    while !alone[0] && hidden[0].is_none() && pool[0] > 0 {
        let topmost = shown_below(tree, 0, |node| alone[node]);
        let Some(smallest) = topmost.min_by_key(|node| pool[*node]) else {
            break;
        };
        alone[smallest] = false;
        pool[0] += pool[smallest];
        alone[0] = pool[0] >= least;
    }
    let mut shown: Vec<Option<usize>> = vec![None; tree.len()];
    for node in 0..tree.len() {
        shown[node] = if alone[node] {
            Some(node)
        } else {
            tree.parents[node].and_then(|parent| shown[parent])
        };
    }
    shown
}

#[cfg(test)]
mod tests {
    use polars::prelude::DataFrame;
    use proptest::prelude::*;

    use super::*;
    use crate::answers::PeopleRows;

    fn groups(people: &DataFrame, by: &[String]) -> Groups {
        Groups::new(Tree::of([people]), by, std::iter::once(people))
    }

    fn hidden_teams(sizes: &[(&str, u32)]) -> Vec<(String, Hidden)> {
        let mut people = PeopleRows::default();
        for (team, n) in sizes {
            (0..*n).for_each(|_| people.push(team, []));
        }
        let people = people.finish();
        let groups = groups(&people, &[]);
        let hidden = decide(&groups, &groups.count(&groups.place(&people)), 5, None);
        let named = groups.tree.paths.iter().cloned().zip(hidden);
        named
            .filter_map(|(team, hidden)| Some((team, hidden?)))
            .collect()
    }

    #[test]
    fn a_small_team_takes_its_smallest_sibling_with_it() {
        let hidden = hidden_teams(&[("E / A", 50), ("E / B", 6), ("E / C", 7), ("E / D", 4)]);
        let expected = [
            ("E / B".to_owned(), Hidden::WouldReveal),
            ("E / D".to_owned(), Hidden::TooSmall),
        ];
        assert_eq!(hidden, expected);
    }

    #[test]
    fn people_directly_in_a_team_are_a_remainder_too() {
        let hidden = hidden_teams(&[("E", 1), ("E / A", 50), ("E / B", 6)]);
        assert_eq!(hidden, [("E / B".to_owned(), Hidden::WouldReveal)]);
        // Two small teams together are enough, and nobody else has to go.
        let hidden = hidden_teams(&[("E / A", 50), ("E / B", 3), ("E / C", 2)]);
        assert_eq!(
            hidden
                .iter()
                .map(|(team, _)| team.as_str())
                .collect::<Vec<_>>(),
            ["E / B", "E / C"]
        );
    }

    #[test]
    fn a_remainder_is_found_through_a_hidden_level() {
        // With E / A hidden for E's sake, what is left of it beside E / A / 1 must not be small
        // either.
        let hidden = hidden_teams(&[("E / A / 1", 6), ("E / A", 2), ("E / B", 30), ("E", 3)]);
        assert_eq!(
            hidden,
            [
                ("E / A".to_owned(), Hidden::WouldReveal),
                ("E / A / 1".to_owned(), Hidden::WouldReveal)
            ]
        );
    }

    #[test]
    fn somebody_may_be_counted_in_two_teams_and_once_above_them() {
        let tree = Tree::new(["E / D / X", "E / D / Y", "E / F"]);
        // 7 of X and 6 of Y are 12 people of D; 15 of F and 2 others make 29.
        let people = [29, 12, 7, 6, 15];
        let hidden = decide_teams(&tree, &people, 5, &vec![None; tree.len()]);
        let is_hidden: Vec<bool> = hidden.iter().map(Option::is_some).collect();
        // Without D and Y, 7 people remain beside X and F.
        assert_eq!(is_hidden, [false, true, false, true, false]);
    }

    #[test]
    fn comments_of_small_teams_are_shown_further_up() {
        let tree = Tree::new(["E", "E / A", "E / B", "E / C", "E / C / 1"]);
        let labels = |own: &[u32]| comment_groups(&tree, own, &[None; 5], 5);
        // C and C / 1 are enough together, but B's three need company: the smaller of A and C joins
        // them.
        assert_eq!(labels(&[0, 12, 3, 4, 7]), [0, 1, 0, 0, 0].map(Some));
        assert_eq!(
            labels(&[0, 12, 0, 4, 7]),
            [None, Some(1), None, Some(3), Some(3)]
        );
        assert_eq!(labels(&[1, 2, 3, 0, 0]), [None; 5]);
    }

    proptest! {
        #[test]
        fn nothing_small_can_be_worked_out_by_subtraction(
            rows in proptest::collection::vec(("[AB]( / [ab]( / [12])?)?", "[xyz]?"), 0..120)
        ) {
            let mut people = PeopleRows::default();
            for (team, role) in &rows {
                people.push(team, [("role", role.as_str())]);
            }
            let people = people.finish();
            let groups = groups(&people, &["role".to_owned()]);
            let answers = groups.count(&groups.place(&people));
            let hidden = decide(&groups, &answers, 5, None);
            let width = groups.per_node();
            let shown = |group: usize| hidden[group].is_none();
            for group in (0..groups.len()).filter(|group| shown(*group)) {
                prop_assert!(answers[group] >= 5);
                let (node, place) = (group / width, group % width);
                let below = shown_below(&groups.tree, node, |node| shown(node * width + place));
                let rest = answers[group] - below.map(|node| answers[node * width + place]).sum::<u32>();
                prop_assert!(!betrays(rest, 5));
                if place == 0 {
                    let parts: u32 = (1..width).filter(|part| shown(group + part)).map(|part| answers[group + part]).sum();
                    prop_assert!(!betrays(answers[group] - parts, 5));
                }
            }
        }

        #[test]
        fn no_comment_is_one_of_few(rows in proptest::collection::vec("[AB]( / [ab]( / [12])?)?", 0..80)) {
            let mut people = PeopleRows::default();
            rows.iter().for_each(|team| people.push(team, []));
            let people = people.finish();
            let groups = groups(&people, &[]);
            let placed = groups.place(&people);
            let hidden = decide(&groups, &groups.count(&placed), 5, None);
            let mut own = vec![0; groups.len()];
            placed.nodes.iter().for_each(|node| own[*node as usize] += 1);
            let labels = comment_groups(&groups.tree, &own, &hidden, 5);
            let mut behind = vec![0; groups.len()];
            for (node, label) in labels.iter().enumerate() {
                if let Some(label) = label {
                    prop_assert!(hidden[*label].is_none());
                    behind[*label] += own[node];
                }
            }
            prop_assert!(behind.iter().all(|n| *n == 0 || *n >= 10));
        }
    }
}
