//! The words of each mail. Text and HTML say the same.
//!
//! Each kind of mail is a plain value with a `sample()`, so that every template is rendered by a
//! test.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use tribometer_surveys::reminder::ReminderDay;
use tribometer_surveys::survey::Survey;

/// A rendered mail without its headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The subject, one line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// A mail that can be rendered.
pub trait Render {
    /// The subject and both bodies.
    fn render(&self) -> Result<Content, askama::Error>;
}

/// What an invitation and its reminders say alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The reader's name, if it is known.
    pub name: Option<String>,
    /// What the program is called.
    pub program: String,
    pub organization: String,
    /// The name of the person who writes.
    pub sender: String,
    /// The survey's own introduction.
    pub introduction: String,
    pub minutes: u32,
    /// When the wave closes, as the reader's clock shows it.
    pub deadline: String,
    /// The day of the deadline, for the subject.
    pub last_day: String,
    /// The first question of the form, if it is a rating.
    pub question: Option<Question>,
    /// The personal link.
    pub link: String,
    /// Where reminders are stopped.
    pub stop_link: String,
    /// Who sees what, in one line.
    pub promise: String,
}

/// A rating with a link for each answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub text: String,
    pub answers: Vec<AnswerLink>,
}

/// An answer and the link that opens the form with it chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerLink {
    pub label: String,
    pub link: String,
}

impl Question {
    /// The survey's first question with links below a personal one; `None` if no rating comes
    /// first.
    pub fn first(survey: &Survey, link: &str) -> Option<Self> {
        let item = survey.items().next().filter(|item| item.kind.is_rating())?;
        let answers = (1..).zip(&survey.scale.labels);
        Some(Question {
            text: item.text.clone(),
            answers: answers
                .map(|(answer, label)| AnswerLink {
                    label: label.clone(),
                    link: format!("{link}?item={}&answer={answer}", item.id),
                })
                .collect(),
        })
    }
}

/// An instant as a reader's clock shows it: `Tuesday, 27 October 2026, 10:00 (Europe/Berlin)`.
pub fn deadline(instant: DateTime<Utc>, zone: Tz) -> String {
    let local = instant.with_timezone(&zone);
    format!("{} ({zone})", local.format("%A, %-d %B %Y, %H:%M"))
}

/// The day of an instant on a reader's calendar: `27 October`.
pub fn day(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.with_timezone(&zone).format("%-d %B").to_string()
}

#[derive(Template)]
#[template(path = "mail/invitation.txt")]
struct InvitationText<'a> {
    mail: &'a Invitation,
}

#[derive(Template)]
#[template(path = "mail/invitation.html")]
struct InvitationHtml<'a> {
    mail: &'a Invitation,
}

impl Render for Invitation {
    fn render(&self) -> Result<Content, askama::Error> {
        Ok(Content {
            subject: one_line(&format!(
                "{}: {} minutes, until {}",
                self.program, self.minutes, self.last_day
            )),
            text: InvitationText { mail: self }.render()?,
            html: InvitationHtml { mail: self }.render()?,
        })
    }
}

/// A reminder; the first, the last and those in between differ a little.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    pub invitation: Invitation,
    pub tone: Tone,
}

/// Which of a wave's reminders this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    First,
    Again,
    Last,
}

impl Tone {
    /// The tone of one of a program's reminders.
    pub fn of(day: ReminderDay, all: &[ReminderDay]) -> Self {
        if day == ReminderDay::Last {
            Tone::Last
        } else if all.iter().all(|other| day <= *other) {
            Tone::First
        } else {
            Tone::Again
        }
    }
}

#[derive(Template)]
#[template(path = "mail/reminder.txt")]
struct ReminderText<'a> {
    mail: &'a Invitation,
    opening: &'a str,
}

#[derive(Template)]
#[template(path = "mail/reminder.html")]
struct ReminderHtml<'a> {
    mail: &'a Invitation,
    opening: &'a str,
}

impl Render for Reminder {
    fn render(&self) -> Result<Content, askama::Error> {
        let Invitation {
            program, last_day, ..
        } = &self.invitation;
        let (subject, opening) = match self.tone {
            Tone::First => (
                format!("Reminder: {program}, until {last_day}"),
                "Your answers are not in yet. They help decide what gets fixed first.",
            ),
            Tone::Again => (
                format!("Still open: {program}, until {last_day}"),
                "The survey is still open, and your view is missing. If a draft is waiting, the \
                 link below opens it where you left it.",
            ),
            Tone::Last => (
                format!("Closing soon: {program}, until {last_day}"),
                "The survey closes soon. After that nothing can be added, so this is the last mail \
                 about it.",
            ),
        };
        let mail = &self.invitation;
        Ok(Content {
            subject: one_line(&subject),
            text: ReminderText { mail, opening }.render()?,
            html: ReminderHtml { mail, opening }.render()?,
        })
    }
}

/// The link by which a lead signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    pub organization: String,
    pub link: String,
    /// How long the link works.
    pub minutes: i64,
}

#[derive(Template)]
#[template(path = "mail/sign_in.txt")]
struct SignInText<'a> {
    mail: &'a SignIn,
}

