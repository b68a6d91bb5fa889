use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::person::Source;

/// A file from a table in text: a header, then a row a line, cells parted by `|`.
fn file(table: &str) -> PeopleFile {
    let mut lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    let header: Vec<&str> = lines.next().unwrap().split('|').map(str::trim).collect();
    let rows = lines.zip(2..).map(|(line, number)| {
        let cells = line.split('|').map(str::trim);
        let person = Person::from_cells(header.iter().copied().zip(cells)).unwrap();
        PersonRow {
            line: number,
            person,
        }
    });
    PeopleFile {
        rows: rows.collect(),
        columns: header.iter().map(ToString::to_string).collect(),
    }
}

fn people(table: &str) -> Vec<Person> {
    file(table).rows.into_iter().map(|row| row.person).collect()
}

/// The directory after a plan was carried out.
fn apply(existing: &[Person], plan: &DirectoryPlan) -> Vec<Person> {
    let mut by_id: BTreeMap<String, Person> = existing
        .iter()
        .map(|person| (person.id.clone(), person.clone()))
        .collect();
    for changed in &plan.changed {
        by_id.remove(&changed.id);
    }
    let new = plan
        .changed
        .iter()
        .map(|changed| &changed.person)
        .chain(&plan.created)
        .chain(&plan.deactivated);
    by_id.extend(new.map(|person| (person.id.clone(), person.clone())));
    by_id.into_values().collect()
}

fn describe(plan: &DirectoryPlan) -> String {
    let mut text = String::new();
    for person in &plan.created {
        text.push_str(&format!("created {}\n", person.id));
    }
    for changed in &plan.changed {
        for Change {
            field,
            before,
            after,
        } in &changed.changes
        {
            let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
            text.push_str(&format!(
                "changed {}: {field} {} → {}\n",
                changed.id,
                word(before),
                word(after)
            ));
        }
    }
    for person in &plan.deactivated {
        text.push_str(&format!("deactivated {}\n", person.id));
    }
    text + &format!("unchanged {}\n", plan.unchanged)
}

fn problems(existing: &[Person], table: &str, coverage: Coverage) -> String {
    let problems = DirectoryPlan::new(existing, file(table), coverage).unwrap_err();
    problems
        .iter()
        .map(|problem| format!("{problem}\n"))
        .collect()
}

const DIRECTORY: &str = "
    id | email           | team           | manager         | github | role
    1  | ada@example.org | Eng / Payments |                 | ada    | backend
    2  | bob@example.org | Eng / Payments | ada@example.org | bob    | frontend
    3  | cyd@example.org | Eng / Search   | ada@example.org | cyd    | backend
";

#[test]
fn a_full_file_creates_changes_and_deactivates() {
    let table = "
        id | email              | team         | manager            | github | role
        1  | ada.l@example.org  | Eng          |                    | ada    | lead
        2  | bob@example.org    | Eng / Search | ada.l@example.org  |        | frontend
        4  | dan@example.org    | Eng / Search | ada.l@example.org  | cyd    |
    ";
    let existing = people(DIRECTORY);
    let plan = DirectoryPlan::new(&existing, file(table), Coverage::Full).unwrap();
    insta::assert_snapshot!(describe(&plan));
    let after = apply(&existing, &plan);
    let again = DirectoryPlan::new(&after, file(table), Coverage::Full).unwrap();
    assert!(again.is_empty(), "{}", describe(&again));
}

#[test]
fn a_partial_file_leaves_the_others_alone() {
    let table = "
        email           | team
        bob@example.org | Eng / Search
        eve@example.org | Eng / Search
    ";
    let plan = DirectoryPlan::new(&people(DIRECTORY), file(table), Coverage::Partial).unwrap();
    insta::assert_snapshot!(describe(&plan));
}

#[test]
fn ids_can_be_brought_in_later_and_addresses_can_be_swapped() {
    let existing = people("email\nada@example.org\nbob@example.org");
    let with_ids = file("id | email\n1 | ada@example.org\n2 | bob@example.org");
    let plan = DirectoryPlan::new(&existing, with_ids, Coverage::Full).unwrap();
    let after = apply(&existing, &plan);
    assert_eq!(
        after
            .iter()
            .map(|person| person.id.as_str())
            .collect::<Vec<_>>(),
        ["1", "2"]
    );
    let swapped = file("id | email\n1 | bob@example.org\n2 | ada@example.org");
    let plan = DirectoryPlan::new(&after, swapped, Coverage::Full).unwrap();
    assert_eq!(
        describe(&plan),
        "changed 1: email ada@example.org → bob@example.org\n\
         changed 2: email bob@example.org → ada@example.org\nunchanged 0\n"
    );
}

#[test]
fn somebody_who_returns_is_active_again() {
    let existing = people("email | active\nada@example.org | false");
    let plan =
        DirectoryPlan::new(&existing, file("email\nada@example.org"), Coverage::Full).unwrap();
    assert_eq!(
        describe(&plan),
        "changed ada@example.org: active false → true\nunchanged 0\n"
    );
}

