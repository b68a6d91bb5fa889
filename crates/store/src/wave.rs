//! Waves: one run of a program each. Every change of state is guarded by the state before, so that
//! of two replicas one makes it.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use tribometer_surveys::privacy::{Confidentiality, MinimumGroup};
use tribometer_surveys::wave::WaveState;
use uuid::Uuid;

use super::entity::wave;
use super::{Error, Result};

/// One run of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wave {
    pub id: Uuid,
    pub program: Uuid,
    /// `2026-Q4`.
    pub label: String,
    /// The version of its survey; `None` until launch.
    pub survey_version: Option<String>,
    pub state: WaveState,
    /// The day of the invitations, in each participant's own zone.
    pub day: NaiveDate,
    /// When the first participant is invited.
    pub opens_at: DateTime<Utc>,
    /// When the last answer is taken.
    pub closes_at: DateTime<Utc>,
    pub opened_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
    pub minimum_group: MinimumGroup,
    pub confidentiality: Confidentiality,
    /// When everybody who was asked could first read the results; `None` while they are the leads'
    /// alone.
    pub released_at: Option<DateTime<Utc>>,
    /// What is done about the results; it stays when they are taken back, for the next release.
    pub we_did: Option<String>,
}

impl Wave {
    /// Whether it is planned and nobody is invited yet.
    pub fn is_to_come(&self) -> bool {
        self.state == WaveState::Scheduled
    }
}

impl TryFrom<wave::Model> for Wave {
    type Error = Error;

    fn try_from(row: wave::Model) -> Result<Self> {
        Ok(Wave {
            id: row.id,
            program: row.program_id,
            state: read(row.id, "state", row.state.parse())?,
            minimum_group: read(row.id, "minimum group", minimum_group(row.minimum_group))?,
            confidentiality: read(row.id, "confidentiality", row.confidentiality.parse())?,
            label: row.label,
            survey_version: row.survey_version,
            day: row.day,
            opens_at: row.opens_at,
            closes_at: row.closes_at,
            opened_at: row.opened_at,
            closed_at: row.closed_at,
            released_at: row.released_at,
            we_did: row.we_did,
        })
    }
}

/// Reads a minimum group as it is stored.
pub(super) fn minimum_group(
    stored: i32,
) -> Result<MinimumGroup, tribometer_surveys::privacy::MinimumGroupTooSmall> {
    MinimumGroup::new(u32::try_from(stored).unwrap_or_default())
}

fn read<T>(
    id: Uuid,
    what: &str,
    value: std::result::Result<T, impl std::fmt::Display>,
) -> Result<T> {
    value.map_err(|cause| Error::Corrupt(format!("{what} of wave {id}: {cause}")))
}

fn all_of(rows: Vec<wave::Model>) -> Result<Vec<Wave>> {
    rows.into_iter().map(Wave::try_from).collect()
}

/// The wave with this id.
pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Wave>> {
    let row = wave::Entity::find_by_id(id).one(db).await?;
    row.map(Wave::try_from).transpose()
}

/// All waves, the newest first.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Wave>> {
    let newest_first = wave::Entity::find()
        .order_by_desc(wave::Column::OpensAt)
        .order_by_asc(wave::Column::Label);
    all_of(newest_first.all(db).await?)
}

/// The waves of a program, the newest first.
pub async fn of_program(db: &impl ConnectionTrait, program: Uuid) -> Result<Vec<Wave>> {
    let newest_first = wave::Entity::find()
        .filter(wave::Column::ProgramId.eq(program))
        .order_by_desc(wave::Column::OpensAt);
    all_of(newest_first.all(db).await?)
}

/// The wave of a program with this label.
pub async fn by_label(
    db: &impl ConnectionTrait,
    program: Uuid,
    label: &str,
) -> Result<Option<Wave>> {
    let row = wave::Entity::find()
        .filter(wave::Column::ProgramId.eq(program))
        .filter(wave::Column::Label.eq(label))
        .one(db)
        .await?;
    row.map(Wave::try_from).transpose()
}

/// All waves in a state, the one that opens first first.
pub async fn in_state(db: &impl ConnectionTrait, state: WaveState) -> Result<Vec<Wave>> {
    let rows = wave::Entity::find()
        .filter(wave::Column::State.eq(state.as_str()))
        .order_by_asc(wave::Column::OpensAt);
    all_of(rows.all(db).await?)
}

