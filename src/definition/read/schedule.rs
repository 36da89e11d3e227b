//! When a report is due: `schedule` or `cron`, and the keys that bound it. Which days its periods cover is looked at in
//! `coverage`.

use super::civil::{date, one_word, part_of};
use super::coverage::{self, Habits};
use super::duration;
use super::problems::{Place, Read, Reported};
use super::table::{Spot, Table, kind_of};
use crate::calendar::{OnFreeDay, PeriodRule, Schedule, Workdays};
use chrono::{NaiveDate, TimeDelta, Weekday};
use chrono_tz::Tz;
use toml::de::DeValue;

pub(super) const ON_FREE_DAY: [(&str, OnFreeDay); 4] = [
    ("fire", OnFreeDay::Fire),
    ("skip", OnFreeDay::Skip),
    ("next workday", OnFreeDay::NextWorkday),
    ("previous workday", OnFreeDay::PreviousWorkday),
];

/// Keys that say something about a schedule.
const BOUNDS: [&str; 5] = ["starts", "ends", "except", "on_free_day", "jitter"];

/// A schedule as written, with the places of what bounds it.
pub(super) struct Planned {
    words: Spot<Schedule>,
    on_free_day: Option<Spot<OnFreeDay>>,
    starts: Option<Spot<NaiveDate>>,
    ends: Option<Spot<NaiveDate>>,
    except: Option<Spot<Vec<NaiveDate>>>,
    jitter: Option<Spot<TimeDelta>>,
}

/// What else decides when a report is due, and what it covers then.
pub(super) struct Days<'a> {
    pub(super) zone: Tz,
    pub(super) week_start: Weekday,
    pub(super) workdays: &'a Workdays,
}

/// Reads the keys of a report that say when it is due.
pub(super) fn read(table: &Table<'_>) -> Read<Option<Planned>> {
    let words = words(table);
    let on_free_day = one_word(table, "on_free_day", "rule for free days", &ON_FREE_DAY);
    let (starts, ends) = (day(table, "starts"), day(table, "ends"));
    let except = except(table);
    let jitter = jitter(table);
    let Some(words) = words? else {
        if table.misspelt("schedule").is_ok() && !table.page().lost_mentions("schedule") {
            for key in BOUNDS {
                let what = format!("`{key}` says something about a schedule, and this report has none");
                table.refuse(key, &what, "write schedule = \"every monday at 07:00\", or delete the line");
            }
        }
        return Ok(None);
    };
    let planned = Planned {
        words,
        on_free_day: on_free_day?,
        starts: starts?,
        ends: ends?,
        except: except?,
        jitter: jitter?,
    };
    planned.days_in_order(table)?;
    Ok(Some(planned))
}

fn words(table: &Table<'_>) -> Read<Option<Spot<Schedule>>> {
    let (words, cron) = (table.string("schedule"), table.string("cron"));
    if let (Ok(Some(_)), Ok(Some(cron))) = (&words, &cron) {
        let what = "a report has either `schedule` or `cron`";
        let hint = "keep one of them";
        return Err(table.problems().add("conflicting-keys", &cron.place, what, "one too many", hint));
    }
    let (spot, parsed) = match (words?, cron?) {
        (Some(spot), _) => (spot.clone(), Schedule::parse(&spot.value)),
        (None, Some(spot)) => (spot.clone(), Schedule::cron(&spot.value)),
        (None, None) => return Ok(None),
    };
    parsed.map(|schedule| Some(Spot::new(schedule, spot.place.clone()))).map_err(|error| {
        let place = part_of(table.page(), &spot, error.span);
        let label = if error.understood { "never comes" } else { "not understood" };
        table.problems().add("bad-schedule", &place, error.what, label, error.hint)
    })
}

/// Reads `starts = 2026-01-01`, with quotes or without.
fn day(table: &Table<'_>, key: &'static str) -> Read<Option<Spot<NaiveDate>>> {
    let Some(spot) = table.value(key) else { return Ok(None) };
    one_day(table, key, "a day", &spot).map(|day| Some(Spot::new(day, spot.place)))
}

pub(super) fn one_day(
    table: &Table<'_>,
    key: &str,
    wanted: &str,
    spot: &Spot<&DeValue<'_>>,
) -> Read<NaiveDate> {
    if let Some(day) = date(spot.value) {
        return Ok(day);
    }
    let hint = "write year, month and day, without a time: 2026-01-01";
    let (code, what, label) = match spot.value {
        DeValue::String(text) => ("bad-date", format!("`{text}` is not a day"), "not a day".to_owned()),
        other => ("wrong-type", format!("`{key}` must be {wanted}"), format!("this is {}", kind_of(other))),
    };
    Err(table.problems().add(code, &spot.place, what, label, hint))
}

fn except(table: &Table<'_>) -> Read<Option<Spot<Vec<NaiveDate>>>> {
    let Some(list) =
        table.list("except", || "write a list of days: except = [2026-12-24, 2026-12-31]".to_owned())?
    else {
        return Ok(None);
    };
    let mut days: Vec<NaiveDate> = Vec::new();
    let mut fault: Option<Reported> = None;
    for spot in &list.value {
        match one_day(table, "except", "a list of days", spot) {
            Ok(day) if days.contains(&day) => {
                let what = format!("{day} stands in this list twice");
                let hint = "delete one of the two";
                let told = table.problems().add("duplicate", &spot.place, what, "a second time", hint);
                fault = Some(told);
            }
            Ok(day) => {
                fault = outside(table, spot, day).or(fault);
                days.push(day);
            }
            Err(reported) => fault = Some(reported),
        }
    }
    fault.map_or(Ok(Some(Spot::new(days, list.place))), Err)
}

