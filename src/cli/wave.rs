//! `tribometer wave`: runs of a program, opened and closed by hand, and where they stand.

use std::path::Path;

use anyhow::anyhow;
use clap::{Args, Subcommand};
use serde_json::json;
use tribometer_surveys::wave::WaveState;

use super::progress::Progress;
use super::table::table;
use super::{Failure, output};
use crate::App;
use crate::service::programs;
use crate::service::waves::{self, Status};

/// Open and close waves by hand, and see where they stand
#[derive(Args)]
pub struct Wave {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Open a wave now: freeze who takes part, and send the invitations
    Open {
        /// The program's name; the only one there is, if it is left out
        program: Option<String>,
    },
    /// Close an open wave for good: no more answers, unsent drafts are deleted, and the findings
    /// are computed
    Close {
        /// The wave's label, such as 2026-Q4. Naming it confirms it
        wave: String,
        /// The program's name; the only one there is, if it is left out
        #[arg(long)]
        program: Option<String>,
    },
    /// Show how many took part, by groups that single nobody out
    Status {
        /// The wave's label; the open one, or else the newest, if it is left out
        wave: Option<String>,
        /// The program's name; the only one there is, if it is left out
        #[arg(long)]
        program: Option<String>,
        /// Print the status as JSON
        #[arg(long)]
        json: bool,
    },
    /// List the waves of a program
    List {
        /// The program's name; the only one there is, if it is left out
        program: Option<String>,
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
}

/// What a wave is called whose responses are in this file: `2026-Q3.csv` has those of 2026-Q3.
pub(super) fn label(path: &Path) -> String {
    path.file_stem()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

impl Wave {
    /// Whether it stores nothing.
    pub fn is_reading(&self) -> bool {
        matches!(self.what, What::Status { .. } | What::List { .. })
    }

    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        match self.what {
            What::Open { program } => {
                let program = programs::find_or_only(app, program.as_deref()).await?;
                let launched = {
                    let progress = Progress::new("people");
                    let tell = |done, total| progress.tell(done, total);
                    waves::open(app, &program, None, &tell).await?
                };
                let wave = &launched.wave;
                eprintln!(
                    "Opened {} of {:?}: {} people are invited, until {}.",
                    wave.label,
                    program.settings.name,
                    launched.invited,
                    wave.closes_at
                        .with_timezone(&program.settings.timezone)
                        .format("%A, %-d %B %Y, %H:%M %Z")
                );
                if !wave.minimum_group.admits(launched.invited) {
                    eprintln!(
                        "warning: with fewer than {} answers nothing will be shown.",
                        wave.minimum_group
                    );
                }
                eprintln!(
                    "The mails leave while `tribometer serve` runs, or with `tribometer mail \
                     deliver`."
                );
                Ok(())
            }
            What::Close {
                wave: label,
                program,
            } => {
                let program = programs::find_or_only(app, program.as_deref()).await?;
                let wave = waves::of_program(app, &program, Some(&label)).await?;
                waves::close(app, wave.id, None).await?;
                eprintln!(
                    "Closed {label}. Its findings are computed while `tribometer serve` runs."
                );
                Ok(())
            }
            What::Status {
                wave,
                program,
                json,
            } => {
                let program = programs::find_or_only(app, program.as_deref()).await?;
                let wave = waves::of_program(app, &program, wave.as_deref()).await?;
                if wave.state == WaveState::Scheduled && json {
                    output::line(serde_json::to_string_pretty(&document(&wave))?)?;
                    return Ok(());
                }
                show(&waves::status(app, wave).await?, json)
            }
            What::List { program, json } => {
                let program = programs::find_or_only(app, program.as_deref()).await?;
                let all = waves::list(app, &program).await?;
                if json {
                    let all: Vec<_> = all.iter().map(document).collect();
                    output::line(serde_json::to_string_pretty(&all)?)?;
                } else if all.is_empty() {
                    let hint = "`tribometer wave open` opens one now.";
                    return Err(Failure::new("there is no wave yet", hint).into());
                } else {
                    output::text(list(&all))?;
                }
                Ok(())
            }
        }
    }
}

/// A wave as `--json` shows it.
pub(super) fn document(wave: &waves::Wave) -> serde_json::Value {
    json!({
        "id": wave.id,
        "label": wave.label,
        "state": wave.state,
        "day": wave.day,
        "opens_at": wave.opens_at,
        "closes_at": wave.closes_at,
        "opened_at": wave.opened_at,
        "closed_at": wave.closed_at,
        "survey_version": wave.survey_version,
        "minimum_group": wave.minimum_group,
        "confidentiality": wave.confidentiality,
    })
}

/// Waves as a table.
pub(super) fn list(waves: &[waves::Wave]) -> String {
    let minutes = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d %H:%M UTC").to_string();
    let rows: Vec<Vec<String>> = waves
        .iter()
        .map(|wave| {
            vec![
                wave.label.clone(),
                wave.state.to_string(),
                minutes(wave.opened_at.unwrap_or(wave.opens_at)),
                minutes(wave.closed_at.unwrap_or(wave.closes_at)),
            ]
        })
        .collect();
    table(&["wave", "state", "opens", "closes"], &rows)
}

fn show(status: &Status, as_json: bool) -> anyhow::Result<()> {
    let Status {
        wave,
        invited,
        groups,
    } = status;
    if as_json {
        let groups: Vec<_> = groups
            .iter()
            .map(|group| {
                json!({
                    "team": group.team,
                    "invited": group.invited,
                    "answered_at_least": group.answered,
                    "percent": group.percent(),
                })
            })
            .collect();
        let mut document = document(wave);
        document["invited"] = json!(invited);
        document["groups"] = json!(groups);
        output::line(serde_json::to_string_pretty(&document)?)?;
        return Ok(());
    }
    output::text(list(std::slice::from_ref(wave)))?;
    if wave.state == WaveState::Scheduled {
        return Ok(());
    }
    let rows: Vec<Vec<String>> = groups
        .iter()
        .map(|group| {
            let fewer = || format!("fewer than {}", wave.minimum_group);
            vec![
                group.team.to_string(),
                group.invited.to_string(),
                match group.answered {
                    0 => fewer(),
                    answered => format!("{answered} or more"),
                },
                group
                    .percent()
                    .map(|percent| format!("{percent}%"))
                    .unwrap_or_default(),
            ]
        })
        .collect();
    output::line("")?;
    if rows.is_empty() {
        let minimum = wave.minimum_group;
        return Err(anyhow!(
            "{invited} people were invited, and no team has {minimum} of them, so no group is shown"
        ));
    }
    output::text(table(&["group", "invited", "answered", "share"], &rows))?;
    eprintln!(
        "Answers are counted in steps of {}, so that no single answer shows.",
        wave.minimum_group
    );
    Ok(())
}
