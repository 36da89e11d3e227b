"""Every metric of the catalogue from the formulas alone, in DuckDB's SQL: numbers_oracle.py FILE.db ZONE:FROM:TO:WEEK ...

WEEK is the first day of the week, mon or sun. The rows of the SQLite file come into DuckDB as the text that they are. There is no
bound of a period here, as an instant: a task belongs to the civil day on which its instant falls in the zone, told by the zones of ICU,
and a period is a set of civil days. All groupings of one kind of rows are one query with GROUPING SETS.

A line `rows KIND METRIC ...` names the values that follow; then one line a group: case, KIND, dimensions (joined by commas), key (joined
by |, absent is empty), values. Absent is empty, `-` is a metric whose columns the file lacks. Separated by tabs."""

import math
import sqlite3
import sys

import duckdb
import pandas

DONE = ("completed", "delivered")
OPEN = ("pending", "in_progress", "scheduled", "checked_in", "attempting", "callback_scheduled", "draft", "sending")
FAILED = ("failed", "incomplete", "no_answer", "busy", "wrong_number", "expired", "diverted")
ENGAGED = ("casual", "habit", "core", "power")
LADDER = ("churned", "dormant", "sign_up", "setup", "aha", *ENGAGED)

TASKS = ("task_id type channel objective status seller_id user_id team scheduled_at due_at completed_at duration_min outcome attempts"
         " sales_amount created_at").split()
USERS = "user_id city region category subchannel signup_at".split()
STATES = "user_id date state segment_value".split()

duck = duckdb.connect()
duck.execute("set TimeZone = 'UTC'")


def table(db, name, columns):
    """Brings a table in as text, and gives those of the columns that it has; what it lacks is null."""
    there = {row[1] for row in db.execute(f"pragma table_info({name})")}
    asked = [f'cast("{column}" as text)' if column in there else "null" for column in columns]
    source = f"from {name}" if there else "where false"
    frame = pandas.DataFrame(db.execute(f"select {', '.join(asked)} {source}").fetchall(), columns=columns, dtype="str")
    kinds = ", ".join(f'cast("{column}" as varchar) as "{column}"' for column in columns)
    duck.register("frame", frame)
    duck.execute(f"create table raw_{name} as select {kinds} from frame")
    duck.unregister("frame")
    return there & set(columns)


def listed(values):
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"


def count(condition):
    return f"count(case when {condition} then 1 end)"


def share(part, whole):
    return f"count(case when ({whole}) and ({part}) then 1 end)::double / nullif({count(whole)}, 0)"


def distinct(value, condition):
    return f"count(distinct case when {condition} then {value} end)"


def of(value, condition):
    return f"case when {condition} then {value} end"


DID = "fate = 'done'"
VISIT, CALL = "type = 'visit' and fate = 'done'", "type = 'call' and fate = 'done'"
TRIED = "type = 'call' and fate in ('done', 'failed')"
# With a due time: by then. Without one: on the scheduled civil day, or before it.
ON_TIME = "fate = 'done' and case when due is not null then finished <= due else finished_day <= planned_day end"
HOURS = "(epoch_us(finished) - epoch_us(planned)) / 3.6e9"

