//! How much teams differ: y = μ + department + team + e, three variances by restricted maximum
//! likelihood (Patterson and Thompson 1971), as lmer of R's package lme4 finds them.
//!
//! Teams are nested in departments. All that the likelihood needs of a team is n, Σy and Σy², so
//! that it costs the same for ten people and for a hundred thousand. The variances of departments
//! and teams are kept as ratios to that of people within a team, and the mean and the residual
//! variance follow from the ratios (Bates and others 2015, section 3).

/// The ratings of a team.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Team {
    pub n: f64,
    pub sum: f64,
    pub squares: f64,
    /// Any number that teams of one department share; small ones, for it is an index.
    pub department: usize,
}

/// Variances between teams of a department and between departments, over the variance within teams.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Ratios {
    pub team: f64,
    pub department: f64,
}

/// Ratios above this are not told apart: people of a team agree perfectly.
const MOST: f64 = 1e6;

impl Ratios {
    /// How far a team's own mean of n answers is believed: 1 for a ratio or an n without bounds.
    pub fn trust(&self, n: f64) -> f64 {
        if n > 0.0 {
            self.team / (self.team + 1.0 / n)
        } else {
            0.0
        }
    }
}

/// The model with given ratios.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    pub mu: f64,
    /// Of the estimated μ.
    pub mu_variance: f64,
    /// Within teams.
    pub sigma2: f64,
    pub ratios: Ratios,
    /// Minus twice the restricted likelihood.
    pub deviance: f64,
    departments: Vec<Department>,
}

/// Its predicted effect and how far its own mean is believed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Department {
    effect: f64,
    trust: f64,
}

impl Fit {
    /// The ratios of the greatest restricted likelihood. A ratio that these teams say nothing about
    /// is zero: that of departments unless there are two of them and more teams than departments,
    /// that of teams unless some team has two answers. None for fewer than two answers.
    pub fn reml(teams: &[Team]) -> Option<Fit> {
        let sample = Sample::new(teams)?;
        let count = sample.teams.len();
        let departments = sample.teams.iter().map(|team| team.department);
        let departments = departments.collect::<std::collections::BTreeSet<_>>().len();
        let several = sample.people > count as f64 && count > 1;
        let is_free = [several, several && departments > 1 && count > departments];
        let unequal = sample.at(Ratios::default()).deviance.is_finite();
        if !is_free[0] || !unequal {
            return Some(sample.at(Ratios::default()));
        }
        let ratios = |root: [f64; 2]| {
            let ratio = |at: usize| {
                if is_free[at] {
                    (root[at] * root[at]).min(MOST)
                } else {
                    0.0
                }
            };
            Ratios {
                team: ratio(0),
                department: ratio(1),
            }
        };
        let root = minimize(|root| sample.at(ratios(root)).deviance);
        let found = sample.at(ratios(root));
        // On the border the search ends a hair above zero.
        let mut best = found;
        for border in [
            Ratios {
                team: 0.0,
                ..best.ratios
            },
            Ratios {
                department: 0.0,
                ..best.ratios
            },
        ] {
            let candidate = sample.at(border);
            if candidate.deviance <= best.deviance + 1e-9 {
                best = candidate;
            }
        }
        Some(best)
    }

    /// The mean and the residual variance that go best with the ratios. None for fewer than two
    /// answers.
    pub fn with(teams: &[Team], ratios: Ratios) -> Option<Fit> {
        Some(Sample::new(teams)?.at(ratios))
    }

    /// What a team of the department is expected to be at, before its own answers: μ and the
    /// department's effect.
    pub fn expected(&self, department: usize) -> f64 {
        self.mu + self.department(department).effect
    }

    /// The error of `expected`: a variance of the department's own, and what part of μ's error it
    /// carries.
    pub fn expected_error(&self, department: usize) -> (f64, f64) {
        let rest = 1.0 - self.department(department).trust;
        (self.sigma2 * self.ratios.department * rest, rest)
    }

    /// The team's mean as the model predicts it: μ and the effects of its department and of itself.
    pub fn predict(&self, team: &Team) -> f64 {
        let expected = self.expected(team.department);
        let trust = self.ratios.trust(team.n);
        if trust > 0.0 {
            expected + trust * (team.sum / team.n - expected)
        } else {
            expected
        }
    }

