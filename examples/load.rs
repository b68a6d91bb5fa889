//! Answers under load: many engineers answer at once over few connections, then again while the
//! server is killed in the middle.
//!
//! ```text
//! cargo run --release --example load -- [--postgres postgres://USER@HOST:PORT/DATABASE] [--people 10000] [--connections 200]
//! ```
//!
//! Without `--postgres` it uses a fresh SQLite file. The database that is named must exist and be
//! empty. The server runs in a process of its own, so that it can be killed: this very program,
//! started again as `serve`, or the one that `--server` names. Each engineer posts five pages and
//! submits; every post is answered only after its commit.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use clap::Parser;
use sea_orm::{ConnectionTrait, Statement, Value};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tribometer::App;
use tribometer::clock::{Clock, SystemClock};
use tribometer::config::Config;
use tribometer::secrets::token_hash;
use tribometer_surveys::program::Program;
use tribometer_surveys::{builtin, pages::Page};
use uuid::Uuid;

#[derive(Parser)]
struct Options {
    /// An empty PostgreSQL database; a fresh SQLite file without it
    #[arg(long)]
    postgres: Option<String>,
    /// How many engineers answer
    #[arg(long, default_value_t = 10_000)]
    people: usize,
    /// How many connections they share
    #[arg(long, default_value_t = 200)]
    connections: usize,
    /// The server's binary; this program itself without it
    #[arg(long)]
    server: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        tribometer::cli::main();
        return Ok(());
    }
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(run(options))
}

async fn run(options: Options) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let config = Config {
        data_dir: folder.path().to_owned(),
        database: options.postgres.clone().map(Into::into),
        ..Config::default()
    };
    let app = App::connect(config, Arc::new(SystemClock)).await?;
    app.migrate().await?;
    let database = if options.postgres.is_some() {
        "PostgreSQL"
    } else {
        "SQLite, WAL, synchronous=FULL"
    };
    println!(
        "{} engineers, {} connections, {database}",
        options.people, options.connections
    );

    let mut server = Server::start(&app, &options).await?;
    let links = invite(&app, "2026-Q3", options.people).await?;
    let busy = server.cpu();
    let mut round = round(server.address, &links, options.connections, None).await?;
    round.cpu = server.cpu().zip(busy).map(|(after, before)| after - before);
    ensure!(
        round.submitted.len() == options.people,
        "{} of {} submits were acknowledged",
        round.submitted.len(),
        options.people
    );
    round.print();
    check(&app, &round).await?;

    let links = invite(&app, "2026-Q4", options.people).await?;
    let killed = self::round(
        server.address,
        &links,
        options.connections,
        Some(&mut server),
    )
    .await?;
    let again = Server::start(&app, &options).await?;
    check(&app, &killed).await?;
    println!(
        "killed with SIGKILL after {} posts: all {} acknowledged submits are there",
        killed.latencies.len(),
        killed.submitted.len()
    );
    drop(again);
    Ok(())
}

/// The server in a process of its own.
struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    async fn start(app: &App, options: &Options) -> anyhow::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let binary = match &options.server {
            Some(binary) => binary.clone(),
            None => std::env::current_exe()?,
        };
        let mut command = Command::new(binary);
        command
            .arg("serve")
            .env("TRIBOMETER_DATA_DIR", &app.config.data_dir)
            .env("TRIBOMETER_LISTEN", address.to_string())
            .env("TRIBOMETER_LOG", "warn")
            .stderr(Stdio::null());
        if let Some(url) = &options.postgres {
            command.env("TRIBOMETER_DATABASE", url);
        }
        let server = Server {
            process: command.spawn()?,
            address,
        };
        let begun = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            ensure!(
                begun.elapsed() < Duration::from_secs(30),
                "the server does not start"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(server)
    }
}

