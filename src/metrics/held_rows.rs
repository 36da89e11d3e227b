//! The rows of relations for the metrics: what is held once stays so, and where most rows of a frame belong, none is copied. Never: which
//! rows belong.

use super::aggregated::as_condition;
use super::by_value::computed;
use super::columns;
use super::query::where_;
use super::relation::{ROW, Relations};
use super::sql::OfRow;
use crate::definition::Rows;
use parte_columns::{Frame, number_name};
use polars::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// The rows of a relation.
pub(super) struct HeldRows {
    pub(super) data: Frame,
    /// Which of them belong to it; `None`: all.
    pub(super) belong: Option<BooleanChunked>,
}

/// A frame in which the rows that belong to a relation are marked.
pub(super) struct Marked {
    frame: Frame,
    belong: BooleanChunked,
    /// Do the others stay in the plan, since they are few?
    most: bool,
}

impl Marked {
    pub(super) fn plan(&self) -> PolarsResult<LazyFrame> {
        let plan = self.frame.plan()?;
        Ok(if self.most { plan } else { plan.filter(col(BELONGS)) })
    }
}

/// Under which a row knows whether it belongs.
const BELONGS: &str = "\u{1}belongs";

impl Relations {
    /// The rows with these columns (those that can be had), as far as a condition holds, with numbers in place of what is held once.
    /// Where most rows of the frame belong, all of them are given, and which ones belong: their columns need not be copied.
    pub(super) fn held_rows(
        &self,
        rows: Rows,
        wanted: &BTreeSet<String>,
        condition: Option<&OfRow>,
    ) -> PolarsResult<HeldRows> {
        let Some(marked) = self.marked(rows)? else {
            return self.chosen_rows(rows, wanted, condition, None);
        };
        if marked.most {
            let mut all = wanted.clone();
            all.extend(condition.iter().flat_map(|condition| condition.columns.iter().cloned()));
            let data = self.collected(
                rows,
                &all,
                self.plan_of(rows, &self.there(rows, all.iter().cloned()), Some(&marked))?,
            )?;
            match condition.map(|condition| computed(&data, &[condition])) {
                None => return Ok(HeldRows { data, belong: Some(marked.belong) }),
                Some(Ok(found)) => {
                    let holds = found.first().map(as_condition).transpose()?;
                    let belong = holds.map_or(marked.belong.clone(), |holds| &marked.belong & &holds);
                    let extra: Vec<&str> = all.difference(wanted).map(String::as_str).collect();
                    return Ok(HeldRows { data: data.without(&extra), belong: Some(belong) });
                }
                // It may fail on a row that does not belong.
                Some(Err(_)) => {}
            }
        }
        self.chosen_rows(rows, wanted, condition, Some(&Marked { most: false, ..marked }))
    }

    /// The rows alone.
    fn chosen_rows(
        &self,
        rows: Rows,
        wanted: &BTreeSet<String>,
        condition: Option<&OfRow>,
        marked: Option<&Marked>,
    ) -> PolarsResult<HeldRows> {
        let more = condition.iter().flat_map(|condition| &condition.columns);
        let columns = self.there(rows, wanted.iter().chain(more).cloned());
        let plan = self.plan_of(rows, &columns, marked)?;
        let plan = match condition {
            None => plan,
            Some(condition) => where_(plan, &condition.text)?,
        };
        Ok(HeldRows { data: self.collected(rows, wanted, plan)?, belong: None })
    }

    /// The columns of a plan, with numbers in place of what is held once.
    fn collected(&self, rows: Rows, wanted: &BTreeSet<String>, plan: LazyFrame) -> PolarsResult<Frame> {
        let mut plan = plan;
        let schema = plan.collect_schema()?;
        let columns = self.there(rows, wanted.iter().cloned());
        let is_numbered = |name: &&String| schema.contains(&number_name(name));
        let list: Vec<Expr> = columns
            .iter()
            .map(|name| if is_numbered(&name) { col(number_name(name)) } else { col(name.as_str()) })
            .collect();
        let plan = if list.is_empty() {
            plan.with_row_index(ROW, None).select([col(ROW)])
        } else {
            plan.select(list)
        };
        let values = columns
            .iter()
            .filter(is_numbered)
            .map(|name| Ok((name.as_str().into(), self.values_of(columns::frame_of(rows), name)?)))
            .collect::<PolarsResult<BTreeMap<PlSmallStr, Column>>>()?;
        // A join leaves rows in pieces, and Polars may take such rows apart again together with an aggregate that it has computed once
        // for several metrics: one row against many, which ends in a panic or in wrong numbers.
        let mut table = plan.collect()?;
        table.rechunk_mut_par();
        Frame::planned(table, &values)
    }

    /// The frame with a mark at the rows that belong, where it depends on each row alone whether it does.
    fn marked(&self, rows: Rows) -> PolarsResult<Option<Marked>> {
        let frame = columns::frame_of(rows);
        let belongs = match rows {
            Rows::Days if !self.has_repeated_states => {
                self.between(self.period.from(), self.period.last())?
            }
            Rows::Edges | Rows::Days | Rows::Last7Days | Rows::Last28Days | Rows::Assigned => {
                return Ok(None);
            }
            _ => self.belongs(rows),
        };
        let found = self.numbered(frame)?.select([belongs.alias(BELONGS)]).collect()?;
        let belong = as_condition(found.column(BELONGS)?)?;
        let mut frame = self.held_frame(frame)?.clone();
        frame.with_column(belong.clone().with_name(BELONGS.into()).into_series().into_column())?;
        let most = belong.sum().unwrap_or(0) as usize * 2 >= frame.height();
        Ok(Some(Marked { frame, belong, most }))
    }
}
