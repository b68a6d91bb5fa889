//! What systems other than pull requests saw: for each metric its observations, one an event.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use rayon::prelude::*;
use tribometer_findings::Hidden;
use tribometer_statistics::intervals;
use tribometer_surveys::telemetry::metrics::{Aggregate, Metric};

use crate::by_node::ByNode;
use crate::groups::Tree;
use crate::input::{Names, Period};
use crate::release;
use crate::systems::{Level, Missing, TeamValue};
use crate::telemetry::summary;

/// What a metric says of one event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// A code of [`Events::teams`].
    pub team: u32,
    /// Any code that is one a person, where a person stands behind the event.
    pub person: Option<u32>,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// In the metric's unit; 0 or 1 for a share; 1 for what is counted.
    pub value: f64,
}

/// The observations of each metric, by its id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Events {
    /// Team paths; empty for what belongs to no known team and counts for the whole alone.
    pub teams: Names,
    /// A metric whose file was read and that nothing was observed of has an empty list.
    pub observations: BTreeMap<String, Vec<Observation>>,
    /// How many times of a metric end before they begin and are left out.
    pub negative: BTreeMap<String, u32>,
}

impl Events {
    /// What had happened when a period ended.
    pub fn known_at_the_end(mut self, period: Period) -> Self {
        for observations in self.observations.values_mut() {
            observations.retain(|observation| observation.time < period.end);
        }
        self
    }

    /// Adds an observation of a metric.
    pub fn push(&mut self, metric: &str, observation: Observation) {
        match self.observations.get_mut(metric) {
            Some(observations) => observations.push(observation),
            None => {
                self.observations
                    .insert(metric.to_owned(), vec![observation]);
            }
        }
    }
}

/// The people of each node by itself, and with those below it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Headcount {
    pub own: Vec<u32>,
    pub within: Vec<u32>,
}

/// The values at a node, and the people behind them.
type Seen = (Vec<f64>, HashSet<u32>);

/// The observations of one metric, placed on the tree.
pub(crate) struct Observed<'a> {
    metric: &'a Metric,
    tree: &'a Tree,
    /// In the order of the nodes.
    rows: Vec<(usize, Observation)>,
    /// One more than the greatest code of a person.
    people: usize,
    /// From the first observation to the end of the last one's day.
    span: Option<Period>,
}

impl<'a> Observed<'a> {
    /// What was observed of a metric; the teams of the observations are codes of `teams`.
    pub fn new(
        metric: &'a Metric,
        tree: &'a Tree,
        teams: &Names,
        observations: &[Observation],
    ) -> Self {
        let nodes: Vec<usize> = (teams.all().iter()).map(|team| tree.node(team)).collect();
        let mut rows: Vec<(usize, Observation)> = (observations.iter())
            .map(|observation| (nodes[observation.team as usize], *observation))
            .collect();
        rows.par_sort_by_key(|(node, _)| *node);
        let people = rows.iter().filter_map(|(_, row)| row.person).max();
        let times = || rows.iter().map(|(_, observation)| observation.time);
        let span = times()
            .min()
            .zip(times().max())
            .map(|(first, last)| Period {
                start: first,
                end: last + chrono::Duration::days(1),
            });
        Self {
            metric,
            tree,
            people: people.map_or(0, |code| code as usize + 1),
            rows,
            span,
        }
    }

    fn within(&self, period: Option<Period>) -> impl Iterator<Item = &(usize, Observation)> {
        let holds = move |time| period.is_none_or(|period| period.holds(Some(time)));
        self.rows
            .iter()
            .filter(move |(_, observation)| holds(observation.time))
    }

