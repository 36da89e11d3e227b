//! The rows that are kept of a file are those that a database is asked for.

use super::*;
use crate::calendar::Period;
use crate::source::select::{Bound, Dialect, Form, SourceColumn, rows_needed};
use rand::{Rng as _, SeedableRng as _};
use rusqlite::types::Value;
use std::collections::{BTreeMap, BTreeSet};

struct Sqlite;

impl Dialect for Sqlite {
    fn quoted(&self, name: &str) -> String {
        format!("\"{name}\"")
    }
    fn place_of(&self, number: usize, _: &Bound) -> String {
        format!("?{number}")
    }
    fn bytewise(&self, sql: &str) -> String {
        sql.to_owned()
    }
}

/// Texts as people and programs write instants, and what is none.
fn text(random: &mut rand_chacha::ChaCha8Rng) -> Option<String> {
    let day = shifted(NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day"), random.random_range(-40..40));
    let second = number(day) * DAY + random.random_range(0..DAY);
    Some(match random.random_range(0..12) {
        0 => return None,
        1 => String::new(),
        2 => day.to_string(),
        3 => second.to_string(),
        4 => (second * 1000).to_string(),
        5 => day.format("%d/%m/%Y").to_string(),
        6 => "mañana".to_owned(),
        7 => format!("{day} 07:00:00"),
        8 => format!("19{:02}-01-01", random.random_range(0..99)),
        9 => "2200-01-01".to_owned(),
        _ => format!("{day}T12:00:00Z"),
    })
}

const STATUS: [&str; 4] = ["pending", "completed", "FAILED", ""];

/// The same rows are kept of a file as are asked of SQLite, whatever stands in them.
#[test]
fn a_file_gives_the_rows_that_a_database_is_asked_for() {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    let database = rusqlite::Connection::open_in_memory().expect("a database");
    database
        .execute_batch("create table t (id integer, scheduled_at text, completed_at text, created_at text, status text, date text)")
        .expect("a table");
    let mut rows: Vec<[Option<String>; 5]> = Vec::new();
    for id in 0..3000_i64 {
        let mut row = std::array::from_fn(|_| text(&mut random));
        row[3] = random.random_bool(0.9).then(|| STATUS[random.random_range(0..4)].to_owned());
        let values = row.iter().map(|value| value.clone().map_or(Value::Null, Value::Text));
        let values: Vec<Value> = std::iter::once(Value::Integer(id)).chain(values).collect();
        database
            .execute("insert into t values (?1, ?2, ?3, ?4, ?5, ?6)", rusqlite::params_from_iter(values))
            .expect("a row");
        rows.push(row);
    }
    let names = ["scheduled_at", "completed_at", "created_at", "status", "date"];
    let finished = ["completed", "FAILED"];
    let mut looked_at = 0;
    for frame in [FrameName::Tasks, FrameName::UserStates] {
        for kinds in [
            &[Rows::Planned][..],
            &[Rows::Completed],
            &[Rows::Created],
            &[Rows::Open],
            &[Rows::Edges],
            &[Rows::Days],
            &[Rows::Last28Days],
            &[Rows::Planned, Rows::Open, Rows::Edges],
        ] {
            // Each column is there or not.
            for there in 0..32_u8 {
                let is_there = |name: &str| {
                    names.iter().position(|it| *it == name).is_some_and(|at| there & (1 << at) != 0)
                };
                let need = Need {
                    columns: BTreeMap::new(),
                    periods: ["2026-03-02..2026-03-09", "2026-02-23..2026-03-02"]
                        .map(|period| Period::parse(period, chrono_tz::UTC).expect("a period"))
                        .to_vec(),
                    rows: kinds.iter().copied().collect::<BTreeSet<_>>(),
                    made: None,
                };
                let keyless = there % 2 == 0;
                let columns: Vec<SourceColumn> = names
                    .iter()
                    .filter(|name| is_there(name))
                    .map(|name| SourceColumn {
                        name: (*name).to_owned(),
                        sql: format!("\"{name}\""),
                        form: Form::Text,
                    })
                    .collect();
                let (sql, values) =
                    rows_needed(&Sqlite, frame, &columns, &need, &finished, keyless).into_parts();
                let sql = format!("select id from t where {}", sql.unwrap_or_else(|| "true".to_owned()));
                let values = values.into_iter().map(|value| match value {
                    Bound::Text(text) => Value::Text(text),
                    Bound::Whole(number) => Value::Integer(number),
                    Bound::Instant(day) | Bound::Day(day) => Value::Text(day.to_string()),
                });
                let asked: Vec<usize> = database
                    .prepare(&sql)
                    .expect("SQL")
                    .query_map(rusqlite::params_from_iter(values), |row| row.get::<_, i64>(0))
                    .expect("rows")
                    .map(|id| usize::try_from(id.expect("a number")).expect("a row"))
                    .collect();
                let needed = Needed::new(frame, is_there, &need, &finished, keyless);
                let kept: Vec<usize> = rows
                    .iter()
                    .enumerate()
                    .filter(|(_, row)| {
                        let cell = |name: &&str| {
                            let at = names.iter().position(|it| it == name).expect("a column");
                            row[at].as_ref().map_or(Cell::Absent, |text| Cell::Text(text.as_bytes()))
                        };
                        needed.holds(&needed.columns.iter().map(cell).collect::<Vec<_>>())
                    })
                    .map(|(at, _)| at)
                    .collect();
                assert_eq!(asked, kept, "{frame:?} {kinds:?} {there:05b}: {sql}");
                looked_at += usize::from(!kept.is_empty() && kept.len() < rows.len());
            }
        }
    }
    assert!(looked_at > 200, "few of the conditions keep some rows and not all: {looked_at}");
}

#[test]
fn a_part_whose_least_and_greatest_values_lie_outside_holds_no_row_that_is_needed() {
    let need = Need {
        columns: BTreeMap::new(),
        periods: vec![Period::parse("2026-03-02..2026-03-09", chrono_tz::UTC).expect("a period")],
        rows: BTreeSet::from([Rows::Planned]),
        made: None,
    };
    let needed = Needed::new(FrameName::Tasks, |name| name == "scheduled_at", &need, &[], false);
    let text = |least: &'static str, greatest: &'static str| {
        needed.may_hold(&[Some((Cell::Text(least.as_bytes()), Cell::Text(greatest.as_bytes()), false))])
    };
    assert!(!text("2025-01-01T07:00:00Z", "2026-02-20T07:00:00Z"));
    assert!(text("2025-01-01T07:00:00Z", "2026-03-20T07:00:00Z"));
    assert!(text("04/03/2013", "2026-02-20T07:00:00Z"), "an odd value may be told");
    let micros = |day| number(day) * DAY * 1_000_000;
    let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
    let typed = |least, greatest| {
        needed.may_hold(&[Some((
            Cell::Instant(micros(day(least)), true),
            Cell::Instant(micros(day(greatest)), true),
            true,
        ))])
    };
    assert!(!typed("2025-01-01", "2026-02-20"));
    assert!(!typed("2026-04-01", "2026-05-01"));
    assert!(typed("2026-03-01", "2026-03-01"));
    assert!(needed.may_hold(&[None]));
}

#[test]
fn a_part_whose_least_and_greatest_values_lie_inside_is_needed_whole_unless_one_is_absent() {
    let periods = vec![Period::parse("2026-03-02..2026-03-09", chrono_tz::UTC).expect("a period")];
    let of = |frame, column: &'static str, rows| {
        let need = Need {
            columns: BTreeMap::new(),
            periods: periods.clone(),
            rows: BTreeSet::from([rows]),
            made: None,
        };
        Needed::new(frame, |name| name == column, &need, &[], false)
    };
    let days = |text: &str| number(text.parse::<NaiveDate>().expect("a day"));
    let instant = |text: &str| Cell::Instant(days(text) * DAY * 1_000_000, true);
    let day = |text: &str| Cell::Day(i32::try_from(days(text)).expect("near"));
    let tasks = of(FrameName::Tasks, "scheduled_at", Rows::Planned);
    let states = of(FrameName::UserStates, "date", Rows::Days);
    let share = |needed: &Needed, least, greatest, nulls| needed.share(&[Some((least, greatest, nulls))]);
    for (least, greatest, nulls, expected) in [
        ("2026-03-03", "2026-03-05", false, Share::All),
        ("2026-03-03", "2026-03-05", true, Share::Some),
        ("2026-03-03", "2026-04-05", false, Share::Some),
        ("2026-04-03", "2026-04-05", false, Share::None),
    ] {
        assert_eq!(
            share(&tasks, instant(least), instant(greatest), nulls),
            expected,
            "tasks {least} {greatest}"
        );
        assert_eq!(share(&states, day(least), day(greatest), nulls), expected, "states {least} {greatest}");
    }
    let text = |text: &'static str| Cell::Text(text.as_bytes());
    assert_eq!(share(&tasks, text("2026-03-03T00:00"), text("2026-03-05T00:00"), false), Share::Some);
    assert_eq!(tasks.share(&[None]), Share::Some);
}
