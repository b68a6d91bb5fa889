//! Teams: the nodes of the org tree.

use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait};
use tribometer_surveys::team::TeamPath;
use uuid::Uuid;

use super::entity::team;
use super::{Error, Result, bulk};

/// A node of the org tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    pub id: Uuid,
    /// The team one level up.
    pub parent: Option<Uuid>,
    pub path: TeamPath,
}

/// Every team, in no particular order.
pub async fn all(connection: &impl ConnectionTrait) -> Result<Vec<Team>> {
    let rows = team::Entity::find().all(connection).await?;
    rows.into_iter()
        .map(|row| {
            let path = row
                .path
                .parse()
                .map_err(|cause| Error::Corrupt(format!("team {}: {cause}", row.id)))?;
            Ok(Team {
                id: row.id,
                parent: row.parent_id,
                path,
            })
        })
        .collect()
}

/// Adds teams; each comes after the team above it.
pub async fn insert(connection: &impl ConnectionTrait, teams: &[Team]) -> Result<()> {
    let rows = teams.iter().map(|new| team::ActiveModel {
        id: Set(new.id),
        parent_id: Set(new.parent),
        path: Set(new.path.to_string()),
        name: Set(new.path.name().to_owned()),
    });
    bulk::insert(connection, rows, None).await
}
