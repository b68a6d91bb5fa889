//! The program as a process: what it prints where, its exit codes, how it starts and stops.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use clap::CommandFactory;
use serde_json::Value;
use tribometer::cli::{Cli, reference};

use crate::support::TestApp;
use crate::{fixture, support};

fn run(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

/// What `tribometer serve` says when it refuses to start; one that starts all the same is stopped.
fn refused(mut command: Command) -> String {
    let mut process = command
        .arg("serve")
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut output = BufReader::new(process.stderr.take().expect("a pipe"));
    let mut said = String::new();
    output.read_line(&mut said).expect("UTF-8");
    if said.starts_with("Listening") {
        process.kill().expect("it runs");
        process.wait().expect("it ends");
        panic!("the server started");
    }
    output.read_to_string(&mut said).expect("UTF-8");
    assert_eq!(process.wait().expect("it ends").code(), Some(1), "{said}");
    said
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

/// The verdicts of `tribometer doctor --json`, by name.
fn verdicts(command: &mut Command) -> Vec<(String, String)> {
    let output = run(command.args(["doctor", "--json"]));
    let checks: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON on stdout alone");
    let member = |check: &Value, name| check[name].as_str().expect("a text").to_owned();
    checks
        .iter()
        .map(|check| (member(check, "name"), member(check, "verdict")))
        .collect()
}

fn verdict(of: &str, verdicts: &[(String, String)]) -> String {
    let found = verdicts.iter().find(|(name, _)| name == of);
    found
        .unwrap_or_else(|| panic!("no check {of:?} in {verdicts:?}"))
        .1
        .clone()
}

#[test]
fn wrong_usage_is_2_and_a_failure_is_1_with_a_hint() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = run(support::tribometer(folder.path()).arg("no-such-command"));
    assert_eq!(wrong.status.code(), Some(2));
    assert!(wrong.stdout.is_empty());

    let file = folder.path().join("a-file");
    std::fs::write(&file, "").expect("a file");
    let failed = run(support::tribometer(folder.path())
        .arg("migrate")
        .env("TRIBOMETER_DATA_DIR", &file));
    assert_eq!(failed.status.code(), Some(1));
    let said = text(&failed.stderr);
    assert!(said.starts_with("error: the data folder"), "{said}");
    assert!(said.contains("\nhint: Set `data_dir`"), "{said}");
    assert!(failed.stdout.is_empty());

    let unset = run(support::tribometer(folder.path())
        .arg("migrate")
        .env("TRIBOMETER_LISTEN", "here"));
    assert_eq!(unset.status.code(), Some(1));
    assert!(
        text(&unset.stderr).contains("listen"),
        "{}",
        text(&unset.stderr)
    );
}

#[test]
fn completions_and_manual_pages_come_from_the_command_line_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    for shell in ["bash", "fish", "zsh"] {
        let script = run(support::tribometer(folder.path()).args(["completions", shell]));
        assert!(script.status.success());
        assert!(text(&script.stdout).contains("doctor"), "{shell}");
    }
    let page = run(support::tribometer(folder.path()).arg("man"));
    assert!(text(&page.stdout).contains(".SH SUBCOMMANDS"));
    let pages = folder.path().join("man");
    assert!(
        run(support::tribometer(folder.path()).args(["man", "--out", "man"]))
            .status
            .success()
    );
    assert!(pages.join("tribometer.1").exists() && pages.join("tribometer-migrate.1").exists());
}

#[test]
fn the_reference_is_the_one_of_this_program() {
    let current = reference::markdown(Cli::command());
    let written = std::fs::read_to_string("docs/command-line.md").unwrap_or_default();
    if written != current {
        std::fs::write("docs/command-line.md", current).expect("a written page");
        panic!(
            "docs/command-line.md was out of date; it has been written anew, look at it and commit it"
        );
    }
}

