//! What holds for any data: identities, and numbers that do not depend on the order of rows.

use super::setting::*;
use chrono_tz::Tz;
use parte::metrics::catalogue;
use parte::source::Remark;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rusqlite::Connection;
use std::path::Path;

const STATES: [&str; 10] =
    ["sign_up", "setup", "aha", "casual", "habit", "core", "power", "dormant", "churned", "zombie"];
const STATUSES: [&str; 7] =
    ["completed", "pending", "failed", "cancelled", "rescheduled", "no_answer", "nobody knows"];

fn pick<'a, const N: usize>(random: &mut ChaCha8Rng, among: &[&'a str; N]) -> &'a str {
    among[random.next_u32() as usize % N]
}

/// Rows of both frames, with nulls, gaps, doubles and unknown values.
fn write(path: &Path, seed: u64, shuffled: bool) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut tasks = Vec::new();
    for _ in 0..300 {
        let mut below = |n: u32| random.next_u32() % n;
        let at = |minute: u32| {
            format!("2026-03-{:02}T{:02}:{:02}:00Z", 1 + minute / 1440, minute / 60 % 24, minute % 60)
        };
        let planned = below(14 * 1440);
        let completed = (below(3) > 0).then(|| at((planned + below(3000)).min(30 * 1440)));
        let created = (below(4) > 0).then(|| at(planned / 2));
        let seller = (below(9) > 0).then(|| format!("S{}", below(5)));
        let amount = (below(2) > 0).then(|| f64::from(below(1000)));
        let user = format!("U{}", below(60));
        let status = (below(12) > 0).then(|| pick(&mut random, &STATUSES));
        let kind = pick(&mut random, &["visit", "call", "message"]);
        tasks.push((kind, status, seller, user, at(planned), completed, created, amount));
    }
    let mut states = Vec::new();
    for user in 0..80 {
        for day in 1..=14 {
            while random.next_u32() % 10 < 7 {
                states.push((format!("U{user}"), format!("2026-03-{day:02}"), pick(&mut random, &STATES)));
                if random.next_u32() % 20 > 0 {
                    break;
                }
            }
        }
    }
    if shuffled {
        // Fisher and Yates, from the other end of the random numbers.
        let mut random = ChaCha8Rng::seed_from_u64(!seed);
        for n in (1..tasks.len()).rev() {
            tasks.swap(n, random.next_u32() as usize % (n + 1));
        }
        for n in (1..states.len()).rev() {
            states.swap(n, random.next_u32() as usize % (n + 1));
        }
    }
    let mut db = Connection::open(path).expect("a database");
    let transaction = db.transaction().expect("a transaction");
    transaction
        .execute_batch(
            "create table tasks (type, status, seller_id, user_id, scheduled_at, completed_at, created_at, sales_amount, duration_min, outcome, attempts);
             create table user_states (user_id, date, state)",
        )
        .expect("tables");
    for t in tasks {
        transaction
            .execute(
                "insert into tasks values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 5, 'sale', 1)",
                (t.0, t.1, t.2, t.3, t.4, t.5, t.6, t.7),
            )
            .expect("a task");
    }
    for s in states {
        transaction.execute("insert into user_states values (?1, ?2, ?3)", s).expect("a state");
    }
    transaction.commit().expect("rows");
}

#[test]
fn identities_hold_and_the_order_of_rows_does_not_matter() {
    let folder = tempfile::tempdir().expect("a folder");
    let ids: Vec<&str> =
        catalogue().iter().filter(|m| m.by != ["signup_month"]).map(|m| m.id.as_str()).collect();
    for seed in 0..5 {
        let mut told = Vec::new();
        for shuffled in [false, true] {
            let path = folder.path().join(format!("{seed}-{shuffled}.db"));
            write(&path, seed, shuffled);
            let zone = if seed % 2 == 0 { Tz::America__Bogota } else { Tz::Pacific__Auckland };
            let report = report(zone, vec![table(&[], &ids), table(&["seller"], &ids)]);
            let period = period("2026-03-04", "2026-03-11", zone);
            let (engine, _) = engine_over(&source(&path), &report, catalogue(), &period);
            let mut all = Vec::new();
            for id in &ids {
                all.push(rows_of(&engine.values(&[id], &[]).expect("values")));
                for by in ["seller", "day", "type"] {
                    all.push(
                        engine
                            .values(&[id], &[by])
                            .map_or_else(|e| vec![vec![e.to_string()]], |t| rows_of(&t)),
                    );
                }
            }
            let remarks = engine.remarks();
            assert!(
                !remarks.iter().any(|r| matches!(r, Remark::Identity { .. })),
                "seed {seed}: {remarks:?}"
            );
            told.push((all, remarks));
        }
        assert_eq!(told[0], told[1], "seed {seed}");
    }
}

#[test]
fn a_metric_that_is_wrongly_called_additive_is_caught() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.db");
    write(&path, 1, false);
    let mut wrong = metric("contacted", parte::definition::Rows::Scheduled, "count(distinct user_id)");
    wrong.additive = true;
    let metrics = with_own(&[wrong]);
    let report = report(Tz::UTC, vec![table(&["seller"], &["contacted"])]);
    let (engine, _) =
        engine_over(&source(&path), &report, &metrics, &period("2026-03-04", "2026-03-11", Tz::UTC));
    engine.values(&["contacted"], &["seller"]).expect("values");
    assert!(
        engine
            .remarks()
            .iter()
            .any(|r| matches!(r, Remark::Identity { identity, .. } if identity.starts_with("contacted")))
    );
}
