//! Whether those who answered are like those who were asked: puts `raking` to the wave, and asks
//! how different the others would have to be.

use std::collections::HashMap;

use polars::prelude::DataFrame;
use tribometer_findings::{
    Estimate, Nonresponse, Stress, Unweighted, WeightedShare, Weighting, WeightingMargin,
};
use tribometer_statistics::intervals;
use tribometer_statistics::raking::{self, Margin};
use tribometer_statistics::thresholds::WEIGHTED_INVITED;

use crate::analysis::WaveScores;
use crate::answers::{ItemRatings, TEAM, attribute, by_category};
use crate::groups::{Groups, Tree};
use crate::input::Input;
use crate::ranking::FrictionRow;

/// The attributes that people are weighted by, where both the roster and the responses have them.
const ATTRIBUTES: [&str; 3] = ["role", "tenure", "location"];
/// The levels of the tree that people are weighted by, those below the root being 1.
const LEVELS: [u32; 2] = [1, 2];

/// None without a roster, and where the organization's own answers are hidden.
pub(crate) fn nonresponse(
    input: &Input,
    groups: &Groups,
    now: &WaveScores<'_>,
    ranking: &[FrictionRow<'_>],
) -> Option<Nonresponse> {
    let roster = input.roster.as_ref()?;
    if !now.is_shown() {
        return None;
    }
    let (weighting, unweighted) = match weighting(input, roster, groups, now) {
        Ok(weighting) => (Some(weighting), None),
        Err(why) => (None, Some(why)),
    };
    let (invited, responded) = (roster.height() as u32, now.responses.len() as u32);
    Some(Nonresponse {
        invited,
        responded,
        weighting,
        unweighted,
        stress: stress(ranking, invited, responded),
    })
}

fn weighting(
    input: &Input,
    roster: &DataFrame,
    groups: &Groups,
    now: &WaveScores<'_>,
) -> Result<Weighting, Unweighted> {
    if roster.height() < WEIGHTED_INVITED {
        return Err(Unweighted::FewInvited);
    }
    let people = &now.responses.people;
    let levels = LEVELS.map(|depth| {
        let margin = level(depth, roster, people, groups, now)?;
        Some((WeightingMargin::TeamLevel { level: depth }, margin))
    });
    let attributes = ATTRIBUTES.map(|name| {
        let margin = of_attribute(name, roster, people)?;
        let name = name.to_owned();
        Some((WeightingMargin::Attribute { name }, margin))
    });
    let (by, margins): (Vec<_>, Vec<Margin>) =
        levels.into_iter().chain(attributes).flatten().unzip();
    let raked = raking::rake(&margins, Some(raking::TRIM)).ok_or(Unweighted::NoGroups)?;
    let effective_n = raking::effective_n(&raked.weights).ok_or(Unweighted::NoAnswers)?;
    let used = by.into_iter().zip(&margins);
    let used = used.filter(|(_, margin)| raked.margins.contains(&margin.name));
    let whole = |share: f64| (share * 100.0).round() / 100.0;
    let pillar_of = |item: &str| {
        let mut pillars = input.survey.pillars();
        let pillar = pillars.find(|pillar| pillar.items.iter().any(|other| other.id == item));
        pillar.map(|pillar| pillar.id.clone())
    };
    let share = |(at, ratings): (usize, &ItemRatings<'_>)| {
        let bare = now.shown(0, at).ok()?.favorable_share(None)?.value;
        let rated = (ratings.cells.iter().zip(&raked.weights))
            .filter(|(cell, _)| (1..=5).contains(*cell))
            .map(|(cell, weight)| (*cell >= 4, *weight));
        let weighted = intervals::weighted_wilson(rated)?;
        Some(WeightedShare {
            item: ratings.item.to_owned(),
            pillar: pillar_of(ratings.item),
            favorable: Estimate {
                value: whole(weighted.value),
                low: whole(weighted.low),
                high: whole(weighted.high),
            },
            shift: whole(whole(weighted.value) - whole(bare)),
        })
    };
    Ok(Weighting {
        margins: used.map(|(by, _)| by).collect(),
        effective_n: effective_n.round(),
        trimmed: raked.trimmed,
        gap: whole(raked.gap),
        shares: (now.items.iter().enumerate()).filter_map(share).collect(),
    })
}

/// The shown teams of a level; everybody else is one category, so that no weight sets a hidden team
/// apart.
fn level(
    depth: u32,
    roster: &DataFrame,
    people: &DataFrame,
    groups: &Groups,
    now: &WaveScores<'_>,
) -> Option<Margin> {
    let tree = &groups.tree;
    let mut codes = 1;
    let categories: Vec<u32> = (0..tree.len())
        .map(|node| {
            let shown = now.hidden.get(node * groups.per_node())?.is_none();
            (shown && tree.upward(node).count() == depth as usize + 1).then(|| {
                codes += 1;
                codes - 1
            })
        })
        .map(Option::unwrap_or_default)
        .collect();
    let of = |people: &DataFrame| -> Option<Vec<u32>> {
        let category = |path: &str| within(tree, &categories, tree.node(path));
        let categories = by_category(people.column(TEAM).ok()?, category);
        categories.into_iter().collect()
    };
    let name = format!("level {depth}");
    Some(margin(&name, of(roster)?, of(people)?, codes as usize))
}

/// The category of the node, or of the one above it that has one.
fn within(tree: &Tree, categories: &[u32], node: usize) -> Option<u32> {
    let mut upward = tree.upward(node).map(|node| categories.get(node).copied());
    match upward.find(|category| *category != Some(0)) {
        Some(category) => category,
        None => Some(0),
    }
}

fn of_attribute(name: &str, roster: &DataFrame, people: &DataFrame) -> Option<Margin> {
    let mut codes: HashMap<String, u32> = HashMap::new();
    let mut of = |people| {
        let code = |value: &str| {
            let next = codes.len() as u32;
            *codes.entry(value.to_owned()).or_insert(next)
        };
        Some(by_category(attribute(people, name)?, code))
    };
    let (asked, answered) = (of(roster)?, of(people)?);
    Some(margin(name, asked, answered, codes.len()))
}

fn margin(name: &str, asked: Vec<u32>, answered: Vec<u32>, categories: usize) -> Margin {
    let mut invited = vec![0; categories];
    for category in asked {
        if let Some(count) = invited.get_mut(category as usize) {
            *count += 1;
        }
    }
    Margin {
        name: name.to_owned(),
        of: answered,
        invited,
    }
}

/// Among all N, the second overtakes the first when it leads by lead·n/(N−n) points among the N−n
/// who did not answer.
fn stress(ranking: &[FrictionRow<'_>], invited: u32, responded: u32) -> Option<Stress> {
    let [first, second, ..] = ranking else {
        return None;
    };
    let silent = invited
        .checked_sub(responded)
        .filter(|silent| *silent > 0)?;
    let lead = first.friction.value - second.friction.value;
    Some(Stress {
        first: first.pillar.id.clone(),
        second: second.pillar.id.clone(),
        lead,
        needed: lead * f64::from(responded) / f64::from(silent),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::input;

    #[test]
    fn the_reference_wave_is_weighted_by_levels_role_and_location() {
        let by = |name: &str| WeightingMargin::Attribute {
            name: name.to_owned(),
        };
        let input = input(1);
        let findings = crate::analyze(&input);
        let nonresponse = findings.nonresponse.unwrap();
        let weighting = nonresponse.weighting.unwrap();
        assert!(weighting.margins.contains(&by("role")));
        assert!(weighting.margins.contains(&by("location")));
        assert!(weighting.effective_n < f64::from(nonresponse.responded));
        for share in &weighting.shares {
            let hundredth = share.favorable.value * 100.0;
            assert!((hundredth - hundredth.round()).abs() < 1e-9);
            assert!(share.favorable.low <= share.favorable.value && share.shift.abs() < 0.1);
        }
        let whole = findings
            .scores
            .iter()
            .find(|score| score.item == weighting.shares[0].item);
        assert_eq!(
            whole.unwrap().weighted_favorable,
            Some(weighting.shares[0].favorable.value)
        );
        let team = findings
            .scores
            .iter()
            .find(|score| score.team.contains(" / "));
        assert_eq!(team.unwrap().weighted_favorable, None);
    }

    #[test]
    fn few_people_are_not_weighted_and_hidden_teams_are_one_category() {
        let mut few = input(1);
        few.roster = few.roster.map(|roster| roster.head(Some(99)));
        let why = crate::analyze(&few).nonresponse.unwrap().unweighted;
        assert_eq!(why, Some(Unweighted::FewInvited));

        let tree = Tree::new(["E / A / X", "E / A / Y", "E / B"]);
        // A has a category, its teams none; B is hidden.
        let categories = [0, 1, 0, 0, 0];
        let found: Vec<Option<u32>> = (0..5)
            .map(|node| within(&tree, &categories, node))
            .collect();
        assert_eq!(found, [0, 1, 1, 1, 0].map(Some));
    }

    #[test]
    fn what_the_silent_would_have_to_say_makes_both_equal_among_all() {
        let pillars = tribometer_surveys::builtin::devex_25().pillars().take(2);
        let mut ranking: Vec<FrictionRow<'_>> = pillars.map(FrictionRow::of).collect();
        ranking[0].friction.value = 30.0;
        ranking[1].friction.value = 24.0;
        let needed = stress(&ranking, 300, 200).unwrap();
        // 200 people × 6 points are 100 people × 12.
        assert_eq!((needed.lead, needed.needed), (6.0, 12.0));
        assert_eq!(stress(&ranking, 200, 200), None);
        assert_eq!(stress(&ranking[..1], 300, 200), None);
    }
}
