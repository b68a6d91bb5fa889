//! `tribometer doctor`: looks at everything that an operator may have to mend, and changes nothing.

mod machine;

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use tribometer_analytics::comments::embedding::embed;
use tribometer_reports::words::Language;
use tribometer_store::{DatabaseUrl, SchemaState, Store, stamps};

use super::key;
use crate::clock::Clock;
use crate::config::{Config, MailConfig};
use crate::embedding::EmbeddingProgram;
use crate::mail::Mailer;

/// How one check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing to do.
    Ok,
    /// It works, but somebody should look at it.
    Warn,
    /// It does not work.
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at, in a word or two.
    pub name: &'static str,
    /// How it came out.
    pub verdict: Verdict,
    /// What was found, a sentence.
    pub finding: String,
    /// What to do about it, a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Check {
    pub(crate) fn ok(name: &'static str, finding: impl Into<String>) -> Self {
        Self {
            name,
            verdict: Verdict::Ok,
            finding: finding.into(),
            advice: None,
        }
    }

    pub(crate) fn warn(
        name: &'static str,
        finding: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            verdict: Verdict::Warn,
            advice: Some(advice.into()),
            ..Self::ok(name, finding)
        }
    }

    pub(crate) fn fail(
        name: &'static str,
        finding: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            verdict: Verdict::Fail,
            ..Self::warn(name, finding, advice)
        }
    }
}

/// The check of the clocks.
const CLOCK: &str = "clock";
/// The check of the settings as such.
const SETTINGS: &str = "settings";

/// What is said when the settings can't be read; without them there is nothing else to look at.
pub fn unreadable_settings(problem: &str) -> Check {
    Check::fail(
        SETTINGS,
        format!("{problem}. Nothing else was looked at."),
        "Correct it in the settings file or in the environment; docs/running.md lists all \
         settings.",
    )
}

/// Looks at settings, files, database, clock and mail server, in this order.
pub async fn examine(config: &Config, clock: &dyn Clock) -> Vec<Check> {
    let mut checks = vec![Check::ok(SETTINGS, "They can be read."), address(config)];
    checks.extend(folders(config));
    checks.push(secret_key(config));
    checks.extend(database(config, clock).await);
    checks.push(mail(config).await);
    checks.extend(embedding(config).await);
    checks.push(time_zones(chrono_tz::IANA_TZDB_VERSION, clock.now()));
    checks
}

/// The folders of the files that are kept, and the disks that they are on.
fn folders(config: &Config) -> Vec<Check> {
    let mut checks = machine::folder(&machine::DATA, &config.data_dir);
    let database = config.database_url().ok();
    let path = database.as_ref().and_then(DatabaseUrl::path);
    let folder = path.and_then(Path::parent).map(|folder| {
        // A bare file name lies in the working directory.
        if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        }
    });
    if let Some(folder) = folder.filter(|folder| *folder != config.data_dir) {
        checks.extend(machine::folder(&machine::DATABASE, folder));
    }
    checks
}

/// Where people are sent by the links in mails.
fn address(config: &Config) -> Check {
    const NAME: &str = "address";
    let url = config.base_url();
    match &config.base_url {
        _ if url.starts_with("https://") => Check::ok(NAME, format!("Links lead to {url}.")),
        None if !config.listen.ip().is_loopback() => Check::fail(
            NAME,
            format!(
                "The server listens on {} but no `base_url` is set, so links in mails lead to \
                 {url}.",
                config.listen
            ),
            "Set `base_url` to the address that people reach the server under, with https.",
        ),
        _ if config.is_local() => Check::warn(
            NAME,
            format!("Links lead to {url}, which works on this machine alone."),
            "Before you write to anybody, set `base_url` to the address that people reach the \
             server under.",
        ),
        _ => Check::warn(
            NAME,
            format!(
                "Links lead to {url}, which is not encrypted: whoever is on the way can read \
                 answers."
            ),
            "Put a proxy with TLS in front and set `base_url` to its https address.",
        ),
    }
}

