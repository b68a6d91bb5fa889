//! Surveys as they were launched, by the hash of their content.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use tribometer_surveys::survey::Survey;

use super::entity::survey_version;
use super::{Error, Result};

/// Keeps a survey under its version. Keeping it again makes it the newest of its versions, and
/// changes nothing else.
pub async fn keep(db: &impl ConnectionTrait, survey: &Survey, now: DateTime<Utc>) -> Result<()> {
    let version = survey.version();
    let definition = serde_json::to_string(survey)
        .map_err(|cause| Error::Corrupt(format!("survey {version}: {cause}")))?;
    let row = survey_version::ActiveModel {
        id: Set(version.as_str().to_owned()),
        survey_id: Set(survey.id.clone()),
        title: Set(survey.title.clone()),
        definition: Set(definition),
        created_at: Set(now),
    };
    let is_kept = OnConflict::column(survey_version::Column::Id)
        .update_column(survey_version::Column::CreatedAt)
        .to_owned();
    survey_version::Entity::insert(row)
        .on_conflict(is_kept)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The survey with this version.
pub async fn find(db: &impl ConnectionTrait, version: &str) -> Result<Option<Survey>> {
    let row = survey_version::Entity::find_by_id(version).one(db).await?;
    row.map(read).transpose()
}

/// The version of a survey that was kept last.
pub async fn newest(db: &impl ConnectionTrait, survey_id: &str) -> Result<Option<Survey>> {
    let row = survey_version::Entity::find()
        .filter(survey_version::Column::SurveyId.eq(survey_id))
        .order_by_desc(survey_version::Column::CreatedAt)
        .one(db)
        .await?;
    row.map(read).transpose()
}

fn read(row: survey_version::Model) -> Result<Survey> {
    serde_json::from_str(&row.definition)
        .map_err(|cause| Error::Corrupt(format!("survey version {}: {cause}", row.id)))
}
