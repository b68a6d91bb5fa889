//! Prints a report as one file, for looking at: of the sample findings, or of a findings.json.
//!
//! `cargo run -p tribometer-reports --example sample_report -- [FINDINGS.JSON] > report.html`

use std::io;

use tribometer_findings::Findings;
use tribometer_reports::html::report_file;

fn main() -> io::Result<()> {
    let findings = match std::env::args().nth(1) {
        Some(path) => serde_json::from_str(&std::fs::read_to_string(path)?)?,
        None => Findings::sample(),
    };
    print!("{}", report_file(&findings));
    Ok(())
}
