//! The whole loop, once: a lead launches a wave, the mail arrives, an engineer answers by keyboard
//! alone, the others answer too, the wave closes, the ranking shows what they said, and the file
//! opens in whatever reads CSV.

use std::net::SocketAddr;

use chrono_tz::Europe::Berlin;
use fantoccini::Locator;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tribometer::jobs;
use tribometer::service::programs;
use tribometer::service::sign_in::{self, Role};
use tribometer_surveys::program::Program;

use super::Browser;
use crate::smtp_sink::{self, Sink};
use crate::support::{TestApp, eventually, fresh_postgres};
use crate::{directory, web};

const ENTER: char = '\u{e007}';
const TAB: char = '\u{e004}';

/// Twelve people in two teams.
fn people() -> String {
    let mut file = "email,team,timezone\n".to_owned();
    for number in 0..12 {
        let team = if number % 2 == 0 {
            "Payments"
        } else {
            "Search"
        };
        file += &format!("person{number}@example.org,Engineering / {team},Europe/Berlin\n");
    }
    file
}

/// The first address in a mail that leads to this kind of page.
fn link(mail: &str, path: &str) -> String {
    let begin = mail.find("http://127.0.0.1:").expect("an address");
    let addresses = mail[begin..]
        .split_whitespace()
        .filter(|word| word.contains(path));
    let address = addresses
        .into_iter()
        .next()
        .expect("an address of this kind");
    let end = address.find(['?', '>', ')']).unwrap_or(address.len());
    address[..end].to_owned()
}

/// Waits for a mail to somebody that leads to this kind of page, and gives its address.
async fn mailed(sink: &Sink, to: &str, path: &str) -> String {
    let mail = eventually("the mail arrives", async || {
        let mut taken = sink.taken().into_iter();
        taken.find(|mail| mail.recipient == to && mail.text().contains(path))
    });
    link(&mail.await.text(), path)
}

/// Presses a key until the focus is where an expression says.
async fn press_until(browser: &Browser, key: char, expression: &str) {
    while browser.value(expression).await != json!(true) {
        browser.press(&key.to_string()).await;
    }
}

/// Two for the tests, four for everything else; test feedback is what most needs work.
async fn answer_by_keyboard_alone(browser: &Browser) {
    for (page, keys) in ["4244444", "4444", "4444", "444444", "4444444"]
        .iter()
        .enumerate()
    {
        browser
            .see(&format!("form[data-page='{}']", page + 1))
            .await;
        browser.press(keys).await;
        browser.press(&ENTER.to_string()).await;
    }
    browser.see("form[data-page='6']").await;
    press_until(
        browser,
        TAB,
        "document.activeElement.value === 'test-feedback'",
    )
    .await;
    browser.press(" ").await;
    press_until(
        browser,
        TAB,
        "document.activeElement.name === 'hours:test-feedback'",
    )
    .await;
    browser.press("3").await;
    press_until(browser, TAB, "document.activeElement.value === 'submit'").await;
    browser.press(&ENTER.to_string()).await;
    browser.see("main.message").await;
    assert_eq!(browser.text("h1").await, "Thank you");
}

/// The same over HTTP.
async fn answer_over_http(app: &TestApp, link: &str) {
    let path = &link[link.find("/s/").expect("a link")..];
    let mut browser = web::Browser::new(app);
    let survey = tribometer_surveys::builtin::devex_25();
    for (at, page) in survey.pages().iter().enumerate() {
        let number = (at + 1).to_string();
        let mut fields = vec![("page", number.as_str())];
        fields.extend(page.items().map(|item| {
            (
                item.id.as_str(),
                if item.id == "test-feedback" { "2" } else { "4" },
            )
        }));
        if at == 5 {
            fields.extend([
                ("priorities", "test-feedback"),
                ("hours:test-feedback", "3"),
                ("go", "submit"),
            ]);
        }
        browser.post(path, &fields).await.location();
    }
}

