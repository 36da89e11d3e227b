//! Holds the rows read against the rules of their frames, once, before anything is computed: what does not fit stays and is
//! told, is left out and told, or fails the read.

use super::flaws::{Found, Judge, keys};
use super::refusal::{self, Refusal};
use super::remarks::{self, by_frequency};
use super::rows::{self, all, count};
use super::{Finding, Frames, Need, Remark, SourceError};
use crate::definition::{Flaw, FrameName, Quality, Source, Treatment};
use parte_columns::Frame;
use polars::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Asks for what the rules written for a source are judged by: columns beside those that the report needs.
pub(super) fn ask_for_judged_columns(source: &Source, needed: &mut BTreeMap<FrameName, BTreeSet<String>>) {
    for (frame, wanted) in needed {
        if let Some(own) = source.frames.get(frame) {
            wanted.extend(judged(*frame, &own.quality).into_iter().map(str::to_owned));
        }
    }
}

/// The columns behind the rules of a frame. A rule without a word is judged by what is read anyway.
fn judged(frame: FrameName, rules: &Quality) -> BTreeSet<&'static str> {
    let of = |(flaw, treatment)| -> &'static [&'static str] {
        match (flaw, frame) {
            (Flaw::NullKeys, frame) => keys(frame),
            (Flaw::Duplicates, FrameName::UserStates) => &["user_id", "date", "segment_name"],
            (Flaw::Duplicates, _) if treatment == Treatment::Drop => &["task_id", "updated_at"],
            (Flaw::Duplicates, _) => &["task_id"],
            (Flaw::UnmappedStatus, _) => &["status"],
            (Flaw::UnknownState, _) => &["state"],
            (Flaw::EarlyCompletion, _) => &["scheduled_at", "completed_at"],
            (Flaw::Future, FrameName::UserStates) => &["date"],
            (Flaw::Future, _) => &["completed_at", "created_at"],
            (Flaw::Gaps, _) => &["user_id", "date"],
            (Flaw::MixedOffsets, _) => &[],
        }
    };
    rules.iter().flat_map(of).copied().collect()
}

/// Judges every frame and takes away the columns that only the rules asked for.
pub(super) fn judge(source: &Source, need: &Need, frames: &mut Frames) -> Result<(), SourceError> {
    let none = Quality::default();
    for frame in [FrameName::Tasks, FrameName::UserStates] {
        let Some(data) = frames.frames.remove(&frame) else { continue };
        let rules = source.frames.get(&frame).map_or(&none, |own| &own.quality);
        if let Some((flaw, column)) = not_judged(frame, rules, &data) {
            return Err(refusal::cannot_be_judged(source, frame, flaw, column));
        }
        let broken = |e: PolarsError| SourceError {
            source_id: source.id.to_string(),
            what: format!("the rows of {} cannot be judged: {e}", frame.as_str()),
            hint: "the columns read do not fit together".to_owned(),
        };
        let own = rows::own(frame, &data, need).map_err(broken)?;
        let (kept, mut told, refused) =
            sorted_out(frame, &data, rules, need, frames, own.as_ref()).map_err(broken)?;
        if let Some(refused) = refused {
            return Err(refusal::error(source, frame, &data, &refused));
        }
        let wanted = need.columns.get(&frame).cloned().unwrap_or_default();
        let extra: Vec<&str> =
            judged(frame, rules).into_iter().filter(|name| !wanted.contains(*name)).collect();
        let (data, own) = if kept.all() {
            (data, own)
        } else {
            let own = own.map(|own| own.filter(&kept)).transpose().map_err(broken)?;
            (data.filter(&kept).map_err(broken)?, own)
        };
        if let Some(rows) = rows::of_period(frame, &data, need, own.as_ref()).map_err(broken)? {
            frames.rows.insert(frame, rows);
        }
        let of_all = remarks::of_all(frame, &data, own.as_ref()).map_err(broken)?;
        told.splice(0..0, of_all);
        told.extend(super::gaps::told(frame, &data, rules, need).map_err(broken)?);
        let data = if wanted.contains("*") { data } else { data.without(&extra) };
        if let Some(missing) = frames.missing.get_mut(&frame) {
            missing.retain(|name| !extra.contains(&name.as_str()));
            if missing.is_empty() {
                frames.missing.remove(&frame);
            }
        }
        frames.frames.insert(frame, data);
        frames.remarks.append(&mut told);
    }
    frames.written.clear();
    Ok(())
}

/// A rule that changes what is counted must not be passed over in silence: the first whose column is not there.
fn not_judged(frame: FrameName, rules: &Quality, data: &Frame) -> Option<(Flaw, &'static str)> {
    [(Flaw::NullKeys, keys(frame)), (Flaw::Duplicates, &keys(frame)[..1])]
        .into_iter()
        .filter(|(flaw, _)| rules.treatment(*flaw) != Treatment::Keep)
        .find_map(|(flaw, needed)| needed.iter().find(|name| !data.has(name)).map(|missing| (flaw, *missing)))
}

/// The same as a finding, before any run.
pub(super) fn not_to_be_judged(source: &Source, frame: FrameName, data: &Frame) -> Option<Finding> {
    let own = source.frames.get(&frame)?;
    let (flaw, column) = not_judged(frame, &own.quality, data)?;
    let error = refusal::cannot_be_judged(source, frame, flaw, column);
    Some(Finding::of(frame, &["quality", flaw.as_str()], error.what, error.hint))
}

