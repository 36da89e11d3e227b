//! How new a source's rows are: the newest instant of a frame, as of some moment. Never: whether that is new enough.

use super::{SourceError, copy, files, mysql, postgres, several, sql, sqlite};
use crate::calendar::instant_of;
use crate::definition::{FrameName, Source, SourceKind};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use parte_columns::{Buffer, Held};
use polars::prelude::{DataType, PolarsResult};
use std::collections::BTreeMap;

/// What is asked about the age of rows.
#[derive(Debug, Clone, Copy)]
pub struct AsOf {
    /// Rows from here on are looked for; whether there are any is what is asked.
    pub since: DateTime<Utc>,
    /// When the run was due: what is planned for later says nothing.
    pub due: DateTime<Utc>,
    /// Now: nothing has happened later.
    pub now: DateTime<Utc>,
    /// The zone whose days end when those of user states do.
    pub zone: Tz,
}

/// The columns that say when a row was made or changed, and what was planned.
pub(super) fn columns(frame: FrameName) -> &'static [&'static str] {
    match frame {
        FrameName::Tasks => &["updated_at", "created_at", "completed_at", "scheduled_at"],
        FrameName::UserStates => &["date"],
        FrameName::Sellers | FrameName::Users | FrameName::Assignments | FrameName::Targets => &[],
    }
}

impl AsOf {
    /// The latest instant of a column that counts.
    pub(super) fn until(&self, column: &str) -> DateTime<Utc> {
        if column == "scheduled_at" { self.due } else { self.now }
    }

    /// The instant that stands for a civil day: its end, or now for a day that has begun; `None` for one to come.
    pub(super) fn of_day(&self, day: NaiveDate) -> Option<DateTime<Utc>> {
        let midnight = |day: NaiveDate| instant_of(day.and_time(NaiveTime::MIN), self.zone);
        (midnight(day) <= self.now).then(|| midnight(day.succ_opt().unwrap_or(day)))
    }
}

/// The newest instant of each of these frames; `None` where no row has any, or the source has no such frame. It is exact where there are
/// rows from `since` on, and else that of the source's greatest values.
///
/// # Errors
/// As with [`super::load`].
pub fn newest(
    source: &Source,
    frames: &[FrameName],
    as_of: &AsOf,
) -> Result<BTreeMap<FrameName, Option<DateTime<Utc>>>, SourceError> {
    match &source.kind {
        SourceKind::Sqlite(path) => sql::newest(&sqlite::reader(source, path)?, frames, as_of),
        SourceKind::Postgres(server) => sql::newest(&postgres::connect(source, server)?, frames, as_of),
        SourceKind::MySql(server) => sql::newest(&mysql::connect(source, server)?, frames, as_of),
        SourceKind::Files(it) => files::newest(source, it, frames, as_of),
        SourceKind::Api(api) => {
            let mut all = sql::newest(&sqlite::reader(source, copy::file(source, api)?)?, frames, as_of)?;
            for (frame, newest) in &mut all {
                // no row is newer than the moment at which it was read; where rows say nothing, that is what is known
                let read = copy::read_at(api, *frame);
                *newest = newest.map(|at| read.map_or(at, |read| at.min(read))).or(read);
            }
            Ok(all)
        }
        SourceKind::Several(several) => several::newest(source, several, frames, as_of),
    }
}

/// The latest value of a column of instants or days that counts.
pub(super) fn latest(buffer: Buffer, name: &str, as_of: &AsOf) -> PolarsResult<Option<DateTime<Utc>>> {
    let Held::Plain(column) = buffer.finish()? else { return Ok(None) };
    let numbers = column.cast(&DataType::Int64)?;
    let values = numbers.i64()?.iter().flatten();
    Ok(if column.dtype() == &DataType::Date {
        let day = |days: i64| NaiveDate::default().checked_add_signed(TimeDelta::try_days(days)?);
        values.filter_map(day).filter_map(|day| as_of.of_day(day)).max()
    } else {
        let until = as_of.until(name);
        values.filter_map(DateTime::from_timestamp_micros).filter(|at| *at <= until).max()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn a_day_is_as_new_as_its_end_in_the_reports_zone_and_one_to_come_says_nothing() {
        let as_of = AsOf {
            since: instant("2026-03-08T00:00:00Z"),
            due: instant("2026-03-09T12:00:00Z"),
            now: instant("2026-03-09T12:05:00Z"),
            zone: chrono_tz::America::Bogota,
        };
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).expect("a day");
        assert_eq!(as_of.of_day(day(8)), Some(instant("2026-03-09T05:00:00Z")));
        assert_eq!(as_of.of_day(day(9)), Some(instant("2026-03-10T05:00:00Z")));
        assert_eq!(as_of.of_day(day(10)), None);
        assert_eq!((as_of.until("scheduled_at"), as_of.until("created_at")), (as_of.due, as_of.now));
    }
}
