//! Excel's number format codes for the ways a value is shown. A code names the same digits and units as the locale
//! writes, and is itself independent of the locale: Excel puts in the reader's own marks.

use crate::definition::ValueFormat;
use crate::document::{Display, Locale, Value};
use chrono::NaiveDate;

/// The code for a display.
pub(super) fn code(display: &Display, locale: &Locale) -> String {
    match display {
        Display::Text | Display::Boolean => "General".to_owned(),
        Display::Date => date(locale),
        Display::DateTime => format!("{} {}", date(locale), time(locale)),
        Display::Number { format, .. } => number(*format, display, locale),
        Display::Difference { format, currency } => {
            let size = Display::Number { format: *format, currency: currency.clone() };
            signed(&number(*format, &size, locale))
        }
        Display::Relative => {
            let format = ValueFormat::Percent(1);
            signed(&number(format, &Display::Number { format, currency: None }, locale))
        }
    }
}

/// The code with a sign before what it writes; 0 has none.
fn signed(code: &str) -> String {
    format!("+{code};-{code};{code}")
}

fn number(format: ValueFormat, display: &Display, locale: &Locale) -> String {
    let (decimals, sample) = match format {
        ValueFormat::Integer => (0, 2.0),
        ValueFormat::Percent(n) => (n, 0.02),
        ValueFormat::Decimal(n)
        | ValueFormat::Currency(n)
        | ValueFormat::Hours(n)
        | ValueFormat::Minutes(n)
        | ValueFormat::Days(n) => (n, 2.0),
    };
    // The locale knows where a symbol stands and what comes between: what it writes around the digits is taken over.
    let shown = locale.show(Some(&Value::Number(sample)), display);
    let is_digit = |c: char| c.is_ascii_digit();
    let (before, after) = match (shown.find(is_digit), shown.rfind(is_digit)) {
        (Some(first), Some(last)) => (&shown[..first], &shown[last + 1..]),
        _ => ("", ""),
    };
    let mut code = literal(before);
    code.push_str(if matches!(format, ValueFormat::Percent(_)) { "0" } else { "#,##0" });
    if decimals > 0 {
        code.push('.');
        code.extend(std::iter::repeat_n('0', usize::from(decimals)));
    }
    if matches!(format, ValueFormat::Percent(_)) {
        // The sign itself multiplies by 100; anything else beside it is text.
        code.push_str(&literal(after.split('%').next().unwrap_or("")));
        code.push('%');
    } else {
        code.push_str(&literal(after));
    }
    code
}

/// Text as it is inside a code.
fn literal(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("\"{}\"", text.replace('"', "\"\\\"\"")) }
}

/// Hours and minutes, from how the locale writes one in the afternoon.
fn time(locale: &Locale) -> &'static str {
    let afternoon = NaiveDate::from_ymd_opt(2001, 2, 3).and_then(|day| day.and_hms_opt(13, 0, 0));
    match afternoon.is_some_and(|at| locale.date_time(at).contains("PM")) {
        true => "h:mm AM/PM",
        false => "hh:mm",
    }
}

/// Day, month and year in the locale's order, from how it writes the 3rd of February 2001.
fn date(locale: &Locale) -> String {
    const ISO: &str = "yyyy-mm-dd";
    let Some(sample) = NaiveDate::from_ymd_opt(2001, 2, 3) else { return ISO.to_owned() };
    let mut code = String::new();
    let mut digits = String::new();
    for c in locale.date(sample).chars().chain(std::iter::once('\0')) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        code.push_str(match digits.as_str() {
            "" => "",
            "3" => "d",
            "03" => "dd",
            "2" => "m",
            "02" => "mm",
            "01" => "yy",
            "2001" => "yyyy",
            _ => return ISO.to_owned(),
        });
        digits.clear();
        match c {
            '\0' => {}
            '/' | '-' | '.' | ' ' => code.push(c),
            _ => return ISO.to_owned(),
        }
    }
    code
}
