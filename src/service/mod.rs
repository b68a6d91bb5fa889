//! The use cases: transaction, authorization, audit. What the web, the command line and the jobs
//! call.

pub mod answering;
pub mod audit;
pub mod backoff;
pub mod blocking;
pub mod clockwork;
pub mod directory;
pub mod doctor;
mod error;
pub mod files;
pub mod findings;
pub mod import;
pub mod key;
pub mod links;
pub mod outbox;
pub mod participation;
pub mod planning;
pub mod programs;
pub mod progress;
pub mod pull_requests;
pub mod queue;
pub mod reading;
pub mod records;
pub mod reminders;
pub mod responses;
pub mod results;
pub mod retention;
pub mod sign_in;
pub mod surveys;
pub mod waves;

pub use error::{Error, FieldError, Result};
