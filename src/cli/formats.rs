//! `--format`: in which formats tables are written.

use clap::Args;
use clap::builder::PossibleValuesParser;
use tribometer_reports::files::{File, Format};

use crate::service::files::FORMATS;

#[derive(Args)]
pub struct Formats {
    /// The formats of the tables; report.html and findings.json are written in any case
    #[arg(
        long = "format",
        value_name = "FORMAT,…",
        value_delimiter = ',',
        default_value = "csv",
        value_parser = PossibleValuesParser::new(FORMATS.map(Format::word)),
    )]
    words: Vec<String>,
}

impl Formats {
    /// The files to write, each once and in the order of the menu.
    pub fn files(&self) -> Vec<File> {
        let is_wanted = |format: &Format| self.words.iter().any(|word| word == format.word());
        let formats: Vec<Format> = FORMATS.into_iter().filter(is_wanted).collect();
        File::all(&formats)
    }
}
