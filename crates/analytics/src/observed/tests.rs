use proptest::prelude::*;
use tribometer_statistics::reference::{Table, near};
use tribometer_surveys::telemetry::metrics;
use tribometer_surveys::telemetry::pull_request::Stamps;

use super::*;
use crate::reference::{input, with_pull_requests};
use crate::tables::PullRequestRows;

fn day(day: u32) -> DateTime<Utc> {
    let day = NaiveDate::from_ymd_opt(2026, 9, day).unwrap();
    day.and_hms_opt(12, 0, 0).unwrap().and_utc()
}

/// Rows of node, person, day of September and value.
fn plan(rows: &[(u32, Option<u32>, u32, i64)], unit: f64) -> Plan {
    let rows = df!(
        NODE => rows.iter().map(|row| row.0).collect::<Vec<_>>(),
        PERSON => rows.iter().map(|row| row.1).collect::<Vec<_>>(),
        AT => rows.iter().map(|row| day(row.2).timestamp_micros()).collect::<Vec<_>>(),
        VALUE => rows.iter().map(|row| row.3).collect::<Vec<_>>(),
    );
    Plan {
        rows: rows.unwrap().lazy(),
        unit,
    }
}

fn tree() -> Tree {
    Tree::new(["E", "E / X", "E / Y"])
}

fn headcount() -> Headcount {
    Headcount {
        own: vec![0, 10, 5],
        within: vec![15, 10, 5],
    }
}

fn all(minimum: u32) -> Disclosure<'static> {
    Disclosure {
        hidden: &[None; 3],
        minimum,
    }
}

#[test]
fn a_share_a_rate_and_a_median_are_what_they_say() {
    let tree = tree();
    let september = Period {
        start: day(1),
        end: day(29),
    };
    let rows = [
        (1, None, 2, 1),
        (1, None, 9, 0),
        (2, None, 16, 1),
        (0, None, 23, 0),
    ];
    let level = |id: &str| {
        let metric = metrics::find(id).unwrap();
        let observed = Observed::new(metric, &tree, plan(&rows, 1.0)).unwrap();
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
    let of_teams = [teams[1].unwrap().value, teams[2].unwrap().value];
    assert_eq!((rate.value, of_teams), (1.0, [0.5, 0.25]));
    let (low, high) = rate.interval.unwrap();
    // Garwood's limits for a count of 4 are 1.0899 and 10.2416.
    assert!((low - 1.0899 / 4.0).abs() < 1e-4 && (high - 10.2416 / 4.0).abs() < 1e-4);
    let (each, teams) = level("support.questions");
    assert!((each.value - 4.0 / 4.0 / 15.0).abs() < 1e-12);
    assert!((teams[1].unwrap().value - 2.0 / 4.0 / 10.0).abs() < 1e-12);
}

#[test]
fn a_team_without_incidents_has_none_a_week_and_without_runs_no_duration() {
    let tree = tree();
    let of_teams = |id: &str| {
        let metric = metrics::find(id).unwrap();
        let observed = Observed::new(metric, &tree, plan(&[(1, None, 2, 1)], 1.0)).unwrap();
        observed.of_teams(None, &headcount())[2].map(|team| team.value)
    };
    assert_eq!(of_teams("incident.frequency"), Some(0.0));
    assert_eq!(of_teams("ci.duration"), None);
}

#[test]
fn what_stands_for_fewer_people_than_the_minimum_is_not_shown() {
    let tree = tree();
    let row = |person| (if person < 5 { 1 } else { 2 }, Some(person), 3, 2);
    let rows: Vec<_> = (0..9).map(row).collect();
    let metric = metrics::find("support.time_to_assign").unwrap();
    let observed = Observed::new(metric, &tree, plan(&rows, 1.0)).unwrap();
    assert!(observed.level(None, &headcount(), 5).is_ok());
    let few = observed.level(None, &headcount(), 10);
    assert_eq!(few, Err(Missing::FewPeople));
    let shown = observed.months(&headcount(), all(5));
    // Y has four; X beside the whole would tell about them.
    let nodes: Vec<usize> = shown.iter().map(|(node, ..)| *node).collect();
    assert_eq!(nodes, [0]);
    let over = observed.nodes(None, &headcount(), all(5));
    let [(0, whole)] = over[..] else {
        panic!("{over:?}")
    };
    assert_eq!((whole.n, whole.percentiles), (9, Some([2.0; 3])));
    assert_eq!(whole.interval, Some((2.0, 2.0)));
}

/// An hour, counted from some instant.
fn hour(hour: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(1_780_000_000 + hour * 3600, 0)
}

/// Rows of team, author, creation and merge in hours.
fn merged(rows: &[(&str, u32, i64, Option<i64>)]) -> Tables {
    let mut pull_requests = PullRequestRows::default();
    for (team, author, created, merged) in rows {
        let stamps = Stamps {
            created: hour(*created).into(),
            merged: merged.and_then(hour).into(),
            ..Stamps::default()
        };
        pull_requests.push(team, *author, stamps, Some(10), None);
    }
    with_pull_requests(pull_requests)
}

fn observe<'a>(tables: &Tables, tree: &'a Tree, id: &str) -> Observed<'a> {
    let metric = metrics::find(id).unwrap();
    let plan = Placed::new(tables, tree, None).plan(metric).unwrap();
    Observed::new(metric, tree, plan).unwrap()
}

