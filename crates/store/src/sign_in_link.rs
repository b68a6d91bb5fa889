//! One-time links by which accounts sign in; only the hash of a link's token is stored.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use uuid::Uuid;

use super::Result;
use super::account::{self, Account};
use super::entity::sign_in_link;

/// A link that is handed out.
#[derive(Clone, Debug)]
pub struct SignInLink {
    pub id: Uuid,
    pub account: Uuid,
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    pub expires_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
}

/// Keeps a link.
pub async fn insert(db: &impl ConnectionTrait, link: &SignInLink) -> Result<()> {
    let row = sign_in_link::ActiveModel {
        id: Set(link.id),
        account_id: Set(link.account),
        token_hash: Set(link.token_hash.clone()),
        expires_at: Set(link.expires_at),
        used_at: Set(None),
        created_at: Set(link.created_at),
    };
    sign_in_link::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// How many links an account was given since this instant.
pub async fn count_since(
    db: &impl ConnectionTrait,
    account: Uuid,
    since: DateTime<Utc>,
) -> Result<u64> {
    let links = sign_in_link::Entity::find()
        .filter(sign_in_link::Column::AccountId.eq(account))
        .filter(sign_in_link::Column::CreatedAt.gt(since));
    Ok(links.count(db).await?)
}

/// The account that a link signs in, if it is neither used nor expired.
pub async fn usable(
    db: &impl ConnectionTrait,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Account>> {
    let found = sign_in_link::Entity::find()
        .filter(sign_in_link::Column::TokenHash.eq(token_hash))
        .filter(sign_in_link::Column::UsedAt.is_null())
        .filter(sign_in_link::Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    match found {
        Some(found) => account::by_id(db, found.account_id).await,
        None => Ok(None),
    }
}

/// Marks a link used; `false` if it is unknown, used or expired. Of two that try, one gets `true`.
pub async fn redeem(
    db: &impl ConnectionTrait,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<bool> {
    let marked = sign_in_link::Entity::update_many()
        .col_expr(sign_in_link::Column::UsedAt, Expr::value(now))
        .filter(sign_in_link::Column::TokenHash.eq(token_hash))
        .filter(sign_in_link::Column::UsedAt.is_null())
        .filter(sign_in_link::Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(marked.rows_affected == 1)
}

/// Lets an unused link end at another instant; `false` if it was used or is gone.
pub async fn extend(
    db: &impl ConnectionTrait,
    id: Uuid,
    expires_at: DateTime<Utc>,
) -> Result<bool> {
    let extended = sign_in_link::Entity::update_many()
        .col_expr(sign_in_link::Column::ExpiresAt, Expr::value(expires_at))
        .filter(sign_in_link::Column::Id.eq(id))
        .filter(sign_in_link::Column::UsedAt.is_null())
        .exec(db)
        .await?;
    Ok(extended.rows_affected == 1)
}

/// Deletes links that ended before this instant.
pub async fn delete_expired(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<u64> {
    let deleted = sign_in_link::Entity::delete_many()
        .filter(sign_in_link::Column::ExpiresAt.lt(before))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
