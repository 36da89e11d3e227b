//! The shipped file, damaged at random: nothing panics, every place lies in the file.

use super::{catalogue, check_places, check_spans, shipped};
use parte::definition::load;
use std::time::{Duration, Instant};

/// A small generator of numbers, the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

const BITS: [&str; 21] = [
    "\"", "'", "[", "]", "{", "}", "=", "\"\"\"", "\n", "#", "ñ", "🦤", "\\", "${X}", "${", ".", ",", "\r",
    "\u{0}", "1", "true ",
];

/// One to three random changes.
fn mutated(numbers: &mut Numbers, original: &[char], lines: &[&str]) -> String {
    let mut text = original.to_vec();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(text.len());
        match numbers.below(5) {
            0 => drop(text.splice(at..at, numbers.one_of(&BITS).chars())),
            1 => drop(text.splice(at..(at + 1).min(text.len()), numbers.one_of(&BITS).chars())),
            2 => drop(text.drain(at..(at + 1 + numbers.below(30)).min(text.len()))),
            3 => drop(text.splice(at..at, numbers.one_of(lines).chars())),
            _ => {
                let other = numbers.below(text.len());
                text.swap(at, other);
            }
        }
    }
    text.into_iter().collect()
}

/// Longer than this takes no file of this length, on any machine, in any build.
const LONGEST: Duration = Duration::from_secs(5);

/// As many as a file needs to be a calendar.
const HOLIDAYS: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20260720\r\nSUMMARY:Independencia\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// The shipped file whole, and then with one of its reports at a time: reading a small copy takes a third of the time, and what
/// stands before the reports is hit more often.
fn copies() -> Vec<Vec<char>> {
    let mut parts = shipped().split("\n[[report]]");
    let before = parts.next().expect("what is before the reports");
    let whole = std::iter::once(shipped().to_owned());
    whole
        .chain(parts.map(|report| format!("{before}\n[[report]]{report}")))
        .map(|copy| copy.chars().collect())
        .collect()
}

/// Loads so many mutations; how many of them have no problem.
fn load_mutations(seed: u64, count: usize) -> usize {
    let catalogue = catalogue();
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("templates")).expect("made");
    std::fs::write(folder.path().join("templates/holidays-co.ics"), HOLIDAYS).expect("written");
    std::fs::copy("templates/logo.svg", folder.path().join("templates/logo.svg")).expect("copied");
    let path = folder.path().join("reports.toml");
    let copies = copies();
    let lines: Vec<&str> = shipped().split_inclusive('\n').collect();
    let mut numbers = Numbers(seed);
    let mut loaded = 0;
    for round in 0..count {
        let copy = if round % 10 == 0 { &copies[0] } else { numbers.one_of(&copies[1..]) };
        let text = mutated(&mut numbers, copy, &lines);
        std::fs::write(&path, &text).expect("written");
        let began = Instant::now();
        match load(&path, &catalogue) {
            Ok(_) => loaded += 1,
            Err(problems) if round % 10 == 0 => check_places(&problems),
            Err(problems) => check_spans(&problems),
        }
        let took = began.elapsed();
        assert!(took < LONGEST, "{took:?} for\n{text}");
    }
    loaded
}

/// A quarter of the ten thousand, in a test of its own: they run beside each other.
fn check_quarter(quarter: u64) {
    let loaded = load_mutations(2026 + quarter, 2_500);
    // Most changes are faults; what stands in comments and in texts for people is not.
    assert!((25..1_500).contains(&loaded), "{loaded} of 2500 mutated files load");
}

#[test]
fn mutations_of_the_shipped_file_never_panic_and_point_into_the_file_1_of_4() {
    check_quarter(0);
}

#[test]
fn mutations_of_the_shipped_file_never_panic_and_point_into_the_file_2_of_4() {
    check_quarter(1);
}

#[test]
fn mutations_of_the_shipped_file_never_panic_and_point_into_the_file_3_of_4() {
    check_quarter(2);
}

#[test]
fn mutations_of_the_shipped_file_never_panic_and_point_into_the_file_4_of_4() {
    check_quarter(3);
}
