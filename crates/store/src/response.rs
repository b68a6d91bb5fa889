//! Responses: what participants sent, with nothing that leads back to an invitation and no time
//! finer than a day.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use tribometer_surveys::answer::Answers;
use uuid::Uuid;

use super::entity::response;
use super::{Error, Result, bulk};

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
pub async fn insert(db: &impl ConnectionTrait, responses: Vec<Response>) -> Result<()> {
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
    bulk::insert(db, rows.collect::<Result<Vec<_>>>()?, None).await
}

/// All responses of a wave, in no order that means anything.
pub async fn of_wave(db: &impl ConnectionTrait, wave: Uuid) -> Result<Vec<Response>> {
    let rows = response::Entity::find()
        .filter(response::Column::WaveId.eq(wave))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let corrupt =
                |cause: serde_json::Error| Error::Corrupt(format!("response {}: {cause}", row.id));
            Ok(Response {
                id: row.id,
                wave: row.wave_id,
                pseudonym: row.pseudonym,
                team_path: row.team_path,
                attributes: serde_json::from_value(row.attributes).map_err(corrupt)?,
                answers: serde_json::from_value(row.answers).map_err(corrupt)?,
                day: row.day,
            })
        })
        .collect()
}

fn json(value: &impl serde::Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(value).map_err(|cause| Error::Corrupt(format!("a response: {cause}")))
}
