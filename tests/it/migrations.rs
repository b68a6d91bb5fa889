//! The schema: applied once, however many replicas start together, and checked before anything uses
//! it.

use std::process::Stdio;

use tribometer_migrations::{Migrator, MigratorTrait};
use tribometer_store::{DatabaseUrl, SchemaState, Store};

use crate::support::{self, TIMEOUT};

async fn four_replicas(url: DatabaseUrl) {
    let replicas = (0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(async move {
            let store = Store::connect(&url, TIMEOUT).await.expect("a connection");
            store.migrate().await.expect("migrations")
        })
    });
    let mut applied = Vec::new();
    for replica in replicas.collect::<Vec<_>>() {
        applied.extend(replica.await.expect("a replica"));
    }
    applied.sort();
    let once = {
        let mut names = applied.clone();
        names.dedup();
        names
    };
    assert_eq!(applied, once, "each migration was applied by one replica");
    assert!(!applied.is_empty());
    let store = Store::connect(&url, TIMEOUT).await.expect("a connection");
    assert_eq!(
        store.schema().await.expect("a schema"),
        SchemaState::Current
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_together_do_not_race_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    four_replicas(DatabaseUrl::Sqlite(folder.path().join("a file?.db"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_together_do_not_race_on_postgres() {
    let url = support::empty_postgres().await;
    four_replicas(DatabaseUrl::parse(&url).expect("a url")).await;
    support::drop_postgres(&url).await;
}

/// Starts the program four times at once; each prints the migrations that it applied.
fn four_processes(variables: &[(&str, &str)]) {
    let folder = tempfile::tempdir().expect("a folder");
    let processes = (0..4).map(|_| {
        support::tribometer(folder.path())
            .arg("migrate")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts")
    });
    let mut applied = Vec::new();
    for process in processes.collect::<Vec<_>>() {
        let output = process.wait_with_output().expect("the program ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let names = String::from_utf8(output.stdout).expect("UTF-8");
        applied.extend(names.lines().map(str::to_owned));
    }
    let known: Vec<String> = Migrator::migrations()
        .iter()
        .map(|one| one.name().to_owned())
        .collect();
    assert_eq!(applied, known, "one process applied all, in their order");
}

#[test]
fn processes_that_start_together_do_not_race_on_sqlite() {
    four_processes(&[]);
}

#[tokio::test]
async fn processes_that_start_together_do_not_race_on_postgres() {
    let url = support::empty_postgres().await;
    four_processes(&[("TRIBOMETER_DATABASE", &url)]);
    support::drop_postgres(&url).await;
}

/// A migration that fails half-way leaves nothing of itself, and its lock does not stay.
async fn a_failure_half_way(url: DatabaseUrl) {
    use sea_orm::ConnectionTrait;
    let store = Store::connect(&url, TIMEOUT).await.expect("a connection");
    let obstacle = "CREATE TABLE identity (id integer)";
    store
        .writer()
        .execute_unprepared(obstacle)
        .await
        .expect("a table in the way");
    let error = store.migrate().await.expect_err("the name is taken");
    assert!(error.to_string().contains("identity"), "{error}");
    let team = store
        .writer()
        .execute_unprepared("SELECT id FROM team")
        .await;
    team.expect_err("the same migration makes the table `team`, before `identity`");
    store
        .writer()
        .execute_unprepared("DROP TABLE identity")
        .await
        .expect("a table less");
    assert_eq!(
        store.migrate().await.expect("migrations").len(),
        Migrator::migrations().len()
    );
    store.read_each_table().await.expect("every table is there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_migration_leaves_nothing_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    a_failure_half_way(DatabaseUrl::Sqlite(folder.path().join("tribometer.db"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_migration_leaves_nothing_on_postgres() {
    let url = support::empty_postgres().await;
    a_failure_half_way(DatabaseUrl::parse(&url).expect("a url")).await;
    support::drop_postgres(&url).await;
}

both_databases! {
    /// A database that a newer program has changed is left alone, with a sentence on what to do.
    async fn a_newer_schema_is_named(app: &TestApp) {
        use sea_orm::ConnectionTrait;
        app.store
            .writer()
            .execute_unprepared("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_later', 0)")
            .await
            .expect("a row");
        let state = app.store.schema().await.expect("a schema");
        assert_eq!(state, SchemaState::Newer(vec!["m20990101_000001_later".into()]));
        assert!(state.to_string().contains("newer version"));
    }

    /// A database that misses a migration is named too.
    async fn an_older_schema_is_named(app: &TestApp) {
        use sea_orm::ConnectionTrait;
        app.store
            .writer()
            .execute_unprepared("DELETE FROM seaql_migrations WHERE version LIKE '%_account'")
            .await
            .expect("a row less");
        let state = app.store.schema().await.expect("a schema");
        assert_eq!(state, SchemaState::Older(vec!["m20261123_000006_account".into()]));
        assert!(state.advice().expect("advice").contains("tribometer migrate"));
    }
}
