//! Pull requests whose slowness follows from the same friction as the answers, with the dirt that
//! real exports have.

use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, Utc, Weekday};
use rand::{Rng, RngExt};

use super::{
    mood::{self, Mood},
    organization::{Engineer, Organization},
    random::{generator, lognormal, poisson},
};

/// One generated pull request; the fields are those of pull_requests.csv.
pub struct Generated {
    pub repository: String,
    pub number: u64,
    pub author: String,
    pub merged_by: Option<String>,
    pub first_commit_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
    pub first_review_at: Option<DateTime<Utc>>,
    pub merged_at: Option<DateTime<Utc>>,
    pub deployed_at: Option<DateTime<Utc>>,
    pub commits: u32,
    pub additions: u32,
    pub deletions: u32,
    pub changed_files: u32,
    pub review_rounds: Option<u32>,
}

/// The days of which the merges are generated, and the quarter whose mood they follow.
pub struct Period {
    pub quarter: usize,
    pub from: NaiveDate,
    /// The first day after the period.
    pub to: NaiveDate,
    /// Nothing happens after this instant.
    pub now: DateTime<Utc>,
    /// Pull requests of one engineer in 91 days, about.
    pub each: f64,
}

/// Pull requests of one engineer in a quarter of 91 days, usually.
pub const A_QUARTER: f64 = 12.0;
/// How much teams differ in pace for reasons of their own, as a standard deviation of the
/// logarithm.
const HABIT: f64 = 0.4;
const BOTS: [&str; 2] = ["dependabot[bot]", "renovate[bot]"];

/// The pull requests of one team's members, bots and passers-by in one period.
pub fn of_team(
    organization: &Organization,
    mood: &Mood,
    seed: u64,
    team: usize,
    period: &Period,
) -> Vec<Generated> {
    let pace = Pace::of(mood, seed, team, period.quarter);
    let members = &organization.teams[team].members;
    let share = (period.to - period.from).num_days() as f64 / 91.0;
    let mut rng = generator(&[seed, 20, team as u64, period.quarter as u64]);
    let mut pull_requests = Vec::new();
    for person in members.clone() {
        let engineer = &organization.people[person];
        let diligence = lognormal(&mut generator(&[seed, 21, person as u64]), 0.94, 0.35);
        for _ in 0..poisson(&mut rng, period.each * share * diligence) {
            let author = match rng.random_range(0..1000) {
                0..30 => BOTS[rng.random_range(0..BOTS.len())].to_owned(),
                30..40 => format!("contractor-{:02}", rng.random_range(1..30)),
                _ => engineer.login(),
            };
            let reviewer = &organization.people[rng.random_range(members.clone())];
            pull_requests.push(pull_request(author, reviewer, &pace, period, &mut rng));
        }
    }
    let path = &organization.teams[team].path;
    let repository = format!(
        "example/{}",
        path.trim_start_matches("Engineering / ")
            .to_lowercase()
            .replace(" / ", "-")
            .replace(' ', "-")
    );
    for (number, pull_request) in (period.quarter as u64 * 10_000 + 1..).zip(&mut pull_requests) {
        pull_request.repository.clone_from(&repository);
        pull_request.number = number;
    }
    pull_requests
}

/// The medians around which a team's times scatter, in hours, and its sizes.
struct Pace {
    coding: f64,
    pickup: f64,
    review: f64,
    release: f64,
    rounds: f64,
    lines: f64,
}

impl Pace {
    fn of(mood: &Mood, seed: u64, team: usize, quarter: usize) -> Pace {
        let slow = |pillar: &str, by: f64| {
            let friction =
                mood::position(pillar).map_or(0.0, |known| mood.friction(team, known, quarter));
            (by * friction).exp()
        };
        // Much of a team's pace has other reasons than those that people complain about.
        let mut habits = generator(&[seed, 22, team as u64]);
        let mut habit = || lognormal(&mut habits, 1.0, HABIT);
        Pace {
            coding: 9.0 * slow("small-batches", 0.25) * slow("local-environment", 0.15) * habit(),
            pickup: 5.0 * slow("code-review", 0.45) * habit(),
            review: 7.0 * slow("code-review", 0.30) * slow("test-feedback", 0.20) * habit(),
            release: 6.0 * slow("releasing", 0.40) * habit(),
            rounds: 1.2 * slow("code-review", 0.25),
            lines: 60.0 * slow("small-batches", 0.30) * habit(),
        }
    }
}

fn pull_request(
    author: String,
    reviewer: &Engineer,
    pace: &Pace,
    period: &Period,
    rng: &mut impl Rng,
) -> Generated {
    let hours = |hours: f64| Duration::seconds((hours * 3600.0) as i64);
    let merged = moment(period, rng);
    let reviewed = merged - hours(lognormal(rng, pace.review, 0.9));
    let created = reviewed - hours(lognormal(rng, pace.pickup, 0.9));
    let mut first_commit = created - hours(lognormal(rng, pace.coding, 1.1));
    if rng.random_bool(0.003) {
        // A clock that was wrong: the commit claims to be younger than the pull request.
        first_commit = created + hours(rng.random_range(1.0..48.0));
    }
    let deployed = merged + hours(lognormal(rng, pace.release, 0.8));
    let has_review = rng.random_bool(0.94);
    let lines = lognormal(rng, pace.lines, 1.1).min(20_000.0);
    let past = |instant: DateTime<Utc>| (instant <= period.now).then_some(instant);
    Generated {
        repository: String::new(),
        number: 0,
        author,
        merged_by: past(merged).map(|_| reviewer.login()),
        first_commit_at: first_commit.min(period.now),
        created_at: created.min(period.now),
        first_review_at: has_review.then_some(reviewed).and_then(past),
        merged_at: past(merged),
        deployed_at: rng.random_bool(0.9).then_some(deployed).and_then(past),
        commits: 1 + poisson(rng, 1.8),
        additions: (lines * 0.7) as u32 + 1,
        deletions: (lines * 0.3) as u32,
        changed_files: 1 + (lines / 40.0) as u32,
        review_rounds: has_review.then(|| poisson(rng, pace.rounds)),
    }
}

/// A moment of the period, ten times rarer on weekends, in the working hours of most time zones.
pub(super) fn moment(period: &Period, rng: &mut impl Rng) -> DateTime<Utc> {
    let days = (period.to - period.from).num_days().max(1) as u64;
    let mut day = period.from + Days::new(rng.random_range(0..days));
    while matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !rng.random_bool(0.1) {
        day = period.from + Days::new(rng.random_range(0..days));
    }
    let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc();
    midnight + Duration::seconds(rng.random_range(7 * 3600..21 * 3600))
}
