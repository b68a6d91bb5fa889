//! `tribometer program`: recurring surveys and their settings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context;
use chrono::NaiveDate;
use chrono_tz::Tz;
use clap::{Args, Subcommand};
use serde_json::json;
use tribometer_surveys::builtin;
use tribometer_surveys::privacy::{Confidentiality, MinimumGroup};
use tribometer_surveys::program::{Audience, Program as ProgramSettings};
use tribometer_surveys::reminder::ReminderDay;
use tribometer_surveys::schedule::{Blackout, DateRange, Recurrence};
use tribometer_surveys::survey::Survey;
use tribometer_surveys::team::TeamPath;

use super::output;
use super::table::table;
use crate::App;
use crate::service::programs::{self, Program as Stored};
use crate::service::{surveys, waves};

/// Set up recurring surveys: whom they ask, when, and under which promise
#[derive(Args)]
pub struct Program {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Add a program and plan its first wave
    Add {
        /// What pages and mails call it: "Engineering survey"
        name: String,
        #[command(flatten)]
        settings: Box<Changes>,
    },
    /// List all programs with their next wave
    List {
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show the settings of a program and its waves
    Show {
        /// The program's name; the only one there is, if it is left out
        name: Option<String>,
        /// Print the program as JSON
        #[arg(long)]
        json: bool,
    },
    /// Change settings. A wave that is open keeps what it was launched with
    Change {
        /// The program's name
        name: String,
        /// A new name
        #[arg(long)]
        rename: Option<String>,
        #[command(flatten)]
        settings: Box<Changes>,
    },
    /// Plan and open no more waves until `--resume`; an open wave runs to its end
    Pause {
        /// The program's name
        name: String,
        /// Go on
        #[arg(long)]
        resume: bool,
    },
}

/// Settings that are given; what is left out stays as it is, or as it usually is.
#[derive(Args)]
struct Changes {
    /// The survey: the id of one that ships, or a file of your own [default: devex-25]
    #[arg(long, value_name = "ID|FILE")]
    survey: Option<String>,
    /// Ask this team and all teams within it; `*` asks everybody
    #[arg(long, value_name = "PATH")]
    team: Option<String>,
    /// Ask people with this value of an attribute; may be repeated, and replaces what was set
    #[arg(long = "attribute", value_name = "NAME=VALUE")]
    attributes: Vec<String>,
    /// When waves happen, as a cron pattern with one time of day [default: 0 10 * 1,4,7,10 TUE#2]
    #[arg(long, value_name = "CRON")]
    recurrence: Option<Recurrence>,
    /// Where the recurrence's dates are counted, and the zone of people who have none [default:
    /// UTC]
    #[arg(long, value_name = "ZONE")]
    timezone: Option<Tz>,
    /// How many days a wave is open [default: 14]
    #[arg(long, value_name = "DAYS")]
    open_days: Option<u32>,
    /// Days after the invitation, and `last` for the day before closing; `none` for no reminders
    /// [default: 3,7,last]
    #[arg(long, value_name = "DAYS")]
    reminders: Option<String>,
    /// A range of days on which nothing is sent; may be repeated, and replaces what was set
    #[arg(long = "blackout", value_name = "FROM..TO")]
    blackout: Vec<String>,
    /// Attributes by which every team is cut in the results too, such as role,location; `none` for
    /// none [default: none]
    #[arg(long, value_delimiter = ',', value_name = "ATTRIBUTE,…")]
    by: Vec<String>,
    /// The smallest number of answers that a shown group may have [default: 5]
    #[arg(long, value_name = "ANSWERS")]
    minimum_group: Option<u32>,
    /// How answers are kept: `confidential` or `anonymous` [default: confidential]
    #[arg(long, value_name = "HOW")]
    confidentiality: Option<Confidentiality>,
}

impl Program {
    /// Whether it stores nothing.
    pub fn is_reading(&self) -> bool {
        matches!(self.what, What::List { .. } | What::Show { .. })
    }

