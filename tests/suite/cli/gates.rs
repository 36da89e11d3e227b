//! What a report is not sent with: sources that break, change or fall behind. Nothing of the run leaves, its cause is in the record, and
//! once the source is well again the same run is delivered once.

use super::Workplace;
use crate::support::{self, python, read_json, tests_file};
use parte::clock;
use parte::ledger::{Ledger, NewRun};
use std::process::Command;

/// Tasks of the week beside the few of the workplace, each of them large enough to fill many pages.
const MANY: &str = "
with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
insert into tasks select 'm' || i, 'visit', 'salesman', 'completed', 's1', hex(zeroblob(40)) || i,
  strftime('%Y-%m-%dT%H:%M:%SZ', 1772452800 + i * 120, 'unixepoch'), null,
  strftime('%Y-%m-%dT%H:%M:%SZ', 1772452800 + i * 120 + 60, 'unixepoch'), 'sale', 10, '2026-03-01T00:00:00Z', 5, 1 from n;
";

/// A report that is due once a week and covers the week that there is data of; its firing of the last seven days is due.
pub(super) fn due() -> Workplace {
    let place = Workplace::new();
    place.define("previous week", "2026-03-02..2026-03-09");
    place
}

pub(super) fn ask(place: &Workplace, sql: &str) -> String {
    let mut command = Command::new("sqlite3");
    support::run(command.args(["-cmd", ".timeout 10000"]).arg(place.file("parte.db")).arg(sql))
        .trim()
        .to_owned()
}

/// The schedule fires once: the latest firing that it missed is made up for.
pub(super) fn fire(place: &Workplace) {
    place.expect(0, &["tick", "--once"]);
    ask(place, "update firing_mark set through = through - 7 * 86400000000");
}

/// What waits for another try need not wait.
pub(super) fn now(place: &Workplace) {
    ask(place, "update run set next_attempt_at = 0 where state = 'queued'");
}

/// The one run of the schedule.
pub(super) fn scheduled(place: &Workplace) -> String {
    ask(place, "select state, attempts from run where cause <> 'manual'")
}

pub(super) fn delivered(place: &Workplace) -> usize {
    place.files("out").iter().filter(|name| !name.starts_with('.')).count()
}

const WEEK: [&str; 2] = ["--period", "2026-03-02..2026-03-09"];

/// The report with these expectations.
pub(super) fn expecting(place: &Workplace, expectations: &str) {
    place.define(
        "  [[report.section]]\n  kpis",
        &format!("  [report.expect]\n{expectations}\n  [[report.section]]\n  kpis"),
    );
}

/// Words as they are said, wherever lines were broken.
pub(super) fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Breaks the source, has the schedule and a person ask for the report, mends the source, and says what was seen.
fn fails_as_a_whole(place: &Workplace, what: &str, cause: &str, spoil: impl Fn(&Workplace)) {
    fire(place);
    let made = || ask(place, "select (select count(*) from artifact), (select count(*) from delivery)");
    let before = (made(), delivered(place));
    let sound = std::fs::read(place.file("data.db")).unwrap();
    spoil(place);
    let said = place.expect(4, &["tick", "--once"]);
    assert!(said.contains("queued"), "{said}");
    assert_eq!(scheduled(place), "queued|1", "it waits for its next try");
    let run = ask(place, "select id from run where cause <> 'manual'");
    let shown = in_one_line(&place.expect(0, &["show", &run]));
    assert!(shown.contains(cause), "{shown}");
    let by_hand = in_one_line(&place.expect(4, &["run", "semana", WEEK[0], WEEK[1]]));
    assert!(by_hand.contains(cause), "{by_hand}");
    assert_eq!(ask(place, "select state from run order by id desc limit 1"), "failed");
    assert_eq!((made(), delivered(place)), before, "nothing is made, and nothing sent");

    std::fs::write(place.file("data.db"), sound).unwrap();
    now(place);
    let said = place.expect(0, &["tick", "--once"]);
    assert!(said.contains("4 of 4 delivered"), "{said}");
    assert_eq!(scheduled(place), "done|2");
    place.expect(0, &["tick", "--once"]);
    let tries = ask(place, &format!("select count(*), max(attempts) from delivery where run_id = {run}"));
    assert_eq!(tries, "4|1");
    assert_eq!(delivered(place), before.1 + 4);
    println!(
        "{what}: 2 runs failed as a whole, 0 files sent; mended: done at its try 2, 4 files, each delivered once"
    );
}