    fn department(&self, department: usize) -> Department {
        let known = self.departments.get(department).copied();
        known.unwrap_or_default()
    }
}

/// Teams with answers, and what does not depend on the ratios.
struct Sample {
    teams: Vec<Team>,
    departments: usize,
    people: f64,
    /// Subtracted from every mean, for precision.
    center: f64,
    /// Σ (y − team mean)².
    within: f64,
}

/// Sums over the teams of a department: Σ w, Σ w·mean, w = 1/(1/n + ratio).
#[derive(Debug, Clone, Copy, Default)]
struct Weighted {
    weight: f64,
    mean: f64,
}

impl Sample {
    fn new(teams: &[Team]) -> Option<Sample> {
        let teams: Vec<Team> = teams.iter().copied().filter(|team| team.n > 0.0).collect();
        let people: f64 = teams.iter().map(|team| team.n).sum();
        let sum: f64 = teams.iter().map(|team| team.sum).sum();
        let squares = |team: &Team| (team.squares - team.sum * team.sum / team.n).max(0.0);
        (people >= 2.0).then(|| Sample {
            departments: teams
                .iter()
                .map(|team| team.department + 1)
                .max()
                .unwrap_or(0),
            people,
            center: sum / people,
            within: teams.iter().map(squares).sum(),
            teams,
        })
    }

    /// The model with these ratios; its deviance is minus infinity if all answers are equal.
    fn at(&self, ratios: Ratios) -> Fit {
        let mut departments = vec![Weighted::default(); self.departments];
        let (mut squares, mut logs) = (self.within, 0.0);
        for team in &self.teams {
            let mean = team.sum / team.n - self.center;
            let weight = 1.0 / (1.0 / team.n + ratios.team);
            let department = &mut departments[team.department];
            // Adds to a weighted mean and to the squares about it, one team at a time (West 1979).
            let total = department.weight + weight;
            let from_mean = mean - department.mean;
            squares += department.weight * weight / total * from_mean * from_mean;
            department.mean += weight / total * from_mean;
            department.weight = total;
            logs += (1.0 + team.n * ratios.team).ln();
        }
        let mut whole = Weighted::default();
        for department in departments
            .iter()
            .filter(|department| department.weight > 0.0)
        {
            let weight = 1.0 / (1.0 / department.weight + ratios.department);
            let total = whole.weight + weight;
            let from_mean = department.mean - whole.mean;
            squares += whole.weight * weight / total * from_mean * from_mean;
            whole.mean += weight / total * from_mean;
            whole.weight = total;
            logs += (1.0 + department.weight * ratios.department).ln();
        }
        let degrees = self.people - 1.0;
        let sigma2 = squares / degrees;
        let effect = |department: Weighted| {
            if department.weight > 0.0 {
                let trust = ratios.department / (ratios.department + 1.0 / department.weight);
                Department {
                    effect: trust * (department.mean - whole.mean),
                    trust,
                }
            } else {
                Department::default()
            }
        };
        let constant = degrees * (1.0 + (2.0 * std::f64::consts::PI).ln());
        Fit {
            mu: self.center + whole.mean,
            mu_variance: sigma2 / whole.weight,
            sigma2,
            ratios,
            deviance: degrees * sigma2.ln() + logs + whole.weight.ln() + constant,
            departments: departments.into_iter().map(effect).collect(),
        }
    }
}

