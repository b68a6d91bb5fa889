//! What became of the actions: puts `did_it_help` to the pillar's ratings and metrics of shown teams.

use chrono::{Months, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};

use super::Wave;
use crate::change::benjamini_hochberg;
use crate::did_it_help::{self, Effect, TeamChange};
use crate::findings::{ActionChange, ActionEffect, Helped};
use crate::groups::Groups;
use crate::html::format;
use crate::input::{Action, Input, Period, Start};
use crate::metrics::{Aggregate, Metric};
use crate::systems::Systems;

/// How long before and after its start an action's metrics are looked at.
const MONTHS: Months = Months::new(3);

/// The waves that an action lies between, the newest first; `past` are the earlier ones in the order of the input.
struct Waves<'a> {
    input: &'a Input,
    now: &'a Wave<'a>,
    past: &'a [Wave<'a>],
}

/// One row an action, in the order of the list.
pub(super) fn actions(
    input: &Input,
    groups: &Groups,
    now: &Wave<'_>,
    past: &[Wave<'_>],
    systems: &Systems<'_>,
) -> Vec<ActionEffect> {
    let waves = Waves { input, now, past };
    let effects = (input.actions.iter()).map(|action| effect(&waves, groups, systems, action));
    let mut effects: Vec<ActionEffect> = effects.collect();
    let mut all: Vec<&mut ActionChange> = effects
        .iter_mut()
        .flat_map(|one| &mut one.changes)
        .collect();
    let p: Vec<f64> = all.iter().filter_map(|change| change.p).collect();
    let mut rates = benjamini_hochberg(&p).into_iter();
    for change in all.iter_mut().filter(|change| change.p.is_some()) {
        change.q = rates.next();
    }
    for effect in &mut effects {
        if let Some(rating) = effect.changes.first() {
            effect.verdict = verdict(rating);
            effect.sentence = sentence(rating, effect.verdict, effect.before.as_deref());
        }
    }
    effects
}

fn effect(
    waves: &Waves<'_>,
    groups: &Groups,
    systems: &Systems<'_>,
    action: &Action,
) -> ActionEffect {
    let mut effect = ActionEffect {
        action: action.title.clone(),
        pillar: action.pillar.clone(),
        start: match &action.start {
            Start::Day(day) => day.to_string(),
            Start::Wave(label) => label.clone(),
        },
        before: None,
        changes: Vec::new(),
        verdict: Helped::NotComparable,
        sentence: String::new(),
    };
    let base = match waves.before(&action.start) {
        Ok(base) => base,
        Err(why) => {
            effect.sentence = why;
            return effect;
        }
    };
    effect.before = waves
        .input
        .previous
        .get(base)
        .map(|wave| wave.label.clone());
    let has_it = reached(groups, action);
    let seed = waves.input.settings.seed;
    let ratings = waves.ratings(groups, &action.pillar, &has_it, (None, base));
    let Some(rating) = did_it_help::effect(&ratings, seed) else {
        effect.sentence =
            "Nothing can be compared: of the teams that both waves show, none has it, or all have."
                .into();
        return effect;
    };
    let earlier = waves.ratings(groups, &action.pillar, &has_it, (Some(base), base + 1));
    let earlier = did_it_help::effect(&earlier, seed).map(|earlier| earlier.difference);
    effect.changes.push(change(None, &ratings, rating, earlier));
    if let Start::Day(day) = action.start {
        let speaks = |metric: &&Metric| metric.pillars.contains(&action.pillar);
        for metric in systems.metrics().filter(speaks) {
            let teams = values(systems, groups, waves.now, metric, &has_it, day);
            if let Some(found) = did_it_help::effect(&teams, seed) {
                effect
                    .changes
                    .push(change(Some(metric), &teams, found, None));
            }
        }
    }
    effect
}

impl Waves<'_> {
    /// The position among the earlier waves of the last one before an action, or why there is none.
    fn before(&self, start: &Start) -> Result<usize, String> {
        let labels: Vec<&str> = std::iter::once(&self.input.wave)
            .chain(self.input.previous.iter().map(|past| &past.label))
            .map(String::as_str)
            .collect();
        let after = match start {
            Start::Wave(label) => labels.iter().position(|known| known == label),
            Start::Day(day) => {
                let days: Option<Vec<NaiveDate>> =
                    labels.iter().map(|label| day_of(label)).collect();
                let Some(days) = days else {
                    return Err("The days of the waves are not known by their labels: name the first wave after the action instead of a day.".into());
                };
                days.iter().rposition(|wave| wave > day)
            }
        };
        match after {
            None => Err("It starts after this wave: the next one can tell.".into()),
            Some(after) if after + 1 < labels.len() => Ok(after),
            Some(_) => Err("There is no wave before it to compare with.".into()),
        }
    }

    fn wave(&self, at: Option<usize>) -> Option<&Wave<'_>> {
        match at {
            None => Some(self.now),
            Some(at) => self.past.get(at),
        }
    }

    /// The changes of a pillar's mean rating between two waves (positions among the earlier ones, none for this one) of the teams that both show.
    fn ratings(
        &self,
        groups: &Groups,
        pillar: &str,
        has_it: &[bool],
        (now, before): (Option<usize>, usize),
    ) -> Vec<TeamChange> {
        let survey = &self.input.survey;
        let item = survey
            .pillars()
            .find(|known| known.id == pillar)
            .and_then(|pillar| pillar.rating_item());
        let (Some(item), Some(now), Some(before)) = (item, self.wave(now), self.wave(Some(before)))
        else {
            return Vec::new();
        };
        let (Some(at_now), Some(at_before)) = (now.item(&item.id), before.item(&item.id)) else {
            return Vec::new();
        };
        let change = |node: usize| {
            let group = node * groups.per_node();
            let (now, before) = (
                now.shown(group, at_now).ok()?,
                before.shown(group, at_before).ok()?,
            );
            Some(TeamChange {
                has_it: has_it[node],
                change: now.mean()? - before.mean()?,
                weight: did_it_help::weight(before.n(), now.n()),
            })
        };
        teams(groups).filter_map(change).collect()
    }
}

