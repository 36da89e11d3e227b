//! `[report.expect]`: what must be true of a report's data before it is sent. Never: whether it is.

use super::civil::word;
use super::duration;
use super::problems::{Read, Reported};
use super::table::{Spot, Table};
use crate::definition::{AlertOn, Alerts, Expectations, Otherwise, RowBounds};
use std::time::Duration;

pub(super) const OTHERWISE: [(&str, Otherwise); 3] =
    [("fail", Otherwise::Fail), ("send", Otherwise::Send), ("hold", Otherwise::Hold)];

/// A third or three times the usual is said as 3; nothing lies within the usual itself.
pub(super) const VOLUME: std::ops::RangeInclusive<f64> = 1.1..=1000.0;

const MINUTE: u32 = 60;
const DAY: u32 = 86_400;

/// Reads what is expected; `None` without the table. `goes_out` by itself, with nobody watching: a report that somebody waits for, or
/// that goes to nobody, needs no one to be told.
pub(super) fn read(
    report: &Table<'_>,
    goes_out: bool,
    alerts: &Read<Option<Alerts>>,
) -> Read<Option<Expectations>> {
    const HINT: &str = "write [report.expect] on a line of its own, and its keys below";
    // `except` is a key of its own, and looks like a slip of this one.
    let Some(table) = report.table("expect", "[report.expect]", HINT, &[])? else { return Ok(None) };
    let table = &table;
    let hint = "write a number and minutes, hours or days: \"26 hours\"";
    let fresh = duration::read(table, "fresh", MINUTE..=366 * DAY, "a minute and 366 days", hint);
    let rows = rows(table);
    let volume = volume(table);
    let identities = table.boolean("identities");
    let otherwise = otherwise(table);
    if let (Ok(Some(spot)), Ok(alerts)) = (&otherwise, alerts)
        && spot.value == Otherwise::Hold
        && goes_out
        // An owner without [alerts] is a problem of its own.
        && (alerts.is_some() || !report.names("owner"))
    {
        warn_if_nobody_is_told(table, spot, alerts.as_ref());
    }
    let hint = "write a number and minutes, hours or days: \"2 hours\"";
    let wait = duration::read(table, "wait", MINUTE..=7 * DAY, "a minute and 7 days", hint);
    let comes = ["fresh", "rows", "volume"].into_iter().any(|key| table.has(key));
    if !comes {
        let hint = "add fresh, rows or volume, or delete the line";
        table.refuse("wait", "`wait` is for data that may still come", hint);
    }
    // Keys that are no such may have been meant to say it.
    if !comes && !table.has("identities") && !table.has_unknown_keys() {
        let hint = "write fresh = \"26 hours\", rows = { min = 1 }, volume = 3 or identities = true";
        let what = "[report.expect] expects nothing";
        return Err(table.problems().add("missing-key", &table.place(), what, "says nothing", hint));
    }
    let length = |seconds: Option<super::table::Spot<u32>>| {
        seconds.map(|seconds| Duration::from_secs(seconds.value.into()))
    };
    Ok(Some(Expectations {
        fresh: length(fresh?),
        rows: rows?,
        volume: volume?,
        identities: identities?.unwrap_or(false),
        otherwise: otherwise?.map_or(Otherwise::Fail, |otherwise| otherwise.value),
        wait: length(wait?),
    }))
}

/// Reads `rows = { min = 100, max = 50000 }`.
fn rows(expect: &Table<'_>) -> Read<RowBounds> {
    const HINT: &str = "write rows = { min = 100, max = 50000 }, or one of the two";
    let Some(table) = expect.table("rows", "rows", HINT, &[])? else { return Ok(RowBounds::default()) };
    let mut fault: Option<Reported> = None;
    let [min, max] = ["min", "max"].map(|key| {
        let number = table.integer(key)?;
        let Some(number) = number else { return Ok(None) };
        match u64::try_from(number.value) {
            Ok(rows) => Ok(Some((rows, number.place))),
            Err(_) => {
                let what = format!("`{key}` is below 0");
                let hint = "write a number of rows, 0 or more";
                Err(table.problems().add("out-of-range", &number.place, what, "less than nothing", hint))
            }
        }
    });
    if let (Ok(Some((least, _))), Ok(Some((most, place)))) = (&min, &max)
        && least > most
    {
        let what = format!("`max` is below `min`: no number of rows is {least} or more and {most} or fewer");
        fault = Some(table.problems().add("out-of-range", place, what, "below `min`", "swap the two"));
    }
    if !table.has("min") && !table.has("max") && !table.has_unknown_keys() {
        let what = "`rows` says neither `min` nor `max`";
        fault = Some(table.problems().add("missing-key", &table.place(), what, "says nothing", HINT));
    }
    let (min, max) = (min?, max?);
    fault.map_or(Ok(RowBounds { min: min.map(|(rows, _)| rows), max: max.map(|(rows, _)| rows) }), Err)
}

/// Reads `volume = 3`.
fn volume(table: &Table<'_>) -> Read<Option<f64>> {
    let Some(factor) = table.number("volume")? else { return Ok(None) };
    if VOLUME.contains(&factor) {
        return Ok(Some(factor));
    }
    let place = table.value("volume").map_or_else(|| table.place(), |spot| spot.place);
    let what = format!("`volume` is not between {} and {}", VOLUME.start(), VOLUME.end());
    let hint = "write volume = 3 for rows between a third of the usual and three times as many";
    Err(table.problems().add("out-of-range", &place, what, "out of range", hint))
}

fn otherwise(table: &Table<'_>) -> Read<Option<Spot<Otherwise>>> {
    let Some(spot) = table.string("otherwise")? else { return Ok(None) };
    let otherwise = word(table.page(), &spot, "end of a run that is not as expected", &OTHERWISE)?;
    Ok(Some(Spot::new(otherwise, spot.place)))
}

/// What is held waits for `parte release`, for ever where nobody knows of it.
fn warn_if_nobody_is_told(table: &Table<'_>, hold: &Spot<Otherwise>, alerts: Option<&Alerts>) {
    let hint = match alerts {
        Some(alerts) if alerts.wants(AlertOn::Held) => return,
        Some(Alerts { mail: Some(_), .. }) => "add \"held\" to `on` of [alerts]",
        Some(_) => "add \"held\" to `hook_on` of [alerts], or `channel` and `to` for people",
        None => "add [alerts] with `channel` and `to`; the report can name an `owner` of its own then",
    };
    let what = "a run that is held waits for `parte release`, and nobody is told that it does";
    table.problems().warn("nobody-told", &hold.place, what, "held without a word", hint);
}