fn secret_key(config: &Config) -> Check {
    const NAME: &str = "secret key";
    let path = config.secret_key_file();
    if config.secret_key.is_none() && !path.exists() {
        return match config.database_url() {
            Ok(DatabaseUrl::Sqlite(database)) if database.exists() => Check::fail(
                NAME,
                format!("There is a database but no key at {}.", path.display()),
                "Bring the key back from its backup: with another one, links that were mailed do \
                 not open.",
            ),
            Ok(DatabaseUrl::Postgres(_)) => Check::warn(
                NAME,
                format!(
                    "There is no key at {}; the first start makes one.",
                    path.display()
                ),
                "If the database is in use already, copy the key from another replica: all of them \
                 need the same.",
            ),
            _ => Check::ok(
                NAME,
                format!("The first start makes one at {}.", path.display()),
            ),
        };
    }
    match config.secrets() {
        Err(error) => Check::fail(
            NAME,
            format!("{error}."),
            "Bring the key back from its backup.",
        ),
        Ok(_) if config.secret_key.is_some() => {
            Check::ok(NAME, "It comes from the setting `secret_key`.")
        }
        Ok(_) => machine::privacy_of_key(NAME, &path),
    }
}

async fn database(config: &Config, clock: &dyn Clock) -> Vec<Check> {
    const NAME: &str = "database";
    let url = match config.database_url() {
        Ok(url) => url,
        Err(error) => {
            return vec![Check::fail(
                NAME,
                format!("{error}."),
                "Correct the setting.",
            )];
        }
    };
    if url.path().is_some_and(|path| !path.exists()) {
        return vec![Check::warn(
            NAME,
            format!("There is none yet at {url}."),
            "Run `tribometer migrate`, or start the server: both make it.",
        )];
    }
    let store = match Store::connect(&url, config.database_timeout()).await {
        Ok(store) => store,
        Err(error) => {
            return vec![Check::fail(
                NAME,
                format!("{url} can't be used: {error}."),
                "Check that it runs, that its address and user are right, and that this machine \
                 may connect.",
            )];
        }
    };
    let mut checks = Vec::new();
    match store.version().await {
        Ok(version) => checks.push(Check::ok(NAME, format!("{version} at {url}."))),
        Err(error) => checks.push(Check::fail(
            NAME,
            format!("{url} does not answer: {error}."),
            "Look at the log of the database.",
        )),
    }
    checks.push(schema(&store).await);
    checks.extend(links(&store, config).await);
    if store.is_embedded() {
        // Where they can't be read, the check of the schema says so.
        let newest = stamps::newest(store.reader()).await.ok();
        checks.extend(newest.map(|newest| clock_and_records(clock.now(), newest)));
    } else {
        checks.push(match store.database_time().await {
            Ok(theirs) => clocks(clock.now(), theirs),
            Err(error) => Check::fail(
                CLOCK,
                format!("The database did not tell its time: {error}."),
                "Look at the log of the database.",
            ),
        });
    }
    checks
}

async fn schema(store: &Store) -> Check {
    const NAME: &str = "schema";
    let state = match store.schema().await {
        // Tables that were changed by hand are found by reading them.
        Ok(SchemaState::Current) => store.read_each_table().await.map(|()| SchemaState::Current),
        other => other,
    };
    match state {
        Ok(SchemaState::Current) => Check::ok(NAME, "It is the one that this program needs."),
        Ok(state) => Check::fail(
            NAME,
            format!("{}.", capitalized(&state.to_string())),
            state.advice().unwrap_or_default(),
        ),
        Err(error) => Check::fail(
            NAME,
            format!("It can't be read: {error}."),
            "Check that the database belongs to Tribometer, that nobody changed its tables, and \
             that its user may read them.",
        ),
    }
}

