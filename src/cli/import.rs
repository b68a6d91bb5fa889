//! `tribometer import`: files in, all or nothing.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use chrono::{Days, NaiveDate};
use clap::{Args, Subcommand};
use tribometer_analytics::files::responses::{self, Map};
use tribometer_analytics::files::{self, people, records};
use tribometer_surveys::directory::Coverage;
use tribometer_surveys::file::Rejected;
use tribometer_surveys::schedule::local_send_time;
use tribometer_surveys::telemetry::metrics::Source;

use super::output;
use super::progress::Progress;
use super::wave::label;
use crate::App;
use crate::service::import::ImportError;
use crate::service::responses::{PastAnswers, PastWave};
use crate::service::{directory, programs, pull_requests, responses as past_waves, surveys};

/// Unmatched authors that the text names; `--json` names all.
const AUTHORS_SHOWN: usize = 20;
/// People whose changes the text of a dry run shows; `--json` shows all.
const CHANGES_SHOWN: usize = 20;

/// Bring files in. A file is stored as a whole, or every bad row is named and nothing is stored
///
/// Files may be CSV, Parquet or XLSX; the ending says which.
#[derive(Args)]
pub struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Bring the directory up to date: people, teams, logins, attributes
    People(ImportPeople),
    /// Add pull requests, or bring them up to date
    PullRequests(ImportPullRequests),
    /// Bring in a past wave, held here before or with another tool
    Responses(ImportResponses),
}

#[derive(Args)]
struct ImportPeople {
    /// A people.csv: one row a person
    file: PathBuf,
    /// Leave people alone whom the file does not mention; otherwise they become inactive
    #[arg(long)]
    partial: bool,
    #[command(flatten)]
    how: How,
}

#[derive(Args)]
struct ImportPullRequests {
    /// A pull_requests.csv: one row a pull request
    file: PathBuf,
    #[command(flatten)]
    how: How,
}

#[derive(Args)]
struct ImportResponses {
    /// A responses.csv: one row a response; its name without the ending is the wave's label
    file: PathBuf,
    /// The first day of the wave
    #[arg(long, value_name = "DATE")]
    opened: NaiveDate,
    /// The last day of the wave; after as many days as the program's waves are open, if it is left
    /// out
    #[arg(long, value_name = "DATE")]
    closed: Option<NaiveDate>,
    /// The wave's label, where the file's name is another
    #[arg(long, value_name = "LABEL")]
    wave: Option<String>,
    /// The program's name; the only one there is, if it is left out
    #[arg(long, value_name = "NAME")]
    program: Option<String>,
    /// What was asked, a built-in survey's name or a survey file; the program's survey, if it is
    /// left out
    #[arg(long, value_name = "NAME|FILE")]
    survey: Option<String>,
    /// A YAML file of `their header or label: ours`, for the exports of form tools
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    #[command(flatten)]
    how: How,
}

#[derive(Args)]
struct How {
    /// Say what would change and store nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        match self.what {
            What::People(import) => import.run(app).await,
            What::PullRequests(import) => import.run(app).await,
            What::Responses(import) => import.run(app).await,
        }
    }
}

impl ImportPeople {
    async fn run(self, app: &App) -> anyhow::Result<()> {
        let how = &self.how;
        let (name, file) = {
            let table = how.check(files::open_table(&self.file, "people"))?;
            (table.name(), how.check(people::read(&table))?)
        };
        let coverage = if self.partial {
            Coverage::Partial
        } else {
            Coverage::Full
        };
        let summary = {
            let progress = Progress::new("people");
            let tell = |done, total| progress.tell(done, total);
            directory::import(app, name, file, coverage, how.dry_run, &tell).await
        };
        let summary = how.stored(summary)?;
        how.print(&summary, || describe_people(&summary, &self.file))
    }
}

impl ImportPullRequests {
    async fn run(self, app: &App) -> anyhow::Result<()> {
        let how = &self.how;
        let source = Source::PullRequests;
        let file = records::File::open(&self.file, source);
        let records = how.check(file.and_then(|file| file.read(source)))?;
        for warning in &records.warnings {
            eprintln!("warning: {warning}");
        }
        let summary = {
            let progress = Progress::new("pull requests");
            let tell = |done, total| progress.tell(done, total);
            let rows = records::pull_requests(&records);
            pull_requests::import(app, rows, how.dry_run, &tell).await
        };
        let summary = how.stored(summary)?;
        how.print(&summary, || describe_pull_requests(&summary))
    }
}

impl ImportResponses {
    async fn run(self, app: &App) -> anyhow::Result<()> {
        let how = &self.how;
        let program = programs::find_or_only(app, self.program.as_deref()).await?;
        let settings = &program.settings;
        let survey = match &self.survey {
            Some(name) => super::survey::find(name)?,
            None => (surveys::find(app, &settings.survey).await?)
                .with_context(|| format!("the survey `{}` is missing", settings.survey))?,
        };
        let map = match &self.map {
            Some(path) => how.check(files::open(path).and_then(|text| Map::read(&text)))?,
            None => Map::default(),
        };
        let closed = match self.closed {
            Some(closed) => closed,
            None => self.opened + Days::new(settings.open_days.into()),
        };
        let at = |day| local_send_time(day, settings.recurrence.time(), settings.timezone);
        let past = PastWave {
            program: &program,
            label: self.wave.unwrap_or_else(|| label(&self.file)),
            survey: &survey,
            opened_at: at(self.opened),
            closed_at: at(closed),
        };
        let file = how.check(files::open_table(&self.file, "responses"))?;
        let mut answers = PastAnswers::new(&past);
        how.check(responses::read_rows(&file, &survey, &map, |row| {
            answers.add(&row);
        }))?;
        let summary = {
            let progress = Progress::new("responses");
            let tell = |done, total| progress.tell(done, total);
            past_waves::import(app, &past, answers, how.dry_run, &tell).await?
        };
        how.print(&summary, || describe_responses(&summary))
    }
}

