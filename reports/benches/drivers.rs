//! How long it takes to share out explained variance.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use nalgebra::DMatrix;
use tribometer_reports::drivers::{johnson::johnson, lmg::lmg};

/// An outcome and some predictors that all correlate with each other, the less the farther apart.
fn correlations(predictors: usize) -> DMatrix<f64> {
    DMatrix::from_fn(predictors + 1, predictors + 1, |row, column| {
        0.8f64.powi(row.abs_diff(column) as i32)
    })
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
}

criterion_group!(benches, drivers);
criterion_main!(benches);
