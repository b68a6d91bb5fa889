//! How long findings take to become a page.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use tribometer_findings::Findings;
use tribometer_reports::html::{Links, report_body, report_file};

fn render(criterion: &mut Criterion) {
    let findings = Findings::sample();
    let links = Links::default();
    criterion.bench_function("render/body", |bench| {
        bench.iter(|| report_body(black_box(&findings), &links));
    });
    criterion.bench_function("render/file", |bench| {
        bench.iter(|| report_file(black_box(&findings)))
    });
}

criterion_group!(benches, render);
criterion_main!(benches);
