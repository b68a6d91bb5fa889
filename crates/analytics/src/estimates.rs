//! The shrunken mean beside each team's own: puts `mixed` and `shrinkage` to the tree.
//!
//! All of it is made of nothing but numbers that are shown: the teams that are, and for each shown
//! team what is left of it beyond those below it, as one more team. Otherwise an estimate would
//! carry a second sum over hidden teams, and two sums give two hidden teams away.

use rayon::prelude::*;
use tribometer_findings::Estimate;
use tribometer_statistics::mixed::{Fit, Team};
use tribometer_statistics::ratings::Ratings;
use tribometer_statistics::shrinkage::{self, Bars, Sums};

use crate::analysis::WaveScores;
use crate::groups::{Groups, Tree};
use crate::input::Input;

/// The estimates of a wave, item after item for each node; none for outcomes and where the raw
/// score is hidden.
pub(crate) struct Estimates {
    cells: Vec<Option<Estimate>>,
    items: usize,
}

impl Estimates {
    pub fn new(input: &Input, groups: &Groups, now: &WaveScores<'_>) -> Estimates {
        let items = now.items.len();
        let mut cells = vec![None; groups.tree.len() * items];
        let ratings = input.survey.pillars().filter_map(|pillar| {
            let item = now.item(&pillar.rating_item()?.id)?;
            now.shown(0, item).is_ok().then_some(item)
        });
        let rated: Vec<usize> = ratings.collect();
        let departments = departments(&groups.tree);
        let samples: Vec<Vec<Team>> = rated
            .par_iter()
            .map(|item| teams(&remainders(groups, now, *item), &departments))
            .collect();
        let fits = samples.par_iter().filter_map(|teams| Fit::reml(teams));
        let ratios = shrinkage::pool(&fits.collect::<Vec<_>>()).unwrap_or_default();
        let fits: Vec<Option<Fit>> = samples
            .par_iter()
            .map(|teams| Fit::with(teams, ratios))
            .collect();
        let fitted = fits.iter().zip(&samples);
        let fitted = fitted.filter_map(|(fit, teams)| Some((fit.as_ref()?, teams.as_slice())));
        let bars = Bars::new(shrinkage::kurtosis(fitted));
        let columns = (rated.par_iter().zip(&samples).zip(&fits)).map(|((item, teams), fit)| {
            let fit = fit.as_ref();
            let column = fit.map(|fit| of_item(groups, now, *item, teams, fit, &bars));
            (*item, column.unwrap_or_default())
        });
        for (item, column) in columns.collect::<Vec<_>>() {
            for (node, estimate) in column.into_iter().enumerate() {
                cells[node * items + item] = estimate;
            }
        }
        Estimates { cells, items }
    }

    /// The estimate of a node.
    pub fn of(&self, node: usize, item: usize) -> Option<Estimate> {
        self.cells.get(node * self.items + item).copied().flatten()
    }
}

/// The last node from the whole down that has no sibling: names above the organization, of which
/// each has one team below it, tell no department.
fn top(tree: &Tree) -> usize {
    let mut top = 0;
    loop {
        let mut below = tree.children(top);
        match (below.next(), below.next()) {
            (Some(only), None) => top = only,
            _ => return top,
        }
    }
}

/// For each node, the number of the team right below the [`top`] that it lies in; the top and what
/// is above it have their own.
fn departments(tree: &Tree) -> Vec<usize> {
    let top = top(tree);
    let mut departments: Vec<usize> = Vec::with_capacity(tree.len());
    let mut count = 0;
    for (node, parent) in tree.parents.iter().enumerate() {
        departments.push(match parent {
            _ if node <= top => 0,
            Some(parent) if *parent == top => {
                count += 1;
                count
            }
            Some(parent) => departments[*parent],
            None => 0,
        });
    }
    departments
}

/// Ratings by node as the model takes them.
fn teams(ratings: &[Ratings], departments: &[usize]) -> Vec<Team> {
    let moment = |ratings: &Ratings, power: i32| -> f64 {
        let given = (1..).zip(ratings.0);
        given
            .map(|(rating, n)| f64::from(n) * f64::from(rating).powi(power))
            .sum()
    };
    let team = |(ratings, department): (&Ratings, &usize)| Team {
        n: moment(ratings, 0),
        sum: moment(ratings, 1),
        squares: moment(ratings, 2),
        department: *department,
    };
    ratings.iter().zip(departments).map(team).collect()
}