impl Server {
    /// The processor time that the server has used; none where the system does not say it the way
    /// Linux does.
    fn cpu(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).ok()?;
        // After the name in parentheses: eleven fields, then ticks of 10 ms in its own code and in
        // the kernel's (proc(5)).
        let (_, fields) = stat.rsplit_once(')')?;
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.map(|ticks| ticks.parse().unwrap_or(0)).sum();
        Some(Duration::from_millis(ticks * 10))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGKILL, here and in the middle of the second round.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Somebody's link.
struct Link {
    invitation: Uuid,
    token: String,
}

/// What a round of answering gave.
#[derive(Default)]
struct Round {
    /// Microseconds from sending a post to its whole answer.
    latencies: Vec<u32>,
    /// Whose submit was acknowledged.
    submitted: Vec<Uuid>,
    elapsed: Duration,
    /// Processor time of the server.
    cpu: Option<Duration>,
}

impl Round {
    fn print(&self) {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let at =
            |share: f64| f64::from(sorted[((sorted.len() - 1) as f64 * share) as usize]) / 1000.0;
        let posts = sorted.len() as f64 / self.elapsed.as_secs_f64();
        println!(
            "{} posts in {:.1} s: {posts:.0} posts/s, p50 {:.1} ms, p99 {:.1} ms, slowest {:.1} ms",
            sorted.len(),
            self.elapsed.as_secs_f64(),
            at(0.5),
            at(0.99),
            at(1.0)
        );
        if let Some(cpu) = self.cpu {
            let each = cpu.as_secs_f64() * 1000.0 / sorted.len() as f64;
            println!(
                "processor time of the server: {:.1} s, {each:.2} ms a post",
                cpu.as_secs_f64()
            );
        }
    }
}

/// Everybody answers. With a `victim` the server is killed once half of the posts are answered.
async fn round(
    address: SocketAddr,
    links: &[Link],
    connections: usize,
    victim: Option<&mut Server>,
) -> anyhow::Result<Round> {
    let forms: Arc<Vec<String>> = Arc::new(forms());
    let tokens: Arc<Vec<(Uuid, String)>> = Arc::new(
        links
            .iter()
            .map(|link| (link.invitation, link.token.clone()))
            .collect(),
    );
    let (next, posts) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let may_break = Arc::new(AtomicBool::new(victim.is_some()));
    let begun = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let (forms, tokens) = (forms.clone(), tokens.clone());
        let (next, posts, may_break) = (next.clone(), posts.clone(), may_break.clone());
        clients.spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut round = Round::default();
            while let Some((invitation, token)) = tokens.get(next.fetch_add(1, Ordering::Relaxed)) {
                for (at, form) in forms.iter().enumerate() {
                    let sent = Instant::now();
                    match connection.post(token, form).await {
                        Ok(303) => {}
                        Ok(status) => bail!("a post was answered with {status}"),
                        Err(_) if may_break.load(Ordering::Relaxed) => return Ok(round),
                        Err(error) => return Err(error),
                    }
                    round
                        .latencies
                        .push(u32::try_from(sent.elapsed().as_micros())?);
                    posts.fetch_add(1, Ordering::Relaxed);
                    if at + 1 == forms.len() {
                        round.submitted.push(*invitation);
                    }
                }
            }
            Ok(round)
        });
    }
    if let Some(server) = victim {
        while posts.load(Ordering::Relaxed) < links.len() * forms.len() / 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.process.kill()?;
        server.process.wait()?;
    }
    let mut all = Round::default();
    while let Some(round) = clients.join_next().await {
        let round = round??;
        all.latencies.extend(round.latencies);
        all.submitted.extend(round.submitted);
    }
    all.elapsed = begun.elapsed();
    Ok(all)
}

/// The bodies that one engineer posts: five pages of ratings, then the picks with the submit.
fn forms() -> Vec<String> {
    let pages = builtin::devex_25().pages();
    let form = |(at, page): (usize, &Page)| {
        let mut fields: Vec<String> = page
            .items()
            .enumerate()
            .map(|(n, item)| format!("{}={}", item.id, 1 + n % 5))
            .collect();
        if *page == Page::Picks {
            for pillar in ["test-feedback", "documentation", "code-review"] {
                fields.push(format!("priorities={pillar}"));
                fields.push(format!("hours%3A{pillar}=2.5"));
            }
            fields.push("comment%3Atest-feedback=Slow+since+the+move".to_owned());
        }
        let go = if *page == Page::Picks {
            "submit"
        } else {
            "next"
        };
        format!("page={}&go={go}&{}", at + 1, fields.join("&"))
    };
    pages.iter().enumerate().map(form).collect()
}

/// A connection that is kept open.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            buffer: vec![0; 16 * 1024],
        })
    }

    /// Posts a form; the status of the answer after all of it has come.
    async fn post(&mut self, token: &str, form: &str) -> anyhow::Result<u16> {
        let request = format!(
            "POST /s/{token} HTTP/1.1\r\nhost: load\r\ncontent-type: \
             application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            ensure!(read > 0, "the server hung up");
            filled += read;
            let text = std::str::from_utf8(&self.buffer[..filled])?;
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "));
                let length: usize = length.context("an answer without a length")?.parse()?;
                if body.len() >= length {
                    return Ok(head
                        .get(9..12)
                        .context("an answer without a status")?
                        .parse()?);
                }
            }
        }
    }
}