# By kind of rows: which rows these are, and each metric with the columns that it cannot do without.
METRICS = {
    "planned": {
        "tasks_planned": ("count(*)", ""),
        "tasks_completed": (count(DID), ""),
        "completion_rate": (share(DID, "true"), ""),
        "on_time_rate": (share(ON_TIME, "true"), "completed_at"),
        "tasks_pending": (count("fate = 'open'"), ""),
        "tasks_failed": (count("fate = 'failed'"), ""),
        "unassigned_tasks": (count("seller_id is null"), "seller_id"),
        "time_to_complete": (f"quantile_cont({of(HOURS, DID)}, 0.5)", "completed_at"),
        "time_to_complete_p90": (f"quantile_cont({of(HOURS, DID)}, 0.9)", "completed_at"),
        "handling_time": (f"quantile_cont({of('minutes', DID)}, 0.5)", "duration_min"),
        "handling_time_p90": (f"quantile_cont({of('minutes', DID)}, 0.9)", "duration_min"),
        "handling_time_total": (f"coalesce(sum({of('minutes', DID)}), 0)", "duration_min"),
        "visits_completed": (count(VISIT), "type"),
        "calls_completed": (count(CALL), "type"),
        "messages_delivered": (count("type = 'message' and fate = 'done'"), "type"),
        "strike_rate": (share("outcome = 'sale'", VISIT), "type outcome"),
        "contact_rate": (share("outcome in ('sale', 'no_sale', 'callback')", TRIED), "type outcome"),
        "conversion_rate": (share("outcome = 'sale'", DID), "outcome"),
        "sales": (count(f"{DID} and outcome = 'sale'"), "outcome"),
        "sales_amount": (f"coalesce(sum({of('amount', DID)}), 0)", "sales_amount"),
        "sales_per_visit": (f"coalesce(sum({of('amount', VISIT)}), 0) / nullif({count(VISIT)}, 0)", "type sales_amount"),
        "sales_per_call": (f"coalesce(sum({of('amount', CALL)}), 0) / nullif({count(CALL)}, 0)", "type sales_amount"),
        "average_sale": (f"sum({of('amount', DID + ' and amount > 0')}) / nullif({count(DID + ' and amount > 0')}, 0)", "sales_amount"),
        "attempts_per_call": (
            f"sum({of('tries', 'type = $$call$$ and tries > 0')}) / nullif({count('type = $$call$$ and tries > 0')}, 0)", "type attempts"),
    },
    "scheduled": {
        "tasks_scheduled": ("count(*)", ""),
        "tasks_cancelled": (count("fate = 'cancelled'"), ""),
        "failed_rate": (share("fate = 'failed'", "true"), ""),
        "cancelled_rate": (share("fate = 'cancelled'", "true"), ""),
        "reschedule_rate": (share("fate = 'rescheduled'", "true"), ""),
    },
    "completed": {
        "tasks_finished": (count(DID), "completed_at"),
        "active_sellers": (distinct("seller_id", DID), "completed_at seller_id"),
        "users_contacted": (distinct("user_id", DID), "completed_at"),
        "tasks_per_seller_day": (
            f"{count(DID + ' and seller_id is not null')}::double / nullif({distinct('(seller_id, finished_day)', DID + ' and seller_id is not null')}, 0)",
            "completed_at seller_id"),
    },
    "created": {"tasks_created": ("count(*)", "created_at")},
    "open": {
        "overdue": (count("coalesce(due_day, planned_day) <= last_day()"), ""),
        "backlog": ("count(*)", ""),
        "backlog_age": ("quantile_cont(age, 0.5)", ""),
        "backlog_age_p90": ("quantile_cont(age, 0.9)", ""),
    },
    "edges": {
        "users_total": (count("after <> 'absent'"), ""),
        "engaged_users": (count("won"), ""),
        "engaged_share": (share("won", "after <> 'absent'"), ""),
        "at_risk_users": (count("risky"), ""),
        "state_distribution": (f"nullif({count('after <> $$absent$$')}, 0)", ""),
        "state_transitions": ("count(*)", ""),
        "new_users": (count("before = 'absent'"), ""),
        "activation_rate": (share("user_id in (select user_id from reached)", "before in ('sign_up', 'setup')"), ""),
        "retention_rate": (share("won", "had"), ""),
        "churn_rate": (share("risky", "had"), ""),
        "reactivation_rate": (share("won", "was_risky"), ""),
        "newly_engaged": (count("won and not had and not was_risky"), ""),
        "reactivated_users": (count("was_risky and won"), ""),
        "lost_users": (count("had and not won"), ""),
        # (new + reactivated) / lost
        "quick_ratio": (f"({count('won and not had and not was_risky')} + {count('was_risky and won')})::double"
                        f" / nullif({count('had and not won')}, 0)", ""),
        "moved_up": (count("moved > 1"), ""),
        "moved_down": (count("moved < -1"), ""),
        "contact_effect": (f"avg({of('moved', 'user_id in (select user_id from met)')}) - avg({of('moved', 'user_id not in (select user_id from met)')})",
                           "tasks.completed_at"),
        # by month of sign-up: without the users' frame there is a total, and no grouping
        "cohort_retention": (share("won", "after <> 'absent'"), ""),
    },
    "days": {
        "engaged_by_day": (distinct("user_id", "engaged"), ""),
        "states_by_day": ("count(*)", ""),
        # the mean over days of the engaged of each day, by those engaged on some day
        "stickiness": (f"({count('engaged')}::double / count(distinct day)) / nullif({distinct('user_id', 'engaged')}, 0)", ""),
        "users_by_engaged_days": ("count(distinct user_id)", ""),
    },
}