#[test]
fn a_source_that_dies_in_the_middle_of_a_read_sends_nothing_until_it_is_well() {
    let place = due();
    place.sql("data.db", MANY);
    fails_as_a_whole(&place, "pages in the middle overwritten", "reading tasks in", |place| {
        let mut bytes = std::fs::read(place.file("data.db")).unwrap();
        let middle = bytes.len() / 2 / 4096 * 4096;
        bytes[middle..middle + 4096 * 12].fill(0xff);
        std::fs::write(place.file("data.db"), bytes).unwrap();
    });
}

#[test]
fn a_source_that_is_cut_off_sends_nothing_until_it_is_well() {
    let place = due();
    place.sql("data.db", MANY);
    fails_as_a_whole(&place, "cut off at 6 tenths", "database disk image is malformed", |place| {
        let bytes = std::fs::read(place.file("data.db")).unwrap();
        std::fs::write(place.file("data.db"), &bytes[..bytes.len() * 6 / 10]).unwrap();
    });
}

#[test]
fn a_column_that_is_named_and_vanished_sends_nothing_until_it_is_back() {
    let place = due();
    place.sql("data.db", "alter table tasks rename column sales_amount to valor");
    place.define(
        "[channels.disk]",
        "[sources.demo.tasks]\ncolumns = { sales_amount = \"valor\" }\n[channels.disk]",
    );
    fails_as_a_whole(&place, "column gone", "no column `valor` for tasks.sales_amount", |place| {
        place.sql("data.db", "alter table tasks drop column valor");
    });
}

#[test]
fn a_column_whose_type_changed_is_no_empty_report() {
    let place = due();
    let cause = "6 of 6 values of tasks.scheduled_at cannot be read as an instant, for example `semana 10`";
    fails_as_a_whole(&place, "instants became words", cause, |place| {
        place.sql("data.db", "update tasks set scheduled_at = 'semana 10'");
    });
}

#[test]
fn a_few_values_that_cannot_be_read_are_a_remark_and_the_report_is_sent() {
    let place = due();
    place.sql("data.db", "update tasks set scheduled_at = 'mañana' where task_id = 't2'");
    let ran = place.run_json(&[]);
    assert_eq!(ran["state"], "done");
    let remarks = ran["remarks"].to_string();
    assert!(remarks.contains("1 valor de tasks.scheduled_at no se pudo leer («mañana»)"), "{remarks}");
    println!("1 of 6 values unreadable: sent with a remark, {} files", delivered(&place));
}

#[test]
fn ten_times_the_usual_rows_are_not_sent_until_they_are_as_usual() {
    let place = due();
    expecting(&place, "  volume = 3");
    for monday in ["2026-02-09", "2026-02-16", "2026-02-23"] {
        place.sql(
            "data.db",
            &format!(
                "with recursive n(i) as (select 0 union all select i + 1 from n where i < 5)
                 insert into tasks select '{monday}' || i, 'visit', 'salesman', 'completed', 's1', 'u1', date('{monday}', i || ' days')
                   || 'T15:00:00Z', null, null, null, null, '2026-01-01T00:00:00Z', null, null from n"
            ),
        );
        let next = support::run(
            Command::new("sqlite3").arg(":memory:").arg(format!("select date('{monday}', '7 days')")),
        );
        place.expect(0, &["run", "semana", "--period", &format!("{monday}..{}", next.trim())]);
    }
    let kept = ask(
        &place,
        "select group_concat(cast(value as integer)) from figure where what = 'rows' and name = 'tasks'",
    );
    assert_eq!(kept, "6,6,6");
    let cause = "60 rows of tasks in the period, 6 are usual, and no more or fewer than by a factor of 3 are expected";
    fails_as_a_whole(&place, "60 rows after 6, 6, 6", cause, |place| {
        place.sql(
            "data.db",
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 54)
             insert into tasks select 'x' || i, 'visit', 'salesman', 'completed', 's1', 'u1', '2026-03-04T15:00:00Z', null, null, null,
               null, '2026-03-01T00:00:00Z', null, null from n",
        );
    });
}

#[test]
fn a_table_that_nobody_writes_to_any_more_is_not_sent_until_somebody_does() {
    let place = due();
    expecting(&place, "  fresh = \"26 hours\"");
    let row = "insert into tasks select 'new', 'visit', 'salesman', 'pending', 's1', 'u1', '2026-04-01T15:00:00Z', null, null, null, null,
        strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 second'), null, null";
    place.sql("data.db", row);
    let cause = "the newest row of tasks is of 2026-03-06 15:20Z, more than 26 hours before the run was due";
    fails_as_a_whole(&place, "newest row too old", cause, |place| {
        place.sql("data.db", "delete from tasks where task_id = 'new'");
    });
}

