//! Looks at a SQLite file without taking the rows of a report: what is there, how many, how new, and a sample.

use super::{Reader, did_you_mean, listed, lower, open, open_as};
use crate::calendar::instant_of;
use crate::definition::{FrameName, FrameSource, Source};
use crate::source::inspect::{sample_of, unknown_statuses, unreadable};
use crate::source::select::{SourceColumn, quoted};
use crate::source::shape::{documented_columns, kind_of};
use crate::source::status::Folding;
use crate::source::{Finding, FrameFacts, Inspection, SourceError};
use chrono::{DateTime, Utc};
use parte_columns::{Buffer, Frame, Held, Kind, ReadColumn, Zone};
use polars::prelude::DataType;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long a writer may hold the database: who asks is waiting.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// How long one pass over a table may take; larger tables are not counted.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks a SQLite file.
pub(in crate::source) fn inspect(
    source: &Source,
    path: &Path,
    needed: &BTreeMap<FrameName, BTreeSet<String>>,
) -> Result<Inspection, SourceError> {
    let reader = Reader { source, connection: open_without_trace(source, path)?, path };
    if path.metadata().is_ok_and(|facts| facts.len() == 0) {
        return Err(reader.error(
            format!("{} is empty: it has no byte in it", path.display()),
            "something made the file and wrote nothing; check the path under [sources]".to_owned(),
        ));
    }
    reader.connection.busy_timeout(BUSY_TIMEOUT).map_err(|e| reader.sqlite("opening", &e))?;
    reader.execute("begin")?;
    reader.first_read()?;
    let tables = reader.tables()?;
    let mut seen = Inspection::default();
    for (frame, wanted) in needed {
        let own = source.frames.get(frame).cloned().unwrap_or_default();
        let look = Look { reader: &reader, frame: *frame, own: &own, started: Instant::now() };
        look.look(wanted, &tables, &mut seen)?;
    }
    if seen.frames.is_empty() && seen.findings.is_empty() && !needed.is_empty() {
        let wanted: Vec<&str> = needed.keys().map(|f| f.as_str()).collect();
        return Err(reader.error(
            format!("no table `{}` in {}", wanted.join("`, `"), path.display()),
            format!(
                "the tables there are: {}; name the right one with `table = \"...\"` under [sources.{}.{}]",
                listed(&tables),
                source.id,
                wanted.first().unwrap_or(&"tasks")
            ),
        ));
    }
    Ok(seen)
}

/// A database in WAL mode that nobody has open would get two files beside it from a reader, which stay. It is read as a
/// file that does not change; should a writer come just then, an answer may be wrong, and nothing else.
fn open_without_trace(source: &Source, path: &Path) -> Result<Connection, SourceError> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let unused = is_wal(path).unwrap_or(false) && !Path::new(&log).exists();
    let address =
        path.canonicalize().ok().filter(|_| unused).and_then(|path| url::Url::from_file_path(path).ok());
    match address {
        Some(mut address) => {
            address.set_query(Some("immutable=1"));
            open_as(source, path, Path::new(address.as_str()), OpenFlags::SQLITE_OPEN_URI)
        }
        None => open(source, path),
    }
}

/// The version of the format for writing and reading, bytes 18 and 19 of the header: 2 is WAL.
fn is_wal(path: &Path) -> std::io::Result<bool> {
    let mut header = [0; 20];
    std::fs::File::open(path)?.read_exact(&mut header)?;
    Ok(header[18..20].contains(&2))
}

impl Reader<'_> {
    /// The first statement that takes a lock and reads the header: here a file shows that it is held or is no database.
    fn first_read(&self) -> Result<(), SourceError> {
        let read = self.connection.query_row("select count(*) from sqlite_schema", [], |_| Ok(()));
        let hint = match read.as_ref().err().and_then(rusqlite::Error::sqlite_error_code) {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "another program holds it; ask again when that is done"
            }
            Some(ErrorCode::NotADatabase) => {
                "the file is something else, or encrypted; name a SQLite database as `url` of the source"
            }
            _ => "check the file with `sqlite3 FILE 'pragma integrity_check'`",
        };
        read.map_err(|e| {
            self.error(format!("{}: {}", self.path.display(), lower(&e.to_string())), hint.to_owned())
        })
    }

    /// Runs a statement; `None` when it took longer than the patience.
    fn within_patience<T>(
        &self,
        run: impl FnOnce() -> Result<T, rusqlite::Error>,
    ) -> Result<Option<T>, rusqlite::Error> {
        let interrupt = self.connection.get_interrupt_handle();
        let (done, waiting) = channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                if waiting.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                    interrupt.interrupt();
                }
            });
            let outcome = run();
            drop(done);
            match outcome {
                Err(e) if e.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => Ok(None),
                other => other.map(Some),
            }
        })
    }
}

