//! The settings: defaults, then a TOML file, then the environment. Secrets do not print.
//!
//! A setting `mail.smtp.host` is `TRIBOMETER_MAIL__SMTP__HOST` in the environment; two underscores
//! go one level down.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::Mailbox;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tribometer_store::DatabaseUrl;
use tribometer_surveys::telemetry::bots::Bots;

use crate::secrets::{SecretKeyError, Secrets};

/// The file that is read when it lies in the working directory and no other is named.
pub const DEFAULT_FILE: &str = "tribometer.toml";
/// What the names of environment variables begin with.
const PREFIX: &str = "TRIBOMETER";
/// Variables that begin alike and are no settings: the place of the file, and what the tests are
/// given.
const NO_SETTINGS: [&str; 2] = ["TRIBOMETER_CONFIG", "TRIBOMETER_TEST_"];

/// All settings, each with a default that runs Tribometer on this machine alone.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What the organization is called in mails and pages.
    pub organization: String,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Where people reach the server; the address that links in mails begin with. Without it,
    /// `http://` and `listen`.
    pub base_url: Option<String>,
    /// The folder of everything that is kept in files.
    pub data_dir: PathBuf,
    /// `sqlite:PATH` or `postgres://…`. Without it, `tribometer.db` in `data_dir`.
    pub database: Option<SecretString>,
    /// How long to wait for a connection to PostgreSQL, in seconds: when starting, and while all
    /// connections are in use.
    pub database_timeout_seconds: u64,
    /// The secret key itself, 32 bytes in base64; goes before `secret_key_file`.
    pub secret_key: Option<SecretString>,
    /// The file of the secret key, made on first start. Without it, `secret.key` in `data_dir`.
    pub secret_key_file: Option<PathBuf>,
    /// How much is logged: a `tracing` filter such as `info` or `tribometer=debug`.
    pub log: String,
    /// What an engineer's hour costs, in any currency; without it hours lost have no price.
    pub hourly_cost: Option<f64>,
    /// A command that runs a local embedding model, by which comments are sorted into themes;
    /// without it their words decide.
    pub embedding_command: Option<String>,
    /// Which accounts are programs', beside those that Tribometer knows.
    pub bots: Bots,
    /// Who sends mail, and how.
    pub mail: MailConfig,
}

/// Who sends mail, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// A person's name and address: `Name <name@example.org>`.
    pub from: String,
    /// Where answers to the mails go; the sender when it is missing.
    pub reply_to: Option<String>,
    /// The mail server. Without it, mails go to the embedded mailbox.
    pub smtp: Option<SmtpConfig>,
}

/// The mail server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    /// Its name.
    pub host: String,
    /// Its port; 587 with STARTTLS, 465 with implicit TLS, 25 without.
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: SmtpTls,
    /// The account, where the server wants one.
    pub user: Option<String>,
    /// The account's password.
    pub password: Option<SecretString>,
    /// A PEM file with the certificate authority of a server that no public one vouches for.
    pub ca_file: Option<PathBuf>,
    /// How many mails are sent at once, each on its own connection.
    #[serde(default = "default_connections")]
    pub connections: u32,
    /// How long connecting may take, and then sending one mail, in seconds.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u64,
}

/// How the connection to a mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    /// Not at all; for a server on this machine.
    None,
    /// Switched on after connecting; refused when the server can't.
    #[default]
    Starttls,
    /// From the first byte.
    Implicit,
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file or variable can't be read, or has a wrong type.
    #[error("settings: {0}")]
    Read(#[from] config::ConfigError),
    /// A value is out of its range.
    #[error("setting `{name}`: {problem}")]
    Value {
        /// The setting, as in the file.
        name: &'static str,
        /// What is wrong and what was expected.
        problem: String,
    },
}

fn mailbox(name: &'static str, text: &str) -> Result<Mailbox, ConfigError> {
    let problem = |problem| ConfigError::Value { name, problem };
    let mailbox: Mailbox = text.parse().map_err(|cause| {
        problem(format!(
            "{text:?} is no sender: {cause}; expected something like Jo Doe <jo@example.org>"
        ))
    })?;
    // Each mail would be refused, for hardly a server takes such addresses.
    let address: &str = mailbox.email.as_ref();
    if !address.is_ascii() {
        return Err(problem(format!(
            "the address {address:?} has letters that mail servers refuse; expected one of a to z, \
             digits and signs (a domain with others has a spelling that begins with xn--)"
        )));
    }
    Ok(mailbox)
}

