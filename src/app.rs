//! What every use case needs, in one handle that is cheap to clone.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::clock::Clock;
use crate::config::Config;
use crate::secrets::Secrets;
use crate::service::answering::Surveys;
use crate::store::Store;
use crate::store::answer_writer::AnswerWriter;

/// The running program: settings, clock, secret key, database.
#[derive(Clone)]
pub struct App {
    /// The settings.
    pub config: Arc<Config>,
    /// The clock; tests set it.
    pub clock: Arc<dyn Clock>,
    /// What is derived from the secret key.
    pub secrets: Secrets,
    /// The database.
    pub store: Store,
    /// Writes drafts and responses, many in one commit.
    pub answers: AnswerWriter,
    /// The surveys of the waves that are being answered.
    pub surveys: Arc<Surveys>,
}

impl App {
    /// Makes the data folder and the secret key where they are missing and connects to the database. An embedded database is brought up to date;
    /// a server's is only checked, because replicas of another version may be using it.
    pub async fn start(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let app = Self::connect(config, clock).await?;
        if app.store.is_embedded() {
            if let crate::store::SchemaState::Older(_) = app.store.schema().await? {
                app.store.migrate().await?;
            }
        }
        match app.store.schema().await?.advice() {
            Some(advice) => Err(anyhow::anyhow!(advice)),
            None => Ok(app),
        }
    }

    /// As [`App::start`], whatever the schema is; for the commands that look after it.
    pub async fn connect(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&config.data_dir).map_err(|cause| {
            anyhow::anyhow!("the data folder {}: {cause}", config.data_dir.display())
        })?;
        let secrets = config.secrets()?;
        let store = Store::connect(&config.database_url()?).await?;
        Ok(Self {
            config: Arc::new(config),
            clock,
            secrets,
            answers: AnswerWriter::start(store.clone()),
            surveys: Arc::default(),
            store,
        })
    }

    /// The present instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}
