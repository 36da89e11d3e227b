//! How long the next firing of a thousand different schedules takes: the goal is under 50 ms together.

use criterion::{Criterion, criterion_group, criterion_main};
use parte::calendar::{OnFreeDay, Schedule};

#[path = "../tests/suite/calendar/mix.rs"]
mod mix;

fn next_firings(criterion: &mut Criterion) {
    let (schedules, workdays, now) = (mix::thousand(), mix::workdays(), mix::now());
    let mut group = criterion.benchmark_group("calendar");
    group.bench_function("1000 next firings", |bencher| {
        bencher.iter(|| {
            let next = |mixed: &mix::Mixed| mixed.schedule.next_after(now, mixed.zone, &workdays);
            schedules.iter().filter_map(next).count()
        });
    });
    group.bench_function("1000 next firings with notes", |bencher| {
        bencher.iter(|| {
            let next = |mixed: &mix::Mixed| mixed.schedule.firing_after(now, mixed.zone, &workdays);
            schedules.iter().filter_map(next).count()
        });
    });
    let never = Schedule::parse("every sunday at 07:00").expect("a schedule").on_free_day(OnFreeDay::Skip);
    group.bench_function("never fires", |bencher| {
        bencher.iter(|| never.next_after(now, chrono_tz::America::Bogota, &workdays));
    });
    group.finish();
}

criterion_group!(benches, next_firings);
criterion_main!(benches);
