//! `/healthz`: whether this process can serve.

use axum::{extract::State, http::StatusCode};

use crate::App;

/// `GET /healthz`: 200 if the database answers, else 503.
pub async fn show(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.store.schema().await {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(%error, "health check failed");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer\n",
            )
        }
    }
}
