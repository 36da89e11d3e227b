//! Business days: weekdays less holidays. The iCalendar text of the holidays is read in `holidays`.

use super::days::{DAYS, SHORT_DAYS};
use super::holidays::holidays_of;
use crate::suggest;
use chrono::{Datelike as _, NaiveDate, Weekday};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// Which civil days are worked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workdays {
    weekdays: [bool; 7],
    /// Shared by everybody who works by the same calendar.
    holidays: Arc<BTreeSet<NaiveDate>>,
}

/// Why a text is not a set of weekdays or a holiday calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct WorkdaysError {
    /// What is wrong, as a lower-case fragment.
    pub what: String,
    /// What to write instead.
    pub hint: String,
    /// Bytes of the weekdays at fault; none where a holiday is.
    pub span: Range<usize>,
}

impl Workdays {
    /// Reads `mon-fri`, `mon-sat`, `sun-thu`, `mon, wed, fri`: English names, short or long, in any case; a range may
    /// pass the end of the week.
    ///
    /// ```
    /// use parte::calendar::Workdays;
    /// let workdays = Workdays::parse("Sunday-Thu")?;
    /// let day = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
    /// assert!(workdays.is_workday(day("2026-11-22"))); // a Sunday
    /// assert!(!workdays.is_workday(day("2026-11-20"))); // a Friday
    /// # Ok::<(), parte::calendar::WorkdaysError>(())
    /// ```
    ///
    /// # Errors
    /// No day is named, or a name is not a day of the week.
    pub fn parse(days: &str) -> Result<Self, WorkdaysError> {
        let mut weekdays = [false; 7];
        for part in days.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (first, last) = match part.split_once('-') {
                Some((first, last)) => (weekday(days, first.trim())?, weekday(days, last.trim())?),
                None => (weekday(days, part)?, weekday(days, part)?),
            };
            let mut day = first;
            weekdays[index(day)] = true;
            while day != last {
                day = day.succ();
                weekdays[index(day)] = true;
            }
        }
        if weekdays.contains(&true) {
            Ok(Self { weekdays, holidays: Arc::default() })
        } else {
            let what = "no day of the week is named".into();
            Err(WorkdaysError { what, hint: EXAMPLES.into(), span: 0..days.len() })
        }
    }

    /// The same, with the all-day events of an iCalendar text as holidays.
    ///
    /// An event lasts from DTSTART to DTEND (excluded) or for its DURATION in days, else one day; `RRULE:FREQ=YEARLY`
    /// repeats it each year from 2000 to 2100. Events with a time of day and cancelled ones are no holidays.
    ///
    /// ```
    /// use parte::calendar::Workdays;
    /// let ics = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Navidad\r\n\
    ///            DTSTART;VALUE=DATE:20201225\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    /// let workdays = Workdays::monday_to_friday().with_holidays_ics(ics)?;
    /// assert!(workdays.is_holiday("2026-12-25".parse().unwrap()));
    /// # Ok::<(), parte::calendar::WorkdaysError>(())
    /// ```
    ///
    /// # Errors
    /// The text is not a calendar, an event has no readable date, or an event repeats in a way that is not understood:
    /// a holiday that is silently lost would make a report appear on a day nobody expects it.
    pub fn with_holidays_ics(self, ics: &str) -> Result<Self, WorkdaysError> {
        let holidays = holidays_of(ics)?;
        Ok(self.with_holidays(holidays))
    }

    /// The same, with these days as holidays too.
    #[must_use]
    pub fn with_holidays(mut self, days: impl IntoIterator<Item = NaiveDate>) -> Self {
        Arc::make_mut(&mut self.holidays).extend(days);
        self
    }

    /// Is this day worked?
    #[must_use]
    pub fn is_workday(&self, day: NaiveDate) -> bool {
        self.weekdays[index(day.weekday())] && !self.holidays.contains(&day)
    }

    /// Is this day a holiday of the calendar?
    #[must_use]
    pub fn is_holiday(&self, day: NaiveDate) -> bool {
        self.holidays.contains(&day)
    }

    /// Monday to Friday, no holidays.
    #[must_use]
    pub fn monday_to_friday() -> Self {
        Self { weekdays: [true, true, true, true, true, false, false], holidays: Arc::default() }
    }
}

const EXAMPLES: &str = "write `mon-fri`, `mon-sat` or `mon, wed, fri`";

fn index(day: Weekday) -> usize {
    day.num_days_from_monday() as usize
}

/// The day of a name, which is a part of `days`.
fn weekday(days: &str, name: &str) -> Result<Weekday, WorkdaysError> {
    let start = name.as_ptr() as usize - days.as_ptr() as usize;
    name.parse().map_err(|_| WorkdaysError {
        what: format!("`{name}` is not a day of the week"),
        hint: match suggest::closest(&name.to_lowercase(), SHORT_DAYS.into_iter().chain(DAYS)) {
            Some(day) => format!("did you mean `{day}`?"),
            None => EXAMPLES.into(),
        },
        span: start..start + name.len(),
    })
}
