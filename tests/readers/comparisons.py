"""Comparisons, the rest beyond a limit and conditions on groups once more, in DuckDB's SQL.

comparisons.py make FILE.db                            tasks of two years and a quarter, of 43 sellers
comparisons.py ask FILE.db RULE DAY LIMIT HAVING       what a table by seller shows for that rule on that day

The periods are computed here by hand. Lines, separated by tabs: `period`, which, from, to; `row`, seller, then for each metric the
value, and for previous and year the change and the relative change; the last rows are `others` and `total`; `cut`, shown, of, left out."""

import calendar
import datetime as dt
import decimal
import random
import sqlite3
import sys
import zoneinfo

ZONE = zoneinfo.ZoneInfo("America/Bogota")
DAY = dt.timedelta(days=1)


def make(path):
    dice = random.Random(7)
    db = sqlite3.connect(path)
    db.executescript("""
        create table tasks (task_id text, type text, status text, seller_id text, user_id text, scheduled_at text,
            completed_at text, duration_min real, sales_amount real);
        create table sellers (seller_id text, full_name text, team text);""")
    db.executemany("insert into sellers values (?, ?, ?)", [
        (f"s{n:02}", f"Seller {n:02}", f"Team {n % 4}") for n in range(43)])
    at, number = dt.datetime(2024, 1, 1, 5, 7, tzinfo=dt.timezone.utc), 0
    while at.year < 2026 or at.month < 4:
        # Some sellers have much to do and some next to nothing; some come late.
        seller = min(int(dice.expovariate(1 / 11)), 42)
        if not (seller % 9 == 5 and at.year == 2024):
            status = dice.choice(["completed"] * 6 + ["pending", "failed", "cancelled", None])
            done = at + dt.timedelta(minutes=dice.randrange(5, 4000)) if status == "completed" else None
            db.execute("insert into tasks values (?, 'visit', ?, ?, ?, ?, ?, ?, ?)", (
                f"t{number}", status, None if number % 31 == 0 else f"s{seller:02}", f"u{dice.randrange(90)}",
                at.strftime("%Y-%m-%dT%H:%M:%SZ"), done and done.strftime("%Y-%m-%dT%H:%M:%SZ"),
                dice.randrange(1, 200) / 2 if done and number % 5 else None,
                dice.randrange(1, 90_000) if done and dice.random() < 0.6 else None))
        number += 1
        at += dt.timedelta(minutes=dice.randrange(10, 260))
    db.commit()


