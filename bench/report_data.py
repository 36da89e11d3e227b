"""The data of bench/report: tasks and daily user states in a SQLite file, the same on every machine.

Instants are texts in UTC, as the demo has them; some are absent, as are states of some users at either edge of the period.
"""

import sqlite3

import numpy as np

FIRST, LAST = "2026-07-03", "2026-09-28"  # the report's period, the second excluded
SELLERS, DAYS = 200, 87
STATES = np.array(["sign_up", "setup", "aha", "casual", "habit", "core", "power", "dormant", "churned"])

TABLES = """
pragma journal_mode = off;
pragma synchronous = off;
create table tasks (
    task_id text primary key, type text not null, channel text not null, objective text, status text, seller_id text,
    user_id text not null, score real, scheduled_at text not null, due_at text, completed_at text, duration_min real,
    outcome text, sales_amount real, created_at text not null
);
create table user_states (
    user_id text not null, date text not null, state text not null, primary key (user_id, date)
) without rowid;
"""


def instants(start, minutes):
    """Texts of instants so many minutes after midnight UTC of a day."""
    at = np.datetime64(start, "s") + minutes.astype("timedelta64[m]")
    return np.char.add(np.datetime_as_string(at, unit="s"), "Z").astype(object)


def tasks(dice, count, first, users):
    """So many rows of tasks; the first has the number `first`."""
    kind = dice.choice(3, count, p=[0.5, 0.35, 0.15])
    status = dice.choice(["completed", "failed", "cancelled", "rescheduled", "pending"], count, p=[0.7, 0.1, 0.06, 0.04, 0.1])
    done = status == "completed"
    # from eight in the morning to six in the evening, Bogota
    scheduled = dice.integers(0, DAYS, count) * 1440 + 13 * 60 + dice.integers(0, 600, count)
    due = instants(FIRST, scheduled + 240)
    due[dice.random(count) < 0.2] = None
    completed = instants(FIRST, scheduled + dice.integers(-60, 900, count))
    completed[~done] = None
    duration = dice.integers(10, 900, count).astype(object) / 10.0
    duration[~done] = None
    sale = done & (dice.random(count) < 0.4)
    outcome = np.where(sale, "sale", np.where(done, "no_sale", "no_answer")).astype(object)
    outcome[np.isin(status, ["cancelled", "rescheduled", "pending"])] = None
    amount = dice.integers(10_000, 900_000, count).astype(object) * 1.0
    amount[~sale] = None
    created = instants(FIRST, scheduled - 1440 * dice.integers(1, 9, count))
    return zip(
        [f"T{n:08}" for n in range(first, first + count)],
        np.array(["visit", "call", "message"])[kind].tolist(),
        np.array(["salesman", "callcenter", "whatsapp"])[kind].tolist(),
        np.array(["retention", "acquisition", "reactivation"])[dice.integers(0, 3, count)].tolist(),
        status.tolist(),
        [f"V{n:04}" for n in dice.integers(0, SELLERS, count)],
        [f"U{n:06}" for n in dice.integers(0, users, count)],
        (dice.integers(0, 1000, count) / 10).tolist(),
        instants(FIRST, scheduled).tolist(), due.tolist(), completed.tolist(), duration.tolist(), outcome.tolist(), amount.tolist(),
        created.tolist(),
    )


def states(dice, user, days):
    """One user's states: mostly that of the day before, else any; some users begin or end within the period."""
    begins = int(dice.choice([-4, -2, -1, 0]))
    changes = dice.random(days) < 0.1
    changes[0] = True
    held = np.maximum.accumulate(np.where(changes, np.arange(days), 0))
    state = dice.integers(0, len(STATES), days)[held]
    dates = np.datetime_as_string(np.datetime64(FIRST) + np.arange(begins, begins + days))
    return zip([f"U{user:06}"] * days, dates.tolist(), STATES[state].tolist())


def generate(path, rows):
    """Writes `rows` tasks and, of a fiftieth as many users, 90 daily states each."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    users = max(1, rows // 50)
    dice = np.random.default_rng(20260703)
    connection = sqlite3.connect(unfinished)
    connection.executescript(TABLES)
    for first in range(0, rows, 100_000):
        batch = tasks(dice, min(100_000, rows - first), first, users)
        connection.executemany(f"insert into tasks values ({', '.join('?' * 15)})", batch)
    for user in range(users):
        connection.executemany("insert into user_states values (?, ?, ?)", states(dice, user, 90))
    connection.commit()
    connection.executescript("create index tasks_scheduled_at on tasks (scheduled_at);")
    connection.close()
    unfinished.rename(path)
