//! Mails: their words, their headers, and how they leave.
//!
//! Nothing here knows the database. `service::outbox` decides what is sent; this builds the message
//! and hands it to the mail server, or to the embedded mailbox when no server is set.

pub mod mailbox;
mod smtp;
pub mod templates;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use uuid::Uuid;

use crate::config::{Config, ConfigError};
use smtp::Smtp;
pub use templates::Content;

/// A mail as it is handed over.
#[derive(Clone, Debug)]
pub struct Outgoing<'a> {
    /// The recipient's address.
    pub to: &'a str,
    /// The Message-ID with its angle brackets; the same for every repeat.
    pub message_id: &'a str,
    /// What the mail is dated.
    pub date: DateTime<Utc>,
    /// Where one click stops more mails like this, if that can be.
    pub stop_link: Option<&'a str>,
    pub content: &'a Content,
}

/// Why a mail was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Not at this time, in the mail server's words (4xx).
    #[error("{0}")]
    Later(String),
    /// The mail server can't be reached, does not let us in, or went silent; that says nothing
    /// about this mail.
    #[error("{0}")]
    Unreachable(String),
    /// Not ever, in the mail server's words (5xx), or because it can't be a mail.
    #[error("{0}")]
    Refused(String),
}

/// Sends mails in the name of one person.
#[derive(Clone)]
pub struct Mailer {
    inner: Arc<Inner>,
}

struct Inner {
    from: Mailbox,
    reply_to: Mailbox,
    transport: Transport,
}

/// How mails leave.
enum Transport {
    /// To a mail server.
    Smtp(Box<Smtp>),
    /// Into a folder of this machine, one file for each mail.
    Mailbox(PathBuf),
}