    pub async fn run(self, app: &App) -> anyhow::Result<()> {
        match self.what {
            What::Add { name, settings } => {
                let usual = ProgramSettings::new(name, builtin::DEVEX_25, Tz::UTC);
                let settings = settings.apply(app, usual).await?;
                warn(&settings);
                let program = programs::add(app, settings).await?;
                eprintln!("Added {:?}.", program.settings.name);
                say_next_wave(app, &program).await
            }
            What::List { json } => list(app, json).await,
            What::Show { name, json } => {
                let program = programs::find_or_only(app, name.as_deref()).await?;
                show(app, &program, json).await
            }
            What::Change {
                name,
                rename,
                settings,
            } => {
                let program = programs::find(app, &name).await?;
                let mut changed = settings.apply(app, program.settings.clone()).await?;
                changed.name = rename.unwrap_or(changed.name);
                warn(&changed);
                let program = programs::change(app, program, changed).await?;
                eprintln!("Changed {:?}.", program.settings.name);
                say_next_wave(app, &program).await
            }
            What::Pause { name, resume } => {
                let program = programs::find(app, &name).await?;
                let program = programs::pause(app, program, !resume).await?;
                say_next_wave(app, &program).await
            }
        }
    }
}

impl Changes {
    async fn apply(
        self,
        app: &App,
        mut settings: ProgramSettings,
    ) -> anyhow::Result<ProgramSettings> {
        if let Some(survey) = &self.survey {
            settings.survey = survey_id(app, survey).await?;
        }
        self.apply_audience(&mut settings.audience)?;
        settings.recurrence = self.recurrence.unwrap_or(settings.recurrence);
        settings.timezone = self.timezone.unwrap_or(settings.timezone);
        settings.open_days = self.open_days.unwrap_or(settings.open_days);
        settings.confidentiality = self.confidentiality.unwrap_or(settings.confidentiality);
        if let Some(minimum) = self.minimum_group {
            settings.minimum_group = MinimumGroup::new(minimum).context("--minimum-group")?;
        }
        match self.reminders.as_deref() {
            Some("none") => settings.reminders.clear(),
            Some(days) => {
                let days = days.split(',').map(|day| day.trim().parse::<ReminderDay>());
                settings.reminders = days.collect::<Result<_, _>>().context("--reminders")?;
            }
            None => {}
        }
        match self.by.as_slice() {
            [] => {}
            [none] if none == "none" => settings.by.clear(),
            named => settings.by = named.iter().map(|name| name.trim().to_owned()).collect(),
        }
        if !self.blackout.is_empty() {
            let ranges = self.blackout.iter().map(|range| date_range(range));
            settings.blackout = Blackout(ranges.collect::<anyhow::Result<_>>()?);
        }
        Ok(settings)
    }

