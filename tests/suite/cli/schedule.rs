//! `parte schedule`: the next firings as a person, a program and a calendar read them.

use super::Workplace;
use crate::support::read_json;
use parte::calendar::Workdays;
use serde_json::{Value, json};

const FROM: &[&str] = &["schedule", "--from", "2026-03-02T00:00"];

fn says(text: &str, pieces: &[&str]) {
    for piece in pieces {
        assert!(text.contains(piece), "{piece:?} is not in:\n{text}");
    }
}

fn schedule(place: &Workplace, arguments: &[&str]) -> Value {
    let text = place.expect(0, &[FROM, &["--json"], arguments].concat());
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("JSON, not {text}"))
}

/// The usual definitions with a second report, which is paused, and a third without a schedule.
fn three_reports() -> Workplace {
    let place = Workplace::new();
    let first = std::fs::read_to_string(place.file("reports.toml")).unwrap();
    let report = first.split_once("[[report]]").unwrap().1;
    let other = |id: &str, schedule: &str| {
        report
            .replace("id = \"semana\"", &format!("id = \"{id}\""))
            .replace("schedule = \"every monday at 07:00\"", schedule)
    };
    let (paused, by_hand) =
        (other("pausado", "schedule = \"every tuesday at 06:00\"\npaused = true"), other("mano", ""));
    place.write("reports.toml", &format!("{first}\n[[report]]{paused}\n[[report]]{by_hand}"));
    place
}

#[test]
fn the_next_firings_show_local_time_utc_and_the_period_of_each() {
    let place = three_reports();
    let text = place.expect(0, &[FROM, &["--next", "2"]].concat());
    says(
        &text,
        &[
            "Mon 2026-03-02 07:00 -05",
            "2026-03-02 12:00Z",
            "2026-02-23 to 2026-03-01",
            "Mon 2026-03-09 07:00 -05",
            "paused: pausado (every tuesday at 06:00)",
            "without schedule, only by hand: mano",
        ],
    );
    assert!(!text.contains("2026-03-16"), "two of each: {text}");
    let json = schedule(&place, &["--next", "2"]);
    assert_eq!(json["paused"], json!(["pausado"]));
    assert_eq!(json["without_schedule"], json!(["mano"]));
    assert_eq!(
        json["firings"][1],
        json!({
            "report": "semana", "at": "2026-03-09T12:00:00Z", "local": "2026-03-09T07:00:00-05:00",
            "zone": "America/Bogota", "begins": "2026-03-09T12:00:00Z",
            "period": { "from": "2026-03-02", "to": "2026-03-09" }, "notes": [],
        })
    );
    says(&place.expect(0, &["schedule", "mano"]), &["nothing is due", "only by hand"]);
    assert!(!place.file("parte.db").exists(), "looking makes no ledger");
}

#[test]
fn the_firings_of_all_reports_are_sorted_by_time() {
    let place = three_reports();
    place.define("paused = true", "");
    let json = schedule(&place, &["--next", "3"]);
    let at: Vec<&str> =
        json["firings"].as_array().unwrap().iter().map(|it| it["at"].as_str().unwrap()).collect();
    let mut sorted = at.clone();
    sorted.sort_unstable();
    assert_eq!(at, sorted);
    assert_eq!(at.len(), 6);
}

#[test]
fn a_change_of_the_clocks_between_two_firings_is_said() {
    let place = Workplace::new();
    place.define("America/Bogota", "Europe/London");
    let text = place.expect(0, &["schedule", "semana", "--next", "2", "--from", "2026-03-23T00:00"]);
    says(&text, &["Mon 2026-03-30 07:00 BST", "2026-03-30 06:00Z", "clocks go forward 1 h between this and"]);
    assert_eq!(text.matches("clocks go").count(), 1, "{text}");
    let text = place.expect(0, &["schedule", "semana", "--next", "1", "--from", "2026-10-26T00:00"]);
    says(&text, &["clocks go back 1 h"]);
}

#[test]
fn the_feed_is_read_by_another_program_and_keeps_its_identities() {
    let place = Workplace::new();
    place.define(
        "title = \"Semana\"",
        "title = \"Ventas; equipos, \\\"Ñandú\\\" y una línea que es bastante larga para doblarse\"",
    );
    let feed = |from: &str, name: &str| {
        let output = place.parte(&["schedule", "--ics", "--from", from]);
        assert_eq!(output.status.code(), Some(0));
        place.write(name, &String::from_utf8(output.stdout).unwrap());
        read_json("schedule_ics.py", &place.file(name))
    };
    let read = feed("2026-03-02T00:00", "a.ics");
    assert_eq!(
        (&read["version"], &read["errors"], &read["name"]),
        (&json!("2.0"), &json!([]), &json!("Prueba"))
    );
    assert_eq!(read["bare_line_ends"], 0);
    assert!(read["longest_line"].as_u64().unwrap() <= 75, "{}", read["longest_line"]);
    let events = read["events"].as_array().unwrap();
    assert_eq!(events.len(), 53, "a year of Mondays");
    assert_eq!(events[1]["start"], "2026-03-09T12:00:00+00:00");
    assert_eq!(events[1]["uid"], "semana-20260309T120000Z@parte");
    assert_eq!(
        events[1]["summary"],
        "Ventas; equipos, \"Ñandú\" y una línea que es bastante larga para doblarse"
    );
    says(
        events[1]["description"].as_str().unwrap(),
        &["2026-03-02 to 2026-03-08 (America/Bogota)\nreport semana"],
    );
    let mut uids: Vec<&str> = events.iter().map(|it| it["uid"].as_str().unwrap()).collect();
    uids.dedup();
    assert_eq!(uids.len(), events.len());

    let later = feed("2026-03-05T00:00", "b.ics");
    assert_eq!(later["events"][0]["uid"], events[1]["uid"], "the same firing is the same event");

    // appointments are no holidays, and Parte's own reader of holidays takes the file
    let text = std::fs::read_to_string(place.file("a.ics")).unwrap();
    let plain = Workdays::monday_to_friday();
    assert_eq!(plain.clone().with_holidays_ics(&text), Ok(plain));
}

#[test]
fn a_feed_of_a_schedule_of_every_minute_is_bounded_and_says_so() {
    let place = Workplace::new();
    place.define("every monday at 07:00", "every minute");
    let text = place.expect(0, &["schedule", "--ics"]);
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 1000);
    says(&text, &["report `semana`: only the next 1000 firings"]);
}

#[test]
fn what_cannot_be_shown_is_refused_in_one_sentence() {
    let place = Workplace::new();
    says(&place.expect(2, &["schedule", "--from", "tomorrow"]), &["--from: `tomorrow` is not an instant"]);
    says(&place.expect(3, &["schedule", "semanas"]), &["no report `semanas`", "did you mean `semana`?"]);
    says(&place.expect(2, &["schedule", "--next", "0"]), &["0 is not in 1..=1000"]);
    // the ends of time are no reason to break off
    says(&place.expect(0, &["schedule", "--from", "9999-12-31T23:59:59Z"]), &["PERIOD"]);
}
