//! The surveys that programs can ask: those that ship, and those that an organization brings along.

use tribometer_store::survey_version;
use tribometer_surveys::builtin;
use tribometer_surveys::survey::Survey;

use super::{Error, Result};
use crate::App;

/// The survey that a program asks at its next launch: one that ships, or the newest version of one
/// that was brought along.
pub async fn find(app: &App, id: &str) -> Result<Option<Survey>> {
    if let Some(survey) = builtin::find(id) {
        return Ok(Some(survey.clone()));
    }
    Ok(survey_version::newest(app.store.reader(), id).await?)
}

/// Keeps a survey of one's own, so that programs can ask it under its id.
pub async fn bring(app: &App, survey: &Survey) -> Result<()> {
    if builtin::find(&survey.id).is_some() {
        return Err(Error::invalid(
            "survey",
            "taken",
            format!(
                "the id `{}` belongs to a survey that ships; choose another one",
                survey.id
            ),
        ));
    }
    Ok(survey_version::keep(app.store.writer(), survey, app.now()).await?)
}
