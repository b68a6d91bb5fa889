//! For tests: the reference data as input, and each method on it; tests/data/reference/README.md
//! says how R and independent code made what is expected.

mod association;
mod change;
mod friction;
mod mixed;
mod raking;
mod reliability;

use chrono::DateTime;
use tribometer_statistics::reference::{Table, path};
use tribometer_surveys::person::Person;
use tribometer_surveys::survey::Survey;
use tribometer_surveys::telemetry::bots::Bots;
use tribometer_surveys::telemetry::metrics::Source;
use tribometer_surveys::telemetry::pull_request::{Stamp, Stamps};

use crate::Input;
use crate::answers::texts;
use crate::comments::scrub::Identifying;
use crate::files::{self, people, records, responses};
use crate::input::{PastWave, Settings};
use crate::tables::{OF_TEAM, PERSON, PullRequestRows, Tables};

/// The survey of the reference data: eight pillars and three outcomes of the built-in one.
pub(crate) fn survey() -> Survey {
    let pillars = Table::expected("friction");
    let pillars: Vec<String> = (pillars.rows())
        .map(|row| row.text("pillar").to_owned())
        .collect();
    let mut survey = tribometer_surveys::builtin::devex_25().clone();
    for dimension in &mut survey.dimensions {
        dimension
            .pillars
            .retain(|pillar| pillars.contains(&pillar.id));
    }
    survey
        .dimensions
        .retain(|dimension| !dimension.pillars.is_empty());
    survey
}

/// The reference data as files give it: wave 2 with wave 1 before it, or wave 1 alone.
pub(crate) fn input(wave: u32) -> Input {
    let survey = survey();
    let text = |name: &str| files::open(&path(name)).unwrap();
    let people = people::read(&text("people")).unwrap();
    let people: Vec<Person> = people.rows.into_iter().map(|row| row.person).collect();
    let files = [(
        Source::PullRequests,
        records::File::Csv(text("pull_requests")),
    )];
    let recorded = records::read_all(&files, Some(&people), &Bots::default()).unwrap();
    let responses = |wave: u32| {
        let name = format!("responses_{wave}");
        responses::read(&text(&name), &survey, &responses::Map::default()).unwrap()
    };
    Input {
        wave: wave.to_string(),
        roster: Some(people::roster(&people)),
        responses: responses(wave),
        previous: (1..wave)
            .rev()
            .map(|wave| PastWave {
                label: wave.to_string(),
                reworded: Vec::new(),
                responses: responses(wave),
            })
            .collect(),
        tables: recorded.tables,
        period: None,
        metrics: Vec::new(),
        identifying: Some(Identifying::of(&people)),
        declared: Vec::new(),
        actions: Vec::new(),
        settings: Settings::default(),
        survey,
    }
}

/// Tables with these pull requests alone.
pub(crate) fn with_pull_requests(rows: PullRequestRows) -> Tables {
    let mut tables = Tables::default();
    tables.set_pull_requests(rows);
    tables
}

/// The pull requests of tables as rows, to be changed.
pub(crate) fn pull_requests_of(tables: &Tables) -> PullRequestRows {
    let frame = tables.get(Source::PullRequests).unwrap();
    let times = |name: &str, row: usize| -> Stamp {
        let micros = frame.column(name).unwrap().i64().unwrap().get(row);
        micros.and_then(DateTime::from_timestamp_micros).into()
    };
    let number = |name: &str, row| frame.column(name).unwrap().u32().unwrap().get(row);
    let teams = texts(frame.column(OF_TEAM).unwrap());
    let mut rows = PullRequestRows {
        zones: tables.zones.clone(),
        respondents: tables.respondents.clone(),
        ..PullRequestRows::default()
    };
    for (row, team) in teams.into_iter().enumerate() {
        let stamps = Stamps {
            first_commit: times("first_commit_at", row),
            created: times("created_at", row),
            ready: times("ready_at", row),
            first_review: times("first_review_at", row),
            merged: times("merged_at", row),
            closed: times("closed_at", row),
            deployed: times("deployed_at", row),
        };
        let lines = number("additions", row).zip(number("deletions", row));
        let lines = lines.map(|(added, deleted)| added + deleted);
        let author = number(PERSON, row).unwrap();
        rows.push(team, author, stamps, lines, number("review_rounds", row));
        let repository = frame.column("repository").unwrap().get(row).unwrap();
        if let Some(repository) = repository.get_str() {
            rows.set_repository(repository);
        }
    }
    rows
}
