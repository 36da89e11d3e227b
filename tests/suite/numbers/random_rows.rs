//! Small sources made at random: rows as they are found in the field, and worse. A case that breaks a promise is shrunk by
//! dropping rows.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use parte::calendar::Period;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rusqlite::Connection;
use rusqlite::types::Value;
use std::path::Path;

const STATES: [&str; 10] =
    ["sign_up", "setup", "aha", "casual", "habit", "core", "power", "dormant", "churned", "zombie"];
const STATUSES: [&str; 12] = [
    "completed",
    "completed",
    "COMPLETED",
    "delivered",
    "pending",
    "READY",
    "failed",
    "no_answer",
    "cancelled",
    "rescheduled",
    "nobody knows",
    "",
];
const ZONES: [Tz; 6] = [
    Tz::America__Bogota,
    Tz::America__Santiago,
    Tz::America__New_York,
    Tz::UTC,
    Tz::Asia__Kolkata,
    Tz::Pacific__Chatham,
];
const COLUMNS: &str = "case_id, task_id, type, channel, status, seller_id, user_id, scheduled_at, due_at, completed_at, created_at, duration_min, \
     outcome, attempts, sales_amount";

/// A row of a table, in the order of its columns.
pub(super) type Row = Vec<Value>;

/// Rows with customers of their own, told from those of other cases by their first column.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) seed: u64,
    pub(super) tasks: Vec<Row>,
    pub(super) states: Vec<Row>,
    users: Vec<Row>,
}

/// The days that a case lies around, in a zone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days {
    pub(super) zone: Tz,
    from: NaiveDate,
    pub(super) count: i64,
}

/// Cases with the same days, one source of which each of them is a part.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    pub(super) days: Days,
    pub(super) cases: Vec<Case>,
}

/// Cases in a batch.
pub(super) const TOGETHER: u64 = 20;

