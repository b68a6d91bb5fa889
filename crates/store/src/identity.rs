//! Identities: the logins under which other systems know people.

use std::collections::{BTreeMap, HashMap};

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use tribometer_surveys::person::Source;
use uuid::Uuid;

use super::entity::identity;
use super::{Error, Result, bulk};

/// The logins of everybody who has one.
pub async fn by_person(
    connection: &impl ConnectionTrait,
) -> Result<HashMap<Uuid, BTreeMap<Source, String>>> {
    let mut logins: HashMap<Uuid, BTreeMap<Source, String>> = HashMap::new();
    for row in identity::Entity::find().all(connection).await? {
        let source = Source::ALL
            .into_iter()
            .find(|source| source.as_str() == row.provider)
            .ok_or_else(|| {
                Error::Corrupt(format!("identity {}: provider `{}`", row.id, row.provider))
            })?;
        logins
            .entry(row.person_id)
            .or_default()
            .insert(source, row.login);
    }
    Ok(logins)
}

/// Gives people exactly these logins. Whoever else had one of them loses it: a login belongs to one
/// person at a time.
pub async fn replace(
    connection: &impl ConnectionTrait,
    people: &[Uuid],
    logins: &[(Uuid, Source, String)],
) -> Result<()> {
    for chunk in bulk::chunks(people) {
        identity::Entity::delete_many()
            .filter(identity::Column::PersonId.is_in(chunk.iter().copied()))
            .exec(connection)
            .await?;
    }
    for source in Source::ALL {
        let taken: Vec<&str> = logins
            .iter()
            .filter(|(_, of, _)| *of == source)
            .map(|(_, _, login)| login.as_str())
            .collect();
        for chunk in bulk::chunks(&taken) {
            identity::Entity::delete_many()
                .filter(identity::Column::Provider.eq(source.as_str()))
                .filter(identity::Column::Login.is_in(chunk.iter().copied()))
                .exec(connection)
                .await?;
        }
    }
    let rows = logins
        .iter()
        .map(|(person, source, login)| identity::ActiveModel {
            id: Set(Uuid::now_v7()),
            person_id: Set(*person),
            provider: Set(source.as_str().to_owned()),
            login: Set(login.clone()),
        });
    bulk::insert(connection, rows, None).await
}
