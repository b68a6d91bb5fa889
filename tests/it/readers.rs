//! The files that people take away, opened by the programs that people open them with.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tribometer::service::files;
use tribometer_findings::table::{Cell, Column, Table, Values};
use tribometer_findings::{Comment, Findings};
use tribometer_reports::tables::TABLES;

/// Texts that spreadsheets and readers like to take for something else.
const TEXTS: [&str; 16] = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "007",
    "1e5",
    "2026-10",
    "2026-10-13",
    "TRUE",
    "1,5",
    "50%",
    "a \"quoted\" word, and a comma; and a semicolon",
    "two\nlines",
    "Büro 🙂 naïve",
    "_x0041_",
    "  blanks around  ",
];

/// Findings with such texts in every place that takes what people wrote.
fn findings() -> Findings {
    let mut findings = Findings::sample();
    let comment = |text: &str| Comment {
        pillar: None,
        theme: Some(text.to_owned()),
        team: format!("Engineering / {text}"),
        text: text.to_owned(),
    };
    findings.comments = TEXTS.map(comment).to_vec();
    // A sheet of many rows is written in another way.
    let months = std::mem::take(&mut findings.metrics);
    findings.metrics = months.into_iter().cycle().take(10_500).collect();
    for (score, text) in findings.scores.iter_mut().zip(TEXTS) {
        score.attribute = Some("level".to_owned());
        score.value = Some(text.to_owned());
    }
    findings
}

/// Findings of which some tables have no rows.
fn empty() -> Findings {
    let mut findings = Findings::sample();
    findings.comments.clear();
    findings.actions.clear();
    findings.drivers.clear();
    findings.metrics.clear();
    findings
}

/// Every file in a folder, and what its tables hold.
fn write(findings: &Findings, folder: &Path) {
    for file in files::all() {
        std::fs::write(folder.join(&*file.name()), file.render(findings)).expect("a file");
    }
    let tables = TABLES.iter().map(|definition| {
        let table = definition.table(findings);
        let columns: Vec<Value> = table.columns.iter().map(expected).collect();
        json!({ "name": definition.name, "columns": columns })
    });
    let tables: Value = tables.collect();
    std::fs::write(folder.join("expected.json"), tables.to_string()).expect("a file");
}

fn expected(column: &Column) -> Value {
    let kind = match column.values {
        Values::Text(_) => "text",
        Values::Whole(_) => "whole",
        Values::Number(_) => "number",
        Values::Share(_) => "share",
        Values::Probability(_) => "probability",
        Values::Date(_) => "date",
        Values::Flag(_) => "flag",
    };
    let cells = (0..column.values.len()).map(|row| match column.values.cell(row) {
        Cell::Absent => Value::Null,
        Cell::Text(text) => text.into(),
        Cell::Whole(number) => number.into(),
        Cell::Number(number) | Cell::Share(number) | Cell::Probability(number) => number.into(),
        Cell::Date(date) => date.to_string().into(),
        Cell::Flag(flag) => if flag { "yes" } else { "no" }.into(),
    });
    json!({ "name": column.name, "kind": kind, "cells": cells.collect::<Vec<Value>>() })
}

fn program(variable: &str, what: &str) -> PathBuf {
    let path = std::env::var_os(variable);
    let path = path.unwrap_or_else(|| panic!("{variable} names {what}; scripts/test installs it"));
    path.into()
}

fn run(command: &mut Command) {
    let output = command.output();
    let output = output.unwrap_or_else(|cause| panic!("{command:?}: {cause}"));
    assert!(
        output.status.success(),
        "{command:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn pandas_duckdb_and_polars_read_what_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&findings(), folder.path());
    let without_rows = tempfile::tempdir().expect("a folder");
    write(&empty(), without_rows.path());
    let what = "a Python with the packages of tests/it/readers/requirements.txt";
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/readers/check.py");
    run(Command::new(program("TRIBOMETER_TEST_PYTHON", what))
        .arg(script)
        .args([folder.path(), without_rows.path()]));
}

#[test]
fn libreoffice_shows_what_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let findings = findings();
    let workbook = folder.path().join("tribometer.xlsx");
    let file = files::find("tribometer.xlsx").expect("a workbook");
    std::fs::write(&workbook, file.render(&findings)).expect("a file");
    // Commas, quotes, UTF-8, numbers with all digits, all sheets.
    let as_csv = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1";
    let profile = folder.path().join("profile");
    run(
        Command::new(program("TRIBOMETER_TEST_SOFFICE", "LibreOffice's soffice"))
            .arg(format!(
                "-env:UserInstallation=file://{}",
                profile.display()
            ))
            .args(["--headless", "--convert-to", as_csv, "--outdir"])
            .arg(folder.path())
            .arg(&workbook),
    );
    for definition in &TABLES {
        let path = folder
            .path()
            .join(format!("tribometer-{}.csv", definition.name));
        compare(&definition.table(&findings), &rows(&path));
    }
    let contents = rows(&folder.path().join("tribometer-Contents.csv"));
    let names: Vec<&str> = contents
        .iter()
        .map(|row| &row[0])
        .skip_while(|name| *name != "Sheet")
        .skip(1)
        .take(TABLES.len())
        .collect();
    assert_eq!(names, TABLES.each_ref().map(|definition| definition.name));
}

fn rows(path: &Path) -> Vec<csv::StringRecord> {
    let reader = csv::ReaderBuilder::new().has_headers(false).from_path(path);
    let mut reader = reader.unwrap_or_else(|cause| panic!("{}: {cause}", path.display()));
    reader
        .records()
        .map(|row| row.expect("a row with all its cells"))
        .collect()
}

fn compare(table: &Table, rows: &[csv::StringRecord]) {
    let name = table.name;
    let header: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    assert_eq!(rows[0], header, "{name}");
    assert_eq!(rows.len() - 1, table.rows(), "{name}");
    for (at, row) in rows[1..].iter().enumerate() {
        for (column, found) in table.columns.iter().zip(row) {
            let is_same = match column.values.cell(at) {
                Cell::Absent => found.is_empty(),
                Cell::Text(text) => found == text,
                Cell::Whole(number) => found == number.to_string(),
                Cell::Number(number) | Cell::Probability(number) => is_about(found, number),
                Cell::Share(number) => found
                    .strip_suffix('%')
                    .is_some_and(|percent| is_about(percent, number * 100.0)),
                Cell::Date(date) => found == date.to_string(),
                Cell::Flag(flag) => found == if flag { "yes" } else { "no" },
            };
            let wanted = column.values.cell(at);
            assert!(
                is_same,
                "{name}.{}, row {}: {found:?}, not {wanted:?}",
                column.name,
                at + 1
            );
        }
    }
}

/// LibreOffice writes 15 digits.
fn is_about(found: &str, number: f64) -> bool {
    let found = found.parse::<f64>();
    found.is_ok_and(|found| (found - number).abs() <= 1e-13 * number.abs().max(1.0))
}
