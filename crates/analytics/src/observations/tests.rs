use std::fmt::Write;

use tribometer_surveys::file::Text;
use tribometer_surveys::telemetry::bots::Bots;
use tribometer_surveys::telemetry::pull_request::{Phase, Stamps};

use super::*;
use crate::files::records;
use crate::reference::with_pull_requests;
use crate::tables::PullRequestRows;

/// What is observed of a metric, by node and time; with metrics declared beside the catalog.
fn observed(files: &[(Source, &str)], definitions: &str, metric: &str) -> Option<Vec<i64>> {
    let files = files.iter().map(|(source, text)| {
        let text = Text::new("e.csv", text.to_string().into()).unwrap();
        (*source, records::File::Csv(text))
    });
    let files: Vec<(Source, records::File)> = files.collect();
    let declared = match definitions {
        "" => Vec::new(),
        text => metrics::read(&Text::new("own.yaml", text.into()).unwrap()).unwrap(),
    };
    let metric = declared
        .iter()
        .find(|own| own.id == metric)
        .or_else(|| metrics::find(metric))?;
    let tables = records::read_all(&files, None, &Bots::default())
        .unwrap()
        .tables;
    values(&tables, &Tree::new([]), metric)
}

fn values(tables: &Tables, tree: &Tree, metric: &Metric) -> Option<Vec<i64>> {
    let plan = Placed::new(tables, tree, None).plan(metric)?;
    let sorted = plan
        .rows
        .filter(col(VALUE).is_not_null())
        .sort([NODE, AT, VALUE], SortMultipleOptions::default());
    Some(longs(&sorted.collect().unwrap(), VALUE).into_owned())
}

const MINUTE: i64 = 60_000_000;

const DEPLOYMENTS: &str = "service,finished_at,verdict,environment\n\
    s,2026-09-01T12:00:00Z,success,\n\
    s,2026-09-01T20:00:00Z,success,Production\n\
    s,2026-09-03T12:00:00Z,success,\n\
    s,2026-09-03T13:00:00Z,success,staging\n\
    t,2026-09-01T12:30:00Z,success,\n\
    t,2026-09-01T13:00:00Z,failure,\n";

#[test]
fn a_change_failed_where_an_incident_followed_in_a_day_and_before_the_next_deployment() {
    // The first is followed by the second before anything happens, the third by nothing within a
    // day; t has an incident within the day.
    let incidents = "id,started_at,service\n\
        1,2026-09-01T21:00:00Z,s\n\
        2,2026-09-04T12:00:00Z,s\n\
        3,2026-09-02T11:59:00Z,t\n\
        4,2026-09-03T12:30:00Z,\n";
    let files = [
        (Source::Deployments, DEPLOYMENTS),
        (Source::Incidents, incidents),
    ];
    let failed = observed(&files, "", "code.change_failure_share");
    // s at 12:00, t at 12:30, s at 20:00 and two days later.
    assert_eq!(failed, Some(vec![0, 1, 1, 0]));
    // Where no incident names its service, nobody knows.
    let silent = (Source::Incidents, "id,started_at\n1,2026-09-01T21:00:00Z\n");
    assert_eq!(
        observed(&[files[0], silent], "", "code.change_failure_share"),
        None
    );
    assert_eq!(observed(&files[..1], "", "code.change_failure_share"), None);
}

#[test]
fn an_objective_is_missed_once_its_time_has_passed() {
    // In time, late, never, not yet known (an hour before the last time of the file), and answered
    // before it was opened.
    let requests = "id,opened_at,first_response_at\n\
        1,2026-09-01T10:00:00Z,2026-09-01T14:00:00Z\n\
        2,2026-09-01T10:30:00Z,2026-09-01T14:30:01Z\n\
        3,2026-09-01T11:00:00Z,\n\
        4,2026-09-03T11:00:00Z,\n\
        5,2026-09-03T12:00:00Z,2026-09-03T11:00:00Z\n";
    let met = |text| {
        observed(
            &[(Source::SupportRequests, text)],
            "",
            "support.objective_met_share",
        )
    };
    assert_eq!(met(requests), Some(vec![1, 0, 0]));
    // A file without responses tells nothing about them.
    let silent = "id,opened_at\n1,2026-09-01T10:00:00Z\n2,2026-10-01T10:00:00Z\n";
    assert_eq!(met(silent), Some(vec![]));
}

