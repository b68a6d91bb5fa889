//! Results that everybody who was asked may read, and what is done about them.

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
        // One column a statement: SQLite adds no more at once.
        manager
            .alter_table(
                Table::alter()
                    .table(Wave::Table)
                    .add_column(timestamp_with_time_zone_null(Wave::ReleasedAt))
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(Wave::Table)
                    .add_column(text_null(Wave::WeDid))
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Wave {
    Table,
    ReleasedAt,
    WeDid,
}
