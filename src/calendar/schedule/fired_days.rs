//! Which civil days a schedule fires on in the end: its own, less what bounds it, moved off free days. Knows no time of day.

use super::days::Days;
use super::limits::{Limits, OnFreeDay};
use crate::calendar::Workdays;
use crate::calendar::zone::day_exists;
use chrono::NaiveDate;
use chrono_tz::Tz;

/// A firing is moved by so many days at most: a calendar with a year of free days is at fault, not to be waited out.
const MOST_DAYS_MOVED: usize = 366;

/// The days of a schedule in a zone, after its bounds and its rule for free days.
#[derive(Clone, Copy)]
pub(super) struct FiredDays<'a> {
    pub(super) days: &'a Days,
    pub(super) limits: &'a Limits,
    pub(super) zone: Tz,
    pub(super) workdays: &'a Workdays,
}

impl FiredDays<'_> {
    /// Does a firing come out on this day? (One whose time of day lies in a gap over midnight shows the day after.)
    pub(super) fn contain(&self, day: NaiveDate) -> bool {
        self.limits.allow(day)
            && match self.limits.on_free_day {
                OnFreeDay::Fire => self.ask_for(day),
                OnFreeDay::Skip => self.ask_for(day) && self.is_worked(day),
                OnFreeDay::NextWorkday | OnFreeDay::PreviousWorkday => {
                    self.workdays.is_workday(day)
                        && (self.ask_for(day) || self.moved_to(day).next().is_some())
                        && day_exists(day, self.zone)
                }
            }
    }

    /// The days asked for whose firing comes out on this day of the schedule, in order: itself alone when it is one.
    pub(super) fn asked(&self, day: NaiveDate) -> Vec<NaiveDate> {
        if self.ask_for(day) {
            return vec![day];
        }
        let mut asked: Vec<NaiveDate> = self.moved_to(day).collect();
        asked.sort_unstable();
        asked
    }

    /// The free days that the schedule asks for and whose nearest workday, the way it moves, is this one.
    fn moved_to(&self, day: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let back: fn(&NaiveDate) -> Option<NaiveDate> = match self.limits.on_free_day {
            OnFreeDay::NextWorkday => NaiveDate::pred_opt,
            OnFreeDay::PreviousWorkday => NaiveDate::succ_opt,
            OnFreeDay::Fire | OnFreeDay::Skip => |_| None,
        };
        std::iter::successors(back(&day), back)
            .take(MOST_DAYS_MOVED)
            .take_while(|day| !self.is_worked(*day))
            .filter(|day| self.ask_for(*day) && self.limits.allow(*day))
    }

    fn ask_for(&self, day: NaiveDate) -> bool {
        self.days.contain(day, self.workdays)
    }

    fn is_worked(&self, day: NaiveDate) -> bool {
        self.workdays.is_workday(day) && day_exists(day, self.zone)
    }
}
