//! Waves: the list, the report or the participation of one, and the files to take away.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use tribometer_findings::parts::Part;
use tribometer_reports::files::{File, Format};
use tribometer_reports::html::{Export, ExportGroup, ExportLink, Links, report_body};
use tribometer_reports::tables::TABLES;
use tribometer_surveys::wave::WaveState;
use uuid::Uuid;

use super::shell::Shell;
use crate::App;
use crate::mail::templates::deadline;
use crate::service::blocking;
use crate::service::files::FORMATS;
use crate::service::reading::{self, Seen, View};
use crate::web::page::Page;
use crate::web::session::Viewer;
use crate::web::{Error, Result};

#[derive(Template)]
#[template(path = "lead/waves.html")]
struct WavesPage {
    shell: Shell,
    waves: Vec<Line>,
}

struct Line {
    id: Uuid,
    label: String,
    program: String,
    state: &'static str,
    opens: String,
    closes: String,
    timezone: Tz,
}

#[derive(Template)]
#[template(path = "lead/report.html")]
struct ReportPage {
    shell: Shell,
    id: Uuid,
    label: String,
    /// The day on which everybody who was asked could first read it.
    released: Option<String>,
    report: String,
}

#[derive(Template)]
#[template(path = "lead/participation.html")]
struct ParticipationPage {
    shell: Shell,
    label: String,
    heading: &'static str,
    lede: String,
    minimum: u32,
    groups: Vec<Group>,
}

struct Group {
    team: String,
    invited: usize,
    answered: usize,
    percent: Option<usize>,
}

/// `GET /`: the newest wave, or the list as long as there is none.
pub async fn first(State(app): State<App>, Viewer(_): Viewer) -> Result<Redirect> {
    Ok(match reading::first_wave(&app).await? {
        Some(wave) => Redirect::to(&format!("/waves/{wave}")),
        None => Redirect::to("/waves"),
    })
}

/// `GET /waves`: all of them.
pub async fn list(State(app): State<App>, Viewer(viewer): Viewer) -> Result<Response> {
    let waves = reading::waves(&app).await?.into_iter().map(|wave| Line {
        id: wave.id,
        label: wave.label,
        program: wave.program,
        state: match wave.state {
            WaveState::Scheduled => "Scheduled",
            WaveState::Open => "Open",
            WaveState::Closed => "Closed",
        },
        opens: instant(wave.opens_at, wave.timezone),
        closes: instant(wave.closes_at, wave.timezone),
        timezone: wave.timezone,
    });
    Ok(Page::ok(WavesPage {
        waves: waves.collect(),
        shell: Shell::of(viewer, "/waves"),
    })
    .into_response())
}

/// `GET /waves/{id}`: the report of a closed wave; of an open one only who took part.
pub async fn show(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    Path(id): Path<String>,
) -> Result<Response> {
    let seen = reading::look(&app, &viewer, read_id(&id)?, &Part::ALL).await?;
    let shell = Shell::of(viewer, "/");
    if let View::Report(findings) = seen.view {
        let links = Links {
            exports: exports(seen.id),
            methods: None,
            groups: Some(format!("/waves/{}/groups", seen.id)),
        };
        let report = blocking::run("a report", move || report_body(&findings, &links)).await?;
        return Ok(Page::ok(ReportPage {
            shell,
            id: seen.id,
            released: seen.released_at.map(|at| day(at, seen.timezone)),
            label: seen.label,
            report,
        })
        .into_response());
    }
    Ok(Page::ok(participation(shell, seen)).into_response())
}

/// The export menu of a wave: all tables at once, one by one, and everything else.
fn exports(wave: Uuid) -> Vec<ExportGroup> {
    let link = |format, file: File| ExportLink {
        format,
        href: format!("/waves/{wave}/export/{}", file.name()),
    };
    let export = |name, links| Export { name, links };
    let table = |table| {
        let formats = FORMATS.iter().filter_map(|format| match *format {
            Format::Tables(format) => Some(link(format.name, File::Table(table, format))),
            Format::Workbook => None,
        });
        export(table.title, formats.collect())
    };
    let group = |title, exports| ExportGroup { title, exports };
    let workbook = vec![link("XLSX", File::Workbook)];
    let report = vec![link("HTML", File::Report)];
    let findings = vec![link("JSON", File::Findings)];
    vec![
        group("All tables", vec![export("Workbook", workbook)]),
        group("One table", TABLES.iter().map(table).collect()),
        group(
            "Everything",
            vec![
                export("Report as one page", report),
                export("Findings as data", findings),
            ],
        ),
    ]
}

fn participation(shell: Shell, seen: Seen) -> ParticipationPage {
    let (heading, lede) = match &seen.view {
        View::Scheduled => (
            "This wave has not begun",
            format!("It opens on {}.", deadline(seen.opens_at, seen.timezone)),
        ),
        View::Participation(_) => (
            "People are answering",
            format!(
                "Results come when the wave closes, on {}. Until then nobody sees any.",
                deadline(seen.closes_at, seen.timezone)
            ),
        ),
        View::Report(_) | View::Computing => (
            "The results are being computed",
            "The wave is closed. Its report appears here within a minute or two.".to_owned(),
        ),
    };
    let groups = match seen.view {
        View::Participation(groups) => groups,
        _ => Vec::new(),
    };
    let groups = groups.into_iter().map(|group| Group {
        percent: group.percent(),
        team: group.team.to_string(),
        invited: group.invited,
        answered: group.answered,
    });
    ParticipationPage {
        shell,
        label: seen.label,
        heading,
        lede,
        minimum: seen.minimum.get(),
        groups: groups.collect(),
    }
}

/// `GET /waves/{id}/export/{name}`: a file of a closed wave.
pub async fn export(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    Path((id, name)): Path<(String, String)>,
) -> Result<Response> {
    let file = reading::export(&app, Some(&viewer), read_id(&id)?, &name).await?;
    let disposition = format!(
        "attachment; filename=\"{}\"",
        file.name.replace(['"', '\\'], "-")
    );
    let disposition =
        HeaderValue::from_str(&disposition).unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(file.content_type),
        ),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, file.content).into_response())
}

/// What is no id leads nowhere.
pub fn read_id(text: &str) -> Result<Uuid> {
    text.parse().map_err(|_| Error::NotFound)
}

/// As the calendars of a zone show it: `13 October 2026`.
fn day(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%-d %B %Y").to_string()
}

/// As the clocks of a zone show it, where the zone stands beside it: `13 October 2026, 10:00`.
fn instant(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone)
        .format("%-d %B %Y, %H:%M")
        .to_string()
}
