"""The tables of a SQLite file as SQL for another server: sources_load.py FILE.db postgres|mariadb typed|text [TABLE...]

`typed`: instants, days and numbers have the server's own types. `text`: every column is text. Rows stand in the order of the file.
Written to standard output."""

import datetime as dt
import sqlite3
import sys

INSTANTS = {"scheduled_at", "suggested_at", "due_at", "started_at", "completed_at", "created_at", "updated_at", "signup_at", "setup_at"}
DAYS = {"date", "from", "to", "hire_date"}
NUMBERS = {"score": "double precision", "duration_min": "double precision", "value": "double precision", "sales_amount": "numeric(18,4)"}
WHOLE = {"priority": "smallint", "attempts": "int"}


def text(value):
    if value is None:
        return "null"
    return "'" + str(value).replace("\\", "\\\\" if MARIADB else "\\").replace("'", "''") + "'"


def instant(value):
    if value in (None, ""):
        return "null"
    if isinstance(value, int) or value.isdigit():
        number = int(value)
        read = dt.datetime.fromtimestamp(number / 1000 if number > 10**11 else number, dt.timezone.utc)
    else:
        read = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
        read = read.astimezone(dt.timezone.utc) if read.tzinfo else read
    return "'" + read.strftime("%Y-%m-%d %H:%M:%S.%f") + ("" if MARIADB else "+00") + "'"


def day(value):
    return "null" if value in (None, "") else text(str(value)[:10])


def number(value):
    return "null" if value in (None, "") else repr(value)


def column(name):
    """Its type, and how its values are written."""
    if TYPED and name in INSTANTS:
        return ("datetime(6)" if MARIADB else "timestamptz"), instant
    if TYPED and name in DAYS:
        return "date", day
    if TYPED and name in NUMBERS:
        return NUMBERS[name], number
    if TYPED and name in WHOLE:
        return WHOLE[name], number
    return ("varchar(400)" if MARIADB else "text"), text


path, kind, how, *only = sys.argv[1:]
MARIADB, TYPED = kind == "mariadb", how == "typed"
quote = (lambda name: f"`{name}`") if MARIADB else (lambda name: f'"{name}"')
db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
tables = [name for (name,) in db.execute("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by 1")]
out = sys.stdout
if MARIADB:
    out.write("set names utf8mb4; set time_zone = '+00:00'; set autocommit = 0;\n")
else:
    out.write("set client_min_messages = warning; begin;\n")
for table in only or tables:
    names = [row[1] for row in db.execute("select * from pragma_table_info(?)", [table])]
    columns = [column(name) for name in names]
    listed = ", ".join(f"{quote(name)} {kind}" for name, (kind, _) in zip(names, columns))
    out.write(f"create table {quote(table)} ({listed});\n")
    rows = db.execute(f'select * from "{table}"')
    while part := rows.fetchmany(2000):
        values = ",\n".join("(" + ", ".join(write(v) for v, (_, write) in zip(row, columns)) + ")" for row in part)
        out.write(f"insert into {quote(table)} values {values};\n")
out.write("commit;\n")
