//! Style sheets, scripts and pictures, compiled into the binary.

use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use tribometer_reports::html;

#[derive(RustEmbed)]
#[folder = "src/web/assets"]
struct Embedded;

/// `GET /assets/{name}`: the file, or 304 if the browser's copy is still the same.
pub async fn serve(Path(name): Path<String>, headers: HeaderMap) -> Response {
    if let Some(text) = of_reports(&name) {
        let hash = Sha256::digest(text);
        return unless_cached(&headers, &tag(&hash), content_type(&name), || {
            text.as_bytes().to_vec()
        });
    }
    let Some(file) = Embedded::get(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    unless_cached(
        &headers,
        &tag(&file.metadata.sha256_hash()),
        content_type(&name),
        || file.data.into_owned(),
    )
}

/// The browser asks again each time and gets 304 as long as the binary is the same: no stale style
/// sheet after an upgrade.
fn unless_cached(
    headers: &HeaderMap,
    tag: &str,
    content_type: &str,
    content: impl FnOnce() -> Vec<u8>,
) -> Response {
    let cached = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    let caching = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, "public, max-age=0, must-revalidate"),
    ];
    if cached.is_some_and(|cached| {
        cached
            .split(',')
            .any(|candidate| candidate.trim().trim_start_matches("W/") == tag)
    }) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    (caching, [(header::CONTENT_TYPE, content_type)], content()).into_response()
}

fn tag(hash: &[u8]) -> String {
    format!("\"{}\"", hex::encode(&hash[..8]))
}

/// What the report's pages need; it lives beside their templates.
fn of_reports(name: &str) -> Option<&'static str> {
    match name {
        "tribometer.css" => Some(html::STYLE_SHEET),
        "report.js" => Some(html::SCRIPT),
        _ => None,
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
