//! The demo's data from outside: always the same, believable, lawful in its walk, and dirty where it should be. The rows are
//! looked at with SQL and counted a second time by Python.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, and says where")]

use chrono::NaiveDate;
use parte::calendar::{Period, PeriodRule, Workdays};
use parte::demo::{Made, Plan, generate};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

const TABLES: [&str; 6] = ["tasks", "user_states", "sellers", "users", "assignments", "targets"];

const DONE: &str = "status in ('completed', 'delivered')";

/// The default demo, made once for all tests that only look.
static DEFAULT: LazyLock<(tempfile::TempDir, Made)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let made = generate(&Plan::default(), &folder.path().join("demo.db"), &|_, _| ()).unwrap();
    (folder, made)
});

fn file() -> PathBuf {
    DEFAULT.0.path().join("demo.db")
}

fn open(path: &Path) -> Connection {
    Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

fn count(sql: &str) -> i64 {
    open(&file()).query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn ratio(sql: &str) -> f64 {
    open(&file()).query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Every value of every row, in the tables' own order.
fn dump(path: &Path) -> String {
    let connection = open(path);
    let mut text = String::new();
    for table in TABLES {
        let mut statement = connection.prepare(&format!("select * from {table}")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                text.push_str(&format!("{:?}|", row.get_ref(column).unwrap()));
            }
            text.push('\n');
        }
    }
    text
}

/// Instants of a shipped report's period, as texts of the table.
fn bounds(period: &str) -> (String, String) {
    let workdays = Workdays::parse("mon-sat").unwrap();
    let workdays = workdays.with_holidays_ics(include_str!("../../templates/holidays-co.ics")).unwrap();
    let scheduled = "2026-11-20T12:00:00Z".parse().unwrap();
    let period: Period = PeriodRule::parse(period).unwrap().at(
        scheduled,
        chrono_tz::America::Bogota,
        chrono::Weekday::Mon,
        &workdays,
        None,
    );
    let text = |instant: chrono::DateTime<chrono::Utc>| instant.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    (text(period.start()), text(period.end()))
}

#[test]
fn two_generations_are_equal_row_by_row_and_another_seed_is_another_company() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let plan = Plan { tasks: 3_000, ..Plan::default() };
    generate(&plan, &path("one.db"), &|_, _| ()).unwrap();
    generate(&plan, &path("two.db"), &|_, _| ()).unwrap();
    generate(&Plan { seed: 2, ..plan }, &path("other.db"), &|_, _| ()).unwrap();
    let one = dump(&path("one.db"));
    assert!(one == dump(&path("two.db")));
    assert!(one != dump(&path("other.db")));
    assert_eq!(std::fs::read(path("one.db")).unwrap(), std::fs::read(path("two.db")).unwrap());
}

#[test]
fn an_earlier_file_is_replaced_and_nothing_else_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo.db");
    std::fs::write(&path, "not a database").unwrap();
    let told = std::cell::RefCell::new(Vec::new());
    let made = generate(&Plan { tasks: 500, ..Plan::default() }, &path, &|done, of| {
        told.borrow_mut().push((done, of))
    })
    .unwrap();
    assert!(
        open(&path).query_row("pragma integrity_check", [], |row| row.get::<_, String>(0)).unwrap() == "ok"
    );
    assert!(made.tasks > 400 && made.sellers >= 5);
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["demo.db"]);
    let told = told.into_inner();
    assert!(
        told.is_sorted() && told.last().is_some_and(|(done, of)| done == of),
        "progress only grows, to the end"
    );
    assert!(generate(&Plan::default(), Path::new("/no/such/folder/demo.db"), &|_, _| ()).is_err());
}

#[test]
fn sizes_from_nothing_to_many_are_generated() {
    let folder = tempfile::tempdir().unwrap();
    for tasks in [0, 1, 100, 20_000] {
        let path = folder.path().join(format!("{tasks}.db"));
        let made = generate(&Plan { tasks, ..Plan::default() }, &path, &|_, _| ()).unwrap();
        assert!(made.tasks.abs_diff(tasks) <= tasks / 20 + 5, "{tasks}: {made:?}");
    }
    // Other days than the default: one in a leap year without shipped holidays, one at a year's end.
    for today in ["2028-03-01", "2027-01-01"] {
        let plan = Plan { today: today.parse().unwrap(), tasks: 1_000, seed: 9 };
        assert!(generate(&plan, &folder.path().join("day.db"), &|_, _| ()).unwrap().tasks > 900);
    }
}

