//! An open wave with participants, written straight into the tables, for tests that begin where the
//! mail has arrived.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, Value};
use tribometer::App;
use tribometer::secrets::token_hash;
use tribometer_findings::Findings;
use tribometer_store::person::PersonRow;
use tribometer_surveys::builtin;
use tribometer_surveys::person::Person;
use tribometer_surveys::program::Program;
use tribometer_surveys::survey::Survey;
use uuid::Uuid;

/// A wave that is open for fourteen days from the clock's present.
pub struct OpenWave {
    pub id: Uuid,
    pub program: Uuid,
    pub closes_at: DateTime<Utc>,
    pub people: Vec<Participant>,
}

/// Somebody who was asked.
pub struct Participant {
    pub person: Uuid,
    pub invitation: Uuid,
    /// The token of the personal link.
    pub token: String,
    pub team: String,
}

impl Participant {
    /// `/s/{token}`.
    pub fn link(&self) -> String {
        format!("/s/{}", self.token)
    }
}

/// Runs a statement with values.
pub async fn execute(db: &DatabaseConnection, sql: &str, values: Vec<Value>) {
    let backend = db.get_database_backend();
    let sql = match backend {
        sea_orm::DbBackend::Sqlite => sql.replace('$', "?"),
        _ => sql.to_owned(),
    };
    db.execute_raw(Statement::from_sql_and_values(backend, sql, values))
        .await
        .expect("the statement runs");
}

/// A number that a query gives.
pub async fn count(app: &App, sql: &str) -> i64 {
    value(app, sql).await
}

/// A text that a query gives.
pub async fn text(app: &App, sql: &str) -> String {
    value(app, sql).await
}

async fn value<T: sea_orm::TryGetable>(app: &App, sql: &str) -> T {
    let db = app.store.reader();
    let row = db
        .query_one_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .expect("the query runs")
        .expect("a row");
    row.try_get_by_index(0).expect("a value")
}

/// Opens a wave of the built-in survey for people of these teams, each with a role.
pub async fn open_wave(app: &App, label: &str, people: &[(&str, &str)]) -> OpenWave {
    open_wave_of(app, builtin::devex_25(), label, people).await
}

/// Opens a wave of any survey.
pub async fn open_wave_of(
    app: &App,
    survey: &Survey,
    label: &str,
    people: &[(&str, &str)],
) -> OpenWave {
    let (db, now) = (app.store.writer(), app.now());
    let (program, wave) = (Uuid::now_v7(), Uuid::now_v7());
    let closes_at = now + TimeDelta::days(14);
    let version = survey.version();
    let name = format!("Program of {label}");
    let settings = Program::new(&name, &survey.id, chrono_tz::Europe::Berlin);
    let settings = serde_json::to_value(settings).expect("JSON");
    execute(
        db,
        "INSERT INTO survey_version (id, survey_id, title, definition, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        vec![
            version.as_str().into(),
            survey.id.as_str().into(),
            survey.title.as_str().into(),
            serde_json::to_string(survey).expect("JSON").into(),
            now.into(),
        ],
    )
    .await;
    execute(
        db,
        "INSERT INTO program (id, name, survey_id, settings, paused, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        vec![
            program.into(),
            name.into(),
            survey.id.as_str().into(),
            settings.into(),
            false.into(),
            now.into(),
            now.into(),
        ],
    )
    .await;
    let mut opened = OpenWave {
        id: wave,
        program,
        closes_at,
        people: Vec::new(),
    };
    insert_wave(app, &opened, label, now, version.as_str()).await;
    for (number, (team, role)) in people.iter().enumerate() {
        opened
            .people
            .push(invite(app, &opened, number, team, role).await);
    }
    opened
}

