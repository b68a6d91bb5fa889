//! Findings in parts, beside the whole document, so that a page reads what it shows.
//!
//! The documents that are there are taken apart when somebody first reads them, not here: a program
//! of the version before, which may still be running beside this one, goes on writing whole
//! documents, and no migration has to hold the largest of them in memory.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table(FindingsPart::Table)
                    .col(uuid(FindingsPart::WaveId))
                    .col(text(FindingsPart::Part))
                    // Before the content: SQLite walks over whatever lies before a column.
                    .col(timestamp_with_time_zone(FindingsPart::ComputedAt))
                    .col(text(FindingsPart::Content))
                    .primary_key(
                        Index::create()
                            .col(FindingsPart::WaveId)
                            .col(FindingsPart::Part),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from(FindingsPart::Table, FindingsPart::WaveId)
                            .to(Findings::Table, Findings::WaveId)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await
    }
}

#[derive(DeriveIden)]
enum FindingsPart {
    Table,
    WaveId,
    Part,
    ComputedAt,
    Content,
}

#[derive(DeriveIden)]
enum Findings {
    Table,
    WaveId,
}
