//! `/s/{token}`: the survey behind a personal link. Only `POST` changes anything, for mail scanners
//! open links.

mod form;
mod messages;
mod results;

use axum::{
    Form as FormBody,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use tribometer_surveys::{
    answer::{Answer, Answers},
    pages::Page as SurveyPage,
    survey::{PRIORITIES, comment_id, hours_id},
};

use self::form::{FormPage, Rejected, Source};
use self::results::{ResultsPage, ThanksPage};
use crate::{
    App,
    service::{
        self,
        answering::{self, Form, Link, Sent},
    },
    web::{Error, Result, page::Page},
};

/// Where in the form somebody is. `item` and `answer` come from the answers that stand in the mail.
#[derive(Deserialize)]
pub struct PageQuery {
    page: Option<usize>,
    item: Option<String>,
    answer: Option<String>,
}

/// `GET /s/{token}`: the page of the form that is asked for, or the first one with something left
/// to answer.
pub async fn show(
    State(app): State<App>,
    Path(token): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let form = find(&app, &token).await?;
    let mut answers = form.answers.clone();
    let preselected = query
        .item
        .as_deref()
        .and_then(|item| preselect(&form, &mut answers, item, query.answer.as_deref()));
    let page = query
        .page
        .or(preselected)
        .unwrap_or_else(|| answering::first_open_page(&form.survey, &form.answers));
    Ok(Page::ok(form_page(
        &token,
        &form,
        &answers,
        page,
        &Rejected::default(),
    ))
    .into_response())
}

/// Chooses the answer that was clicked in the mail, without saving it; the number of the page where
/// it stands.
fn preselect(
    form: &Form,
    answers: &mut Answers,
    item: &str,
    answer: Option<&str>,
) -> Option<usize> {
    let question = form.survey.item(item)?;
    if let Ok(Some(answer)) = Answer::read(&form.survey, &question, answer.unwrap_or_default()) {
        answers.insert(item, answer);
    }
    let is_here = |page: &SurveyPage| page.items().any(|here| here.id == item);
    form.survey
        .pages()
        .iter()
        .position(is_here)
        .map(|at| at + 1)
}

/// What a page of the form sends beside its answers.
struct PagePost<'a> {
    page: usize,
    go: &'a str,
    fields: Vec<(&'a str, &'a str)>,
}

impl<'a> PagePost<'a> {
    fn read(sent: &'a [(String, String)]) -> Self {
        let value = |wanted: &str| {
            sent.iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.as_str())
        };
        PagePost {
            page: value("page")
                .and_then(|page| page.parse().ok())
                .unwrap_or(1),
            go: value("go").unwrap_or("next"),
            fields: sent
                .iter()
                .filter(|(name, _)| name != "page" && name != "go")
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
        }
    }
}

/// `POST /s/{token}`: keeps the page's answers and turns the page (`go` is `next`, `back` or
/// `save`), or sends everything (`submit`). Always answers with a redirect, or with the page and
/// what is wrong on it.
pub async fn send(
    State(app): State<App>,
    Path(token): Path<String>,
    FormBody(sent): FormBody<Vec<(String, String)>>,
) -> Result<Response> {
    let form = find(&app, &token).await?;
    let post = PagePost::read(&sent);
    let pages = form.survey.pages();
    let Some(page) = post.page.checked_sub(1).and_then(|at| pages.get(at)) else {
        return Err(Error::Invalid(
            "The survey has no such page. Open the link in your mail again.".to_owned(),
        ));
    };
    let here = format!("/s/{token}?page={}", post.page);
    let answers = match answering::read_page(&form, page, post.fields.iter().copied()) {
        Ok(answers) => answers,
        Err(errors) => return Ok(rejected(&token, &form, &post, errors, None)),
    };
    let outcome = match post.go {
        "submit" if lacks_follow_ups(&form, page, &post, &answers) => {
            // Without JavaScript the questions about the picks appear with the next page; nobody
            // sends without having seen them.
            answering::save(&app, &token, &form, &answers).await?;
            return Ok(Redirect::to(&format!("{here}#more")).into_response());
        }
        "submit" => answering::submit(&app, &form, answers).await?,
        _ => answering::save(&app, &token, &form, &answers).await?,
    };
    let to = match (post.go, outcome) {
        (_, Sent::Rejected(errors)) => return Ok(rejected(&token, &form, &post, errors, None)),
        (_, Sent::Empty) => {
            let notice = Some("Nothing is answered yet. Go back and answer at least one question.");
            return Ok(rejected(&token, &form, &post, Vec::new(), notice));
        }
        (_, Sent::TooLate) => return too_late(&app, &token).await,
        ("submit", Sent::Kept) => format!("/s/{token}/thanks"),
        ("back", Sent::Kept) => format!("/s/{token}?page={}", post.page.saturating_sub(1).max(1)),
        ("next", Sent::Kept) => format!("/s/{token}?page={}", (post.page + 1).min(pages.len())),
        (_, Sent::Kept) => here,
    };
    Ok(Redirect::to(&to).into_response())
}

