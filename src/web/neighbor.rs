//! Who asks from this machine itself.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::{HeaderMap, header, request::Parts};

use super::{Error, Result};
use crate::App;

/// A request from this machine, sent by somebody who typed this machine's name. To everybody else the page does not exist.
///
/// The address of the connection alone is not enough: a reverse proxy on this machine has it too, and a page from elsewhere can
/// make a browser connect to it under a foreign name (DNS rebinding).
pub struct Neighbor;

impl FromRequestParts<App> for Neighbor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let is_here =
            peer.is_some_and(|ConnectInfo(address)| address.ip().to_canonical().is_loopback());
        let is_passed_on = ["forwarded", "x-forwarded-for", "x-real-ip"]
            .iter()
            .any(|name| parts.headers.contains_key(*name));
        if is_here && !is_passed_on && is_own_name(&parts.headers, &app.config.base_url()) {
            Ok(Neighbor)
        } else {
            Err(Error::NotFound)
        }
    }
}

/// Whether the request names this machine, or the server as it is configured.
fn is_own_name(headers: &HeaderMap, base_url: &str) -> bool {
    let Some(host) = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
    else {
        return false;
    };
    let configured = base_url
        .split_once("://")
        .map_or(base_url, |(_, rest)| rest);
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    ["localhost", "127.0.0.1", "[::1]"].contains(&name) || host == configured
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn foreign_names_are_refused() {
        let is_own = |host: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            is_own_name(&headers, "https://survey.example.org")
        };
        for own in [
            "127.0.0.1:8080",
            "localhost",
            "[::1]:8080",
            "survey.example.org",
        ] {
            assert!(is_own(own), "{own}");
        }
        for foreign in [
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "localhost.evil.example:80",
            "",
        ] {
            assert!(!is_own(foreign), "{foreign}");
        }
    }
}
