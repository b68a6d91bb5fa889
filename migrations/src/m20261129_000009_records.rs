//! What systems recorded, in a table a source, and the imports that brought it in.
//!
//! A row belongs to the import that wrote it and counts once that import is finished; of several
//! with the same source and key the one of the latest import counts. So an import of any size is
//! there as a whole or not at all, though it is written bit by bit. Instants are microseconds since
//! 1970, UTC.
//!
//! Pull requests have been in a table of their own form so far; they move over.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What a column of records holds.
#[derive(Clone, Copy)]
enum Cell {
    Text,
    /// An instant, or a number that may be large.
    Long,
    Number,
    Value,
}

use Cell::{Long, Number, Text, Value};

type Columns = &'static [(&'static str, Cell)];

const PULL_REQUEST: Columns = &[
    ("repository", Text),
    ("number", Long),
    ("author", Text),
    ("team", Text),
    ("first_commit_at", Long),
    ("last_commit_at", Long),
    ("created_at", Long),
    ("ready_at", Long),
    ("first_review_at", Long),
    ("approved_at", Long),
    ("merged_at", Long),
    ("closed_at", Long),
    ("deployed_at", Long),
    ("merged_by", Text),
    ("commits", Number),
    ("additions", Number),
    ("deletions", Number),
    ("changed_files", Number),
    ("review_rounds", Number),
    ("author_is_bot", Text),
    ("first_review_by", Text),
];

const CI_RUN: Columns = &[
    ("repository", Text),
    ("commit", Text),
    ("workflow", Text),
    ("started_at", Long),
    ("verdict", Text),
    ("finished_at", Long),
    ("attempt", Number),
    ("branch", Text),
    ("author", Text),
];

const DEPLOYMENT: Columns = &[
    ("service", Text),
    ("finished_at", Long),
    ("verdict", Text),
    ("environment", Text),
    ("commit", Text),
    ("team", Text),
];

const INCIDENT: Columns = &[
    ("id", Text),
    ("started_at", Long),
    ("service", Text),
    ("team", Text),
    ("detected_at", Long),
    ("resolved_at", Long),
    ("severity", Text),
    ("found_by", Text),
];

const SUPPORT_REQUEST: Columns = &[
    ("id", Text),
    ("opened_at", Long),
    ("type", Text),
    ("pillar", Text),
    ("team", Text),
    ("requester", Text),
    ("assigned_at", Long),
    ("first_response_at", Long),
    ("resolved_at", Long),
    ("tier", Text),
    ("escalated_at", Long),
    ("title", Text),
];

const REPORTED_METRIC: Columns = &[
    ("metric", Text),
    ("team", Text),
    ("period_start", Long),
    ("period_end", Long),
    ("value", Value),
    ("n", Number),
];

const METRIC_DEFINITION: Columns = &[("id", Text), ("definition", Text)];

const ACTION: Columns = &[
    ("pillar", Text),
    ("team", Text),
    ("start", Text),
    ("title", Text),
];

const TABLES: [(&str, Columns); 8] = [
    ("pull_request", PULL_REQUEST),
    ("ci_run", CI_RUN),
    ("deployment", DEPLOYMENT),
    ("incident", INCIDENT),
    ("support_request", SUPPORT_REQUEST),
    ("reported_metric", REPORTED_METRIC),
    ("metric_definition", METRIC_DEFINITION),
    ("action", ACTION),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(Import::Table)
                    .col(big_integer(Import::Number).primary_key().auto_increment())
                    .col(text(Import::Kind))
                    .col(text(Import::Source))
                    .col(text_null(Import::File))
                    // No reference: who brought it in stays known when the account goes.
                    .col(uuid_null(Import::AccountId))
                    .col(timestamp_with_time_zone(Import::StartedAt))
                    // Moves on while rows are written; one that stands still has died.
                    .col(timestamp_with_time_zone(Import::TouchedAt))
                    .col(timestamp_with_time_zone_null(Import::FinishedAt))
                    .col(big_integer(Import::RowsTotal))
                    .col(big_integer(Import::RowsWritten))
                    .col(json_binary_null(Import::Summary))
                    .to_owned(),
            )
            .await?;
        for name in ["ix_pull_request_merged_at", "ix_pull_request_person_id"] {
            let drop = Index::drop()
                .name(name)
                .table(PullRequest::Table)
                .to_owned();
            manager.drop_index(drop).await?;
        }
        let rename = Table::rename()
            .table(PullRequest::Table, PullRequest::Before)
            .to_owned();
        manager.rename_table(rename).await?;
        for (table, columns) in TABLES {
            manager.create_table(records(table, columns)).await?;
        }
        move_pull_requests(manager).await?;
        let drop = Table::drop().table(PullRequest::Before).to_owned();
        manager.drop_table(drop).await
    }
}

