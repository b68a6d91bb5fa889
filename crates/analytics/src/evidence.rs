//! What the metrics say beside what people say: association across teams, level against the period
//! before, and a verdict.

mod verdict;

use std::collections::HashMap;

use rayon::prelude::*;
use tribometer_findings::{Evidence, NotCompared, PillarChange, TeamPoint};
use tribometer_statistics::association::{self, Association};
use tribometer_statistics::change::benjamini_hochberg;
use tribometer_statistics::ratings::Ratings;
use tribometer_statistics::thresholds::COEFFICIENT_TEAMS;
use tribometer_statistics::within::{self, Pair, Within};
use tribometer_surveys::survey::Pillar;
use tribometer_surveys::telemetry::metrics::Metric;
use verdict::Feel;

use crate::analysis::WaveScores;
use crate::groups::Groups;
use crate::input::Input;
use crate::observed::{Level, TeamValue};
use crate::ranking::FrictionRow;
use crate::scores;
use crate::systems::Systems;

/// A metric beside a pillar before q is known.
struct Draft<'a> {
    pillar: &'a str,
    metric: &'a Metric,
    now: Level,
    before: Option<Level>,
    association: Option<Association>,
    /// Which side of the comparison is the same in every team, where one is.
    same: Option<NotCompared>,
    teams: usize,
    within: Option<Within>,
    points: Vec<TeamPoint>,
}

