//! Measures how often each interval holds the truth, and how far off friction is where nonresponse
//! goes with pain.
//!
//! `cargo run --release -p tribometer-reports --example coverage -- [RUNS] [SEED]`
//!
//! Intervals: organizations of 60 equal teams in 6 departments rate eight pillars. An answer is a
//! number with a normal error, cut to 1 to 5; teams and departments differ by normal effects.
//! Everybody answers with the same probability. Friction: 60 teams of 20, whose pain goes with the
//! time to first review, well or not at all, and in which those who have much pain answer less.

use chrono::{DateTime, Duration};
use rand::{Rng, RngExt};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};
use tribometer_analytics::analyze;
use tribometer_analytics::answers::{AnswerRow, AnswerRows, PeopleRows};
use tribometer_analytics::input::{Input, Settings};
use tribometer_analytics::tables::{PullRequestRows, Tables};
use tribometer_findings::Estimate;
use tribometer_statistics::mixed::{Fit, Team};
use tribometer_statistics::ratings::Ratings;
use tribometer_statistics::shrinkage::{self, Bars, Sums};
use tribometer_statistics::{intervals, random};
use tribometer_surveys::builtin;
use tribometer_surveys::survey::Item;
use tribometer_surveys::telemetry::pull_request::Stamps;

const TEAMS: usize = 60;
const DEPARTMENTS: usize = 6;
const PILLARS: usize = 8;
/// How much answers of one person, teams of a department, and departments differ: an intraclass
/// correlation of 0.13 for teams.
const PERSON: f64 = 1.1;
const TEAM: f64 = 0.43;
const DEPARTMENT: f64 = 0.15;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse().ok());
    let runs: u64 = arguments.next().flatten().unwrap_or(200);
    let seed: u64 = arguments.next().flatten().unwrap_or(1);
    println!(
        "team  answer  mean, t  share, Wilson  share now  shrunken  squared error, shrunken to raw"
    );
    for size in [3, 5, 8, 12, 20, 50] {
        for rate in [0.5, 0.75, 1.0] {
            let streams = (0..runs).into_par_iter();
            let counts = streams
                .map(|run| scores(size, rate, &mut random::numbered(seed, (2 << 40) + run)))
                .reduce(Scores::default, Scores::plus);
            println!(
                "{size:4}  {:5.0}%  {}  {:>13}  {:>9}  {:>8}  {:.2}",
                100.0 * rate,
                counts.t.percent(),
                counts.wilson.percent(),
                counts.now.percent(),
                counts.shrunken.percent(),
                counts.error_shrunken / counts.error_raw
            );
        }
    }
    println!();
    println!(
        "who answers less   metric       survey: error, off by, held  joined: error, off by, held"
    );
    for who in [Silent::Nobody, Silent::Teams, Silent::People] {
        for predicts in [true, false] {
            let all: Vec<[(f64, bool); 2]> = (0..runs)
                .into_par_iter()
                .map(|run| {
                    friction(
                        who,
                        predicts,
                        run,
                        &mut random::numbered(seed, (3 << 40) + run),
                    )
                })
                .collect();
            let column = |at: usize| {
                let count = all.len() as f64;
                let errors = all.iter().map(|pair| pair[at].0);
                let mean = errors.clone().sum::<f64>() / count;
                let square = errors.map(|error| error * error).sum::<f64>() / count;
                let held = all.iter().filter(|pair| pair[at].1).count() as f64;
                format!(
                    "{mean:+.1}, {:.1}, {:.0}%",
                    square.sqrt(),
                    100.0 * held / count
                )
            };
            println!(
                "{:17}  {:11}  {:>27}  {:>27}",
                who.words(),
                if predicts { "predicts" } else { "says nothing" },
                column(0),
                column(1)
            );
        }
    }
}

/// How many intervals held the truth, of how many.
#[derive(Default, Clone, Copy)]
struct Held(u32, u32);

impl Held {
    fn count(&mut self, interval: Option<(f64, f64)>, truth: f64) {
        if let Some((low, high)) = interval {
            self.0 += u32::from(low - 1e-9 <= truth && truth <= high + 1e-9);
            self.1 += 1;
        }
    }

    fn percent(self) -> String {
        format!("{:5.1}%", 100.0 * f64::from(self.0) / f64::from(self.1))
    }
}

#[derive(Default, Clone, Copy)]
struct Scores {
    t: Held,
    wilson: Held,
    now: Held,
    shrunken: Held,
    error_raw: f64,
    error_shrunken: f64,
}

