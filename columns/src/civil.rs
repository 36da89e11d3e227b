//! Civil days and hours of many instants: a zone's offset is asked for once a day of UTC, not once an instant.

use crate::{INSTANT, Zone};
use chrono::{NaiveDate, NaiveTime, Offset as _, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use polars::prelude::*;

const DAY: i64 = 86_400_000_000;
const HOUR: i64 = 3_600_000_000;

/// The civil day of instants in a zone.
pub fn day_of(instants: Expr, zone: Tz) -> Expr {
    let day = move |column: Column| {
        let mut clock = Clock::new(zone);
        let day = |at: i64| i32::try_from(clock.wall(at)?.div_euclid(DAY)).ok();
        of_each::<Int64Type, Int32Type>(&column, day)?.cast(&DataType::Date)
    };
    instants.map(day, |_, field| Ok(Field::new(field.name().clone(), DataType::Date)))
}

/// The hour of the civil day, 0 to 23, of instants in a zone.
pub fn hour_of(instants: Expr, zone: Tz) -> Expr {
    let hour = move |column: Column| {
        let mut clock = Clock::new(zone);
        let hour = |at: i64| i32::try_from(clock.wall(at)?.rem_euclid(DAY) / HOUR).ok();
        of_each::<Int64Type, Int32Type>(&column, hour)
    };
    instants.map(hour, |_, field| Ok(Field::new(field.name().clone(), DataType::Int32)))
}

/// The instant at which civil days end in a zone: the start of the next, which daylight saving may move.
pub fn end_of(days: Expr, zone: Zone) -> Expr {
    let end = move |column: Column| {
        let mut known = KnownDays::default();
        let end = |day: i32| {
            let end = || {
                let next = NaiveDate::default().checked_add_signed(TimeDelta::days(i64::from(day) + 1))?;
                Some(zone.micros_of(next.and_time(NaiveTime::MIN)))
            };
            known.value(i64::from(day), || end().unwrap_or(UNKNOWN)).or_else(end)
        };
        of_each::<Int32Type, Int64Type>(&column, end)?.cast(&INSTANT)
    };
    days.map(end, |_, field| Ok(Field::new(field.name().clone(), INSTANT)))
}

/// A function of each value that is there.
fn of_each<From: PolarsNumericType, To: PolarsNumericType>(
    column: &Column,
    mut f: impl FnMut(From::Native) -> Option<To::Native>,
) -> PolarsResult<Column> {
    let numbers = column.cast(&From::get_static_dtype())?;
    let numbers: &ChunkedArray<From> = numbers.as_materialized_series().unpack()?;
    let all: ChunkedArray<To> = arity::unary_elementwise(numbers, |value: Option<From::Native>| f(value?));
    Ok(all.with_name(column.name().clone()).into_series().into_column())
}

/// The clock on the wall of a zone.
struct Clock {
    zone: Tz,
    offsets: KnownDays,
}

impl Clock {
    fn new(zone: Tz) -> Self {
        Self { zone, offsets: KnownDays::default() }
    }

    /// Microseconds since 1970-01-01T00:00 on the wall.
    fn wall(&mut self, at: i64) -> Option<i64> {
        let Self { zone, offsets } = self;
        let day = at.div_euclid(DAY);
        let offset = offsets.value(day, || offset_of_day(*zone, day)).or_else(|| offset_at(*zone, at))?;
        at.checked_add(offset)
    }
}

fn offset_at(zone: Tz, at: i64) -> Option<i64> {
    let at = chrono::DateTime::from_timestamp_micros(at)?.naive_utc();
    Some(i64::from(zone.offset_from_utc_datetime(&at).fix().local_minus_utc()) * 1_000_000)
}

/// The offset throughout a day of UTC, if it is one: no zone has changed it twice within an hour.
fn offset_of_day(zone: Tz, day: i64) -> i64 {
    let mut hours = (0..=24).map(|hour| offset_at(zone, day * DAY + hour * HOUR));
    match hours.next().flatten() {
        Some(first) if hours.all(|offset| offset == Some(first)) => first,
        _ => UNKNOWN,
    }
}

/// Stands for what has to be computed each time.
const UNKNOWN: i64 = i64::MIN;
/// Stands for what has not been asked for yet.
const NOT_ASKED: i64 = i64::MAX;

/// A number for each day from 1970 to 2149; what lies beyond is computed each time.
struct KnownDays(Vec<i64>);

impl Default for KnownDays {
    fn default() -> Self {
        Self(vec![NOT_ASKED; 1 << 16])
    }
}

impl KnownDays {
    fn value(&mut self, day: i64, find: impl FnOnce() -> i64) -> Option<i64> {
        let known = self.0.get_mut(usize::try_from(day).ok()?)?;
        if *known == NOT_ASKED {
            *known = find();
        }
        (*known != UNKNOWN).then_some(*known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, NaiveDateTime, Timelike};

    /// Instants of all ages in zones whose clocks are moved at odd times, by odd spans, or by whole days.
    #[test]
    fn days_and_hours_are_those_of_the_zone_at_that_very_instant() {
        let mut instants: Vec<i64> = Vec::new();
        for year in [1883, 1918, 1970, 1972, 1994, 2007, 2011, 2016, 2026, 2037, 2160] {
            let begin =
                NaiveDate::from_ymd_opt(year, 1, 1).expect("a day").and_time(NaiveTime::MIN).and_utc();
            let step = 6 * HOUR + 61_000_001;
            instants.extend((0..1400).map(|n| begin.timestamp_micros() + n * step));
        }
        for zone in [
            Tz::UTC,
            Tz::America__Bogota,
            Tz::America__Santiago,
            Tz::Africa__Monrovia,
            Tz::Australia__Lord_Howe,
            Tz::Pacific__Apia,
            Tz::Pacific__Kwajalein,
            Tz::Asia__Kathmandu,
        ] {
            let frame = df!("at" => &instants).expect("a frame").lazy();
            let found = frame
                .select([
                    day_of(col("at").cast(INSTANT), zone).alias("day"),
                    hour_of(col("at").cast(INSTANT), zone).alias("hour"),
                ])
                .collect()
                .expect("days and hours");
            let days = found.column("day").expect("days").cast(&DataType::Int32).expect("numbers");
            let hours = found.column("hour").expect("hours").clone();
            let (days, hours) = (days.i32().expect("numbers"), hours.i32().expect("numbers"));
            for (row, at) in instants.iter().enumerate() {
                let utc = chrono::DateTime::from_timestamp_micros(*at).expect("an instant");
                let wall: NaiveDateTime = utc.with_timezone(&zone).naive_local();
                let day = wall.date().num_days_from_ce() - NaiveDate::default().num_days_from_ce();
                let hour = i32::try_from(wall.hour()).expect("an hour");
                assert_eq!((days.get(row), hours.get(row)), (Some(day), Some(hour)), "{utc} in {zone}");
            }
        }
    }
}
