//! Answering in Chromium.

use fantoccini::Locator;
use serde_json::json;

use super::{Browser, serve};
use crate::fixture::{OpenWave, count, open_wave};
use crate::support::TestApp;

const ENTER: char = '\u{e007}';

async fn wave(app: &TestApp) -> OpenWave {
    open_wave(app, "2026-Q4", &[("Engineering / Payments", "backend"); 6]).await
}

both_databases! {
    /// Number keys and Enter, nothing else: no pointer ever touches the page.
    async fn a_whole_survey_is_answered_by_keyboard_alone(app: &TestApp) {
        let (wave, address, browser) = (wave(app).await, serve(app).await, Browser::start().await);
        browser.goto(&format!("{address}{}", wave.people[0].link())).await.expect("a page");
        for (at, keys) in ["4215340", "3512", "4224", "443322", "5435123"].iter().enumerate() {
            browser.see(&format!("form[data-page='{}']", at + 1)).await;
            browser.press(keys).await;
            let answered = browser.value("document.querySelectorAll('fieldset input:checked').length").await;
            assert_eq!(answered, keys.len(), "page {}", at + 1);
            browser.press(&ENTER.to_string()).await;
        }
        browser.see("form[data-page='6']").await;
        // Tab to "Test feedback", choose it with space, then on to its hours.
        browser.until("document.querySelectorAll('[data-more] fieldset').length === 0").await;
        while browser.value("document.activeElement.value !== 'test-feedback'").await == json!(true) {
            browser.press("\u{e004}").await;
        }
        browser.press(" ").await;
        browser.until("document.querySelectorAll('[data-more] fieldset').length === 1").await;
        while browser.value("document.activeElement.name !== 'hours:test-feedback'").await == json!(true) {
            browser.press("\u{e004}").await;
        }
        browser.press("2.5\u{e004}Slow").await;
        while browser.value("document.activeElement.value !== 'submit'").await == json!(true) {
            browser.press("\u{e004}").await;
        }
        browser.press(&ENTER.to_string()).await;
        browser.see("main.message").await;
        assert_eq!(browser.text("h1").await, "Thank you");
        assert_eq!(count(app, "SELECT count(*) FROM response").await, 1);
        assert_eq!(count(app, "SELECT count(*) FROM comment").await, 1);
        browser.clone().close().await.expect("the browser closes");
    }

    /// Sending is for good, so a key that is pressed in passing does not do it; the button does, by
    /// key as well.
    async fn enter_in_a_field_of_the_last_page_sends_nothing(app: &TestApp) {
        let (wave, address, browser) = (wave(app).await, serve(app).await, Browser::start().await);
        browser.goto(&format!("{address}{}?page=6", wave.people[0].link())).await.expect("a page");
        browser.see("form[data-page='6']").await;
        browser.click("label:has(input[value='documentation'])").await;
        browser.press(&ENTER.to_string()).await;
        browser.see("[name='hours:documentation']").await;
        browser.click("[name='hours:documentation']").await;
        browser.press("3").await;
        browser.press(&ENTER.to_string()).await;
        // A submit would have set the form aside before this key, and the number with it.
        browser.press("4").await;
        browser.until("document.querySelector('[data-saved]').textContent === 'Saved'").await;
        assert_eq!(browser.value("document.querySelector(\"[name='hours:documentation']\").value").await, "34");
        assert_eq!(count(app, "SELECT count(*) FROM response").await, 0);
        assert_eq!(count(app, "SELECT count(*) FROM draft").await, 1);
        browser.execute("document.querySelector('button[value=submit]').focus()", vec![]).await.expect("a script");
        browser.press(&ENTER.to_string()).await;
        browser.see("main.message").await;
        assert_eq!(count(app, "SELECT count(*) FROM response").await, 1);
    }

    /// What is filled in on one device is there on another, although nothing was pressed.
    async fn what_is_filled_in_is_saved_and_comes_back_elsewhere(app: &TestApp) {
        let (wave, address, laptop) = (wave(app).await, serve(app).await, Browser::start().await);
        let link = format!("{address}{}", wave.people[0].link());
        laptop.goto(&link).await.expect("a page");
        laptop.see("form[data-page='1']").await;
        laptop.press("42").await;
        laptop.until("document.querySelector('[data-saved]').textContent === 'Saved'").await;
        let phone = Browser::start().await;
        phone.size(390, 844, true).await;
        phone.goto(&link).await.expect("a page");
        phone.see("form[data-page='1']").await;
        let checked = "[...document.querySelectorAll('input:checked')].map((field) => field.value).join()";
        assert_eq!(phone.value(checked).await, "4,2");
    }

    /// Without a connection answers stay in the browser, which says so; when it is back they are
    /// saved.
    async fn a_lost_connection_loses_no_answer(app: &TestApp) {
        let (wave, address, browser) = (wave(app).await, serve(app).await, Browser::start().await);
        browser.goto(&format!("{address}{}", wave.people[0].link())).await.expect("a page");
        browser.see("form[data-page='1']").await;
        let offline = |is_offline| json!({ "offline": is_offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        browser.command("Network.enable", json!({})).await;
        browser.command("Network.emulateNetworkConditions", offline(true)).await;
        browser.press("42").await;
        browser.until("document.querySelector('[data-saved]').textContent.startsWith('No connection')").await;
        browser.press(&ENTER.to_string()).await;
        browser.until("Object.keys(localStorage).length === 1").await;
        assert!(browser.value("JSON.stringify(localStorage)").await.to_string().contains("test-feedback"));
        assert!(!browser.value("JSON.stringify(localStorage)").await.to_string().contains(&wave.people[0].token));
        browser.command("Network.emulateNetworkConditions", offline(false)).await;
        browser.until("document.querySelector('[data-saved]').textContent === 'Saved'").await;
        assert_eq!(browser.value("Object.keys(localStorage).length").await, 0);
        assert_eq!(count(app, "SELECT count(*) FROM draft").await, 1);
    }

    /// Every step works without any script.
    async fn a_whole_survey_is_answered_without_javascript(app: &TestApp) {
        let (wave, address, browser) = (wave(app).await, serve(app).await, Browser::without_javascript().await);
        browser.goto(&format!("{address}{}?item=local-environment&answer=2", wave.people[0].link())).await.expect("a page");
        for page in 1..=5 {
            browser.see(&format!("form[data-page='{page}']")).await;
            if page == 1 {
                browser.find(Locator::Css("#local-environment input[value='2']:checked")).await.expect("the answer of the mail");
            }
            browser.click("fieldset:nth-of-type(2) label:nth-child(4)").await;
            browser.click("button[value='next']").await;
        }
        browser.see("form[data-page='6']").await;
        browser.click("label:has(input[value='documentation'])").await;
        browser.click("button[value='save']").await;
        browser.see("[data-pillar='documentation']").await;
        browser.find(Locator::Css("[name='hours:documentation']")).await.expect("hours").send_keys("3").await.expect("keys");
        browser.click("button[value='submit']").await;
        browser.see("main.message").await;
        assert_eq!(browser.text("h1").await, "Thank you");
        assert_eq!(count(app, "SELECT count(*) FROM response").await, 1);
    }
}
