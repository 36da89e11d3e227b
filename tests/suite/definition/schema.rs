//! The JSON Schema of reports.toml: it knows the keys that the readers know, and an independent validator holds files
//! against it.

use super::{load_text, shipped};
use crate::support::{python, run, tests_file};
use parte::definition::{Described, json_schema};
use parte::metrics::catalogue;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A key that nothing is called like.
const STRANGE: &str = "qqqqqqqqqqqq";

fn schema() -> Value {
    json_schema(Described::Definitions, catalogue())
}

/// A file with every table; `HERE-NAME` marks where a key of that table may stand.
const WHOLE: &str = r##"HERE-File
version = 1
[defaults]
HERE-Defaults
timezone = "America/Bogota"
outbox = "outbox"
csv = { like = "database" HERE-CsvDialect }
workdays = { days = "mon-fri" HERE-Workdays }
[brand]
HERE-Brand
name = "Prueba"
[ledger]
HERE-Ledger
url = "sqlite:parte.db"
[alerts]
HERE-Alerts
channel = "mail"
to = ["a@b.example"]
[sources.demo]
HERE-Source
url = "sqlite:demo.db"
[sources.api]
HERE-Source-2
url = "reten+https://localhost"
auth = { login = { user = "a", password = "${X}" HERE-ApiLogin } }
paths = { tasks = "/tasks" HERE-ApiPaths }
fields = { tasks = { label = "x" } HERE-ApiFields }
[sources.key]
url = "reten+https://localhost"
auth = { api_key = "X-API-Key: ${X}" HERE-ApiAuth }
[sources.demo.tasks]
HERE-TaskFrame
status = { open = ["a"] HERE-Status }
quality = { duplicates = "drop" HERE-TaskQuality }
[sources.demo.user_states]
HERE-StateFrame
quality = { gaps = "keep" HERE-StateQuality }
[sources.demo.users]
HERE-Frame
[channels.mail]
HERE-Channel
url = "smtp://localhost"
from = "a@b.example"
[channels.portal]
HERE-Channel-2
url = "https://localhost/x"
auth = { HERE-Auth }
[channels.signed]
HERE-Channel-4
url = "https://localhost/x"
presign = { url = "https://localhost/y" HERE-Presign }
auth = { oauth2 = { token_url = "https://localhost/t", client_id = "a", client_secret = "${X}" HERE-OAuth2 } }
[channels.store]
HERE-Channel-5
url = "s3://informes"
endpoint = "https://localhost"
access_key = "a"
secret_key = "${X}"
[channels.events]
HERE-Channel-6
url = "webhook+https://localhost/x"
[channels.disk]
HERE-Channel-3
url = "folder:out"
[metrics.own]
HERE-Metric
label = { es = "Propia" HERE-Text }
target = { day = 1 HERE-ByPeriod }
otherwise = { expr = "count(*)" HERE-Otherwise }
expr = "count(*)"
format = "integer"
[metrics.told]
label = "De la fuente"
target = { from = "targets" HERE-FromTargets }
expr = "count(*)"
format = "integer"
[[report]]
HERE-Report
params = { team = { default = "norte" HERE-Declared } }
id = "ventas"
title = "Ventas"
period = "previous week"
formats = ["pdf"]
  [report.expect]
  HERE-Expect
  rows = { min = 1 HERE-RowBounds }
  [[report.section]]
  HERE-Section
  kpis = ["tasks_planned"]
  [[report.section]]
  kpis = { metrics = ["tasks_planned"] HERE-Kpis }
  [[report.section]]
  table = { metrics = ["tasks_planned"] HERE-Table }
  [[report.section]]
  table = { metrics = ["completion_rate"], marks = { completion_rate = { below = 0.8 HERE-Bound } } }
  [[report.section]]
  chart = { kind = "bars", x = "day", metrics = ["tasks_planned"] HERE-Chart }
  [[report.section]]
  detail = { columns = ["user_name"] HERE-Detail }
  [[report.deliver]]
  HERE-Deliver
  channel = "mail"
  to = ["a@b.example"]
  [[report.deliver]]
  HERE-Deliver-2
  channel = "disk"
"##;