/// What is left of each shown node beyond the shown ones below it; nothing of hidden nodes.
pub(crate) fn remainders(groups: &Groups, now: &WaveScores<'_>, item: usize) -> Vec<Ratings> {
    let shown = |node: usize| now.shown(node * groups.per_node(), item).ok();
    remainders_of(&groups.tree, shown)
}

/// The same of what `shown` gives for a node.
pub(crate) fn remainders_of(tree: &Tree, shown: impl Fn(usize) -> Option<Ratings>) -> Vec<Ratings> {
    let mut left: Vec<Ratings> = (0..tree.len())
        .map(|node| shown(node).unwrap_or_default())
        .collect();
    for node in 1..tree.len() {
        if let Some(ratings) = shown(node)
            && let Some(above) = tree
                .upward(node)
                .skip(1)
                .find(|above| shown(*above).is_some())
        {
            for (left, below) in left[above].0.iter_mut().zip(ratings.0) {
                *left = left.saturating_sub(below);
            }
        }
    }
    left
}

/// The estimates of an item, node by node.
fn of_item(
    groups: &Groups,
    now: &WaveScores<'_>,
    item: usize,
    teams: &[Team],
    fit: &Fit,
    bars: &Bars,
) -> Vec<Option<Estimate>> {
    let tree = &groups.tree;
    let mut sums: Vec<Sums> = teams.iter().map(|team| Sums::of(fit, team)).collect();
    // Nodes down to the top come first, each right above the next.
    let top = top(tree);
    let down_to_top: Vec<(usize, Sums)> = sums[..=top].iter().map(|sums| (0, *sums)).collect();
    tree.roll_up(&mut sums, 1);
    let estimate = |node: usize| {
        now.shown(node * groups.per_node(), item).ok()?;
        if node > top {
            return shrinkage::estimate(fit, &[(teams[node].department, sums[node])], bars);
        }
        let below = tree
            .children(top)
            .map(|child| (teams[child].department, sums[child]));
        let above = down_to_top[node..].iter().copied();
        shrinkage::estimate(fit, &above.chain(below).collect::<Vec<_>>(), bars)
    };
    (0..tree.len()).map(estimate).collect()
}

#[cfg(test)]
mod tests {
    use tribometer_findings::{Findings, Score};

    use super::*;
    use crate::analyze;
    use crate::answers::with_teams;
    use crate::reference::input;

