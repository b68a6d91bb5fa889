//! A survey as it was launched; a wave keeps its version for ever.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "survey_version")]
pub struct Model {
    /// Content hash of the survey.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub survey_id: String,
    pub title: String,
    /// The survey as JSON.
    pub definition: String,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
