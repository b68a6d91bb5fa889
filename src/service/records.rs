//! Records of systems, reported metrics, definitions of metrics and actions: bringing their files
//! in, all or nothing.
//!
//! A file is read and compared with what is stored before anything is written, so that nobody who
//! writes waits for that, and a second import of the same file writes nothing. What has changed is
//! written bit by bit, between the writes of others, and counts from the moment when the import is
//! marked as finished: whatever ends it before leaves nothing that counts.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use serde::Serialize;
use serde_json::{Value, json};
use tribometer_analytics::files::records::Records;
use tribometer_analytics::input::ReportedMetric;
use tribometer_analytics::negative_times;
use tribometer_analytics::records::RecordRows;
use tribometer_analytics::tables::{LeftOut, Placing};
use tribometer_store::import::{self, NewImport};
use tribometer_store::{person, record};
use tribometer_surveys::person::Person;
use tribometer_surveys::records::{
    ACTION_ROWS, Cell, FROM_FILE, Kind, METRIC_DEFINITIONS, REPORTED_METRICS, Record,
};
use tribometer_surveys::telemetry::bots::Bots;
use tribometer_surveys::telemetry::metrics::{Metric, Source};
use uuid::Uuid;

use super::audit::{self, Action};
use super::import::ImportError;
use super::progress::Progress;
use super::{Error, Result};
use crate::App;

/// Records that are compared or written together.
const AT_ONCE: usize = 5_000;
/// How long an embedded database is left to others between two transactions: whoever waits for its
/// lock looks every 100 ms.
const TURN: Duration = Duration::from_millis(120);
/// An import that has stood still for so long has died.
const STANDSTILL: TimeDelta = TimeDelta::minutes(10);

/// What is brought in, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Upload<'a> {
    pub kind: &'a Kind,
    /// The file's name.
    pub file: Option<&'a str>,
    /// None for the command line.
    pub account: Option<Uuid>,
    /// Whether nobody else can be waiting for the database.
    pub is_alone: bool,
}

/// What an import brought, or would bring.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Whether it was only tried.
    pub dry_run: bool,
    /// The kind of records: `ci-runs`.
    pub kind: &'static str,
    /// Rows of the file.
    pub rows: usize,
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    /// Rows about a record that a later row is about, too; the later row counts.
    pub repeated: usize,
    /// Rows of no team that the directory knows; they count for the whole alone.
    pub without_team: usize,
    /// By metric, how many times end before they begin; such a time counts as unknown.
    pub negative: BTreeMap<String, u32>,
}

/// Compares the records of a file with what is stored and, unless `dry_run`, stores those that are
/// new or have changed.
pub async fn import(
    app: &App,
    upload: &Upload<'_>,
    source: Source,
    read: &Records,
    dry_run: bool,
    progress: Progress<'_>,
) -> Result<Summary, ImportError> {
    let people = person::all(app.store.reader()).await?;
    let people: Vec<Person> = people.into_iter().map(|stored| stored.person).collect();
    let (left_out, negative) = placed(source, read, &people, &app.config.bots)?;
    let read = of_file(upload.kind, read)?;
    Ok(Summary {
        without_team: left_out.without_team as usize,
        negative,
        ..import_records(app, upload, read, dry_run, progress).await?
    })
}

/// As [`import`], of what is no file of records.
pub async fn import_rows(
    app: &App,
    upload: &Upload<'_>,
    rows: Vec<Vec<Cell>>,
    dry_run: bool,
    progress: Progress<'_>,
) -> Result<Summary, ImportError> {
    let read = upload.kind.records(rows.into_iter());
    import_records(app, upload, read, dry_run, progress).await
}

async fn import_records(
    app: &App,
    upload: &Upload<'_>,
    read: (Vec<Record>, usize),
    dry_run: bool,
    progress: Progress<'_>,
) -> Result<Summary, ImportError> {
    let compared = compare(app, upload, read, progress).await?;
    let summary = compared.summary(upload.kind, dry_run);
    if !dry_run {
        let told = json!({
            "created": summary.created,
            "updated": summary.updated,
            "unchanged": summary.unchanged,
        });
        write(app, upload, compared, told, progress).await?;
    }
    Ok(summary)
}

