//! The directory: bringing people.csv in, all or nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Serialize;
use serde_json::json;
use tribometer_store::identity;
use tribometer_store::person::{self, PersonRow, StoredPerson};
use tribometer_store::team::{self, Team};
use tribometer_surveys::directory::{Coverage, DirectoryPlan, PeopleFile, RowProblem};
use tribometer_surveys::file::{FileName, Problem, Rejected};
use tribometer_surveys::person::{Email, Person, Source};
use tribometer_surveys::team::{TeamPath, TeamTree};
use uuid::Uuid;

use super::audit::{self, Action};
use super::import::ImportError;
use super::progress::Progress;
use crate::App;

/// People that one call to the store writes: often enough for a progress bar that moves.
const AT_ONCE: usize = 5_000;

/// What an import changed, or would change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Whether it was only tried.
    pub dry_run: bool,
    pub created: usize,
    pub changed: usize,
    pub deactivated: usize,
    pub unchanged: usize,
    /// Teams that are new, levels above included.
    pub teams_created: usize,
    /// Who changes and how; listed when it is only tried.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<PersonChange>,
}

/// One person whom an import changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonChange {
    pub email: String,
    /// `created`, `changed` or `deactivated`.
    pub kind: &'static str,
    /// What changes, for `changed`: column, before, after.
    pub fields: Vec<(String, Option<String>, Option<String>)>,
}

/// Everybody in the directory, leavers included, in no particular order.
pub async fn people(app: &App) -> super::Result<Vec<StoredPerson>> {
    Ok(person::all(app.store.reader()).await?)
}

/// The paths of all teams.
pub async fn team_paths(app: &App) -> super::Result<Vec<TeamPath>> {
    let teams = team::all(app.store.reader()).await?;
    Ok(teams.into_iter().map(|team| team.path).collect())
}

/// Compares a file with the directory and, unless `dry_run`, stores it in one transaction. `name`
/// is what messages call the file.
pub async fn import(
    app: &App,
    name: impl Into<FileName>,
    file: PeopleFile,
    coverage: Coverage,
    dry_run: bool,
    progress: Progress<'_>,
) -> Result<Summary, ImportError> {
    let transaction = app.store.begin().await?;
    let stored = person::all(&transaction).await?;
    let known = Known::new(&stored);
    let existing: Vec<Person> = stored.into_iter().map(|stored| stored.person).collect();
    let managers: HashMap<Email, Email> = file
        .rows
        .iter()
        .filter_map(|row| Some((row.person.email.clone(), row.person.manager.clone()?)))
        .collect();
    let plan = DirectoryPlan::new(&existing, file, coverage)
        .map_err(|problems| rejected(&name.into(), problems))?;
    let mut summary = Summary {
        dry_run,
        created: plan.created.len(),
        changed: plan.changed.len(),
        deactivated: plan.deactivated.len(),
        unchanged: plan.unchanged,
        ..Summary::default()
    };

    let teams = team::all(&transaction).await?;
    let (new_teams, team_ids) = grow(teams, &plan);
    summary.teams_created = new_teams.len();
    if dry_run {
        summary.people = person_changes(&plan);
        return Ok(summary);
    }
    team::insert(&transaction, &new_teams).await?;

    let mut ids = known.by_email.clone();
    let mut write = Vec::with_capacity(plan.created.len() + plan.changed.len());
    let mut renamed = Vec::new();
    for created in managers_first(&plan.created) {
        let id = Uuid::now_v7();
        ids.insert(created.email.clone(), id);
        write.push((id, created));
    }
    for changed in &plan.changed {
        let id = known.by_id[&changed.id];
        if changed
            .changes
            .iter()
            .any(|change| matches!(change.field.as_str(), "id" | "email"))
        {
            renamed.push(id);
        }
        write.push((id, &changed.person));
    }
    // An address may have gone from one person to another: the plan's word goes before the
    // directory's.
    ids.extend(write.iter().map(|(id, person)| (person.email.clone(), *id)));
    if !renamed.is_empty() {
        let written: HashSet<Uuid> = write.iter().map(|(id, _)| *id).collect();
        let followers = followers(&existing, &managers, &known.by_email, &ids);
        let followers = followers
            .into_iter()
            .map(|person| (known.by_id[&person.id], person));
        write.extend(followers.filter(|(id, _)| !written.contains(id)));
    }
    person::release_names(&transaction, &renamed).await?;

    let now = app.now();
    let total = write.len() + plan.deactivated.len();
    let mut done = 0;
    for chunk in write.chunks(AT_ONCE) {
        let rows: Vec<PersonRow<'_>> = chunk
            .iter()
            .map(|(id, person)| PersonRow {
                id: *id,
                person,
                team: person.team.as_ref().map(|path| team_ids[path]),
                manager: person
                    .manager
                    .as_ref()
                    .and_then(|manager| ids.get(manager).copied()),
            })
            .collect();
        person::put(&transaction, &rows, now).await?;
        done += chunk.len();
        progress(done, total);
    }
    let (people, logins) = logins(&write);
    identity::replace(&transaction, &people, &logins).await?;
    let leavers: Vec<Uuid> = plan
        .deactivated
        .iter()
        .map(|leaver| known.by_id[&leaver.id])
        .collect();
    person::deactivate(&transaction, &leavers, now).await?;
    let details = json!({
        "created": summary.created,
        "changed": summary.changed,
        "deactivated": summary.deactivated,
    });
    let action = Action::PeopleImported;
    audit::record_along(app, &transaction, None, action, "directory", details).await?;
    transaction.commit().await?;
    progress(total, total);
    Ok(summary)
}