/// Stores the wave's row.
pub async fn insert_wave(
    app: &App,
    wave: &OpenWave,
    label: &str,
    opens_at: DateTime<Utc>,
    version: &str,
) {
    execute(
        app.store.writer(),
        "INSERT INTO wave (id, program_id, label, survey_version, state, opens_at, closes_at, opened_at, day, minimum_group, confidentiality) \
         VALUES ($1, $2, $3, $4, 'open', $5, $6, $7, $8, 5, 'confidential')",
        vec![
            wave.id.into(),
            wave.program.into(),
            label.into(),
            version.into(),
            opens_at.into(),
            wave.closes_at.into(),
            opens_at.into(),
            opens_at.date_naive().into(),
        ],
    )
    .await;
}

async fn invite(app: &App, wave: &OpenWave, number: usize, team: &str, role: &str) -> Participant {
    let db = app.store.writer();
    let (person, participant, invitation) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let email = format!("person-{number}-{}@example.org", wave.id.simple());
    let none = serde_json::json!({});
    execute(
        db,
        "INSERT INTO person (id, external_id, email, active, attributes, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        vec![
            person.into(),
            email.as_str().into(),
            email.as_str().into(),
            true.into(),
            none.into(),
            app.now().into(),
            app.now().into(),
        ],
    )
    .await;
    execute(
        db,
        "INSERT INTO participant (id, wave_id, person_id, team_path, attributes, timezone) VALUES ($1, $2, $3, $4, $5, 'Europe/Berlin')",
        vec![
            participant.into(),
            wave.id.into(),
            person.into(),
            team.into(),
            serde_json::json!({ "role": role }).into(),
        ],
    )
    .await;
    let token = app.secrets.invitation_token(invitation);
    execute(
        db,
        "INSERT INTO invitation (id, participant_id, wave_id, token_hash, state, reminders) VALUES ($1, $2, $3, $4, 'invited', $5)",
        vec![
            invitation.into(),
            participant.into(),
            wave.id.into(),
            token_hash(&token).into(),
            true.into(),
        ],
    )
    .await;
    Participant {
        person,
        invitation,
        token,
        team: team.to_owned(),
    }
}

/// Somebody who is asked in the next wave of the same program, which opens now.
pub async fn asked_again(app: &App, before: &OpenWave) -> Participant {
    let opens_at = app.now() + TimeDelta::seconds(1);
    let next = OpenWave {
        id: Uuid::now_v7(),
        program: before.program,
        closes_at: opens_at + TimeDelta::days(14),
        people: Vec::new(),
    };
    let version = builtin::devex_25().version();
    // Named after a day, for the clock may have planned the next quarter's already.
    insert_wave(app, &next, "2026-11-02", opens_at, version.as_str()).await;
    invite(app, &next, 0, "Engineering / Payments", "backend").await
}

/// Closes the wave and stores findings as closing does.
pub async fn close_with(app: &App, wave: &OpenWave, findings: &Findings) {
    let db = app.store.writer();
    execute(
        db,
        "UPDATE wave SET state = 'closed', closed_at = $1 WHERE id = $2",
        vec![app.now().into(), wave.id.into()],
    )
    .await;
    let document = serde_json::to_string(findings).expect("JSON");
    execute(
        db,
        "INSERT INTO findings (wave_id, document, computed_at) VALUES ($1, $2, $3)",
        vec![wave.id.into(), document.into(), app.now().into()],
    )
    .await;
}

/// Stores active people without a team: address and time zone.
pub async fn people(app: &App, people: &[(&str, &str)]) -> Vec<Uuid> {
    let people: Vec<(Uuid, Person)> = people
        .iter()
        .map(|(address, zone)| {
            let mut person = Person::new(address.parse().expect("an address"));
            person.timezone = Some(zone.parse().expect("a time zone"));
            (Uuid::now_v7(), person)
        })
        .collect();
    let rows: Vec<PersonRow> = people
        .iter()
        .map(|(id, person)| PersonRow {
            id: *id,
            person,
            team: None,
            manager: None,
        })
        .collect();
    tribometer_store::person::put(app.store.writer(), &rows, app.now())
        .await
        .expect("people are stored");
    people.into_iter().map(|(id, _)| id).collect()
}
