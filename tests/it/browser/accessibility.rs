//! axe-core finds nothing on any page, in light and dark, on a wide screen and on a phone.

use chrono::TimeDelta;
use tribometer::mail::mailbox;
use tribometer::service::answering::{self, Link};
use tribometer::service::progress::SILENT;
use tribometer::service::{outbox, results};
use tribometer::{App, jobs};
use tribometer_findings::Findings;
use tribometer_surveys::answer::{Answer, Answers};
use tribometer_surveys::builtin;
use uuid::Uuid;

use super::{Browser, barriers, serve};
use crate::fixture::{
    OpenWave, Participant, asked_again, close_with, execute, insert_wave, open_wave,
};
use crate::support::TestApp;

/// How many tables have head cells that do not stand above their columns; those that a phone shows
/// as cards have no columns.
const CROOKED: &str = "[...document.querySelectorAll('table')].filter(table => {
    if (table.tBodies[0] && getComputedStyle(table.tBodies[0]).display !== 'table-row-group') return false;
    const rows = [table.tHead?.rows[0], table.tBodies[0]?.rows[0]];
    const edges = rows.map(row => row && Math.round(row.getBoundingClientRect().right));
    return edges[0] && edges[1] && edges[0] !== edges[1];
}).length";

/// Looks at a page in four ways and gives what is wrong in each.
async fn look(browser: &Browser, address: &str, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (screen, width, height, is_phone) in
        [("wide", 1280, 1400, false), ("phone", 390, 1400, true)]
    {
        for scheme in ["light", "dark"] {
            browser.size(width, height, is_phone).await;
            browser.color_scheme(scheme).await;
            browser.goto(address).await.expect("a page");
            browser.see("main").await;
            browser.picture(&format!("{name}-{screen}-{scheme}")).await;
            let barriers = barriers(browser).await;
            found.extend(
                barriers
                    .into_iter()
                    .map(|barrier| format!("{name}, {screen}, {scheme}: {barrier}")),
            );
            let overflow = browser
                .value(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
                )
                .await;
            let crooked = browser.value(CROOKED).await;
            if crooked != 0 {
                found.push(format!("{name}, {screen}: {crooked} tables are crooked"));
            }
            if overflow != 0 {
                found.push(format!(
                    "{name}, {screen}: the page is {overflow} pixels wider than the screen"
                ));
            }
        }
    }
    found
}

