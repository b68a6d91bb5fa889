//! The outbox of mails and the queue of jobs.

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
                    .table(Message::Table)
                    .col(uuid(Message::Id).primary_key())
                    .col(text(Message::DedupKey).unique_key())
                    .col(text(Message::Kind))
                    .col(uuid_null(Message::WaveId))
                    .col(uuid_null(Message::InvitationId))
                    .col(text(Message::Recipient))
                    .col(json_binary(Message::Parameters))
                    .col(text(Message::MessageId).unique_key())
                    .col(text(Message::State))
                    .col(integer(Message::Attempts))
                    .col(timestamp_with_time_zone(Message::NextAttemptAt))
                    .col(timestamp_with_time_zone_null(Message::LeaseUntil))
                    .col(text_null(Message::LeaseOwner))
                    .col(text_null(Message::LastError))
                    .col(timestamp_with_time_zone_null(Message::SentAt))
                    .col(timestamp_with_time_zone(Message::CreatedAt))
                    .foreign_key(
                        ForeignKey::create()
                            .from(Message::Table, Message::WaveId)
                            .to(Wave::Table, Wave::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from(Message::Table, Message::InvitationId)
                            .to(Invitation::Table, Invitation::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_message_state_next_attempt_at")
                    .table(Message::Table)
                    .col(Message::State)
                    .col(Message::NextAttemptAt)
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_message_wave_id_state")
                    .table(Message::Table)
                    .col(Message::WaveId)
                    .col(Message::State)
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_message_invitation_id")
                    .table(Message::Table)
                    .col(Message::InvitationId)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(Job::Table)
                    .col(uuid(Job::Id).primary_key())
                    .col(text(Job::Kind))
                    .col(text(Job::DedupKey).unique_key())
                    .col(json_binary(Job::Payload))
                    .col(text(Job::State))
                    .col(timestamp_with_time_zone(Job::RunAt))
                    .col(integer(Job::Attempts))
                    .col(timestamp_with_time_zone_null(Job::LeaseUntil))
                    .col(text_null(Job::LeaseOwner))
                    .col(text_null(Job::LastError))
                    .col(timestamp_with_time_zone(Job::CreatedAt))
                    .col(timestamp_with_time_zone_null(Job::FinishedAt))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_job_state_run_at")
                    .table(Job::Table)
                    .col(Job::State)
                    .col(Job::RunAt)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
#[expect(
    clippy::enum_variant_names,
    reason = "a mail's Message-ID is called so"
)]
enum Message {
    Table,
    Id,
    DedupKey,
    Kind,
    WaveId,
    InvitationId,
    Recipient,
    Parameters,
    MessageId,
    State,
    Attempts,
    NextAttemptAt,
    LeaseUntil,
    LeaseOwner,
    LastError,
    SentAt,
    CreatedAt,
}

#[derive(DeriveIden)]
enum Job {
    Table,
    Id,
    Kind,
    DedupKey,
    Payload,
    State,
    RunAt,
    Attempts,
    LeaseUntil,
    LeaseOwner,
    LastError,
    CreatedAt,
    FinishedAt,
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
