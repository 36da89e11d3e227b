//! Numbers, amounts, dates and months as text in a locale; the data is CLDR's, by way of icu.

mod cldr;
mod currency;

use super::words::Word;
use super::{Display, Value, rounding};
use crate::definition::{Language, ValueFormat};
use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Timelike as _};
use cldr::Formatters;
use fixed_decimal::{Decimal, Sign};
use std::rc::Rc;
use std::sync::Arc;

/// What stands where a value is absent.
const ABSENT: &str = "–";
/// Between a number and what belongs to it; no line breaks there.
const NO_BREAK: char = '\u{a0}';

/// A locale, ready to format. Cheap to clone, and shared between threads.
#[derive(Clone)]
pub struct Locale {
    language: Language,
    tag: Arc<str>,
    region: Option<Arc<str>>,
}

impl std::fmt::Debug for Locale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Locale").field(&self.tag).finish()
    }
}

impl Locale {
    /// Reads a tag: es-*, en-*, pt-*.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let language = Language::of_locale(tag)?;
        cldr::formatters(tag)?;
        let parsed = icu_locale_core::Locale::try_from_str(&tag.replace('_', "-")).ok()?;
        let region = parsed.id.region.map(|r| Arc::from(r.as_str()));
        Some(Self { language, tag: tag.into(), region })
    }

    /// Its language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// Its BCP 47 tag.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The decimal mark: `,` or `.`.
    #[must_use]
    pub fn decimal_mark(&self) -> char {
        self.formatters().map_or('.', |f| f.decimal_mark)
    }

    /// A number with exactly this many decimals, grouped; a dash when it is none.
    #[must_use]
    pub fn number(&self, value: f64, decimals: u8) -> String {
        rounding::decimal(value, decimals).map_or_else(|| ABSENT.to_owned(), |digits| self.digits(&digits))
    }

    /// A value as it is shown; `None` is a dash.
    #[must_use]
    pub fn show(&self, value: Option<&Value>, display: &Display) -> String {
        match (value, display) {
            (None, _) => ABSENT.to_owned(),
            (Some(Value::Text(text)), _) => text.clone(),
            (Some(Value::Boolean(yes)), _) => {
                (if *yes { Word::Yes } else { Word::No }).in_language(self.language).to_owned()
            }
            (Some(Value::Date(day)), _) => self.date(*day),
            (Some(Value::DateTime(at)), Display::Date) => self.date(at.date()),
            (Some(Value::DateTime(at)), _) => self.date_time(*at),
            (Some(Value::Number(number)), Display::Number { format, currency }) => {
                self.measure(*number, *format, currency.as_deref())
            }
            (Some(Value::Number(number)), Display::Difference { format, currency }) => {
                let size = match format {
                    ValueFormat::Percent(decimals) => self.points(*number, *decimals),
                    format => self.measure(number.abs(), *format, currency.as_deref()),
                };
                self.signed(*number, &size)
            }
            (Some(Value::Number(number)), Display::Relative) => {
                self.signed(*number, &self.share(number.abs(), 1))
            }
            (Some(Value::Number(number)), _) => {
                self.number(*number, if number.fract() == 0.0 { 0 } else { 2 })
            }
        }
    }

    /// A number shown short for an axis: `1,2 M`, `350`, `25 %`. Unit and decimals come from the step between ticks,
    /// so that all labels of an axis agree.
    #[must_use]
    pub fn axis(&self, value: f64, step: f64, display: &Display) -> String {
        let format = match display {
            Display::Number { format, .. } => *format,
            _ => ValueFormat::Decimal(2),
        };
        let step = step.abs();
        if let ValueFormat::Percent(_) = format {
            let Some(digits) = rounding::scaled(value, 2, decimals_of(step * 100.0)) else {
                return ABSENT.to_owned();
            };
            return self.percent(&self.digits(&digits));
        }
        let (shift, unit) = self.short_unit(step);
        let scaled_step = step / 10_f64.powi(shift);
        let Some(digits) = rounding::scaled(value, -short(shift), decimals_of(scaled_step)) else {
            return ABSENT.to_owned();
        };
        if digits.absolute.is_zero() {
            return self.number(0.0, 0);
        }
        format!("{}{unit}", self.digits(&digits))
    }

    /// A civil day in figures: `09/03/2026`.
    #[must_use]
    pub fn date(&self, day: NaiveDate) -> String {
        self.formatters().map_or_else(|| day.to_string(), |f| f.day(day))
    }

    /// A civil date and time: `9 mar 2026, 07:00`.
    #[must_use]
    pub fn date_time(&self, at: NaiveDateTime) -> String {
        let Some(f) = self.formatters() else { return at.to_string() };
        let day = f.day_medium(at.date(), self.language);
        match self.language {
            Language::En => format!("{day}, {}", f.time(at.hour(), at.minute())),
            Language::Es | Language::Pt => format!("{day}, {:02}:{:02}", at.hour(), at.minute()),
        }
    }

    /// Days from first to last, both included, as people write them: `2–8 de marzo de 2026`, `marzo de 2026` for a
    /// whole month, `lunes, 9 de marzo de 2026` for one day.
    #[must_use]
    pub fn period(&self, first: NaiveDate, last: NaiveDate) -> String {
        let Some(f) = self.formatters() else { return format!("{first}–{last}") };
        if last <= first {
            return f.day_of_week_long(first);
        }
        let same_year = first.year() == last.year();
        let same_month = same_year && first.month() == last.month();
        let whole_months = first.day() == 1 && last.succ_opt().is_some_and(|next| next.day() == 1);
        if whole_months && same_month {
            return f.month_and_year(last, self.language);
        }
        if whole_months && same_year && first.month() == 1 && last.month() == 12 {
            return last.year().to_string();
        }
        if whole_months && same_year {
            return format!("{}–{}", f.month_long(first), f.month_and_year(last, self.language));
        }
        if whole_months {
            return self
                .between(&f.month_and_year(first, self.language), &f.month_and_year(last, self.language));
        }
        if same_month {
            return with_first_day(&f.day_long(last), first.day(), last.day());
        }
        let start = if same_year { f.day_and_month(first) } else { f.day_long(first) };
        self.between(&start, &f.day_long(last))
    }

    /// A day as a short label of an axis: `lun 9`.
    #[must_use]
    pub fn short_day(&self, day: NaiveDate) -> String {
        self.formatters()
            .map_or_else(|| day.to_string(), |f| format!("{} {}", f.weekday_short(day), day.day()))
    }

    /// A day as a short label of an axis that spans months: `28 sept`.
    #[must_use]
    pub fn day_of_month(&self, day: NaiveDate) -> String {
        let Some(f) = self.formatters() else { return day.to_string() };
        if self.language == Language::En && self.month_comes_first() {
            format!("{} {}", f.month_short(day), day.day())
        } else {
            format!("{} {}", day.day(), f.month_short(day))
        }
    }

    /// A week, named by its first day, as a short label of an axis: `sem. 9 nov`.
    #[must_use]
    pub fn short_week(&self, first: NaiveDate) -> String {
        let week = match self.language {
            Language::Es | Language::Pt => "sem.",
            Language::En => "wk",
        };
        format!("{week} {}", self.day_of_month(first))
    }

    /// A month as a short label of an axis: `nov 2026`.
    #[must_use]
    pub fn short_month(&self, first: NaiveDate) -> String {
        self.formatters()
            .map_or_else(|| first.to_string(), |f| format!("{} {}", f.month_short(first), first.year()))
    }

    /// A civil day in words without its weekday: `9 de marzo de 2026`.
    #[must_use]
    pub fn long_date(&self, day: NaiveDate) -> String {
        self.formatters().map_or_else(|| day.to_string(), |f| f.day_long(day))
    }

    /// The difference of two shares in percentage points, without sign: 0.012 with one decimal is `1,2 p. p.`.
    #[must_use]
    pub fn points(&self, difference: f64, decimals: u8) -> String {
        let Some(digits) = rounding::scaled(difference.abs(), 2, decimals) else { return ABSENT.to_owned() };
        let unit = match self.language {
            Language::Es => "p.\u{a0}p.",
            Language::En => "pp",
            Language::Pt => "p.p.",
        };
        format!("{}{NO_BREAK}{unit}", self.digits(&digits))
    }

    /// A share as percent with this many decimals: `8,4 %`.
    #[must_use]
    pub fn share(&self, value: f64, decimals: u8) -> String {
        let Some(digits) = rounding::scaled(value, 2, decimals) else { return ABSENT.to_owned() };
        self.percent(&self.digits(&digits))
    }

    /// A size with the sign of the number that it is of; 0 has none.
    fn signed(&self, number: f64, size: &str) -> String {
        if number > 0.0 {
            format!("+{size}")
        } else if number < 0.0 {
            format!("{}{size}", self.minus())
        } else {
            size.to_owned()
        }
    }

    fn measure(&self, value: f64, format: ValueFormat, code: Option<&str>) -> String {
        let decimals = rounding::decimals_shown(format);
        match format {
            ValueFormat::Integer | ValueFormat::Decimal(_) => self.number(value, decimals),
            ValueFormat::Percent(_) => self.share(value, decimals),
            ValueFormat::Currency(_) => self.amount(value, decimals, code),
            ValueFormat::Hours(_) => self.with_unit(value, decimals, "h"),
            ValueFormat::Minutes(_) => self.with_unit(value, decimals, "min"),
            ValueFormat::Days(_) => {
                let one = rounding::round(value.abs(), decimals) == Some(1.0);
                let unit = match (self.language, one) {
                    (Language::Es, true) => "día",
                    (Language::Es, false) => "días",
                    (Language::En, true) => "day",
                    (Language::En, false) => "days",
                    (Language::Pt, true) => "dia",
                    (Language::Pt, false) => "dias",
                };
                self.with_unit(value, decimals, unit)
            }
        }
    }

    fn with_unit(&self, value: f64, decimals: u8, unit: &str) -> String {
        rounding::decimal(value, decimals)
            .map_or_else(|| ABSENT.to_owned(), |digits| format!("{}{NO_BREAK}{unit}", self.digits(&digits)))
    }

    /// An amount: the minus sign stands before the currency sign.
    fn amount(&self, value: f64, decimals: u8, code: Option<&str>) -> String {
        let Some(mut digits) = rounding::decimal(value, decimals) else { return ABSENT.to_owned() };
        let Some(code) = code else { return self.digits(&digits) };
        let negative = digits.sign == Sign::Negative;
        digits.sign = Sign::None;
        let region = self.region.as_deref();
        let placed = currency::placed(
            &self.digits(&digits),
            currency::sign(code, region),
            currency::placement(self.language, region),
        );
        if negative { format!("{}{placed}", self.minus()) } else { placed }
    }

    /// The locale's minus sign.
    fn minus(&self) -> String {
        self.digits(&Decimal::from(-1)).replace('1', "")
    }

    /// Spanish sets the percent sign off with a space (Ortografía de la lengua española), the others do not.
    fn percent(&self, digits: &str) -> String {
        match self.language {
            Language::Es => format!("{digits}{NO_BREAK}%"),
            Language::En | Language::Pt => format!("{digits}%"),
        }
    }

    /// The power of ten and the word that shorten the labels of an axis whose ticks are `step` apart.
    fn short_unit(&self, step: f64) -> (i32, &'static str) {
        match self.language {
            Language::Es if step >= 200_000.0 => (6, "\u{a0}M"),
            Language::Es | Language::Pt if (10_000.0..200_000.0).contains(&step) => (3, "\u{a0}mil"),
            Language::En if step >= 200_000_000.0 => (9, "B"),
            Language::En if step >= 200_000.0 => (6, "M"),
            Language::En if step >= 10_000.0 => (3, "K"),
            Language::Pt if step >= 200_000_000.0 => (9, "\u{a0}bi"),
            Language::Pt if step >= 200_000.0 => (6, "\u{a0}mi"),
            _ => (0, ""),
        }
    }

    /// Two dates of several words each: CLDR sets the dash between them off with spaces, in Spanish it does not.
    fn between(&self, first: &str, last: &str) -> String {
        match self.language {
            Language::Es => format!("{first}–{last}"),
            Language::En | Language::Pt => format!("{first} – {last}"),
        }
    }

    /// `November 9` or `9 November`?
    fn month_comes_first(&self) -> bool {
        NaiveDate::from_ymd_opt(2026, 5, 9)
            .zip(self.formatters())
            .is_none_or(|(day, f)| !f.day_and_month(day).starts_with('9'))
    }

    fn digits(&self, digits: &Decimal) -> String {
        self.formatters().map_or_else(|| digits.to_string(), |f| f.number(digits))
    }

    /// Those of this thread. They were made when the locale was parsed, so they are there.
    fn formatters(&self) -> Option<Rc<Formatters>> {
        cldr::formatters(&self.tag)
    }
}

/// `15 de noviembre de 2026` with its day as a range: `9–15 de noviembre de 2026`. The day is the only run of digits
/// of its value: years have four.
fn with_first_day(text: &str, first: u32, last: u32) -> String {
    text.replacen(&last.to_string(), &format!("{first}–{last}"), 1)
}

/// Decimals needed to tell ticks apart that are `step` from each other: 250 none, 2.5 one.
fn decimals_of(step: f64) -> u8 {
    (0_u8..6)
        .find(|n| {
            let scaled = step * 10_f64.powi(i32::from(*n));
            (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1.0)
        })
        .unwrap_or(6)
}

/// Powers of ten here are 0, 3, 6 and 9.
fn short(shift: i32) -> i16 {
    i16::try_from(shift).unwrap_or(0)
}

#[cfg(test)]
mod tests;