#[derive(Template)]
#[template(path = "mail/sign_in.html")]
struct SignInHtml<'a> {
    mail: &'a SignIn,
}

impl Render for SignIn {
    fn render(&self) -> Result<Content, askama::Error> {
        Ok(Content {
            subject: "Your sign-in link".to_owned(),
            text: SignInText { mail: self }.render()?,
            html: SignInHtml { mail: self }.render()?,
        })
    }
}

/// A mail that shows that mail works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    pub organization: String,
    pub sender: String,
    /// What links in mails begin with.
    pub link: String,
}

#[derive(Template)]
#[template(path = "mail/test.txt")]
struct TestText<'a> {
    mail: &'a Test,
}

#[derive(Template)]
#[template(path = "mail/test.html")]
struct TestHtml<'a> {
    mail: &'a Test,
}

impl Render for Test {
    fn render(&self) -> Result<Content, askama::Error> {
        Ok(Content {
            subject: "Test mail from Tribometer".to_owned(),
            text: TestText { mail: self }.render()?,
            html: TestHtml { mail: self }.render()?,
        })
    }
}

/// A subject has no line breaks, whatever the name of a program has.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Berlin;
    use tribometer_surveys::builtin::devex_25;
    use tribometer_surveys::privacy::{MinimumGroup, promise_in_short};

    use super::*;

    fn sample() -> Invitation {
        let survey = devex_25();
        let link = "https://survey.example.org/s/Zm9yLWRvY3M".to_owned();
        let closes_at = "2026-10-27T09:00:00Z".parse().unwrap();
        Invitation {
            name: Some("Ada Lovelace".to_owned()),
            program: "Engineering survey".to_owned(),
            organization: "Example & Sons".to_owned(),
            sender: "Jo Doe".to_owned(),
            introduction: survey.introduction.clone(),
            minutes: survey.minutes,
            deadline: deadline(closes_at, Berlin),
            last_day: day(closes_at, Berlin),
            question: Question::first(survey, &link),
            stop_link: format!("{link}/stop-reminders"),
            link,
            promise: promise_in_short(MinimumGroup::DEFAULT),
        }
    }

    fn reminder(tone: Tone) -> Reminder {
        Reminder {
            invitation: sample(),
            tone,
        }
    }

    fn show(mail: &impl Render) -> String {
        let Content {
            subject,
            text,
            html,
        } = mail.render().unwrap();
        format!("Subject: {subject}\n\n{text}\n=====\n{html}")
    }

    #[test]
    fn every_mail_reads_as_it_should() {
        insta::assert_snapshot!("invitation", show(&sample()));
        for tone in [Tone::First, Tone::Again, Tone::Last] {
            insta::assert_snapshot!(format!("reminder_{tone:?}"), show(&reminder(tone)));
        }
        let sign_in = SignIn {
            organization: "Example & Sons".to_owned(),
            link: "https://survey.example.org/sign-in/Zm9yLWRvY3M".to_owned(),
            minutes: 15,
        };
        insta::assert_snapshot!("sign_in", show(&sign_in));
        let test = Test {
            organization: "Example & Sons".to_owned(),
            sender: "Jo Doe".to_owned(),
            link: "https://survey.example.org".to_owned(),
        };
        insta::assert_snapshot!("test", show(&test));
    }

    #[test]
    fn text_and_html_say_the_same() {
        let mails: [Content; 4] = [
            sample().render().unwrap(),
            reminder(Tone::First).render().unwrap(),
            reminder(Tone::Again).render().unwrap(),
            reminder(Tone::Last).render().unwrap(),
        ];
        for Content { text, html, .. } in mails {
            let shown = words_of_html(&html);
            for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                if line.starts_with("https://") {
                    let link = line.replace('&', "&#38;");
                    assert!(html.contains(&format!("href=\"{link}\"")), "{line}");
                    continue;
                }
                // The text's own way of laying out what the HTML shows as buttons.
                let layout = ["--", "The first question:", "A link opens", "No more"];
                if layout.iter().any(|part| line.starts_with(part)) || line.starts_with("You got") {
                    continue;
                }
                assert!(
                    shown.contains(&words(line)),
                    "{line:?} is missing in {shown}"
                );
            }
        }
    }

    fn words(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn words_of_html(html: &str) -> String {
        let document = scraper::Html::parse_document(html);
        words(
            &document
                .root_element()
                .text()
                .collect::<String>()
                .replace('\u{a0}', " "),
        )
    }

    #[test]
    fn a_name_cannot_break_out_of_the_page_or_the_subject() {
        let mut mail = sample();
        mail.name = Some("<script>alert(1)</script>".to_owned());
        mail.program = "Survey\r\nBcc: eve@example.org".to_owned();
        let content = mail.render().unwrap();
        assert!(!content.html.contains("<script>"));
        assert!(!content.subject.contains(['\r', '\n']));
    }

    #[test]
    fn the_tone_follows_the_place_among_the_reminders() {
        let tones = ReminderDay::USUAL.map(|day| Tone::of(day, &ReminderDay::USUAL));
        assert_eq!(tones, [Tone::First, Tone::Again, Tone::Last]);
        assert_eq!(
            Tone::of(ReminderDay::Last, &[ReminderDay::Last]),
            Tone::Last
        );
    }
}
