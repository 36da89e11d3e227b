//! Which of the files that are there are a frame's, and in which order: by their names, and the stamps in them. Never: what is in them.

use super::place::Listed;
use super::problem::Problem;
use crate::definition::{FilesFormat, FrameName, FrameSource, Source, Take};
use crate::source::chosen::{did_you_mean, listed};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use glob::{MatchOptions, Pattern};

/// Names that are shown of a folder, at most.
const SHOWN: usize = 12;

/// The files of a frame.
#[derive(Debug)]
pub(super) struct Found {
    /// Those that are read, the oldest first.
    pub(super) files: Vec<Listed>,
    /// How many there are.
    pub(super) of: usize,
}

/// Endings of the names of files of a kind.
fn endings(format: &FilesFormat) -> &'static [&'static str] {
    match format {
        FilesFormat::Csv(_) => &[".csv", ".csv.gz"],
        FilesFormat::NdJson => &[".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz"],
        FilesFormat::Parquet => &[".parquet"],
    }
}

/// What the name of a file says it holds, and when it was written; `None` for one of another kind.
fn entity<'n>(name: &'n str, format: &FilesFormat) -> Option<(&'n str, Option<NaiveDateTime>)> {
    if name.starts_with('.') {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let ending =
        endings(format).iter().filter(|ending| lower.ends_with(*ending)).max_by_key(|it| it.len())?;
    let stem = name.get(..name.len() - ending.len())?;
    let stamped = stem
        .match_indices('_')
        .find_map(|(at, _)| Some((stem.get(..at)?, whole_stamp(stem.get(at + 1..)?)?)));
    Some(stamped.map_or((stem, None), |(entity, stamp)| (entity, Some(stamp))))
}

/// The moment of `20250203_160000` or `20250203`, and nothing beside.
fn whole_stamp(text: &str) -> Option<NaiveDateTime> {
    stamp_at(text).filter(|(_, length)| *length == text.len()).map(|(stamp, _)| stamp)
}

/// The moment that a text begins with, and how long it is written.
fn stamp_at(text: &str) -> Option<(NaiveDateTime, usize)> {
    let digits =
        |from: usize, to: usize| text.get(from..to).filter(|it| it.bytes().all(|b| b.is_ascii_digit()));
    let day = NaiveDate::parse_from_str(digits(0, 8)?, "%Y%m%d").ok()?;
    let time = text
        .get(8..9)
        .filter(|between| ["_", "-", "T"].contains(between))
        .and_then(|_| digits(9, 15))
        .and_then(|time| NaiveTime::parse_from_str(time, "%H%M%S").ok());
    match time {
        Some(time) => Some((day.and_time(time), 15)),
        None => Some((day.and_time(NaiveTime::MIN), 8)),
    }
}

/// The last moment anywhere in a name, not within other digits.
fn stamp_in(name: &str) -> Option<NaiveDateTime> {
    let is_digit = |at: usize| name.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let mut found = None;
    let mut at = 0;
    while at < name.len() {
        let begins = is_digit(at) && (at == 0 || !is_digit(at - 1));
        match name.get(at..).filter(|_| begins).and_then(stamp_at) {
            Some((stamp, length)) if !is_digit(at + length) => {
                found = Some(stamp);
                at += length;
            }
            _ => at += 1,
        }
    }
    found
}

/// The files of a frame; `None` where there are none and none were named.
pub(super) fn of_frame(
    source: &Source,
    frame: FrameName,
    own: &FrameSource,
    format: &FilesFormat,
    there: &[Listed],
    place: &str,
) -> Result<Option<Found>, Problem> {
    let wanted = own.table.as_deref().unwrap_or(frame.as_str());
    let mut all: Vec<(Listed, Option<NaiveDateTime>)> = match &own.files {
        Some(pattern) => matching(pattern, there)?,
        None => {
            let called = |file: &&Listed| {
                entity(&file.name, format).is_some_and(|(entity, _)| entity.eq_ignore_ascii_case(wanted))
            };
            let mut files: Vec<Listed> = there.iter().filter(called).cloned().collect();
            if let ([only], true) = (there, files.is_empty())
                && only.is_named
                && is_meant(source, frame, only, format)
            {
                files.push(only.clone());
            }
            files.into_iter().map(|file| (file.clone(), stamp_in(&file.name))).collect()
        }
    };
    if all.is_empty() {
        return match (&own.files, &own.table) {
            (None, None) => Ok(None),
            (files, _) => Err(none(frame, files.as_deref(), wanted, format, there, place)),
        };
    }
    // Where one of them has no stamp, what the others say cannot be held against it.
    let is_stamped = all.iter().all(|(_, stamp)| stamp.is_some());
    all.sort_by(|(one, at), (other, then)| {
        let by_stamp = if is_stamped { at.cmp(then) } else { std::cmp::Ordering::Equal };
        by_stamp.then_with(|| one.modified.cmp(&other.modified)).then_with(|| one.name.cmp(&other.name))
    });
    let of = all.len();
    let skipped = if own.take == Take::Newest { of - 1 } else { 0 };
    Ok(Some(Found { files: all.into_iter().skip(skipped).map(|(file, _)| file).collect(), of }))
}

/// Is the one file that the url names this frame's, whatever it is called? If it is the only frame that the definition speaks of.
fn is_meant(source: &Source, frame: FrameName, only: &Listed, format: &FilesFormat) -> bool {
    let entity = entity(&only.name, format).map_or(only.name.as_str(), |(entity, _)| entity);
    let own_name = FrameName::ALL.iter().any(|name| name.as_str().eq_ignore_ascii_case(entity));
    !own_name && source.frames.len() == 1 && source.frames.contains_key(&frame)
}

fn matching(pattern: &str, there: &[Listed]) -> Result<Vec<(Listed, Option<NaiveDateTime>)>, Problem> {
    let compiled = Pattern::new(pattern).map_err(|error| {
        Problem::new(format!("`{pattern}` is not a pattern: {}", error.msg), "correct `files`")
    })?;
    let how = MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let files = there.iter().filter(|file| compiled.matches_with(&file.name, how)).cloned();
    Ok(files.map(|file| (file.clone(), stamp_in(&file.name))).collect())
}

/// The error of files that were named and are not there.
fn none(
    frame: FrameName,
    pattern: Option<&str>,
    wanted: &str,
    format: &FilesFormat,
    there: &[Listed],
    place: &str,
) -> Problem {
    let names: Vec<String> = there.iter().map(|file| file.name.clone()).collect();
    let (what, hint) = match pattern {
        Some(pattern) => {
            (format!("no file like `{pattern}` for {} in {place}", frame.as_str()), String::new())
        }
        None => {
            let entities: Vec<String> = there
                .iter()
                .filter_map(|file| entity(&file.name, format))
                .map(|(entity, _)| entity.to_owned())
                .collect();
            let ending = endings(format).first().copied().unwrap_or_default();
            (
                format!(
                    "no file `{wanted}{ending}` or `{wanted}_YYYYMMDD_HHMMSS{ending}` for {} in {place}",
                    frame.as_str()
                ),
                did_you_mean(wanted, &entities),
            )
        }
    };
    Problem::new(what, format!("{hint}{}", those_there(&names)))
}

/// The error of a place that has none of the frames needed.
pub(super) fn none_at_all(
    frames: &[&str],
    format: &FilesFormat,
    there: &[Listed],
    place: &str,
    id: &str,
) -> Problem {
    let names: Vec<String> = there.iter().map(|file| file.name.clone()).collect();
    let ending = endings(format).first().copied().unwrap_or_default();
    let wanted: Vec<String> = frames.iter().map(|frame| format!("`{frame}{ending}`")).collect();
    Problem::new(
        format!("no file {} in {place}", wanted.join(", ")),
        format!(
            "{}; name the right ones with `table = \"...\"` or `files = \"...\"` under [sources.{id}.{}]",
            those_there(&names),
            frames.first().unwrap_or(&"tasks")
        ),
    )
}

fn those_there(names: &[String]) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let shown = listed(names.get(..names.len().min(SHOWN)).unwrap_or_default());
    match more {
        0 => format!("what is there: {shown}"),
        more => format!("what is there: {shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_the_file_holds_and_when_it_was_written() {
        let csv = FilesFormat::Csv(crate::definition::CsvReading::default());
        let said = |name| {
            entity(name, &csv).map(|(entity, at)| (entity, at.map(|at| at.to_string()).unwrap_or_default()))
        };
        assert_eq!(said("tareas.csv"), Some(("tareas", String::new())));
        assert_eq!(
            said("user_states_20250203_160000.csv"),
            Some(("user_states", "2025-02-03 16:00:00".into()))
        );
        assert_eq!(said("Tareas_20250203.CSV.GZ"), Some(("Tareas", "2025-02-03 00:00:00".into())));
        // No month is the thirteenth: it is part of the name.
        assert_eq!(said("tareas_20251303_160000.csv"), Some(("tareas_20251303_160000", String::new())));
        assert_eq!(said("tareas.csv.part"), None);
        assert_eq!(said(".tareas.csv"), None);
        assert_eq!(said("tareas.parquet"), None);
    }

    #[test]
    fn the_last_moment_in_a_name_is_its_stamp() {
        let said = |name| stamp_in(name).map(|at| at.to_string());
        assert_eq!(said("a/20240101/tareas-20250203T160000-v2.csv").as_deref(), Some("2025-02-03 16:00:00"));
        assert_eq!(said("20250203_tareas.csv").as_deref(), Some("2025-02-03 00:00:00"));
        assert_eq!(said("tareas_120250203.csv"), None);
        assert_eq!(said("ñandú_20250203.csv").as_deref(), Some("2025-02-03 00:00:00"));
    }
}
