//! Invitations: the personal link of each participant, and what became of it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, RelationDef, Select, Set,
};
use tribometer_surveys::privacy::MinimumGroup;
use tribometer_surveys::wave::WaveState;
use uuid::Uuid;

use super::answer_writer::USED;
use super::entity::{invitation, participant, person, program, wave};
use super::participant::read_zone;
use super::wave::minimum_group;
use super::{Error, Result, bulk};

/// An invitation to be stored.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub id: Uuid,
    pub participant: Uuid,
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
}

/// Stores the invitations of a wave, none of them sent yet.
pub async fn insert(
    db: &impl ConnectionTrait,
    wave: Uuid,
    invitations: &[Invitation],
) -> Result<()> {
    let rows = invitations.iter().map(|one| invitation::ActiveModel {
        id: Set(one.id),
        participant_id: Set(one.participant),
        wave_id: Set(wave),
        token_hash: Set(one.token_hash.clone()),
        state: Set("pending".to_owned()),
        reminders: Set(true),
    });
    bulk::insert(db, rows.collect::<Vec<_>>(), None).await
}

/// The newest invitation of an open wave with the hash of its token: whoever has the right secret
/// key can derive that token.
pub async fn newest_open(db: &impl ConnectionTrait) -> Result<Option<(Uuid, Vec<u8>)>> {
    let newest = with_wave()
        .column(invitation::Column::Id)
        .column(invitation::Column::TokenHash)
        .filter(wave::Column::State.eq(WaveState::Open.as_str()))
        .order_by_desc(invitation::Column::Id)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(newest)
}

/// The people who are invited to a wave, each with the invitation; erased people are left out.
pub async fn guests(db: &impl ConnectionTrait, wave: Uuid) -> Result<Vec<(Uuid, Uuid)>> {
    let guests = invitation::Entity::find()
        .select_only()
        .join(JoinType::InnerJoin, to_participant())
        .column(participant::Column::PersonId)
        .column(invitation::Column::Id)
        .filter(invitation::Column::WaveId.eq(wave))
        .filter(participant::Column::PersonId.is_not_null())
        .into_tuple()
        .all(db)
        .await?;
    Ok(guests)
}

/// Notes that the mail of an invitation is on its way. One that is used already stays used.
pub async fn mark_invited(db: &impl ConnectionTrait, id: Uuid) -> Result<()> {
    invitation::Entity::update_many()
        .col_expr(invitation::Column::State, Expr::value("invited"))
        .filter(invitation::Column::Id.eq(id))
        .filter(invitation::Column::State.eq("pending"))
        .exec(db)
        .await?;
    Ok(())
}

fn to_participant() -> RelationDef {
    invitation::Entity::belongs_to(participant::Entity)
        .from(invitation::Column::ParticipantId)
        .to(participant::Column::Id)
        .into()
}

fn to_wave() -> RelationDef {
    invitation::Entity::belongs_to(wave::Entity)
        .from(invitation::Column::WaveId)
        .to(wave::Column::Id)
        .into()
}

fn with_wave() -> Select<invitation::Entity> {
    invitation::Entity::find()
        .select_only()
        .join(JoinType::InnerJoin, to_participant())
        .join(JoinType::InnerJoin, to_wave())
}

/// What a mail to a participant says, and whether it is still wanted.
#[derive(Clone, Debug)]
pub struct Letter {
    pub wave_state: WaveState,
    pub closes_at: DateTime<Utc>,
    pub survey_version: String,
    pub minimum_group: MinimumGroup,
    /// What the program is called.
    pub program: String,
    pub timezone: Tz,
    /// The participant's name, if it is known.
    pub name: Option<String>,
    /// Whether the person is still in the organization.
    pub is_active: bool,
    pub is_used: bool,
    pub reminders: bool,
}

#[derive(FromQueryResult)]
struct LetterRow {
    state: String,
    reminders: bool,
    timezone: String,
    wave_state: String,
    closes_at: DateTime<Utc>,
    survey_version: Option<String>,
    minimum_group: i32,
    program: String,
    person: Option<String>,
    active: Option<bool>,
}

/// What a mail about this invitation says.
pub async fn letter(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Letter>> {
    let to_person: RelationDef = participant::Entity::belongs_to(person::Entity)
        .from(participant::Column::PersonId)
        .to(person::Column::Id)
        .into();
    let to_program: RelationDef = wave::Entity::belongs_to(program::Entity)
        .from(wave::Column::ProgramId)
        .to(program::Column::Id)
        .into();
    let row: Option<LetterRow> = with_wave()
        .join(JoinType::LeftJoin, to_person)
        .join(JoinType::InnerJoin, to_program)
        .columns([invitation::Column::State, invitation::Column::Reminders])
        .column(participant::Column::Timezone)
        .column_as(wave::Column::State, "wave_state")
        .columns([
            wave::Column::ClosesAt,
            wave::Column::SurveyVersion,
            wave::Column::MinimumGroup,
        ])
        .column_as(program::Column::Name, "program")
        .column_as(person::Column::Name, "person")
        .column(person::Column::Active)
        .filter(invitation::Column::Id.eq(id))
        .into_model()
        .one(db)
        .await?;
    row.map(|row| row.read(id)).transpose()
}

impl LetterRow {
    fn read(self, id: Uuid) -> Result<Letter> {
        let corrupt = |cause: String| Error::Corrupt(format!("wave of invitation {id}: {cause}"));
        Ok(Letter {
            wave_state: self.wave_state.parse().map_err(
                |cause: tribometer_surveys::wave::UnknownWaveState| corrupt(cause.to_string()),
            )?,
            closes_at: self.closes_at,
            survey_version: self
                .survey_version
                .ok_or_else(|| corrupt("it has no survey version".to_owned()))?,
            minimum_group: minimum_group(self.minimum_group)
                .map_err(|cause| corrupt(cause.to_string()))?,
            program: self.program,
            timezone: read_zone(self.timezone)?,
            name: self.person,
            is_active: self.active == Some(true),
            is_used: self.state == USED,
            reminders: self.reminders,
        })
    }
}

/// Somebody to be reminded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remindable {
    pub invitation: Uuid,
    pub participant: Uuid,
    pub address: String,
}

/// Who in this zone got the invitation, has not answered, and wants reminders.
pub async fn remindable(
    db: &impl ConnectionTrait,
    wave: Uuid,
    zone: Tz,
) -> Result<Vec<Remindable>> {
    let to_person: RelationDef = participant::Entity::belongs_to(person::Entity)
        .from(participant::Column::PersonId)
        .to(person::Column::Id)
        .into();
    let rows: Vec<(Uuid, Uuid, String)> = with_wave()
        .join(JoinType::InnerJoin, to_person)
        .columns([invitation::Column::Id, invitation::Column::ParticipantId])
        .column(person::Column::Email)
        .filter(invitation::Column::WaveId.eq(wave))
        .filter(invitation::Column::State.eq("invited"))
        .filter(invitation::Column::Reminders.eq(true))
        .filter(participant::Column::Timezone.eq(zone.name()))
        .filter(person::Column::Active.eq(true))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(invitation, participant, address)| Remindable {
            invitation,
            participant,
            address,
        })
        .collect())
}
