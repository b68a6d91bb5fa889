//! The command line: one file per subcommand. Data goes to stdout, everything else to stderr.

mod account;
mod analyze;
mod completions;
mod demo;
mod doctor;
mod export;
mod formats;
mod import;
mod mail;
mod man;
mod migrate;
mod output;
mod plan;
mod program;
mod progress;
pub mod reference;
mod serve;
mod survey;
mod table;
mod wave;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use tribometer_store::DatabaseUrl;

use crate::App;
use crate::app::StartError;
use crate::clock::SystemClock;
use crate::config::Config;

/// Developer-experience surveys joined with what the systems know.
#[derive(Parser)]
#[command(name = "tribometer", version, about, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(clap::Args)]
struct Settings {
    /// The settings file; tribometer.toml in the working directory unless named
    #[arg(long, global = true, env = "TRIBOMETER_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Import(import::Import),
    Export(export::Export),
    Survey(survey::Survey),
    Account(account::Account),
    Analyze(Box<analyze::Analyze>),
    Plan(plan::Plan),
    Program(program::Program),
    Wave(wave::Wave),
    Mail(mail::Mail),
    Migrate(migrate::Migrate),
    Doctor(doctor::Doctor),
    Completions(completions::Completions),
    Man(man::Man),
}

/// Runs the program.
pub fn main() -> ExitCode {
    // Whoever speaks TLS finds one provider. It can only have been installed before, by a test.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // clap ends the process by itself with 2 on wrong usage.
    let cli = Cli::parse();
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            if let Some(hint) = hint(&error) {
                eprintln!("hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}

/// A failure with a way on, printed as `error:` and `hint:`.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct Failure {
    problem: String,
    hint: String,
}

impl Failure {
    /// `problem` says what is wrong and where, `hint` what to do about it.
    pub fn new(problem: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            hint: hint.into(),
        }
    }
}

/// What to do about an error, if it or one of its causes knows.
fn hint(error: &anyhow::Error) -> Option<&str> {
    error.chain().find_map(|cause| {
        let failure = cause
            .downcast_ref()
            .map(|Failure { hint, .. }| hint.as_str());
        failure.or_else(|| cause.downcast_ref().and_then(StartError::hint))
    })
}

impl Cli {
    fn run(self) -> anyhow::Result<()> {
        let settings = self.settings;
        match self.command {
            Command::Demo(command) => block_on(command.run()),
            Command::Serve(command) => {
                block_on(async { command.run(settings.start().await?).await })
            }
            Command::Import(command) => block_on(async {
                let open = settings.open(command.is_reading()).await?;
                command.run(&open.app).await
            }),
            Command::Export(command) => block_on(async {
                let open = settings.open(true).await?;
                command.run(&open.app).await
            }),
            Command::Survey(command) => command.run(),
            Command::Account(command) => block_on(async {
                let open = settings.open(command.is_reading()).await?;
                command.run(&open.app).await
            }),
            Command::Analyze(command) => command.run(),
            Command::Plan(command) if command.is_of_files() => command.run_of_files(),
            Command::Plan(command) => block_on(async {
                let open = settings.open(true).await?;
                command.run(&open.app).await
            }),
            Command::Program(command) => block_on(async {
                let open = settings.open(command.is_reading()).await?;
                command.run(&open.app).await
            }),
            Command::Wave(command) => block_on(async {
                let open = settings.open(command.is_reading()).await?;
                command.run(&open.app).await
            }),
            Command::Mail(command) => block_on(async {
                let open = settings.open(command.is_reading()).await?;
                command.run(&open.app).await
            }),
            Command::Migrate(command) => {
                block_on(async { command.run(settings.connect().await?).await })
            }
            Command::Doctor(command) => block_on(async { command.run(settings.load()).await }),
            Command::Completions(command) => command.run(),
            Command::Man(command) => command.run(),
        }
    }
}

/// The program, started for one command.
struct Open {
    app: App,
    /// Where there is no database yet, a command that stores nothing reads an empty one in here; it
    /// goes with the command.
    _nothing: Option<tempfile::TempDir>,
}

impl Settings {
    /// Reads the settings and turns the log on.
    fn load(&self) -> anyhow::Result<Config> {
        let config = Config::load(self.config.as_deref())?;
        log(&config)?;
        Ok(config)
    }

    /// Connects to a database of the right schema.
    async fn start(&self) -> anyhow::Result<App> {
        Ok(App::start(self.load()?, Arc::new(SystemClock)).await?)
    }

    /// As [`Settings::start`]; a command that only reads makes no database and no key.
    async fn open(&self, is_reading: bool) -> anyhow::Result<Open> {
        let mut config = Config::load(self.config.as_deref())?;
        let is_there = match config.database_url()? {
            DatabaseUrl::Sqlite(path) => path.exists(),
            DatabaseUrl::Postgres(_) => true,
        };
        let mut nothing = None;
        if is_reading && !is_there {
            let folder = tempfile::tempdir()?;
            config.data_dir = folder.path().to_owned();
            config.database = None;
            config.secret_key_file = None;
            // What is done to a database that goes again is nobody's business.
            config.log = "warn".to_owned();
            nothing = Some(folder);
        }
        log(&config)?;
        Ok(Open {
            app: App::start(config, Arc::new(SystemClock)).await?,
            _nothing: nothing,
        })
    }

    /// Connects to the database, whatever its schema is.
    async fn connect(&self) -> anyhow::Result<App> {
        Ok(App::connect(self.load()?, Arc::new(SystemClock)).await?)
    }
}

fn log(config: &Config) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log)
        .map_err(|cause| anyhow::anyhow!("setting `log`: {cause}"))?;
    // Only the first command of a process sets the log up; tests run several.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
    Ok(())
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