OF_TASK = [
    "seller", "team", "type", "channel", "objective", "status", "day", "week", "month", "hour", "city", "region", "category", "subchannel",
    "supervisor_id", "team,type", "channel,day", "city,category", "team,week",
]
OF_STATE = ["city", "region", "category", "subchannel", "segment_value", "region,category"]
GROUPINGS = {
    "planned": OF_TASK + ["outcome", "seller,day", "user_id"],
    "scheduled": OF_TASK + ["seller,day"],
    "completed": OF_TASK + ["seller,day"],
    "created": OF_TASK,
    "open": OF_TASK + ["age_band", "team,age_band"],
    "edges": OF_STATE + ["state_start", "state_end", "state_start,state_end", "region,state_end", "category,state_start,state_end", "signup_month",
                         "signup_week", "region,signup_month", "engaged_days"],
    "days": OF_STATE + ["day", "week", "month", "state", "day,state", "category,day,state", "segment_value,day", "engaged_days",
                        "category,engaged_days"],
}
# What a dimension is made from, where it is no column of the rows' own table.
BEHIND = {name: f"users.{name}" for name in ("city", "region", "category", "subchannel")} | {
    "signup_month": "users.signup_at", "signup_week": "users.signup_at", "supervisor_id": "sellers.supervisor_id", "seller": "tasks.seller_id",
    "channel": "tasks.channel", "objective": "tasks.objective", "outcome": "tasks.outcome", "segment_value": "user_states.segment_value",
}


def read(path):
    with sqlite3.connect(path) as db:
        there = {f"tasks.{c}" for c in table(db, "tasks", TASKS)}
        there |= {f"users.{c}" for c in table(db, "users", USERS)}
        there |= {f"sellers.{c}" for c in table(db, "sellers", "seller_id full_name team supervisor_id".split())}
        there |= {f"user_states.{c}" for c in table(db, "user_states", STATES)}
    for name, key in [("tasks", "task_id"), ("users", "user_id"), ("sellers", "seller_id"), ("user_states", "(user_id, date)")]:
        rows, keys = duck.execute(f"select count(*), count(distinct {key}) from raw_{name}").fetchone()
        if rows != keys:
            sys.exit(f"{name}: {rows} rows, {keys} keys; these formulas say nothing of doubles")
    duck.execute(f"""create table fates as select status, case when status in {listed(DONE)} then 'done' when status in {listed(OPEN)} then 'open'
        when status in {listed(FAILED)} then 'failed' when status in ('cancelled', 'canceled') then 'cancelled'
        when status = 'rescheduled' then 'rescheduled' else 'unknown' end as fate from (select distinct status from raw_tasks)""")
    # A name that two sellers bear is told apart by the id; a seller without a name is its id.
    duck.execute("""create table people as select *, case when count(*) over (partition by full_name) > 1 and full_name is not null
        then full_name || ' (' || seller_id || ')' else full_name end as called from raw_sellers""")
    instants = ", ".join(f"cast({column} as timestamptz) as {name}" for column, name in
                         [("scheduled_at", "planned"), ("due_at", "due"), ("completed_at", "finished"), ("created_at", "made")])
    duck.execute(f"""create table tasks as select t.seller_id, t.user_id, t.type, t.channel, t.objective, t.status, t.outcome, fate,
        coalesce(called, t.seller_id) as seller, coalesce(t.team, p.team) as team, supervisor_id, city, region, category, subchannel, {instants},
        cast(duration_min as double) as minutes, cast(attempts as double) as tries, cast(sales_amount as double) as amount
        from raw_tasks t join fates on t.status is not distinct from fates.status
        left join people p on t.seller_id = p.seller_id left join raw_users u on t.user_id = u.user_id""")
    step = "".join(f" when '{state}' then {place}" for place, state in enumerate(LADDER))
    duck.execute(f"""create table states as select user_id, cast(date as date) as day, state, case state{step} end as step,
        state in {listed(ENGAGED)} as engaged, state in ('dormant', 'churned') as risky, segment_value from raw_user_states""")
    return there


