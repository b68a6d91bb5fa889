//! The schema: applied once, however many replicas start together, and checked before anything uses it.

use tribometer::store::{DatabaseUrl, SchemaState, Store};

use crate::support;

async fn four_replicas(url: DatabaseUrl) {
    let replicas = (0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(async move {
            let store = Store::connect(&url).await.expect("a connection");
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
    let store = Store::connect(&url).await.expect("a connection");
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
