//! Pull requests: bringing pull_requests.csv in, all or nothing, and finding out whose they are.
//!
//! The file is read, matched and compared with what is stored before anything is written, so that
//! nobody who writes waits for that, and a second import of the same file writes nothing.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use tribometer_store::{person, pull_request};
use tribometer_surveys::telemetry::pull_request::{Authors, Length, Phase, PullRequest};
use uuid::Uuid;

use super::audit::{self, Action};
use super::import::ImportError;
use super::progress::Progress;
use crate::App;

/// Pull requests that are compared or written together.
const AT_ONCE: usize = 5_000;
/// How long an embedded database is left to others between two transactions: whoever waits for its
/// lock looks every 100 ms.
const TURN: Duration = Duration::from_millis(120);

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

/// Compares rows and, unless `dry_run`, stores them. While rows are compared nothing is locked.
///
/// All is written in one transaction, but into an embedded database, which knows one writer at a
/// time, in one for every [`AT_ONCE`] rows that are new or have changed: answers that arrive
/// meanwhile go in between. If the process dies between two of them, the same import again writes
/// the rest.
pub async fn import(
    app: &App,
    rows: impl Iterator<Item = PullRequest>,
    dry_run: bool,
    progress: Progress<'_>,
) -> Result<Summary, ImportError> {
    let people = person::all(app.store.reader()).await?;
    let authors = Authors::new(people.iter().map(|stored| (&stored.person, stored.id)));
    let mut summary = Summary {
        dry_run,
        ..Summary::default()
    };
    let mut unmatched = HashMap::new();
    let mut read = Vec::new();
    for row in rows {
        let person = summary.count(&row, &authors, &mut unmatched);
        read.push(to_store(row, person));
        if read.len().is_multiple_of(AT_ONCE) {
            progress(summary.rows, 0);
        }
    }
    summary.unmatched_authors = most_frequent(unmatched);
    summary.repeated = keep_last(&mut read);
    let (changed, existing) = compare(app, read).await?;
    summary.updated = existing;
    summary.created = (summary.rows - summary.repeated) as u64 - existing;
    if !dry_run {
        write(app, changed, &summary, progress).await?;
    }
    Ok(summary)
}

/// Sorts pull requests by repository and number, so that the database finds the places of neighbors
/// side by side, and keeps the last of several rows about one; returns how many went.
fn keep_last(rows: &mut Vec<pull_request::PullRequest>) -> usize {
    let before = rows.len();
    // The sort is stable: of equal ones the later row now comes first, and stays.
    rows.reverse();
    rows.sort_by(|a, b| key(a).cmp(&key(b)));
    rows.dedup_by(|next, kept| key(next) == key(kept));
    before - rows.len()
}

fn key(row: &pull_request::PullRequest) -> (&str, i64) {
    (&row.repository, row.number)
}

/// Of pull requests in order of repository and number, those that are not stored as they are, and
/// how many are stored in any way.
async fn compare(
    app: &App,
    rows: Vec<pull_request::PullRequest>,
) -> tribometer_store::Result<(Vec<pull_request::PullRequest>, u64)> {
    let (mut changed, mut existing) = (Vec::new(), 0);
    let mut rows = rows.into_iter();
    loop {
        let chunk: Vec<_> = rows.by_ref().take(AT_ONCE).collect();
        if chunk.is_empty() {
            return Ok((changed, existing));
        }
        let keys: Vec<(&str, i64)> = chunk.iter().map(key).collect();
        let mut stored = pull_request::find(app.store.reader(), &keys).await?;
        existing += stored.len() as u64;
        stored.sort_by(|a, b| key(a).cmp(&key(b)));
        let mut stored = stored.into_iter().peekable();
        changed.extend(chunk.into_iter().filter(|row| {
            let before = stored.next_if(|stored| key(stored) == key(row));
            before.as_ref() != Some(row)
        }));
    }
}

async fn write(
    app: &App,
    changed: Vec<pull_request::PullRequest>,
    summary: &Summary,
    progress: Progress<'_>,
) -> Result<(), ImportError> {
    let total = changed.len();
    let mut changed = changed.into_iter();
    let mut transaction = app.store.begin().await?;
    while changed.len() > 0 {
        pull_request::put(&transaction, changed.by_ref().take(AT_ONCE)).await?;
        if app.store.is_embedded() && changed.len() > 0 {
            transaction.commit().await?;
            progress(total - changed.len(), total);
            tokio::time::sleep(TURN).await;
            transaction = app.store.begin().await?;
        } else {
            progress(total - changed.len(), total);
        }
    }
    let details = json!({ "created": summary.created, "updated": summary.updated });
    let action = Action::PullRequestsImported;
    audit::record_along(app, &transaction, None, action, "pull requests", details).await?;
    transaction.commit().await?;
    Ok(())
}

/// Gives pull requests to people who were not in the directory when they came in; returns how many.
pub(super) async fn match_authors(
    transaction: &tribometer_store::Transaction,
) -> tribometer_store::Result<u64> {
    let unmatched = pull_request::unmatched_authors(transaction).await?;
    if unmatched.is_empty() {
        return Ok(0);
    }
    let people = person::all(transaction).await?;
    let authors = Authors::new(people.iter().map(|stored| (&stored.person, stored.id)));
    let matched: Vec<(String, Uuid)> = unmatched
        .into_iter()
        .filter_map(|author| authors.find(&author).map(|person| (author, person)))
        .collect();
    pull_request::assign(transaction, &matched).await
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
