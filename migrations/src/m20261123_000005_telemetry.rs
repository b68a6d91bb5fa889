//! Pull requests and the findings of closed waves.

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
                    .table(PullRequest::Table)
                    .col(uuid(PullRequest::Id).primary_key())
                    .col(text(PullRequest::Repository))
                    .col(big_integer(PullRequest::Number))
                    .col(text(PullRequest::Author))
                    .col(uuid_null(PullRequest::PersonId))
                    .col(text_null(PullRequest::TeamPath))
                    .col(boolean(PullRequest::Bot))
                    .col(timestamp_with_time_zone_null(PullRequest::FirstCommitAt))
                    .col(timestamp_with_time_zone_null(PullRequest::LastCommitAt))
                    .col(timestamp_with_time_zone_null(PullRequest::CreatedAt))
                    .col(timestamp_with_time_zone_null(PullRequest::ReadyAt))
                    .col(timestamp_with_time_zone_null(PullRequest::FirstReviewAt))
                    .col(timestamp_with_time_zone_null(PullRequest::ApprovedAt))
                    .col(timestamp_with_time_zone_null(PullRequest::MergedAt))
                    .col(timestamp_with_time_zone_null(PullRequest::ClosedAt))
                    .col(timestamp_with_time_zone_null(PullRequest::DeployedAt))
                    .col(text_null(PullRequest::MergedBy))
                    .col(integer_null(PullRequest::Commits))
                    .col(integer_null(PullRequest::Additions))
                    .col(integer_null(PullRequest::Deletions))
                    .col(integer_null(PullRequest::ChangedFiles))
                    .col(integer_null(PullRequest::ReviewRounds))
                    .foreign_key(
                        ForeignKey::create()
                            .from(PullRequest::Table, PullRequest::PersonId)
                            .to(Person::Table, Person::Id),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("uq_pull_request_repository_number")
                    .table(PullRequest::Table)
                    .col(PullRequest::Repository)
                    .col(PullRequest::Number)
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_pull_request_merged_at")
                    .table(PullRequest::Table)
                    .col(PullRequest::MergedAt)
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_pull_request_person_id")
                    .table(PullRequest::Table)
                    .col(PullRequest::PersonId)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(Findings::Table)
                    .col(uuid(Findings::WaveId).primary_key())
                    .col(text(Findings::Document))
                    .col(timestamp_with_time_zone(Findings::ComputedAt))
                    .foreign_key(
                        ForeignKey::create()
                            .from(Findings::Table, Findings::WaveId)
                            .to(Wave::Table, Wave::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum PullRequest {
    Table,
    Id,
    Repository,
    Number,
    Author,
    PersonId,
    TeamPath,
    Bot,
    FirstCommitAt,
    LastCommitAt,
    CreatedAt,
    ReadyAt,
    FirstReviewAt,
    ApprovedAt,
    MergedAt,
    ClosedAt,
    DeployedAt,
    MergedBy,
    Commits,
    Additions,
    Deletions,
    ChangedFiles,
    ReviewRounds,
}

#[derive(DeriveIden)]
enum Findings {
    Table,
    WaveId,
    Document,
    ComputedAt,
}

#[derive(DeriveIden)]
enum Person {
    Table,
    Id,
}

#[derive(DeriveIden)]
enum Wave {
    Table,
    Id,
}
