//! One report in several dialects of CSV, as JSON and as Parquet: what `parte plan` says, what a run makes, and who gets which file.

use super::Workplace;
use crate::support::{python, read_json, run, sha256};
use std::collections::BTreeMap;

const WEEK: [&str; 2] = ["--period", "2026-03-02..2026-03-09"];

/// The weekly report for its readers, a ZIP for an office, and a loader with a dialect of its own.
fn workplace() -> Workplace {
    let place = Workplace::new();
    place.define(
        "formats = [\"csv\", \"xlsx\", \"pdf\"]",
        "formats = [\"csv\", \"json\", \"parquet\"]\ncsv = { zip = true, quotes = \"texts\" }",
    );
    place.define("[[report]]", "[channels.loader]\nurl = \"folder:loader\"\n[[report]]");
    place.define(
        "channel = \"disk\"",
        "channel = \"disk\"\n  [[report.deliver]]\n  channel = \"loader\"\n  formats = [\"csv\", \"parquet\"]\n  csv = { like = \"database\", separator = \"|\", null = \"NULL\" }",
    );
    place
}

#[test]
fn each_delivery_gets_the_csv_that_it_asks_for_and_the_plan_says_so_beforehand() {
    let place = workplace();
    let plan: serde_json::Value =
        serde_json::from_str(&place.expect(0, &[&["plan", "semana", "--json"], WEEK.as_slice()].concat()))
            .expect("JSON");
    let made = place.run_json(&[]);
    let of = |json: &serde_json::Value, key: &str| -> Vec<String> {
        let all = json[key].as_array().unwrap_or_else(|| panic!("{key} in {json}"));
        all.iter().map(|it| it["name"].as_str().expect("a name").to_owned()).collect()
    };
    assert_eq!(of(&plan[0], "artifacts"), of(&made, "artifacts"));
    assert_eq!(
        place.files("out"),
        [
            "semana_20260302.json",
            "semana_20260302.zip",
            "semana_20260302_kpis.parquet",
            "semana_20260302_por-vendedor.parquet"
        ]
    );
    let loaded = ["kpis.csv", "kpis.parquet", "por-vendedor.csv", "por-vendedor.parquet"];
    assert_eq!(place.files("loader"), loaded.map(|it| format!("semana_20260302_{it}")));

    let text = std::fs::read_to_string(place.file("loader/semana_20260302_por-vendedor.csv")).expect("text");
    let lines: Vec<&str> = text.split('\n').collect();
    assert!(lines[0].starts_with("seller|"), "{text}");
    assert!(!text.contains('\r') && !text.contains(';') && !text.starts_with('\u{feff}'), "{text}");
    assert!(
        text.contains("\n=HYPERLINK") || text.contains("\n\"=HYPERLINK"),
        "a loader gets texts as they are: {text}"
    );

    let zip = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), *[(i.filename, i.date_time[0]) for i in z.infolist()]); print(z.read(z.namelist()[1]).decode('utf-8-sig'))";
    let said = run(python().arg("-c").arg(zip).arg(place.file("out/semana_20260302.zip")));
    assert!(
        said.starts_with(
            "None ('semana_20260302_kpis.csv', 1980) ('semana_20260302_por-vendedor.csv', 1980)"
        ),
        "{said}"
    );
    assert!(said.contains("\"'=HYPERLINK(\"\"http://x\"\")\""), "a spreadsheet gets it neutral: {said}");
}

#[test]
fn equal_runs_give_equal_zips() {
    let place = workplace();
    let bytes = |out: &str| {
        place.expect(0, &[&["run", "semana", "--no-deliver", "--out", out], WEEK.as_slice()].concat());
        std::fs::read(place.file(&format!("{out}/semana_20260302_csv.zip"))).expect("the ZIP")
    };
    assert!(bytes("one") == bytes("two"), "the same week, twice");
}

