//! The tables that people take away, byte by byte.

use std::path::Path;

use tribometer_findings::Findings;
use tribometer_reports::files::File;
use tribometer_reports::html::report_file;

/// Scripts read these files: a changed byte is a changed contract.
#[test]
fn the_bytes_of_every_table_stay() {
    let findings = Findings::sample();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sample");
    let names = [
        "ranking",
        "scores",
        "drivers",
        "changes",
        "evidence",
        "metrics",
        "participation",
        "comments",
        "did_it_help",
    ];
    for name in names {
        let name = format!("{name}.csv");
        let written = File::find(&name).expect("a file").render(&findings);
        let path = folder.join(&name);
        if std::env::var_os("UPDATE_TABLES").is_some() {
            std::fs::write(&path, &written).expect("the table is written");
        }
        let expected = std::fs::read(&path).unwrap_or_default();
        assert!(
            written == expected,
            "{name} changed; if it should: UPDATE_TABLES=1 cargo test -p tribometer-reports tables"
        );
    }
}

fn of_version_0(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/findings");
    std::fs::read_to_string(folder.join(file)).expect("a file of 0.1.0")
}

/// What 0.1.0 put in words is shown in the same.
#[test]
fn a_document_of_version_0_gives_the_table_and_the_words_that_it_gave() {
    let findings = Findings::from_json(&of_version_0("0.1.0.json")).expect("findings");
    let written = File::find("evidence.csv")
        .expect("a file")
        .render(&findings);
    let written = String::from_utf8(written).expect("text");
    assert_eq!(written, of_version_0("0.1.0.evidence.csv"));
    let report = report_file(&findings);
    for words in [
        "</span> PR cycle time: 30 h (median of 1,317)",
        "<li>Times that end before they begin are left out: Coding time (25).</li>",
        "Weighted by first level of teams, second level of teams, role and location to look like",
        "It starts after this wave: the next one can tell.",
        "Mean rating",
    ] {
        assert!(report.contains(words), "{words}");
    }
}
