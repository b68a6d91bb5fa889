//! Applying migrations, once, however many replicas start together.

use std::fs::File;
use std::path::Path;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use tribometer_migrations::{Migrator, MigratorTrait};

use super::{DatabaseUrl, Error, Result};

/// Any number does, as long as every version of this program uses the same.
const LOCK: i64 = 0x0074_7269_626f_6d65;

/// How the schema in the database compares with the one that this program knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// They are the same.
    Current,
    /// These migrations are missing, oldest first; `tribometer migrate` applies them.
    Older(Vec<String>),
    /// A newer version of the program has changed the database; these migrations are unknown to
    /// this one.
    Newer(Vec<String>),
}

impl SchemaState {
    /// What to do about it, in a sentence; nothing when the schema is current.
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Current => None,
            Self::Older(_) => Some("Make a backup, then run `tribometer migrate`."),
            Self::Newer(_) => {
                Some("Run the newer version, or restore a backup from before the upgrade.")
            }
        }
    }
}

impl std::fmt::Display for SchemaState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Current => f.write_str("the database has the schema of this program"),
            Self::Older(missing) => write!(
                f,
                "the database is older than this program: it misses {}",
                missing.join(", ")
            ),
            Self::Newer(unknown) => write!(
                f,
                "the database was changed by a newer version of Tribometer: it has {}",
                unknown.join(", ")
            ),
        }
    }
}

/// Compares without changing anything.
pub(super) async fn state(connection: &DatabaseConnection) -> Result<SchemaState> {
    let known: Vec<String> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    let applied = applied(connection).await?;
    let unknown: Vec<String> = applied
        .iter()
        .filter(|name| !known.contains(name))
        .cloned()
        .collect();
    if !unknown.is_empty() {
        return Ok(SchemaState::Newer(unknown));
    }
    let missing: Vec<String> = known
        .into_iter()
        .filter(|name| !applied.contains(name))
        .collect();
    Ok(if missing.is_empty() {
        SchemaState::Current
    } else {
        SchemaState::Older(missing)
    })
}

async fn applied(connection: &impl ConnectionTrait) -> Result<Vec<String>> {
    let backend = connection.get_database_backend();
    let exists = match backend {
        sea_orm::DbBackend::Sqlite => {
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'"
        }
        _ => {
            "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND \
             table_name = 'seaql_migrations'"
        }
    };
    if connection
        .query_one_raw(Statement::from_string(backend, exists))
        .await?
        .is_none()
    {
        return Ok(Vec::new());
    }
    let rows = connection
        .query_all_raw(Statement::from_string(
            backend,
            "SELECT version FROM seaql_migrations ORDER BY version",
        ))
        .await?;
    rows.iter()
        .map(|row| row.try_get("", "version").map_err(Error::from))
        .collect()
}

/// Applies what is missing and returns the names of what was applied.
pub(super) async fn run(url: &DatabaseUrl, writer: &DatabaseConnection) -> Result<Vec<String>> {
    match url {
        DatabaseUrl::Postgres(url) => run_postgres(url).await,
        DatabaseUrl::Sqlite(path) => run_sqlite(path, writer).await,
    }
}

async fn run_postgres(url: &str) -> Result<Vec<String>> {
    // An advisory lock belongs to a connection, so lock, migrations and unlock must share one.
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .sqlx_logging(false);
    let connection = Database::connect(options).await?;
    let lock = |function: &str| {
        Statement::from_sql_and_values(
            sea_orm::DbBackend::Postgres,
            format!("SELECT {function}($1)"),
            [LOCK.into()],
        )
    };
    connection.query_one_raw(lock("pg_advisory_lock")).await?;
    let applied = up(&connection).await?;
    // Where this is not reached, the lock goes with the connection.
    connection.query_one_raw(lock("pg_advisory_unlock")).await?;
    connection.close().await?;
    Ok(applied)
}

async fn up(connection: &DatabaseConnection) -> Result<Vec<String>> {
    let SchemaState::Older(missing) = state(connection).await? else {
        return Ok(Vec::new());
    };
    Migrator::up(connection, None).await?;
    Ok(missing)
}

async fn run_sqlite(path: &Path, writer: &DatabaseConnection) -> Result<Vec<String>> {
    let lock_path = path.with_extension("migrating");
    // The file is locked by the operating system, so that a process that dies leaves no lock
    // behind. Waiting for it blocks a thread.
    let lock = tokio::task::spawn_blocking(move || {
        let file = File::create(&lock_path)?;
        file.lock().map(|()| file)
    })
    .await
    .map_err(|cause| Error::Unavailable(cause.to_string()))?
    .map_err(|cause| {
        Error::Unavailable(format!(
            "{} can't be locked for the migration: {cause}",
            path.display()
        ))
    })?;
    let result = up(writer).await;
    drop(lock);
    result
}