/// Whether the links of an open wave belong to the secret key; nothing where either can't be read,
/// which another check says.
async fn links(store: &Store, config: &Config) -> Option<Check> {
    const NAME: &str = "links";
    // Reading the key would make one where there is none.
    if config.secret_key.is_none() && !config.secret_key_file().exists() {
        return None;
    }
    let secrets = config.secrets().ok()?;
    Some(if key::fits(store, &secrets).await.ok()? {
        Check::ok(NAME, "The secret key opens them.")
    } else {
        Check::fail(
            NAME,
            "The links of the open wave were made with another secret key.",
            "Give every replica the same key, or bring it back from its backup.",
        )
    })
}

/// An embedded database has no clock of its own, but nothing in it can have happened later than
/// now.
fn clock_and_records(ours: DateTime<Utc>, newest: Option<DateTime<Utc>>) -> Check {
    let Some(newest) = newest else {
        return Check::ok(
            CLOCK,
            "Nothing has happened yet that this machine's could be compared with.",
        );
    };
    let behind = newest - ours;
    if behind < TimeDelta::seconds(2) {
        return Check::ok(
            CLOCK,
            "This machine's is not behind the newest record in the database. The embedded database \
             has none of its own.",
        );
    }
    Check::fail(
        CLOCK,
        format!(
            "This machine's says {}, but the newest record in the database is of {}: nothing is \
             due until then.",
            ours.format("%Y-%m-%d %H:%M:%S UTC"),
            newest.format("%Y-%m-%d %H:%M:%S UTC")
        ),
        "Synchronize this machine's clock, with chrony for example.",
    )
}

/// Leases and expiries are stamped by this machine, so replicas whose clocks differ take work from
/// each other.
fn clocks(ours: DateTime<Utc>, theirs: DateTime<Utc>) -> Check {
    const ADVICE: &str = "Synchronize both machines' clocks, with chrony for example.";
    let apart = (ours - theirs).abs();
    let finding = format!(
        "This machine's and the database's are {:.1} s apart.",
        apart.as_seconds_f64()
    );
    if apart < TimeDelta::seconds(2) {
        Check::ok(CLOCK, finding)
    } else if apart < TimeDelta::seconds(30) {
        Check::warn(CLOCK, finding, ADVICE)
    } else {
        Check::fail(CLOCK, finding, ADVICE)
    }
}

/// Connects to the mail server and signs in; no mail is sent.
async fn mail(config: &Config) -> Check {
    const NAME: &str = "mail";
    let mailer = match Mailer::new(config) {
        Ok(mailer) => mailer,
        Err(error) => return Check::fail(NAME, format!("{error}."), "Correct the setting."),
    };
    let Some(smtp) = &config.mail.smtp else {
        return Check::warn(
            NAME,
            "No mail server is set, so mails stay in the embedded mailbox.",
            "Before you write to anybody, set `mail.smtp.host` and `mail.from`.",
        );
    };
    let server = format!("{}:{}", smtp.host, smtp.port());
    match mailer.check().await {
        Ok(()) if config.mail.from == MailConfig::default().from => Check::warn(
            NAME,
            format!(
                "{server} lets us in, but mails would come from {}.",
                config.mail.from
            ),
            "Set `mail.from` to the name and address of the person who asks.",
        ),
        Ok(()) => Check::ok(NAME, format!("{server} lets us in.")),
        Err(failure) => Check::fail(
            NAME,
            format!("{server} does not let us in: {failure}."),
            "Check `mail.smtp`: host, port, tls, user and password; and that the server lets this \
             machine send.",
        ),
    }
}

/// Whether the embedding model, where one is set, tells two texts apart.
async fn embedding(config: &Config) -> Option<Check> {
    const NAME: &str = "embedding model";
    let program = EmbeddingProgram::new(config.embedding_command.as_ref()?);
    let texts = ["Tests take an hour.", "Nobody knows who owns this service."];
    let tried = tokio::task::spawn_blocking(move || embed(&program, &texts));
    let failed = match tried.await {
        Ok(Ok(vectors)) => {
            let finding = format!("It gives vectors of {} numbers.", vectors[0].len());
            return Some(Check::ok(NAME, finding));
        }
        Ok(Err(why)) => Language::default().words().no_embedding(&why),
        Err(cause) => cause.to_string(),
    };
    Some(Check::fail(
        NAME,
        format!("It does not work: {failed}."),
        "Correct `embedding_command`: it reads a text a line as a JSON string, and writes a vector \
         a line as a JSON list of numbers; docs/running.md has an example.",
    ))
}

