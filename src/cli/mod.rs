//! The command line: one file per subcommand. Data goes to stdout, everything else to stderr.

mod import;
mod migrate;
mod progress;
pub mod reference;
mod survey;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};

use crate::App;
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
    Import(import::Import),
    Survey(survey::Survey),
    /// Bring the database up to date
    Migrate(migrate::Migrate),
}

/// Runs the program.
pub fn main() -> ExitCode {
    // clap ends the process by itself with 2 on wrong usage.
    let cli = Cli::parse();
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Cli {
    fn run(self) -> anyhow::Result<()> {
        let settings = self.settings;
        match self.command {
            Command::Import(command) => {
                block_on(async { command.run(&settings.start().await?).await })
            }
            Command::Survey(command) => command.run(),
            Command::Migrate(command) => {
                block_on(async { command.run(settings.connect().await?).await })
            }
        }
    }
}

impl Settings {
    /// Reads the settings and turns the log on.
    fn load(&self) -> anyhow::Result<Config> {
        let config = Config::load(self.config.as_deref())?;
        let filter = tracing_subscriber::EnvFilter::try_new(&config.log)
            .map_err(|cause| anyhow::anyhow!("setting `log`: {cause}"))?;
        // Only the first command of a process sets the log up; tests run several.
        let _ = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .try_init();
        Ok(config)
    }

    /// Connects to a database of the right schema.
    async fn start(&self) -> anyhow::Result<App> {
        App::start(self.load()?, Arc::new(SystemClock)).await
    }

    /// Connects to the database, whatever its schema is.
    async fn connect(&self) -> anyhow::Result<App> {
        App::connect(self.load()?, Arc::new(SystemClock)).await
    }
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
