//! Prints a report as one file, for looking at: of the sample findings, or of a findings.json.
//!
//! `cargo run -p tribometer-reports --example sample_report -- [FINDINGS.JSON] > report.html`

use tribometer_findings::Findings;
use tribometer_reports::html::report_file;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let findings = match std::env::args().nth(1) {
        Some(path) => Findings::from_json(&std::fs::read_to_string(path)?)?,
        None => Findings::sample(),
    };
    print!("{}", report_file(&findings));
    Ok(())
}
