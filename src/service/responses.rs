//! Past waves: responses that were collected before, or elsewhere, brought in as a closed wave.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::json;
use tribometer_analytics::answers::AnswerRow;
use tribometer_statistics::ratings::{DOES_NOT_APPLY, NOT_ANSWERED};
use tribometer_store::comment::{self, Comment};
use tribometer_store::participant::{self, Participant};
use tribometer_store::person::StoredPerson;
use tribometer_store::program::Program;
use tribometer_store::response::{self, Response};
use tribometer_store::survey_version;
use tribometer_store::wave::{self, Wave};
use tribometer_surveys::answer::{Answer, AnswerError, Answers, Reason};
use tribometer_surveys::privacy::Confidentiality;
use tribometer_surveys::program::Program as Settings;
use tribometer_surveys::schedule::program_day;
use tribometer_surveys::survey::{COMMENT, PRIORITIES, Survey, comment_id, hours_id};
use tribometer_surveys::team::TeamPath;
use tribometer_surveys::wave::WaveState;
use uuid::Uuid;

use super::audit::{self, Action};
use super::progress::Progress;
use super::{Error, Result, directory, waves};
use crate::App;

/// Responses that one call to the store writes.
const AT_ONCE: usize = 5_000;

/// A wave that is over.
#[derive(Clone, Debug)]
pub struct PastWave<'a> {
    pub program: &'a Program,
    /// `2026-Q3`.
    pub label: String,
    /// What was asked.
    pub survey: &'a Survey,
    pub opened_at: DateTime<Utc>,
    pub closed_at: DateTime<Utc>,
}

/// What one participant answered.
#[derive(Clone, Debug)]
pub struct PastResponse {
    /// Any text that is the participant's alone; where it is an id or an address of the directory,
    /// waves can be linked.
    pub respondent: String,
    pub team: Option<TeamPath>,
    pub attributes: BTreeMap<String, String>,
    pub answers: Answers,
    pub day: NaiveDate,
}

/// What somebody wrote in a past wave. It carries a team and no respondent.
#[derive(Clone, Debug)]
pub struct PastComment {
    /// `comment:<pillar>` or `comment`.
    pub item: String,
    pub team: Option<TeamPath>,
    pub text: String,
}

/// What an import brought, or would bring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Whether it was only tried.
    pub dry_run: bool,
    pub wave: String,
    pub program: String,
    /// The days of the wave, in the program's time zone.
    pub opened: NaiveDate,
    pub closed: NaiveDate,
    pub responses: usize,
    /// Those of people of the directory: they can be compared with other waves person by person,
    /// unless the program is anonymous.
    pub known: usize,
    pub comments: usize,
}

/// What people answered in a past wave, all of the day on which it closed, for files know none.
#[derive(Clone, Debug)]
pub struct PastAnswers<'a> {
    survey: &'a Survey,
    day: NaiveDate,
    responses: Vec<PastResponse>,
    comments: Vec<PastComment>,
}

impl<'a> PastAnswers<'a> {
    /// Nobody's yet.
    pub fn new(past: &PastWave<'a>) -> Self {
        Self {
            survey: past.survey,
            day: program_day(past.closed_at, past.program.settings.timezone),
            responses: Vec::new(),
            comments: Vec::new(),
        }
    }

    /// Adds a response and, apart from it, its comments.
    pub fn add(&mut self, row: &AnswerRow<'_>) {
        let team: Option<TeamPath> = row.team.parse().ok();
        let attributes = row.attributes.iter().filter(|(_, value)| !value.is_empty());
        self.responses.push(PastResponse {
            respondent: row.respondent.to_owned(),
            team: team.clone(),
            attributes: attributes
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            answers: answers(self.survey, row),
            day: self.day,
        });
        let comments = row.comments.iter().map(|(pillar, text)| PastComment {
            item: pillar.map_or_else(|| COMMENT.to_owned(), comment_id),
            team: team.clone(),
            text: text.clone(),
        });
        self.comments.extend(comments);
    }
}

