//! What all imports have in common: all or nothing, every problem named.

use tribometer_surveys::file::Rejected;

use super::Error;

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be stored as it is.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// Something else failed.
    #[error(transparent)]
    Service(#[from] Error),
}

impl From<tribometer_store::Error> for ImportError {
    fn from(error: tribometer_store::Error) -> Self {
        Self::Service(error.into())
    }
}
