//! Frames as they are kept, read by another program.

use super::setting::*;
use parte::definition::{FrameName, Rows};
use parte::source::{Frames, Need, load};
use polars::prelude::{AnyValue, DataFrame};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

fn as_json(value: &AnyValue<'_>) -> Value {
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::String(text) => json!(text),
        AnyValue::StringOwned(text) => json!(text.as_str()),
        AnyValue::Int64(n) => json!(n),
        AnyValue::Float64(n) => json!(n),
        AnyValue::Boolean(is) => json!(is),
        AnyValue::Datetime(at, ..) => json!(at),
        other => json!(other.to_string()),
    }
}

fn rows_as_json(table: &DataFrame) -> Vec<Vec<Value>> {
    let row = |row| table.columns().iter().map(|c| as_json(&c.get(row).expect("a cell"))).collect();
    (0..table.height()).map(row).collect()
}

#[test]
fn duckdb_reads_the_very_rows_of_every_kept_frame_and_so_does_the_next_run() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("numbers_kept_frames.db");
    python("numbers_make_dirty.py", &[&path.to_string_lossy()]);
    let every = || BTreeSet::from(["*".to_owned()]);
    let need = Need {
        columns: FrameName::ALL.into_iter().map(|frame| (frame, every())).collect::<BTreeMap<_, _>>(),
        periods: vec![period("2025-09-01", "2025-09-08", chrono_tz::Tz::UTC)],
        rows: BTreeSet::from(Rows::ALL),
        made: None,
    };
    let frames = load(&source(&path), &need).expect("frames");
    let files = frames.to_parquet().expect("files");
    let again = Frames::from_parquet(files.clone(), frames.known()).expect("frames");
    let mut compared = 0;
    for (name, bytes) in files {
        let table = frames.frames[&name].whole().expect("a table");
        assert!(again.frames[&name].whole().expect("a table").equals_missing(&table), "{name:?}");
        let file = path.with_extension(format!("{}.parquet", name.as_str()));
        std::fs::write(&file, bytes).expect("a file");
        let columns: Vec<&str> = table.get_column_names().into_iter().map(|it| it.as_str()).collect();
        let file = file.to_string_lossy().into_owned();
        let arguments: Vec<&str> = std::iter::once(file.as_str()).chain(columns.iter().copied()).collect();
        let read: Value = serde_json::from_str(&python("numbers_parquet.py", &arguments)).expect("JSON");
        let expected = rows_as_json(&table);
        assert_eq!(read["rows"], json!(expected), "{name:?}");
        compared += expected.len() * columns.len();
    }
    let tasks = &frames.frames[&FrameName::Tasks];
    assert!(
        tasks.values("seller_id").is_some_and(|values| values.null_count() > 0),
        "absent among what is held once"
    );
    assert!(tasks.values("task_id").is_none());
    assert!(compared > 10_000, "{compared} cells");
}
