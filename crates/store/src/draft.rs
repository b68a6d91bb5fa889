//! Drafts: what somebody has filled in but not sent, sealed so that only the personal link opens
//! it.

use chrono::NaiveDate;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Set,
};
use uuid::Uuid;

use super::Result;
use super::entity::{draft, invitation};

/// A draft to be kept.
#[derive(Clone, Debug)]
pub struct Draft {
    pub invitation: Uuid,
    /// Encrypted under a key that only the link's token yields.
    pub sealed: Vec<u8>,
    pub day: NaiveDate,
}

/// Keeps these drafts in place of earlier ones of the same invitations; each invitation may occur
/// once.
pub(super) async fn save(db: &impl ConnectionTrait, drafts: Vec<Draft>) -> Result<()> {
    if drafts.is_empty() {
        return Ok(());
    }
    let rows = drafts.into_iter().map(|draft| draft::ActiveModel {
        invitation_id: Set(draft.invitation),
        sealed: Set(draft.sealed),
        day: Set(draft.day),
    });
    let replace = OnConflict::column(draft::Column::InvitationId)
        .update_columns([draft::Column::Sealed, draft::Column::Day])
        .to_owned();
    draft::Entity::insert_many(rows)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Deletes the drafts of these invitations.
pub(super) async fn delete(db: &impl ConnectionTrait, invitations: Vec<Uuid>) -> Result<()> {
    if !invitations.is_empty() {
        draft::Entity::delete_many()
            .filter(draft::Column::InvitationId.is_in(invitations))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Deletes all drafts of a wave, as closing it does; returns how many there were.
pub async fn delete_of_wave(db: &impl ConnectionTrait, wave: Uuid) -> Result<u64> {
    let of_wave = invitation::Entity::find()
        .select_only()
        .column(invitation::Column::Id)
        .filter(invitation::Column::WaveId.eq(wave))
        .into_query();
    let deleted = draft::Entity::delete_many()
        .filter(draft::Column::InvitationId.in_subquery(of_wave))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
