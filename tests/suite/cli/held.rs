//! Reports that are made and held back because of their data: what a person sees of them, releases them with or gives them up.

use super::Workplace;
use super::gates::{ask, delivered, due, expecting, fire, in_one_line};
use serde_json::Value;

const WEEK: [&str; 2] = ["--period", "2026-03-02..2026-03-09"];
const UNMET: &str = "6 rows of tasks in the period, at least 100 are expected";
const WHY: &str =
    "the data are not as the report expects: 6 rows of tasks in the period, at least 100 are expected";

fn json(place: &Workplace, arguments: &[&str]) -> Value {
    let output = place.parte(arguments);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn a_held_report_is_seen_everywhere_and_goes_out_as_it_was_made_when_somebody_releases_it() {
    let place = Workplace::new();
    expecting(&place, "  rows = { min = 100 }\n  otherwise = \"hold\"");
    let said = in_one_line(&place.expect(4, &["run", "semana", WEEK[0], WEEK[1]]));
    assert!(said.contains(&format!("held: {WHY}")) && said.contains("parte release 1"), "{said}");
    assert_eq!(delivered(&place), 0);

    let runs = in_one_line(&place.expect(0, &["runs", "--state", "held"]));
    assert!(runs.contains("0 of 4, 4 held") && runs.contains(&format!("run 1: {WHY}")), "{runs}");
    assert_eq!(runs.matches(UNMET).count(), 1, "said once: {runs}");
    let shown = in_one_line(&place.expect(0, &["show", "1", "--out", "review"]));
    for words in
        ["· held", &format!("held {WHY}"), "held until somebody decides", "`parte release 1` sends it"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let reviewed = place.files("review");
    assert_eq!(reviewed.len(), 4);
    let doctor = in_one_line(&place.expect(0, &["doctor", "--offline"]));
    assert!(
        doctor.contains("1 run held because of their data") && doctor.contains("parte release RUN"),
        "{doctor}"
    );
    let dead = in_one_line(&place.expect(0, &["dead"]));
    assert!(dead.contains("1 run is held because of their data"), "{dead}");
    let row = &json(&place, &["runs", "--json"])[0];
    assert_eq!(
        (&row["state"], &row["error"], &row["unmet"]),
        (&"held".into(), &WHY.into(), &UNMET.into()),
        "{row}"
    );
    assert_eq!((&row["deliveries"]["held"], &row["deliveries"]["planned"]), (&4.into(), &4.into()), "{row}");
    assert_eq!(row["held_why"], "Filas de tareas en el periodo: 6; se esperaban al menos 100.");

    // What is held is not sent by another way.
    for arguments in
        [&["retry", "1"][..], &["resend", "1"], &["resend", "d1"], &["release", "d1"], &["release", "9"]]
    {
        let said = in_one_line(&place.expect(2, arguments));
        assert!(said.contains("held") || said.contains("there is no run 9"), "{arguments:?}: {said}");
    }
    place.expect(0, &["retry"]);
    place.expect(0, &["tick", "--once"]);
    assert_eq!(delivered(&place), 0);

    let released = in_one_line(&place.expect(0, &["release", "1"]));
    assert!(
        released.contains("WAS") && released.contains("held") && released.contains("parte serve"),
        "{released}"
    );
    assert_eq!(delivered(&place), 0, "it is due, and whoever serves does it");
    place.expect(0, &["tick", "--once"]);
    assert_eq!(delivered(&place), 4);
    for name in reviewed {
        let bytes = |folder: &str| std::fs::read(place.file(folder).join(&name)).unwrap();
        assert_eq!(bytes("review"), bytes("out"), "{name} goes out as it was made");
    }
    let said = in_one_line(&place.expect(2, &["release", "1"]));
    assert!(said.contains("run 1 is not held (done)"), "{said}");
    let shown = in_one_line(&place.expect(0, &["show", "1"]));
    for words in
        ["· done", &format!("not met {UNMET}"), "held until somebody decides", "released by somebody"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert_eq!(ask(&place, "select count(*) from attempt"), "4", "each file once");
    println!("held: exit 4, 0 files; released: 4 files, byte for byte those that were looked at");
}

#[test]
fn a_run_as_json_says_that_it_is_held_and_why_and_released_at_once_what_became_of_it() {
    let place = Workplace::new();
    expecting(&place, "  rows = { min = 100 }\n  otherwise = \"hold\"");
    let ran = place.run_json(&[]);
    assert_eq!((&ran["state"], &ran["held"]), (&"held".into(), &WHY.into()), "{ran}");
    assert!(ran["deliveries"].as_array().unwrap().iter().all(|it| it["state"] == "held"), "{ran}");
    let released = json(&place, &["release", "1", "--wait", "--json"]);
    assert_eq!(released["runs"][0]["state"], "done", "{released}");
    assert_eq!(delivered(&place), 4);
    let ran = place.run_json(&["--no-deliver"]);
    assert_eq!(
        (&ran["state"], &ran["held"]),
        (&"done".into(), &Value::Null),
        "files alone are not held: {ran}"
    );
}

#[test]
fn a_held_report_that_is_given_up_is_never_sent() {
    let place = Workplace::new();
    expecting(&place, "  rows = { min = 100 }\n  otherwise = \"hold\"");
    place.expect(4, &["run", "semana", WEEK[0], WEEK[1]]);
    let said = in_one_line(&place.expect(0, &["cancel", "1"]));
    assert!(said.contains("run 1 was held; it is given up, and 4 deliveries called off"), "{said}");
    let said = in_one_line(&place.expect(2, &["release", "1"]));
    assert!(said.contains("run 1 is not held (cancelled)"), "{said}");
    place.expect(0, &["tick", "--once"]);
    assert_eq!(delivered(&place), 0);
    assert!(in_one_line(&place.expect(0, &["dead"])).contains("nothing was refused"));
}

#[test]
fn a_firing_that_is_held_stands_in_nobodys_way_and_is_made_again_when_the_data_have_come() {
    let place = due();
    expecting(&place, "  rows = { min = 10 }\n  otherwise = \"hold\"");
    fire(&place);
    let said = place.expect(4, &["tick", "--once"]);
    assert!(said.contains("held") && said.contains("at least 10 are expected"), "{said}");
    assert_eq!(ask(&place, "select state, attempts from run"), "held|1");
    let said = place.expect(0, &["tick", "--once"]);
    assert!(said.contains("nothing was due"), "it is not tried again by itself: {said}");
    // A run by hand meanwhile goes its own way.
    assert_eq!(place.run_json(&["--no-deliver"])["state"], "done");

    place.sql(
        "data.db",
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 9)
         insert into tasks select 'x' || i, 'visit', 'salesman', 'completed', 's1', 'u1', '2026-03-04T15:00:00Z', null, null, null, null,
           '2026-03-01T00:00:00Z', null, null from n",
    );
    let fired = ask(&place, "select date(scheduled_for / 1000000, 'unixepoch') from run where id = 1");
    let next = ask(&place, &format!("select date('{fired}', '1 day')"));
    let again = ["backfill", "semana", "--from", &fired, "--to", &next, "--reprocess", "failed"];
    let said = in_one_line(&place.expect(0, &again));
    assert!(said.contains("1 firings: 1 done"), "{said}");
    assert_eq!(ask(&place, "select state from run where id = 1"), "cancelled");
    let said = in_one_line(&place.expect(2, &["release", "1"]));
    assert!(said.contains("run 1 was done again as run 3"), "{said}");
    assert_eq!(delivered(&place), 4, "it went out once");
}

#[test]
fn a_held_report_keeps_its_files_and_rows_however_old_it_is_until_somebody_decides() {
    let place = Workplace::new();
    place.define(
        "url = \"sqlite:parte.db\"",
        "url = \"sqlite:parte.db\"\nkeep = \"7 days\"\nkeep_frames = \"1 day\"",
    );
    expecting(&place, "  rows = { min = 100 }\n  otherwise = \"hold\"");
    place.expect(4, &["run", "semana", WEEK[0], WEEK[1]]);
    let year = "365 * 86400000000";
    ask(&place, &format!("update run set finished_at = finished_at - {year}, held_at = held_at - {year}"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let gone = || {
        runtime.block_on(async {
            let ledger = parte::ledger::Ledger::open(&place.file("parte.db")).await.unwrap();
            let week_ago = parte::clock::now() - chrono::TimeDelta::days(7);
            let gone = (ledger.forget_kept(week_ago).await.unwrap(), ledger.prune(week_ago).await.unwrap());
            ledger.close().await;
            gone
        })
    };
    assert_eq!(gone(), (0, 0));
    place.expect(0, &["rerender", "1"]);
    place.expect(0, &["cancel", "1"]);
    ask(&place, &format!("update run set finished_at = finished_at - {year}"));
    assert_eq!(gone(), (1, 1));
}
