//! What a report and `[defaults]` can both say: zone, locale, currency, first day of the week, workdays, summary, CSV. The only
//! file besides the definition that is read here is the holiday calendar.

use super::calendars::{Calendars, Unusable};
use super::csv;
use super::literal::locate;
use super::problems::{Read, Reported};
use super::table::{Page, Spot, Table, kind_of};
use crate::calendar::Workdays;
use crate::definition::{CsvDialect, Language};
use crate::suggest;
use chrono::{NaiveDate, Weekday};
use chrono_tz::Tz;
use toml::de::DeValue;

/// Each `None` where nothing was said.
#[derive(Debug, Clone)]
pub(super) struct Civil {
    pub(super) zone: Read<Option<Tz>>,
    pub(super) locale: Read<Option<String>>,
    pub(super) currency: Read<Option<String>>,
    pub(super) week_start: Read<Option<Weekday>>,
    pub(super) workdays: Read<Option<Workdays>>,
    pub(super) summary: Read<Option<bool>>,
    pub(super) csv: Read<Option<CsvDialect>>,
}

impl Civil {
    /// Nothing said.
    pub(super) fn unsaid() -> Self {
        Self {
            zone: Ok(None),
            locale: Ok(None),
            currency: Ok(None),
            week_start: Ok(None),
            workdays: Ok(None),
            summary: Ok(None),
            csv: Ok(None),
        }
    }

    /// Said, but unreadable.
    pub(super) fn lost(reported: Reported) -> Self {
        Self {
            zone: Err(reported),
            locale: Err(reported),
            currency: Err(reported),
            week_start: Err(reported),
            workdays: Err(reported),
            summary: Err(reported),
            csv: Err(reported),
        }
    }

    /// Reads the seven keys of a table.
    pub(super) fn read(table: &Table<'_>, calendars: &Calendars<'_>) -> Self {
        Self {
            zone: timezone(table),
            locale: locale(table),
            currency: currency(table),
            week_start: week_start(table),
            workdays: workdays(table, calendars),
            summary: table.boolean("summary"),
            csv: csv::read(table),
        }
    }
}

/// Reads `timezone = "America/Bogota"`.
pub(super) fn timezone(table: &Table<'_>) -> Read<Option<Tz>> {
    let Some(spot) = table.string("timezone")? else { return table.misspelt("timezone").map(|()| None) };
    spot.value.parse::<Tz>().map(Some).map_err(|_| {
        let name = spot.value.to_lowercase().replace(' ', "_");
        let city =
            |zone: &&Tz| zone.name().rsplit('/').next().is_some_and(|city| city.to_lowercase() == name);
        let meant =
            chrono_tz::TZ_VARIANTS.iter().find(city).map(|zone| zone.name()).or_else(|| {
                suggest::closest(&spot.value, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()))
            });
        let hint = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "write continent and city: America/Bogota, America/Sao_Paulo, Europe/Madrid".to_owned(),
        };
        let what = format!("there is no time zone `{}`", spot.value);
        table.problems().add("unknown-timezone", &spot.place, what, "no time zone of this name", hint)
    })
}

fn locale(table: &Table<'_>) -> Read<Option<String>> {
    let Some(spot) = table.string("locale")? else { return Ok(None) };
    let tag = &spot.value;
    let well_formed = !tag.contains('_') && icu_locale_core::Locale::try_from_str(tag).is_ok();
    if well_formed && Language::of_locale(tag).is_some() {
        return Ok(Some(spot.value));
    }
    let dashed = tag.replace('_', "-");
    let hint = if tag.contains('_') && Language::of_locale(&dashed).is_some() {
        format!("write it with a hyphen: {dashed}")
    } else {
        "write Spanish, English or Portuguese with a country: es-CO, es-MX, en-US, pt-BR".to_owned()
    };
    let what = format!("reports cannot be written in the locale `{tag}`");
    Err(table.problems().add("unknown-locale", &spot.place, what, "no locale of reports", hint))
}

fn currency(table: &Table<'_>) -> Read<Option<String>> {
    let Some(spot) = table.string("currency")? else { return Ok(None) };
    if CURRENCIES.contains(&spot.value.as_str()) {
        return Ok(Some(spot.value));
    }
    let hint = match CURRENCIES.iter().find(|code| code.eq_ignore_ascii_case(&spot.value)) {
        Some(code) => format!("write it in capital letters: {code}"),
        None => "write the three letters of ISO 4217: COP, MXN, PEN, CLP, BRL, USD, EUR".to_owned(),
    };
    let what = format!("there is no currency `{}`", spot.value);
    Err(table.problems().add("unknown-currency", &spot.place, what, "no currency of this code", hint))
}

pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

fn week_start(table: &Table<'_>) -> Read<Option<Weekday>> {
    Ok(one_word(table, "week_start", "weekday", &WEEKDAYS)?.map(|spot| spot.value))
}

