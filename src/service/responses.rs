//! Past waves: responses that were collected before, or elsewhere, brought in as a closed wave.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use tribometer_surveys::answer::{Answer, AnswerError, Answers};
use tribometer_surveys::privacy::Confidentiality;
use tribometer_surveys::program::Program as Settings;
use tribometer_surveys::survey::Survey;
use tribometer_surveys::team::TeamPath;
use tribometer_surveys::wave::WaveState;
use uuid::Uuid;

use super::audit::{self, Action};
use super::{Error, Result, waves};
use crate::App;
use crate::store::comment::Comment;
use crate::store::participant::Participant;
use crate::store::person::StoredPerson;
use crate::store::program::Program;
use crate::store::response::Response;
use crate::store::wave::Wave;
use crate::store::{self, comment, participant, response, survey_version, wave};

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
    /// Any text that is the participant's alone; where it is an id or an address of the directory, waves can be linked.
    pub respondent: String,
    pub team: Option<TeamPath>,
    pub attributes: BTreeMap<String, String>,
    pub answers: Answers,
    pub day: NaiveDate,
}

/// Stores a past wave with its responses in one transaction, and queues the job that computes its findings. The program must not have a wave of that label. The roster is the
/// program's audience in `people`: the directory of today stands in for that of then.
pub async fn bring_in(
    app: &App,
    past: &PastWave<'_>,
    people: &[StoredPerson],
    responses: Vec<PastResponse>,
) -> Result<Wave> {
    let problems: Vec<AnswerError> = responses
        .iter()
        .filter_map(|response| response.answers.validate(past.survey).err())
        .flatten()
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
        day: past.opened_at.date_naive(),
        opens_at: past.opened_at,
        closes_at: past.closed_at,
        opened_at: Some(past.opened_at),
        closed_at: Some(past.closed_at),
        minimum_group: settings.minimum_group,
        confidentiality: settings.confidentiality,
    };
    let asked = people
        .iter()
        .filter(|one| settings.audience.includes(&one.person));
    let roster: Vec<Participant> = asked
        .map(|one| Participant {
            id: Uuid::now_v7(),
            person: one.id,
            team: one.person.team.clone(),
            attributes: settings.frozen_attributes(&one.person.attributes),
            timezone: settings.zone_of(&one.person),
            locale: one.person.locale.clone(),
        })
        .collect();
    let known: HashMap<&str, Uuid> = people
        .iter()
        .flat_map(|one| {
            [
                (one.person.id.as_str(), one.id),
                (one.person.email.as_str(), one.id),
            ]
        })
        .collect();

    let transaction = app.store.begin().await?;
    survey_version::keep(&transaction, past.survey, app.now()).await?;
    if !wave::plan(&transaction, &wave).await? {
        return Err(Error::Conflict(format!(
            "the program has a wave {} already",
            wave.label
        )));
    }
    participant::insert(&transaction, wave.id, &roster).await?;
    let details = json!({ "responses": responses.len() });
    let subject = format!("wave {}", wave.label);
    let action = Action::PastWaveBroughtIn;
    audit::record_along(app, &transaction, None, action, &subject, details).await?;
    let mut left = responses.into_iter();
    loop {
        let chunk: Vec<PastResponse> = left.by_ref().take(AT_ONCE).collect();
        if chunk.is_empty() {
            break;
        }
        let (responses, comments): (Vec<Response>, Vec<Vec<Comment>>) = chunk
            .into_iter()
            .map(|response| {
                let person = known.get(response.respondent.as_str()).copied();
                take_apart(app, settings, &wave, person, response)
            })
            .unzip();
        response::insert(&transaction, responses).await?;
        comment::insert(&transaction, comments.into_iter().flatten().collect()).await?;
    }
    waves::queue_findings(app, &transaction, wave.id).await?;
    transaction.commit().await.map_err(store::Error::from)?;
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
    super::FieldError {
        field: problem.item().to_owned(),
        message: problem.to_string(),
    }
}
