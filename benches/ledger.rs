//! How long the record takes: 10,000 due runs enqueued (the goal is under a second), and a delivery claimed and finished. On SQLite, and
//! on PostgreSQL when `PARTE_BENCH_POSTGRES` names a database of its own: `host:port/database`, user `postgres` without a password.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use parte::ledger::{
    DecidedFirings, Finish, Firing, Ledger, NewArtifact, NewDelivery, NewRun, Pick, Place, Protection,
    Server, Trigger,
};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(600);

/// No two measurements enqueue the same firing.
static NEXT: AtomicI64 = AtomicI64::new(0);

fn run(report: String, scheduled_for: DateTime<Utc>) -> NewRun {
    let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).expect("a day");
    NewRun {
        report,
        scheduled_for,
        trigger: Trigger::Schedule,
        period_from: day(9),
        period_to: day(10),
        zone: "America/Bogota".to_owned(),
        deliver: true,
        formats: Vec::new(),
        params: Default::default(),
        chosen: Default::default(),
        continues: false,
    }
}

/// One firing of each of so many reports.
fn due(reports: usize) -> Vec<DecidedFirings> {
    let minute = NEXT.fetch_add(1, Ordering::Relaxed);
    let through = DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
    let decided = |n: usize| DecidedFirings {
        report: format!("r{n}"),
        schedule: "every minute (America/Bogota)".to_owned(),
        through,
        skip_overlapping: false,
        firings: vec![Firing { run: run(format!("r{n}"), through), missed: false }],
    };
    (0..reports).map(decided).collect()
}

/// Takes a delivery and says that it is done.
async fn deliver(ledger: &Ledger) -> bool {
    let taken = ledger.claim_delivery("w", LEASE, Pick::default()).await.expect("a claim");
    let Some(taken) = taken else { return false };
    let finish = Finish::Done { receipt: "ok".to_owned() };
    ledger.finish_delivery(taken.id, taken.fence, finish).await.expect("its end");
    true
}

/// A run with so many deliveries of a small file.
async fn deliveries(ledger: &Ledger, count: usize) {
    let minute = NEXT.fetch_add(1, Ordering::Relaxed);
    let asked = run("big".to_owned(), DateTime::UNIX_EPOCH + TimeDelta::minutes(minute));
    let run = ledger.start_run(asked, "w", LEASE).await.expect("a run");
    let artifact = NewArtifact {
        recipient_key: String::new(),
        name: "a.csv".to_owned(),
        format: "csv".to_owned(),
        section: None,
        media_type: "text/csv".to_owned(),
        content: vec![b'x'; 10_000],
    };
    let planned = (0..count)
        .map(|n| NewDelivery {
            channel: "drop".to_owned(),
            recipient: format!("{n}.csv"),
            artifact: 0,
            hold: false,
        })
        .collect();
    ledger.record_products(run.id, run.fence, vec![artifact], planned).await.expect("products");
}

fn measure(criterion: &mut Criterion, base: &str, place: Place) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let ledger = runtime.block_on(Ledger::open(place)).expect("a ledger");
    let mut group = criterion.benchmark_group(base);
    group.sample_size(10);
    group.bench_function("10000 due runs enqueued", |bencher| {
        bencher.iter_batched(
            || due(10_000),
            |decided| runtime.block_on(ledger.record_decided(decided)).expect("the record"),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("a delivery claimed and finished", |bencher| {
        bencher.iter_batched(
            || {
                runtime.block_on(async {
                    if ledger.first_due_size(Pick::default()).await.expect("the record").is_none() {
                        deliveries(&ledger, 2000).await;
                    }
                });
            },
            |()| assert!(runtime.block_on(deliver(&ledger)), "one is due"),
            BatchSize::PerIteration,
        );
    });
    group.finish();
    runtime.block_on(ledger.close());
}

fn record(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    measure(criterion, "ledger sqlite", Place::from(&folder.path().join("ledger.db")));
    if let Some(server) = std::env::var_os("PARTE_BENCH_POSTGRES") {
        let server = server.into_string().expect("UTF-8");
        let (address, database) = server.split_once('/').expect("host:port/database");
        let (host, port) = address.split_once(':').expect("host:port");
        let server = Server {
            host: host.to_owned(),
            port: port.parse().expect("a port"),
            user: Some("postgres".to_owned()),
            password: None,
            database: database.to_owned(),
            protection: Protection::Off,
            ca: None,
        };
        measure(criterion, "ledger postgres", Place::Server(Box::new(server)));
    }
}

criterion_group!(benches, record);
criterion_main!(benches);