/// Where there is nothing yet, a command that only reads leaves nothing: no database, no key, and
/// no line of a log.
#[test]
fn what_only_reads_leaves_no_trace() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = "id,started_at\nINC-1,2026-09-01T08:00:00Z\n";
    std::fs::write(folder.path().join("incidents.csv"), rows).expect("a file");
    for arguments in [
        "import incidents incidents.csv --dry-run",
        "program list",
        "account list",
        "mail status",
    ] {
        let output = run(support::tribometer(folder.path()).args(arguments.split(' ')));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && !said.contains("INFO"),
            "{arguments}: {said}"
        );
        let left = std::fs::read_dir(folder.path()).expect("a folder");
        let left: Vec<_> = left
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(left, ["incidents.csv"], "{arguments}");
    }
    let stored =
        run(support::tribometer(folder.path()).args(["import", "incidents", "incidents.csv"]));
    assert!(stored.status.success() && folder.path().join("data/tribometer.db").exists());
}

/// A mail server for one conversation, in which it greets whoever comes; its port.
fn greeting_mail_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a visitor");
        write!(connection, "220 here\r\n").expect("a greeting");
        let lines = BufReader::new(connection.try_clone().expect("a second handle")).lines();
        for line in lines.map_while(Result::ok) {
            let answer = if line == "QUIT" {
                "221 bye"
            } else {
                "250 fine"
            };
            write!(connection, "{answer}\r\n").expect("an answer");
        }
    });
    port.to_string()
}

#[test]
fn doctor_says_whether_the_mail_server_lets_us_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let mail = |variables: &[(&str, &str)]| {
        let mut doctor = support::tribometer(folder.path());
        verdict("mail", &verdicts(doctor.envs(variables.iter().copied())))
    };
    assert_eq!(mail(&[]), "warn", "the embedded mailbox");
    let port = greeting_mail_server();
    let server = [
        ("TRIBOMETER_MAIL__FROM", "Jo Doe <jo@example.org>"),
        ("TRIBOMETER_MAIL__SMTP__HOST", "127.0.0.1"),
        ("TRIBOMETER_MAIL__SMTP__PORT", port.as_str()),
        ("TRIBOMETER_MAIL__SMTP__TLS", "none"),
    ];
    assert_eq!(mail(&server), "ok");
    assert_eq!(mail(&server), "fail", "it is gone after one conversation");
}

#[test]
fn doctor_says_what_is_wrong_with_settings_that_can_not_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken: [(&str, &str, &str); 3] = [
        ("listen = \"127.0.0.1:8080", "", "TOML"),
        ("", "TRIBOMETER_LISTEN", "invalid socket address"),
        ("", "TRIBOMETER_LOG", "`log`"),
    ];
    for (file, variable, said) in broken {
        std::fs::write(folder.path().join("tribometer.toml"), file).expect("a file");
        let mut doctor = support::tribometer(folder.path());
        if !variable.is_empty() {
            doctor.env(variable, "=nowhere=");
        }
        let output = run(doctor.args(["doctor", "--json"]));
        assert_eq!(output.status.code(), Some(1));
        let checks: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(
            (checks[0]["name"].as_str(), checks[0]["verdict"].as_str()),
            (Some("settings"), Some("fail"))
        );
        assert!(
            checks[0]["finding"]
                .as_str()
                .is_some_and(|found| found.contains(said)),
            "{checks:?}"
        );
        assert!(
            checks[0]["advice"]
                .as_str()
                .is_some_and(|advice| advice.starts_with("Correct")),
            "{checks:?}"
        );
    }
}

/// The disk that the database is on, not the one of the data folder.
#[test]
fn doctor_looks_at_the_folder_of_the_database() {
    let folder = tempfile::tempdir().expect("a folder");
    let elsewhere = folder.path().join("elsewhere");
    let found = || {
        let mut doctor = support::tribometer(folder.path());
        let database = format!("sqlite:{}", elsewhere.join("answers.db").display());
        verdicts(doctor.env("TRIBOMETER_DATABASE", database))
    };
    assert_eq!(verdict("database folder", &found()), "fail");
    std::fs::create_dir(&elsewhere).expect("a folder");
    assert_ne!(verdict("database folder", &found()), "fail");
    assert_eq!(verdict("database disk", &found()), "ok");
    std::fs::create_dir(elsewhere.join("answers.db")).expect("a folder where the file belongs");
    assert_eq!(verdict("database", &found()), "fail");
}