/// Whether a host's name or address, in brackets if it is IPv6, is one that leads to this machine
/// on every machine.
pub fn is_loopback(host: &str) -> bool {
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    match address.unwrap_or(host).parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

fn default_connections() -> u32 {
    4
}

fn default_timeout() -> u64 {
    30
}

impl Default for Config {
    fn default() -> Self {
        Self {
            organization: "Our organization".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            base_url: None,
            data_dir: PathBuf::from("tribometer-data"),
            database: None,
            database_timeout_seconds: 15,
            secret_key: None,
            secret_key_file: None,
            log: "info".into(),
            hourly_cost: None,
            embedding_command: None,
            bots: Bots::default(),
            mail: MailConfig::default(),
        }
    }
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            from: "Tribometer <tribometer@localhost>".into(),
            reply_to: None,
            smtp: None,
        }
    }
}

impl SmtpConfig {
    /// The port that is used.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            SmtpTls::None => 25,
            SmtpTls::Starttls => 587,
            SmtpTls::Implicit => 465,
        })
    }
}

impl Config {
    /// Reads `file`, or [`DEFAULT_FILE`] where it exists, then the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self::read(file, variables)
    }

    fn read(
        file: Option<&Path>,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let source = match file {
            Some(path) => config::File::from(path).required(true),
            None => config::File::from(Path::new(DEFAULT_FILE)).required(false),
        };
        let variables = variables
            .filter(|(name, _)| !NO_SETTINGS.iter().any(|start| name.starts_with(start)))
            .collect();
        let environment = config::Environment::with_prefix(PREFIX)
            .prefix_separator("_")
            .separator("__")
            .ignore_empty(true)
            .source(Some(variables));
        let config: Self = config::Config::builder()
            .add_source(source.format(config::FileFormat::Toml))
            .add_source(environment)
            .build()?
            .try_deserialize()?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.database_url()?;
        self.sender()?;
        self.reply_to()?;
        if let Some(cost) = self.hourly_cost
            && !(cost.is_finite() && cost >= 0.0)
        {
            return Err(ConfigError::Value {
                name: "hourly_cost",
                problem: format!("{cost} is no amount; expected zero or more"),
            });
        }
        if let Some(url) = &self.base_url {
            let host = url
                .strip_prefix("https://")
                .or_else(|| url.strip_prefix("http://"));
            if host.is_none_or(|host| host.is_empty() || host.contains(char::is_whitespace)) {
                let problem = format!(
                    "{url:?} is not an address; expected something like https://survey.example.org"
                );
                return Err(ConfigError::Value {
                    name: "base_url",
                    problem,
                });
            }
        }
        Ok(())
    }

    /// Whose name stands under the mails.
    pub fn sender(&self) -> Result<Mailbox, ConfigError> {
        mailbox("mail.from", &self.mail.from)
    }

    /// Where answers to the mails go, if not to the sender.
    pub fn reply_to(&self) -> Result<Option<Mailbox>, ConfigError> {
        let reply_to = self.mail.reply_to.as_deref();
        reply_to
            .map(|text| mailbox("mail.reply_to", text))
            .transpose()
    }

    /// Where people reach the server, without a slash at the end.
    pub fn base_url(&self) -> String {
        match &self.base_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }

    /// Whether that is this machine, so that nobody on another one can follow a link.
    pub fn is_local(&self) -> bool {
        let url = self.base_url().parse::<axum::http::Uri>().ok();
        url.is_some_and(|url| url.host().is_some_and(is_loopback))
    }

    /// Where the data lies.
    pub fn database_url(&self) -> Result<DatabaseUrl, ConfigError> {
        match &self.database {
            Some(url) => {
                DatabaseUrl::parse(url.expose_secret()).map_err(|problem| ConfigError::Value {
                    name: "database",
                    problem,
                })
            }
            None => Ok(DatabaseUrl::Sqlite(self.data_dir.join("tribometer.db"))),
        }
    }

    /// How long to wait for a connection to the database.
    pub fn database_timeout(&self) -> Duration {
        Duration::from_secs(self.database_timeout_seconds)
    }

    /// The file of the secret key.
    pub fn secret_key_file(&self) -> PathBuf {
        self.secret_key_file
            .clone()
            .unwrap_or_else(|| self.data_dir.join("secret.key"))
    }

    /// The secret key, made when there is none.
    pub fn secrets(&self) -> Result<Secrets, SecretKeyError> {
        match &self.secret_key {
            Some(key) => Secrets::parse(key.expose_secret(), "the setting secret_key"),
            None => Secrets::load_or_create(&self.secret_key_file()),
        }
    }

    /// The folder of the embedded mailbox.
    pub fn mailbox_dir(&self) -> PathBuf {
        self.data_dir.join("mailbox")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let variables = variables
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()));
        Config::read(None, variables)
    }

    #[test]
    fn defaults_stay_on_this_machine() {
        let config = read(&[]).expect("defaults are valid");
        assert!(config.listen.ip().is_loopback());
        assert_eq!(config.base_url(), "http://127.0.0.1:8080");
        assert_eq!(
            config.database_url().expect("a url").to_string(),
            "sqlite:tribometer-data/tribometer.db"
        );
        assert!(config.mail.smtp.is_none());
    }

    #[test]
    fn the_environment_reaches_every_level() {
        let config = read(&[
            ("TRIBOMETER_BASE_URL", "https://survey.example.org/"),
            ("TRIBOMETER_MAIL__SMTP__HOST", "smtp.example.org"),
            ("TRIBOMETER_MAIL__SMTP__TLS", "implicit"),
            ("TRIBOMETER_MAIL__SMTP__CONNECTIONS", "7"),
            // Neither an empty variable nor one that is no setting counts.
            ("TRIBOMETER_LISTEN", ""),
            ("TRIBOMETER_CONFIG", "elsewhere.toml"),
            ("TRIBOMETER_TEST_POSTGRES", "postgres://localhost"),
            ("PATH", "/bin"),
        ])
        .expect("valid settings");
        assert_eq!(config.base_url(), "https://survey.example.org");
        let smtp = config.mail.smtp.expect("a mail server");
        assert_eq!((smtp.host.as_str(), smtp.port()), ("smtp.example.org", 465));
        assert_eq!(smtp.connections, 7);
        assert!(config.listen.ip().is_loopback());
    }

    #[test]
    fn a_wrong_value_is_named() {
        let error = read(&[("TRIBOMETER_DATABASE", "mysql://x")]).expect_err("no such database");
        assert!(
            error
                .to_string()
                .starts_with("setting `database`: \"mysql://x\" is neither"),
            "{error}"
        );
        let error = read(&[("TRIBOMETER_LISTEN", "8080")]).expect_err("no such address");
        assert!(error.to_string().contains("`listen`"), "{error}");
        let error = read(&[("TRIBOMETER_MAIL__FROM", "me@")]).expect_err("no such sender");
        assert!(
            error
                .to_string()
                .starts_with("setting `mail.from`: \"me@\" is no sender"),
            "{error}"
        );
        let error = read(&[("TRIBOMETER_HOURLY_COST", "-1")]).expect_err("no such amount");
        assert!(
            error
                .to_string()
                .starts_with("setting `hourly_cost`: -1 is no amount"),
            "{error}"
        );
        let error = read(&[("TRIBOMETER_BASEURL", "https://a")]).expect_err("no such setting");
        assert!(error.to_string().contains("baseurl"), "{error}");
    }

    #[test]
    fn a_file_goes_before_the_defaults_and_the_environment_before_the_file() {
        let mut file = tempfile::NamedTempFile::with_suffix(".toml").expect("a file");
        std::io::Write::write_all(
            &mut file,
            b"organization = \"Example\"\nlog = \"warn\"\n[mail.smtp]\nhost = \"smtp.example.org\"\n",
        )
        .expect("a written file");
        let variables = [("TRIBOMETER_LOG".to_owned(), "debug".to_owned())];
        let config =
            Config::read(Some(file.path()), variables.into_iter()).expect("valid settings");
        assert_eq!(
            (config.organization.as_str(), config.log.as_str()),
            ("Example", "debug")
        );
        let smtp = config.mail.smtp.expect("a mail server");
        assert_eq!(
            (smtp.tls, smtp.port(), smtp.connections),
            (SmtpTls::Starttls, 587, 4)
        );
        let missing = Config::read(Some(Path::new("no-such-file.toml")), std::iter::empty());
        assert!(
            missing
                .expect_err("no such file")
                .to_string()
                .contains("no-such-file.toml")
        );
    }

    /// One value for each setting, as the environment gives it.
    const EACH: [(&str, &str); 23] = [
        ("organization", "Example"),
        ("listen", "127.0.0.1:0"),
        ("base_url", "https://survey.example.org"),
        ("data_dir", "elsewhere"),
        ("database", "sqlite:elsewhere.db"),
        ("database_timeout_seconds", "3"),
        ("secret_key", "AAAA"),
        ("secret_key_file", "secret.key"),
        ("log", "warn"),
        ("hourly_cost", "85.5"),
        ("embedding_command", "python3 embed.py"),
        ("bots.add", "our-ci, our-release"),
        ("bots.remove", "cursor"),
        ("mail.from", "Jo Doe <jo@example.org>"),
        ("mail.reply_to", "jo@example.org"),
        ("mail.smtp.host", "smtp.example.org"),
        ("mail.smtp.port", "2525"),
        ("mail.smtp.tls", "none"),
        ("mail.smtp.user", "jo"),
        ("mail.smtp.password", "hunter2"),
        ("mail.smtp.ca_file", "ca.pem"),
        ("mail.smtp.connections", "2"),
        ("mail.smtp.timeout_seconds", "5"),
    ];

    #[test]
    fn the_documented_settings_are_those_that_there_are() {
        let page = include_str!("../docs/running.md");
        let table = page.split("## Settings").nth(1).unwrap_or_default();
        let table = table.split("\n## ").next().unwrap_or_default();
        let cells = table
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
        let mut documented: Vec<&str> = cells
            .flat_map(|cell| cell.split(['`', ',', ' ']))
            .filter(|name| !name.is_empty())
            .collect();
        let mut known: Vec<&str> = EACH.iter().map(|(name, _)| *name).collect();
        documented.sort_unstable();
        known.sort_unstable();
        assert_eq!(documented, known);

        let variable =
            |name: &str| format!("TRIBOMETER_{}", name.replace('.', "__").to_uppercase());
        let variables: Vec<(String, String)> = EACH
            .iter()
            .map(|(name, value)| (variable(name), (*value).to_owned()))
            .collect();
        let config = Config::read(None, variables.into_iter()).expect("every one is a setting");
        // Every field is named here: a new one has to be given a value above, and a row in the
        // table.
        let Config {
            organization: _,
            listen: _,
            base_url: Some(_),
            data_dir: _,
            database: Some(_),
            database_timeout_seconds: 3,
            secret_key: Some(_),
            secret_key_file: Some(_),
            log: _,
            hourly_cost: Some(85.5),
            embedding_command: Some(_),
            bots: Bots { add, remove },
            mail:
                MailConfig {
                    from: _,
                    reply_to: Some(_),
                    smtp:
                        Some(SmtpConfig {
                            host: _,
                            port: Some(2525),
                            tls: SmtpTls::None,
                            user: Some(_),
                            password: Some(_),
                            ca_file: Some(_),
                            connections: 2,
                            timeout_seconds: 5,
                        }),
                },
        } = config
        else {
            panic!("a value did not arrive: {config:?}");
        };
        assert_eq!((add.len(), remove.len()), (2, 1));
    }

    #[test]
    fn a_sender_whose_address_servers_refuse_is_refused_at_once() {
        let config = read(&[("TRIBOMETER_MAIL__FROM", "Jo Doe <jo@exämple.org>")]);
        let said = config
            .and_then(|config| config.sender().map(|_| ()))
            .expect_err("an error");
        assert!(
            said.to_string()
                .starts_with("setting `mail.from`: the address"),
            "{said}"
        );
    }

    #[test]
    fn passwords_do_not_print() {
        let config = read(&[
            ("TRIBOMETER_DATABASE", "postgres://me:hunter2@db/tribometer"),
            ("TRIBOMETER_MAIL__SMTP__HOST", "h"),
            ("TRIBOMETER_MAIL__SMTP__PASSWORD", "hunter2"),
        ])
        .expect("valid settings");
        assert!(
            !format!("{config:?} {}", config.database_url().expect("a url")).contains("hunter2")
        );
    }
}
