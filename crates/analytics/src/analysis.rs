//! From `Input` to `Findings`: puts the methods together, each in its own module, and passes
//! everything through `disclosure`.

mod actions;
mod changes;
mod nonresponse;
mod reliability;

use std::collections::HashSet;

use foldhash::fast::RandomState;
use rayon::prelude::*;
use tribometer_findings::{
    Comment, Findings, Group, Hidden, HoursLost, Named, Nonresponse, Note, Pain, PillarChange,
    PullRequestTimes, Score, SurveyName, VERSION,
};
use tribometer_statistics::ratings::Ratings;
use tribometer_surveys::survey::{Pillar, Survey};

use self::changes::index_change;
use self::reliability::ScoreReliability;
use crate::answers::{AnswerTables, ItemRatings};
use crate::comments::embedding::Embedding;
use crate::comments::{self, Answers};
use crate::drivers::{self, Drivers, Teams};
use crate::estimates::Estimates;
use crate::groups::{Groups, Name, Placed, Tree};
use crate::input::{Input, PastWave};
use crate::ranking::Ranked;
use crate::systems::Systems;
use crate::{design, disclosure, evidence, hours, joined, pain, ranking, scores};

/// Analyzes a wave. Whatever may not be shown is not in the result.
pub fn analyze(input: &Input) -> Findings {
    analyze_with(input, None)
}

/// The same, with comments sorted into themes by a local embedding model.
///
/// Each section returns its rows and notes; the document is put together of them at the end. Where
/// sections do not need each other they run at the same time, for much of each is done by one
/// thread.
pub fn analyze_with(input: &Input, embedding: Option<&dyn Embedding>) -> Findings {
    let tree = Tree::of(input.people());
    let groups = Groups::new(tree, &input.settings.by, input.people());
    let minimum = input.settings.minimum_group;
    let now = WaveScores::new(&groups, &input.responses, &[], minimum);
    let past: Vec<WaveScores<'_>> = (input.previous.iter())
        .map(|past| WaveScores::new(&groups, &past.responses, &past.reworded, minimum))
        .collect();
    let roster = input.roster.as_ref();
    let invited = roster.map(|roster| groups.count(&groups.place(roster)));
    let invited = invited.as_deref();
    let pain = pain::definition(&input.responses);

    let (systems, ((changes, drivers), comments)) = std::thread::scope(|scope| {
        // Its plans have threads of their own, so that it is no part of rayon's.
        let systems = scope.spawn(|| Systems::new(input, &groups));
        let others = rayon::join(
            || {
                rayon::join(
                    || changes::changes(input, &groups, &now, &past),
                    || drivers(input, &now),
                )
            },
            || comments(input, &groups, &now, embedding),
        );
        let systems = systems.join();
        (
            systems.unwrap_or_else(|cause| std::panic::resume_unwind(cause)),
            others,
        )
    });
    let whole = groups.tree.paths.first().map_or("", String::as_str);
    let of_whole: Vec<PillarChange> = changes.of_team_since_last(input, whole);

    let ranked = ranking::rank(input, &now, invited, pain);
    let reliability = ScoreReliability::new(input, &groups, &now);
    let ((evidence, (nonresponse, scores)), (team_metrics, metrics)) = rayon::join(
        || {
            rayon::join(
                || evidence::evidence(input, &groups, &now, &systems, &of_whole, &ranked.rows),
                || {
                    let nonresponse = nonresponse::nonresponse(input, &groups, &now, &ranked.rows);
                    let weighted = nonresponse.as_ref();
                    let scores = score_rows(input, &groups, &now, invited, &reliability, weighted);
                    (nonresponse, scores)
                },
            )
        },
        || {
            rayon::join(
                || systems.teams(&now.hidden),
                || systems.months(&now.hidden),
            )
        },
    );
    let (joined, joined_notes) = joined::join(input, &groups, &now, pain, &systems, &ranked);
    let (reliability, unreliable) = reliability.findings(input, &now);
    let pull_requests = systems.pull_request_times();
    let actions = actions::actions(input, &groups, &now, &past, &systems);

    let beside = ranking::Beside {
        changes: &of_whole,
        drivers: &drivers.rows,
        evidence: &evidence,
        joined,
    };
    Findings {
        version: VERSION,
        wave: input.wave.clone(),
        previous: input.previous.first().map(|past| past.label.clone()),
        survey: name(&input.survey),
        minimum_group: minimum,
        pain,
        seed: input.settings.seed,
        invited: roster.map(|roster| roster.height() as u32),
        responded: input.responses.len() as u32,
        index: ranked.index,
        index_change: (past.first()).and_then(|past| index_change(&now, past, &input.survey)),
        hours: hours(input, &ranked),
        systems: systems.levels(),
        team_metrics,
        ranking: ranking::rows(input, ranked.rows, beside),
        groups: group_rows(&groups, &now, invited),
        reliability,
        scores,
        nonresponse,
        notes: [
            changes.notes,
            notes(input, &now, pain),
            comments.notes,
            joined_notes,
            drivers.notes,
            unreliable.into_iter().collect(),
            nothing_merged(pull_requests.as_ref()).into_iter().collect(),
            systems.notes(),
        ]
        .concat(),
        pull_requests,
        changes: changes.rows,
        drivers: drivers.rows,
        evidence,
        metrics,
        comments: comments.rows,
        actions,
    }
}

