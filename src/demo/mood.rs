//! What is true underneath: how much each pillar slows each team, in each quarter. Answers and pull
//! requests both follow from it, which is why they agree.

use rand::RngExt;

use super::{
    organization::Organization,
    random::{generator, normal},
    words,
};

/// The pillar in which some departments get better over the quarters.
const IMPROVED: &str = "code-review";
/// How far, in standard deviations between teams, per quarter after the first.
const IMPROVEMENT: [f64; 5] = [0.0, 0.2, 0.7, 1.2, 1.6];
/// The share of what teams feel that their department has in common, as a standard deviation.
const DEPARTMENT: f64 = 0.55;
/// What is the team's own; with [`DEPARTMENT`] the variance is about one.
const TEAM: f64 = 0.83;
/// How much a team drifts from one quarter to the next.
const DRIFT: f64 = 0.15;

/// Friction by team, pillar and quarter: standard normal over teams, higher is worse.
pub struct Mood {
    seed: u64,
    /// Department of each team.
    departments: Vec<usize>,
    /// The part that lasts, team by team, pillars in the order of [`words::PILLARS`].
    lasting: Vec<f64>,
}

impl Mood {
    pub fn generate(organization: &Organization, seed: u64) -> Mood {
        let departments: Vec<usize> = organization
            .teams
            .iter()
            .map(|team| team.department)
            .collect();
        let lasting = departments
            .iter()
            .enumerate()
            .flat_map(|(team, department)| {
                let mut of_department = generator(&[seed, 2, *department as u64]);
                let mut of_team = generator(&[seed, 3, team as u64]);
                (0..words::PILLARS.len()).map(move |_| {
                    DEPARTMENT * normal(&mut of_department) + TEAM * normal(&mut of_team)
                })
            })
            .collect();
        Mood {
            seed,
            departments,
            lasting,
        }
    }

    /// How much the pillar at a position of [`words::PILLARS`] slows a team in a quarter, 0 being
    /// the oldest.
    pub fn friction(&self, team: usize, pillar: usize, quarter: usize) -> f64 {
        let drift = DRIFT
            * normal(&mut generator(&[
                self.seed,
                4,
                team as u64,
                pillar as u64,
                quarter as u64,
            ]));
        let improvement = if words::PILLARS[pillar].0 == IMPROVED && self.improves(team) {
            IMPROVEMENT[quarter]
        } else {
            0.0
        };
        self.lasting[team * words::PILLARS.len() + pillar] + drift - improvement
    }

    /// Whether the team belongs to the departments that got better: about half of them.
    pub(super) fn improves(&self, team: usize) -> bool {
        generator(&[self.seed, 5, self.departments[team] as u64]).random_bool(0.5)
    }
}

/// The position of a pillar in [`words::PILLARS`].
pub fn position(pillar: &str) -> Option<usize> {
    words::PILLARS.iter().position(|(id, ..)| *id == pillar)
}
