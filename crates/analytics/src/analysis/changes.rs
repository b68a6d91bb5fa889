//! This wave beside an earlier one: every team's pillars, and the index of the whole.

use std::collections::{BTreeSet, HashMap};

use foldhash::fast::RandomState;
use rayon::prelude::*;
use tribometer_findings::{Change, Note, PillarChange};
use tribometer_statistics::change::{self, TwoWaves};
use tribometer_statistics::ratings::Ratings;
use tribometer_statistics::resample::Sums;
use tribometer_surveys::survey::Survey;

use super::WaveScores;
use crate::estimates::remainders_of;
use crate::groups::Groups;
use crate::input::Input;

/// The changes since all earlier waves, those since the newest first.
pub(super) struct Changes {
    pub rows: Vec<PillarChange>,
    /// What was left out.
    pub notes: Vec<Note>,
}

impl Changes {
    /// Those of a team since the newest of the earlier waves, which is what the report speaks of.
    pub fn of_team_since_last(&self, input: &Input, team: &str) -> Vec<PillarChange> {
        let last = input.previous.first().map(|past| &past.label);
        let rows = self.rows.iter();
        let rows = rows.filter(|row| row.team == team && Some(&row.previous) == last);
        rows.cloned().collect()
    }
}

/// The changes since each of the earlier waves, in their order.
pub(super) fn changes(
    input: &Input,
    groups: &Groups,
    now: &WaveScores<'_>,
    past: &[WaveScores<'_>],
) -> Changes {
    let waves = input.previous.par_iter().zip(past);
    let since = waves.map(|(past, before)| changes_since(input, groups, now, &past.label, before));
    let (rows, notes): (Vec<Vec<PillarChange>>, Vec<Option<Note>>) = since.unzip();
    Changes {
        rows: rows.into_iter().flatten().collect(),
        notes: notes.into_iter().flatten().collect(),
    }
}

/// The changes since an earlier wave of teams that both waves show, q within each team's pillars;
/// and a note of what was left out.
fn changes_since(
    input: &Input,
    groups: &Groups,
    now: &WaveScores<'_>,
    label: &str,
    before: &WaveScores<'_>,
) -> (Vec<PillarChange>, Option<Note>) {
    let pillars: Vec<(&str, usize, usize)> = input
        .survey
        .pillars()
        .filter_map(|pillar| {
            let item = pillar.rating_item()?;
            Some((
                pillar.id.as_str(),
                now.item(&item.id)?,
                before.item(&item.id)?,
            ))
        })
        .collect();
    let sums = two_waves(groups, now, before, &pillars);
    let width = groups.per_node();
    let by_pillar: Vec<[Vec<Ratings>; 2]> = pillars
        .iter()
        .map(|(_, item, item_before)| remainders(groups, (now, *item), (before, *item_before)))
        .collect();
    let of_team = |(node, team): (usize, &String)| {
        let group = node * width;
        let (mut tested, mut left_out) = (Vec::new(), Vec::new());
        for (at, (pillar, item, item_before)) in pillars.iter().enumerate() {
            let (Ok(ratings), Ok(ratings_before)) =
                (now.shown(group, *item), before.shown(group, *item_before))
            else {
                continue;
            };
            let sums = &sums[node * pillars.len() + at];
            let (Some(test), Some(share)) = (
                sums.test(),
                change::newcombe(
                    (ratings.favorable(), ratings.n()),
                    (ratings_before.favorable(), ratings_before.n()),
                ),
            ) else {
                left_out.push(at);
                continue;
            };
            let below = node..groups.tree.ends[node];
            let [left, left_before] = &by_pillar[at];
            let by_team = change::by_team(
                &sums_of(&left[below.clone()]),
                &sums_of(&left_before[below]),
            );
            tested.push(Tested {
                pillar,
                n: ratings.n(),
                n_previous: ratings_before.n(),
                n_both: sums.linked_now.n,
                test,
                share,
                by_team,
            });
        }
        let p: Vec<f64> = tested.iter().map(|tested| tested.test.p).collect();
        let rates = change::benjamini_hochberg(&p).into_iter();
        let p: Vec<f64> = tested.iter().filter_map(|tested| tested.by_team).collect();
        let mut rates_by_team = change::benjamini_hochberg(&p).into_iter();
        let row = |(tested, q): (Tested<'_>, f64)| {
            let q_by_team = tested.by_team.and_then(|_| rates_by_team.next());
            let rated = |change: Change| Change {
                q: Some(q),
                q_by_team,
                ..change
            };
            PillarChange {
                team: team.clone(),
                pillar: tested.pillar.to_owned(),
                wave: input.wave.clone(),
                previous: label.to_owned(),
                n: tested.n,
                n_previous: tested.n_previous,
                n_both: tested.n_both,
                change: rated(Change {
                    change: tested.test.change,
                    low: tested.test.low,
                    high: tested.test.high,
                    q: None,
                    q_by_team: None,
                }),
                share: rated(tested.share),
                p: tested.test.p,
            }
        };
        let rows: Vec<PillarChange> = tested.into_iter().zip(rates).map(row).collect();
        (rows, left_out)
    };
    let of_teams: Vec<(Vec<PillarChange>, Vec<usize>)> = groups
        .tree
        .paths
        .par_iter()
        .enumerate()
        .map(of_team)
        .collect();
    let left_out = of_teams.iter().map(|(_, left_out)| left_out);
    let untested = left_out.clone().filter(|areas| !areas.is_empty()).count() as u32;
    let areas: BTreeSet<&usize> = left_out.flatten().collect();
    let note = || Note::ChangesUntested {
        wave: label.to_owned(),
        pillars: areas.len() as u32,
        groups: untested,
    };
    let note = (!areas.is_empty()).then(note);
    let rows = of_teams.into_iter().flat_map(|(rows, _)| rows).collect();
    (rows, note)
}

/// A team's change of a pillar before q is known.
struct Tested<'a> {
    pillar: &'a str,
    n: u32,
    n_previous: u32,
    n_both: u32,
    test: change::Test,
    share: Change,
    /// The p value with teams as the units of chance.
    by_team: Option<f64>,
}