impl Scores {
    fn plus(self, other: Scores) -> Scores {
        let held = |a: Held, b: Held| Held(a.0 + b.0, a.1 + b.1);
        Scores {
            t: held(self.t, other.t),
            wilson: held(self.wilson, other.wilson),
            now: held(self.now, other.now),
            shrunken: held(self.shrunken, other.shrunken),
            error_raw: self.error_raw + other.error_raw,
            error_shrunken: self.error_shrunken + other.error_shrunken,
        }
    }
}

/// A team's ratings of a pillar, the share of everybody in it that is favorable, and what a great
/// team like it would have: mean and favorable share.
struct Drawn {
    ratings: Ratings,
    share_now: f64,
    mean: f64,
    share: f64,
}

fn draw(level: f64, size: usize, rate: f64, random: &mut Pcg64) -> Drawn {
    let (mut ratings, mut favorable) = (Ratings::default(), 0);
    for _ in 0..size {
        let rating = (level + PERSON * normal(random)).round().clamp(1.0, 5.0);
        favorable += usize::from(rating >= 4.0);
        if random.random::<f64>() < rate {
            ratings.0[rating as usize - 1] += 1;
        }
    }
    // A rating is above r if the number that it is cut from is above r + ½.
    let above = |cut: f64| Normal::standard().cdf((level - cut) / PERSON);
    Drawn {
        ratings,
        share_now: favorable as f64 / size as f64,
        mean: 1.0 + [1.5, 2.5, 3.5, 4.5].map(above).iter().sum::<f64>(),
        share: above(3.5),
    }
}

/// One organization.
fn scores(size: usize, rate: f64, random: &mut Pcg64) -> Scores {
    let mut counts = Scores::default();
    let pillars: Vec<Vec<Drawn>> = (0..PILLARS)
        .map(|pillar| {
            let center = 2.7 + 0.15 * pillar as f64;
            let departments: Vec<f64> = (0..DEPARTMENTS)
                .map(|_| DEPARTMENT * normal(random))
                .collect();
            (0..TEAMS)
                .map(|team| {
                    let level = center + departments[team % DEPARTMENTS] + TEAM * normal(random);
                    draw(level, size, rate, random)
                })
                .collect()
        })
        .collect();
    let samples: Vec<Vec<Team>> = pillars
        .iter()
        .map(|teams| {
            teams
                .iter()
                .enumerate()
                .map(|(at, drawn)| team(&drawn.ratings, at % DEPARTMENTS))
                .collect()
        })
        .collect();
    let fits: Vec<Fit> = samples
        .iter()
        .filter_map(|sample| Fit::reml(sample))
        .collect();
    let ratios = shrinkage::pool(&fits).unwrap_or_default();
    let fits: Vec<Fit> = samples
        .iter()
        .filter_map(|sample| Fit::with(sample, ratios))
        .collect();
    let known = fits.iter().zip(samples.iter().map(Vec::as_slice));
    let bars = Bars::new(shrinkage::kurtosis(known));
    for ((pillar, sample), fit) in pillars.iter().zip(&samples).zip(&fits) {
        for (drawn, team) in pillar.iter().zip(sample) {
            let (n, favorable) = (drawn.ratings.n(), drawn.ratings.favorable());
            let Some(mean) = drawn.ratings.mean() else {
                continue;
            };
            let limits = |estimate: Estimate| (estimate.low, estimate.high);
            let half = drawn
                .ratings
                .sd()
                .and_then(|sd| Some(intervals::t(f64::from(n - 1))? * sd / f64::from(n).sqrt()));
            counts
                .t
                .count(half.map(|half| (mean - half, mean + half)), drawn.mean);
            counts
                .wilson
                .count(intervals::wilson(favorable, n).map(limits), drawn.share);
            counts.now.count(
                intervals::now(favorable, n, size as u32).map(limits),
                drawn.share_now,
            );
            let shrunken =
                shrinkage::estimate(fit, &[(team.department, Sums::of(fit, team))], &bars);
            counts.shrunken.count(shrunken.map(limits), drawn.mean);
            if let Some(shrunken) = shrunken {
                counts.error_raw += (mean - drawn.mean).powi(2);
                counts.error_shrunken += (shrunken.value - drawn.mean).powi(2);
            }
        }
    }
    counts
}

fn team(ratings: &Ratings, department: usize) -> Team {
    let moment = |power: i32| -> f64 {
        let given = (1..).zip(ratings.0);
        given
            .map(|(rating, n)| f64::from(n) * f64::from(rating).powi(power))
            .sum()
    };
    Team {
        n: moment(0),
        sum: moment(1),
        squares: moment(2),
        department,
    }
}

