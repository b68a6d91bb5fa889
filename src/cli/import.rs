//! `tribometer import`: files in, all or nothing.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use chrono::{Days, NaiveDate};
use clap::{Args, Subcommand};
use tribometer_analytics::files::records::{File, Records};
use tribometer_analytics::files::responses::{self, Map};
use tribometer_analytics::files::{self, people};
use tribometer_analytics::groups::Tree;
use tribometer_analytics::records as stored;
use tribometer_surveys::directory::Coverage;
use tribometer_surveys::file::Rejected;
use tribometer_surveys::records::{
    ACTION_ROWS, Cell, Kind, METRIC_DEFINITIONS, PULL_REQUESTS, REPORTED_METRICS,
};
use tribometer_surveys::schedule::local_send_time;
use tribometer_surveys::team::TeamPath;
use tribometer_surveys::telemetry::metrics::{self, Source};

use super::output;
use super::progress::Progress;
use super::wave::label;
use crate::App;
use crate::service::import::ImportError;
use crate::service::records::{self, Upload};
use crate::service::responses::{PastAnswers, PastWave};
use crate::service::{directory, programs, pull_requests, responses as past_waves, surveys, waves};

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
    PullRequests(ImportFile),
    /// Add runs of continuous integration, or bring them up to date
    CiRuns(ImportFile),
    /// Add deployments, or bring them up to date
    Deployments(ImportFile),
    /// Add incidents, or bring them up to date
    Incidents(ImportFile),
    /// Add support requests, or bring them up to date
    SupportRequests(ImportFile),
    /// Add numbers that were aggregated elsewhere, or bring them up to date
    Metrics(ImportFile),
    /// Add metrics of your own, or bring their definitions up to date
    MetricDefinitions(ImportFile),
    /// Add what was done about areas, or bring it up to date
    Actions(ImportActions),
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
struct ImportFile {
    /// The file: docs/file-formats.md says what is in it
    file: PathBuf,
    #[command(flatten)]
    how: How,
}

