//! The rules of the house (docs/architecture.md), read off the sources: who may know whom, and what lives nowhere else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Each room and what it may know beside itself, `calendar` and `suggest`.
const ROOMS: &[(&str, &[&str])] = &[
    ("calendar", &[]),
    ("suggest", &[]),
    ("clock", &[]),
    ("definition", &[]),
    ("web", &["definition"]),
    ("source", &["definition", "web"]),
    ("metrics", &["definition", "source"]),
    ("document", &["definition", "source", "metrics"]),
    ("render", &["definition", "document"]),
    ("deliver", &["clock", "definition", "render", "web"]),
    ("sync", &["definition", "deliver", "web"]),
    ("ledger", &[]),
    ("demo", &[]),
    ("pipeline", &["definition", "source", "metrics", "document", "render", "deliver"]),
    ("plan", &["definition", "source", "metrics", "document", "render", "deliver", "pipeline"]),
    ("notices", &["definition", "deliver", "document", "ledger", "render"]),
    ("backfill", &["definition", "ledger", "plan", "worker"]),
    ("scheduler", &["clock", "definition", "ledger"]),
    ("worker", &["clock", "definition", "deliver", "ledger", "notices", "pipeline", "render"]),
    ("saves", &[]),
    ("server", &["saves"]),
    (
        "app",
        &[
            "backfill",
            "clock",
            "definition",
            "deliver",
            "demo",
            "document",
            "ledger",
            "metrics",
            "pipeline",
            "saves",
            "scheduler",
            "server",
            "source",
            "sync",
            "worker",
        ],
    ),
    (
        "cli",
        &[
            "app",
            "backfill",
            "clock",
            "definition",
            "demo",
            "document",
            "ledger",
            "metrics",
            "pipeline",
            "plan",
            "scheduler",
            "server",
            "sync",
            "worker",
        ],
    ),
];

/// A crate or call, the rooms that may name it, and why.
const ONLY_IN: &[(&str, &[&str], &str)] = &[
    ("sqlx::", &["ledger", "source"], "the record, and servers that are read"),
    ("rusqlite::", &["source", "demo", "sync"], "bulk reads, the demo's writer, and that of copies"),
    ("polars::", &["source", "metrics", "document"], "frames end where the document begins"),
    (
        "polars_io::",
        &["source", "pipeline"],
        "Parquet is read where frames are kept, and where files are held against the report",
    ),
    (
        "polars_parquet::",
        &["source", "render"],
        "Parquet is written where frames are kept, and where reports are rendered",
    ),
    ("rust_xlsxwriter::", &["render"], "a format's crate stays with its renderer"),
    ("printpdf::", &["render"], "a format's crate stays with its renderer"),
    (
        "reqwest::",
        &["deliver", "sync", "web"],
        "HTTP is spoken by deliver, and by web where both deliver and sources need it",
    ),
    ("suppaftp::", &["deliver"], "sockets are opened by deliver alone"),
    ("russh::", &["deliver", "definition"], "deliver connects; definition only checks that host keys parse"),
    ("russh_sftp::", &["deliver"], "sockets are opened by deliver alone"),
    ("lettre::", &["deliver", "definition"], "deliver sends; definition only checks that addresses parse"),
    ("axum::", &["server"], "the preview alone answers browsers"),
    ("notify::", &["saves"], "saved files are noticed in one place"),
    ("Utc::now", &["clock"], "periods derive from the scheduled instant"),
    ("Local::now", &[], "the zone is the report's, never the machine's"),
    ("std::env::var", &["definition", "cli"], "secrets and switches are read in two places"),
    ("println!", &[], "what people see goes through cli/terminal.rs"),
    ("clap::", &["cli"], "arguments end at the command line"),
    (
        "parte_columns::",
        &["source", "metrics", "render"],
        "what is done for every row serves reading, computing and writing records",
    ),
    ("indicatif::", &["cli"], "progress is shown by the command line"),
];

/// Names that say nothing about what lives there.
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "common", "misc", "manager"];

fn sources() -> BTreeMap<PathBuf, String> {
    fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.insert(path.clone(), std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 30, "the sources are read");
    found
}

fn room_of(path: &Path) -> String {
    let inner = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).unwrap();
    inner.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// Code lines only: comments are free to name what they like, and unit tests may look over the fence.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn each_room_knows_only_what_stands_left_of_it() {
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let room = room_of(&path);
        if room == "main" || room == "lib" {
            continue;
        }
        let allowed =
            rooms.get(room.as_str()).unwrap_or_else(|| panic!("{room}: a room that the map does not show"));
        for (number, line) in code(&text) {
            for known in line.match_indices("crate::").map(|(at, _)| &line[at + 7..]) {
                let known: String = known.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let is_room = rooms.contains_key(known.as_str());
                if is_room
                    && known != room
                    && !["calendar", "suggest"].contains(&known.as_str())
                    && !allowed.contains(&known.as_str())
                {
                    wrong.push(format!("{}:{}: {room} must not know {known}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_belongs_to_one_room_is_named_nowhere_else() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let room = room_of(&path);
        for (number, line) in code(&text) {
            for (name, rooms, why) in ONLY_IN {
                if line.contains(name) && !rooms.contains(&room.as_str()) && !line.contains("eprintln!") {
                    wrong.push(format!("{}:{}: `{name}` in {room}: {why}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_lives_there_and_has_a_name_that_means_something() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        if !text.starts_with("//! ") {
            wrong.push(format!("{}: does not open with what lives there", path.display()));
        }
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if EMPTY_NAMES.contains(&stem.as_str()) {
            wrong.push(format!("{}: a name that says nothing", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_map_of_the_house_names_every_room() {
    let map =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md")).unwrap();
    for (room, _) in ROOMS {
        assert!(map.contains(&format!("`{room}")), "docs/architecture.md does not name `{room}`");
    }
}
