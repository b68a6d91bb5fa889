//! The web server: routes, what surrounds every request, and the one error type.
//!
//! Two audiences share it. `/s/…` is for engineers: the personal link is all they need, and nothing
//! about it is logged or leaves for another site. Everything else is for leads and administrators,
//! who sign in.

mod assets;
mod error;
mod loopback;
mod page;
pub mod pages;
mod session;

use std::time::{Duration, Instant};

use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::Response,
    routing::{get, post},
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    csrf::CsrfLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer,
};

pub use error::{Error, Result};

use crate::App;
use pages::{accounts, groups, health, mailbox, plan, programs, release, sign_in, survey, waves};

/// The longest body in bytes: four comments of 2,000 characters, each percent-encoded from three
/// bytes, with room to spare.
const LONGEST_BODY: usize = 256 * 1024;
/// After this a request is given up.
const LONGEST_REQUEST: Duration = Duration::from_secs(30);

/// Nothing from elsewhere, nothing inline, no frames around our pages.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                                       img-src 'self' data:; connect-src 'self'; frame-src 'self'; \
                                       form-action 'self'; base-uri 'none'; frame-ancestors \
                                       'none'";

/// All routes with everything that surrounds them.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .route("/", get(waves::first))
        .route("/waves", get(waves::list))
        .route("/waves/{id}", get(waves::show))
        .route("/waves/{id}/groups", get(groups::show))
        .route("/waves/{id}/export/{name}", get(waves::export))
        .route(
            "/waves/{id}/release",
            get(release::ask).post(release::release),
        )
        .route("/waves/{id}/take-back", post(release::take_back))
        .route("/healthz", get(health::show))
        .route("/assets/{name}", get(assets::serve))
        .route("/s/{token}", get(survey::show).post(survey::send))
        .route("/s/{token}/who-sees-what", get(survey::who_sees_what))
        .route("/s/{token}/thanks", get(survey::thanks))
        .route("/s/{token}/results", get(survey::results))
        .route(
            "/s/{token}/stop-reminders",
            get(survey::ask_to_stop_reminders).post(survey::stop_reminders),
        )
        .route("/sign-in", get(sign_in::ask).post(sign_in::request))
        .route("/sign-in/{token}", get(sign_in::look).post(sign_in::redeem))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/programs", get(programs::list))
        .route("/programs/{id}/open", post(programs::open))
        .route("/programs/{id}/plan", get(plan::show))
        .route(
            "/waves/{id}/close",
            get(programs::ask_to_close).post(programs::close),
        )
        .route("/dev/mail", get(mailbox::list))
        .route("/dev/mail/{id}", get(mailbox::show))
        .route("/dev/mail/{id}/html", get(mailbox::html))
        .route("/accounts", get(accounts::list).post(accounts::add))
        .fallback(async || Error::NotFound);
    let header =
        |name, value| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    routes
        .layer(
            ServiceBuilder::new()
                .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
                .layer(PropagateRequestIdLayer::x_request_id())
                .layer(middleware::from_fn(access_log))
                .layer(header(
                    header::CONTENT_SECURITY_POLICY,
                    CONTENT_SECURITY_POLICY,
                ))
                .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .layer(header(header::X_FRAME_OPTIONS, "DENY"))
                // Tokens are in addresses: no other site ever gets to see one. Not `no-referrer`,
                // for under that browsers send `Origin: null` with our own forms, which over plain
                // HTTP looks like a forged request.
                .layer(header(header::REFERRER_POLICY, "same-origin"))
                .layer(header(header::CACHE_CONTROL, "no-store"))
                .layer(middleware::from_fn(error::render))
                .layer(CatchPanicLayer::new())
                .layer(TimeoutLayer::with_status_code(
                    StatusCode::SERVICE_UNAVAILABLE,
                    LONGEST_REQUEST,
                ))
                // A mail provider's one-click request carries neither `Origin` nor `Sec-Fetch-Site`
                // and passes.
                .layer(CsrfLayer::new())
                .layer(RequestBodyLimitLayer::new(LONGEST_BODY)),
        )
        .with_state(app)
}

/// One line for each request: the route, never the address, for that holds tokens; no client
/// address, no user agent.
async fn access_log(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let request_id = request.extensions().get::<RequestId>().cloned();
    let started = Instant::now();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("-", MatchedPath::as_str);
    if route.starts_with("/assets") || route == "/healthz" {
        return response;
    }
    tracing::info!(
        target: "tribometer::access",
        %method,
        route,
        status = response.status().as_u16(),
        milliseconds = started.elapsed().as_millis() as u64,
        request_id = request_id.as_ref().and_then(|id| id.header_value().to_str().ok()),
    );
    response
}
