//! What other systems recorded: CI runs, deployments, incidents, support requests, numbers that
//! were aggregated elsewhere, and actions. All follow from the same friction as the answers.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use rand::{Rng, RngExt};
use tribometer_surveys::records::{
    ACTION_ROWS, CI_RUNS, Cell, DEPLOYMENTS, INCIDENTS, Kind, REPORTED_METRICS, SUPPORT_REQUESTS,
};

use super::mood::{self, Mood};
use super::organization::Organization;
use super::pull_requests::{A_QUARTER, Period, moment};
use super::random::{generator, lognormal, poisson, weighted};

/// Records of one kind, as rows of cells.
pub type Rows = Vec<Vec<Cell>>;

/// Runs of one team's builds in a quarter, and so on; fewer where there are fewer pull requests.
const BUILDS: f64 = 40.0;
const RELEASES: f64 = 11.0;
const OUTAGES: f64 = 1.6;
const QUESTIONS: f64 = 9.0;

/// What a team's systems recorded in a period, in the order of [`KINDS`].
pub struct OfTeam(pub [Rows; 5]);

/// The kinds of records of teams.
pub const KINDS: [Kind; 5] = [
    CI_RUNS,
    DEPLOYMENTS,
    INCIDENTS,
    SUPPORT_REQUESTS,
    REPORTED_METRICS,
];

/// One team in one period.
struct Scene<'a> {
    organization: &'a Organization,
    mood: &'a Mood,
    team: usize,
    period: &'a Period,
    /// What is generated of as much as usual.
    share: f64,
}

/// Generates what one team's systems recorded in a period.
pub fn of_team(
    organization: &Organization,
    mood: &Mood,
    seed: u64,
    team: usize,
    period: &Period,
) -> OfTeam {
    let days = (period.to - period.from).num_days() as f64;
    let scene = Scene {
        organization,
        mood,
        team,
        period,
        share: days / 91.0 * period.each / A_QUARTER,
    };
    let rng = |purpose: u64| generator(&[seed, purpose, team as u64, period.quarter as u64]);
    let deployments = scene.deployments(&mut rng(31));
    let incidents = scene.incidents(&deployments, &mut rng(32));
    OfTeam([
        scene.ci_runs(&mut rng(30)),
        deployments,
        incidents,
        scene.support_requests(&mut rng(33)),
        scene.reported(&mut rng(34)),
    ])
}