/// Teams without teams below them.
fn teams(groups: &Groups) -> impl Iterator<Item = usize> {
    let tree = &groups.tree;
    (0..tree.len()).filter(|node| tree.ends[*node] == node + 1)
}

/// By node, whether the action reached it.
fn reached(groups: &Groups, action: &Action) -> Vec<bool> {
    let mut has_it = vec![false; groups.tree.len()];
    for team in &action.teams {
        let node = groups.tree.node(team);
        if groups.tree.paths.get(node).is_some_and(|path| path == team) {
            has_it[node..groups.tree.ends[node]].fill(true);
        }
    }
    has_it
}

/// The changes of a metric of shown teams from the months before a day to the months after it, each with the people that a number needs; in logarithms for amounts.
fn values(
    systems: &Systems<'_>,
    groups: &Groups,
    now: &Wave<'_>,
    metric: &Metric,
    has_it: &[bool],
    day: NaiveDate,
) -> Vec<TeamChange> {
    let at = Utc.from_utc_datetime(&day.and_time(NaiveTime::MIN));
    let period = |start, end| Period { start, end };
    let before = systems.of_teams_over(metric, Some(period(at - MONTHS, at)));
    let after = systems.of_teams_over(metric, Some(period(at, at + MONTHS)));
    let scaled = |value: f64| {
        if is_relative(metric) {
            value.ln()
        } else {
            value
        }
    };
    let change = |node: usize| {
        let (before, after) = (before[node]?, after[node]?);
        let shown = now.hidden[node * groups.per_node()].is_none();
        let enough = [before, after]
            .iter()
            .all(|team| team.people.is_none_or(|people| people >= systems.minimum()));
        let change = scaled(after.value) - scaled(before.value);
        (shown && enough && change.is_finite()).then_some(TeamChange {
            has_it: has_it[node],
            change,
            weight: 1.0,
        })
    };
    teams(groups).filter_map(change).collect()
}