impl Mailer {
    /// As the settings say; nothing is connected yet.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let from = config.sender()?;
        let transport = match &config.mail.smtp {
            Some(smtp) => Transport::Smtp(Box::new(Smtp::new(smtp)?)),
            None => Transport::Mailbox(config.mailbox_dir()),
        };
        let inner = Inner {
            reply_to: config.reply_to()?.unwrap_or_else(|| from.clone()),
            from,
            transport,
        };
        Ok(Mailer {
            inner: Arc::new(inner),
        })
    }

    /// What the person who writes is called; the address if there is no name.
    pub fn sender(&self) -> String {
        let from = &self.inner.from;
        from.name.clone().unwrap_or_else(|| from.email.to_string())
    }

    /// A Message-ID for the mail with this id.
    pub fn message_id(&self, id: Uuid) -> String {
        format!("<{id}@{}>", self.inner.from.email.domain())
    }

    /// How many mails may be under way at once.
    pub fn connections(&self) -> usize {
        match &self.inner.transport {
            Transport::Smtp(smtp) => smtp.connections(),
            Transport::Mailbox(_) => 1,
        }
    }

    /// How long handing one mail over may take at most.
    pub fn longest(&self) -> Duration {
        match &self.inner.transport {
            Transport::Smtp(smtp) => smtp.longest(),
            Transport::Mailbox(_) => Duration::from_secs(60),
        }
    }

    /// Whether mails stay on this machine.
    pub fn is_embedded(&self) -> bool {
        matches!(self.inner.transport, Transport::Mailbox(_))
    }

    /// Hands a mail over. When it returns `Ok`, the mail server has taken responsibility for it.
    pub async fn send(&self, mail: &Outgoing<'_>) -> Result<(), Failure> {
        let message = self.build(mail).map_err(Failure::Refused)?;
        match &self.inner.transport {
            Transport::Smtp(smtp) => smtp.send(message.envelope(), &message.formatted()).await,
            Transport::Mailbox(folder) => {
                mailbox::write(folder, mail.message_id, &message.formatted())
                    .await
                    .map_err(|cause| {
                        Failure::Unreachable(format!("the mailbox {}: {cause}", folder.display()))
                    })
            }
        }
    }

    /// Connects to the mail server and signs in, without sending anything.
    pub async fn check(&self) -> Result<(), Failure> {
        match &self.inner.transport {
            Transport::Smtp(smtp) => smtp.check().await,
            Transport::Mailbox(_) => Ok(()),
        }
    }

    fn build(&self, mail: &Outgoing<'_>) -> Result<Message, String> {
        let to: Address = mail
            .to
            .parse()
            .map_err(|cause| format!("the recipient's address can't be used: {cause}"))?;
        let content = mail.content;
        let bodies = MultiPart::alternative_plain_html(content.text.clone(), content.html.clone());
        let mut message = Message::builder()
            .message_id(Some(mail.message_id.to_owned()))
            .date(mail.date.into())
            .from(self.inner.from.clone())
            .reply_to(self.inner.reply_to.clone())
            .to(Mailbox::new(None, to))
            .subject(&content.subject)
            .multipart(bodies)
            .map_err(|cause| cause.to_string())?;
        // RFC 3834, section 5: nobody's holiday notice answers.
        let mut headers = vec![("Auto-Submitted", "auto-generated".to_owned())];
        if let Some(link) = mail.stop_link {
            // RFC 8058: the mail client posts there when the reader clicks its own button.
            headers.push(("List-Unsubscribe", format!("<{link}>")));
            headers.push((
                "List-Unsubscribe-Post",
                "List-Unsubscribe=One-Click".to_owned(),
            ));
        }
        for (name, value) in headers {
            let name = HeaderName::new_from_ascii_str(name);
            message
                .headers_mut()
                .insert_raw(HeaderValue::new(name, value));
        }
        Ok(message)
    }
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    fn mailer(from: &str, reply_to: Option<&str>) -> Mailer {
        let mut config = Config::default();
        config.mail.from = from.to_owned();
        config.mail.reply_to = reply_to.map(ToOwned::to_owned);
        Mailer::new(&config).unwrap()
    }

    fn content() -> Content {
        Content {
            subject: "Survey: Grüße".to_owned(),
            text: "Hello Ada\n".to_owned(),
            html: "<p>Hello Ada</p>".to_owned(),
        }
    }

    #[test]
    fn the_headers_let_people_and_programs_answer_rightly() {
        let mailer = mailer("Jo Doe <jo@example.org>", Some("Al <al@example.org>"));
        let id = mailer.message_id(Uuid::nil());
        let stop = format!(
            "https://survey.example.org/s/{}/stop-reminders",
            "x".repeat(43)
        );
        let message = mailer
            .build(&Outgoing {
                to: "ada@example.org",
                message_id: &id,
                date: "2026-10-13T08:00:00Z".parse().unwrap(),
                stop_link: Some(&stop),
                content: &content(),
            })
            .unwrap();
        let bytes = message.formatted();
        let parsed = MessageParser::default().parse(&bytes).unwrap();
        let raw = |name: &str| {
            parsed
                .header_raw(name)
                .map(str::trim)
                .map(ToOwned::to_owned)
        };
        assert_eq!(raw("From").unwrap(), "\"Jo Doe\" <jo@example.org>");
        assert_eq!(raw("Reply-To").unwrap(), "Al <al@example.org>");
        assert_eq!(raw("To").unwrap(), "ada@example.org");
        assert_eq!(parsed.subject(), Some("Survey: Grüße"));
        assert_eq!(
            parsed.message_id(),
            Some("00000000-0000-0000-0000-000000000000@example.org")
        );
        assert_eq!(raw("Auto-Submitted").unwrap(), "auto-generated");
        assert_eq!(raw("List-Unsubscribe").unwrap(), format!("<{stop}>"));
        assert_eq!(
            raw("List-Unsubscribe-Post").unwrap(),
            "List-Unsubscribe=One-Click"
        );
        assert_eq!(raw("Date").unwrap(), "Tue, 13 Oct 2026 08:00:00 +0000");
        assert_eq!(parsed.body_text(0).unwrap().trim_end(), "Hello Ada");
        assert_eq!(parsed.body_html(0).unwrap().trim_end(), "<p>Hello Ada</p>");
    }

    #[test]
    fn without_a_way_to_stop_none_is_claimed() {
        let mailer = mailer("jo@example.org", None);
        let message = mailer
            .build(&Outgoing {
                to: "ada@example.org",
                message_id: "<1@example.org>",
                date: DateTime::UNIX_EPOCH,
                stop_link: None,
                content: &content(),
            })
            .unwrap();
        assert!(!String::from_utf8_lossy(&message.formatted()).contains("List-Unsubscribe"));
        assert_eq!(mailer.sender(), "jo@example.org");
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        let mailer = mailer("jo@example.org", None);
        let error = mailer.build(&Outgoing {
            to: "ada@example.org\r\nBcc: eve@example.org",
            message_id: "<1@example.org>",
            date: DateTime::UNIX_EPOCH,
            stop_link: None,
            content: &content(),
        });
        assert!(error.unwrap_err().starts_with("the recipient's address"));
    }
}
