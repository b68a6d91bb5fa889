//! What became of the actions: puts `did_it_help` to the pillar's ratings and metrics of shown
//! teams.

use chrono::{Months, NaiveDate, NaiveTime, TimeZone, Utc, Weekday};
use tribometer_findings::{
    ActionChange, ActionEffect, Helped, MetricsLeftOut, Named, NotComparable,
};
use tribometer_statistics::change::benjamini_hochberg;
use tribometer_statistics::did_it_help::{self, Effect, TeamChange};
use tribometer_statistics::thresholds::ALPHA;
use tribometer_surveys::telemetry::metrics::{Aggregate, Metric};

use super::WaveScores;
use crate::groups::Groups;
use crate::input::{Action, Input, Start};
use crate::observed::TeamValue;
use crate::systems::Systems;

/// How long before and after its start an action's metrics are looked at.
const MONTHS: Months = Months::new(3);

/// The waves that an action lies between, the newest first; `past` are the earlier ones in the
/// order of the input.
struct Waves<'a> {
    input: &'a Input,
    now: &'a WaveScores<'a>,
    past: &'a [WaveScores<'a>],
}

/// What of an action can be compared, before q is known.
struct Compared<'a> {
    /// The last wave before it.
    before: Option<String>,
    /// The rating first, then metrics.
    comparisons: Vec<Comparison<'a>>,
    not_comparable: Option<NotComparable>,
    left_out: Option<MetricsLeftOut>,
}

/// The changes of teams with and without an action.
struct Comparison<'a> {
    changed: Changed<'a>,
    teams: Vec<TeamChange>,
    effect: Effect,
    /// The same difference before the action.
    earlier: Option<f64>,
}

/// What changed.
#[derive(Clone, Copy)]
enum Changed<'a> {
    /// The pillar's mean rating.
    Rating,
    /// A metric; `relative` if changes are ratios.
    Metric { metric: &'a Metric, relative: bool },
}

/// One row an action, in the order of the list.
pub(super) fn actions(
    input: &Input,
    groups: &Groups,
    now: &WaveScores<'_>,
    past: &[WaveScores<'_>],
    systems: &Systems<'_>,
) -> Vec<ActionEffect> {
    let waves = Waves { input, now, past };
    let actions = input.actions.iter();
    let compared: Vec<Compared<'_>> = actions
        .map(|action| compare(&waves, groups, systems, action))
        .collect();
    let comparisons = compared.iter().flat_map(|compared| &compared.comparisons);
    let tests = comparisons.filter_map(|comparison| Some(comparison.effect.test?.p));
    let mut rates = benjamini_hochberg(&tests.collect::<Vec<_>>()).into_iter();
    let row = |(action, compared): (&Action, Compared<'_>)| {
        let comparisons = compared.comparisons.iter();
        let changes = comparisons.map(|comparison| {
            let q = comparison.effect.test.and_then(|_| rates.next());
            comparison.change(q)
        });
        let changes: Vec<ActionChange> = changes.collect();
        ActionEffect {
            action: action.title.clone(),
            pillar: action.pillar.clone(),
            start: match &action.start {
                Start::Day(day) => day.to_string(),
                Start::Wave(label) => label.clone(),
            },
            before: compared.before,
            verdict: changes.first().map_or(Helped::NotComparable, verdict),
            changes,
            not_comparable: compared.not_comparable,
            left_out: compared.left_out,
            sentence: None,
        }
    };
    input.actions.iter().zip(compared).map(row).collect()
}

fn compare<'a>(
    waves: &Waves<'_>,
    groups: &Groups,
    systems: &Systems<'a>,
    action: &Action,
) -> Compared<'a> {
    let not_comparable = |before: Option<String>, why: NotComparable| Compared {
        before,
        comparisons: Vec::new(),
        not_comparable: Some(why),
        left_out: None,
    };
    let base = match waves.before(&action.start) {
        Ok(base) => base,
        Err(why) => return not_comparable(None, why),
    };
    let before = waves.input.previous.get(base);
    let before = before.map(|wave| wave.label.clone());
    let has_it = reached(groups, action);
    let seed = waves.input.settings.seed;
    let ratings = waves.ratings(groups, &action.pillar, &has_it, (None, base));
    let Some(effect) = did_it_help::effect(&ratings, seed) else {
        return not_comparable(before, NotComparable::OneSide);
    };
    let earlier = waves.ratings(groups, &action.pillar, &has_it, (Some(base), base + 1));
    let rating = Comparison {
        changed: Changed::Rating,
        teams: ratings,
        effect,
        earlier: did_it_help::effect(&earlier, seed).map(|earlier| earlier.difference),
    };
    let speaks = |metric: &&Metric| metric.pillars.contains(&action.pillar);
    let metrics: Vec<&'a Metric> = systems.metrics().filter(speaks).collect();
    let (of_metrics, left_out) = match action.start {
        Start::Wave(_) if metrics.is_empty() => (Vec::new(), None),
        Start::Wave(_) => (Vec::new(), Some(MetricsLeftOut::NoDay)),
        Start::Day(day) => {
            let mut left_out: Vec<Named> = Vec::new();
            let mut of_metrics = Vec::new();
            for metric in metrics {
                let teams = TeamValues::of(systems, groups, waves.now, metric, day);
                match teams.compare(metric, &has_it, seed) {
                    Some(comparison) => of_metrics.push(comparison),
                    // A metric without any value is not missed.
                    None if !teams.have_values() => {}
                    None => left_out.push(Named::from(metric)),
                }
            }
            let is_any = !left_out.is_empty();
            let few_teams = MetricsLeftOut::FewTeams { metrics: left_out };
            (of_metrics, is_any.then_some(few_teams))
        }
    };
    Compared {
        before,
        comparisons: std::iter::once(rating).chain(of_metrics).collect(),
        not_comparable: None,
        left_out,
    }
}

