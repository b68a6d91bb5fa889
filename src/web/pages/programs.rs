//! `/programs`: the recurring surveys, their next wave, and the buttons that open and close one.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tribometer_surveys::wave::WaveState;
use uuid::Uuid;

use super::shell::Shell;
use super::waves::read_id;
use crate::App;
use crate::mail::templates::deadline;
use crate::service;
use crate::service::programs::{self, Program};
use crate::service::progress::SILENT;
use crate::service::sign_in::Account;
use crate::service::waves::{self, Wave};
use crate::web::page::Page;
use crate::web::session::Administrator;
use crate::web::{Error, Result};

#[derive(Template)]
#[template(path = "lead/programs.html")]
struct ProgramsPage {
    shell: Shell,
    programs: Vec<Section>,
    error: Option<String>,
}

struct Section {
    id: Uuid,
    name: String,
    facts: String,
    next: String,
    open: Option<OpenWave>,
}

struct OpenWave {
    id: Uuid,
    label: String,
    closes: String,
}

#[derive(Template)]
#[template(path = "lead/close_wave.html")]
struct ClosePage {
    shell: Shell,
    id: Uuid,
    label: String,
    error: Option<String>,
}

/// `GET /programs`: all of them.
pub async fn list(
    State(app): State<App>,
    Administrator(viewer): Administrator,
) -> Result<Response> {
    let page = page(&app, viewer, None).await?;
    Ok(Page::ok(page).into_response())
}

/// `POST /programs/{id}/open`: opens a wave now, and sends its invitations.
pub async fn open(
    State(app): State<App>,
    Administrator(viewer): Administrator,
    Path(id): Path<String>,
) -> Result<Response> {
    let id = read_id(&id)?;
    let program = programs::list(&app)
        .await?
        .into_iter()
        .find(|program| program.id == id);
    let program = program.ok_or(Error::NotFound)?;
    match waves::open(&app, &program, Some(viewer.id), SILENT).await {
        Ok(launched) => Ok(Redirect::to(&format!("/waves/{}", launched.wave.id)).into_response()),
        Err(service::Error::Conflict { message, .. }) => {
            let page = page(&app, viewer, Some(message)).await?;
            Ok(Page::conflict(page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /waves/{id}/close`: says what closing does, and asks for the wave's name.
pub async fn ask_to_close(
    State(app): State<App>,
    Administrator(viewer): Administrator,
    Path(id): Path<String>,
) -> Result<Response> {
    let wave = open_wave(&app, &id).await?;
    let shell = Shell::of(viewer, "/programs");
    Ok(Page::ok(ClosePage {
        shell,
        id: wave.id,
        label: wave.label,
        error: None,
    })
    .into_response())
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Confirmation {
    #[serde(default)]
    label: String,
}

/// `POST /waves/{id}/close`: closes the wave for good, if its name is given.
pub async fn close(
    State(app): State<App>,
    Administrator(viewer): Administrator,
    Path(id): Path<String>,
    Form(confirmation): Form<Confirmation>,
) -> Result<Response> {
    let wave = open_wave(&app, &id).await?;
    if confirmation.label.trim() != wave.label {
        let error = Some(format!("Type {} to close it.", wave.label));
        let shell = Shell::of(viewer, "/programs");
        return Ok(Page::rejected(ClosePage {
            shell,
            id: wave.id,
            label: wave.label,
            error,
        })
        .into_response());
    }
    waves::close(&app, wave.id, Some(viewer.id)).await?;
    Ok(Redirect::to(&format!("/waves/{}", wave.id)).into_response())
}

async fn open_wave(app: &App, id: &str) -> Result<Wave> {
    let wave = waves::find(app, read_id(id)?).await?;
    match wave.state {
        WaveState::Open => Ok(wave),
        state => Err(Error::Conflict(format!(
            "The wave {} is {state}; there is nothing to close.",
            wave.label
        ))),
    }
}

async fn page(app: &App, viewer: Account, error: Option<String>) -> Result<ProgramsPage> {
    let mut sections = Vec::new();
    for program in programs::list(app).await? {
        sections.push(section(&program, waves::list(app, &program).await?));
    }
    Ok(ProgramsPage {
        shell: Shell::of(viewer, "/programs"),
        programs: sections,
        error,
    })
}

fn section(program: &Program, waves: Vec<Wave>) -> Section {
    let settings = &program.settings;
    let whom = settings
        .audience
        .team
        .as_ref()
        .map_or("everybody".to_owned(), ToString::to_string);
    let planned = waves
        .iter()
        .rev()
        .find(|wave| wave.state == WaveState::Scheduled);
    let next = match planned {
        _ if program.paused => "Paused: no wave is planned.".to_owned(),
        Some(wave) => format!(
            "The next wave, {}, opens on {}.",
            wave.label,
            wave.day.format("%-d %B %Y")
        ),
        None => "No wave is planned.".to_owned(),
    };
    let open = waves.iter().find(|wave| wave.state == WaveState::Open);
    Section {
        id: program.id,
        name: settings.name.clone(),
        facts: format!(
            "Asks {whom} · survey {} · open for {} days · groups of {} or more",
            settings.survey, settings.open_days, settings.minimum_group
        ),
        next,
        open: open.map(|wave| OpenWave {
            id: wave.id,
            label: wave.label.clone(),
            closes: deadline(wave.closes_at, settings.timezone),
        }),
    }
}