def months_before(day, months):
    first = day.year * 12 + day.month - 1 - months
    year, month = divmod(first, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def year_before(day):
    return months_before(day, 12)


def periods(rule, today):
    """The rule's own period on a day, the one before it, and that of a year before."""
    week = dt.timedelta(days=7)
    monday = today - DAY * today.weekday()
    month = today.replace(day=1)
    match rule.split():
        case ["previous", "day"]:
            return [(today - DAY, today), (today - 2 * DAY, today - DAY), (year_before(today - DAY), year_before(today - DAY) + DAY)]
        case ["previous", "week"]:
            return [(monday - week, monday), (monday - 2 * week, monday - week), (monday - 53 * week, monday - 52 * week)]
        case ["previous", "month"]:
            own = months_before(month, 1)
            return [(own, month), (months_before(month, 2), own), (months_before(month, 13), months_before(month, 12))]
        case ["previous", "quarter"]:
            end = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
            return [(months_before(end, n + 3), months_before(end, n)) for n in (0, 3, 12)]
        case ["previous", days, "days"]:
            span = DAY * int(days)
            own = (today - span, today)
            return [own, (today - 2 * span, today - span), (year_before(own[0]), year_before(today - DAY) + DAY)]
        case ["week", "to", "date"]:
            return [(monday - week * n, today - week * n) for n in (0, 1, 52)]
        case [("month" | "quarter" | "year") as unit, "to", "date"]:
            length = {"month": 1, "quarter": 3, "year": 12}[unit]
            start = dt.date(today.year, (today.month - 1) // length * length + 1, 1)
            elapsed = today - start
            begins = [months_before(start, length), months_before(start, 12)]
            ends = [months_before(start, 0), months_before(start, 12 - length)]
            return [(start, today)] + [(b, min(b + elapsed, e)) for b, e in zip(begins, ends)]
    raise SystemExit(f"no rule {rule}")


METRICS = {
    "n": ("count(*)", 0),
    "share": ("count(*) filter (where done)::double / nullif(count(*), 0)", 3),
    "minutes": ("median(minutes)", 2),
    "people": ("count(distinct user_id)", 0),
    "sales": ("coalesce(sum(amount), 0)", 0),
}


def rounded(value, places):
    if value is None:
        return None
    exact = decimal.Decimal(repr(float(value)))
    return float(exact.quantize(decimal.Decimal(1).scaleb(-places), decimal.ROUND_HALF_UP))


def shown(value):
    return "" if value is None else repr(float(value) + 0.0)


def ask(path, rule, day, limit, having):
    import duckdb

    db = sqlite3.connect(path)
    duck = duckdb.connect()
    duck.execute("create table t (day date, seller text, status text, user_id text, minutes double, amount double, done bool)")
    names = dict(db.execute("select seller_id, full_name from sellers"))
    rows = []
    for seller, status, user, at, done, minutes, amount in db.execute(
            "select seller_id, status, user_id, scheduled_at, completed_at, duration_min, sales_amount from tasks"):
        local = dt.datetime.fromisoformat(at).astimezone(ZONE).date()
        rows.append((local, names.get(seller), status, user, minutes, amount, status == "completed" or (status is None and done is not None)))
    duck.executemany("insert into t values (?, ?, ?, ?, ?, ?, ?)", [row for row in rows if row[2] != "cancelled"])
    expressions = ", ".join(f"{expression} as {name}" for name, (expression, _) in METRICS.items())

    sides = periods(rule, dt.date.fromisoformat(day))
    for name, (start, end) in zip(("own", "previous", "year"), sides):
        print("period", name, start, end, sep="\t")

    def numbers(side, where="true"):
        start, end = side
        found = duck.execute(f"select {expressions} from t where day >= ? and day < ? and ({where})", [start, end]).fetchone()
        # Of a period without any task there is no count.
        any_task = duck.execute("select count(*) from t where day >= ? and day < ?", [start, end]).fetchone()[0]
        return list(found) if any_task else [None] * len(found)

    start, end = sides[0]
    groups = duck.execute(
        f"select seller, {expressions}, coalesce({having}, false) as kept from (select * from t where day >= ? and day < ?) group by seller",
        [start, end]).fetchall()
    kept = sorted((row for row in groups if row[-1]), key=lambda row: (-row[1], row[0] is None, row[0] or ""))
    limit = int(limit)

    def line(label, where):
        line_of(label, [numbers(side, where) for side in sides])

    def group(seller):
        return "seller is null" if seller is None else f"seller = '{seller}'"

    def gathered(seller, side):
        return duck.execute(f"select count(*) from t where day >= ? and day < ? and {group(seller)}", list(side)).fetchone()[0] > 0

    for row in kept[:limit]:
        # A group that the other period does not have is absent there, not 0.
        answers = [numbers(side, group(row[0])) if gathered(row[0], side) else [None] * len(METRICS) for side in sides]
        line_of(row[0] or "", answers)
    rest = [row[0] for row in kept[limit:]]
    if rest:
        line("others", " or ".join(group(seller) for seller in rest))
    line("total", "true")
    print("cut", min(limit, len(kept)), len(kept), len(groups) - len(kept), sep="\t")


def line_of(label, answers):
    cells = []
    for at, (name, (_, places)) in enumerate(METRICS.items()):
        value = answers[0][at]
        cells.append(shown(rounded(value, places)))
        for other in answers[1:]:
            before = other[at]
            both = value is not None and before is not None
            change = rounded(rounded(value, places) - rounded(before, places), places) if both else None
            cells.append(shown(change))
            if name != "share":
                relative = None
                if both and before != 0:
                    relative = 0.0 if change == 0 else rounded((value - before) / abs(before), 3)
                cells.append(shown(relative))
    print("row", label, *cells, sep="\t")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    else:
        ask(*sys.argv[2:])