impl Waves<'_> {
    /// The position among the earlier waves of the last one before an action, or why there is none.
    fn before(&self, start: &Start) -> Result<usize, NotComparable> {
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
                    return Err(NotComparable::WavesWithoutDays);
                };
                days.iter().rposition(|wave| wave > day)
            }
        };
        match after {
            None => Err(NotComparable::StartsLater),
            Some(after) if after + 1 < labels.len() => Ok(after),
            Some(_) => Err(NotComparable::NoWaveBefore),
        }
    }

    fn wave(&self, at: Option<usize>) -> Option<&WaveScores<'_>> {
        match at {
            None => Some(self.now),
            Some(at) => self.past.get(at),
        }
    }

    /// The changes of a pillar's mean rating between two waves (positions among the earlier ones,
    /// none for this one) of the teams that both show.
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

/// A metric of the shown teams, with the people that a number needs, at three times: twice before a
/// day and after it.
struct TeamValues(Vec<(usize, [Option<f64>; 3])>);

impl TeamValues {
    fn of(
        systems: &Systems<'_>,
        groups: &Groups,
        now: &WaveScores<'_>,
        metric: &Metric,
        day: NaiveDate,
    ) -> Self {
        let at = Utc.from_utc_datetime(&day.and_time(NaiveTime::MIN));
        let times = systems.of_teams_around(metric, at, MONTHS);
        let enough = |team: &TeamValue| {
            let mut people = team.people.iter();
            people.all(|people| *people >= systems.minimum())
        };
        let shown = |node: &usize| now.hidden[*node * groups.per_node()].is_none();
        let values = teams(groups).filter(shown).map(|node| {
            let value = |team: Option<TeamValue>| team.filter(enough).map(|team| team.value);
            let values = [&times[0], &times[1], &times[2]].map(|time| value(time[node]));
            (node, values)
        });
        Self(values.collect())
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        let all = self.0.iter().flat_map(|(_, values)| values);
        all.copied().flatten()
    }

