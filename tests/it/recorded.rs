//! What version 0.1.0 made of files is made of them still, byte for byte.
//!
//! `tests/data/recorded/0.1.0.sha256` has the hash of every file that an analysis wrote. Each
//! analysis leaves its files beneath `recorded/` in Cargo's folder for tests, `target/tmp`: what
//! was handed in, what was written, and the hashes. `TRIBOMETER_TEST_PROGRAM` names another
//! program to make the analyses, such as that of an earlier version. What is meant to change is
//! recorded by `cat target/tmp/recorded/four_threads/*.sha256`, and by copies of the files that
//! lie beneath `tests/data/recorded/`, where the first line that differs is looked up.

mod events;
mod organization;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use crate::support;
use organization::{ALL, File, LARGE_TEAMS, Random, SMALL_TEAMS};

const ALL_OPTIONS: &str = "--by role,location --hourly-cost 85.5 --period 2026-07-14..2026-10-13";

/// An analysis: what is handed in, and the other options.
struct Case {
    name: &'static str,
    files: Vec<File>,
    options: &'static str,
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()))
}

/// The folder of a run of analyses, which stays.
fn folder(run: &str) -> PathBuf {
    let recorded = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recorded");
    recorded.join(run)
}

/// A file of the package of the numbers, as text.
fn data(path: &str) -> String {
    let reports = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    read(&reports.join(path))
}

/// The reference data with events, metrics and actions of its teams.
fn reference() -> Case {
    let random = &mut Random(1);
    let text = |file| data(&format!("reference/{file}"));
    let people = organization::people_of(&text("people.csv"));
    let (now, before) = (text("responses_2.csv"), text("responses_1.csv"));
    let requests = text("pull_requests.csv");
    let mut files = events::all(&people, random);
    files.extend([
        File::of_text("--people", "people.csv", ALL, &text("people.csv")),
        File::of_text("--responses", "2026-Q4.csv", ALL, &now),
        File::of_text("--previous", "2026-Q3.csv", ALL, &before),
        File::of_text("--pull-requests", "pull_requests.csv", 2, &requests),
        events::actions(&people, "2026-Q3", random),
    ]);
    Case {
        name: "reference",
        files,
        options: ALL_OPTIONS,
    }
}

/// The reference data with nothing beside them, of which all findings are in the repository.
fn plain() -> Case {
    let mut case = reference();
    let kept = ["people.csv", "2026-Q4.csv", "2026-Q3.csv"];
    case.files.retain(|file| kept.contains(&file.name));
    Case {
        name: "plain",
        options: "--hourly-cost 85",
        ..case
    }
}

/// Real pull requests of an organization that is made up of their authors; without a period.
fn merged() -> Case {
    let random = &mut Random(2);
    let text = data("merged_pull_requests.csv");
    let authors = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(2));
    let mut authors: Vec<String> = authors.map(str::to_owned).collect();
    authors.sort();
    authors.dedup();
    let people = organization::people(&authors, &SMALL_TEAMS, random);
    let file = File::of_text("--pull-requests", "merged_pull_requests.csv", 2, &text);
    Case {
        name: "merged",
        files: vec![
            organization::people_file(&people, random),
            organization::responses(&people, 0, ("--responses", "2026-Q4.csv"), random),
            organization::responses(&people, 1, ("--previous", "2026-Q3.csv"), random),
            file,
        ],
        options: "--by location --seed 7",
    }
}

/// Without people.csv: teams are those of the cells, and no comment may be shown.
fn strangers() -> Case {
    let random = &mut Random(3);
    let people = organization::people(&logins(300), &SMALL_TEAMS, random);
    let mut files = events::all(&people, random);
    files.extend([
        organization::responses(&people, 0, ("--responses", "2026-Q4.csv"), random),
        organization::pull_requests(&people, 3_000, random),
    ]);
    Case {
        name: "strangers",
        files,
        options: "--min-group 3",
    }
}

/// An organization with everything.
fn whole(name: &'static str, logins: &[String], sizes: &[usize], options: &'static str) -> Case {
    let random = &mut Random(5);
    let people = organization::people(logins, sizes, random);
    let mut files = events::all(&people, random);
    files.extend([
        organization::people_file(&people, random),
        organization::responses(&people, 0, ("--responses", "2026-Q4.csv"), random),
        organization::responses(&people, 1, ("--previous", "2026-Q3.csv"), random),
        organization::responses(&people, 2, ("--previous", "2026-Q2.csv"), random),
        organization::pull_requests(&people, 4 * people.len(), random),
        events::actions(&people, "2026-Q3", random),
    ]);
    Case {
        name,
        files,
        options,
    }
}

fn logins(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("dev{at}")).collect()
}

/// Names of files, with what differs in each.
type Differences = BTreeMap<String, String>;

impl Case {
    /// The same with the rows of each file in another order. Those of two files stay: actions are
    /// shown in the order of their file, and what is reported of teams is added up in that of its
    /// file, which shows in the last digit of the sum.
    fn shuffled(mut self) -> Self {
        let random = &mut Random(4);
        for file in &mut self.files {
            if !["actions.csv", "metrics.csv", "own.yaml"].contains(&file.name) {
                *file = file.shuffled(random);
            }
        }
        self
    }