#[test]
fn what_is_sent_all_the_same_says_at_its_top_what_is_not_as_expected() {
    let place = Workplace::new();
    place.define("[defaults]\n", "[defaults]\noutbox = \"outbox\"\n");
    place.define(
        "[channels.disk]",
        "[channels.mail]\nurl = \"smtps://localhost\"\nfrom = \"I <i@example.com>\"\n[channels.disk]",
    );
    place.define(
        "  [[report.deliver]]\n",
        "  [[report.deliver]]\n  channel = \"mail\"\n  to = [\"ana@example.com\"]\n  [[report.deliver]]\n",
    );
    expecting(&place, "  rows = { min = 100 }\n  otherwise = \"send\"");
    let ran = place.run_json(&["--out", "files"]);
    assert_eq!(ran["state"], "done");
    let heading = "Datos fuera de lo esperado";
    let sentence = "Filas de tareas en el periodo: 6; se esperaban al menos 100.";
    assert_eq!(ran["warnings"], serde_json::json!([sentence]));
    let pdf = support::run(
        Command::new("pdftotext").arg("-layout").arg(place.file("files/semana_20260302.pdf")).arg("-"),
    );
    let sheets = support::run(
        python()
            .arg(tests_file("readers").join("locale_xlsx.py"))
            .arg(place.file("files/semana_20260302.xlsx")),
    );
    let mail = place.file("outbox/mail").read_dir().unwrap().next().unwrap().unwrap().path();
    let mail = read_json("delivery_mail.py", &mail);
    let (text, html) = (mail["text"].as_str().unwrap().to_owned(), mail["html"].as_str().unwrap().to_owned());
    for (where_, said, below) in [
        ("pdf", &pdf, "Tareas planificadas"),
        ("xlsx", &sheets, "Tareas planificadas"),
        ("text", &text, "Tareas planificadas"),
        ("html", &html, "Tareas planificadas"),
    ] {
        let said = in_one_line(said);
        let place = |words: &str| said.to_lowercase().find(&words.to_lowercase());
        let (Some(head), Some(word), Some(below)) = (place(heading), place(sentence), place(below)) else {
            panic!("{where_}: {said}")
        };
        assert!(head < word && word < below, "{where_}: it stands above the figures: {said}");
    }
    let unmet = "6 rows of tasks in the period, at least 100 are expected";
    assert!(in_one_line(&place.expect(0, &["show", "1"])).contains(unmet));
    assert!(in_one_line(&place.expect(0, &["runs"])).contains(unmet));
    println!(
        "6 rows, 100 expected, sent: said at the top in 4 of 4 (PDF, Excel, text, HTML), and in the record"
    );
}

#[test]
fn who_asks_for_files_alone_gets_them_with_a_warning() {
    let place = Workplace::new();
    expecting(&place, "  rows = { min = 100, max = 1000 }");
    let said = in_one_line(&place.expect(4, &["run", "semana", WEEK[0], WEEK[1]]));
    assert!(said.contains("the data are not as the report expects: 6 rows of tasks in the period"), "{said}");
    assert!(said.contains("--no-deliver"), "{said}");
    let said =
        in_one_line(&place.expect(0, &["run", "semana", WEEK[0], WEEK[1], "--no-deliver", "--out", "files"]));
    assert!(
        said.contains("not as expected: Filas de tareas en el periodo: 6; se esperaban al menos 100."),
        "{said}"
    );
    assert_eq!((place.files("files").len(), delivered(&place)), (4, 0));
    println!("6 rows, 100 expected: exit 4 and nothing sent; with --no-deliver 4 files and a warning");
}

/// Puts a firing of so many minutes ago into the record.
fn fired(place: &Workplace, minutes: i64) {
    let fired = NewRun {
        scheduled_for: clock::now() - chrono::TimeDelta::minutes(minutes),
        period_from: "2026-03-02".parse().unwrap(),
        period_to: "2026-03-09".parse().unwrap(),
        ..crate::ledger::run("semana", 0)
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let ledger = Ledger::open(&place.file("parte.db")).await.unwrap();
        ledger.enqueue_run(fired).await.unwrap();
        ledger.close().await;
    });
}

