//! Which windows of a listing are to be read now. Pure: it is given today and what was read when.

use super::listing::Window;
use crate::definition::{ApiSource, FrameName};
use chrono::{DateTime, Days, NaiveDate, Utc};
use std::collections::BTreeMap;

/// When a window was read, and whether that needs no repetition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) at: DateTime<Utc>,
    /// What came was whole: nothing moved meanwhile.
    pub(super) whole: bool,
    /// How many rows came.
    pub(super) rows: u64,
}

/// The windows of a frame to be read on this day, oldest first. A day is read again as long as it may change late, and
/// once more after that: who was away for a month misses no late change.
pub(super) fn windows(
    source: &ApiSource,
    frame: FrameName,
    today: NaiveDate,
    read: &BTreeMap<Window, Read>,
) -> Vec<Window> {
    let ahead = match frame {
        FrameName::Tasks => source.ahead,
        FrameName::UserStates => 0,
        _ => return vec![Window::Whole],
    };
    let usual = || today - Days::new(ApiSource::USUAL_DAYS.into());
    let first = source.since.unwrap_or_else(usual);
    let last = today + Days::new(ahead.into());
    let settled = |day: NaiveDate| {
        read.get(&Window::Day(day)).is_some_and(|read| {
            let late = day + Days::new(u64::from(source.window) + 1);
            read.whole && read.at.with_timezone(&source.zone).date_naive() >= late
        })
    };
    first.iter_days().take_while(|day| *day <= last).filter(|day| !settled(*day)).map(Window::Day).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::{ApiGeneration, HttpEndpoint, RateLimit};
    use std::time::Duration;

    fn source() -> ApiSource {
        ApiSource {
            endpoint: HttpEndpoint::new("https://api.example.com".parse().expect("a url")),
            login: None,
            tenant: None,
            generation: ApiGeneration::V1,
            read: vec![FrameName::Tasks],
            paths: BTreeMap::new(),
            fields: BTreeMap::new(),
            page_size: 100,
            limit: RateLimit { requests: 1000, per: Duration::from_secs(60) },
            parallel: 4,
            timeout: Duration::from_secs(30),
            ca: None,
            copy: "reten.db".into(),
            since: Some(day("2026-03-01")),
            window: 2,
            ahead: 1,
            sync: None,
            zone: chrono_tz::America::Bogota,
            workdays: crate::calendar::Workdays::monday_to_friday(),
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn days(windows: &[Window]) -> Vec<String> {
        windows.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_day_is_read_until_it_may_change_no_more_and_once_after_that() {
        let mut read = BTreeMap::new();
        let all = windows(&source(), FrameName::Tasks, day("2026-03-05"), &read);
        assert_eq!(
            (all.len(), days(&all)[0].as_str(), days(&all)[5].as_str()),
            (6, "2026-03-01", "2026-03-06")
        );
        let states = windows(&source(), FrameName::UserStates, day("2026-03-05"), &read);
        assert_eq!(states.len(), 5, "no state is of a day to come");
        // 23:00 of the 4th in Bogotá
        let at = "2026-03-05T04:00:00Z".parse().expect("an instant");
        for window in &states {
            read.insert(*window, Read { at, whole: true, rows: 1 });
        }
        let again = windows(&source(), FrameName::UserStates, day("2026-03-05"), &read);
        assert_eq!(days(&again), ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]);
        // a month later, what was read while it could still change is read once more
        let later = windows(&source(), FrameName::UserStates, day("2026-04-05"), &read);
        assert_eq!(days(&later)[..2], ["2026-03-02", "2026-03-03"]);
        assert_eq!(later.len(), 35);
        read.insert(Window::Day(day("2026-03-01")), Read { at, whole: false, rows: 1 });
        let moved = windows(&source(), FrameName::UserStates, day("2026-03-05"), &read);
        assert_eq!(days(&moved)[0], "2026-03-01", "what moved while it was read is read again");
        assert_eq!(windows(&source(), FrameName::Users, day("2026-03-05"), &read), [Window::Whole]);
    }
}
