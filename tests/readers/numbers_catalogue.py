"""The metrics of assignments, of the last 7 and 28 days, of cohorts and of the backlog's age once more, in DuckDB's SQL:
numbers_catalogue.py FILE.db FROM TO ZONE

What numbers_duckdb.py reads is read by it; its own lines are not written. One line a value: metric, dimensions, key, value, separated by
tabs; parts of a key by |, absent is empty."""

import contextlib
import datetime as dt
import io
import pathlib
import runpy

with contextlib.redirect_stdout(io.StringIO()):
    read = runpy.run_path(str(pathlib.Path(__file__).with_name("numbers_duckdb.py")))
duck, db, civil, instant, shown = (read[name] for name in ("duck", "db", "civil", "instant", "shown"))


def date(text):
    return dt.date.fromisoformat(text[:10]) if text else None


duck.execute("create table signed (user_id text, signup_day date)")
seen = set()
for row in db.execute("select user_id, signup_at from users order by rowid"):
    if row["user_id"] not in seen:
        seen.add(row["user_id"])
        duck.execute("insert into signed values (?, ?)", [row["user_id"], civil(instant(row["signup_at"]))])
duck.execute("create table charge (seller_id text, user_id text, assignment_type text, status text, first date, last date)")
for row in db.execute('select seller_id, user_id, type, status, "from", "to" from assignments'):
    duck.execute("insert into charge values (?, ?, ?, ?, ?, ?)", [*list(row)[:4], date(row["from"]), date(row["to"])])

duck.execute("""create view visited as select distinct user_id from completed where kind = 'visit' and fate = 'done' and user_id is not null""")
# Whoever is not active any more was so until the last day, if it is known.
duck.execute("""create view assigned as select c.*, s.seller, s.team, u.region, u.category, v.user_id is not null as seen
    from charge c left join s using (seller_id) left join u on u.user_id = c.user_id left join visited v on v.user_id = c.user_id
    where c.user_id is not null and not coalesce(c.first > z_day(), false) and not coalesce(c.last < a_day(), false)
      and not (lower(coalesce(c.status, 'active')) <> 'active' and c.last is null)""")
for days in (7, 28):
    duck.execute(f"""create view last_{days} as
        select w.*, region, category from (
            select user_id, count(*) filter (where state in ('casual', 'habit', 'core', 'power')) as engaged_days
            from d where day > z_day() - {days} and day <= z_day() group by user_id) w left join u using (user_id)""")
duck.execute("""create view aged as
    select days.*, date_trunc('week', signup_day)::date as signup_week, date_trunc('month', signup_day)::date as signup_month,
      (day - signup_day) // 7 as weeks, datesub('month', signup_day, day) as months
    from days join signed using (user_id) where signup_day <= day""")

COVERED = "count(distinct case when seen then user_id end)::double / nullif(count(distinct user_id), 0)"
PEOPLE = ["", "team", "seller", "region", "assignment_type", "team,region"]
STATES = ["", "region", "category", "region,category"]
RETAINED = "count(distinct case when eng then user_id end)::double / count(distinct user_id)"
ASKED = [
    ("visit_coverage", "assigned", PEOPLE, COVERED),
    ("users_assigned", "assigned", PEOPLE, "count(distinct user_id)"),
    ("backlog_by_age", "opened", ["age_band"], "count(*)"),
    ("users_by_l7", "last_7", ["engaged_days"], "count(*)"),
    ("users_by_l28", "last_28", ["engaged_days"], "count(*)"),
    ("engaged_days_l7", "last_7", STATES, "sum(engaged_days)::double / nullif(count(*), 0)"),
    ("engaged_days_l28", "last_28", STATES, "sum(engaged_days)::double / nullif(count(*), 0)"),
    ("engaged_days_l28_median", "last_28", STATES, "median(engaged_days)"),
    ("cohort_retention_weeks", "aged where weeks <= 12", ["signup_week,weeks"], RETAINED),
    ("cohort_retention_months", "aged where months <= 12", ["signup_month,months"], RETAINED),
]
for metric, relation, dimensions, expression in ASKED:
    for by in dimensions:
        keys, group = (by + ", ", f" group by {by}") if by else ("", "")
        for row in duck.execute(f"select {keys}{expression} from {relation}{group}").fetchall():
            key = "|".join("" if part is None else str(part) for part in row[:-1])
            print(metric, by, key, shown(row[-1]), sep="\t")
