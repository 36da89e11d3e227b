//! `parte run --param`: the numbers of what was asked for, told to whoever reads them, and nothing else.

use super::{Workplace, parte};
use crate::support::{open_folder, run};
use std::process::Command;

const PERIOD: [&str; 2] = ["--period", "2026-03-02..2026-03-09"];

/// The usual workplace, with a report for one team.
fn workplace() -> Workplace {
    let place = Workplace::new();
    place.define("[[report]]", METRIC);
    place.define(
        "title = \"Semana\"",
        r#"title = "Semana de {{ params.team }}"
where = "team = :team and created_at >= :since"
params = { team = "Norte", min_amount = 100, since = 2026-03-01, urgent = false }"#,
    );
    place.define("\"sales_amount\"]", "\"sales_amount\", \"large_sales\"]");
    place.define(
        "  [[report.deliver]]",
        r#"  [[report.section]]
  text = "{% if params.urgent %}Urgente. {% endif %}Desde {{ params.since }}, {{ params.min_amount }} o más: {{ large_sales }}."
  [[report.section]]
  title = "Tareas"
  sql = "select task_id, :team as asked from tasks where coalesce(sales_amount, 0) >= :min_amount or :urgent order by task_id"
  [[report.deliver]]"#,
    );
    place
}

const METRIC: &str = r#"[metrics.large_sales]
label = "Ventas grandes"
expr = "count(*) filter (where sales_amount >= :min_amount)"
format = "integer"
[[report]]"#;

fn values(place: &Workplace, more: &[&str]) -> serde_json::Value {
    place.run_json(&[&["--no-deliver"], more].concat())
}

fn kpi(json: &serde_json::Value, metric: &str) -> f64 {
    let kpis = json["kpis"].as_array().unwrap_or_else(|| panic!("kpis in {json}"));
    let kpi = kpis.iter().find(|kpi| kpi["metric"] == metric).unwrap();
    kpi["value"].as_f64().unwrap_or(0.0)
}

#[test]
fn a_run_has_the_numbers_of_its_parameters_and_the_defaults_of_the_others() {
    let place = workplace();
    let north = values(&place, &[]);
    assert_eq!(kpi(&north, "tasks_planned"), 3.0, "{north}");
    assert_eq!(kpi(&north, "large_sales"), 1.0);
    assert_eq!(north["params"]["team"], "Norte");
    let south = values(&place, &["--param", "team=Sur"]);
    assert_eq!((kpi(&south, "tasks_planned"), kpi(&south, "large_sales")), (1.0, 0.0), "{south}");
    let south = values(&place, &["--param", "team=Sur", "--param", "min_amount=80"]);
    assert_eq!(kpi(&south, "large_sales"), 1.0);
    assert_eq!(south["params"]["min_amount"], "80");
    let later = values(&place, &["--param", "since=2026-03-02"]);
    assert_eq!(kpi(&later, "tasks_planned"), 0.0, "every task was created on the first");
}

#[test]
fn a_text_finds_what_is_called_so_and_nothing_else_whatever_stands_in_it() {
    let place = workplace();
    for team in
        ["x' or '1'='1", r"\' or 1=1 --", "'; drop table sellers; --", "N%", "''", "", "\"team\"", ":from"]
    {
        let json = values(&place, &["--param", &format!("team={team}")]);
        assert_eq!(kpi(&json, "tasks_planned"), 0.0, "{team}: {json}");
    }
    for team in ["O'Brien", r"back\'slash", "two '' quotes", "Ñandú’ 日本", "a=b", &"muy largo ".repeat(300)]
    {
        let quoted = team.replace('\'', "''");
        place.sql("data.db", &format!("update sellers set team = '{quoted}' where seller_id = 's3'"));
        let out = format!("team={team}");
        let json = values(&place, &["--param", &out, "--out", "out", "--format", "csv"]);
        assert_eq!(kpi(&json, "tasks_planned"), 1.0, "{team}: {json}");
        let name = json["artifacts"].as_array().unwrap().iter().find_map(|artifact| {
            artifact["name"].as_str().filter(|name| name.contains("tareas")).map(str::to_owned)
        });
        let urgent =
            values(&place, &["--param", &out, "--param", "urgent=true", "--out", "out", "--format", "csv"]);
        assert_ne!(urgent["artifacts"], json["artifacts"]);
        let name = name.unwrap();
        assert!(place.file("out").join(&name).exists(), "{name}");
    }
}

#[test]
fn readers_see_what_a_report_was_made_for_in_every_format_that_has_a_place_for_it() {
    let place = workplace();
    let json = place.run_json(&["--param", "team=Sur", "--param", "urgent=true", "--out", "salida"]);
    let files = place.files("salida");
    let suffix = "_team-sur-";
    assert!(
        files.iter().all(|name| name.contains("semana_20260302_team-") && name.contains("urgent-true")),
        "{files:?} {suffix}"
    );
    let pdf = files.iter().find(|name| name.ends_with(".pdf")).unwrap();
    let text = run(Command::new("pdftotext").arg("-layout").arg(place.file("salida").join(pdf)).arg("-"));
    for piece in [
        "Semana de Sur",
        "Equipo: Sur",
        "Min amount: 100",
        "Urgent: Sí",
        "Urgente. Desde 1/03/2026, 100 o más",
    ] {
        assert!(text.contains(piece), "{piece} is not in:\n{text}");
    }
    assert_eq!(place.files("out").len(), json["deliveries"].as_array().unwrap().len());
    let told = place.expect(0, &["runs"]);
    assert!(told.contains("PARAMETERS") && told.contains("team=Sur urgent=true"), "{told}");

    // The defaults have the plain names, and nothing of the other run is overwritten.
    place.run_json(&["--out", "salida"]);
    let both = place.files("salida");
    assert_eq!(both.len(), 2 * files.len(), "{both:?}");
    assert!(both.contains(&"semana_20260302.pdf".to_owned()), "{both:?}");
}

