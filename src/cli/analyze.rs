//! `tribometer analyze`: the same findings from files alone; no server, no database.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, NaiveTime};
use clap::Args;
use rayon::prelude::*;
use tribometer_analytics::answers::{self, AnswerTables};
use tribometer_analytics::comments::scrub::Identifying;
use tribometer_analytics::files::records::{self, Recorded};
use tribometer_analytics::files::responses::{self, Map};
use tribometer_analytics::files::{self, people};
use tribometer_analytics::groups::Tree;
use tribometer_analytics::input::{PastWave, Period, ReportedMetric, Settings};
use tribometer_analytics::{Embedding, Input, negative_times};
use tribometer_findings::Findings;
use tribometer_reports::files::File;
use tribometer_reports::words::Language;
use tribometer_surveys::builtin;
use tribometer_surveys::file::Rejected;
use tribometer_surveys::person::Person;
use tribometer_surveys::privacy::MinimumGroup;
use tribometer_surveys::survey::Survey;
use tribometer_surveys::telemetry::bots::Bots;
use tribometer_surveys::telemetry::metrics::{self, Metric, Source, Value};

use super::formats::Formats;
use super::wave::label;
use super::{Failure, output};
use crate::embedding::EmbeddingProgram;

/// Make the report of a wave from files, without a server or a database
///
/// Tables may be CSV, Parquet or XLSX; the ending says which.
#[derive(Args)]
pub struct Analyze {
    /// A built-in survey's name, or a survey file
    #[arg(long, default_value = builtin::DEVEX_25, value_name = "NAME|FILE")]
    survey: String,
    /// A people.csv with everyone who was asked; without it, response rates can't be given
    #[arg(long, value_name = "FILE")]
    people: Option<PathBuf>,
    /// What came back, a responses.csv; its name without the ending is the wave's label
    #[arg(long, value_name = "FILE")]
    responses: PathBuf,
    /// The wave's label, where the file's name is another
    #[arg(long, value_name = "LABEL")]
    wave: Option<String>,
    /// What came back in an earlier wave, the newest first; may be repeated
    #[arg(long, value_name = "FILE")]
    previous: Vec<PathBuf>,
    /// A pull_requests.csv
    #[arg(long, value_name = "FILE")]
    pull_requests: Option<PathBuf>,
    /// A ci_runs.csv
    #[arg(long, value_name = "FILE")]
    ci_runs: Option<PathBuf>,
    /// A deployments.csv
    #[arg(long, value_name = "FILE")]
    deployments: Option<PathBuf>,
    /// An incidents.csv
    #[arg(long, value_name = "FILE")]
    incidents: Option<PathBuf>,
    /// A support_requests.csv
    #[arg(long, value_name = "FILE")]
    support_requests: Option<PathBuf>,
    /// A metrics.csv: numbers that were aggregated elsewhere
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
    /// A YAML file that declares metrics of your own: how they are computed from the other files,
    /// or what --metrics brings
    #[arg(long, value_name = "FILE")]
    metric_definitions: Option<PathBuf>,
    /// What the answers speak about: from the first instant to the one after the last, days (UTC)
    /// or times with an offset. Pull requests are then taken as they were at its end. Without it
    /// every row of the files counts
    #[arg(long, value_name = "FROM..TO", value_parser = period)]
    period: Option<Period>,
    /// An actions.csv: what was done about which pillar, in which teams, since when; to see whether
    /// it helped
    #[arg(long, value_name = "FILE", requires = "previous")]
    actions: Option<PathBuf>,
    /// A YAML file of `their header or label: ours`, for the exports of form tools
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// The smallest number of answers that a group is shown with; 3 is the floor
    #[arg(long, default_value_t = MinimumGroup::DEFAULT.get(), value_name = "N")]
    min_group: u32,
    /// Seeds the bootstrap and the permutations
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// What an engineer's hour costs, in any currency
    #[arg(long, value_name = "AMOUNT")]
    hourly_cost: Option<f64>,
    /// Attributes that every team is cut by too
    #[arg(long, value_delimiter = ',', value_name = "ATTRIBUTE,…")]
    by: Vec<String>,
    /// A command that runs a local embedding model, by which comments are sorted into themes: it
    /// reads a text a line as JSON, and writes a vector a line as JSON. Without it the words decide
    #[arg(long, value_name = "COMMAND")]
    embedding_command: Option<String>,
    /// An account that is a program's, beside those that Tribometer knows; separated by commas
    #[arg(long, value_name = "ACCOUNT", value_delimiter = ',')]
    bots: Vec<String>,
    /// An account that is a person's, whatever it is called; separated by commas
    #[arg(long, value_name = "ACCOUNT", value_delimiter = ',')]
    not_bots: Vec<String>,
    #[command(flatten)]
    formats: Formats,
    /// The folder that the files are written to; made when it is missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

/// What the command says when it is done.
#[derive(serde::Serialize)]
struct Summary<'a> {
    wave: &'a str,
    responded: u32,
    invited: Option<u32>,
    worst: Vec<&'a str>,
    pull_requests: Option<&'a LeftOut>,
    events: BTreeMap<&'static str, Read>,
    notes: Vec<String>,
    files: Vec<Cow<'static, str>>,
}