/// One frame being looked at.
struct Look<'a> {
    reader: &'a Reader<'a>,
    frame: FrameName,
    own: &'a FrameSource,
    started: Instant,
}

impl Look<'_> {
    fn look(
        &self,
        wanted: &BTreeSet<String>,
        tables: &[String],
        seen: &mut Inspection,
    ) -> Result<(), SourceError> {
        let (frame, own) = (self.frame, self.own);
        let (from, shown) = match (&own.query, &own.table) {
            (Some(query), _) => (format!("({})", query.trim().trim_end_matches(';')), "query".to_owned()),
            (None, named) => {
                let table = named.as_deref().unwrap_or(frame.as_str());
                if !tables.iter().any(|t| t.eq_ignore_ascii_case(table)) {
                    self.no_table(named.as_deref(), tables, seen);
                    seen.sample.missing.insert(frame, wanted.iter().filter(|c| *c != "*").cloned().collect());
                    return Ok(());
                }
                (quoted(table), format!("table `{table}`"))
            }
        };
        let there = match self.reader.columns_of(frame, own, &from) {
            Ok(there) => there,
            Err(e) => {
                let keys: &[&str] = if own.query.is_some() { &["query"] } else { &["table"] };
                seen.findings.push(Finding::of(frame, keys, e.what, e.hint));
                return Ok(());
            }
        };
        let names: Vec<String> = there.iter().map(|(name, _)| name.clone()).collect();
        let own = self.without_absent(&names, seen);
        let (columns, missing) = self.reader.chosen(frame, &own, wanted, &there)?;
        if !missing.is_empty() {
            seen.sample.missing.insert(frame, missing);
        }
        let failed = |e: rusqlite::Error| self.reader.sqlite(&format!("reading {}", frame.as_str()), &e);
        let rows = self.reader.within_patience(|| self.count(&from)).map_err(failed)?;
        let (data, mut findings) = self.sample(&from, &columns, rows)?;
        seen.findings.append(&mut findings);
        let newest = self.newest(&from, &columns).map_err(failed)?;
        seen.frames.push(FrameFacts {
            frame,
            from: shown,
            columns: names,
            rows,
            newest,
            sampled: data.height(),
            took: self.started.elapsed(),
        });
        seen.sample.frames.insert(frame, data);
        Ok(())
    }

    /// A table that was named has to be there; one of the documented name need not, unless metrics say so.
    fn no_table(&self, named: Option<&str>, tables: &[String], seen: &mut Inspection) {
        if let Some(table) = named {
            let what =
                format!("no table `{table}` for {} in {}", self.frame.as_str(), self.reader.path.display());
            let hint = format!("{}the tables there are: {}", did_you_mean(table, tables), listed(tables));
            seen.findings.push(Finding::of(self.frame, &["table"], what, hint));
        }
    }

    /// Tells of every column that `columns` names and the source lacks, and leaves it out.
    fn without_absent(&self, there: &[String], seen: &mut Inspection) -> FrameSource {
        let mut own = self.own.clone();
        own.columns.retain(|name, written| {
            let found = there.iter().any(|column| column.eq_ignore_ascii_case(written));
            if !found {
                let what = format!("no column `{written}` for {}.{name}", self.frame.as_str());
                let hint =
                    format!("{}the columns there are: {}", did_you_mean(written, there), listed(there));
                seen.findings.push(Finding::of(self.frame, &["columns", name], what, hint));
            }
            found
        });
        own
    }

    fn count(&self, from: &str) -> Result<u64, rusqlite::Error> {
        let count: i64 =
            self.reader
                .connection
                .query_row(&format!("select count(*) from {from}"), [], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Rows spread over the table, and what is odd about them.
    fn sample(
        &self,
        from: &str,
        columns: &[SourceColumn],
        rows: Option<u64>,
    ) -> Result<(Frame, Vec<Finding>), SourceError> {
        let zone = self.own.zone.unwrap_or(chrono_tz::Tz::UTC);
        let fresh = || -> Vec<Buffer> {
            columns
                .iter()
                .map(|c| {
                    Buffer::new(c.name.clone(), kind_of(self.frame, &c.name), Zone::new(zone, instant_of))
                })
                .collect()
        };
        let list: Vec<&str> = columns.iter().map(|c| c.sql.as_str()).collect();
        let list = if list.is_empty() { "null".to_owned() } else { list.join(", ") };
        let failed = |e: rusqlite::Error| self.reader.sqlite(&format!("reading {}", self.frame.as_str()), &e);
        let most = sample_of(self.frame);
        let step = rows.map_or(1, |rows| rows.div_ceil(most).max(1));
        let mut buffers = fresh();
        let spread = if step > 1 {
            let sql = format!(
                "select {list} from (select *, row_number() over () as \"number of the row\" from {from}) \
                 where \"number of the row\" % {step} = 0 limit {most}"
            );
            self.reader
                .within_patience(|| self.reader.stream(&sql, Vec::new(), &mut buffers))
                .map_err(failed)?
        } else {
            None
        };
        let height = match spread {
            Some(height) => height,
            None => {
                buffers = fresh();
                let sql = format!("select {list} from {from} limit {most}");
                self.reader.stream(&sql, Vec::new(), &mut buffers).map_err(failed)?
            }
        };
        let mut findings = Vec::new();
        let read: Vec<ReadColumn> = buffers
            .into_iter()
            .map(Buffer::read)
            .collect::<Result<_, _>>()
            .map_err(|e| self.reader.polars(&e))?;
        let odd: Vec<Option<(usize, String)>> = read.iter().map(|it| it.unreadable.clone()).collect();
        let finished = read.into_iter().map(|it| it.column).collect();
        let mut data = Frame::new(height, finished).map_err(|e| self.reader.polars(&e))?;
        for (column, odd) in columns.iter().zip(odd) {
            if let Some((count, example)) = odd {
                let absent = data.absent(&column.name).map_err(|e| self.reader.polars(&e))?;
                let values = count + height - absent.sum().unwrap_or(0) as usize;
                findings.push(unreadable(self.frame, self.own, &column.name, (count, &example), values));
            }
        }
        if self.frame == FrameName::Tasks {
            let folding = Folding::new(self.own.status.as_ref());
            findings.extend(unknown_statuses(self.own, &folding, &data));
            folding.apply(&mut data).map_err(|e| self.reader.polars(&e))?;
        }
        Ok((data, findings))
    }

    /// The newest value of each time column that is read. The greatest text is the newest instant where a column keeps to one
    /// spelling, which is what is told here; which rows belong to a period is never decided by it.
    fn newest(
        &self,
        from: &str,
        columns: &[SourceColumn],
    ) -> Result<Vec<(String, DateTime<Utc>)>, rusqlite::Error> {
        let timed: Vec<&SourceColumn> = columns
            .iter()
            .filter(|c| matches!(kind_of(self.frame, &c.name), Kind::Instant | Kind::Day))
            .filter(|c| documented_columns(self.frame).any(|d| d == c.name))
            .collect();
        if timed.is_empty() {
            return Ok(Vec::new());
        }
        let zone = self.own.zone.unwrap_or(chrono_tz::Tz::UTC);
        let list: Vec<String> = timed.iter().map(|c| format!("max({})", c.sql)).collect();
        let mut buffers: Vec<Buffer> = timed
            .iter()
            .map(|c| Buffer::new(c.name.clone(), kind_of(self.frame, &c.name), Zone::new(zone, instant_of)))
            .collect();
        let sql = format!("select {} from {from}", list.join(", "));
        let read = self.reader.within_patience(|| self.reader.stream(&sql, Vec::new(), &mut buffers))?;
        if read.is_none() {
            return Ok(Vec::new());
        }
        let instant = |buffer: Buffer| -> Option<DateTime<Utc>> {
            let Held::Plain(column) = buffer.finish().ok()? else { return None };
            let is_day = column.dtype() == &DataType::Date;
            let number = column.cast(&DataType::Int64).ok()?.i64().ok()?.get(0)?;
            if is_day {
                let day =
                    chrono::NaiveDate::default().checked_add_signed(chrono::TimeDelta::try_days(number)?)?;
                return Some(crate::calendar::instant_of(day.and_time(chrono::NaiveTime::MIN), zone));
            }
            DateTime::from_timestamp_micros(number)
        };
        let named = timed.iter().map(|c| c.name.clone());
        Ok(named.zip(buffers).filter_map(|(name, buffer)| Some((name, instant(buffer)?))).collect())
    }
}
