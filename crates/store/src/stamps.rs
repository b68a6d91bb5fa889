//! The instants that are stamped on what happens.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};

use super::Result;
use super::entity::{audit_entry, job, message, web_session};

/// The newest instant that is stamped on a look or change, a job, a mail or a sign-in; `None` as
/// long as nothing has happened.
pub async fn newest(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>> {
    let stamps = [
        max::<audit_entry::Entity>(db, audit_entry::Column::At).await?,
        max::<job::Entity>(db, job::Column::CreatedAt).await?,
        max::<message::Entity>(db, message::Column::CreatedAt).await?,
        max::<web_session::Entity>(db, web_session::Column::CreatedAt).await?,
    ];
    Ok(stamps.into_iter().flatten().max())
}

async fn max<E: EntityTrait>(
    db: &impl ConnectionTrait,
    column: E::Column,
) -> Result<Option<DateTime<Utc>>> {
    let max: Option<Option<DateTime<Utc>>> = E::find()
        .select_only()
        .expr(ExprTrait::max(Expr::col(column)))
        .into_tuple()
        .one(db)
        .await?;
    Ok(max.flatten())
}
