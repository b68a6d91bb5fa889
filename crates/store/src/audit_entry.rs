//! The audit log: who looked at what and who changed what.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, QuerySelect, Set};
use uuid::Uuid;

use super::Result;
use super::entity::audit_entry;

/// One line of the log.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    /// Who did it; `None` for the command line and the server itself.
    pub account: Option<Uuid>,
    /// `report.viewed`, `wave.closed` and the like.
    pub action: String,
    /// What it was done to: `wave 2026-Q4`.
    pub subject: String,
    /// What else matters; never answers, never tokens.
    pub details: serde_json::Value,
}

/// Writes a line.
pub async fn insert(db: &impl ConnectionTrait, entry: AuditEntry) -> Result<()> {
    let row = audit_entry::ActiveModel {
        id: Set(entry.id),
        at: Set(entry.at),
        account_id: Set(entry.account),
        action: Set(entry.action),
        subject: Set(entry.subject),
        details: Set(entry.details),
    };
    audit_entry::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The newest lines, the newest first.
pub async fn newest(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<AuditEntry>> {
    let rows = audit_entry::Entity::find()
        .order_by_desc(audit_entry::Column::At)
        .order_by_desc(audit_entry::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    let entries = rows.into_iter().map(|row| AuditEntry {
        id: row.id,
        at: row.at,
        account: row.account_id,
        action: row.action,
        subject: row.subject,
        details: row.details,
    });
    Ok(entries.collect())
}