fn hours(input: &Input, ranked: &Ranked<'_>) -> Option<HoursLost> {
    let (per_engineer, organization) = ranked.hours?;
    Some(HoursLost {
        per_engineer,
        median: hours::median(&input.responses, input.settings.minimum_group),
        organization,
        cost_per_year: organization.and_then(|hours| ranking::cost(hours, input)),
        n: input.responses.len() as u32,
    })
}

/// The comments that may be shown, and what became of the others.
#[derive(Default)]
struct Comments {
    rows: Vec<Comment>,
    notes: Vec<Note>,
}

/// None where the names in them are not known.
fn comments(
    input: &Input,
    groups: &Groups,
    now: &WaveScores<'_>,
    embedding: Option<&dyn Embedding>,
) -> Comments {
    let Some(identifying) = &input.identifying else {
        return Comments::default();
    };
    let width = groups.per_node();
    let hidden: Vec<Option<Hidden>> = now.hidden.iter().step_by(width).copied().collect();
    let answers = Answers {
        tree: &groups.tree,
        own: &groups.tree.count(&now.placed.nodes),
        hidden: &hidden,
        minimum: input.settings.minimum_group,
    };
    let all: Vec<_> = now.responses.comments().collect();
    let seed = input.settings.seed;
    let (rows, no_embedding) = comments::disclosed(&all, &answers, identifying, embedding, seed);
    let withheld = all.len() - rows.len();
    let hidden = (withheld > 0).then_some(Note::CommentsHidden {
        hidden: withheld as u32,
        comments: all.len() as u32,
    });
    let no_embedding = no_embedding.map(|why| Note::NoEmbedding { why });
    Comments {
        rows,
        notes: hidden.into_iter().chain(no_embedding).collect(),
    }
}

/// What goes with the outcomes.
fn drivers(input: &Input, now: &WaveScores<'_>) -> Drivers {
    let nodes = &now.placed.nodes;
    let (teams, count) = if ranking::is_one_team(nodes) {
        (vec![0; nodes.len()], 1)
    } else {
        ranking::units(nodes)
    };
    let teams = Teams { of: &teams, count };
    drivers::drivers(&input.survey, now.responses, teams, input.settings.seed)
}

/// A wave's answers by group, with what is hidden.
pub(crate) struct WaveScores<'a> {
    pub responses: &'a AnswerTables,
    /// The ratings that count, item after item.
    pub items: Vec<ItemRatings<'a>>,
    pub placed: Placed,
    /// Responses of each group.
    pub answers: Vec<u32>,
    /// Which groups are hidden altogether.
    pub hidden: Vec<Option<Hidden>>,
    /// Ratings, item after item for each group.
    pub ratings: Vec<Ratings>,
    /// Which numbers are hidden, item after item for each group: those of hidden groups, and those
    /// with too few ratings of the item.
    cells: Vec<Option<Hidden>>,
}

