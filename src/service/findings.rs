//! Findings: what a closed wave shows. They are computed once, when the wave closes, and stay as
//! they are.

mod cache;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Months, Utc};
use tribometer_analytics::Embedding;
use tribometer_analytics::answers::{AnswerRow, AnswerRows, AnswerTables, PeopleRows};
use tribometer_analytics::comments::scrub::Identifying;
use tribometer_analytics::input::{
    Action, Input, PastWave, Period, ReportedMetric, Settings, Start,
};
use tribometer_analytics::tables::{Placing, Tables};
use tribometer_findings::parts::{self, HEAD, Part};
use tribometer_findings::{Findings, Unreadable, VERSION};
use tribometer_store::participant::{self, Frozen};
use tribometer_store::wave::{self, Wave};
use tribometer_store::{comment, findings, person, response, survey_version};
use tribometer_surveys::person::Person;
use tribometer_surveys::privacy::Confidentiality;
use tribometer_surveys::survey::{COMMENT, COMMENT_PREFIX, Survey};
use tribometer_surveys::telemetry::metrics::Source;
use tribometer_surveys::wave::WaveState;
use uuid::Uuid;

use self::cache::Cache;
use super::{Error, Result, blocking, records};
use crate::App;
use crate::embedding::EmbeddingProgram;

/// Earlier waves that an analysis looks back on: a year of quarters.
const LOOK_BACK: usize = 4;
/// What the first wave of a program speaks about, up to its closing.
const FIRST_PERIOD: Months = Months::new(3);
/// Seeds the bootstrap and the permutations of every analysis on the server, as `tribometer
/// analyze` does by default.
const SEED: u64 = 1;

/// What systems record.
const SOURCES: [Source; 5] = [
    Source::PullRequests,
    Source::CiRuns,
    Source::Deployments,
    Source::Incidents,
    Source::SupportRequests,
];

/// Stored text whose findings are kept in memory, in all, in bytes. It is some three waves of
/// 100,000 people, and takes about as much again once it is read.
const KEPT: usize = 256 << 20;