    fn have_values(&self) -> bool {
        self.values().next().is_some()
    }

    /// Whether there are ratios: none is zero.
    fn are_positive(&self) -> bool {
        self.values().all(|value| value > 0.0)
    }

    /// The change over the start beside that over the months before.
    fn compare<'a>(
        &self,
        metric: &'a Metric,
        has_it: &[bool],
        seed: u64,
    ) -> Option<Comparison<'a>> {
        let relative = is_relative(metric) && self.are_positive();
        let teams = self.changes(1, relative, has_it);
        let effect = did_it_help::effect(&teams, seed)?;
        let earlier = did_it_help::effect(&self.changes(0, relative, has_it), seed);
        Some(Comparison {
            changed: Changed::Metric { metric, relative },
            teams,
            effect,
            earlier: earlier.map(|earlier| earlier.difference),
        })
    }

    /// From one time to the next, each team once; in logarithms where changes are ratios.
    fn changes(&self, from: usize, relative: bool, has_it: &[bool]) -> Vec<TeamChange> {
        let change = |(node, values): &(usize, [Option<f64>; 3])| {
            let (before, after) = (values[from]?, values[from + 1]?);
            Some(TeamChange {
                has_it: has_it[*node],
                change: if relative {
                    after.ln() - before.ln()
                } else {
                    after - before
                },
                weight: 1.0,
            })
        };
        self.0.iter().filter_map(change).collect()
    }
}

fn is_relative(metric: &Metric) -> bool {
    metric.aggregate == Aggregate::Median
}

impl Comparison<'_> {
    fn change(&self, q: Option<f64>) -> ActionChange {
        let (metric, relative) = match self.changed {
            Changed::Rating => (None, false),
            Changed::Metric { metric, relative } => (Some(metric), relative),
        };
        let unit = |value: f64| if relative { value.exp_m1() } else { value };
        let count = |has_it: bool| {
            let teams = self.teams.iter().filter(|team| team.has_it == has_it);
            teams.count() as u32
        };
        let test = self.effect.test;
        ActionChange {
            metric: metric.map(|metric| metric.id.clone()),
            name: metric.map(|metric| metric.name.clone()),
            relative,
            has_zero: metric.is_some_and(is_relative) && !relative,
            teams_with: count(true),
            teams_without: count(false),
            with: unit(self.effect.with),
            without: unit(self.effect.without),
            difference: unit(self.effect.difference),
            low: test.map(|test| unit(test.low)),
            high: test.map(|test| unit(test.high)),
            p: test.map(|test| test.p),
            q,
            earlier: self.earlier.map(unit),
        }
    }
}

/// Of a rating, for which more is better.
fn verdict(rating: &ActionChange) -> Helped {
    match rating.q {
        None => Helped::TooFewTeams,
        Some(q) if q > ALPHA => Helped::NoDifference,
        Some(_) if rating.difference > 0.0 => Helped::Better,
        Some(_) => Helped::Worse,
    }
}

