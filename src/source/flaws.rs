//! Finds the rows of a frame that have a flaw, column by column. Never: what becomes of them.

use super::duplicates;
use super::frames::Written;
use super::remarks::STATES;
use super::rows::number;
use crate::definition::{Flaw, FrameName};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use parte_columns::{Frame, Grouping, in_range, is_before};
use polars::prelude::*;
use std::collections::BTreeSet;

/// Rows with one flaw, and the column it is seen in.
pub(super) struct Found {
    pub(super) column: &'static str,
    pub(super) rows: BooleanChunked,
}

/// What rows are held against.
pub(super) struct Judge<'a> {
    pub(super) frame: FrameName,
    pub(super) data: &'a Frame,
    /// Columns that the source is known not to have.
    pub(super) missing: &'a BTreeSet<String>,
    /// How the instants of the frame are written.
    pub(super) written: &'a [Written],
    /// When the report is made, and the zone of its days.
    pub(super) made: Option<(DateTime<Utc>, Tz)>,
}

impl Judge<'_> {
    /// The rows with a flaw, by column; nothing where the columns that tell it were not read. Of rows that repeat others
    /// [`Judge::repeated`] tells: which they are depends on what else is left out.
    pub(super) fn find(&self, flaw: Flaw) -> PolarsResult<Vec<Found>> {
        match flaw {
            Flaw::NullKeys => Ok(self.without_key()),
            Flaw::UnmappedStatus => self.unmapped(),
            Flaw::UnknownState => self.unknown_states(),
            Flaw::EarlyCompletion => self.early(),
            Flaw::Future => self.future(),
            Flaw::MixedOffsets => Ok(self.bare_among_told()),
            // A day that is not there is no row.
            Flaw::Duplicates | Flaw::Gaps => Ok(Vec::new()),
        }
    }

    fn without_key(&self) -> Vec<Found> {
        let found = keys(self.frame).iter().filter_map(|name| {
            let rows = self.data.absent(name).ok()?;
            Some(Found { column: name, rows })
        });
        found.collect()
    }

    fn unmapped(&self) -> PolarsResult<Vec<Found>> {
        let Ok(unsaid) = self.data.absent("status") else { return Ok(Vec::new()) };
        let mut rows = !unsaid;
        for flag in ["is_open", "is_done", "is_failed", "is_cancelled", "is_rescheduled"] {
            rows = &rows & &!self.data.column(flag)?.bool()?.clone();
        }
        Ok(vec![Found { column: "status", rows }])
    }

    fn unknown_states(&self) -> PolarsResult<Vec<Found>> {
        if !self.data.has("state") {
            return Ok(Vec::new());
        }
        let is_unknown = |values: &Column| {
            let unknown =
                values.str()?.iter().map(|value| value.is_some_and(|value| !STATES.contains(&value)));
            PolarsResult::Ok(unknown.collect::<BooleanChunked>().into_series().into_column())
        };
        let rows = self.data.of_values("state", is_unknown)?.bool()?.clone();
        Ok(vec![Found { column: "state", rows }])
    }

    fn early(&self) -> PolarsResult<Vec<Found>> {
        let (Ok(planned), Ok(done)) = (self.data.column("scheduled_at"), self.data.column("completed_at"))
        else {
            return Ok(Vec::new());
        };
        Ok(vec![Found { column: "completed_at", rows: is_before(&done, &planned)? }])
    }

    fn future(&self) -> PolarsResult<Vec<Found>> {
        let Some((made, zone)) = self.made else { return Ok(Vec::new()) };
        let (names, last): (&[&'static str], i64) = match self.frame {
            FrameName::UserStates => (&["date"], number(made.with_timezone(&zone).date_naive())),
            _ => (&["completed_at", "created_at"], made.timestamp_micros()),
        };
        let mut found = Vec::new();
        for name in names {
            if let Ok(column) = self.data.column(name) {
                found.push(Found {
                    column: name,
                    rows: in_range(&column, &(last.saturating_add(1)..i64::MAX))?,
                });
            }
        }
        Ok(found)
    }

    fn bare_among_told(&self) -> Vec<Found> {
        let height = self.data.height();
        let mixed = self.written.iter().filter(|written| written.offsets.are_mixed());
        let found = mixed.map(|written| {
            let mut rows = vec![false; height];
            for row in written.offsets.bare_rows() {
                if let Some(row) = rows.get_mut(*row as usize) {
                    *row = true;
                }
            }
            Found { column: written.column, rows: rows.into_iter().collect() }
        });
        found.collect()
    }

    /// Do any rows stand for something that another row stands for too? Nearly always none does: that is found out without putting
    /// anything in order.
    pub(super) fn has_repeats(&self) -> PolarsResult<bool> {
        self.key().map_or(Ok(false), |key| Grouping::has_repeats(self.data, &key))
    }

    /// Such rows, but for one of each.
    pub(super) fn repeated(&self, kept: &BooleanChunked) -> PolarsResult<Option<Found>> {
        let Some(key) = self.key() else { return Ok(None) };
        let rows = duplicates::but_one(self.data, &key, keys(self.frame), kept)?;
        Ok(Some(Found { column: key[0], rows }))
    }

    /// The columns that say what a row stands for, where all of them were read.
    fn key(&self) -> Option<Vec<&'static str>> {
        let key: Vec<&'static str> = match self.frame {
            FrameName::UserStates => {
                let has_segments = self.data.has("segment_name");
                // A user has a state a day in each segment: without the name nothing is known.
                if !has_segments && !self.missing.contains("segment_name") {
                    return None;
                }
                let segment = has_segments.then_some("segment_name");
                ["user_id", "date"].into_iter().chain(segment).collect()
            }
            _ => vec!["task_id"],
        };
        key.iter().all(|name| self.data.has(name)).then_some(key)
    }
}

/// The columns without which a row cannot be told from others, or belongs to nobody.
pub(super) fn keys(frame: FrameName) -> &'static [&'static str] {
    match frame {
        FrameName::UserStates => &["user_id", "date"],
        _ => &["task_id", "user_id"],
    }
}