/// The lowest point of a function of two variables that is even in both, by the simplex of Nelder
/// and Mead (1965) from the best point of a coarse grid. That it is even makes a lowest point on
/// the border, at zero, one like any other.
fn minimize(function: impl Fn([f64; 2]) -> f64) -> [f64; 2] {
    let grid = [0.0, 0.1, 0.3, 0.6, 1.2];
    let points = grid.iter().flat_map(|x| grid.map(|y| [*x, y]));
    let start = points
        .map(|point| (function(point), point))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or([0.0, 0.0], |(_, point)| point);
    let value = |point: [f64; 2]| (function(point), point);
    let mut simplex = [
        value(start),
        value([start[0] + 0.1, start[1]]),
        value([start[0], start[1] + 0.1]),
    ];
    for _ in 0..500 {
        simplex.sort_by(|a, b| a.0.total_cmp(&b.0));
        let [best, good, worst] = simplex;
        let size = [good, worst].map(|(_, point)| {
            (point[0] - best.1[0])
                .abs()
                .max((point[1] - best.1[1]).abs())
        });
        if size[0].max(size[1]) < 1e-8 {
            break;
        }
        // From the worst point through the middle of the other two, `times` as far as that.
        let through = |times: f64| {
            let to = |at: usize| {
                let middle = (best.1[at] + good.1[at]) / 2.0;
                middle + times * (middle - worst.1[at])
            };
            value([to(0), to(1)])
        };
        let reflected = through(1.0);
        if reflected.0 < best.0 {
            let expanded = through(2.0);
            simplex[2] = if expanded.0 < reflected.0 {
                expanded
            } else {
                reflected
            };
        } else if reflected.0 < good.0 {
            simplex[2] = reflected;
        } else {
            let contracted = through(if reflected.0 < worst.0 { 0.5 } else { -0.5 });
            if contracted.0 < reflected.0.min(worst.0) {
                simplex[2] = contracted;
            } else {
                let halfway = |point: [f64; 2]| {
                    value([(point[0] + best.1[0]) / 2.0, (point[1] + best.1[1]) / 2.0])
                };
                simplex = [best, halfway(good.1), halfway(worst.1)];
            }
        }
    }
    simplex.sort_by(|a, b| a.0.total_cmp(&b.0));
    simplex[0].1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::within;

    fn team(department: usize, ratings: &[f64]) -> Team {
        Team {
            n: ratings.len() as f64,
            sum: ratings.iter().sum(),
            squares: ratings.iter().map(|rating| rating * rating).sum(),
            department,
        }
    }

    #[test]
    fn what_cannot_be_known_is_zero() {
        let none = Ratios::default();
        let one = Fit::reml(&[team(0, &[1.0, 2.0, 5.0])]).unwrap();
        assert_eq!((one.mu, one.ratios), (8.0 / 3.0, none));
        let alone = Fit::reml(&[team(0, &[1.0]), team(1, &[5.0]), team(1, &[3.0])]).unwrap();
        assert_eq!((alone.mu, alone.ratios), (3.0, none));
        let equal = Fit::reml(&[team(0, &[4.0, 4.0]), team(1, &[4.0])]).unwrap();
        assert_eq!((equal.mu, equal.sigma2, equal.ratios), (4.0, 0.0, none));
        assert_eq!(Fit::reml(&[team(0, &[4.0]), team(0, &[])]), None);
        assert_eq!(Fit::reml(&[]), None);
        // Departments of a team each.
        let apart = Fit::reml(&[team(0, &[1.0, 2.0, 1.0]), team(1, &[4.0, 5.0])]).unwrap();
        assert!(apart.ratios.team > 1.0 && apart.ratios.department == 0.0);
    }

    #[test]
    fn teams_of_one_mind_keep_their_mean() {
        let teams = [
            team(0, &[1.0, 1.0]),
            team(0, &[3.0, 3.0]),
            team(1, &[5.0, 5.0]),
        ];
        let fit = Fit::reml(&teams).unwrap();
        within(fit.predict(&teams[0]), 1.0, 1e-4);
        assert!(fit.sigma2.is_finite() && fit.sigma2 < 1e-4);
    }

    proptest! {
        #[test]
        fn an_estimate_lies_between_the_mean_and_what_is_expected(
            sample in prop::collection::vec((0usize..4, prop::collection::vec(1u8..=5, 1..9)), 1..20)
        ) {
            let teams: Vec<Team> = sample
                .iter()
                .map(|(department, ratings)| {
                    team(*department, &ratings.iter().map(|rating| f64::from(*rating)).collect::<Vec<_>>())
                })
                .collect();
            let Some(fit) = Fit::reml(&teams) else {
                return Ok(());
            };
            prop_assert!(fit.sigma2 >= 0.0 && fit.mu_variance.is_finite());
            let lowest = Fit::with(&teams, Ratios::default()).unwrap().deviance;
            prop_assert!(fit.deviance <= lowest + 1e-6);
            for team in &teams {
                let (mean, expected, estimate) = (team.sum / team.n, fit.expected(team.department), fit.predict(team));
                prop_assert!(mean.min(expected) - 1e-9 <= estimate && estimate <= mean.max(expected) + 1e-9);
            }
        }
    }
}
