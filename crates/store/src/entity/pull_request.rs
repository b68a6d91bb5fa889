//! A pull request with its stamps, as delivered.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pull_request")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub repository: String,
    pub number: i64,
    /// Login or address, as delivered.
    pub author: String,
    /// The author in the directory; null when nobody matches.
    pub person_id: Option<Uuid>,
    /// As delivered.
    pub team_path: Option<String>,
    pub bot: bool,
    pub first_commit_at: Option<DateTimeUtc>,
    pub last_commit_at: Option<DateTimeUtc>,
    pub created_at: Option<DateTimeUtc>,
    pub ready_at: Option<DateTimeUtc>,
    pub first_review_at: Option<DateTimeUtc>,
    pub approved_at: Option<DateTimeUtc>,
    pub merged_at: Option<DateTimeUtc>,
    pub closed_at: Option<DateTimeUtc>,
    pub deployed_at: Option<DateTimeUtc>,
    pub merged_by: Option<String>,
    pub commits: Option<i32>,
    pub additions: Option<i32>,
    pub deletions: Option<i32>,
    pub changed_files: Option<i32>,
    pub review_rounds: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