async fn journey(database: Option<String>) {
    let sink = Sink::start(&[]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let app = TestApp::with(database, |config| {
        smtp_sink::configure(config, sink.port);
        config.base_url = Some(address.clone());
    })
    .await;
    directory::import(&app, &people()).await;
    sign_in::add_account(&app, None, "lead@example.org", "Grace", Role::Admin)
        .await
        .expect("an account");
    let settings = Program::new("Engineering survey", "devex-25", Berlin);
    programs::add(&app, settings).await.expect("a program");

    let (stop, stopping) = watch::channel(false);
    let workers = tokio::spawn(jobs::run(tribometer::App::clone(&app), stopping));
    let routes = tribometer::web::router(tribometer::App::clone(&app));
    let routes = routes.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, routes).await });

    let lead = Browser::start().await;
    lead.goto(&format!("{address}/programs"))
        .await
        .expect("a page");
    lead.see("#email").await;
    lead.find(Locator::Css("#email"))
        .await
        .expect("a field")
        .send_keys("lead@example.org")
        .await
        .expect("keys");
    lead.click("main button").await;
    let sign_in_link = mailed(&sink, "lead@example.org", "/sign-in/").await;
    lead.goto(&sign_in_link).await.expect("a page");
    lead.click("main button").await;
    lead.see("nav a[href='/programs']").await;
    lead.click("nav a[href='/programs']").await;
    lead.see("form[action$='/open']").await;
    lead.picture("programs").await;
    lead.click("form[action$='/open'] button").await;
    lead.see("table.list tbody tr").await;
    assert_eq!(lead.text("h1").await, "People are answering");

    let engineer = Browser::start().await;
    engineer
        .goto(&mailed(&sink, "person0@example.org", "/s/").await)
        .await
        .expect("a page");
    answer_by_keyboard_alone(&engineer).await;
    for number in 1..12 {
        let to = format!("person{number}@example.org");
        answer_over_http(&app, &mailed(&sink, &to, "/s/").await).await;
    }

    lead.click("nav a[href='/programs']").await;
    lead.see("a[href$='/close']").await;
    lead.click("a[href$='/close']").await;
    lead.see("#label").await;
    lead.find(Locator::Css("#label"))
        .await
        .expect("a field")
        .send_keys("something else")
        .await
        .expect("keys");
    lead.click("main button").await;
    lead.see("#label-error").await;
    lead.picture("close-wave").await;
    let label = lead.text("h1").await.replace("Close wave ", "");
    lead.find(Locator::Css("#label"))
        .await
        .expect("a field")
        .send_keys(&label)
        .await
        .expect("keys");
    lead.click("main button").await;
    lead.see("main h1").await;
    let report = lead.current_url().await.expect("an address");
    eventually("the report is computed", async || {
        lead.goto(report.as_str()).await.expect("a page");
        lead.find(Locator::Css("article.report")).await.ok()
    })
    .await;
    lead.picture("journey-report").await;
    assert!(
        lead.text("#area-test-feedback td:first-child")
            .await
            .starts_with('1')
    );
    assert!(lead.text(".figures").await.contains("12"));

    let folder = tempfile::tempdir().expect("a folder");
    let into = json!({ "behavior": "allow", "downloadPath": folder.path() });
    lead.command("Browser.setDownloadBehavior", into).await;
    lead.click("details.menu summary").await;
    lead.click("a[href$='/export/ranking.csv']").await;
    let file = folder.path().join(format!("{label}-ranking.csv"));
    let file = eventually("the file is downloaded", async || std::fs::read(&file).ok()).await;
    let mut reader = csv::Reader::from_reader(file.as_slice());
    assert!(
        reader
            .headers()
            .expect("a header")
            .iter()
            .any(|name| name == "friction")
    );
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("rows");
    assert_eq!(rows.len(), 25);
    assert!(rows[0].iter().any(|cell| cell == "test-feedback"));

    stop.send_replace(true);
    workers.await.expect("the workers stop");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_invitation_to_the_ranking_on_sqlite() {
    journey(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_invitation_to_the_ranking_on_postgres() {
    journey(Some(fresh_postgres().await)).await;
}
