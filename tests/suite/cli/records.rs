//! Records in the summary: found among earlier runs, said in mail and page, the same when the run is made again.

use super::Workplace;
use super::gates::ask;
use crate::support::run;
use chrono::NaiveDate;
use parte::demo::{Plan, generate};
use serde_json::Value;
use std::process::Command;

const REPORT: &str = r#"version = 1
[defaults]
timezone = "America/Bogota"
locale = "es-CO"
currency = "COP"
outbox = "outbox"
[brand]
name = "Prueba"
[ledger]
url = "sqlite:parte.db"
[sources.demo]
url = "sqlite:data.db"
[channels.mail]
url = "smtp+starttls://informes:${SMTP_PASSWORD}@smtp.example.com"
from = "Informes <informes@example.com>"
[[report]]
id = "semana"
title = "Semana"
schedule = "every monday at 07:00"
period = "previous week"
source = "demo"
formats = ["pdf"]
  [[report.section]]
  kpis = ["completion_rate", "tasks_planned"]
  [[report.deliver]]
  channel = "mail"
  to = ["gerencia@example.com"]
"#;

/// Fifteen weeks of the demo; in the last one every second task is left undone.
fn place() -> Workplace {
    let place = Workplace::new();
    std::fs::remove_file(place.file("data.db")).unwrap();
    let today = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    generate(&Plan { seed: 1, today, tasks: 4_000 }, &place.file("data.db"), &|_, _| ()).unwrap();
    place.sql(
        "data.db",
        "update tasks set status = 'pending', completed_at = null
         where scheduled_at >= '2026-11-09T05' and scheduled_at < '2026-11-16T05' and rowid % 2 = 0",
    );
    place.write("reports.toml", REPORT);
    place
}

/// The mail of a run, as it went out, and the text of its PDF.
fn sent(place: &Workplace, run_id: &str) -> (String, String) {
    let folder = format!("again-{run_id}");
    place.expect(0, &["rerender", run_id, "--out", &folder]);
    let of = |ending: &str| {
        let name = place.files(&folder).into_iter().find(|name| name.ends_with(ending)).unwrap();
        place.file(&folder).join(name)
    };
    let script = "import email, email.policy, sys\n\
        mail = email.message_from_binary_file(open(sys.argv[1], 'rb'), policy=email.policy.default)\n\
        print(mail.get_body(('html',)).get_content(), mail.get_body(('plain',)).get_content())";
    let mail = run(crate::support::python().arg("-c").arg(script).arg(of(".eml")));
    let pdf = run(Command::new("pdftotext").arg(of(".pdf")).arg("-"));
    let plain = |text: &str| {
        let text = text.replace('\u{a0}', " ").replace("&nbsp;", " ");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    (plain(&mail), plain(&pdf))
}

/// The sentence about a record, if there is one, in mail and page alike.
fn record(place: &Workplace, run_id: &str) -> Option<String> {
    let (mail, page) = sent(place, run_id);
    let found = |text: &str| {
        let at = text.find("Cumplimiento: ").filter(|_| text.contains(" resultado de"))?;
        let rest = &text[at..];
        rest.split_inclusive("semanas.").next().map(str::to_owned)
    };
    let (in_mail, in_page) = (found(&mail), found(&page));
    assert_eq!(in_mail, in_page, "mail and page say the same");
    in_mail
}

fn same(place: &Workplace, run_id: &str) -> Vec<bool> {
    let output = place.parte(&["rerender", run_id, "--json"]);
    let view: Value = serde_json::from_slice(&output.stdout).unwrap();
    view["files"].as_array().unwrap().iter().map(|file| file["same"].as_bool().unwrap()).collect()
}

fn last_run(place: &Workplace) -> String {
    ask(place, "select max(id) from run")
}

#[test]
fn the_worst_week_of_fifteen_is_said_in_mail_and_page_and_stays_so_when_the_run_is_made_again() {
    let place = place();
    let weeks = ["backfill", "semana", "--from", "2026-08-10", "--to", "2026-11-17"];
    place.expect(0, &weeks);
    assert_eq!(ask(&place, "select count(*) from run where state = 'done'"), "15");
    let last = last_run(&place);
    let said = record(&place, &last).expect("a record");
    assert!(said.ends_with(", el peor resultado de las últimas 15 semanas."), "{said}");
    // With fewer than eight weeks before it, nothing is one.
    for id in 1..=8 {
        assert_eq!(record(&place, &id.to_string()), None, "run {id}");
    }

    // Done again, each week still counts once, and weeks to come do not.
    place.expect(
        0,
        &["backfill", "semana", "--from", "2026-11-16", "--to", "2026-11-17", "--reprocess", "all"],
    );
    assert_eq!(record(&place, &last_run(&place)).as_ref(), Some(&said));
    place.expect(0, &["run", "semana", "--period", "2026-08-17..2026-08-24"]);
    assert_eq!(record(&place, &last_run(&place)), None, "two weeks before it");

    // The same bytes, whatever became of the other runs' figures.
    ask(&place, "delete from figure; delete from past_run;");
    assert_eq!(same(&place, &last), [true, true]);
    assert_eq!(record(&place, &last).as_ref(), Some(&said));
}

#[test]
fn numbers_that_were_computed_in_another_way_are_no_history() {
    let place = place();
    place.expect(0, &["backfill", "semana", "--from", "2026-08-10", "--to", "2026-11-10", "--no-deliver"]);
    let of_the_last_week = |place: &Workplace| {
        place.expect(0, &["run", "semana", "--period", "2026-11-09..2026-11-16"]);
        record(place, &last_run(place))
    };
    assert!(of_the_last_week(&place).is_some(), "what was not sent counts too");
    place.define("source = \"demo\"", "source = \"demo\"\nwhere = \"channel = 'salesman'\"");
    assert_eq!(of_the_last_week(&place), None, "another condition");
    place.define("where = \"channel = 'salesman'\"", "summary = true");
    assert!(of_the_last_week(&place).is_some(), "the condition is gone again");
    place.define(
        "[[report]]",
        "[metrics.completion_rate]\nlabel = \"Cumplimiento\"\nformat = \"percent\"\nbetter = \"higher\"\n\
         expr = \"count(*) filter (where is_done and attempts is not null) / count(*)\"\n[[report]]",
    );
    assert_eq!(of_the_last_week(&place), None, "another definition of the metric");
    place.define("period = \"previous week\"", "period = \"week to date\"");
    place.expect(0, &["run", "semana", "--at", "2026-11-19T07:00"]);
    let kept = ask(
        &place,
        &format!("select count(*) from figure where run_id = {} and what = 'metric'", last_run(&place)),
    );
    assert_eq!(kept, "0", "a part of a week is held against nothing");
}