/// The keys that the reader of a table knows: it names them all where a key is unknown and like none of them.
fn keys_of_reader(marker: &str) -> BTreeSet<String> {
    let mut text = String::new();
    for line in WHOLE.lines() {
        let Some(at) = line.find("HERE-") else {
            text.push_str(&format!("{line}\n"));
            continue;
        };
        let name = line[at..].split_whitespace().next().expect("a marker");
        let comma = if line[..at].trim_end().ends_with(['{', ',']) || line[..at].trim().is_empty() {
            ""
        } else {
            ", "
        };
        let auth = if name == "HERE-Auth" { "bearer = \"${X}\"" } else { "" };
        let key = match name == format!("HERE-{marker}") {
            true if auth.is_empty() => format!("{comma}{STRANGE} = \"x\""),
            true => format!("{STRANGE} = \"x\""),
            false => auth.to_owned(),
        };
        text.push_str(&format!("{}\n", line.replace(name, &key)));
    }
    let problems = load_text(&text).expect_err("a strange key");
    let strange: Vec<_> = problems.problems.iter().filter(|problem| problem.what.contains(STRANGE)).collect();
    let [problem] = strange.as_slice() else { panic!("{marker}: {}", problems.render(false, 100)) };
    let hint = problem.hint.as_deref().unwrap_or_default();
    assert!(hint.starts_with("known here: "), "{marker}: {hint}");
    hint.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The keys that the schema gives a table.
fn keys_of_schema(schema: &Value, table: &str) -> BTreeSet<String> {
    let place = match table {
        "File" => "/properties".to_owned(),
        "Text" => "/$defs/Text/anyOf/1/properties".to_owned(),
        table => format!("/$defs/{table}/properties"),
    };
    let properties = schema.pointer(&place).and_then(Value::as_object);
    properties.unwrap_or_else(|| panic!("the schema has no {table}")).keys().cloned().collect()
}

#[test]
fn the_schema_and_the_readers_know_the_same_keys() {
    let schema = schema();
    let markers = WHOLE.split("HERE-").skip(1).filter_map(|rest| rest.split_whitespace().next());
    let mut looked_at = BTreeSet::new();
    for marker in markers {
        let table = marker.split('-').next().unwrap_or_default();
        looked_at.insert(table.to_owned());
        let (read, described) = (keys_of_reader(marker), keys_of_schema(&schema, table));
        // Only tasks have a status, and each rule is of one frame; elsewhere the reader knows the key to say so.
        let elsewhere = |table: &str| -> &[&str] {
            match table {
                "Frame" => &["status", "quality"],
                "StateFrame" => &["status"],
                "ApiAuth" => &["hmac", "xoauth2"],
                "TaskQuality" => &["unknown_state", "gaps"],
                "StateQuality" => &["unmapped_status", "early_completion", "mixed_offsets"],
                _ => &[],
            }
        };
        let refused = |key: &str| elsewhere(table).contains(&key);
        let undescribed: Vec<_> = read.difference(&described).filter(|key| !refused(key.as_str())).collect();
        assert!(undescribed.is_empty(), "{table}: the schema lacks {undescribed:?}");
        let unread: Vec<_> = described.difference(&read).collect();
        assert!(unread.is_empty(), "{table}: no reader asks for {unread:?}");
    }
    let tables = schema["$defs"].as_object().expect("definitions").iter();
    let tables = tables.filter(|(_, table)| table.get("properties").is_some()).map(|(name, _)| name.clone());
    let unseen: Vec<_> = tables.filter(|name| !looked_at.contains(name)).collect();
    assert!(unseen.is_empty(), "tables of the schema that this test does not look at: {unseen:?}");
}

#[test]
fn every_table_of_the_schema_is_strict_and_every_key_explained() {
    fn look(place: &str, value: &Value, keys: &mut usize) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object)
            && value.get("type").is_some_and(|kind| kind == "object")
        {
            assert_eq!(value.get("additionalProperties"), Some(&Value::Bool(false)), "{place}");
            for (key, property) in properties.iter().filter(|_| !place.contains("/Text")) {
                let told = property["description"].as_str().is_some_and(|told| told.len() > 8);
                assert!(told, "{place}: `{key}` has no description");
                *keys += 1;
            }
        }
        match value {
            Value::Object(inner) => {
                inner.iter().for_each(|(key, value)| look(&format!("{place}/{key}"), value, keys));
            }
            Value::Array(inner) => inner.iter().for_each(|value| look(place, value, keys)),
            other => assert!(!other.is_null(), "{place}: TOML has no null"),
        }
    }
    let mut keys = 0;
    look("", &schema(), &mut keys);
    look("", &json_schema(Described::Included, catalogue()), &mut keys);
    assert!(keys > 150, "only {keys} keys");
}

