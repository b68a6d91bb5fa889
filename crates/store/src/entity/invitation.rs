//! What became of a participant's link. It only knows that it was used, never when.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "invitation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub participant_id: Uuid,
    pub wave_id: Uuid,
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// pending, invited or used.
    pub state: String,
    /// False after the person stopped them.
    pub reminders: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