/// Brings the rows of a responses.csv in as a past wave, unless `dry_run`; tells how many responses
/// are stored.
pub async fn import(
    app: &App,
    past: &PastWave<'_>,
    answers: PastAnswers<'_>,
    dry_run: bool,
    progress: Progress<'_>,
) -> Result<Summary> {
    let label = &past.label;
    if past.closed_at <= past.opened_at {
        let message = "the wave closes before it opens";
        return Err(Error::invalid("closed", "backwards", message));
    }
    if past.closed_at > app.now() {
        return Err(Error::invalid(
            "closed",
            "not-over",
            "a past wave is over; this one is not",
        ));
    }
    let PastAnswers {
        responses,
        comments,
        ..
    } = answers;
    if responses.is_empty() {
        return Err(Error::invalid("responses", "empty", "the file has no row"));
    }
    let db = app.store.reader();
    if wave::by_label(db, past.program.id, label).await?.is_some() {
        return Err(taken(label));
    }
    let people = directory::people(app).await?;
    let ids = ids(&people);
    let mut seen: HashMap<Uuid, &str> = HashMap::new();
    for PastResponse { respondent, .. } in &responses {
        if let Some(person) = ids.get(respondent.as_str())
            && let Some(other) = seen.insert(*person, respondent)
        {
            let message = format!("`{other}` and `{respondent}` are the same person; keep one");
            return Err(Error::invalid("respondent", "twice", message));
        }
    }
    let day = |instant| program_day(instant, past.program.settings.timezone);
    let summary = Summary {
        dry_run,
        wave: label.clone(),
        program: past.program.settings.name.clone(),
        opened: day(past.opened_at),
        closed: day(past.closed_at),
        responses: responses.len(),
        known: seen.len(),
        comments: comments.len(),
    };
    if !dry_run {
        bring_in(app, past, &people, responses, comments, progress).await?;
        app.bell.ring();
    }
    Ok(summary)
}

fn taken(label: &str) -> Error {
    Error::conflict("taken", format!("the program has a wave {label} already"))
}

/// People by what a respondent may be called.
fn ids(people: &[StoredPerson]) -> HashMap<&str, Uuid> {
    let names = people.iter().flat_map(|stored| {
        let (id, email) = (stored.person.id.as_str(), stored.person.email.as_str());
        [(id, stored.id), (email, stored.id)]
    });
    names.collect()
}

/// What a row of a file answers, without its comments.
fn answers(survey: &Survey, row: &AnswerRow<'_>) -> Answers {
    let mut answers = Answers::default();
    for (item, cell) in survey.rating_items().zip(&row.ratings) {
        match *cell {
            NOT_ANSWERED => {}
            DOES_NOT_APPLY => answers.insert(&item.id, Answer::DoesNotApply),
            rating => answers.insert(&item.id, Answer::Rating(rating)),
        }
    }
    let mut picked = Vec::new();
    for (position, pillar) in survey.pillars().enumerate() {
        if row.picks.iter().flatten().any(|pick| *pick == position) {
            picked.push(pillar.id.clone());
        }
        if let Some((_, lost)) = row.hours.iter().find(|(pillar, _)| *pillar == position) {
            let lost = Answer::Hours(f64::from(*lost) / 100.0);
            answers.insert(hours_id(&pillar.id), lost);
        }
    }
    if !picked.is_empty() {
        answers.insert(PRIORITIES, Answer::Priorities(picked));
    }
    for (item, answer) in &row.others {
        answers.insert(*item, answer.clone());
    }
    answers
}

