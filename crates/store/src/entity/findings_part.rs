//! What a closed wave shows, part by part.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "findings_part")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub wave_id: Uuid,
    /// A list of the document, by its key, or the head with everything else.
    #[sea_orm(primary_key, auto_increment = false)]
    pub part: String,
    /// As of the document.
    pub computed_at: DateTimeUtc,
    /// Its JSON.
    pub content: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
