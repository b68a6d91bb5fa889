//! Who works where: departments, teams of 4 to 12, and neutral people such as `Engineer 0421`.

use std::{collections::HashSet, ops::Range};

use rand::{Rng, RngExt};

use super::{
    random::{generator, weighted},
    words,
};

/// The generated organization.
pub struct Organization {
    pub teams: Vec<Team>,
    pub people: Vec<Engineer>,
}

/// A team that people work in; the teams above it follow from its path.
pub struct Team {
    /// `Engineering / Payments / Ledger`.
    pub path: String,
    /// Teams with the same number share a department, and with it a part of what they feel.
    pub department: usize,
    /// Its people, by position in [`Organization::people`].
    pub members: Range<usize>,
}

/// One person.
pub struct Engineer {
    /// From 1; the number that stands in the address.
    pub number: usize,
    /// Position in [`Organization::teams`].
    pub team: usize,
    /// Position in [`Organization::people`]; nobody above the first person.
    pub manager: Option<usize>,
    pub role: &'static str,
    pub level: &'static str,
    pub location: &'static str,
    pub timezone: &'static str,
    pub tenure: &'static str,
}

/// The share of people who work in the platform group: 75 of 1,000.
const PLATFORM_SHARE: f64 = 0.075;
const SMALLEST_TEAM: usize = 4;
const LARGEST_TEAM: usize = 12;
const USUAL_TEAM: f64 = 7.8;
const USUAL_DEPARTMENT: f64 = 77.0;
/// More departments than this are grouped into divisions.
const DEPARTMENTS_WITHOUT_DIVISIONS: usize = 24;

impl Organization {
    /// An organization of `people` engineers; the same seed gives the same one.
    pub fn generate(people: usize, seed: u64) -> Organization {
        let mut organization = Organization {
            teams: Vec::new(),
            people: Vec::with_capacity(people),
        };
        let mut rng = generator(&[seed, 1]);
        let platform = (people as f64 * PLATFORM_SHARE).round() as usize;
        organization.add_department(
            "Engineering / Platform",
            &words::PLATFORM_TEAMS,
            platform,
            &mut rng,
        );

        let rest = people - platform;
        let departments = ((rest as f64 / USUAL_DEPARTMENT).round() as usize).max(1);
        for (department, size) in shares(rest, departments, &mut rng).into_iter().enumerate() {
            let (name, teams) = &words::DEPARTMENTS[department % words::DEPARTMENTS.len()];
            let path = if departments > DEPARTMENTS_WITHOUT_DIVISIONS {
                format!(
                    "Engineering / {} / {name}",
                    division(department / words::DEPARTMENTS.len())
                )
            } else if department < words::DEPARTMENTS.len() {
                format!("Engineering / {name}")
            } else {
                format!(
                    "Engineering / {name} {}",
                    words::REGIONS[department / words::DEPARTMENTS.len()]
                )
            };
            organization.add_department(&path, teams, size, &mut rng);
        }
        organization
    }

    fn add_department(
        &mut self,
        path: &str,
        own_names: &[&str],
        people: usize,
        rng: &mut impl Rng,
    ) {
        let department = self.teams.last().map_or(0, |team| team.department + 1);
        let head = self.people.len();
        let mut taken = HashSet::new();
        for (position, size) in team_sizes(people, rng).into_iter().enumerate() {
            let names = own_names.len() + words::COMMON_TEAMS.len();
            let name = own_names
                .get(position % names)
                .unwrap_or_else(|| &words::COMMON_TEAMS[position % names - own_names.len()]);
            let name = if taken.insert(*name) {
                (*name).to_owned()
            } else {
                format!("{name} {}", position / names + 1)
            };
            let first = self.people.len();
            for place in 0..size {
                let manager = match (place, first == head) {
                    (0, true) => (head != 0).then_some(0),
                    (0, false) => Some(head),
                    _ => Some(first),
                };
                let engineer = Engineer::generate(
                    self.people.len() + 1,
                    self.teams.len(),
                    manager,
                    place == 0,
                    rng,
                );
                self.people.push(engineer);
            }
            self.teams.push(Team {
                path: format!("{path} / {name}"),
                department,
                members: first..first + size,
            });
        }
    }
}

