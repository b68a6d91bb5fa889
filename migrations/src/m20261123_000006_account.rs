//! Accounts, how they sign in, and the audit log.

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
                    .table(Account::Table)
                    .col(uuid(Account::Id).primary_key())
                    .col(text(Account::Email).unique_key())
                    .col(text_null(Account::Name))
                    .col(text(Account::Role))
                    .col(uuid_null(Account::PersonId))
                    .col(timestamp_with_time_zone(Account::CreatedAt))
                    .foreign_key(
                        ForeignKey::create()
                            .from(Account::Table, Account::PersonId)
                            .to(Person::Table, Person::Id),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(SignInLink::Table)
                    .col(uuid(SignInLink::Id).primary_key())
                    .col(uuid(SignInLink::AccountId))
                    .col(blob(SignInLink::TokenHash).unique_key())
                    .col(timestamp_with_time_zone(SignInLink::ExpiresAt))
                    .col(timestamp_with_time_zone_null(SignInLink::UsedAt))
                    .col(timestamp_with_time_zone(SignInLink::CreatedAt))
                    .foreign_key(
                        ForeignKey::create()
                            .from(SignInLink::Table, SignInLink::AccountId)
                            .to(Account::Table, Account::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_sign_in_link_account_id_created_at")
                    .table(SignInLink::Table)
                    .col(SignInLink::AccountId)
                    .col(SignInLink::CreatedAt)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(WebSession::Table)
                    .col(uuid(WebSession::Id).primary_key())
                    .col(uuid(WebSession::AccountId))
                    .col(blob(WebSession::TokenHash).unique_key())
                    .col(timestamp_with_time_zone(WebSession::ExpiresAt))
                    .col(timestamp_with_time_zone(WebSession::CreatedAt))
                    .foreign_key(
                        ForeignKey::create()
                            .from(WebSession::Table, WebSession::AccountId)
                            .to(Account::Table, Account::Id)
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_web_session_account_id")
                    .table(WebSession::Table)
                    .col(WebSession::AccountId)
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(AuditEntry::Table)
                    .col(uuid(AuditEntry::Id).primary_key())
                    .col(timestamp_with_time_zone(AuditEntry::At))
                    .col(uuid_null(AuditEntry::AccountId))
                    .col(text(AuditEntry::Action))
                    .col(text(AuditEntry::Subject))
                    .col(json_binary(AuditEntry::Details))
                    .foreign_key(
                        ForeignKey::create()
                            .from(AuditEntry::Table, AuditEntry::AccountId)
                            .to(Account::Table, Account::Id),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("ix_audit_entry_at")
                    .table(AuditEntry::Table)
                    .col(AuditEntry::At)
                    .to_owned(),
            )
            .await?;
        Ok(())
    }
}

#[derive(DeriveIden)]
enum Account {
    Table,
    Id,
    Email,
    Name,
    Role,
    PersonId,
    CreatedAt,
}

#[derive(DeriveIden)]
enum SignInLink {
    Table,
    Id,
    AccountId,
    TokenHash,
    ExpiresAt,
    UsedAt,
    CreatedAt,
}

#[derive(DeriveIden)]
enum WebSession {
    Table,
    Id,
    AccountId,
    TokenHash,
    ExpiresAt,
    CreatedAt,
}

#[derive(DeriveIden)]
enum AuditEntry {
    Table,
    Id,
    At,
    AccountId,
    Action,
    Subject,
    Details,
}

#[derive(DeriveIden)]
enum Person {
    Table,
    Id,
}
