//! One file per table. Entities stay inside `store`; what leaves it are the plain structs of the
//! noun's file.

pub mod account;
pub mod audit_entry;
pub mod comment;
pub mod draft;
pub mod findings;
pub mod findings_part;
pub mod identity;
pub mod import;
pub mod invitation;
pub mod job;
pub mod message;
pub mod participant;
pub mod person;
pub mod program;
pub mod response;
pub mod sign_in_link;
pub mod survey_version;
pub mod team;
pub mod wave;
pub mod web_session;

use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};

use tribometer_surveys::records;

use super::{Error, Result, record};

/// Reads some rows of every table, so that a schema that the entities do not fit is found.
pub async fn read_each(connection: &impl ConnectionTrait) -> Result<()> {
    macro_rules! read {
        ($($table:ident)+) => {$(
            $table::Entity::find().limit(100).all(connection).await.map_err(|cause| {
                Error::Corrupt(format!("table {}: {cause}", stringify!($table)))
            })?;
        )+};
    }
    read! {
        account audit_entry comment draft findings findings_part identity import invitation job message participant person program response sign_in_link survey_version team wave web_session
    }
    for kind in &records::ALL {
        record::read_some(connection, kind)
            .await
            .map_err(|cause| Error::Corrupt(format!("table {}: {cause}", kind.table)))?;
    }
    Ok(())
}
