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
        let days: Int32Chunked = civil(&column, zone)?
            .map(|at| at.and_then(|at| i32::try_from(at.div_euclid(DAY)).ok()))
            .collect();
        days.with_name(column.name().clone()).into_series().cast(&DataType::Date).map(IntoColumn::into_column)
    };
    instants.map(day, |_, field| Ok(Field::new(field.name().clone(), DataType::Date)))
}

/// The hour of the civil day, 0 to 23, of instants in a zone.
pub fn hour_of(instants: Expr, zone: Tz) -> Expr {
    let hour = move |column: Column| {
        let hours: Int32Chunked = civil(&column, zone)?
            .map(|at| at.and_then(|at| i32::try_from(at.rem_euclid(DAY) / HOUR).ok()))
            .collect();
        Ok(hours.with_name(column.name().clone()).into_series().into_column())
    };
    instants.map(hour, |_, field| Ok(Field::new(field.name().clone(), DataType::Int32)))
}

/// The instant at which civil days end in a zone: the start of the next, which daylight saving may move.
pub fn end_of(days: Expr, zone: Zone) -> Expr {
    let end = move |column: Column| {
        let mut known: KnownDays = KnownDays::default();
        let ends: Int64Chunked = column
            .cast(&DataType::Int32)?
            .i32()?
            .iter()
            .map(|day| {
                let day = day?;
                let end = || {
                    let next =
                        NaiveDate::default().checked_add_signed(TimeDelta::days(i64::from(day) + 1))?;
                    Some(zone.micros_of(next.and_time(NaiveTime::MIN)))
                };
                known.value(i64::from(day), || end().unwrap_or(UNKNOWN)).or_else(end)
            })
            .collect();
        ends.with_name(column.name().clone()).into_series().cast(&INSTANT).map(IntoColumn::into_column)
    };
    days.map(end, |_, field| Ok(Field::new(field.name().clone(), INSTANT)))
}

/// Microseconds of the clock on the wall since 1970-01-01T00:00.
fn civil(instants: &Column, zone: Tz) -> PolarsResult<impl Iterator<Item = Option<i64>>> {
    let instants = instants.cast(&DataType::Int64)?.i64()?.clone();
    let offset_at = move |at: i64| -> Option<i64> {
        let at = chrono::DateTime::from_timestamp_micros(at)?.naive_utc();
        Some(i64::from(zone.offset_from_utc_datetime(&at).fix().local_minus_utc()) * 1_000_000)
    };
    // The offset throughout a day of UTC, if it is one: no zone has changed it twice within an hour.
    let offset_of_day = move |day: i64| -> i64 {
        let mut hours = (0..=24).map(|hour| offset_at(day * DAY + hour * HOUR));
        match hours.next().flatten() {
            Some(first) if hours.all(|offset| offset == Some(first)) => first,
            _ => UNKNOWN,
        }
    };
    let mut known = KnownDays::default();
    let all: Vec<Option<i64>> = instants
        .iter()
        .map(|at| {
            let at = at?;
            let day = at.div_euclid(DAY);
            let offset = known.value(day, || offset_of_day(day)).or_else(|| offset_at(at))?;
            at.checked_add(offset)
        })
        .collect();
    Ok(all.into_iter())
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
