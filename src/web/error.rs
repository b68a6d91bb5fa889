//! The one error that becomes a response.
//!
//! A handler returns [`Error`]; the middleware [`render`] turns it, and every bare error response
//! of a layer, into a page that says what to do next. A fault of ours shows a request id and
//! nothing else; it is logged here, once.

use askama::Template;
use axum::{
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use tower_http::request_id::RequestId;

use crate::service::{self, FieldError};

/// Why a request cannot be answered as asked.
#[derive(Debug)]
pub enum Error {
    /// Nothing is there, or nothing that this viewer may know of.
    NotFound,
    /// As [`Error::NotFound`]; the sentences say what to do instead.
    NotHere(String),
    /// The viewer has to sign in first; the cookies say where to come back to.
    SignInFirst(CookieJar),
    /// The viewer may not do this; the sentence says who may.
    Forbidden(String),
    /// What was sent makes no sense; the sentence says what to change.
    Invalid(String),
    /// It was done already, or something else came first.
    Conflict(String),
    /// Another page stands here, and says why.
    Instead(Box<Response>),
    /// A fault of ours.
    Internal(String),
}

/// What handlers return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Carried from [`Error`] to [`render`] in the response's extensions.
#[derive(Clone)]
struct Problem {
    detail: Option<String>,
    fault: Option<String>,
}

impl From<service::Error> for Error {
    fn from(error: service::Error) -> Self {
        match error {
            service::Error::NotFound(_) => Error::NotFound,
            service::Error::Invalid(fields) => Error::Invalid(sentences(&fields)),
            service::Error::Conflict { message, .. } => Error::Conflict(message),
            service::Error::Internal(fault) => Error::Internal(fault),
        }
    }
}

impl From<askama::Error> for Error {
    fn from(fault: askama::Error) -> Self {
        Error::Internal(fault.to_string())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, detail, fault) = match self {
            Error::SignInFirst(cookies) => {
                return (cookies, Redirect::to("/sign-in")).into_response();
            }
            Error::Instead(page) => return *page,
            Error::NotFound => (StatusCode::NOT_FOUND, None, None),
            Error::NotHere(detail) => (StatusCode::NOT_FOUND, Some(detail), None),
            Error::Forbidden(detail) => (StatusCode::FORBIDDEN, Some(detail), None),
            Error::Invalid(detail) => (StatusCode::UNPROCESSABLE_ENTITY, Some(detail), None),
            Error::Conflict(detail) => (StatusCode::CONFLICT, Some(detail), None),
            Error::Internal(fault) => (StatusCode::INTERNAL_SERVER_ERROR, None, Some(fault)),
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(Problem { detail, fault });
        response
    }
}

/// The page of an error.
#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    heading: &'a str,
    detail: &'a str,
    request_id: Option<&'a str>,
}

/// Middleware: gives every error response without a page of its own one that says what to do next.
pub async fn render(request: Request, next: Next) -> Response {
    let request_id = request.extensions().get::<RequestId>().cloned();
    let response = next.run(request).await;
    let status = response.status();
    let has_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !(status.is_client_error() || status.is_server_error()) || has_page {
        return response;
    }
    let problem = response.extensions().get::<Problem>().cloned();
    let request_id = request_id
        .as_ref()
        .and_then(|id| id.header_value().to_str().ok());
    if let Some(fault) = problem
        .as_ref()
        .and_then(|problem| problem.fault.as_deref())
    {
        tracing::error!(request_id, fault, "request failed");
    }
    let detail = problem.and_then(|problem| problem.detail);
    let (heading, advice) = words(status);
    let detail = detail.as_deref().unwrap_or(advice);
    let shown_id = request_id.filter(|_| status.is_server_error());
    let page = ErrorPage {
        heading,
        detail,
        request_id: shown_id,
    };
    let mut rendered = match page.render() {
        Ok(page) => (status, Html(page)).into_response(),
        Err(_) => status.into_response(),
    };
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            rendered.headers_mut().insert(name, value.clone());
        }
    }
    rendered
}

/// What is wrong with the fields of a form, as sentences.
pub fn sentences(fields: &[FieldError]) -> String {
    fields
        .iter()
        .map(|field| field.message.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The heading for a status, and what to do about it.
fn words(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::NOT_FOUND => (
            "Nothing is here",
            "Check the address, or start from the first page.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "This does not work here",
            "Go back and use the buttons of the page.",
        ),
        StatusCode::FORBIDDEN => (
            "This is not allowed",
            "The request came from another site. Open the page again and try from there.",
        ),
        StatusCode::CONFLICT => (
            "This has changed in the meantime",
            "Open the page again to see how things are now.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "This is too much",
            "Shorten your texts and send them again.",
        ),
        StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => (
            "This takes too long",
            "Try again in a minute. What you sent may have been saved already.",
        ),
        status if status.is_client_error() => (
            "This cannot be understood",
            "Go back, check what you sent and try again.",
        ),
        _ => (
            "Something went wrong on our side",
            "Try again in a minute. If it happens again, tell an administrator this id.",
        ),
    }
}