/// Whether a pillar is picked that the sent page did not ask more about, although the survey does.
fn lacks_follow_ups(form: &Form, page: &SurveyPage, post: &PagePost, answers: &Answers) -> bool {
    let was_asked = |id: &str| post.fields.iter().any(|(name, _)| *name == id);
    let lacks = |pillar: &str| {
        let ids = [hours_id(pillar), comment_id(pillar)];
        let is_asked_for = ids.iter().any(|id| form.survey.item(id).is_some());
        is_asked_for && !ids.iter().any(|id| was_asked(id))
    };
    *page == SurveyPage::Picks
        && was_asked(PRIORITIES)
        && answers.priorities().iter().any(|pillar| lacks(pillar))
}

/// The page again, with what is wrong beside each answer and everything that was sent.
fn rejected(
    token: &str,
    form: &Form,
    post: &PagePost,
    errors: Vec<tribometer_surveys::answer::AnswerError>,
    notice: Option<&'static str>,
) -> Response {
    let fields = post
        .fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let rejected = Rejected {
        errors,
        fields,
        notice,
    };
    Page::rejected(form_page(token, form, &form.answers, post.page, &rejected)).into_response()
}

/// Somebody, probably the same person, was faster; or the wave closed between the questions and the
/// answers.
async fn too_late(app: &App, token: &str) -> Result<Response> {
    match answering::open(app, token).await? {
        Link::Open(_) => Err(Error::Conflict(
            "Your answers crossed with others. Open the link in your mail again.".to_owned(),
        )),
        link => Ok(messages::of_link(&link, token).into_response()),
    }
}

fn form_page(
    token: &str,
    form: &Form,
    answers: &Answers,
    page: usize,
    rejected: &Rejected,
) -> FormPage {
    FormPage::new(&Source {
        survey: &form.survey,
        answers,
        wave: &messages::wave_name(&form.facts.label),
        minimum: form.facts.minimum,
        token,
        keep: form.facts.invitation.simple().to_string(),
        page,
        saved: form.is_begun && rejected.errors.is_empty(),
        rejected,
    })
}

/// The form behind a token, or the page that says why there is none.
async fn find(app: &App, token: &str) -> Result<Box<Form>> {
    match answering::open(app, token).await? {
        Link::Open(form) => Ok(form),
        link => Err(Error::Instead(Box::new(
            messages::of_link(&link, token).into_response(),
        ))),
    }
}

/// `GET /s/{token}/thanks`: after sending. Shows the form to whoever has not sent yet.
pub async fn thanks(State(app): State<App>, Path(token): Path<String>) -> Result<Response> {
    Ok(match answering::open(&app, &token).await? {
        Link::Used(facts) => {
            let last_time = service::results::last_time(&app, &facts).await?;
            Page::ok(ThanksPage::new(&facts, &token, last_time)).into_response()
        }
        Link::Open(_) => Redirect::to(&format!("/s/{token}")).into_response(),
        link => messages::of_link(&link, &token).into_response(),
    })
}

/// `GET /s/{token}/results`: what everybody who was asked may read of the link's wave, whatever
/// became of the link.
pub async fn results(State(app): State<App>, Path(token): Path<String>) -> Result<Response> {
    let (facts, is_to_answer) = match answering::open(&app, &token).await? {
        Link::Open(form) => (form.facts, true),
        Link::Used(facts) | Link::Closed(facts) | Link::Expired(facts) => (*facts, false),
        Link::Unknown => return Ok(messages::of_link(&Link::Unknown, &token).into_response()),
    };
    Ok(match service::results::of_link(&app, &facts).await? {
        Some(results) => Page::ok(ResultsPage::new(&facts, results)).into_response(),
        None => results::not_yet(&facts, &token, is_to_answer).into_response(),
    })
}

/// `GET /s/{token}/who-sees-what`: the smallest groups that this person's answers can appear in, by
/// name.
pub async fn who_sees_what(
    State(app): State<App>,
    Path(token): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Response> {
    let form = find(&app, &token).await?;
    let groups = answering::smallest_groups(&app, &form.facts).await?;
    let back = format!("/s/{token}?page={}", query.page.unwrap_or(1));
    Ok(Page::ok(messages::WhoSeesWhat::new(&form, groups, back)).into_response())
}

/// `GET /s/{token}/stop-reminders`: asks for confirmation, for a mail scanner may be the one who
/// opens this.
pub async fn ask_to_stop_reminders(
    State(app): State<App>,
    Path(token): Path<String>,
) -> Result<Response> {
    Ok(match answering::open(&app, &token).await? {
        Link::Open(form) => {
            Page::ok(messages::ask_to_stop_reminders(&form.facts, &token)).into_response()
        }
        Link::Unknown => messages::of_link(&Link::Unknown, &token).into_response(),
        Link::Used(_) | Link::Closed(_) | Link::Expired(_) => {
            Page::ok(messages::no_reminders_left()).into_response()
        }
    })
}

/// `POST /s/{token}/stop-reminders`: from the page, or from a mail program in one click (RFC 8058).
pub async fn stop_reminders(State(app): State<App>, Path(token): Path<String>) -> Result<Response> {
    Ok(match answering::open(&app, &token).await? {
        Link::Open(form) => {
            answering::stop_reminders(&app, &form.facts).await?;
            Page::ok(messages::reminders_stopped(&token)).into_response()
        }
        Link::Unknown => messages::of_link(&Link::Unknown, &token).into_response(),
        Link::Used(_) | Link::Closed(_) | Link::Expired(_) => {
            Page::ok(messages::no_reminders_left()).into_response()
        }
    })
}