#[test]
fn metrics_of_ones_own_are_computed_in_the_same_words() {
    let runs = "repository,commit,workflow,started_at,verdict,finished_at,attempt,branch\n\
        r,a,ci,2026-09-01T10:00:00Z,success,2026-09-01T10:30:00Z,1,Main\n\
        r,b,ci,2026-09-01T10:01:00Z,success,2026-09-01T12:30:00Z,3,topic\n\
        r,c,ci,2026-09-01T10:02:00Z,failure,2026-09-01T11:02:00Z,,main\n";
    let incidents = "id,started_at,severity\n\
        1,2026-09-01T10:00:00Z,1\n2,2026-09-01T10:00:00Z,2\n3,2026-09-01T10:00:00Z,1\n";
    let requests = "id,opened_at,type\n\
        1,2026-09-01T10:00:00Z,How do I\n2,2026-09-01T10:00:00Z,access\n";
    let files = [
        (Source::CiRuns, runs),
        (Source::Incidents, incidents),
        (Source::SupportRequests, requests),
    ];
    let own = |lines: [&str; 4]| {
        let lines = lines.join("\n  ");
        let definition = format!("- id: own\n  name: Own\n  better: lower\n  {lines}\n");
        observed(&files, &definition, "own").unwrap()
    };
    let hours = "value: {from: started_at, to: finished_at}";
    let on_main = own(["from: ci_runs", "unit: h", "where: {branch: main}", hours]);
    assert_eq!(on_main, [30 * MINUTE, 60 * MINUTE]);
    let attempts = own([
        "from: ci_runs",
        "unit: runs",
        "value: {number: attempt}",
        "",
    ]);
    assert_eq!(attempts, [1, 3]);
    let severe = [
        "from: incidents",
        "unit: a week",
        "aggregate: rate",
        "where: {severity: 1}",
    ];
    assert_eq!(own(severe), [1, 1]);
    assert_eq!(observed(&files, "", "support.how_do_i"), Some(vec![1]));
}

#[test]
fn one_commit_that_passes_and_fails_is_flaky_wherever_its_first_run_was() {
    let runs = "repository,commit,workflow,started_at,verdict\n\
        r,a,ci,2026-09-01T10:05:00Z,success\n\
        r,a,ci,2026-09-01T10:00:00Z,failure\n\
        r,b,ci,2026-09-01T10:01:00Z,failure\n\
        r,b,ci,2026-09-01T10:02:00Z,cancelled\n\
        r,c,ci,2026-09-01T10:02:00Z,success\n\
        r,c,lint,2026-09-01T10:03:00Z,failure\n";
    let flaky = observed(&[(Source::CiRuns, runs)], "", "ci.flaky_share");
    assert_eq!(flaky, Some(vec![1, 0, 0, 0]));
}

#[test]
fn a_run_after_the_end_tells_of_a_commit_whose_first_run_was_before_it() {
    let runs = "repository,commit,workflow,started_at,verdict\n\
        r,a,ci,2026-09-01T10:05:00Z,success\n\
        r,a,ci,2026-09-01T10:00:00Z,failure\n\
        r,b,ci,2026-09-01T10:06:00Z,failure\n";
    let text = Text::new("e.csv", runs.into()).unwrap();
    let files = [(Source::CiRuns, records::File::Csv(text))];
    let tables = records::read_all(&files, None, &Bots::default())
        .unwrap()
        .tables;
    let (tree, flaky) = (Tree::new([]), metrics::find("ci.flaky_share").unwrap());
    let period = Period {
        start: at("2026-09-01T09:00"),
        end: at("2026-09-01T10:04"),
    };
    let plan = Placed::new(&tables, &tree, Some(period))
        .plan(flaky)
        .unwrap();
    assert_eq!(*longs(&plan.rows.collect().unwrap(), VALUE), [1]);
}

#[test]
fn a_metric_of_two_tables_takes_one_expression() {
    // Until the next successful deployment of its own service; nothing follows the last.
    let incidents = "id,started_at,service\n\
        1,2026-09-01T11:00:00Z,s\n\
        2,2026-09-01T12:45:00Z,t\n\
        3,2026-09-03T12:00:00Z,s\n\
        4,2026-09-05T12:00:00Z,s\n";
    let definition = "- id: own\n  name: Own\n  better: lower\n  unit: h\n  from: incidents\n  \
        aggregate: median\n  computed: until-next-deployment\n";
    let files = [
        (Source::Deployments, DEPLOYMENTS),
        (Source::Incidents, incidents),
    ];
    let hours = observed(&files, definition, "own");
    assert_eq!(hours, Some(vec![60 * MINUTE, 0]));
    assert_eq!(observed(&files[1..], definition, "own"), None);
}

fn at(time: &str) -> DateTime<Utc> {
    format!("{time}:00Z").parse().unwrap()
}

