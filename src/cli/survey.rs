//! `tribometer survey`: look at surveys and check them.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use clap::{Args, Subcommand};
use serde_json::json;
use tribometer_surveys::lint::{Finding, lint};
use tribometer_surveys::survey::Survey as Definition;
use tribometer_surveys::{builtin, schema};

use super::{Failure, output};

/// Look at surveys and check them
#[derive(Args)]
pub struct Survey {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Check a survey file: what is wrong, where, and what to do about it
    Lint {
        /// A survey file
        file: PathBuf,
        /// Print the findings as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of survey files, which lets an editor complete them
    Schema,
    /// List the surveys that ship
    List {
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a survey that ships, as the file that it is
    Show {
        /// The survey's id
        #[arg(default_value = builtin::DEVEX_25)]
        survey: String,
    },
}

impl Survey {
    pub fn run(self) -> anyhow::Result<()> {
        match self.what {
            What::Lint { file, json } => run_lint(&file.display().to_string(), json),
            What::Schema => Ok(output::text(schema::json_schema())?),
            What::List { json } => list(json),
            What::Show { survey } => show(&survey),
        }
    }
}

/// The survey of that name, or in that file: what `--survey` takes.
pub(super) fn find(name: &str) -> anyhow::Result<Definition> {
    if let Some(survey) = builtin::find(name) {
        return Ok(survey.clone());
    }
    let text = std::fs::read_to_string(name).map_err(|cause| {
        Failure::new(
            format!(
                "--survey {name}: there is no such built-in survey, and no such file can be read: \
                 {cause}"
            ),
            "`tribometer survey list` names the built-in ones",
        )
    })?;
    Definition::parse(&text)
        .with_context(|| format!("{name}; `tribometer survey lint {name}` says more"))
}

fn run_lint(file: &str, json: bool) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{file} can't be read"))?;
    let report = lint(&text);
    if json {
        let findings: Vec<_> = report
            .findings
            .iter()
            .map(|finding| as_json(file, finding))
            .collect();
        output::line(serde_json::to_string_pretty(&findings)?)?;
    } else {
        for finding in &report.findings {
            output::text(finding.render(file))?;
        }
    }
    let errors = report
        .findings
        .iter()
        .filter(|finding| finding.is_error())
        .count();
    match (errors, report.survey) {
        (0, Some(survey)) => {
            let pillars = survey.pillars().count();
            eprintln!(
                "{file}: {pillars} pillars, {} ratings, version {}",
                survey.rating_items().count(),
                survey.version().short()
            );
            Ok(())
        }
        (1, _) => Err(anyhow!("{file} has 1 error")),
        (errors, _) => Err(anyhow!("{file} has {errors} errors")),
    }
}

fn as_json(file: &str, finding: &Finding) -> serde_json::Value {
    let Finding {
        severity,
        rule,
        line,
        column,
        message,
        hint,
    } = finding;
    json!({
        "file": file,
        "line": line,
        "column": column,
        "severity": severity.to_string(),
        "rule": rule,
        "message": message,
        "hint": hint,
    })
}

fn list(as_json: bool) -> anyhow::Result<()> {
    let surveys = builtin::all().iter();
    if as_json {
        let surveys: Vec<_> = surveys
            .map(|survey| {
                json!({
                    "id": survey.id,
                    "title": survey.title,
                    "version": survey.version().as_str(),
                    "pillars": survey.pillars().count(),
                    "minutes": survey.minutes,
                })
            })
            .collect();
        output::line(json!(surveys))?;
    } else {
        for survey in surveys {
            output::line(format_args!(
                "{}  {} ({} pillars, {} minutes, version {})",
                survey.id,
                survey.title,
                survey.pillars().count(),
                survey.minutes,
                survey.version().short()
            ))?;
        }
    }
    Ok(())
}

fn show(id: &str) -> anyhow::Result<()> {
    let found = builtin::FILES.iter().find(|(survey, _)| *survey == id);
    let (_, text) = found.ok_or_else(|| {
        anyhow!("no survey `{id}` ships; `tribometer survey list` lists those that do")
    })?;
    output::text(text)
}
