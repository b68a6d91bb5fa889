//! Who takes part in a wave, with team and attributes as they were at launch.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Set,
};
use tribometer_surveys::team::TeamPath;
use uuid::Uuid;

use super::entity::{participant, person};
use super::{Error, Result, bulk};

/// A participant to be stored.
#[derive(Clone, Debug)]
pub struct Participant {
    pub id: Uuid,
    pub person: Uuid,
    /// `None` for somebody without a team.
    pub team: Option<TeamPath>,
    pub attributes: BTreeMap<String, String>,
    pub timezone: Tz,
    pub locale: Option<String>,
}

/// Stores the participants of a wave.
pub async fn insert(
    db: &impl ConnectionTrait,
    wave: Uuid,
    participants: &[Participant],
) -> Result<()> {
    let rows = participants.iter().map(|one| participant::ActiveModel {
        id: Set(one.id),
        wave_id: Set(wave),
        person_id: Set(Some(one.person)),
        team_path: Set(one
            .team
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default()),
        attributes: Set(serde_json::json!(one.attributes)),
        timezone: Set(one.timezone.name().to_owned()),
        locale: Set(one.locale.clone()),
    });
    bulk::insert(db, rows.collect::<Vec<_>>(), None).await
}

/// A participant as frozen at launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// `None` after the person was erased.
    pub person: Option<Uuid>,
    /// Empty for somebody without a team.
    pub team_path: String,
    pub attributes: BTreeMap<String, String>,
}

/// Everybody who takes part in a wave, in no particular order.
pub async fn roster(db: &impl ConnectionTrait, wave: Uuid) -> Result<Vec<Frozen>> {
    let rows = participant::Entity::find()
        .filter(participant::Column::WaveId.eq(wave))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let attributes = serde_json::from_value(row.attributes).map_err(|cause| {
                Error::Corrupt(format!("attributes of participant {}: {cause}", row.id))
            })?;
            Ok(Frozen {
                person: row.person_id,
                team_path: row.team_path,
                attributes,
            })
        })
        .collect()
}

/// How many participants a wave has.
pub async fn count(db: &impl ConnectionTrait, wave: Uuid) -> Result<u64> {
    let of_wave = participant::Entity::find().filter(participant::Column::WaveId.eq(wave));
    Ok(of_wave.count(db).await?)
}

/// The time zones of a wave's participants.
pub async fn zones(db: &impl ConnectionTrait, wave: Uuid) -> Result<Vec<Tz>> {
    let zones: Vec<String> = participant::Entity::find()
        .select_only()
        .column(participant::Column::Timezone)
        .filter(participant::Column::WaveId.eq(wave))
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    zones.into_iter().map(read_zone).collect()
}

/// The time zones of everybody who may take part in the next wave.
pub async fn zones_to_come(db: &impl ConnectionTrait) -> Result<Vec<Tz>> {
    let zones: Vec<String> = person::Entity::find()
        .select_only()
        .column(person::Column::Timezone)
        .filter(person::Column::Active.eq(true))
        .filter(person::Column::Timezone.is_not_null())
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    zones.into_iter().map(read_zone).collect()
}

pub(super) fn read_zone(name: String) -> Result<Tz> {
    name.parse()
        .map_err(|cause| Error::Corrupt(format!("time zone {name}: {cause}")))
}
