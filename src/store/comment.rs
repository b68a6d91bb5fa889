//! Comments: own words, kept apart from the response they came with, on purpose.

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, EntityTrait, Set};
use uuid::Uuid;

use super::{Result, entity::comment};

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
pub(super) async fn insert(db: &impl ConnectionTrait, comments: Vec<Comment>) -> Result<()> {
    if comments.is_empty() {
        return Ok(());
    }
    let rows = comments.into_iter().map(|comment| comment::ActiveModel {
        id: Set(comment.id),
        wave_id: Set(comment.wave),
        item_id: Set(comment.item),
        team_path: Set(comment.team_path),
        text: Set(comment.text),
        day: Set(comment.day),
    });
    comment::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
