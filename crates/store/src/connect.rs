//! Opening a SQLite file or a PostgreSQL server.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, RuntimeErr, Statement,
};

use super::{Error, Result};

/// How long a SQLite writer waits for another process that holds the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Readers of a SQLite file; each is a thread.
const SQLITE_READERS: u32 = 4;
/// Connections to PostgreSQL per replica.
const POSTGRES_CONNECTIONS: u32 = 16;

/// Where the data lies. Printing it hides a password.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// One file, made when it is missing.
    Sqlite(PathBuf),
    /// `postgres://user:password@host:port/database`.
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads `sqlite:PATH`, `sqlite://PATH` or a `postgres://` URL.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let text = text.trim();
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        match text
            .strip_prefix("sqlite://")
            .or_else(|| text.strip_prefix("sqlite:"))
        {
            Some(path) if !path.is_empty() && !path.contains('?') => {
                Ok(Self::Sqlite(PathBuf::from(path)))
            }
            _ => Err(format!(
                "{text:?} is neither sqlite:PATH nor postgres://USER@HOST/DATABASE"
            )),
        }
    }

    /// The file of an embedded database.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }
}

impl std::fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => match (url.split_once("://"), url.rsplit_once('@')) {
                (Some((scheme, _)), Some((_, place))) => write!(f, "{scheme}://{place}"),
                _ => f.write_str(url),
            },
        }
    }
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// Opens the connections that read and those that write; for PostgreSQL they are the same pool.
pub(super) async fn open(
    url: &DatabaseUrl,
    timeout: Duration,
) -> Result<(DatabaseConnection, DatabaseConnection)> {
    match url {
        DatabaseUrl::Postgres(text) => {
            let mut options = ConnectOptions::new(text.clone());
            options
                .max_connections(POSTGRES_CONNECTIONS)
                .acquire_timeout(timeout)
                .sqlx_logging(false);
            let pool = Database::connect(options).await?;
            Ok((pool.clone(), pool))
        }
        DatabaseUrl::Sqlite(path) => {
            // The writer goes first: it makes the file and switches it to WAL.
            let writer = connect_when_free(sqlite_options(path, 1, "off")).await?;
            let reader = Database::connect(sqlite_options(path, SQLITE_READERS, "on")).await?;
            Ok((reader, writer))
        }
    }
}

/// Connects to a SQLite file, waiting while another process holds it.
///
/// The switch to WAL is the one statement for which SQLite's own waiting does not work: it begins
/// as a read, and a read that becomes a write while another process writes fails at once.
async fn connect_when_free(options: ConnectOptions) -> Result<DatabaseConnection, DbErr> {
    let start = Instant::now();
    loop {
        match Database::connect(options.clone()).await {
            Err(error) if is_busy(&error) && start.elapsed() < BUSY_TIMEOUT => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            connected => return connected,
        }
    }
}

fn is_busy(error: &DbErr) -> bool {
    let DbErr::Conn(RuntimeErr::SqlxError(cause)) = error else {
        return false;
    };
    // The lowest byte of SQLite's extended codes is the code: 5 is SQLITE_BUSY.
    cause
        .as_database_error()
        .and_then(|cause| cause.code()?.parse::<i32>().ok())
        .is_some_and(|code| code & 0xff == 5)
}

fn sqlite_options(path: &Path, connections: u32, query_only: &'static str) -> ConnectOptions {
    // The path itself is set below: in a URL its special characters would have to be escaped.
    let mut options = ConnectOptions::new("sqlite::memory:");
    let path = path.to_owned();
    options
        .max_connections(connections)
        .min_connections(1)
        .idle_timeout(Duration::from_secs(3600))
        .acquire_timeout(Duration::from_secs(60))
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            options
                .in_memory(false)
                .shared_cache(false)
                .filename(&path)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(BUSY_TIMEOUT)
                .pragma("cache_size", "-65536")
                .pragma("temp_store", "memory")
                // What is deleted is overwritten, not only forgotten: drafts above all.
                .pragma("secure_delete", "on")
                .pragma("query_only", query_only)
        });
    options
}

/// Asks the database which one it is.
pub(super) async fn version(connection: &DatabaseConnection) -> Result<String> {
    let backend = connection.get_database_backend();
    let query = match backend {
        sea_orm::DbBackend::Sqlite => "SELECT 'SQLite ' || sqlite_version() AS version",
        _ => "SELECT 'PostgreSQL ' || current_setting('server_version') AS version",
    };
    let row = connection
        .query_one_raw(Statement::from_string(backend, query))
        .await?;
    row.ok_or_else(|| Error::Corrupt("the database told no version".into()))?
        .try_get("", "version")
        .map_err(Error::from)
}

/// Asks the database what time it is.
pub(super) async fn time(connection: &DatabaseConnection) -> Result<DateTime<Utc>> {
    let backend = connection.get_database_backend();
    let query = match backend {
        sea_orm::DbBackend::Sqlite => {
            "SELECT CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER) AS micros"
        }
        _ => "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) AS micros",
    };
    let row = connection
        .query_one_raw(Statement::from_string(backend, query))
        .await?;
    let micros: i64 = row
        .ok_or_else(|| Error::Corrupt("the database told no time".into()))?
        .try_get("", "micros")?;
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| Error::Corrupt(format!("the database's time is {micros} µs")))
}
