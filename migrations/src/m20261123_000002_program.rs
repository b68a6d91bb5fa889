//! Programs, their waves, and who takes part.

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
                    .table(SurveyVersion::Table)
                    .col(text(SurveyVersion::Id).primary_key())
                    .col(text(SurveyVersion::SurveyId))
                    .col(text(SurveyVersion::Title))
                    .col(text(SurveyVersion::Definition))
                    .col(timestamp_with_time_zone(SurveyVersion::CreatedAt))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(Program::Table)
                    .col(uuid(Program::Id).primary_key())
                    .col(text(Program::Name).unique_key())
                    .col(text(Program::SurveyId))
                    .col(json_binary(Program::Settings))
                    .col(boolean(Program::Paused))
                    .col(timestamp_with_time_zone(Program::CreatedAt))
                    .col(timestamp_with_time_zone(Program::UpdatedAt))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(Wave::Table)
                    .col(uuid(Wave::Id).primary_key())
                    .col(uuid(Wave::ProgramId))
                    .col(text(Wave::Label))
                    .col(text_null(Wave::SurveyVersion))
                    .col(text(Wave::State))
                    .col(date(Wave::Day))
                    .col(timestamp_with_time_zone(Wave::OpensAt))
                    .col(timestamp_with_time_zone(Wave::ClosesAt))
                    .col(timestamp_with_time_zone_null(Wave::OpenedAt))
                    .col(timestamp_with_time_zone_null(Wave::ClosedAt))
                    .col(integer(Wave::MinimumGroup))
                    .col(text(Wave::Confidentiality))
                    .foreign_key(
                        ForeignKey::create()
                            .from(Wave::Table, Wave::ProgramId)
                            .to(Program::Table, Program::Id),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from(Wave::Table, Wave::SurveyVersion)
                            .to(SurveyVersion::Table, SurveyVersion::Id),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("uq_wave_program_id_label")
                    .table(Wave::Table)
                    .col(Wave::ProgramId)
                    .col(Wave::Label)
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_wave_state")
                    .table(Wave::Table)
                    .col(Wave::State)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(Participant::Table)
                    .col(uuid(Participant::Id).primary_key())
                    .col(uuid(Participant::WaveId))
                    .col(uuid_null(Participant::PersonId))
                    .col(text(Participant::TeamPath))
                    .col(json_binary(Participant::Attributes))
                    .col(text(Participant::Timezone))
                    .col(text_null(Participant::Locale))
                    .foreign_key(
                        ForeignKey::create()
                            .from(Participant::Table, Participant::WaveId)
                            .to(Wave::Table, Wave::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from(Participant::Table, Participant::PersonId)
                            .to(Person::Table, Person::Id),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("uq_participant_wave_id_person_id")
                    .table(Participant::Table)
                    .col(Participant::WaveId)
                    .col(Participant::PersonId)
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_participant_person_id")
                    .table(Participant::Table)
                    .col(Participant::PersonId)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(Invitation::Table)
                    .col(uuid(Invitation::Id).primary_key())
                    .col(uuid(Invitation::ParticipantId).unique_key())
                    .col(uuid(Invitation::WaveId))
                    .col(blob(Invitation::TokenHash).unique_key())
                    .col(text(Invitation::State))
                    .col(boolean(Invitation::Reminders))
                    .foreign_key(
                        ForeignKey::create()
                            .from(Invitation::Table, Invitation::ParticipantId)
                            .to(Participant::Table, Participant::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from(Invitation::Table, Invitation::WaveId)
                            .to(Wave::Table, Wave::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_invitation_wave_id_state")
                    .table(Invitation::Table)
                    .col(Invitation::WaveId)
                    .col(Invitation::State)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum SurveyVersion {
    Table,
    Id,
    SurveyId,
    Title,
    Definition,
    CreatedAt,
}

#[derive(DeriveIden)]
enum Program {
    Table,
    Id,
    Name,
    SurveyId,
    Settings,
    Paused,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum Wave {
    Table,
    Id,
    ProgramId,
    Label,
    SurveyVersion,
    State,
    Day,
    OpensAt,
    ClosesAt,
    OpenedAt,
    ClosedAt,
    MinimumGroup,
    Confidentiality,
}

#[derive(DeriveIden)]
enum Participant {
    Table,
    Id,
    WaveId,
    PersonId,
    TeamPath,
    Attributes,
    Timezone,
    Locale,
}

#[derive(DeriveIden)]
enum Invitation {
    Table,
    Id,
    ParticipantId,
    WaveId,
    TokenHash,
    State,
    Reminders,
}

#[derive(DeriveIden)]
enum Person {
    Table,
    Id,
}
