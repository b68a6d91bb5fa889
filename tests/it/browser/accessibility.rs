//! axe-core finds nothing on any page, in light and dark, on a wide screen and on a phone.

use tribometer_reports::Findings;

use super::{Browser, barriers, serve};
use crate::fixture::{execute, open_wave};
use crate::support::TestApp;

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
            if overflow != 0 {
                found.push(format!(
                    "{name}, {screen}: the page is {overflow} pixels wider than the screen"
                ));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_meets_a_barrier() {
    let app = TestApp::sqlite().await;
    let open = open_wave(
        &app,
        "2026-Q4",
        &[("Engineering / Payments", "backend"); 12],
    )
    .await;
    let closed = open_wave(&app, "2026-Q3", &[("Engineering / Payments", "backend"); 6]).await;
    let db = app.store.writer();
    execute(
        db,
        "UPDATE wave SET state = 'closed' WHERE id = $1",
        vec![closed.id.into()],
    )
    .await;
    let document = serde_json::to_string(&Findings::sample()).expect("JSON");
    let findings = "INSERT INTO findings (wave_id, document, computed_at) VALUES ($1, $2, $3)";
    execute(
        db,
        findings,
        vec![
            closed.id.into(),
            document.into(),
            tribometer::App::now(&app).into(),
        ],
    )
    .await;
    let (address, browser) = (serve(&app).await, Browser::start().await);
    let mut found = Vec::new();

    let link = format!("{address}{}", open.people[0].link());
    let of_survey = [
        (
            "survey-1",
            format!("{link}?page=1&item=code-review&answer=2"),
        ),
        ("survey-5", format!("{link}?page=5")),
        ("survey-picks", format!("{link}?page=6")),
        ("survey-who", format!("{link}/who-sees-what")),
        ("survey-stop", format!("{link}/stop-reminders")),
        (
            "survey-closed",
            format!("{address}{}", closed.people[0].link()),
        ),
        ("survey-unknown", format!("{address}/s/unknown")),
        ("sign-in", format!("{address}/sign-in")),
        (
            "welcome",
            format!(
                "{address}/sign-in/{}",
                app.secrets.first_administrator_token()
            ),
        ),
        ("nowhere", format!("{address}/nowhere")),
    ];
    for (name, page) in &of_survey {
        found.extend(look(&browser, page, name).await);
    }

    browser.goto(&of_survey[8].1).await.expect("a page");
    browser
        .find(fantoccini::Locator::Css("#email"))
        .await
        .expect("a field")
        .send_keys("ada@example.org")
        .await
        .expect("keys");
    browser.click("main button").await;
    browser.see("nav").await;
    let of_leads = [
        ("report", format!("{address}/waves/{}", closed.id)),
        ("participation", format!("{address}/waves/{}", open.id)),
        ("waves", format!("{address}/waves")),
        ("accounts", format!("{address}/accounts")),
    ];
    for (name, page) in &of_leads {
        found.extend(look(&browser, page, name).await);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
