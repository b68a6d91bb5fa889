//! What pull requests say of when people work, for whom, and at how much at once.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Datelike, Months, Timelike, Utc};
use tribometer_surveys::telemetry::metrics::{Computed, Hours};
use tribometer_surveys::telemetry::pull_request::Stamps;

use crate::events::{Observation, first_day};
use crate::groups::Tree;
use crate::input::{Period, PullRequests};

/// What a computation that a name says makes of pull requests; none where they do not carry it.
pub(crate) fn observations(
    computed: &Computed,
    tree: &Tree,
    pull_requests: &PullRequests,
) -> Option<Vec<Observation>> {
    match computed {
        Computed::OutsideHours(hours) => outside(hours, pull_requests),
        Computed::OtherTeams { from } => other_teams(*from, tree, pull_requests),
        _ => None,
    }
}

/// Each first commit and each creation of somebody whose time zone is known, and whether it lies outside of the hours there.
fn outside(hours: &Hours, pull_requests: &PullRequests) -> Option<Vec<Observation>> {
    if pull_requests.zones.iter().all(Option::is_none) {
        return None;
    }
    let mut observations = Vec::new();
    for (row, stamps) in pull_requests.stamps.iter().enumerate() {
        let author = pull_requests.author[row];
        let zone = pull_requests.zones.get(author as usize).copied().flatten();
        let Some(zone) = zone else { continue };
        for time in [stamps.first_commit, stamps.created].map(|stamp| stamp.time()) {
            let Some(time) = time else { continue };
            let local = time.with_timezone(&zone);
            let is_within = hours.days.contains(&local.weekday())
                && (hours.from..hours.to).contains(&local.hour());
            observations.push(observation(pull_requests, row, time, !is_within));
        }
    }
    Some(observations)
}

/// Each merged pull request of a repository that is some team's, and whether its author is of another: neither that team, nor one within it or around it. A repository is the team's
/// that merged at least half of at least `from`, and more than any other.
fn other_teams(from: u32, tree: &Tree, pull_requests: &PullRequests) -> Option<Vec<Observation>> {
    if pull_requests.repository.is_empty() {
        return None;
    }
    let of_code: Vec<Option<usize>> = (pull_requests.team.names.all().iter())
        .map(|team| tree.find(team).filter(|_| !team.is_empty()))
        .collect();
    let merged = || {
        let stamps = pull_requests.stamps.iter().enumerate();
        stamps.filter_map(|(row, stamps)| {
            let team = of_code[pull_requests.team.codes[row] as usize]?;
            Some((row, team, stamps.merged.time()?))
        })
    };
    let mut counts: HashMap<u32, BTreeMap<usize, u32>> = HashMap::new();
    for (row, team, _) in merged() {
        let Some(repository) = pull_requests.repository.get(row) else {
            continue;
        };
        let of_repository = counts.entry(*repository).or_default();
        *of_repository.entry(team).or_default() += 1;
    }
    let owner = |teams: &BTreeMap<usize, u32>| {
        let all: u32 = teams.values().sum();
        let (team, most) = teams.iter().max_by_key(|(_, count)| **count)?;
        let alone = teams.values().filter(|count| *count == most).count() == 1;
        (all >= from && 2 * most >= all && alone).then_some(*team)
    };
    let owners: HashMap<u32, usize> = (counts.iter())
        .filter_map(|(repository, teams)| Some((*repository, owner(teams)?)))
        .collect();
    let rows = merged().filter_map(|(row, team, time)| {
        let owner = *owners.get(pull_requests.repository.get(row)?)?;
        let common = tree.common(team, owner);
        let is_other = common != team && common != owner;
        Some(observation(pull_requests, row, time, is_other))
    });
    Some(rows.collect())
}

fn observation(
    pull_requests: &PullRequests,
    row: usize,
    time: DateTime<Utc>,
    yes: bool,
) -> Observation {
    Observation {
        team: pull_requests.team.codes[row],
        person: Some(pull_requests.author[row]),
        time,
        value: f64::from(u8::from(yes)),
    }
}

