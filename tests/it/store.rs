//! What every part of the store relies on: durable, one writer at a time, errors that say what
//! happened.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use tribometer_store::{DatabaseUrl, Error, Store};

use crate::support::{self, TIMEOUT};

async fn number(connection: &impl ConnectionTrait, sql: &str) -> i64 {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection
        .query_one_raw(statement)
        .await
        .expect("a query")
        .expect("a row");
    row.try_get_by_index(0).expect("a number")
}

async fn pragma(connection: &DatabaseConnection, name: &str) -> String {
    let statement = Statement::from_string(
        connection.get_database_backend(),
        format!("SELECT CAST({name} AS text) FROM pragma_{name}"),
    );
    let row = connection
        .query_one_raw(statement)
        .await
        .expect("a query")
        .expect("a row");
    row.try_get_by_index(0).expect("a text")
}

#[tokio::test]
async fn sqlite_is_durable_and_keeps_its_references() {
    let app = support::TestApp::sqlite().await;
    for connection in [app.store.reader(), app.store.writer()] {
        assert_eq!(pragma(connection, "journal_mode").await, "wal");
        assert_eq!(pragma(connection, "synchronous").await, "2", "FULL");
        assert_eq!(pragma(connection, "foreign_keys").await, "1");
        assert_eq!(
            number(connection, "SELECT timeout FROM pragma_busy_timeout").await,
            10_000
        );
    }
}

#[tokio::test]
async fn a_new_sqlite_file_that_another_process_holds_is_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("new.db");
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let other = sea_orm::Database::connect(url).await.expect("a file");
    // The other one has not switched the file to WAL yet, and writes.
    let writing = "BEGIN IMMEDIATE; CREATE TABLE other (id integer)";
    other.execute_unprepared(writing).await.expect("a lock");

    let url = DatabaseUrl::Sqlite(path);
    let mut opening = std::pin::pin!(Store::connect(&url, TIMEOUT));
    if let Ok(opened) = tokio::time::timeout(Duration::from_millis(300), &mut opening).await {
        panic!("not while the other one writes: {:?}", opened.err());
    }
    other.execute_unprepared("COMMIT").await.expect("a commit");
    let store = opening.await.expect("a connection");
    assert_eq!(pragma(store.writer(), "journal_mode").await, "wal");
}

#[tokio::test]
async fn what_reads_sqlite_can_not_write_it() {
    let app = support::TestApp::sqlite().await;
    let written = app
        .store
        .reader()
        .execute_unprepared("INSERT INTO seaql_migrations VALUES ('x', 0)")
        .await;
    assert!(
        written
            .expect_err("no write")
            .to_string()
            .contains("readonly")
    );
}

both_databases! {
    /// Two programs on one database, each reading before it writes: none fails, and no step is
    /// lost.
    async fn writers_of_two_programs_wait_for_each_other(app: &TestApp) {
        const STEPS: i64 = 25;
        let url = app.config.database_url().expect("a url");
        app.store.writer().execute_unprepared("CREATE TABLE counter (value bigint)").await.expect("a table");
        app.store.writer().execute_unprepared("INSERT INTO counter VALUES (0)").await.expect("a row");
        let program = |url: DatabaseUrl| async move {
            let store = Store::connect(&url, TIMEOUT).await.expect("a connection");
            for _ in 0..STEPS {
                let transaction = store.begin().await.expect("a transaction");
                let read = if store.is_embedded() { "SELECT value FROM counter" } else { "SELECT value FROM counter FOR UPDATE" };
                let value = number(&transaction, read).await;
                let write = format!("UPDATE counter SET value = {}", value + 1);
                transaction.execute_unprepared(&write).await.expect("a write");
                transaction.commit().await.expect("a commit");
            }
        };
        let others = [tokio::spawn(program(url.clone())), tokio::spawn(program(url))];
        for other in others {
            other.await.expect("a program");
        }
        assert_eq!(number(app.store.reader(), "SELECT value FROM counter").await, 2 * STEPS);
    }

    /// A transaction that is dropped leaves nothing behind.
    async fn a_dropped_transaction_changes_nothing(app: &TestApp) {
        let transaction = app.store.begin().await.expect("a transaction");
        transaction.execute_unprepared("DELETE FROM seaql_migrations").await.expect("a deletion");
        drop(transaction);
        let left = app.store.begin().await.expect("the next transaction");
        assert!(number(&left, "SELECT count(*) FROM seaql_migrations").await > 0);
    }

    /// A key that is taken and a reference to nothing are conflicts.
    async fn broken_constraints_are_conflicts(app: &TestApp) {
        let version = "INSERT INTO survey_version (id, survey_id, title, definition, created_at) VALUES ('1', '', '', '', '2026-10-05 08:00:00+00:00')";
        app.store.writer().execute_unprepared(version).await.expect("a row");
        let wave = format!(
            "INSERT INTO wave (id, program_id, label, survey_version, state, day, opens_at, closes_at, minimum_group, confidentiality) VALUES ({id}, {id},
             '', NULL, '', '2026-10-05', '2026-10-05 08:00:00+00:00', '2026-10-05 08:00:00+00:00', 5, '')",
            id = if app.store.is_embedded() { "x'01926000000070008000000000000001'" } else { "'01926000-0000-7000-8000-000000000001'" }
        );
        for sql in [version, &wave] {
            let error = app.store.writer().execute_unprepared(sql).await.map_err(Error::from).expect_err("a conflict");
            assert!(matches!(error, Error::Conflict(_)), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_database_that_is_not_there_is_unavailable() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("an address");
    let url = DatabaseUrl::parse(&format!("postgres://nobody:hunter2@{free}/none")).expect("a url");
    let patience = Duration::from_millis(300);
    let error = Store::connect(&url, patience)
        .await
        .err()
        .expect("nobody listens");
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    assert!(!error.to_string().contains("hunter2"));

    let folder = tempfile::tempdir().expect("a folder");
    let file = DatabaseUrl::Sqlite(folder.path().join("no-such-folder").join("tribometer.db"));
    let error = Store::connect(&file, TIMEOUT)
        .await
        .err()
        .expect("no such folder");
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_said_to_be_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tribometer.db");
    std::fs::write(
        &path,
        "no database, though long enough to have a header of one hundred bytes".repeat(20),
    )
    .expect("a file");
    let error = Store::connect(&DatabaseUrl::Sqlite(path), TIMEOUT)
        .await
        .err()
        .expect("no database");
    assert!(error.to_string().contains("not a database"), "{error}");
}
