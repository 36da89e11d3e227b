//! The words of a schedule: reads a text into days and times, and says exactly which part is at fault. Computes no firing.

use super::{Days, ScheduleError, Times};
use crate::calendar::days::DAYS;
use crate::suggest;
use chrono::{NaiveTime, Weekday};
use std::ops::Range;

const EXAMPLES: &str = "write `every workday at 07:00`, `every monday at 07:30`, `on day 1 of the month at 06:00`, \
                        `on the last day of the month at 20:00` or `every 15 minutes`";
const TIME: &str = "write hours and minutes of the day: `at 07:00`";
const OF_THE_MONTH: &str = "write `on day 1 of the month at 06:00`";
const QUARTER: &str = "write `every quarter on day 2 at 07:00`";

/// The ordinals of a day of the week in a month.
const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "last"];

pub(super) fn read(text: &str) -> Result<(Days, Times), ScheduleError> {
    let mut reader = Reader::new(text);
    let days_and_times = match reader.peek() {
        Some("every") => reader.every(),
        Some("on") => reader.on(),
        Some(word) => {
            let hint = match suggest::closest(word, ["every", "on"]) {
                Some(start) => format!("did you mean `{start}`?"),
                None => EXAMPLES.to_owned(),
            };
            Err(reader.fault(format!("a schedule starts with `every` or `on`, not `{word}`"), hint))
        }
        None => Err(reader.fault("the schedule is empty", EXAMPLES)),
    }?;
    reader.end()?;
    Ok(days_and_times)
}

/// The words of a text in lower case, with their places, and how far they are read.
struct Reader {
    words: Vec<(String, Range<usize>)>,
    length: usize,
    next: usize,
}

