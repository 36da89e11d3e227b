//! Analysts' own queries, filters and metrics: what they see, and what they are told when they are wrong.

use super::setting::*;
use chrono_tz::Tz;
use parte::definition::{Report, Rows, SectionBody};
use parte::metrics::{Engine, catalogue, need};
use parte::source::load;
use rusqlite::Connection;

const DATA: &str = "
    create table tasks (task_id text, type text, status text, seller_id text, user_id text, scheduled_at text, completed_at text, sales_amount real, zone_code text);
    insert into tasks values
      ('1', 'visit', 'completed', 'S1', 'U1', '2026-03-02T15:00:00Z', '2026-03-02T16:00:00Z', 100.5, 'A'),
      ('2', 'call', 'completed', 'S2', 'U2', '2026-03-03T15:00:00Z', '2026-03-03T18:00:00Z', 50, 'B'),
      ('3', 'visit', 'cancelled', 'S1', 'U2', '2026-03-04T15:00:00Z', null, null, 'A'),
      ('4', 'visit', 'pending', null, 'U3', '2026-03-05T15:00:00Z', null, null, 'A'),
      ('5', 'visit', 'completed', 'S1', 'U1', '2026-02-02T15:00:00Z', '2026-02-02T16:00:00Z', 999, 'A');
    create table sellers (seller_id text, full_name text, team text);
    insert into sellers values ('S1', 'Ana Peña', 'Norte'), ('S2', 'Luis', 'Sur');
    create table users (user_id text, name text, city text);
    insert into users values ('U1', 'Tienda Ñ', 'Cali'), ('U2', 'Kiosco', 'Bogotá');
    create table user_states (user_id text, date text, state text);
    insert into user_states values ('U1', '2026-03-01', 'dormant'), ('U1', '2026-03-08', 'core'), ('U2', '2026-03-08', 'aha'), ('U2', '2026-03-04', 'casual')";

fn engine(report: &Report) -> Engine {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("crm.db");
    Connection::open(&path).expect("a database").execute_batch(DATA).expect("data");
    engine_over(&source(&path), report, catalogue(), &period("2026-03-02", "2026-03-09", Tz::America__Bogota))
        .0
}

fn ask(sql: &str) -> Result<Vec<Vec<String>>, String> {
    let report = report(Tz::America__Bogota, vec![own_query(sql)]);
    engine(&report)
        .query(sql, None)
        .map(|(table, _)| rows_of(&table))
        .map_err(|e| format!("{e} | {}", e.hint))
}

#[test]
fn a_query_sees_the_tasks_scheduled_in_the_period_with_all_that_is_known_of_them() {
    let rows = ask(
        "select user_name, city, seller_name, team, day, sales_amount from tasks where is_done and sales_amount > 0 order by sales_amount desc",
    );
    assert_eq!(
        rows.expect("rows"),
        [
            ["Tienda Ñ", "Cali", "Ana Peña", "Norte", "2026-03-02", "100.500000"],
            ["Kiosco", "Bogotá", "Luis", "Sur", "2026-03-03", "50.000000"],
        ]
    );
    assert_eq!(ask("select count(*) from tasks").expect("rows"), [["4"]]);
    assert_eq!(
        ask("SELECT Zone_Code, COUNT(*) AS n FROM tasks GROUP BY zone_code ORDER BY n DESC").expect("rows"),
        [["A", "3"], ["B", "1"]]
    );
    assert_eq!(
        ask("with t as (select seller_id from tasks where completed_at >= :from and completed_at < :to) select s.full_name from t join sellers s on s.seller_id = t.seller_id order by 1").expect("rows"),
        [["Ana Peña"], ["Luis"]]
    );
    assert_eq!(
        ask("select state, count(*) from user_states where day = :last_day group by state order by state")
            .expect("rows"),
        [["aha", "1"], ["core", "1"]]
    );
    let all = ask("select * from tasks").expect("rows");
    assert_eq!(all.len(), 4);
    assert!(all[0].len() > 20, "own and derived columns");
}

#[test]
fn a_row_that_does_not_belong_spoils_no_number_though_an_expression_fails_on_it() {
    // Most tasks are of the week: the one of the Sunday before it, read for the margin, stays beside them.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("crm.db");
    let more = "
        insert into tasks (task_id, type, status, seller_id, scheduled_at, zone_code) values
            ('6', 'visit', 'completed', 'S9', '2026-03-01T15:00:00Z', 'no number');
        update tasks set zone_code = task_id where task_id <> '6'";
    Connection::open(&path).expect("a database").execute_batch(&format!("{DATA};{more}")).expect("data");
    let own = [metric("codes", Rows::Scheduled, "sum(cast(zone_code as bigint))")];
    let mut report = report(Tz::America__Bogota, vec![table(&["seller_id"], &["codes"])]);
    let week = period("2026-03-02", "2026-03-09", Tz::America__Bogota);
    let (engine, frames) = engine_over(&source(&path), &report, &own, &week);
    let read = frames.frames[&parte::definition::FrameName::Tasks].column("zone_code").expect("a column");
    assert!(read.str().expect("texts").iter().any(|text| text == Some("no number")), "it is read");
    assert_eq!(rows_of(&engine.totals(&["codes"]).expect("a total")), [["10"]]);
    let by_seller = rows_of(&engine.values(&["codes"], &["seller_id"]).expect("values"));
    assert_eq!(by_seller, [["S1", "4"], ["S2", "2"], ["", "4"]], "no group of S9");
    report.filter = Some("cast(zone_code as bigint) < 4".to_owned());
    let filtered = engine_over(&source(&path), &report, &own, &week).0;
    assert_eq!(rows_of(&filtered.totals(&["codes"]).expect("a total")), [["6"]]);
}

