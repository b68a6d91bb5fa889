//! The survey's pages without questions: closed, used, unknown, expired, reminders, and who sees
//! what.

use askama::Template;
use axum::http::StatusCode;
use tribometer_surveys::privacy::{Confidentiality, promise};

use super::form::COMMENT_WARNING;
use crate::{
    mail::templates::deadline,
    service::answering::{Facts, Form, Group, Link},
    web::page::Page,
};

/// A page with a few sentences.
#[derive(Template)]
#[template(path = "survey/message.html")]
pub struct Message {
    heading: String,
    paragraphs: Vec<String>,
    button: Option<Button>,
    link: Option<Target>,
}

struct Button {
    action: String,
    label: &'static str,
}

struct Target {
    target: String,
    label: &'static str,
}

impl Message {
    /// With a link to the results, once they are released.
    fn with_results(mut self, facts: &Facts, token: &str) -> Self {
        if facts.is_released {
            self.link = Some(Target {
                target: format!("/s/{token}/results"),
                label: "See the results",
            });
        }
        self
    }
}

fn message(heading: impl Into<String>, paragraphs: impl IntoIterator<Item = String>) -> Message {
    Message {
        heading: heading.into(),
        paragraphs: paragraphs.into_iter().collect(),
        button: None,
        link: None,
    }
}

/// What a link that opens no form says instead.
///
/// 404 for what never was; 410 for what was and will not come back: a second submit is answered
/// like a second visit, for there is no conflict that the sender could resolve.
pub fn of_link(link: &Link, token: &str) -> Page<Message> {
    match link {
        Link::Open(_) | Link::Unknown => Page(
            StatusCode::NOT_FOUND,
            message(
                "This link does not work",
                [
                    "It may be incomplete: some mail programs break long links over two lines."
                        .to_owned(),
                    "Open it from the mail again, or copy all of it. If that does not help, \
                     answer the mail; a person reads it."
                        .to_owned(),
                ],
            ),
        ),
        Link::Used(facts) => Page(
            StatusCode::GONE,
            message(
                "You have answered already",
                [
                    "Your answers are in. Each link works once, so that nobody can change them, \
                     not even with your mail."
                        .to_owned(),
                    about_results(facts),
                ],
            )
            .with_results(facts, token),
        ),
        Link::Closed(facts) => Page(
            StatusCode::GONE,
            message(
                "This survey is closed",
                [
                    format!(
                        "{} ended on {}. Answers that were not sent by then have been deleted.",
                        wave_name(&facts.label),
                        closing(facts)
                    ),
                    "You will be asked again in the next one.".to_owned(),
                ],
            )
            .with_results(facts, token),
        ),
        Link::Expired(facts) => Page(
            StatusCode::GONE,
            message(
                "This link is from an earlier survey",
                [
                    format!(
                        "It belongs to {}, and a newer one has begun since.",
                        wave_name(&facts.label)
                    ),
                    "Look for a newer mail. If there is none, answer this one; a person reads it."
                        .to_owned(),
                ],
            )
            .with_results(facts, token),
        ),
    }
}

/// When results come, and where.
pub fn about_results(facts: &Facts) -> String {
    if facts.is_released {
        "The results are open to everybody who was asked.".to_owned()
    } else if facts.is_closed {
        format!(
            "The survey closed on {}. Your link opens the results as soon as they are released to \
             everybody; until then, ask your lead.",
            closing(facts)
        )
    } else {
        format!(
            "Results come after the survey closes, on {}. Your link opens them as soon as they are \
             released.",
            closing(facts)
        )
    }
}

/// At the address of results that are not released.
pub fn results_to_come(facts: &Facts, token: &str, is_to_answer: bool) -> Message {
    let mut page = message("No results yet", [about_results(facts)]);
    if is_to_answer {
        page.link = Some(Target {
            target: format!("/s/{token}"),
            label: "Answer the survey",
        });
    }
    page
}

/// Before reminders are stopped.
pub fn ask_to_stop_reminders(facts: &Facts, token: &str) -> Message {
    let mut page = message(
        "Stop the reminders?",
        [if facts.reminders {
            format!(
                "You get no more mail about {}. Your link goes on working until {}.",
                wave_name(&facts.label),
                closing(facts)
            )
        } else {
            "They are stopped already.".to_owned()
        }],
    );
    if facts.reminders {
        page.button = Some(Button {
            action: format!("/s/{token}/stop-reminders"),
            label: "Stop the reminders",
        });
    }
    page.link = Some(Target {
        target: format!("/s/{token}"),
        label: "Answer the survey instead",
    });
    page
}

/// After reminders were stopped.
pub fn reminders_stopped(token: &str) -> Message {
    let mut page = message(
        "Reminders are stopped",
        ["You get no more mail about this survey.".to_owned()],
    );
    page.link = Some(Target {
        target: format!("/s/{token}"),
        label: "Answer the survey",
    });
    page
}

/// There is nothing to stop.
pub fn no_reminders_left() -> Message {
    message(
        "No more reminders",
        ["This survey sends you no more mail.".to_owned()],
    )
}

/// The page that names the smallest groups.
#[derive(Template)]
#[template(path = "survey/who_sees_what.html")]
pub struct WhoSeesWhat {
    title: String,
    promise: String,
    minimum: u32,
    groups: Vec<NamedGroup>,
    comments: &'static str,
    kept: &'static str,
    back: String,
}

struct NamedGroup {
    team: String,
    cut: Option<String>,
    invited: usize,
}

impl WhoSeesWhat {
    pub fn new(form: &Form, groups: Vec<Group>, back: String) -> Self {
        let named = groups.into_iter().map(|group| NamedGroup {
            team: group.team.to_string(),
            cut: group.cut.map(|(name, value)| format!("{name}: {value}")),
            invited: group.invited,
        });
        WhoSeesWhat {
            title: form.survey.title.clone(),
            promise: promise(form.facts.minimum),
            minimum: form.facts.minimum.get(),
            groups: named.collect(),
            comments: COMMENT_WARNING,
            kept: match form.facts.confidentiality {
                Confidentiality::Confidential => {
                    "With your answers go your team, the attributes above, the day, and a code \
                     that connects them with your answers of other waves. The key to the code is \
                     kept outside the database."
                }
                Confidentiality::Anonymous => {
                    "With your answers go your team, the attributes above and the day. Nothing \
                     else."
                }
            },
            back,
        }
    }
}

/// `2026-Q4` as people read it: `2026 Q4`. A label that is a date stays one.
pub fn wave_name(label: &str) -> String {
    label.replace("-Q", " Q")
}

/// When the wave closes, in the words of the mail: as this participant's clock shows it.
fn closing(facts: &Facts) -> String {
    deadline(facts.closes_at, facts.timezone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_is_called_by_its_quarter_or_its_date() {
        assert_eq!(wave_name("2026-Q4"), "2026 Q4");
        assert_eq!(wave_name("2026-10-05"), "2026-10-05");
    }
}