/// `version` is a year and a letter, `2025b`; governments change their clocks at short notice.
fn time_zones(version: &str, now: DateTime<Utc>) -> Check {
    const NAME: &str = "time zones";
    use chrono::Datelike;
    let finding = format!("The built-in rules are of {version}.");
    let year = version.get(..4).and_then(|year| year.parse::<i32>().ok());
    if year.is_some_and(|year| now.year() - year < 3) {
        Check::ok(NAME, finding)
    } else {
        Check::warn(
            NAME,
            finding,
            "Install a newer version of Tribometer: mails may go out an hour early or late.",
        )
    }
}

fn capitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn clocks_that_drift_apart_are_first_warned_of_then_refused() {
        let now = instant("2026-10-05T08:00:00Z");
        let verdict = |seconds| clocks(now, now + TimeDelta::seconds(seconds)).verdict;
        assert_eq!(
            [0, 1, -2, 29, -30, 3600].map(verdict),
            [
                Verdict::Ok,
                Verdict::Ok,
                Verdict::Warn,
                Verdict::Warn,
                Verdict::Fail,
                Verdict::Fail
            ]
        );
    }

    #[test]
    fn a_clock_behind_the_newest_record_is_refused() {
        let now = instant("2026-10-05T08:00:00Z");
        let verdict =
            |seconds| clock_and_records(now, Some(now + TimeDelta::seconds(seconds))).verdict;
        assert_eq!(
            [-3600, 0, 1, 2, 3600].map(verdict),
            [
                Verdict::Ok,
                Verdict::Ok,
                Verdict::Ok,
                Verdict::Fail,
                Verdict::Fail
            ]
        );
        assert_eq!(clock_and_records(now, None).verdict, Verdict::Ok);
    }

    #[test]
    fn the_folder_of_a_database_elsewhere_is_looked_at_too() {
        let names = |database: Option<&str>| {
            let config = Config {
                database: database.map(Into::into),
                ..Config::default()
            };
            folders(&config)
                .into_iter()
                .map(|check| check.name)
                .collect::<Vec<_>>()
        };
        let data = names(None);
        assert_eq!(names(Some("sqlite:tribometer-data/other.db")), data);
        assert_eq!(names(Some("postgres://ops@localhost/tribometer")), data);
        let bare = names(Some("sqlite:other.db"));
        assert_eq!(&bare[data.len()..], ["database folder", "database disk"]);
        assert_eq!(
            names(Some("sqlite:/no/such/folder/other.db")).last(),
            Some(&"database folder")
        );
    }

    #[test]
    fn old_time_zone_rules_are_warned_of() {
        assert_eq!(
            time_zones("2025b", instant("2026-10-05T08:00:00Z")).verdict,
            Verdict::Ok
        );
        assert_eq!(
            time_zones("2025b", instant("2028-01-01T00:00:00Z")).verdict,
            Verdict::Warn
        );
        assert_eq!(
            time_zones("?", instant("2026-01-01T00:00:00Z")).verdict,
            Verdict::Warn
        );
    }

    #[test]
    fn an_address_is_judged_by_who_can_reach_it_and_who_can_listen() {
        let judge = |listen: &str, base_url: Option<&str>| {
            address(&Config {
                listen: listen.parse().expect("an address"),
                base_url: base_url.map(Into::into),
                ..Config::default()
            })
            .verdict
        };
        assert_eq!(
            judge("127.0.0.1:8080", Some("https://survey.example.org")),
            Verdict::Ok
        );
        assert_eq!(
            judge("0.0.0.0:8080", Some("http://survey.example.org")),
            Verdict::Warn
        );
        assert_eq!(judge("127.0.0.1:8080", None), Verdict::Warn);
        assert_eq!(judge("0.0.0.0:8080", None), Verdict::Fail);
    }
}
