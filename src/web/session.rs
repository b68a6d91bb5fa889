//! Who is looking: the signed-in account, taken from the session's cookie.

use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use chrono::TimeDelta;

use super::{Error, Result};
use crate::{
    App,
    service::{
        links,
        sign_in::{self, Account, Role},
    },
};

const SESSION: &str = "tribometer_session";
const BACK: &str = "tribometer_back";

/// The account that asks. A page that takes this as an argument is for signed-in people only.
pub struct Viewer(pub Account);

/// The same for administrators only.
pub struct Administrator(pub Account);

impl FromRequestParts<App> for Viewer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let cookies = CookieJar::from_headers(&parts.headers);
        let viewer = viewer(app, &cookies).await?;
        viewer
            .map(Viewer)
            .ok_or_else(|| Error::SignInFirst(remember(app, cookies, parts)))
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
pub async fn viewer(app: &App, cookies: &CookieJar) -> Result<Option<Account>> {
    match token(cookies) {
        Some(token) => Ok(sign_in::account_of_session(app, token).await?),
        None => Ok(None),
    }
}

/// The token of the session's cookie.
pub fn token(cookies: &CookieJar) -> Option<&str> {
    cookies.get(SESSION).map(Cookie::value)
}

/// Begins a session, and forgets where somebody was going before.
pub fn begin(app: &App, cookies: CookieJar, token: String) -> CookieJar {
    let lifetime = sign_in::SESSION_LIFETIME;
    cookies
        .add(cookie(SESSION, token, lifetime, is_https(app)))
        .remove(at_root(BACK, String::new()))
}

/// Ends a session.
pub fn end(cookies: CookieJar) -> CookieJar {
    cookies.remove(at_root(SESSION, String::new()))
}

/// Keeps the address of a page for whoever has to sign in first.
fn remember(app: &App, cookies: CookieJar, parts: &Parts) -> CookieJar {
    let page = parts
        .uri
        .path_and_query()
        .filter(|_| parts.method == Method::GET);
    match page {
        Some(page) => cookies.add(cookie(
            BACK,
            page.as_str().to_owned(),
            links::SIGN_IN_LIFETIME,
            is_https(app),
        )),
        None => cookies,
    }
}

/// Where somebody was going before signing in, if that is a page of ours.
pub fn way_back(cookies: &CookieJar) -> Option<&str> {
    let page = cookies.get(BACK)?.value();
    let is_ours = page.starts_with('/') && !page.starts_with("//") && !page.contains('\\');
    let is_address = page.bytes().all(|byte| byte.is_ascii_graphic());
    (is_ours && is_address).then_some(page)
}

/// A cookie that scripts cannot read and other sites' posts do not carry.
fn cookie(
    name: &'static str,
    value: String,
    lifetime: TimeDelta,
    is_https: bool,
) -> Cookie<'static> {
    let mut cookie = at_root(name, value);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(is_https);
    cookie.set_max_age(lifetime.to_std().ok().and_then(|age| age.try_into().ok()));
    cookie
}

/// Name, value and path: enough to remove a cookie.
fn at_root(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value)).path("/").build()
}

fn is_https(app: &App) -> bool {
    app.config.base_url().starts_with("https://")
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::*;

    fn cookies(header: &'static str) -> CookieJar {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static(header));
        CookieJar::from_headers(&headers)
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let cookies = cookies("a=1; tribometer_session=abc; b=2");
        assert_eq!(token(&cookies), Some("abc"));
        assert_eq!(way_back(&cookies), None);
    }

    #[test]
    fn a_value_cannot_add_attributes() {
        let written = |value: &str| {
            let cookie = cookie(SESSION, value.to_owned(), TimeDelta::days(1), true);
            cookie.encoded().to_string()
        };
        assert_eq!(
            written("abc"),
            "tribometer_session=abc; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=86400"
        );
        assert!(!written("abc; Domain=example.com").contains("; Domain"));
    }

    #[test]
    fn the_way_back_leads_to_a_page_of_ours() {
        assert_eq!(
            way_back(&cookies("tribometer_back=%2Fwaves%3Fa%3D1")),
            Some("/waves?a=1")
        );
        for foreign in [
            "tribometer_back=https://evil.example/",
            "tribometer_back=%2F%2Fevil.example/",
            "tribometer_back=/%5Cevil.example",
            "tribometer_back=/%0D%0AX-Evil:%201",
        ] {
            assert_eq!(way_back(&cookies(foreign)), None, "{foreign}");
        }
    }
}
