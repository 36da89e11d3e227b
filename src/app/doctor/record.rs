//! What the record says of itself, in a doctor's words.

use super::{Area, Finding, counted};
use crate::ledger::{Health, Queue};
use chrono::{DateTime, TimeDelta, Utc};
use std::path::{Path, PathBuf};

/// Clocks that differ by more than this make times in the record hard to read.
const CLOCKS: TimeDelta = TimeDelta::seconds(5);

/// A write-ahead log that is larger is not folded back: somebody keeps the file open for reading.
const LARGE_LOG: u64 = 256_000_000;

/// Room inside of the file that is worth a word.
const MUCH_FREE: u64 = 100_000_000;

/// Work that has been due for longer is done by nobody.
const NOBODY: TimeDelta = TimeDelta::minutes(5);

pub(super) fn of_health(
    health: &Health,
    name: &str,
    file: Option<&Path>,
    now: DateTime<Utc>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let whole = format!("{name}: {}, {}", health.database, megabytes(health.size));
    findings.push(match health.damage.as_slice() {
        [] if file.is_some() => Finding::ok(Area::Ledger, format!("{whole}, whole")),
        [] => Finding::ok(Area::Ledger, whole),
        [first, ..] => Finding::wrong(
            Area::Ledger,
            format!("{whole}, is damaged: {first}"),
            "stop Parte, keep the file with its -wal and -shm companions, and restore a copy",
        ),
    });
    if !health.may_write {
        findings.push(Finding::wrong(
            Area::Ledger,
            format!("{name}: this user may not change its tables"),
            "grant select, insert, update and delete on all tables of the schema `parte`",
        ));
    }
    let log = file.and_then(|file| std::fs::metadata(beside(file, "-wal")).ok()).map_or(0, |log| log.len());
    if log > LARGE_LOG {
        findings.push(Finding::look(
            Area::Ledger,
            format!("its write-ahead log has grown to {}", megabytes(log)),
            "look for a backup or a database tool that keeps the file open",
        ));
    }
    if health.free > MUCH_FREE {
        findings.push(Finding::ok(
            Area::Ledger,
            format!("{} inside of it are free and will be used again", megabytes(health.free)),
        ));
    }
    let apart = health.now - now;
    if apart.abs() > CLOCKS {
        let what = format!("the ledger's clock and this machine's are {} s apart", apart.num_seconds().abs());
        findings.push(Finding::look(Area::Clock, what, "set both by the same time server (NTP)"));
    }
    if let Some(newest) = health.newest.filter(|newest| *newest > now + TimeDelta::minutes(1)) {
        let what = format!(
            "the latest run was recorded at {}, which is still to come",
            newest.format("%Y-%m-%d %H:%M UTC")
        );
        findings.push(Finding::look(
            Area::Clock,
            what,
            "see whether the clock was set back; schedules wait until then",
        ));
    }
    findings
}

/// `parte.db-wal` beside `parte.db`.
fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

pub(super) fn of_queue(queue: &Queue, now: DateTime<Utc>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let late = queue.due_since.map(|since| now - since).filter(|late| *late > NOBODY);
    let waiting =
        format!("{} and {} waiting", counted(queue.runs as usize, "run"), deliveries(queue.deliveries));
    findings.push(match late {
        Some(late) => Finding::look(
            Area::Queue,
            format!("{waiting}; the first has been due for {} min", late.num_minutes()),
            "see whether `parte serve` runs",
        ),
        None => Finding::ok(Area::Queue, waiting),
    });
    if queue.overrun > 0 {
        findings.push(Finding::look(
            Area::Queue,
            format!("{} held by a worker that is silent", queue.overrun),
            "see whether `parte serve` runs: it takes back what belongs to workers that are gone",
        ));
    }
    if queue.held > 0 {
        findings.push(Finding::look(
            Area::Queue,
            format!("{} held because of their data, until somebody decides", counted(queue.held as usize, "run")),
            "`parte runs --state held` lists them with their reasons; `parte release RUN` sends one, `parte cancel RUN` gives it up",
        ));
    }
    if queue.refused + queue.dead + queue.in_doubt > 0 {
        let parts = [(queue.refused, "refused"), (queue.dead, "dead"), (queue.in_doubt, "in doubt")];
        let parts =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
        findings.push(Finding::look(
            Area::Queue,
            format!("deliveries did not arrive: {}", parts.collect::<Vec<_>>().join(", ")),
            "`parte dead` says of each why, and what can be done",
        ));
    }
    findings
}

fn deliveries(count: u32) -> String {
    if count == 1 { "1 delivery".to_owned() } else { format!("{count} deliveries") }
}

pub(super) fn megabytes(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
