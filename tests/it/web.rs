//! The web server, over HTTP without a network: requests go straight into the router.

mod answering;
mod mailbox;
mod programs;
mod results;
mod sign_in;
mod waves;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use tower::ServiceExt;
use tribometer::App;
use tribometer::service::sign_in as accounts;

/// A browser: follows nothing by itself and keeps cookies.
#[derive(Clone)]
pub struct Browser {
    router: axum::Router,
    cookies: Vec<(String, String)>,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Browser {
    /// A browser that talks to this program.
    pub fn new(app: &App) -> Self {
        Self {
            router: tribometer::web::router(app.clone()),
            cookies: Vec::new(),
        }
    }

    /// A browser in which an administrator has signed in.
    pub async fn administrator(app: &App) -> Self {
        let token = app.secrets.first_administrator_token();
        let cookie = accounts::create_first_administrator(app, &token, "admin@example.org", "Ada");
        let cookie = cookie.await.expect("no error").expect("the first account");
        let mut browser = Self::new(app);
        browser
            .cookies
            .push(("tribometer_session".to_owned(), cookie));
        browser
    }

    /// A browser in which a lead has signed in.
    pub async fn lead(app: &App) -> Self {
        let role = accounts::Role::Lead;
        let account = accounts::add_account(app, None, "lead@example.org", "Grace", role).await;
        let link = accounts::printed_link(app, &account.expect("an account")).await;
        let link = link.expect("a link");
        let mut browser = Self::new(app);
        browser
            .post(&link[link.find("/sign-in/").expect("a page")..], &[])
            .await;
        browser
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(Method::POST, path, Some(encode(fields)), &[])
            .await
    }

    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<String>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !self.cookies.is_empty() {
            let pairs = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            let cookie = pairs.collect::<Vec<_>>().join("; ");
            request = request.header(header::COOKIE, cookie);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(body.map_or_else(Body::empty, Body::from))
            .expect("a request");
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("an answer");
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let pair = cookie
                .to_str()
                .expect("ASCII")
                .split(';')
                .next()
                .unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            self.cookies.retain(|(kept, _)| kept != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
        let body = to_bytes(body, 10_000_000).await.expect("a body");
        // A workbook is no text; everything else has to be.
        let kind = parts.headers.get(header::CONTENT_TYPE);
        let is_text = kind.is_none_or(|kind| !kind.as_bytes().starts_with(b"application/vnd."));
        let body = if is_text {
            String::from_utf8(body.to_vec()).expect("UTF-8")
        } else {
            String::from_utf8_lossy(&body).into_owned()
        };
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

/// Fields as a browser sends them.
pub fn encode(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        let plain = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            b' ' => "+".to_owned(),
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(plain).collect::<String>()
    };
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

impl Answer {
    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.headers[header::LOCATION].to_str().expect("ASCII")
    }

    /// The text that a person reads on the page, line by line.
    pub fn text(&self) -> String {
        let document = scraper::Html::parse_document(&self.body);
        let main = scraper::Selector::parse("main").expect("a selector");
        let text = document.select(&main).flat_map(|main| main.text());
        let lines = text
            .flat_map(str::lines)
            .map(str::trim)
            .filter(|line| !line.is_empty());
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The values of the fields that are checked, as `name=value`.
    pub fn checked(&self) -> Vec<String> {
        let document = scraper::Html::parse_document(&self.body);
        let checked = scraper::Selector::parse("input[checked]").expect("a selector");
        let pair = |field: scraper::ElementRef| {
            let value = |name| field.value().attr(name).unwrap_or_default();
            format!("{}={}", value("name"), value("value"))
        };
        document.select(&checked).map(pair).collect()
    }

    /// How many elements match.
    pub fn count(&self, selector: &str) -> usize {
        let document = scraper::Html::parse_document(&self.body);
        let selector = scraper::Selector::parse(selector).expect("a selector");
        document.select(&selector).count()
    }
}