/// What was left out of a file of pull requests, and why.
#[derive(serde::Serialize)]
struct LeftOut {
    rows: u32,
    repeated: u32,
    bots: u32,
    unmatched: u32,
    /// Phases that end before they begin, by name.
    negative: BTreeMap<&'static str, u32>,
}

/// What was read of another file of records.
#[derive(serde::Serialize)]
struct Read {
    rows: u32,
    repeated: u32,
    without_team: u32,
    /// Times that end before they begin, by metric.
    negative: BTreeMap<String, u32>,
}

impl Analyze {
    /// Reads everything, then analyzes, then writes; a bad file stops it before anything is
    /// written.
    pub fn run(self) -> anyhow::Result<()> {
        let minimum_group = MinimumGroup::new(self.min_group)?;
        if let Some(warning) = minimum_group.warning() {
            eprintln!("warning: {warning}");
        }
        if self
            .hourly_cost
            .is_some_and(|cost| !cost.is_finite() || cost < 0.0)
        {
            anyhow::bail!("--hourly-cost: expected an amount of zero or more");
        }
        let spinner = super::progress::Progress::new("steps");
        let steps = 4 + self.previous.len();
        let bots = Bots {
            add: self.bots.clone(),
            remove: self.not_bots.clone(),
        };
        let survey = super::survey::find(&self.survey)?;
        let map = match &self.map {
            Some(path) => check(files::open(path).and_then(|text| Map::read(&text)))?,
            None => Map::default(),
        };
        let read_response_file = |path: &PathBuf| {
            let responses = read_responses(path, &survey, &map);
            spinner.step(steps);
            responses
        };
        // The files are read at the same time; the first complaint in the order of the flags is the
        // one that is told.
        let (systems, answers) = rayon::join(
            || {
                let (people, files) = rayon::join(
                    || self.people.as_deref().map(read_people).transpose(),
                    || self.open_records(),
                );
                let (people, files) = (people?, files?);
                spinner.step(steps);
                let recorded = check(records::read_all(&files, people.as_deref(), &bots))?;
                spinner.step(steps);
                anyhow::Ok((people, recorded))
            },
            || {
                let responses = read_response_file(&self.responses)?;
                let past = |path: &PathBuf| {
                    let (label, responses) = (label(path), read_response_file(path)?);
                    anyhow::Ok(PastWave {
                        label,
                        responses,
                        reworded: Vec::new(),
                    })
                };
                let previous = self.previous.par_iter().map(past);
                anyhow::Ok((responses, previous.collect::<anyhow::Result<Vec<_>>>()?))
            },
        );
        let ((people, recorded), (responses, previous)) = (systems?, answers?);
        let declared = match &self.metric_definitions {
            Some(path) => check(files::open(path).and_then(|text| metrics::read(&text)))?,
            None => Vec::new(),
        };
        warn(&recorded.warnings);
        let (left_out, events_read) = told(&recorded, &declared);
        for attribute in &self.by {
            if answers::attribute(&responses.people, attribute).is_none() {
                eprintln!(
                    "warning: --by {attribute}: {} has no such column",
                    self.responses.display()
                );
            }
        }
        let wave = self.wave.clone().unwrap_or_else(|| label(&self.responses));
        let roster = people.as_deref().map(people::roster);
        let tree = Tree::of(roster.iter().chain([&responses.people]));
        let reported = match &self.metrics {
            Some(path) => {
                let read = |file: files::File| files::metrics::read(&file, &declared, &tree);
                let (rows, warnings) = check(files::open_table(path, "metrics").and_then(read))?;
                warn(&warnings);
                let is_known = |row: &ReportedMetric| {
                    self.period
                        .is_none_or(|period| row.period_start < period.end)
                };
                rows.into_iter().filter(is_known).collect()
            }
            None => Vec::new(),
        };
        let actions = match &self.actions {
            Some(path) => {
                let waves = std::iter::once(&wave).chain(previous.iter().map(|past| &past.label));
                let waves: Vec<&str> = waves.map(String::as_str).collect();
                let file = check(files::open_table(path, "actions"))?;
                warn(&files::actions::warnings(&file));
                check(files::actions::read(&file, &survey, &tree, &waves))?
            }
            None => Vec::new(),
        };
        let input = Input {
            survey,
            wave,
            roster,
            actions,
            responses,
            previous,
            tables: recorded.tables,
            period: self.period,
            identifying: people.as_deref().map(Identifying::of),
            metrics: reported,
            declared,
            settings: Settings {
                minimum_group: minimum_group.get(),
                seed: self.seed,
                hourly_cost: self.hourly_cost,
                by: self.by.clone(),
            },
        };
        let model = self.embedding_command.as_ref().map(EmbeddingProgram::new);
        let model = model.as_ref().map(|model| model as &dyn Embedding);
        let findings = tribometer_analytics::analyze_with(&input, model);
        // The program is nearly done, and to free a million texts one by one would take longer than
        // to write the files.
        std::mem::forget(input);
        spinner.step(steps);
        let files = write_all(&self.formats.files(), &findings, &self.out)?;
        drop(spinner);
        self.tell(&findings, left_out.as_ref(), events_read, files)?;
        std::mem::forget(findings);
        Ok(())
    }