impl<'a> WaveScores<'a> {
    /// Of `reworded` items the ratings do not count.
    fn new(
        groups: &Groups,
        responses: &'a AnswerTables,
        reworded: &[String],
        minimum: u32,
    ) -> Self {
        let is_same = |ratings: &ItemRatings| !reworded.iter().any(|item| item == ratings.item);
        let rated: Vec<ItemRatings> = responses.ratings().filter(is_same).collect();
        let placed = groups.place(&responses.people);
        let answers = groups.count(&placed);
        let hidden = disclosure::decide(groups, &answers, minimum, None);
        let ratings = scores::count(groups, &placed, &rated);
        let items = rated.len();
        let mut cells = vec![None; ratings.len()];
        for item in 0..items {
            let given: Vec<u32> = (0..groups.len())
                .map(|group| ratings[group * items + item].n())
                .collect();
            for (group, hidden) in disclosure::decide(groups, &given, minimum, Some(&hidden))
                .into_iter()
                .enumerate()
            {
                cells[group * items + item] = hidden;
            }
        }
        Self {
            responses,
            items: rated,
            placed,
            answers,
            hidden,
            ratings,
            cells,
        }
    }

    /// Whether anything of the whole may be shown.
    pub fn is_shown(&self) -> bool {
        matches!(self.hidden.first(), Some(None))
    }

    /// The column of an item.
    pub fn item(&self, id: &str) -> Option<usize> {
        self.items.iter().position(|ratings| ratings.item == id)
    }

    /// A group's ratings of an item, if they may be shown.
    pub fn shown(&self, group: usize, item: usize) -> Result<Ratings, Hidden> {
        match self.cells[group * self.items.len() + item] {
            Some(reason) => Err(reason),
            None => Ok(self.ratings[group * self.items.len() + item]),
        }
    }

    /// Everybody's ratings of an item.
    pub fn whole(&self, item: usize) -> Ratings {
        self.ratings.get(item).copied().unwrap_or_default()
    }
}

fn name(survey: &Survey) -> SurveyName {
    SurveyName {
        id: survey.id.clone(),
        title: survey.title.clone(),
        version: survey.version().as_str().to_owned(),
        pillars: survey.pillars().map(Named::from).collect(),
    }
}

fn nothing_merged(pull_requests: Option<&PullRequestTimes>) -> Option<Note> {
    (pull_requests?.merged == 0).then_some(Note::NothingMerged)
}

/// What of the wave itself is left out or done otherwise.
fn notes(input: &Input, now: &WaveScores<'_>, pain: Pain) -> Vec<Note> {
    let nodes = &now.placed.nodes;
    let is_one_team = !now.responses.is_empty() && ranking::is_one_team(nodes);
    let latest = input.previous.first();
    let is_linked = latest.is_none_or(|past| linked(input, &past.responses));
    let notes = [
        (!now.is_shown()).then_some(Note::FewResponses),
        input.roster.is_none().then_some(Note::NoRoster),
        is_one_team.then_some(Note::OneTeam),
        (ranking::teams(nodes) == 2).then_some(Note::TwoTeams),
        (pain == Pain::RatedLow).then_some(Note::NobodyPicked),
        planned_missing(input, now),
        few_ratings(input, now),
        (!is_linked).then_some(Note::NobodyLinked),
    ];
    let reworded = input
        .previous
        .iter()
        .filter_map(|past| reworded(input, past));
    let written = input.responses.comments.height() as u32;
    let unshown = written > 0 && input.identifying.is_none();
    let unshown = unshown.then_some(Note::CommentsWithoutPeople { comments: written });
    let notes = notes.into_iter().flatten();
    notes.chain(reworded).chain(unshown).collect()
}

fn planned_missing(input: &Input, now: &WaveScores<'_>) -> Option<Note> {
    let design = design::planned(&input.survey, now.responses)?;
    Some(Note::PlannedMissing {
        asked: design.asked * design.pillars as f64,
        pillars: design.pillars as u32,
        widening: design.widening(),
    })
}

fn few_ratings(input: &Input, now: &WaveScores<'_>) -> Option<Note> {
    let has_few = |pillar: &&Pillar| {
        let item = pillar.rating_item().and_then(|item| now.item(&item.id));
        item.is_none_or(|item| now.whole(item).n() < input.settings.minimum_group)
    };
    let pillars = input.survey.pillars().filter(has_few);
    let pillars: Vec<String> = pillars.map(|pillar| pillar.id.clone()).collect();
    (!pillars.is_empty()).then_some(Note::FewRatings { pillars })
}

fn reworded(input: &Input, past: &PastWave) -> Option<Note> {
    let items = past.reworded.iter().map(|item| Named {
        id: item.to_string(),
        name: item_name(&input.survey, item).to_owned(),
    });
    let items: Vec<Named> = items.collect();
    let wave = past.label.clone();
    (!items.is_empty()).then_some(Note::Reworded { wave, items })
}