#[test]
fn doctor_tries_the_embedding_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let found = |command: &str| {
        let mut doctor = support::tribometer(folder.path());
        let found = verdicts(doctor.env("TRIBOMETER_EMBEDDING_COMMAND", command));
        verdict("embedding model", &found).to_owned()
    };
    assert_eq!(found("awk '{ print \"[1, \" NR \"]\" }'"), "ok");
    assert_eq!(found("cat"), "fail", "texts are no vectors");
    assert_eq!(found("exit 3"), "fail");
}

#[test]
fn a_port_in_use_is_answered_with_how_to_choose_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let serve = refused_by(
        support::tribometer(folder.path()).env("TRIBOMETER_LISTEN", &address),
        &["serve"],
    );
    assert!(
        serve.contains("hint: Stop the program that uses the port, or set `listen`")
            && serve.contains("`TRIBOMETER_LISTEN`"),
        "{serve}"
    );
    let demo = refused_by(
        &mut support::tribometer(folder.path()),
        &["demo", "--listen", &address],
    );
    assert!(
        demo.contains(
            "hint: Stop the program that uses the port, or name another one with `--listen`"
        ),
        "{demo}"
    );
    let foreign = refused_by(
        &mut support::tribometer(folder.path()),
        &["demo", "--listen", "192.0.2.7:80"],
    );
    assert!(
        foreign.contains("hint: This machine does not have this address"),
        "{foreign}"
    );
}

/// What a command says that fails.
fn refused_by(command: &mut Command, arguments: &[&str]) -> String {
    let output = run(command.args(arguments));
    assert_eq!(output.status.code(), Some(1));
    text(&output.stderr).to_owned()
}

/// A clock that was set back: leases and reminders would stand still.
#[tokio::test]
async fn doctor_notices_a_clock_behind_the_newest_record() {
    let app = TestApp::sqlite().await;
    assert_eq!(verdict("clock", &verdicts(&mut app.tribometer())), "ok");
    app.clock
        .set("2999-01-01T00:00:00Z".parse().expect("an instant"));
    tribometer::service::outbox::queue_test(&app, "ops@example.org")
        .await
        .expect("a mail");
    assert_eq!(verdict("clock", &verdicts(&mut app.tribometer())), "fail");
}

both_databases! {
    /// A program that is set up right has nothing to mend; each thing that is broken is named.
    async fn doctor_finds_what_is_broken(app: &TestApp) {
        let doctor = || {
            let mut command = app.tribometer();
            command.env("TRIBOMETER_BASE_URL", "https://survey.example.org");
            command
        };
        let healthy = verdicts(&mut doctor());
        for check in ["address", "data folder", "disk", "secret key", "database", "schema", "clock", "time zones"] {
            assert_eq!(verdict(check, &healthy), "ok", "{check}");
        }

        use std::os::unix::fs::PermissionsExt;
        let key = app.config.secret_key_file();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("a mode");
        assert_eq!(verdict("secret key", &verdicts(&mut doctor())), "fail");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("a mode");

        use sea_orm::ConnectionTrait;
        app.store.writer().execute_unprepared("DROP TABLE audit_entry").await.expect("a table less");
        assert_eq!(verdict("schema", &verdicts(&mut doctor())), "fail");
        let shown = run(doctor().arg("doctor"));
        assert_eq!(shown.status.code(), Some(1));
        assert!(text(&shown.stdout).lines().any(|line| line.starts_with("fail  schema") && line.contains("audit_entry")));
        assert_eq!(text(&shown.stderr), "error: 1 check failed\n");
    }

    /// With another secret key no link of the open wave would open, so nothing starts.
    async fn a_program_with_another_key_stops(app: &TestApp) {
        fixture::open_wave(app, "2026-Q4", &[("Engineering", "developer")]).await;
        assert_eq!(verdict("links", &verdicts(&mut app.tribometer())), "ok");
        let key = app.config.secret_key_file();
        std::fs::remove_file(&key).expect("the key is gone");
        let said = refused(app.tribometer());
        assert!(said.contains("error: the secret key is not the one that the links of the open wave were made with"), "{said}");
        assert!(said.contains("\nhint: Give every replica the same key"), "{said}");
        assert_eq!(verdict("links", &verdicts(&mut app.tribometer())), "fail");
    }

    /// The server answers, and ends by itself when it is told to.
    async fn the_server_stops_when_told_to(app: &TestApp) {
        let server = Server::start(app.tribometer());
        let address = server.address.clone();
        let mut connection = TcpStream::connect(&address).expect("a connection");
        write!(connection, "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("a request");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");

        let mut second = app.tribometer();
        second.env("TRIBOMETER_LISTEN", &address);
        let said = refused(second);
        assert!(said.contains("hint: Stop the program that uses the port"), "{said}");
        server.stop();
    }
}

