//! The surveys of the waves that are being answered, read once: a version never changes, so a copy
//! is never stale.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use tribometer_store::{Store, survey_version};
use tribometer_surveys::survey::Survey;

use crate::service::{Error, Result};

/// Surveys by version.
#[derive(Default)]
pub struct Surveys {
    known: RwLock<HashMap<String, Arc<Survey>>>,
}

impl Surveys {
    /// The survey with this version.
    pub async fn get(&self, store: &Store, version: &str) -> Result<Arc<Survey>> {
        let known = self
            .known
            .read()
            .map_or(None, |known| known.get(version).cloned());
        if let Some(survey) = known {
            return Ok(survey);
        }
        let found = survey_version::find(store.reader(), version).await?;
        let survey =
            Arc::new(found.ok_or_else(|| {
                Error::Internal(format!("the survey version {version} is missing"))
            })?);
        if let Ok(mut known) = self.known.write() {
            known.insert(version.to_owned(), Arc::clone(&survey));
        }
        Ok(survey)
    }
}
