//! Zones, periods, schedules and business days: pure functions of an instant. Never asks for "now".
//!
//! Rules, in short: a period is half-open civil days in the report's zone and derives from the scheduled instant;
//! a local time that does not exist (spring) is the first valid instant after it; one that exists twice
//! (autumn) is the first of the two, once.

mod days;
mod holidays;
mod period;
mod schedule;
mod workdays;
mod zone;

pub use period::{Period, PeriodError, PeriodKind, PeriodRule, Shape, Unit};
pub use schedule::{Firing, FiringNote, OnFreeDay, Schedule, ScheduleError};
pub use workdays::{Workdays, WorkdaysError};
pub use zone::instant_of;
