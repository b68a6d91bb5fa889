//! Findings: what a closed wave shows, after privacy, as one JSON document and as its parts.
//!
//! Readers take parts. The whole document stays beside them for programs of version 0.1.0, which
//! may run at the same time, know no parts and write none.

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::entity::{findings, findings_part};
use super::{Result, Transaction};

/// A part's name and its JSON.
pub type Part = (String, String);

/// Keeps a wave's document and its parts. The first ones stay: what has been released is never
/// computed anew. Returns whether these were the first.
pub async fn keep(
    transaction: &Transaction,
    wave: Uuid,
    document: String,
    parts: Vec<Part>,
    computed_at: DateTime<Utc>,
) -> Result<bool> {
    let row = findings::ActiveModel {
        wave_id: Set(wave),
        document: Set(document),
        computed_at: Set(computed_at),
    };
    let unchanged = OnConflict::column(findings::Column::WaveId)
        .do_nothing()
        .to_owned();
    let inserted = findings::Entity::insert(row)
        .on_conflict(unchanged)
        .exec_without_returning(transaction)
        .await?;
    if inserted == 0 {
        return Ok(false);
    }
    keep_parts(transaction, wave, parts, computed_at).await?;
    Ok(true)
}

/// Keeps the parts of a document that is there. Parts that are there stay: others have taken the
/// same document apart.
pub async fn keep_parts(
    transaction: &Transaction,
    wave: Uuid,
    parts: Vec<Part>,
    computed_at: DateTime<Utc>,
) -> Result<()> {
    let unchanged =
        OnConflict::columns([findings_part::Column::WaveId, findings_part::Column::Part])
            .do_nothing()
            .to_owned();
    // A statement each: a part may be a hundred megabytes.
    for (part, content) in parts {
        let row = findings_part::ActiveModel {
            wave_id: Set(wave),
            part: Set(part),
            computed_at: Set(computed_at),
            content: Set(content),
        };
        findings_part::Entity::insert(row)
            .on_conflict(unchanged.clone())
            .exec_without_returning(transaction)
            .await?;
    }
    Ok(())
}

/// Whether a wave has a document.
pub async fn is_there(connection: &impl ConnectionTrait, wave: Uuid) -> Result<bool> {
    let found: Option<Uuid> = findings::Entity::find_by_id(wave)
        .select_only()
        .column(findings::Column::WaveId)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(found.is_some())
}

/// When the findings were computed that a part is of, which tells them from any others of that
/// wave; none where there is no such part.
///
/// The document's own time lies behind the document, which SQLite would have to walk over.
pub async fn computed_at(
    connection: &impl ConnectionTrait,
    wave: Uuid,
    part: &str,
) -> Result<Option<DateTime<Utc>>> {
    let found = findings_part::Entity::find_by_id((wave, part.to_owned()))
        .select_only()
        .column(findings_part::Column::ComputedAt)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(found)
}

/// The parts of these names that a wave has; none as long as its document is not taken apart.
pub async fn parts(
    connection: &impl ConnectionTrait,
    wave: Uuid,
    names: &[&str],
) -> Result<Vec<Part>> {
    let rows = findings_part::Entity::find()
        .filter(findings_part::Column::WaveId.eq(wave))
        .filter(findings_part::Column::Part.is_in(names.iter().copied()))
        .all(connection)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.part, row.content))
        .collect())
}

/// A wave's whole document and when it was computed; none while it is open.
pub async fn document(
    connection: &impl ConnectionTrait,
    wave: Uuid,
) -> Result<Option<(String, DateTime<Utc>)>> {
    let row = findings::Entity::find_by_id(wave).one(connection).await?;
    Ok(row.map(|row| (row.document, row.computed_at)))
}
