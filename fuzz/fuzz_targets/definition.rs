//! Any bytes as a definition file: they load, or every problem points into the text and can be shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use parte::definition::{Diagnostics, load};
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("reports.toml");
    std::fs::write(&path, bytes).expect("written");
    match load(&path, parte::metrics::catalogue()) {
        Ok(definitions) => check(&definitions.warnings),
        Err(problems) => {
            assert!(!problems.problems.is_empty());
            check(&problems);
        }
    }
});

fn check(problems: &Diagnostics) {
    for problem in &problems.problems {
        if let Some(span) = &problem.span {
            assert!(problems.files[problem.file].1.get(span.clone()).is_some(), "{problem:?}");
        }
    }
    let _ = problems.render(false, 80);
    let _ = problems.render_ascii(true, 0);
    let _ = problems.to_json();
    let _ = problems.to_sarif(Path::new("/"));
    let _ = problems.to_github(Path::new("/"));
}