def in_zone(zone, week):
    """The civil days of everything in a zone."""
    civil = {name: f"cast(timezone('{zone}', {name}) as date) as {name}_day" for name in ("planned", "due", "finished", "made")}
    duck.execute(f"""create or replace table civil as select *, {', '.join(civil.values())},
        lpad(cast(hour(timezone('{zone}', planned)) as varchar), 2, '0') as planned_hour,
        lpad(cast(hour(timezone('{zone}', finished)) as varchar), 2, '0') as finished_hour,
        lpad(cast(hour(timezone('{zone}', made)) as varchar), 2, '0') as made_hour from tasks""")
    first = "date_trunc('week', {})" if week == "mon" else "date_trunc('week', {} + 1) - interval 1 day"
    duck.execute(f"create or replace macro week_of(d) as cast({first.format('d')} as date)")
    duck.execute("create or replace macro month_of(d) as cast(date_trunc('month', d) as date)")
    signup = f"cast(timezone('{zone}', cast(signup_at as timestamptz)) as date)"
    duck.execute(f"""create or replace table shops as select user_id, city, region, category, subchannel, month_of({signup}) as signup_month,
        week_of({signup}) as signup_week from raw_users""")


def in_period(first, end):
    duck.execute(f"create or replace macro first_day() as date '{first}'")
    duck.execute(f"create or replace macro last_day() as date '{end}' - 1")
    when = {"planned": "planned", "scheduled": "planned", "completed": "finished", "created": "made", "open": "planned"}
    within = {
        "planned": "planned_day between first_day() and last_day() and fate not in ('cancelled', 'rescheduled')",
        "scheduled": "planned_day between first_day() and last_day()",
        "completed": "finished_day between first_day() and last_day()",
        "created": "made_day between first_day() and last_day()",
        # created before the period's end, and not finished by then: done, given up or moved to another date
        "open": """coalesce(made_day, planned_day) <= last_day() and fate in ('open', 'done', 'unknown')
            and case when finished is null then fate <> 'done' else finished_day > last_day() end""",
    }
    for kind, condition in within.items():
        instant = when[kind]
        duck.execute(f"""create or replace table rows_{kind} as select *, {instant}_day as day, week_of({instant}_day) as week,
            month_of({instant}_day) as month, {instant}_hour as hour, cast(last_day() - coalesce(made_day, planned_day) as double) as age,
            case when last_day() - coalesce(made_day, planned_day) <= 7 then '0-7' when last_day() - coalesce(made_day, planned_day) <= 15 then '8-15'
              when last_day() - coalesce(made_day, planned_day) <= 30 then '16-30' when last_day() - coalesce(made_day, planned_day) <= 60 then '31-60'
              else '>60' end as age_band from civil where {condition}""")
    duck.execute("create or replace table met as select distinct user_id from rows_completed where fate = 'done' and user_id is not null")
    duck.execute("create or replace table of_period as select * from states where day between first_day() and last_day()")
    duck.execute("create or replace table reached as select distinct user_id from of_period where step >= 4")
    duck.execute("create or replace table engaged_days as select user_id, count(*) as n from of_period where engaged group by user_id")
    duck.execute("""create or replace table rows_days as select s.*, week_of(day) as week, month_of(day) as month, city, region, category, subchannel,
        signup_month, signup_week, coalesce(n, 0) as engaged_days from of_period s left join shops using (user_id) left join engaged_days using (user_id)""")
    # Who has no state on an edge is absent there, whatever the days beside it say.
    duck.execute("""create or replace table rows_edges as
        select e.user_id, coalesce(a.state, 'absent') as before, coalesce(z.state, 'absent') as after, before as state_start, after as state_end,
          coalesce(a.engaged, false) as had, coalesce(z.engaged, false) as won, coalesce(a.risky, false) as was_risky,
          coalesce(z.risky, false) as risky, z.step - a.step as moved, coalesce(z.segment_value, a.segment_value) as segment_value,
          city, region, category, subchannel, signup_month, signup_week, coalesce(n, 0) as engaged_days
        from (select distinct user_id from states where day in (first_day() - 1, last_day())) e
          left join states a on a.user_id = e.user_id and a.day = first_day() - 1
          left join states z on z.user_id = e.user_id and z.day = last_day()
          left join shops on shops.user_id = e.user_id left join engaged_days n on n.user_id = e.user_id""")


