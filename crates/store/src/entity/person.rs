//! Somebody of the directory.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The stable id of people.csv, the address when it has none.
    pub external_id: String,
    /// Lower case.
    pub email: String,
    pub name: Option<String>,
    pub team_id: Option<Uuid>,
    pub manager_id: Option<Uuid>,
    /// IANA name.
    pub timezone: Option<String>,
    /// BCP 47.
    pub locale: Option<String>,
    /// False for leavers, who are never deleted.
    pub active: bool,
    /// Attribute to value, both text.
    #[sea_orm(column_type = "JsonBinary")]
    pub attributes: Json,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
