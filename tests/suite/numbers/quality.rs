//! Rows that do not fit: kept and counted, left out and told, or refused, by the rules of their frame.

use super::setting::*;
use chrono_tz::Tz;
use parte::calendar::Period;
use parte::definition::{Flaw, FrameName, FrameSource, Source, Treatment};
use parte::metrics::{Engine, catalogue, need};
use parte::source::{Frames, Need, Remark, SourceError, load, queries};
use rusqlite::Connection;
use std::path::Path;
use tempfile::TempDir;

const METRICS: [&str; 4] = ["tasks_planned", "tasks_completed", "sales_amount", "users_total"];

/// Seven tasks and five states of the week, each flaw once or twice.
const DATA: &str = "
    create table tasks (task_id text, status text, seller_id text, user_id text, scheduled_at text, completed_at text, created_at text, updated_at text, sales_amount real);
    insert into tasks values
      ('T1', 'completed', 'S1', 'U1', '2026-03-02T15:00:00Z', '2026-03-02T16:00:00Z', '2026-02-20T00:00:00Z', '2026-03-02T16:00:00Z', 10),
      ('T1', 'completed', 'S1', 'U1', '2026-03-02T15:00:00Z', '2026-03-02T16:00:00Z', '2026-02-20T00:00:00Z', '2026-03-03T16:00:00Z', 20),
      ('T2', 'en_revision', 'S1', 'U2', '2026-03-03T15:00:00Z', null, '2026-02-20T00:00:00Z', null, null),
      ('T3', 'completed', null, 'U2', '2026-03-04T15:00:00Z', '2026-03-04T14:00:00Z', '2026-02-20T00:00:00Z', null, 40),
      ('T4', 'completed', 'S2', null, '2026-03-05T15:00:00', '2026-03-05T16:00:00Z', '2026-02-20T00:00:00Z', null, 80),
      (null, 'completed', 'S2', 'U3', '2026-03-05T15:00:00Z', '2026-03-05T16:00:00Z', '2026-02-20T00:00:00Z', null, 160),
      ('T6', 'completed', 'S2', 'U3', '2026-03-06T15:00:00Z', '2026-03-30T16:00:00Z', '2026-02-20T00:00:00Z', null, 320);
    create table user_states (user_id text, date text, state text);
    insert into user_states values ('U1', '2026-03-02', 'core'), ('U1', '2026-03-08', 'core'), ('U1', '2026-03-08', 'aha'),
      ('U2', '2026-03-08', 'zombie'), (null, '2026-03-08', 'aha'), ('U3', null, 'aha'), ('U4', '2026-03-07', 'aha')";

struct Setting {
    folder: TempDir,
    rules: Vec<(FrameName, Flaw, Treatment)>,
}

