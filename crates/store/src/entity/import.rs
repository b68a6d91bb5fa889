//! What was brought in, by whom, and how far it got.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub number: i64,
    /// The kind of its records: `ci-runs`.
    pub kind: String,
    pub source: String,
    pub file: Option<String>,
    /// None for the command line.
    pub account_id: Option<Uuid>,
    pub started_at: DateTimeUtc,
    /// Moves on while records are written.
    pub touched_at: DateTimeUtc,
    /// None while it is under way: its records do not count yet.
    pub finished_at: Option<DateTimeUtc>,
    pub rows_total: i64,
    pub rows_written: i64,
    /// What it brought, once it is finished.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub summary: Option<Json>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
