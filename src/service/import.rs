//! What all imports have in common: all or nothing, every problem named, progress told.

use tribometer_reports::files::Rejected;

use super::Error;
use crate::store;

/// Hears how many rows of how many are done; the total is 0 while it is unknown.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

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

impl From<store::Error> for ImportError {
    fn from(error: store::Error) -> Self {
        Self::Service(error.into())
    }
}