#[test]
fn a_wrong_parameter_is_told_before_anything_is_done() {
    let place = workplace();
    for (arguments, words) in [
        (vec!["--param", "tean=Sur"], ["there is no parameter `tean`", "did you mean `team`?"]),
        (vec!["--param", "team"], ["`team` has no `=`", "--param team=sur"]),
        (vec!["--param", "min_amount=mucho"], ["`min_amount` must be a whole number, not `mucho`", "digits"]),
        (vec!["--param", "since=ayer"], ["`since` must be a date, not `ayer`", "2026-03-01"]),
        (vec!["--param", "urgent=yes"], ["`urgent` must be true or false", "true or false"]),
        (vec!["--param", "team=Sur", "--param", "team=Norte"], ["`team` is given twice", "keep one"]),
    ] {
        let all = [&["run", "semana"][..], &PERIOD, &arguments].concat();
        let text = place.expect(2, &all);
        for word in words {
            assert!(text.contains(word), "{word:?} is not in:\n{text}");
        }
    }
    place.define("team = \"Norte\"", "team = { type = \"text\", one_of = [\"Norte\", \"Sur\"] }");
    place.define("schedule = \"every monday at 07:00\"\n", "");
    let text = place.expect(2, &[&["run", "semana"][..], &PERIOD].concat());
    assert!(
        text.contains("report `semana` needs a value for `team`") && text.contains("--param team=Norte"),
        "{text}"
    );
    let text = place.expect(2, &[&["run", "semana", "--param", "team=Este"][..], &PERIOD].concat());
    assert!(text.contains("`team` cannot be `Este`") && text.contains("`Norte`, `Sur`"), "{text}");
    assert!(!place.file("parte.db").exists(), "nothing was recorded");
    place.expect(0, &[&["run", "semana", "--param", "team=Sur", "--no-deliver"][..], &PERIOD].concat());
}

const OF_A_TEAM: &str = r#"version = 1
[defaults]
timezone = "America/Bogota"
[sources.demo]
url = "sqlite:demo.db"
[metrics.rows_of_team]
label = "Filas"
rows = "scheduled"
expr = "count(*)"
format = "integer"
[metrics.amount_of_team]
label = "Monto"
rows = "scheduled"
expr = "sum(sales_amount) filter (where sales_amount >= :least)"
format = "decimal.4"
[[report]]
id = "equipo"
title = "Equipo"
period = "previous month"
formats = ["csv"]
where = "team = :team and scheduled_at >= :since"
params = { least = 50000, since = 2026-10-05, team = { type = "text" } }
  [[report.section]]
  kpis = ["rows_of_team", "amount_of_team"]
"#;

#[test]
fn each_team_of_the_demo_gets_the_numbers_that_sqlite_gives_for_it() {
    let place = open_folder();
    let demo = parte(place.path()).args(["demo", "--tasks", "3000"]).output().expect("the program starts");
    assert!(demo.status.success(), "{}", String::from_utf8_lossy(&demo.stderr));
    let home = place.path().join("parte-demo");
    std::fs::write(home.join("equipo.toml"), OF_A_TEAM).unwrap();
    let database = rusqlite::Connection::open(home.join("demo.db")).unwrap();
    let mut teams = database.prepare("select distinct team from sellers order by team").unwrap();
    let teams: Vec<String> = teams.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(teams.len() >= 3, "{teams:?}");
    for team in &teams {
        for least in [0, 50_000, 200_000] {
            let (rows, amount): (f64, f64) = database
                .query_row(
                    "select count(*), coalesce(sum(sales_amount) filter (where sales_amount >= ?2), 0)
                     from tasks join sellers using (seller_id)
                     where team = ?1 and datetime(scheduled_at) >= '2026-10-05 00:00:00'
                       and datetime(scheduled_at) < '2026-11-01 05:00:00'",
                    rusqlite::params![team, least],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .unwrap();
            assert!(rows > 0.0, "{team} has tasks");
            let output = parte(&home)
                .args(["-f", "equipo.toml", "run", "equipo", "--at", "2026-11-20T07:00", "--json"])
                .args(["--param", &format!("team={team}"), "--param", &format!("least={least}")])
                .output()
                .expect("the program starts");
            let json: serde_json::Value = serde_json::from_slice(&output.stdout)
                .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
            assert_eq!(kpi(&json, "rows_of_team"), rows, "{team}");
            assert!((kpi(&json, "amount_of_team") - amount).abs() < 1e-3, "{team} {least}: {amount} {json}");
        }
    }
}
