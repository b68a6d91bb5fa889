//! `tribometer analyze`: from files to files, without a server.

use std::path::{Path, PathBuf};
use std::process::Output;

use crate::support;

/// Generated data of 313 engineers in 30 teams; its README says where it comes from.
fn reference(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("reports/tests/data/reference")
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