/// A running `tribometer serve`.
pub struct Server {
    process: Child,
    pub address: String,
    said: Lines<BufReader<ChildStderr>>,
}

impl Server {
    /// Starts it on a free port.
    pub fn start(mut command: Command) -> Self {
        command
            .arg("serve")
            .env("TRIBOMETER_LISTEN", "127.0.0.1:0")
            .env("TRIBOMETER_LOG", "off")
            .stderr(Stdio::piped());
        let mut process = command.spawn().expect("the program starts");
        let mut said = BufReader::new(process.stderr.take().expect("a pipe")).lines();
        let listening = said
            .next()
            .expect("the server says where it is")
            .expect("UTF-8");
        let address = listening
            .strip_prefix("Listening on http://")
            .expect("an address")
            .to_owned();
        Server {
            process,
            address,
            said,
        }
    }

    /// Ends it where it stands, as a loss of power would.
    pub fn kill(&self) {
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("a signal");
    }

    /// Tells it to stop, and waits until it has.
    pub fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("a signal");
        assert!(self.process.wait().expect("the server ends").success());
        let last = self.said.by_ref().map_while(Result::ok).last();
        assert_eq!(last.as_deref(), Some("Stopped."));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that fails in between leaves nothing running.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_stopped_server_leaves_one_whole_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(support::tribometer(folder.path()));
    let log = folder.path().join("data").join("tribometer.db-wal");
    assert!(log.exists());
    server.stop();
    assert!(!log.exists());
}

#[tokio::test]
async fn a_server_leaves_an_older_or_newer_database_alone() {
    use sea_orm::ConnectionTrait;
    let folder = tempfile::tempdir().expect("a folder");
    let url = support::fresh_postgres().await;
    let program = || {
        let mut command = support::tribometer(folder.path());
        command.env("TRIBOMETER_DATABASE", &url);
        command
    };
    let database = sea_orm::Database::connect(&url)
        .await
        .expect("a connection");

    database
        .execute_unprepared("DELETE FROM seaql_migrations WHERE version LIKE '%_account'")
        .await
        .expect("a row less");
    let said = refused(program());
    assert!(
        said.starts_with(
            "error: the database is older than this program: it misses m20261123_000006_account"
        ),
        "{said}"
    );
    assert!(
        said.contains("\nhint: Make a backup, then run `tribometer migrate`."),
        "{said}"
    );

    let later =
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_later', 0)";
    database.execute_unprepared(later).await.expect("a row");
    let migrate = run(program().arg("migrate"));
    assert_eq!(migrate.status.code(), Some(1));
    for said in [refused(program()).as_str(), text(&migrate.stderr)] {
        assert!(
            said.contains("newer version of Tribometer: it has m20990101_000001_later"),
            "{said}"
        );
    }
    database.close().await.expect("the connection closes");
    support::drop_postgres(&url).await;
}
