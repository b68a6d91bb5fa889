//! `tribometer demo`: a generated organization, loaded and served by one command.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::Context;

use super::progress::Progress;
use super::{Failure, output};
use crate::App;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::demo::load::{Plan, load};
use crate::service::sign_in;

/// Show Tribometer at work with a generated organization
///
/// Generates an organization, four past waves, an open one and what its systems recorded, and
/// serves them on this machine alone. No mail leaves it: what would be sent lies in the mailbox at
/// /dev/mail.
#[derive(clap::Args)]
pub struct Demo {
    /// How many engineers
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(20..=200_000))]
    people: u32,
    /// The same seed generates the same organization
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// A folder to keep the demo in. Without it, the demo lives in a temporary folder that goes
    /// when it ends
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Say how long each part of the loading took
    #[arg(long)]
    times: bool,
}

impl Demo {
    /// Loads the demo and serves it until the process is told to stop.
    pub async fn run(self) -> anyhow::Result<()> {
        let listener = super::serve::bind(
            self.listen,
            "name another one with `--listen`, such as `--listen 127.0.0.1:8081`",
        )
        .await?;
        let folder = Folder::open(self.data_dir.as_deref())?;
        let config = Config {
            organization: "The generated organization".to_owned(),
            listen: listener.local_addr()?,
            data_dir: folder.path.clone(),
            log: "warn".to_owned(),
            ..Config::default()
        };
        let app = App::start(config, Arc::new(SystemClock)).await?;
        eprintln!(
            "Generating {} engineers, their teams, answers and what their systems recorded …",
            self.people
        );
        let parts = Parts::default();
        let loaded = load(
            &app,
            Plan {
                people: self.people as usize,
                seed: self.seed,
            },
            &|part, done, total| parts.tell(part, done, total),
        )
        .await?;
        drop(parts);
        if self.times {
            for (part, took) in &loaded.times {
                eprintln!("{:>8.2} s  {part}", took.as_secs_f64());
            }
        }
        let report = sign_in::printed_link(&app, &loaded.lead).await?;
        eprintln!("The demo is ready. Every person, answer and pull request in it is generated.");
        let base = app.config.base_url();
        let survey = format!("{base}/s/{}", loaded.token);
        output::text(format_args!(
            "\n  An engineer's survey   {survey}\n  The lead's report      {report}   (signs in once)\n  \
             The mailbox            {base}/dev/mail\n\n"
        ))?;
        super::serve::serve(app, listener).await
    }
}

/// A bar for each part of the loading, one after the other.
#[derive(Default)]
struct Parts {
    current: Mutex<Option<(&'static str, Progress)>>,
}

impl Parts {
    fn tell(&self, part: &'static str, done: usize, total: usize) {
        // A bar that another thread left broken is not worth a failure.
        let Ok(mut current) = self.current.lock() else {
            return;
        };
        if current.as_ref().is_none_or(|(name, _)| *name != part) {
            // The old bar goes before the new one comes.
            *current = None;
        }
        let (_, bar) = current.get_or_insert_with(|| (part, Progress::new(part)));
        bar.tell(done, total);
    }
}

/// The folder that the demo lives in.
struct Folder {
    path: PathBuf,
    /// Whether it goes when the demo ends.
    is_temporary: bool,
}

impl Folder {
    fn open(chosen: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = chosen else {
            let path = std::env::temp_dir()
                .join(format!("tribometer-demo-{:016x}", rand::random::<u64>()));
            std::fs::create_dir(&path)
                .with_context(|| format!("the folder {} can't be made", path.display()))?;
            return Ok(Self {
                path,
                is_temporary: true,
            });
        };
        std::fs::create_dir_all(path)
            .with_context(|| format!("the folder {} can't be made", path.display()))?;
        if std::fs::read_dir(path)?.next().is_some() {
            let problem = format!("the folder {} is not empty", path.display());
            let hint = "Name an empty folder, or leave --data-dir out. `tribometer serve` serves a demo \
                        that was kept.";
            return Err(Failure::new(problem, hint).into());
        }
        Ok(Self {
            path: path.to_owned(),
            is_temporary: false,
        })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.is_temporary {
            // What can't be removed lies in the system's temporary folder and goes with it.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
