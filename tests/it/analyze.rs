//! `tribometer analyze`: from files to files, without a server.

use std::path::{Path, PathBuf};
use std::process::Output;

use tribometer_reports::words::Language;

use crate::support;

/// Generated data of 313 engineers in 30 teams; its README says where it comes from.
fn reference(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/reference")
        .join(file)
}

fn analyze(folder: &Path, arguments: &[&str]) -> Output {
    support::tribometer(folder)
        .arg("analyze")
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn rows(file: &Path) -> Vec<csv::StringRecord> {
    let mut reader =
        csv::Reader::from_path(file).unwrap_or_else(|cause| panic!("{}: {cause}", file.display()));
    reader
        .records()
        .map(|row| row.expect("every row has the header's cells"))
        .collect()
}

#[test]
fn files_become_a_report_twice_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |file| reference(file).display().to_string();
    let (people, now, before, pull_requests) = (
        path("people.csv"),
        path("responses_2.csv"),
        path("responses_1.csv"),
        path("pull_requests.csv"),
    );
    let arguments = |out| {
        let given = [
            "--people",
            &people,
            "--responses",
            &now,
            "--previous",
            &before,
        ];
        [
            &given[..],
            &[
                "--pull-requests",
                &pull_requests,
                "--by",
                "role,location",
                "--hourly-cost",
                "85",
                "--out",
                out,
            ],
        ]
        .concat()
    };
    let output = analyze(folder.path(), &arguments("first"));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    analyze(folder.path(), &arguments("second"));

    let names = [
        "ranking",
        "scores",
        "changes",
        "drivers",
        "evidence",
        "metrics",
        "participation",
        "comments",
    ];
    for name in names {
        let file = format!("{name}.csv");
        let first = std::fs::read(folder.path().join("first").join(&file)).expect("a file");
        assert_eq!(
            first,
            std::fs::read(folder.path().join("second").join(&file)).expect("a file"),
            "{file}"
        );
    }
    let first = folder.path().join("first");
    let ranking = rows(&first.join("ranking.csv"));
    let pillars: Vec<&str> = ranking.iter().map(|row| &row[4]).collect();
    assert_eq!(
        pillars.len(),
        8,
        "the file has answers to eight of the survey's pillars: {pillars:?}"
    );
    let friction: Vec<f64> = ranking
        .iter()
        .map(|row| row[6].parse().expect("a number"))
        .collect();
    assert!(friction.is_sorted_by(|a, b| a >= b));
    // Whoever may not be shown has no number in any file.
    for row in rows(&first.join("scores.csv"))
        .iter()
        .filter(|row| !row[14].is_empty())
    {
        assert!((5..14).all(|cell| row[cell].is_empty()), "{row:?}");
    }
    assert!(
        rows(&first.join("scores.csv"))
            .iter()
            .any(|row| !row[14].is_empty())
    );
    let report = std::fs::read_to_string(first.join("report.html")).expect("a report");
    assert!(report.contains("<!doctype html>") && !report.contains("http-equiv=\"refresh\""));
    let findings: serde_json::Value =
        serde_json::from_slice(&std::fs::read(first.join("findings.json")).expect("a file"))
            .expect("JSON");
    assert_eq!(findings["invited"], 313);
    // Money is the hours times their cost, and so is its interval.
    let hours = &findings["hours"];
    for end in ["value", "low", "high"] {
        let weekly = hours["organization"][end].as_f64().expect("hours");
        let money = hours["cost_per_year"][end].as_f64().expect("money");
        assert!(
            (money - weekly * 85.0 * 52.0).abs() < 1e-6 * money,
            "{end}: {money}"
        );
    }
}

