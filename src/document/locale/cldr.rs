//! The formatters of a locale: made once a thread from icu's compiled CLDR data.

use crate::definition::Language;
use chrono::{Datelike as _, NaiveDate};
use fixed_decimal::Decimal;
use icu_calendar::Gregorian;
use icu_datetime::FixedCalendarDateTimeFormatter as Formatter;
use icu_datetime::fieldsets::{E, M, MD, T, YMD};
use icu_datetime::input::{Date, Time};
use icu_datetime::options::{Alignment, YearStyle};
use icu_decimal::DecimalFormatter;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

thread_local! {
    // icu's formatters count references without atomics, so they cannot cross threads; a locale can, and finds here
    // those of the thread it is on.
    static MADE: RefCell<HashMap<String, Rc<Formatters>>> = RefCell::default();
}

/// Everything icu formats for us in one locale.
pub(super) struct Formatters {
    number: DecimalFormatter,
    /// Does the locale leave numbers of four digits ungrouped (es-ES)? Columns of a report group them all.
    spares_thousands: bool,
    pub(super) decimal_mark: char,
    day: Formatter<Gregorian, YMD>,
    day_medium: Formatter<Gregorian, YMD>,
    day_long: Formatter<Gregorian, YMD>,
    weekday_long: Formatter<Gregorian, E>,
    day_and_month: Formatter<Gregorian, MD>,
    month_long: Formatter<Gregorian, M>,
    month_short: Formatter<Gregorian, M>,
    weekday_short: Formatter<Gregorian, E>,
    time: Formatter<(), T>,
}

/// The formatters of a tag on this thread; `None` when icu refuses it.
pub(super) fn formatters(tag: &str) -> Option<Rc<Formatters>> {
    MADE.with_borrow_mut(|made| {
        if let Some(found) = made.get(tag) {
            return Some(found.clone());
        }
        let new = Rc::new(Formatters::new(tag)?);
        made.insert(tag.to_owned(), new.clone());
        Some(new)
    })
}

impl Formatters {
    fn new(tag: &str) -> Option<Self> {
        let locale = icu_locale_core::Locale::try_from_str(&tag.replace('_', "-")).ok()?;
        let number = DecimalFormatter::try_new((&locale).into(), Default::default()).ok()?;
        let spares_thousands = number.format(&Decimal::from(1234)).to_string().len() == 4;
        let mut probe = Decimal::from(15);
        probe.multiply_pow10(-1);
        let decimal_mark = number.format(&probe).to_string().chars().nth(1)?;
        Some(Self {
            number,
            spares_thousands,
            decimal_mark,
            day: Formatter::try_new(
                (&locale).into(),
                YMD::short().with_year_style(YearStyle::Full).with_alignment(Alignment::Column),
            )
            .ok()?,
            day_medium: Formatter::try_new((&locale).into(), YMD::medium()).ok()?,
            day_long: Formatter::try_new((&locale).into(), YMD::long()).ok()?,
            weekday_long: Formatter::try_new((&locale).into(), E::long()).ok()?,
            day_and_month: Formatter::try_new((&locale).into(), MD::long()).ok()?,
            month_long: Formatter::try_new((&locale).into(), M::long()).ok()?,
            month_short: Formatter::try_new((&locale).into(), M::medium()).ok()?,
            weekday_short: Formatter::try_new((&locale).into(), E::short()).ok()?,
            time: Formatter::try_new((&locale).into(), T::hm()).ok()?,
        })
    }

    /// Digits, grouped, with the locale's marks.
    pub(super) fn number(&self, digits: &Decimal) -> String {
        let start = digits.absolute.nonzero_magnitude_start();
        if !(self.spares_thousands && start == 3) {
            return self.number.format(digits).to_string();
        }
        // One leading zero makes it a number of five digits, which the locale does group.
        let mut padded = digits.clone();
        padded.absolute.pad_start(5);
        self.number.format(&padded).to_string().replacen('0', "", 1)
    }

    /// `09/03/2026`
    pub(super) fn day(&self, day: NaiveDate) -> String {
        shown(civil(day), day, |d| self.day.format(d).to_string())
    }

    /// `9 mar 2026`, `Mar 9, 2026`
    pub(super) fn day_medium(&self, day: NaiveDate, language: Language) -> String {
        match language {
            Language::En => shown(civil(day), day, |d| self.day_medium.format(d).to_string()),
            Language::Es | Language::Pt => format!("{} {} {}", day.day(), self.month_short(day), day.year()),
        }
    }

    /// `9 de marzo de 2026`
    pub(super) fn day_long(&self, day: NaiveDate) -> String {
        shown(civil(day), day, |d| self.day_long.format(d).to_string())
    }

    /// `lunes, 9 de marzo de 2026`
    pub(super) fn day_of_week_long(&self, day: NaiveDate) -> String {
        let weekday = shown(civil(day), day, |d| self.weekday_long.format(d).to_string());
        format!("{weekday}, {}", self.day_long(day))
    }

    /// `9 de marzo`
    pub(super) fn day_and_month(&self, day: NaiveDate) -> String {
        shown(civil(day), day, |d| self.day_and_month.format(d).to_string())
    }

    /// `marzo de 2026`. Put together here: icu 2.4 fails on this pattern in Portuguese.
    pub(super) fn month_and_year(&self, day: NaiveDate, language: Language) -> String {
        match language {
            Language::En => format!("{} {}", self.month_long(day), day.year()),
            Language::Es | Language::Pt => format!("{} de {}", self.month_long(day), day.year()),
        }
    }

    /// `marzo`
    pub(super) fn month_long(&self, day: NaiveDate) -> String {
        shown(civil(day), day, |d| self.month_long.format(d).to_string())
    }

    /// `mar`
    pub(super) fn month_short(&self, day: NaiveDate) -> String {
        let month = shown(civil(day), day, |d| self.month_short.format(d).to_string());
        month.trim_end_matches('.').to_owned()
    }

    /// `lun`
    pub(super) fn weekday_short(&self, day: NaiveDate) -> String {
        let weekday = shown(civil(day), day, |d| self.weekday_short.format(d).to_string());
        weekday.trim_end_matches('.').to_owned()
    }

    /// `7:00 AM`, as the locale has it.
    pub(super) fn time(&self, hour: u32, minute: u32) -> String {
        let plain = format!("{hour:02}:{minute:02}");
        let (Ok(h), Ok(m)) = (u8::try_from(hour), u8::try_from(minute)) else { return plain };
        let Ok(time) = Time::try_new(h, m, 0, 0) else { return plain };
        // The narrow no-break space before AM is missing in many faces.
        self.time.format(&time).to_string().replace('\u{202f}', "\u{a0}")
    }
}

fn civil(day: NaiveDate) -> Option<Date<Gregorian>> {
    Date::try_new_gregorian(day.year(), u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?).ok()
}

/// A day that icu's calendar does not reach is shown as ISO has it.
fn shown(
    civil: Option<Date<Gregorian>>,
    day: NaiveDate,
    format: impl Fn(&Date<Gregorian>) -> String,
) -> String {
    civil.map_or_else(|| day.to_string(), |date| format(&date))
}