/// Random choices.
struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, n: u32) -> u32 {
        self.0.next_u32() % n
    }

    /// One time in `n`.
    fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Copy>(&mut self, among: &[T]) -> T {
        among[self.0.next_u32() as usize % among.len()]
    }

    fn text(&mut self, among: &[&str]) -> Value {
        Value::Text(self.pick(among).to_owned())
    }

    /// An instant in one of the spellings that sources have.
    fn spelled(&mut self, at: DateTime<Utc>) -> Value {
        match self.below(24) {
            0 => Value::Integer(at.timestamp()),
            1 => Value::Integer(at.timestamp_millis()),
            2 => Value::Text(at.format("%Y-%m-%d %H:%M:%S").to_string()),
            3 => Value::Text(at.with_timezone(&Tz::Asia__Tokyo).to_rfc3339()),
            4 => Value::Text(at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
            5 if self.one_in(3) => self.text(&["mañana", "31/03/2026", ""]),
            _ => Value::Text(at.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
        }
    }

    fn maybe(&mut self, at: DateTime<Utc>) -> Value {
        if self.one_in(4) { Value::Null } else { self.spelled(at) }
    }

    fn number(&mut self) -> Value {
        match self.below(10) {
            0 | 1 => Value::Null,
            2 => self.text(&["12.5", "-0", "", "n/d"]),
            3 => Value::Real(-0.0),
            4 => Value::Integer(0),
            5 => Value::Real(-f64::from(self.below(100)) / 7.0),
            6 | 7 => Value::Integer(i64::from(self.below(50))),
            _ => Value::Real(f64::from(self.below(100_000)) / 100.0),
        }
    }

    fn task(&mut self, case: &str, number: usize, start: DateTime<Utc>, minutes: u32) -> Row {
        let planned = start + TimeDelta::minutes(i64::from(self.below(minutes)));
        // Often on the hour, so that some lie on a bound of the period.
        let planned = if self.one_in(4) {
            planned - TimeDelta::minutes(planned.timestamp() / 60 % 60)
        } else {
            planned
        };
        let later = |dice: &mut Self, n: u32| TimeDelta::minutes(i64::from(dice.below(n)) - 300);
        let (due, finished, created) = (later(self, 3000), later(self, 4000), later(self, 20_000));
        let id = |dice: &mut Self, letter: &str, n: u32| match dice.below(12) {
            0 => Value::Null,
            1 => Value::Text(String::new()),
            _ => Value::Text(format!("{case}{letter}{}", dice.below(n))),
        };
        vec![
            Value::Text(case.to_owned()),
            Value::Text(format!("{case}T{number}")),
            self.text(&["visit", "visit", "call", "message", "otro"]),
            self.text(&["salesman", "callcenter", "whatsapp"]),
            if self.one_in(10) { Value::Null } else { self.text(&STATUSES) },
            id(self, "S", 4),
            id(self, "U", 8),
            self.spelled(planned),
            self.maybe(planned + due),
            self.maybe(planned + finished),
            self.maybe(planned - created),
            self.number(),
            if self.one_in(4) {
                Value::Null
            } else {
                self.text(&["sale", "no_sale", "no_answer", "otro", ""])
            },
            self.number(),
            self.number(),
        ]
    }
}

impl Days {
    /// The days of a case: one to four, often with a change of the clocks.
    pub(super) fn of(seed: u64) -> Self {
        let mut dice = Dice(ChaCha8Rng::seed_from_u64(u64::MAX - seed / TOGETHER));
        let zone = dice.pick(&ZONES);
        // Changes of the clocks in Santiago, New York and Chatham, and a leap day.
        let from = dice
            .pick(&["2026-04-03", "2026-09-04", "2026-03-07", "2026-10-31", "2026-09-26", "2024-02-28"])
            .parse()
            .expect("a date");
        Self { zone, from, count: i64::from(1 + dice.below(4)) }
    }

    pub(super) fn period(&self) -> Period {
        self.between(0, self.count)
    }

    /// The days from one offset to another.
    pub(super) fn between(&self, first: i64, end: i64) -> Period {
        Period::new(self.from + TimeDelta::days(first), self.from + TimeDelta::days(end), self.zone, None)
            .expect("a period")
    }
}

impl Batch {
    pub(super) fn of(number: u64) -> Self {
        let seeds = number * TOGETHER..(number + 1) * TOGETHER;
        Self { days: Days::of(number * TOGETHER), cases: seeds.map(Case::of).collect() }
    }

    pub(super) fn alone(case: Case) -> Self {
        Self { days: Days::of(case.seed), cases: vec![case] }
    }

    pub(super) fn write(&self, path: &Path, shuffled: bool) {
        let _ = std::fs::remove_file(path);
        let mut db = Connection::open(path).expect("a database");
        db.execute_batch("pragma journal_mode = off; pragma synchronous = off").expect("a fast database");
        let all = db.transaction().expect("a transaction");
        all.execute_batch(&format!(
            "create table tasks ({COLUMNS}); create table user_states (case_id, user_id, date, state);
             create table users (user_id, region, signup_at)"
        ))
        .expect("tables");
        let of = |rows: fn(&Case) -> &Vec<Row>| self.cases.iter().flat_map(rows).collect::<Vec<&Row>>();
        let mut dice = Dice(ChaCha8Rng::seed_from_u64(self.cases.first().map_or(0, |case| !case.seed)));
        for (table, mut rows) in
            [("tasks", of(|c| &c.tasks)), ("user_states", of(|c| &c.states)), ("users", of(|c| &c.users))]
        {
            // Of users that are there twice the first counts, so these stay. Fisher and Yates.
            let last = if shuffled && table != "users" { rows.len() } else { 0 };
            for n in (1..last).rev() {
                rows.swap(n, dice.0.next_u32() as usize % (n + 1));
            }
            for row in rows {
                let marks = vec!["?"; row.len()].join(", ");
                let sql = format!("insert into {table} values ({marks})");
                let mut insert = all.prepare_cached(&sql).expect("a statement");
                insert.execute(rusqlite::params_from_iter(row.iter())).expect("a row");
            }
        }
        all.commit().expect("rows");
    }
}

impl Case {
    /// The case of a seed: up to 30 tasks and 60 states.
    pub(super) fn of(seed: u64) -> Self {
        let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
        let Days { from, count: days, .. } = Days::of(seed);
        let name = format!("C{seed}");
        let start = (from - TimeDelta::days(2)).and_time(chrono::NaiveTime::MIN).and_utc();
        let minutes = u32::try_from((days + 4) * 1440).expect("a few days");
        let mut tasks: Vec<Row> =
            (0..dice.below(31) as usize).map(|number| dice.task(&name, number, start, minutes)).collect();
        for _ in 0..tasks.len() / 8 {
            let again = tasks[dice.below(30) as usize % tasks.len()].clone();
            tasks.push(again);
        }
        let mut states = Vec::new();
        // Every third batch says each state once.
        let doubles = !(seed / TOGETHER).is_multiple_of(3);
        for user in 0..dice.below(9) {
            for offset in -2..=days {
                let day = (from + TimeDelta::days(offset)).to_string();
                // Missing days, and days that are there twice or more.
                while dice.below(10) < 7 {
                    let state = if dice.one_in(15) { Value::Null } else { dice.text(&STATES) };
                    let user = Value::Text(format!("{name}U{user}"));
                    states.push(vec![Value::Text(name.clone()), user, Value::Text(day.clone()), state]);
                    if !doubles || dice.below(8) > 0 {
                        break;
                    }
                }
            }
        }
        if dice.one_in(5) {
            let day = Value::Text(from.to_string());
            states.push(vec![Value::Text(name.clone()), Value::Null, day, dice.text(&STATES)]);
        }
        // Some users are not there, some twice.
        let users = (0..dice.below(10))
            .map(|_| {
                let user = Value::Text(format!("{name}U{}", dice.below(8)));
                let region = if dice.one_in(4) { Value::Null } else { dice.text(&["Norte", "Sur", ""]) };
                let signup = from - TimeDelta::days(i64::from(dice.below(90)));
                vec![user, region, Value::Text(format!("{signup}T03:00:00Z"))]
            })
            .collect();
        Self { seed, tasks, states, users }
    }

    pub(super) fn name(&self) -> String {
        format!("C{}", self.seed)
    }

    fn rows(&self) -> usize {
        self.tasks.len() + self.states.len() + self.users.len()
    }

    /// Without some rows, counted through all tables.
    fn without(&self, first: usize, count: usize) -> Self {
        let mut left = self.clone();
        let mut at = 0;
        for rows in [&mut left.tasks, &mut left.states, &mut left.users] {
            rows.retain(|_| {
                at += 1;
                !(first..first + count).contains(&(at - 1))
            });
        }
        left
    }

    /// The smallest case that can be found by dropping rows, many at first, for which the same test still says that something is wrong.
    pub(super) fn shrunk(&self, wrong: &impl Fn(&Self) -> Option<String>) -> Self {
        let mut smallest = self.clone();
        let mut step = smallest.rows().div_ceil(2).max(1);
        loop {
            let (mut at, before) = (0, smallest.rows());
            while at < smallest.rows() {
                let fewer = smallest.without(at, step);
                if wrong(&fewer).is_some() {
                    smallest = fewer;
                } else {
                    at += step;
                }
            }
            if step == 1 && smallest.rows() == before {
                return smallest;
            }
            step = (step / 2).max(1);
        }
    }

    /// The rows, to be read by people.
    pub(super) fn shown(&self) -> String {
        let days = Days::of(self.seed);
        let mut text =
            format!("seed {}: {} days from {} in {}\n", self.seed, days.count, days.from, days.zone.name());
        for (table, rows) in [("tasks", &self.tasks), ("user_states", &self.states), ("users", &self.users)] {
            for row in rows {
                text.push_str(&format!("  {table}: {row:?}\n"));
            }
        }
        text
    }
}

#[test]
fn a_case_that_fails_is_shrunk_to_the_rows_that_make_it_fail() {
    let is = |row: &Row, place: usize, text: &str| row[place] == Value::Text(text.to_owned());
    let wrong = |case: &Case| {
        let failed = case.tasks.iter().any(|row| is(row, 4, "failed"));
        let power = case.states.iter().filter(|row| is(row, 3, "power")).count() >= 2;
        (failed && power).then(|| "a failed task and two users in power".to_owned())
    };
    let found: Vec<Case> = (0..50).map(Case::of).filter(|case| wrong(case).is_some()).collect();
    assert!(found.len() > 5, "{} of 50 cases are such", found.len());
    for case in found {
        let smallest = case.shrunk(&wrong);
        assert_eq!((smallest.tasks.len(), smallest.states.len(), smallest.users.len()), (1, 2, 0));
    }
}
