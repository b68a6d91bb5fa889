//! Measures how often the report is wrong about its own certainty, where the truth is known.
//!
//! `cargo run --release -p tribometer-reports --example calibration -- [RUNS] [SEED]`
//!
//! Generates organizations of different numbers of teams in which eight pillars are equally bad. A pair of pillars whose rank sets exclude each other is then falsely separated; that should
//! happen in at most 5% of the runs. The interval of each pillar's friction should hold the truth in 95%.

use rand::{Rng, RngExt};
use rand_pcg::Pcg64;
use tribometer_reports::friction::{covariance, sizes};
use tribometer_reports::random;
use tribometer_reports::ranks::RankSets;
use tribometer_reports::resample::{REPLICATES, Sums, bootstrap, interval};

const PILLARS: usize = 8;
/// Areas that everybody picks.
const PICKS: usize = 3;
/// The probability that a picked area is also rated 3 or lower.
const LOW: f64 = 0.8;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse().ok());
    let runs: usize = arguments.next().flatten().unwrap_or(400) as usize;
    let seed: u64 = arguments.next().flatten().unwrap_or(1);
    println!("teams  sizes    colleagues  falsely separated  interval holds the truth");
    for unequal in [false, true] {
        for alike in [0.3, 1.0] {
            for teams in [2, 3, 5, 8, 15, 29, 30, 100] {
                let runs = if teams == 100 { runs / 2 } else { runs };
                let (mut separated, mut held) = (0, 0.0);
                for run in 0..runs {
                    let mut random = random::stream(seed, (1 << 40) + run as u64);
                    let pain = organization(teams, unequal, alike, &mut random);
                    separated += usize::from(is_separated(&pain, run as u64));
                    held += coverage(&pain, run as u64);
                }
                println!(
                    "{teams:5}  {}  {}  {:16.1}%  {:23.1}%",
                    if unequal { "2 to 40" } else { "9 each " },
                    if alike < 0.5 {
                        "a bit alike"
                    } else {
                        "much alike "
                    },
                    100.0 * separated as f64 / runs as f64,
                    100.0 * held / runs as f64
                );
            }
        }
    }
}

/// People in pain by pillar, those asked by pillar and respondents of each team. Colleagues share what they find hard, the more the greater `alike` is.
fn organization(teams: usize, unequal: bool, alike: f64, random: &mut Pcg64) -> Sums {
    let mut sums = Sums::new(teams, 2 * PILLARS + 1);
    for at in 0..teams {
        let size = match unequal {
            // From 2 to 40, as many below 9 as above.
            true => (2.0 * 20f64.powf(random.random::<f64>())).round() as usize,
            false => 9,
        };
        let hard: Vec<f64> = (0..PILLARS).map(|_| alike * normal(random)).collect();
        let team = sums.team(at);
        for _ in 0..size {
            // The greatest of weights with Gumbel noise are a draw without replacement in proportion to them.
            let mut order: Vec<(f64, usize)> = hard
                .iter()
                .map(|hard| hard - (-random.random::<f64>().ln()).ln())
                .zip(0..)
                .collect();
            order.sort_by(|a, b| b.0.total_cmp(&a.0));
            for (_, pillar) in &order[..PICKS] {
                team[*pillar] += f64::from(u8::from(random.random::<f64>() < LOW));
            }
        }
        team[PILLARS..].fill(size as f64);
    }
    sums
}

fn normal(random: &mut impl Rng) -> f64 {
    let (a, b): (f64, f64) = (random.random(), random.random());
    (-2.0 * (1.0 - a).ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

fn friction(total: &[f64]) -> Vec<f64> {
    let share = |pain: &f64| 100.0 * pain / total[PILLARS];
    total[..PILLARS].iter().map(share).collect()
}

fn is_separated(pain: &Sums, seed: u64) -> bool {
    let sets = RankSets::new(
        &friction(&pain.total()),
        &covariance(pain),
        &sizes(pain),
        seed,
    );
    sets.simultaneous
        .iter()
        .any(|(low, high)| *low > 1 || (*high as usize) < PILLARS)
}

/// The share of pillars whose interval holds the true friction.
fn coverage(pain: &Sums, seed: u64) -> f64 {
    let replicates = bootstrap(pain, REPLICATES, seed, friction);
    let truth = 100.0 * LOW * PICKS as f64 / PILLARS as f64;
    let holds = |(value, replicates): (&f64, &Vec<f64>)| {
        let interval = interval(*value, replicates, sizes(pain).len());
        interval.low <= truth && truth <= interval.high
    };
    let friction = friction(&pain.total());
    let held = friction
        .iter()
        .zip(&replicates)
        .filter(|pair| holds(*pair))
        .count();
    held as f64 / PILLARS as f64
}
