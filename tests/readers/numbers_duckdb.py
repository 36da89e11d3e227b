"""Every metric of the catalogue once more, in DuckDB's SQL: numbers_duckdb.py FILE.db FROM TO ZONE

Values are read by Python's own sqlite3, datetime and zoneinfo, and aggregated by DuckDB. One line a value: metric, dimensions, key, value,
separated by tabs; parts of a key by |, absent is empty."""

import datetime as dt
import math
import sqlite3
import sys
import zoneinfo

import duckdb

UTC = dt.timezone.utc
DB, FROM, TO = sys.argv[1], dt.date.fromisoformat(sys.argv[2]), dt.date.fromisoformat(sys.argv[3])
ZONE = zoneinfo.ZoneInfo(sys.argv[4])
LAST = TO - dt.timedelta(days=1)

DONE = {"completed", "delivered"}
OPEN = {"pending", "in_progress", "ready", "unresolved", "dispatched", "scheduled", "checked_in", "attempting", "callback_scheduled", "draft", "sending"}
FAILED = {"failed", "incomplete", "no_answer", "busy", "wrong_number", "expired"}
CANCELLED = {"cancelled", "canceled"}


def midnight(day):
    return dt.datetime.combine(day, dt.time(), ZONE).astimezone(UTC)


def instant(value):
    if value in (None, ""):
        return None
    if isinstance(value, int):
        return dt.datetime.fromtimestamp(value / 1000 if value > 10**11 else value, UTC)
    try:
        read = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)


def number(value):
    try:
        return float(value) if value not in (None, "") else None
    except ValueError:
        return None


def naive(at):
    return at.replace(tzinfo=None) if at else None


def civil(at):
    return at.astimezone(ZONE).date() if at else None


db = sqlite3.connect(DB)
db.row_factory = sqlite3.Row
duck = duckdb.connect()

duck.execute("""create table t (id text, kind text, outcome text, fate text, seller_id text, user_id text, planned timestamp, due timestamp, finished timestamp,
    born timestamp, made timestamp, p_day date, f_day date, m_day date, p_end timestamp, age int, minutes double, attempts double, amount double)""")
rows = []
for r in db.execute("select * from tasks"):
    planned, due, finished, made = (instant(r[k]) for k in ("scheduled_at", "due_at", "completed_at", "created_at"))
    status = (r["status"] or "").strip().lower()
    if not status:
        fate = "done" if finished else "open"
    else:
        fate = ("done" if status in DONE else "open" if status in OPEN else "failed" if status in FAILED
                else "cancelled" if status in CANCELLED else "rescheduled" if status == "rescheduled" else "unknown")
    born = made or planned
    day = civil(planned)
    rows.append((r["task_id"], r["type"], r["outcome"] or None, fate, r["seller_id"] or None, r["user_id"], naive(planned), naive(due), naive(finished),
                 naive(born), naive(made), day, civil(finished), civil(made), naive(midnight(day + dt.timedelta(days=1))) if day else None,
                 (LAST - civil(born)).days if born else None, number(r["duration_min"]), number(r["attempts"]), number(r["sales_amount"])))
duck.executemany("insert into t values (" + ",".join("?" * 19) + ")", rows)

sellers = {}
for r in db.execute("select * from sellers where seller_id is not null order by rowid"):
    sellers.setdefault(r["seller_id"], (r["full_name"], r["team"]))
bearers = {}
for r in db.execute("select distinct seller_id, full_name from sellers where full_name is not null and seller_id is not null"):
    bearers.setdefault(r["full_name"], set()).add(r["seller_id"])
duck.execute("create table s (seller_id text, seller text, team text)")
for key in {r[4] for r in rows if r[4]}:
    name, team = sellers.get(key, (None, None))
    name = name or key
    duck.execute("insert into s values (?, ?, ?)", [key, f"{name} ({key})" if len(bearers.get(name, ())) > 1 else name, team])
duck.execute("create table u (user_id text, region text, category text, signup date)")
seen = set()
for r in db.execute("select * from users order by rowid"):
    if r["user_id"] not in seen:
        seen.add(r["user_id"])
        signup = civil(instant(r["signup_at"]))
        duck.execute("insert into u values (?, ?, ?, ?)", [r["user_id"], r["region"], r["category"], signup.replace(day=1) if signup else None])

STEP = {"churned": -2, "dormant": -1, "sign_up": 0, "setup": 1, "aha": 2, "casual": 3, "habit": 4, "core": 5, "power": 6}
states = {}
for r in db.execute("select * from user_states"):
    key = (r["user_id"], dt.date.fromisoformat(r["date"][:10]))
    states.setdefault(key, []).append(r["state"])
