//! `/waves/{id}/release`: shows a closed wave's results to everybody who was asked, changes the
//! text beside them, takes them back.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tribometer_reports::words::format;
use uuid::Uuid;

use super::shell::Shell;
use super::waves::read_id;
use crate::App;
use crate::service;
use crate::service::results::{self, LONGEST_TEXT};
use crate::service::sign_in::Account;
use crate::service::waves::{self, Wave};
use crate::web::error::sentences;
use crate::web::page::Page;
use crate::web::session::Administrator;
use crate::web::{Error, Result};

#[derive(Template)]
#[template(path = "lead/release.html")]
struct ReleasePage {
    shell: Shell,
    id: Uuid,
    label: String,
    is_released: bool,
    we_did: String,
    longest: usize,
    error: Option<String>,
}

impl ReleasePage {
    /// As the hint writes it.
    fn longest_text(&self) -> String {
        format::count(self.longest as u64)
    }

    fn of(viewer: Account, wave: Wave) -> Self {
        ReleasePage {
            shell: Shell::of(viewer, "/"),
            id: wave.id,
            label: wave.label,
            is_released: wave.released_at.is_some(),
            we_did: wave.we_did.unwrap_or_default(),
            longest: LONGEST_TEXT,
            error: None,
        }
    }
}

/// `GET /waves/{id}/release`: says what releasing does, and asks what is done about the results.
pub async fn ask(
    State(app): State<App>,
    Administrator(viewer): Administrator,
    Path(id): Path<String>,
) -> Result<Response> {
    let wave = waves::find(&app, read_id(&id)?).await?;
    results::is_releasable(&wave)?;
    Ok(Page::ok(ReleasePage::of(viewer, wave)).into_response())
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Sent {
    #[serde(default)]
    we_did: String,
}

/// `POST /waves/{id}/release`: releases the results, or changes the text of released ones.
pub async fn release(
    State(app): State<App>,
    Administrator(viewer): Administrator,
    Path(id): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response> {
    let id = read_id(&id)?;
    match results::release(&app, id, &sent.we_did, Some(viewer.id)).await {
        Ok(()) => Ok(Redirect::to(&format!("/waves/{id}")).into_response()),
        Err(service::Error::Invalid(fields)) => {
            let wave = waves::find(&app, id).await?;
            Ok(Page::rejected(ReleasePage {
                we_did: sent.we_did,
                error: Some(sentences(&fields)),
                ..ReleasePage::of(viewer, wave)
            })
            .into_response())
        }
        Err(error) => Err(Error::from(error)),
    }
}

/// `POST /waves/{id}/take-back`: leads alone read the results again.
pub async fn take_back(
    State(app): State<App>,
    Administrator(viewer): Administrator,
    Path(id): Path<String>,
) -> Result<Redirect> {
    let id = read_id(&id)?;
    results::take_back(&app, id, Some(viewer.id)).await?;
    Ok(Redirect::to(&format!("/waves/{id}")))
}
