//! The embedded mailbox: without a mail server, each mail becomes a file in a folder, and
//! `/dev/mail` shows them.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use mail_parser::{Message, MessageParser};

/// How many mails a page of the list has.
pub const PER_PAGE: usize = 50;
/// Our own headers are shorter than this.
const LONGEST_HEAD: u64 = 8 * 1024;

/// A mail in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// What [`read`] takes.
    pub id: String,
    pub subject: String,
    /// The recipient's address.
    pub to: String,
    pub date: Option<DateTime<Utc>>,
}

/// One page of the list, the newest mail first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    pub mails: Vec<Summary>,
    /// How many mails there are on all pages.
    pub total: usize,
}

/// A whole mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub summary: Summary,
    /// The headers as they were sent.
    pub headers: String,
    pub text: String,
    pub html: Option<String>,
}

/// Keeps a mail under the name of its Message-ID, so that a repeat takes the place of the mail
/// before.
pub async fn write(folder: &Path, message_id: &str, mail: &[u8]) -> io::Result<()> {
    let id = id_of(message_id);
    tokio::fs::create_dir_all(folder).await?;
    // A reader sees the whole file or none: it gets its name last.
    let draft = folder.join(format!("{id}.part"));
    tokio::fs::write(&draft, mail).await?;
    tokio::fs::rename(&draft, path(folder, &id)).await
}

/// A page of the list, counted from 1; `search` is looked for in recipients and subjects, in any
/// case.
pub async fn list(folder: &Path, page: usize, search: &str) -> io::Result<List> {
    let (folder, search) = (folder.to_owned(), search.trim().to_lowercase());
    blocking(move || list_now(&folder, page, &search)).await
}

/// The mail with this id, if there is one.
pub async fn read(folder: &Path, id: &str) -> io::Result<Option<Mail>> {
    let (folder, id) = (folder.to_owned(), id.to_owned());
    blocking(move || read_now(&folder, &id)).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

/// The part of a Message-ID before the `@`, with nothing in it that a file name can't have.
fn id_of(message_id: &str) -> String {
    let local = message_id.trim_start_matches('<').split('@').next();
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    local.unwrap_or_default().chars().map(safe).collect()
}

fn path(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.eml"))
}

fn list_now(folder: &Path, page: usize, search: &str) -> io::Result<List> {
    let mut ids = ids(folder)?;
    // Ids begin with the time at which the mail was queued.
    ids.sort_unstable_by(|a, b| b.cmp(a));
    let skipped = PER_PAGE * page.saturating_sub(1);
    if search.is_empty() {
        let total = ids.len();
        let page = ids.iter().skip(skipped).take(PER_PAGE);
        let mails = page
            .map(|id| summary(folder, id))
            .collect::<io::Result<_>>()?;
        return Ok(List { mails, total });
    }
    let mut list = List::default();
    for id in &ids {
        let mail = summary(folder, id)?;
        if mail.to.to_lowercase().contains(search) || mail.subject.to_lowercase().contains(search) {
            list.total += 1;
            if list.total > skipped && list.mails.len() < PER_PAGE {
                list.mails.push(mail);
            }
        }
    }
    Ok(list)
}

fn ids(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(cause),
    };
    let mut ids = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        if let Some(id) = name.to_str().and_then(|name| name.strip_suffix(".eml")) {
            ids.push(id.to_owned());
        }
    }
    Ok(ids)
}

fn summary(folder: &Path, id: &str) -> io::Result<Summary> {
    let mut head = Vec::new();
    File::open(path(folder, id))?
        .take(LONGEST_HEAD)
        .read_to_end(&mut head)?;
    let message = MessageParser::default().parse_headers(&head);
    Ok(message.map_or_else(
        || Summary {
            id: id.to_owned(),
            subject: String::new(),
            to: String::new(),
            date: None,
        },
        |message| summarize(id, &message),
    ))
}

fn summarize(id: &str, message: &Message<'_>) -> Summary {
    let to = message.to().and_then(|to| to.first());
    Summary {
        id: id.to_owned(),
        subject: message.subject().unwrap_or_default().to_owned(),
        to: to
            .and_then(|to| to.address())
            .unwrap_or_default()
            .to_owned(),
        date: message
            .date()
            .and_then(|date| DateTime::from_timestamp(date.to_timestamp(), 0)),
    }
}

fn read_now(folder: &Path, id: &str) -> io::Result<Option<Mail>> {
    if id != id_of(id) {
        return Ok(None);
    }
    let bytes = match std::fs::read(path(folder, id)) {
        Ok(bytes) => bytes,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(cause),
    };
    let Some(message) = MessageParser::default().parse(&bytes) else {
        return Ok(None);
    };
    let end_of_head = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or(bytes.len());
    Ok(Some(Mail {
        summary: summarize(id, &message),
        headers: String::from_utf8_lossy(&bytes[..end_of_head]).replace("\r\n", "\n"),
        text: message
            .body_text(0)
            .unwrap_or_default()
            .replace("\r\n", "\n"),
        html: message.body_html(0).map(|html| html.into_owned()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(to: &str, subject: &str) -> Vec<u8> {
        format!(
            "To: {to}\r\nSubject: {subject}\r\nDate: Tue, 13 Oct 2026 \
             08:00:00 +0000\r\n\r\nHello\r\n"
        )
        .into_bytes()
    }

    #[tokio::test]
    async fn mails_are_listed_newest_first_found_and_read() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(list(folder.path(), 1, "").await.unwrap(), List::default());
        for number in 0..60 {
            let id = format!("<{number:04}@example.org>");
            let mail = mail(&format!("person{number}@example.org"), "Survey");
            write(folder.path(), &id, &mail).await.unwrap();
        }
        let first = list(folder.path(), 1, "").await.unwrap();
        assert_eq!((first.total, first.mails.len()), (60, PER_PAGE));
        assert_eq!(first.mails[0].to, "person59@example.org");
        assert_eq!(list(folder.path(), 2, "").await.unwrap().mails.len(), 10);
        let found = list(folder.path(), 1, "PERSON5@").await.unwrap();
        assert_eq!(found.total, 1);
        let mail = read(folder.path(), &found.mails[0].id)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(mail.text.trim(), "Hello");
        assert!(mail.headers.starts_with("To: person5@example.org\n"));
        assert_eq!(mail.summary.date, "2026-10-13T08:00:00Z".parse().ok());
    }

    #[tokio::test]
    async fn a_repeat_takes_the_place_of_the_mail_before() {
        let folder = tempfile::tempdir().unwrap();
        for subject in ["First", "Second"] {
            let mail = mail("ada@example.org", subject);
            write(folder.path(), "<1@example.org>", &mail)
                .await
                .unwrap();
        }
        let list = list(folder.path(), 1, "").await.unwrap();
        assert_eq!(list.total, 1);
        assert_eq!(list.mails[0].subject, "Second");
    }

    #[tokio::test]
    async fn an_id_leads_to_no_other_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret.eml"), mail("a@example.org", "x")).unwrap();
        let inner = folder.path().join("mailbox");
        assert_eq!(read(&inner, "../secret").await.unwrap(), None);
        write(&inner, "<../secret@example.org>", b"To: a\r\n\r\n")
            .await
            .unwrap();
        assert!(inner.join("---secret.eml").exists());
    }
}
