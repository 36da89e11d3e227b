//! `[sources.NAME.FRAME.quality]`: what becomes of rows that do not fit.

use super::civil::word;
use super::problems::Read;
use super::table::{Spot, Table};
use crate::definition::{Flaw, FrameName, Quality, Treatment};

pub(super) const TREATMENTS: [(&str, Treatment); 3] =
    [("keep", Treatment::Keep), ("drop", Treatment::Drop), ("refuse", Treatment::Refuse)];

/// Reads the rules of a frame.
pub(super) fn quality(table: &Table<'_>, frame: FrameName) -> Read<Quality> {
    if !Flaw::ALL.into_iter().any(|flaw| flaw.is_of(frame)) {
        let what = format!("there are rules for tasks and user_states, none for {}", frame.as_str());
        table.refuse("quality", &what, "keep or leave out its rows with a `query`, or delete this");
        return Ok(Quality::default());
    }
    let heading = format!("{}.quality]", table.name().trim_end_matches(']'));
    let hint = format!("write {heading} on a line of its own, then duplicates = \"drop\"");
    let Some(inner) = table.table("quality", &heading, &hint, &[])? else { return Ok(Quality::default()) };
    let mut rules = Vec::new();
    let mut fault = None;
    for flaw in Flaw::ALL {
        if !flaw.is_of(frame) {
            let (here, there) = match frame {
                FrameName::Tasks => ("tasks", "user_states"),
                _ => ("user_states", "tasks"),
            };
            let what = format!("`{}` is nothing that {here} can have", flaw.as_str());
            inner.refuse(flaw.as_str(), &what, &format!("write it under [sources.NAME.{there}.quality]"));
            continue;
        }
        match rule(&inner, flaw) {
            Ok(treatment) => rules.extend(treatment.map(|treatment| (flaw, treatment))),
            Err(reported) => fault = Some(reported),
        }
    }
    fault.map_or_else(|| Ok(rules.into_iter().collect()), Err)
}

fn rule(table: &Table<'_>, flaw: Flaw) -> Read<Option<Treatment>> {
    let Some(spot) = table.string(flaw.as_str())? else { return Ok(None) };
    let treatment = word(table.page(), &spot, "treatment", &TREATMENTS)?;
    if flaw == Flaw::Gaps && treatment != Treatment::Keep {
        return only_counted(table, &spot);
    }
    Ok(Some(treatment))
}

/// A day that is not there is no row that could be left out, and a source may leave out days on purpose.
fn only_counted(table: &Table<'_>, spot: &Spot<String>) -> Read<Option<Treatment>> {
    let what = format!("gaps cannot be treated with `{}`", spot.value);
    let hint = "write gaps = \"keep\" to have them counted and told: a day without a state is no row, and no fault by itself";
    Err(table.problems().add("unknown-value", &spot.place, what, "nothing to leave out or refuse", hint))
}