/// By node, what is left beyond the nodes below it in this wave and in an earlier one, of nodes
/// that both show: nothing else may reach a test over teams.
fn remainders(
    groups: &Groups,
    (now, item): (&WaveScores<'_>, usize),
    (before, item_before): (&WaveScores<'_>, usize),
) -> [Vec<Ratings>; 2] {
    let both = |node: usize| {
        let group = node * groups.per_node();
        let (now, before) = (now.shown(group, item), before.shown(group, item_before));
        Some([now.ok()?, before.ok()?])
    };
    let of = |wave: usize| remainders_of(&groups.tree, |node| Some(both(node)?[wave]));
    [of(0), of(1)]
}

/// The sum of ratings and their number by node.
fn sums_of(ratings: &[Ratings]) -> Sums {
    let mut sums = Sums::new(ratings.len(), 2);
    for (at, ratings) in ratings.iter().enumerate() {
        let n = f64::from(ratings.n());
        let team = sums.team(at);
        (team[0], team[1]) = (ratings.mean().unwrap_or_default() * n, n);
    }
    sums
}

/// The ratings of both waves by node and pillar, people linked where they can be. Somebody who
/// changed teams counts now for the new team and before for the old one, and is linked in teams
/// above both.
fn two_waves(
    groups: &Groups,
    now: &WaveScores<'_>,
    before: &WaveScores<'_>,
    pillars: &[(&str, usize, usize)],
) -> Vec<TwoWaves> {
    let mut sums = vec![TwoWaves::default(); groups.tree.len() * pillars.len()];
    let rating = |wave: &WaveScores<'_>, item: usize, row: usize| match wave.items[item].cells[row]
    {
        rating @ 1..=5 => Some(rating),
        _ => None,
    };
    let earlier: HashMap<&str, usize, RandomState> =
        (before.responses.respondents.iter().enumerate())
            .filter_map(|(row, respondent)| Some((respondent?, row)))
            .collect();
    let mut matched = vec![false; before.responses.len()];
    for (row, respondent) in now.responses.respondents.iter().enumerate() {
        let node = now.placed.nodes[row] as usize;
        let other = respondent.and_then(|respondent| earlier.get(respondent).copied());
        for (at, (_, item, item_before)) in pillars.iter().enumerate() {
            let cell = |node: usize| node * pillars.len() + at;
            let now_rating = rating(now, *item, row);
            match other {
                None => sums[cell(node)].add(now_rating, None),
                Some(other) => {
                    let old = before.placed.nodes[other] as usize;
                    let old_rating = rating(before, *item_before, other);
                    let common = groups.tree.common(node, old);
                    // Sums are rolled up later: what is linked in the common team must not be
                    // counted there twice.
                    sums[cell(node)].add(now_rating, None);
                    sums[cell(old)].add(None, old_rating);
                    sums[cell(common)].link(now_rating, old_rating);
                }
            }
        }
        if let Some(other) = other {
            matched[other] = true;
        }
    }
    for (row, _) in matched.iter().enumerate().filter(|(_, matched)| !**matched) {
        let node = before.placed.nodes[row] as usize;
        for (at, (_, _, item)) in pillars.iter().enumerate() {
            sums[node * pillars.len() + at].add(None, rating(before, *item, row));
        }
    }
    for node in (1..groups.tree.len()).rev() {
        if let Some(parent) = groups.tree.parents[node] {
            let (above, below) = sums.split_at_mut(node * pillars.len());
            for (sum, below) in above[parent * pillars.len()..]
                .iter_mut()
                .zip(&below[..pillars.len()])
            {
                sum.merge(below);
            }
        }
    }
    sums
}

/// The change of the index over pillars that both waves asked, with teams as units of chance; where
/// all of both waves are in one team, people are, linked where they can be.
pub(super) fn index_change(
    now: &WaveScores<'_>,
    before: &WaveScores<'_>,
    survey: &Survey,
) -> Option<Change> {
    let (Some(None), Some(None)) = (now.hidden.first(), before.hidden.first()) else {
        return None;
    };
    let (items, items_before): (Vec<usize>, Vec<usize>) = survey
        .pillars()
        .filter_map(|pillar| {
            let id = &pillar.rating_item()?.id;
            let (item, item_before) = (now.item(id)?, before.item(id)?);
            let both = now.shown(0, item).is_ok() && before.shown(0, item_before).is_ok();
            both.then_some((item, item_before))
        })
        .unzip();
    let mut units = Units {
        numbers: HashMap::default(),
        one_team: (now.placed.nodes.iter().chain(&before.placed.nodes))
            .all(|node| Some(node) == now.placed.nodes.first()),
    };
    let (of_now, of_before) = (units.of(now), units.of(before));
    let count = units.numbers.len();
    change::index(
        &favorable_by_unit(now, &items, &of_now, count),
        &favorable_by_unit(before, &items_before, &of_before, count),
    )
}

/// Favorable ratings by item, then ratings by item, of each unit.
fn favorable_by_unit(
    wave: &WaveScores<'_>,
    items: &[usize],
    units: &[usize],
    count: usize,
) -> Sums {
    let mut sums = Sums::new(count, 2 * items.len());
    for (row, unit) in units.iter().enumerate() {
        let counts = sums.team(*unit);
        for (at, item) in items.iter().enumerate() {
            let rating = wave.items[*item].cells[row];
            counts[at] += f64::from(matches!(rating, 4 | 5));
            counts[items.len() + at] += f64::from(matches!(rating, 1..=5));
        }
    }
    sums
}

/// What counts as one to chance in both waves.
#[derive(PartialEq, Eq, Hash)]
enum Unit<'a> {
    Team(u32),
    Person(&'a str),
    /// Somebody who cannot be linked, by the place among all units.
    Unknown(usize),
}

/// The number of each unit, in order of appearance.
struct Units<'a> {
    numbers: HashMap<Unit<'a>, usize, RandomState>,
    one_team: bool,
}

impl<'a> Units<'a> {
    /// The number of each respondent's unit.
    fn of(&mut self, wave: &WaveScores<'a>) -> Vec<usize> {
        let respondents = wave.responses.respondents.iter().zip(&wave.placed.nodes);
        let numbers = respondents.map(|(respondent, node)| {
            let next = self.numbers.len();
            let unit = match respondent {
                _ if !self.one_team => Unit::Team(*node),
                None => Unit::Unknown(next),
                Some(respondent) => Unit::Person(respondent),
            };
            *self.numbers.entry(unit).or_insert(next)
        });
        numbers.collect()
    }
}
