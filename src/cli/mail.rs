//! `tribometer mail`: what waits, what was sent, what went wrong.

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::progress::Progress;
use super::table::table;
use super::{Failure, output};
use crate::service::outbox::{self, State, Trouble};
use crate::service::progress::SILENT;
use crate::{App, jobs};

/// How many mails with a problem are listed.
const MOST_SHOWN: u64 = 100;

/// See what became of mails, send them again, and try the mail server
#[derive(Args)]
pub struct Mail {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Count the mails of each kind: waiting, sent, failed
    Status {
        /// Print the counts as JSON
        #[arg(long)]
        json: bool,
    },
    /// List mails that were given up or are tried again, with the mail server's words
    Failed {
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
    /// Queue mails again that were given up: one, or all
    Retry {
        /// The id of one mail, as `tribometer mail failed` shows it; all, if it is left out
        id: Option<Uuid>,
    },
    /// Send a test mail and say what the mail server answered
    Test {
        /// Whom to send it to
        address: String,
    },
    /// Send everything that is due now, without a server
    Deliver,
}

impl Mail {
    /// Whether it stores nothing.
    pub fn is_reading(&self) -> bool {
        matches!(self.what, What::Status { .. } | What::Failed { .. })
    }

    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        match self.what {
            What::Status { json } => status(app, json).await,
            What::Failed { json } => failed(app, json).await,
            What::Retry { id } => {
                let queued = outbox::retry(app, id).await?;
                if let (Some(id), 0) = (id, queued) {
                    let hint = "`tribometer mail failed` lists those that were given up.";
                    return Err(
                        Failure::new(format!("no failed mail has the id {id}"), hint).into(),
                    );
                }
                eprintln!("{queued} mails are queued again.");
                Ok(())
            }
            What::Test { address } => test(app, &address).await,
            What::Deliver => {
                let progress = Progress::new("mails");
                jobs::deliver_all(app, &|done, total| progress.tell(done, total)).await?;
                drop(progress);
                status(app, false).await
            }
        }
    }
}

async fn status(app: &App, as_json: bool) -> anyhow::Result<()> {
    let counts = outbox::status(app, None).await?;
    if as_json {
        let counts: Vec<_> = counts
            .iter()
            .map(|(kind, state, count)| {
                json!({ "kind": kind.as_str(), "state": state.as_str(), "mails": count })
            })
            .collect();
        output::line(serde_json::to_string_pretty(&counts)?)?;
        return Ok(());
    }
    if counts.is_empty() {
        eprintln!("No mail was queued yet.");
        return Ok(());
    }
    let rows: Vec<Vec<String>> = counts
        .iter()
        .map(|(kind, state, count)| {
            let state = match state {
                State::Queued => "waiting",
                State::Leased => "being sent",
                other => other.as_str(),
            };
            vec![
                kind.as_str().to_owned(),
                state.to_owned(),
                count.to_string(),
            ]
        })
        .collect();
    output::text(table(&["kind", "state", "mails"], &rows))?;
    if counts.iter().any(|(_, state, _)| *state == State::Failed) {
        eprintln!(
            "hint: `tribometer mail failed` says why; `tribometer mail retry` queues them again."
        );
    }
    Ok(())
}

async fn failed(app: &App, as_json: bool) -> anyhow::Result<()> {
    let troubles = outbox::troubles(app, MOST_SHOWN).await?;
    if as_json {
        output::line(serde_json::to_string_pretty(&troubles)?)?;
        return Ok(());
    }
    if troubles.is_empty() {
        eprintln!("Nothing went wrong with any mail.");
        return Ok(());
    }
    let row = |trouble: &Trouble| {
        let next = trouble.next_attempt_at;
        vec![
            trouble.id.to_string(),
            trouble.kind.to_owned(),
            trouble.recipient.clone(),
            trouble.attempts.to_string(),
            next.map_or_else(
                || "given up".to_owned(),
                |next| next.format("%Y-%m-%d %H:%M UTC").to_string(),
            ),
            trouble.error.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = troubles.iter().map(row).collect();
    let headings = [
        "id",
        "kind",
        "recipient",
        "attempts",
        "next attempt",
        "error",
    ];
    output::text(table(&headings, &rows))?;
    Ok(())
}

async fn test(app: &App, address: &str) -> anyhow::Result<()> {
    let id = outbox::queue_test(app, address).await?;
    // Test mails go before all others, so the first round has it, unless another worker was faster.
    jobs::deliver_all(app, SILENT).await?;
    let mail = outbox::find(app, id).await?;
    match mail.map(|mail| (mail.state, mail.last_error)) {
        Some((State::Sent, _)) if app.mail.is_embedded() => {
            let place = if app.config.is_local() {
                format!("{}/dev/mail", app.config.base_url())
            } else {
                app.config.mailbox_dir().display().to_string()
            };
            eprintln!("No mail server is set, so the mail is in the embedded mailbox, at {place}.");
            Ok(())
        }
        Some((State::Sent, _)) => {
            eprintln!("The mail server took the mail to {address}.");
            Ok(())
        }
        Some((_, Some(error))) => {
            let hint = "Check the settings below `mail.smtp`.";
            Err(Failure::new(format!("the mail was not taken: {error}"), hint).into())
        }
        _ => {
            eprintln!("Another worker is sending it; `tribometer mail status` says how it went.");
            Ok(())
        }
    }
}