/// Stores a past wave with its responses in one transaction, and queues the job that computes its
/// findings. The program must not have a wave of that label. The roster is the program's audience
/// in `people`: the directory of today stands in for that of then.
pub async fn bring_in(
    app: &App,
    past: &PastWave<'_>,
    people: &[StoredPerson],
    responses: Vec<PastResponse>,
    comments: Vec<PastComment>,
    progress: Progress<'_>,
) -> Result<Wave> {
    // Other tools let people give hours without a pick; the analysis of files counts them as well.
    let problems: Vec<AnswerError> = responses
        .iter()
        .filter_map(|response| response.answers.validate(past.survey).err())
        .flatten()
        .filter(|problem| problem.reason != Reason::NotPicked)
        .collect();
    if !problems.is_empty() {
        return Err(Error::Invalid(
            problems
                .into_iter()
                .map(|problem| field_error(&problem))
                .collect(),
        ));
    }
    let settings = &past.program.settings;
    let wave = Wave {
        id: Uuid::now_v7(),
        program: past.program.id,
        label: past.label.clone(),
        survey_version: Some(past.survey.version().as_str().to_owned()),
        state: WaveState::Closed,
        day: program_day(past.opened_at, settings.timezone),
        opens_at: past.opened_at,
        closes_at: past.closed_at,
        opened_at: Some(past.opened_at),
        closed_at: Some(past.closed_at),
        minimum_group: settings.minimum_group,
        confidentiality: settings.confidentiality,
        released_at: None,
        we_did: None,
    };
    let asked = people
        .iter()
        .filter(|stored| settings.audience.includes(&stored.person));
    let roster: Vec<Participant> = asked
        .map(|stored| Participant {
            id: Uuid::now_v7(),
            person: stored.id,
            team: stored.person.team.clone(),
            attributes: settings.frozen_attributes(&stored.person.attributes),
            timezone: settings.zone_of(&stored.person),
            locale: stored.person.locale.clone(),
        })
        .collect();
    let ids = ids(people);

    let transaction = app.store.begin().await?;
    survey_version::keep(&transaction, past.survey, app.now()).await?;
    if !wave::plan(&transaction, &wave).await? {
        return Err(taken(&wave.label));
    }
    participant::insert(&transaction, wave.id, &roster).await?;
    let details = json!({ "responses": responses.len() });
    let subject = format!("wave {}", wave.label);
    let action = Action::PastWaveBroughtIn;
    audit::record_along(app, &transaction, None, action, &subject, details).await?;
    let total = responses.len();
    let mut left = responses.into_iter();
    loop {
        let chunk: Vec<PastResponse> = left.by_ref().take(AT_ONCE).collect();
        if chunk.is_empty() {
            break;
        }
        let (responses, comments): (Vec<Response>, Vec<Vec<Comment>>) = chunk
            .into_iter()
            .map(|response| {
                let person = ids.get(response.respondent.as_str()).copied();
                take_apart(app, settings, &wave, person, response)
            })
            .unzip();
        response::insert(&transaction, responses).await?;
        comment::insert(&transaction, comments.into_iter().flatten().collect()).await?;
        progress(total - left.len(), total);
    }
    let day = program_day(wave.closes_at, settings.timezone);
    let comments = comments.into_iter().map(|past| Comment {
        id: Uuid::new_v4(),
        wave: wave.id,
        item: past.item,
        team_path: past.team.map(String::from).unwrap_or_default(),
        text: past.text,
        day,
    });
    comment::insert(&transaction, comments.collect()).await?;
    waves::queue_findings(app, &transaction, wave.id).await?;
    transaction.commit().await?;
    Ok(wave)
}

/// The response that is kept, and the comments that are kept apart from it.
fn take_apart(
    app: &App,
    settings: &Settings,
    wave: &Wave,
    person: Option<Uuid>,
    past: PastResponse,
) -> (Response, Vec<Comment>) {
    let team_path = past.team.map(String::from).unwrap_or_default();
    let mut answers = Answers::default();
    let mut comments = Vec::new();
    for (item, answer) in past.answers.iter() {
        match answer {
            Answer::Text(text) => comments.push(Comment {
                id: Uuid::new_v4(),
                wave: wave.id,
                item: item.to_owned(),
                team_path: team_path.clone(),
                text: text.clone(),
                day: past.day,
            }),
            answer => answers.insert(item, answer.clone()),
        }
    }
    let is_linked = wave.confidentiality == Confidentiality::Confidential;
    let response = Response {
        id: Uuid::new_v4(),
        wave: wave.id,
        pseudonym: person
            .filter(|_| is_linked)
            .map(|person| app.secrets.pseudonym(person).to_vec()),
        team_path,
        attributes: settings.frozen_attributes(&past.attributes),
        answers,
        day: past.day,
    };
    (response, comments)
}

fn field_error(problem: &AnswerError) -> super::FieldError {
    super::FieldError::new(&problem.item, problem.code(), problem.to_string())
}