fn is_relative(metric: &Metric) -> bool {
    metric.aggregate == Aggregate::Median
}

fn change(
    metric: Option<&Metric>,
    teams: &[TeamChange],
    effect: Effect,
    earlier: Option<f64>,
) -> ActionChange {
    let relative = metric.is_some_and(is_relative);
    let unit = |value: f64| if relative { value.exp_m1() } else { value };
    let count = |has_it: bool| teams.iter().filter(|team| team.has_it == has_it).count() as u32;
    ActionChange {
        metric: metric.map(|metric| metric.id.clone()),
        name: metric.map_or_else(|| "Mean rating".to_owned(), |metric| metric.name.clone()),
        relative,
        teams_with: count(true),
        teams_without: count(false),
        with: unit(effect.with),
        without: unit(effect.without),
        difference: unit(effect.difference),
        low: effect.test.map(|test| unit(test.low)),
        high: effect.test.map(|test| unit(test.high)),
        p: effect.test.map(|test| test.p),
        q: None,
        earlier,
    }
}

/// Of a rating, for which more is better.
fn verdict(rating: &ActionChange) -> Helped {
    match rating.q {
        None => Helped::TooFewTeams,
        Some(q) if q > 0.05 => Helped::NoDifference,
        Some(_) if rating.difference > 0.0 => Helped::Better,
        Some(_) => Helped::Worse,
    }
}

fn sentence(rating: &ActionChange, verdict: Helped, before: Option<&str>) -> String {
    let two = |value: f64| format::signed(value, 2);
    let interval = match (rating.low, rating.high, rating.q) {
        (Some(low), Some(high), Some(q)) => format!(
            " (95% interval {} to {}, q {})",
            two(low),
            two(high),
            format::p_value(q)
        ),
        _ => String::new(),
    };
    let mut text = format!(
        "Since {} the mean rating moved by {} in the {} with it and by {} in the {} without: a difference of {}{interval}.",
        before.unwrap_or("the wave before"),
        two(rating.with),
        format::counted(rating.teams_with.into(), "team", "teams"),
        two(rating.without),
        format::counted(rating.teams_without.into(), "team", "teams"),
        two(rating.difference)
    );
    if verdict == Helped::TooFewTeams {
        text += " That is too few teams, or they moved too much alike, to tell it from chance.";
    }
    if let Some(earlier) = rating.earlier {
        text += &format!(
            " Between the two waves before, the difference was {}.",
            two(earlier)
        );
    }
    text
}

