//! Writing many rows: few statements, each within what a database takes at once.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, Iterable};

use super::Result;

/// The parameters that one statement may have: SQLite takes 32,766, PostgreSQL 65,535.
pub(super) const PARAMETERS: usize = 32_000;

/// Inserts all rows; where `conflict` is given it says what happens to rows that are there already.
pub(super) async fn insert<A>(
    connection: &impl ConnectionTrait,
    rows: impl IntoIterator<Item = A>,
    conflict: Option<OnConflict>,
) -> Result<()>
where
    A: ActiveModelTrait,
{
    let mut rows = rows.into_iter();
    let at_once = PARAMETERS / <A::Entity as EntityTrait>::Column::iter().count();
    loop {
        let chunk: Vec<A> = rows.by_ref().take(at_once).collect();
        if chunk.is_empty() {
            return Ok(());
        }
        let insert = A::Entity::insert_many(chunk);
        let insert = match &conflict {
            Some(conflict) => insert.on_conflict(conflict.clone()),
            None => insert,
        };
        insert.exec_without_returning(connection).await?;
    }
}

/// Splits keys for `IN (…)`.
pub(super) fn chunks<T>(keys: &[T]) -> impl Iterator<Item = &[T]> {
    keys.chunks(PARAMETERS)
}
