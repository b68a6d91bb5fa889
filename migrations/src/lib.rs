//! The database schema, forward only: a migration never imports an entity, and a change takes a new
//! file.
//!
//! How to write one is in CONTRIBUTING.md; `tests/data/migrations` has rows for each.
//!
//! ```
//! use tribometer_migrations::{Migrator, MigratorTrait};
//!
//! // A migration goes by the name of its file, so that their order is that of their days.
//! let steps = Migrator::migrations();
//! assert!(steps.is_sorted_by_key(|step| step.name()));
//! assert_eq!(steps[0].name(), "m20261123_000001_directory");
//! ```

pub use sea_orm_migration::prelude::*;

mod m20261123_000001_directory;
mod m20261123_000002_program;
mod m20261123_000003_mail;
mod m20261123_000004_answering;
mod m20261123_000005_telemetry;
mod m20261123_000006_account;
mod m20261126_000007_results;
mod m20261129_000008_findings_part;
mod m20261129_000009_records;

/// Every migration, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_directory::Migration),
            Box::new(m20261123_000002_program::Migration),
            Box::new(m20261123_000003_mail::Migration),
            Box::new(m20261123_000004_answering::Migration),
            Box::new(m20261123_000005_telemetry::Migration),
            Box::new(m20261123_000006_account::Migration),
            Box::new(m20261126_000007_results::Migration),
            Box::new(m20261129_000008_findings_part::Migration),
            Box::new(m20261129_000009_records::Migration),
        ]
    }
}