    /// The level of the whole.
    pub fn level(
        &self,
        period: Option<Period>,
        headcount: &Headcount,
        minimum: u32,
    ) -> Result<Level, Missing> {
        let people: HashSet<u32> = (self.within(period))
            .filter_map(|(_, observation)| observation.person)
            .collect();
        let about_people = self.within(period).any(|(_, row)| row.person.is_some());
        if about_people && (people.len() as u32) < minimum {
            return Err(Missing::FewPeople);
        }
        let values = self.within(period);
        let values: Vec<f64> = values.map(|(_, observation)| observation.value).collect();
        let missing = match values.len() as u32 {
            0 => Missing::NoValues,
            n => Missing::FewValues(n),
        };
        let engineers = headcount.within.first().copied().unwrap_or(0);
        let over = period.or(self.span).ok_or(missing)?;
        self.aggregate(values, over, engineers).ok_or(missing)
    }

    /// What each node's own people, or services, did, without the teams below it.
    pub fn of_teams(
        &self,
        period: Option<Period>,
        headcount: &Headcount,
    ) -> Vec<Option<TeamValue>> {
        let mut values: Vec<Seen> = vec![Seen::default(); self.tree.len()];
        for (node, observation) in self.within(period) {
            values[*node].0.push(observation.value);
            values[*node].1.extend(observation.person);
        }
        let counts = matches!(
            self.metric.aggregate,
            Aggregate::Rate | Aggregate::RatePerEngineer
        );
        let value = |(node, (values, people)): (usize, Seen)| {
            let engineers = headcount.own.get(node).copied().unwrap_or(0);
            // Nothing counted is a count of zero for a team that has people; nothing measured is nothing.
            if values.is_empty() && (!counts || engineers == 0) {
                return None;
            }
            let level = self.aggregate(values, period.or(self.span)?, engineers)?;
            Some(TeamValue {
                value: level.value,
                people: (!people.is_empty()).then_some(people.len() as u32),
            })
        };
        values.into_iter().enumerate().map(value).collect()
    }

    /// Each node that may be shown, month by month: the month's first day, and percentiles where they make sense.
    pub fn months(
        &self,
        headcount: &Headcount,
        hidden: &[Option<Hidden>],
        minimum: u32,
    ) -> Vec<(usize, NaiveDate, Shown)> {
        let mut months: BTreeMap<NaiveDate, Vec<&(usize, Observation)>> = BTreeMap::new();
        for row in &self.rows {
            months.entry(first_day(row.1.time)).or_default().push(row);
        }
        let mut shown = Vec::new();
        for (month, rows) in months {
            let covered = self.covered(month);
            let nodes = self.shown(rows.into_iter(), covered, headcount, (hidden, minimum));
            shown.extend(nodes.into_iter().map(|(node, row)| (node, month, row)));
        }
        shown
    }

    /// Each node that may be shown over a period, with those below it.
    pub fn nodes(
        &self,
        period: Option<Period>,
        headcount: &Headcount,
        hidden: &[Option<Hidden>],
        minimum: u32,
    ) -> Vec<(usize, Shown)> {
        let over = period.or(self.span);
        self.shown(self.within(period), over, headcount, (hidden, minimum))
    }

