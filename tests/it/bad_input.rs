//! Input that is wrong on purpose, through the command line: it is named by file, line, column and
//! value, nothing is written, and memory stays bounded.

use std::path::Path;
use std::process::{Command, Output};

use tribometer::service::answering::{self, Link};
use tribometer::service::{findings, waves};
use tribometer_surveys::answer::{Answer, Answers};

use crate::fixture::{count, open_wave};
use crate::support;

/// Address space of a command that must not need much, in kilobytes: the program itself with its
/// threads' stacks takes a fifth of it.
const LITTLE_MEMORY: u32 = 1_500_000;

/// The same command with little memory; more makes it abort.
fn with_little_memory(command: &Command) -> Command {
    let mut limited = Command::new("sh");
    limited
        .arg("-c")
        .arg(format!("ulimit -v {LITTLE_MEMORY} && exec \"$0\" \"$@\""))
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(command.get_current_dir().expect("a folder"));
    limited
}

fn run(mut command: Command) -> Output {
    command.output().expect("the program starts")
}

fn errors(output: &Output) -> Vec<String> {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().map(str::to_owned).collect()
}

/// What `tribometer analyze` says about a responses.csv that it refuses.
fn analyzed(folder: &Path, csv: &str) -> Vec<String> {
    std::fs::write(folder.join("2026-Q4.csv"), csv).expect("a file");
    let mut command = support::tribometer(folder);
    command.args(["analyze", "--responses", "2026-Q4.csv", "--out", "out"]);
    let errors = errors(&run(with_little_memory(&command)));
    assert!(!folder.join("out").exists(), "nothing is written");
    errors
}

#[test]
fn answers_that_the_survey_does_not_have_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let out_of_range =
        "respondent,team,test-feedback,productive\na,Eng,3,4\nb,Eng,6,4\nc,Eng,4,-1\n";
    assert_eq!(
        analyzed(folder.path(), out_of_range)[..3],
        [
            "error: 2 things are wrong; nothing was written",
            "2026-Q4.csv:3: test-feedback: `6`: expected a rating from 1 (`Strongly disagree`) to 5 (`Strongly agree`), or `na`, found `6`",
            "2026-Q4.csv:4: productive: `-1`: expected a rating from 1 (`Strongly disagree`) to 5 (`Strongly agree`), or `na`, found `-1`",
        ]
    );
    let foreign = "respondent,team,test-feedback,hours:coffee,comment:coffee\na,Eng,3,2,much\n";
    assert_eq!(
        analyzed(folder.path(), foreign)[1..3],
        [
            "2026-Q4.csv:1: `hours:coffee` names no pillar of the survey `devex-25`",
            "2026-Q4.csv:1: `comment:coffee` names no pillar of the survey `devex-25`",
        ]
    );
    let picked = "respondent,team,test-feedback,priorities\na,Eng,3,test-feedback;coffee\n";
    let said = &analyzed(folder.path(), picked)[1];
    assert!(
        said.starts_with("2026-Q4.csv:2: priorities: `") && said.contains("coffee"),
        "{said}"
    );
}

#[test]
fn a_small_file_cannot_become_a_large_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let row = ",".repeat(99_999);
    let names: Vec<String> = (0..100_000).map(|number| format!("c{number}")).collect();
    let wide = format!("{}\n{row}\n{row}\n", names.join(","));
    assert_eq!(
        analyzed(folder.path(), &wide)[1],
        "2026-Q4.csv:1: it has 100000 columns; at most 1000 are read. Is it the right file?"
    );
    let long_name = format!("respondent,{}\na,1\n", "x".repeat(10 << 20));
    let said = &analyzed(folder.path(), &long_name)[1];
    assert!(
        said.starts_with("2026-Q4.csv:1: column 2 is named `xxx"),
        "{said}"
    );
    assert!(
        said.ends_with("…`, in 10485760 bytes; at most 1000 are read. Is a quote missing?"),
        "{said}"
    );
    let header = "respondent,team,test-feedback";
    let long_cell = format!("{header}\na,{},3\n", "x".repeat(10 << 20));
    let said = &analyzed(folder.path(), &long_cell)[1];
    assert!(said.starts_with("2026-Q4.csv:2: team: `xxx"), "{said}");
    let quotes = format!("{header}\na,{},3\n", "\"".repeat(1_000_001));
    assert_eq!(
        analyzed(folder.path(), &quotes)[1],
        "2026-Q4.csv:2: a quote that begins in this row is never closed; the file may be cut off"
    );
    let open_quotes = format!("{header}\n{}", "a,\"\n".repeat(250_000));
    assert!(analyzed(folder.path(), &open_quotes)[0].starts_with("error: "));
    // A row that is wide where the header is not, many times over: all are counted, a hundred are
    // told.
    let ragged = format!(
        "{header}\n{}",
        format!("{}\n", ",x".repeat(5_000)).repeat(200)
    );
    let said = analyzed(folder.path(), &ragged);
    assert_eq!(said[0], "error: 200 things are wrong; nothing was written");
    assert_eq!(said[101], "and 100 more");
}