#[test]
fn tables_are_written_in_the_formats_that_were_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let responses = reference("responses_2.csv").display().to_string();
    let analyze = |formats| {
        let given = ["--responses", &responses, "--out", "out", "--format"];
        analyze(folder.path(), &[&given[..], &[formats]].concat())
    };
    let unknown = analyze("csv,ods");
    assert_eq!(unknown.status.code(), Some(2));
    let complaint = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(
        complaint.contains("'ods'") && complaint.contains("csv, parquet, xlsx"),
        "{complaint}"
    );

    assert!(analyze("xlsx").status.success());
    let written = std::fs::read_dir(folder.path().join("out")).expect("a folder");
    let name = |file: std::io::Result<std::fs::DirEntry>| file.expect("a file").file_name();
    let mut written: Vec<_> = written.map(name).collect();
    written.sort();
    assert_eq!(written, ["findings.json", "report.html", "tribometer.xlsx"]);

    let both = analyze("xlsx,csv,csv");
    let told = String::from_utf8_lossy(&both.stdout).into_owned();
    assert!(
        told.contains("did_it_help.csv, tribometer.xlsx, report.html"),
        "{told}"
    );
    assert!(told.matches("ranking.csv").count() == 1, "{told}");
}

#[test]
fn the_same_responses_give_the_same_findings_in_every_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/formats");
    write(folder.path(), "map.yaml", "level: grade\n");
    let findings = |ending: &str| {
        let file = formats.join(format!("2026-Q4.{ending}"));
        let file = file.display().to_string();
        let given = ["--responses", &file, "--map", "map.yaml", "--by", "grade"];
        let output = analyze(folder.path(), &[&given[..], &["--out", ending]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(!said.contains("has no such column"), "{said}");
        let findings = folder.path().join(ending).join("findings.json");
        std::fs::read_to_string(findings).expect("findings")
    };
    let expected = findings("csv");
    assert!(expected.contains("\"2026-Q4\""), "the wave has its label");
    assert_eq!(findings("parquet"), expected);
    assert_eq!(findings("xlsx"), expected);
}

#[test]
fn tables_of_other_programs_are_read_beside_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let path = |file: &str| data.join(file).display().to_string();
    let responses = path("formats/2026-Q4.xlsx");
    let run = |people: &str, metrics: &str| {
        let files = ["--people", people, "--responses", &responses];
        let more = ["--metrics", metrics, "--out", "out", "--json"];
        analyze(folder.path(), &[&files[..], &more[..]].concat())
    };
    let metrics = path("workbooks/metrics.xlsx");
    for people in ["workbooks/people.xlsx", "parquet/people.parquet"] {
        let output = run(&path(people), &metrics);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{people}: {said}");
        let summary: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(summary["invited"], 2, "{people}");
    }
    let output = run(&metrics, &path("workbooks/people.xlsx"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("metrics.xlsx, sheet `metrics`, row 1: there is no column `email`"),
        "{said}"
    );
    let ods = run("people.ods", &metrics);
    let said = String::from_utf8_lossy(&ods.stderr);
    assert!(
        said.contains("people.ods: files that end in .ods are not read; save it as .xlsx"),
        "{said}"
    );
}

#[test]
fn a_bad_file_is_named_cell_by_cell_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("2026-Q4.csv");
    std::fs::write(&file, "respondent,team,test-feedback\na,Eng,9\na,Eng,3\n").expect("a file");
    let output = analyze(
        folder.path(),
        &["--responses", "2026-Q4.csv", "--out", "out"],
    );
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stderr));
    assert!(!folder.path().join("out").exists());
}

#[test]
fn one_respondent_is_no_group() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("2026-Q4.csv");
    std::fs::write(&file, "respondent,team,test-feedback\na,Eng,2\n").expect("a file");
    let output = analyze(
        folder.path(),
        &["--responses", "2026-Q4.csv", "--out", "out", "--json"],
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let summary: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("JSON on stdout alone");
    assert_eq!(summary["wave"], "2026-Q4");
    assert_eq!(rows(&folder.path().join("out/ranking.csv")).len(), 0);
    for row in rows(&folder.path().join("out/scores.csv")) {
        assert_eq!(&row[14], "group too small");
    }
}

const PEOPLE: &str = "email,team,github\n\
    a1@example.org,E / X,a1\na2@example.org,E / X,a2\na3@example.org,E / X,a3\na4@example.org,E / X,a4\na5@example.org,E / X,a5\n\
    b1@example.org,E / Y,b1\nb2@example.org,E / Y,b2\nb3@example.org,E / Y,b3\nb4@example.org,E / Y,b4\nb5@example.org,E / Y,b5\n";

