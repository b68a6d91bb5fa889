//! The directory: what an import of people.csv would change, and why it cannot be done.

use std::collections::{BTreeSet, HashMap, HashSet};

use thiserror::Error;

use crate::person::{Email, Person};
use crate::tables::PEOPLE;

mod checks;

/// The rows of a people.csv that could be read.
#[derive(Clone, Debug, Default)]
pub struct PeopleFile {
    /// The columns of the file. What has no column is left as it is.
    pub columns: BTreeSet<String>,
    pub rows: Vec<PersonRow>,
}

/// One row of people.csv.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// The row's line in the file, from 1.
    pub line: u64,
    pub person: Person,
}

/// What a file says about people whom it does not mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// The file holds everybody: whoever is missing has left.
    Full,
    /// The file holds some people: the others stay as they are.
    Partial,
}

/// What an import changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryPlan {
    /// People who are new, in the order of the file.
    pub created: Vec<Person>,
    /// People of whom something changes, in the order of the file.
    pub changed: Vec<ChangedPerson>,
    /// People who become inactive because a full file does not mention them.
    pub deactivated: Vec<Person>,
    /// How many people the file mentions without changing anything.
    pub unchanged: usize,
}

/// A person of whom something changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedPerson {
    /// The id before the import.
    pub id: String,
    /// The person as the import leaves it.
    pub person: Person,
    pub changes: Vec<Change>,
}

/// One thing that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The column: `team`, `github`, an attribute.
    pub field: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Why a row cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("line {line}, {column}: `{value}` {problem}")]
pub struct RowProblem {
    pub line: u64,
    pub column: &'static str,
    pub value: String,
    /// What is wrong and what to do, as the end of a sentence that begins with the value.
    pub problem: String,
}

impl DirectoryPlan {
    /// Compares the directory with a file. Either everything can be done, or all problems are
    /// listed, ordered by line.
    ///
    /// A row is about the person with its id, else about the one with its address: so ids can be
    /// brought in later, and people can change their address. Addresses and ids belong to one
    /// person for ever, logins to one active person.
    pub fn new(
        existing: &[Person],
        file: PeopleFile,
        coverage: Coverage,
    ) -> Result<DirectoryPlan, Vec<RowProblem>> {
        let matches = match_rows(existing, &file);
        let mentioned: HashSet<usize> = matches.iter().flatten().copied().collect();
        let columns: HashSet<String> = file
            .columns
            .iter()
            .map(|column| column.to_ascii_lowercase())
            .collect();
        let merged: Vec<PersonRow> = file
            .rows
            .into_iter()
            .zip(&matches)
            .map(|(row, before)| match before {
                Some(at) => PersonRow {
                    line: row.line,
                    person: keep_unmentioned(row.person, &existing[*at], &file.columns, &columns),
                },
                None => row,
            })
            .collect();
        let others: Vec<&Person> = existing
            .iter()
            .enumerate()
            .filter(|(at, _)| !mentioned.contains(at))
            .map(|(_, person)| person)
            .collect();

        let mut problems = Vec::new();
        checks::find_duplicates(&merged, &others, coverage, &mut problems);
        checks::find_bad_managers(&merged, &others, &mut problems);
        if !problems.is_empty() {
            problems.sort();
            return Err(problems);
        }

        let mut plan = DirectoryPlan::default();
        for (row, before) in merged.into_iter().zip(matches) {
            let Some(before) = before.map(|at| &existing[at]) else {
                plan.created.push(row.person);
                continue;
            };
            let changes = changes(before, &row.person);
            if changes.is_empty() {
                plan.unchanged += 1;
            } else {
                plan.changed.push(ChangedPerson {
                    id: before.id.clone(),
                    person: row.person,
                    changes,
                });
            }
        }
        if coverage == Coverage::Full {
            let leavers = others.into_iter().filter(|person| person.active);
            plan.deactivated.extend(leavers.map(|person| Person {
                active: false,
                ..person.clone()
            }));
        }
        Ok(plan)
    }

    /// Whether the import changes nothing.
    pub fn is_empty(&self) -> bool {
        self.created.is_empty() && self.changed.is_empty() && self.deactivated.is_empty()
    }
}

/// For each row the position of the person whom it is about.
fn match_rows(existing: &[Person], file: &PeopleFile) -> Vec<Option<usize>> {
    let by_id: HashMap<&str, usize> = existing
        .iter()
        .enumerate()
        .map(|(at, person)| (person.id.as_str(), at))
        .collect();
    let by_email: HashMap<&Email, usize> = existing
        .iter()
        .enumerate()
        .map(|(at, person)| (&person.email, at))
        .collect();
    let has_ids = file
        .columns
        .iter()
        .any(|column| column.eq_ignore_ascii_case("id"));
    let mut taken = HashSet::new();
    let mut matches: Vec<Option<usize>> = vec![None; file.rows.len()];
    for by in [true, false] {
        for (row, found) in file.rows.iter().zip(&mut matches) {
            let candidate = match by {
                true if has_ids => by_id.get(row.person.id.as_str()),
                true => None,
                false => by_email.get(&row.person.email),
            };
            if found.is_none() {
                *found = candidate.copied().filter(|at| taken.insert(*at));
            }
        }
    }
    matches
}

/// The row's person, with what the file has no column for taken from before.
fn keep_unmentioned(
    mut person: Person,
    before: &Person,
    columns: &BTreeSet<String>,
    known: &HashSet<String>,
) -> Person {
    let lacks = |column: &str| !known.contains(column);
    if lacks("id") {
        person.id.clone_from(&before.id);
    }
    if lacks("name") {
        person.name.clone_from(&before.name);
    }
    if lacks("team") {
        person.team.clone_from(&before.team);
    }
    if lacks("manager") {
        person.manager.clone_from(&before.manager);
    }
    if lacks("timezone") {
        person.timezone = before.timezone;
    }
    if lacks("locale") {
        person.locale.clone_from(&before.locale);
    }
    for (source, login) in &before.identities {
        if lacks(source.as_str()) {
            person.identities.insert(*source, login.clone());
        }
    }
    for (name, value) in &before.attributes {
        if !columns.contains(name) {
            person.attributes.insert(name.clone(), value.clone());
        }
    }
    person
}

fn changes(before: &Person, after: &Person) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut compare = |field: &str, before: Option<String>, after: Option<String>| {
        if before != after {
            changes.push(Change {
                field: field.to_owned(),
                before,
                after,
            });
        }
    };
    for column in PEOPLE.names() {
        compare(column, before.field(column), after.field(column));
    }
    let names: BTreeSet<&String> = before
        .attributes
        .keys()
        .chain(after.attributes.keys())
        .collect();
    for name in names {
        compare(
            name,
            before.attributes.get(name).cloned(),
            after.attributes.get(name).cloned(),
        );
    }
    changes
}

impl Person {
    /// What stands in a known column of people.csv for this person.
    fn field(&self, column: &str) -> Option<String> {
        match column {
            "id" => Some(self.id.clone()),
            "email" => Some(self.email.to_string()),
            "name" => self.name.clone(),
            "team" => self.team.as_ref().map(ToString::to_string),
            "manager" => self.manager.as_ref().map(ToString::to_string),
            "timezone" => self.timezone.map(|zone| zone.name().to_owned()),
            "locale" => self.locale.clone(),
            "active" => Some(self.active.to_string()),
            login => self
                .identities
                .iter()
                .find(|(source, _)| source.as_str() == login)
                .map(|(_, login)| login.clone()),
        }
    }
}

#[cfg(test)]
mod tests;
