"""Writes tasks to a SQLite file, and prints what DuckDB makes of aggregates over them, in total and by seller.

python numbers_aggregates.py FILE EXPRESSION...; prints expression number, seller (`*`: all), value; tab between.
"""

import random
import sqlite3
import sys

import duckdb

path, *expressions = sys.argv[1:]
dice = random.Random(20261128)
maybe = lambda value, part: None if dice.random() < part else value
rows = [
    (
        f"T{n}", dice.choice(["visit", "call", "message"]), maybe(f"seller number {dice.randrange(9)}", 0.1),
        f"U{dice.randrange(200)}", f"2026-03-0{dice.randrange(2, 9)} 10:00:00", dice.choice(["completed", "failed", "pending"]),
        maybe(dice.randrange(1, 999) / 10, 0.2), maybe(dice.randrange(-3, 9), 0.3), maybe(dice.choice([1e15, 0.1, -1e15, 12.5, 0.0]), 0.3),
    )
    for n in range(4000)
]
columns = "task_id, type, seller_id, user_id, scheduled_at, status, duration_min, attempts, sales_amount"
with sqlite3.connect(path) as file:
    file.execute(f"create table tasks ({columns})")
    file.executemany("insert into tasks values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

db = duckdb.connect()
db.execute("""create table tasks (task_id text, type text, seller_id text, user_id text, scheduled_at timestamp, status text,
    duration_min double, attempts bigint, sales_amount decimal(38, 4))""")
db.executemany("insert into tasks values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
db.execute("create view planned as select *, status = 'completed' as is_done, cast(scheduled_at as date) as day from tasks")
for number, expression in enumerate(expressions):
    for seller, value in [("*", db.execute(f"select {expression} from planned").fetchone()[0])] + db.execute(
        f"select coalesce(seller_id, ''), {expression} from planned group by seller_id").fetchall():
        print(number, seller, "" if value is None else repr(float(value)), sep="\t")