/// The files of a small organization in which everybody answered.
fn small_organization(folder: &Path) {
    let mut responses = "respondent,team,test-feedback,getting-help\n".to_owned();
    for line in PEOPLE.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        responses += &format!("{},{},3,4\n", cells[0], cells[1]);
    }
    write(folder, "people.csv", PEOPLE);
    write(folder, "2026-Q4.csv", &responses);
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).expect("a file");
}

/// One file of each kind, with something to leave out in each.
const EVENTS: [(&str, &str, &str); 6] = [
    (
        "--ci-runs",
        "ci_runs.csv",
        "repository,commit,workflow,started_at,finished_at,verdict,attempt,branch,author\n\
         r,c1,ci,2026-09-01T10:00:00Z,2026-09-01T10:30:00Z,failure,1,main,a1\n\
         r,c1,ci,2026-09-01T11:00:00Z,2026-09-01T11:30:00Z,success,2,main,a1\n\
         r,c2,ci,2026-09-02T10:00:00Z,2026-09-02T10:30:00Z,success,1,main,a2\n\
         r,c3,ci,2026-09-03T10:00:00Z,2026-09-03T09:30:00Z,success,1,main,a3\n\
         r,c4,ci,2026-09-04T10:00:00Z,2026-09-04T11:30:00Z,success,1,main,a4\n\
         r,c5,ci,2026-09-05T10:00:00Z,2026-09-05T11:30:00Z,success,1,main,a5\n\
         r,c6,ci,2026-09-06T10:00:00Z,2026-09-06T11:30:00Z,success,1,topic,nobody\n\
         r,c7,ci,2026-09-06T12:00:00Z,2026-09-06T13:30:00Z,cancelled,1,topic,b1\n",
    ),
    (
        "--deployments",
        "deployments.csv",
        "service,environment,commit,finished_at,verdict,team\n\
         s,production,c1,2026-09-01T12:00:00Z,success,E / X\n\
         s,production,c2,2026-09-08T12:00:00Z,failure,E / X\n\
         s,staging,c2,2026-09-08T13:00:00Z,failure,E / X\n",
    ),
    (
        "--incidents",
        "incidents.csv",
        "id,service,team,started_at,detected_at,resolved_at,severity,found_by\n\
         1,s,E / X,2026-09-01T12:00:00Z,2026-09-01T12:30:00Z,2026-09-01T16:00:00Z,2,user\n\
         1,s,E / X,2026-09-01T12:00:00Z,2026-09-01T12:30:00Z,2026-09-01T15:00:00Z,2,user\n\
         2,s,E / Y,2026-09-08T12:00:00Z,,,1,monitoring\n",
    ),
    (
        "--support-requests",
        "support_requests.csv",
        "id,type,pillar,team,requester,opened_at,assigned_at,first_response_at,resolved_at,tier,escalated_at,title\n\
         1,question,documentation,,a1@example.org,2026-09-01T12:00:00Z,2026-09-01T13:00:00Z,2026-09-01T14:00:00Z,2026-09-02T12:00:00Z,front,,How\n\
         2,question,documentation,,a2@example.org,2026-09-02T12:00:00Z,2026-09-02T13:00:00Z,2026-09-02T14:00:00Z,2026-09-03T12:00:00Z,back,,How\n\
         3,access,internal-tooling,,a3@example.org,2026-09-03T12:00:00Z,2026-09-03T11:00:00Z,,,front,,Key\n\
         4,question,,,b4@example.org,2026-09-04T12:00:00Z,2026-09-04T15:00:00Z,,,front,,What\n\
         5,question,,,b5@example.org,2026-09-05T12:00:00Z,2026-09-05T15:00:00Z,,2026-09-05T18:00:00Z,front,,What\n\
         6,question,,,b3@example.org,2026-09-06T12:00:00Z,2026-09-06T15:00:00Z,,2026-09-06T18:00:00Z,front,,What\n\
         7,question,,,b2@example.org,2026-09-07T12:00:00Z,2026-09-07T15:00:00Z,,2026-09-07T18:00:00Z,front,,What\n",
    ),
    (
        "--metrics",
        "metrics.csv",
        "metric,team,period_start,period_end,value,n\n\
         docs.age,E,2026-04-01,2026-07-01,100,50\n\
         docs.age,E,2026-07-01,2026-10-01,120,60\n\
         ai.active_share,E / X,2026-07-01,2026-10-01,0.4,5\n\
         ai.active_share,E / Y,2026-07-01,2026-10-01,0.8,15\n",
    ),
    (
        "--metric-definitions",
        "own.yaml",
        "- {id: docs.age, name: Age of pages, unit: days, better: lower, pillars: [test-feedback]}\n",
    ),
];