fn rejected(file: &FileName, problems: Vec<RowProblem>) -> Rejected {
    let mut rejected = Rejected::default();
    for problem in problems {
        rejected.push(Problem::of_cell(
            file,
            problem.line,
            problem.column,
            &problem.value,
            problem.problem,
        ));
    }
    rejected
}

fn person_changes(plan: &DirectoryPlan) -> Vec<PersonChange> {
    let all_of = |kind, person: &Person| PersonChange {
        email: person.email.to_string(),
        kind,
        fields: Vec::new(),
    };
    let created = plan.created.iter().map(|person| all_of("created", person));
    let changed = plan.changed.iter().map(|changed| PersonChange {
        fields: changed
            .changes
            .iter()
            .cloned()
            .map(|change| (change.field, change.before, change.after))
            .collect(),
        ..all_of("changed", &changed.person)
    });
    let deactivated = plan
        .deactivated
        .iter()
        .map(|person| all_of("deactivated", person));
    created.chain(changed).chain(deactivated).collect()
}

/// The table's ids of everybody who is in the directory already.
struct Known {
    by_id: HashMap<String, Uuid>,
    by_email: HashMap<Email, Uuid>,
}

impl Known {
    fn new(stored: &[StoredPerson]) -> Self {
        Self {
            by_id: stored
                .iter()
                .map(|stored| (stored.person.id.clone(), stored.id))
                .collect(),
            by_email: stored
                .iter()
                .map(|stored| (stored.person.email.clone(), stored.id))
                .collect(),
        }
    }
}

/// The teams that a plan needs and the tree lacks, each after the team above it, and the ids of
/// all.
fn grow(teams: Vec<Team>, plan: &DirectoryPlan) -> (Vec<Team>, HashMap<TeamPath, Uuid>) {
    let mut ids: HashMap<TeamPath, Uuid> =
        teams.into_iter().map(|team| (team.path, team.id)).collect();
    let people = plan
        .created
        .iter()
        .chain(plan.changed.iter().map(|changed| &changed.person));
    let needed: BTreeSet<TeamPath> = people
        .filter_map(|person| person.team.as_ref())
        .filter(|path| !ids.contains_key(*path))
        .cloned()
        .collect();
    let mut new = Vec::new();
    for node in TeamTree::new(needed).nodes() {
        if ids.contains_key(&node.path) {
            continue;
        }
        let id = Uuid::now_v7();
        let parent = node.path.parent().and_then(|path| ids.get(&path).copied());
        ids.insert(node.path.clone(), id);
        new.push(Team {
            id,
            parent,
            path: node.path.clone(),
        });
    }
    (new, ids)
}

/// People of whom nothing changes but that their manager's address now belongs to somebody else.
fn followers<'a>(
    existing: &'a [Person],
    managers: &HashMap<Email, Email>,
    before: &HashMap<Email, Uuid>,
    now: &HashMap<Email, Uuid>,
) -> Vec<&'a Person> {
    let follows = |person: &&Person| {
        managers.get(&person.email).is_some_and(|manager| {
            person.manager.as_ref() == Some(manager) && before.get(manager) != now.get(manager)
        })
    };
    existing.iter().filter(follows).collect()
}

/// New people in an order in which every manager comes before the people who report there. The plan
/// has no circles.
fn managers_first(created: &[Person]) -> Vec<&Person> {
    let positions: HashMap<&Email, usize> = created
        .iter()
        .enumerate()
        .map(|(at, person)| (&person.email, at))
        .collect();
    let mut order = Vec::with_capacity(created.len());
    let mut placed = HashSet::with_capacity(created.len());
    for start in 0..created.len() {
        let mut line = Vec::new();
        let mut next = Some(start);
        while let Some(at) = next.filter(|at| placed.insert(*at)) {
            line.push(&created[at]);
            next = created[at]
                .manager
                .as_ref()
                .and_then(|manager| positions.get(manager).copied());
        }
        order.extend(line.into_iter().rev());
    }
    order
}

/// Whose logins are replaced, and by what. Of two people with one login the active one has it.
fn logins(write: &[(Uuid, &Person)]) -> (Vec<Uuid>, Vec<(Uuid, Source, String)>) {
    let mut taken = HashSet::new();
    let mut logins = Vec::new();
    let (active, inactive): (Vec<_>, Vec<_>) =
        write.iter().copied().partition(|(_, person)| person.active);
    for (id, person) in active.into_iter().chain(inactive) {
        for (source, login) in &person.identities {
            if taken.insert((*source, login.to_lowercase())) {
                logins.push((id, *source, login.clone()));
            }
        }
    }
    (write.iter().map(|(id, _)| *id).collect(), logins)
}