both_databases! {
    /// The importers are as careful, and what they refuse leaves the tables as they were.
    async fn bombs_are_refused_by_the_importers_too(app: &TestApp) {
        let names: Vec<String> = (0..100_000).map(|number| format!("c{number}")).collect();
        let people = format!("email,{}\n", names.join(","));
        let pull_requests = format!("repository,number,author\nexample/a,1,{}\n", "\"".repeat(1_000_001));
        for (what, csv, said) in [
            ("people", people, "people.csv:1: it has 100001 columns; at most 1000 are read."),
            ("pull-requests", pull_requests, "pull-requests.csv:2: a quote that begins in this row is never closed"),
        ] {
            let file = format!("{what}.csv");
            std::fs::write(app.folder.path().join(&file), csv).expect("a file");
            let mut command = app.tribometer();
            command.args(["import", what, &file]);
            let errors = errors(&run(with_little_memory(&command)));
            assert!(errors[0].starts_with(&format!("error: {said}")), "{errors:?}");
            assert_eq!(errors[1], "error: nothing was stored: 1 problem");
        }
        assert_eq!(count(app, "SELECT count(*) FROM person").await, 0);
        assert_eq!(count(app, "SELECT count(*) FROM pull_request").await, 0);
        assert_eq!(count(app, "SELECT count(*) FROM audit_entry").await, 0);
    }

    /// Names that a spreadsheet would compute leave with an apostrophe in front.
    async fn formulas_are_exported_as_text(app: &TestApp) {
        let mut people = vec![("=1+1", "@SUM(A1)"); 10];
        people.extend([("Engineering", "backend"); 10]);
        let wave = open_wave(app, "2026-Q4", &people).await;
        for person in &wave.people {
            let Link::Open(form) = answering::open(app, &person.token).await.expect("a link") else {
                panic!("the wave is open")
            };
            let answers: Answers = [
                ("test-feedback", Answer::Rating(2)),
                ("comment", Answer::Text("=HYPERLINK(\"https://evil.example\")".into())),
            ]
            .map(|(item, answer)| (item.to_owned(), answer))
            .into_iter()
            .collect();
            answering::submit(app, &form, answers).await.expect("a response");
        }
        app.clock.set(wave.closes_at);
        waves::close(app, wave.id, None).await.expect("a closed wave");
        findings::compute(app, wave.id).await.expect("findings");
        let mut command = app.tribometer();
        command.args(["export", "2026-Q4", "--out", "files"]);
        let output = run(command);
        assert!(output.status.success(), "{output:?}");
        let mut texts = Vec::new();
        let files = String::from_utf8(output.stdout).expect("paths");
        for file in files.lines().filter(|file| file.ends_with(".csv")) {
            let mut reader = csv::Reader::from_path(app.folder.path().join(file)).expect("a table");
            for row in reader.records() {
                texts.extend(row.expect("a row").iter().map(str::to_owned));
            }
        }
        let is_formula = |text: &String| text.starts_with(['=', '@']);
        assert!(!texts.iter().any(is_formula), "{texts:?}");
        for text in ["'=1+1", "'@SUM(A1)"] {
            assert!(texts.iter().any(|found| found == text), "{text}");
        }
    }
}