#[test]
fn phases_of_teams_are_those_of_the_reference() {
    let input = input(1);
    let tree = Tree::of(input.people());
    let expected = Table::expected("pull_request_phases");
    assert_eq!(expected.len(), 120);
    for row in expected.rows() {
        let observed = observe(
            &input.tables,
            &tree,
            &format!("pr.{}_time", row.text("phase")),
        );
        let gathered = observed.gather(observed.within(None));
        let found = summary(gathered.of(tree.node(row.text("team")))).unwrap();
        assert_eq!(found.n, row.count("n"));
        for (found, column) in [(found.p50, "p50"), (found.p75, "p75"), (found.p90, "p90")] {
            near(found, row.number(column));
        }
    }
}

#[test]
fn every_metric_of_pull_requests_is_read_off_them() {
    let tables = merged(&[]);
    let tree = tree();
    let placed = Placed::new(&tables, &tree, None);
    let is_read_off =
        |metric: &&Metric| metric.from == Source::PullRequests && metric.computed.is_none();
    let metrics = metrics::catalog().iter().filter(is_read_off);
    assert_eq!(metrics.clone().count(), 8);
    for metric in metrics {
        assert!(placed.plan(metric).is_some(), "{}", metric.id);
    }
}

#[test]
fn teams_have_percentiles_and_limits() {
    // X: six ended after 1 to 6 hours. Y: two people alone.
    let mut rows: Vec<(&str, u32, i64, Option<i64>)> = (0..6)
        .map(|author| ("E / X", author, 0, Some(i64::from(author) + 1)))
        .collect();
    rows.extend([("E / Y", 6, 0, Some(10)), ("E / Y", 7, 0, Some(20))]);
    let (tables, tree) = (merged(&rows), tree());
    let cycle = observe(&tables, &tree, "pr.cycle_time");
    let nodes = cycle.nodes(None, &headcount(), all(2));
    let places: Vec<usize> = nodes.iter().map(|row| row.0).collect();
    assert_eq!(places, [0, 1, 2]);
    let [whole, x, y] = [0, 1, 2].map(|at| nodes[at].1);
    // Type 7 of 1 to 6; the limits of six are the extremes.
    assert_eq!((x.n, x.percentiles), (6, Some([3.5, 4.75, 5.5])));
    assert_eq!(x.interval, Some((1.0, 6.0)));
    assert_eq!((whole.n, y.n, y.interval), (8, 2, None));
    // Y's two are too few, and X beside the whole would tell about them.
    let shown = |disclosure| -> Vec<usize> {
        let nodes = cycle.nodes(None, &headcount(), disclosure);
        nodes.iter().map(|row| row.0).collect()
    };
    assert_eq!(shown(all(5)), [0]);
    let hidden = [None, Some(Hidden::TooSmall), None];
    let hidden = Disclosure {
        hidden: &hidden,
        minimum: 2,
    };
    assert_eq!(shown(hidden), [0, 2]);
}

