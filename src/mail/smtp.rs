//! Sending over SMTP, with a few connections that are kept open.
//!
//! lettre's own pool is not used: it puts a connection back whose mail was given up half-way, and
//! the next mail would read the answer that the one before was still owed. Here a connection goes
//! back only after a mail that ended well.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;

use super::Failure;
use crate::config::{ConfigError, SmtpConfig, SmtpTls};

/// A connection that was idle for longer is asked first whether it still lives.
const SURELY_ALIVE: Duration = Duration::from_secs(1);
/// A connection that was idle for longer is closed; servers hang up by themselves after a few
/// minutes.
const LONGEST_IDLE: Duration = Duration::from_secs(60);
/// How long a server may take to say good-bye.
const GOODBYE: Duration = Duration::from_secs(2);

/// A mail server and the connections to it.
pub(super) struct Smtp {
    host: String,
    port: u16,
    tls: SmtpTls,
    /// Set unless `tls` is `None`.
    tls_parameters: Option<TlsParameters>,
    credentials: Option<Credentials>,
    hello: ClientId,
    connections: usize,
    limit: Duration,
    free: Semaphore,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

impl Smtp {
    /// Reads the settings; connects to nothing.
    pub fn new(config: &SmtpConfig) -> Result<Self, ConfigError> {
        let connections = config.connections.max(1) as usize;
        Ok(Smtp {
            host: config.host.clone(),
            port: config.port(),
            tls: config.tls,
            tls_parameters: tls_parameters(config)?,
            credentials: config.user.clone().map(|user| {
                let password = config.password.as_ref();
                let password = password.map_or("", |password| password.expose_secret());
                Credentials::new(user, password.to_owned())
            }),
            hello: ClientId::default(),
            connections,
            limit: Duration::from_secs(config.timeout_seconds.max(1)),
            free: Semaphore::new(connections),
            idle: Mutex::default(),
        })
    }

    /// How many connections are kept at most.
    pub fn connections(&self) -> usize {
        self.connections
    }

    /// How long one mail may take: asking whether a connection lives, connecting, and sending.
    pub fn longest(&self) -> Duration {
        GOODBYE + self.limit * 2
    }

    /// Hands one mail over.
    pub async fn send(&self, envelope: &Envelope, mail: &[u8]) -> Result<(), Failure> {
        // The semaphore is never closed.
        let _permit = self.free.acquire().await;
        let mut connection = self.connection().await?;
        match tokio::time::timeout(self.limit, connection.send(envelope, mail)).await {
            Ok(Ok(_)) => {
                self.lock().push((connection, Instant::now()));
                Ok(())
            }
            // lettre has hung up already.
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => Err(self.silent()),
        }
    }

    /// Connects, signs in, and hangs up.
    pub async fn check(&self) -> Result<(), Failure> {
        let connection = self.open().await?;
        hang_up(connection).await;
        Ok(())
    }

    async fn connection(&self) -> Result<AsyncSmtpConnection, Failure> {
        loop {
            let Some((mut connection, since)) = self.lock().pop() else {
                return self.open().await;
            };
            let idle = since.elapsed();
            if idle < SURELY_ALIVE {
                return Ok(connection);
            }
            let is_alive = idle < LONGEST_IDLE
                && tokio::time::timeout(GOODBYE, connection.test_connected()).await == Ok(true);
            if is_alive {
                return Ok(connection);
            }
            tokio::spawn(hang_up(connection));
        }
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, Failure> {
        // Whatever goes wrong before the first mail says nothing about the mail, not even a 5xx.
        match tokio::time::timeout(self.limit, self.connect()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(Failure::Unreachable(words(&error))),
            Err(_) => Err(self.silent()),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let implicit = self
            .tls_parameters
            .clone()
            .filter(|_| self.tls == SmtpTls::Implicit);
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            (self.host.as_str(), self.port),
            Some(self.limit),
            &self.hello,
            implicit,
            None,
        )
        .await?;
        if let (SmtpTls::Starttls, Some(tls)) = (self.tls, self.tls_parameters.clone()) {
            connection.starttls(tls, &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    fn silent(&self) -> Failure {
        let (host, port) = (&self.host, self.port);
        Failure::Unreachable(format!(
            "the mail server {host}:{port} did not answer within {} s",
            self.limit.as_secs()
        ))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(AsyncSmtpConnection, Instant)>> {
        self.idle
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

async fn hang_up(mut connection: AsyncSmtpConnection) {
    // Whether the server says good-bye does not matter.
    let _ = tokio::time::timeout(GOODBYE, connection.abort()).await;
}

fn tls_parameters(config: &SmtpConfig) -> Result<Option<TlsParameters>, ConfigError> {
    if config.tls == SmtpTls::None {
        return Ok(None);
    }
    let problem = |name, problem: String| ConfigError::Value { name, problem };
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.ca_file {
        let name = "mail.smtp.ca_file";
        let pem = std::fs::read(path)
            .map_err(|cause| problem(name, format!("{}: {cause}", path.display())))?;
        let certificate = Certificate::from_pem(&pem)
            .map_err(|cause| problem(name, format!("{}: {cause}", path.display())))?;
        builder = builder.add_root_certificate(certificate);
    }
    let parameters = builder
        .build()
        .map_err(|cause| problem("mail.smtp.host", cause.to_string()))?;
    Ok(Some(parameters))
}

/// What an error after the greeting means for the mail.
fn failure(error: &Error) -> Failure {
    let words = words(error);
    // Found out before anything was sent: the server can't take this mail, with an address beyond
    // ASCII for example.
    if error.is_client() {
        return Failure::Refused(words);
    }
    let code = error.status().map(u16::from);
    match code {
        // 421: the server is closing; 530, 534, 535, 538: it does not let us in (RFC 4954, section
        // 6).
        Some(421 | 530 | 534 | 535 | 538) | None => Failure::Unreachable(words),
        Some(_) if error.is_permanent() => Failure::Refused(words),
        Some(_) => Failure::Later(words),
    }
}

/// The error with all its causes, in one line.
fn words(error: &Error) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_words = inner.to_string();
        if !words.contains(&inner_words) {
            words.push_str(": ");
            words.push_str(&inner_words);
        }
        cause = inner.source();
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
