//! Answering: what a personal link opens, the drafts that are kept on the way, and the response
//! that they become.

mod audience;
mod sealed;
mod surveys;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use tribometer_store::answer_writer::{Submission, Written};
use tribometer_store::comment::Comment;
use tribometer_store::draft::Draft;
use tribometer_store::link::{self, Opened};
use tribometer_store::program;
use tribometer_store::response::Response;
use tribometer_surveys::answer::{Answer, AnswerError, Answers, Reason};
use tribometer_surveys::pages::Page;
use tribometer_surveys::privacy::{Confidentiality, MinimumGroup};
use tribometer_surveys::schedule::program_day;
use tribometer_surveys::survey::{Item, PRIORITIES, Survey, comment_id, hours_id};
use tribometer_surveys::wave::WaveState;
use uuid::Uuid;

pub use audience::{Group, smallest_groups};
pub use surveys::Surveys;

use super::{Error, Result};
use crate::App;
use crate::secrets::{draft_key, token_hash};

/// What a personal link leads to.
pub enum Link {
    /// Questions to answer.
    Open(Box<Form>),
    /// The answers are in; results come when the wave closes.
    Used(Box<Facts>),
    /// The wave takes no more answers.
    Closed(Box<Facts>),
    /// The link belongs to a wave that a later one has followed.
    Expired(Box<Facts>),
    /// No invitation has this token.
    Unknown,
}

/// What the pages behind a link say about the wave.
#[derive(Clone, Debug)]
pub struct Facts {
    pub invitation: Uuid,
    pub wave: Uuid,
    /// `2026-Q4`.
    pub label: String,
    pub closes_at: DateTime<Utc>,
    /// The participant's, frozen at launch.
    pub timezone: Tz,
    pub minimum: MinimumGroup,
    pub confidentiality: Confidentiality,
    /// Whether reminders are still sent.
    pub reminders: bool,
    /// Whether the wave is closed.
    pub is_closed: bool,
    /// Whether everybody who was asked may read its results.
    pub is_released: bool,
    pub team_path: String,
    pub attributes: std::collections::BTreeMap<String, String>,
    program: Uuid,
    /// Null after the person was erased.
    person: Option<Uuid>,
}

/// An open form: the survey, what is answered so far, and where it belongs.
pub struct Form {
    pub facts: Facts,
    pub survey: Arc<Survey>,
    /// What the draft holds.
    pub answers: Answers,
    /// Whether there is a draft.
    pub is_begun: bool,
}

/// What came of answers that were sent.
#[derive(Debug)]
pub enum Sent {
    /// They are on disk.
    Kept,
    /// Some are not acceptable; nothing was stored.
    Rejected(Vec<AnswerError>),
    /// Not one question is answered; nothing was stored.
    Empty,
    /// The invitation was used before, or the wave has closed; [`open`] says which.
    TooLate,
}

/// Finds out what a token leads to; changes nothing.
pub async fn open(app: &App, token: &str) -> Result<Link> {
    let now = app.now();
    let Some(opened) = link::open(app.store.reader(), &token_hash(token)).await? else {
        return Ok(Link::Unknown);
    };
    let takes_answers = opened.wave_state == WaveState::Open && now < opened.closes_at;
    if takes_answers && !opened.is_used {
        let survey = app.surveys.get(&app.store, &opened.survey_version).await?;
        let draft = opened.draft.as_deref();
        let answers =
            draft.and_then(|draft| sealed::open(&draft_key(token), opened.invitation, draft));
        let is_begun = answers.is_some();
        let facts = facts(opened, takes_answers);
        return Ok(Link::Open(Box::new(Form {
            facts,
            survey,
            answers: answers.unwrap_or_default(),
            is_begun,
        })));
    }
    let is_used = opened.is_used;
    let is_outdated = !takes_answers && link::is_outdated(app.store.reader(), &opened).await?;
    let facts = Box::new(facts(opened, takes_answers));
    Ok(if is_outdated {
        Link::Expired(facts)
    } else if is_used {
        Link::Used(facts)
    } else {
        Link::Closed(facts)
    })
}

fn facts(opened: Opened, takes_answers: bool) -> Facts {
    Facts {
        invitation: opened.invitation,
        wave: opened.wave,
        label: opened.label,
        closes_at: opened.closes_at,
        timezone: opened.timezone,
        minimum: opened.minimum_group,
        confidentiality: opened.confidentiality,
        reminders: opened.reminders,
        is_closed: !takes_answers,
        is_released: opened.is_released,
        team_path: opened.team_path,
        attributes: opened.attributes,
        program: opened.program,
        person: opened.person,
    }
}

