//! Files as other programs write them. Parquet: whatever codec, encoding, type or size of pages they choose, the report is the same. CSV:
//! what spreadsheets make of days, numbers and the first line.

use super::faults::{define, said};
use crate::support::{python, run};
use std::path::Path;

/// The same rows, written by Arrow's and by DuckDB's writers in every way that changes the bytes: a folder for each.
const WRITERS: &str = r#"
import pyarrow as pa, pyarrow.parquet as pq, datetime as dt, decimal, os, random, sys, uuid, duckdb
random.seed(3)
n, zero = 3000, dt.datetime(2026, 3, 2, 8, tzinfo=dt.timezone.utc)
ids = [str(uuid.UUID(int=random.getrandbits(128))) for _ in range(n)]
status = [random.choice(["completed", "pending", "failed", None]) for _ in range(n)]
at = [zero + dt.timedelta(minutes=random.randrange(7 * 24 * 60)) for _ in range(n)]
amount = [None if random.random() < .3 else random.randrange(100000) / 4 for _ in range(n)]
seller = [random.choice(["ana", "josé", "ñandú con un nombre que es largo", None]) for _ in range(n)]
def table(text=pa.string(), instant=pa.timestamp("us", "UTC"), amounts=pa.array(amount, pa.float64())):
    return pa.table({"task_id": pa.array(ids, text), "status": pa.array(status, text), "seller_id": pa.array(seller, text),
                     "scheduled_at": pa.array(at, instant), "sales_amount": amounts, "outcome": pa.nulls(n)})
exact = pa.array([None if a is None else decimal.Decimal(a) for a in amount], pa.decimal128(12, 2))
plain = table()
ways = {f"codec-{codec}": (plain, dict(compression=codec)) for codec in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]}
ways |= {
    "pages-v2": (plain, dict(data_page_version="2.0")),
    "no-dictionary": (plain, dict(use_dictionary=False)),
    "no-statistics": (plain, dict(write_statistics=False)),
    "index-and-checksums": (plain, dict(write_page_index=True, write_page_checksum=True)),
    "int96": (table(instant=pa.timestamp("ns", "UTC")), dict(use_deprecated_int96_timestamps=True)),
    "nanoseconds": (table(instant=pa.timestamp("ns", "UTC")), dict()),
    "milliseconds": (table(instant=pa.timestamp("ms", "UTC")), dict()),
    "without-offset": (table(instant=pa.timestamp("us")), dict()),
    "large-texts": (table(text=pa.large_string()), dict()),
    "views": (table(text=pa.string_view()), dict()),
    "bytes": (table(text=pa.binary()), dict()),
    "decimal": (table(amounts=exact), dict()),
    "decimal-integers": (table(amounts=exact), dict(store_decimal_as_integer=True)),
    "decimal-256": (table(amounts=exact.cast(pa.decimal256(40, 2))), dict()),
    "single-precision": (table(amounts=pa.array(amount, pa.float32())), dict()),
    "categories": (plain.set_column(1, "status", plain["status"].dictionary_encode()).set_column(2, "seller_id", plain["seller_id"].dictionary_encode()), dict()),
    "small-groups": (plain, dict(row_group_size=37)),
    "small-pages": (plain, dict(data_page_size=64, write_batch_size=8)),
    "dictionary-given-up": (plain, dict(dictionary_pagesize_limit=64, data_page_size=256, write_batch_size=16)),
    "delta": (plain, dict(use_dictionary=False, column_encoding={"task_id": "DELTA_BYTE_ARRAY", "status": "DELTA_LENGTH_BYTE_ARRAY",
              "sales_amount": "BYTE_STREAM_SPLIT", "scheduled_at": "DELTA_BINARY_PACKED"})),
    "nested-beside": (plain.append_column("extra", pa.array([{"a": 1, "b": [1, 2]}] * n)).append_column("tags", pa.array([["x"]] * n)), dict()),
}
for name, (rows, how) in ways.items():
    os.makedirs(f"{sys.argv[1]}/{name}")
    pq.write_table(rows, f"{sys.argv[1]}/{name}/tasks.parquet", **how)
