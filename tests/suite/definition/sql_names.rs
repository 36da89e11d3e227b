//! Names inside of SQL: what is written right is never refused, what is not is found at the very name.

use super::{SMALL, definitions_of, problems_of, told};
use parte::definition::{load, read_metrics};
use std::path::Path;

const VALID: [&str; 42] = [
    "select * from tasks",
    "select count(*) from tasks",
    "select user_name, city, seller_name, type, sales_amount from tasks where is_done limit 10",
    "select Type, COUNT(*) as N from Tasks group by Type order by N desc",
    "select team, sum(sales_amount) as total_sales from tasks group by team having sum(sales_amount) > 10",
    "select team, sum(sales_amount) as s from tasks group by 1 order by 2 desc",
    "select t.team, count(*) as n from tasks as t group by t.team",
    "select t.team from tasks t join sellers s on t.seller_id = s.seller_id where s.status = 'active'",
    "select tasks.team from tasks left join users using (user_id)",
    "select * from tasks join users on tasks.user_id = users.user_id order by name",
    "with done as (select team, sales_amount from tasks where is_done) select team, sum(sales_amount) from done group by team",
    "with a as (select team from tasks), b as (select team from a) select b.team from b",
    "with a as (select * from tasks) select sales_amount, is_done from a",
    "with a as (select count(*), team from tasks group by team) select len, team from a",
    "select x.n from (select count(*) as n from tasks) as x",
    "select n from (select team, count(*) as n from tasks group by team) where n > 3",
    "select team from tasks union all select team from sellers order by team",
    "select t.user_id from tasks t left join users u on t.user_id = u.user_id where u.user_id is null",
    "(select team from tasks) union (select city as team from users)",
    "select name from users where user_id in (select user_id from tasks where is_failed)",
    "with m as (select avg(sales_amount) as mean from tasks) select team from tasks cross join m where sales_amount > mean",
    "select name from users where user_id not in (select user_id from tasks where team = 'Norte')",
    "select day, sum(sales_amount) over (order by day rows between unbounded preceding and current row) from tasks",
    "select case when is_done then 'sí' else 'no' end as hecho, count(*) from tasks group by hecho",
    "select cast(sales_amount as bigint) as v, sales_amount::double as w from tasks",
    "select date_part('hour', scheduled_at) as h, extract(year from scheduled_at) as y from tasks",
    "select strftime(completed_at, '%Y-%m') as mes from tasks where completed_at >= :from and completed_at < :to",
    "select team, row_number() over (partition by team order by sales_amount desc) as r from tasks",
    "select team, sum(sales_amount) over (partition by team) as t from tasks",
    "select count(*) filter (where is_done) * 1.0 / count(*) as share from tasks",
    "select coalesce(team, 'sin equipo') as equipo from tasks order by equipo",
    "select distinct state, day from user_states where is_engaged order by day",
    "select state, count(distinct user_id) as n from user_states group by state",
    "select \"team\" as \"Equipo Comercial\" from tasks order by \"Equipo Comercial\"",
    "select upper(name) as n, length(city) as l from users where name like 'A%' and city is not null",
    "select quantile_cont(duration_min, 0.9) as p90, median(duration_min) as p50 from tasks",
    "select a.from, a.\"to\", s.full_name, u.name from assignments a join sellers s on s.seller_id = a.seller_id join users u on u.user_id = a.user_id",
    "select team, day from tasks qualify row_number() over (partition by team order by day) = 1",
    "select t.team from tasks t join sellers s on s.seller_id = t.seller_id and s.hire_date < t.day",
    "select team as t, count(*) as n from tasks group by t order by n desc limit 5",
    "with r as (select *, row_number() over (partition by team order by day) as n from tasks) select team from r where n = 1",
    "select margin, nota from tasks where margin > 0",
];

const SOURCE: &str = "[sources.demo]\nurl = \"sqlite:demo.db\"\n[sources.demo.tasks]\ncolumns = { margin = \"margen\", nota = \"nota\" }";

fn with_sql(sql: &str) -> String {
    let section = format!("[[report.section]]\n  sql = '''\n{sql}'''\n  [[report.section]]\n  kpis");
    SMALL.replace("[[report.section]]\n  kpis", &section)
}

