"""Adds who is in charge of whom to a source: numbers_make_assignments.py FILE.db

Assignments that began and ended before, within and after September 2025, some without a first or last day, some that are no longer active,
users with two sellers, with one that nobody knows, and with none. The same every time."""

import datetime as dt
import random
import sqlite3
import sys

rnd = random.Random(11)


def day(first, last):
    chosen = (dt.date(2025, 1, 1) + dt.timedelta(days=rnd.randrange(first, last))).isoformat()
    return rnd.choice([chosen, chosen, chosen + "T00:00:00Z"])


def assignments():
    for user in list(range(1, 240)) * 2:
        if rnd.random() < 0.2:
            continue
        seller = rnd.choice([None, "S99"] + [f"S{n}" for n in range(1, 13)] * 3)
        first = rnd.choice([None, day(0, 230), day(0, 230), day(235, 260)])
        last = rnd.choice([None, None, day(120, 243), day(243, 251), day(251, 330)])
        status = rnd.choice(["active", "active", "Active", "ended", "inactive", None])
        yield (seller, f"U{user}", rnd.choice(["primary", "secondary", "temporary", None]), status, first, last)
    yield ("S1", None, "primary", "active", None, None)


with sqlite3.connect(sys.argv[1]) as db:
    db.execute('create table assignments (seller_id text, user_id text, type text, status text, "from" text, "to" text)')
    db.executemany("insert into assignments values (?,?,?,?,?,?)", assignments())
