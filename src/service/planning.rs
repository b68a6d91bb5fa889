//! Before a wave: which changes the groups of a program's audience could show.

use tribometer_analytics::answers::PeopleRows;
use tribometer_analytics::power::{self, Assumptions, Plan};
use tribometer_findings::parts::Part;
use tribometer_surveys::wave::WaveState;

use super::programs::Program;
use super::{Error, Result, directory, findings, surveys, waves};
use crate::App;

/// What somebody expects of the next wave; what is absent is taken from the last one, or else from
/// what is usual.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Expected {
    /// A share, 0 to 1.
    pub response_rate: Option<f64>,
    /// Points of 1 to 5.
    pub change: Option<f64>,
}

/// The lists of the last wave's findings that assumptions are made of.
const BEHIND_A_PLAN: &[Part] = &[Part::Ranking, Part::Groups, Part::Changes];

/// The plan for the people whom a wave that opened now would ask.
pub async fn plan(app: &App, program: &Program, expected: Expected) -> Result<Plan> {
    let settings = &program.settings;
    let survey = surveys::find(app, &settings.survey).await?;
    let areas = survey.map_or(0, |survey| survey.pillars().count() as u32);
    let mut people = PeopleRows::default();
    let directory = directory::people(app).await?;
    for stored in (directory.iter()).filter(|stored| settings.audience.includes(&stored.person)) {
        let team = stored.person.team.as_ref().map(ToString::to_string);
        let attributes = settings.frozen_attributes(&stored.person.attributes);
        let attributes = attributes
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        people.push(&team.unwrap_or_default(), attributes);
    }
    let mut assumptions = Assumptions::usual(areas);
    let all = waves::list(app, program).await?;
    if let Some(last) = all.iter().find(|wave| wave.state == WaveState::Closed)
        && let Some(findings) = findings::read(app, last.id, BEHIND_A_PLAN).await?
    {
        assumptions = Assumptions::after(&findings);
    }
    let assumptions = check(assumptions, expected)?;
    let by: Vec<String> = settings.by.iter().cloned().collect();
    Ok(power::plan(
        &people.finish(),
        &by,
        settings.minimum_group.get(),
        assumptions,
    ))
}

/// The assumptions with what somebody expects instead.
pub fn check(assumptions: Assumptions, expected: Expected) -> Result<Assumptions> {
    let response_rate = expected.response_rate.unwrap_or(assumptions.response_rate);
    let change = expected.change.unwrap_or(assumptions.change);
    if !(response_rate > 0.0 && response_rate <= 1.0) {
        let message = "expected a share of those asked, more than 0% and at most 100%";
        return Err(Error::invalid("response rate", "out-of-range", message));
    }
    if !(0.01..=4.0).contains(&change) {
        let message = "expected points of the scale from 1 to 5, 0.01 to 4";
        return Err(Error::invalid("change", "out-of-range", message));
    }
    Ok(Assumptions {
        response_rate,
        change,
        ..assumptions
    })
}