/// From the first creation to the last step of any.
fn seen(pull_requests: &PullRequests) -> Option<Period> {
    let stamps = pull_requests.stamps.iter();
    let first = stamps.clone().filter_map(|stamps| stamps.created.micros());
    let last = stamps.filter_map(Stamps::latest).max()?;
    Some(Period {
        start: DateTime::from_timestamp_micros(first.min()?)?,
        end: DateTime::from_timestamp_micros(last)?,
    })
}

/// How many pull requests each author had open on average over a period, as far as they were seen; those who had any. Open is from the creation to the merge or the closing.
pub(crate) fn open_at_once(
    pull_requests: &PullRequests,
    period: Option<Period>,
) -> Vec<Observation> {
    let Some(seen) = seen(pull_requests) else {
        return Vec::new();
    };
    let period = period.map_or(seen, |period| Period {
        start: period.start.max(seen.start),
        end: period.end.min(seen.end),
    });
    let (start, end) = (
        period.start.timestamp_micros(),
        period.end.timestamp_micros(),
    );
    // By author and team; nearly everybody is in one team.
    let authors = pull_requests.author.iter().max();
    let mut open: Vec<Option<(u32, i64)>> =
        vec![None; authors.map_or(0, |code| *code as usize + 1)];
    let mut in_other_teams: BTreeMap<(u32, u32), i64> = BTreeMap::new();
    for (row, stamps) in pull_requests.stamps.iter().enumerate() {
        let Some(from) = stamps.created.micros() else {
            continue;
        };
        let to = stamps.merged.or(stamps.closed).micros().unwrap_or(end);
        let (from, to) = (from.max(start), to.min(end));
        if from < to {
            let (author, team) = (pull_requests.author[row], pull_requests.team.codes[row]);
            let (first, sum) = open[author as usize].get_or_insert((team, 0));
            match *first == team {
                true => *sum += to - from,
                false => *in_other_teams.entry((author, team)).or_default() += to - from,
            }
        }
    }
    let observation = |((person, team), open): ((u32, u32), i64)| Observation {
        team,
        person: Some(person),
        time: period.start,
        value: open as f64 / (end - start) as f64,
    };
    let in_first_team = (0..).zip(open).filter_map(|(author, open)| {
        let (team, open) = open?;
        Some(((author, team), open))
    });
    let mut open: Vec<_> = in_first_team.chain(in_other_teams).collect();
    open.sort_unstable();
    open.into_iter().map(observation).collect()
}

/// The same for each month, or what was seen of it.
pub(crate) fn open_by_month(pull_requests: &PullRequests) -> Vec<Observation> {
    let Some(seen) = seen(pull_requests) else {
        return Vec::new();
    };
    let mut observations = Vec::new();
    let mut month = first_day(seen.start)
        .and_time(chrono::NaiveTime::MIN)
        .and_utc();
    while month < seen.end {
        let Some(next) = month.checked_add_months(Months::new(1)) else {
            break;
        };
        let period = Period {
            start: month,
            end: next,
        };
        observations.extend(open_at_once(pull_requests, Some(period)));
        month = next;
    }
    observations
}

#[cfg(test)]
mod tests {
    use tribometer_surveys::telemetry::metrics;

    use super::*;

    fn at(time: &str) -> DateTime<Utc> {
        format!("{time}:00Z").parse().unwrap()
    }

