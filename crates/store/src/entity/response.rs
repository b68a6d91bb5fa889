//! What one participant sent. Nothing leads from it to the invitation.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "response")]
pub struct Model {
    /// Random (v4): an order would betray people.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub wave_id: Uuid,
    /// HMAC of the person with the secret key in confidential programs, null in anonymous ones.
    pub pseudonym: Option<Vec<u8>>,
    pub team_path: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub attributes: Json,
    /// `tribometer_surveys::answer::Answers` without comments.
    #[sea_orm(column_type = "JsonBinary")]
    pub answers: Json,
    pub day: Date,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