/// Analyzes the small organization with all of these files, into `out`.
fn analyze_events(folder: &Path, more: &[&str]) -> Output {
    small_organization(folder);
    let mut arguments = vec![
        "--people",
        "people.csv",
        "--responses",
        "2026-Q4.csv",
        "--out",
        "out",
    ];
    arguments.extend(more);
    for (flag, name, text) in EVENTS {
        write(folder, name, text);
        arguments.extend([flag, name]);
    }
    let output = analyze(folder, &arguments);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

#[test]
fn what_other_systems_know_reaches_the_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = analyze_events(folder.path(), &["--json"]);
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(summary["events"]["CI runs"]["negative"]["ci.duration"], 1);
    assert_eq!(summary["events"]["CI runs"]["without_team"], 1);
    assert_eq!(summary["events"]["Incidents"]["repeated"], 1);

    let findings = std::fs::read(folder.path().join("out/findings.json")).expect("findings");
    let findings: tribometer_findings::Findings =
        serde_json::from_slice(&findings).expect("findings");
    let level = |id: &str| {
        let level = findings.systems.iter().find(|level| level.metric == id);
        let level = level.unwrap_or_else(|| panic!("{id} is missing"));
        (level.value, level.n)
    };
    // Of eight runs one ends before it starts and one was cancelled: three took half an hour, three
    // an hour and a half.
    assert_eq!(level("ci.duration"), (1.0, 6));
    // Of six commits one had both verdicts; of six runs on the main branch one failed; of eight
    // runs one was a second try.
    assert_eq!(level("ci.flaky_share"), (1.0 / 6.0, 6));
    assert_eq!(level("ci.red_main_share"), (1.0 / 6.0, 6));
    assert_eq!(level("ci.rerun_share"), (1.0 / 8.0, 8));
    assert_eq!(level("deployment.failure_share"), (0.5, 2));
    assert_eq!(level("incident.found_by_users_share"), (0.5, 2));
    assert_eq!(level("support.front_line_share"), (0.8, 5));
    // Reported for the whole, and weighted by n where it was not.
    assert_eq!(level("docs.age"), (120.0, 60));
    assert_eq!(level("ai.active_share"), (0.7, 20));
    let evidence = rows(&folder.path().join("out/evidence.csv"));
    let speaks = |metric: &str, pillar: &str| {
        evidence
            .iter()
            .any(|row| &row[0] == pillar && &row[1] == metric)
    };
    assert!(speaks("ci.flaky_share", "test-feedback") && speaks("docs.age", "test-feedback"));
    assert!(speaks("support.time_to_assign", "getting-help"));
    let months = rows(&folder.path().join("out/metrics.csv"));
    let reported = months
        .iter()
        .find(|row| &row[1] == "docs.age")
        .expect("a row");
    assert_eq!(
        [&reported[3], &reported[5], &reported[8]],
        ["2026-04-01", "", "100"]
    );
}

#[test]
fn what_happened_after_the_period_is_not_known() {
    let folder = tempfile::tempdir().expect("a folder");
    analyze_events(folder.path(), &["--period", "2026-06-01..2026-09-06"]);
    let months = rows(&folder.path().join("out/metrics.csv"));
    let september: Vec<_> = (months.iter())
        .filter(|row| &row[0] == "E" && &row[1] == "ci.flaky_share")
        .map(|row| (row[3].to_owned(), row[4].to_owned()))
        .collect();
    // Without the sixth commit, of the day after.
    assert_eq!(september, [("2026-09-01".to_owned(), "5".to_owned())]);
}