/// The findings that were read last, by wave, by when they were computed, and by what of them was
/// read. Those of a large organization take seconds to read.
pub struct Last(Cache<(Uuid, DateTime<Utc>, &'static [Part]), Findings>);

impl Default for Last {
    fn default() -> Self {
        Self(Cache::new(KEPT))
    }
}

/// Whether a wave has findings: it is closed, and they are computed.
pub async fn are_there(app: &App, wave: Uuid) -> Result<bool> {
    Ok(findings::is_there(app.store.reader(), wave).await?)
}

/// All of a wave's findings; none while it is open.
pub async fn load(app: &App, wave: Uuid) -> Result<Option<Arc<Findings>>> {
    read(app, wave, &Part::ALL).await
}

/// The named lists of a wave's findings and everything that is no list; other lists are empty. None
/// while the wave is open.
pub async fn read(app: &App, wave: Uuid, parts: &'static [Part]) -> Result<Option<Arc<Findings>>> {
    let db = app.store.reader();
    let mut computed_at = findings::computed_at(db, wave, HEAD).await?;
    if computed_at.is_none() && findings::is_there(db, wave).await? {
        take_apart(app, wave).await?;
        computed_at = findings::computed_at(db, wave, HEAD).await?;
    }
    let Some(computed_at) = computed_at else {
        return Ok(None);
    };
    let last = &app.findings.0;
    let key = |parts: &'static [Part]| (wave, computed_at, parts);
    if let Some(whole) = last.known(&key(&Part::ALL)) {
        return Ok(Some(whole));
    }
    last.get(key(parts), stored(app, wave, parts))
        .await
        .map(Some)
}

/// Reads parts of a wave's findings, and says how much text they were.
async fn stored(app: &App, wave: Uuid, parts: &[Part]) -> Result<(Findings, usize)> {
    let names: Vec<&str> = [HEAD]
        .into_iter()
        .chain(parts.iter().map(|part| part.name()))
        .collect();
    let found = findings::parts(app.store.reader(), wave, &names).await?;
    let size = found.iter().map(|(_, json)| json.len()).sum();
    let what = format!("reading the findings of wave {wave}");
    let read = blocking::run(&what, move || parts::join(&found)).await?;
    let findings = read.map_err(|cause| match cause {
        Unreadable::Newer { found } => Error::conflict(
            cause.code(),
            format!(
                "A newer version of Tribometer computed these results: their form is {found}, and \
                 this one reads forms up to {VERSION}. Update this server to see them."
            ),
        ),
        Unreadable::Json(_) => Error::Internal(format!("{what}: {cause}")),
    })?;
    Ok((findings, size))
}

/// Keeps the parts of a document that a program of version 0.1.0 has kept as a whole, perhaps a
/// minute ago.
async fn take_apart(app: &App, wave: Uuid) -> Result<()> {
    let document = findings::document(app.store.reader(), wave).await?;
    let (document, computed_at) = document.ok_or_else(|| gone(wave))?;
    let what = format!("taking the findings of wave {wave} apart");
    let parts = blocking::run(&what, move || parts::split(&document)).await?;
    let parts = parts.map_err(|cause| Error::Internal(format!("{what}: {cause}")))?;
    let transaction = app.store.begin().await?;
    findings::keep_parts(&transaction, wave, parts, computed_at).await?;
    transaction.commit().await?;
    Ok(())
}

fn gone(wave: Uuid) -> Error {
    Error::Internal(format!("the findings of wave {wave} are gone"))
}

/// Analyzes a closed wave and keeps the findings. A wave that has findings keeps those.
pub async fn compute(app: &App, wave: Uuid) -> Result<Arc<Findings>> {
    if let Some(findings) = load(app, wave).await? {
        return Ok(findings);
    }
    let input = input(app, wave).await?;
    let model = app.config.embedding_command.as_ref();
    let model = model.map(EmbeddingProgram::new);
    let what = format!("the analysis of wave {wave}");
    let analyzed = blocking::run(&what, move || {
        let model = model.as_ref().map(|model| model as &dyn Embedding);
        let findings = tribometer_analytics::analyze_with(&input, model);
        let kept = serde_json::to_string(&findings)
            .and_then(|document| parts::split(&document).map(|parts| (document, parts)));
        (findings, kept)
    });
    let (computed, kept) = analyzed.await?;
    let (document, parts) = kept.map_err(|cause| Error::Internal(format!("{what}: {cause}")))?;
    let transaction = app.store.begin().await?;
    let is_first = findings::keep(&transaction, wave, document, parts, app.now()).await?;
    transaction.commit().await?;
    if is_first {
        return Ok(Arc::new(computed));
    }
    // Another replica was first; what it kept is what is released.
    load(app, wave).await?.ok_or_else(|| gone(wave))
}

/// Everything that an analysis of a closed wave works on. Rows come in an order that depends on
/// their content alone.
pub async fn input(app: &App, id: Uuid) -> Result<Input> {
    let db = app.store.reader();
    let wave = wave::find(db, id)
        .await?
        .ok_or_else(|| Error::NotFound(format!("wave {id}")))?;
    if wave.state != WaveState::Closed {
        return Err(Error::conflict(
            "not-closed",
            format!(
                "the wave {} is {}; it has results after it closes",
                wave.label, wave.state
            ),
        ));
    }
    let version = wave.survey_version.as_deref().unwrap_or_default();
    let survey = survey_version::find(db, version).await?;
    let survey = survey
        .ok_or_else(|| Error::Internal(format!("the survey version {version} is missing")))?;

    let mut roster = participant::roster(db, id).await?;
    roster.sort_by(|a, b| (&a.team_path, &a.attributes).cmp(&(&b.team_path, &b.attributes)));
    let mut people = PeopleRows::default();
    // What was frozen at launch is what the program named then: these cuts, no others.
    let cuts: BTreeSet<&String> = roster
        .iter()
        .flat_map(|participant| participant.attributes.keys())
        .collect();
    let by = cuts.into_iter().cloned().collect();
    for participant in &roster {
        people.push(&participant.team_path, pairs(&participant.attributes));
    }

    let responses = responses(app, &wave, &survey).await?;
    let earlier = earlier(app, &wave).await?;
    let period = period(&wave, earlier.first());
    let mut previous = Vec::new();
    for wave in earlier.into_iter().take(LOOK_BACK) {
        let version = wave.survey_version.as_deref().unwrap_or_default();
        let asked = survey_version::find(db, version).await?;
        previous.push(PastWave {
            responses: self::responses(app, &wave, &survey).await?,
            reworded: asked.map_or_else(Vec::new, |asked| survey.reworded_since(&asked)),
            label: wave.label,
        });
    }
    let is_linked = wave.confidentiality == Confidentiality::Confidential;
    // Leavers too: colleagues still write about them.
    let directory = person::all(db).await?;
    let tables = tables(app, &roster, &directory, is_linked).await?;
    let has_begun = |row: &ReportedMetric| row.period_start < period.end;
    let metrics = records::reported(app).await?.into_iter();
    let labels: Vec<&str> = [wave.label.as_str()]
        .into_iter()
        .chain(previous.iter().map(|past| past.label.as_str()))
        .collect();
    let actions = actions(app, &survey, &labels).await?;
    let identifying = Identifying::of(directory.iter().map(|stored| &stored.person));
    Ok(Input {
        survey,
        wave: wave.label,
        roster: Some(people.finish()),
        responses,
        previous,
        period: Some(period),
        tables,
        metrics: metrics.filter(has_begun).collect(),
        identifying: Some(identifying),
        declared: records::definitions(app).await?,
        actions,
        settings: Settings {
            minimum_group: wave.minimum_group.get(),
            seed: SEED,
            by,
            hourly_cost: app.config.hourly_cost,
        },
    })
}

/// The closed waves of the same program that came before, the newest first.
async fn earlier(app: &App, wave: &Wave) -> Result<Vec<Wave>> {
    let all = wave::of_program(app.store.reader(), wave.program).await?;
    Ok(all
        .into_iter()
        .filter(|other| other.state == WaveState::Closed && other.opens_at < wave.opens_at)
        .collect())
}

/// What the wave's answers speak about: from the closing of the wave before to its own.
fn period(wave: &Wave, before: Option<&Wave>) -> Period {
    let end = ended(wave);
    let start = before.map_or(end - FIRST_PERIOD, ended);
    Period { start, end }
}

fn ended(wave: &Wave) -> DateTime<Utc> {
    wave.closed_at.unwrap_or(wave.closes_at)
}

async fn responses(app: &App, wave: &Wave, survey: &Survey) -> Result<AnswerTables> {
    let db = app.store.reader();
    let mut rows = response::of_wave(db, wave.id).await?;
    // By content, so that nothing random (ids, pseudonyms) decides an order.
    rows.sort_by_cached_key(|row| {
        (
            row.team_path.clone(),
            row.attributes.clone(),
            serde_json::to_string(&row.answers).ok(),
        )
    });
    let mut responses = AnswerRows::new(survey);
    for row in rows {
        let respondent = row
            .pseudonym
            .as_deref()
            .map(hex::encode)
            .unwrap_or_default();
        responses.push(AnswerRow {
            respondent: &respondent,
            team: &row.team_path,
            attributes: pairs(&row.attributes).collect(),
            ..AnswerRow::new(survey, &row.answers)
        });
    }
    let mut comments = comment::of_wave(db, wave.id).await?;
    comments
        .sort_by(|a, b| (&a.team_path, &a.item, &a.text).cmp(&(&b.team_path, &b.item, &b.text)));
    for comment in comments {
        let pillar = comment.item.strip_prefix(COMMENT_PREFIX);
        if pillar.is_some() || comment.item == COMMENT {
            responses.comment(&comment.team_path, pillar, &comment.text);
        }
    }
    Ok(responses.finish())
}

/// What systems recorded, with the people behind it. Whoever was asked counts for the team of then,
/// everybody else for the directory's.
async fn tables(
    app: &App,
    roster: &[Frozen],
    directory: &[person::StoredPerson],
    is_linked: bool,
) -> Result<Tables> {
    let teams: HashMap<Uuid, &str> = roster
        .iter()
        .filter_map(|participant| Some((participant.person?, participant.team_path.as_str())))
        .collect();
    let people = directory.iter().map(|stored| {
        let mut person = stored.person.clone();
        if let Some(team) = teams.get(&stored.id) {
            person.team = team.parse().ok();
        }
        person
    });
    let people: Vec<Person> = people.collect();
    let mut frames = Vec::new();
    for source in SOURCES {
        if let Some(rows) = records::of_source(app, source).await? {
            frames.push((source, rows));
        }
    }
    // In confidential programs answers and authors meet here, in memory, for figures over many
    // people; in anonymous ones nothing links them.
    let respondents = if is_linked {
        let of = |(stored, code): (&person::StoredPerson, u32)| {
            (hex::encode(app.secrets.pseudonym(stored.id)), code)
        };
        directory.iter().zip(0..).map(of).collect()
    } else {
        Default::default()
    };
    let bots = app.config.bots.clone();
    let placed = blocking::run("placing records in teams", move || {
        let mut placing = Placing::new(Some(&people), &bots);
        for (source, rows) in frames {
            let frame = rows.finish().map_err(|cause| cause.to_string())?;
            let left_out = placing.add(source, frame);
            left_out.map_err(|cause| cause.to_string())?;
        }
        Ok::<_, String>(placing.finish())
    });
    let mut tables = (placed.await?)
        .map_err(|cause| Error::Internal(format!("placing records in teams: {cause}")))?;
    tables.respondents = respondents;
    Ok(tables)
}

/// What was done about pillars of the survey by then: a start that names a wave names this one or
/// one before.
async fn actions(app: &App, survey: &Survey, waves: &[&str]) -> Result<Vec<Action>> {
    let actions = records::actions(app).await?.into_iter();
    let is_known = |action: &Action| {
        let has_begun = match &action.start {
            Start::Day(_) => true,
            Start::Wave(label) => waves.contains(&label.as_str()),
        };
        has_begun && survey.pillars().any(|pillar| pillar.id == action.pillar)
    };
    Ok(actions.filter(is_known).collect())
}

fn pairs(attributes: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    attributes
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
}
