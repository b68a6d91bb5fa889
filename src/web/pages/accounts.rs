//! `/accounts`: who may read reports, and who may run surveys.

use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::shell::Shell;
use crate::{
    App,
    service::{
        self,
        sign_in::{self, Account, Role},
    },
    web::{Result, error::sentences, page::Page, session::Administrator},
};

#[derive(Template)]
#[template(path = "lead/accounts.html")]
struct AccountsPage {
    shell: Shell,
    accounts: Vec<Line>,
    notice: Option<String>,
    error: Option<String>,
    role_error: Option<&'static str>,
    email: String,
    name: String,
    role: String,
}

struct Line {
    email: String,
    name: String,
    role: &'static str,
    added: String,
}

/// What the form sends.
#[derive(Default, Deserialize)]
pub struct Fields {
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: String,
}

/// `GET /accounts`: everybody who has one.
pub async fn list(
    State(app): State<App>,
    Administrator(viewer): Administrator,
) -> Result<Response> {
    let page = page(&app, viewer, Fields::default()).await?;
    Ok(Page::ok(page).into_response())
}

/// `POST /accounts`: adds one and mails a link to it.
pub async fn add(
    State(app): State<App>,
    Administrator(viewer): Administrator,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let Ok(role) = fields.role.parse::<Role>() else {
        let mut page = page(&app, viewer, fields).await?;
        page.role_error = Some("This is not a role. Choose Lead or Administrator.");
        return Ok(Page::rejected(page).into_response());
    };
    let problem = match sign_in::add_account(&app, Some(&viewer), &fields.email, &fields.name, role)
        .await
    {
        Ok(account) => {
            sign_in::request_link(&app, &account.email).await?;
            let mut page = page(&app, viewer, Fields::default()).await?;
            page.notice = Some(format!(
                "{} has an account now. A mail with a link is on its way.",
                account.email
            ));
            return Ok(Page::ok(page).into_response());
        }
        Err(service::Error::Invalid(wrong)) => sentences(&wrong),
        Err(service::Error::Conflict { .. }) => "This address has an account already.".to_owned(),
        Err(error) => return Err(error.into()),
    };
    let mut page = page(&app, viewer, fields).await?;
    page.error = Some(problem);
    Ok(Page::rejected(page).into_response())
}

async fn page(app: &App, viewer: Account, fields: Fields) -> Result<AccountsPage> {
    let accounts = sign_in::accounts(app)
        .await?
        .into_iter()
        .map(|account| Line {
            name: account.name.unwrap_or_default(),
            email: account.email,
            role: match account.role {
                Role::Admin => "Administrator",
                Role::Lead => "Lead",
            },
            added: account.created_at.format("%-d %B %Y").to_string(),
        });
    Ok(AccountsPage {
        accounts: accounts.collect(),
        shell: Shell::of(viewer, "/accounts"),
        notice: None,
        error: None,
        role_error: None,
        email: fields.email,
        name: fields.name,
        role: fields.role,
    })
}