impl Scene<'_> {
    /// `by` to the power of how much a pillar slows the team.
    fn slow(&self, pillar: &str, by: f64) -> f64 {
        (by * self.friction(pillar)).exp()
    }

    fn friction(&self, pillar: &str) -> f64 {
        let position = mood::position(pillar);
        position.map_or(0.0, |known| {
            self.mood.friction(self.team, known, self.period.quarter)
        })
    }

    fn path(&self) -> Cell {
        text(&self.organization.teams[self.team].path)
    }

    /// The name of the team's service and repository.
    fn service(&self) -> String {
        let path = &self.organization.teams[self.team].path;
        let path = path.trim_start_matches("Engineering / ").to_lowercase();
        path.replace(" / ", "-").replace(' ', "-")
    }

    fn somebody(&self, rng: &mut impl Rng) -> Cell {
        let members = self.organization.teams[self.team].members.clone();
        text(&self.organization.people[rng.random_range(members)].login())
    }

    /// An instant that has come already.
    fn past(&self, instant: DateTime<Utc>) -> Cell {
        if instant <= self.period.now {
            Cell::Whole(instant.timestamp_micros())
        } else {
            Cell::Nothing
        }
    }

    fn ci_runs(&self, rng: &mut impl Rng) -> Rows {
        let minutes = 11.0 * self.slow("test-feedback", 0.35);
        let fails = (0.13 + 0.05 * self.friction("test-feedback")).clamp(0.02, 0.5);
        let repository = format!("example/{}", self.service());
        let mut rows = Vec::new();
        for build in 0..poisson(rng, BUILDS * self.share) {
            let commit = format!("{:016x}{:08x}", rng.random::<u64>(), build);
            let (author, branch) = (
                self.somebody(rng),
                ["main", "change"][rng.random_range(0..2)],
            );
            let mut start = moment(self.period, rng);
            for attempt in 1..=3 {
                let end = start + within(lognormal(rng, minutes / 60.0, 0.4));
                let failed = rng.random_bool(fails);
                if end > self.period.now {
                    break;
                }
                rows.push(row(&CI_RUNS, |name| match name {
                    "repository" => text(&repository),
                    "commit" => text(&commit),
                    "workflow" => text("test"),
                    "started_at" => self.past(start),
                    "finished_at" => self.past(end),
                    "verdict" => text(if failed { "failure" } else { "success" }),
                    "attempt" => Cell::Whole(attempt),
                    "branch" => text(branch),
                    "author" => author.clone(),
                    _ => Cell::Nothing,
                }));
                // Some failures are run again, and some of those pass then.
                if !failed || rng.random_bool(0.5) {
                    break;
                }
                start = end + within(rng.random_range(0.05..0.8));
            }
        }
        rows
    }

    fn deployments(&self, rng: &mut impl Rng) -> Rows {
        let often = RELEASES / self.slow("releasing", 0.35);
        let fails = (0.07 + 0.03 * self.friction("releasing")).clamp(0.01, 0.4);
        let mut rows = Vec::new();
        for _ in 0..poisson(rng, often * self.share) {
            let (end, failed) = (moment(self.period, rng), rng.random_bool(fails));
            if end <= self.period.now {
                rows.push(row(&DEPLOYMENTS, |name| match name {
                    "service" => text(&self.service()),
                    "finished_at" => self.past(end),
                    "verdict" => text(if failed { "failure" } else { "success" }),
                    "environment" => text("production"),
                    "team" => self.path(),
                    _ => Cell::Nothing,
                }));
            }
        }
        rows
    }

    /// Some come by themselves, some within hours of a deployment.
    fn incidents(&self, deployments: &Rows, rng: &mut impl Rng) -> Rows {
        let often = OUTAGES * self.slow("incident-response", 0.3);
        let breaks = (0.08 + 0.04 * self.friction("codebase-health")).clamp(0.01, 0.5);
        let mut starts: Vec<DateTime<Utc>> = (0..poisson(rng, often * self.share))
            .map(|_| moment(self.period, rng))
            .collect();
        let at = DEPLOYMENTS
            .columns
            .iter()
            .position(|column| column.name == "finished_at");
        for deployment in deployments {
            if let Some(Cell::Whole(micros)) = at.map(|at| &deployment[at])
                && rng.random_bool(breaks)
            {
                let after = within(rng.random_range(0.1..14.0));
                starts.extend(DateTime::from_timestamp_micros(*micros).map(|end| end + after));
            }
        }
        let mut rows = Vec::new();
        for (number, start) in starts.into_iter().enumerate() {
            let minutes = 8.0 * self.slow("production-insight", 0.45);
            let detected = start + within(lognormal(rng, minutes / 60.0, 0.7));
            let hours = 1.4 * self.slow("incident-response", 0.4);
            let resolved = detected + within(lognormal(rng, hours, 0.7));
            let by_users = (0.28 + 0.1 * self.friction("production-insight")).clamp(0.03, 0.9);
            let found_by = if rng.random_bool(by_users) {
                "user"
            } else {
                "monitoring"
            };
            let severity = 1 + weighted(rng, [1.0, 3.0, 5.0].into_iter());
            if start <= self.period.now {
                let (quarter, team) = (self.period.quarter, self.team);
                rows.push(row(&INCIDENTS, |name| match name {
                    "id" => text(&format!("INC-{quarter}-{team}-{number}")),
                    "started_at" => self.past(start),
                    "service" => text(&self.service()),
                    "team" => self.path(),
                    "detected_at" => self.past(detected),
                    "resolved_at" => self.past(resolved),
                    "severity" => text(&severity.to_string()),
                    "found_by" => text(found_by),
                    _ => Cell::Nothing,
                }));
            }
        }
        rows
    }

    fn support_requests(&self, rng: &mut impl Rng) -> Rows {
        /// The type, the pillar, and how often it is the reason.
        const REASONS: [(&str, &str, &str, f64); 5] = [
            ("how-do-i", "documentation", "How is this set up?", 2.0),
            ("access", "internal-tooling", "Access to a tool", 1.2),
            ("fault", "internal-tooling", "A tool does not work", 1.4),
            (
                "environment",
                "local-environment",
                "A local setup is broken",
                1.3,
            ),
            ("question", "getting-help", "Whom to ask", 1.0),
        ];
        let reasons = REASONS.map(|(_, pillar, _, often)| often * self.slow(pillar, 0.4));
        let often: f64 = reasons.iter().sum::<f64>() / 6.9 * QUESTIONS;
        let mut rows = Vec::new();
        for number in 0..poisson(rng, often * self.share) {
            let (kind, pillar, title, _) = REASONS[weighted(rng, reasons.into_iter())];
            let opened = moment(self.period, rng);
            let waits = self.slow("getting-help", 0.45);
            let assigned = opened + within(lognormal(rng, 0.6 * waits, 0.8));
            let answered = assigned + within(lognormal(rng, 0.9 * waits, 0.9));
            let hard = (0.22 + 0.07 * self.friction("getting-help")).clamp(0.03, 0.8);
            let escalated = rng.random_bool(hard).then(|| answered + within(2.0));
            let resolved = escalated.unwrap_or(answered) + within(lognormal(rng, 5.0 * waits, 1.0));
            let tier = if rng.random_bool(0.85) {
                "front"
            } else {
                "back"
            };
            let requester = self.somebody(rng);
            if opened <= self.period.now {
                let (quarter, team) = (self.period.quarter, self.team);
                rows.push(row(&SUPPORT_REQUESTS, |name| match name {
                    "id" => text(&format!("REQ-{quarter}-{team}-{number}")),
                    "opened_at" => self.past(opened),
                    "type" => text(kind),
                    "pillar" => text(pillar),
                    "team" => self.path(),
                    "requester" => requester.clone(),
                    "assigned_at" => self.past(assigned),
                    "first_response_at" => self.past(answered),
                    "resolved_at" => self.past(resolved),
                    "tier" => text(tier),
                    "escalated_at" => escalated.map_or(Cell::Nothing, |at| self.past(at)),
                    "title" => text(title),
                    _ => Cell::Nothing,
                }));
            }
        }
        rows
    }

    /// Numbers of the whole quarter, once it is over.
    fn reported(&self, rng: &mut impl Rng) -> Rows {
        /// The metric, its pillar, its median, by how much friction moves it, and how far it
        /// scatters. Assistants are used most where people complain of them most: there people and
        /// metric disagree.
        const METRICS: [(&str, &str, f64, f64, f64); 7] = [
            ("build.local_time", "local-environment", 0.07, 0.35, 0.3),
            ("on_call.pages", "on-call-load", 6.0, 0.4, 0.4),
            ("deadlines.slip", "realistic-deadlines", 4.0, 0.4, 0.5),
            (
                "dependencies.blocked_time",
                "cross-team-dependencies",
                9.0,
                0.4,
                0.4,
            ),
            (
                "onboarding.days_to_first_merge",
                "onboarding",
                5.0,
                0.3,
                0.3,
            ),
            (
                "requirements.reopened_share",
                "clear-requirements",
                0.12,
                0.35,
                0.3,
            ),
            ("ai.active_share", "ai-assistance", 0.45, 0.25, 0.25),
        ];
        if midnight(self.period.to) > self.period.now {
            return Vec::new();
        }
        let members = self.organization.teams[self.team].members.len();
        let rows = METRICS.map(|(metric, pillar, median, by, spread)| {
            let value = lognormal(rng, median * self.slow(pillar, by), spread);
            let value = if metric.ends_with("_share") {
                value.min(0.97)
            } else {
                value
            };
            row(&REPORTED_METRICS, |name| match name {
                "metric" => text(metric),
                "team" => self.path(),
                "period_start" => self.past(midnight(self.period.from)),
                "period_end" => self.past(midnight(self.period.to)),
                "value" => Cell::Value((value * 1000.0).round() / 1000.0),
                "n" => Cell::Whole(members as i64 * 5),
                _ => Cell::Nothing,
            })
        });
        rows.to_vec()
    }
}

/// Two actions that began on a day: one in the departments that got better since, and one that
/// nothing came of.
pub fn actions(organization: &Organization, mood: &Mood, start: NaiveDate) -> Rows {
    let teams = organization.teams.iter().enumerate();
    let rows = teams.filter_map(|(team, of)| {
        let (pillar, title) = if mood.improves(team) {
            ("code-review", "Reviews before ten, every morning")
        } else if of.department.is_multiple_of(2) {
            ("test-feedback", "A shared build cache")
        } else {
            return None;
        };
        Some(row(&ACTION_ROWS, |name| match name {
            "pillar" => text(pillar),
            "team" => text(&of.path),
            "start" => text(&start.to_string()),
            "title" => text(title),
            _ => Cell::Nothing,
        }))
    });
    rows.collect()
}

/// A row of a kind, cell by cell.
fn row(kind: &Kind, cell: impl Fn(&str) -> Cell) -> Vec<Cell> {
    kind.columns
        .iter()
        .map(|column| cell(column.name))
        .collect()
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn within(hours: f64) -> Duration {
    Duration::seconds((hours * 3600.0) as i64)
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}