#[test]
fn a_local_model_sorts_comments() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut people = "email,team\n".to_owned();
    let mut responses = "respondent,team,test-feedback,comment\n".to_owned();
    for at in 0..40 {
        people += &format!("p{at}@example.org,E\n");
        // Nothing but the model knows that green and blue are one thing.
        let color = ["green", "blue", "square", "round"][at % 4];
        responses += &format!("p{at}@example.org,E,3,It is {color}\n");
    }
    write(folder.path(), "people.csv", &people);
    write(folder.path(), "2026-Q4.csv", &responses);
    let run = |command: &str| {
        let arguments = [
            "--people",
            "people.csv",
            "--responses",
            "2026-Q4.csv",
            "--embedding-command",
            command,
            "--out",
            "out",
        ];
        let output = analyze(folder.path(), &arguments);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (rows(&folder.path().join("out/comments.csv")), said)
    };
    let (comments, _) = run(r#"awk '/green|blue/ { print "[1, 0]"; next } { print "[0, 1]" }'"#);
    let themes = |word: &str| -> std::collections::BTreeSet<String> {
        let own = comments.iter().filter(|row| row[3].contains(word));
        own.map(|row| row[1].to_owned()).collect()
    };
    assert_eq!(comments.len(), 40);
    assert_eq!(
        (themes("green"), themes("square").len()),
        (themes("blue"), 1)
    );
    assert_ne!(themes("green"), themes("square"));
    let (_, said) = run("cat > /dev/null; exit 1");
    assert!(
        said.contains("the embedding model failed, it ended with exit status: 1"),
        "{said}"
    );
}

#[test]
fn metrics_of_ones_own_are_computed_and_what_is_not_known_is_warned_of() {
    let folder = tempfile::tempdir().expect("a folder");
    small_organization(folder.path());
    let (_, runs, text) = EVENTS[0];
    write(folder.path(), runs, text);
    write(
        folder.path(),
        "incidents.csv",
        "id,service,started_at,severity,mood\n1,s,2026-09-01T12:00:00Z,1,\n2,s,2026-09-08T11:00:00Z,2,\n",
    );
    write(
        folder.path(),
        "metrics.csv",
        "metric,team,period_start,period_end,value,n\nai.active_share,E / Old,2026-07-01,2026-10-01,0.4,5\n",
    );
    write(
        folder.path(),
        "own.yaml",
        "- id: ci.main_duration\n  name: CI duration on main\n  unit: h\n  better: lower\n  pillars: [test-feedback]\n  \
         from: ci_runs\n  where: {branch: main, verdict: success}\n  value: {from: started_at, to: finished_at}\n\
         - id: incident.severe\n  name: Incidents of severity 1\n  unit: \"%\"\n  better: lower\n  from: incidents\n  \
         aggregate: share\n  is: {severity: 1}\n",
    );
    let arguments = [
        "--people",
        "people.csv",
        "--responses",
        "2026-Q4.csv",
        "--min-group",
        "4",
        "--ci-runs",
        runs,
        "--incidents",
        "incidents.csv",
        "--metrics",
        "metrics.csv",
        "--metric-definitions",
        "own.yaml",
        "--out",
        "out",
    ];
    let output = analyze(folder.path(), &arguments);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    for warning in [
        "incidents.csv: the column `mood` is not known and is left out",
        "metrics.csv:2: nobody is in the team `E / Old`; the row is left out",
    ] {
        assert!(told.contains(warning), "{told}");
    }
    let findings = std::fs::read(folder.path().join("out/findings.json")).expect("findings");
    let findings: tribometer_findings::Findings =
        serde_json::from_slice(&findings).expect("findings");
    let level = |id: &str| findings.systems.iter().find(|level| level.metric == id);
    assert_eq!(level("incident.severe").map(|level| level.value), Some(0.5));
    assert!(level("ai.active_share").is_none());
    // Four successes on main end after they began, of four people: too few for an interval, which a
    // note says.
    let words = Language::default().words();
    let notes = findings.notes.iter();
    let notes: Vec<String> = notes.map(|note| words.note(note, &findings)).collect();
    let notes = notes.join("\n");
    assert!(notes.contains("CI duration on main (4)"), "{notes}");
    assert!(
        notes.contains("because nobody is in their team: E / Old"),
        "{notes}"
    );
}

