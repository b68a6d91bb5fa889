//! Mails on their way to a real mail server, one that takes them and some that do not.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::time::Instant;

use chrono::TimeDelta;
use chrono_tz::Europe::Berlin;
use tribometer::clock::{Clock, SystemClock};
use tribometer::secrets::token_hash;
use tribometer::service::outbox::{self, Kind, State};
use tribometer::service::programs;
use tribometer::service::progress::SILENT;
use tribometer::service::waves::{self, Launched};
use tribometer::{App, jobs};
use tribometer_surveys::program::Program;

use crate::fixture::{count, execute, people, text};
use crate::smtp_sink::{self, Sink, TIMEOUT, Taken};
use crate::support::{TestApp, eventually};

/// The same program, with its mail going to a port.
async fn sending_to(app: &TestApp, port: u16) -> App {
    let mut config = (*app.config).clone();
    smtp_sink::configure(&mut config, port);
    App::start(config, app.clock.clone())
        .await
        .expect("the program starts")
}

/// Opens a wave for so many people in Berlin, by hand.
async fn launch(app: &App, size: usize) -> Launched {
    let addresses: Vec<String> = (0..size)
        .map(|number| format!("person{number}@example.org"))
        .collect();
    let everybody: Vec<(&str, &str)> = addresses
        .iter()
        .map(|address| (address.as_str(), "Europe/Berlin"))
        .collect();
    people(app, &everybody).await;
    let settings = Program::new("Engineering survey", "devex-25", Berlin);
    let program = programs::add(app, settings).await.expect("a program");
    waves::open(app, &program, None, SILENT)
        .await
        .expect("an open wave")
}

/// How many mails of a kind are in a state.
async fn mails(app: &App, kind: Kind, state: State) -> u64 {
    let counts = outbox::status(app, None).await.expect("counts");
    let found = counts
        .iter()
        .find(|(of_kind, in_state, _)| (*of_kind, *in_state) == (kind, state));
    found.map_or(0, |(_, _, count)| *count)
}

async fn deliver(app: &App) {
    jobs::deliver_all(app, SILENT)
        .await
        .expect("the outbox is read");
}

fn recipients(taken: &[Taken]) -> BTreeSet<&str> {
    taken.iter().map(|mail| mail.recipient.as_str()).collect()
}

