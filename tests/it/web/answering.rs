//! The survey behind a personal link.

use axum::http::{Method, StatusCode, header};
use chrono::TimeDelta;
use sea_orm::Value;

use super::{Browser, encode};
use crate::fixture::{OpenWave, count, execute, insert_wave, open_wave, open_wave_of, text};
use crate::support::TestApp;

async fn wave(app: &TestApp) -> OpenWave {
    let people = [
        ("Engineering / Payments / Ledger", "backend"),
        ("Engineering / Payments / Ledger", "backend"),
        ("Engineering / Payments / Ledger", "mobile"),
        ("Engineering / Payments", "backend"),
        ("Engineering / Payments", "backend"),
        ("Engineering / Payments", "backend"),
        ("Engineering / Search", "mobile"),
    ];
    open_wave(app, "2026-Q4", &people).await
}

/// Answers to every question of the built-in survey, page by page.
fn pages() -> Vec<Vec<(String, String)>> {
    let survey = tribometer_surveys::builtin::devex_25();
    let pages = survey.pages().into_iter().enumerate().map(|(at, page)| {
        let mut fields: Vec<(String, String)> = page
            .items()
            .map(|item| (item.id.clone(), "4".to_owned()))
            .collect();
        fields.push(("page".to_owned(), (at + 1).to_string()));
        fields
    });
    pages.collect()
}