/// The day of a wave by its label: `2026-Q4` is the second Tuesday of the quarter, as programs have
/// it unless told otherwise, `2026-10` that of the month, `2026-10-05` that day.
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
    use chrono::TimeDelta;
    use tribometer_surveys::telemetry::metrics::Source;
    use tribometer_surveys::telemetry::pull_request::{Stamp, Stamps};

    use super::*;
    use crate::answers::texts;
    use crate::input::PastWave;
    use crate::reference;
    use crate::tables::OF_TEAM;

    /// The reference's second wave after its first, and what is claimed to have been done in its
    /// departments.
    fn input(departments: &[&str], start: Start) -> Input {
        let mut input = reference::input(2);
        input.wave = "2026-Q4".into();
        input.previous = vec![PastWave {
            label: "2026-Q3".into(),
            reworded: Vec::new(),
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
        let (teams, _) = input.responses.numbered_teams();
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
        assert_eq!(plain.verdict, Helped::NoDifference, "{plain:?}");
        assert_eq!(plain.before.as_deref(), Some("2026-Q3"));

        let all = input.responses.clone();
        let is_within = |team: &str| two.iter().any(|department| team.starts_with(department));
        input.responses.edit(all.position("code-review"), |cells| {
            for (team, cell) in all.teams().into_iter().zip(cells) {
                *cell += u8::from(is_within(team) && (1..5).contains(cell));
            }
        });
        let helped = crate::analyze(&input).actions.remove(0);
        assert_eq!(helped.verdict, Helped::Better, "{helped:?}");
        let (before, after) = (&plain.changes[0], &helped.changes[0]);
        assert_eq!(before.without, after.without);
        assert!(after.difference > before.difference + 0.5);
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
    fn metrics_have_their_pre_trend() {
        let departments = departments();
        let two = [departments[0].as_str(), departments[1].as_str()];
        let mut input = input(&two, day("2026-08-20"));
        // As many again, three months earlier and of the same lengths: before the start nothing
        // moved.
        let mut pull_requests = reference::pull_requests_of(&input.tables);
        let earlier = |stamp: Stamp, days: i64| -> Stamp {
            stamp.time().map(|time| time - TimeDelta::days(days)).into()
        };
        let frame = input.tables.get(Source::PullRequests).unwrap();
        let teams = texts(frame.column(OF_TEAM).unwrap());
        let repositories = texts(frame.column("repository").unwrap());
        for (row, team) in teams.into_iter().enumerate() {
            let stamps = pull_requests.stamps[row];
            let before_merge = stamps.first_review.or(stamps.created);
            let last = stamps.merged.or(stamps.closed).or(before_merge).time();
            let Some(last) = last.filter(|last| *last < at("2026-08-20")) else {
                continue;
            };
            let days = 92;
            assert!(last > at("2026-05-20"));
            let stamps = Stamps {
                first_commit: earlier(stamps.first_commit, days),
                created: earlier(stamps.created, days),
                ready: earlier(stamps.ready, days),
                first_review: earlier(stamps.first_review, days),
                merged: earlier(stamps.merged, days),
                closed: earlier(stamps.closed, days),
                deployed: earlier(stamps.deployed, days),
            };
            let (author, lines) = (pull_requests.author[row], pull_requests.lines[row]);
            let rounds = pull_requests.review_rounds[row];
            pull_requests.push(team, author, stamps, lines, rounds);
            pull_requests.set_repository(repositories[row]);
        }
        input.tables = reference::with_pull_requests(pull_requests);
        let effect = crate::analyze(&input).actions.remove(0);
        let change = (effect.changes.iter())
            .find(|change| change.metric.as_deref() == Some("pr.pickup_time"))
            .unwrap();
        assert_ne!(change.difference, 0.0);
        // The same before and before that: both sides stood still.
        assert!(change.earlier.unwrap().abs() < 1e-9, "{:?}", change.earlier);
    }

    fn at(day: &str) -> chrono::DateTime<Utc> {
        let day: NaiveDate = day.parse().unwrap();
        day.and_time(NaiveTime::MIN).and_utc()
    }

    /// Reported hours of each team: before, in a period that holds the start, and after; in
    /// `departments` they fall to a half, or to this.
    fn reported(input: &mut Input, departments: &[&str], after: f64) {
        input.declared = tribometer_surveys::telemetry::metrics::read(
            &tribometer_surveys::file::Text::new(
                "own.yaml",
                "- {id: review.wait, name: Reported wait, unit: h, better: lower, pillars: \
                 [code-review]}"
                    .into(),
            )
            .unwrap(),
        )
        .unwrap();
        for team in input.responses.numbered_teams().0 {
            let has_it = departments
                .iter()
                .any(|department| team.starts_with(department));
            for (start, end, value) in [
                ("2026-01-01", "2026-04-01", 8.0),
                ("2026-04-01", "2026-07-01", 4.0),
                ("2026-07-01", "2026-10-01", 99.0),
                ("2026-10-01", "2027-01-01", if has_it { after } else { 4.0 }),
            ] {
                input.metrics.push(crate::input::ReportedMetric {
                    metric: "review.wait".into(),
                    team: team.to_owned(),
                    period_start: at(start),
                    period_end: at(end),
                    value,
                    n: 5,
                });
            }
        }
    }

    #[test]
    fn what_was_reported_is_compared_from_the_last_period_before_to_the_first_after() {
        let departments = departments();
        let two = [departments[0].as_str(), departments[1].as_str()];
        let mut halved = input(&two, day("2026-08-20"));
        reported(&mut halved, &two, 2.0);
        let wait = |input: &Input| {
            let effect = crate::analyze(input).actions.remove(0);
            let mut changes = effect.changes.into_iter();
            let change = changes.find(|change| change.metric.as_deref() == Some("review.wait"));
            change.unwrap()
        };
        let change = wait(&halved);
        assert!(change.relative && !change.has_zero);
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        near(change.with, -0.5);
        near(change.without, 0.0);
        near(change.earlier.unwrap(), 0.0);

        // Zero has no logarithm: hours are compared as they are, and no team is lost.
        let mut gone = input(&two, day("2026-08-20"));
        reported(&mut gone, &two, 0.0);
        let zero = wait(&gone);
        assert!(!zero.relative && zero.has_zero);
        near(zero.difference, -4.0);
        assert_eq!(zero.teams_with, change_teams(&halved).0);
    }

    fn change_teams(input: &Input) -> (u32, u32) {
        let effect = crate::analyze(input).actions.remove(0);
        let change = (effect.changes.iter())
            .find(|change| change.metric.as_deref() == Some("review.wait"))
            .unwrap();
        (change.teams_with, change.teams_without)
    }

    #[test]
    fn metrics_that_cannot_be_compared_are_named() {
        let departments = departments();
        let input_of = |start| input(&[departments[0].as_str()], start);
        let effect = crate::analyze(&input_of(Start::Wave("2026-Q4".into())))
            .actions
            .remove(0);
        assert_eq!(effect.changes.len(), 1);
        assert_eq!(effect.left_out, Some(MetricsLeftOut::NoDay));
        let mut late = input_of(day("2026-08-20"));
        reported(&mut late, &[], 1.0);
        late.metrics.retain(|row| row.period_end < at("2026-10-02"));
        let effect = crate::analyze(&late).actions.remove(0);
        let few_teams = MetricsLeftOut::FewTeams {
            metrics: vec![Named {
                id: "review.wait".into(),
                name: "Reported wait".into(),
            }],
        };
        assert_eq!(effect.left_out, Some(few_teams));
    }

    #[test]
    fn what_cannot_be_compared_has_a_reason() {
        let departments = departments();
        let why = |input: &Input| {
            let effect = crate::analyze(input).actions.remove(0);
            assert_eq!(effect.verdict, Helped::NotComparable);
            effect.not_comparable
        };
        let one = departments[0].as_str();
        let starts = |start: Start| why(&input(&[one], start));
        assert_eq!(starts(day("2026-12-01")), Some(NotComparable::StartsLater));
        assert_eq!(starts(day("2026-01-01")), Some(NotComparable::NoWaveBefore));
        let first = Start::Wave("2026-Q3".into());
        assert_eq!(starts(first), Some(NotComparable::NoWaveBefore));
        let nobody = why(&input(&["nowhere"], day("2026-08-03")));
        assert_eq!(nobody, Some(NotComparable::OneSide));
        let mut nameless = input(&[one], day("2026-08-03"));
        nameless.wave = "autumn".into();
        assert_eq!(why(&nameless), Some(NotComparable::WavesWithoutDays));
        let mut alone = input(&[one], day("2026-08-03"));
        alone.previous.clear();
        assert_eq!(why(&alone), Some(NotComparable::NoWaveBefore));
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
