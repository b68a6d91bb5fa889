//! The tables that people take away, byte by byte.

use std::path::Path;

use tribometer_findings::Findings;
use tribometer_reports::files::File;

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