both_databases! {
    /// One mail for each, with a link that opens that person's form and headers that mail programs
    /// understand.
    async fn everybody_gets_one_mail_with_a_link_of_their_own(app: &TestApp) {
        let sink = Sink::start(&[]).await;
        let app = sending_to(app, sink.port).await;
        let launched = launch(&app, 30).await;
        assert_eq!(launched.invited, 30);
        deliver(&app).await;
        deliver(&app).await;
        let taken = sink.taken();
        assert_eq!((taken.len(), recipients(&taken).len()), (30, 30));
        assert_eq!(mails(&app, Kind::Invitation, State::Sent).await, 30);
        assert_eq!(count(&app, "SELECT count(*) FROM invitation WHERE state = 'invited'").await, 30);
        let mut links = BTreeSet::new();
        for mail in &taken {
            let body = mail.text();
            let (_, link) = body.split_once("Or begin here:").expect("a link");
            let link = link.split_whitespace().next().expect("a link").to_owned();
            let token = link.strip_prefix("http://127.0.0.1:8080/s/").expect("a personal link");
            let hash = tribometer_store::link::open(app.store.reader(), &token_hash(token)).await;
            assert!(hash.expect("a query").is_some(), "the link opens an invitation");
            for answer in 1..=5 {
                let answer = format!("{link}?item=local-environment&answer={answer}");
                assert!(body.contains(&answer));
                assert!(mail.html().contains(&answer.replace('&', "&#38;")));
            }
            assert!(body.contains("until Monday, 19 October 2026, 10:00 (Europe/Berlin)"), "{body}");
            let header = |name| mail.header(name).unwrap_or_default();
            assert_eq!(header("From"), "\"Jo Doe\" <jo@example.org>");
            assert_eq!(header("Reply-To"), header("From"));
            assert_eq!(header("Auto-Submitted"), "auto-generated");
            assert_eq!(header("List-Unsubscribe"), format!("<{link}/stop-reminders>"));
            assert_eq!(header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
            let known = format!("SELECT count(*) FROM message WHERE message_id = '{}' AND recipient = '{}'", mail.message_id, mail.recipient);
            assert_eq!(count(&app, &known).await, 1, "the Message-ID was stored before");
            links.insert(link);
        }
        assert_eq!(links.len(), 30);
    }

    /// A 5xx is final: the mail is not tried again by itself, but can be.
    async fn what_the_server_refuses_is_given_up_until_somebody_wants_it(app: &TestApp) {
        let sink = Sink::start(&["-f", "RCPT", "-B", "550 5.1.1 no such mailbox"]).await;
        let port = sink.port;
        let app = sending_to(app, port).await;
        launch(&app, 3).await;
        deliver(&app).await;
        assert_eq!(mails(&app, Kind::Invitation, State::Failed).await, 3);
        let troubles = outbox::troubles(&app, 10).await.expect("a list");
        assert!(troubles[0].error.contains("5.1.1 no such mailbox"), "{}", troubles[0].error);
        assert_eq!((troubles[0].attempts, troubles[0].next_attempt_at), (1, None));
        drop(sink);
        let sink = Sink::start_on(port, &[]).await;
        deliver(&app).await;
        assert_eq!(sink.begun(), 0);
        assert_eq!(outbox::retry(&app, Some(troubles[0].id)).await.expect("one"), 1);
        deliver(&app).await;
        assert_eq!(outbox::retry(&app, None).await.expect("the others"), 2);
        deliver(&app).await;
        assert_eq!(recipients(&sink.taken()).len(), 3);
        assert_eq!(outbox::troubles(&app, 10).await.expect("a list"), []);
    }

    /// A 4xx is tried again after a pause that grows, and given up after the last attempt.
    async fn what_the_server_puts_off_is_tried_again_with_patience(test: &TestApp) {
        let sink = Sink::start(&["-r", "DATA", "-b", "451 4.3.2 come back later"]).await;
        let app = sending_to(test, sink.port).await;
        launch(&app, 1).await;
        let mut pauses = Vec::new();
        for attempt in 1..20 {
            deliver(&app).await;
            let trouble = outbox::troubles(&app, 1).await.expect("a list").remove(0);
            assert_eq!(trouble.attempts, attempt);
            assert!(trouble.error.contains("4.3.2 come back later"), "{}", trouble.error);
            let next = trouble.next_attempt_at.expect("it is tried again");
            pauses.push(next - app.now());
            test.clock.set(next - TimeDelta::seconds(1));
            deliver(&app).await;
            test.clock.set(next);
        }
        assert_eq!(mails(&app, Kind::Invitation, State::Queued).await, 1);
        deliver(&app).await;
        assert_eq!(mails(&app, Kind::Invitation, State::Failed).await, 1);
        let trouble = outbox::troubles(&app, 1).await.expect("a list").remove(0);
        assert!(trouble.error.starts_with("given up after 20 attempts: "), "{}", trouble.error);
        assert!(pauses[0] < TimeDelta::minutes(1) && pauses[18] > TimeDelta::minutes(40), "{pauses:?}");
    }

    /// A server that hangs up, one that is not there, and one that says nothing: the mails wait,
    /// then the next server gets each once.
    async fn no_mail_is_lost_while_the_server_misbehaves(test: &TestApp) {
        let hangs_up = Sink::start(&["-q", "DATA"]).await;
        let port = hangs_up.port;
        let app = sending_to(test, port).await;
        launch(&app, 5).await;
        deliver(&app).await;
        drop(hangs_up);
        assert_eq!(mails(&app, Kind::Invitation, State::Queued).await, 5);

        test.clock.advance(TimeDelta::minutes(2));
        deliver(&app).await;
        assert_eq!(mails(&app, Kind::Invitation, State::Queued).await, 5);
        let troubles = outbox::troubles(&app, 10).await.expect("a list");
        assert!(troubles.iter().all(|trouble| trouble.attempts == 0 && trouble.error.contains("onnection")), "{troubles:?}");

        let silent = Sink::start_on(port, &["-W", "DATA:600"]).await;
        test.clock.advance(TimeDelta::minutes(5));
        let begun = Instant::now();
        deliver(&app).await;
        assert!(begun.elapsed() < TIMEOUT * 5, "one timeout for all mails of a batch");
        drop(silent);
        let troubles = outbox::troubles(&app, 10).await.expect("a list");
        assert!(troubles.iter().any(|trouble| trouble.error.ends_with("did not answer within 2 s")), "{troubles:?}");

        let sink = Sink::start_on(port, &[]).await;
        test.clock.advance(TimeDelta::minutes(10));
        deliver(&app).await;
        let taken = sink.taken();
        assert_eq!((taken.len(), recipients(&taken).len()), (5, 5));
        assert_eq!(mails(&app, Kind::Invitation, State::Sent).await, 5);
    }

    /// A weekend without a mail server kills nothing, and is looked for often enough; a sign-in
    /// link waits for a day.
    async fn a_mail_waits_for_its_server_as_long_as_it_is_wanted(test: &TestApp) {
        let port = smtp_sink::dead_port();
        let app = sending_to(test, port).await;
        launch(&app, 3).await;
        let role = tribometer::service::sign_in::Role::Lead;
        tribometer::service::sign_in::add_account(&app, None, "lead@example.org", "Lead", role).await.expect("an account");
        tribometer::service::sign_in::request_link(&app, "lead@example.org").await.expect("a link");
        outbox::queue_test(&app, "ops@example.org").await.expect("a test mail");
        let monday = app.now() + TimeDelta::hours(60);
        while app.now() < monday {
            deliver(&app).await;
            for trouble in outbox::troubles(&app, 10).await.expect("a list") {
                assert_eq!(trouble.attempts, 0, "nobody was asked");
                if let Some(next) = trouble.next_attempt_at {
                    assert!(next - app.now() < TimeDelta::minutes(20), "{trouble:?}");
                }
            }
            test.clock.advance(TimeDelta::minutes(20));
        }
        assert_eq!(mails(&app, Kind::Invitation, State::Queued).await, 3);
        assert_eq!(mails(&app, Kind::SignIn, State::Skipped).await, 1);
        assert_eq!(mails(&app, Kind::Test, State::Skipped).await, 1);

        // A server that first asks for patience gets all of it.
        let busy = Sink::start_on(port, &["-r", "DATA", "-b", "451 4.7.1 greylisted"]).await;
        deliver(&app).await;
        drop(busy);
        assert_eq!(mails(&app, Kind::Invitation, State::Queued).await, 3);
        let sink = Sink::start_on(port, &[]).await;
        test.clock.advance(TimeDelta::minutes(1));
        deliver(&app).await;
        assert_eq!(recipients(&sink.taken()).len(), 3);
    }

    /// Nobody is reached after the wave has ended.
    async fn a_mail_that_waited_until_its_wave_was_over_is_not_sent(test: &TestApp) {
        let port = smtp_sink::dead_port();
        let app = sending_to(test, port).await;
        let launched = launch(&app, 2).await;
        deliver(&app).await;
        test.clock.set(launched.wave.closes_at);
        let sink = Sink::start_on(port, &[]).await;
        deliver(&app).await;
        assert_eq!(mails(&app, Kind::Invitation, State::Skipped).await, 2);
        assert_eq!(sink.begun(), 0);
    }

    /// A mail that this server can't take, whatever its name, is refused alone; the others of its
    /// batch go out.
    async fn an_address_beyond_ascii_holds_nobody_up(test: &TestApp) {
        let sink = Sink::start(&[]).await;
        let app = sending_to(test, sink.port).await;
        launch(&app, 5).await;
        let change = "UPDATE message SET recipient = $1 WHERE recipient = 'person0@example.org'";
        execute(app.store.writer(), change, vec!["grüße@example.org".into()]).await;
        deliver(&app).await;
        assert_eq!(mails(&app, Kind::Invitation, State::Sent).await, 4);
        assert_eq!(mails(&app, Kind::Invitation, State::Failed).await, 1);
        let trouble = outbox::troubles(&app, 10).await.expect("a list").remove(0);
        assert_eq!((trouble.recipient.as_str(), trouble.attempts), ("grüße@example.org", 1));
        assert!(trouble.error.contains("SMTPUTF8"), "{}", trouble.error);
    }

    /// Whoever waits for a sign-in link does not wait for a wave's invitations.
    async fn a_sign_in_link_overtakes_a_wave(test: &TestApp) {
        let sink = Sink::start(&[]).await;
        let app = sending_to(test, sink.port).await;
        launch(&app, 100).await;
        test.clock.advance(TimeDelta::minutes(1));
        let role = tribometer::service::sign_in::Role::Lead;
        let service = tribometer::service::sign_in::add_account(&app, None, "lead@example.org", "Lead", role).await;
        service.expect("an account");
        tribometer::service::sign_in::request_link(&app, "lead@example.org").await.expect("a link");
        let round = outbox::deliver(&app, "worker").await.expect("a round");
        assert!(round.claimed < 100);
        assert!(recipients(&sink.taken()).contains("lead@example.org"));
    }

    /// Between queueing and sending somebody may answer, stop the reminders, or leave.
    async fn a_reminder_is_not_sent_to_whom_does_not_want_it_any_more(test: &TestApp) {
        let sink = Sink::start(&[]).await;
        let app = sending_to(test, sink.port).await;
        launch(&app, 5).await;
        jobs::run_until_idle(&app).await.expect("invitations");
        test.clock.set("2026-10-08T08:00:00Z".parse().expect("an instant"));
        tribometer::service::clockwork::tick(&app).await.expect("a tick");
        let worker = "somebody";
        let claimed = tribometer::service::queue::claim(&app, worker).await.expect("a query").expect("a job");
        let remind = serde_json::from_value(claimed.job.payload.clone()).expect("a payload");
        assert_eq!(tribometer::service::reminders::queue_mails(&app, &remind).await.expect("mails"), 5);
        let change = async |sql: &str, address: &str| {
            let id = format!("SELECT CAST(participant.id AS TEXT) AS id FROM participant JOIN person ON person.id = person_id WHERE email = '{address}'");
            assert_eq!(count(&app, &format!("SELECT count(*) FROM ({id}) AS found")).await, 1);
            execute(app.store.writer(), sql, vec![address.into()]).await;
        };
        let of = "participant_id IN (SELECT participant.id FROM participant JOIN person ON person.id = person_id WHERE email = $1)";
        change(&format!("UPDATE invitation SET state = 'used' WHERE {of}"), "person0@example.org").await;
        change(&format!("UPDATE invitation SET reminders = false WHERE {of}"), "person1@example.org").await;
        change("UPDATE person SET active = false WHERE email = $1", "person2@example.org").await;
        deliver(&app).await;
        assert_eq!(mails(&app, Kind::Reminder, State::Sent).await, 2);
        assert_eq!(mails(&app, Kind::Reminder, State::Skipped).await, 3);
        let reasons = "SELECT count(DISTINCT last_error) FROM message WHERE recipient IN ('person0@example.org', 'person1@example.org') AND kind = 'reminder'";
        assert_eq!(count(&app, reasons).await, 1, "who answered looks like who stopped the reminders");
    }

    /// Nobody gets a mail about a wave that is over.
    async fn closing_a_wave_takes_its_mails_back(test: &TestApp) {
        let port = smtp_sink::dead_port();
        let app = sending_to(test, port).await;
        let launched = launch(&app, 4).await;
        deliver(&app).await;
        waves::close(&app, launched.wave.id, None).await.expect("a closed wave");
        assert_eq!(mails(&app, Kind::Invitation, State::Skipped).await, 4);
        let jobs = "SELECT count(*) FROM job WHERE kind = 'compute-findings'";
        assert_eq!(count(&app, jobs).await, 1);
        assert!(waves::close(&app, launched.wave.id, None).await.is_err());
        assert_eq!(count(&app, jobs).await, 1);
    }

    /// The process that sends is killed in the middle; another one takes over when its leases end.
    /// A mail may arrive twice, then under the same Message-ID, but each arrives.
    async fn a_killed_worker_loses_no_mail(test: &TestApp) {
        const SIZE: usize = 1000;
        let sink = Sink::start(&[]).await;
        test.clock.set(SystemClock.now());
        let app = sending_to(test, sink.port).await;
        launch(&app, SIZE).await;
        let mut worker = test
            .tribometer()
            .args(["mail", "deliver"])
            .env("TRIBOMETER_MAIL__FROM", "Jo Doe <jo@example.org>")
            .env("TRIBOMETER_MAIL__SMTP__HOST", "127.0.0.1")
            .env("TRIBOMETER_MAIL__SMTP__PORT", sink.port.to_string())
            .env("TRIBOMETER_MAIL__SMTP__TLS", "none")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a worker");
        eventually("a third of the mails was taken", async || (sink.begun() > SIZE / 3).then_some(())).await;
        worker.kill().expect("SIGKILL");
        worker.wait().expect("it ended");
        let sent = mails(&app, Kind::Invitation, State::Sent).await;
        assert!(sent > 0 && mails(&app, Kind::Invitation, State::Leased).await > 0, "{sent} were sent");

        // Before the leases end, what the dead worker had claimed is nobody else's.
        deliver(&app).await;
        let left = mails(&app, Kind::Invitation, State::Leased).await;
        assert!(left > 0);
        test.clock.set(SystemClock.now() + outbox::LEASE + TimeDelta::seconds(1));
        deliver(&app).await;
        assert_eq!(mails(&app, Kind::Invitation, State::Sent).await, SIZE as u64);
        let mut ids = BTreeMap::<String, BTreeSet<String>>::new();
        let taken = sink.taken();
        for mail in &taken {
            ids.entry(mail.recipient.clone()).or_default().insert(mail.message_id.clone());
        }
        assert_eq!(ids.len(), SIZE, "everybody got the mail");
        assert!(ids.values().all(|ids| ids.len() == 1), "a repeat has the same Message-ID");
        assert!(taken.len() - SIZE <= usize::try_from(left).expect("a few"), "at most what was under way came twice");
    }
}

/// Without a mail server the mails are files, and a repeat takes the place of the mail before.
#[tokio::test]
async fn without_a_mail_server_the_mailbox_has_the_mails() {
    let app = TestApp::sqlite().await;
    launch(&app, 3).await;
    deliver(&app).await;
    let folder = app.config.mailbox_dir();
    let list = tribometer::mail::mailbox::list(&folder, 1, "")
        .await
        .expect("a list");
    assert_eq!(list.total, 3);
    let mail = tribometer::mail::mailbox::read(&folder, &list.mails[0].id).await;
    let mail = mail.expect("a file").expect("a mail");
    assert!(mail.text.contains("http://127.0.0.1:8080/s/"));
    let state = text(&app, "SELECT min(state) FROM message").await;
    assert_eq!(state, "sent");
}
