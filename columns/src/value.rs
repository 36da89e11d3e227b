//! Single values, as a column of their kind holds them.

use crate::Zone;
use crate::instant::{self, Spelled};
use rusqlite::types::ValueRef;

/// Null and empty text say that there is no value.
pub(crate) fn is_absent(value: ValueRef<'_>) -> bool {
    match value {
        ValueRef::Null => true,
        ValueRef::Text(text) => text.trim_ascii().is_empty(),
        _ => false,
    }
}

fn text_of(value: ValueRef<'_>) -> Option<&str> {
    match value {
        ValueRef::Text(text) => std::str::from_utf8(text).ok().map(str::trim),
        _ => None,
    }
}

/// A float that is a whole number, as one.
fn whole(n: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
    (n.fract() == 0.0 && n.abs() < 9_007_199_254_740_992.0).then_some(n as i64)
}

/// A whole number, also one in digits or as a float.
pub(crate) fn as_integer(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Integer(n) => Some(n),
        ValueRef::Real(n) => whole(n),
        _ => {
            let text = text_of(value)?;
            text.parse().ok().or_else(|| whole(text.parse().ok()?))
        }
    }
}

/// A finite number, also one in digits.
pub(crate) fn as_number(value: ValueRef<'_>) -> Option<f64> {
    let number = match value {
        #[expect(clippy::cast_precision_loss, reason = "a number column is a column of floats")]
        ValueRef::Integer(n) => n as f64,
        ValueRef::Real(n) => n,
        _ => text_of(value)?.parse().ok()?,
    };
    number.is_finite().then_some(number)
}

/// An instant: a text that says one, seconds or milliseconds since 1970.
pub(crate) fn as_instant(value: ValueRef<'_>, zone: Zone) -> Option<Spelled> {
    match value {
        ValueRef::Integer(n) => instant::of_epoch(n).map(Spelled::whole),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole seconds decide whether it is an epoch at all"
        )]
        ValueRef::Real(n) => {
            let whole = instant::of_epoch(n.trunc() as i64)?;
            let scale = if n.abs() < 1e11 { 1e6 } else { 1e3 };
            Some(Spelled::whole(whole + (n.fract() * scale).round() as i64))
        }
        ValueRef::Text(text) => instant::of_text(text, zone),
        _ => None,
    }
}

/// A civil day: a text that says one, or the day in the zone of what is an instant.
pub(crate) fn as_day(value: ValueRef<'_>, zone: Zone) -> Option<i32> {
    match value {
        ValueRef::Text(text) => instant::day_of_text(text),
        ValueRef::Integer(n) => {
            let civil =
                chrono::DateTime::from_timestamp_micros(instant::of_epoch(n)?)?.with_timezone(&zone.zone);
            i32::try_from((civil.date_naive() - chrono::NaiveDate::default()).num_days()).ok()
        }
        _ => None,
    }
}

/// The value in a message.
pub(crate) fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(n) => n.to_string(),
        ValueRef::Real(n) => n.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).chars().take(60).collect(),
        ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}
