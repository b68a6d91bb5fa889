//! `/dev/mail`: the embedded mailbox, as long as no mail server is set up, for people on this
//! machine alone.

use std::path::PathBuf;

use askama::Template;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::{HeaderValue, header, request::Parts};
use axum::response::{Html, IntoResponse, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::shell::Shell;
use crate::App;
use crate::mail::mailbox::{self, PER_PAGE};
use crate::web::loopback::LoopbackOnly;
use crate::web::page::Page;
use crate::web::{Error, Result, session};

/// What a mail's own page may load and do: show itself, and open its links.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                           frame-ancestors 'self'; sandbox allow-popups \
                           allow-top-navigation-by-user-activation";

/// The folder of the mailbox, for those who may look into it.
pub struct Mailbox(PathBuf);

impl FromRequestParts<App> for Mailbox {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        LoopbackOnly::from_request_parts(parts, app).await?;
        if app.config.mail.smtp.is_some() {
            return Err(Error::NotHere(
                "Mail goes to the mail server that is set, so none stays here. `tribometer mail \
                 status` says what became of each mail."
                    .to_owned(),
            ));
        }
        Ok(Mailbox(app.config.mailbox_dir()))
    }
}

/// A page of the list, and what is looked for.
#[derive(Deserialize)]
pub struct Search {
    page: Option<usize>,
    #[serde(default)]
    search: String,
}

#[derive(Template)]
#[template(path = "lead/mailbox.html")]
struct MailboxPage {
    shell: Shell,
    mails: Vec<Line>,
    is_search: bool,
    search: String,
    counted: String,
    newer: Option<usize>,
    older: Option<usize>,
}

struct Line {
    id: String,
    subject: String,
    to: String,
    sent: String,
}

#[derive(Template)]
#[template(path = "lead/mail.html")]
struct MailPage {
    shell: Shell,
    id: String,
    subject: String,
    to: String,
    has_html: bool,
    text: String,
    headers: String,
}

/// `GET /dev/mail`: all mails, the newest first.
pub async fn list(
    State(app): State<App>,
    Mailbox(folder): Mailbox,
    cookies: CookieJar,
    Query(Search { page, search }): Query<Search>,
) -> Result<Response> {
    let page = page.unwrap_or(1).max(1);
    let list = mailbox::list(&folder, page, &search)
        .await
        .map_err(unreadable)?;
    let first = (page - 1) * PER_PAGE;
    let counted = match list.mails.len() {
        0 => "No mail.".to_owned(),
        shown => format!("{} to {} of {}.", first + 1, first + shown, list.total),
    };
    let mails = list.mails.into_iter().map(|mail| Line {
        id: mail.id,
        subject: mail.subject,
        to: mail.to,
        sent: mail.date.map_or_else(String::new, |date| {
            date.format("%-d %B %Y, %H:%M UTC").to_string()
        }),
    });
    Ok(Page::ok(MailboxPage {
        mails: mails.collect(),
        shell: shell(&app, &cookies).await?,
        is_search: !search.is_empty(),
        search,
        counted,
        newer: (page > 1).then(|| page - 1),
        older: (first + PER_PAGE < list.total).then_some(page + 1),
    })
    .into_response())
}

/// `GET /dev/mail/{id}`: one mail as HTML, as text, and its headers.
pub async fn show(
    State(app): State<App>,
    Mailbox(folder): Mailbox,
    cookies: CookieJar,
    Path(id): Path<String>,
) -> Result<Response> {
    let mail = mailbox::read(&folder, &id)
        .await
        .map_err(unreadable)?
        .ok_or(Error::NotFound)?;
    Ok(Page::ok(MailPage {
        shell: shell(&app, &cookies).await?,
        id: mail.summary.id,
        subject: mail.summary.subject,
        to: mail.summary.to,
        has_html: mail.html.is_some(),
        text: mail.text,
        headers: mail.headers,
    })
    .into_response())
}

/// `GET /dev/mail/{id}/html`: the mail's HTML alone, for a frame that gives it no rights. Its links
/// lead the whole window.
pub async fn html(Mailbox(folder): Mailbox, Path(id): Path<String>) -> Result<Response> {
    let mail = mailbox::read(&folder, &id).await.map_err(unreadable)?;
    let html = mail.and_then(|mail| mail.html).ok_or(Error::NotFound)?;
    let html = html.replacen("<head>", "<head><base target=\"_top\">", 1);
    let mut response = Html(html).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(MAIL_POLICY),
    );
    headers.insert(
        header::X_FRAME_OPTIONS,
        HeaderValue::from_static("SAMEORIGIN"),
    );
    Ok(response)
}

/// The mailbox needs no account; whoever has one keeps the menu.
async fn shell(app: &App, cookies: &CookieJar) -> Result<Shell> {
    Ok(match session::viewer(app, cookies).await? {
        Some(viewer) => Shell::of(viewer, "/dev/mail"),
        None => Shell::outside(),
    })
}

fn unreadable(cause: std::io::Error) -> Error {
    Error::Internal(format!("the mailbox can't be read: {cause}"))
}
