//! Who is in a wave and how many of them have answered, as counts; never who.

use std::collections::BTreeMap;

use sea_orm::sea_query::LikeExpr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect,
};
use tribometer_surveys::team::{SEPARATOR, TeamPath};
use uuid::Uuid;

use super::entity::{invitation, participant};
use super::{Error, Result};

/// How many people of one team, without the teams within it, are invited and have answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamCount {
    /// Empty for people without a team.
    pub team: String,
    pub invited: usize,
    pub answered: usize,
}

/// The counts of all teams of a wave that have participants of their own.
pub async fn by_team(db: &impl ConnectionTrait, wave: Uuid) -> Result<Vec<TeamCount>> {
    let to_invitation = participant::Entity::belongs_to(invitation::Entity)
        .from(participant::Column::Id)
        .to(invitation::Column::ParticipantId);
    let rows: Vec<(String, String, i64)> = participant::Entity::find()
        .select_only()
        .column(participant::Column::TeamPath)
        .column(invitation::Column::State)
        .expr(participant::Column::Id.count())
        .join(JoinType::InnerJoin, to_invitation.into())
        .filter(participant::Column::WaveId.eq(wave))
        .group_by(participant::Column::TeamPath)
        .group_by(invitation::Column::State)
        .into_tuple()
        .all(db)
        .await?;
    let mut counts = BTreeMap::<String, (usize, usize)>::new();
    for (team, state, people) in rows {
        let people = usize::try_from(people).unwrap_or_default();
        let count = counts.entry(team).or_default();
        count.0 += people;
        count.1 += if state == super::answer_writer::USED {
            people
        } else {
            0
        };
    }
    let counts = counts.into_iter();
    Ok(counts
        .map(|(team, (invited, answered))| TeamCount {
            team,
            invited,
            answered,
        })
        .collect())
}

/// The attributes of each participant of a team and the teams within it.
pub async fn attributes_within(
    db: &impl ConnectionTrait,
    wave: Uuid,
    team: &TeamPath,
) -> Result<Vec<BTreeMap<String, String>>> {
    let literal = team
        .as_str()
        .replace('\\', r"\\")
        .replace('%', r"\%")
        .replace('_', r"\_");
    let within = LikeExpr::new(format!("{literal}{SEPARATOR}%")).escape('\\');
    let rows: Vec<(Uuid, String, serde_json::Value)> = participant::Entity::find()
        .select_only()
        .columns([
            participant::Column::Id,
            participant::Column::TeamPath,
            participant::Column::Attributes,
        ])
        .filter(participant::Column::WaveId.eq(wave))
        .filter(
            Condition::any()
                .add(participant::Column::TeamPath.eq(team.as_str()))
                .add(participant::Column::TeamPath.like(within)),
        )
        .into_tuple()
        .all(db)
        .await?;
    // SQLite's LIKE ignores case, so its answer is checked.
    let is_within = |path: &str| {
        path.parse::<TeamPath>()
            .is_ok_and(|path| path.is_within(team))
    };
    rows.into_iter()
        .filter(|(_, path, _)| is_within(path))
        .map(|(id, _, attributes)| {
            serde_json::from_value(attributes)
                .map_err(|cause| Error::Corrupt(format!("attributes of participant {id}: {cause}")))
        })
        .collect()
}
