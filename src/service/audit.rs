//! The audit log: every look at a report or an export, and every change by an account.

use serde_json::Value;
use tribometer_store::audit_entry::{self, AuditEntry};
use uuid::Uuid;

use super::Result;
use crate::App;

/// What is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    ReportViewed,
    ParticipationViewed,
    ExportTaken,
    WaveOpened,
    WaveClosed,
    ResultsReleased,
    ResultsTakenBack,
    PeopleImported,
    RecordsImported,
    PastWaveBroughtIn,
    AccountAdded,
    SignedIn,
}

impl Action {
    /// The action as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::ReportViewed => "report.viewed",
            Action::ParticipationViewed => "participation.viewed",
            Action::ExportTaken => "export.taken",
            Action::WaveOpened => "wave.opened",
            Action::WaveClosed => "wave.closed",
            Action::ResultsReleased => "results.released",
            Action::ResultsTakenBack => "results.taken_back",
            Action::PeopleImported => "people.imported",
            Action::RecordsImported => "records.imported",
            Action::PastWaveBroughtIn => "wave.brought_in",
            Action::AccountAdded => "account.added",
            Action::SignedIn => "account.signed_in",
        }
    }
}

/// Writes a line of the log; `account` is `None` for the command line. Call it before showing: what
/// can't be logged is not shown.
pub async fn record(
    app: &App,
    account: Option<Uuid>,
    action: Action,
    subject: &str,
    details: Value,
) -> Result<()> {
    let transaction = app.store.begin().await?;
    record_along(app, &transaction, account, action, subject, details).await?;
    transaction.commit().await?;
    Ok(())
}

/// As [`record`], along with the change that the line is about: both are stored, or neither.
pub(super) async fn record_along(
    app: &App,
    transaction: &tribometer_store::Transaction,
    account: Option<Uuid>,
    action: Action,
    subject: &str,
    details: Value,
) -> Result<()> {
    let entry = AuditEntry {
        id: Uuid::now_v7(),
        at: app.now(),
        account,
        action: action.as_str().to_owned(),
        subject: subject.to_owned(),
        details,
    };
    Ok(audit_entry::insert(transaction, entry).await?)
}
