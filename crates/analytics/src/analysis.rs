//! From `Input` to `Findings`: puts the methods together, each in its own module, and passes
//! everything through `release`.

mod actions;
mod changes;
mod nonresponse;
mod reliability;

use std::collections::HashSet;

use rayon::prelude::*;
use tribometer_findings::{
    Comment, Findings, Group, Hidden, HoursLost, Named, NoEmbedding, Nonresponse, Note, Pain,
    PillarChange, PullRequestTimes, Score, SurveyName, VERSION,
};
use tribometer_statistics::ratings::Ratings;
use tribometer_surveys::survey::Survey;

use self::changes::{changes, index_change};
use self::reliability::Trusted;
use crate::answers::{AnswerTables, ItemRatings};
use crate::comments::embedding::Embedding;
use crate::comments::{self, Answers};
use crate::drivers::{self, Drivers, Teams};
use crate::estimates::Estimates;
use crate::groups::{Groups, Name, Placed, Tree};
use crate::input::Input;
use crate::{design, evidence, hours, joined, pain, ranking, release, scores, systems};

/// Analyzes a wave. Whatever may not be shown is not in the result.
pub fn analyze(input: &Input) -> Findings {
    analyze_with(input, None)
}

/// The same, with comments sorted into themes by a local embedding model.
pub fn analyze_with(input: &Input, embedding: Option<&dyn Embedding>) -> Findings {
    let tree = Tree::of(input.people());
    let groups = Groups::new(tree, &input.settings.by, input.people());
    let minimum = input.settings.minimum_group;
    let now = Wave::new(&groups, &input.responses, &[], minimum);
    let past: Vec<Wave<'_>> = (input.previous.iter())
        .map(|past| Wave::new(&groups, &past.responses, &past.reworded, minimum))
        .collect();
    let before = past.first();
    let roster = input.roster.as_ref();
    let invited = roster.map(|roster| groups.count(&groups.place(roster)));

    let pain = pain::definition(&input.responses);
    let since = || -> Vec<(Vec<PillarChange>, Option<Note>)> {
        let waves = input.previous.par_iter().zip(&past);
        let since = waves.map(|(past, before)| changes(input, &groups, &now, &past.label, before));
        since.collect()
    };
    let (systems, ((changes, drivers), (comments, no_embedding))) = std::thread::scope(|scope| {
        // Its plans have threads of their own, so that it is no part of rayon's.
        let systems = scope.spawn(|| systems::Systems::new(input, &groups));
        // Much of this is done by one thread, so that two at a time are done sooner; each part says
        // what it has to say when its turn comes.
        let others = rayon::join(
            || rayon::join(since, || drivers(input, &now)),
            || comments(input, &groups, &now, embedding),
        );
        let systems = systems.join();
        (
            systems.unwrap_or_else(|cause| std::panic::resume_unwind(cause)),
            others,
        )
    });
    let (changes, untested): (Vec<_>, Vec<_>) = changes.into_iter().unzip();
    let mut notes: Vec<Note> = untested.into_iter().flatten().collect();
    // The newest of the earlier waves is what the report speaks of.
    let latest = changes.first().map_or(&[][..], Vec::as_slice);
    let mut ranked = match now.hidden.first() {
        Some(None) => ranking::rank(input, &groups, &now, invited.as_deref(), pain, latest),
        _ => ranking::Ranked::default(),
    };
    let trusted = Trusted::new(input, &groups, &now);
    let rows = || {
        let nonresponse = nonresponse::nonresponse(input, &groups, &now, &ranked.pillars);
        let scores = score_rows(
            input,
            &groups,
            &now,
            invited.as_deref(),
            &trusted,
            nonresponse.as_ref(),
        );
        (nonresponse, scores)
    };
    let ((evidence, (nonresponse, scores)), (team_metrics, metrics)) = rayon::join(
        || {
            rayon::join(
                || evidence::evidence(input, &groups, &now, &systems, latest, &ranked.pillars),
                rows,
            )
        },
        || {
            rayon::join(
                || systems.teams(&now.hidden),
                || systems.months(&now.hidden),
            )
        },
    );
    ranking::hear(&mut ranked.pillars, &evidence);
    let outcome = input.survey.outcomes.first();
    for driver in (drivers.rows.iter())
        .filter(|driver| outcome.is_some_and(|outcome| outcome.id == driver.outcome))
    {
        let mut pillars = ranked.pillars.iter_mut();
        if let Some(pillar) = pillars.find(|pillar| pillar.pillar == driver.pillar) {
            pillar.impact = Some(driver.share);
        }
    }
    tell(input, &now, pain, &mut notes);
    let withheld = input.responses.comments.height() - comments.len();
    if input.identifying.is_some() && withheld > 0 {
        notes.push(Note::CommentsHidden {
            hidden: withheld as u32,
            comments: input.responses.comments.height() as u32,
        });
    }
    notes.extend(no_embedding.map(|why| Note::NoEmbedding { why }));
    joined::join(
        input,
        &groups,
        &now,
        pain,
        &systems,
        &mut ranked,
        &mut notes,
    );
    notes.extend(drivers.notes);
    let reliability = trusted.findings(input, &now, &mut notes);

    let pull_requests = systems.pull_request_times();
    if let Some(PullRequestTimes { merged: 0, .. }) = pull_requests {
        notes.push(Note::NothingMerged);
    }
    notes.extend(systems.notes());

    let mut findings = Findings {
        version: VERSION,
        wave: input.wave.clone(),
        previous: input.previous.first().map(|past| past.label.clone()),
        survey: name(&input.survey),
        minimum_group: input.settings.minimum_group,
        pain,
        seed: input.settings.seed,
        invited: input.roster.as_ref().map(|roster| roster.height() as u32),
        responded: input.responses.len() as u32,
        index: ranked.index,
        index_change: before.and_then(|before| index_change(&now, before, &input.survey)),
        hours: ranked.hours.map(|(per_engineer, organization)| HoursLost {
            per_engineer,
            median: hours::median(&input.responses, input.settings.minimum_group),
            organization,
            cost_per_year: organization.and_then(|hours| ranking::cost(hours, input)),
            n: input.responses.len() as u32,
        }),
        systems: systems.levels(),
        pull_requests,
        team_metrics,
        ranking: ranked.pillars,
        groups: group_rows(&groups, &now, invited.as_deref()),
        reliability,
        scores,
        nonresponse,
        changes: changes.into_iter().flatten().collect(),
        drivers: drivers.rows,
        evidence,
        metrics,
        comments,
        actions: actions::actions(input, &groups, &now, &past, &systems),
        notes,
    };
    let rank = |pillar: &str| findings.ranking.iter().position(|row| row.pillar == pillar);
    let order: Vec<Option<usize>> = findings
        .evidence
        .iter()
        .map(|row| rank(&row.pillar))
        .collect();
    let mut sorted: Vec<_> = findings.evidence.into_iter().zip(order).collect();
    sorted.sort_by_key(|(_, rank)| rank.unwrap_or(usize::MAX));
    findings.evidence = sorted.into_iter().map(|(row, _)| row).collect();
    findings
}

