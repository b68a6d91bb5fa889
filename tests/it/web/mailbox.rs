//! The embedded mailbox.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use axum::http::{Method, StatusCode, header};
use tribometer::config::SmtpConfig;
use tribometer::mail::mailbox;

use super::Browser;
use crate::support::TestApp;

const MAIL: &[u8] = b"From: Ada <ada@example.org>\r\nTo: grace@example.org\r\nSubject: Five minutes\r\n\
Date: Tue, 13 Oct 2026 08:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
<html><head></head><body><a href=\"http://127.0.0.1/s/x\">Answer</a><script>alert(1)</script></body></html>\r\n";

fn here() -> SocketAddr {
    "127.0.0.1:40000".parse().expect("an address")
}

both_databases! {
    /// Found, read, and shown in a frame without rights.
    async fn people_on_this_machine_read_the_mails(app: &TestApp) {
        let mut browser = Browser::new(app).at(here());
        let empty = browser.send(Method::GET, "/dev/mail", None, &[("host", "127.0.0.1:8080")]).await;
        insta::assert_snapshot!("empty", empty.text());
        mailbox::write(&app.config.mailbox_dir(), "<1@example.org>", MAIL).await.expect("a mail");
        let local = [("host", "localhost:8080")];
        let list = browser.send(Method::GET, "/dev/mail?search=GRACE", None, &local).await;
        insta::assert_snapshot!("list", list.text());
        let mail = browser.send(Method::GET, "/dev/mail/1", None, &local).await;
        assert_eq!((mail.status, mail.count("iframe[sandbox]")), (StatusCode::OK, 1));
        assert!(mail.text().contains("Subject: Five minutes"));
        let html = browser.send(Method::GET, "/dev/mail/1/html", None, &local).await;
        let policy = html.headers[header::CONTENT_SECURITY_POLICY].to_str().expect("ASCII");
        assert!(policy.starts_with("default-src 'none'") && policy.contains("sandbox"), "{policy}");
        assert!(html.body.contains("<base target=\"_top\">"));
        for nothing in ["/dev/mail/2", "/dev/mail/..%2Fsecret", "/dev/mail/2/html"] {
            assert_eq!(browser.send(Method::GET, nothing, None, &local).await.status, StatusCode::NOT_FOUND);
        }
    }

    /// From elsewhere, through a proxy, under a foreign name: there is no such page.
    async fn to_everybody_else_there_is_no_mailbox(app: &TestApp) {
        mailbox::write(&app.config.mailbox_dir(), "<1@example.org>", MAIL).await.expect("a mail");
        let own = ("host", "127.0.0.1:8080");
        let elsewhere: SocketAddr = "192.0.2.7:40000".parse().expect("an address");
        let tries = [
            (Browser::new(app), vec![own]),
            (Browser::new(app).at(elsewhere), vec![own]),
            (Browser::new(app).at(here()), vec![own, ("x-forwarded-for", "192.0.2.7")]),
            (Browser::new(app).at(here()), vec![own, ("forwarded", "for=192.0.2.7")]),
            (Browser::new(app).at(here()), vec![("host", "evil.example")]),
            (Browser::new(app).at(here()), vec![]),
        ];
        for (mut browser, headers) in tries {
            refused(&mut browser, &headers).await;
        }
    }
}

/// No page of the mailbox is shown; instead it is said what to do.
async fn refused(browser: &mut Browser, headers: &[(&str, &str)]) {
    for page in ["/dev/mail", "/dev/mail/1", "/dev/mail/1/html"] {
        let answer = browser.send(Method::GET, page, None, headers).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{headers:?}");
        let text = answer.text();
        assert!(
            text.contains("`mail.smtp.host`") && text.contains("`tribometer mail status`"),
            "{text}"
        );
    }
}

/// nginx and HAProxy connect from this machine and add no header by themselves; the one names this
/// machine, the other passes the name on that the browser asked for.
#[tokio::test]
async fn behind_a_proxy_on_this_machine_there_is_no_mailbox() {
    for listen in ["127.0.0.1:8080", "0.0.0.0:8080"] {
        let app = TestApp::with(None, |config| {
            config.listen = listen.parse().expect("an address");
            config.base_url = Some("https://survey.example.org".to_owned());
        })
        .await;
        mailbox::write(&app.config.mailbox_dir(), "<1@example.org>", MAIL)
            .await
            .expect("a mail");
        for host in ["survey.example.org", "127.0.0.1:8080"] {
            let mut browser = Browser::new(&app).at(here());
            refused(&mut browser, &[("host", host)]).await;
        }
    }
}

#[tokio::test]
async fn with_a_mail_server_there_is_no_mailbox() {
    let smtp: SmtpConfig =
        serde_json::from_value(serde_json::json!({ "host": "smtp.example.org" }))
            .expect("settings");
    let app = TestApp::with(None, |config| config.mail.smtp = Some(smtp)).await;
    let mut browser = Browser::new(&app).at(here());
    let answer = browser
        .send(
            Method::GET,
            "/dev/mail",
            None,
            &[("host", "127.0.0.1:8080")],
        )
        .await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.text().contains("`tribometer mail status`"));
}

impl Browser {
    /// A browser that connects from this address.
    fn at(mut self, address: SocketAddr) -> Self {
        self.router = self.router.layer(axum::Extension(ConnectInfo(address)));
        self
    }
}