type SortedOut = (BooleanChunked, Vec<Remark>, Option<Refusal>);

/// Which rows stay, what is to be told, and what is refused.
fn sorted_out(
    frame: FrameName,
    data: &Frame,
    rules: &Quality,
    need: &Need,
    frames: &Frames,
    own: Option<&BooleanChunked>,
) -> PolarsResult<SortedOut> {
    let nothing = BTreeSet::new();
    let written: Vec<_> = frames.written.iter().filter(|it| it.frame == frame).cloned().collect();
    let judge = Judge {
        frame,
        data,
        missing: frames.missing.get(&frame).unwrap_or(&nothing),
        written: &written,
        made: need.made.zip(need.periods.first().map(crate::calendar::Period::zone)),
    };
    let mut kept = all(data.height());
    let mut remarks = Vec::new();
    let Some(own) = own else { return Ok((kept, remarks, None)) };
    let mut own = own.clone();
    let mut looked_at = rows::looked_at(frame, data, need, &own)?;
    // Days that are absent lie in no period: who wrote a rule for them gets to know of them all the same.
    if rules.written(Flaw::NullKeys).is_some()
        && let (FrameName::UserStates, Ok(date)) = (frame, data.column("date"))
    {
        own = &own | &date.is_null();
        looked_at = &looked_at | &date.is_null();
    }
    let (has_repeats, flaws) = found(&judge);
    let has_repeats = has_repeats?;
    for (flaw, found) in flaws? {
        let treatment = rules.treatment(flaw);
        if flaw == Flaw::MixedOffsets && treatment == Treatment::Keep {
            remarks.extend(written.iter().filter(|it| it.offsets.are_mixed()).map(|it| {
                Remark::MixedOffsets {
                    column: format!("{}.{}", frame.as_str(), it.column),
                    count: it.offsets.bare,
                    of: it.offsets.bare + it.offsets.told,
                    zone: it.zone.name().to_owned(),
                }
            }));
            continue;
        }
        let repeated = if has_repeats && flaw == Flaw::Duplicates { judge.repeated(&kept)? } else { None };
        for Found { column, rows } in found.into_iter().chain(repeated) {
            let rows = &rows & &kept;
            let within = &rows & if treatment == Treatment::Keep { &own } else { &looked_at };
            let flawed = count(&within);
            if flawed == 0 {
                // Outside of every period rows are read for their margin alone.
                continue;
            }
            let values = match flaw {
                Flaw::UnmappedStatus | Flaw::UnknownState => {
                    by_frequency(data.filter(&within)?.column(column)?.str()?)
                }
                _ => Vec::new(),
            };
            let oddity = Oddity { frame, flaw, column, values, count: flawed };
            match treatment {
                Treatment::Keep => {
                    remarks.push(kept_remark(oddity, &own, data, &kept)?);
                }
                Treatment::Drop => {
                    remarks.push(Remark::LeftOut {
                        frame,
                        flaw,
                        column: column.to_owned(),
                        values: oddity.values,
                        count: flawed,
                        of: count(&looked_at),
                    });
                    kept = &kept & &!&rows;
                }
                Treatment::Refuse => {
                    let first = rows::first(&within);
                    let (values, of) = (oddity.values, count(&looked_at));
                    let refused = Refusal { flaw, column, values, count: flawed, of, first };
                    return Ok((kept, remarks, Some(refused)));
                }
            }
        }
    }
    Ok((kept, remarks, None))
}

type ByFlaw = Vec<(Flaw, Vec<Found>)>;

/// Do rows repeat others, and the rows of every other flaw: whether any repeats takes about as long as all else, and is asked beside it.
fn found(judge: &Judge<'_>) -> (PolarsResult<bool>, PolarsResult<ByFlaw>) {
    std::thread::scope(|scope| {
        let repeats = scope.spawn(|| judge.has_repeats());
        let flaws = Flaw::ALL.into_iter().filter(|flaw| flaw.is_of(judge.frame));
        let found = flaws.map(|flaw| Ok((flaw, judge.find(flaw)?))).collect();
        (repeats.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), found)
    })
}

/// Rows of one flaw.
struct Oddity {
    frame: FrameName,
    flaw: Flaw,
    column: &'static str,
    values: Vec<(String, usize)>,
    count: usize,
}

/// What is told of rows that stay.
fn kept_remark(
    oddity: Oddity,
    own: &BooleanChunked,
    data: &Frame,
    kept: &BooleanChunked,
) -> PolarsResult<Remark> {
    let Oddity { frame, flaw, column, values, count: flawed } = oddity;
    let of = count(&(own & kept));
    Ok(match flaw {
        Flaw::UnmappedStatus => Remark::UnknownStatus { values, of },
        Flaw::UnknownState => Remark::UnknownState { values, of },
        Flaw::EarlyCompletion => {
            let completed = &data.column("completed_at")?.is_not_null() & &(own & kept);
            Remark::CompletedBeforeScheduled { count: flawed, of: count(&completed) }
        }
        Flaw::NullKeys => Remark::NoKey { frame, column: column.to_owned(), count: flawed, of },
        Flaw::Future => Remark::Future { frame, column: column.to_owned(), count: flawed, of },
        Flaw::Duplicates | Flaw::MixedOffsets | Flaw::Gaps => Remark::Repeated { frame, count: flawed, of },
    })
}
