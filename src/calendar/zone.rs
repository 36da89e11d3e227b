//! Civil time to instant, with the two daylight-saving rules in one place; no other file decides them.

use chrono::{
    DateTime, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeZone as _, Utc,
};
use chrono_tz::{GapInfo, Tz};

/// The instant of a civil time in a zone: a time inside a gap is the first valid instant after the gap,
/// a time that happens twice is the first of the two.
///
/// Civil times at the very ends of chrono's range, whose instant would lie outside of it, give the range's end.
///
/// ```
/// use parte::calendar::instant_of;
/// let civil = |text: &str| text.parse::<chrono::NaiveDateTime>().unwrap();
///
/// // London, 2026-03-29: 01:00 to 02:00 does not exist.
/// let gap = instant_of(civil("2026-03-29T01:30:00"), chrono_tz::Europe::London);
/// assert_eq!(gap.to_rfc3339(), "2026-03-29T01:00:00+00:00"); // 02:00 in London
///
/// // New York, 2026-11-01: 01:00 to 02:00 happens twice.
/// let overlap = instant_of(civil("2026-11-01T01:30:00"), chrono_tz::America::New_York);
/// assert_eq!(overlap.to_rfc3339(), "2026-11-01T05:30:00+00:00"); // the first, still in summer time
/// ```
#[must_use]
pub fn instant_of(civil: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    match zone.from_local_datetime(&civil) {
        MappedLocalTime::Single(instant) | MappedLocalTime::Ambiguous(instant, _) => instant.to_utc(),
        MappedLocalTime::None => end_of_gap(civil, zone).unwrap_or_else(|| end_of_range(civil)),
    }
}

/// The instant at which the clocks jump over this civil time: where the gap begins, by the offset before it. (The gap's own
/// end is not asked for: it is not told where the clocks soon go back over it.)
fn end_of_gap(civil: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let (begin, before) = GapInfo::new(&civil, &zone)?.begin?;
    Some(begin.checked_sub_offset(before.fix())?.and_utc())
}

/// Do the clocks show this civil time twice?
pub(super) fn happens_twice(civil: NaiveDateTime, zone: Tz) -> bool {
    matches!(zone.from_local_datetime(&civil), MappedLocalTime::Ambiguous(..))
}

/// The civil time of an instant in a zone; at the ends of chrono's range, the range's end.
pub(super) fn civil_of(instant: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    let utc = instant.naive_utc();
    let offset = zone.offset_from_utc_datetime(&utc).fix();
    utc.checked_add_offset(offset).unwrap_or(if offset.local_minus_utc() > 0 {
        NaiveDateTime::MAX
    } else {
        NaiveDateTime::MIN
    })
}

/// The first instant of a civil day.
pub(super) fn day_start(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    instant_of(day.and_time(NaiveTime::MIN), zone)
}

/// Did this civil day happen in the zone? Apia had no 30 December 2011: its first instant is that of the 31st.
pub(super) fn day_exists(day: NaiveDate, zone: Tz) -> bool {
    day.succ_opt().is_none_or(|next| day_start(day, zone) < day_start(next, zone))
}

/// No instant of chrono's range has this civil time: the nearest that has one.
fn end_of_range(civil: NaiveDateTime) -> DateTime<Utc> {
    if civil.and_utc().timestamp() > 0 { DateTime::<Utc>::MAX_UTC } else { DateTime::<Utc>::MIN_UTC }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn civil(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_skipped_civil_day_does_not_exist_and_its_times_are_the_start_of_the_next() {
        let zone = chrono_tz::Pacific::Apia;
        let skipped = NaiveDate::from_ymd_opt(2011, 12, 30).unwrap();
        assert!(!day_exists(skipped, zone));
        assert!(day_exists(skipped.pred_opt().unwrap(), zone));
        assert_eq!(instant_of(civil("2011-12-30T07:00:00"), zone).to_rfc3339(), "2011-12-30T10:00:00+00:00");
    }

    #[test]
    fn the_ends_of_the_range_are_clamped_not_fatal() {
        for zone in [chrono_tz::Pacific::Kiritimati, chrono_tz::Pacific::Pago_Pago, chrono_tz::UTC] {
            for end in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
                let _ = instant_of(end, zone);
            }
            for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
                let _ = civil_of(end, zone);
            }
            assert!(day_exists(NaiveDate::MAX, zone));
            let _ = day_exists(NaiveDate::MIN, zone);
        }
    }
}
