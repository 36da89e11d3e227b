"""Soils a source further, and writes what is left of it by the rules: numbers_clean.py DIRTY.db DIRTIER.db CLEAN.db MADE

DIRTIER has, beside what DIRTY has, an `updated_at`, tasks that occur twice, tasks and states without keys, and tasks completed after MADE
(an instant). CLEAN is DIRTIER without every row that does not fit; of tasks that occur several times it has the one with the latest
`updated_at`, else the last one. The same every time. Prints how many rows of each table are left."""

import datetime as dt
import random
import shutil
import sqlite3
import sys

UTC = dt.timezone.utc
STATES = {"sign_up", "setup", "aha", "casual", "habit", "core", "power", "dormant", "churned"}
UNMAPPED = {"??", "anulada"}
INSTANTS = ["scheduled_at", "due_at", "completed_at", "created_at"]
rnd = random.Random(11)


def instant(value):
    """The instant, and whether it says so by itself."""
    if value in (None, ""):
        return None, True
    if isinstance(value, int):
        return dt.datetime.fromtimestamp(value / 1000 if value > 10**11 else value, UTC), True
    try:
        read = dt.datetime.fromisoformat(value)
    except ValueError:
        return None, True
    return (read, True) if read.tzinfo else (read.replace(tzinfo=UTC), False)


def soil(db):
    db.execute("alter table tasks add column updated_at")
    names = [row[1] for row in db.execute("select * from pragma_table_info('tasks')")]
    rows = [dict(zip(names, row)) for row in db.execute("select * from tasks order by rowid")]
    more = []
    for row in rows:
        if rnd.random() < 0.7:
            row["updated_at"] = f"2025-09-{rnd.randrange(1, 29):02}T10:00:00Z"
        if rnd.random() < 0.03:
            row["completed_at"] = rnd.choice(["2031-01-01T00:00:00Z", 1925000000])
        for _ in range(rnd.choice([0] * 12 + [1, 1, 2])):
            changed = dict(row, seller_id=f"S{rnd.randrange(1, 13)}", outcome=rnd.choice(["sale", "no_sale"]), sales_amount=rnd.randrange(1000))
            if row["updated_at"] and rnd.random() < 0.8:
                changed["updated_at"] = f"2025-09-{rnd.randrange(1, 29):02}T10:00:00Z"
            more.append(changed)
        if rnd.random() < 0.01:
            row["task_id"] = rnd.choice([None, ""])
        if rnd.random() < 0.01:
            row["user_id"] = None
    rows += more
    rnd.shuffle(rows)
    db.execute("delete from tasks")
    db.executemany(f"insert into tasks values ({','.join('?' * len(names))})", [tuple(row[name] for name in names) for row in rows])
    db.execute("update user_states set user_id = null where rowid % 97 = 0")


def clean(db, made):
    names = [row[0] for row in db.execute("select name from pragma_table_info('tasks')")]
    best = {}
    for number, *values in db.execute("select rowid, * from tasks order by rowid").fetchall():
        row = dict(zip(names, values))
        read = {name: instant(row[name]) for name in INSTANTS}
        at = {name: value for name, (value, _) in read.items()}
        fits = (
            row["task_id"] and row["user_id"] and row["status"] not in UNMAPPED
            and not (at["completed_at"] and at["scheduled_at"] and at["completed_at"] < at["scheduled_at"])
            and not any(at[name] and at[name] > made for name in ("completed_at", "created_at"))
            and all(told for _, told in read.values())
        )
        if not fits:
            db.execute("delete from tasks where rowid = ?", [number])
            continue
        rank = (row["updated_at"] or "", number)
        known = best.get(row["task_id"])
        if known and known > rank:
            db.execute("delete from tasks where rowid = ?", [number])
        else:
            if known:
                db.execute("delete from tasks where rowid = ?", [known[1]])
            best[row["task_id"]] = rank
    last = {}
    for number, user, date, state in db.execute("select rowid, user_id, date, state from user_states order by rowid").fetchall():
        if user is None or state not in STATES:
            db.execute("delete from user_states where rowid = ?", [number])
            continue
        if known := last.get((user, date[:10])):
            db.execute("delete from user_states where rowid = ?", [known])
        last[user, date[:10]] = number


def main():
    dirty, dirtier, tidy, made = sys.argv[1:]
    shutil.copyfile(dirty, dirtier)
    with sqlite3.connect(dirtier) as db:
        soil(db)
    shutil.copyfile(dirtier, tidy)
    with sqlite3.connect(tidy) as db:
        clean(db, dt.datetime.fromisoformat(made))
        for table in ("tasks", "user_states"):
            print(table, *db.execute(f"select count(*) from {table}").fetchone())


main()