#[test]
fn the_seller_is_who_tables_call_so_whatever_a_source_has_under_that_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("crm.db");
    let file = Connection::open(&path).expect("a database");
    let sql = "select * from tasks order by task_id";
    let report = report(Tz::America__Bogota, vec![own_query(sql)]);
    let week = period("2026-03-02", "2026-03-09", Tz::America__Bogota);
    let is_shown = |expected: [Option<&str>; 4], day: &str| {
        let engine = engine_over(&source(&path), &report, catalogue(), &week).0;
        let (all, _) = engine.query(sql, None).expect("rows");
        let sellers = all.column("seller").expect("a column").str().expect("texts").clone();
        assert_eq!(sellers.iter().collect::<Vec<_>>(), expected);
        assert_eq!(all.column("day").expect("a column").get(0).expect("a day").to_string(), day);
    };
    // One text in all rows: it is held once.
    let more = "alter table tasks add column seller text default 'Z'; alter table tasks add column day text default 'Z'";
    file.execute_batch(&format!("{DATA};{more}")).expect("data");
    is_shown([Some("Ana Peña"), Some("Luis"), Some("Ana Peña"), None], "2026-03-02");
    let more = "alter table tasks add column seller_name text; update tasks set seller_name = 'Otra' where task_id < '3'";
    file.execute_batch(more).expect("data");
    is_shown([Some("Otra"), Some("Otra"), Some("S1"), None], "2026-03-02");
    let more = "insert into tasks (task_id, status, seller_id, scheduled_at) select '5' || task_id, status, seller_id, '2026-03-20' from tasks";
    file.execute_batch(more).expect("data");
    is_shown([Some("Otra"), Some("Otra"), Some("S1"), None], "2026-03-02");
}

#[test]
fn mistakes_are_told_with_a_way_out() {
    let unknown = ask("select sales_amonut from tasks").expect_err("an error");
    assert!(unknown.contains("no column `sales_amonut`"), "{unknown}");
    assert!(unknown.contains("did you mean `sales_amount`?"), "{unknown}");
    let lacking = ask("select duration_min from tasks").expect_err("an error");
    assert!(lacking.contains("the source has no column `duration_min`"), "{lacking}");
    assert!(lacking.ends_with("columns = { duration_min = \"...\" }, or leave it out"), "{lacking}");
    let broken = report(Tz::UTC, vec![own_query("select count( from tasks")]);
    let error =
        need(&broken, catalogue(), &[period("2026-03-02", "2026-03-09", Tz::UTC)]).expect_err("an error");
    assert!(error.to_string().contains("section `s0`"), "{error}");
    assert!(error.to_string().contains("Line: 1"), "{error}");
    let placeholder = ask("select count(*) from tasks where day = :today").expect_err("an error");
    assert!(placeholder.contains("`:today` stands for nothing"), "{placeholder}");
    let engine = engine(&report(Tz::UTC, vec![SectionBody::Kpis(vec!["tasks_planned".to_owned()].into())]));
    let error = engine.query("delete from tasks", None).expect_err("an error");
    assert!(error.to_string().contains("not one select"), "{error}");
    let error = engine.values(&["tasks_planed"], &[]).expect_err("an error");
    assert!(error.hint.contains("did you mean `tasks_planned`"), "{}", error.hint);
    let error = engine.values(&["tasks_planned"], &["taem"]).expect_err("an error");
    assert!(error.to_string().contains("no dimension `taem`"), "{error}");
    assert!(error.hint.contains("did you mean `team`"), "{}", error.hint);
}

