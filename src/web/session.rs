//! Who is looking: the signed-in account, taken from the session's cookie.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Method, request::Parts},
};
use chrono::TimeDelta;

use super::{Error, Result, cookie};
use crate::{
    App,
    service::{
        links,
        sign_in::{self, Account, Role},
    },
};

const COOKIE: &str = "tribometer_session";
const BACK: &str = "tribometer_back";

/// The account that asks. A page that takes this as an argument is for signed-in people only.
pub struct Viewer(pub Account);

/// The same for administrators only.
pub struct Administrator(pub Account);

impl FromRequestParts<App> for Viewer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let viewer = viewer(app, &parts.headers).await?;
        viewer
            .map(Viewer)
            .ok_or_else(|| Error::SignInFirst(remember(app, parts)))
    }
}

impl FromRequestParts<App> for Administrator {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let Viewer(account) = Viewer::from_request_parts(parts, app).await?;
        match account.role {
            Role::Admin => Ok(Administrator(account)),
            Role::Lead => Err(Error::Forbidden(
                "Only administrators can do this. Ask one of them.".to_owned(),
            )),
        }
    }
}

/// The signed-in account, if there is one.
pub async fn viewer(app: &App, headers: &HeaderMap) -> Result<Option<Account>> {
    match token(headers) {
        Some(token) => Ok(sign_in::account_of_session(app, token).await?),
        None => Ok(None),
    }
}

/// The token of the session's cookie.
pub fn token(headers: &HeaderMap) -> Option<&str> {
    cookie::read(headers, COOKIE)
}

/// The header that begins a session.
pub fn begin(app: &App, token: &str) -> Option<HeaderValue> {
    cookie::write(COOKIE, token, sign_in::SESSION_LIFETIME, is_https(app))
}

/// The header that keeps the address of a page for whoever has to sign in first.
fn remember(app: &App, parts: &Parts) -> Option<HeaderValue> {
    let page = parts
        .uri
        .path_and_query()
        .filter(|_| parts.method == Method::GET)?;
    cookie::write(BACK, page.as_str(), links::SIGN_IN_LIFETIME, is_https(app))
}

/// Where somebody was going before signing in, if that is a page of ours.
pub fn way_back(headers: &HeaderMap) -> Option<&str> {
    let page = cookie::read(headers, BACK)?;
    let is_ours = page.starts_with('/') && !page.starts_with("//") && !page.contains('\\');
    is_ours.then_some(page)
}

/// The header that forgets it.
pub fn forget_way_back(app: &App) -> Option<HeaderValue> {
    cookie::write(BACK, "", TimeDelta::zero(), is_https(app))
}

/// The header that ends a session.
pub fn end(app: &App) -> Option<HeaderValue> {
    cookie::write(COOKIE, "", TimeDelta::zero(), is_https(app))
}

fn is_https(app: &App) -> bool {
    app.config.base_url().starts_with("https://")
}
