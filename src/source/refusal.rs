//! What is said when a rule refuses rows: where, how many, one of them, and what to do.

use super::SourceError;
use crate::definition::{Flaw, FrameName, Source};
use parte_columns::Frame;

/// At most this many values are listed.
const SHOWN: usize = 5;

/// Rows that a rule refuses.
pub(super) struct Refusal {
    pub(super) flaw: Flaw,
    pub(super) column: &'static str,
    /// Values and how often each of them occurs, where values are at fault.
    pub(super) values: Vec<(String, usize)>,
    pub(super) count: usize,
    pub(super) of: usize,
    /// The first of these rows.
    pub(super) first: Option<usize>,
}

/// The error of a run that must not be made from such rows.
pub(super) fn error(source: &Source, frame: FrameName, data: &Frame, refused: &Refusal) -> SourceError {
    let Refusal { flaw, column, values, count, of, first } = refused;
    let rows = match frame {
        FrameName::UserStates => "user states",
        _ => "tasks",
    };
    let have = if *count == 1 { "has" } else { "have" };
    let name = format!("{}.{column}", frame.as_str());
    let said = match flaw {
        Flaw::NullKeys => format!("{have} no {name}"),
        Flaw::UnmappedStatus => format!("{have} a {name} that means nothing here: {}", listed(values)),
        Flaw::UnknownState => format!("{have} a {name} that is none of the nine: {}", listed(values)),
        Flaw::EarlyCompletion => format!("{have} a {name} before tasks.scheduled_at"),
        Flaw::Future => format!("{have} a {name} after the report was made"),
        Flaw::MixedOffsets => format!("{have} a {name} without an offset, while others have one"),
        Flaw::Duplicates if frame == FrameName::UserStates => {
            "repeat user_states.user_id and date of another".to_owned()
        }
        Flaw::Duplicates | Flaw::Gaps => format!("repeat the {name} of another"),
    };
    let example = first.and_then(|row| row_named(frame, data, row)).unwrap_or_default();
    SourceError {
        source_id: source.id.to_string(),
        what: format!("{count} of {of} {rows} {said}{example}"),
        hint: format!("{}; or write {}", remedy(source, frame, refused), gentler(source, frame, *flaw)),
    }
}

/// The error of a rule whose column the source lacks.
pub(super) fn cannot_be_judged(source: &Source, frame: FrameName, flaw: Flaw, column: &str) -> SourceError {
    let (frame, flaw) = (frame.as_str(), flaw.as_str());
    SourceError {
        source_id: source.id.to_string(),
        what: format!("{frame} has no column `{column}`, and without it `{flaw}` cannot be judged"),
        hint: format!(
            "name it under [sources.{id}.{frame}] with columns = {{ {column} = \"its name in the source\" }}, or delete \
             {flaw} under [sources.{id}.{frame}.quality]",
            id = source.id
        ),
    }
}

fn remedy(source: &Source, frame: FrameName, refused: &Refusal) -> String {
    match refused.flaw {
        Flaw::UnmappedStatus => {
            let words: Vec<String> =
                refused.values.iter().take(SHOWN).map(|(value, _)| format!("\"{value}\"")).collect();
            let words = words.join(", ");
            let has_lists = source.frames.get(&frame).is_some_and(|own| own.status.is_some());
            if has_lists {
                return format!(
                    "say what they mean: add {words} to open, done, failed, cancelled or rescheduled of `status` under \
                     [sources.{}.tasks]",
                    source.id
                );
            }
            format!(
                "say what every status means: status = {{ open = [{words}], done = [...], failed = [...], cancelled = [...] }} \
                 under [sources.{}.tasks]",
                source.id
            )
        }
        Flaw::UnknownState => {
            let fitting = super::STATES.join(", ");
            format!("states are {fitting}: fold the source's own into these with a `query`")
        }
        Flaw::MixedOffsets => {
            "write all instants of the column in one way in the source, or fold them with a `query`"
                .to_owned()
        }
        Flaw::Duplicates => "take one row for each in the source, or with a `query`".to_owned(),
        _ => "correct them in the source".to_owned(),
    }
}

fn gentler(source: &Source, frame: FrameName, flaw: Flaw) -> String {
    format!(
        "{flaw} = \"drop\" (left out and told) or \"keep\" (counted and told) under [sources.{}.{}.quality]",
        source.id,
        frame.as_str(),
        flaw = flaw.as_str()
    )
}

/// `, for example task T1`
fn row_named(frame: FrameName, data: &Frame, row: usize) -> Option<String> {
    let value = |name: &str| {
        let column = data.slice(row, 1).column(name).ok()?;
        let value = column.get(0).ok()?;
        (!value.is_null()).then(|| value.str_value().into_owned())
    };
    match frame {
        FrameName::UserStates => {
            let user = value("user_id").map(|user| format!("user {user}"));
            let day = value("date").map(|day| format!("on {day}"));
            let known: Vec<String> = user.into_iter().chain(day).collect();
            (!known.is_empty()).then(|| format!(", for example {}", known.join(" ")))
        }
        _ => value("task_id")
            .map(|id| format!(", for example task {id}"))
            .or_else(|| value("scheduled_at").map(|at| format!(", for example one scheduled at {at}"))),
    }
}

fn listed(values: &[(String, usize)]) -> String {
    let mut words: Vec<String> =
        values.iter().take(SHOWN).map(|(value, count)| format!("`{value}` ({count})")).collect();
    if values.len() > SHOWN {
        words.push(format!("{} more", values.len() - SHOWN));
    }
    words.join(", ")
}
