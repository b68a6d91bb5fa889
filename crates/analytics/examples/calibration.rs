//! Measures how often the report is wrong about its own certainty, where the truth is known.
//!
//! `cargo run --release -p tribometer-reports --example calibration -- [RUNS] [SEED]`
//!
//! Generates organizations of different numbers of teams in which eight pillars are equally bad. A
//! pair of pillars whose rank sets exclude each other is then falsely separated; that should happen
//! in at most 5% of the runs. The interval of each pillar's friction should hold the truth in 95%.
//!
//! Then it generates pillars that differ, and compares what is said of being among the worst three
//! with what is true: by how many points it is off on average over tenths of what is said, for the
//! bootstrap as it is and for draws that are shrunken toward the mean of all pillars.

use rand::{Rng, RngExt};
use rand_pcg::Pcg64;
use tribometer_statistics::friction::{covariance, sizes, worst_three};
use tribometer_statistics::random;
use tribometer_statistics::ranks::RankSets;
use tribometer_statistics::resample::{REPLICATES, Sums, bootstrap, interval};

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
                    let mut random = random::numbered(seed, (1 << 40) + run as u64);
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
    println!("pillars  spread over error  off: bootstrap  shrunken");
    for count in [8, 25] {
        for spread in [0.5, 1.0, 2.0, 3.0] {
            let [plain, shrunken] = worst_three_of(count, spread, 4 * runs, seed);
            println!(
                "{count:7}  {spread:17.1}  {:14.1}  {:8.1}",
                off(&plain),
                off(&shrunken)
            );
        }
    }
}

/// How many pillars are among the worst three, by tenths of the probability that is said: how many,
/// the sum of what is said, how many truly are.
type Tenths = [[f64; 3]; 10];

/// Errors of one are added to `count` pillars that differ by a standard deviation of `spread`, 200
/// draws for each run.
fn worst_three_of(count: usize, spread: f64, runs: usize, seed: u64) -> [Tenths; 2] {
    const DRAWS: usize = 400;
    let mut tenths = [[[0.0; 3]; 10]; 2];
    for run in 0..runs {
        let mut random = random::numbered(seed, (2 << 40) + run as u64);
        let mut normals =
            |count: usize| -> Vec<f64> { (0..count).map(|_| normal(&mut random)).collect() };
        let truth: Vec<f64> = normals(count).iter().map(|own| spread * own).collect();
        let found: Vec<f64> = truth
            .iter()
            .zip(normals(count))
            .map(|(own, error)| own + error)
            .collect();
        let errors: Vec<Vec<f64>> = (0..count).map(|_| normals(DRAWS)).collect();
        let is_worst = worst_three(&truth.iter().map(|own| vec![*own]).collect::<Vec<_>>());
        let mean = found.iter().sum::<f64>() / count as f64;
        let squares: f64 = found.iter().map(|own| (own - mean).powi(2)).sum();
        let degrees = count as f64 - 1.0;
        let trust = (1.0 - (degrees - 2.0) / degrees / (squares / degrees)).max(0.05);
        for (tenths, trust) in tenths.iter_mut().zip([1.0, trust]) {
            let draws = |(own, errors): (&f64, &Vec<f64>)| -> Vec<f64> {
                let expected = mean + trust * (own - mean);
                errors
                    .iter()
                    .map(|error| expected + trust.sqrt() * error)
                    .collect()
            };
            let said = worst_three(&found.iter().zip(&errors).map(draws).collect::<Vec<_>>());
            for (said, is_worst) in said.iter().zip(&is_worst) {
                let own = &mut tenths[((said * 10.0) as usize).min(9)];
                *own = [own[0] + 1.0, own[1] + said, own[2] + is_worst];
            }
        }
    }
    tenths
}

/// The mean of |said − true| over tenths, in points.
fn off(tenths: &Tenths) -> f64 {
    let all: f64 = tenths.iter().map(|[count, ..]| count).sum();
    let gaps: f64 = tenths
        .iter()
        .map(|[_, said, truly]| (said - truly).abs())
        .sum();
    100.0 * gaps / all
}

/// People in pain by pillar, those asked by pillar and respondents of each team. Colleagues share
/// what they find hard, the more the greater `alike` is.
fn organization(teams: usize, unequal: bool, alike: f64, random: &mut Pcg64) -> Sums {
    let mut sums = Sums::new(teams, 2 * PILLARS + 1);
    for at in 0..teams {
        let size = if unequal {
            // From 2 to 40, as many below 9 as above.
            (2.0 * 20f64.powf(random.random::<f64>())).round() as usize
        } else {
            9
        };
        let hard: Vec<f64> = (0..PILLARS).map(|_| alike * normal(random)).collect();
        let team = sums.team(at);
        for _ in 0..size {
            // The greatest of weights with Gumbel noise are a draw without replacement in
            // proportion to them.
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
        let interval = interval(*value, replicates, &sizes(pain));
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
