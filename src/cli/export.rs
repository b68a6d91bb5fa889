//! `tribometer export`: the files of a closed wave.

use std::path::PathBuf;

use super::formats::Formats;
use super::output;
use super::progress::Progress;
use crate::App;
use crate::service::reading;

/// Write the files of a closed wave: ranking, scores, report and everything else that `tribometer
/// analyze` writes
#[derive(clap::Args)]
pub struct Export {
    /// The wave's label, such as 2026-Q4
    wave: String,
    /// The program, where several have a wave of that label
    #[arg(long, value_name = "NAME")]
    program: Option<String>,
    #[command(flatten)]
    formats: Formats,
    /// The folder to write to; files of the same names are replaced
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

impl Export {
    /// Prints the path of each file that was written.
    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        let wave = reading::by_label(app, &self.wave, self.program.as_deref()).await?;
        output::make_folder(&self.out)?;
        let progress = Progress::new("files");
        let mut paths = Vec::new();
        let files = self.formats.files();
        for file in &files {
            progress.tell(paths.len(), files.len());
            let name = file.name();
            let file = reading::export(app, None, wave.id, &name).await?;
            let path = self.out.join(&*name);
            output::replace(&path, &file.content)?;
            paths.push(path);
        }
        // The bar goes before the paths come, so that a terminal does not mix them.
        drop(progress);
        for path in paths {
            output::line(path.display())?;
        }
        Ok(())
    }
}