#[test]
fn counts_and_totals_are_the_same_in_csv_json_and_parquet_of_one_run() {
    let place = Workplace::new();
    place.define(
        "formats = [\"csv\", \"xlsx\", \"pdf\"]",
        "formats = [\"csv\", \"json\", \"parquet\", \"xlsx\"]",
    );
    place.expect(0, &[&["run", "semana", "--no-deliver", "--out", "made"], WEEK.as_slice()].concat());
    let script = r#"
import csv, json, sys, openpyxl, pyarrow.parquet
stem = sys.argv[1]
report = json.load(open(stem + ".json"))
table = next(s for s in report["sections"] if s["id"] == "por-vendedor")
parquet = pyarrow.parquet.read_table(stem + "_por-vendedor.parquet")
records = list(csv.reader(open(stem + "_por-vendedor.csv", encoding="utf-8-sig", newline=""), delimiter=";"))
number = lambda field: float(field.replace(",", ".")) if field else None
totals = json.loads(parquet.schema.metadata[b"parte.totals"])
assert pyarrow.parquet.read_metadata(stem + "_por-vendedor.parquet").metadata[b"parte.totals"] == parquet.schema.metadata[b"parte.totals"]
assert len(table["rows"]) == parquet.num_rows == len(records) - 2, (len(table["rows"]), parquet.num_rows, len(records))
assert records[0] == [c["label"] for c in table["columns"]]
sheet = openpyxl.load_workbook(stem + ".xlsx")["Por vendedor"]
compared = 0
for at, column in enumerate(table["columns"]):
    if column["type"] != "number":
        continue
    mine = [row[at] for row in table["rows"]]
    assert mine == parquet.column(column["id"]).to_pylist() == [number(r[at]) for r in records[1:-1]], column
    assert mine == [sheet.cell(row=2 + row, column=1 + at).value for row in range(len(mine))], column
    assert table["totals"][at] == totals.get(column["id"]) == number(records[-1][at]), column
    compared += len(mine)
print(compared)
"#;
    let said = run(python().arg("-c").arg(script).arg(place.file("made/semana_20260302")));
    assert!(said.trim().parse::<usize>().is_ok_and(|numbers| numbers >= 6), "{said}");
}

#[test]
fn a_week_without_decimals_has_the_parquet_schema_of_one_with_them() {
    let place = Workplace::new();
    place.define("formats = [\"csv\", \"xlsx\", \"pdf\"]", "formats = [\"parquet\"]");
    place.define(
        "\n  [[report.deliver]]",
        "\n  [[report.section]]\n  title = \"Montos\"\n  sql = \"select seller_id, sum(sales_amount) as total, count(*) as tasks from tasks group by seller_id order by seller_id\"\n  [[report.deliver]]",
    );
    let schema = |out: &str| {
        place.expect(0, &[&["run", "semana", "--no-deliver", "--out", out], WEEK.as_slice()].concat());
        let script = "import sys, pyarrow.parquet as p; t = p.read_table(sys.argv[1]); print([(f.name, str(f.type)) for f in t.schema], t.num_rows)";
        run(python().arg("-c").arg(script).arg(place.file(out).join("semana_20260302_montos.parquet")))
    };
    let before = schema("one");
    assert!(
        before.starts_with("[('seller_id', 'large_string'), ('total', 'double'), ('tasks', 'int64')]"),
        "{before}"
    );
    place.sql("data.db", "update tasks set sales_amount = 120 where sales_amount = 120.5");
    assert_eq!(schema("two"), before);
}

#[test]
fn a_letter_that_the_encoding_has_not_fails_the_run_with_what_to_do() {
    let place = Workplace::new();
    place.define("source = \"demo\"", "source = \"demo\"\ncsv = { encoding = \"windows-1252\" }");
    place.expect(0, &[&["run", "semana", "--no-deliver", "--out", "made"], WEEK.as_slice()].concat());
    let text = std::fs::read(place.file("made/semana_20260302_por-vendedor.csv")).expect("the file");
    assert!(text.windows(10).any(|it| it == b"Jos\xe9 Mu\xf1oz"), "one byte a letter");
    place.sql("data.db", "update sellers set full_name = 'Łukasz' where seller_id = 's1'");
    let said =
        place.expect(5, &[&["run", "semana", "--no-deliver", "--out", "other"], WEEK.as_slice()].concat());
    for piece in ["section \"por-vendedor\"", "windows-1252 has no 'Ł' (U+0141)", "encoding = \"utf-8\""] {
        assert!(said.contains(piece), "{piece}: {said}");
    }
    assert!(!place.file("other/semana_20260302_kpis.csv").exists(), "nothing is half produced");
}

