//! Taking away what the database itself remembers of the order in which a wave's answers came in.
//!
//! PostgreSQL keeps with every row the number of the transaction that wrote it, and places rows in
//! the order of their arrival; a response has both in common with the invitation that was marked
//! used beside it. SQLite keeps responses in the order of their random ids, but its log has every
//! commit's pages until it is emptied.

use sea_orm::{ConnectionTrait, DbBackend, Statement};
use uuid::Uuid;

use super::{Error, Result, Store};

/// Deleted and inserted by one statement, in an order that means nothing; the new rows have one
/// writing transaction in common.
const SHUFFLED: [&str; 2] = [
    "WITH old AS (DELETE FROM response WHERE wave_id = $1 RETURNING *) INSERT INTO response SELECT \
     * FROM old ORDER BY random()",
    "WITH old AS (DELETE FROM comment WHERE wave_id = $1 RETURNING *) INSERT INTO comment SELECT * \
     FROM old ORDER BY random()",
];
/// An invitation has mails that would go with it, so it is only written again.
const REWRITTEN: &str = "UPDATE invitation SET state = state WHERE wave_id = $1";
/// The old versions of all rows go, those of deleted drafts among them.
const VACUUM: &str = "VACUUM response, comment, invitation, draft";

/// Does it for a wave that is closed. Doing it again does no harm.
pub async fn shuffle(store: &Store, wave: Uuid) -> Result<()> {
    if store.is_embedded() {
        return empty_log(store).await;
    }
    let transaction = store.begin().await?;
    for sql in SHUFFLED.into_iter().chain([REWRITTEN]) {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [wave.into()]);
        transaction.execute_raw(statement).await?;
    }
    transaction.commit().await?;
    store.writer().execute_unprepared(VACUUM).await?;
    Ok(())
}

async fn empty_log(store: &Store) -> Result<()> {
    let checkpoint = Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(TRUNCATE)");
    let row = store.writer().query_one_raw(checkpoint).await?;
    let busy: i32 = match row {
        Some(row) => row.try_get_by_index(0)?,
        None => 0,
    };
    if busy == 0 {
        Ok(())
    } else {
        Err(Error::Unavailable(
            "the log of the database is being read; it is emptied later".into(),
        ))
    }
}
