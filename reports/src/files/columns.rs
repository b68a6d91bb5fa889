//! From the files' rows to the columns that an analysis works on.

use std::collections::BTreeMap;

use tribometer_surveys::person::Person;

use super::{Rejected, pull_requests::PullRequestsFile};
use crate::input::{Names, People, PullRequests};
use crate::pull_request::{Authors, Length, Phase};

/// The active people of a roster.
pub fn roster(people: &[Person]) -> People {
    let mut roster = People::default();
    for person in people.iter().filter(|person| person.active) {
        let team = person
            .team
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let attributes = person
            .attributes
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        roster.push(&team, attributes);
    }
    roster
}

/// What was left out of a file of pull requests, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct LeftOut {
    /// Rows of the file.
    pub rows: u32,
    /// Written by programs.
    pub bots: u32,
    /// Written by somebody whom the roster does not have, or in no team.
    pub unmatched: u32,
    /// Phases that end before they begin, by name.
    pub negative: BTreeMap<&'static str, u32>,
}

/// The pull requests of people, in their teams: those of the roster where there is one, else those of the `team` column.
pub fn pull_requests(
    file: &PullRequestsFile,
    people: Option<&[Person]>,
) -> Result<(PullRequests, LeftOut), Rejected> {
    let authors = people.map(|people| Authors::new(people.iter().zip(0_u32..)));
    let teams: Vec<String> = people
        .unwrap_or_default()
        .iter()
        .map(|person| {
            person
                .team
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default()
        })
        .collect();
    let mut names = Names::default();
    let mut columns = PullRequests::default();
    let mut left_out = LeftOut::default();
    let mut rejected = Rejected::default();
    for row in file.rows() {
        let row = match row {
            Ok(row) => row,
            Err(problems) => {
                problems
                    .into_iter()
                    .for_each(|problem| rejected.push(problem));
                continue;
            }
        };
        left_out.rows += 1;
        if row.is_by_bot() {
            left_out.bots += 1;
            continue;
        }
        let stamps = row.stamps();
        for phase in Phase::ALL {
            if stamps.length(phase) == Length::Negative {
                *left_out.negative.entry(phase.name()).or_default() += 1;
            }
        }
        let author = match &authors {
            Some(authors) => authors
                .find(&row.author)
                .map(|person| (person, teams[person as usize].as_str().to_owned())),
            None => row
                .team
                .as_ref()
                .map(|team| (names.code(&row.author.to_lowercase()), team.to_string())),
        };
        match author.filter(|(_, team)| !team.is_empty()) {
            Some((author, team)) => {
                columns.push(&team, author, stamps, row.lines(), row.review_rounds)
            }
            None => left_out.unmatched += 1,
        }
    }
    rejected.into_result((columns, left_out))
}
