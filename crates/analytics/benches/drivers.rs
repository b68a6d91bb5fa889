//! How long it takes to share out explained variance.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use nalgebra::DMatrix;
use rand::RngExt;
use tribometer_analytics::answers::{AnswerRow, AnswerRows, AnswerTables};
use tribometer_analytics::drivers::Teams;
use tribometer_statistics::drivers::johnson::johnson;
use tribometer_statistics::drivers::lmg::lmg;
use tribometer_statistics::random;
use tribometer_surveys::builtin;

/// An outcome and some predictors that all correlate with each other, the less the farther apart.
fn correlations(predictors: usize) -> DMatrix<f64> {
    DMatrix::from_fn(predictors + 1, predictors + 1, |row, column| {
        0.8f64.powi(row.abs_diff(column) as i32)
    })
}

/// Ratings of everything by so many people; one in `gaps` is missing.
fn responses(people: usize, gaps: u32) -> AnswerTables {
    let survey = builtin::devex_25();
    let mut responses = AnswerRows::new(survey);
    let mut random = random::numbered(1, 0);
    for _ in 0..people {
        let mood = random.random_range(1..=3u8);
        let ratings = survey.rating_items().map(|_| {
            let is_given = random.random_range(0..gaps) > 0;
            let rating = mood + random.random_range(0..=2u8);
            if is_given { rating } else { 0 }
        });
        responses.push(AnswerRow {
            ratings: ratings.collect(),
            ..AnswerRow::default()
        });
    }
    responses.finish()
}

fn drivers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("drivers");
    group.sample_size(10);
    for predictors in [15, 20, 25] {
        let matrix = correlations(predictors);
        group.bench_function(format!("lmg/{predictors}"), |bench| {
            bench.iter(|| lmg(black_box(&matrix)));
        });
    }
    let matrix = correlations(25);
    group.bench_function("johnson/25", |bench| {
        bench.iter(|| johnson(black_box(&matrix)))
    });
    let teams: Vec<usize> = (0..100_000).map(|row| row % 3_000).collect();
    let teams = Teams {
        of: &teams,
        count: 3_000,
    };
    for (name, gaps) in [("complete", 1_000), ("pairwise", 10)] {
        let responses = responses(100_000, gaps);
        group.bench_function(format!("wave/{name}"), |bench| {
            bench.iter(|| {
                let survey = builtin::devex_25();
                tribometer_analytics::drivers::drivers(survey, black_box(&responses), teams, 1)
            });
        });
    }
}

criterion_group!(benches, drivers);
criterion_main!(benches);
