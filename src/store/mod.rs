//! The database. The only module that names `sea_orm`.
//!
//! `entity` has one file per table. The other files are one noun each: free functions that take any connection, so that they work alone
//! and inside a transaction, and return plain structs; entities stay in here.

pub mod account;
pub mod answer_writer;
pub mod audit_entry;
mod bulk;
pub mod comment;
mod connect;
pub mod draft;
mod entity;
mod error;
pub mod findings;
pub mod identity;
pub mod invitation;
pub mod job;
pub mod link;
pub mod message;
mod migrate;
pub mod participant;
pub mod participation;
pub mod person;
pub mod program;
pub mod pull_request;
pub mod response;
pub mod sign_in_link;
pub mod stamps;
pub mod survey_version;
pub mod team;
pub mod unlink;
pub mod wave;
pub mod web_session;

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

pub use connect::DatabaseUrl;
pub use error::{Error, Result};
pub use migrate::SchemaState;
/// Several changes that become one; dropped without a commit it changes nothing.
pub use sea_orm::DatabaseTransaction as Transaction;

/// A handle on the database, cheap to clone.
///
/// PostgreSQL has one pool. SQLite has a pool that reads and one connection that writes, so that writers wait in this process, in
/// order, instead of failing when the file is locked.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Connections>,
}

struct Connections {
    url: DatabaseUrl,
    reader: DatabaseConnection,
    writer: DatabaseConnection,
}

impl Store {
    /// Connects, without touching the schema. A PostgreSQL server that does not answer is waited for until the timeout, now and whenever
    /// a connection is needed.
    pub async fn connect(url: &DatabaseUrl, timeout: Duration) -> Result<Self> {
        let (reader, writer) = connect::open(url, timeout).await?;
        Ok(Self {
            inner: Arc::new(Connections {
                url: url.clone(),
                reader,
                writer,
            }),
        })
    }

    /// For queries that change nothing.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.inner.reader
    }

    /// For single statements that change something; several that belong together go through [`Store::begin`].
    pub fn writer(&self) -> &DatabaseConnection {
        &self.inner.writer
    }

    /// Begins a transaction that may write; dropped without a commit it changes nothing.
    pub async fn begin(&self) -> Result<DatabaseTransaction> {
        // SQLite takes its lock at once: a transaction that reads first and finds the file changed when it writes would fail.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.inner.writer.begin_with_options(options).await?)
    }

    /// Whether this is the embedded SQLite.
    pub fn is_embedded(&self) -> bool {
        self.inner.reader.get_database_backend() == DbBackend::Sqlite
    }

    /// Applies every migration that is missing. Replicas that start together wait for each other.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        migrate::run(&self.inner.url, &self.inner.writer).await
    }

    /// Compares the schema of the database with the one that this program was built for.
    pub async fn schema(&self) -> Result<SchemaState> {
        migrate::state(&self.inner.reader).await
    }

    /// Reads some rows of every table; fails with the name of a table that has other columns than this program expects.
    pub async fn read_each_table(&self) -> Result<()> {
        entity::read_each(&self.inner.reader).await
    }

    /// The kind and version of the database: `PostgreSQL 15.14`.
    pub async fn version(&self) -> Result<String> {
        connect::version(&self.inner.reader).await
    }

    /// The database's own clock, for comparing it with this machine's.
    pub async fn database_time(&self) -> Result<chrono::DateTime<chrono::Utc>> {
        connect::time(&self.inner.reader).await
    }

    /// Closes every connection, of all clones of this handle, after what is under way has ended.
    pub async fn close(&self) -> Result<()> {
        self.inner.reader.clone().close().await?;
        // The last connection to a SQLite file writes everything back into it.
        self.inner.writer.clone().close().await?;
        Ok(())
    }
}