fn of(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

both_databases! {
    /// From the first page to the thanks, and nothing is stored that leads back.
    async fn somebody_answers_every_page_and_is_thanked(app: &TestApp) {
        let wave = wave(app).await;
        let (person, mut browser) = (&wave.people[0], Browser::new(app));
        let first = browser.get(&person.link()).await;
        assert_eq!(first.status, StatusCode::OK);
        assert_eq!(first.count("fieldset.question"), 7);
        assert_eq!(count(app, "SELECT count(*) FROM draft").await, 0);
        let pages = pages();
        let (last, questions) = pages.split_last().expect("six pages");
        for (at, fields) in questions.iter().enumerate() {
            let sent = browser.post(&person.link(), &[&of(fields)[..], &[("go", "next")]].concat()).await;
            assert_eq!(sent.location(), format!("{}?page={}", person.link(), at + 2));
        }
        assert_eq!(count(app, "SELECT count(*) FROM draft").await, 1);
        let picks = [
            ("priorities", "test-feedback"), ("hours:test-feedback", "2,5"), ("comment:test-feedback", "Flaky on Mondays"),
            ("priorities", "documentation"), ("hours:documentation", ""),
            ("comment", "Thanks for asking"), ("go", "submit"),
        ];
        let sent = browser.post(&person.link(), &[&of(last)[..], &picks].concat()).await;
        assert_eq!(sent.location(), format!("{}/thanks", person.link()));
        let thanks = browser.get(sent.location()).await;
        insta::assert_snapshot!("thanks", thanks.text());
        assert_eq!(count(app, "SELECT count(*) FROM draft").await, 0);
        assert_eq!(count(app, "SELECT count(*) FROM response").await, 1);
        assert_eq!(count(app, "SELECT count(*) FROM comment").await, 2);
        assert_eq!(count(app, "SELECT count(*) FROM invitation WHERE state = 'used'").await, 1);
    }

    /// Whose evening is the next morning where the program is at home has answered on that day,
    /// wherever that person sits.
    async fn a_response_and_its_comments_have_the_day_of_the_program(app: &TestApp) {
        let wave = wave(app).await;
        app.clock.set("2026-10-06T22:30:00Z".parse().expect("an instant"));
        let zone = "UPDATE participant SET timezone = 'America/Los_Angeles' WHERE person_id = $1";
        execute(app.store.writer(), zone, vec![Value::from(wave.people[0].person)]).await;
        let fields = [("page", "6"), ("go", "submit"), ("comment", "It is late")];
        let sent = Browser::new(app).post(&wave.people[0].link(), &fields).await;
        assert_eq!(sent.location(), format!("{}/thanks", wave.people[0].link()));
        for table in ["response", "comment"] {
            let day = text(app, &format!("SELECT CAST(day AS text) FROM {table}")).await;
            assert_eq!(day, "2026-10-07", "{table}, in Berlin");
        }
    }

    /// A second submit is answered like a second visit, and changes nothing.
    async fn a_second_submit_finds_the_answers_in(app: &TestApp) {
        let wave = wave(app).await;
        let (person, mut browser) = (&wave.people[0], Browser::new(app));
        let fields = [("page", "1"), ("go", "submit"), ("test-feedback", "2")];
        assert_eq!(browser.post(&person.link(), &fields).await.location(), format!("{}/thanks", person.link()));
        let again = browser.post(&person.link(), &fields).await;
        assert_eq!(again.status, StatusCode::GONE);
        insta::assert_snapshot!("used", again.text());
        let visit = browser.get(&person.link()).await;
        assert_eq!((visit.status, visit.text()), (StatusCode::GONE, again.text()));
        let late_draft = browser.post(&person.link(), &[("page", "1"), ("go", "save"), ("autonomy", "2")]).await;
        assert_eq!(late_draft.status, StatusCode::GONE);
        assert_eq!(count(app, "SELECT count(*) FROM response").await, 1);
        assert_eq!(count(app, "SELECT count(*) FROM draft").await, 0);
    }

    /// Twenty at the same time: one is in.
    async fn of_many_submits_at_once_one_counts(app: &TestApp) {
        let wave = wave(app).await;
        let link = wave.people[0].link();
        let submits = (0..20).map(|_| {
            let (mut browser, link) = (Browser::new(app), link.clone());
            tokio::spawn(async move { browser.post(&link, &[("page", "1"), ("go", "submit"), ("test-feedback", "2")]).await.status })
        });
        let mut accepted = 0;
        for submit in submits.collect::<Vec<_>>() {
            match submit.await.expect("an answer") {
                StatusCode::SEE_OTHER => accepted += 1,
                status => assert_eq!(status, StatusCode::GONE),
            }
        }
        assert_eq!(accepted, 1);
        assert_eq!(count(app, "SELECT count(*) FROM response").await, 1);
    }

    /// Closed, unknown, of an earlier wave: each says its own thing.
    async fn a_link_that_opens_nothing_says_why(app: &TestApp) {
        let wave = wave(app).await;
        let (person, mut browser) = (&wave.people[0], Browser::new(app));
        for forged in ["/s/x", &format!("/s/{}", "A".repeat(43)), "/s/%00", "/s/..%2f..%2fetc%2fpasswd"] {
            let unknown = browser.get(forged).await;
            assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{forged}");
            if forged == "/s/x" {
                insta::assert_snapshot!("unknown", unknown.text());
            }
            assert_eq!(browser.post(forged, &[("page", "1"), ("go", "submit")]).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(browser.get("/s/%ff").await.status, StatusCode::BAD_REQUEST);
        app.clock.set(wave.closes_at);
        let closed = browser.get(&person.link()).await;
        assert_eq!(closed.status, StatusCode::GONE);
        insta::assert_snapshot!("closed", closed.text());
        let late = browser.post(&person.link(), &[("page", "1"), ("go", "submit"), ("test-feedback", "2")]).await;
        assert_eq!((late.status, late.text()), (StatusCode::GONE, closed.text()));
        assert_eq!(count(app, "SELECT count(*) FROM response").await, 0);
        let next = OpenWave { id: uuid::Uuid::now_v7(), program: wave.program, closes_at: wave.closes_at + TimeDelta::days(90), people: vec![] };
        insert_wave(app, &next, "2027-Q1", wave.closes_at + TimeDelta::days(76), tribometer_surveys::builtin::devex_25().version().as_str()).await;
        app.clock.advance(TimeDelta::days(77));
        let expired = browser.get(&person.link()).await;
        assert_eq!(expired.status, StatusCode::GONE);
        insta::assert_snapshot!("expired", expired.text());
    }

    /// Between the questions and the answers the wave is closed by hand: the writer notices
    /// although the page did not.
    async fn nothing_is_stored_in_a_closed_wave(app: &TestApp) {
        let wave = wave(app).await;
        execute(app.store.writer(), "UPDATE wave SET state = 'closed' WHERE id = $1", vec![Value::from(wave.id)]).await;
        let mut browser = Browser::new(app);
        let late = browser.post(&wave.people[0].link(), &[("page", "1"), ("go", "submit"), ("test-feedback", "2")]).await;
        assert_eq!(late.status, StatusCode::GONE);
        assert_eq!(count(app, "SELECT count(*) FROM response").await, 0);
    }

    /// What is wrong comes back beside the question, with everything else as it was sent.
    async fn values_that_cannot_be_come_back_and_lose_nothing(app: &TestApp) {
        let wave = wave(app).await;
        let (link, mut browser) = (wave.people[0].link(), Browser::new(app));
        let fields = [("page", "1"), ("go", "next"), ("test-feedback", "6"), ("code-review", "2")];
        let wrong = browser.post(&link, &fields).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(wrong.checked(), ["code-review=2"]);
        assert_eq!(wrong.count("#test-feedback.wrong .error"), 1);
        let foreign = browser.post(&link, &[("page", "1"), ("go", "next"), ("no-such-item", "2"), ("code-review", "2")]).await;
        assert_eq!(foreign.status, StatusCode::UNPROCESSABLE_ENTITY);
        let mut picks = vec![("page", "6"), ("go", "submit")];
        let pillars = ["test-feedback", "documentation", "autonomy", "learning"];
        picks.extend(pillars.map(|pillar| ("priorities", pillar)));
        picks.extend([("hours:test-feedback", "99"), ("comment:test-feedback", "Keep <me> & \"this\"")]);
        let picks = browser.post(&link, &picks).await;
        assert_eq!(picks.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(picks.checked().len(), 4);
        insta::assert_snapshot!("wrong_picks", picks.text());
        let long = "a".repeat(3_000);
        let long = browser.post(&link, &[("page", "6"), ("go", "next"), ("comment", &long)]).await;
        assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
        let no_page = browser.post(&link, &[("page", "99"), ("go", "next")]).await;
        assert_eq!(no_page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let huge = "a".repeat(10_000_000);
        let huge = browser.post(&link, &[("page", "6"), ("comment", &huge)]).await;
        assert_eq!(huge.status, StatusCode::PAYLOAD_TOO_LARGE);
        let garbage = browser.send(Method::POST, &link, Some("%%%=\u{0}&&&".to_owned()), &[]).await;
        assert!(garbage.status.is_client_error(), "{}", garbage.status);
        let empty = browser.post(&link, &[("page", "6"), ("go", "submit")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(count(app, "SELECT count(*) FROM response").await, 0);
        assert_eq!(count(app, "SELECT count(*) FROM draft").await, 0);
    }

    /// The database holds no word of it, and another device shows it again.
    async fn a_draft_is_sealed_and_comes_back_on_another_device(app: &TestApp) {
        let wave = wave(app).await;
        let (link, mut laptop, mut phone) = (wave.people[0].link(), Browser::new(app), Browser::new(app));
        laptop.post(&link, &[("page", "1"), ("go", "next"), ("test-feedback", "2"), ("code-review", "na")]).await;
        laptop.post(&link, &[("page", "6"), ("go", "save"), ("comment", "Unmistakable words")]).await;
        let first = phone.get(&format!("{link}?page=1")).await;
        assert_eq!(first.checked(), ["test-feedback=2", "code-review=na"]);
        assert!(phone.get(&format!("{link}?page=6")).await.body.contains("Unmistakable words"));
        assert_eq!(phone.get(&link).await.checked(), first.checked());
        let stored: Vec<Vec<u8>> = stored_bytes(app).await;
        assert!(!stored.is_empty());
        for bytes in stored {
            assert!(!bytes.windows(12).any(|window| window == b"Unmistakable"));
            assert!(!bytes.windows(13).any(|window| window == b"test-feedback"));
        }
    }

    /// GET and HEAD never change anything, the answer in the mail included.
    async fn the_answer_clicked_in_the_mail_is_chosen_but_not_saved(app: &TestApp) {
        let wave = wave(app).await;
        let (link, mut browser) = (wave.people[0].link(), Browser::new(app));
        let page = browser.get(&format!("{link}?item=code-review&answer=2")).await;
        assert_eq!(page.checked(), ["code-review=2"]);
        assert_eq!(browser.get(&link).await.checked(), Vec::<String>::new());
        let nonsense = browser.get(&format!("{link}?item=code-review&answer=9")).await;
        assert_eq!((nonsense.status, nonsense.checked()), (StatusCode::OK, vec![]));
        let foreign = browser.get(&format!("{link}?item=drop-table&answer=2")).await;
        assert_eq!(foreign.status, StatusCode::OK);
        for path in ["", "/stop-reminders", "/who-sees-what"] {
            let head = browser.send(Method::HEAD, &format!("{link}{path}"), None, &[]).await;
            assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""));
        }
        assert_eq!(count(app, "SELECT count(*) FROM draft").await, 0);
        assert_eq!(count(app, "SELECT count(*) FROM invitation WHERE state = 'invited' AND reminders").await, 7);
    }

    /// Without JavaScript what is asked about a pick appears with the next page; nobody sends
    /// without having seen it.
    async fn picks_are_followed_up_without_javascript(app: &TestApp) {
        let wave = wave(app).await;
        let (link, mut browser) = (wave.people[0].link(), Browser::new(app));
        let picked = [("page", "6"), ("priorities", "test-feedback")];
        let sent = browser.post(&link, &[&picked[..], &[("go", "submit")]].concat()).await;
        assert_eq!(sent.location(), format!("{link}?page=6#more"));
        let page = browser.get(&format!("{link}?page=6")).await;
        assert_eq!(page.count("#more fieldset"), 1);
        let seen = [&picked[..], &[("hours:test-feedback", ""), ("go", "submit")]].concat();
        assert_eq!(browser.post(&link, &seen).await.location(), format!("{link}/thanks"));
    }

    /// The same where the survey asks for words about each pick but for no hours.
    async fn comments_on_picks_are_asked_for_without_javascript(app: &TestApp) {
        let mut survey = tribometer_surveys::builtin::devex_25().clone();
        survey.hours = None;
        let wave = open_wave_of(app, &survey, "2026-Q4", &[("Engineering", "backend")]).await;
        let (link, mut browser) = (wave.people[0].link(), Browser::new(app));
        let picked = [("page", "6"), ("priorities", "test-feedback"), ("comment", "")];
        let sent = browser.post(&link, &[&picked[..], &[("go", "submit")]].concat()).await;
        assert_eq!(sent.location(), format!("{link}?page=6#more"));
        let page = browser.get(&format!("{link}?page=6")).await;
        assert_eq!(page.count("#more [name='comment:test-feedback']"), 1);
        let seen = [&picked[..], &[("comment:test-feedback", ""), ("go", "submit")]].concat();
        assert_eq!(browser.post(&link, &seen).await.location(), format!("{link}/thanks"));
    }

    /// The form says when the wave closes in the words of the mail: a day later on this clock than
    /// in UTC, say.
    async fn the_closing_date_is_the_one_of_the_mail(app: &TestApp) {
        app.clock.set("2026-10-05T20:30:00Z".parse().expect("an instant"));
        let wave = open_wave(app, "2026-10-05", &[("Engineering", "backend"), ("Engineering", "backend")]).await;
        let zone = "UPDATE participant SET timezone = 'Asia/Tokyo' WHERE person_id = $1";
        execute(app.store.writer(), zone, vec![Value::from(wave.people[0].person)]).await;
        let in_mail = tribometer::mail::templates::deadline(wave.closes_at, chrono_tz::Asia::Tokyo);
        assert_eq!(in_mail, "Tuesday, 20 October 2026, 05:30 (Asia/Tokyo)");
        let (link, mut browser) = (wave.people[0].link(), Browser::new(app));
        let ask = browser.get(&format!("{link}/stop-reminders")).await.text();
        assert!(ask.contains(&in_mail) && ask.contains("about 2026-10-05."), "{ask}");
        browser.post(&link, &[("page", "1"), ("go", "submit"), ("test-feedback", "2")]).await;
        for page in ["", "/thanks"] {
            let text = browser.get(&format!("{link}{page}")).await.text();
            assert!(text.contains(&in_mail), "{text}");
        }
        app.clock.set(wave.closes_at);
        let closed = browser.get(&wave.people[1].link()).await.text();
        assert!(closed.contains("Monday, 19 October 2026, 22:30 (Europe/Berlin)"), "{closed}");
    }

    /// The smallest groups by name: the own team, or the nearest above that has five people.
    async fn somebody_is_told_where_the_answers_can_appear(app: &TestApp) {
        let wave = wave(app).await;
        let mut browser = Browser::new(app);
        let page = browser.get(&format!("{}/who-sees-what", wave.people[0].link())).await;
        insta::assert_snapshot!("who_sees_what", page.text());
    }

    /// From the page, and by a mail provider's one click.
    async fn reminders_stop_by_post_alone(app: &TestApp) {
        let wave = wave(app).await;
        let mut browser = Browser::new(app);
        let ask = browser.get(&format!("{}/stop-reminders", wave.people[0].link())).await;
        insta::assert_snapshot!("ask_to_stop_reminders", ask.text());
        let stopped = browser.post(&format!("{}/stop-reminders", wave.people[0].link()), &[]).await;
        insta::assert_snapshot!("reminders_stopped", stopped.text());
        let one_click = encode(&[("List-Unsubscribe", "One-Click")]);
        let from_provider = browser
            .send(Method::POST, &format!("{}/stop-reminders", wave.people[1].link()), Some(one_click), &[])
            .await;
        assert_eq!(from_provider.status, StatusCode::OK);
        assert_eq!(count(app, "SELECT count(*) FROM invitation WHERE NOT reminders").await, 2);
        assert_eq!(browser.get(&wave.people[0].link()).await.status, StatusCode::OK);
    }

    /// What every answer of the server carries.
    async fn personal_pages_are_kept_by_nobody(app: &TestApp) {
        let wave = wave(app).await;
        let mut browser = Browser::new(app);
        let page = browser.get(&wave.people[0].link()).await;
        let value = |name| page.headers.get(name).map(|value| value.to_str().expect("ASCII"));
        assert_eq!(value(header::CACHE_CONTROL), Some("no-store"));
        assert_eq!(value(header::REFERRER_POLICY), Some("same-origin"));
        assert_eq!(value(header::X_CONTENT_TYPE_OPTIONS), Some("nosniff"));
        let policy = value(header::CONTENT_SECURITY_POLICY).expect("a policy");
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"));
        assert!(page.body.len() < 60_000, "{}", page.body.len());
        for inline in ["style", "onclick", "onload"] {
            assert_eq!(page.count(&format!("[{inline}]")), 0);
        }
        assert_eq!(page.count("script:not([src]), style"), 0);
        let forged = browser
            .send(Method::POST, &wave.people[0].link(), Some(encode(&[("page", "1"), ("go", "submit"), ("autonomy", "1")])),
                &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("host", "127.0.0.1:8080")])
            .await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN);
        assert_eq!(count(app, "SELECT count(*) FROM response").await, 0);
    }

    /// Style sheets come with a tag, and are not sent twice.
    async fn assets_are_revalidated(app: &TestApp) {
        let mut browser = Browser::new(app);
        for (name, kind) in [("survey.css", "text/css"), ("survey.js", "text/javascript"), ("tribometer.css", "text/css"), ("icon.svg", "image/svg+xml")] {
            let asset = browser.get(&format!("/assets/{name}")).await;
            assert!(asset.headers[header::CONTENT_TYPE].to_str().expect("ASCII").starts_with(kind));
            let tag = asset.headers[header::ETAG].to_str().expect("ASCII").to_owned();
            let again = browser.send(Method::GET, &format!("/assets/{name}"), None, &[("if-none-match", &tag)]).await;
            assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        }
        assert_eq!(browser.get("/assets/../Cargo.toml").await.status, StatusCode::NOT_FOUND);
        assert_eq!(browser.get("/assets/nothing.css").await.status, StatusCode::NOT_FOUND);
    }
}

/// Every value of every table that answering writes, as bytes.
async fn stored_bytes(app: &TestApp) -> Vec<Vec<u8>> {
    use sea_orm::{ConnectionTrait, Statement};
    let db = app.store.reader();
    let rows = db
        .query_all_raw(Statement::from_string(
            db.get_database_backend(),
            "SELECT sealed FROM draft",
        ))
        .await
        .expect("the query runs");
    rows.iter()
        .map(|row| row.try_get_by_index(0).expect("bytes"))
        .collect()
}
