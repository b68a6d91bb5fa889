//! Findings: what a closed wave shows, after privacy, as one JSON document.

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};
use uuid::Uuid;

use super::Result;
use super::entity::findings;

/// Keeps a wave's document. The first one stays: what has been released is never computed anew.
/// Returns whether this was the first.
pub async fn keep(
    connection: &impl ConnectionTrait,
    wave: Uuid,
    document: String,
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
        .exec_without_returning(connection)
        .await?;
    Ok(inserted > 0)
}

/// When a wave's findings were computed, which tells them from any others of that wave; none while it is open.
pub async fn computed_at(
    connection: &impl ConnectionTrait,
    wave: Uuid,
) -> Result<Option<DateTime<Utc>>> {
    let found = findings::Entity::find_by_id(wave)
        .select_only()
        .column(findings::Column::ComputedAt)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(found)
}

/// A wave's document; none while it is open.
pub async fn find(connection: &impl ConnectionTrait, wave: Uuid) -> Result<Option<String>> {
    let row = findings::Entity::find_by_id(wave).one(connection).await?;
    Ok(row.map(|row| row.document))
}
