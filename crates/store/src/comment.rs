//! Comments: own words, kept apart from the response they came with, on purpose.

use chrono::NaiveDate;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use super::entity::comment;
use super::{Result, bulk};

/// A comment to be kept.
#[derive(Clone, Debug)]
pub struct Comment {
    /// Random, so that its order tells nothing.
    pub id: Uuid,
    pub wave: Uuid,
    /// `comment:<pillar>`, `comment`, or the id of a text item of the survey.
    pub item: String,
    pub team_path: String,
    pub text: String,
    pub day: NaiveDate,
}

/// Keeps these comments.
pub async fn insert(db: &impl ConnectionTrait, comments: Vec<Comment>) -> Result<()> {
    let rows = comments.into_iter().map(|comment| comment::ActiveModel {
        id: Set(comment.id),
        wave_id: Set(comment.wave),
        item_id: Set(comment.item),
        team_path: Set(comment.team_path),
        text: Set(comment.text),
        day: Set(comment.day),
    });
    bulk::insert(db, rows, None).await
}

/// All comments of a wave, in no order that means anything.
pub async fn of_wave(db: &impl ConnectionTrait, wave: Uuid) -> Result<Vec<Comment>> {
    let rows = comment::Entity::find()
        .filter(comment::Column::WaveId.eq(wave))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Comment {
            id: row.id,
            wave: row.wave_id,
            item: row.item_id,
            team_path: row.team_path,
            text: row.text,
            day: row.day,
        })
        .collect())
}
