//! A running program on a fresh database, with a clock that the test sets.

use std::ops::Deref;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use tokio::sync::OnceCell;
use tribometer::App;
use tribometer::clock::ManualClock;
use tribometer::config::Config;
use tribometer_store::{DatabaseUrl, Store};

/// Makes two tests of one function: `name::sqlite` and `name::postgres`.
///
/// ```ignore
/// both_databases! {
///     /// What is expected.
///     async fn name(app: &TestApp) { … }
/// }
/// ```
macro_rules! both_databases {
    ($($(#[$attribute:meta])* async fn $name:ident($app:ident: &TestApp) $body:block)+) => {$(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn test($app: &$crate::support::TestApp) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let app = $crate::support::TestApp::sqlite().await;
                test(&app).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let app = $crate::support::TestApp::postgres().await;
                test(&app).await;
                app.drop_database().await;
            }
        }
    )+};
}

/// Where the tests find a PostgreSQL server: `postgres://USER@HOST:PORT/postgres`, allowed to
/// create databases.
pub const POSTGRES: &str = "TRIBOMETER_TEST_POSTGRES";

/// How long tests wait for a connection.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// A program on a fresh, migrated database and in a fresh folder. Its clock stands at [`start`]
/// until the test moves it.
pub struct TestApp {
    app: App,
    /// The clock of the program.
    pub clock: Arc<ManualClock>,
    /// The folder; it goes when the test ends.
    pub folder: tempfile::TempDir,
    database: Option<String>,
}

impl Deref for TestApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

/// Where a test's clock stands at first: a Monday, 08:00 UTC, eight days before a second Tuesday of
/// a quarter.
pub fn start() -> DateTime<Utc> {
    "2026-10-05T08:00:00Z".parse().expect("an instant")
}

impl TestApp {
    /// On a fresh SQLite file.
    pub async fn sqlite() -> Self {
        Self::with(None, |_| {}).await
    }

    /// On a fresh database of the PostgreSQL server that the tests were given.
    pub async fn postgres() -> Self {
        Self::with(Some(fresh_postgres().await), |_| {}).await
    }

    /// With other settings.
    pub async fn with(database: Option<String>, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = Config {
            data_dir: folder.path().join("data"),
            ..Config::default()
        };
        config.database = database.clone().map(Into::into);
        change(&mut config);
        let clock = Arc::new(ManualClock::new(start()));
        let app = App::start(config, clock.clone())
            .await
            .expect("the program starts");
        Self {
            app,
            clock,
            folder,
            database,
        }
    }

    /// The program in a process of its own, on the same data.
    pub fn tribometer(&self) -> Command {
        let mut command = tribometer(self.folder.path());
        command.envs(self.database.iter().map(|url| ("TRIBOMETER_DATABASE", url)));
        command
    }

    /// Removes the database from the PostgreSQL server.
    pub async fn drop_database(self) {
        let Self { app, database, .. } = self;
        let Some(url) = database else { return };
        app.store.close().await.expect("connections close");
        drop_postgres(&url).await;
    }
}

/// Removes a database that [`fresh_postgres`] or [`empty_postgres`] made.
pub async fn drop_postgres(url: &str) {
    let name = url.rsplit('/').next().expect("a database name");
    server()
        .await
        .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
        .await
        .expect("a database goes");
}

/// The program itself, in a process of its own: its data in `folder`, no settings but the defaults.
pub fn tribometer(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tribometer"));
    command
        .env_clear()
        .env("TRIBOMETER_DATA_DIR", folder.join("data"))
        .current_dir(folder);
    command
}

/// The URL of a fresh PostgreSQL database with the current schema.
pub async fn fresh_postgres() -> String {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let template = TEMPLATE
        .get_or_init(|| async {
            let url = empty_postgres().await;
            let store = Store::connect(&DatabaseUrl::parse(&url).expect("a url"), TIMEOUT)
                .await
                .expect("a connection");
            store.migrate().await.expect("migrations");
            store.close().await.expect("connections close");
            url.rsplit('/').next().expect("a database name").to_owned()
        })
        .await;
    create_database(&format!(" TEMPLATE {template}")).await
}

/// The URL of a fresh PostgreSQL database without a schema.
pub async fn empty_postgres() -> String {
    create_database("").await
}

async fn create_database(options: &str) -> String {
    let name = format!("tribometer_{}", uuid::Uuid::now_v7().simple());
    server()
        .await
        .execute_unprepared(&format!("CREATE DATABASE {name}{options}"))
        .await
        .expect("a fresh database");
    let url = server_url();
    let (server, _) = url.rsplit_once('/').expect("a URL that ends in a database");
    format!("{server}/{name}")
}

fn server_url() -> String {
    std::env::var(POSTGRES).unwrap_or_else(|_| {
        panic!("this test needs a PostgreSQL server: run scripts/test, which starts one, or set {POSTGRES} to its URL")
    })
}

async fn server() -> DatabaseConnection {
    // A pool belongs to the runtime of the test that made it, so each caller gets its own.
    let mut options = ConnectOptions::new(server_url());
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options)
        .await
        .expect("the PostgreSQL server answers")
}

/// Waits until a condition holds and returns what it found; fails when it takes longer than a
/// minute.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looks = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    match tokio::time::timeout(Duration::from_secs(60), looks).await {
        Ok(found) => found,
        Err(_) => panic!("waited a minute in vain: {what}"),
    }
}
