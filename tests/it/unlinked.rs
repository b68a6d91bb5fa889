//! What somebody with the raw database finds out about who sent which answers, once a wave is
//! closed: no more than by guessing.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, Statement};
use tribometer::service::waves;
use tribometer::{App, jobs};

use crate::fixture::{count, open_wave};
use crate::support::{TestApp, eventually};
use crate::web::Browser;

const PEOPLE: usize = 40;
/// Of so many guesses by an order that means nothing one is right on average; more than this
/// happens once in 10,000 runs.
const LUCK: usize = 6;

/// The first column of all rows, as text.
async fn texts(app: &App, sql: &str) -> Vec<String> {
    let db = app.store.reader();
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await;
    let rows = rows.expect("the query runs");
    rows.iter()
        .map(|row| row.try_get_by_index(0).expect("a text"))
        .collect()
}

/// How often two lists have the same at the same place, from the front or from the back.
fn matches(guessed: &[String], truth: &[String]) -> usize {
    assert_eq!(guessed.len(), truth.len());
    let hits = |guessed: &mut dyn Iterator<Item = &String>| {
        guessed
            .zip(truth)
            .filter(|(guess, true_one)| guess == true_one)
            .count()
    };
    hits(&mut guessed.iter()).max(hits(&mut guessed.iter().rev()))
}

/// The orders that a table of the database has by itself.
fn orders(app: &App) -> &'static [&'static str] {
    if app.store.is_embedded() {
        &[""]
    } else {
        &[
            "",
            " ORDER BY ctid",
            " ORDER BY CAST(CAST(xmin AS text) AS bigint), ctid",
        ]
    }
}

both_databases! {
    /// Everybody's answers and words name their writer, so that the guesses can be checked.
    async fn the_order_of_arrival_is_forgotten_when_a_wave_closes(app: &TestApp) {
        let wave = open_wave(app, "2026-Q4", &[("Engineering", "backend"); PEOPLE]).await;
        let mut writers = Vec::new();
        let mut names = HashMap::new();
        // Not in the order of the invitations: that one anybody may know.
        for turn in 0..PEOPLE {
            let number = turn * 17 % PEOPLE;
            let (person, hours, words) = (&wave.people[number], format!("{}", 1 + number), format!("words of {number}"));
            let mut browser = Browser::new(app);
            let page = [("page", "1"), ("go", "next"), ("test-feedback", "2")];
            assert_eq!(browser.post(&person.link(), &page).await.status, 303);
            let picks = [("page", "6"), ("go", "submit"), ("priorities", "test-feedback"), ("hours:test-feedback", &hours), ("comment:test-feedback", &words)];
            assert_eq!(browser.post(&person.link(), &picks).await.location(), format!("{}/thanks", person.link()));
            names.insert(person.invitation.to_string(), number.to_string());
            writers.push(number.to_string());
        }
        let sealed = texts(app, "SELECT CAST(count(*) AS text) FROM draft").await;
        assert_eq!(sealed, ["0"]);
        waves::close(app, wave.id, None).await.expect("a closed wave");
        jobs::run_until_idle(app).await.expect("what follows a close");
        assert_eq!(count(app, "SELECT count(*) FROM job WHERE state = 'done' AND kind = 'unlink-answers'").await, 1);

        for order in orders(app) {
            let answers = texts(app, &format!("SELECT CAST(answers AS text) FROM response{order}")).await;
            let by_answers: Vec<String> = answers.iter().map(|answers| {
                let answers: serde_json::Value = serde_json::from_str(answers).expect("JSON");
                let hours = answers["hours:test-feedback"].as_f64().or_else(|| answers["hours:test-feedback"]["hours"].as_f64());
                format!("{}", hours.expect("hours") as usize - 1)
            }).collect();
            let words = texts(app, &format!("SELECT text FROM comment{order}")).await;
            let by_words: Vec<String> = words.iter().map(|words| words.replace("words of ", "")).collect();
            let used = texts(app, &format!("SELECT {} FROM invitation{order}", id_as_text(app))).await;
            let invited: Vec<String> = used.iter().map(|id| names[&id.to_lowercase()].clone()).collect();
            for truth in [&writers, &invited] {
                assert!(matches(&by_answers, truth) <= LUCK, "responses{order}: {by_answers:?} are in the order of {truth:?}");
                assert!(matches(&by_words, truth) <= LUCK, "comments{order}: {by_words:?} are in the order of {truth:?}");
            }
            assert!(matches(&by_words, &by_answers) <= LUCK, "comments are in the order of responses");
        }
        if app.store.is_embedded() {
            log_is_empty(app);
        } else {
            for table in ["response", "comment", "invitation"] {
                let writers = format!("SELECT count(DISTINCT CAST(xmin AS text)) FROM {table}");
                assert_eq!(count(app, &writers).await, 1, "{table}");
            }
            // The old versions are cleared away; the server tells so a little later.
            let cleared = "SELECT count(*) FROM pg_stat_user_tables WHERE relname IN ('response', 'comment', 'invitation', 'draft') AND vacuum_count > 0";
            eventually("four tables are cleared", async || (count(app, cleared).await == 4).then_some(())).await;
        }
    }
}

fn id_as_text(app: &App) -> &'static str {
    if app.store.is_embedded() {
        "lower(substr(hex(id), 1, 8) || '-' || substr(hex(id), 9, 4) || '-' || substr(hex(id), 13, 4) || '-' || substr(hex(id), 17, 4) || '-' || substr(hex(id), 21))"
    } else {
        "CAST(id AS text)"
    }
}

/// The log of an embedded database has the pages of every commit in order.
fn log_is_empty(app: &TestApp) {
    let log = app.config.data_dir.join("tribometer.db-wal");
    let length = std::fs::metadata(&log).map_or(0, |log| log.len());
    // What follows the close is in it again; answers are not.
    let bytes = std::fs::read(&log).unwrap_or_default();
    let holds = |words: &[u8]| bytes.windows(words.len()).any(|window| window == words);
    assert!(
        !holds(b"words of") && !holds(b"hours:test-feedback"),
        "{length} bytes"
    );
}

/// What was deleted from an embedded database is nowhere in its files.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_draft_leaves_no_bytes() {
    let app = TestApp::sqlite().await;
    let wave = open_wave(&app, "2026-Q4", &[("Engineering", "backend"); 2]).await;
    let link = wave.people[0].link();
    let mut browser = Browser::new(&app);
    browser
        .post(
            &link,
            &[("page", "1"), ("go", "next"), ("test-feedback", "2")],
        )
        .await;
    let sealed = texts(&app, "SELECT hex(sealed) FROM draft").await.remove(0);
    let sealed: Vec<u8> = (0..sealed.len() / 2)
        .map(|at| u8::from_str_radix(&sealed[2 * at..2 * at + 2], 16).expect("hexadecimal"))
        .collect();
    let holds = |name: &str| {
        let bytes = std::fs::read(app.config.data_dir.join(name)).unwrap_or_default();
        bytes.windows(16).any(|window| window == &sealed[..16])
    };
    assert!(
        holds("tribometer.db-wal") || holds("tribometer.db"),
        "it is looked for rightly"
    );
    browser
        .post(
            &link,
            &[("page", "1"), ("go", "submit"), ("test-feedback", "2")],
        )
        .await;
    waves::close(&app, wave.id, None)
        .await
        .expect("a closed wave");
    jobs::run_until_idle(&app)
        .await
        .expect("what follows a close");
    assert!(!holds("tribometer.db-wal") && !holds("tribometer.db"));
}
