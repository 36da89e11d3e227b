//! What several reports that are due together need of one source is read once: the first reads what all of them need, the others
//! take it from here.
//!
//! Only what is the same rows is shared: the same periods, and of each frame the same kinds of rows by the same columns. So a report
//! says the same whether others are due with it or not, down to how many values could not be read.

use super::{Frames, Need, Remark, SourceError, quality, read, status, with_more_columns};
use crate::calendar::Period;
use crate::definition::{FrameName, Rows, Source};
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Rows that are older were not read for reports that are due together.
const KEPT: Duration = Duration::from_secs(120);

/// The columns by which rows are chosen.
const CHOOSING: [&str; 6] = ["scheduled_at", "completed_at", "created_at", "status", "task_id", "date"];

/// Which rows of a source are read, whatever their columns.
#[derive(Debug, Clone, PartialEq)]
struct Which {
    /// The source with all that is said of it.
    source: String,
    periods: Vec<Period>,
}

/// What was read, or is being read by who holds the lock.
#[derive(Default)]
struct Place(Mutex<Option<Read>>);

struct Read {
    need: Need,
    frames: Frames,
    at: Instant,
}

type Shelf = Vec<(Which, Arc<Place>)>;

static SHELF: LazyLock<Mutex<Shelf>> = LazyLock::new(Mutex::default);

/// The kinds of rows of a frame, and the columns that choose them.
fn choice(need: &Need, frame: FrameName) -> Option<(BTreeSet<Rows>, BTreeSet<&str>)> {
    let columns = need.columns.get(&frame)?;
    let kinds = need.rows.iter().copied().filter(|rows| rows.frame() == frame).collect();
    Some((kinds, CHOOSING.into_iter().filter(|name| columns.contains(*name)).collect()))
}

/// Are the rows of the frames that both need the same ones?
fn is_alike(one: &Need, other: &Need) -> bool {
    one.periods == other.periods
        && FrameName::ALL.into_iter().all(|frame| match (choice(one, frame), choice(other, frame)) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        })
}

/// Both needs, where their rows are the same.
fn united(mut need: Need, others: &[Need]) -> Need {
    for other in others {
        if is_alike(&need, other) {
            need.rows.extend(&other.rows);
            for (frame, columns) in &other.columns {
                need.columns.entry(*frame).or_default().extend(columns.iter().cloned());
            }
        }
    }
    need
}

/// Is all that is asked for among what was read?
fn covers(read: &Need, asked: &Need) -> bool {
    is_alike(read, asked)
        && asked.columns.iter().all(|(frame, columns)| {
            read.columns.get(frame).is_some_and(|there| columns.iter().all(|name| there.contains(name)))
        })
}

/// Of what was read, what is asked for.
fn part(read: &Frames, asked: &Need) -> Frames {
    let mut part = Frames::default();
    for (frame, columns) in &asked.columns {
        if let Some(data) = read.frames.get(frame) {
            let is_flag = |name: &str| *frame == FrameName::Tasks && status::is_flag(name);
            let others: Vec<&str> =
                data.names().filter(|name| !columns.contains(*name) && !is_flag(name)).collect();
            part.frames.insert(*frame, data.without(&others));
        }
        if let Some(missing) = read.missing.get(frame) {
            let missing: BTreeSet<String> = missing.intersection(columns).cloned().collect();
            if !missing.is_empty() {
                part.missing.insert(*frame, missing);
            }
        }
        let names: BTreeSet<String> =
            columns.iter().map(|name| format!("{}.{name}", frame.as_str())).collect();
        part.remarks.extend(
            read.remarks
                .iter()
                .filter(
                    |remark| matches!(remark, Remark::Unreadable { column, .. } if names.contains(column)),
                )
                .cloned(),
        );
        part.written.extend(
            read.written.iter().filter(|it| it.frame == *frame && columns.contains(it.column)).cloned(),
        );
    }
    part
}

/// Reads what is needed as [`super::load`] does. `soon` is what others need that are due at the same time: where it is of the same rows,
/// it is read with it, and they find it.
///
/// # Errors
/// As with [`super::load`].
pub fn load_together(source: &Source, need: &Need, soon: &[Need]) -> Result<Frames, SourceError> {
    let asked = with_more_columns(source, need);
    let soon: Vec<Need> = soon.iter().map(|need| with_more_columns(source, need)).collect();
    // A column that only `*` stands for is nobody's by name.
    let is_plain = |need: &Need| !need.columns.values().any(|columns| columns.contains("*"));
    let others: Vec<Need> =
        soon.into_iter().filter(|other| is_plain(other) && is_alike(&asked, other)).collect();
    let mut frames = if others.is_empty() || !is_plain(&asked) {
        read(source, &asked)?
    } else {
        let which = Which { source: format!("{source:?}"), periods: asked.periods.clone() };
        let place = place(&which);
        // Whoever comes while it is being read waits for it.
        let mut held = place.0.lock().unwrap_or_else(PoisonError::into_inner);
        match held.as_ref().filter(|it| it.at.elapsed() < KEPT && covers(&it.need, &asked)) {
            Some(it) => {
                tracing::debug!(source = %source.id, "rows were read with those of another report");
                part(&it.frames, &asked)
            }
            None => {
                let need = united(asked.clone(), &others);
                let frames = read(source, &need)?;
                let own = part(&frames, &asked);
                *held = Some(Read { need, frames, at: Instant::now() });
                own
            }
        }
    };
    quality::judge(source, need, &mut frames)?;
    Ok(frames)
}