os.makedirs(f"{sys.argv[1]}/duckdb")
database = duckdb.connect()
database.execute("set timezone = 'UTC'")
database.execute("create table t as select cast(task_id as uuid) task_id, cast(status as enum('completed', 'pending', 'failed')) status, * exclude (task_id, status) from plain")
database.execute(f"copy t to '{sys.argv[1]}/duckdb/tasks.parquet'")
"#;

/// Of the report of each folder: what it says, but for when it was made.
fn report(folder: &Path, name: &str) -> String {
    define(folder, &format!("parquet:{name}"), "");
    let definition = folder.join("reports.toml");
    let text = std::fs::read_to_string(&definition).expect("read").replace(
        "  [[report.section]]",
        "  [[report.section]]\n  title = \"Filas\"\n  detail = { columns = [\"task_id\", \"status\", \"seller_id\", \"scheduled_at\", \"sales_amount\", \"outcome\"], \
         sort = \"task_id\", limit = 2000 }\n  [[report.section]]\n  title = \"Vendedores\"\n  table = { by = [\"seller_id\"], metrics = [\"tasks_planned\", \"sales_amount\"] }\n  \
         [[report.section]]",
    );
    std::fs::write(definition, text).expect("written");
    let told =
        said(folder, &["run", "semana", "--period", "2026-03-03..2026-03-06", "--no-deliver", "--out", name]);
    assert!(told.starts_with("exit 0"), "{name}: {told}");
    let made = folder.join(name).join("semana_20260303.json");
    let mut made: serde_json::Value =
        serde_json::from_slice(&std::fs::read(made).expect("the report")).expect("JSON");
    made["generated"] = serde_json::Value::Null;
    made.to_string()
}

#[test]
fn a_report_is_the_same_whatever_wrote_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    run(python().args(["-c", WRITERS]).arg(folder.path()));
    let ways: Vec<String> = std::fs::read_dir(folder.path())
        .expect("the folder")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("a name"))
        .collect();
    assert!(ways.len() >= 28, "{ways:?}");
    let expected = report(folder.path(), "codec-none");
    assert!(expected.contains("ñandú con un nombre que es largo"), "{expected}");
    for way in &ways {
        assert_eq!(report(folder.path(), way), expected, "{way}");
    }
}

