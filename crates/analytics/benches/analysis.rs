//! How long files take to become columns, columns to become scores and ranks, and everything
//! together: 10,000 people in 304 teams, 100,000 pull requests.

#[path = "../examples/generate/organization.rs"]
mod organization;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tribometer_analytics::answers::ItemRatings;
use tribometer_analytics::files::responses::{self, Map};
use tribometer_analytics::files::{people, records};
use tribometer_analytics::groups::{Groups, Tree};
use tribometer_analytics::input::{Input, Settings};
use tribometer_analytics::scores;
use tribometer_analytics::tables::Placing;
use tribometer_statistics::ranks::RankSets;
use tribometer_statistics::resample::{REPLICATES, Sums, bootstrap};
use tribometer_statistics::{friction, random};
use tribometer_surveys::builtin;
use tribometer_surveys::file::Text;
use tribometer_surveys::person::Person;
use tribometer_surveys::telemetry::bots::Bots;
use tribometer_surveys::telemetry::metrics::Source;

const PEOPLE: usize = 10_000;
const PULL_REQUESTS: usize = 100_000;
const SEED: u64 = 1;

/// The three files.
struct Files {
    people: Text,
    responses: Text,
    pull_requests: Text,
}

fn text(name: &str, write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Text {
    let mut bytes = Vec::new();
    write(&mut bytes).expect("memory takes it");
    Text::new(name, bytes).expect("it is text")
}

fn files() -> Files {
    Files {
        people: text("people.csv", |out| organization::people(out, PEOPLE)),
        responses: text("responses.csv", |out| {
            organization::responses(out, PEOPLE, SEED)
        }),
        pull_requests: text("pull_requests.csv", |out| {
            organization::pull_requests(out, PEOPLE, PULL_REQUESTS, SEED)
        }),
    }
}

fn read_people(text: &Text) -> Vec<Person> {
    let file = people::read(text).expect("a sound file");
    file.rows.into_iter().map(|row| row.person).collect()
}

fn input(files: &Files) -> Input {
    let survey = builtin::devex_25().clone();
    let people = read_people(&files.people);
    let responses =
        responses::read(&files.responses, &survey, &Map::default()).expect("a sound file");
    let bots = Bots::default();
    let mut placing = Placing::new(Some(&people), &bots);
    let records = records::read(&files.pull_requests, Source::PullRequests).expect("a sound file");
    placing
        .add(Source::PullRequests, records.frame)
        .expect("a frame of pull requests");
    Input {
        survey,
        wave: "2026-Q4".to_owned(),
        roster: Some(people::roster(&people)),
        responses,
        previous: Vec::new(),
        tables: placing.finish(),
        period: None,
        metrics: Vec::new(),
        declared: Vec::new(),
        actions: Vec::new(),
        identifying: None,
        settings: Settings::default(),
    }
}

fn parse(criterion: &mut Criterion) {
    let files = files();
    let survey = builtin::devex_25();
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Elements(PEOPLE as u64));
    group.bench_function("people", |bench| {
        bench.iter(|| read_people(black_box(&files.people)))
    });
    group.bench_function("responses", |bench| {
        bench.iter(|| responses::read(black_box(&files.responses), survey, &Map::default()));
    });
    group.throughput(Throughput::Elements(PULL_REQUESTS as u64));
    let people = read_people(&files.people);
    group.bench_function("pull requests", |bench| {
        bench.iter(|| {
            let records = records::read(black_box(&files.pull_requests), Source::PullRequests);
            let frame = records.expect("a sound file").frame;
            Placing::new(Some(&people), &Bots::default()).add(Source::PullRequests, frame)
        });
    });
    group.finish();
}

fn score(criterion: &mut Criterion) {
    let input = input(&files());
    let people = &input.responses.people;
    criterion.bench_function("score", |bench| {
        bench.iter(|| {
            let by = ["role".to_owned(), "location".to_owned()];
            let groups = Groups::new(Tree::of([people]), &by, std::iter::once(people));
            let ratings: Vec<ItemRatings> = black_box(&input.responses).ratings().collect();
            scores::count(&groups, &groups.place(people), &ratings)
        });
    });
}

/// 25 pillars of 304 teams.
fn rank(criterion: &mut Criterion) {
    let (pillars, teams) = (25, 304);
    let mut random = random::numbered(SEED, 0);
    let mut pain = Sums::new(teams, pillars + 1);
    for team in 0..teams {
        let sums = pain.team(team);
        for (pillar, sum) in sums.iter_mut().take(pillars).enumerate() {
            let share = 0.02 + 0.006 * pillar as f64;
            *sum = (0..33)
                .map(|_| f64::from(rand::RngExt::random_bool(&mut random, share)))
                .sum();
        }
        sums[pillars] = 33.0;
    }
    let total = pain.total();
    let shares: Vec<f64> = total[..pillars]
        .iter()
        .map(|pain| 100.0 * pain / total[pillars])
        .collect();
    let mut group = criterion.benchmark_group("rank");
    group.bench_function("bootstrap", |bench| {
        bench.iter(|| bootstrap(black_box(&pain), REPLICATES, SEED, <[f64]>::to_vec));
    });
    group.bench_function("sets", |bench| {
        bench.iter(|| {
            let covariance = friction::covariance(black_box(&pain));
            RankSets::new(&shares, &covariance, &friction::sizes(&pain), SEED).simultaneous
        });
    });
    group.finish();
}

fn whole(criterion: &mut Criterion) {
    let input = input(&files());
    let mut group = criterion.benchmark_group("analyze");
    group.sample_size(10);
    group.bench_function("10,000 people", |bench| {
        bench.iter(|| tribometer_analytics::analyze(black_box(&input)));
    });
    group.finish();
}

criterion_group!(benches, parse, score, rank, whole);
criterion_main!(benches);