#[test]
fn a_changed_dialect_is_a_change_of_the_report_and_of_the_delivery() {
    let place = Workplace::new();
    std::fs::copy(place.file("reports.toml"), place.file("old.toml")).expect("a copy");
    place.define("source = \"demo\"", "source = \"demo\"\ncsv = { separator = \"|\", zip = true }");
    place.define("channel = \"disk\"", "channel = \"disk\"\n  csv = \"database\"");
    let said = place.expect(0, &["plan", "--diff", "old.toml", "--from", "2026-03-02T00:00:00Z"]);
    for piece in ["excel, separator |, in a ZIP", "csv database"] {
        assert!(said.contains(piece), "{piece}: {said}");
    }
}

#[test]
fn the_schema_of_reports_as_json_is_printed() {
    let place = Workplace::new();
    let schema: serde_json::Value =
        serde_json::from_str(&place.expect(0, &["schema", "--report"])).expect("JSON");
    assert_eq!(schema["title"], "a report made by Parte");
    let keys: BTreeMap<String, serde_json::Value> =
        serde_json::from_value(schema["properties"].clone()).expect("keys");
    assert!(keys.contains_key("sections") && keys.contains_key("version"), "{keys:?}");
    place.expect(2, &["schema", "--report", "--included"]);
}

#[test]
fn python_finds_no_defect_in_a_mail_and_each_file_of_it_is_that_of_the_run() {
    let place = Workplace::new();
    let all = "formats = [\"csv\", \"xlsx\", \"pdf\", \"json\", \"parquet\"]";
    place.define("formats = [\"csv\", \"xlsx\", \"pdf\"]", all);
    place.define("[defaults]\n", "[defaults]\noutbox = \"outbox\"\n");
    place.define(
        "[channels.disk]\n",
        "[channels.mail]\nurl = \"smtp://127.0.0.1:9\"\nfrom = \"Informes Ñandú <informes@example.com>\"\n[channels.disk]\n",
    );
    place.define(
        "  [[report.deliver]]\n",
        "  [[report.deliver]]\n  channel = \"mail\"\n  to = [\"José Muñoz <jose@example.com>\"]\n  csv = { like = \"rfc4180\", line_end = \"lf\" }\n  [[report.deliver]]\n",
    );
    place.expect(0, &[&["run", "semana", "--out", "made"], WEEK.as_slice()].concat());
    let mails = place.files("outbox/mail");
    let [mail] = mails.as_slice() else { panic!("one mail: {mails:?}") };
    let read = read_json("delivery_mail.py", &place.file("outbox/mail").join(mail));
    assert_eq!(read["defects"], serde_json::json!([]));
    let parts = read["parts"].as_array().expect("parts");
    let attached: BTreeMap<String, (String, String)> = parts
        .iter()
        .filter(|part| part["disposition"] == "attachment")
        .map(|part| {
            let text = |key: &str| part[key].as_str().expect("a text").to_owned();
            (text("name"), (text("type").split(';').next().unwrap_or_default().to_owned(), text("sha256")))
        })
        .collect();
    let expected = [
        ("semana_20260302.json", "application/json"),
        ("semana_20260302.pdf", "application/pdf"),
        ("semana_20260302.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("semana_20260302_kpis.parquet", "application/vnd.apache.parquet"),
        ("semana_20260302_kpis_mail.csv", "text/csv"),
        ("semana_20260302_por-vendedor.parquet", "application/vnd.apache.parquet"),
        ("semana_20260302_por-vendedor_mail.csv", "text/csv"),
    ];
    assert_eq!(attached.len(), expected.len(), "{attached:?}");
    for (name, media_type) in expected {
        let made =
            std::fs::read(place.file("made").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(attached.get(name), Some(&(media_type.to_owned(), sha256(&made))), "{name}");
    }
}
