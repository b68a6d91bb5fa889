//! Measures, through the whole analysis, how often a report calls a change beyond noise that is
//! none, whether its probabilities come true, and how often its rank sets and intervals hold the
//! truth, where teams differ, pillars go together, and most people answer both waves.
//!
//! `cargo run --release -p tribometer-reports --example discovery -- [RUNS] [SEED]`
//!
//! An organization has 40 teams of 4 to 40 people in 5 departments. Somebody's rating of a pillar
//! is a number cut to 1 to 5: the pillar's level, what the team feels about everything and about
//! this pillar, the same of the person, and a normal error. Everybody picks the three pillars that
//! hurt most and says how many hours they cost. The levels are drawn anew for each of twenty
//! organizations; what is true of one is found from 4,000 teams like its own.

use rand::{Rng, RngExt};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use tribometer_analytics::analyze;
use tribometer_analytics::answers::{AnswerRow, AnswerRows, AnswerTables};
use tribometer_analytics::input::{Input, PastWave, Settings};
use tribometer_analytics::tables::Tables;
use tribometer_findings::{Estimate, Findings};
use tribometer_statistics::random;
use tribometer_surveys::builtin;
use tribometer_surveys::survey::Survey;

const TEAMS: usize = 40;
const DEPARTMENTS: usize = 5;
const ORGANIZATIONS: u64 = 20;
/// Teams that the truth is found from.
const TRUTH_TEAMS: usize = 4_000;
/// How many of a hundred answer each wave; of those of the second wave three in four had answered
/// the first.
const ANSWERS: f64 = 0.8;
/// By how many points a pillar that changes changes.
const CHANGE: f64 = 0.3;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse().ok());
    let runs: u64 = arguments.next().flatten().unwrap_or(400);
    let seed: u64 = arguments.next().flatten().unwrap_or(1);

    println!(
        "pillars  changed  team's own change  false among those called  found  mean holds  share holds"
    );
    for pillars in [8, 25] {
        let worlds = worlds(pillars, 0.3, seed);
        for changed in [0, pillars / 5] {
            for shock in [0.0, 0.15, 0.3] {
                let found = all(runs, |run| {
                    changes(of(&worlds, run), changed, shock, run, seed)
                });
                println!(
                    "{pillars:7}  {changed:7}  {shock:17.2}  {:23.1}%  {:>5}  {:9.1}%  {:10.1}%",
                    100.0 * mean(&found, |found| found.false_share),
                    match changed {
                        0 => "–".to_owned(),
                        _ => format!("{:.0}%", 100.0 * mean(&found, |found| found.found)),
                    },
                    100.0 * mean(&found, |found| found.mean_held),
                    100.0 * mean(&found, |found| found.share_held),
                );
            }
        }
    }

    println!();
    println!(
        "pillars  spread  all ranks held  ranks wide  friction holds  hours hold  index holds  favorable holds"
    );
    let mut said = Vec::new();
    for pillars in [8, 25] {
        for spread in [0.0, 0.1, 0.3, 0.6] {
            let worlds = worlds(pillars, spread, seed);
            let ranked = all(runs, |run| ranking(of(&worlds, run), run, seed));
            println!(
                "{pillars:7}  {spread:6.1}  {:13.1}%  {:10.1}  {:13.1}%  {:9.1}%  {:10.1}%  {:14.1}%",
                100.0 * mean(&ranked, |ranked| f64::from(u8::from(ranked.ranks_held))),
                mean(&ranked, |ranked| ranked.width),
                100.0 * mean(&ranked, |ranked| ranked.friction_held),
                100.0 * mean(&ranked, |ranked| ranked.hours_held),
                100.0 * mean(&ranked, |ranked| f64::from(u8::from(ranked.index_held))),
                100.0 * mean(&ranked, |ranked| ranked.favorable_held),
            );
            let pairs: Vec<(f64, bool)> = (ranked.into_iter())
                .flat_map(|ranked| ranked.worst)
                .collect();
            said.push((pillars, spread, pairs));
        }
    }

    println!();
    println!("pillars  spread  said: came true (of how many)");
    for (pillars, spread, pairs) in said {
        print!("{pillars:7}  {spread:6.1} ");
        let mut off = 0.0;
        for bin in 0..5 {
            let within = |said: f64| ((said * 5.0) as usize).min(4) == bin;
            let own: Vec<&(f64, bool)> = pairs.iter().filter(|(said, _)| within(*said)).collect();
            if own.is_empty() {
                continue;
            }
            let count = own.len() as f64;
            let said = own.iter().map(|(said, _)| said).sum::<f64>() / count;
            let came = own.iter().filter(|(_, true_)| *true_).count() as f64 / count;
            off += (said - came).abs() * count / pairs.len() as f64;
            print!(" {:.0}%: {:.0}% ({count})", 100.0 * said, 100.0 * came);
        }
        println!("  off by {:.1} points", 100.0 * off);
    }
}

