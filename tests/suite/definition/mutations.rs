//! The shipped file, damaged at random: nothing panics, every place lies in the file.

use super::{catalogue, check_places, check_spans, shipped};
use parte::definition::load;

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

/// One to five random changes.
fn mutated(numbers: &mut Numbers, original: &[char], lines: &[&str]) -> String {
    let mut text = original.to_vec();
    for _ in 0..=numbers.below(4) {
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

/// Loads so many mutations; how many of them have no problem.
fn load_mutations(seed: u64, count: usize) -> usize {
    let catalogue = catalogue();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("reports.toml");
    let original: Vec<char> = shipped().chars().collect();
    let lines: Vec<&str> = shipped().split_inclusive('\n').collect();
    let mut numbers = Numbers(seed);
    let mut loaded = 0;
    for round in 0..count {
        std::fs::write(&path, mutated(&mut numbers, &original, &lines)).expect("written");
        match load(&path, &catalogue) {
            Ok(_) => loaded += 1,
            Err(problems) if round % 25 == 0 => check_places(&problems),
            Err(problems) => check_spans(&problems),
        }
    }
    loaded
}

#[test]
fn three_thousand_mutations_of_the_shipped_file_never_panic_and_point_into_the_file() {
    let loaded: usize = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..4).map(|seed| scope.spawn(move || load_mutations(2026 + seed, 750))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    // The holiday calendar is not beside the mutated files: none of them loads, unless that line was hit.
    assert!(loaded < 300, "{loaded} mutated files load");
}
