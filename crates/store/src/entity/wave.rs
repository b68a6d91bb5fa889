//! One run of a program.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "wave")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub program_id: Uuid,
    /// `2026-Q4`.
    pub label: String,
    /// Null until launch.
    pub survey_version: Option<String>,
    /// scheduled, open or closed.
    pub state: String,
    /// The day of the invitations, in each participant's own zone.
    pub day: Date,
    pub opens_at: DateTimeUtc,
    pub closes_at: DateTimeUtc,
    pub opened_at: Option<DateTimeUtc>,
    pub closed_at: Option<DateTimeUtc>,
    pub minimum_group: i32,
    pub confidentiality: String,
    /// Null while the results are the leads' alone.
    pub released_at: Option<DateTimeUtc>,
    /// What the leads say is done about the results.
    pub we_did: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