impl Setting {
    fn new(rules: &[(FrameName, Flaw, Treatment)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("crm.db");
        Connection::open(path).expect("a database").execute_batch(DATA).expect("data");
        Self { folder, rules: rules.to_vec() }
    }

    fn source(&self) -> Source {
        ruled(&self.folder.path().join("crm.db"), &self.rules)
    }

    fn load(&self) -> Result<Frames, SourceError> {
        load(&self.source(), &asked(&week(), &METRICS))
    }

    /// What the metrics are over the whole week, and what is told.
    fn told(&self) -> (Vec<String>, Vec<Remark>) {
        let frames = self.load().unwrap_or_else(|e| panic!("{e} {}", e.hint));
        let report = report(Tz::UTC, vec![table(&[], &METRICS)]);
        let engine = Engine::new(&report, catalogue(), &frames, &week()).expect("an engine");
        (rows_of(&engine.values(&METRICS, &[]).expect("values")).remove(0), engine.remarks())
    }
}

fn ruled(path: &Path, rules: &[(FrameName, Flaw, Treatment)]) -> Source {
    let of = |frame: FrameName| FrameSource {
        quality: rules.iter().filter(|rule| rule.0 == frame).map(|rule| (rule.1, rule.2)).collect(),
        ..FrameSource::default()
    };
    let frames = [FrameName::Tasks, FrameName::UserStates].map(|frame| (frame, of(frame)));
    Source { frames: frames.into(), ..source(path) }
}

fn week() -> Period {
    period("2026-03-02", "2026-03-09", Tz::UTC)
}

fn asked(period: &Period, metrics: &[&str]) -> Need {
    let report = report(Tz::UTC, vec![table(&[], metrics)]);
    let need = need(&report, catalogue(), std::slice::from_ref(period)).expect("what is needed");
    Need { made: "2026-03-09T12:00:00Z".parse().ok(), ..need }
}

fn refused(flaw: Flaw, frame: FrameName) -> (String, String) {
    let error = Setting::new(&[(frame, flaw, Treatment::Refuse)]).load().expect_err("an error");
    (error.to_string(), error.hint)
}

fn dropped(flaw: Flaw, frame: FrameName) -> (Vec<String>, usize, usize) {
    let (values, remarks) = Setting::new(&[(frame, flaw, Treatment::Drop)]).told();
    let told: Vec<(usize, usize)> = remarks
        .iter()
        .filter_map(|remark| match remark {
            Remark::LeftOut { flaw: told, count, of, .. } if *told == flaw => Some((*count, *of)),
            _ => None,
        })
        .collect();
    assert!(!told.is_empty(), "{remarks:?}");
    (values, told.iter().map(|(count, _)| count).sum(), told[0].1)
}

use FrameName::{Tasks, UserStates};

#[test]
fn without_a_rule_every_row_counts_and_what_the_columns_read_show_is_told() {
    let (values, remarks) = Setting::new(&[]).told();
    assert_eq!(values, ["7", "6", "630.000000", "2"]);
    for expected in [
        Remark::UnknownStatus { values: vec![("en_revision".to_owned(), 1)], of: 7 },
        Remark::CompletedBeforeScheduled { count: 1, of: 6 },
        Remark::Future { frame: Tasks, column: "completed_at".to_owned(), count: 1, of: 7 },
        Remark::NoKey { frame: UserStates, column: "user_id".to_owned(), count: 1, of: 4 },
        Remark::UnknownState { values: vec![("zombie".to_owned(), 1)], of: 4 },
    ] {
        assert!(remarks.contains(&expected), "{expected:?} of {remarks:?}");
    }
    // What is not asked for cannot be judged.
    assert!(!remarks.iter().any(|r| matches!(r, Remark::Repeated { .. })), "{remarks:?}");
}

#[test]
fn a_rule_asks_for_the_columns_that_it_is_judged_by_and_the_report_does_not_see_them() {
    let plain = Setting::new(&[]);
    let need = asked(&week(), &METRICS);
    let sql = |setting: &Setting| {
        let queries = queries(&setting.source(), &need).expect("queries");
        queries.iter().find(|query| query.frame == Tasks).and_then(|query| query.sql.clone()).expect("SQL")
    };
    assert!(!sql(&plain).contains("task_id"), "{}", sql(&plain));
    let ruled = Setting::new(&[(Tasks, Flaw::Duplicates, Treatment::Drop)]);
    let asked = sql(&ruled);
    assert!(asked.contains("\"task_id\"") && asked.contains("\"updated_at\""), "{asked}");
    let frames = ruled.load().expect("frames");
    assert!(frames.frames[&Tasks].column("task_id").is_err());
}

#[test]
fn a_written_keep_counts_what_would_not_be_read_otherwise_and_changes_no_number() {
    let rules = Flaw::ALL.into_iter().flat_map(|flaw| {
        [Tasks, UserStates].into_iter().filter(move |frame| flaw.is_of(*frame)).map(move |f| (f, flaw))
    });
    let rules: Vec<_> = rules.map(|(frame, flaw)| (frame, flaw, Treatment::Keep)).collect();
    let (values, remarks) = Setting::new(&rules).told();
    assert_eq!(values, Setting::new(&[]).told().0);
    for expected in [
        Remark::NoKey { frame: Tasks, column: "task_id".to_owned(), count: 1, of: 7 },
        Remark::NoKey { frame: Tasks, column: "user_id".to_owned(), count: 1, of: 7 },
        Remark::NoKey { frame: UserStates, column: "date".to_owned(), count: 1, of: 5 },
        Remark::Repeated { frame: Tasks, count: 1, of: 7 },
        Remark::Repeated { frame: UserStates, count: 1, of: 5 },
        Remark::MixedOffsets {
            column: "tasks.scheduled_at".to_owned(),
            count: 1,
            of: 7,
            zone: "UTC".to_owned(),
        },
    ] {
        assert!(remarks.contains(&expected), "{expected:?} of {remarks:?}");
    }
}

#[test]
fn tasks_whose_status_nothing_maps_are_left_out_or_refused_with_what_to_write() {
    assert_eq!(
        dropped(Flaw::UnmappedStatus, Tasks),
        (["6", "6", "630.000000", "2"].map(str::to_owned).to_vec(), 1, 7)
    );
    let (what, hint) = refused(Flaw::UnmappedStatus, Tasks);
    assert_eq!(
        what,
        "failed to read source `real`: 1 of 7 tasks has a tasks.status that means nothing here: `en_revision` (1), for \
         example one scheduled at 2026-03-03 15:00:00 UTC"
    );
    assert!(hint.contains("status = { open = [\"en_revision\"]"), "{hint}");
    assert!(
        hint.contains("unmapped_status = \"drop\"") && hint.contains("[sources.real.tasks.quality]"),
        "{hint}"
    );
}

#[test]
fn rows_without_keys_are_left_out_or_refused() {
    let (values, count, _) = dropped(Flaw::NullKeys, Tasks);
    assert_eq!((values[0].as_str(), values[2].as_str(), count), ("5", "390.000000", 2));
    let (what, hint) = refused(Flaw::NullKeys, Tasks);
    assert!(what.contains("1 of 7 tasks has no tasks.task_id"), "{what}");
    assert!(hint.contains("null_keys = \"drop\""), "{hint}");
    let (values, count, _) = dropped(Flaw::NullKeys, UserStates);
    // A day that is absent is in no period, and is told all the same.
    assert_eq!((values[3].as_str(), count), ("2", 2));
    assert!(refused(Flaw::NullKeys, UserStates).0.contains("user_states.user_id"));
}

#[test]
fn of_tasks_that_occur_twice_the_one_updated_last_counts() {
    let (values, count, of) = dropped(Flaw::Duplicates, Tasks);
    assert_eq!((values[0].as_str(), values[2].as_str(), count, of), ("6", "620.000000", 1, 7));
    let (what, _) = refused(Flaw::Duplicates, Tasks);
    assert!(
        what.ends_with("1 of 7 tasks repeat the tasks.task_id of another, for example task T1"),
        "{what}"
    );
}

#[test]
fn a_task_that_was_closed_since_hides_its_older_row_also_where_only_open_ones_are_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("crm.db");
    let data = "
        create table tasks (task_id text, status text, scheduled_at text, completed_at text, created_at text, updated_at text);
        insert into tasks values ('T1', 'pending', '2026-02-02T15:00:00Z', null, '2026-02-01T00:00:00Z', '2026-02-01T00:00:00Z'),
          ('T1', 'completed', '2026-02-02T15:00:00Z', '2026-02-05T00:00:00Z', '2026-02-01T00:00:00Z', '2026-02-05T00:00:00Z'),
          ('T2', 'pending', '2026-02-02T15:00:00Z', null, '2026-02-01T00:00:00Z', '2026-02-01T00:00:00Z')";
    Connection::open(&path).expect("a database").execute_batch(data).expect("data");
    let backlog = |treatment| {
        let source = ruled(&path, &[(Tasks, Flaw::Duplicates, treatment)]);
        let frames = load(&source, &asked(&week(), &["backlog"])).expect("frames");
        let report = report(Tz::UTC, vec![table(&[], &["backlog"])]);
        let engine = Engine::new(&report, catalogue(), &frames, &week()).expect("an engine");
        rows_of(&engine.values(&["backlog"], &[]).expect("values"))
    };
    assert_eq!(backlog(Treatment::Keep), [["2"]]);
    assert_eq!(backlog(Treatment::Drop), [["1"]]);
}