/// Who answers less.
#[derive(Clone, Copy)]
enum Silent {
    Nobody,
    /// Everybody in teams with much pain.
    Teams,
    /// Those who are in pain.
    People,
}

impl Silent {
    fn words(self) -> &'static str {
        match self {
            Silent::Nobody => "nobody",
            Silent::Teams => "teams in pain",
            Silent::People => "people in pain",
        }
    }

    /// The probability to answer.
    fn rate(self, team_pain: f64, in_pain: bool) -> f64 {
        match self {
            Silent::Nobody => 0.7,
            Silent::Teams => 1.0 / (1.0 + (6.0 * (team_pain - 0.5)).exp()),
            Silent::People if in_pain => 0.5,
            Silent::People => 0.8,
        }
    }
}

/// The error of code review's friction by the survey alone and joined, each with whether its
/// interval held the truth: what is true of everybody in these teams.
fn friction(who: Silent, predicts: bool, seed: u64, random: &mut Pcg64) -> [(f64, bool); 2] {
    let mut survey = builtin::devex_25().clone();
    for dimension in &mut survey.dimensions {
        dimension
            .pillars
            .retain(|pillar| matches!(pillar.id.as_str(), "code-review" | "documentation"));
    }
    survey
        .dimensions
        .retain(|dimension| !dimension.pillars.is_empty());
    let position = survey
        .pillars()
        .position(|pillar| pillar.id == "code-review")
        .unwrap_or(0);
    let item = survey
        .pillars()
        .nth(position)
        .and_then(|pillar| pillar.rating_item());
    let item = item.map(|item| item.id.clone()).unwrap_or_default();
    let (mut roster, mut responses, mut pull_requests) = (
        PeopleRows::default(),
        AnswerRows::new(&survey),
        PullRequestRows::default(),
    );
    let (mut in_pain, mut people) = (0, 0);
    for team in 0..TEAMS {
        let path = format!("E / {} / {team}", team % DEPARTMENTS);
        let slow = normal(random);
        let trouble = if predicts { slow } else { normal(random) };
        let pain = 1.0 / (1.0 + (1.0 - 0.8 * trouble - 0.3 * normal(random)).exp());
        for member in 0..20 {
            let hurts = random.random::<f64>() < pain;
            in_pain += u32::from(hurts);
            people += 1;
            roster.push(&path, []);
            if random.random::<f64>() < who.rate(pain, hurts) {
                let is_bad = |rated: &Item| hurts && rated.id == item;
                let ratings = survey
                    .rating_items()
                    .map(|rated| if is_bad(rated) { 2 } else { 4 });
                responses.push(AnswerRow {
                    team: &path,
                    ratings: ratings.collect(),
                    picks: Some(Vec::from_iter(hurts.then_some(position))),
                    ..AnswerRow::default()
                });
            }
            let hours = (2.5 + 0.6 * slow + 0.8 * normal(random)).exp();
            let created = DateTime::from_timestamp(1_780_000_000, 0);
            let stamps = Stamps {
                created: created.into(),
                first_review: created
                    .map(|at| at + Duration::seconds((hours * 3600.0) as i64))
                    .into(),
                ..Stamps::default()
            };
            pull_requests.push(&path, (team * 20 + member) as u32, stamps, None, None);
        }
    }
    let mut tables = Tables::default();
    tables.set_pull_requests(pull_requests);
    let input = Input {
        wave: "simulated".into(),
        roster: Some(roster.finish()),
        responses: responses.finish(),
        previous: Vec::new(),
        tables,
        identifying: None,
        period: None,
        metrics: Vec::new(),
        declared: Vec::new(),
        actions: Vec::new(),
        settings: Settings {
            seed,
            ..Settings::default()
        },
        survey,
    };
    let truth = 100.0 * f64::from(in_pain) / f64::from(people);
    let findings = analyze(&input);
    let row = findings
        .ranking
        .iter()
        .find(|row| row.pillar == "code-review");
    let error = |estimate: Option<Estimate>| {
        let estimate = estimate.unwrap_or_default();
        (
            estimate.value - truth,
            estimate.low <= truth && truth <= estimate.high,
        )
    };
    [
        error(row.map(|row| row.friction)),
        error(row.and_then(|row| Some(row.joined.as_ref()?.friction))),
    ]
}

fn normal(random: &mut impl Rng) -> f64 {
    let (a, b): (f64, f64) = (random.random(), random.random());
    (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}