#[test]
fn every_bad_row_is_named() {
    let table = "
        id | email           | manager          | github | jira
        7  | eve@example.org |                  | Ada    | e
        7  | fay@example.org | ghost@example.org | fay   | f
        8  | eve@example.org |                  | FAY    | g
        9  | ada@example.org | gus@example.org  | gus    | h
        10 | gus@example.org | hal@example.org  |        |
        11 | hal@example.org | gus@example.org  |        |
        12 | ivy@example.org | ivy@example.org  |        |
    ";
    insta::assert_snapshot!(problems(&people(DIRECTORY), table, Coverage::Full));
}

#[test]
fn a_partial_file_cannot_take_what_others_have() {
    let table = "
        id | email           | github
        9  | bob@example.org | cyd
        2  | new@example.org | bob
    ";
    insta::assert_snapshot!(problems(&people(DIRECTORY), table, Coverage::Partial));
}

#[test]
fn a_long_circle_is_shortened() {
    let rows: Vec<String> = (0..30)
        .map(|n| format!("p{n}@example.org | p{}@example.org", (n + 1) % 30))
        .collect();
    let table = format!("email | manager\n{}", rows.join("\n"));
    insta::assert_snapshot!(problems(&[], &table, Coverage::Full));
}

#[test]
fn a_hundred_thousand_people_are_compared_without_quadratic_work() {
    let person = |n: usize| {
        let mut person = Person::new(format!("p{n}@example.org").parse().unwrap());
        // A chain of managers as long as the directory is the worst case for finding circles.
        person.manager = (n > 0).then(|| format!("p{}@example.org", n - 1).parse().unwrap());
        person.identities.insert(Source::Github, format!("p{n}"));
        person
    };
    let existing: Vec<Person> = (0..100_000).map(person).collect();
    let rows = (500..100_500)
        .map(|n| PersonRow {
            line: n as u64,
            person: person(n),
        })
        .skip(1)
        .collect();
    let columns = ["email", "manager", "github"].map(ToOwned::to_owned).into();
    let plan = DirectoryPlan::new(&existing, PeopleFile { columns, rows }, Coverage::Full).unwrap();
    assert_eq!(
        (plan.created.len(), plan.unchanged, plan.deactivated.len()),
        (500, 99_499, 501)
    );
}

/// Small directories with few different values, so that clashes are frequent.
fn any_people() -> impl Strategy<Value = Vec<Person>> {
    let person = (
        0..8u8,
        0..8u8,
        prop::option::of(0..8u8),
        prop::option::of(0..4u8),
        any::<bool>(),
    );
    prop::collection::vec(person, 0..8).prop_map(|people| {
        let address = |n: u8| format!("p{n}@example.org").parse().unwrap();
        let person =
            |(id, email, manager, github, active): (u8, u8, Option<u8>, Option<u8>, bool)| {
                let mut person = Person::new(address(email));
                person.id = id.to_string();
                person.manager = manager.map(address);
                person
                    .identities
                    .extend(github.map(|login| (Source::Github, login.to_string())));
                person.active = active;
                person
            };
        people.into_iter().map(person).collect()
    })
}

fn as_file(people: Vec<Person>) -> PeopleFile {
    let columns = PEOPLE.names().into_iter().map(ToOwned::to_owned).collect();
    PeopleFile {
        columns,
        rows: people
            .into_iter()
            .zip(2..)
            .map(|(person, line)| PersonRow { line, person })
            .collect(),
    }
}

proptest! {
    /// Whatever is accepted leaves a sound directory, and importing it again changes nothing.
    #[test]
    fn accepted_imports_keep_the_directory_sound(first in any_people(), second in any_people(), partial in any::<bool>()) {
        let coverage = if partial { Coverage::Partial } else { Coverage::Full };
        let Ok(plan) = DirectoryPlan::new(&[], as_file(first), Coverage::Full) else { return Ok(()) };
        let existing = apply(&[], &plan);
        let Ok(plan) = DirectoryPlan::new(&existing, as_file(second.clone()), coverage) else { return Ok(()) };
        let after = apply(&existing, &plan);

        let ids: HashSet<_> = after.iter().map(|person| &person.id).collect();
        let emails: HashSet<_> = after.iter().map(|person| &person.email).collect();
        prop_assert_eq!((ids.len(), emails.len()), (after.len(), after.len()));
        let logins: Vec<_> = after.iter().filter(|person| person.active).flat_map(|person| &person.identities).collect();
        prop_assert_eq!(logins.iter().collect::<HashSet<_>>().len(), logins.len());
        for person in &second {
            let mut seen = HashSet::new();
            let mut here = Some(&person.email);
            while let Some(email) = here {
                prop_assert!(seen.insert(email), "a circle of managers");
                here = after.iter().find(|other| other.email == *email).and_then(|other| other.manager.as_ref());
            }
        }
        let again = DirectoryPlan::new(&after, as_file(second), coverage);
        prop_assert!(again.is_ok_and(|plan| plan.is_empty()));
    }
}
