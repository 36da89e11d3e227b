//! A thousand different schedules as a company might have them, for the test and the bench of their speed.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use parte::calendar::{OnFreeDay, Schedule, Workdays};

/// A schedule with the zone it is of.
pub(crate) struct Mixed {
    pub(crate) schedule: Schedule,
    pub(crate) zone: Tz,
}

/// Words, cron text, zones, bounds and rules in turn; all different.
pub(crate) fn thousand() -> Vec<Mixed> {
    (0..1000_u32).map(mixed).collect()
}

fn mixed(number: u32) -> Mixed {
    let time = format!("{:02}:{:02}", number / 60 % 24, number % 60);
    let (minute, hour) = (number % 60, number / 60 % 24);
    let day = number % 31 + 1;
    let words = match number % 20 {
        0 | 1 => format!("every workday at {time}"),
        2 => format!("every weekday at {time}"),
        3 | 4 => format!("every monday at {time}"),
        5 => format!("every monday, wednesday and friday at {time} and 23:59"),
        6 | 7 => format!("on day {day} of the month at {time}"),
        8 => format!("on the last day of the month at {time}"),
        9 => format!("on the first workday of the month at {time}"),
        10 => format!("on the last workday of the month at {time}"),
        11 => format!("on the second tuesday of the month at {time}"),
        12 => format!("every quarter on day {day} at {time}"),
        13 => format!("every {} minutes", number % 55 + 5),
        14 => format!("{minute} {hour} * * mon-fri"),
        15 => format!("{minute} {hour} L * *"),
        16 => format!("{minute} {hour} {} 3,6,9,12 *", number % 28 + 1),
        17 => format!("{minute} {hour} * * fri#2"),
        18 => format!("{minute}-59 6-20 * * 1-5"),
        _ => format!("every day at {time}"),
    };
    let schedule = Schedule::parse(&words).or_else(|_| Schedule::cron(&words)).expect("a schedule");
    let today = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a date");
    let schedule = match number % 7 {
        0 => schedule.on_free_day(OnFreeDay::NextWorkday),
        1 => schedule.on_free_day(OnFreeDay::PreviousWorkday),
        2 => schedule.on_free_day(OnFreeDay::Skip),
        3 => schedule.except((0..20).map(|week| today + Days::new(week * 7))),
        4 => schedule.starting(today + Days::new(30)).ending(today + Days::new(900)),
        _ => schedule.jittered(TimeDelta::minutes(5)),
    };
    Mixed { schedule, zone: TZ_VARIANTS[number as usize * 7 % TZ_VARIANTS.len()] }
}

/// Business days with the holidays of a real calendar.
pub(crate) fn workdays() -> Workdays {
    let holidays = include_str!("../../../templates/holidays-co.ics");
    Workdays::monday_to_friday().with_holidays_ics(holidays).expect("the holidays")
}

/// The instant to look from.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_435_200, 0).expect("an instant")
}
