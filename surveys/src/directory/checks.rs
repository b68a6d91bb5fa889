//! What would make a directory unsound: values that two people share, and managers who are unknown
//! or go in circles.

use std::collections::{HashMap, hash_map::Entry};

use super::{Coverage, PersonRow, RowProblem};
use crate::person::{Email, Person, Source};

/// Ids, addresses and logins that two people would have.
pub(super) fn find_duplicates(
    rows: &[PersonRow],
    others: &[&Person],
    coverage: Coverage,
    problems: &mut Vec<RowProblem>,
) {
    let mut ids = Owners::default();
    let mut emails = Owners::default();
    let mut logins: HashMap<Source, Owners> = HashMap::new();
    // Those whom the file does not mention come first, so that a clash is blamed on a row.
    let unmentioned = others.iter().map(|person| {
        (
            None,
            *person,
            person.active && coverage == Coverage::Partial,
        )
    });
    let mentioned = rows
        .iter()
        .map(|row| (Some(row.line), &row.person, row.person.active));
    for (line, person, active) in unmentioned.chain(mentioned) {
        ids.claim(person.id.clone(), line, "id", person, problems);
        emails.claim(
            person.email.as_str().to_owned(),
            line,
            "email",
            person,
            problems,
        );
        for (source, login) in person.identities.iter().filter(|_| active) {
            let owners = logins.entry(*source).or_default();
            owners.claim(
                login.to_lowercase(),
                line,
                source.as_str(),
                person,
                problems,
            );
        }
    }
}

/// Who has a value that only one person may have.
#[derive(Default)]
struct Owners<'a>(HashMap<String, (Option<u64>, &'a Person)>);

impl<'a> Owners<'a> {
    fn claim(
        &mut self,
        value: String,
        line: Option<u64>,
        column: &'static str,
        person: &'a Person,
        problems: &mut Vec<RowProblem>,
    ) {
        match self.0.entry(value) {
            Entry::Vacant(free) => {
                free.insert((line, person));
            }
            Entry::Occupied(owner) => {
                // Two people outside the file cannot be put right by a row.
                let Some(line) = line else { return };
                let value = owner.key().clone();
                let problem = match owner.get() {
                    (Some(earlier), _) => {
                        format!("is also in line {earlier}; each person needs a different one")
                    }
                    (None, other) => format!(
                        "already belongs to {} ({}), whom the file does not mention",
                        other.email, other.id
                    ),
                };
                problems.push(RowProblem {
                    line,
                    column,
                    value,
                    problem,
                });
            }
        }
    }
}

/// Managers whom nobody knows, and circles of managers.
pub(super) fn find_bad_managers(
    rows: &[PersonRow],
    others: &[&Person],
    problems: &mut Vec<RowProblem>,
) {
    let people: Vec<(Option<u64>, &Person)> = rows
        .iter()
        .map(|row| (Some(row.line), &row.person))
        .chain(others.iter().map(|person| (None, *person)))
        .collect();
    let by_email: HashMap<&Email, usize> = people
        .iter()
        .enumerate()
        .map(|(at, (_, person))| (&person.email, at))
        .collect();
    let mut managers: Vec<Option<usize>> = Vec::with_capacity(people.len());
    for (line, person) in &people {
        let manager = person
            .manager
            .as_ref()
            .and_then(|email| by_email.get(email).copied());
        managers.push(manager);
        if let (Some(line), Some(email), None) = (line, &person.manager, manager) {
            let problem = "is nobody's address in the file or the directory; add the manager, or \
                           leave the cell empty";
            let value = email.as_str().to_owned();
            problems.push(RowProblem {
                line: *line,
                column: "manager",
                value,
                problem: problem.to_owned(),
            });
        }
    }
    for cycle in cycles(&managers) {
        // A cycle is blamed on its first row, and written from there.
        let Some(start) = (0..cycle.len())
            .filter(|at| people[cycle[*at]].0.is_some())
            .min_by_key(|at| people[cycle[*at]].0)
        else {
            continue;
        };
        let names: Vec<&str> = cycle
            .iter()
            .cycle()
            .skip(start)
            .take(cycle.len() + 1)
            .map(|at| people[*at].1.email.as_str())
            .collect();
        let (Some(line), Some(manager)) = (people[cycle[start]].0, names.get(1)) else {
            continue;
        };
        let problem = format!("makes a circle of managers: {}", shorten_chain(&names));
        problems.push(RowProblem {
            line,
            column: "manager",
            value: (*manager).to_owned(),
            problem,
        });
    }
}

fn shorten_chain(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    match names {
        [first @ .., last] if names.len() > SHOWN => {
            format!(
                "{} → … {} more … → {last}",
                first[..SHOWN - 2].join(" → "),
                names.len() - SHOWN + 1
            )
        }
        _ => names.join(" → "),
    }
}

/// The circles of a graph in which everybody points to one other at most. Each step is walked once.
fn cycles(next: &[Option<usize>]) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let mut walk_of = vec![UNSEEN; next.len()];
    let mut found = Vec::new();
    for start in 0..next.len() {
        let mut path = Vec::new();
        let mut here = Some(start);
        while let Some(at) = here {
            if walk_of[at] == start {
                let begin = path.iter().position(|seen| *seen == at).unwrap_or(0);
                found.push(path.split_off(begin));
                break;
            }
            if walk_of[at] != UNSEEN {
                break;
            }
            walk_of[at] = start;
            path.push(at);
            here = next[at];
        }
    }
    found
}