/// The comments that may be shown, where the names in them are known.
fn comments(
    input: &Input,
    groups: &Groups,
    now: &Wave<'_>,
    embedding: Option<&dyn Embedding>,
) -> (Vec<Comment>, Option<NoEmbedding>) {
    let Some(identifying) = &input.identifying else {
        return (Vec::new(), None);
    };
    let width = groups.per_node();
    let hidden: Vec<Option<Hidden>> = now.hidden.iter().step_by(width).copied().collect();
    let answers = Answers {
        tree: &groups.tree,
        own: &groups.tree.count(&now.placed.nodes),
        hidden: &hidden,
        minimum: input.settings.minimum_group,
    };
    comments::released(
        &now.responses.comments().collect::<Vec<_>>(),
        &answers,
        identifying,
        embedding,
        input.settings.seed,
    )
}

/// What goes with the outcomes.
fn drivers(input: &Input, now: &Wave<'_>) -> Drivers {
    let nodes = &now.placed.nodes;
    let (teams, count) = match ranking::is_one_team(nodes) {
        true => (vec![0; nodes.len()], 1),
        false => ranking::units(nodes),
    };
    let teams = Teams { of: &teams, count };
    drivers::drivers(&input.survey, now.responses, teams, input.settings.seed)
}

/// A wave's answers by group, with what is hidden.
pub(crate) struct Wave<'a> {
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