    fn of<'a>(findings: &'a Findings, team: &str, item: &str) -> &'a Score {
        let mut scores = findings.scores.iter();
        scores
            .find(|score| score.team == team && score.item == item && score.attribute.is_none())
            .unwrap()
    }

    #[test]
    fn every_shown_team_has_an_estimate_for_each_pillar_and_no_hidden_one() {
        let findings = analyze(&input(1));
        for score in &findings.scores {
            let expected = score.hidden.is_none() && score.pillar.is_some();
            assert_eq!(score.estimate.is_some(), expected, "{score:?}");
            if let (Some(estimate), Some(mean)) = (score.estimate, score.mean) {
                assert!(1.0 <= estimate.low && estimate.high <= 5.0);
                assert!(estimate.low <= estimate.value && estimate.value <= estimate.high);
                assert!((estimate.value - mean).abs() < 1.0);
            }
        }
    }

    #[test]
    fn small_teams_move_more_than_the_whole() {
        let findings = analyze(&input(1));
        let moved = |score: &Score| Some((score.estimate?.value - score.mean?).abs());
        let whole = of(&findings, "Engineering", "test-feedback");
        let small = findings
            .scores
            .iter()
            .filter(|score| score.item == "test-feedback" && score.n.is_some_and(|n| n <= 8));
        let distances: Vec<f64> = small.filter_map(moved).collect();
        assert!(distances.len() > 3);
        let mean = distances.iter().sum::<f64>() / distances.len() as f64;
        assert!(mean > 3.0 * moved(whole).unwrap(), "{distances:?}");
        let estimate = whole.estimate.unwrap();
        assert!(estimate.high - estimate.low < 0.4, "{estimate:?}");
    }

    #[test]
    fn answers_of_hidden_teams_reach_no_estimate_but_through_shown_sums() {
        // Two people of different hidden teams below one shown department trade their ratings: no
        // sum that is shown changes.
        let mut input = input(1);
        input.settings.minimum_group = 9;
        let before = analyze(&input);
        let shown: Vec<&str> = before
            .groups
            .iter()
            .filter(|group| group.hidden.is_none())
            .map(|group| group.team.as_str())
            .collect();
        let teams = input.responses.teams().into_iter().map(str::to_owned);
        let teams: Vec<String> = teams.collect();
        let team = |row: usize| teams[row].clone();
        let department = |team: &str| team.rsplit_once(" / ").map(|(above, _)| above.to_owned());
        let item = input.responses.position("code-review");
        let cells = input.responses.cells("code-review").unwrap();
        let hidden: Vec<usize> = (0..cells.len())
            .filter(|row| (1..=5).contains(&cells[*row]) && !shown.contains(&team(*row).as_str()))
            .collect();
        let (a, b) = hidden
            .iter()
            .flat_map(|a| hidden.iter().map(move |b| (*a, *b)))
            .find(|(a, b)| {
                team(*a) != team(*b)
                    && department(&team(*a)) == department(&team(*b))
                    && cells[*a] != cells[*b]
            })
            .unwrap();
        input.responses.edit(item, |cells| cells.swap(a, b));
        let after = analyze(&input);
        let tree = |findings: &Findings| -> Vec<(String, f64)> {
            let rows = findings
                .scores
                .iter()
                .filter(|score| score.item == "code-review");
            rows.filter_map(|score| Some((score.team.clone(), score.estimate?.value)))
                .collect()
        };
        assert!(!tree(&before).is_empty());
        for ((team, before), (_, after)) in tree(&before).iter().zip(tree(&after)) {
            assert!(
                (before - after).abs() < 1e-9,
                "{team}: {before} and {after}"
            );
        }
    }

    #[test]
    fn names_above_the_organization_change_no_estimate() {
        let mut input = input(1);
        let before = analyze(&input);
        for people in [&mut input.responses.people, input.roster.as_mut().unwrap()] {
            *people = with_teams(people, |team| format!("Acme / {team}"));
        }
        let after = analyze(&input);
        for score in before
            .scores
            .iter()
            .filter(|score| score.estimate.is_some())
        {
            let same = of(&after, &format!("Acme / {}", score.team), &score.item);
            let (a, b) = (score.estimate.unwrap(), same.estimate.unwrap());
            assert!(
                (a.value - b.value).abs() < 1e-6 && (a.low - b.low).abs() < 1e-6,
                "{score:?} {b:?}"
            );
            let whole = of(&after, "Acme", &score.item);
            assert!(score.team != "Engineering" || whole.estimate == same.estimate);
        }
    }

    #[test]
    fn departments_are_the_teams_right_below_the_whole() {
        let tree = Tree::new(["E", "E / A", "E / A / 1", "E / A / 2", "E / B / 3"]);
        assert_eq!(
            tree.paths,
            ["E", "E / A", "E / A / 1", "E / A / 2", "E / B", "E / B / 3"]
        );
        assert_eq!(departments(&tree), [0, 1, 1, 1, 2, 2]);
        // Departments begin below the first node that has several.
        let deep = Tree::new(["Acme / E / A", "Acme / E / A / 1", "Acme / E / B / 3"]);
        assert_eq!(
            deep.paths,
            [
                "Acme",
                "Acme / E",
                "Acme / E / A",
                "Acme / E / A / 1",
                "Acme / E / B",
                "Acme / E / B / 3"
            ]
        );
        assert_eq!(departments(&deep), [0, 0, 1, 1, 2, 2]);
        assert_eq!(departments(&Tree::new(["A / B / C"])), [0, 0, 0]);
    }
}
