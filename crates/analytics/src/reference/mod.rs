//! For tests: the reference data as input, and each method on it; tests/data/reference/README.md says how R and independent code made what is expected.

mod association;
mod change;
mod friction;
mod mixed;
mod raking;
mod reliability;

use tribometer_statistics::reference::{Table, path};
use tribometer_surveys::person::Person;
use tribometer_surveys::survey::Survey;

use crate::Input;
use crate::comments::scrub::Identifying;
use crate::events::Events;
use crate::files::pull_requests::PullRequestsFile;
use crate::files::{self, columns, people, responses};
use crate::input::{PastWave, Settings};

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
    let pull_requests = text("pull_requests");
    let file = PullRequestsFile::new(&pull_requests).unwrap();
    let (pull_requests, _) = columns::pull_requests(&file, Some(&people)).unwrap();
    let responses = |wave: u32| {
        let name = format!("responses_{wave}");
        responses::read(&text(&name), &survey, &responses::Map::default()).unwrap()
    };
    Input {
        wave: wave.to_string(),
        roster: Some(columns::roster(&people)),
        responses: responses(wave),
        previous: (1..wave)
            .rev()
            .map(|wave| PastWave {
                label: wave.to_string(),
                reworded: Vec::new(),
                responses: responses(wave),
            })
            .collect(),
        pull_requests: Some(pull_requests),
        period: None,
        events: Events::default(),
        metrics: Vec::new(),
        identifying: Some(Identifying::of(&people)),
        declared: Vec::new(),
        actions: Vec::new(),
        settings: Settings::default(),
        survey,
    }
}