#[test]
fn of_a_day_with_two_states_the_last_one_read_counts_unless_they_are_of_two_segments() {
    let (_, count, _) = dropped(Flaw::Duplicates, UserStates);
    assert_eq!(count, 1);
    assert!(refused(Flaw::Duplicates, UserStates).0.contains("1 of"));
    let setting = Setting::new(&[(UserStates, Flaw::Duplicates, Treatment::Refuse)]);
    let db = Connection::open(setting.folder.path().join("crm.db")).expect("a database");
    db.execute_batch(
        "alter table user_states add column segment_name; update user_states set segment_name = state",
    )
    .expect("segments");
    assert!(setting.load().is_ok());
}

#[test]
fn completions_before_the_schedule_are_left_out_or_refused() {
    let (values, count, _) = dropped(Flaw::EarlyCompletion, Tasks);
    assert_eq!((values[0].as_str(), values[2].as_str(), count), ("6", "590.000000", 1));
    assert!(refused(Flaw::EarlyCompletion, Tasks).0.contains("tasks.completed_at before tasks.scheduled_at"));
}

#[test]
fn states_outside_the_nine_are_left_out_or_refused() {
    let (values, count, _) = dropped(Flaw::UnknownState, UserStates);
    assert_eq!((values[3].as_str(), count), ("1", 1));
    let (what, hint) = refused(Flaw::UnknownState, UserStates);
    assert!(what.contains("`zombie` (1), for example user U2 on 2026-03-08"), "{what}");
    assert!(hint.contains("sign_up, setup, aha"), "{hint}");
}

