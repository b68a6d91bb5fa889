//! `tribometer man`

use std::path::PathBuf;

use anyhow::Context;
use clap::CommandFactory;

/// Print the manual page, or write one page for each command into a folder
#[derive(clap::Args)]
pub struct Man {
    /// Where to write the pages; without it the main page is printed
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    /// Prints or writes the pages.
    pub fn run(self) -> anyhow::Result<()> {
        let command = super::Cli::command();
        match self.out {
            Some(folder) => {
                let written = std::fs::create_dir_all(&folder)
                    .and_then(|()| clap_mangen::generate_to(command, &folder));
                written.with_context(|| format!("the folder {}", folder.display()))
            }
            None => {
                let mut page = Vec::new();
                clap_mangen::Man::new(command).render(&mut page)?;
                super::output::bytes(&page)
            }
        }
    }
}
