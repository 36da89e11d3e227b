//! Looks at a database without taking the rows of a report: what is there, how many, how new, and a sample.

use super::{Database, Table, counted, counter, no_table_at_all, statement, tables::meant};
use crate::calendar::instant_of;
use crate::definition::{FrameName, FrameSource};
use crate::source::chosen::{There, did_you_mean, like, place_of};
use crate::source::inspect::{sample_of, unknown_statuses, unreadable};
use crate::source::select::SourceColumn;
use crate::source::shape::{documented_columns, kind_of};
use crate::source::status::Folding;
use crate::source::{Finding, FrameFacts, Inspection, SourceError};
use chrono::{DateTime, Utc};
use parte_columns::{Buffer, Frame, Held, Kind, ReadColumn, Zone};
use polars::prelude::DataType;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// Asks a database.
pub(in crate::source) fn inspect(
    database: &dyn Database,
    needed: &BTreeMap<FrameName, BTreeSet<String>>,
) -> Result<Inspection, SourceError> {
    let tables = database.tables()?;
    let mut seen = Inspection::default();
    for (frame, wanted) in needed {
        let own = database.source().frames.get(frame).cloned().unwrap_or_default();
        let look = Look { database, frame: *frame, own: &own, started: Instant::now() };
        look.look(wanted, &tables, &mut seen)?;
    }
    if seen.frames.is_empty() && seen.findings.is_empty() && !needed.is_empty() {
        let wanted: Vec<&str> = needed.keys().map(|f| f.as_str()).collect();
        return Err(no_table_at_all(database, &wanted, &tables));
    }
    Ok(seen)
}

/// One frame being looked at.
struct Look<'a> {
    database: &'a dyn Database,
    frame: FrameName,
    own: &'a FrameSource,
    started: Instant,
}

impl Look<'_> {
    fn look(
        &self,
        wanted: &BTreeSet<String>,
        tables: &[Table],
        seen: &mut Inspection,
    ) -> Result<(), SourceError> {
        let (database, frame, own) = (self.database, self.frame, self.own);
        let table = own.table.as_deref().unwrap_or(frame.as_str());
        if own.query.is_none() && meant(database, tables, table).is_none() {
            self.no_table(own.table.as_deref(), tables, seen);
            seen.sample.missing.insert(frame, wanted.iter().filter(|c| *c != "*").cloned().collect());
            return Ok(());
        }
        let Some(from) = statement::table_of(database, frame, own, tables)? else { return Ok(()) };
        let shown = if own.query.is_some() { "query".to_owned() } else { format!("table `{table}`") };
        let there = match database.columns_of(frame, own, &from) {
            Ok(there) => there,
            Err(e) => {
                let keys: &[&str] = if own.query.is_some() { &["query"] } else { &["table"] };
                seen.findings.push(Finding::of(frame, keys, e.what, e.hint));
                return Ok(());
            }
        };
        let own = self.without_absent(&there, seen);
        let (columns, missing) = match statement::columns_read(database, frame, &own, wanted, &there) {
            Ok(columns) => columns,
            Err(e) => {
                seen.findings.push(Finding::of(frame, &["columns"], e.what, e.hint));
                return Ok(());
            }
        };
        if !missing.is_empty() {
            seen.sample.missing.insert(frame, missing);
        }
        let rows = self.count(&from)?;
        let (data, mut findings) = self.sample(&from, &columns, rows)?;
        seen.findings.append(&mut findings);
        let newest = self.newest(&from, &columns)?;
        seen.frames.push(FrameFacts {
            frame,
            from: shown,
            columns: there.into_iter().map(|column| column.name).collect(),
            rows,
            newest,
            sampled: data.height(),
            took: self.started.elapsed(),
        });
        seen.sample.frames.insert(frame, data);
        Ok(())
    }

    fn doing(&self) -> String {
        format!("reading {}", self.frame.as_str())
    }

    /// A table that was named has to be there; one of the documented name need not, unless metrics say so.
    fn no_table(&self, named: Option<&str>, tables: &[Table], seen: &mut Inspection) {
        if let Some(table) = named {
            let what = format!("no table `{table}` for {} in {}", self.frame.as_str(), self.database.place());
            let hint = statement::those_there(table, tables);
            seen.findings.push(Finding::of(self.frame, &["table"], what, hint));
        }
    }

    /// Tells of every column that `columns` names and the source lacks, and leaves it out.
    fn without_absent(&self, there: &[There], seen: &mut Inspection) -> FrameSource {
        let names: Vec<String> = there.iter().map(|column| column.name.clone()).collect();
        without_absent(self.frame, self.own, &names, seen)
    }

    fn count(&self, from: &str) -> Result<Option<u64>, SourceError> {
        let mut buffers = [counter()];
        let sql = format!("select count(*) from {from}");
        let counts = self.database.stream_within_patience(&self.doing(), &sql, &mut buffers)?;
        let [buffer] = buffers;
        Ok(counts.and_then(|_| counted(buffer)).map(|rows| rows as u64))
    }

    fn buffers(&self, columns: &[&SourceColumn]) -> Vec<Buffer> {
        let zone = Zone::new(self.own.zone.unwrap_or(chrono_tz::Tz::UTC), instant_of);
        let buffer = |c: &&SourceColumn| Buffer::new(c.name.clone(), kind_of(self.frame, &c.name), zone);
        columns.iter().map(buffer).collect()
    }

    /// Rows spread over the table, and what is odd about them.
    fn sample(
        &self,
        from: &str,
        columns: &[SourceColumn],
        rows: Option<u64>,
    ) -> Result<(Frame, Vec<Finding>), SourceError> {
        let database = self.database;
        let all: Vec<&SourceColumn> = columns.iter().collect();
        let list: Vec<&str> = columns.iter().map(|c| c.sql.as_str()).collect();
        let list = if list.is_empty() { vec!["null"] } else { list };
        let most = sample_of(self.frame);
        let step = rows.map_or(1, |rows| rows.div_ceil(most).max(1));
        let mut buffers = self.buffers(&all);
        let spread = if step > 1 {
            // No column but these: a table may have hundreds, and some servers write down what stands within the brackets.
            let names: Vec<String> = (0..list.len()).map(|place| format!("parte_{place}")).collect();
            let named = list.iter().zip(&names).map(|(column, name)| format!("{column} as {name}"));
            let sql = format!(
                "select {names} from (select {named}, row_number() over () as parte_row from {from} as numbered) as spread \
                 where parte_row % {step} = 0 limit {most}",
                names = names.join(", "),
                named = named.collect::<Vec<_>>().join(", "),
                from = from.trim_end_matches(" as asked")
            );
            database.stream_within_patience(&self.doing(), &sql, &mut buffers)?
        } else {
            None
        };
        let height = match spread {
            Some(height) => height,
            None => {
                buffers = self.buffers(&all);
                let sql = format!("select {} from {from} limit {most}", list.join(", "));
                database.stream(&self.doing(), &sql, &[], &mut buffers)?
            }
        };
        let read: Vec<ReadColumn> = buffers
            .into_iter()
            .map(Buffer::read)
            .collect::<Result<_, _>>()
            .map_err(|e| database.polars(&e))?;
        looked_at(self.frame, self.own, read, height).map_err(|e| database.polars(&e))
    }

    /// The newest value of each time column that is read. The greatest text is the newest instant where a column keeps to one
    /// spelling, which is what is told here; which rows belong to a period is never decided by it.
    fn newest(
        &self,
        from: &str,
        columns: &[SourceColumn],
    ) -> Result<Vec<(String, DateTime<Utc>)>, SourceError> {
        let timed: Vec<&SourceColumn> = columns.iter().filter(|c| is_timed(self.frame, &c.name)).collect();
        if timed.is_empty() {
            return Ok(Vec::new());
        }
        let zone = self.own.zone.unwrap_or(chrono_tz::Tz::UTC);
        let list: Vec<String> = timed.iter().map(|c| format!("max({})", c.sql)).collect();
        let mut buffers = self.buffers(&timed);
        let sql = format!("select {} from {from}", list.join(", "));
        let read = self.database.stream_within_patience(&self.doing(), &sql, &mut buffers)?;
        if read.is_none() {
            return Ok(Vec::new());
        }
        let named = timed.iter().map(|c| c.name.clone());
        Ok(named.zip(buffers).filter_map(|(name, buffer)| Some((name, first(buffer, zone)?))).collect())
    }
}