const MORE: &str = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 9)
    insert into tasks select 'x' || i, 'visit', 'salesman', 'completed', 's1', 'u1', '2026-03-04T15:00:00Z', null, null, null, null,
      '2026-03-01T00:00:00Z', null, null from n";

#[test]
fn data_that_may_still_come_are_waited_for_and_the_waiting_uses_up_no_try() {
    let place = due();
    expecting(&place, "  rows = { min = 10 }\n  wait = \"2 hours\"");
    fired(&place, 1);
    for look in 1..=5 {
        let said = place.expect(0, &["tick", "--once"]);
        assert!(said.contains("the data are not there yet: 6 rows of tasks"), "look {look}: {said}");
        assert_eq!(scheduled(&place), "queued|0", "look {look}");
        let wait = ask(
            &place,
            "select next_attempt_at / 1000000 - strftime('%s', 'now') between 240 and 300 from run",
        );
        assert_eq!(wait, "1", "it is looked at again in five minutes");
        now(&place);
    }
    place.sql("data.db", MORE);
    let said = place.expect(0, &["tick", "--once"]);
    assert!(said.contains("4 of 4 delivered"), "{said}");
    assert_eq!(scheduled(&place), "done|1");
    println!(
        "looked at 5 times without its data, 0 tries used up; then done at its first try, {} files",
        delivered(&place)
    );
}

#[test]
fn when_the_waiting_is_over_the_reports_own_word_decides() {
    let place = due();
    expecting(&place, "  rows = { min = 10 }\n  wait = \"2 hours\"");
    fired(&place, 121);
    place.expect(4, &["tick", "--once"]);
    assert_eq!(scheduled(&place), "queued|1", "it failed, and is tried again as others are");
    for _ in 0..2 {
        now(&place);
        place.expect(4, &["tick", "--once"]);
    }
    assert_eq!((scheduled(&place).as_str(), delivered(&place)), ("failed|3", 0));

    let place = due();
    expecting(&place, "  rows = { min = 10 }\n  wait = \"2 hours\"\n  otherwise = \"send\"");
    fired(&place, 119);
    place.expect(0, &["tick", "--once"]);
    assert_eq!(scheduled(&place), "queued|0");
    let left = ask(&place, "select next_attempt_at / 1000000 - strftime('%s', 'now') <= 60 from run");
    assert_eq!(left, "1", "the last look is when the waiting ends");
    ask(&place, "update run set scheduled_for = scheduled_for - 120000000");
    now(&place);
    place.expect(0, &["tick", "--once"]);
    assert_eq!((scheduled(&place).as_str(), delivered(&place)), ("done|1", 4));
    assert!(ask(&place, "select unmet from run").contains("at least 10 are expected"));

    let place = due();
    expecting(&place, "  rows = { min = 10 }\n  wait = \"2 hours\"\n  otherwise = \"hold\"");
    fired(&place, 119);
    place.expect(0, &["tick", "--once"]);
    assert_eq!(scheduled(&place), "queued|0");
    ask(&place, "update run set scheduled_for = scheduled_for - 120000000");
    now(&place);
    place.expect(4, &["tick", "--once"]);
    assert_eq!((scheduled(&place).as_str(), delivered(&place)), ("held|1", 0));
    println!("2 hours over: fail: failed after 3 tries, 0 files; send: done, 4 files; hold: held, 0 files");
}

#[test]
fn who_waits_for_the_answer_is_told_at_once() {
    let place = Workplace::new();
    expecting(&place, "  rows = { min = 10 }\n  wait = \"2 hours\"");
    let said = place.expect(4, &["run", "semana"]);
    assert!(!said.contains("not there yet"), "{said}");
}

#[test]
fn a_plan_says_what_is_expected_and_what_would_change_about_it() {
    let place = Workplace::new();
    place.write("before.toml", &std::fs::read_to_string(place.file("reports.toml")).unwrap());
    expecting(
        &place,
        "  fresh = \"26 hours\"\n  rows = { min = 10, max = 20 }\n  volume = 2.5\n  identities = true\n  wait = \"2 hours\"",
    );
    let words = "fresh 26 hours, rows 10 to 20, volume 2.5, identities, waited for 2 hours, else fail";
    let plan = in_one_line(&place.expect(0, &["plan", "semana"]));
    assert!(plan.contains(&format!("expects {words}")), "{plan}");
    let plan = in_one_line(&place.expect(0, &["plan", "--diff", "before.toml"]));
    assert!(plan.contains("expect") && plan.contains(words), "{plan}");
}
