//! Migrations on tables with rows in them: each seed of `tests/data/migrations` goes in after its
//! migration and must survive all later ones.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tribometer_migrations::{Migrator, MigratorTrait};
use tribometer_store::record::{self, Stored};
use tribometer_store::{DatabaseUrl, Store};
use tribometer_surveys::records::{Cell, PULL_REQUESTS};

use crate::support::{self, TIMEOUT};

/// Migrates step by step; after each step the rows of its seed go in and none of the earlier ones
/// may be missing.
async fn upgrade(url: DatabaseUrl) {
    let store = Store::connect(&url, TIMEOUT).await.expect("a connection");
    let mut rows = BTreeMap::<String, i64>::new();
    for migration in Migrator::migrations() {
        let name = migration.name();
        Migrator::up(store.writer(), Some(1))
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(count(&store, &rows).await, rows, "{name} lost rows");
        let path = format!("tests/data/migrations/{name}.sql");
        let seed = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{name} has no seed: {path}: {error}"));
        for table in inserted(&seed) {
            rows.insert(table, 2);
        }
        let seed = if store.is_embedded() {
            for_sqlite(&seed)
        } else {
            seed
        };
        store
            .writer()
            .execute_unprepared(&seed)
            .await
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(
            count(&store, &rows).await,
            rows,
            "{path} should bring two rows a table"
        );
    }
    assert_eq!(
        rows.keys().cloned().collect::<Vec<_>>(),
        tables(&store).await,
        "every table has a seed"
    );
    store
        .read_each_table()
        .await
        .expect("every entity reads the rows of its table");
    let mut pull_requests = Vec::new();
    let take = |stored: Stored| pull_requests.push(stored.record);
    let read = record::read(store.reader(), &PULL_REQUESTS, take).await;
    read.expect("records");
    let first = &pull_requests[0];
    assert_eq!(first.key, "example/ledger#1");
    let cell = |name: &str| {
        let mut columns = PULL_REQUESTS.columns.iter();
        let at = columns.position(|column| column.name == name);
        first.cells[at.expect("a column")].clone()
    };
    let eight: DateTime<Utc> = "2026-06-01T08:00:00Z".parse().expect("an instant");
    assert_eq!(
        cell("first_commit_at"),
        Cell::Whole(eight.timestamp_micros())
    );
    assert_eq!(cell("team"), Cell::Text("Engineering".to_owned()));
    assert_eq!(cell("additions"), Cell::Whole(i32::MAX.into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_survive_every_migration_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    upgrade(DatabaseUrl::Sqlite(folder.path().join("tribometer.db"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_survive_every_migration_on_postgres() {
    let url = support::empty_postgres().await;
    upgrade(DatabaseUrl::parse(&url).expect("a url")).await;
    support::drop_postgres(&url).await;
}

/// The tables that a seed fills.
fn inserted(seed: &str) -> Vec<String> {
    let statements = seed.split("INSERT INTO ").skip(1);
    statements
        .filter_map(|rest| rest.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

/// `uuid '0192-…'` and `bytea '\x…'` both become SQLite's `x'…'`.
fn for_sqlite(seed: &str) -> String {
    let mut text = String::new();
    let mut rest = seed;
    while let Some(at) = rest
        .find("uuid '")
        .into_iter()
        .chain(rest.find("bytea '\\x"))
        .min()
    {
        text.push_str(&rest[..at]);
        let (_, literal) = rest[at..].split_once('\'').expect("an opening quote");
        let (value, after) = literal.split_once('\'').expect("a closing quote");
        let digits = value.trim_start_matches("\\x").replace('-', "");
        text.push_str(&format!("x'{digits}'"));
        rest = after;
    }
    text + rest
}

/// How many rows the tables have that `of` names.
async fn count(store: &Store, of: &BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    let mut counted = BTreeMap::new();
    for table in of.keys() {
        let row = query(store, &format!("SELECT count(*) AS rows FROM {table}")).await;
        let rows = row[0].try_get("", "rows").expect("a number");
        counted.insert(table.clone(), rows);
    }
    counted
}

/// Every table but the one that says which migrations were applied.
async fn tables(store: &Store) -> Vec<String> {
    let sql = if store.is_embedded() {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    } else {
        "SELECT CAST(table_name AS text) AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY name"
    };
    let names = query(store, sql)
        .await
        .into_iter()
        .map(|row| row.try_get::<String>("", "name").expect("a name"));
    names.filter(|name| name != "seaql_migrations").collect()
}

async fn query(store: &Store, sql: &str) -> Vec<sea_orm::QueryResult> {
    let backend = if store.is_embedded() {
        DbBackend::Sqlite
    } else {
        DbBackend::Postgres
    };
    store
        .reader()
        .query_all_raw(Statement::from_string(backend, sql))
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

#[test]
fn seeds_are_put_into_sqlites_form() {
    assert_eq!(
        for_sqlite("(uuid '00-ff', bytea '\\xAB', 'uuid', NULL)"),
        "(x'00ff', x'AB', 'uuid', NULL)"
    );
    assert_eq!(
        inserted("INSERT INTO a (x) VALUES (1);\nINSERT INTO b VALUES (2);"),
        ["a", "b"]
    );
}