/// A documented instant or day.
pub(in crate::source) fn is_timed(frame: FrameName, column: &str) -> bool {
    matches!(kind_of(frame, column), Kind::Instant | Kind::Day)
        && documented_columns(frame).any(|name| name == column)
}

/// The first value of a column of instants or days; a day is its beginning in the zone.
pub(in crate::source) fn first(buffer: Buffer, zone: chrono_tz::Tz) -> Option<DateTime<Utc>> {
    let Held::Plain(column) = buffer.finish().ok()? else { return None };
    let is_day = column.dtype() == &DataType::Date;
    let number = column.cast(&DataType::Int64).ok()?.i64().ok()?.get(0)?;
    if is_day {
        let day = chrono::NaiveDate::default().checked_add_signed(chrono::TimeDelta::try_days(number)?)?;
        return Some(instant_of(day.and_time(chrono::NaiveTime::MIN), zone));
    }
    DateTime::from_timestamp_micros(number)
}

/// Tells of every column that `columns` names and the source lacks, and leaves it out.
pub(in crate::source) fn without_absent(
    frame: FrameName,
    own: &FrameSource,
    there: &[String],
    seen: &mut Inspection,
) -> FrameSource {
    let mut own = own.clone();
    own.columns.retain(|name, written| {
        let found = place_of(written, there).is_some();
        if !found {
            let what = format!("no column `{written}` for {}.{name}", frame.as_str());
            let hint =
                format!("{}the columns there are: {}", did_you_mean(written, there), like(written, there));
            seen.findings.push(Finding::of(frame, &["columns", name], what, hint));
        }
        found
    });
    own
}

/// The frame of rows that were looked at, and what is odd about them.
pub(in crate::source) fn looked_at(
    frame: FrameName,
    own: &FrameSource,
    read: Vec<ReadColumn>,
    height: usize,
) -> polars::prelude::PolarsResult<(Frame, Vec<Finding>)> {
    let mut findings = Vec::new();
    let odd: Vec<(String, Option<(usize, String)>)> =
        read.iter().map(|it| (it.name.clone(), it.unreadable.clone())).collect();
    let mut data = Frame::new(height, read.into_iter().map(|it| it.column).collect())?;
    for (column, odd) in odd {
        if let Some((count, example)) = odd {
            let absent = data.absent(&column)?;
            let values = count + height - absent.sum().unwrap_or(0) as usize;
            findings.push(unreadable(frame, own, &column, (count, &example), values));
        }
    }
    if frame == FrameName::Tasks {
        let folding = Folding::new(own.status.as_ref());
        findings.extend(unknown_statuses(own, &folding, &data));
        folding.apply(&mut data)?;
    }
    Ok((data, findings))
}
