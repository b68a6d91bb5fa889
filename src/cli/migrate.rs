//! `tribometer migrate`

use crate::App;

/// Bring the database up to date
///
/// Prints the name of each migration that was applied. Replicas that do it at once wait for each
/// other. Make a backup first: there is no way back.
#[derive(clap::Args)]
pub struct Migrate {}

impl Migrate {
    /// Applies what is missing.
    pub async fn run(self, app: App) -> anyhow::Result<()> {
        let applied = app.migrate().await?;
        let names: String = applied.iter().map(|name| format!("{name}\n")).collect();
        super::output::text(names)?;
        match applied.len() {
            0 => eprintln!("The database is up to date; nothing was changed."),
            1 => eprintln!("The database is up to date; 1 migration was applied."),
            several => eprintln!("The database is up to date; {several} migrations were applied."),
        }
        Ok(())
    }
}