/// A day on which the report is not due anyway is more likely a slip of the pen than meant.
fn outside(table: &Table<'_>, spot: &Spot<&DeValue<'_>>, day: NaiveDate) -> Option<Reported> {
    let bound = |key: &'static str| table.value(key).and_then(|spot| date(spot.value));
    let (words, key) = match (bound("starts"), bound("ends")) {
        (Some(first), _) if day < first => ("before", "starts"),
        (_, Some(last)) if day > last => ("after", "ends"),
        _ => return None,
    };
    let what = format!("{day} is {words} `{key}`: the report is not due then anyway");
    Some(table.problems().add(
        "out-of-range",
        &spot.place,
        what,
        "has no effect",
        "delete it, or check the year",
    ))
}

fn jitter(table: &Table<'_>) -> Read<Option<Spot<TimeDelta>>> {
    const DAY: u32 = 24 * 3600;
    let hint = "write a number and seconds, minutes or hours: \"5 minutes\"";
    let most = duration::read(table, "jitter", 1..=DAY, "a second and a day", hint)?;
    Ok(most.map(|most| Spot::new(TimeDelta::seconds(most.value.into()), most.place)))
}

impl Planned {
    fn days_in_order(&self, table: &Table<'_>) -> Read<()> {
        let (Some(first), Some(last)) = (&self.starts, &self.ends) else { return Ok(()) };
        if last.value >= first.value {
            return Ok(());
        }
        let what = "the report ends before it starts: it is never due";
        let label = format!("before {}", first.value);
        let hint = "check the two years";
        Err(table.problems().add("never-fires", &last.place, what, label, hint))
    }

    /// The schedule itself.
    pub(super) fn schedule(&self) -> Schedule {
        let schedule = match &self.except {
            Some(days) => self.usual().except(days.value.iter().copied()),
            None => self.usual(),
        };
        match &self.jitter {
            Some(most) => schedule.jittered(most.value),
            None => schedule,
        }
    }

    /// Without the days left out on purpose.
    fn usual(&self) -> Schedule {
        let mut schedule = self.on_workdays();
        if let Some(first) = &self.starts {
            schedule = schedule.starting(first.value);
        }
        match &self.ends {
            Some(last) => schedule.ending(last.value),
            None => schedule,
        }
    }

    /// The words, and what a free day does.
    fn on_workdays(&self) -> Schedule {
        match &self.on_free_day {
            Some(rule) => self.words.value.clone().on_free_day(rule.value),
            None => self.words.value.clone(),
        }
    }

    /// Is the report ever due, and its jitter shorter than the time between two firings?
    pub(super) fn check(&self, table: &Table<'_>, habits: &Habits, days: &Days<'_>) -> Read<()> {
        let bounds = (self.starts.as_ref().map(|day| day.value), self.ends.as_ref().map(|day| day.value));
        if !habits.fires(&self.schedule(), bounds, days) {
            return Err(self.never_fires(table, habits, days));
        }
        let Some(jitter) = &self.jitter else { return Ok(()) };
        match habits.least_gap(&self.usual(), bounds.0, days) {
            Some(gap) if gap < jitter.value => {
                let what = "the work may begin after the report is due again";
                let label = format!("more than {}", duration::words(gap));
                let hint = format!("write at most \"{}\"", duration::words(gap));
                Err(table.problems().add("jitter-too-long", &jitter.place, what, label, hint))
            }
            _ => Ok(()),
        }
    }

    /// Points at what keeps it from being due: the first bound with which it no longer is.
    fn never_fires(&self, table: &Table<'_>, habits: &Habits, days: &Days<'_>) -> Reported {
        let bounds = (self.starts.as_ref().map(|day| day.value), self.ends.as_ref().map(|day| day.value));
        let (place, why, hint): (&Place, &str, &str) = if !habits.fires(&self.words.value, (None, None), days)
        {
            (&self.words.place, "no day is like this", "check its days, and `workdays`")
        } else if !habits.fires(&self.on_workdays(), (None, None), days) {
            let place = self.on_free_day.as_ref().map_or(&self.words.place, |rule| &rule.place);
            (place, "all its days are free", "check `workdays`, or write on_free_day = \"next workday\"")
        } else if !habits.fires(&self.usual(), bounds, days) {
            let bound = self.ends.as_ref().or(self.starts.as_ref());
            let place = bound.map_or(&self.words.place, |day| &day.place);
            (place, "no firing lies within these days", "write a later `ends`, or an earlier `starts`")
        } else {
            let place = self.except.as_ref().map_or(&self.words.place, |days| &days.place);
            (place, "these are all its days", "leave one of them out of the list")
        };
        table.problems().add("never-fires", place, "the report is never due", why, hint)
    }

    /// Warns where the periods of its firings leave days out, or repeat them.
    pub(super) fn warn(
        &self,
        table: &Table<'_>,
        habits: &Habits,
        period: &Spot<PeriodRule>,
        days: &Days<'_>,
    ) {
        let first = self.starts.as_ref().map(|day| day.value);
        if let Some(flaw) = habits.flaw(&self.usual(), first, &period.value, days) {
            coverage::tell(table, &period.place, &flaw);
        }
    }
}
