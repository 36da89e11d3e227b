//! Texts that were mistyped, by the thousand: each is refused or fires, soon, and nothing stops or hangs.

use super::at;
use parte::calendar::{OnFreeDay, Schedule, Workdays};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};
use std::time::{Duration, Instant};

const TEXTS: [&str; 22] = [
    "every day at 07:00",
    "every workday at 07:00 and 15:30",
    "every monday, wednesday and friday at 18:30",
    "on day 31 of the month at 06:00",
    "on the last day of the month at 20:00",
    "on the first workday of the month at 08:00",
    "on the second tuesday of the month at 07:00",
    "every quarter on day 2 at 07:00",
    "every 15 minutes",
    "every 2 hours",
    "every minute",
    "0 7 * * mon-fri",
    "*/15 * * * *",
    "0,20,40 8-18/2 1-15 jan-jun *",
    "30 6 L * *",
    "30 6 15W * *",
    "0 7 * * tue#2",
    "0 7 * * friL",
    "0 7 29 2 *",
    "5-59/7 0-23 */3 */2 0-6",
    "0 7 LW 12 +1",
    "0 0 31 1,3,5 7",
];

/// What is put in: what the grammars are made of, and what they are not.
const CHARACTERS: [char; 32] = [
    '0', '1', '2', '3', '5', '9', '*', '/', '-', ',', '#', 'L', 'W', '+', '?', ':', ' ', 'a', 'e', 'm', 'n',
    'o', 'y', '@', '.', '\t', '\n', '\0', 'ñ', 'İ', '\u{2028}', '🙂',
];

#[test]
fn ten_thousand_mistyped_texts_are_refused_or_fire_soon() {
    let started = Instant::now();
    let mut random = ChaCha8Rng::seed_from_u64(2026);
    let mut pick = |of: usize| random.next_u32() as usize % of;
    let workdays = Workdays::monday_to_friday();
    let zones = [chrono_tz::America::Santiago, chrono_tz::Pacific::Apia, chrono_tz::Australia::Lord_Howe];
    let starts = [at("2011-12-28T00:00:00Z"), at("2026-09-05T12:00:00Z"), at("2028-02-28T23:59:59Z")];
    let (mut read, mut fired, mut slowest) = (0, 0, (Duration::ZERO, String::new()));
    for _ in 0..10_000 {
        let mut text: Vec<char> = TEXTS[pick(TEXTS.len())].chars().collect();
        for _ in 0..=pick(2) {
            let place = pick(text.len().max(1));
            let character = CHARACTERS[pick(CHARACTERS.len())];
            match pick(8) {
                0 if !text.is_empty() => drop(text.remove(place)),
                1 if !text.is_empty() => text[place] = character,
                2 if place + 1 < text.len() => text.swap(place, place + 1),
                3 if !text.is_empty() => text.insert(place, text[place]),
                4 => text.insert(place, character),
                // Another digit, where there are some: most of these can be read.
                _ => {
                    let digits = text.iter_mut().filter(|character| character.is_ascii_digit());
                    let mut digits: Vec<&mut char> = digits.collect();
                    let of = digits.len().max(1);
                    if let Some(digit) = digits.get_mut(pick(of)) {
                        **digit = CHARACTERS[pick(6)];
                    }
                }
            }
        }
        let text: String = text.into_iter().collect();
        let begun = Instant::now();
        for result in [Schedule::parse(&text), Schedule::cron(&text)] {
            let schedule = match result {
                Ok(schedule) => schedule,
                Err(error) => {
                    assert!(text.get(error.span.clone()).is_some(), "{text:?}: {error:?}");
                    assert!(!error.what.is_empty() && !error.hint.is_empty(), "{text:?}: {error:?}");
                    continue;
                }
            };
            read += 1;
            let rules =
                [OnFreeDay::Fire, OnFreeDay::Skip, OnFreeDay::NextWorkday, OnFreeDay::PreviousWorkday];
            let schedule = schedule.on_free_day(rules[pick(4)]);
            for (zone, start) in zones.into_iter().zip(starts) {
                let mut last = start;
                for _ in 0..5 {
                    let Some(firing) = schedule.firing_after(last, zone, &workdays) else { break };
                    assert!(firing.at > last, "{text:?} in {zone}");
                    last = firing.at;
                    fired += 1;
                }
            }
        }
        slowest = slowest.max((begun.elapsed(), text));
    }
    println!(
        "10000 texts, {read} of them schedules, {fired} firings in {:.1?}; the slowest in {:.1?}: {:?}",
        started.elapsed(),
        slowest.0,
        slowest.1
    );
    assert!(read > 1_500 && fired > 20_000, "the mutations leave too little to read: {read}, {fired}");
    assert!(slowest.0 < Duration::from_secs(3), "{slowest:?}");
}