/// A row for each pillar and each metric that speaks to it and has values: by pillar in order of
/// rank, those without a rank last. `changes` are those of the whole.
pub(crate) fn evidence(
    input: &Input,
    groups: &Groups,
    now: &WaveScores<'_>,
    systems: &Systems<'_>,
    changes: &[PillarChange],
    ranking: &[FrictionRow<'_>],
) -> Vec<Evidence> {
    let ratings = scores::of_nodes(&groups.tree, &now.placed.nodes, &now.items);
    let authors = Authors::new(input);
    let pairs: Vec<(&Pillar, &Metric)> = (input.survey.pillars())
        .flat_map(|pillar| {
            let speaks = move |metric: &&Metric| metric.pillars.contains(&pillar.id);
            let metrics = systems.metrics().filter(speaks);
            metrics.map(move |metric| (pillar, metric))
        })
        .collect();
    // A metric that speaks to several pillars is gathered once.
    let gather = |metric: &Metric| {
        let of_teams = systems.of_teams(metric);
        let of_people = if authors.are_enough() {
            systems.of_people(metric, &authors.answered)
        } else {
            Vec::new()
        };
        (metric.id.clone(), (of_teams, of_people))
    };
    let is_paired = |metric: &&Metric| pairs.iter().any(|pair| pair.1.id == metric.id);
    let metrics: Vec<&Metric> = systems.metrics().filter(is_paired).collect();
    let gathered: HashMap<String, _> = metrics.into_par_iter().map(gather).collect();
    let drafts: Vec<Draft> = pairs
        .into_par_iter()
        .filter_map(|(pillar, metric)| {
            let (of_teams, of_people) = gathered.get(&metric.id)?;
            let draft = draft(
                input,
                groups,
                now,
                systems,
                &ratings,
                (pillar, metric, of_teams),
            )?;
            let within = authors.within(input, now, pillar, of_people);
            Some(Draft { within, ..draft })
        })
        .collect();
    // One number for all: from the differences of several somebody might learn whether one person
    // answered.
    let linked = drafts.iter().filter_map(|draft| Some(draft.within?.people));
    let linked = linked.min().unwrap_or_default() / 10 * 10;
    let tested: Vec<f64> = drafts
        .iter()
        .filter_map(|draft| Some(draft.association?.p))
        .collect();
    let mut rates = benjamini_hochberg(&tested).into_iter();
    let rows = drafts.into_iter().map(|draft| {
        let q = draft.association.and_then(|_| rates.next());
        let mut changes = changes.iter();
        let change = changes.find(|change| change.pillar == draft.pillar);
        let people = Feel::of(ranking, draft.pillar);
        draft.finish(q, change, people, linked)
    });
    let mut rows: Vec<Evidence> = rows.collect();
    let rank = |row: &Evidence| {
        let mut ranked = ranking.iter();
        ranked.position(|ranked| ranked.pillar.id == row.pillar)
    };
    rows.sort_by_key(|row| rank(row).unwrap_or(usize::MAX));
    rows
}

/// Which respondents wrote which pull requests, where the two can be linked.
struct Authors {
    /// The author's code of each respondent.
    of: Vec<Option<u32>>,
    /// By code, whether somebody who answered is behind it.
    answered: Vec<bool>,
}

impl Authors {
    fn new(input: &Input) -> Self {
        let codes = &input.tables.respondents;
        let code = |respondent: Option<&str>| codes.get(respondent?).copied();
        let mut of: Vec<Option<u32>> = input.responses.respondents.iter().map(code).collect();
        let count = of
            .iter()
            .flatten()
            .max()
            .map_or(0, |code| *code as usize + 1);
        let mut times = vec![0u32; count];
        for code in of.iter().flatten() {
            times[*code as usize] += 1;
        }
        // Who answered twice, as id and as address, has no one rating.
        for code in &mut of {
            *code = code.filter(|code| times[*code as usize] == 1);
        }
        let answered = times.iter().map(|times| *times == 1).collect();
        Self { of, answered }
    }

    /// Whether so many can be linked that an association within teams may be shown.
    fn are_enough(&self) -> bool {
        let answered = self.answered.iter().filter(|answered| **answered);
        answered.count() >= within::FEWEST_PEOPLE
    }

    /// The association within teams of what people rated and the medians of what they wrote.
    fn within(
        &self,
        input: &Input,
        now: &WaveScores<'_>,
        pillar: &Pillar,
        medians: &[Option<f64>],
    ) -> Option<Within> {
        let item = now.item(&pillar.rating_item()?.id)?;
        let rows = self
            .of
            .iter()
            .zip(&now.placed.nodes)
            .zip(now.items[item].cells);
        let pairs = rows.filter_map(|((author, team), cell)| {
            let x = medians.get((*author)? as usize).copied()??;
            (1..=5).contains(cell).then(|| Pair {
                team: *team,
                x,
                y: f64::from(*cell),
            })
        });
        let within = within::within(&pairs.collect::<Vec<_>>(), input.settings.seed)?;
        (within.people >= input.settings.minimum_group as usize).then_some(within)
    }
}

/// A metric beside a pillar, where both have values.
fn draft<'a>(
    input: &Input,
    groups: &Groups,
    now: &WaveScores<'_>,
    systems: &Systems<'_>,
    ratings: &[Ratings],
    (pillar, metric, of_teams): (&'a Pillar, &'a Metric, &[Option<TeamValue>]),
) -> Option<Draft<'a>> {
    let item = now.item(&pillar.rating_item()?.id)?;
    let level = systems.now(metric)?;
    let (mut values, mut means, mut points) = (Vec::new(), Vec::new(), Vec::new());
    for (node, team) in groups.tree.paths.iter().enumerate() {
        let mean = ratings[node * now.items.len() + item].mean();
        let (Some(mean), Some(value)) = (mean, of_teams[node]) else {
            continue;
        };
        values.push(value.value);
        means.push(mean);
        let is_leaf = groups.tree.ends[node] == node + 1;
        let shown = now.shown(node * groups.per_node(), item).is_ok();
        let enough = |people| people >= input.settings.minimum_group;
        if is_leaf && shown && value.people.is_none_or(enough) {
            points.push(TeamPoint {
                team: team.clone(),
                metric: value.value,
                rating: mean,
            });
        }
    }
    let association = if values.len() >= COEFFICIENT_TEAMS {
        association::association(&values, &means, input.settings.seed)
    } else {
        None
    };
    let is_constant = |values: &[f64]| values.windows(2).all(|pair| pair[0] == pair[1]);
    let same = match (is_constant(&values), is_constant(&means)) {
        (true, _) => Some(NotCompared::SameValues),
        (_, true) => Some(NotCompared::SameRatings),
        _ => None,
    };
    Some(Draft {
        within: None,
        same,
        pillar: &pillar.id,
        metric,
        now: level,
        before: systems.before(metric),
        association,
        teams: values.len(),
        points,
    })
}
