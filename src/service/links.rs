//! The addresses that mails lead to, and how long they work.

use chrono::TimeDelta;

use crate::App;

/// How long a sign-in link works after its mail was sent.
pub const SIGN_IN_LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// The address of a sign-in page. The token is derived from the link's id, like an invitation's, so
/// that none is stored and the mail can be rendered again.
pub fn sign_in(app: &App, token: &str) -> String {
    format!("{}/sign-in/{token}", app.config.base_url())
}

/// The address of the survey behind a personal link.
pub fn survey(app: &App, token: &str) -> String {
    format!("{}/s/{token}", app.config.base_url())
}