/// Plans a wave; `false` if the program has one with this label.
pub async fn plan(db: &impl ConnectionTrait, wave: &Wave) -> Result<bool> {
    let row = wave::ActiveModel {
        id: Set(wave.id),
        program_id: Set(wave.program),
        label: Set(wave.label.clone()),
        survey_version: Set(wave.survey_version.clone()),
        state: Set(wave.state.as_str().to_owned()),
        day: Set(wave.day),
        opens_at: Set(wave.opens_at),
        closes_at: Set(wave.closes_at),
        opened_at: Set(wave.opened_at),
        closed_at: Set(wave.closed_at),
        minimum_group: Set(stored_minimum(wave.minimum_group)),
        confidentiality: Set(wave.confidentiality.as_str().to_owned()),
        released_at: Set(wave.released_at),
        we_did: Set(wave.we_did.clone()),
    };
    let is_planned = OnConflict::columns([wave::Column::ProgramId, wave::Column::Label])
        .do_nothing()
        .to_owned();
    let inserted = wave::Entity::insert(row)
        .on_conflict(is_planned)
        .exec_without_returning(db)
        .await?;
    Ok(inserted == 1)
}

fn stored_minimum(minimum: MinimumGroup) -> i32 {
    i32::try_from(minimum.get()).unwrap_or(i32::MAX)
}

/// Deletes a wave that nobody was invited to yet; `false` if it has opened.
pub async fn unplan(db: &impl ConnectionTrait, id: Uuid) -> Result<bool> {
    let deleted = wave::Entity::delete_many()
        .filter(wave::Column::Id.eq(id))
        .filter(wave::Column::State.eq(WaveState::Scheduled.as_str()))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected == 1)
}

/// What opening a wave fixes.
#[derive(Clone, Debug)]
pub struct Opening {
    pub survey_version: String,
    pub day: NaiveDate,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub opened_at: DateTime<Utc>,
    pub minimum_group: MinimumGroup,
    pub confidentiality: Confidentiality,
}

/// Opens a scheduled wave; `false` if it is no longer scheduled. The row stays locked until the
/// transaction ends, so a second replica waits here and then finds the wave open.
pub async fn open(db: &impl ConnectionTrait, id: Uuid, opening: &Opening) -> Result<bool> {
    let change = wave::ActiveModel {
        state: Set(WaveState::Open.as_str().to_owned()),
        survey_version: Set(Some(opening.survey_version.clone())),
        day: Set(opening.day),
        opens_at: Set(opening.opens_at),
        closes_at: Set(opening.closes_at),
        opened_at: Set(Some(opening.opened_at)),
        minimum_group: Set(stored_minimum(opening.minimum_group)),
        confidentiality: Set(opening.confidentiality.as_str().to_owned()),
        ..Default::default()
    };
    advance(db, id, change, WaveState::Scheduled, WaveState::Open).await
}

/// Closes an open wave; `false` if it is not open.
pub async fn close(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let change = wave::ActiveModel {
        state: Set(WaveState::Closed.as_str().to_owned()),
        closed_at: Set(Some(now)),
        ..Default::default()
    };
    advance(db, id, change, WaveState::Open, WaveState::Closed).await
}

/// Shows the results of a closed wave to everybody who was asked; `false` if it is not closed. The
/// first time stays.
pub async fn release(
    db: &impl ConnectionTrait,
    id: Uuid,
    we_did: Option<String>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let changed = wave::Entity::update_many()
        .col_expr(wave::Column::WeDid, Expr::value(we_did))
        .col_expr(
            wave::Column::ReleasedAt,
            Expr::col(wave::Column::ReleasedAt).if_null(now),
        )
        .filter(wave::Column::Id.eq(id))
        .filter(wave::Column::State.eq(WaveState::Closed.as_str()))
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Takes released results back; `false` if they are not released.
pub async fn take_back(db: &impl ConnectionTrait, id: Uuid) -> Result<bool> {
    let changed = wave::Entity::update_many()
        .set(wave::ActiveModel {
            released_at: Set(None),
            ..Default::default()
        })
        .filter(wave::Column::Id.eq(id))
        .filter(wave::Column::ReleasedAt.is_not_null())
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Makes a transition of the domain, if the wave is still where it begins.
async fn advance(
    db: &impl ConnectionTrait,
    id: Uuid,
    change: wave::ActiveModel,
    from: WaveState,
    to: WaveState,
) -> Result<bool> {
    from.advance(to)
        .map_err(|cause| Error::Conflict(cause.to_string()))?;
    let changed = wave::Entity::update_many()
        .set(change)
        .filter(wave::Column::Id.eq(id))
        .filter(wave::Column::State.eq(from.as_str()))
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Plans a scheduled wave anew; `false` if it is no longer scheduled.
pub async fn move_to(
    db: &impl ConnectionTrait,
    id: Uuid,
    day: NaiveDate,
    opens_at: DateTime<Utc>,
    closes_at: DateTime<Utc>,
) -> Result<bool> {
    let change = wave::ActiveModel {
        day: Set(day),
        opens_at: Set(opens_at),
        closes_at: Set(closes_at),
        ..Default::default()
    };
    let changed = wave::Entity::update_many()
        .set(change)
        .filter(wave::Column::Id.eq(id))
        .filter(wave::Column::State.eq(WaveState::Scheduled.as_str()))
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}
