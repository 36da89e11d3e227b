//! Files that are not what they should be: what is said, where, and what to do.

use crate::cli::parte;
use std::fmt::Write as _;
use std::path::Path;

/// A definition with one report over a source of files, whose lines below the url are `more`.
pub(super) fn define(folder: &Path, url: &str, more: &str) {
    let text = format!(
        "version = 1\n[defaults]\ntimezone = \"America/Bogota\"\n[sources.datos]\nurl = \"{url}\"\n{more}\n[[report]]\nid = \"semana\"\n\
         title = \"Semana\"\nsource = \"datos\"\nperiod = \"previous week\"\nformats = [\"json\"]\n  [[report.section]]\n  kpis = [\"tasks_planned\", \"sales_amount\"]\n"
    );
    std::fs::write(folder.join("reports.toml"), text).expect("written");
}

/// What a run over it says, its exit code first; the folder's own name is left out.
pub(super) fn said(folder: &Path, arguments: &[&str]) -> String {
    let mut command = parte(folder);
    let output = command.args(arguments).output().expect("the program starts");
    let text = [output.stderr, output.stdout].concat();
    let text = String::from_utf8_lossy(&text).replace(&format!("{}/", folder.display()), "");
    format!("exit {}\n{text}", output.status.code().unwrap_or(-1))
}

const RUN: [&str; 6] = ["run", "semana", "--at", "2026-03-10T07:00", "--no-deliver", "--quiet"];
const HEADER: &str = "task_id,status,scheduled_at,sales_amount\n";
const ROW: &str = "T1,completed,2026-03-04T15:00:00Z,10\n";

/// Name, the file's bytes, lines of the source.
fn csv_faults() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let text = |rest: &str| format!("{HEADER}{ROW}{rest}").into_bytes();
    vec![
        ("too few values", text("T2,completed\n"), ""),
        ("too many values", text("T2,completed,2026-03-04T15:00:00Z,10,5\n"), ""),
        (
            "too few values, lines ended as on Windows",
            text("T2,completed\n")
                .iter()
                .flat_map(|b| if *b == b'\n' { vec![b'\r', b'\n'] } else { vec![*b] })
                .collect(),
            "",
        ),
        ("a quote that never ends", text("T2,\"completed,2026-03-04T15:00:00Z,10\nT3,a,b,1\n"), ""),
        ("the wrong separator", b"task_id;status;scheduled_at\nT1;a;b\n".to_vec(), "separator = \",\""),
        ("letters of Windows", [text("T2,").as_slice(), b"A\xf1ejo,2026-03-04T15:00:00Z,1\n"].concat(), ""),
        ("letters of Windows in the header", b"task_id,A\xf1o\nT1,2\n".to_vec(), ""),
        ("a column twice", b"task_id,status,status\nT1,a,b\n".to_vec(), ""),
        ("nothing", Vec::new(), ""),
        ("a byte order mark alone", vec![0xef, 0xbb, 0xbf], ""),
        ("blank lines", b"\r\n\n \n".to_vec(), ""),
        ("a NUL byte", text("T2,\0\0\0\0,2026-03-04T15:00:00Z,1\n"), ""),
        ("UTF-16 without a mark", utf16(&text(""), true).split_off(2), ""),
        ("UTF-16, too few values", utf16(&text("T2,completed\n"), true), ""),
        (
            "UTF-16, a quote that never ends",
            utf16(&text("T2,\"completed,2026-03-04T15:00:00Z,10\n"), true),
            "",
        ),
        ("UTF-16, half a letter", half_a_letter(&format!("{ROW}T2,"), ",2026-03-04T15:00:00Z,1\n"), ""),
        (
            "UTF-16 that ends in the middle of a letter",
            {
                let mut bytes = utf16(&text(&ROW.repeat(3000)), true);
                bytes.pop();
                bytes
            },
            "",
        ),
        ("UTF-16, a byte order mark alone", vec![0xff, 0xfe], ""),
        ("UTF-16, a mark and one byte", vec![0xfe, 0xff, 0], ""),
        ("UTF-16 that is said to be windows-1252", utf16(&text(""), true), "encoding = \"windows-1252\""),
        (
            "UTF-8 that is said to be UTF-16",
            [&[0xef, 0xbb, 0xbf], text("").as_slice()].concat(),
            "encoding = \"utf-16\"",
        ),
        ("UTF-8 without a mark that is said to be UTF-16", text(""), "encoding = \"utf-16\""),
        (
            "UTF-8 that is said to be windows-1252",
            [&[0xef, 0xbb, 0xbf], text("").as_slice()].concat(),
            "encoding = \"windows-1252\"",
        ),
        ("a workbook", b"PK\x03\x04 and more".to_vec(), ""),
        ("half of a packed file", packed(&text(&ROW.repeat(300)))[..60].to_vec(), ""),
        (
            "a packed file with a wrong byte",
            {
                let mut bytes = packed(&text(ROW));
                let at = bytes.len() / 2;
                bytes[at] ^= 0xff;
                bytes
            },
            "",
        ),
        ("an open quote in the header", b"task_id,\"status\nT1,a\n".to_vec(), ""),
    ]
}