    fn computed(id: &str) -> &'static Computed {
        metrics::find(id).unwrap().computed.as_ref().unwrap()
    }

    /// Rows of team, author, creation and merge.
    fn pull_requests(rows: &[(&str, u32, &str, Option<&str>)]) -> PullRequests {
        let mut pull_requests = PullRequests::default();
        for (team, author, created, merged) in rows {
            let stamps = Stamps {
                created: Some(at(created)).into(),
                merged: merged.map(at).into(),
                ..Stamps::default()
            };
            pull_requests.push(team, *author, stamps, None, None);
        }
        pull_requests
    }

    fn values(observations: Option<Vec<Observation>>) -> Vec<f64> {
        let observations = observations.expect("observations");
        observations.iter().map(|one| one.value).collect()
    }

    #[test]
    fn hours_are_those_where_the_author_lives() {
        // 2026-09-01 is a Tuesday. Tokyo is nine hours ahead, New York four behind.
        let mut rows = pull_requests(&[
            ("E", 0, "2026-09-01T08:00", None),
            ("E", 0, "2026-09-01T09:00", None),
            ("E", 0, "2026-09-04T16:00", None),
            ("E", 1, "2026-09-01T11:59", None),
            ("E", 1, "2026-09-01T12:00", None),
            ("E", 1, "2026-09-06T03:00", None),
            ("E", 2, "2026-09-01T12:00", None),
        ]);
        let tree = Tree::new(["E"]);
        let outside = |rows: &PullRequests, id: &str| observations(computed(id), &tree, rows);
        assert_eq!(outside(&rows, "focus.out_of_hours_share"), None);
        rows.zones = vec![
            Some("Asia/Tokyo".parse().unwrap()),
            Some("America/New_York".parse().unwrap()),
            None,
        ];
        // Tokyo: Tuesday 17:00, 18:00, Saturday 1:00. New York: 7:59, 8:00, Saturday 23:00.
        let found = values(outside(&rows, "focus.out_of_hours_share"));
        assert_eq!(found, [0.0, 1.0, 1.0, 1.0, 0.0, 1.0]);
        let found = values(outside(&rows, "deadlines.weekend_share"));
        assert_eq!(found, [0.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
        // A first commit counts beside the creation.
        rows.stamps[0].first_commit = Some(at("2026-08-30T08:00")).into();
        let found = values(outside(&rows, "deadlines.weekend_share"));
        assert_eq!(found[..2], [1.0, 0.0]);
    }

    #[test]
    fn a_repository_is_the_teams_that_merges_at_least_half() {
        let merged = Some("2026-09-02T10:00");
        let row = |team, author| (team, author, "2026-09-01T10:00", merged);
        // The first is X's by 6 of 10, of which one is by a team within X; in the second no team has half; the third has too few.
        let mut all = vec![row("E / X", 0); 6];
        all.extend([
            row("E / X / 1", 1),
            row("E / Y", 2),
            row("E / Y", 2),
            row("E", 3),
        ]);
        all.extend([row("E / X", 0); 5]);
        all.extend([row("E / Y", 2); 5]);
        all.extend([row("E / X", 0); 9]);
        let mut rows = pull_requests(&all);
        let tree = Tree::new(["E", "E / X", "E / X / 1", "E / Y"]);
        let id = "dependencies.inner_source_share";
        assert_eq!(observations(computed(id), &tree, &rows), None);
        rows.repository = [vec![0; 10], vec![1; 10], vec![2; 9]].concat();
        let found = values(observations(computed(id), &tree, &rows));
        let mut expected = vec![0.0; 7];
        expected.extend([1.0, 1.0, 0.0]);
        assert_eq!(found, expected);
    }

    #[test]
    fn work_in_progress_is_the_mean_over_time_of_what_is_open() {
        // Ten days are seen. The first author has one open for five days and one for ten, the second one for the last day.
        let rows = pull_requests(&[
            ("E", 0, "2026-09-01T00:00", Some("2026-09-06T00:00")),
            ("E", 0, "2026-09-01T00:00", None),
            ("E", 1, "2026-09-10T00:00", Some("2026-09-11T00:00")),
        ]);
        let found = values(Some(open_at_once(&rows, None)));
        assert_eq!(found, [1.5, 0.1]);
        let period = Period {
            start: at("2026-09-05T00:00"),
            end: at("2026-09-07T00:00"),
        };
        assert_eq!(values(Some(open_at_once(&rows, Some(period)))), [1.5]);
        let months = open_by_month(&rows);
        let whole = open_at_once(&rows, None);
        assert_eq!(months, whole);
        let nothing = Period {
            start: at("2027-09-05T00:00"),
            end: at("2027-09-07T00:00"),
        };
        assert_eq!(open_at_once(&rows, Some(nothing)), []);
    }
}
