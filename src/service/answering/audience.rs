//! The smallest groups that a participant's answers can appear in, by name, as they are told before
//! sending.
//!
//! A wave shows every team of the tree and every team by one attribute, from the minimum group up.
//! So the smallest groups are the own team, and the own team by each of the own attributes, or for
//! each the nearest team above with enough invited people.

use std::collections::BTreeMap;

use tribometer_store::participation;
use tribometer_surveys::team::TeamPath;

use super::Facts;
use crate::App;
use crate::service::Result;

/// A group, and how many people it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub team: TeamPath,
    /// The attribute and its value, if the team is cut by one.
    pub cut: Option<(String, String)>,
    pub invited: usize,
}

/// The smallest groups for this participant, the own team's first; none if the whole wave is below
/// the minimum.
pub async fn smallest_groups(app: &App, facts: &Facts) -> Result<Vec<Group>> {
    let Ok(own) = facts.team_path.parse::<TeamPath>() else {
        return Ok(Vec::new());
    };
    let mut search = Search::new(facts);
    for team in std::iter::once(own.clone()).chain(own.ancestors()) {
        let members =
            participation::attributes_within(app.store.reader(), facts.wave, &team).await?;
        if search.look(&team, &members) {
            break;
        }
    }
    Ok(search.found())
}

/// One group to be found for the team alone, and one for each attribute.
struct Search<'a> {
    minimum: usize,
    wanted: Vec<Wanted<'a>>,
}

/// A group that is looked for, from the own team upward.
struct Wanted<'a> {
    /// The attribute and the participant's value; `None` for the team alone.
    cut: Option<(&'a str, &'a str)>,
    found: Option<Group>,
}

impl<'a> Search<'a> {
    fn new(facts: &'a Facts) -> Self {
        let attributes = facts.attributes.iter();
        let cuts = attributes.map(|(name, value)| Some((name.as_str(), value.as_str())));
        let wanted = std::iter::once(None)
            .chain(cuts)
            .map(|cut| Wanted { cut, found: None });
        Search {
            minimum: facts.minimum.get() as usize,
            wanted: wanted.collect(),
        }
    }

    /// Takes the groups of this team that are large enough; `true` once all are found.
    fn look(&mut self, team: &TeamPath, members: &[BTreeMap<String, String>]) -> bool {
        for wanted in self
            .wanted
            .iter_mut()
            .filter(|wanted| wanted.found.is_none())
        {
            let belongs = |attributes: &&BTreeMap<String, String>| {
                wanted.cut.is_none_or(|(name, value)| {
                    attributes.get(name).is_some_and(|own| own == value)
                })
            };
            let invited = members.iter().filter(belongs).count();
            if invited >= self.minimum {
                let cut = wanted
                    .cut
                    .map(|(name, value)| (name.to_owned(), value.to_owned()));
                wanted.found = Some(Group {
                    team: team.clone(),
                    cut,
                    invited,
                });
            }
        }
        self.wanted.iter().all(|wanted| wanted.found.is_some())
    }

    fn found(self) -> Vec<Group> {
        self.wanted
            .into_iter()
            .filter_map(|wanted| wanted.found)
            .collect()
    }
}
