//! Signing in by one-time links, and accounts.

use axum::http::{Method, StatusCode, header};
use chrono::TimeDelta;
use tribometer::jobs;
use tribometer::service::progress::SILENT;
use tribometer::service::sign_in::{self, Role};

use super::Browser;
use crate::fixture::{count, text};
use crate::support::TestApp;

/// The page behind an address that the server prints or mails.
fn page(address: &str) -> String {
    let (_, path) = address.split_once("//").expect("an address");
    path[path.find('/').expect("a path")..].to_owned()
}

/// The newest mailed link, worked out as the mail's renderer does.
async fn mailed_link(app: &TestApp) -> String {
    let parameters = text(
        app,
        "SELECT CAST(parameters AS text) FROM message ORDER BY id DESC LIMIT 1",
    )
    .await;
    let parameters: serde_json::Value = serde_json::from_str(&parameters).expect("JSON");
    let link = parameters["link"]
        .as_str()
        .expect("a link")
        .parse()
        .expect("an id");
    format!("/sign-in/{}", app.secrets.sign_in_token(link))
}

both_databases! {
    /// The server prints a link; its page asks who this is; afterwards the link is dead.
    async fn the_first_administrator_introduces_himself(app: &TestApp) {
        let mut browser = Browser::new(app);
        assert_eq!(browser.get("/accounts").await.location(), "/sign-in");
        let link = sign_in::first_administrator_link(app).await.expect("no error").expect("a link");
        let path = page(&link);
        insta::assert_snapshot!("welcome", browser.get(&path).await.text());
        for malformed in ["nobody", "ada@example", "ada..lovelace@example.org", "Ada <ada@example.org>"] {
            let wrong = browser.post(&path, &[("email", malformed), ("name", "Ada")]).await;
            assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{malformed}");
            assert_eq!(wrong.count("#email-error"), 1, "{malformed}");
        }
        let welcome = browser.post(&path, &[("email", "Ada@Example.org "), ("name", "Ada")]).await;
        assert_eq!(welcome.location(), "/accounts");
        assert!(browser.get("/accounts").await.text().contains("ada@example.org"));
        assert_eq!(sign_in::first_administrator_link(app).await.expect("no error"), None);
        assert_eq!(Browser::new(app).get(&path).await.status, StatusCode::GONE);
        let again = Browser::new(app).post(&path, &[("email", "eve@example.org"), ("name", "Eve")]).await;
        assert_eq!(again.status, StatusCode::GONE);
        assert_eq!(count(app, "SELECT count(*) FROM account").await, 1);
    }

    /// The answer is the same for known and unknown addresses; the mailed link works once, for 15
    /// minutes, and only by its button.
    async fn a_lead_signs_in_by_mail(app: &TestApp) {
        sign_in::add_account(app, None, "lead@example.org", "Grace", Role::Lead).await.expect("an account");
        let mut browser = Browser::new(app);
        let known = browser.post("/sign-in", &[("email", "Lead@example.org")]).await;
        let unknown = browser.post("/sign-in", &[("email", "stranger@example.org")]).await;
        insta::assert_snapshot!("look_into_your_mail", known.text());
        assert_eq!((known.status, known.body), (unknown.status, unknown.body));
        assert_eq!(count(app, "SELECT count(*) FROM message").await, 1);
        let link = mailed_link(app).await;
        for _ in 0..3 {
            let scanned = Browser::new(app).get(&link).await;
            assert_eq!(scanned.status, StatusCode::OK);
            assert!(scanned.text().contains("Sign in as lead@example.org"), "{}", scanned.text());
        }
        let signed_in = browser.post(&link, &[]).await;
        assert_eq!(signed_in.location(), "/");
        let cookie = signed_in.headers[header::SET_COOKIE].to_str().expect("ASCII");
        assert!(cookie.contains("HttpOnly; SameSite=Lax") && cookie.contains("Max-Age=2592000"), "{cookie}");
        assert_eq!(browser.get("/accounts").await.status, StatusCode::FORBIDDEN);
        assert_eq!(Browser::new(app).post(&link, &[]).await.status, StatusCode::GONE);
        assert_eq!(browser.post("/sign-out", &[]).await.location(), "/sign-in");
        assert_eq!(browser.get("/accounts").await.location(), "/sign-in");
        assert_eq!(count(app, "SELECT count(*) FROM web_session").await, 0);

        browser.post("/sign-in", &[("email", "lead@example.org")]).await;
        let link = mailed_link(app).await;
        app.clock.advance(TimeDelta::minutes(15));
        assert_eq!(browser.get(&link).await.status, StatusCode::GONE);
        assert_eq!(browser.post(&link, &[]).await.status, StatusCode::GONE);
        assert_eq!(browser.get("/sign-in/forged").await.status, StatusCode::GONE);
    }

    /// The mail server was down: the link's time begins when the mail leaves. After a day nobody
    /// waits for it any more.
    async fn a_link_works_however_late_its_mail_leaves(app: &TestApp) {
        sign_in::add_account(app, None, "lead@example.org", "", Role::Lead).await.expect("an account");
        sign_in::request_link(app, "lead@example.org").await.expect("a link");
        let link = mailed_link(app).await;
        app.clock.advance(TimeDelta::hours(3));
        assert_eq!(Browser::new(app).get(&link).await.status, StatusCode::GONE);
        jobs::deliver_all(app, SILENT).await.expect("a mail");
        app.clock.advance(TimeDelta::minutes(14));
        assert_eq!(Browser::new(app).post(&link, &[]).await.location(), "/");

        sign_in::request_link(app, "lead@example.org").await.expect("a link");
        let link = mailed_link(app).await;
        app.clock.advance(TimeDelta::days(1));
        jobs::deliver_all(app, SILENT).await.expect("no mail");
        assert_eq!(Browser::new(app).post(&link, &[]).await.status, StatusCode::GONE);
        assert_eq!(count(app, "SELECT count(*) FROM message WHERE state = 'skipped'").await, 1);
    }

    /// A link from a colleague opens what it shows, with signing in between; a foreign address is
    /// not followed.
    async fn somebody_comes_back_to_the_page_asked_for(app: &TestApp) {
        sign_in::add_account(app, None, "lead@example.org", "", Role::Lead).await.expect("an account");
        for (asked, opened) in [("/waves?sorted=1", "/waves?sorted=1"), ("//evil.example/", "/")] {
            let mut browser = Browser::new(app);
            browser.get(asked).await;
            browser.post("/sign-in", &[("email", "lead@example.org")]).await;
            let link = mailed_link(app).await;
            assert_eq!(browser.post(&link, &[]).await.location(), opened);
        }
        let forged = Browser::new(app);
        sign_in::request_link(app, "lead@example.org").await.expect("a link");
        let link = mailed_link(app).await;
        let answer = forged.clone().send(Method::POST, &link, Some(String::new()), &[("cookie", "tribometer_back=https://evil.example/")]).await;
        assert_eq!(answer.location(), "/");
    }

    /// Two presses at once: one session.
    async fn a_link_is_redeemed_once(app: &TestApp) {
        sign_in::add_account(app, None, "lead@example.org", "", Role::Lead).await.expect("an account");
        sign_in::request_link(app, "lead@example.org").await.expect("a link");
        let link = mailed_link(app).await;
        let presses = (0..8).map(|_| {
            let (mut browser, link) = (Browser::new(app), link.clone());
            tokio::spawn(async move { browser.post(&link, &[]).await.status })
        });
        let mut signed_in = 0;
        for press in presses.collect::<Vec<_>>() {
            signed_in += usize::from(press.await.expect("an answer") == StatusCode::SEE_OTHER);
        }
        assert_eq!(signed_in, 1);
        assert_eq!(count(app, "SELECT count(*) FROM web_session").await, 1);
    }

    /// Nobody's mailbox can be flooded, and the answer does not tell.
    async fn six_links_an_hour_are_too_many(app: &TestApp) {
        sign_in::add_account(app, None, "lead@example.org", "", Role::Lead).await.expect("an account");
        let mut browser = Browser::new(app);
        for _ in 0..7 {
            assert_eq!(browser.post("/sign-in", &[("email", "lead@example.org")]).await.status, StatusCode::OK);
        }
        assert_eq!(count(app, "SELECT count(*) FROM message").await, 5);
        app.clock.advance(TimeDelta::minutes(61));
        browser.post("/sign-in", &[("email", "lead@example.org")]).await;
        assert_eq!(count(app, "SELECT count(*) FROM message").await, 6);
    }

    /// A session ends after thirty days, and a made-up cookie is none.
    async fn sessions_end(app: &TestApp) {
        let mut browser = Browser::administrator(app).await;
        assert_eq!(browser.get("/accounts").await.status, StatusCode::OK);
        app.clock.advance(TimeDelta::days(30));
        assert_eq!(browser.get("/accounts").await.location(), "/sign-in");
        let forged = Browser::new(app)
            .send(Method::GET, "/accounts", None, &[("cookie", "tribometer_session=forged")])
            .await;
        assert_eq!(forged.location(), "/sign-in");
    }

    /// Adding somebody mails a link; adding the same one again says so.
    async fn administrators_add_accounts(app: &TestApp) {
        let mut browser = Browser::administrator(app).await;
        let added = browser.post("/accounts", &[("email", "grace@example.org"), ("name", "Grace <b>"), ("role", "lead")]).await;
        assert_eq!(added.status, StatusCode::OK);
        insta::assert_snapshot!("account_added", added.text());
        let again = browser.post("/accounts", &[("email", "grace@example.org"), ("name", ""), ("role", "admin")]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(again.count("#email-error"), 1);
        assert_eq!(count(app, "SELECT count(*) FROM message").await, 1);
        assert_eq!(count(app, "SELECT count(*) FROM audit_entry WHERE action = 'account.added'").await, 2);
    }

    /// A role that does not exist makes no account, least of all one that reads every report.
    async fn an_unknown_role_is_refused(app: &TestApp) {
        let mut browser = Browser::administrator(app).await;
        for role in ["", "owner", "Lead"] {
            let answer = browser.post("/accounts", &[("email", "grace@example.org"), ("name", ""), ("role", role)]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{role}");
            assert_eq!((answer.count("#role-error"), answer.count("#email-error")), (1, 0), "{role}");
        }
        assert_eq!(count(app, "SELECT count(*) FROM account").await, 1);
        assert_eq!(count(app, "SELECT count(*) FROM message").await, 0);
    }
}