/// A text as UTF-16 with a byte order mark, the low byte first or the high one.
fn utf16(text: &[u8], low_first: bool) -> Vec<u8> {
    let text = std::str::from_utf8(text).expect("a text");
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(|unit| if low_first { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
}

/// The same of rows in which a value is the first half of a letter, without the second.
fn half_a_letter(before: &str, after: &str) -> Vec<u8> {
    let mut all = utf16(format!("{HEADER}{before}").as_bytes(), true);
    all.extend(0xd83d_u16.to_le_bytes());
    all.extend(utf16(after.as_bytes(), true).split_off(2));
    all
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packing.write_all(bytes).and_then(|()| packing.finish()).expect("packed")
}

#[test]
fn each_fault_of_a_csv_file_is_told_with_its_line_and_what_to_do() {
    let mut all = String::new();
    for (name, bytes, more) in csv_faults() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("datos")).expect("a folder");
        std::fs::write(folder.path().join("datos/tasks.csv"), bytes).expect("written");
        define(folder.path(), "csv:datos", more);
        let _ = writeln!(all, "## {name}\n{}", said(folder.path(), &RUN));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn each_fault_of_an_ndjson_file_is_told_with_its_line_and_what_to_do() {
    let row = "{\"task_id\": \"T1\", \"status\": \"completed\", \"scheduled_at\": \"2026-03-04T15:00:00Z\", \"sales_amount\": 1}\n";
    let mut all = String::new();
    for (name, rest) in [
        ("half a line at the end", "{\"task_id\": \"T2\", \"sta".as_bytes().to_vec()),
        ("half a line in the middle", "{\"task_id\": \"T2\", \"sta\n{}\n".as_bytes().to_vec()),
        ("a list", b"[1, 2]\n".to_vec()),
        ("a number", b"7\n".to_vec()),
        ("no JSON", b"{'task_id': 'T2'}\n".to_vec()),
        ("two objects on a line", b"{\"task_id\": \"T2\"} {\"task_id\": \"T3\"}\n".to_vec()),
        ("bytes that are no letters", b"{\"task_id\": \"\xf1\"}\n".to_vec()),
        ("UTF-16", utf16(row.as_bytes(), true)),
        ("too deep", format!("{}1{}\n", "{\"a\": ".repeat(500), "}".repeat(500)).into_bytes()),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("tasks.ndjson"), [row.as_bytes(), &rest].concat())
            .expect("written");
        define(folder.path(), "ndjson:.", "");
        let _ = writeln!(all, "## {name}\n{}", said(folder.path(), &RUN));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_folder_that_lacks_a_file_says_what_is_there() {
    let mut all = String::new();
    for (name, url, more, files) in [
        ("no folder", "csv:datos", "", &[][..]),
        ("an empty folder", "csv:.", "", &[]),
        ("files of other names", "csv:.", "", &["tareas.csv", "vendedores.csv"]),
        (
            "a name that is nearly there",
            "csv:.",
            "[sources.datos.tasks]\ntable = \"tarea\"",
            &["tareas_20260301_000000.csv"],
        ),
        (
            "a pattern that nothing is like",
            "csv:.",
            "[sources.datos.tasks]\nfiles = \"export/*.csv\"",
            &["tareas.csv"],
        ),
        ("files of another kind", "parquet:.", "", &["tasks.csv"]),
        (
            "a column that is not there",
            "csv:.",
            "[sources.datos.tasks]\ncolumns = { seller_id = \"vendedr\" }",
            &["tasks.csv"],
        ),
        ("no key to merge by", "csv:.", "[sources.datos.tasks]\ntake = \"merge\"", &["tasks.csv"]),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        for file in files {
            std::fs::write(folder.path().join(file), "vendedor,status,scheduled_at\nS1,a,2026-03-04\n")
                .expect("written");
        }
        define(folder.path(), url, more);
        let _ = writeln!(all, "## {name}\n{}", said(folder.path(), &RUN));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_damaged_parquet_file_is_one_clear_error_whatever_is_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tasks.parquet");
    define(folder.path(), "parquet:.", "");
    let script = "import pyarrow as pa, pyarrow.parquet as pq, sys, datetime as dt\n\
        n = 5000\nat = [dt.datetime(2026, 3, 1, tzinfo=dt.timezone.utc) + dt.timedelta(minutes=i) for i in range(n)]\n\
        pq.write_table(pa.table({'task_id': [f'T{i}' for i in range(n)], 'status': ['completed', 'pending'] * (n // 2),\n\
        'scheduled_at': pa.array(at, pa.timestamp('us', 'UTC')), 'sales_amount': [i / 4 for i in range(n)]}), sys.argv[1], row_group_size=1000)";
    crate::support::run(crate::support::python().args(["-c", script]).arg(&path));
    let sound = std::fs::read(&path).expect("the file");
    assert!(said(folder.path(), &RUN).starts_with("exit 0"));
    let (mut fails, mut passes) = (0, 0);
    let mut try_it = |bytes: &[u8], what: &str| {
        std::fs::write(&path, bytes).expect("written");
        let said = said(folder.path(), &RUN);
        match said.lines().next() {
            Some("exit 4") => fails += 1,
            // A byte of a value, or one that nobody looks at.
            Some("exit 0") => passes += 1,
            _ => panic!("{what}: {said}"),
        }
        assert!(!said.contains("panicked"), "{what}: {said}");
        said
    };
    for length in [0, 3, 8, 100, sound.len() / 2, sound.len() - 1] {
        let said = try_it(&sound[..length], &format!("cut at {length}"));
        assert!(said.starts_with("exit 4") && said.contains("tasks.parquet"), "{said}");
    }
    let step = sound.len() / 60;
    for at in (0..sound.len()).step_by(step) {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x55;
        try_it(&bytes, &format!("byte {at}"));
    }
    assert!(fails > 20 && passes > 0, "{fails} {passes}");
}