/// What an analysis would leave out of a file.
fn placed(
    source: Source,
    read: &Records,
    people: &[Person],
    bots: &Bots,
) -> Result<(LeftOut, BTreeMap<String, u32>)> {
    let mut placing = Placing::new(Some(people), bots);
    let left_out = placing
        .add(source, read.frame.clone())
        .map_err(|cause| Error::Internal(format!("placing records: {cause}")))?;
    Ok((left_out, negative_times(&placing.finish(), &[])))
}

/// The records of a file, and how many of its rows a later one replaces.
pub(super) fn of_file(kind: &Kind, read: &Records) -> Result<(Vec<Record>, usize)> {
    let rows = tribometer_analytics::records::rows(&read.frame, kind.columns)
        .map_err(|cause| Error::Internal(format!("reading records: {cause}")))?;
    Ok(kind.records(rows))
}

/// Records beside what is stored.
pub(super) struct Compared {
    rows: usize,
    pub repeated: usize,
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    /// Those that are new or have changed.
    changed: Vec<Record>,
    /// The keys of those that have changed.
    replaced: Vec<String>,
}

impl Compared {
    fn summary(&self, kind: &Kind, dry_run: bool) -> Summary {
        Summary {
            dry_run,
            kind: kind.name,
            rows: self.rows,
            created: self.created,
            updated: self.updated,
            unchanged: self.unchanged,
            repeated: self.repeated,
            ..Summary::default()
        }
    }
}

/// Compares records, in order of their keys, with those that are stored. Nothing is locked.
pub(super) async fn compare(
    app: &App,
    upload: &Upload<'_>,
    (records, repeated): (Vec<Record>, usize),
    progress: Progress<'_>,
) -> Result<Compared> {
    let mut compared = Compared {
        rows: records.len() + repeated,
        repeated,
        created: 0,
        updated: 0,
        unchanged: 0,
        changed: Vec::new(),
        replaced: Vec::new(),
    };
    let mut records = records.into_iter();
    while records.len() > 0 {
        let chunk: Vec<Record> = records.by_ref().take(AT_ONCE).collect();
        let keys: Vec<&str> = chunk.iter().map(|record| record.key.as_str()).collect();
        let mut stored = record::find(app.store.reader(), upload.kind, FROM_FILE, &keys).await?;
        // As this program sorts texts, which a database may do in another way.
        stored.sort_by(|a, b| a.record.key.cmp(&b.record.key));
        let mut stored = stored.into_iter().peekable();
        for record in chunk {
            match stored.next_if(|stored| stored.record.key == record.key) {
                Some(stored) if stored.record.cells == record.cells => compared.unchanged += 1,
                Some(_) => {
                    compared.updated += 1;
                    compared.replaced.push(record.key.clone());
                    compared.changed.push(record);
                }
                None => {
                    compared.created += 1;
                    compared.changed.push(record);
                }
            }
        }
        progress(compared.rows - repeated - records.len(), 0);
    }
    Ok(compared)
}

/// Stores what has changed.
pub(super) async fn write(
    app: &App,
    upload: &Upload<'_>,
    compared: Compared,
    told: Value,
    progress: Progress<'_>,
) -> Result<()> {
    delete_dead(app).await?;
    let total = compared.changed.len();
    let new = NewImport {
        kind: upload.kind.name,
        source: FROM_FILE,
        file: upload.file,
        account: upload.account,
        at: app.now(),
        rows_total: total as i64,
    };
    let number = import::begin(app.store.writer(), new).await?;
    let mut changed = compared.changed.into_iter();
    while changed.len() > 0 {
        let some = changed.by_ref().take(AT_ONCE);
        let transaction = app.store.begin().await?;
        record::insert(&transaction, upload.kind, FROM_FILE, number, some).await?;
        let written = total - changed.len();
        import::touch(&transaction, number, written as i64, app.now()).await?;
        transaction.commit().await?;
        progress(written, total);
        let_others_write(app, changed.len() > 0 && !upload.is_alone).await;
    }
    let transaction = app.store.begin().await?;
    import::finish(&transaction, number, told.clone(), app.now()).await?;
    let (account, action) = (upload.account, Action::RecordsImported);
    audit::record_along(app, &transaction, account, action, upload.kind.name, told).await?;
    transaction.commit().await?;
    for keys in compared.replaced.chunks(AT_ONCE) {
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let db = app.store.writer();
        record::delete_replaced(db, upload.kind, FROM_FILE, number, &keys).await?;
        let_others_write(app, !upload.is_alone).await;
    }
    Ok(())
}