    /// The nodes that some rows may be shown of: at least the minimum of people stand behind what is about people, and behind what subtraction would leave.
    fn shown<'r>(
        &self,
        rows: impl Iterator<Item = &'r (usize, Observation)>,
        over: Option<Period>,
        headcount: &Headcount,
        (hidden, minimum): (&[Option<Hidden>], u32),
    ) -> Vec<(usize, Shown)> {
        let placed = rows.map(|(node, row)| (*node, row.person, row.value));
        let mut values = ByNode::new(self.tree, self.people, placed);
        let about_people = values.people.iter().any(|people| *people > 0);
        let hidden = match about_people {
            true => release::decide_teams(self.tree, &values.people, minimum, hidden),
            false => hidden.to_vec(),
        };
        let mut shown = Vec::new();
        // From the leaves up, so that a sort further up merges what is sorted below.
        for node in (0..self.tree.len()).rev() {
            let values = values.within_mut(self.tree, node);
            values.sort_by(f64::total_cmp);
            if hidden[node].is_some() || values.is_empty() {
                continue;
            }
            let engineers = headcount.within.get(node).copied().unwrap_or(0);
            let percentiles = match self.metric.aggregate {
                Aggregate::Median => summary(values),
                _ => None,
            };
            let level = over.and_then(|over| self.aggregate(values.to_vec(), over, engineers));
            let row = match (percentiles, level) {
                (Some(summary), level) => Shown {
                    n: summary.n,
                    percentiles: Some([summary.p50, summary.p75, summary.p90]),
                    mean: summary.mean,
                    interval: level.and_then(|level| level.interval),
                },
                (None, Some(level)) => Shown {
                    n: level.n,
                    percentiles: None,
                    mean: level.value,
                    interval: level.interval,
                },
                (None, None) => continue,
            };
            shown.push((node, row));
        }
        shown.reverse();
        shown
    }

    /// The part of a month that lies between the first and the last observation.
    fn covered(&self, month: NaiveDate) -> Option<Period> {
        let (start, next) = (month, month.checked_add_months(Months::new(1))?);
        let midnight = |day: NaiveDate| Some(day.and_hms_opt(0, 0, 0)?.and_utc());
        let span = self.span?;
        Some(Period {
            start: midnight(start)?.max(span.start),
            end: midnight(next)?.min(span.end),
        })
    }

    fn aggregate(&self, mut values: Vec<f64>, over: Period, engineers: u32) -> Option<Level> {
        let n = u32::try_from(values.len()).ok()?;
        let weeks = (over.end - over.start).as_seconds_f64() / (7.0 * 86_400.0);
        let estimate = match self.metric.aggregate {
            Aggregate::Median => {
                values.sort_unstable_by(f64::total_cmp);
                intervals::median(&values)?
            }
            Aggregate::Mean => {
                values.sort_unstable_by(f64::total_cmp);
                let mean = summary(&values)?.mean;
                let squares = values.iter().map(|value| (value - mean).powi(2));
                let variance = squares.sum::<f64>() / (f64::from(n) - 1.0);
                intervals::mean(mean, variance.sqrt(), n)?
            }
            Aggregate::Share => {
                let yes = values.iter().filter(|value| **value > 0.5).count();
                intervals::wilson(yes as u32, n)?
            }
            Aggregate::Rate => intervals::rate(n, weeks)?,
            Aggregate::RatePerEngineer => intervals::rate(n, weeks * f64::from(engineers))?,
        };
        Some(Level {
            value: estimate.value,
            interval: Some((estimate.low, estimate.high)),
            n,
        })
    }
}

/// A metric of a node in some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shown {
    pub n: u32,
    /// 50th, 75th, 90th; none for shares and rates.
    pub percentiles: Option<[f64; 3]>,
    pub mean: f64,
    /// Of the median, share or rate.
    pub interval: Option<(f64, f64)>,
}

