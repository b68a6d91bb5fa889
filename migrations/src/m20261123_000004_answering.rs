//! Drafts, responses and comments, with nothing that leads from a response back to its participant.

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
                    .table(Draft::Table)
                    .col(uuid(Draft::InvitationId).primary_key())
                    .col(blob(Draft::Sealed))
                    .col(date(Draft::Day))
                    .foreign_key(
                        ForeignKey::create()
                            .from(Draft::Table, Draft::InvitationId)
                            .to(Invitation::Table, Invitation::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(Response::Table)
                    .col(uuid(Response::Id).primary_key())
                    .col(uuid(Response::WaveId))
                    .col(blob_null(Response::Pseudonym))
                    .col(text(Response::TeamPath))
                    .col(json_binary(Response::Attributes))
                    .col(json_binary(Response::Answers))
                    .col(date(Response::Day))
                    .foreign_key(
                        ForeignKey::create()
                            .from(Response::Table, Response::WaveId)
                            .to(Wave::Table, Wave::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .extra(without_rowid(manager))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_response_wave_id")
                    .table(Response::Table)
                    .col(Response::WaveId)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(Comment::Table)
                    .col(uuid(Comment::Id).primary_key())
                    .col(uuid(Comment::WaveId))
                    .col(text(Comment::ItemId))
                    .col(text(Comment::TeamPath))
                    .col(text(Comment::Text))
                    .col(date(Comment::Day))
                    .foreign_key(
                        ForeignKey::create()
                            .from(Comment::Table, Comment::WaveId)
                            .to(Wave::Table, Wave::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .extra(without_rowid(manager))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_comment_wave_id")
                    .table(Comment::Table)
                    .col(Comment::WaveId)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}

/// SQLite orders an ordinary table by insertion; without a row id it is ordered by the random
/// primary key.
fn without_rowid(manager: &SchemaManager) -> &'static str {
    match manager.get_database_backend() {
        sea_orm::DbBackend::Sqlite => "WITHOUT ROWID",
        _ => "",
    }
}

#[derive(DeriveIden)]
enum Draft {
    Table,
    InvitationId,
    Sealed,
    Day,
}

#[derive(DeriveIden)]
enum Response {
    Table,
    Id,
    WaveId,
    Pseudonym,
    TeamPath,
    Attributes,
    Answers,
    Day,
}

#[derive(DeriveIden)]
enum Comment {
    Table,
    Id,
    WaveId,
    ItemId,
    TeamPath,
    Text,
    Day,
}

#[derive(DeriveIden)]
enum Invitation {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Wave {
    Table,
    Id,
}