async fn let_others_write(app: &App, is_due: bool) {
    if is_due && app.store.is_embedded() {
        tokio::time::sleep(TURN).await;
    }
}

/// Deletes what imports wrote that ended before they were finished.
pub async fn delete_dead(app: &App) -> Result<u64> {
    let dead = import::dead(app.store.reader(), app.now() - STANDSTILL).await?;
    let mut deleted = 0;
    for dead in dead {
        let kinds = tribometer_surveys::records::ALL;
        if let Some(kind) = kinds.iter().find(|kind| kind.name == dead.kind) {
            loop {
                let some = record::delete_some(app.store.writer(), kind, dead.number).await?;
                deleted += some;
                if some == 0 {
                    break;
                }
                let_others_write(app, true).await;
            }
        }
        import::delete(app.store.writer(), dead.number).await?;
    }
    Ok(deleted)
}

/// The stored records of a source, to become a frame; none where there are none.
pub(super) async fn of_source(app: &App, source: Source) -> Result<Option<RecordRows>> {
    let kind = Kind::of(source);
    let (mut rows, mut wrong) = (RecordRows::new(kind.columns), None);
    record::read(app.store.reader(), &kind, |stored| {
        if let Err(message) = rows.push(stored.import, &stored.record) {
            wrong.get_or_insert_with(|| format!("{} {}: {message}", kind.table, stored.record.key));
        }
    })
    .await?;
    match wrong {
        Some(wrong) => Err(Error::Internal(format!("a record can't be read: {wrong}"))),
        None => Ok((!rows.is_empty()).then_some(rows)),
    }
}

/// The cells of all stored records of a kind, in the order of imports and of rows.
pub(super) async fn all(app: &App, kind: &Kind) -> Result<Vec<Vec<Cell>>> {
    let mut all = Vec::new();
    record::read(app.store.reader(), kind, |stored| all.push(stored)).await?;
    all.sort_by_key(|stored| (stored.import, stored.record.position));
    Ok(all.into_iter().map(|stored| stored.record.cells).collect())
}

/// The definitions of metrics that were brought in.
pub async fn definitions(app: &App) -> Result<Vec<Metric>> {
    let rows = all(app, &METRIC_DEFINITIONS).await?;
    let definition = |cells: &Vec<Cell>| match cells.as_slice() {
        [_, Cell::Text(json)] => serde_json::from_str(json).map_err(|cause| {
            Error::Internal(format!("a stored definition can't be read: {cause}"))
        }),
        _ => Err(Error::Internal("a stored definition is empty".to_owned())),
    };
    rows.iter().map(definition).collect()
}

/// What somebody else aggregated.
pub(super) async fn reported(app: &App) -> Result<Vec<ReportedMetric>> {
    let rows = all(app, &REPORTED_METRICS).await?;
    let reported = |cells: &Vec<Cell>| {
        let metric = tribometer_analytics::records::metric(cells);
        metric.ok_or_else(|| Error::Internal("a stored metric can't be read".to_owned()))
    };
    rows.iter().map(reported).collect()
}

/// What was done about pillars.
pub(super) async fn actions(app: &App) -> Result<Vec<tribometer_analytics::input::Action>> {
    Ok(tribometer_analytics::records::actions(
        &all(app, &ACTION_ROWS).await?,
    ))
}