/// The first day of an instant's month, UTC.
pub(crate) fn first_day(time: DateTime<Utc>) -> NaiveDate {
    let day = time.date_naive();
    day.with_day(1).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use tribometer_surveys::telemetry::metrics;

    use super::*;

    fn at(day: u32) -> DateTime<Utc> {
        let day = NaiveDate::from_ymd_opt(2026, 9, day).unwrap();
        day.and_hms_opt(12, 0, 0).unwrap().and_utc()
    }

    fn events(metric: &str, rows: &[(&str, Option<u32>, u32, f64)]) -> Events {
        let mut events = Events::default();
        for (team, person, day, value) in rows {
            let team = events.teams.code(team);
            let (person, time, value) = (*person, at(*day), *value);
            events.push(
                metric,
                Observation {
                    team,
                    person,
                    time,
                    value,
                },
            );
        }
        events
    }

    fn observe<'a>(metric: &'a Metric, tree: &'a Tree, events: &Events) -> Observed<'a> {
        let observations = &events.observations[&metric.id];
        Observed::new(metric, tree, &events.teams, observations)
    }

    fn headcount() -> Headcount {
        Headcount {
            own: vec![0, 10, 5],
            within: vec![15, 10, 5],
        }
    }

    #[test]
    fn a_share_a_rate_and_a_median_are_what_they_say() {
        let tree = Tree::new(["E", "E / X", "E / Y"]);
        let september = Period {
            start: at(1),
            end: at(29),
        };
        let rows = [
            ("E / X", None, 2, 1.0),
            ("E / X", None, 9, 0.0),
            ("E / Y", None, 16, 1.0),
            ("", None, 23, 0.0),
        ];
        let level = |id: &str| {
            let events = events(id, &rows);
            let metric = metrics::find(id).unwrap();
            let observed = observe(metric, &tree, &events);
            let teams = observed.of_teams(Some(september), &headcount());
            (
                observed.level(Some(september), &headcount(), 5).unwrap(),
                teams,
            )
        };
        let (share, teams) = level("deployment.failure_share");
        assert_eq!((share.value, share.n), (0.5, 4));
        assert_eq!(teams[1].map(|team| team.value), Some(0.5));
        // Four deployments in four weeks; two and one of them in the teams.
        let (rate, teams) = level("deployment.frequency");
        assert_eq!(
            (rate.value, teams[1].unwrap().value, teams[2].unwrap().value),
            (1.0, 0.5, 0.25)
        );
        let (low, high) = rate.interval.unwrap();
        // Garwood's limits for a count of 4 are 1.0899 and 10.2416.
        assert!((low - 1.0899 / 4.0).abs() < 1e-4 && (high - 10.2416 / 4.0).abs() < 1e-4);
        let (each, teams) = level("support.questions");
        assert!((each.value - 4.0 / 4.0 / 15.0).abs() < 1e-12);
        assert!((teams[1].unwrap().value - 2.0 / 4.0 / 10.0).abs() < 1e-12);
    }

    #[test]
    fn a_team_without_incidents_has_none_a_week_and_without_runs_no_duration() {
        let tree = Tree::new(["E", "E / X", "E / Y"]);
        let of_teams = |id: &str| {
            let events = events(id, &[("E / X", None, 2, 1.0)]);
            let observed = observe(metrics::find(id).unwrap(), &tree, &events);
            observed.of_teams(None, &headcount())[2].map(|team| team.value)
        };
        assert_eq!(of_teams("incident.frequency"), Some(0.0));
        assert_eq!(of_teams("ci.duration"), None);
    }

    #[test]
    fn what_stands_for_fewer_people_than_the_minimum_is_not_shown() {
        let tree = Tree::new(["E", "E / X", "E / Y"]);
        let rows: Vec<_> = (0..9)
            .map(|person| {
                (
                    if person < 5 { "E / X" } else { "E / Y" },
                    Some(person),
                    3,
                    2.0,
                )
            })
            .collect();
        let events = events("support.time_to_assign", &rows);
        let metric = metrics::find("support.time_to_assign").unwrap();
        let observed = observe(metric, &tree, &events);
        assert!(observed.level(None, &headcount(), 5).is_ok());
        let few = observed.level(None, &headcount(), 10);
        assert_eq!(few, Err(Missing::FewPeople));
        let shown = observed.months(&headcount(), &[None; 3], 5);
        // Y has four; X beside the whole would tell about them.
        let nodes: Vec<usize> = shown.iter().map(|(node, ..)| *node).collect();
        assert_eq!(nodes, [0]);
        let over = observed.nodes(None, &headcount(), &[None; 3], 5);
        let [(0, whole)] = over[..] else {
            panic!("{over:?}")
        };
        assert_eq!((whole.n, whole.percentiles), (9, Some([2.0; 3])));
        assert_eq!(whole.interval, Some((2.0, 2.0)));
    }
}
