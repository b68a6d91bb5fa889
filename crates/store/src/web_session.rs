//! Sessions of signed-in browsers; only the hash of the cookie's token is stored.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use super::Result;
use super::account::{self, Account};
use super::entity::web_session;

/// A session that begins.
#[derive(Clone, Debug)]
pub struct WebSession {
    pub id: Uuid,
    pub account: Uuid,
    /// SHA-256 of the cookie's token.
    pub token_hash: Vec<u8>,
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
}

/// Keeps a session.
pub async fn insert(db: &impl ConnectionTrait, session: &WebSession) -> Result<()> {
    let row = web_session::ActiveModel {
        id: Set(session.id),
        account_id: Set(session.account),
        token_hash: Set(session.token_hash.clone()),
        expires_at: Set(session.expires_at),
        created_at: Set(session.created_at),
    };
    web_session::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The account that is signed in by this session, if it has not expired.
pub async fn account(
    db: &impl ConnectionTrait,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Account>> {
    let found = web_session::Entity::find()
        .filter(web_session::Column::TokenHash.eq(token_hash))
        .filter(web_session::Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    match found {
        Some(found) => account::by_id(db, found.account_id).await,
        None => Ok(None),
    }
}

/// Ends a session.
pub async fn delete(db: &impl ConnectionTrait, token_hash: &[u8]) -> Result<()> {
    web_session::Entity::delete_many()
        .filter(web_session::Column::TokenHash.eq(token_hash))
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes sessions that ended before this instant.
pub async fn delete_expired(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64> {
    let deleted = web_session::Entity::delete_many()
        .filter(web_session::Column::ExpiresAt.lt(before))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
