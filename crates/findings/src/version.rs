//! The form of a document, and what this program makes of other forms.

use serde::Deserialize;

use crate::Findings;

/// The form of documents that this program writes. A field that is no longer there, and every new
/// kind of fact, make a new one: who reads it must know them.
pub const VERSION: u32 = 1;

/// Why a document can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// A newer program wrote it.
    #[error(
        "these findings have version {found}, and this program reads versions up to {VERSION}: use \
         the version of Tribometer that wrote them, or a newer one"
    )]
    Newer { found: u32 },
    /// It is no document of findings.
    #[error("these are no findings: {0}")]
    Json(#[from] serde_json::Error),
}

impl Unreadable {
    /// The kind of problem, as a word that stays the same when the message is put better.
    pub fn code(&self) -> &'static str {
        match self {
            Unreadable::Newer { .. } => "newer-findings",
            Unreadable::Json(_) => "no-findings",
        }
    }
}

/// What every version has.
#[derive(Deserialize)]
struct Form {
    #[serde(default)]
    version: u32,
}

/// Whether this program knows the version of a document, or of its head.
///
/// # Errors
/// It is newer, or this is no JSON object.
pub fn check(json: &str) -> Result<(), Unreadable> {
    match serde_json::from_str::<Form>(json)?.version {
        found if found > VERSION => Err(Unreadable::Newer { found }),
        _ => Ok(()),
    }
}

impl Findings {
    /// Reads a whole document of this version or an older one.
    ///
    /// # Errors
    /// A newer program wrote it, or it is no document of findings.
    pub fn from_json(json: &str) -> Result<Findings, Unreadable> {
        check(json)?;
        Ok(serde_json::from_str(json)?)
    }
}
