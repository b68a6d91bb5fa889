//! Pull requests: bringing pull_requests.csv in, and saying whose they are.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::json;
use tribometer_analytics::files::records::Records;
use tribometer_store::person;
use tribometer_surveys::telemetry::bots::Bots;
use tribometer_surveys::telemetry::pull_request::{Authors, Length, Phase, PullRequest};
use uuid::Uuid;

use super::import::ImportError;
use super::progress::Progress;
use super::records::{self, Upload};
use crate::App;

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

/// Compares pull requests of a file with what is stored and, unless `dry_run`, stores those that
/// are new or have changed.
pub async fn import(
    app: &App,
    upload: &Upload<'_>,
    read: &Records,
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
    for row in tribometer_analytics::files::records::pull_requests(read) {
        summary.count(&row, &authors, &app.config.bots, &mut unmatched);
    }
    summary.unmatched_authors = most_frequent(unmatched);
    let read = records::of_file(upload.kind, read)?;
    let compared = records::compare(app, upload, read, progress).await?;
    summary.repeated = compared.repeated;
    summary.created = compared.created;
    summary.updated = compared.updated + compared.unchanged;
    if !dry_run {
        let told = json!({ "created": summary.created, "updated": summary.updated });
        records::write(app, upload, compared, told, progress).await?;
    }
    Ok(summary)
}

impl Summary {
    fn count(
        &mut self,
        row: &PullRequest,
        authors: &Authors<Uuid>,
        bots: &Bots,
        unmatched: &mut HashMap<String, usize>,
    ) {
        self.rows += 1;
        self.merged += usize::from(row.merged_at.is_some());
        for phase in Phase::ALL {
            if row.length(phase) == Length::Negative {
                *self.negative.entry(phase).or_default() += 1;
            }
        }
        if row.is_by_bot(bots) {
            self.bots += 1;
            return;
        }
        if authors.find(&row.author).is_some() {
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
