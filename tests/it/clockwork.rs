//! What happens by itself: planning, opening, reminding, closing, by a clock that the test sets.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe::Berlin;
use tribometer::service::programs::Program;
use tribometer::service::progress::SILENT;
use tribometer::service::waves::Wave;
use tribometer::service::{Error, clockwork, programs, waves};
use tribometer::{App, jobs};
use tribometer_surveys::program::Program as Settings;
use tribometer_surveys::schedule::{Blackout, DateRange};
use tribometer_surveys::wave::WaveState;

use crate::fixture::{count, execute, people, text};
use crate::support::TestApp;

/// The second Tuesday of October 2026, ten o'clock in Berlin.
const TEN_IN_BERLIN: &str = "2026-10-13T08:00:00Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

fn usual() -> Settings {
    Settings::new("Engineering survey", "devex-25", Berlin)
}

async fn program(app: &App) -> Program {
    let everybody = [
        ("tokyo@example.org", "Asia/Tokyo"),
        ("berlin@example.org", "Europe/Berlin"),
        ("denver@example.org", "America/Denver"),
    ];
    people(app, &everybody).await;
    programs::add(app, usual()).await.expect("a program")
}

/// Everything that is due at an instant happens; findings are not this file's business.
async fn happen(app: &TestApp, instant: &str) {
    app.clock.set(at(instant));
    clockwork::tick(app).await.expect("a tick");
    while let Some(claimed) = tribometer::service::queue::claim(app, "worker")
        .await
        .expect("a query")
    {
        if claimed.job.kind == tribometer::service::reminders::REMIND {
            let remind = serde_json::from_value(claimed.job.payload.clone()).expect("a payload");
            let queued = tribometer::service::reminders::queue_mails(app, &remind).await;
            queued.expect("reminders");
        }
        tribometer::service::queue::finish(app, claimed, Ok(()))
            .await
            .expect("a note");
    }
    jobs::deliver_all(app, SILENT).await.expect("mails");
}

/// Who was sent a mail of a kind so far, in order.
async fn sent(app: &App, kind: &str) -> String {
    let list = if app.store.is_embedded() {
        "group_concat(recipient, ' ')"
    } else {
        "string_agg(recipient, ' ')"
    };
    let sql = format!(
        "SELECT coalesce({list}, '') FROM (SELECT replace(recipient, '@example.org', '') AS recipient FROM message \
         WHERE kind = '{kind}' AND state = 'sent' ORDER BY sent_at, recipient) AS sent"
    );
    text(app, &sql).await
}

/// The first wave of a program.
async fn wave(app: &App, program: &Program) -> Wave {
    let mut waves = waves::list(app, program).await.expect("waves");
    waves.pop().expect("a wave")
}