#[test]
fn what_happened_after_the_report_was_made_is_left_out_or_refused_and_later_it_is_no_fault() {
    let (values, count, _) = dropped(Flaw::Future, Tasks);
    assert_eq!((values[0].as_str(), values[2].as_str(), count), ("6", "310.000000", 1));
    assert!(refused(Flaw::Future, Tasks).0.contains("tasks.completed_at after the report was made"));
    // The same week made again in May.
    let setting = Setting::new(&[(Tasks, Flaw::Future, Treatment::Refuse)]);
    let need = Need { made: "2026-05-02T12:00:00Z".parse().ok(), ..asked(&week(), &METRICS) };
    assert!(load(&setting.source(), &need).is_ok());
    // A day that has not begun where the report is made has no state.
    let setting = Setting::new(&[(UserStates, Flaw::Future, Treatment::Refuse)]);
    let need = Need { made: "2026-03-08T02:00:00Z".parse().ok(), ..asked(&week(), &METRICS) };
    assert!(load(&setting.source(), &need).is_ok());
    let bogota = period("2026-03-02", "2026-03-09", Tz::America__Bogota);
    let need = Need { made: "2026-03-08T02:00:00Z".parse().ok(), ..asked(&bogota, &METRICS) };
    let error = load(&setting.source(), &need).expect_err("an error").to_string();
    assert!(error.contains("user_states.date after the report was made"), "{error}");
}

#[test]
fn instants_without_an_offset_among_others_are_left_out_or_refused() {
    let (values, count, _) = dropped(Flaw::MixedOffsets, Tasks);
    assert_eq!((values[0].as_str(), values[2].as_str(), count), ("6", "550.000000", 1));
    assert!(refused(Flaw::MixedOffsets, Tasks).0.contains("tasks.scheduled_at without an offset"));
    // A column that is written in one way is no fault, whichever way that is.
    let setting = Setting::new(&[(Tasks, Flaw::MixedOffsets, Treatment::Refuse)]);
    let db = Connection::open(setting.folder.path().join("crm.db")).expect("a database");
    db.execute_batch("update tasks set scheduled_at = replace(scheduled_at, 'Z', '')").expect("an update");
    assert!(setting.load().is_ok());
}

