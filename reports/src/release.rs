//! What may be shown: the one place where a group is hidden.
//!
//! A wave has a closed catalog of views: every node of the tree, and every node cut by one attribute. A view with fewer answers
//! than the minimum is hidden. Where the shown parts of a shown whole leave one to a few people over, the smallest of those parts is
//! hidden too, for subtracting would show the rest. The pattern is computed once and everything shown follows it.

use std::collections::HashMap;

use crate::findings::Hidden;

/// A group that could be shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct View {
    /// The team's path; empty for everybody.
    pub team: String,
    /// An attribute and its value, where the team is cut by one.
    pub cut: Option<(String, String)>,
}

/// A catalog of views with what adds up to what.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    views: Vec<View>,
    /// A whole, and parts of it that do not overlap.
    sums: Vec<(usize, Vec<usize>)>,
    /// The sums that a view has a place in, as whole or part.
    places: Vec<Vec<usize>>,
}

impl Catalog {
    /// The catalog of these views. A team is the sum of the teams right below it and of its own people; a team is the sum of its
    /// cuts by an attribute; a cut is the sum of the same cut of the teams right below.
    pub fn new(views: Vec<View>) -> Self {
        let position: HashMap<&View, usize> = views
            .iter()
            .enumerate()
            .map(|(place, view)| (view, place))
            .collect();
        let mut sums: HashMap<(usize, Option<&str>), Vec<usize>> = HashMap::new();
        for (place, view) in views.iter().enumerate() {
            if let Some(parent) = nearest_above(&view.team, |team| {
                position
                    .get(&View {
                        team: team.to_owned(),
                        cut: view.cut.clone(),
                    })
                    .copied()
            }) {
                sums.entry((parent, None)).or_default().push(place);
            }
            if let Some((attribute, _)) = &view.cut
                && let Some(&whole) = position.get(&View {
                    team: view.team.clone(),
                    cut: None,
                })
            {
                sums.entry((whole, Some(attribute)))
                    .or_default()
                    .push(place);
            }
        }
        let mut sums: Vec<((usize, Option<String>), Vec<usize>)> = sums
            .into_iter()
            .map(|((whole, attribute), parts)| ((whole, attribute.map(str::to_owned)), parts))
            .collect();
        sums.sort();
        let sums: Vec<(usize, Vec<usize>)> = sums
            .into_iter()
            .map(|((whole, _), parts)| (whole, parts))
            .collect();
        let mut places = vec![Vec::new(); views.len()];
        for (sum, (whole, parts)) in sums.iter().enumerate() {
            for &view in parts.iter().chain([whole]) {
                places[view].push(sum);
            }
        }
        Self {
            views,
            sums,
            places,
        }
    }

    /// The views, in the order they were given.
    pub fn views(&self) -> &[View] {
        &self.views
    }

    /// Which views are hidden, given how many answers each has. `hidden` is what is hidden already, by an earlier pattern that this one
    /// must not open again; empty for none.
    pub fn pattern(
        &self,
        answers: &[u32],
        minimum: u32,
        hidden: &[Option<Hidden>],
    ) -> Vec<Option<Hidden>> {
        let mut pattern: Vec<Option<Hidden>> = answers
            .iter()
            .enumerate()
            .map(|(view, &n)| match hidden.get(view) {
                Some(Some(reason)) => Some(*reason),
                _ if n < minimum => Some(Hidden::TooSmall),
                _ => None,
            })
            .collect();
        let mut open: Vec<usize> = (0..self.sums.len()).rev().collect();
        while let Some(sum) = open.pop() {
            let (whole, parts) = &self.sums[sum];
            if pattern[*whole].is_some() {
                continue;
            }
            let shown = || {
                parts
                    .iter()
                    .copied()
                    .filter(|&part| pattern[part].is_none())
            };
            let rest = answers[*whole].saturating_sub(shown().map(|part| answers[part]).sum());
            if rest == 0 || rest >= minimum {
                continue;
            }
            // The smallest, ties by name, so that the order of a file decides nothing.
            let smallest = shown().min_by_key(|&part| (answers[part], &self.views[part]));
            // With no part shown the whole itself is what would show the few.
            let victim = smallest.unwrap_or(*whole);
            pattern[victim] = Some(Hidden::WouldReveal);
            open.extend(&self.places[victim]);
        }
        pattern
    }
}

