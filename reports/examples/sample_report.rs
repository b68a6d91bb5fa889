//! Prints the report of the sample findings as one file, for looking at: `cargo run -p tribometer-reports --example sample_report > report.html`.

fn main() {
    print!(
        "{}",
        tribometer_reports::html::report_file(&tribometer_reports::Findings::sample())
    );
}
