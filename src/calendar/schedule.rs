//! Schedules: when a report is due. The words are read in `words`, cron text in `cron`; which days are asked for is in `days`,
//! which are left of them in `fired_days`, their instants in `firing`. What is done with a firing is never decided here.

mod cron;
mod days;
mod fired_days;
mod firing;
mod limits;
mod running;
mod words;

pub use firing::{Firing, FiringNote};
pub use limits::OnFreeDay;

use chrono::NaiveTime;
use days::Days;
use limits::Limits;

/// A schedule as an analyst writes it: `every workday at 07:00`, `on day 1 of the month at 06:00`, cron text.
///
/// | in words | fires |
/// |---|---|
/// | `every day at 07:00` | each civil day; several times: `at 07:00 and 15:00` |
/// | `every weekday at 07:00` | Monday to Friday |
/// | `every workday at 07:00` | business days, holidays left out |
/// | `every monday and thursday at 18:30` | these days; lists with commas and `and` |
/// | `on day 1 of the month at 06:00` | that day; 29 to 31 in a shorter month: its last day |
/// | `on the last day of the month at 20:00` | |
/// | `on the first workday of the month at 08:00` | or `last` |
/// | `on the second tuesday of the month at 07:00` | `first` to `fourth`, `last` |
/// | `every quarter on day 2 at 07:00` | day 2 of January, April, July and October |
/// | `every 15 minutes`, `every minute`, `every hour` | counted from midnight on the zone's clocks |
///
/// Where a zone's clocks change, a time of day that is skipped fires at the first valid instant after the gap and one
/// that happens twice fires the first time: each civil day has its firing exactly once. A schedule that runs through
/// every hour (`every 15 minutes`, `*/15 * * * *`) instead follows the clock: it also fires in the repeated hour, and has
/// nothing to fire in the skipped one. If a zone skips a whole day (Apia, 30 December 2011), a firing of that day moves
/// to the start of the next one, unless the schedule fires on that next day anyway.
///
/// A schedule may be bounded ([`Schedule::starting`], [`Schedule::ending`], [`Schedule::except`]), may skip free days or move to a
/// workday ([`Schedule::on_free_day`]), and may spread the work of many reports ([`Schedule::jittered`]).
///
/// ```
/// use parte::calendar::{Schedule, Workdays};
/// let schedule = Schedule::parse("every workday at 07:00")?;
/// let workdays = Workdays::parse("mon-sat").unwrap().with_holidays(["2026-11-16".parse().unwrap()]);
/// let saturday = "2026-11-14T12:00:00Z".parse().unwrap(); // 07:00 in Bogota: the firing itself
/// let next = schedule.next_after(saturday, chrono_tz::America::Bogota, &workdays);
/// assert_eq!(next.unwrap().to_rfc3339(), "2026-11-17T12:00:00+00:00"); // Sunday is free, Monday a holiday
/// # Ok::<(), parte::calendar::ScheduleError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    text: String,
    days: Days,
    times: Times,
    limits: Limits,
}

/// At which civil times of its days a schedule fires.
#[derive(Debug, Clone, PartialEq)]
enum Times {
    /// At these times of day, once each; sorted, none twice, never empty.
    At(Vec<NaiveTime>),
    /// Whenever the clock shows one of these minutes of the day: 1,440 flags, one set in each hour.
    Running(Vec<bool>),
}

/// Why a text is not a schedule; `span` is the byte range of the part at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ScheduleError {
    /// What is wrong, as a lower-case fragment.
    pub what: String,
    /// Where in the text, in bytes; empty at the text's end when something is missing there.
    pub span: std::ops::Range<usize>,
    /// What to write instead.
    pub hint: String,
    /// What it says is understood, and never comes true.
    pub understood: bool,
}

impl Schedule {
    /// Reads a schedule in words.
    ///
    /// ```
    /// use parte::calendar::Schedule;
    /// let error = Schedule::parse("every mondya at 07:00").unwrap_err();
    /// assert_eq!(error.to_string(), "`mondya` is not a day or an interval");
    /// assert_eq!(error.span, 6..12);
    /// assert_eq!(error.hint, "did you mean `monday`?");
    /// ```
    ///
    /// # Errors
    /// The text is not one of the forms; says which part and what to write.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let (days, times) = words::read(text)?;
        Ok(Self { text: text.to_owned(), days, times, limits: Limits::default() })
    }

    /// Reads five-field cron text: minute, hour, day of the month, month, day of the week.
    ///
    /// Lists, ranges, steps and English names are read, and `L`, `15W`, `mon#2`; as in every cron, a day of the month and a
    /// day of the week given together mean either. The civil times are of the report's zone, under the rules above.
    ///
    /// ```
    /// use parte::calendar::{Schedule, Workdays};
    /// let schedule = Schedule::cron("30 7 * * mon-fri")?;
    /// let friday = "2026-11-20T12:30:00Z".parse().unwrap();
    /// let next = schedule.next_after(friday, chrono_tz::America::Bogota, &Workdays::monday_to_friday());
    /// assert_eq!(next.unwrap().to_rfc3339(), "2026-11-23T12:30:00+00:00");
    /// assert_eq!(Schedule::cron("30 25 * * *").unwrap_err().span, 3..5);
    /// # Ok::<(), parte::calendar::ScheduleError>(())
    /// ```
    ///
    /// # Errors
    /// A field cannot be read, or the fields together never fire (30 February).
    pub fn cron(text: &str) -> Result<Self, ScheduleError> {
        let (days, times) = cron::read(text)?;
        Ok(Self { text: text.to_owned(), days, times, limits: Limits::default() })
    }

    /// The text it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Times {
    /// Times of day in order.
    fn at(mut times: Vec<NaiveTime>) -> Self {
        times.sort_unstable();
        times.dedup();
        Self::At(times)
    }

    /// Each minute of the day for which this holds, on the running clock.
    fn running(fires: impl Fn(u32) -> bool) -> Self {
        Self::Running((0..24 * 60).map(fires).collect())
    }
}

#[cfg(test)]
mod tests;