#[test]
fn months_are_those_of_the_merge_and_have_enough_people() {
    // Five people in X, one of whom works in Y, too; four in Y; one is open still.
    let x = [2, 4, 6, 8, 10].into_iter().enumerate();
    let x = x.map(|(author, merged)| ("E / X", author as u32, 0, Some(merged)));
    let y = (4..8).map(|author| ("E / Y", author, 0, Some(1)));
    let rows: Vec<_> = x.chain(y).chain([("E / X", 0, 0, None)]).collect();
    let (tables, tree) = (merged(&rows), tree());
    // Of sizes the open one has a value, too.
    for (id, unit) in [("pr.cycle_time", 1.0), ("pr.size", 10.0)] {
        let observed = observe(&tables, &tree, id);
        let shown = |disclosure| -> Vec<(usize, u32)> {
            let rows = observed.months(&headcount(), disclosure);
            assert!(rows.iter().all(|row| row.2.percentiles.unwrap()[0] >= unit));
            rows.iter().map(|(node, _, row)| (*node, row.n)).collect()
        };
        assert_eq!(shown(all(3)), [(0, 9), (1, 5), (2, 4)]);
        // Y's four are too few, and X less E would tell about them.
        assert_eq!(shown(all(5)), [(0, 9)]);
        // Eight different people, not nine.
        assert_eq!(shown(all(9)), []);
        let hidden = [None, Some(Hidden::TooSmall), None];
        let hidden = Disclosure {
            hidden: &hidden,
            minimum: 3,
        };
        assert!(shown(hidden).iter().all(|row| row.0 != 1));
    }
}

#[test]
fn people_have_medians_of_their_own() {
    let rows = [
        ("E", 0, 0, Some(2)),
        ("E", 0, 0, Some(4)),
        ("E", 2, 0, Some(8)),
        ("E", 1, 0, Some(1)),
    ];
    let (tables, tree) = (merged(&rows), tree());
    let cycle = observe(&tables, &tree, "pr.cycle_time");
    let medians = cycle.of_people(None, &[true, false, true]);
    assert_eq!(medians, [Some(3.0), None, Some(8.0)]);
}

proptest! {
    #[test]
    fn percentiles_lie_within_the_sample(mut sample in prop::collection::vec(0.0..1e4_f64, 1..50)) {
        sample.sort_by(f64::total_cmp);
        let summary = summary(&sample).unwrap();
        prop_assert!(sample[0] <= summary.p50 && summary.p50 <= summary.p75);
        prop_assert!(summary.p75 <= summary.p90 && summary.p90 <= sample[sample.len() - 1]);
    }

    #[test]
    fn people_are_counted_once_wherever_they_work(
        rows in prop::collection::vec(("A( / [ab]( / [12])?)?", 0u32..6), 0..40)
    ) {
        let tree = Tree::new(rows.iter().map(|(team, _)| team.as_str()));
        let mut placed: Vec<(usize, Option<u32>, ())> =
            rows.iter().map(|(team, author)| (tree.node(team), Some(*author), ())).collect();
        placed.sort_unstable();
        let gathered = Gathered::new(&tree, 6, placed.iter().copied());
        for node in 0..tree.len() {
            let count = |within: std::ops::Range<usize>| {
                let rows = placed.iter().filter(|(node, ..)| within.contains(node));
                rows.map(|(_, person, ())| person).collect::<std::collections::BTreeSet<_>>().len()
            };
            prop_assert_eq!(gathered.people[node] as usize, count(node..tree.ends[node]));
            prop_assert_eq!(gathered.own_people[node] as usize, count(node..node + 1));
        }
    }
}
