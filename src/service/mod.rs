//! The use cases: transaction, authorization, audit. What the web, the command line and the jobs call.

mod error;

pub use error::{Error, FieldError, Result};