impl Engineer {
    fn generate(
        number: usize,
        team: usize,
        manager: Option<usize>,
        leads: bool,
        rng: &mut impl Rng,
    ) -> Engineer {
        let (location, timezone, _) =
            words::PLACES[weighted(rng, words::PLACES.iter().map(|place| f64::from(place.2)))];
        let pick = |from: &[(&'static str, u32)], rng: &mut _| {
            from[weighted(rng, from.iter().map(|entry| f64::from(entry.1)))].0
        };
        let (role, level, tenure) = (
            pick(&words::ROLES, rng),
            pick(&words::LEVELS, rng),
            pick(&words::TENURES, rng),
        );
        Engineer {
            number,
            team,
            manager,
            role: if leads { words::MANAGER } else { role },
            level: if leads && level == "Junior" {
                "Senior"
            } else {
                level
            },
            location,
            timezone,
            tenure,
        }
    }

    /// `Engineer 0421`.
    pub fn name(&self) -> String {
        format!("Engineer {:04}", self.number)
    }

    /// An address that can never reach anybody (RFC 2606).
    pub fn email(&self) -> String {
        format!("engineer-{:04}@example.org", self.number)
    }

    /// The login under which the person's pull requests come in.
    pub fn login(&self) -> String {
        format!("eng-{:04}", self.number)
    }
}

fn division(number: usize) -> String {
    let names = words::DIVISIONS.len() * words::REGIONS.len();
    let name = format!(
        "{} {}",
        words::DIVISIONS[number % words::DIVISIONS.len()],
        words::REGIONS[number / words::DIVISIONS.len() % words::REGIONS.len()]
    );
    if number < names {
        name
    } else {
        format!("{name} {}", number / names + 1)
    }
}

/// Splits `total` into `parts` of uneven size: the smallest about half of the largest.
fn shares(total: usize, parts: usize, rng: &mut impl Rng) -> Vec<usize> {
    let weights: Vec<f64> = (0..parts).map(|_| rng.random_range(0.65..1.35)).collect();
    let sum: f64 = weights.iter().sum();
    let mut before = 0.0;
    let mut given = 0;
    weights
        .iter()
        .map(|weight| {
            before += weight;
            let until = (total as f64 * before / sum).round() as usize;
            let size = until - given;
            given = until;
            size
        })
        .collect()
}

/// Splits a department into teams of 4 to 12; a department of fewer than four people is one team.
fn team_sizes(people: usize, rng: &mut impl Rng) -> Vec<usize> {
    if people == 0 {
        return Vec::new();
    }
    let teams = ((people as f64 / USUAL_TEAM).round() as usize).clamp(
        people.div_ceil(LARGEST_TEAM),
        (people / SMALLEST_TEAM).max(1),
    );
    let mut sizes = vec![SMALLEST_TEAM.min(people); teams];
    let mut left = people - sizes.iter().sum::<usize>();
    while left > 0 {
        let team = rng.random_range(0..teams);
        if sizes[team] < LARGEST_TEAM {
            sizes[team] += 1;
            left -= 1;
        }
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_engineers_have_a_platform_group_of_75_and_teams_of_4_to_12() {
        for seed in 1..20 {
            let organization = Organization::generate(1000, seed);
            assert_eq!(organization.people.len(), 1000);
            let platform: usize = organization
                .teams
                .iter()
                .filter(|team| team.path.starts_with("Engineering / Platform / "))
                .map(|team| team.members.len())
                .sum();
            assert_eq!(platform, 75);
            assert!(
                organization
                    .teams
                    .iter()
                    .all(|team| (SMALLEST_TEAM..=LARGEST_TEAM).contains(&team.members.len()))
            );
        }
    }

    #[test]
    fn paths_are_unique_and_managers_lead_to_the_first_person_at_every_size() {
        for people in [20, 50, 333, 3_000, 30_000] {
            let organization = Organization::generate(people, 7);
            assert_eq!(organization.people.len(), people);
            let paths: HashSet<&str> = organization
                .teams
                .iter()
                .map(|team| team.path.as_str())
                .collect();
            assert_eq!(paths.len(), organization.teams.len());
            for (position, engineer) in organization.people.iter().enumerate() {
                assert!(
                    organization.teams[engineer.team]
                        .members
                        .contains(&position)
                );
                assert!(
                    engineer
                        .manager
                        .map_or(position == 0, |manager| manager < position)
                );
            }
        }
    }
}
