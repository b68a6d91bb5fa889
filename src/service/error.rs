//! What a person can act on.

/// A failure that its caller can explain to somebody.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or the caller may not know of it.
    #[error("{0} was not found")]
    NotFound(String),
    /// The input can't be used; nothing was changed.
    #[error("{}", list(.0))]
    Invalid(Vec<FieldError>),
    /// The thing is in another state than this needs.
    #[error("{message}")]
    Conflict {
        /// The kind of conflict, as a word that stays the same when the message is put better.
        code: &'static str,
        message: String,
    },
    /// Something that the caller can't mend; the log says more.
    #[error("internal error: {0}")]
    Internal(String),
}

/// What is wrong with one field of the input.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// The field's name in the form or file.
    pub field: String,
    /// The kind of problem, as a word that stays the same when the message is put better.
    pub code: &'static str,
    /// What is wrong and what was expected.
    pub message: String,
}

/// A use case's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The thing is in another state than this needs.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict {
            code,
            message: message.into(),
        }
    }

    /// One field is wrong.
    pub fn invalid(
        field: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, message)])
    }
}

impl FieldError {
    /// A problem with one field.
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            code,
            message: message.into(),
        }
    }
}

impl From<tribometer_store::Error> for Error {
    fn from(error: tribometer_store::Error) -> Self {
        match error {
            tribometer_store::Error::Conflict(what) => Self::conflict("taken", what),
            other => Self::Internal(other.to_string()),
        }
    }
}

fn list(fields: &[FieldError]) -> String {
    fields
        .iter()
        .map(|field| format!("{}: {}", field.field, field.message))
        .collect::<Vec<_>>()
        .join("; ")
}