#[test]
fn the_schema_beside_the_shipped_definitions_is_this_programs() {
    let written: Value =
        serde_json::from_str(include_str!("../../../reports.schema.json")).expect("reports.schema.json");
    assert!(written == schema(), "out of date: write it again with `parte schema > reports.schema.json`");
    for text in [shipped(), include_str!("../../../templates/starter.toml")] {
        assert_eq!(text.lines().next(), Some("#:schema ./reports.schema.json"));
    }
}

/// What Python's jsonschema says about these TOML texts, by name: nothing where a text is valid.
fn judged(described: Described, texts: &BTreeMap<String, String>) -> BTreeMap<String, Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let schema = json_schema(described, catalogue()).to_string();
    std::fs::write(folder.path().join("schema.json"), schema).expect("written");
    for (name, text) in texts {
        std::fs::write(folder.path().join(format!("{name}.toml")), text).expect("written");
    }
    let said = run(python().arg(tests_file("readers").join("schema.py")).arg(folder.path()));
    serde_json::from_str(&said).expect("JSON")
}

/// Keys of a report that say more than the shipped definitions do.
const RICH: &str = r#"
version = 1
include = ["reports/*.toml"]
[sources.crm]
url = "sqlite:crm.db"
[[report]]
id = "ventas"
title = "Ventas: {{ params.team }}"
cron = "*/15 7-19 * * mon-fri"
starts = 2026-01-01
ends = "2026-12-31"
except = [2026-05-01, "2026-07-20"]
on_free_day = "next workday"
jitter = "5 minutes"
period = "2026-03-01..2026-04-01"
workdays = { days = "mon, wed, fri", holidays = [2026-12-25] }
where = "team = :team"
formats = ["csv", "json", "parquet"]
csv = { like = "database", separator = "\t", decimal = ".", quotes = "all", line_end = "lf", bom = false, encoding = "utf-8", headings = "ids", null = "NULL", dates = "iso", totals = false, formulas = "neutral", zip = true }
params = { team = "norte", min_amount = 100000, rate = 0.5, since = 2026-01-01, urgent = false, city = { type = "text", default = "Cali", one_of = ["Cali", "Tunja"], label = { es = "Ciudad" } }, channel = { type = "text" } }
[[report.section]]
detail = { of = "tasks", columns = ["user_name"], where = "is_done", sort = "-user_name", limit = 10 }
"#;