def shown(value):
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else ""
    return str(value)


def main():
    path, *cases = sys.argv[1:]
    there = read(path)

    def has(column, kind):
        frame = "user_states" if kind in ("edges", "days") else "tasks"
        return (column if "." in column else f"{frame}.{column}") in there

    def can(by, kind):
        if kind in ("created",) and "tasks.created_at" not in there:
            return False
        return all(has(BEHIND[name], kind) for name in by.split(",") if name in BEHIND) and ("team" not in by or bool(there & {"tasks.team", "sellers.team"}))

    groupings = {kind: [by for by in all_ if can(by, kind)] for kind, all_ in GROUPINGS.items()}
    out = []
    for kind, metrics in METRICS.items():
        out.append("\t".join(["rows", kind, *metrics]))
    zone_of = None
    for number, case in sorted(enumerate(cases), key=lambda it: it[1]):
        zone, first, end, week = case.split(":")
        if (zone, week) != zone_of:
            in_zone(zone, week)
            zone_of = (zone, week)
        in_period(first, end)
        for kind, metrics in METRICS.items():
            lacking = [not all(has(column, kind) for column in needed.split()) for _, needed in metrics.values()]
            values = ", ".join(expression.replace("$$", "'") for expression, _ in metrics.values())
            lines = [("", "", duck.execute(f"select {values} from rows_{kind}").fetchone())]
            sets = groupings[kind]
            names = sorted({name for by in sets for name in by.split(",")})
            if sets:
                grouped = duck.execute(f"""select grouping({', '.join(names)}), {', '.join(names)}, {values} from rows_{kind}
                    group by grouping sets ({', '.join(f'({by})' for by in sets)})""").fetchall()
                # Bits from the left, one for each name that a row is not grouped by.
                by_bits = {sum(1 << (len(names) - 1 - at) for at, name in enumerate(names) if name not in by.split(",")): by for by in sets}
                for row in grouped:
                    by = by_bits[row[0]]
                    key = dict(zip(names, row[1:]))
                    lines.append((by, "|".join(shown(key[name]) for name in by.split(",")), row[1 + len(names):]))
            for by, key, found in lines:
                cells = ["-" if lack else shown(value) for lack, value in zip(lacking, found)]
                out.append("\t".join([str(number), kind, by, key, *cells]))
    print("\n".join(out))


main()