#[test]
fn no_valid_query_is_refused() {
    for sql in VALID {
        definitions_of(&with_sql(sql).replace("[sources.demo]\nurl = \"sqlite:demo.db\"", SOURCE));
    }
}

#[test]
fn a_source_that_is_a_query_declares_what_it_selects() {
    let frame = |query: &str| {
        format!("[sources.demo]\nurl = \"sqlite:demo.db\"\n[sources.demo.tasks]\nquery = \"{query}\"")
    };
    let text = |query: &str| {
        with_sql("select margin from tasks")
            .replace("[sources.demo]\nurl = \"sqlite:demo.db\"", &frame(query))
    };
    definitions_of(&text("select id as task_id, venta - costo as margin from t"));
    definitions_of(&text("select * from t"));
    let problems = problems_of(&text("select id as task_id from t"));
    assert_eq!(told(&problems), [("unknown-column", "margin".to_owned())]);
}

#[test]
fn a_wrong_name_is_found_where_it_stands() {
    for (sql, code, under) in [
        ("select\n  user_nam\nfrom tasks", "unknown-column", "user_nam"),
        ("select t.citi from tasks t", "unknown-column", "citi"),
        ("select u.city from tasks t", "unknown-table", "u"),
        ("select 'ñandú' as x, citi from tasks", "unknown-column", "citi"),
        ("select city from taskss", "unknown-table", "taskss"),
        ("select city from read_csv('/etc/passwd')", "unknown-table", "read_csv"),
        ("with a as (select team from tasks) select city from a", "unknown-column", "city"),
        ("select team from tasks where city = \"Cali\"", "unknown-column", "\"Cali\""),
        ("select coalesc(team, '') from tasks", "unknown-function", "coalesc"),
        ("select team from tasks where completed_at < now()", "unknown-function", "now"),
        ("select team from tasks where count(*) > 3 group by team", "misplaced-aggregate", "count"),
        ("select sum(count(*)) from tasks", "misplaced-aggregate", "count"),
    ] {
        let problems = problems_of(&with_sql(sql));
        assert_eq!(told(&problems), [(code, under.to_owned())], "{sql}\n{}", problems.render(false, 100));
    }
    let escaped = SMALL.replace("formats =", "where = \"city = \\\"Cali\\\" and is_dnoe\"\nformats =");
    let expected = [("unknown-column", "\\\"Cali\\\"".to_owned()), ("unknown-column", "is_dnoe".to_owned())];
    assert_eq!(told(&problems_of(&escaped)), expected);
}

#[test]
fn conditions_and_metrics_have_rules_of_their_own() {
    let aggregate = problems_of(&SMALL.replace("formats =", "where = \"sum(sales_amount) > 5\"\nformats ="));
    assert_eq!(told(&aggregate), [("misplaced-aggregate", "sum".to_owned())]);
    for (expr, code, under) in [
        ("sales_amount / count(*)", "not-aggregated", "sales_amount"),
        ("sum(sales_amont)", "unknown-column", "sales_amont"),
        ("summ(sales_amount)", "unknown-function", "summ"),
        ("count(*) / (select count(*) from tasks)", "bad-sql", "select"),
    ] {
        let metric =
            format!("{SMALL}\n[metrics.own]\nlabel = \"x\"\nformat = \"integer\"\nexpr = \"{expr}\"\n");
        assert_eq!(told(&problems_of(&metric)), [(code, under.to_owned())], "{expr}");
    }
    let by = "table = { by = [\"teem\"], metrics = [\"tasks_planned\"] }";
    let problems = problems_of(&SMALL.replace("kpis = [\"tasks_planned\"]", by));
    assert_eq!(told(&problems), [("unknown-column", "\"teem\"".to_owned())]);
}

#[test]
fn every_metric_of_the_catalogue_passes_as_one_of_a_file() {
    let text = std::fs::read_to_string("src/metrics/catalogue.toml").expect("the catalogue");
    assert!(read_metrics("catalogue.toml", &text).expect("a catalogue").len() > 20);
    let own: String = text
        .lines()
        .map(|line| match line.strip_prefix('[').filter(|_| line.trim_end().ends_with(']')) {
            Some(rest) => format!("[metrics.{rest}\n"),
            None => format!("{line}\n"),
        })
        .collect();
    definitions_of(&format!("{SMALL}\n{own}"));
    load(Path::new("reports.toml"), parte::metrics::catalogue()).expect("the shipped file");
}