impl<'a> Wave<'a> {
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
        let hidden = release::decide(groups, &answers, minimum, None);
        let ratings = scores::count(groups, &placed, &rated);
        let items = rated.len();
        let mut cells = vec![None; ratings.len()];
        for item in 0..items {
            let given: Vec<u32> = (0..groups.len())
                .map(|group| ratings[group * items + item].n())
                .collect();
            for (group, hidden) in release::decide(groups, &given, minimum, Some(&hidden))
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

fn tell(input: &Input, now: &Wave<'_>, pain: Pain, notes: &mut Vec<Note>) {
    let minimum = input.settings.minimum_group;
    if !matches!(now.hidden.first(), Some(None)) {
        notes.push(Note::FewResponses);
    }
    if input.roster.is_none() {
        notes.push(Note::NoRoster);
    }
    if !now.responses.is_empty() && ranking::is_one_team(&now.placed.nodes) {
        notes.push(Note::OneTeam);
    }
    if ranking::teams(&now.placed.nodes) == 2 {
        notes.push(Note::TwoTeams);
    }
    if pain == Pain::RatedLow {
        notes.push(Note::NobodyPicked);
    }
    if let Some(design) = design::planned(&input.survey, now.responses) {
        notes.push(Note::PlannedMissing {
            asked: design.asked * design.pillars as f64,
            pillars: design.pillars as u32,
            widening: design.widening(),
        });
    }
    let silent: Vec<String> = input
        .survey
        .pillars()
        .filter(|pillar| {
            let item = pillar.rating_item().and_then(|item| now.item(&item.id));
            item.is_none_or(|item| now.whole(item).n() < minimum)
        })
        .map(|pillar| pillar.id.clone())
        .collect();
    if !silent.is_empty() {
        notes.push(Note::FewRatings { pillars: silent });
    }
    if input
        .previous
        .first()
        .is_some_and(|past| !linked(input, &past.responses))
    {
        notes.push(Note::NobodyLinked);
    }
    for past in &input.previous {
        let items = past.reworded.iter().map(|item| Named {
            id: item.to_string(),
            name: item_name(&input.survey, item).to_owned(),
        });
        let items: Vec<Named> = items.collect();
        if !items.is_empty() {
            let wave = past.label.clone();
            notes.push(Note::Reworded { wave, items });
        }
    }
    let written = input.responses.comments.height();
    if written > 0 && input.identifying.is_none() {
        notes.push(Note::CommentsWithoutPeople {
            comments: written as u32,
        });
    }
}

/// An item by its pillar's name, or else by its own words.
fn item_name<'a>(survey: &'a Survey, item: &'a str) -> &'a str {
    let mut pillars = survey.pillars();
    let pillar = pillars.find(|pillar| pillar.rating_item().is_some_and(|own| own.id == item));
    let own = || survey.items().find(|own| own.id == item);
    match pillar {
        Some(pillar) => &pillar.name,
        None => own().map_or(item, |own| &own.text),
    }
}

fn linked(input: &Input, before: &AnswerTables) -> bool {
    let earlier: HashSet<&str> = before.respondents.iter().flatten().collect();
    let mut respondents = input.responses.respondents.iter().flatten();
    respondents.any(|respondent| earlier.contains(respondent))
}

fn group_rows(groups: &Groups, now: &Wave<'_>, invited: Option<&[u32]>) -> Vec<Group> {
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
fn is_somebody(group: usize, now: &Wave<'_>, invited: Option<&[u32]>) -> bool {
    group == 0 || now.answers[group] > 0 || invited.is_some_and(|invited| invited[group] > 0)
}

fn score_rows(
    input: &Input,
    groups: &Groups,
    now: &Wave<'_>,
    invited: Option<&[u32]>,
    trusted: &Trusted,
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
                    trusted.of(groups, group / groups.per_node(), *item, ratings.n())
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