#[test]
fn a_bad_row_of_any_file_is_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    small_organization(folder.path());
    let bad = [
        (
            "--ci-runs",
            "repository,commit,workflow,started_at,verdict\nr,c,ci,2026-09-01T10:00:00Z,green\n",
            ":2: verdict: `green`: expected one of: success, failure, cancelled",
        ),
        (
            "--deployments",
            "service,finished_at,verdict\ns,yesterday,success\n",
            ":2: finished_at: `yesterday`: expected a time with an offset",
        ),
        (
            "--incidents",
            "id,started_at,team\n1,2026-09-01T10:00:00Z,E //\n",
            ":2: team: `E //`:",
        ),
        (
            "--support-requests",
            "id,opened_at,tier\n,2026-09-01T10:00:00Z,middle\n",
            ":2: id: expected a name; the cell is empty",
        ),
        (
            "--metrics",
            "metric,team,period_start,period_end,value,n\nno.such,E,2026-07-01,2026-10-01,1,1\n",
            ":2: metric: `no.such`: is not in the catalog",
        ),
    ];
    for (flag, text, complaint) in bad {
        write(folder.path(), "bad.csv", text);
        let arguments = [
            "--people",
            "people.csv",
            "--responses",
            "2026-Q4.csv",
            "--out",
            "out",
            flag,
            "bad.csv",
        ];
        let output = analyze(folder.path(), &arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(error.contains(&format!("bad.csv{complaint}")), "{error}");
        assert!(!folder.path().join("out").exists());
    }
}

#[test]
fn actions_are_compared_with_the_teams_that_have_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = |from: &str, to: &str| {
        std::fs::copy(reference(from), folder.path().join(to)).expect("a copy");
    };
    copy("people.csv", "people.csv");
    copy("responses_1.csv", "2026-Q3.csv");
    copy("responses_2.csv", "2026-Q4.csv");
    let people = std::fs::read_to_string(reference("people.csv")).expect("a file");
    let mut departments: Vec<String> = people
        .split([',', '\n'])
        .filter(|cell| cell.matches(" / ").count() == 2)
        .filter_map(|path| Some(path.rsplit_once(" / ")?.0.to_owned()))
        .collect();
    departments.sort();
    departments.dedup();
    let actions = format!(
        "title,pillar,team,start\nReview hours,code-review,{};{},2026-08-03\nPairing,learning,{},2026-Q4\n",
        departments[0], departments[1], departments[2]
    );
    std::fs::write(folder.path().join("actions.csv"), actions).expect("a file");
    let arguments = "--people people.csv --responses 2026-Q4.csv --previous 2026-Q3.csv --actions actions.csv --out out";
    let output = analyze(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
    assert!(output.status.success(), "{output:?}");
    let rows = rows(&folder.path().join("out/did_it_help.csv"));
    let named: Vec<(&str, &str)> = rows.iter().map(|row| (&row[0], &row[3])).collect();
    assert_eq!(named.first(), Some(&("Review hours", "2026-Q3")));
    let number = |cell: &str| cell.parse::<f64>().expect("a number");
    for row in &rows {
        assert!((number(&row[8]) - number(&row[9]) - number(&row[10])).abs() < 1e-9);
    }
    let report = std::fs::read_to_string(folder.path().join("out/report.html")).expect("a report");
    assert!(report.contains("Did it help?") && report.contains("Review hours"));

    std::fs::write(
        folder.path().join("actions.csv"),
        "title,pillar,team,start\nx,coffee,Nowhere,soon\n",
    )
    .expect("a file");
    let output = analyze(folder.path(), &arguments.split(' ').collect::<Vec<_>>());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    for part in [
        "actions.csv:2: pillar: `coffee`",
        "actions.csv:2: team: `Nowhere`",
        "actions.csv:2: start: `soon`",
    ] {
        assert!(said.contains(part), "{said}");
    }
}
