//! What a report is not sent with: sources that break, change or fall behind. Nothing of the run leaves, its cause is in the record, and
//! once the source is well again the same run is delivered once.

use super::Workplace;
use crate::support;
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

/// Breaks the source, has the schedule and a person ask for the report, mends the source, and says what was seen.
fn fails_as_a_whole(place: &Workplace, what: &str, cause: &str, spoil: impl Fn(&Workplace)) {
    fire(place);
    let sound = std::fs::read(place.file("data.db")).unwrap();
    spoil(place);
    let said = place.expect(4, &["tick", "--once"]);
    assert!(said.contains("queued"), "{said}");
    assert_eq!(scheduled(place), "queued|1", "it waits for its next try");
    let run = ask(place, "select id from run where cause <> 'manual'");
    let shown = place.expect(0, &["show", &run]);
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains(cause), "{shown}");
    let by_hand = place.expect(4, &["run", "semana", "--period", "2026-03-02..2026-03-09"]);
    let by_hand = by_hand.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(by_hand.contains(cause), "{by_hand}");
    assert_eq!(ask(place, "select state from run where cause = 'manual'"), "failed");
    let made = ask(place, "select (select count(*) from artifact), (select count(*) from delivery)");
    assert_eq!((made.as_str(), delivered(place)), ("0|0", 0), "nothing is made, and nothing sent");

    std::fs::write(place.file("data.db"), sound).unwrap();
    now(place);
    let said = place.expect(0, &["tick", "--once"]);
    assert!(said.contains("4 of 4 delivered"), "{said}");
    assert_eq!(scheduled(place), "done|2");
    place.expect(0, &["tick", "--once"]);
    let tries = ask(place, "select count(*), max(attempts) from delivery");
    assert_eq!((tries.as_str(), delivered(place)), ("4|1", 4));
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