duck.execute("create table d (user_id text, day date, state text, step int)")
duck.executemany("insert into d values (?, ?, ?, ?)", [
    (*key, best, STEP.get(best)) for key, all_ in states.items() for best in [max(all_, key=lambda s: (STEP.get(s, -9), s))]])

duck.execute("create macro a() as timestamp '%s'" % naive(midnight(FROM)))
duck.execute("create macro z() as timestamp '%s'" % naive(midnight(TO)))
duck.execute("create macro a_day() as date '%s'" % FROM)
duck.execute("create macro z_day() as date '%s'" % LAST)
duck.execute("""create view task as select t.*, s.seller, s.team, u.region, u.category,
    case when age <= 7 then '0-7' when age <= 15 then '8-15' when age <= 30 then '16-30' when age <= 60 then '31-60' else '>60' end as age_band
    from t left join s using (seller_id) left join u using (user_id)""")
duck.execute("create view scheduled as select *, kind as type, p_day as day from task where planned >= a() and planned < z()")
duck.execute("create view planned as select * from scheduled where fate not in ('cancelled', 'rescheduled')")
duck.execute("create view completed as select *, kind as type, f_day as day from task where finished >= a() and finished < z()")
duck.execute("create view created as select *, kind as type, m_day as day from task where made >= a() and made < z()")
duck.execute("""create view opened as select *, kind as type, p_day as day from task where born < z() and fate not in ('failed', 'cancelled', 'rescheduled')
    and not (finished is not null and finished < z()) and not (finished is null and fate = 'done')""")
duck.execute("create view days as select d.*, region, category, signup, state in ('casual','habit','core','power') as eng from d left join u using (user_id) where day between a_day() and z_day()")
duck.execute("""create view edges as
    with s as (select user_id, state, step from d where day = a_day() - 1), e as (select user_id, state, step from d where day = z_day()),
    both_ as (select user_id, coalesce(s.state, 'absent') as s, coalesce(e.state, 'absent') as e, e.step - s.step as moved from s full join e using (user_id))
    select both_.*, region, category, signup as signup_month, s in ('casual','habit','core','power') as es, e in ('casual','habit','core','power') as ee,
      s in ('dormant','churned') as rs, e in ('dormant','churned') as re, s as state_start, e as state_end,
      user_id in (select user_id from days where step >= 2) as aha,
      user_id in (select user_id from completed where fate = 'done' and user_id is not null) as met
    from both_ left join u using (user_id)""")
duck.execute("""create view days2 as select days.*, n as engaged_days from days join (select user_id, sum(eng::int) as n from days group by 1) using (user_id)""")

IF = "sum(case when {} then 1 else 0 end)"


def n(condition):
    return f"coalesce({IF.format(condition)}, 0)"


def share(top, bottom):
    return f"{n(top)}::double / nullif({n(bottom)}, 0)"


def among(value, condition):
    return f"case when {condition} then {value} end"