fn worlds(pillars: usize, spread: f64, seed: u64) -> Vec<World> {
    all(ORGANIZATIONS, |organization| {
        World::new(pillars, spread, organization, seed)
    })
}

fn of(worlds: &[World], run: u64) -> &World {
    &worlds[(run % ORGANIZATIONS) as usize]
}

fn all<T: Send>(runs: u64, one: impl Fn(u64) -> T + Sync + Send) -> Vec<T> {
    (0..runs).into_par_iter().map(one).collect()
}

fn mean<T>(rows: &[T], value: impl Fn(&T) -> f64) -> f64 {
    let values: Vec<f64> = (rows.iter().map(value))
        .filter(|value| value.is_finite())
        .collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// What is true of organizations of one kind.
struct World {
    survey: Survey,
    levels: Vec<f64>,
    /// Of each pillar in percent, hours a week, and favorable share.
    friction: Vec<f64>,
    hours: Vec<f64>,
    favorable: Vec<f64>,
}

impl World {
    /// `spread` is the standard deviation of the pillars' levels.
    fn new(pillars: usize, spread: f64, organization: u64, seed: u64) -> Self {
        let mut random = random::numbered(seed, (5 << 40) + organization);
        let levels: Vec<f64> = (0..pillars)
            .map(|_| 3.3 + spread * normal(&mut random))
            .collect();
        let mut survey = builtin::devex_25().clone();
        survey.outcomes.clear();
        let mut left = pillars;
        for dimension in &mut survey.dimensions {
            dimension.pillars.truncate(left);
            left -= dimension.pillars.len();
        }
        survey
            .dimensions
            .retain(|dimension| !dimension.pillars.is_empty());
        let mut world = Self {
            survey,
            levels,
            friction: vec![0.0; pillars],
            hours: vec![0.0; pillars],
            favorable: vec![0.0; pillars],
        };
        let mut people = 0.0;
        for _ in 0..TRUTH_TEAMS {
            let team = Team::new(pillars, 0.0, &mut random);
            for _ in 0..team.size {
                let person = Person::new(pillars, &mut random);
                let answers = Answers::new(&world.levels, &team.feels, &person, &mut random);
                people += 1.0;
                for at in 0..pillars {
                    let hurts = answers.picks.contains(&at) && answers.ratings[at] <= 3;
                    world.friction[at] += f64::from(u8::from(hurts));
                    world.favorable[at] += f64::from(u8::from(answers.ratings[at] >= 4));
                }
                for (at, hundredths) in answers.hours {
                    world.hours[at] += f64::from(hundredths) / 100.0;
                }
            }
        }
        world
            .friction
            .iter_mut()
            .for_each(|sum| *sum *= 100.0 / people);
        world.hours.iter_mut().for_each(|sum| *sum /= people);
        world.favorable.iter_mut().for_each(|sum| *sum /= people);
        world
    }

    fn input(&self, responses: AnswerTables, previous: Vec<PastWave>, seed: u64) -> Input {
        Input {
            survey: self.survey.clone(),
            wave: "2026-Q4".into(),
            roster: None,
            responses,
            previous,
            tables: Tables::default(),
            period: None,
            metrics: Vec::new(),
            identifying: None,
            declared: Vec::new(),
            actions: Vec::new(),
            settings: Settings {
                seed,
                ..Settings::default()
            },
        }
    }
}

/// How a team feels about each pillar in both waves, and how many people it has.
struct Team {
    size: usize,
    feels: Vec<f64>,
    later: Vec<f64>,
}

impl Team {
    fn new(pillars: usize, shock: f64, random: &mut Pcg64) -> Self {
        let all = 0.2 * normal(random);
        let feels: Vec<f64> = (0..pillars).map(|_| all + 0.35 * normal(random)).collect();
        let moved = shock * normal(random) / 2f64.sqrt();
        let later = feels
            .iter()
            .map(|feels| feels + moved + shock * normal(random) / 2f64.sqrt())
            .collect();
        // From 4 to 40, as many below 13 as above.
        let size = (4.0 * 10f64.powf(random.random::<f64>())).round() as usize;
        Self { size, feels, later }
    }
}

/// How somebody feels about each pillar, always.
struct Person(Vec<f64>);

impl Person {
    fn new(pillars: usize, random: &mut Pcg64) -> Self {
        let all = 0.6 * normal(random);
        Self((0..pillars).map(|_| all + 0.5 * normal(random)).collect())
    }
}

struct Answers {
    ratings: Vec<u8>,
    picks: Vec<usize>,
    hours: Vec<(usize, u32)>,
}

impl Answers {
    fn new(levels: &[f64], team: &[f64], person: &Person, random: &mut Pcg64) -> Self {
        let felt: Vec<f64> = (0..levels.len())
            .map(|at| levels[at] + team[at] + person.0[at] + 0.7 * normal(random))
            .collect();
        let mut order: Vec<usize> = (0..levels.len()).collect();
        order.sort_by(|a, b| felt[*a].total_cmp(&felt[*b]));
        let picked = &order[..3];
        Self {
            ratings: felt
                .iter()
                .map(|felt| felt.round().clamp(1.0, 5.0) as u8)
                .collect(),
            picks: picked.to_vec(),
            hours: (picked.iter())
                .map(|at| {
                    (
                        *at,
                        (100.0 * (0.5 + 0.8 * normal(random)).exp().min(13.0)) as u32,
                    )
                })
                .collect(),
        }
    }
}

fn push(responses: &mut AnswerRows, name: &str, path: &str, answers: Answers) {
    responses.push(AnswerRow {
        respondent: name,
        team: path,
        ratings: answers.ratings,
        picks: Some(answers.picks),
        hours: answers.hours,
        ..AnswerRow::default()
    });
}

/// What a report said of the changes.
struct Called {
    /// Of the pillars that it called changed, the share that did not; zero where it called none.
    false_share: f64,
    /// Of the pillars that changed, the share that it called so.
    found: f64,
    mean_held: f64,
    share_held: f64,
}

/// Two waves, between which the first few pillars changed.
fn changes(world: &World, changed: usize, shock: f64, run: u64, seed: u64) -> Called {
    let pillars = world.levels.len();
    let mut random = random::numbered(seed, (6 << 40) + run);
    let mut waves = [0, 1].map(|_| AnswerRows::new(&world.survey));
    let mut later = world.levels.clone();
    later[..changed]
        .iter_mut()
        .for_each(|level| *level += CHANGE);
    for team in 0..TEAMS {
        let path = format!("E / {} / {team}", team % DEPARTMENTS);
        let feels = Team::new(pillars, shock, &mut random);
        for member in 0..feels.size {
            let mut person = Person::new(pillars, &mut random);
            let name = format!("{team}-{member}");
            if random.random::<f64>() < ANSWERS {
                let answers = Answers::new(&world.levels, &feels.feels, &person, &mut random);
                push(&mut waves[0], &name, &path, answers);
            }
            let stayed = random.random::<f64>() < 0.75 / ANSWERS;
            if !stayed {
                person = Person::new(pillars, &mut random);
            }
            if random.random::<f64>() < ANSWERS {
                let answers = Answers::new(&later, &feels.later, &person, &mut random);
                let name = if stayed { name } else { format!("{name}-new") };
                push(&mut waves[1], &name, &path, answers);
            }
        }
    }
    let [before, now] = waves.map(AnswerRows::finish);
    let before = PastWave {
        label: "2026-Q3".into(),
        responses: before,
        reworded: Vec::new(),
    };
    let findings = analyze(&world.input(now, vec![before], run));
    let own: Vec<_> = findings
        .changes
        .iter()
        .filter(|row| row.team == "E")
        .collect();
    let position = |id: &str| world.survey.pillars().position(|pillar| pillar.id == id);
    let is_true = |id: &str| position(id).is_some_and(|at| at < changed);
    let called: Vec<_> = own
        .iter()
        .filter(|row| row.change.is_beyond_noise())
        .collect();
    let wrong = called.iter().filter(|row| !is_true(&row.pillar)).count();
    // What did not change has a change of exactly zero; only of these the truth is known to the
    // digit.
    let still: Vec<_> = own.iter().filter(|row| !is_true(&row.pillar)).collect();
    let held = |low: f64, high: f64| f64::from(u8::from(low <= 0.0 && 0.0 <= high));
    Called {
        false_share: wrong as f64 / called.len().max(1) as f64,
        found: (called.len() - wrong) as f64 / changed as f64,
        mean_held: mean(&still, |row| held(row.change.low, row.change.high)),
        share_held: mean(&still, |row| held(row.share.low, row.share.high)),
    }
}

/// What a report said of the ranks.
struct Ranked {
    /// All true ranks at once are in their sets.
    ranks_held: bool,
    /// Ranks in a set on average.
    width: f64,
    friction_held: f64,
    hours_held: f64,
    favorable_held: f64,
    index_held: bool,
    /// The probability of each pillar to be among the worst three, and whether it is.
    worst: Vec<(f64, bool)>,
}

fn ranking(world: &World, run: u64, seed: u64) -> Ranked {
    let pillars = world.levels.len();
    let mut random = random::numbered(seed, (7 << 40) + run);
    let mut responses = AnswerRows::new(&world.survey);
    for team in 0..TEAMS {
        let path = format!("E / {} / {team}", team % DEPARTMENTS);
        let feels = Team::new(pillars, 0.0, &mut random);
        for member in 0..feels.size {
            let person = Person::new(pillars, &mut random);
            if random.random::<f64>() < ANSWERS {
                let answers = Answers::new(&world.levels, &feels.feels, &person, &mut random);
                push(&mut responses, &format!("{team}-{member}"), &path, answers);
            }
        }
    }
    let responses = responses.finish();
    let people = responses.len() as f64;
    let findings: Findings = analyze(&world.input(responses, Vec::new(), run));
    let rows: Vec<_> = (findings.ranking.iter())
        .filter_map(|row| {
            let at = world
                .survey
                .pillars()
                .position(|pillar| pillar.id == row.pillar)?;
            Some((row, at))
        })
        .collect();
    let holds = |estimate: Estimate, truth: f64| estimate.low <= truth && truth <= estimate.high;
    let held = |held: bool| f64::from(u8::from(held));
    // Where all levels are the same every rank is as true as any other.
    let same = world.levels.iter().all(|level| *level == world.levels[0]);
    let better = |at: usize| {
        (world.friction.iter())
            .filter(|other| **other > world.friction[at])
            .count()
    };
    let in_set = |low: u32, high: u32, at: usize| {
        if same {
            low == 1 && high as usize == pillars
        } else {
            (low as usize..=high as usize).contains(&(better(at) + 1))
        }
    };
    Ranked {
        ranks_held: rows
            .iter()
            .all(|(row, at)| in_set(row.rank_low, row.rank_high, *at)),
        width: mean(&rows, |(row, _)| {
            f64::from(row.rank_high - row.rank_low + 1)
        }),
        friction_held: mean(&rows, |(row, at)| {
            held(holds(row.friction, world.friction[*at]))
        }),
        hours_held: mean(&rows, |(row, at)| {
            row.hours_per_week.map_or(f64::NAN, |hours| {
                held(holds(hours, world.hours[*at] * people))
            })
        }),
        favorable_held: mean(&rows, |(row, at)| {
            held(holds(row.favorable, world.favorable[*at]))
        }),
        index_held: findings.index.is_some_and(|index| {
            holds(index, world.favorable.iter().sum::<f64>() / pillars as f64)
        }),
        worst: if same {
            Vec::new()
        } else {
            rows.iter()
                .map(|(row, at)| (row.top3_probability, better(*at) < 3))
                .collect()
        },
    }
}

fn normal(random: &mut impl Rng) -> f64 {
    let (a, b): (f64, f64) = (random.random(), random.random());
    (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}