#[test]
fn gaps_are_counted_where_that_is_asked_for() {
    let told = |rules: &[(FrameName, Flaw, Treatment)]| {
        let setting = Setting::new(rules);
        let metrics = ["engaged_by_day"];
        let frames = load(&setting.source(), &asked(&week(), &metrics)).expect("frames");
        frames.remarks.into_iter().filter(|r| matches!(r, Remark::Gaps { .. })).collect::<Vec<_>>()
    };
    assert_eq!(
        told(&[(UserStates, Flaw::Gaps, Treatment::Keep)]),
        [Remark::Gaps { count: 1, of: 3, days: 5 }]
    );
    assert_eq!(told(&[]), []);
}

#[test]
fn a_rule_whose_column_the_source_lacks_is_not_passed_over() {
    let setting = Setting::new(&[(Tasks, Flaw::Duplicates, Treatment::Drop)]);
    let db = Connection::open(setting.folder.path().join("crm.db")).expect("a database");
    db.execute_batch("alter table tasks drop column task_id").expect("another table");
    let error = setting.load().expect_err("an error");
    assert!(error.to_string().contains("tasks has no column `task_id`"), "{error}");
    assert!(error.hint.contains("columns = { task_id = "), "{}", error.hint);
}

#[test]
fn with_duplicates_left_out_no_additive_metric_depends_on_how_often_or_in_which_order_rows_are_written() {
    let additive: Vec<&str> =
        catalogue().iter().filter(|m| m.additive && m.by.is_empty()).map(|m| m.id.as_str()).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let names = "task_id, type, status, seller_id, user_id, scheduled_at, completed_at, created_at, sales_amount, duration_min, outcome, attempts";
    let mut told = Vec::new();
    for (number, (repeat, order)) in
        [("1", "n"), ("1 + n % 4", "n"), ("1 + n % 4", "n * 7919 % 1009"), ("3", "-n")]
            .into_iter()
            .enumerate()
    {
        let path = folder.path().join(format!("{number}.db"));
        let db = Connection::open(&path).expect("a database");
        let (status, at) = (
            "case n % 5 when 0 then 'pending' when 1 then 'cancelled' when 2 then 'failed' else 'completed' end",
            "strftime('%Y-%m-%dT%H:%M:%SZ', 1772409600 + n * 613 + ",
        );
        db.execute_batch(&format!(
            "create table tasks ({names}, updated_at);
             with recursive n(n) as (select 1 union all select n + 1 from n where n < 1000),
               times(t) as (select 1 union all select t + 1 from times where t < 4)
             insert into tasks select 'T' || n, case n % 3 when 0 then 'call' else 'visit' end, {status}, 'S' || (n % 7), 'U' || (n % 90),
               {at} 0, 'unixepoch'), case when n % 5 > 2 then {at} 7200, 'unixepoch') end, {at} -n * 3600, 'unixepoch'),
               n % 100, n % 40, case n % 4 when 0 then 'sale' else 'no_sale' end, n % 3, null
             from n, times where t <= {repeat} order by {order}, t"
        ))
        .expect("rows");
        let rules = [(Tasks, Flaw::Duplicates, Treatment::Drop)];
        let need = asked(&week(), &additive);
        let frames = load(&ruled(&path, &rules), &need).expect("frames");
        let report = report(Tz::UTC, vec![table(&["seller"], &additive)]);
        let engine = Engine::new(&report, catalogue(), &frames, &week()).expect("an engine");
        let of_tasks = |id: &&str| catalogue().iter().any(|m| m.id == *id && m.of == "tasks");
        let ids: Vec<&str> = additive.iter().copied().filter(of_tasks).collect();
        let total = rows_of(&engine.values(&ids, &[]).expect("values"));
        let grouped = rows_of(&engine.values(&ids, &["seller"]).expect("values"));
        told.push((total, grouped));
    }
    assert!(
        told[0].0[0].iter().any(|value| value.parse::<f64>().is_ok_and(|n| n > 100.0)),
        "{:?}",
        told[0].0
    );
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:#?}");
}
