//! A source's tasks, read several times over: `bench/sources` measures how long it takes, and holds it against what others need for the
//! same rows.
//!
//! `cargo bench --bench sources -- REPORTS.toml SOURCE FROM..TO TIMES COLUMN...` prints the seconds of each time, as JSON.

use parte::calendar::Period;
use parte::definition::{FrameName, Rows};
use parte::source::{Need, load};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

fn main() {
    // `cargo bench` adds a word of its own.
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let mut next = || words.next();
    let (Some(file), Some(name), Some(days), Some(times)) = (next(), next(), next(), next()) else {
        println!("usage: REPORTS.toml SOURCE FROM..TO TIMES COLUMN...");
        return;
    };
    let columns: BTreeSet<String> = words.collect();
    let definitions = parte::app::definitions(Path::new(&file)).expect("definitions");
    let source = definitions.sources.values().find(|source| source.id.as_str() == name).expect("the source");
    let need = Need {
        columns: BTreeMap::from([(FrameName::Tasks, columns)]),
        periods: vec![Period::parse(&days, chrono_tz::UTC).expect("a period")],
        rows: BTreeSet::from([Rows::Planned]),
        made: None,
    };
    for _ in 0..times.parse().expect("a number") {
        let started = Instant::now();
        let frames = load(source, &need).unwrap_or_else(|error| panic!("{error}: {}", error.hint));
        let rows = frames.frames[&FrameName::Tasks].height();
        println!("{{\"rows\": {rows}, \"seconds\": {}}}", started.elapsed().as_secs_f64());
    }
}