fn records(table: &'static str, columns: Columns) -> TableCreateStatement {
    let mut create = Table::create();
    create
        .table(table)
        .col(text("source"))
        .col(text("key"))
        .col(big_integer("import"))
        // Where in its file a row stood: files come back in their order.
        .col(big_integer("position"));
    for (name, cell) in columns {
        create.col(match cell {
            Text => text_null(*name),
            Long => big_integer_null(*name),
            Number => integer_null(*name),
            Value => double_null(*name),
        });
    }
    create.primary_key(Index::create().col("source").col("key").col("import"));
    create.to_owned()
}

/// Pull requests that are there become those of one import from a file.
async fn move_pull_requests(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    let backend = connection.get_database_backend();
    let (now, micros): (&str, fn(&str) -> String) = match backend {
        // The driver writes `2026-10-01T08:00:00.5+00:00`.
        DbBackend::Sqlite => ("strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now')", |column| {
            format!(
                "CAST(strftime('%s', {column}) AS INTEGER) * 1000000 + CASE \
                 WHEN instr({column}, '.') > 0 THEN CAST(substr(replace(substr({column}, \
                 instr({column}, '.') + 1), '+00:00', '') || '000000', 1, 6) AS INTEGER) ELSE 0 END"
            )
        }),
        _ => ("now()", |column| {
            format!("CAST(extract(epoch FROM {column}) * 1000000 AS bigint)")
        }),
    };
    connection
        .execute_unprepared(&format!(
            "INSERT INTO import (kind, source, started_at, touched_at, finished_at, rows_total, \
             rows_written) SELECT 'pull-requests', 'file', {now}, {now}, {now}, count(*), count(*) \
             FROM pull_request_before HAVING count(*) > 0"
        ))
        .await?;
    // The last two are new.
    let known = &PULL_REQUEST[..PULL_REQUEST.len() - 2];
    let names: Vec<String> = known
        .iter()
        .map(|(name, _)| format!("\"{name}\""))
        .collect();
    let cells = known.iter().map(|(name, _)| match *name {
        "team" => "team_path".to_owned(),
        name if name.ends_with("_at") => micros(name),
        name => name.to_owned(),
    });
    let cells: Vec<String> = cells.collect();
    connection
        .execute_unprepared(&format!(
            "INSERT INTO pull_request (source, \"key\", import, position, {}) \
             SELECT 'file', repository || '#' || number, (SELECT max(number) FROM import), \
             row_number() OVER (ORDER BY repository, number) - 1, {} FROM pull_request_before",
            names.join(", "),
            cells.join(", ")
        ))
        .await?;
    Ok(())
}

#[derive(DeriveIden)]
enum Import {
    Table,
    Number,
    Kind,
    Source,
    File,
    AccountId,
    StartedAt,
    TouchedAt,
    FinishedAt,
    RowsTotal,
    RowsWritten,
    Summary,
}

#[derive(DeriveIden)]
enum PullRequest {
    Table,
    #[sea_orm(iden = "pull_request_before")]
    Before,
}
