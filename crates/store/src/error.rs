//! What can go wrong in the database. Not found is an `Option`, not an error.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A unique key is taken, or a guarded change found that somebody else was first.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The database can't be reached, or stayed locked; trying again later may help.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Something stored can't be read back; nothing was changed.
    #[error("stored data can't be read: {0}")]
    Corrupt(String),
    /// Any other answer of the database.
    #[error("database: {0}")]
    Db(Box<dyn std::error::Error + Send + Sync>),
}

/// A store's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(what)) => return Error::Conflict(what),
            Some(SqlErr::ForeignKeyConstraintViolation(what)) => return Error::Conflict(what),
            _ => {}
        }
        match error {
            DbErr::ConnectionAcquire(cause) => Error::Unavailable(cause.to_string()),
            DbErr::Conn(cause) => Error::Unavailable(cause.to_string()),
            DbErr::Exec(RuntimeErr::Internal(cause))
            | DbErr::Query(RuntimeErr::Internal(cause)) => Error::Unavailable(cause),
            DbErr::Json(cause) | DbErr::Type(cause) => Error::Corrupt(cause),
            other => Error::Db(Box::new(other)),
        }
    }
}