/// The place of these rows; those whose time is over are given up.
fn place(which: &Which) -> Arc<Place> {
    let mut shelf = SHELF.lock().unwrap_or_else(PoisonError::into_inner);
    let is_over = |place: &Arc<Place>| {
        let Ok(held) = place.0.try_lock() else { return false };
        held.as_ref().is_none_or(|it| it.at.elapsed() >= KEPT) && Arc::strong_count(place) == 1
    };
    shelf.retain(|(_, place)| !is_over(place));
    if let Some((_, place)) = shelf.iter().find(|(there, _)| there == which) {
        return Arc::clone(place);
    }
    let place = Arc::<Place>::default();
    shelf.push((which.clone(), Arc::clone(&place)));
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{SourceId, SourceKind};
    use std::collections::BTreeMap;
    use std::path::Path;

    fn need(columns: &[(FrameName, &[&str])], rows: &[Rows]) -> Need {
        Need {
            columns: columns
                .iter()
                .map(|(frame, names)| (*frame, names.iter().map(|name| (*name).to_owned()).collect()))
                .collect(),
            periods: vec![Period::parse("2026-03-02..2026-03-09", chrono_tz::UTC).expect("a period")],
            rows: rows.iter().copied().collect(),
            made: None,
        }
    }

    fn source(path: &Path) -> Source {
        let id = SourceId::parse("it").expect("a name");
        Source { id, kind: SourceKind::Sqlite(path.to_owned()), frames: BTreeMap::new() }
    }

    /// What frames hold and what is said of them, as text.
    fn told(frames: &Frames) -> String {
        let names = |frame: &parte_columns::Frame| {
            let mut names: Vec<&str> = frame.names().collect();
            names.sort_unstable();
            let values = names.into_iter().map(|name| {
                let column = frame.column(name).expect("a column");
                format!(
                    "{name}: {:?}",
                    (0..column.len()).map(|row| format!("{:?}", column.get(row))).collect::<Vec<_>>()
                )
            });
            values.collect::<Vec<_>>()
        };
        let data: Vec<_> = frames.frames.iter().map(|(name, frame)| (name, names(frame))).collect();
        format!("{data:#?} {:?} {:?} {:?}", frames.missing, frames.remarks, frames.rows)
    }

    #[test]
    fn what_was_read_for_several_is_for_each_what_it_would_have_read_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("it.db");
        let file = rusqlite::Connection::open(&path).expect("a database");
        file.execute_batch(
            "create table tasks (task_id text, scheduled_at text, status text, seller_id text, sales_amount, score);
             insert into tasks values ('1', '2026-03-03T10:00:00Z', 'completed', 'a', 5, 'x'), ('2', '2026-03-04T10:00:00Z', 'raro', null, 'y', 2),
                ('3', '2026-04-04T10:00:00Z', 'completed', 'a', 5, 7);
             create table sellers (seller_id text, full_name text);
             insert into sellers values ('a', 'Ana')",
        )
        .expect("data");
        let (tasks, sellers) = (FrameName::Tasks, FrameName::Sellers);
        let one =
            need(&[(tasks, &["scheduled_at", "status", "seller_id", "sales_amount"])], &[Rows::Planned]);
        let two = need(
            &[
                (tasks, &["scheduled_at", "status", "score", "outcome"]),
                (sellers, &["seller_id", "full_name"]),
            ],
            &[Rows::Planned],
        );
        let other = need(&[(tasks, &["scheduled_at", "status", "completed_at"])], &[Rows::Completed]);
        let source = source(&path);
        let load =
            |need: &Need| super::super::load(&source, need).map(|frames| told(&frames)).expect("frames");
        let alone = [load(&one), load(&two), load(&other)];
        let all = [one.clone(), two.clone(), other.clone()];
        let together =
            |need: &Need| load_together(&source, need, &all).map(|frames| told(&frames)).expect("frames");
        assert_eq!(together(&one), alone[0]);
        // From here on there is nothing to read.
        std::fs::rename(&path, folder.path().join("away.db")).expect("a name");
        assert_eq!(together(&two), alone[1]);
        assert_eq!(together(&one), alone[0]);
        assert!(load_together(&source, &other, &all).is_err(), "other rows are read by themselves");
    }
}
