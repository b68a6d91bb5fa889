//! Who asks from this machine itself.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::{HeaderMap, header, request::Parts, uri::Authority};

use super::{Error, Result};
use crate::App;
use crate::config;

/// What proxies add to what they pass on, where they were told to.
const PASSED_ON: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

/// A request from this machine, sent by somebody who typed this machine's name, to a server that
/// nobody else is told of. To everybody else the page does not exist.
///
/// Each condition alone can be met from elsewhere. A reverse proxy on this machine connects from
/// here, adds no header unless it is told to, and may pass on either its own name (HAProxy) or this
/// machine's (nginx); but then links have to lead to the proxy, so `base_url` is not this
/// machine's. A page from elsewhere can make a browser connect to it under a foreign name (DNS
/// rebinding).
pub struct LoopbackOnly;

impl FromRequestParts<App> for LoopbackOnly {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let is_here =
            peer.is_some_and(|ConnectInfo(address)| address.ip().to_canonical().is_loopback());
        let is_passed_on = PASSED_ON
            .iter()
            .any(|name| parts.headers.contains_key(*name));
        if is_here && !is_passed_on && names_this_machine(&parts.headers) && app.config.is_local() {
            Ok(LoopbackOnly)
        } else {
            Err(Error::NotHere(
                "The mailbox is for trying Tribometer on one machine: it opens in a browser on \
                 that machine, under 127.0.0.1 or localhost, and only while `base_url` leads there \
                 too. To send mail to people, set `mail.smtp.host` and `mail.from`. `tribometer \
                 mail status` says what became of each mail."
                    .to_owned(),
            ))
        }
    }
}

/// Whether the request asks for this machine by a name that no other machine has.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.and_then(|host| host.parse::<Authority>().ok());
    host.is_some_and(|host| config::is_loopback(host.host()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn names_that_another_machine_may_have_are_refused() {
        let is_loopback = |host: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            names_this_machine(&headers)
        };
        for local in [
            "127.0.0.1:8080",
            "127.8.9.1",
            "localhost",
            "LocalHost:80",
            "[::1]:8080",
        ] {
            assert!(is_loopback(local), "{local}");
        }
        for foreign in [
            "survey.example.org",
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "localhost.evil.example:80",
            "127.0.0.1@evil.example",
            "0.0.0.0:8080",
            "[::]:8080",
            "",
        ] {
            assert!(!is_loopback(foreign), "{foreign}");
        }
    }
}
