//! Accounts of leads and administrators. Engineers have none.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set, SqlErr,
};
use uuid::Uuid;

use super::entity::account;
use super::{Error, Result};

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Runs surveys and adds accounts, and reads every report.
    Admin,
    /// Reads reports.
    Lead,
}

impl Role {
    /// The role as it is stored and typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Lead => "lead",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        match text {
            "admin" => Ok(Role::Admin),
            "lead" => Ok(Role::Lead),
            _ => Err(format!("`{text}` is not a role; expected admin or lead")),
        }
    }
}

/// An account.
#[derive(Clone, Debug)]
pub struct Account {
    pub id: Uuid,
    /// In lower case.
    pub email: String,
    pub name: Option<String>,
    pub role: Role,
    pub created_at: DateTime<Utc>,
}

impl Account {
    /// The name, or the address if there is none.
    pub fn shown_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.email)
    }
}

impl TryFrom<account::Model> for Account {
    type Error = Error;

    fn try_from(row: account::Model) -> Result<Self> {
        let role = row
            .role
            .parse()
            .map_err(|error: String| Error::Corrupt(format!("account {}: {error}", row.id)))?;
        Ok(Account {
            id: row.id,
            email: row.email,
            name: row.name,
            role,
            created_at: row.created_at,
        })
    }
}

/// Adds an account; a conflict if the address has one.
pub async fn insert(db: &impl ConnectionTrait, account: &Account) -> Result<()> {
    let row = account::ActiveModel {
        id: Set(account.id),
        email: Set(account.email.clone()),
        name: Set(account.name.clone()),
        role: Set(account.role.as_str().to_owned()),
        person_id: Set(None),
        created_at: Set(account.created_at),
    };
    match account::Entity::insert(row)
        .exec_without_returning(db)
        .await
    {
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Err(
            Error::Conflict("an account with this mail address exists".into()),
        ),
        result => result.map(drop).map_err(Into::into),
    }
}

/// The account with this address, given in lower case.
pub async fn by_email(db: &impl ConnectionTrait, email: &str) -> Result<Option<Account>> {
    let row = account::Entity::find()
        .filter(account::Column::Email.eq(email))
        .one(db)
        .await?;
    row.map(Account::try_from).transpose()
}

/// The account with this id.
pub async fn by_id(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Account>> {
    let row = account::Entity::find_by_id(id).one(db).await?;
    row.map(Account::try_from).transpose()
}

/// All accounts, by address.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Account>> {
    let rows = account::Entity::find()
        .order_by_asc(account::Column::Email)
        .all(db)
        .await?;
    rows.into_iter().map(Account::try_from).collect()
}

/// Whether there is any account.
pub async fn exists_any(db: &impl ConnectionTrait) -> Result<bool> {
    Ok(account::Entity::find().count(db).await? > 0)
}