impl How {
    /// Turns an import's failure into messages.
    fn stored<T>(&self, result: Result<T, ImportError>) -> anyhow::Result<T> {
        match result {
            Ok(value) => Ok(value),
            Err(ImportError::Rejected(rejected)) => self.check(Err(rejected)),
            Err(ImportError::Service(error)) => Err(error.into()),
        }
    }

    /// Names every problem of a file, one a line.
    fn check<T>(&self, result: Result<T, Rejected>) -> anyhow::Result<T> {
        result.map_err(|rejected| {
            if self.json {
                // The error that follows tells the same, should stdout be closed.
                let _ = output::line(serde_json::json!(rejected));
            } else {
                for problem in &rejected.problems {
                    eprintln!("error: {problem}");
                }
            }
            let untold = match rejected.total - rejected.problems.len() {
                0 => String::new(),
                more => format!(" ({more} of them are not listed)"),
            };
            let problems = if rejected.total == 1 {
                "problem"
            } else {
                "problems"
            };
            anyhow!("nothing was stored: {} {problems}{untold}", rejected.total)
        })
    }

    fn print<T: serde::Serialize>(
        &self,
        summary: &T,
        describe: impl FnOnce() -> String,
    ) -> anyhow::Result<()> {
        if self.json {
            output::line(serde_json::to_string_pretty(summary)?)?;
        } else {
            output::text(describe())?;
        }
        Ok(())
    }
}

fn describe_people(summary: &directory::Summary, file: &Path) -> String {
    let mut lines = Vec::new();
    for person in summary.people.iter().take(CHANGES_SHOWN) {
        let fields = person.fields.iter().map(|(field, before, after)| {
            let shown = |value: &Option<String>| value.as_deref().unwrap_or("nothing").to_owned();
            format!("{field} from {} to {}", shown(before), shown(after))
        });
        let fields = fields.collect::<Vec<_>>().join(", ");
        let separator = if fields.is_empty() { "" } else { ": " };
        lines.push(format!(
            "{} {}{separator}{fields}",
            person.kind, person.email
        ));
    }
    if summary.people.len() > CHANGES_SHOWN {
        lines.push(format!(
            "and {} more; --json lists all",
            summary.people.len() - CHANGES_SHOWN
        ));
    }
    lines.push(format!(
        "{}: {} created, {} changed, {} deactivated, {} unchanged; {} new teams",
        file.display(),
        summary.created,
        summary.changed,
        summary.deactivated,
        summary.unchanged,
        summary.teams_created
    ));
    if summary.pull_requests_matched > 0 {
        lines.push(format!(
            "{} pull requests have found their author",
            summary.pull_requests_matched
        ));
    }
    finish(lines, summary.dry_run)
}

fn describe_pull_requests(summary: &pull_requests::Summary) -> String {
    let mut lines = vec![
        format!(
            "{} pull requests, {} merged: {} created, {} updated, {} rows repeated",
            summary.rows, summary.merged, summary.created, summary.updated, summary.repeated
        ),
        format!(
            "authors: {} by people of the directory, {} by nobody known, {} by bots (left out of \
             every figure)",
            summary.matched, summary.unmatched, summary.bots
        ),
    ];
    let negative: Vec<String> = summary
        .negative
        .iter()
        .map(|(phase, count)| format!("{} {count}", phase.name()))
        .collect();
    if !negative.is_empty() {
        lines.push(format!(
            "negative, so taken as unknown: {}",
            negative.join(", ")
        ));
    }
    if !summary.unmatched_authors.is_empty() {
        lines.push(format!(
            "{} authors are not in the directory:",
            summary.unmatched_authors.len()
        ));
        let shown = summary.unmatched_authors.iter().take(AUTHORS_SHOWN);
        lines.extend(shown.map(|author| format!("{:>8}  {}", author.pull_requests, author.author)));
        if summary.unmatched_authors.len() > AUTHORS_SHOWN {
            lines.push("          and more; --json lists all".to_owned());
        }
        lines.push(
            "hint: add their logins to the column `github` or `gitlab` of people.csv and import it \
             again"
                .to_owned(),
        );
    }
    finish(lines, summary.dry_run)
}

fn describe_responses(summary: &past_waves::Summary) -> String {
    let mut lines = vec![
        format!(
            "{} of {:?}, {} to {}: {} responses, {} comments",
            summary.wave,
            summary.program,
            summary.opened,
            summary.closed,
            summary.responses,
            summary.comments
        ),
        format!(
            "respondents: {} are people of the directory, {} are nobody known",
            summary.known,
            summary.responses - summary.known
        ),
    ];
    if !summary.dry_run {
        lines.push(
            "Its findings are computed while `tribometer serve` runs; those of later waves stay as \
             they are."
                .to_owned(),
        );
    }
    finish(lines, summary.dry_run)
}

fn finish(mut lines: Vec<String>, dry_run: bool) -> String {
    if dry_run {
        lines.push("this was a dry run: nothing is stored".to_owned());
    }
    lines.join("\n") + "\n"
}