both_databases! {
    /// Ten o'clock is a different instant for everybody.
    async fn everybody_is_invited_and_reminded_at_ten_by_the_own_clock(app: &TestApp) {
        let program = program(app).await;
        let planned = wave(app, &program).await;
        assert_eq!((planned.label.as_str(), planned.state), ("2026-Q4", WaveState::Scheduled));
        assert_eq!(planned.opens_at, at("2026-10-13T01:00:00Z"), "ten in Tokyo");
        happen(app, "2026-10-13T00:59:00Z").await;
        assert_eq!(wave(app, &program).await.state, WaveState::Scheduled);
        happen(app, "2026-10-13T01:00:00Z").await;
        assert_eq!(wave(app, &program).await.state, WaveState::Open);
        assert_eq!(sent(app, "invitation").await, "tokyo");
        happen(app, "2026-10-13T07:59:00Z").await;
        assert_eq!(sent(app, "invitation").await, "tokyo");
        happen(app, TEN_IN_BERLIN).await;
        assert_eq!(sent(app, "invitation").await, "tokyo berlin");
        happen(app, "2026-10-13T16:00:00Z").await;
        assert_eq!(sent(app, "invitation").await, "tokyo berlin denver");

        happen(app, "2026-10-16T01:00:00Z").await;
        assert_eq!(sent(app, "reminder").await, "tokyo");
        happen(app, "2026-10-16T08:00:00Z").await;
        happen(app, "2026-10-16T16:00:00Z").await;
        assert_eq!(sent(app, "reminder").await, "tokyo berlin denver");

        // Berlin's clocks go back on 25 October: ten o'clock of the last day is an hour later in
        // UTC.
        for instant in ["2026-10-20T01:00:00Z", "2026-10-20T08:00:00Z", "2026-10-20T16:00:00Z"] {
            happen(app, instant).await;
        }
        happen(app, "2026-10-26T08:59:00Z").await;
        let before = sent(app, "reminder").await;
        assert_eq!(before.matches("berlin").count(), 2, "{before}");
        happen(app, "2026-10-26T09:00:00Z").await;
        assert_eq!(sent(app, "reminder").await.matches("berlin").count(), 3);
        happen(app, "2026-10-26T16:00:00Z").await;
        assert_eq!(sent(app, "reminder").await.matches("denver").count(), 3);

        // In Tokyo the wave closes on the 28th, so its last day begins a day later.
        assert_eq!(sent(app, "reminder").await.matches("tokyo").count(), 2);
        happen(app, "2026-10-27T01:00:00Z").await;
        assert_eq!(sent(app, "reminder").await.matches("tokyo").count(), 3);

        let open = wave(app, &program).await;
        assert_eq!(open.closes_at, at("2026-10-27T16:00:00Z"), "ten in Denver, where it is ten last");
        happen(app, "2026-10-27T15:59:00Z").await;
        assert_eq!(wave(app, &program).await.state, WaveState::Open);
        happen(app, "2026-10-27T16:00:00Z").await;
        let waves = waves::list(app, &program).await.expect("waves");
        let states: Vec<(&str, WaveState)> = waves.iter().map(|wave| (wave.label.as_str(), wave.state)).collect();
        assert_eq!(states, [("2027-Q1", WaveState::Scheduled), ("2026-Q4", WaveState::Closed)]);
        assert_eq!(count(app, "SELECT count(*) FROM message").await, 12, "three invitations, nine reminders");
        assert_eq!(count(app, "SELECT count(*) FROM job WHERE kind = 'compute-findings'").await, 1);
    }

    /// No leader is elected: every replica tries everything, and everything happens once.
    async fn four_replicas_do_each_thing_once(app: &TestApp) {
        let program = program(app).await;
        let mut replicas = Vec::new();
        for _ in 0..4 {
            replicas.push(App::start((*app.config).clone(), app.clock.clone()).await.expect("a replica"));
        }
        let instants = [TEN_IN_BERLIN, "2026-10-13T16:00:00Z", "2026-10-16T16:00:00Z", "2026-10-20T16:30:00Z", "2026-10-28T00:00:00Z"];
        for instant in instants {
            app.clock.set(at(instant));
            let mut ticks = tokio::task::JoinSet::new();
            for replica in &replicas {
                let replica = replica.clone();
                ticks.spawn(async move {
                    clockwork::tick(&replica).await.expect("a tick");
                    while let Some(claimed) = tribometer::service::queue::claim(&replica, &format!("{:p}", &replica)).await.expect("a query") {
                        if let Ok(remind) = serde_json::from_value(claimed.job.payload.clone()) {
                            tribometer::service::reminders::queue_mails(&replica, &remind).await.expect("reminders");
                        }
                        tribometer::service::queue::finish(&replica, claimed, Ok(())).await.expect("a note");
                    }
                    jobs::deliver_all(&replica, SILENT).await.expect("mails");
                });
            }
            ticks.join_all().await;
        }
        assert_eq!(count(app, "SELECT count(*) FROM participant").await, 3);
        assert_eq!(count(app, "SELECT count(*) FROM message WHERE kind = 'invitation'").await, 3);
        let mailbox = tribometer::mail::mailbox::list(&app.config.mailbox_dir(), 1, "").await.expect("a list");
        let reminders = count(app, "SELECT count(*) FROM message WHERE kind = 'reminder'").await;
        assert_eq!((reminders, mailbox.total), (6, 9), "days 3 and 7; nobody looked on the last day");
        assert_eq!(count(app, "SELECT count(*) FROM message WHERE attempts <> 1").await, 0);
        assert_eq!(count(app, "SELECT count(*) FROM job WHERE kind = 'compute-findings'").await, 1);
        let waves = waves::list(app, &program).await.expect("waves");
        assert_eq!(waves.len(), 2, "the closed one and the next");
    }

    /// After a week without a server there is one reminder, not a pile, and no stale one.
    async fn downtime_is_caught_up_without_a_pile(app: &TestApp) {
        program(app).await;
        happen(app, "2026-10-13T16:00:00Z").await;
        happen(app, "2026-10-18T12:00:00Z").await;
        assert_eq!(sent(app, "reminder").await, "", "day 3 is two days ago");
        happen(app, "2026-10-20T20:00:00Z").await;
        assert_eq!(sent(app, "reminder").await, "berlin denver tokyo", "day 7 alone");
        happen(app, "2026-10-20T21:00:00Z").await;
        assert_eq!(count(app, "SELECT count(*) FROM message WHERE kind = 'reminder'").await, 3);
    }

    /// A wave that opens late gets its full time; one that would be over is left out.
    async fn a_wave_that_nobody_opened_in_time_is_not_cut_short(app: &TestApp) {
        let program = program(app).await;
        happen(app, "2026-10-17T12:00:00Z").await;
        let open = wave(app, &program).await;
        assert_eq!((open.state, open.day), (WaveState::Open, "2026-10-17".parse().expect("a day")));
        assert_eq!(sent(app, "invitation").await, "berlin tokyo", "it is not ten yet in Denver");
        assert_eq!(open.closes_at, at("2026-10-31T16:00:00Z"));
        happen(app, "2026-10-31T16:00:00Z").await;

        happen(app, "2027-02-20T12:00:00Z").await;
        let waves = waves::list(app, &program).await.expect("waves");
        let states: Vec<(&str, WaveState)> = waves.iter().map(|wave| (wave.label.as_str(), wave.state)).collect();
        assert_eq!(states, [("2027-Q2", WaveState::Scheduled), ("2026-Q4", WaveState::Closed)], "the winter's was missed");
    }

    /// By hand: the planned wave of this period, or one more; never two at once.
    async fn waves_are_opened_and_closed_by_hand(app: &TestApp) {
        let program = program(app).await;
        let first = waves::open(app, &program, None, SILENT).await.expect("a wave").wave;
        assert_eq!(first.label, "2026-Q4", "the planned one, a week early");
        assert_eq!(count(app, "SELECT count(*) FROM wave").await, 1);
        jobs::deliver_all(app, SILENT).await.expect("mails");
        assert_eq!(sent(app, "invitation").await, "berlin denver tokyo", "at once, whatever the time is there");
        let again = waves::open(app, &program, None, SILENT).await.expect_err("it is open");
        assert!(matches!(&again, Error::Conflict { code: "still-open", message } if message.contains("2026-Q4")), "{again}");
        waves::close(app, first.id, None).await.expect("a closed wave");
        let second = waves::open(app, &program, None, SILENT).await.expect("one more").wave;
        assert_eq!(second.label, "2026-10-05");
        waves::close(app, second.id, None).await.expect("a closed wave");
        assert!(waves::open(app, &program, None, SILENT).await.is_err(), "both labels are taken");
        let log = "SELECT count(*) FROM audit_entry WHERE action IN ('wave.opened', 'wave.closed')";
        assert_eq!(count(app, log).await, 4);
        clockwork::tick(app).await.expect("a tick");
        let labels: Vec<String> = waves::list(app, &program).await.expect("waves").into_iter().map(|wave| wave.label).collect();
        assert!(labels.contains(&"2027-Q1".to_owned()), "the quarter has had its wave: {labels:?}");
    }

    /// What is asked and who takes part is as it was at launch, whatever changes later.
    async fn launching_freezes_who_takes_part(app: &TestApp) {
        let program = program(app).await;
        execute(app.store.writer(), "UPDATE person SET active = false WHERE email = $1", vec!["denver@example.org".into()]).await;
        let wave = waves::open(app, &program, None, SILENT).await.expect("a wave").wave;
        people(app, &[("late@example.org", "Europe/Berlin")]).await;
        execute(app.store.writer(), "UPDATE person SET timezone = $1 WHERE email = $2", vec!["America/Lima".into(), "berlin@example.org".into()]).await;
        let frozen = "SELECT count(*) FROM participant WHERE timezone IN ('Asia/Tokyo', 'Europe/Berlin')";
        assert_eq!((count(app, "SELECT count(*) FROM participant").await, count(app, frozen).await), (2, 2));
        let version = tribometer_surveys::builtin::devex_25().version();
        assert_eq!(wave.survey_version.as_deref(), Some(version.as_str()));
        assert_eq!(count(app, "SELECT count(*) FROM survey_version").await, 1);
        assert_eq!(count(app, "SELECT count(DISTINCT token_hash) FROM invitation WHERE state = 'pending'").await, 2);
    }

    /// Settings that change move the planned wave; a pause takes it away.
    async fn the_plan_follows_the_settings(app: &TestApp) {
        let program = program(app).await;
        let october = |day: &str| format!("2026-10-{day}").parse().expect("a day");
        let mut settings = usual();
        settings.blackout = Blackout(vec![DateRange { from: october("12"), to: october("16") }]);
        let program = programs::change(app, program, settings).await.expect("a change");
        assert_eq!(wave(app, &program).await.day, october("19"));
        let mut settings = usual();
        settings.recurrence = "30 9 5 * *".parse().expect("a recurrence");
        let program = programs::change(app, program, settings).await.expect("a change");
        let planned = wave(app, &program).await;
        assert_eq!((planned.label.as_str(), planned.opens_at), ("2026-11", at("2026-11-05T00:30:00Z")));
        let program = programs::pause(app, program, true).await.expect("a pause");
        assert_eq!(waves::list(app, &program).await.expect("waves"), []);
        happen(app, "2026-11-06T12:00:00Z").await;
        assert_eq!(waves::list(app, &program).await.expect("waves"), []);
        let program = programs::pause(app, program, false).await.expect("no pause");
        assert_eq!(wave(app, &program).await.label, "2026-12");
    }

    /// Settings that make no sense are refused with all reasons, and a name is given once.
    async fn programs_that_make_no_sense_are_refused(app: &TestApp) {
        let program = program(app).await;
        assert!(matches!(programs::add(app, usual()).await, Err(Error::Conflict { code: "taken", .. })));
        let mut settings = usual();
        settings.name = " ".to_owned();
        settings.survey = "no-such-survey".to_owned();
        settings.open_days = 0;
        let error = programs::change(app, program, settings).await.expect_err("senseless settings");
        let Error::Invalid(fields) = error else { panic!("{error}") };
        let problems: Vec<_> = fields.iter().map(|problem| (problem.field.as_str(), problem.code)).collect();
        assert_eq!(
            problems,
            [
                ("name", "length"),
                ("open_days", "out-of-range"),
                ("reminders", "outside-wave"),
                ("reminders", "outside-wave"),
                ("survey", "unknown"),
            ]
        );
        let mut nobody = usual();
        nobody.name = "Nobody".to_owned();
        nobody.audience.team = Some("No / Such / Team".parse().expect("a path"));
        let nobody = programs::add(app, nobody).await.expect("a program");
        let error = waves::open(app, &nobody, None, SILENT).await.expect_err("nobody to ask");
        assert!(error.to_string().contains("nobody in the directory"), "{error}");
        assert_eq!(count(app, "SELECT count(*) FROM participant").await, 0);
    }

    /// While replicas are replaced one by one, an old one leaves what it does not know to the new
    /// ones.
    async fn a_job_of_a_newer_version_is_left_to_it(app: &TestApp) {
        let sql = "INSERT INTO job (id, kind, dedup_key, payload, state, run_at, attempts, created_at) VALUES ($1, 'later', 'later', $2, 'queued', $3, 0, $3)";
        let values = vec![uuid::Uuid::now_v7().into(), serde_json::json!({}).into(), app.now().into()];
        execute(app.store.writer(), sql, values).await;
        app.clock.advance(TimeDelta::days(1));
        jobs::run_until_idle(app).await.expect("all that this version knows");
        let untouched = "SELECT count(*) FROM job WHERE kind = 'later' AND state = 'queued' AND attempts = 0 AND last_error IS NULL";
        assert_eq!(count(app, untouched).await, 1);
        assert_eq!(count(app, "SELECT count(*) FROM job WHERE kind = 'sweep' AND state = 'done'").await, 1);
    }

    /// Two who open at the same moment get one wave.
    async fn opening_twice_at_once_opens_once(app: &TestApp) {
        let program = program(app).await;
        let (one, two) = tokio::join!(waves::open(app, &program, None, SILENT), waves::open(app, &program, None, SILENT));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
        assert_eq!(count(app, "SELECT count(*) FROM participant").await, 3);
        let open = waves::of_program(app, &program, None).await.expect("a wave");
        let (one, two) = tokio::join!(waves::close(app, open.id, None), waves::close(app, open.id, None));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1);
    }
}

/// A server that runs does all of it by itself, and stops when it is told to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_workers_of_a_server_do_what_is_due() {
    let app = TestApp::sqlite().await;
    program(&app).await;
    app.clock.set(at("2026-10-13T16:00:00Z"));
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let workers = tokio::spawn(jobs::run((*app).clone(), stopping));
    let all = async || (sent(&app, "invitation").await.split(' ').count() == 3).then_some(());
    crate::support::eventually("everybody is invited", all).await;
    stop.send_replace(true);
    workers.await.expect("the workers stop");
    let after = app.now() + TimeDelta::days(1);
    app.clock.set(after);
    assert_eq!(
        count(&app, "SELECT count(*) FROM message WHERE state <> 'sent'").await,
        0
    );
}