/// Every acknowledged submit is stored: its invitation is used, and there are as many responses as
/// used invitations.
async fn check(app: &App, round: &Round) -> anyhow::Result<()> {
    let used = ids(app, "SELECT id FROM invitation WHERE state = 'used'").await?;
    let lost = round
        .submitted
        .iter()
        .filter(|one| used.binary_search(one).is_err())
        .count();
    ensure!(lost == 0, "{lost} acknowledged submits are lost");
    let responses = ids(app, "SELECT id FROM response").await?;
    ensure!(
        responses.len() == used.len(),
        "{} invitations are used, but there are {} responses",
        used.len(),
        responses.len()
    );
    Ok(())
}

async fn ids(app: &App, query: &str) -> anyhow::Result<Vec<Uuid>> {
    let db = app.store.reader();
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), query))
        .await?;
    let mut ids: Vec<Uuid> = rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<Result<_, _>>()?;
    ids.sort_unstable();
    Ok(ids)
}

/// Opens a wave for this many people, straight in the tables.
async fn invite(app: &App, label: &str, people: usize) -> anyhow::Result<Vec<Link>> {
    let (survey, now) = (builtin::devex_25(), SystemClock.now());
    let (program, wave) = (Uuid::now_v7(), Uuid::now_v7());
    let name = format!("Load {label}");
    let settings = serde_json::to_value(Program::new(&name, &survey.id, chrono_tz::UTC))?;
    let version = survey.version();
    let definition = serde_json::to_string(survey)?;
    insert(
        app,
        "survey_version (id, survey_id, title, definition, created_at)",
        vec![vec![
            version.as_str().into(),
            survey.id.as_str().into(),
            survey.title.as_str().into(),
            definition.into(),
            now.into(),
        ]],
    )
    .await?;
    insert(
        app,
        "program (id, name, survey_id, settings, paused, created_at, updated_at)",
        vec![vec![
            program.into(),
            name.into(),
            survey.id.as_str().into(),
            settings.into(),
            false.into(),
            now.into(),
            now.into(),
        ]],
    )
    .await?;
    insert(
        app,
        "wave (id, program_id, label, survey_version, state, day, opens_at, closes_at, opened_at, \
         minimum_group, confidentiality)",
        vec![vec![
            wave.into(),
            program.into(),
            label.into(),
            version.as_str().into(),
            "open".into(),
            now.date_naive().into(),
            now.into(),
            (now + chrono::TimeDelta::days(14)).into(),
            now.into(),
            5.into(),
            "confidential".into(),
        ]],
    )
    .await?;
    let (mut links, mut participants, mut invitations) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..people {
        let (participant, invitation) = (Uuid::now_v7(), Uuid::now_v7());
        let token = app.secrets.invitation_token(invitation);
        let team = format!(
            "Engineering / Group {} / Team {}",
            number % 40,
            number % 1200
        );
        let attributes =
            serde_json::json!({ "role": "backend", "level": "senior", "location": "Berlin" });
        participants.push(vec![
            participant.into(),
            wave.into(),
            team.into(),
            attributes.into(),
            "UTC".into(),
        ]);
        invitations.push(vec![
            invitation.into(),
            participant.into(),
            wave.into(),
            token_hash(&token).into(),
            "invited".into(),
            true.into(),
        ]);
        links.push(Link { invitation, token });
    }
    insert(
        app,
        "participant (id, wave_id, team_path, attributes, timezone)",
        participants,
    )
    .await?;
    insert(
        app,
        "invitation (id, participant_id, wave_id, token_hash, state, reminders)",
        invitations,
    )
    .await?;
    Ok(links)
}

async fn insert(app: &App, table: &str, rows: Vec<Vec<Value>>) -> anyhow::Result<()> {
    let db = app.store.writer();
    for rows in rows.chunks(1000) {
        let mut number = 0;
        let mut row = |values: &Vec<Value>| {
            let places = values.iter().map(|_| {
                number += 1;
                format!("${number}")
            });
            format!("({})", places.collect::<Vec<_>>().join(", "))
        };
        let places = rows.iter().map(&mut row).collect::<Vec<_>>().join(", ");
        let sql = format!("INSERT INTO {table} VALUES {places} ON CONFLICT DO NOTHING");
        let values: Vec<Value> = rows.iter().flatten().cloned().collect();
        db.execute_raw(Statement::from_sql_and_values(
            db.get_database_backend(),
            sql,
            values,
        ))
        .await?;
    }
    Ok(())
}