#[test]
fn an_independent_validator_accepts_every_good_file() {
    let manual = include_str!("../../../docs/definitions.md");
    let blocks: Vec<&str> =
        manual.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let (small, others) = blocks.split_first().expect("examples");
    let of_catalogue = |text: &str| format!("version = 1\n{}", text.replace("\n[", "\n[metrics."));
    let texts = BTreeMap::from([
        ("shipped".to_owned(), shipped().to_owned()),
        ("starter".to_owned(), include_str!("../../../templates/starter.toml").to_owned()),
        ("manual-small".to_owned(), (*small).to_owned()),
        ("manual-all".to_owned(), format!("version = 1\n{}", others.concat())),
        ("own-smallest".to_owned(), super::SMALL.to_owned()),
        ("rich".to_owned(), RICH.to_owned()),
        ("catalogue".to_owned(), of_catalogue(include_str!("../../../src/metrics/catalogue.toml"))),
        ("catalogue-of-tests".to_owned(), of_catalogue(include_str!("../../definitions/catalogue.toml"))),
    ]);
    let judged = judged(Described::Definitions, &texts);
    assert_eq!(judged.len(), texts.len());
    for (name, errors) in judged {
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}

#[test]
fn an_included_file_needs_no_version_and_has_no_defaults() {
    let report = super::SMALL.split("url = \"sqlite:demo.db\"").nth(1).expect("the report").to_owned();
    let texts = BTreeMap::from([
        ("good".to_owned(), report.clone()),
        ("defaults".to_owned(), format!("[defaults]\nlocale = \"es\"\n{report}")),
    ]);
    let judged = judged(Described::Included, &texts);
    assert!(judged["good"].is_empty(), "{judged:?}");
    assert!(!judged["defaults"].is_empty());
}

/// Mistakes: a name, what stands in the shipped definitions, what a slip of the pen makes of it.
const MISTAKES: &[(&str, &str, &str)] = &[
    ("a typo in a key of a report", "\ncompare  =", "\ncomparar ="),
    ("a typo in a key of a section", "  kpis = [", "  kpi = ["),
    ("a typo in a table's name", "[brand]", "[brands]"),
    ("a number for a word", "week_start = \"monday\"", "week_start = 1"),
    ("a word that is no weekday", "week_start = \"monday\"", "week_start = \"lunes\""),
    ("a dialect nobody speaks", "csv        = \"excel\"", "csv = \"exel\""),
    ("a separator of two signs", "csv        = \"excel\"", "csv = { separator = \";;\" }"),
    ("a letter as separator", "csv        = \"excel\"", "csv = { separator = \"a\" }"),
    ("a number for an absent value", "csv        = \"excel\"", "csv = { null = \"-999\" }"),
    ("a format nobody makes", "formats  = [\"pdf\", \"xlsx\", \"csv\"]", "formats  = [\"docx\"]"),
    ("no format", "formats  = [\"pdf\", \"xlsx\", \"csv\"]", "formats  = []"),
    ("a format twice", "formats  = [\"pdf\", \"xlsx\", \"csv\"]", "formats  = [\"pdf\", \"pdf\"]"),
    ("two contents in a section", "  kpis = [", "  text = \"Hola\"\n  kpis = ["),
    ("no content in a section", "  [[report.section]]\n", "  [[report.section]]\n\n  [[report.section]]\n"),
    ("schedule and cron", "\nperiod   =", "\ncron     = \"0 7 * * mon\"\nperiod   ="),
    ("a zone that is none", "America/Bogota", "America/Bogotá"),
    ("a currency that is none", "\"COP\"", "\"PESO\""),
    ("a locale of another language", "\"es-CO\"", "\"fr-FR\""),
    ("a colour with five digits", "#0b7a75", "#0b7a7"),
    ("a version to come", "version = 1", "version = 2"),
    ("no version", "version = 1\n", "\n"),
    ("a metric's name with capitals", "[metrics.first_contact", "[metrics.First_Contact"),
    ("a metric without expression", "\nexpr    =", "\n#expr   ="),
    ("a format of numbers that is none", "format  = \"percent\"", "format  = \"percentage\""),
    ("a chart nobody draws", "kind = \"bars\"", "kind = \"pie\""),
    ("stacked lines", "kind = \"line\", x = \"day\"", "kind = \"line\", stacked = true, x = \"day\""),
    ("a spark over hours", "\"churn_rate\"], spark = \"day\"", "\"churn_rate\"], spark = \"hour\""),
    ("bullets by a second column", "kind = \"bullet\"", "kind = \"bullet\", by = \"type\""),
    ("a line along nothing", "kind = \"line\", x = \"day\"", "kind = \"line\""),
    ("a flow of two metrics", "[\"state_transitions\"] }", "[\"state_transitions\", \"new_users\"] }"),
    ("text for true", "totals = true", "totals = \"sí\""),
    ("a table of no rows", "totals = true", "limit = 0"),
    ("a mail channel without sender", "\nfrom = ", "\n#from = "),
    ("a file name for mails", "\nfrom = ", "\nfile = \"x\"\nfrom = "),
    ("a protocol nobody speaks", "ftps://nandu", "sftp://nandu"),
    ("two ways to log in", "{ bearer =", "{ basic = \"u:${P}\", bearer ="),
    ("a method that is none", "method = \"put\"", "method = \"patch\""),
    ("a name with a space", "id       = \"resumen-mensual\"", "id       = \"Resumen mensual\""),
    ("a period that is none", "period   = \"previous week\"", "period   = \"last fortnight\""),
    (
        "a schedule in Spanish",
        "schedule = \"every monday at 07:30\"",
        "schedule = \"cada lunes a las 07:30\"",
    ),
    ("a report of no period", "\nperiod   = \"previous week\"", "\n"),
    (
        "one report where there are several",
        "  to      = [\"gerencia@nandu.example\"]",
        "  to      = \"gerencia@nandu.example\"",
    ),
];

#[test]
fn an_independent_validator_refuses_each_mistake() {
    let mut texts = BTreeMap::new();
    for (name, from, to) in MISTAKES {
        assert!(shipped().contains(from), "{name}: the shipped definitions have no {from:?}");
        texts.insert(name.replace(' ', "-"), shipped().replacen(from, to, 1));
    }
    assert!(texts.len() > 30);
    let judged = judged(Described::Definitions, &texts);
    let accepted: Vec<_> =
        judged.iter().filter(|(_, errors)| errors.is_empty()).map(|(name, _)| name).collect();
    assert!(accepted.is_empty(), "accepted: {accepted:?}");
    assert_eq!(judged.len(), texts.len());
}