    fn apply_audience(&self, audience: &mut Audience) -> anyhow::Result<()> {
        match self.team.as_deref() {
            Some("*") => audience.team = None,
            Some(path) => audience.team = Some(path.parse::<TeamPath>().context("--team")?),
            None => {}
        }
        if !self.attributes.is_empty() {
            let mut attributes = BTreeMap::<String, BTreeSet<String>>::new();
            for attribute in &self.attributes {
                let (name, value) = attribute.split_once('=').with_context(|| {
                    format!("--attribute {attribute}: expected NAME=VALUE, such as role=backend")
                })?;
                attributes
                    .entry(name.trim().to_owned())
                    .or_default()
                    .insert(value.trim().to_owned());
            }
            audience.attributes = attributes;
        }
        Ok(())
    }
}

/// The id of a survey that is named by its id or by a file; a file is kept, so that waves can ask
/// it.
async fn survey_id(app: &App, survey: &str) -> anyhow::Result<String> {
    let path = Path::new(survey);
    if !path.is_file() {
        return Ok(survey.to_owned());
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("{survey} can't be read"))?;
    let parsed = Survey::parse(&text).with_context(|| {
        format!("{survey} is no survey; `tribometer survey lint {survey}` says more")
    })?;
    surveys::bring(app, &parsed).await?;
    Ok(parsed.id)
}

fn date_range(text: &str) -> anyhow::Result<DateRange> {
    let expected = || format!("--blackout {text}: expected days such as 2026-12-24..2027-01-01");
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    let day = |day: &str| day.trim().parse::<NaiveDate>().with_context(expected);
    Ok(DateRange {
        from: day(from)?,
        to: day(to)?,
    })
}

fn warn(settings: &ProgramSettings) {
    if let Some(warning) = settings.minimum_group.warning() {
        eprintln!("warning: {warning}");
    }
}

async fn say_next_wave(app: &App, program: &Stored) -> anyhow::Result<()> {
    let name = &program.settings.name;
    if program.paused {
        eprintln!("{name:?} is paused: nothing is planned or opened.");
        return Ok(());
    }
    match next_wave(app, program).await? {
        Some(wave) => eprintln!(
            "The next wave, {}, opens on {}.",
            wave.label,
            wave.day.format("%A, %-d %B %Y")
        ),
        None => eprintln!("No wave is to come; check the recurrence and the blackout days."),
    }
    Ok(())
}

async fn next_wave(app: &App, program: &Stored) -> anyhow::Result<Option<waves::Wave>> {
    let waves = waves::list(app, program).await?;
    Ok(waves.into_iter().find(waves::Wave::is_to_come))
}

async fn list(app: &App, as_json: bool) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    let mut documents = Vec::new();
    for program in programs::list(app).await? {
        let next = next_wave(app, &program).await?;
        let settings = &program.settings;
        rows.push(vec![
            settings.name.clone(),
            settings.survey.clone(),
            audience(&settings.audience),
            match (&next, program.paused) {
                (_, true) => "paused".to_owned(),
                (Some(wave), _) => format!("{} on {}", wave.label, wave.day),
                (None, _) => "none".to_owned(),
            },
        ]);
        documents.push(document(&program, next.as_ref()));
    }
    if as_json {
        output::line(serde_json::to_string_pretty(&documents)?)?;
    } else if rows.is_empty() {
        eprintln!("There is no program yet; `tribometer program add` adds one.");
    } else {
        output::text(table(&["name", "survey", "audience", "next wave"], &rows))?;
    }
    Ok(())
}

fn document(program: &Stored, next: Option<&waves::Wave>) -> serde_json::Value {
    json!({
        "id": program.id,
        "settings": program.settings,
        "paused": program.paused,
        "next_wave": next.map(super::wave::document),
    })
}

fn audience(audience: &Audience) -> String {
    let team = audience.team.as_ref().map(ToString::to_string);
    let attributes = audience.attributes.iter().map(|(name, values)| {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        format!("{name} {}", values.join(" or "))
    });
    let parts: Vec<String> = team.into_iter().chain(attributes).collect();
    if parts.is_empty() {
        "everybody".to_owned()
    } else {
        parts.join(", ")
    }
}

async fn show(app: &App, program: &Stored, as_json: bool) -> anyhow::Result<()> {
    let all = waves::list(app, program).await?;
    let Stored {
        settings, paused, ..
    } = program;
    if as_json {
        let next = all.iter().find(|wave| wave.is_to_come());
        let mut document = document(program, next);
        document["waves"] = all.iter().map(super::wave::document).collect();
        output::line(serde_json::to_string_pretty(&document)?)?;
        return Ok(());
    }
    let reminders: Vec<String> = settings.reminders.iter().map(ToString::to_string).collect();
    let blackout = settings.blackout.0.iter();
    let blackout: Vec<String> = blackout
        .map(|range| format!("{}..{}", range.from, range.to))
        .collect();
    let or_none = |list: Vec<String>| {
        if list.is_empty() {
            "none".to_owned()
        } else {
            list.join(", ")
        }
    };
    let rows = [
        ("name", settings.name.clone()),
        ("survey", settings.survey.clone()),
        ("audience", audience(&settings.audience)),
        (
            "recurrence",
            format!("{} ({})", settings.recurrence, settings.timezone),
        ),
        ("open days", settings.open_days.to_string()),
        ("reminders", or_none(reminders)),
        ("blackout", or_none(blackout)),
        ("cut by", or_none(settings.by.iter().cloned().collect())),
        ("minimum group", settings.minimum_group.to_string()),
        ("answers are kept", settings.confidentiality.to_string()),
        ("paused", if *paused { "yes" } else { "no" }.to_owned()),
    ];
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|(name, value)| vec![name.to_owned(), value])
        .collect();
    output::text(table(&["setting", "value"], &rows))?;
    if !all.is_empty() {
        output::line("")?;
        output::text(super::wave::list(&all))?;
    }
    Ok(())
}