    /// Makes the analysis in folders that stay, and compares what it wrote with the recording.
    fn differences(&self, run: &str, threads: &str) -> Differences {
        let run = folder(run);
        let given = run.join(format!("{}.given", self.name));
        let out = run.join(self.name);
        for folder in [&out, &given] {
            let _ = std::fs::remove_dir_all(folder);
            std::fs::create_dir_all(folder).expect("a folder");
        }
        let mut options = format!("analyze --json --out ../{} {}", self.name, self.options);
        for file in &self.files {
            std::fs::write(given.join(file.name), file.text()).expect("a file");
            let _ = write!(options, " {} {}", file.flag, file.name);
        }
        std::fs::write(given.join("options"), &options).expect("a file");

        let mut command = support::tribometer(&given);
        if let Some(program) = std::env::var_os("TRIBOMETER_TEST_PROGRAM") {
            command = Command::new(program);
            command.env_clear().current_dir(&given);
        }
        command.env("RAYON_NUM_THREADS", threads);
        command.env("POLARS_MAX_THREADS", threads);
        command.args(options.split_whitespace());
        let output = command.output().expect("the program starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", self.name);
        std::fs::write(out.join("summary.json"), &output.stdout).expect("a file");

        let hashes = hashes(&out);
        let list = run.join(format!("{}.sha256", self.name));
        std::fs::write(list, &hashes).expect("a file");
        self.compare(&run, &hashes)
    }

    fn compare(&self, run: &Path, hashes: &str) -> Differences {
        let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/recorded");
        let recorded = read(&recordings.join("0.1.0.sha256"));
        let own = format!("  {}/", self.name);
        let before: BTreeSet<&str> = recorded
            .lines()
            .filter(|line| line.contains(&own))
            .collect();
        let now: BTreeSet<&str> = hashes.lines().collect();
        let mut differences = Differences::new();
        for line in before.symmetric_difference(&now) {
            let (_, name) = line.split_once("  ").expect("a hash and a name");
            let (old, new) = (recordings.join(name), run.join(name));
            let mut told = format!("{name} differs, see {}\n", new.display());
            if old.exists() && new.exists() {
                let (old, new) = (read(&old), read(&new));
                let mut lines = old.lines().zip(new.lines()).zip(1..);
                if let Some(((old, new), at)) = lines.find(|((old, new), _)| old != new) {
                    told += &format!("  line {at} was {old}\n  line {at} is  {new}\n");
                }
            }
            differences.insert(name.to_owned(), told);
        }
        differences
    }
}

/// Of all findings, the last digits of this interval alone hang on the order of the responses.
fn without_index_change(findings: &str) -> String {
    let (before, rest) = findings.split_once("\"index_change\":").expect("the key");
    let (_, after) = rest.split_once("\"hours\":").expect("the key after it");
    format!("{before}\"hours\":{after}")
}

/// A line for each file of a folder.
fn hashes(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    // The page shows the same findings, in words that may change.
    files.retain(|file| !file.ends_with("report.html"));
    files.sort();
    let line = |file: &PathBuf| {
        let digest = Sha256::digest(std::fs::read(file).expect("a file"));
        let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let name = |path: &Path| path.file_name().expect("a name").display().to_string();
        format!("{hash}  {}/{}\n", name(folder), name(file))
    };
    files.iter().map(line).collect()
}

/// Any number of threads and any order of rows give what was recorded.
fn check(case: Case) {
    let mut told = String::new();
    let runs = [
        ("one_thread", "1"),
        ("two_threads", "2"),
        ("four_threads", "4"),
    ];
    for (run, threads) in runs {
        told.extend(case.differences(run, threads).into_values());
    }
    let shuffled = case.shuffled();
    let mut differences = shuffled.differences("shuffled", "4");
    // The findings differ in the last digits of one interval.
    let name = format!("{}/findings.json", shuffled.name);
    differences.remove(&name);
    told.extend(differences.into_values());
    let [one, other] = ["four_threads", "shuffled"].map(|run| read(&folder(run).join(&name)));
    if without_index_change(&one) != without_index_change(&other) {
        told += &format!("{name} differs, see {}\n", folder("shuffled").display());
    }
    assert!(told.is_empty(), "\n{told}");
}

#[test]
fn reference_data_alone_give_what_was_recorded() {
    check(plain());
}

#[test]
fn reference_data_and_events_give_what_was_recorded() {
    check(reference());
}

#[test]
fn real_pull_requests_give_what_was_recorded() {
    check(merged());
}

#[test]
fn files_without_people_give_what_was_recorded() {
    check(strangers());
}

#[test]
fn a_thousand_people_give_what_was_recorded() {
    check(whole("thousand", &logins(1_000), &SMALL_TEAMS, ALL_OPTIONS));
}

#[test]
fn twenty_thousand_people_give_what_was_recorded() {
    let period = "--period 2026-07-14..2026-10-13";
    let case = whole("twenty_thousand", &logins(20_000), &LARGE_TEAMS, period);
    let differences = case.differences("four_threads", "4");
    let told: String = differences.into_values().collect();
    assert!(told.is_empty(), "\n{told}");
}