ON_TIME = "fate = 'done' and finished is not null and case when due is null then finished < p_end else finished <= due end"
HOURS = "epoch_us(finished) / 3.6e9 - epoch_us(planned) / 3.6e9"
TRIED = "kind = 'call' and fate in ('done', 'failed')"
SPOKE = TRIED + " and outcome in ('sale', 'no_sale', 'callback')"
VISITED, CALLED = "kind = 'visit' and fate = 'done'", "kind = 'call' and fate = 'done'"
METRICS = {
    "planned": {
        "tasks_planned": "count(*)",
        "tasks_completed": n("fate = 'done'"),
        "completion_rate": share("fate = 'done'", "true"),
        "on_time_rate": share(ON_TIME, "true"),
        "tasks_pending": n("fate = 'open'"),
        "tasks_failed": n("fate = 'failed'"),
        "unassigned_tasks": "count(*) - count(seller_id)",
        "time_to_complete": f"median({among(HOURS, 'fate = $$done$$')})",
        "time_to_complete_p90": f"quantile_cont({among(HOURS, 'fate = $$done$$')}, 0.9)",
        "handling_time": "median(case when fate = 'done' then minutes end)",
        "handling_time_p90": "quantile_cont(case when fate = 'done' then minutes end, 0.9)",
        "handling_time_total": "coalesce(sum(case when fate = 'done' then minutes end), 0)",
        "visits_completed": n(VISITED),
        "calls_completed": n(CALLED),
        "messages_delivered": n("kind = 'message' and fate = 'done'"),
        "visit_coverage": f"count(distinct {among('user_id', VISITED)})::double / nullif(count(distinct {among('user_id', 'kind = $$visit$$')}), 0)",
        "strike_rate": share(VISITED + " and outcome = 'sale'", VISITED),
        "contact_rate": share(SPOKE, TRIED),
        "conversion_rate": share("fate = 'done' and outcome = 'sale'", "fate = 'done'"),
        "sales": n("fate = 'done' and outcome = 'sale'"),
        "sales_amount": "coalesce(sum(case when fate = 'done' then amount end), 0)",
        "sales_per_visit": f"coalesce(sum({among('amount', VISITED)}), 0) / nullif({n(VISITED)}, 0)",
        "sales_per_call": f"coalesce(sum({among('amount', CALLED)}), 0) / nullif({n(CALLED)}, 0)",
        "average_sale": "sum(case when fate = 'done' and amount > 0 then amount end) / nullif(count(case when fate = 'done' and amount > 0 then 1 end), 0)",
        "attempts_per_call": "sum(case when kind = 'call' and attempts > 0 then attempts end) / nullif(count(case when kind = 'call' and attempts > 0 then 1 end), 0)",
    },
    "scheduled": {
        "tasks_scheduled": "count(*)",
        "tasks_cancelled": n("fate = 'cancelled'"),
        "failed_rate": share("fate = 'failed'", "true"),
        "cancelled_rate": share("fate = 'cancelled'", "true"),
        "reschedule_rate": share("fate = 'rescheduled'", "true"),
    },
    "completed": {
        "tasks_finished": n("fate = 'done'"),
        "active_sellers": "count(distinct case when fate = 'done' then seller_id end)",
        "users_contacted": "count(distinct case when fate = 'done' then user_id end)",
        "tasks_per_seller_day": f"{n('fate = $$done$$ and seller_id is not null')}::double / nullif(count(distinct case when fate = 'done' and seller_id is not null then (seller_id, f_day) end), 0)",
    },
    "created": {"tasks_created": "count(*)"},
    "opened": {
        "overdue": n("coalesce(due, planned) < z()"),
        "backlog": "count(*)",
        "backlog_age": "median(age)",
        "backlog_age_p90": "quantile_cont(age, 0.9)",
    },
    "edges": {
        "users_total": n("e <> 'absent'"),
        "engaged_users": n("ee"),
        "engaged_share": share("ee", "e <> 'absent'"),
        "at_risk_users": n("re"),
        "new_users": n("s = 'absent'"),
        "activation_rate": share("s in ('sign_up', 'setup') and aha", "s in ('sign_up', 'setup')"),
        "retention_rate": share("es and ee", "es"),
        "churn_rate": share("es and re", "es"),
        "reactivation_rate": share("rs and ee", "rs"),
        "newly_engaged": n("ee and s not in ('casual','habit','core','power','dormant','churned')"),
        "reactivated_users": n("rs and ee"),
        "lost_users": n("es and not ee"),
        "quick_ratio": share("ee and not es", "es and not ee"),
        "moved_up": n("moved > 1"),
        "moved_down": n("moved < -1"),
        "contact_effect": "avg(case when met then moved end) - avg(case when not met then moved end)",
    },
    "days2": {
        "engaged_by_day": "count(distinct case when eng then user_id end)",
        "stickiness": "sum(eng::int)::double / count(distinct day) / nullif(count(distinct case when eng then user_id end), 0)",
    },
}
OWN = {
    "state_distribution": ("edges where e <> 'absent'", "state_end", "count(*)"),
    "state_transitions": ("edges", "state_start, state_end", "count(*)"),
    "cohort_retention": ("edges", "signup_month", share("ee", "e <> 'absent'")),
    "states_by_day": ("days2", "day, state", "count(*)"),
    "users_by_engaged_days": ("days2", "engaged_days", "count(distinct user_id)"),
}
BY = {
    "planned": ["", "team", "seller", "day", "type", "region", "team, type"],
    "scheduled": ["", "team", "seller", "day", "category"],
    "completed": ["", "team", "seller", "day"],
    "created": ["", "team", "day"],
    "opened": ["", "age_band", "team", "region"],
    "edges": ["", "region", "category", "region, category", "state_end"],
    "days2": ["", "region", "day"],
}


def shown(value):
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if not math.isfinite(value) else repr(value)
    return str(value)


def ask(metric, relation, by, expression):
    # Literals in nested conditions are written between $$.
    expression = expression.replace("$$", "'")
    keys = by + ", " if by else ""
    group = f" group by {by}" if by else ""
    for row in duck.execute(f"select {keys}{expression} from {relation}{group}").fetchall():
        key = "|".join("" if k is None else str(k) for k in row[:-1])
        print(metric, by.replace(" ", ""), key, shown(row[-1]), sep="\t")


for relation, metrics in METRICS.items():
    for metric, expression in metrics.items():
        for by in BY[relation]:
            ask(metric, relation, by, expression)
for metric, (relation, by, expression) in OWN.items():
    ask(metric, relation, by, expression)
