"""Writes a small source as found in the field: numbers_make_dirty.py FILE.db

Instants in every spelling (and some in none), statuses of several generations, tasks without seller, sellers and users that occur twice or
not at all, users with two states on a day, states outside the nine, numbers as text. The same every time. The days are around 7 September
2025, on which Santiago's clocks go from 00:00 to 01:00."""

import datetime as dt
import pathlib
import random
import sqlite3
import sys

UTC = dt.timezone.utc
rnd = random.Random(7)


def spelled(instant):
    if instant is None:
        return rnd.choice([None, None, None, ""])
    odd = rnd.random()
    if odd < 0.01:
        return rnd.choice(["mañana", "04/03/2025", "2025-13-01T10:00:00Z", "19/09/2025 10:00"])
    if odd < 0.1:
        return int(instant.timestamp())
    if odd < 0.2:
        return int(instant.timestamp() * 1000)
    if odd < 0.3:
        return instant.strftime("%Y-%m-%d %H:%M:%S")
    if odd < 0.4:
        return instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if odd < 0.6:
        hours = rnd.choice([-11, -5, -3, 2, 13])
        return instant.astimezone(dt.timezone(dt.timedelta(hours=hours))).isoformat()
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def maybe(share, value):
    return value if rnd.random() < share else None


def tasks():
    start = dt.datetime(2025, 8, 20, tzinfo=UTC)
    for number in range(6000):
        kind = rnd.choice(["visit", "visit", "call", "message"])
        planned = start + dt.timedelta(minutes=rnd.randrange(0, 60 * 24 * 30))
        status = rnd.choice(["completed"] * 6 + ["COMPLETED", "Completed", "delivered", "pending", "pending", "READY", "checked_in", "failed",
                             "no_answer", "FAILED", "cancelled", "CANCELED", "rescheduled", "??", "anulada", None])
        done = status is not None and status.lower() in ("completed", "delivered") or (status is None and rnd.random() < 0.5)
        finished = maybe(0.95, planned + dt.timedelta(minutes=rnd.randrange(-200, 4000))) if done else None
        if status in ("failed", "??") and rnd.random() < 0.3:
            finished = planned + dt.timedelta(hours=3)
        outcome = rnd.choice(["sale", "no_sale", "callback", None]) if done else rnd.choice(["no_answer", "busy", None, "wrong_number"])
        amount = rnd.choice([None, 0, round(rnd.random() * 900000, 2), str(round(rnd.random() * 1000, 2)), "n/d"]) if outcome == "sale" else None
        yield (
            f"T{number:05}", kind, rnd.choice(["salesman", "callcenter", "whatsapp"]), status,
            rnd.choice([None, "", "S99"] + [f"S{n}" for n in range(1, 13)] * 3), f"U{rnd.randrange(1, 260)}",
            spelled(planned), spelled(maybe(0.6, planned + dt.timedelta(hours=rnd.randrange(1, 60)))), spelled(finished),
            maybe(0.8, rnd.choice([rnd.randrange(1, 90), round(rnd.random() * 60, 1), str(rnd.randrange(5, 50))])), outcome,
            maybe(0.7, rnd.randrange(0, 5)), amount,
            spelled(maybe(0.9, planned - dt.timedelta(minutes=rnd.randrange(0, 60 * 24 * 80)))),
        )


def user_states():
    states = ["sign_up", "setup", "aha", "casual", "habit", "core", "power", "dormant", "churned"]
    for user in range(1, 261):
        now = rnd.randrange(9)
        first, last = rnd.choice([(0, 30), (0, 30), (6, 30), (0, 14)])
        for offset in range(first, last):
            if rnd.random() < 0.25:
                now = min(8, max(0, now + rnd.choice([-2, -1, 1, 2])))
            if rnd.random() < 0.04:
                continue
            day = (dt.date(2025, 8, 20) + dt.timedelta(days=offset)).isoformat()
            state = "zombie" if rnd.random() < 0.004 else states[now]
            yield (f"U{user}", rnd.choice([day, day, day + "T00:00:00Z"]), state)
            if rnd.random() < 0.02:
                yield (f"U{user}", day, rnd.choice(states))


def main():
    path = pathlib.Path(sys.argv[1])
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as db:
        db.execute("create table tasks (task_id text, type text, channel text, status text, seller_id text, user_id text, scheduled_at, due_at,"
                   " completed_at, duration_min, outcome text, attempts, sales_amount, created_at)")
        rows = list(tasks())
        rnd.shuffle(rows)
        db.executemany("insert into tasks values (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", rows)
        db.execute("create table user_states (user_id text, date text, state text)")
        rows = list(user_states())
        rnd.shuffle(rows)
        db.executemany("insert into user_states values (?,?,?)", rows)
        db.execute("create table sellers (seller_id text, full_name text, team text)")
        sellers = [(f"S{n}", f"Vendedor {n}", rnd.choice(["Norte", "Sur", None])) for n in range(1, 13)]
        sellers[4] = ("S5", "José Muñoz", "Norte")
        sellers[6] = ("S7", "José Muñoz", "Sur")
        sellers[7] = ("S8", None, "Sur")
        db.executemany("insert into sellers values (?,?,?)", sellers + [("S3", "Otro nombre", "Otro"), (None, "Nadie", "Nada")])
        db.execute("create table users (user_id text, name text, city text, region text, category text, signup_at text)")
        users = [(f"U{n}", f"Tienda {n}", rnd.choice(["Ñuñoa", "Peñalolén"]), rnd.choice(["RM", "V", None]), rnd.choice(["gold", "silver"]),
                  f"2025-0{rnd.randrange(5, 9)}-01T0{rnd.randrange(1, 8)}:00:00Z") for n in range(1, 250)]
        db.executemany("insert into users values (?,?,?,?,?,?)", users + [("U1", "Doble", "X", "X", "X", None)])


main()