/// Reads the fields of one page of the form into the answers so far: what the page asks and was not
/// sent is no longer answered. Nothing changes if any field is not acceptable; then the problems
/// come back.
pub fn read_page<'a>(
    form: &Form,
    page: &Page,
    fields: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> std::result::Result<Answers, Vec<AnswerError>> {
    let survey = &*form.survey;
    let asked = |id: &str| match page {
        Page::Questions(_) => page.items().any(|item| item.id == id),
        Page::Picks => !survey.items().any(|item| item.id == id),
    };
    let mut answers: Answers = form
        .answers
        .iter()
        .filter(|(id, _)| !asked(id))
        .map(|(id, answer)| (id.to_owned(), answer.clone()))
        .collect();
    let mut sent: Vec<(&str, &str)> = fields.into_iter().collect();
    forget_unpicked(&mut sent);
    let foreign = sent.iter().filter(|(id, _)| !asked(id));
    let foreign: Vec<AnswerError> = foreign
        .map(|(id, _)| AnswerError::new(*id, Reason::UnknownItem))
        .collect();
    if !foreign.is_empty() {
        return Err(foreign);
    }
    let (page_answers, problems) = Answers::read(survey, sent);
    if !problems.is_empty() {
        return Err(problems);
    }
    answers.extend(page_answers);
    Ok(answers)
}

/// Hours and comments of pillars that are not picked (any more) are left over from a changed mind.
fn forget_unpicked(fields: &mut Vec<(&str, &str)>) {
    let picked: Vec<String> = fields
        .iter()
        .filter(|(id, _)| *id == PRIORITIES)
        .map(|(_, pillar)| (*pillar).to_owned())
        .collect();
    let is_left_over = |id: &str| {
        id.split_once(':').is_some_and(|(_, pillar)| {
            (id == hours_id(pillar) || id == comment_id(pillar))
                && !picked.iter().any(|picked| picked == pillar)
        })
    };
    fields.retain(|(id, _)| !is_left_over(id));
}

/// Keeps the answers as the draft of an invitation, sealed under its token.
pub async fn save(app: &App, token: &str, form: &Form, answers: &Answers) -> Result<Sent> {
    let draft = Draft {
        invitation: form.facts.invitation,
        sealed: sealed::seal(&draft_key(token), form.facts.invitation, answers)?,
        day: app.now().date_naive(),
    };
    Ok(match app.answers.save(form.facts.wave, draft).await? {
        Written::Done => Sent::Kept,
        Written::Used | Written::Closed => Sent::TooLate,
    })
}

/// Turns the answers into a response: the invitation is marked used, the response and the comments
/// are stored under random ids, the draft is deleted, all in one transaction.
pub async fn submit(app: &App, form: &Form, answers: Answers) -> Result<Sent> {
    if let Err(problems) = answers.validate(&form.survey) {
        return Ok(Sent::Rejected(problems));
    }
    if answers.is_empty() {
        return Ok(Sent::Empty);
    }
    let facts = &form.facts;
    let program = program::find(app.store.reader(), facts.program).await?;
    let program = program
        .ok_or_else(|| Error::Internal(format!("the program of wave {} is gone", facts.wave)))?;
    let day = program_day(app.now(), program.settings.timezone);
    let pseudonym = match (facts.confidentiality, facts.person) {
        (Confidentiality::Confidential, Some(person)) => {
            Some(app.secrets.pseudonym(person).to_vec())
        }
        _ => None,
    };
    let (texts, answers): (Vec<_>, Vec<_>) = answers
        .iter()
        .map(|(id, answer)| (id.to_owned(), answer.clone()))
        .partition(|(_, answer)| matches!(answer, Answer::Text(_)));
    let comments = texts.into_iter().filter_map(|(item, answer)| match answer {
        Answer::Text(text) => Some(Comment {
            id: Uuid::new_v4(),
            wave: facts.wave,
            item,
            team_path: facts.team_path.clone(),
            text,
            day,
        }),
        _ => None,
    });
    let response = Response {
        id: Uuid::new_v4(),
        wave: facts.wave,
        pseudonym,
        team_path: facts.team_path.clone(),
        attributes: facts.attributes.clone(),
        answers: answers.into_iter().collect(),
        day,
    };
    let submission = Submission {
        invitation: facts.invitation,
        response,
        comments: comments.collect(),
    };
    Ok(match app.answers.submit(submission).await? {
        Written::Done => Sent::Kept,
        Written::Used | Written::Closed => Sent::TooLate,
    })
}