#[test]
fn a_filter_cuts_every_relation_that_has_its_columns() {
    let mut report = report(
        Tz::America__Bogota,
        vec![
            table(&["team"], &["tasks_planned", "tasks_finished"]),
            SectionBody::Kpis(vec!["users_total".to_owned()].into()),
        ],
    );
    report.filter = Some("team = 'Norte'".to_owned());
    let filtered = engine(&report);
    assert_eq!(
        rows_of(&filtered.values(&["tasks_planned", "tasks_finished"], &["team"]).expect("values")),
        [["Norte", "1", "1"]]
    );
    assert_eq!(rows_of(&filtered.values(&["tasks_planned"], &[]).expect("values")), [["1"]]);
    // Shops have no team: their numbers are those of all.
    assert_eq!(rows_of(&filtered.values(&["users_total"], &[]).expect("values")), [["2"]]);
    report.filter = Some("equipo = 'Norte'".to_owned());
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("crm.db");
    Connection::open(&path).expect("a database").execute_batch(DATA).expect("data");
    let period = period("2026-03-02", "2026-03-09", Tz::America__Bogota);
    let needed = need(&report, catalogue(), std::slice::from_ref(&period)).expect("a need");
    let frames = load(&source(&path), &needed).expect("frames");
    let error = Engine::new(&report, catalogue(), &frames, &period).err().expect("an error");
    assert!(error.to_string().contains("no frame has its columns; missing: tasks.equipo"), "{error}");
}

#[test]
fn relations_meet_on_the_dimensions_and_what_one_lacks_is_absent() {
    let report = report(
        Tz::America__Bogota,
        vec![table(&["city"], &["tasks_planned", "users_total", "backlog", "completion_rate"])],
    );
    let rows = rows_of(
        &engine(&report)
            .values(&["tasks_planned", "users_total", "backlog", "completion_rate"], &["city"])
            .expect("values"),
    );
    assert_eq!(
        rows,
        [
            ["Bogotá", "1", "1", "", "1.000000"],
            ["Cali", "1", "1", "", "1.000000"],
            ["", "1", "", "1", "0.000000"],
        ]
    );
}

#[test]
fn an_empty_denominator_is_absent_and_counts_can_be_subtracted() {
    let own = [
        metric(
            "nothing",
            Rows::Planned,
            "sum(sales_amount) filter (where false) / count(*) filter (where false)",
        ),
        metric("endless", Rows::Planned, "count(*) / count(*) filter (where false)"),
        metric("gain", Rows::Planned, "count(*) filter (where is_done) - count(*)"),
        metric("none_sold", Rows::Planned, "sum(sales_amount) filter (where type = 'message')"),
        metric("wait", Rows::Planned, "median(completed_at - scheduled_at)"),
        metric("since", Rows::Planned, "count(*) filter (where completed_at >= :from and day <= :last_day)"),
    ];
    let metrics = with_own(&own);
    let ids: Vec<&str> = own.iter().map(|m| m.id.as_str()).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("crm.db");
    Connection::open(&path).expect("a database").execute_batch(DATA).expect("data");
    let report = report(Tz::UTC, vec![table(&[], &ids)]);
    let (engine, _) =
        engine_over(&source(&path), &report, &metrics, &period("2026-03-02", "2026-03-09", Tz::UTC));
    assert_eq!(rows_of(&engine.values(&ids, &[]).expect("values")), [["", "", "-1", "", "2.000000", "2"]]);
    let text = metric("text", Rows::Planned, "max(type)");
    let metrics = with_own(&[text]);
    let (engine, _) = engine_over(
        &source(&path),
        &report_of("text"),
        &metrics,
        &period("2026-03-02", "2026-03-09", Tz::UTC),
    );
    assert!(engine.values(&["text"], &[]).expect_err("an error").to_string().contains("not a number"));
    for loose in ["sales_amount", "count(*) + sales_amount", "sum(sales_amount) over ()"] {
        let metrics = with_own(&[metric("loose", Rows::Planned, loose)]);
        let error = need(&report_of("loose"), &metrics, &[]).expect_err("an error");
        assert!(error.to_string().contains("`sales_amount` is not aggregated"), "{error}");
    }
}

fn report_of(metric: &str) -> Report {
    report(Tz::UTC, vec![SectionBody::Kpis(vec![metric.to_owned()].into())])
}

#[test]
fn states_stand_in_order_of_engagement_and_the_absent_last() {
    let report = report(Tz::UTC, vec![table(&[], &["state_transitions", "state_distribution"])]);
    let engine = engine(&report);
    assert_eq!(
        rows_of(&engine.values(&["state_transitions"], &[]).expect("values")),
        [["dormant", "core", "1"], ["absent", "aha", "1"]]
    );
    assert_eq!(
        rows_of(&engine.values(&["state_distribution"], &[]).expect("values")),
        [["aha", "1"], ["core", "1"]]
    );
    assert_eq!(
        rows_of(&engine.totals(&["state_distribution", "state_transitions"]).expect("values")),
        [["2", "2"]]
    );
}

#[test]
fn the_shipped_reports_find_every_metric_they_name() {
    let definitions =
        parte::definition::load(&repository().join("reports.toml"), catalogue()).expect("definitions");
    assert_eq!(catalogue().len(), 71);
    for report in &definitions.reports {
        let needed = need(report, &definitions.metrics, &[period("2026-03-02", "2026-03-09", report.zone)]);
        assert!(needed.is_ok(), "{}", report.id);
    }
}
