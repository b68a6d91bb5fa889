//! `tribometer doctor`

use crate::clock::SystemClock;
use crate::config::Config;
use crate::service::doctor::{self, Check, Verdict};

/// Check settings, disk, database, mail and clock
///
/// Each line says ok, warn or fail, what was found and what to do about it. Nothing is changed and
/// no mail is sent. The exit code is 1 when something failed.
#[derive(clap::Args)]
pub struct Doctor {
    /// Print the checks as JSON
    #[arg(long)]
    json: bool,
}

impl Doctor {
    /// Prints the checks; settings that can't be read are one that failed.
    pub async fn run(self, config: anyhow::Result<Config>) -> anyhow::Result<()> {
        let checks = match config {
            Ok(config) => doctor::examine(&config, &SystemClock).await,
            Err(error) => vec![doctor::unreadable_settings(&format!("{error:#}"))],
        };
        let text = if self.json {
            serde_json::to_string_pretty(&checks)? + "\n"
        } else {
            checks.iter().map(line).collect()
        };
        super::output::text(text)?;
        match checks
            .iter()
            .filter(|check| check.verdict == Verdict::Fail)
            .count()
        {
            0 => Ok(()),
            1 => anyhow::bail!("1 check failed"),
            failed => anyhow::bail!("{failed} checks failed"),
        }
    }
}

fn line(check: &Check) -> String {
    let verdict = match check.verdict {
        Verdict::Ok => "ok",
        Verdict::Warn => "warn",
        Verdict::Fail => "fail",
    };
    let advice = check
        .advice
        .as_ref()
        .map(|advice| format!(" {advice}"))
        .unwrap_or_default();
    format!(
        "{verdict:<4}  {:<15}  {}{advice}\n",
        check.name, check.finding
    )
}
