//! `tribometer migrate`

use crate::App;

/// Applies what is missing; replicas that do it at once wait for each other.
#[derive(clap::Args)]
pub struct Migrate {}

impl Migrate {
    /// Prints the name of each migration that was applied.
    pub async fn run(self, app: App) -> anyhow::Result<()> {
        let applied = app.store.migrate().await?;
        for name in &applied {
            println!("{name}");
        }
        match app.store.schema().await?.advice() {
            Some(advice) => anyhow::bail!(advice),
            None if applied.is_empty() => {
                eprintln!("The database is up to date; nothing was changed.")
            }
            None => eprintln!(
                "The database is up to date; {} migrations were applied.",
                applied.len()
            ),
        }
        Ok(())
    }
}
