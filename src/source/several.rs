//! A source whose frames are those of other sources: each of them is asked for its own, at the same time, and the answers are put
//! together.

use super::{AsOf, Frames, Inspection, Need, Query, Remark, SourceError};
use crate::definition::{FrameName, Several, Source};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// Who is asked for which frames.
struct Share<'a> {
    source: std::borrow::Cow<'a, Source>,
    frames: BTreeSet<FrameName>,
}

/// The sources that have these frames, each once.
fn shares<'a>(whole: &Source, several: &'a Several, frames: &[FrameName]) -> Vec<Share<'a>> {
    let mut shares: BTreeMap<&str, Share<'a>> = BTreeMap::new();
    let mut own = BTreeSet::new();
    for frame in frames {
        match several.of.get(frame) {
            Some(source) => {
                let share = Share { source: std::borrow::Cow::Borrowed(source), frames: BTreeSet::new() };
                shares.entry(source.id.as_str()).or_insert(share).frames.insert(*frame);
            }
            None => {
                own.insert(*frame);
            }
        }
    }
    let own = several.own.as_deref().filter(|_| !own.is_empty()).map(|kind| Share {
        source: std::borrow::Cow::Owned(Source { kind: kind.clone(), ..whole.clone() }),
        frames: own,
    });
    own.into_iter().chain(shares.into_values()).collect()
}

/// Frames of nobody.
fn of_nobody(several: &Several, frame: FrameName) -> bool {
    several.own.is_none() && !several.of.contains_key(&frame)
}

fn of_share<T: Clone>(all: &BTreeMap<FrameName, T>, share: &Share<'_>) -> BTreeMap<FrameName, T> {
    let of = all.iter().filter(|(frame, _)| share.frames.contains(frame));
    of.map(|(frame, it)| (*frame, it.clone())).collect()
}

/// Asks everybody at the same time; the answers stand in the order of the shares.
fn asked<T: Send>(
    shares: &[Share<'_>],
    ask: impl Fn(&Share<'_>) -> Result<T, SourceError> + Sync,
) -> Result<Vec<T>, SourceError> {
    let span = tracing::Span::current();
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            shares.iter().map(|share| scope.spawn(|| span.in_scope(|| ask(share)))).collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined.map(|answer| answer.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

/// Reads the frames needed.
pub(super) fn load(whole: &Source, several: &Several, need: &Need) -> Result<Frames, SourceError> {
    let frames: Vec<FrameName> = need.columns.keys().copied().collect();
    let shares = shares(whole, several, &frames);
    let read = asked(&shares, |share| {
        super::read(&share.source, &Need { columns: of_share(&need.columns, share), ..need.clone() })
    })?;
    let mut all = put_together(read, &frames);
    for (frame, wanted) in need.columns.iter().filter(|(frame, _)| of_nobody(several, **frame)) {
        all.missing.insert(*frame, wanted.iter().filter(|column| *column != "*").cloned().collect());
    }
    Ok(all)
}

/// What was read in parts, as one source tells it that has all of it; `order` is that of the frames.
pub(super) fn put_together(parts: Vec<Frames>, order: &[FrameName]) -> Frames {
    let mut all = Frames::default();
    for more in parts {
        all.frames.extend(more.frames);
        all.missing.extend(more.missing);
        all.remarks.extend(more.remarks);
        all.written.extend(more.written);
    }
    all.remarks.sort_by_key(|remark| match remark {
        Remark::Unreadable { column, .. } => {
            order.iter().position(|frame| column.starts_with(&format!("{}.", frame.as_str())))
        }
        _ => None,
    });
    all.written.sort_by_key(|written| written.frame);
    all
}

/// The queries with which the frames would be read.
pub(super) fn queries(whole: &Source, several: &Several, need: &Need) -> Result<Vec<Query>, SourceError> {
    let frames: Vec<FrameName> = need.columns.keys().copied().collect();
    let shares = shares(whole, several, &frames);
    let asked = asked(&shares, |share| {
        super::queries(&share.source, &Need { columns: of_share(&need.columns, share), ..need.clone() })
    })?;
    let mut all: Vec<Query> = asked.into_iter().flatten().collect();
    let lacking = need.columns.iter().filter(|(frame, _)| of_nobody(several, **frame));
    all.extend(lacking.map(|(frame, wanted)| Query {
        frame: *frame,
        sql: None,
        values: Vec::new(),
        missing: wanted.iter().filter(|column| *column != "*").cloned().collect(),
    }));
    all.sort_by_key(|query| query.frame);
    Ok(all)
}

/// How new the frames are.
pub(super) fn newest(
    whole: &Source,
    several: &Several,
    frames: &[FrameName],
    as_of: &AsOf,
) -> Result<BTreeMap<FrameName, Option<DateTime<Utc>>>, SourceError> {
    let shares = shares(whole, several, frames);
    let asked = asked(&shares, |share| {
        super::newest(&share.source, &share.frames.iter().copied().collect::<Vec<_>>(), as_of)
    })?;
    let mut all: BTreeMap<FrameName, Option<DateTime<Utc>>> = asked.into_iter().flatten().collect();
    for frame in frames {
        all.entry(*frame).or_insert(None);
    }
    Ok(all)
}

/// Looks at some rows of each frame. What is wrong with the frames of others is told where these are asked themselves.
pub(super) fn inspect(
    whole: &Source,
    several: &Several,
    needed: &BTreeMap<FrameName, BTreeSet<String>>,
) -> Result<Inspection, SourceError> {
    let frames: Vec<FrameName> = needed.keys().copied().collect();
    let shares = shares(whole, several, &frames);
    let asked = asked(&shares, |share| super::inspect(&share.source, &of_share(needed, share)))?;
    let mut all = Inspection::default();
    for (share, more) in shares.iter().zip(asked) {
        if share.source.id == whole.id {
            all.findings.extend(more.findings);
        }
        all.frames.extend(more.frames);
        all.sample.frames.extend(more.sample.frames);
        all.sample.missing.extend(more.sample.missing);
        all.sample.remarks.extend(more.sample.remarks);
    }
    for (frame, wanted) in needed.iter().filter(|(frame, _)| of_nobody(several, **frame)) {
        all.sample.missing.insert(*frame, wanted.iter().filter(|column| *column != "*").cloned().collect());
    }
    all.frames.sort_by_key(|facts| facts.frame);
    Ok(all)
}