#[derive(Args)]
struct ImportActions {
    /// The program whose areas and waves the file names; the only one there is, if it is left out
    #[arg(long, value_name = "NAME")]
    program: Option<String>,
    #[command(flatten)]
    import: ImportFile,
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
    /// Whether it stores nothing.
    pub fn is_reading(&self) -> bool {
        let how = match &self.what {
            What::People(import) => &import.how,
            What::PullRequests(import)
            | What::CiRuns(import)
            | What::Deployments(import)
            | What::Incidents(import)
            | What::SupportRequests(import)
            | What::Metrics(import)
            | What::MetricDefinitions(import) => &import.how,
            What::Actions(import) => &import.import.how,
            What::Responses(import) => &import.how,
        };
        how.dry_run
    }

    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        match self.what {
            What::People(import) => import.run(app).await,
            What::PullRequests(import) => import.pull_requests(app).await,
            What::CiRuns(import) => import.records(app, Source::CiRuns).await,
            What::Deployments(import) => import.records(app, Source::Deployments).await,
            What::Incidents(import) => import.records(app, Source::Incidents).await,
            What::SupportRequests(import) => import.records(app, Source::SupportRequests).await,
            What::Metrics(import) => import.metrics(app).await,
            What::MetricDefinitions(import) => import.metric_definitions(app).await,
            What::Actions(import) => import.run(app).await,
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

impl ImportFile {
    async fn pull_requests(self, app: &App) -> anyhow::Result<()> {
        let how = &self.how;
        let read = self.read(Source::PullRequests)?;
        let summary = {
            let progress = Progress::new(PULL_REQUESTS.title);
            let tell = |done, total| progress.tell(done, total);
            let upload = self.upload(&PULL_REQUESTS);
            pull_requests::import(app, &upload, &read, how.dry_run, &tell).await
        };
        let summary = how.stored(summary)?;
        how.print(&summary, || describe_pull_requests(&summary))
    }

    async fn records(self, app: &App, source: Source) -> anyhow::Result<()> {
        let kind = Kind::of(source);
        let read = self.read(source)?;
        let summary = {
            let progress = Progress::new(kind.title);
            let tell = |done, total| progress.tell(done, total);
            let upload = self.upload(&kind);
            records::import(app, &upload, source, &read, self.how.dry_run, &tell).await
        };
        self.print(&kind, summary)
    }

    async fn metrics(self, app: &App) -> anyhow::Result<()> {
        let how = &self.how;
        let declared = records::definitions(app).await?;
        let teams = directory::team_paths(app).await?;
        let (rows, warnings) = {
            let tree = Tree::new(teams.iter().map(TeamPath::as_str));
            let file = how.check(files::open_table(&self.file, "metrics"))?;
            how.check(files::metrics::read(&file, &declared, &tree))?
        };
        warn(&warnings);
        let cells = rows.iter().map(stored::of_metric).collect();
        self.rows(app, &REPORTED_METRICS, cells).await
    }

    async fn metric_definitions(self, app: &App) -> anyhow::Result<()> {
        let read = files::open(&self.file).and_then(|text| metrics::read(&text));
        let definitions = self.how.check(read)?;
        let cells = definitions.iter().map(|metric| {
            let definition = serde_json::to_string(metric)?;
            Ok(vec![Cell::Text(metric.id.clone()), Cell::Text(definition)])
        });
        let cells = cells.collect::<serde_json::Result<_>>()?;
        self.rows(app, &METRIC_DEFINITIONS, cells).await
    }

    /// The records of the file.
    fn read(&self, source: Source) -> anyhow::Result<Records> {
        let file = File::open(&self.file, source);
        let read = self.how.check(file.and_then(|file| file.read(source)))?;
        warn(&read.warnings);
        Ok(read)
    }

    async fn rows(self, app: &App, kind: &Kind, rows: Vec<Vec<Cell>>) -> anyhow::Result<()> {
        let summary = {
            let progress = Progress::new(kind.title);
            let tell = |done, total| progress.tell(done, total);
            let upload = self.upload(kind);
            records::import_rows(app, &upload, rows, self.how.dry_run, &tell).await
        };
        self.print(kind, summary)
    }

    fn upload<'a>(&'a self, kind: &'a Kind) -> Upload<'a> {
        let name = self.file.file_name();
        Upload {
            kind,
            file: name.and_then(OsStr::to_str),
            account: None,
            is_alone: false,
        }
    }

    fn print(
        &self,
        kind: &Kind,
        summary: Result<records::Summary, ImportError>,
    ) -> anyhow::Result<()> {
        let summary = self.how.stored(summary)?;
        let describe = || describe_records(kind, &summary);
        self.how.print(&summary, describe)
    }
}

impl ImportActions {
    async fn run(self, app: &App) -> anyhow::Result<()> {
        let how = &self.import.how;
        let program = programs::find_or_only(app, self.program.as_deref()).await?;
        let asked = &program.settings.survey;
        let survey = surveys::find(app, asked).await?;
        let survey = survey.with_context(|| format!("the survey `{asked}` is missing"))?;
        let waves = waves::list(app, &program).await?;
        let teams = directory::team_paths(app).await?;
        let actions = {
            let tree = Tree::new(teams.iter().map(TeamPath::as_str));
            let waves: Vec<&str> = waves.iter().map(|wave| wave.label.as_str()).collect();
            let file = how.check(files::open_table(&self.import.file, "actions"))?;
            warn(&files::actions::warnings(&file));
            how.check(files::actions::read(&file, &survey, &tree, &waves))?
        };
        let cells = actions.iter().flat_map(stored::of_action).collect();
        self.import.rows(app, &ACTION_ROWS, cells).await
    }
}

fn warn(warnings: &[String]) {
    for warning in warnings {
        eprintln!("warning: {warning}");
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

fn describe_records(kind: &Kind, summary: &records::Summary) -> String {
    let mut lines = vec![format!(
        "{} {}: {} created, {} updated, {} unchanged, {} rows repeated",
        summary.rows,
        kind.title,
        summary.created,
        summary.updated,
        summary.unchanged,
        summary.repeated
    )];
    if summary.without_team > 0 {
        lines.push(format!(
            "{} belong to no team of the directory, so they count for the whole organization alone",
            summary.without_team
        ));
    }
    for (metric, count) in &summary.negative {
        lines.push(format!(
            "{count} with a negative {metric}, which is taken as unknown"
        ));
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
