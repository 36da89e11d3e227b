//! Any text as a schedule, in words and as cron: it is read, or refused at a part of itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parte::calendar::Schedule;

fuzz_target!(|text: &str| {
    for read in [Schedule::parse, Schedule::cron] {
        match read(text) {
            Ok(schedule) => assert_eq!(schedule.text(), text),
            Err(error) => assert!(text.get(error.span.clone()).is_some(), "{error:?}"),
        }
    }
});
