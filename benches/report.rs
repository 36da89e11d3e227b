//! How long a report takes on the demo data: the whole of it, and each format of the sample document.
//!
//! `cargo bench` prints times and holds them against the previous run's on the same machine.

use chrono::NaiveDate;
use criterion::{Criterion, criterion_group, criterion_main};
use parte::calendar::Period;
use parte::definition::Format;
use parte::demo::{Plan, generate, prepare};
use parte::document::sample;
use parte::pipeline::{Earlier, Gates, Order, produce};
use parte::render::render;
use parte::{app, clock};

fn whole_reports(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    prepare(folder.path()).expect("the demo's folder");
    let plan = Plan::default();
    generate(&plan, &folder.path().join("demo.db"), &|_, _| {}).expect("the demo's data");
    let definitions = app::definitions(&folder.path().join("reports.toml")).expect("the shipped definitions");
    let mut group = criterion.benchmark_group("report");
    group.sample_size(20);
    for report in &definitions.reports {
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).expect("a day");
        let period = Period::new(day(9), day(16), report.zone, None).expect("a period");
        group.bench_function(report.id.as_str(), |bencher| {
            bencher.iter(|| {
                let order = Order {
                    definitions: &definitions,
                    report,
                    period: period.clone(),
                    scheduled_for: period.end(),
                    formats: Vec::new(),
                    generated: clock::now(),
                    run_key: "bench".to_owned(),
                    deliver: true,
                    gates: Gates::Tell,
                    earlier: Earlier::default(),
                    keep: false,
                };
                produce(&order).expect("the report").artifacts.len()
            });
        });
    }
    group.finish();
}

fn formats(criterion: &mut Criterion) {
    let document = sample();
    let mut group = criterion.benchmark_group("render");
    for format in Format::ALL {
        group.bench_function(format.extension(), |bencher| {
            bencher.iter(|| render(&document, format, "sample").expect("the file").len());
        });
    }
    group.finish();
}

criterion_group!(benches, whole_reports, formats);
criterion_main!(benches);
