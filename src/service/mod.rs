//! The use cases: transaction, authorization, audit. What the web, the command line and the jobs call.

pub mod answering;
mod error;

pub use error::{Error, FieldError, Result};