/// What is wrong with any of these pages: names and addresses.
async fn look_at_all(browser: &Browser, pages: &[(&str, String)]) {
    let mut found = Vec::new();
    for (name, address) in pages {
        found.extend(look(browser, address, name).await);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

async fn close(app: &App, wave: &OpenWave) {
    execute(
        app.store.writer(),
        "UPDATE wave SET state = 'closed' WHERE id = $1",
        vec![wave.id.into()],
    )
    .await;
}

/// Somebody answers one question and sends it.
async fn answer(app: &App, person: &Participant) {
    let Ok(Link::Open(form)) = answering::open(app, &person.token).await else {
        panic!("the wave is open")
    };
    let answers = [("test-feedback".to_owned(), Answer::Rating(2))];
    let answers: Answers = answers.into_iter().collect();
    answering::submit(app, &form, answers)
        .await
        .expect("a response");
}

/// Every page behind a personal link, whatever became of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engineers_meet_no_barrier() {
    let app = TestApp::sqlite().await;
    let team = [("Engineering / Payments", "backend"); 12];
    let open = open_wave(&app, "2026-Q4", &team).await;
    answer(&app, &open.people[1]).await;
    let closed = open_wave(&app, "2026-Q3", &team).await;
    close(&app, &closed).await;
    let outdated = open_wave(&app, "2026-Q2", &team).await;
    close(&app, &outdated).await;
    let next = OpenWave {
        id: Uuid::now_v7(),
        program: outdated.program,
        closes_at: outdated.closes_at,
        people: Vec::new(),
    };
    let later = app.now() + TimeDelta::days(1);
    let version = builtin::devex_25().version();
    insert_wave(&app, &next, "2026-Q3", later, version.as_str()).await;
    let released = open_wave(&app, "2026-Q1", &team).await;
    close_with(&app, &released, &Findings::sample()).await;
    let text = "Faster tests.\nAn hour a day for reviews.";
    let release = results::release(&app, released.id, text, None).await;
    release.expect("results");
    let asked_again = asked_again(&app, &released).await;
    answer(&app, &asked_again).await;

    let (address, browser) = (serve(&app).await, Browser::start().await);
    let link = |wave: &OpenWave, person: usize| format!("{address}{}", wave.people[person].link());
    let begun = link(&open, 0);
    let pages = [
        (
            "survey-1",
            format!("{begun}?page=1&item=code-review&answer=2"),
        ),
        ("survey-5", format!("{begun}?page=5")),
        ("survey-picks", format!("{begun}?page=6")),
        ("survey-who", format!("{begun}/who-sees-what")),
        ("survey-stop", format!("{begun}/stop-reminders")),
        ("survey-thanks", format!("{}/thanks", link(&open, 1))),
        (
            "survey-thanks-again",
            format!("{address}{}/thanks", asked_again.link()),
        ),
        ("survey-no-results", format!("{}/results", link(&open, 1))),
        ("survey-results", format!("{}/results", link(&released, 0))),
        ("survey-used", link(&open, 1)),
        ("survey-closed", link(&closed, 0)),
        ("survey-expired", link(&outdated, 0)),
        ("survey-unknown", format!("{address}/s/unknown")),
        ("nowhere", format!("{address}/nowhere")),
    ];
    look_at_all(&browser, &pages).await;
}

/// Every page of leads and administrators, and the mailbox.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leads_meet_no_barrier() {
    let app = TestApp::sqlite().await;
    let team = [("Engineering / Payments", "backend"); 12];
    let open = open_wave(&app, "2026-Q4", &team).await;
    let closed = open_wave(&app, "2026-Q3", &team).await;
    close_with(&app, &closed, &Findings::sample()).await;
    outbox::queue_test(&app, "ada@example.org")
        .await
        .expect("a mail");
    jobs::deliver_all(&app, SILENT).await.expect("a mail");
    let mails = mailbox::list(&app.config.mailbox_dir(), 1, "").await;
    let mail = mails.expect("a mailbox").mails.remove(0).id;

    let (address, browser) = (serve(&app).await, Browser::start().await);
    let token = app.secrets.first_administrator_token();
    let welcome = format!("{address}/sign-in/{token}");
    let outside = [
        ("sign-in", format!("{address}/sign-in")),
        ("sign-in-unusable", format!("{address}/sign-in/unknown")),
        ("welcome", welcome.clone()),
        ("mailbox", format!("{address}/dev/mail")),
        ("mail", format!("{address}/dev/mail/{mail}")),
    ];
    look_at_all(&browser, &outside).await;

    browser.goto(&welcome).await.expect("a page");
    browser
        .find(fantoccini::Locator::Css("#email"))
        .await
        .expect("a field")
        .send_keys("ada@example.org")
        .await
        .expect("keys");
    browser.click("main button").await;
    browser.see("nav").await;
    let inside = [
        ("report", format!("{address}/waves/{}", closed.id)),
        (
            "groups",
            format!("{address}/waves/{}/groups?search=e", closed.id),
        ),
        ("participation", format!("{address}/waves/{}", open.id)),
        ("waves", format!("{address}/waves")),
        ("programs", format!("{address}/programs")),
        ("plan", format!("{address}/programs/{}/plan", open.program)),
        ("close-wave", format!("{address}/waves/{}/close", open.id)),
        ("release", format!("{address}/waves/{}/release", closed.id)),
        ("accounts", format!("{address}/accounts")),
    ];
    look_at_all(&browser, &inside).await;
}
