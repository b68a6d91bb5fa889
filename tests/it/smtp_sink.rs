//! Postfix's `smtp-sink` as the mail server: it takes, refuses, stalls or hangs up, and writes down
//! what it took.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use mail_parser::MessageParser;
use tribometer::config::{Config, SmtpConfig, SmtpTls};

use crate::support::eventually;

const PROGRAM: &str = "/usr/sbin/smtp-sink";

/// A running mail server; it ends with the test.
pub struct Sink {
    child: Child,
    pub port: u16,
    folder: tempfile::TempDir,
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A mail as the server took it.
#[derive(Clone, Debug)]
pub struct Taken {
    pub recipient: String,
    pub message_id: String,
    pub bytes: Vec<u8>,
}

impl Taken {
    /// The text of the mail.
    pub fn text(&self) -> String {
        let message = MessageParser::default()
            .parse(&self.bytes)
            .expect("a message");
        message.body_text(0).expect("a text part").into_owned()
    }

    /// The HTML of the mail.
    pub fn html(&self) -> String {
        let message = MessageParser::default()
            .parse(&self.bytes)
            .expect("a message");
        message.body_html(0).expect("an HTML part").into_owned()
    }

    /// A header with its folds undone.
    pub fn header(&self, name: &str) -> Option<String> {
        let message = MessageParser::default()
            .parse(&self.bytes)
            .expect("a message");
        let raw = message.header_raw(name)?;
        Some(raw.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

impl Sink {
    /// On a free port.
    pub async fn start(options: &[&str]) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        Self::start_on(port, options).await
    }

    /// On this port, in the place of one that has ended.
    pub async fn start_on(port: u16, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new(PROGRAM);
        // It refuses to work for root, so it changes to somebody else, who must be allowed to write
        // here.
        let owner = std::fs::metadata(folder.path()).expect("the folder").uid();
        if owner == 0 {
            let everybody = std::fs::Permissions::from_mode(0o777);
            std::fs::set_permissions(folder.path(), everybody).expect("a folder for everybody");
            command.args(["-u", "nobody"]);
        }
        let child = command
            .arg("-d")
            .arg(folder.path().join("mail."))
            .args(options)
            .arg(format!("127.0.0.1:{port}"))
            .arg("128")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|cause| panic!("{PROGRAM}: {cause}; scripts/test installs it"));
        let sink = Sink {
            child,
            port,
            folder,
        };
        eventually("the mail server listens", async || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        })
        .await;
        sink
    }

    /// The mails that were taken so far, whole ones alone.
    pub fn taken(&self) -> Vec<Taken> {
        let files = std::fs::read_dir(self.folder.path()).expect("the folder");
        let paths: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
        paths.iter().filter_map(|path| read(path)).collect()
    }

    /// How many mails were begun, whether they were taken or not.
    pub fn begun(&self) -> usize {
        let files = std::fs::read_dir(self.folder.path()).expect("the folder");
        files.count()
    }
}

/// Makes the program send its mail to a port of this machine.
pub fn configure(config: &mut Config, port: u16) {
    config.mail.from = "Jo Doe <jo@example.org>".to_owned();
    config.mail.smtp = Some(SmtpConfig {
        host: "127.0.0.1".to_owned(),
        port: Some(port),
        tls: SmtpTls::None,
        user: None,
        password: None,
        ca_file: None,
        connections: 4,
        timeout_seconds: TIMEOUT.as_secs(),
    });
}

/// Beside the mail a file has headers that begin with `X-`, which say what the client told the
/// server.
fn read(path: &Path) -> Option<Taken> {
    let bytes = std::fs::read(path).ok()?;
    let message = MessageParser::default().parse(&bytes)?;
    // The end of the HTML part: without it the mail was not sent as a whole.
    if !String::from_utf8_lossy(&bytes).trim_end().ends_with("--") {
        return None;
    }
    let recipient = message.header_raw("X-Rcpt-Args")?;
    let recipient = recipient.trim().trim_start_matches("TO:");
    let end = recipient.find('>')?;
    Some(Taken {
        recipient: recipient[1..end].to_owned(),
        message_id: format!("<{}>", message.message_id()?),
        bytes: bytes.clone(),
    })
}

/// A port on which nobody listens.
pub fn dead_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
    free.local_addr().expect("an address").port()
}

/// How long the program waits for this server.
pub const TIMEOUT: Duration = Duration::from_secs(2);