/// An item by its pillar's name, or else by its own words.
fn item_name<'a>(survey: &'a Survey, item: &'a str) -> &'a str {
    let mut pillars = survey.pillars();
    let is_rated = |pillar: &&Pillar| pillar.rating_item().is_some_and(|rated| rated.id == item);
    let asked = || survey.items().find(|asked| asked.id == item);
    match pillars.find(is_rated) {
        Some(pillar) => &pillar.name,
        None => asked().map_or(item, |asked| &asked.text),
    }
}

fn linked(input: &Input, before: &AnswerTables) -> bool {
    let earlier: HashSet<&str, RandomState> = before.respondents.iter().flatten().collect();
    let mut respondents = input.responses.respondents.iter().flatten();
    respondents.any(|respondent| earlier.contains(respondent))
}

fn group_rows(groups: &Groups, now: &WaveScores<'_>, invited: Option<&[u32]>) -> Vec<Group> {
    let rows = groups
        .names()
        .enumerate()
        .filter(|(group, _)| is_somebody(*group, now, invited));
    rows.map(|(group, name)| {
        let hidden = now.hidden[group];
        Group {
            team: name.team.to_owned(),
            attribute: name.cut.map(|(attribute, _)| attribute.to_owned()),
            value: name.cut.map(|(_, value)| value.to_owned()),
            invited: invited
                .map(|invited| invited[group])
                .filter(|_| hidden.is_none()),
            responded: Some(now.answers[group]).filter(|_| hidden.is_none()),
            hidden,
        }
    })
    .collect()
}

/// A cut may name a group that nobody is in.
fn is_somebody(group: usize, now: &WaveScores<'_>, invited: Option<&[u32]>) -> bool {
    group == 0 || now.answers[group] > 0 || invited.is_some_and(|invited| invited[group] > 0)
}

fn score_rows(
    input: &Input,
    groups: &Groups,
    now: &WaveScores<'_>,
    invited: Option<&[u32]>,
    reliability: &ScoreReliability,
    nonresponse: Option<&Nonresponse>,
) -> Vec<Score> {
    let pillar_of = |item: &str| {
        let pillar = input
            .survey
            .pillars()
            .find(|pillar| pillar.items.iter().any(|other| other.id == item));
        pillar.map(|pillar| pillar.id.clone())
    };
    let items: Vec<(usize, &str, Option<String>)> = now
        .items
        .iter()
        .enumerate()
        .filter(|(item, _)| now.whole(*item).n() > 0)
        .map(|(item, ratings)| (item, ratings.item, pillar_of(ratings.item)))
        .collect();
    let estimates = Estimates::new(input, groups, now);
    let of_group = |(group, name): (usize, Name<'_>)| -> Vec<Score> {
        let row = |(item, id, pillar): &(usize, &str, Option<String>)| {
            let shown = now.shown(group, *item);
            let ratings = shown.ok();
            Score {
                team: name.team.to_owned(),
                attribute: name.cut.map(|(attribute, _)| attribute.to_owned()),
                value: name.cut.map(|(_, value)| value.to_owned()),
                item: (*id).to_owned(),
                pillar: pillar.clone(),
                n: ratings.map(|ratings| ratings.n()),
                favorable: ratings.and_then(|ratings| {
                    ratings.favorable_share(invited.map(|invited| invited[group]))
                }),
                mean: ratings.and_then(|ratings| ratings.mean()),
                weighted_favorable: (nonresponse.filter(|_| group == 0 && ratings.is_some()))
                    .and_then(|nonresponse| nonresponse.weighted(id)),
                // Groups by attribute have none: the model knows teams alone.
                estimate: match name.cut {
                    None => estimates.of(group / groups.per_node(), *item),
                    Some(_) => None,
                },
                trust: (name.cut.is_none().then_some(ratings).flatten()).and_then(|ratings| {
                    reliability.of(groups, group / groups.per_node(), *item, ratings.n())
                }),
                hidden: shown.err(),
            }
        };
        items.iter().map(row).collect()
    };
    let somebody = |(group, _): &(usize, Name<'_>)| is_somebody(*group, now, invited);
    let names: Vec<_> = groups.names().enumerate().filter(somebody).collect();
    names.into_par_iter().flat_map_iter(of_group).collect()
}

#[cfg(test)]
mod against_reference;
#[cfg(test)]
mod edges;
#[cfg(test)]
mod tests;