#[test]
fn the_default_has_the_documented_size_as_python_counts_it() {
    let made = &DEFAULT.1;
    assert!(made.tasks.abs_diff(45_000) < 900, "{made:?}");
    assert_eq!((made.sellers, made.users), (40, 3_000));
    let script = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\n\
        for t in ('tasks', 'user_states', 'users'): print(c.execute('select count(*) from ' + t).fetchone()[0])\n\
        print(c.execute(\"select count(*) from sellers where channel <> 'supervisor'\").fetchone()[0])\n\
        print(c.execute('pragma integrity_check').fetchone()[0])";
    let interpreter = std::env::var_os("PARTE_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let output = std::process::Command::new(interpreter).args(["-c", script]).arg(file()).output().unwrap();
    let expected = format!("{}\n{}\n{}\n{}\nok\n", made.tasks, made.user_states, made.users, made.sellers);
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        expected,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn identifiers_are_unique_and_refer_to_rows_that_exist() {
    for (table, key) in [
        ("tasks", "task_id"),
        ("sellers", "seller_id"),
        ("sellers", "full_name"),
        ("sellers", "email"),
        ("users", "user_id"),
    ] {
        assert_eq!(
            count(&format!("select count(*) - count(distinct {key}) from {table}")),
            0,
            "{table}.{key}"
        );
    }
    assert_eq!(count("select count(*) from tasks where user_id not in (select user_id from users)"), 0);
    assert_eq!(count("select count(*) from tasks where seller_id not in (select seller_id from sellers)"), 0);
    assert_eq!(
        count("select count(*) from sellers where supervisor_id not in (select seller_id from sellers)"),
        0
    );
    assert_eq!(
        count(
            "select count(*) from users u where (select count(*) from assignments a where a.user_id = u.user_id and type = 'primary' and status = 'active') <> 1"
        ),
        0
    );
    assert_eq!(
        count("select count(*) from tasks where task_id not glob 'T[0-9][0-9][0-9][0-9][0-9][0-9][0-9]'"),
        0
    );
}

#[test]
fn every_shop_has_one_state_a_day_from_its_sign_up_on() {
    let days = "select count(distinct date) from user_states";
    assert_eq!(count(days), 112);
    assert_eq!(count("select count(*) - count(distinct user_id || date) from user_states"), 0);
    assert_eq!(
        count(
            "select count(*) from (select user_id from user_states group by user_id having julianday(max(date)) - julianday(min(date)) + 1 <> count(*) or max(date) <> '2026-11-19')"
        ),
        0
    );
    assert_eq!(
        count(
            "select count(*) from users u join (select user_id, min(date) as first from user_states group by user_id) using (user_id) where first <> max('2026-07-31', date(signup_at, '-5 hours'))"
        ),
        0
    );
    assert_eq!(
        count("select count(*) from tasks t join users u using (user_id) where t.scheduled_at < u.signup_at"),
        0
    );
}

#[test]
fn the_walk_takes_only_steps_of_its_matrix_and_contacts_help() {
    // The documented matrix, told once more.
    let legal: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("sign_up", ["setup", "dormant"].as_slice()),
        ("setup", &["aha", "dormant"]),
        ("aha", &["casual", "dormant"]),
        ("casual", &["habit", "dormant"]),
        ("habit", &["core", "casual", "dormant"]),
        ("core", &["power", "habit", "casual", "dormant"]),
        ("power", &["core", "habit", "dormant"]),
        ("dormant", &["casual", "habit", "churned"]),
        ("churned", &["casual"]),
    ]);
    let order = ["churned", "dormant", "sign_up", "setup", "aha", "casual", "habit", "core", "power"];
    let height = |state: &str| order.iter().position(|known| *known == state).unwrap();
    let connection = open(&file());
    let mut contacted: BTreeSet<(String, NaiveDate)> = BTreeSet::new();
    let mut tasks = connection
        .prepare(&format!("select user_id, date(completed_at, '-5 hours') from tasks where {DONE}"))
        .unwrap();
    let mut rows = tasks.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        contacted.insert((row.get(0).unwrap(), row.get::<_, String>(1).unwrap().parse().unwrap()));
    }
    let mut states =
        connection.prepare("select user_id, date, state from user_states order by user_id, date").unwrap();
    let mut rows = states.query([]).unwrap();
    let mut before: Option<(String, String)> = None;
    // Steps up, steps down and days, without and with a contact in the three days before.
    let mut seen = [(0_u32, 0_u32, 0_u32); 2];
    while let Some(row) = rows.next().unwrap() {
        let (shop, date, state): (String, String, String) =
            (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap());
        if let Some((_, from)) = before.filter(|(same, _)| *same == shop) {
            assert!(
                from == state || legal[from.as_str()].contains(&state.as_str()),
                "{shop} {date}: {from} to {state}"
            );
            let date: NaiveDate = date.parse().unwrap();
            let recent =
                (1..=3).any(|days| contacted.contains(&(shop.clone(), date - chrono::Duration::days(days))));
            let of = &mut seen[usize::from(recent)];
            of.0 += u32::from(height(&state) > height(&from));
            of.1 += u32::from(height(&state) < height(&from));
            of.2 += 1;
        }
        before = Some((shop, state));
    }
    let [without, with] =
        seen.map(|(up, down, days)| (f64::from(up) / f64::from(days), f64::from(down) / f64::from(days)));
    assert!(with.0 > without.0 * 1.2, "contacted shops climb more often: {with:?} against {without:?}");
    assert!(with.1 < without.1 * 0.85, "and fall less often: {with:?} against {without:?}");
}

#[test]
fn every_shipped_report_has_a_few_dirty_rows_to_tell_of() {
    for period in ["previous workday", "previous week", "previous month"] {
        let (from, to) = bounds(period);
        let within = format!("scheduled_at >= '{from}' and scheduled_at < '{to}'");
        for dirt in ["seller_id is null", "status = 'en_revision'", "completed_at < scheduled_at"] {
            let rows = count(&format!(
                "select count(*) from tasks where {within} and {dirt} and status not in ('cancelled', 'rescheduled')"
            ));
            let all = count(&format!("select count(*) from tasks where {within}"));
            assert!(rows >= 1 && rows <= 2 + all / 300, "{period}: {rows} of {all} where {dirt}");
        }
    }
    let dirty = ratio(
        "select avg(seller_id is null or status = 'en_revision' or coalesce(completed_at < scheduled_at, 0)) from tasks",
    );
    assert!((0.001..0.004).contains(&dirty), "{dirty}");
}

#[test]
fn clean_rows_are_consistent() {
    for wrong in [
        format!("({DONE}) <> (completed_at is not null)"),
        "completed_at >= '2026-11-20T05:00:00Z' or updated_at >= '2026-11-20T05:00:00Z' or created_at >= '2026-11-20T05:00:00Z'".into(),
        "started_at > completed_at".into(),
        "due_at < scheduled_at".into(),
        "(outcome = 'sale') <> (sales_amount is not null)".into(),
        "sales_amount not between 40000 and 900000".into(),
        "type = 'call' and status = 'completed' and attempts is null".into(),
        "type = 'visit' and status = 'completed' and duration_min is null".into(),
        "scheduled_at >= '2026-11-20T05:00:00Z' and status not in ('pending', 'scheduled')".into(),
        "created_at > scheduled_at".into(),
        "score not between 0 and 100 or priority not between 1 and 5".into(),
        "outcome not in ('sale', 'no_sale', 'no_answer', 'busy', 'wrong_number', 'callback', 'not_found')".into(),
        "scheduled_at not glob '20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z'".into(),
    ] {
        assert_eq!(count(&format!("select count(*) from tasks where {wrong}")), 0, "{wrong}");
    }
}

#[test]
fn the_rhythm_is_that_of_a_company() {
    let daily = |condition: &str| {
        ratio(&format!(
            "select 1.0 * count(*) / count(distinct date(scheduled_at, '-5 hours')) from (select *, date(scheduled_at, '-5 hours') as day from tasks) where day < '2026-11-20' and {condition}"
        ))
    };
    let holidays = "day in ('2026-08-07', '2026-08-17', '2026-10-12', '2026-11-02', '2026-11-16')";
    let workday = daily(&format!("strftime('%w', day) between '1' and '5' and not {holidays}"));
    assert!(daily("strftime('%w', day) = '6'") < workday * 0.55, "Saturdays are thin");
    assert!(daily("strftime('%w', day) = '0'") < workday * 0.05, "Sundays are near empty");
    assert!(daily(holidays) < workday * 0.05, "holidays are near empty");
    let hours = count(
        "select count(*) from tasks where strftime('%H', scheduled_at, '-5 hours') not between '07' and '18'",
    );
    assert_eq!(hours, 0, "nobody is contacted at night");
    assert!(
        daily("day >= '2026-10-20' and strftime('%w', day) = '2'")
            > daily("day < '2026-08-30' and strftime('%w', day) = '2'") * 1.03
    );
    for status in ["cancelled", "rescheduled", "failed", "no_answer", "expired", "pending"] {
        assert!(count(&format!("select count(*) from tasks where status = '{status}'")) > 100, "{status}");
    }
    assert!(
        count(&format!("select count(*) from tasks where {DONE} and completed_at > due_at")) > 2_000,
        "late work"
    );
}

#[test]
fn sellers_and_teams_differ() {
    let connection = open(&file());
    let of = |column: &str| -> Vec<f64> {
        let sql = format!(
            "select avg({DONE}) from tasks join (select seller_id, full_name, team from sellers) using (seller_id) where status not in ('cancelled', 'rescheduled') and scheduled_at < '2026-11-12' group by {column} order by 1"
        );
        connection
            .prepare(&sql)
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    };
    let teams = of("team");
    let sellers = of("full_name");
    assert_eq!((teams.len(), sellers.len()), (5, 40));
    assert!(sellers[39] - sellers[0] > 0.1 && teams[4] - teams[0] > 0.03, "{teams:?} {sellers:?}");
    assert!(sellers.iter().all(|rate| (0.6..0.98).contains(rate)), "{sellers:?}");
}

#[test]
fn each_team_has_targets_of_whole_months_and_some_are_reached() {
    let of =
        |metric: &str| count(&format!("select count(distinct team) from targets where metric = '{metric}'"));
    assert_eq!((of("month_sales"), of("completion_rate")), (5, 5));
    let whole = "period = 'month' and \"from\" = date(\"from\", 'start of month') and \"to\" = date(\"from\", '+1 month', '-1 day')";
    assert_eq!(
        count(&format!("select count(*) from targets where metric = 'month_sales' and not ({whole})")),
        0
    );
    // The months that begin within the data, with the one that is under way.
    assert_eq!(count("select count(distinct \"from\") from targets where metric = 'month_sales'"), 4);
    // The months that are over: August, September and October.
    let sold = format!(
        "select team, date(scheduled_at, '-5 hours', 'start of month') as \"from\", 1.0 * sum(sales_amount) as sold \
         from (select *, {DONE} as done from tasks) join (select seller_id, team from sellers) using (seller_id) where done group by 1, 2"
    );
    let reached = |condition: &str| {
        count(&format!(
            "select count(*) from targets join ({sold}) using (team, \"from\") where metric = 'month_sales' and \"to\" < '2026-11-20' and {condition}"
        ))
    };
    assert_eq!(reached("sold between value * 0.8 and value * 1.25"), 15, "near what is sold");
    let met = reached("sold >= value");
    assert!((4..=11).contains(&met), "{met} of 15");
    let rate = |team: &str| {
        ratio(&format!(
            "select avg({DONE}) / (select value from targets where metric = 'completion_rate' and team = '{team}') from tasks \
             where seller_id in (select seller_id from sellers where team = '{team}') and status not in ('cancelled', 'rescheduled') and scheduled_at < '2026-11-12'"
        ))
    };
    for team in ["Norte", "Centro", "Occidente", "Sur", "Call center"] {
        assert!((0.95..1.05).contains(&rate(team)), "{team}: {}", rate(team));
    }
}

#[test]
fn jose_munoz_is_in_the_daily_report() {
    let (from, to) = bounds("previous workday");
    let rows = count(&format!(
        "select count(*) from tasks join sellers using (seller_id) where full_name = 'José Muñoz' and scheduled_at >= '{from}' and scheduled_at < '{to}'"
    ));
    assert!(rows >= 5, "{rows}");
}
