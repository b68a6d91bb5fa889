//! Programs: recurring surveys with their settings.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, Set,
};
use tribometer_surveys::program::Program as Settings;
use uuid::Uuid;

use super::entity::program;
use super::{Error, Result};

/// A program as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    pub id: Uuid,
    pub settings: Settings,
    /// While true, no wave is planned or opened by the clock.
    pub paused: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl TryFrom<program::Model> for Program {
    type Error = Error;

    fn try_from(row: program::Model) -> Result<Self> {
        let settings = serde_json::from_value(row.settings)
            .map_err(|cause| Error::Corrupt(format!("settings of program {}: {cause}", row.id)))?;
        Ok(Program {
            id: row.id,
            settings,
            paused: row.paused,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// All programs by name.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Program>> {
    let rows = program::Entity::find()
        .order_by_asc(program::Column::Name)
        .all(db)
        .await?;
    rows.into_iter().map(Program::try_from).collect()
}

/// The program with this id.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Program>> {
    let row = program::Entity::find_by_id(id).one(db).await?;
    row.map(Program::try_from).transpose()
}

/// The program with this id, locked until the transaction ends, so that its waves change one after
/// the other.
pub async fn lock(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Program>> {
    let row = program::Entity::find_by_id(id)
        .lock_exclusive()
        .one(db)
        .await?;
    row.map(Program::try_from).transpose()
}

/// The program with this name.
pub async fn by_name(db: &impl ConnectionTrait, name: &str) -> Result<Option<Program>> {
    let row = program::Entity::find()
        .filter(program::Column::Name.eq(name))
        .one(db)
        .await?;
    row.map(Program::try_from).transpose()
}

/// Stores a new program; a conflict if its name is taken.
pub async fn insert(db: &impl ConnectionTrait, program: &Program) -> Result<()> {
    let row = to_row(program)?.into_active_model();
    program::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Stores changed settings and the pause; a conflict if the new name is taken.
pub async fn update(db: &impl ConnectionTrait, program: &Program) -> Result<()> {
    let row = to_row(program)?;
    let row = program::ActiveModel {
        id: sea_orm::Unchanged(row.id),
        created_at: sea_orm::Unchanged(row.created_at),
        name: Set(row.name),
        survey_id: Set(row.survey_id),
        settings: Set(row.settings),
        paused: Set(row.paused),
        updated_at: Set(row.updated_at),
    };
    row.update(db).await?;
    Ok(())
}

fn to_row(program: &Program) -> Result<program::Model> {
    let settings = serde_json::to_value(&program.settings)
        .map_err(|cause| Error::Corrupt(format!("settings of program {}: {cause}", program.id)))?;
    Ok(program::Model {
        id: program.id,
        name: program.settings.name.clone(),
        survey_id: program.settings.survey.clone(),
        settings,
        paused: program.paused,
        created_at: program.created_at,
        updated_at: program.updated_at,
    })
}