    /// The files of records that are given.
    fn open_records(&self) -> anyhow::Result<Vec<(Source, records::File)>> {
        let files = [
            (Source::PullRequests, &self.pull_requests),
            (Source::CiRuns, &self.ci_runs),
            (Source::Deployments, &self.deployments),
            (Source::Incidents, &self.incidents),
            (Source::SupportRequests, &self.support_requests),
        ];
        let given = files
            .into_iter()
            .filter_map(|(source, path)| Some((source, path.as_ref()?)));
        let open = |(source, path): (Source, &PathBuf)| {
            Ok((source, check(records::File::open(path, source))?))
        };
        given.map(open).collect()
    }

    fn tell(
        &self,
        findings: &Findings,
        left_out: Option<&LeftOut>,
        events: Vec<(&'static str, Read)>,
        files: Vec<Cow<'static, str>>,
    ) -> anyhow::Result<()> {
        let words = Language::default().words();
        let notes = findings.notes.iter();
        let notes = notes.map(|note| words.note(note, findings));
        let summary = Summary {
            wave: &findings.wave,
            responded: findings.responded,
            invited: findings.invited,
            worst: findings
                .ranking
                .iter()
                .take(3)
                .map(|pillar| pillar.name.as_str())
                .collect(),
            pull_requests: left_out,
            events: events.into_iter().collect(),
            notes: notes.collect(),
            files,
        };
        if self.json {
            let mut bytes = serde_json::to_vec_pretty(&summary)?;
            bytes.push(b'\n');
            return output::bytes(&bytes);
        }
        let asked = summary
            .invited
            .map(|invited| format!(" of {invited}"))
            .unwrap_or_default();
        let mut text = format!("{}: {}{asked} answered.\n", summary.wave, summary.responded);
        for pillar in findings.ranking.iter().take(3) {
            let friction = &pillar.friction;
            text += &format!(
                "{:>3}. {}: friction {:.0} (95% interval {:.0} to {:.0}), n {}\n",
                pillar.rank, pillar.name, friction.value, friction.low, friction.high, pillar.n
            );
        }
        if let Some(left_out) = left_out {
            text += &format!(
                "Pull requests: {} rows; left out: {} repeated, {} by bots, {} by nobody of a \
                 known team.\n",
                left_out.rows, left_out.repeated, left_out.bots, left_out.unmatched
            );
            for (phase, count) in &left_out.negative {
                text += &format!("  {count} with a negative {phase}\n");
            }
        }
        for (what, read) in &summary.events {
            text += &format!(
                "{what}: {} rows; {} repeated, {} of no known team.\n",
                read.rows, read.repeated, read.without_team
            );
            for (metric, count) in &read.negative {
                text += &format!("  {count} with a negative {metric}\n");
            }
        }
        for note in &summary.notes {
            text += &format!("Note: {note}\n");
        }
        text += &format!(
            "Wrote {} to {}.\n",
            summary.files.join(", "),
            self.out.display()
        );
        output::text(text)
    }
}

/// What is to be told of pull requests, and of other records by what they are called.
fn told(recorded: &Recorded, declared: &[Metric]) -> (Option<LeftOut>, Vec<(&'static str, Read)>) {
    const OTHERS: [(&str, Source); 4] = [
        ("CI runs", Source::CiRuns),
        ("Deployments", Source::Deployments),
        ("Incidents", Source::Incidents),
        ("Support requests", Source::SupportRequests),
    ];
    let negative = negative_times(&recorded.tables, declared);
    let metrics = || metrics::catalog().iter().chain(declared);
    let of = |source| metrics().filter(move |metric| metric.from == source);
    let pull_requests = recorded
        .left_out
        .get(&Source::PullRequests)
        .map(|left_out| {
            let phases = of(Source::PullRequests).filter_map(|metric| match &metric.value {
                Some(Value::Phase { phase }) => Some((phase.name(), *negative.get(&metric.id)?)),
                _ => None,
            });
            LeftOut {
                rows: left_out.rows,
                repeated: left_out.repeated,
                bots: left_out.bots,
                unmatched: left_out.without_team,
                negative: phases.collect(),
            }
        });
    let others = OTHERS.into_iter().filter_map(|(name, source)| {
        let left_out = recorded.left_out.get(&source)?;
        let negative = of(source).filter_map(|metric| {
            let count = negative.get(&metric.id)?;
            Some((metric.id.clone(), *count))
        });
        let read = Read {
            rows: left_out.rows,
            repeated: left_out.repeated,
            without_team: left_out.without_team,
            negative: negative.collect(),
        };
        Some((name, read))
    });
    (pull_requests, others.collect())
}

/// `2026-07-14..2026-10-13`: days that begin at midnight UTC, or times with an offset; the end is
/// left out.
fn period(text: &str) -> Result<Period, String> {
    let instant = |text: &str| match text.parse::<NaiveDate>() {
        Ok(day) => Some(day.and_time(NaiveTime::MIN).and_utc()),
        Err(_) => Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc()),
    };
    let ends = text.split_once("..");
    match ends.and_then(|(start, end)| Some((instant(start)?, instant(end)?))) {
        Some((start, end)) if start < end => Ok(Period { start, end }),
        Some(_) => Err("it ends before it begins".to_owned()),
        None => Err(
            "expected two days or times with an offset, such as `2026-07-14..2026-10-13`; the end \
             is left out"
                .to_owned(),
        ),
    }
}

pub(super) fn check<T>(result: Result<T, Rejected>) -> anyhow::Result<T> {
    result.map_err(|rejected| {
        let count = rejected.total;
        Failure::new(
            format!(
                "{count} {} wrong; nothing was written\n{}",
                if count == 1 { "thing is" } else { "things are" },
                rejected.to_string().trim_end()
            ),
            "mend the file and run the command again",
        )
        .into()
    })
}

pub(super) fn read_people(path: &Path) -> anyhow::Result<Vec<Person>> {
    let file = files::open_table(path, "people").and_then(|file| people::read(&file));
    let file = check(file)?;
    Ok(file.rows.into_iter().map(|row| row.person).collect())
}

fn read_responses(path: &Path, survey: &Survey, map: &Map) -> anyhow::Result<AnswerTables> {
    let file = files::open_table(path, "responses");
    check(file.and_then(|file| responses::read(&file, survey, map)))
}

fn warn(warnings: &[String]) {
    for warning in warnings {
        eprintln!("warning: {warning}");
    }
}

/// Writes every file, several at the same time, and returns their names.
fn write_all(
    files: &[File],
    findings: &Findings,
    folder: &Path,
) -> anyhow::Result<Vec<Cow<'static, str>>> {
    output::make_folder(folder)?;
    let write = |file: &File| {
        let name = file.name();
        output::replace(&folder.join(&*name), &file.render(findings))?;
        Ok(name)
    };
    files.par_iter().map(write).collect()
}
