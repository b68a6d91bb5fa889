//! What is deleted by itself, and when; and what stays.

use chrono::TimeDelta;
use tribometer::service::progress::SILENT;
use tribometer::service::retention::{self, Swept};
use tribometer::service::sign_in::{self, Role};
use tribometer::service::{clockwork, programs, queue, waves};
use tribometer::{App, jobs};
use tribometer_surveys::program::Program;

use crate::fixture::{count, people};
use crate::support::TestApp;

/// A wave that was open for two weeks, with its mails and jobs.
async fn past_wave(app: &TestApp) {
    people(app, &[("ada@example.org", "Europe/Berlin")]).await;
    let settings = Program::new("Engineering survey", "devex-25", chrono_tz::Europe::Berlin);
    let program = programs::add(app, settings).await.expect("a program");
    let wave = waves::open(app, &program, None, SILENT)
        .await
        .expect("a wave")
        .wave;
    programs::pause(app, program, true).await.expect("a pause");
    jobs::run_until_idle(app).await.expect("mails");
    app.clock.set(wave.closes_at);
    jobs::run_until_idle(app).await.expect("a closed wave");
}

async fn records(app: &App) -> (i64, i64) {
    (
        count(app, "SELECT count(*) FROM job WHERE kind <> 'sweep'").await,
        count(app, "SELECT count(*) FROM message").await,
    )
}

both_databases! {
    /// Records go ninety days after they were made, and take nothing with them.
    async fn records_of_jobs_and_mails_go_after_ninety_days(app: &TestApp) {
        past_wave(app).await;
        let before = records(app).await;
        assert!(before.0 >= 1 && before.1 >= 1, "{before:?}");
        assert_eq!(retention::sweep(app).await.expect("a sweep"), Swept::default());
        assert_eq!(records(app).await, before);

        app.clock.advance(retention::RECORDS + TimeDelta::days(1));
        jobs::run_until_idle(app).await.expect("a sweep of the day");
        assert_eq!(records(app).await, (0, 0));
        assert_eq!(count(app, "SELECT count(*) FROM findings").await, 1);
        assert_eq!(count(app, "SELECT count(*) FROM invitation").await, 1);
        assert!(queue::failed(app, 10).await.expect("a list").is_empty());
    }

    /// Whatever the clock does, a day has one sweep.
    async fn a_day_has_one_sweep(app: &TestApp) {
        for _ in 0..3 {
            clockwork::tick(app).await.expect("a tick");
            app.clock.advance(TimeDelta::hours(1));
        }
        assert_eq!(count(app, "SELECT count(*) FROM job WHERE kind = 'sweep'").await, 1);
        app.clock.advance(TimeDelta::days(1));
        clockwork::tick(app).await.expect("a tick");
        assert_eq!(count(app, "SELECT count(*) FROM job WHERE kind = 'sweep'").await, 2);
    }

    /// Links and sessions that nobody can use any more.
    async fn expired_links_and_sessions_go(app: &TestApp) {
        sign_in::add_account(app, None, "lead@example.org", "", Role::Lead).await.expect("an account");
        let lead = sign_in::account(app, "lead@example.org").await.expect("the account");
        let link = sign_in::printed_link(app, &lead).await.expect("a link");
        let (_, token) = link.rsplit_once('/').expect("a token");
        sign_in::redeem(app, token).await.expect("a query").expect("a session");
        assert_eq!(retention::sweep(app).await.expect("a sweep"), Swept::default());
        app.clock.advance(sign_in::SESSION_LIFETIME + TimeDelta::minutes(1));
        let swept = retention::sweep(app).await.expect("a sweep");
        assert_eq!(swept, Swept { links: 1, sessions: 1, ..Swept::default() });
    }
}
