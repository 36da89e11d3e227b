//! Targets that a table of the source says, as a person meets them: in files, explained, made again, and asked for before any run.

use super::Workplace;
use crate::support::{python, run, tests_file};
use serde_json::{Value, json};

const WEEK: [&str; 4] = ["run", "semana", "--period", "2026-03-02..2026-03-09"];

/// Two metrics with targets of the source, and a table of them.
fn place(targets: &str) -> Workplace {
    let place = Workplace::new();
    place.define("[[report]]\n", "[metrics.done]\nlabel = \"Hechas\"\nexpr = \"count(*) filter (where is_done)\"\nformat = \"integer\"\nbetter = \"higher\"\nadditive = true\ntarget = { from = \"targets\" }\n[metrics.rate]\nlabel = \"Avance\"\nexpr = \"count(*) filter (where is_done) / count(*)\"\nformat = \"percent\"\nbetter = \"higher\"\ntarget = { from = \"targets\", otherwise = 0.5 }\n[[report]]\n");
    place.define("period = \"previous week\"", "period = \"previous week\"\ncompare = [\"target\"]");
    place.define(
        "kpis = [\"tasks_planned\", \"tasks_completed\", \"completion_rate\", \"sales_amount\"]",
        "kpis = [\"done\", \"rate\"]",
    );
    place.define(
        "metrics = [\"tasks_planned\", \"tasks_completed\", \"completion_rate\"], totals = true",
        "metrics = [\"done\", \"rate\"], compare = [\"target\"], totals = true",
    );
    place.sql("data.db", &format!("create table targets (metric text, seller_id text, team text, period text, \"from\" text, \"to\" text, value real);{targets}"));
    place
}

/// Of José and Ana, of everybody's share and that of the team Norte; one is of months.
const TARGETS: &str = "insert into targets values
  ('done', 's1', null, 'week', null, null, 4), ('done', 's1', null, 'week', '2026-03-02', null, 8),
  ('done', 's2', null, null, '2026-03-02', '2026-03-08', 2), ('done', 's3', null, 'month', null, null, 50),
  ('rate', null, null, 'week', null, null, 0.9), ('rate', null, 'Norte', 'week', null, null, 0.4)";