impl Reader {
    fn new(text: &str) -> Self {
        let mut words = Vec::new();
        let mut start = None;
        for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
            if c.is_whitespace() || c == ',' {
                if let Some(start) = start.take() {
                    words.push((text[start..at].to_lowercase(), start..at));
                }
                if c == ',' {
                    words.push((",".to_owned(), at..at + 1));
                }
            } else if start.is_none() {
                start = Some(at);
            }
        }
        Self { words, length: text.len(), next: 0 }
    }

    fn peek(&self) -> Option<&str> {
        self.words.get(self.next).map(|(word, _)| word.as_str())
    }

    /// Takes the next word if it is one of these.
    fn take(&mut self, known: &[&str]) -> bool {
        let found = self.peek().is_some_and(|word| known.contains(&word));
        self.next += usize::from(found);
        found
    }

    /// Takes the next word by reading it; leaves it when it cannot be read.
    fn read<T>(&mut self, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let value = self.peek().and_then(read);
        self.next += usize::from(value.is_some());
        value
    }

    /// The next words must be these.
    fn expect(&mut self, phrase: &[&str], hint: &str) -> Result<(), ScheduleError> {
        for word in phrase {
            if !self.take(&[word]) {
                let what = match self.peek() {
                    Some(found) => format!("expected `{word}`, found `{found}`"),
                    None => format!("expected `{word}` at the end"),
                };
                return Err(self.fault(what, hint));
            }
        }
        Ok(())
    }

    /// An error at the next word, or at the end when there is none.
    fn fault(&self, what: impl Into<String>, hint: impl Into<String>) -> ScheduleError {
        let end = self.length..self.length;
        let span = self.words.get(self.next).map_or(end, |(_, span)| span.clone());
        ScheduleError { what: what.into(), span, hint: hint.into(), understood: false }
    }

    /// The next word is none of those known here.
    fn unknown<'a>(&self, what: &str, known: impl IntoIterator<Item = &'a str>, hint: &str) -> ScheduleError {
        match self.peek() {
            None => self.fault(format!("expected {what} at the end"), hint),
            Some(word) => {
                let hint = match suggest::closest(word, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => hint.to_owned(),
                };
                self.fault(format!("`{word}` is not {what}"), hint)
            }
        }
    }

    fn end(&self) -> Result<(), ScheduleError> {
        match self.peek() {
            None => Ok(()),
            Some(word) => {
                Err(self.fault(format!("the schedule goes on after its end with `{word}`"), EXAMPLES))
            }
        }
    }

    /// `every ...`
    fn every(&mut self) -> Result<(Days, Times), ScheduleError> {
        self.next += 1;
        if self.take(&["minute"]) {
            return Ok((Days::Every, Times::running(|_| true)));
        }
        if self.take(&["hour"]) {
            return Ok((Days::Every, Times::running(|minute| minute % 60 == 0)));
        }
        if self.peek().is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit() || c == '-')) {
            return Ok((Days::Every, self.interval()?));
        }
        let days = if self.take(&["day"]) {
            Days::Every
        } else if self.take(&["weekday"]) {
            Days::Weekdays([true, true, true, true, true, false, false])
        } else if self.take(&["workday"]) {
            Days::Workdays
        } else if self.take(&["quarter"]) {
            self.expect(&["on", "day"], QUARTER)?;
            Days::OfQuarter(self.day_number(QUARTER)?)
        } else {
            match self.peek() {
                Some("week") => {
                    return Err(self.fault("`week` needs its day", "write `every monday at 07:00`"));
                }
                Some("month") => return Err(self.fault("`month` needs its day", OF_THE_MONTH)),
                _ => self.weekdays()?,
            }
        };
        Ok((days, self.times()?))
    }

    /// `15 minutes`, `2 hours`
    fn interval(&mut self) -> Result<Times, ScheduleError> {
        const MOST: u32 = 12 * 60;
        const HINT: &str = "write `every 15 minutes` or `every 2 hours`, at most 12 hours";
        let Some(count) =
            self.read(|word| word.parse::<u32>().ok().filter(|count| (1..=MOST).contains(count)))
        else {
            return Err(self.unknown("a number from 1 to 720", [], HINT));
        };
        let before = self.next - 1;
        let minutes = if self.take(&["minutes", "minute"]) {
            count
        } else if self.take(&["hours", "hour"]) {
            count * 60
        } else {
            return Err(self.unknown("an interval", ["minutes", "hours"], HINT));
        };
        if minutes > MOST {
            self.next = before;
            return Err(self.fault(format!("{count} hours are too many for an interval"), HINT));
        }
        if minutes <= 60 {
            return Ok(Times::running(|minute| minute % minutes == 0));
        }
        // Longer ones are times of day: clocks that change neither drop nor double one.
        let times = (0..24 * 60).step_by(minutes as usize);
        Ok(Times::at(
            times.filter_map(|minute| NaiveTime::from_hms_opt(minute / 60, minute % 60, 0)).collect(),
        ))
    }

    /// `monday`, `monday and thursday`, `monday, wednesday and friday`
    fn weekdays(&mut self) -> Result<Days, ScheduleError> {
        let mut days = [false; 7];
        loop {
            let known = DAYS.into_iter().chain(["day", "weekday", "workday", "quarter", "hour", "minute"]);
            let Some(day) = self.read(weekday) else {
                return Err(self.unknown("a day or an interval", known, EXAMPLES));
            };
            days[day.num_days_from_monday() as usize] = true;
            if !self.separator() {
                return Ok(Days::Weekdays(days));
            }
        }
    }

    /// `on day 1 of the month ...`, `on the last workday of the month ...`
    fn on(&mut self) -> Result<(Days, Times), ScheduleError> {
        self.next += 1;
        let days = if self.take(&["day"]) {
            Days::OfMonth(self.day_number(OF_THE_MONTH)?)
        } else if self.take(&["the"]) {
            self.ordinal_day()?
        } else if self.peek().and_then(weekday).is_some() {
            return Err(self.fault("a day of the week follows `every`", "write `every monday at 07:00`"));
        } else {
            return Err(self.unknown(
                "`day` or `the`",
                ["day", "the"],
                "write `on day 1 of the month at 06:00` or `on the last day of the month at 20:00`",
            ));
        };
        self.expect(&["of", "the", "month"], OF_THE_MONTH)?;
        Ok((days, self.times()?))
    }

    /// `first workday`, `second tuesday`, `last day`
    fn ordinal_day(&mut self) -> Result<Days, ScheduleError> {
        const HINT: &str =
            "write `on the second tuesday of the month at 07:00`, with first, second, third, fourth or last";
        const LAST: usize = ORDINALS.len() - 1;
        let Some(ordinal) = self.read(|word| ORDINALS.iter().position(|known| *known == word)) else {
            return Err(self.unknown("an ordinal", ORDINALS, HINT));
        };
        if let Some(day) = self.read(weekday) {
            let nth = |ordinal| Days::Nth(u32::try_from(ordinal + 1).unwrap_or(1), day);
            return Ok(if ordinal == LAST { Days::LastWeekday(day) } else { nth(ordinal) });
        }
        match (self.peek(), ordinal) {
            (Some("day"), 0) => self.step(Days::OfMonth(1)),
            (Some("day"), LAST) => self.step(Days::LastOfMonth),
            (Some("workday"), 0) => self.step(Days::FirstWorkday),
            (Some("workday"), LAST) => self.step(Days::LastWorkday),
            (Some("day"), _) => Err(self.fault("a day of the month is given by its number", OF_THE_MONTH)),
            (Some("workday"), _) => Err(self.fault(
                "only the first and the last workday are known",
                "write `on the first workday of the month at 08:00`",
            )),
            _ => Err(self.unknown("a day", DAYS.into_iter().chain(["day", "workday"]), HINT)),
        }
    }

    fn step(&mut self, days: Days) -> Result<Days, ScheduleError> {
        self.next += 1;
        Ok(days)
    }

    /// 1 to 31.
    fn day_number(&mut self, hint: &str) -> Result<u32, ScheduleError> {
        match self.read(|word| word.parse::<u32>().ok().filter(|day| (1..=31).contains(day))) {
            Some(day) => Ok(day),
            None => Err(self.unknown("a day from 1 to 31", [], hint)),
        }
    }

    /// `at 07:00`, `at 07:00 and 15:00`
    fn times(&mut self) -> Result<Times, ScheduleError> {
        self.expect(&["at"], TIME)?;
        let mut times = Vec::new();
        loop {
            match self.read(time) {
                Some(time) => times.push(time),
                None => return Err(self.unknown("a time of day", [], TIME)),
            }
            if !self.separator() {
                return Ok(Times::at(times));
            }
        }
    }

    /// `,`, `and`, `, and`
    fn separator(&mut self) -> bool {
        let comma = self.take(&[","]);
        self.take(&["and"]) || comma
    }
}

/// `monday` or `mon`.
fn weekday(word: &str) -> Option<Weekday> {
    word.parse().ok()
}

/// `07:00`, `7:00`
fn time(word: &str) -> Option<NaiveTime> {
    let (hour, minute) = word.split_once(':')?;
    let digits = |text: &str, longest: usize| {
        (text.len() <= longest && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().ok())?
    };
    let minute = Some(minute).filter(|minute| minute.len() == 2).and_then(|minute| digits(minute, 2))?;
    NaiveTime::from_hms_opt(digits(hour, 2)?, minute, 0)
}