#[test]
fn a_column_that_no_report_can_hold_is_told_where_it_is_needed_and_only_there() {
    let script = "import pyarrow as pa, pyarrow.parquet as pq, sys, datetime as dt\n\
        day = dt.datetime(2026, 3, 3, tzinfo=dt.timezone.utc)\n\
        pq.write_table(pa.table({'task_id': ['T1'], 'scheduled_at': pa.array([day], pa.timestamp('us', 'UTC')), 'notes': [['a']], 'sales_amount': [eval(sys.argv[2])]}), sys.argv[1])";
    for (value, holds) in [
        ("[1.5]", "lists"),
        ("{'cop': 1.5}", "objects"),
        ("dt.timedelta(1)", "lengths of time"),
        ("dt.time(8)", "times of a day"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        define(folder.path(), "parquet:.", "");
        run(python().args(["-c", script]).arg(folder.path().join("tasks.parquet")).arg(value));
        let told =
            said(folder.path(), &["run", "semana", "--at", "2026-03-10T07:00", "--no-deliver", "--quiet"]);
        let expected = format!(
            "failed to read source `datos`: `sales_amount` of ./tasks.parquet holds {holds}\n help: "
        );
        assert!(told.starts_with("exit 4\n") && told.contains(&expected), "{told}");
    }
}

#[test]
fn what_spreadsheets_save_is_read_with_a_word_or_none() {
    const HEADER: &str = "task_id;status;scheduled_at;completed_at;sales_amount";
    let rows = |days: [&str; 2]| {
        format!("T1;completed;{0};{0};1.234,5\nT2;completed;{1};{1};0,5\nT3;completed;;;\n", days[0], days[1])
    };
    let iso = rows(["2026-03-04T15:30:00", "2026-03-06T00:00:00"]);
    let dmy = "decimal = \",\"\ndates = \"dmy\"";
    let comma = "decimal = \",\"";
    for (what, more, text) in [
        ("as it should be", comma, format!("{HEADER}\n{iso}")),
        ("Excel's first line", comma, format!("sep=;\r\n{HEADER}\n{iso}")),
        ("and a mark before it", comma, format!("\u{feff}SEP=;\n\n{HEADER}\n{iso}")),
        ("tabs that are announced", comma, format!("sep=\t\n{HEADER}\n{iso}").replace(';', "\t")),
        ("days by people", dmy, format!("{HEADER}\n{}", rows(["4/3/2026 15:30", "06/03/2026"]))),
        (
            "in Spanish",
            dmy,
            format!("{HEADER}\n{}", rows(["4/3/2026 3:30:00 p.\u{a0}m.", "06-03-2026 12:00 a. m."])),
        ),
        (
            "in American",
            "decimal = \",\"\ndates = \"mdy\"",
            format!("{HEADER}\n{}", rows(["3/4/2026 3:30 PM", "03/06/2026"])),
        ),
        ("either way", dmy, format!("{HEADER}\n{}", rows(["2026-03-04T15:30:00", "06.03.2026"]))),
        (
            "under names of one's own",
            "decimal = \",\"\ndates = \"dmy\"\n[sources.datos.tasks]\ncolumns = { scheduled_at = \"Fecha\" }",
            format!(
                "{}\n{}",
                HEADER.replace("scheduled_at", "FECHA"),
                rows(["4/3/2026 15:30", "06/03/2026"])
            ),
        ),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        define(folder.path(), "csv:.", &format!("{more}\n"));
        std::fs::write(folder.path().join("tasks.csv"), text).expect("written");
        let run = ["run", "semana", "--period", "2026-03-04..2026-03-05", "--no-deliver", "--out", "out"];
        let told = said(folder.path(), &run);
        assert!(told.starts_with("exit 0"), "{what}: {told}");
        let made = std::fs::read(folder.path().join("out/semana_20260304.json")).expect("the report");
        let made: serde_json::Value = serde_json::from_slice(&made).expect("JSON");
        let values: Vec<&serde_json::Value> =
            made["sections"][0]["tiles"].as_array().expect("tiles").iter().map(|kpi| &kpi["value"]).collect();
        assert_eq!(values, [&serde_json::json!(1), &serde_json::json!(1235)], "{what}: {made}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let told = |more: &str, text: &str| {
        define(folder.path(), "csv:.", more);
        std::fs::write(folder.path().join("tasks.csv"), text).expect("written");
        said(
            folder.path(),
            &["run", "semana", "--period", "2026-03-04..2026-03-05", "--no-deliver", "--quiet"],
        )
    };
    let by_people = format!("{HEADER}\n{}", rows(["13/03/2026 15:30", "06/03/2026"]));
    let by_hand = told(comma, &by_people);
    assert!(
        by_hand.starts_with("exit 4") && by_hand.contains("dates = \"dmy\" reads 13/03/2026 too"),
        "{by_hand}"
    );
    let remark = told("", &format!("# exportado hoy\n{HEADER}\n{iso}"));
    for piece in [
        "exit 4",
        "file `tasks.csv` has none of the columns needed for tasks: ",
        "the columns there are: # exportado hoy; see whether the first line names them",
    ] {
        assert!(remark.contains(piece), "{piece}: {remark}");
    }
    let other = told("dates = \"ymd\"\n", &by_people);
    assert!(other.starts_with("exit 3") && other.contains("ymd"), "{other}");
}