/// Sends an invitation no more reminders. Doing it again changes nothing.
pub async fn stop_reminders(app: &App, facts: &Facts) -> Result<()> {
    let transaction = app.store.begin().await?;
    link::stop_reminders(&transaction, facts.invitation).await?;
    transaction.commit().await?;
    Ok(())
}

/// The first page with an unanswered question, counted from 1; the last one if everything is
/// answered.
pub fn first_open_page(survey: &Survey, answers: &Answers) -> usize {
    let pages = survey.pages();
    let is_open = |page: &Page| match page {
        Page::Questions(_) => page
            .items()
            .any(|item: &Item| answers.get(&item.id).is_none()),
        Page::Picks => true,
    };
    pages
        .iter()
        .position(is_open)
        .map_or(pages.len(), |at| at + 1)
}

#[cfg(test)]
mod tests {
    use tribometer_surveys::builtin;

    use super::*;

    fn form(answers: Answers) -> Form {
        Form {
            facts: Facts {
                invitation: Uuid::nil(),
                wave: Uuid::nil(),
                label: "2026-Q4".into(),
                closes_at: DateTime::UNIX_EPOCH,
                timezone: Tz::UTC,
                minimum: MinimumGroup::DEFAULT,
                confidentiality: Confidentiality::Confidential,
                reminders: true,
                is_closed: false,
                is_released: false,
                team_path: "Engineering".into(),
                attributes: Default::default(),
                program: Uuid::nil(),
                person: None,
            },
            survey: Arc::new(builtin::devex_25().clone()),
            answers,
            is_begun: true,
        }
    }

    fn of(pairs: &[(&str, Answer)]) -> Answers {
        pairs
            .iter()
            .map(|(id, answer)| ((*id).to_owned(), answer.clone()))
            .collect()
    }

    #[test]
    fn a_page_replaces_its_own_answers_and_no_others() {
        let form = form(of(&[
            ("local-environment", Answer::Rating(1)),
            ("test-feedback", Answer::Rating(2)),
            ("autonomy", Answer::Rating(5)),
        ]));
        let pages = form.survey.pages();
        let answers = read_page(
            &form,
            &pages[0],
            [("test-feedback", "4"), ("code-review", "na")],
        )
        .unwrap();
        assert_eq!(
            answers,
            of(&[
                ("test-feedback", Answer::Rating(4)),
                ("code-review", Answer::DoesNotApply),
                ("autonomy", Answer::Rating(5)),
            ])
        );
    }

    #[test]
    fn an_item_of_another_page_and_a_rating_out_of_range_are_refused() {
        let form = form(Answers::default());
        let pages = form.survey.pages();
        let problem = |fields: &[(&str, &str)]| {
            let problems = read_page(&form, &pages[0], fields.iter().copied()).unwrap_err();
            problems
                .iter()
                .map(|problem| problem.item.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(problem(&[("autonomy", "4")]), ["autonomy"]);
        assert_eq!(problem(&[("no-such-item", "4")]), ["no-such-item"]);
        assert_eq!(
            problem(&[("test-feedback", "6"), ("code-review", "3")]),
            ["test-feedback"]
        );
    }

    #[test]
    fn hours_of_a_pillar_that_is_no_longer_picked_are_forgotten() {
        let form = form(of(&[("hours:documentation", Answer::Hours(3.0))]));
        let pages = form.survey.pages();
        let picks = pages.last().unwrap();
        let sent = [
            ("priorities", "test-feedback"),
            ("hours:test-feedback", "2,5"),
            ("hours:documentation", "3"),
        ];
        let answers = read_page(&form, picks, sent).unwrap();
        assert_eq!(
            answers,
            of(&[
                (
                    "priorities",
                    Answer::Priorities(vec!["test-feedback".into()])
                ),
                ("hours:test-feedback", Answer::Hours(2.5)),
            ])
        );
    }

    #[test]
    fn a_form_opens_where_it_was_left() {
        let survey = builtin::devex_25();
        let pages = survey.pages();
        let mut answers = Answers::default();
        assert_eq!(first_open_page(survey, &answers), 1);
        for page in &pages[..2] {
            page.items()
                .for_each(|item| answers.insert(item.id.clone(), Answer::Rating(3)));
        }
        assert_eq!(first_open_page(survey, &answers), 3);
    }
}
