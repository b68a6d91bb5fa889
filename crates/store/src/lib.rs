//! The database. The only package that names `sea_orm`.
//!
//! It is for keeping and finding: [`Store`] connects, migrates and begins transactions, and each
//! noun has a module of free functions that take any connection, so that they work alone and inside
//! a transaction, and return plain structs. `entity` has one file per table; entities stay in here.
//!
//! It may know the domain, `tribometer_surveys`, and the schema, `tribometer_migrations`. It never
//! may know HTTP, mails or who is asking; the secret key, of whose tokens it sees only hashes; or
//! what findings mean, which it keeps as text.
//!
//! ```
//! use std::time::Duration;
//!
//! use tribometer_store::team::{self, Team};
//! use tribometer_store::{DatabaseUrl, SchemaState, Store};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let url = DatabaseUrl::Sqlite(folder.path().join("tribometer.db"));
//! let store = Store::connect(&url, Duration::from_secs(5)).await?;
//! assert!(matches!(store.schema().await?, SchemaState::Older(_)));
//!
//! store.migrate().await?;
//! assert_eq!(store.schema().await?, SchemaState::Current);
//!
//! let transaction = store.begin().await?;
//! let new = Team { id: uuid::Uuid::now_v7(), parent: None, path: "Engineering".parse()? };
//! team::insert(&transaction, &[new.clone()]).await?;
//! transaction.commit().await?;
//! assert_eq!(team::all(store.reader()).await?, [new]);
//! store.close().await?;
//! # Ok(())
//! # }
//! ```

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
pub mod import;
pub mod invitation;
pub mod job;
pub mod link;
pub mod message;
mod migrate;
pub mod participant;
pub mod participation;
pub mod person;
pub mod program;
pub mod record;
pub mod response;
pub mod sign_in_link;
pub mod stamps;
pub mod survey_version;
pub mod team;
mod transaction;
pub mod unlink;
pub mod wave;
pub mod web_session;

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    DatabaseConnection, DbBackend, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

pub use connect::DatabaseUrl;
pub use error::{Error, Result};
pub use migrate::SchemaState;
pub use transaction::Transaction;

/// A handle on the database, cheap to clone.
///
/// PostgreSQL has one pool. SQLite has a pool that reads and one connection that writes, so that
/// writers wait in this process, in order, instead of failing when the file is locked.
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
    /// Connects, without touching the schema. A PostgreSQL server that does not answer is waited
    /// for until the timeout, now and whenever a connection is needed.
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

    /// For single statements that change something; several that belong together go through
    /// [`Store::begin`].
    pub fn writer(&self) -> &DatabaseConnection {
        &self.inner.writer
    }

    /// Begins a transaction that may write; dropped without a commit it changes nothing.
    pub async fn begin(&self) -> Result<Transaction> {
        // SQLite takes its lock at once: a transaction that reads first and finds the file changed
        // when it writes would fail.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.inner.writer.begin_with_options(options).await?;
        Ok(Transaction::new(transaction))
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

    /// Reads some rows of every table; fails with the name of a table that has other columns than
    /// this program expects.
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