/// The day of a wave by its label: `2026-Q4` is the second Tuesday of the quarter, as programs have it unless told otherwise, `2026-10` that of the month, `2026-10-05` that day.
fn day_of(label: &str) -> Option<NaiveDate> {
    if let Ok(day) = label.parse() {
        return Some(day);
    }
    let (year, part) = label.split_once('-')?;
    let month: u32 = match part.strip_prefix('Q') {
        Some(quarter) => {
            quarter
                .parse::<u32>()
                .ok()
                .filter(|quarter| (1..=4).contains(quarter))?
                * 3
                - 2
        }
        None => part.parse().ok()?,
    };
    NaiveDate::from_weekday_of_month_opt(year.parse().ok()?, month, Weekday::Tue, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::PastWave;
    use crate::reference;

    /// The reference's second wave after its first, and what is claimed to have been done in its departments.
    fn input(departments: &[&str], start: Start) -> Input {
        let mut input = reference::input(2);
        input.wave = "2026-Q4".into();
        input.previous = vec![PastWave {
            label: "2026-Q3".into(),
            responses: reference::input(1).responses,
        }];
        input.actions = vec![Action {
            title: "Build cache".into(),
            pillar: "code-review".into(),
            teams: departments.iter().map(|team| (*team).to_owned()).collect(),
            start,
        }];
        input
    }

    fn departments() -> Vec<String> {
        let input = reference::input(2);
        let teams = input.responses.people.team.names.all();
        let parts = teams
            .iter()
            .filter_map(|team| team.split(" / ").nth(1).map(|part| (team, part)));
        let mut found: Vec<String> = parts
            .filter_map(|(team, part)| Some(format!("{} / {part}", team.split(" / ").next()?)))
            .collect();
        found.sort();
        found.dedup();
        found
    }

    fn day(text: &str) -> Start {
        Start::Day(text.parse().unwrap())
    }

    #[test]
    fn teams_that_rate_a_step_higher_than_the_others_were_helped() {
        let departments = departments();
        let two = [departments[0].as_str(), departments[1].as_str()];
        let mut input = input(&two, day("2026-08-03"));
        let plain = crate::analyze(&input).actions.remove(0);
        assert_eq!(plain.verdict, Helped::NoDifference, "{}", plain.sentence);
        assert_eq!(plain.before.as_deref(), Some("2026-Q3"));

        let teams = input.responses.people.team.clone();
        let mut ratings = input.responses.ratings.iter_mut();
        let column = ratings
            .find(|ratings| ratings.item == "code-review")
            .unwrap();
        for (row, cell) in column.cells.iter_mut().enumerate() {
            if two
                .iter()
                .any(|department| teams.value(row).starts_with(department))
                && (1..5).contains(cell)
            {
                *cell += 1;
            }
        }
        let helped = crate::analyze(&input).actions.remove(0);
        assert_eq!(helped.verdict, Helped::Better, "{}", helped.sentence);
        let (before, after) = (&plain.changes[0], &helped.changes[0]);
        assert_eq!(before.without, after.without);
        assert!(after.difference > before.difference + 0.5);
        assert!(
            helped.sentence.contains("a difference of +"),
            "{}",
            helped.sentence
        );
    }

    #[test]
    fn metrics_are_compared_from_before_the_day_to_after_it() {
        let departments = departments();
        let two = [departments[0].as_str(), departments[1].as_str()];
        // The reference's pull requests were merged from July to October.
        let input = input(&two, day("2026-08-20"));
        let effect = crate::analyze(&input).actions.remove(0);
        let names: Vec<Option<&str>> = effect
            .changes
            .iter()
            .map(|change| change.metric.as_deref())
            .collect();
        assert_eq!(names.first(), Some(&None));
        assert!(names.contains(&Some("pr.pickup_time")), "{names:?}");
        for change in &effect.changes[1..] {
            assert!(change.relative && change.difference > -1.0 && change.difference.is_finite());
        }
    }

    #[test]
    fn what_cannot_be_compared_is_said() {
        let departments = departments();
        let said = |input: &Input| crate::analyze(input).actions.remove(0).sentence;
        let one = departments[0].as_str();
        assert!(said(&input(&[one], day("2026-12-01"))).contains("the next one can tell"));
        assert!(said(&input(&[one], day("2026-01-01"))).contains("no wave before it"));
        assert!(said(&input(&[one], Start::Wave("2026-Q3".into()))).contains("no wave before it"));
        assert!(said(&input(&["nowhere"], day("2026-08-03"))).contains("none has it, or all have"));
        let mut nameless = input(&[one], day("2026-08-03"));
        nameless.wave = "autumn".into();
        assert!(said(&nameless).contains("name the first wave after the action"));
        let mut alone = input(&[one], day("2026-08-03"));
        alone.previous.clear();
        assert!(said(&alone).contains("no wave before it"));
    }

    #[test]
    fn labels_have_days() {
        let day = |label| day_of(label).map(|day| day.to_string());
        assert_eq!(day("2026-Q4").as_deref(), Some("2026-10-13"));
        assert_eq!(day("2026-02").as_deref(), Some("2026-02-10"));
        assert_eq!(day("2026-10-05").as_deref(), Some("2026-10-05"));
        assert_eq!(day("2026-Q5").or(day("2026-13")).or(day("autumn")), None);
    }
}
