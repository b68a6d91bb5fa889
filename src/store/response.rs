//! Responses: what participants sent, with nothing that leads back to an invitation and no time finer than a day.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, EntityTrait, Set};
use tribometer_surveys::answer::Answers;
use uuid::Uuid;

use super::{Error, Result, entity::response};

/// A response to be kept.
#[derive(Clone, Debug)]
pub struct Response {
    /// Random, so that its order tells nothing.
    pub id: Uuid,
    pub wave: Uuid,
    /// Links the waves of a person in confidential programs; nothing else can be told from it.
    pub pseudonym: Option<Vec<u8>>,
    pub team_path: String,
    pub attributes: BTreeMap<String, String>,
    /// Ratings, choices, picks and hours; no own words.
    pub answers: Answers,
    pub day: NaiveDate,
}

/// Keeps these responses.
pub(super) async fn insert(db: &impl ConnectionTrait, responses: Vec<Response>) -> Result<()> {
    if responses.is_empty() {
        return Ok(());
    }
    let rows = responses.into_iter().map(|response| {
        Ok(response::ActiveModel {
            id: Set(response.id),
            wave_id: Set(response.wave),
            pseudonym: Set(response.pseudonym),
            team_path: Set(response.team_path),
            attributes: Set(json(&response.attributes)?),
            answers: Set(json(&response.answers)?),
            day: Set(response.day),
        })
    });
    let rows: Vec<response::ActiveModel> = rows.collect::<Result<_>>()?;
    response::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

fn json(value: &impl serde::Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(value).map_err(|cause| Error::Corrupt(format!("a response: {cause}")))
}
