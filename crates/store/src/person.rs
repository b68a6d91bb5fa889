//! People of the directory.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, Iterable, QueryFilter};
use tribometer_surveys::person::{Email, Person};
use tribometer_surveys::team::TeamPath;
use uuid::Uuid;

use super::entity::person;
use super::{Error, Result, bulk, identity as logins, team};

/// Somebody of the directory, with the id that the tables know the person by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPerson {
    pub id: Uuid,
    pub person: Person,
}

/// A person as it is to be stored: teams and managers by their ids.
#[derive(Clone, Debug)]
pub struct PersonRow<'a> {
    pub id: Uuid,
    pub person: &'a Person,
    pub team: Option<Uuid>,
    pub manager: Option<Uuid>,
}

/// Everybody, leavers included, in no particular order.
pub async fn all(connection: &impl ConnectionTrait) -> Result<Vec<StoredPerson>> {
    let paths: HashMap<Uuid, TeamPath> = team::all(connection)
        .await?
        .into_iter()
        .map(|team| (team.id, team.path))
        .collect();
    let mut identities = logins::by_person(connection).await?;
    let rows = person::Entity::find().all(connection).await?;
    let emails: HashMap<Uuid, Email> = rows
        .iter()
        .map(|row| Ok((row.id, email(row)?)))
        .collect::<Result<_>>()?;
    rows.into_iter()
        .map(|row| {
            let person = Person {
                email: email(&row)?,
                team: row.team_id.and_then(|team| paths.get(&team).cloned()),
                manager: row
                    .manager_id
                    .and_then(|manager| emails.get(&manager).cloned()),
                timezone: row
                    .timezone
                    .as_deref()
                    .map(|zone| zone.parse().map_err(|_| corrupt(&row, "timezone")))
                    .transpose()?,
                attributes: attributes(&row)?,
                identities: identities.remove(&row.id).unwrap_or_default(),
                id: row.external_id,
                name: row.name,
                locale: row.locale,
                active: row.active,
            };
            Ok(StoredPerson { id: row.id, person })
        })
        .collect()
}

/// Adds people or overwrites them; a manager comes before those who report to the manager, or is
/// there already.
pub async fn put(
    connection: &impl ConnectionTrait,
    rows: &[PersonRow<'_>],
    now: DateTime<Utc>,
) -> Result<()> {
    let overwritten = person::Column::iter()
        .filter(|column| !matches!(column, person::Column::Id | person::Column::CreatedAt));
    let conflict = OnConflict::column(person::Column::Id)
        .update_columns(overwritten)
        .to_owned();
    let models = rows.iter().map(|row| person::ActiveModel {
        id: Set(row.id),
        external_id: Set(row.person.id.clone()),
        email: Set(row.person.email.to_string()),
        name: Set(row.person.name.clone()),
        team_id: Set(row.team),
        manager_id: Set(row.manager),
        timezone: Set(row.person.timezone.map(|zone| zone.name().to_owned())),
        locale: Set(row.person.locale.clone()),
        active: Set(row.person.active),
        attributes: Set(serde_json::json!(row.person.attributes)),
        created_at: Set(now),
        updated_at: Set(now),
    });
    bulk::insert(connection, models, Some(conflict)).await
}

/// Puts something unique in the place of ids and addresses, so that people can then exchange them.
pub async fn release_names(connection: &impl ConnectionTrait, people: &[Uuid]) -> Result<()> {
    for person in people {
        let unique = format!("released {person}");
        person::Entity::update_many()
            .col_expr(person::Column::ExternalId, Expr::value(unique.clone()))
            .col_expr(person::Column::Email, Expr::value(unique))
            .filter(person::Column::Id.eq(*person))
            .exec(connection)
            .await?;
    }
    Ok(())
}

/// Marks leavers.
pub async fn deactivate(
    connection: &impl ConnectionTrait,
    people: &[Uuid],
    now: DateTime<Utc>,
) -> Result<()> {
    for chunk in bulk::chunks(people) {
        person::Entity::update_many()
            .col_expr(person::Column::Active, Expr::value(false))
            .col_expr(person::Column::UpdatedAt, Expr::value(now))
            .filter(person::Column::Id.is_in(chunk.iter().copied()))
            .exec(connection)
            .await?;
    }
    Ok(())
}

fn email(row: &person::Model) -> Result<Email> {
    row.email.parse().map_err(|_| corrupt(row, "email"))
}

fn attributes(row: &person::Model) -> Result<BTreeMap<String, String>> {
    serde_json::from_value(row.attributes.clone()).map_err(|_| corrupt(row, "attributes"))
}

fn corrupt(row: &person::Model, column: &str) -> Error {
    Error::Corrupt(format!("person {}: {column}", row.id))
}
