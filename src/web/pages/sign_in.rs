//! Signing in and out. A link in a mail leads to a button, for mail scanners open links; pressing
//! it redeems the link.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::shell::Shell;
use crate::{
    App,
    service::{
        self,
        sign_in::{self, SignInPage},
    },
    web::{Error, Result, error::sentences, page::Page, session},
};

#[derive(Template)]
#[template(path = "lead/sign_in.html")]
struct AskPage {
    shell: Shell,
    email: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "lead/sign_in_link.html")]
struct LinkPage {
    shell: Shell,
    action: String,
    email: String,
}

#[derive(Template)]
#[template(path = "lead/first_administrator.html")]
struct FirstAdministratorPage {
    shell: Shell,
    action: String,
    email: String,
    name: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "lead/message.html")]
struct MessagePage {
    shell: Shell,
    heading: &'static str,
    paragraphs: Vec<&'static str>,
    links: Vec<Target>,
}

struct Target {
    target: &'static str,
    label: &'static str,
}

/// What the forms send.
#[derive(Deserialize)]
pub struct Fields {
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
}

/// `GET /sign-in`: asks for the mail address.
pub async fn ask() -> impl IntoResponse {
    Page::ok(AskPage {
        shell: Shell::outside(),
        email: String::new(),
        error: None,
    })
}

/// `POST /sign-in`: the same answer whether the address has an account or not.
pub async fn request(State(app): State<App>, Form(fields): Form<Fields>) -> Result<Response> {
    match sign_in::request_link(&app, &fields.email).await {
        Ok(()) => Ok(Page::ok(MessagePage {
            shell: Shell::outside(),
            heading: "Look into your mail",
            paragraphs: vec![
                "If this address has an account, a link is on its way. It works once, for 15 \
                 minutes.",
                "Nothing there? Look at the address again, or ask an administrator to add you.",
            ],
            links: vec![Target {
                target: "/sign-in",
                label: "Try another address",
            }],
        })
        .into_response()),
        Err(service::Error::Invalid(wrong)) => {
            let page = AskPage {
                shell: Shell::outside(),
                email: fields.email,
                error: Some(sentences(&wrong)),
            };
            Ok(Page::rejected(page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /sign-in/{token}`: a button; nothing is redeemed yet.
pub async fn look(State(app): State<App>, Path(token): Path<String>) -> Result<Response> {
    let action = format!("/sign-in/{token}");
    Ok(match sign_in::look(&app, &token).await? {
        SignInPage::Account(account) => Page::ok(LinkPage {
            shell: Shell::outside(),
            action,
            email: account.email,
        })
        .into_response(),
        SignInPage::FirstAdministrator => Page::ok(FirstAdministratorPage {
            shell: Shell::outside(),
            action,
            email: String::new(),
            name: String::new(),
            error: None,
        })
        .into_response(),
        SignInPage::Unusable => unusable(),
    })
}

/// `POST /sign-in/{token}`: redeems the link, or creates the first administrator, and signs in.
pub async fn redeem(
    State(app): State<App>,
    Path(token): Path<String>,
    cookies: CookieJar,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let session = match sign_in::look(&app, &token).await? {
        SignInPage::Account(_) => sign_in::redeem(&app, &token).await?,
        SignInPage::FirstAdministrator => {
            match sign_in::create_first_administrator(&app, &token, &fields.email, &fields.name)
                .await
            {
                Err(service::Error::Invalid(wrong)) => {
                    return Ok(Page::rejected(FirstAdministratorPage {
                        shell: Shell::outside(),
                        action: format!("/sign-in/{token}"),
                        email: fields.email,
                        name: fields.name,
                        error: Some(sentences(&wrong)),
                    })
                    .into_response());
                }
                session => session?,
            }
        }
        SignInPage::Unusable => None,
    };
    let Some(session) = session else {
        return Ok(unusable());
    };
    let page = Redirect::to(session::way_back(&cookies).unwrap_or("/"));
    Ok((session::begin(&app, cookies, session), page).into_response())
}

/// `POST /sign-out`: ends the session.
pub async fn sign_out(State(app): State<App>, cookies: CookieJar) -> Result<Response, Error> {
    if let Some(token) = session::token(&cookies) {
        sign_in::sign_out(&app, token).await?;
    }
    Ok((session::end(cookies), Redirect::to("/sign-in")).into_response())
}

fn unusable() -> Response {
    let page = MessagePage {
        shell: Shell::outside(),
        heading: "This link no longer works",
        paragraphs: vec!["Sign-in links work once, for 15 minutes. Ask for a new one."],
        links: vec![Target {
            target: "/sign-in",
            label: "Get a new link",
        }],
    };
    Page(StatusCode::GONE, page).into_response()
}
