//! The directory: teams, people and their logins elsewhere.

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
                    .table(Team::Table)
                    .col(uuid(Team::Id).primary_key())
                    .col(uuid_null(Team::ParentId))
                    .col(text(Team::Path).unique_key())
                    .col(text(Team::Name))
                    .foreign_key(
                        ForeignKey::create()
                            .from(Team::Table, Team::ParentId)
                            .to(Team::Table, Team::Id),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(Person::Table)
                    .col(uuid(Person::Id).primary_key())
                    .col(text(Person::ExternalId).unique_key())
                    .col(text(Person::Email).unique_key())
                    .col(text_null(Person::Name))
                    .col(uuid_null(Person::TeamId))
                    .col(uuid_null(Person::ManagerId))
                    .col(text_null(Person::Timezone))
                    .col(text_null(Person::Locale))
                    .col(boolean(Person::Active))
                    .col(json_binary(Person::Attributes))
                    .col(timestamp_with_time_zone(Person::CreatedAt))
                    .col(timestamp_with_time_zone(Person::UpdatedAt))
                    .foreign_key(
                        ForeignKey::create()
                            .from(Person::Table, Person::TeamId)
                            .to(Team::Table, Team::Id),
                    )
                    .foreign_key(
                        ForeignKey::create()
                            .from(Person::Table, Person::ManagerId)
                            .to(Person::Table, Person::Id),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_person_team_id")
                    .table(Person::Table)
                    .col(Person::TeamId)
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_person_manager_id")
                    .table(Person::Table)
                    .col(Person::ManagerId)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(Identity::Table)
                    .col(uuid(Identity::Id).primary_key())
                    .col(uuid(Identity::PersonId))
                    .col(text(Identity::Provider))
                    .col(text(Identity::Login))
                    .foreign_key(
                        ForeignKey::create()
                            .from(Identity::Table, Identity::PersonId)
                            .to(Person::Table, Person::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_identity_provider_login")
                    .table(Identity::Table)
                    .col(Identity::Provider)
                    .col(Identity::Login)
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_identity_person_id")
                    .table(Identity::Table)
                    .col(Identity::PersonId)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Team {
    Table,
    Id,
    ParentId,
    Path,
    Name,
}

#[derive(DeriveIden)]
enum Person {
    Table,
    Id,
    ExternalId,
    Email,
    Name,
    TeamId,
    ManagerId,
    Timezone,
    Locale,
    Active,
    Attributes,
    CreatedAt,
    UpdatedAt,
}

#[derive(DeriveIden)]
enum Identity {
    Table,
    Id,
    PersonId,
    Provider,
    Login,
}