fn view(place: &Workplace, arguments: &[&str]) -> Value {
    let output = place.parte(arguments);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn targets_of_groups_stand_alike_in_every_format_and_are_explained_and_made_again_without_the_source() {
    let place = place(TARGETS);
    let printed = place.parte(&[&WEEK[..], &["--json"]].concat()).stdout;
    place.write("run.json", &String::from_utf8(printed).expect("UTF-8"));
    let said = run(python()
        .arg(tests_file("readers/formats_equal.py"))
        .arg(place.file("out"))
        .arg("semana_20260302")
        .arg(place.file("run.json")));
    assert!(said.contains(" 0 differences"), "{said}");
    let sellers =
        std::fs::read_to_string(place.file("out/semana_20260302_por-vendedor.csv")).expect("the table");
    // José: 1 of 8 and 50 % of 40 %; Ana: 1 of 2 and 100 % of 40 %; the third and nobody: no weekly number, and 90 % as everybody.
    let rows: Vec<&str> = sellers.lines().skip(1).collect();
    assert_eq!(
        rows,
        [
            "'=HYPERLINK(\"\"http://x\"\");1;;1;1,111",
            "Ana Peña;1;0,5;1;2,5",
            "José Muñoz;1;0,125;0,5;1,25",
            "(sin vendedor);1;;1;1,111",
            "Total;4;0,4;0,8;0,889",
        ]
        .map(|row| if row.starts_with('\'') {
            row.replacen('\'', "\"'", 1).replacen(");", ")\";", 1)
        } else {
            row.to_owned()
        }),
        "{sellers}"
    );

    std::fs::remove_file(place.file("data.db")).expect("the source goes");
    let again = view(&place, &["rerender", "1", "--json"]);
    let files = again["files"].as_array().expect("files");
    assert!(files.len() >= 4 && files.iter().all(|file| file["same"] == true), "{again}");

    let ana = view(&place, &["explain", "1", "done", "--where", "seller_id=s2", "--json"]);
    let expected = json!({
        "value": 2.0, "shown": "2", "from": "row",
        "rows": [{ "group": { "seller_id": "s2" }, "days": "2026-03-02 to 2026-03-08", "value": 2.0 }],
    });
    assert_eq!(ana["target"], expected, "{ana}");
    let by_name = view(&place, &["explain", "1", "done", "--where", "seller=José Muñoz", "--json"]);
    assert_eq!(by_name["target"]["rows"][0]["days"], "each week from 2026-03-02", "{by_name}");
    let whole = view(&place, &["explain", "1", "done", "--json"]);
    assert_eq!(
        (&whole["target"]["value"], &whole["target"]["from"]),
        (&json!(10.0), &json!("sum")),
        "{whole}"
    );
    let none = view(&place, &["explain", "1", "done", "--where", "seller_id=s3", "--json"]);
    assert_eq!(none["target"], json!({ "value": null, "shown": "–", "from": "nothing", "rows": [] }));
    let said = place.expect(0, &["explain", "1", "rate", "--where", "team=Norte"]).replace('\u{a0}', " ");
    for piece in ["target   40,0 % (a row of targets says so)", "TARGET FROM", "team = Norte"] {
        assert!(said.contains(piece), "{piece}: {said}");
    }
    let said = place.expect(3, &["explain", "1", "dune"]);
    for piece in ["no metric `dune` in the definitions that run 1 was made by", "did you mean `done`?"] {
        assert!(said.contains(piece), "{piece}: {said}");
    }
}

#[test]
fn a_source_is_asked_whether_its_targets_are_of_the_metrics_that_want_them() {
    let online = |targets: &str| {
        let place = place(targets);
        (view(&place, &["check", "--online", "--json"]), place)
    };
    let problems = |told: &Value| -> Vec<(String, String, u64)> {
        let all = told["problems"].as_array().expect("problems").iter();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        all.map(|it| (text(&it["severity"]), text(&it["what"]), it["line"].as_u64().unwrap_or(0))).collect()
    };
    let line = |place: &Workplace, word: &str, number: usize| -> u64 {
        let text = std::fs::read_to_string(place.file("reports.toml")).expect("the definitions");
        let found = text.lines().enumerate().filter(|(_, line)| line.starts_with(word)).nth(number);
        u64::try_from(found.expect("the line").0 + 1).expect("small")
    };
    let (told, _) = online(TARGETS);
    assert_eq!(problems(&told), [], "{told}");

    let (told, place) = online(
        "insert into targets values ('rates', null, null, null, null, null, 1), ('done', null, null, 'semana', null, null, 1)",
    );
    let at = |number| line(&place, "target =", number);
    let told = problems(&told);
    let expected = [
        ("no row of targets is of metric `rate`", at(1)),
        ("1 row of targets is of `rates`, which is no metric", line(&place, "[sources.demo]", 0)),
        ("1 row of targets of `done` has a period that is none: `semana`", at(0)),
    ];
    assert_eq!(told.len(), expected.len(), "{told:?}");
    for (what, line) in expected {
        let found =
            told.iter().find(|(_, said, _)| said == what).unwrap_or_else(|| panic!("{what}: {told:?}"));
        assert_eq!((found.0.as_str(), found.2), ("warning", line), "{told:?}");
    }

    place.sql("data.db", "drop table targets");
    let told = problems(&view(&place, &["check", "--online", "--json"]));
    let [(severity, what, _)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(severity, "error");
    assert_eq!(what, "the targets of `done`, `rate` are said by the source, which has no targets");
    place.expect(4, &["check", "--online"]);
    // A run tells it too, and is made.
    let said = place.expect(0, &WEEK);
    assert!(said.contains("«Hechas» no tiene objetivos de la fuente: falta targets."), "{said}");
}

#[test]
fn what_is_kept_of_a_run_is_shown_with_its_size_and_until_when() {
    let place = place(TARGETS);
    place.define("url = \"sqlite:parte.db\"", "url = \"sqlite:parte.db\"\nkeep_frames = \"10 days\"");
    place.expect(0, &WEEK);
    let shown = view(&place, &["show", "1", "--json"]);
    let kept = &shown["kept"];
    let names: Vec<&str> =
        kept["files"].as_array().expect("files").iter().filter_map(|file| file["name"].as_str()).collect();
    assert_eq!(
        names,
        ["circumstances.json", "definition.json", "sellers.parquet", "targets.parquet", "tasks.parquet"]
    );
    let recorded = crate::support::run(
        std::process::Command::new("sqlite3").arg(place.file("parte.db")).arg("select sum(size) from kept"),
    );
    assert_eq!(kept["size"].to_string(), recorded.trim(), "{kept}");
    let instant = |value: &Value| -> chrono::DateTime<chrono::Utc> {
        value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("an instant, not {value}"))
    };
    let ended = instant(&shown["run"]["finished_at"]);
    assert_eq!(instant(&kept["until"]) - ended, chrono::TimeDelta::days(10), "{shown}");
    let text = place.expect(0, &["show", "1"]);
    let until = (ended + chrono::TimeDelta::days(10)).with_timezone(&chrono_tz::America::Bogota);
    let said = format!("until {}", until.format("%Y-%m-%d %H:%M"));
    assert!(text.contains("kept       5 files it was made from, ") && text.contains(&said), "{said}: {text}");

    place.sql("parte.db", "delete from kept");
    assert_eq!(view(&place, &["show", "1", "--json"])["kept"], Value::Null);
    assert!(place.expect(0, &["show", "1"]).contains("kept       nothing that it was made from"));
}

#[test]
fn a_fault_in_the_period_before_is_told_and_not_taken_for_a_group_that_is_not_there() {
    let place = Workplace::new();
    place.define("[[report]]\n", "[metrics.codes]\nlabel = \"Códigos\"\nexpr = \"sum(cast(outcome as int))\"\nformat = \"integer\"\n[[report]]\n");
    place.define("period = \"previous week\"", "period = \"previous week\"\ncompare = [\"previous\"]");
    place.define(
        "  [[report.deliver]]",
        "  [[report.section]]\n  chart = { kind = \"bars\", x = \"day\", metrics = [\"codes\"] }\n  [[report.deliver]]",
    );
    place.sql(
        "data.db",
        "update tasks set outcome = '7';
         insert into tasks (task_id, type, status, seller_id, user_id, scheduled_at, created_at, outcome) values
           ('b1', 'visit', 'completed', 's1', 'u1', '2026-02-24T14:00:00Z', '2026-02-20T00:00:00Z', '8')",
    );
    place.expect(0, &WEEK);
    let told = view(&place, &["explain", "1", "codes", "--where", "seller=s1", "--json"]);
    assert_eq!(told["changes"][0]["before"], json!(8.0), "{told}");
    let elsewhere = view(&place, &["explain", "1", "codes", "--where", "seller=s2", "--json"]);
    assert_eq!(elsewhere["changes"][0]["before"], Value::Null, "a group that is not there: {elsewhere}");

    place.sql("data.db", "update tasks set outcome = 'sale' where task_id = 'b1'");
    place.expect(0, &WEEK);
    let said = place.expect(4, &["explain", "2", "codes", "--where", "seller=s2"]);
    assert!(said.contains("metric `codes`"), "{said}");
}
