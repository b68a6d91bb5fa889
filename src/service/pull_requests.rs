//! Pull requests: bringing pull_requests.csv in, all or nothing, and finding out whose they are.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;
use serde_json::json;
use tribometer_reports::files::{Problem, Rejected};
use tribometer_reports::pull_request::{Authors, Length, Phase, PullRequest};
use uuid::Uuid;

use super::audit::{self, Action};
use super::import::ImportError;
use super::progress::Progress;
use crate::App;
use crate::store::{self, person, pull_request};

/// Pull requests that are held in memory and written together.
const AT_ONCE: usize = 14_000;

/// What an import brought, or would bring.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Whether it was only tried.
    pub dry_run: bool,
    /// Rows of the file.
    pub rows: usize,
    pub created: u64,
    /// Pull requests that were there already.
    pub updated: u64,
    /// Rows about a pull request that an earlier row is about; the later row counts.
    pub repeated: usize,
    pub merged: usize,
    /// Rows whose author is a program; they are stored and left out of every figure.
    pub bots: usize,
    /// Rows whose author is a person of the directory.
    pub matched: usize,
    /// Rows whose author nobody knows.
    pub unmatched: usize,
    /// Authors whom nobody knows, the most frequent first.
    pub unmatched_authors: Vec<UnmatchedAuthor>,
    /// By phase, how many end before they begin; such a phase counts as unknown.
    pub negative: BTreeMap<Phase, usize>,
}

/// An author whom the directory does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnmatchedAuthor {
    pub author: String,
    pub pull_requests: usize,
}

/// Reads rows and, unless `dry_run`, stores them in one transaction.
pub async fn import(
    app: &App,
    rows: impl Iterator<Item = Result<PullRequest, Vec<Problem>>>,
    dry_run: bool,
    progress: Progress<'_>,
) -> Result<Summary, ImportError> {
    let transaction = app.store.begin().await?;
    let people = person::all(&transaction).await?;
    let authors = Authors::new(people.iter().map(|stored| (&stored.person, stored.id)));
    let before = pull_request::count(&transaction).await?;
    let mut summary = Summary {
        dry_run,
        ..Summary::default()
    };
    let mut unmatched = HashMap::new();
    let mut rejected = Rejected::default();
    let mut seen: HashMap<String, HashSet<u64>> = HashMap::new();
    // In order, so that the database finds the places of neighbors side by side.
    let mut chunk: BTreeMap<(String, u64), pull_request::PullRequest> = BTreeMap::new();
    for row in rows {
        let row = match row {
            Ok(row) => row,
            Err(problems) => {
                problems
                    .into_iter()
                    .for_each(|problem| rejected.push(problem));
                continue;
            }
        };
        if rejected.total > 0 {
            continue;
        }
        let person = summary.count(&row, &authors, &mut unmatched);
        if !mark_seen(&mut seen, &row) {
            summary.repeated += 1;
        }
        chunk.insert((row.repository.clone(), row.number), to_store(row, person));
        if chunk.len() == AT_ONCE {
            pull_request::put(&transaction, std::mem::take(&mut chunk).into_values()).await?;
            progress(summary.rows, 0);
        }
    }
    let mut summary = rejected.into_result(summary)?;
    pull_request::put(&transaction, chunk.into_values()).await?;
    progress(summary.rows, summary.rows);
    summary.created = pull_request::count(&transaction).await? - before;
    summary.updated = (summary.rows - summary.repeated) as u64 - summary.created;
    summary.unmatched_authors = most_frequent(unmatched);
    if !dry_run {
        let details = json!({ "created": summary.created, "updated": summary.updated });
        let action = Action::PullRequestsImported;
        audit::record_along(app, &transaction, None, action, "pull requests", details).await?;
        transaction.commit().await.map_err(store::Error::from)?;
    }
    Ok(summary)
}

/// Gives pull requests to people who were not in the directory when they came in; returns how many.
pub(super) async fn match_authors(transaction: &store::Transaction) -> store::Result<u64> {
    let unmatched = pull_request::unmatched_authors(transaction).await?;
    if unmatched.is_empty() {
        return Ok(0);
    }
    let people = person::all(transaction).await?;
    let authors = Authors::new(people.iter().map(|stored| (&stored.person, stored.id)));
    let known: Vec<(String, Uuid)> = unmatched
        .into_iter()
        .filter_map(|author| authors.find(&author).map(|person| (author, person)))
        .collect();
    pull_request::assign(transaction, &known).await
}

impl Summary {
    fn count(
        &mut self,
        row: &PullRequest,
        authors: &Authors<Uuid>,
        unmatched: &mut HashMap<String, usize>,
    ) -> Option<Uuid> {
        self.rows += 1;
        self.merged += usize::from(row.merged_at.is_some());
        for phase in Phase::ALL {
            if row.length(phase) == Length::Negative {
                *self.negative.entry(phase).or_default() += 1;
            }
        }
        if row.is_by_bot() {
            self.bots += 1;
            return None;
        }
        let person = authors.find(&row.author);
        if person.is_some() {
            self.matched += 1;
        } else {
            self.unmatched += 1;
            match unmatched.get_mut(&row.author) {
                Some(count) => *count += 1,
                None => {
                    unmatched.insert(row.author.clone(), 1);
                }
            }
        }
        person
    }
}

/// Whether the row is the first of the file about its pull request.
fn mark_seen(seen: &mut HashMap<String, HashSet<u64>>, row: &PullRequest) -> bool {
    match seen.get_mut(&row.repository) {
        Some(numbers) => numbers.insert(row.number),
        None => seen
            .entry(row.repository.clone())
            .or_default()
            .insert(row.number),
    }
}

fn most_frequent(unmatched: HashMap<String, usize>) -> Vec<UnmatchedAuthor> {
    let mut authors: Vec<UnmatchedAuthor> = unmatched
        .into_iter()
        .map(|(author, pull_requests)| UnmatchedAuthor {
            author,
            pull_requests,
        })
        .collect();
    authors.sort_by(|a, b| {
        b.pull_requests
            .cmp(&a.pull_requests)
            .then_with(|| a.author.cmp(&b.author))
    });
    authors
}

fn to_store(row: PullRequest, person: Option<Uuid>) -> pull_request::PullRequest {
    // The readers of files keep numbers within what the columns hold.
    let count = |value: Option<u32>| value.and_then(|value| i32::try_from(value).ok());
    pull_request::PullRequest {
        bot: row.is_by_bot(),
        repository: row.repository,
        number: row.number.cast_signed(),
        author: row.author,
        person,
        team: row.team.map(String::from),
        first_commit_at: row.first_commit_at,
        last_commit_at: row.last_commit_at,
        created_at: row.created_at,
        ready_at: row.ready_at,
        first_review_at: row.first_review_at,
        approved_at: row.approved_at,
        merged_at: row.merged_at,
        closed_at: row.closed_at,
        deployed_at: row.deployed_at,
        merged_by: row.merged_by,
        commits: count(row.commits),
        additions: count(row.additions),
        deletions: count(row.deletions),
        changed_files: count(row.changed_files),
        review_rounds: count(row.review_rounds),
    }
}