/// The nearest team above one for which `find` has something; the empty path stands above every other.
fn nearest_above<T>(team: &str, find: impl Fn(&str) -> Option<T>) -> Option<T> {
    if team.is_empty() {
        return None;
    }
    let mut above = team;
    while let Some((parent, _)) = above.rsplit_once(" / ") {
        if let Some(found) = find(parent) {
            return Some(found);
        }
        above = parent;
    }
    find("")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn view(team: &str, value: Option<&str>) -> View {
        View {
            team: team.into(),
            cut: value.map(|value| ("role".into(), value.into())),
        }
    }

    #[test]
    fn a_small_team_takes_its_smallest_sibling_with_it() {
        let catalog = Catalog::new(vec![
            view("", None),
            view("A", None),
            view("A / x", None),
            view("A / y", None),
            view("A / z", None),
        ]);
        let pattern = catalog.pattern(&[20, 20, 3, 7, 10], 5, &[]);
        let (small, reveals) = (Some(Hidden::TooSmall), Some(Hidden::WouldReveal));
        assert_eq!(pattern, [None, None, small, reveals, None]);
    }

    #[test]
    fn people_right_in_a_team_are_a_rest_too() {
        let catalog = Catalog::new(vec![
            view("A", None),
            view("A / x", None),
            view("A / y", None),
        ]);
        // Two people sit in A itself.
        let pattern = catalog.pattern(&[20, 8, 10], 5, &[]);
        assert_eq!(pattern, [None, Some(Hidden::WouldReveal), None]);
    }

    #[test]
    fn a_cut_is_hidden_with_the_rest_it_would_show() {
        let catalog = Catalog::new(vec![
            view("A", None),
            view("A", Some("lead")),
            view("A", Some("engineer")),
        ]);
        let pattern = catalog.pattern(&[12, 2, 10], 5, &[]);
        assert_eq!(
            pattern,
            [None, Some(Hidden::TooSmall), Some(Hidden::WouldReveal)]
        );
    }

    /// A random tree of two levels, cut by one attribute, with its counts.
    fn organization() -> impl Strategy<Value = (Catalog, Vec<u32>)> {
        let person = (0..4_u8, 0..4_u8, 0..3_u8);
        prop::collection::vec(person, 0..120).prop_map(|people| {
            let teams = std::iter::once(String::new())
                .chain((0..4).map(|a| format!("T{a}")))
                .chain((0..4).flat_map(|a| (1..4).map(move |b| format!("T{a} / U{b}"))));
            let cuts = [None, Some("r0"), Some("r1"), Some("r2")];
            let views: Vec<View> = teams
                .flat_map(|team| cuts.map(|cut| view(&team, cut)))
                .collect();
            let counts = views.iter().map(|view| {
                let inside = |&&(a, b, role): &&(u8, u8, u8)| {
                    // U0 stands for people right in the team.
                    let team = if b == 0 {
                        format!("T{a}")
                    } else {
                        format!("T{a} / U{b}")
                    };
                    (view.team.is_empty() || crate::telemetry::is_within(&team, &view.team))
                        && view
                            .cut
                            .as_ref()
                            .is_none_or(|(_, value)| *value == format!("r{role}"))
                };
                people.iter().filter(inside).count() as u32
            });
            let counts = counts.collect();
            (Catalog::new(views), counts)
        })
    }

    proptest! {
        #[test]
        fn nothing_small_is_shown_or_left_over((catalog, answers) in organization(), minimum in 3..8_u32) {
            let pattern = catalog.pattern(&answers, minimum, &[]);
            for (view, hidden) in pattern.iter().enumerate() {
                prop_assert!(hidden.is_some() || answers[view] >= minimum);
            }
            for (whole, parts) in &catalog.sums {
                if pattern[*whole].is_some() {
                    continue;
                }
                let shown: u32 = parts.iter().filter(|&&part| pattern[part].is_none()).map(|&part| answers[part]).sum();
                let rest = answers[*whole] - shown;
                prop_assert!(rest == 0 || rest >= minimum, "{} leaves {rest}", catalog.views[*whole].team);
            }
        }

        #[test]
        fn what_was_hidden_stays_hidden((catalog, answers) in organization()) {
            let first = catalog.pattern(&answers, 5, &[]);
            let fewer: Vec<u32> = answers.iter().map(|n| n + 3).collect();
            let second = catalog.pattern(&fewer, 5, &first);
            for (before, after) in first.iter().zip(&second) {
                prop_assert!(before.is_none() || before == after);
            }
        }
    }
}
