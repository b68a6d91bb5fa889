//! One person in one wave, as frozen at launch.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "participant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub wave_id: Uuid,
    /// Null after the person was erased.
    pub person_id: Option<Uuid>,
    /// Frozen; empty when the person had no team.
    pub team_path: String,
    /// Frozen.
    #[sea_orm(column_type = "JsonBinary")]
    pub attributes: Json,
    pub timezone: String,
    pub locale: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