/// Rows of team, author, creation and merge.
fn pull_requests(rows: &[(&str, u32, &str, Option<&str>)]) -> PullRequestRows {
    let mut pull_requests = PullRequestRows::default();
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

fn of(rows: &PullRequestRows, tree: &Tree, id: &str) -> Option<Vec<i64>> {
    values(
        &with_pull_requests(rows.clone()),
        tree,
        metrics::find(id).unwrap(),
    )
}

#[test]
fn hours_are_those_where_the_author_lives() {
    // 2026-09-01 is a Tuesday. Tokyo is nine hours ahead, New York four behind.
    let mut rows = pull_requests(&[
        ("E", 0, "2026-09-01T08:00", None),
        ("E", 0, "2026-09-01T09:00", None),
        ("E", 1, "2026-09-01T11:59", None),
        ("E", 1, "2026-09-01T12:00", None),
        ("E", 2, "2026-09-01T12:30", None),
        ("E", 0, "2026-09-04T16:00", None),
        ("E", 1, "2026-09-06T03:00", None),
    ]);
    let tree = Tree::new(["E"]);
    assert_eq!(of(&rows, &tree, "focus.out_of_hours_share"), None);
    let (tokyo, new_york) = ("Asia/Tokyo".parse().ok(), "America/New_York".parse().ok());
    rows.zones = vec![tokyo, new_york, None];
    // Tokyo: Tuesday 17:00, 18:00, Saturday 1:00. New York: 7:59, 8:00, Saturday 23:00.
    let found = of(&rows, &tree, "focus.out_of_hours_share");
    assert_eq!(found, Some(vec![0, 1, 1, 0, 1, 1]));
    let found = of(&rows, &tree, "deadlines.weekend_share");
    assert_eq!(found, Some(vec![0, 0, 0, 0, 1, 1]));
    // A first commit counts beside the creation.
    rows.stamps[0].first_commit = Some(at("2026-08-30T08:00")).into();
    let found = of(&rows, &tree, "deadlines.weekend_share").unwrap();
    assert_eq!(found[..2], [1, 0]);
}

#[test]
fn a_repository_is_the_teams_that_merges_at_least_half() {
    let merged = Some("2026-09-02T10:00");
    let row = |team, author| (team, author, "2026-09-01T10:00", merged);
    // The first is X's by 6 of 10, of which one is by a team within X; in the second no team has
    // half; the third has too few.
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
    assert_eq!(of(&rows, &tree, id), None);
    let repositories = [vec!["a"; 10], vec!["b"; 10], vec!["c"; 9]].concat();
    repositories
        .into_iter()
        .for_each(|name| rows.repository.push(name));
    // By node: E, X six times, X's team, Y twice.
    let found = of(&rows, &tree, id);
    assert_eq!(found, Some(vec![0, 0, 0, 0, 0, 0, 0, 0, 1, 1]));
}

#[test]
fn work_in_progress_is_the_mean_over_time_of_what_is_open() {
    // Ten days are seen. The first author has one open for five days and one for ten, the second
    // one for the last day.
    let rows = pull_requests(&[
        ("E", 0, "2026-09-01T00:00", Some("2026-09-06T00:00")),
        ("E", 0, "2026-09-01T00:00", None),
        ("E", 1, "2026-09-10T00:00", Some("2026-09-11T00:00")),
    ]);
    let (tables, tree) = (with_pull_requests(rows), Tree::new(["E"]));
    let frame = Placed::new(&tables, &tree, None)
        .get(Source::PullRequests)
        .unwrap();
    let day = 24 * 60 * MINUTE;
    let open = |start: &str, end: &str| {
        let [start, end] = [start, end].map(|time| at(time).timestamp_micros());
        let rows = open_at_once(&frame, start, end);
        let rows = rows.sort([PERSON], SortMultipleOptions::default());
        longs(&rows.collect().unwrap(), VALUE).into_owned()
    };
    let (first, last) = seen(&frame).unwrap();
    assert_eq!(first, at("2026-09-01T00:00").timestamp_micros());
    assert_eq!(last, at("2026-09-11T00:00").timestamp_micros());
    assert_eq!(
        open("2026-09-01T00:00", "2026-09-11T00:00"),
        [15 * day, day]
    );
    assert_eq!(open("2026-09-05T00:00", "2026-09-07T00:00"), [3 * day]);
    assert_eq!(open("2027-09-05T00:00", "2027-09-05T00:00"), [0i64; 0]);
}

#[test]
fn open_pull_requests_are_watched_until_the_last_step_of_any() {
    let hour = |hour: i64| DateTime::from_timestamp(1_780_000_000 + hour * 3600, 0);
    let mut rows = PullRequestRows::default();
    let mut push = |author, hours: [Option<i64>; 4]| {
        let [created, first_review, merged, closed] = hours.map(|at| at.and_then(hour).into());
        let stamps = Stamps {
            created,
            first_review,
            merged,
            closed,
            ..Stamps::default()
        };
        rows.push("E", author, stamps, None, None);
    };
    push(0, [Some(0), Some(2), Some(10), Some(10)]);
    push(1, [Some(0), None, Some(30), None]);
    push(1, [Some(5), None, None, None]);
    push(2, [Some(5), Some(6), None, Some(9)]);
    push(3, [None, None, None, None]);
    let (tables, tree) = (with_pull_requests(rows), Tree::new(["E"]));
    let frame = Placed::new(&tables, &tree, None)
        .get(Source::PullRequests)
        .unwrap();
    let seen_until = last_step(&frame);
    let spans = |phase, period| {
        let spans = spans(&frame, &tree, phase, period, seen_until).into_iter();
        let tell =
            |span: tribometer_statistics::survival::Span| (span.entered, span.left, span.ended);
        let mut told: Vec<_> = spans.map(|(_, _, span)| tell(span)).collect();
        told.sort_by(|a, b| a.1.total_cmp(&b.1));
        told
    };
    let from_the_start = |(left, ended)| (f64::NEG_INFINITY, left, ended);
    let cycle = [(4.0, false), (10.0, true), (25.0, false), (30.0, true)];
    assert_eq!(spans(Phase::CycleTime, None), cycle.map(from_the_start));
    // What was merged without a review is in no time to first review.
    let pickup = [(1.0, true), (2.0, true), (25.0, false)];
    assert_eq!(spans(Phase::Pickup, None), pickup.map(from_the_start));
    // From hour 8 to 20: the second is merged later, and all were watched from hour 8 on alone.
    let period = Period {
        start: hour(8).unwrap(),
        end: hour(20).unwrap(),
    };
    let found = spans(Phase::CycleTime, Some(period));
    let found: Vec<_> = found
        .iter()
        .map(|(entered, left, ended)| (*entered, left.round(), *ended))
        .collect();
    let expected = [
        (3.0, 4.0, false),
        (8.0, 10.0, true),
        (3.0, 15.0, false),
        (8.0, 20.0, false),
    ];
    assert_eq!(found, expected);
}

#[test]
fn pull_requests_are_known_as_they_were_when_the_period_ended() {
    let mut rows = PullRequestRows::default();
    let day = |text: &str| -> Option<DateTime<Utc>> {
        (!text.is_empty()).then(|| format!("{text}T00:00:00Z").parse().unwrap())
    };
    for (number, [created, merged, closed, deployed]) in (0..).zip([
        ["2026-08-01", "2026-08-02", "", "2026-10-02"],
        ["2026-08-01", "2026-10-01", "", ""],
        ["2026-10-01", "", "", ""],
        ["2025-09-01", "2025-09-30", "", ""],
        ["2025-09-01", "2025-10-01", "", ""],
        ["2025-08-01", "", "2025-09-30", ""],
        ["2025-08-01", "", "2026-11-01", ""],
        ["", "", "", ""],
    ]) {
        let stamps = Stamps {
            created: day(created).into(),
            merged: day(merged).into(),
            closed: day(closed).into(),
            deployed: day(deployed).into(),
            ..Stamps::default()
        };
        rows.push("E", number, stamps, Some(number), None);
    }
    let period = Period {
        start: day("2026-07-01").unwrap(),
        end: day("2026-10-01").unwrap(),
    };
    let (tables, tree) = (with_pull_requests(rows), Tree::new(["E"]));
    let frame = Placed::new(&tables, &tree, Some(period))
        .get(Source::PullRequests)
        .unwrap();
    let known = frame.collect().unwrap();
    assert_eq!(*numbers(&known, PERSON), [0, 1, 4, 6]);
    let none = i64::MIN;
    let merged = ["2026-08-02", "2025-10-01"].map(|text| day(text).unwrap().timestamp_micros());
    assert_eq!(
        *longs(&known, "merged_at"),
        [merged[0], none, merged[1], none]
    );
    assert_eq!(*longs(&known, "deployed_at"), [none; 4]);
    assert_eq!(*longs(&known, "closed_at"), [none; 4]);
}

#[test]
fn many_rows_in_any_order_give_the_same_observations() {
    let mut rows: Vec<String> = Vec::new();
    for run in 0..200 {
        let (hour, verdict) = (run / 10, ["success", "failure"][run % 3 % 2]);
        let mut row = format!("r,{},ci,2026-09-01T{hour:02}:00:00Z,{verdict}", run % 50);
        writeln!(row, ",a{}", run % 7).unwrap();
        rows.push(row);
    }
    let header = "repository,commit,workflow,started_at,verdict,author\n";
    let of = |rows: &[String]| {
        let text = header.to_owned() + &rows.concat();
        observed(&[(Source::CiRuns, &text)], "", "ci.flaky_share")
    };
    let forward = of(&rows);
    rows.reverse();
    assert_eq!(of(&rows), forward);
    assert!(forward.is_some_and(|values| values.len() == 50));
}
