//! What every use case needs, in one handle that is cheap to clone.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tribometer_store::answer_writer::AnswerWriter;
use tribometer_store::{SchemaState, Store};

use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::jobs::Bell;
use crate::mail::Mailer;
use crate::secrets::{SecretKeyError, Secrets};
use crate::service::answering::Surveys;
use crate::service::{findings, key};

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
    /// The findings that were read last.
    pub findings: Arc<findings::Last>,
    /// Sends mails.
    pub mail: Mailer,
    /// Wakes the workers when something was queued.
    pub bell: Bell,
}

/// Why the program can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder can't be made.
    #[error("the data folder {} can't be made: {cause}", path.display())]
    DataFolder {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// A setting is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no secret key.
    #[error(transparent)]
    SecretKey(#[from] SecretKeyError),
    /// Another key made the links of an open wave: no link would open, and mails to come would
    /// carry dead ones.
    #[error("the secret key is not the one that the links of the open wave were made with")]
    OtherKey,
    /// The database can't be used.
    #[error(transparent)]
    Store(#[from] tribometer_store::Error),
    /// The database has another schema than this program.
    #[error("{0}")]
    Schema(SchemaState),
}

impl StartError {
    /// What to do about it, in a sentence.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::DataFolder { .. } => {
                Some("Set `data_dir` to a folder that this user may write to.")
            }
            Self::SecretKey(_) => Some(
                "Bring the key back from its backup: without it, links that were mailed no longer \
                 open and open drafts are lost.",
            ),
            Self::OtherKey => Some(
                "Give every replica the same key: copy the file secret.key, or set `secret_key`. \
                 After a loss, bring it back from its backup.",
            ),
            Self::Store(tribometer_store::Error::Unavailable(_)) => {
                Some("Check that the database runs and that the setting `database` is right.")
            }
            Self::Schema(state) => state.advice(),
            Self::Config(_) | Self::Store(_) => None,
        }
    }
}

impl App {
    /// Makes the data folder and the secret key where they are missing and connects to the
    /// database. An embedded database is brought up to date; a server's is only checked, because
    /// replicas of another version may be using it.
    pub async fn start(config: Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let app = Self::connect(config, clock).await?;
        if app.store.is_embedded() {
            app.migrate().await?;
        }
        match app.store.schema().await? {
            SchemaState::Current if key::fits(&app.store, &app.secrets).await? => Ok(app),
            SchemaState::Current => Err(StartError::OtherKey),
            other => Err(StartError::Schema(other)),
        }
    }

    /// As [`App::start`], whatever the schema is; for the commands that look after it.
    pub async fn connect(config: Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        make_private(&config.data_dir).map_err(|cause| StartError::DataFolder {
            path: config.data_dir.clone(),
            cause,
        })?;
        let secrets = config.secrets()?;
        let store = Store::connect(&config.database_url()?, config.database_timeout()).await?;
        Ok(Self {
            mail: Mailer::new(&config)?,
            bell: Bell::default(),
            config: Arc::new(config),
            clock,
            secrets,
            answers: AnswerWriter::start(store.clone()),
            surveys: Arc::default(),
            findings: Arc::default(),
            store,
        })
    }

    /// Brings the database up to date and returns the names of the migrations that were missing.
    /// Fails when a newer program has changed it.
    pub async fn migrate(&self) -> Result<Vec<String>, StartError> {
        let applied = self.store.migrate().await?;
        match self.store.schema().await? {
            SchemaState::Current => Ok(applied),
            other => Err(StartError::Schema(other)),
        }
    }

    /// The present instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

/// Makes a folder that nobody else may look into; one that is there stays as it is.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder)
}
