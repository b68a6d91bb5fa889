//! What a personal link leads to: an invitation with its participant, its wave and its draft, in
//! one query.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QuerySelect,
};
use tribometer_surveys::privacy::{Confidentiality, MinimumGroup};
use tribometer_surveys::wave::WaveState;
use uuid::Uuid;

use super::entity::{draft, invitation, participant, wave};
use super::{Error, Result};

/// An invitation as its link finds it.
#[derive(Clone, Debug)]
pub struct Opened {
    pub invitation: Uuid,
    pub wave: Uuid,
    pub program: Uuid,
    /// `2026-Q4`.
    pub label: String,
    pub wave_state: WaveState,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    /// The participant's, frozen at launch.
    pub timezone: Tz,
    pub survey_version: String,
    pub minimum_group: MinimumGroup,
    pub confidentiality: Confidentiality,
    /// Whether the answers are in.
    pub is_used: bool,
    /// Whether everybody who was asked may read the wave's results.
    pub is_released: bool,
    /// Whether reminders are still sent.
    pub reminders: bool,
    /// Null after the person was erased.
    pub person: Option<Uuid>,
    /// Frozen at launch; empty for somebody without a team.
    pub team_path: String,
    pub attributes: BTreeMap<String, String>,
    /// The sealed draft, if there is one.
    pub draft: Option<Vec<u8>>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    state: String,
    reminders: bool,
    person_id: Option<Uuid>,
    team_path: String,
    attributes: serde_json::Value,
    timezone: String,
    wave_id: Uuid,
    program_id: Uuid,
    label: String,
    wave_state: String,
    opens_at: DateTime<Utc>,
    closes_at: DateTime<Utc>,
    closed_at: Option<DateTime<Utc>>,
    survey_version: Option<String>,
    minimum_group: i32,
    confidentiality: String,
    released_at: Option<DateTime<Utc>>,
    sealed: Option<Vec<u8>>,
}

/// The invitation whose token has this hash.
pub async fn open(db: &impl ConnectionTrait, token_hash: &[u8]) -> Result<Option<Opened>> {
    let to_participant = invitation::Entity::belongs_to(participant::Entity)
        .from(invitation::Column::ParticipantId)
        .to(participant::Column::Id);
    let to_wave = invitation::Entity::belongs_to(wave::Entity)
        .from(invitation::Column::WaveId)
        .to(wave::Column::Id);
    let to_draft = invitation::Entity::belongs_to(draft::Entity)
        .from(invitation::Column::Id)
        .to(draft::Column::InvitationId);
    let row = invitation::Entity::find()
        .select_only()
        .column(invitation::Column::Id)
        .column(invitation::Column::State)
        .column(invitation::Column::Reminders)
        .column(participant::Column::PersonId)
        .column(participant::Column::TeamPath)
        .column(participant::Column::Attributes)
        .column(participant::Column::Timezone)
        .column(invitation::Column::WaveId)
        .column(wave::Column::ProgramId)
        .column(wave::Column::Label)
        .column_as(wave::Column::State, "wave_state")
        .column(wave::Column::OpensAt)
        .column(wave::Column::ClosesAt)
        .column(wave::Column::ClosedAt)
        .column(wave::Column::SurveyVersion)
        .column(wave::Column::MinimumGroup)
        .column(wave::Column::Confidentiality)
        .column(wave::Column::ReleasedAt)
        .column(draft::Column::Sealed)
        .join(JoinType::InnerJoin, to_participant.into())
        .join(JoinType::InnerJoin, to_wave.into())
        .join(JoinType::LeftJoin, to_draft.into())
        .filter(invitation::Column::TokenHash.eq(token_hash))
        .into_model::<Row>()
        .one(db)
        .await?;
    row.map(Opened::try_from).transpose()
}

impl TryFrom<Row> for Opened {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let corrupt = |what: &str, cause: &dyn std::fmt::Display| {
            Error::Corrupt(format!("{what} of invitation {}: {cause}", row.id))
        };
        Ok(Opened {
            invitation: row.id,
            wave: row.wave_id,
            program: row.program_id,
            wave_state: row
                .wave_state
                .parse()
                .map_err(|cause| corrupt("the wave's state", &cause))?,
            opens_at: row.opens_at,
            // Somebody may have closed it by hand before its time.
            closes_at: row
                .closed_at
                .map_or(row.closes_at, |at| at.min(row.closes_at)),
            timezone: row
                .timezone
                .parse()
                .map_err(|cause| corrupt("the time zone", &cause))?,
            minimum_group: MinimumGroup::new(row.minimum_group.try_into().unwrap_or_default())
                .map_err(|cause| corrupt("the minimum group", &cause))?,
            confidentiality: row
                .confidentiality
                .parse()
                .map_err(|cause| corrupt("the confidentiality", &cause))?,
            is_released: row.released_at.is_some(),
            is_used: row.state == super::answer_writer::USED,
            reminders: row.reminders,
            person: row.person_id,
            attributes: serde_json::from_value(row.attributes)
                .map_err(|cause| corrupt("the attributes", &cause))?,
            survey_version: row
                .survey_version
                .ok_or_else(|| corrupt("the survey", &"the wave was never launched"))?,
            team_path: row.team_path,
            label: row.label,
            draft: row.sealed,
        })
    }
}

/// Whether a later wave of the same program has begun.
pub async fn is_outdated(db: &impl ConnectionTrait, opened: &Opened) -> Result<bool> {
    let later = wave::Entity::find()
        .select_only()
        .expr(Expr::value(1))
        .filter(wave::Column::ProgramId.eq(opened.program))
        .filter(wave::Column::OpensAt.gt(opened.opens_at))
        .filter(wave::Column::State.ne(WaveState::Scheduled.as_str()))
        .into_tuple::<i32>()
        .one(db)
        .await?;
    Ok(later.is_some())
}

/// Sends this invitation no more reminders.
pub async fn stop_reminders(db: &impl ConnectionTrait, invitation: Uuid) -> Result<()> {
    invitation::Entity::update_many()
        .col_expr(invitation::Column::Reminders, Expr::value(false))
        .filter(invitation::Column::Id.eq(invitation))
        .exec(db)
        .await?;
    Ok(())
}
