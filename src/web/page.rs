//! A page: a template with its status.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

use super::Error;

/// A rendered template.
pub struct Page<T>(pub StatusCode, pub T);

impl<T> Page<T> {
    /// A page with status 200.
    pub fn ok(template: T) -> Self {
        Page(StatusCode::OK, template)
    }

    /// A page that says why something can't be done as things are.
    pub fn conflict(template: T) -> Self {
        Page(StatusCode::CONFLICT, template)
    }

    /// A form that comes back with what is wrong in it.
    pub fn rejected(template: T) -> Self {
        Page(StatusCode::UNPROCESSABLE_ENTITY, template)
    }
}

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.1.render() {
            Ok(html) => (self.0, Html(html)).into_response(),
            Err(error) => Error::from(error).into_response(),
        }
    }
}
