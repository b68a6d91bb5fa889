//! Imports of records: what was brought in, by whom, and how far it got.

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;
use uuid::Uuid;

use super::entity::import;
use super::{Error, Result};

/// An import of records.
pub use super::entity::import::Model as Import;

/// What an import that begins is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewImport<'a> {
    /// `ci-runs`.
    pub kind: &'a str,
    pub source: &'a str,
    pub file: Option<&'a str>,
    /// None for the command line.
    pub account: Option<Uuid>,
    pub at: DateTime<Utc>,
    pub rows_total: i64,
}

/// Begins an import and returns its number.
pub async fn begin(connection: &impl ConnectionTrait, new: NewImport<'_>) -> Result<i64> {
    let row = import::ActiveModel {
        number: NotSet,
        kind: Set(new.kind.to_owned()),
        source: Set(new.source.to_owned()),
        file: Set(new.file.map(str::to_owned)),
        account_id: Set(new.account),
        started_at: Set(new.at),
        touched_at: Set(new.at),
        finished_at: Set(None),
        rows_total: Set(new.rows_total),
        rows_written: Set(0),
        summary: Set(None),
    };
    let inserted = import::Entity::insert(row).exec(connection).await?;
    Ok(inserted.last_insert_id)
}

/// Says how far an import got.
pub async fn touch(
    connection: &impl ConnectionTrait,
    number: i64,
    rows_written: i64,
    at: DateTime<Utc>,
) -> Result<()> {
    use import::Column;
    let updated = import::Entity::update_many()
        .col_expr(Column::RowsWritten, rows_written.into())
        .col_expr(Column::TouchedAt, at.into())
        .filter(Column::Number.eq(number))
        .exec(connection)
        .await?;
    still_there(number, updated.rows_affected)
}

/// From here on the records of an import count.
pub async fn finish(
    connection: &impl ConnectionTrait,
    number: i64,
    summary: Value,
    at: DateTime<Utc>,
) -> Result<()> {
    use import::Column;
    let updated = import::Entity::update_many()
        .col_expr(Column::FinishedAt, at.into())
        .col_expr(Column::TouchedAt, at.into())
        .col_expr(Column::Summary, summary.into())
        .filter(Column::Number.eq(number))
        .exec(connection)
        .await?;
    still_there(number, updated.rows_affected)
}

/// An import that stood still for long was taken for dead, and what it wrote is gone.
fn still_there(number: i64, updated: u64) -> Result<()> {
    if updated == 0 {
        return Err(Error::Conflict(format!(
            "import {number} stood still for so long that it was taken for dead; nothing of it is \
             stored, so run it again"
        )));
    }
    Ok(())
}

/// The last ones, the newest first.
pub async fn latest(connection: &impl ConnectionTrait, at_most: u64) -> Result<Vec<Import>> {
    let rows = import::Entity::find()
        .order_by_desc(import::Column::Number)
        .limit(at_most)
        .all(connection)
        .await?;
    Ok(rows)
}

/// Those that are not finished and have stood still since before an instant.
pub async fn dead(connection: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<Vec<Import>> {
    use import::Column;
    let rows = import::Entity::find()
        .filter(Column::FinishedAt.is_null())
        .filter(Column::TouchedAt.lt(before))
        .all(connection)
        .await?;
    Ok(rows)
}

/// Forgets an import whose records are gone.
pub async fn delete(connection: &impl ConnectionTrait, number: i64) -> Result<()> {
    import::Entity::delete_by_id(number)
        .exec(connection)
        .await?;
    Ok(())
}
