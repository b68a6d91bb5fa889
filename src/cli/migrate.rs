//! `tribometer migrate`

use crate::App;
use crate::app::StartError;
use crate::store::SchemaState;

/// Bring the database up to date
///
/// Prints the name of each migration that was applied. Replicas that do it at once wait for each other. Make a backup first: there is no way back.
#[derive(clap::Args)]
pub struct Migrate {}

impl Migrate {
    /// Applies what is missing.
    pub async fn run(self, app: App) -> anyhow::Result<()> {
        let applied = app.store.migrate().await?;
        for name in &applied {
            println!("{name}");
        }
        match app.store.schema().await? {
            SchemaState::Current if applied.is_empty() => {
                eprintln!("The database is up to date; nothing was changed.");
            }
            SchemaState::Current => eprintln!(
                "The database is up to date; {} migrations were applied.",
                applied.len()
            ),
            other => return Err(StartError::Schema(other).into()),
        }
        Ok(())
    }
}
