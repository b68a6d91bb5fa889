//! The outbox: a mail to send and what became of it. Bodies are rendered when sent and never
//! stored.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub dedup_key: String,
    /// invitation, reminder, sign_in or test.
    pub kind: String,
    pub wave_id: Option<Uuid>,
    pub invitation_id: Option<Uuid>,
    pub recipient: String,
    /// What the template needs beside the invitation; never a token.
    #[sea_orm(column_type = "JsonBinary")]
    pub parameters: Json,
    /// The mail's Message-ID, the same for every repeat.
    pub message_id: String,
    /// queued, leased, sent, failed or skipped.
    pub state: String,
    pub attempts: i32,
    pub next_attempt_at: DateTimeUtc,
    pub lease_until: Option<DateTimeUtc>,
    pub lease_owner: Option<String>,
    /// The mail server's words.
    pub last_error: Option<String>,
    pub sent_at: Option<DateTimeUtc>,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