/// Reads a word of a closed set.
pub(super) fn one_word<T: Copy>(
    table: &Table<'_>,
    key: &'static str,
    kind: &str,
    words: &[(&'static str, T)],
) -> Read<Option<Spot<T>>> {
    let Some(spot) = table.string(key)? else { return Ok(None) };
    word(table.page(), &spot, kind, words).map(|value| Some(Spot::new(value, spot.place)))
}

/// The value of a word of a closed set; `kind` is what the words are.
pub(super) fn word<T: Copy>(
    page: &Page<'_>,
    spot: &Spot<String>,
    kind: &str,
    words: &[(&'static str, T)],
) -> Read<T> {
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == spot.value) {
        return Ok(*value);
    }
    let names = words.iter().map(|(word, _)| *word);
    let what = format!("`{}` is not a known {kind}", spot.value);
    let label = format!("unknown {kind}");
    Err(page.problems.add("unknown-value", &spot.place, what, label, suggest::hint(&spot.value, names)))
}

fn workdays(table: &Table<'_>, calendars: &Calendars<'_>) -> Read<Option<Workdays>> {
    const HINT: &str = "write workdays = { days = \"mon-fri\", holidays = \"holidays.ics\" }";
    let Some(inner) = table.table("workdays", "workdays", HINT, &[])? else { return Ok(None) };
    let days = match inner.string("days") {
        Ok(None) => Ok(Workdays::monday_to_friday()),
        Ok(Some(spot)) => Workdays::parse(&spot.value).map_err(|error| {
            let place = part_of(inner.page(), &spot, error.span);
            inner.problems().add("bad-workdays", &place, error.what, "not understood", error.hint)
        }),
        Err(reported) => Err(reported),
    };
    // Held against some weekdays even where the report's own are at fault: the calendar's faults are told too.
    let weekdays = days.clone().unwrap_or_else(|_| Workdays::monday_to_friday());
    let worked = match holidays(&inner)? {
        Holidays::None => weekdays,
        Holidays::Dates(dates) => weekdays.with_holidays(dates),
        Holidays::Calendar(file) => without_holidays(&inner, weekdays, &file, calendars)?,
    };
    days.map(|_| Some(worked))
}

fn without_holidays(
    inner: &Table<'_>,
    days: Workdays,
    file: &Spot<String>,
    calendars: &Calendars<'_>,
) -> Read<Workdays> {
    let add = |code, why: &str, label: &str, hint: String| {
        let what = format!("the holiday calendar `{}`{why}", file.value);
        inner.problems().add(code, &file.place, what, label, hint)
    };
    calendars.with_holidays(days, &file.value).map_err(|unusable| match unusable {
        Unusable::NotACalendar(what, hint) => {
            add("bad-holidays", &format!(": {what}"), "this calendar", hint)
        }
        Unusable::Unreadable(why) => {
            let hint = format!("paths begin at the folder of this file: {}", calendars.root().display());
            add("missing-file", &format!(" cannot be read: {why}"), "no such calendar", hint)
        }
    })
}

enum Holidays {
    None,
    Dates(Vec<NaiveDate>),
    /// The calendar's file.
    Calendar(Spot<String>),
}

fn holidays(inner: &Table<'_>) -> Read<Holidays> {
    const HINT: &str =
        "write a calendar file, holidays = \"holidays.ics\", or dates, holidays = [2026-12-25]";
    let Some(spot) = inner.value("holidays") else { return Ok(Holidays::None) };
    match spot.value {
        DeValue::String(_) => match inner.string("holidays")? {
            Some(file) => Ok(Holidays::Calendar(file)),
            None => Ok(Holidays::None),
        },
        DeValue::Array(_) => {
            let mut dates = Vec::new();
            let mut fault: Option<Reported> = None;
            for item in
                inner.list("holidays", || HINT.to_owned())?.map(|items| items.value).unwrap_or_default()
            {
                match date(item.value) {
                    Some(date) => dates.push(date),
                    None => {
                        let what = "this holiday is not a date";
                        let label = "not a date";
                        fault = Some(inner.problems().add("bad-holidays", &item.place, what, label, HINT));
                    }
                }
            }
            fault.map_or(Ok(Holidays::Dates(dates)), Err)
        }
        other => {
            let label = format!("this is {}", kind_of(other));
            let what = "`holidays` must be a file or a list of dates";
            Err(inner.problems().add("wrong-type", &spot.place, what, label, HINT))
        }
    }
}

/// `2026-12-25`, in quotes or without.
pub(super) fn date(value: &DeValue<'_>) -> Option<NaiveDate> {
    match value {
        DeValue::Datetime(at) if at.time.is_none() => {
            let date = at.date?;
            NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))
        }
        // Four digits a year, as in TOML: what lies beyond is a slip of the pen.
        DeValue::String(text) if text.len() == 10 => text.parse().ok(),
        _ => None,
    }
}

/// Puts the caret on `part` of a string.
pub(super) fn part_of(
    page: &Page<'_>,
    spot: &Spot<String>,
    part: std::ops::Range<usize>,
) -> std::ops::Range<usize> {
    locate(page.text, &spot.place, &spot.value, part)
}

/// Active codes of ISO 4217.
pub(super) const CURRENCIES: [&str; 157] = [
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BHD", "BIF", "BMD",
    "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLF", "CLP", "CNY", "COP",
    "COU", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP",
    "GBP", "GEL", "GHS", "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR",
    "IQD", "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT",
    "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR",
    "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "OMR", "PAB", "PEN",
    "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK",
    "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP",
    "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UYI", "UZS", "VED", "VES", "VND", "VUV", "WST",
    "XAF", "XCD", "XOF", "XPF", "YER", "ZAR", "ZMW",
];
