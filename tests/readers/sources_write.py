"""The tables of a SQLite file as files: sources_write.py FILE.db FOLDER HOW

HOW is one of
  csv        commas, UTF-8, names of the tables
  semicolon  semicolons, decimal commas, a byte order mark, CRLF, every value in quotes
  1252       tabs, windows-1252, packed with gzip
  unicode    tabs, CRLF, UTF-16 with a byte order mark, as Excel saves "Unicode text"
  utf16be    UTF-16 with the high byte first and no mark, packed with gzip
  stamped    semicolons, names with stamps, beside an older file of other rows
  split      each table in three files with stamps, one after the other
  merge      each table in three files: an older state of some rows, all rows, and some rows once more
  ndjson     one object a line, numbers as numbers, sellers' fields within an object
  parquet    typed columns, dictionaries, several groups of rows
  texts      Parquet in which every column is text
  arrow      Parquet of odd types: narrow integers, decimals, nanoseconds, large texts
Rows stand in the order of the file."""

import csv
import datetime as dt
import decimal
import gzip
import json
import pathlib
import sqlite3
import sys

import pyarrow as pa
import pyarrow.parquet as pq

INSTANTS = {"scheduled_at", "suggested_at", "due_at", "started_at", "completed_at", "created_at", "updated_at", "signup_at", "setup_at"}
DAYS = {"date", "from", "to", "hire_date"}
NUMBERS = {"score", "duration_min", "value", "sales_amount"}
WHOLE = {"priority", "attempts"}

path, folder, how = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
folder.mkdir(parents=True, exist_ok=True)
db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
tables = [name for (name,) in db.execute("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by 1")]


def text(value, comma=False):
    if value is None:
        return ""
    said = repr(value) if isinstance(value, float) else str(value)
    return said.replace(".", ",") if comma and isinstance(value, float) else said


def delimited(name, names, rows, separator=",", encoding="utf-8", comma=False, quoting=csv.QUOTE_MINIMAL, end="\n", packed=False):
    opened = gzip.open if packed else open
    with opened(folder / name, "wt", newline="", encoding=encoding) as file:
        write = csv.writer(file, delimiter=separator, quoting=quoting, lineterminator=end)
        write.writerow(names)
        write.writerows([text(value, comma) for value in row] for row in rows)


def instant(value):
    if value in (None, ""):
        return None
    if isinstance(value, int) or value.isdigit():
        number = int(value)
        return dt.datetime.fromtimestamp(number / 1000 if number > 10**11 else number, dt.timezone.utc)
    read = dt.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return read if read.tzinfo else read.replace(tzinfo=dt.timezone.utc)


def column(name, values):
    present = [value for value in values if value is not None]
    if name in INSTANTS:
        unit = "ns" if how == "arrow" else "us"
        zone = None if how == "arrow" and name == "due_at" else "UTC"
        read = [instant(value) for value in values]
        if zone is None:
            read = [value and value.replace(tzinfo=None) for value in read]
        return pa.array(read, pa.timestamp(unit, zone))
    if name in DAYS:
        return pa.array([dt.date.fromisoformat(value[:10]) if value else None for value in values], pa.date32())
    if name in NUMBERS and how == "arrow" and name == "sales_amount":
        return pa.array([None if value is None else decimal.Decimal(repr(value)) for value in values], pa.decimal128(18, 4))
    if name in NUMBERS:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    if name in WHOLE:
        return pa.array(values, pa.int8() if how == "arrow" else pa.int64())
    if present and all(isinstance(value, int) for value in present):
        return pa.array(values, pa.int64())
    made = pa.array([None if value is None else str(value) for value in values], pa.large_string() if how == "arrow" else pa.string())
    return made if how == "arrow" or len(set(values)) > 200 else made.dictionary_encode()


for table in tables:
    names = [row[1] for row in db.execute("select * from pragma_table_info(?)", [table])]
    rows = db.execute(f'select * from "{table}"').fetchall()
    third = len(rows) // 3
    parts = [rows[:third], rows[third : 2 * third], rows[2 * third :]]
    if how == "csv":
        delimited(f"{table}.csv", names, rows)
    elif how == "semicolon":
        delimited(f"{table}.csv", names, rows, ";", "utf-8-sig", comma=True, quoting=csv.QUOTE_ALL, end="\r\n")
    elif how == "1252":
        delimited(f"{table}.csv.gz", names, rows, "\t", "windows-1252", packed=True)
    elif how == "unicode":
        delimited(f"{table}.csv", names, rows, "\t", "utf-16", end="\r\n")
    elif how == "utf16be":
        delimited(f"{table}.csv.gz", names, rows, ",", "utf-16-be", packed=True)
    elif how == "stamped":
        delimited(f"{table}_20251231_235959.csv", names, rows[:1], ";")
        delimited(f"{table}_20260101_000000.csv", names, rows, ";")
    elif how == "split":
        for number, part in enumerate(parts):
            delimited(f"{table}_2026010{number + 1}_000000.csv", names, part)
    elif how == "merge":
        keys = {"tasks": ["task_id"], "user_states": ["user_id", "date"], "sellers": ["seller_id"], "users": ["user_id"]}
        own = keys.get(table, names)
        # Whatever no key has is other in an older state of the row.
        older = [[value if name in own else None for name, value in zip(names, row)] for row in parts[0]]
        delimited(f"{table}_20260101_000000.csv", names, older)
        delimited(f"{table}_20260102_000000.csv", names, rows)
        delimited(f"{table}_20260101_120000.csv", names, parts[2][:100])
    elif how == "ndjson":
        with open(folder / f"{table}.ndjson", "w", encoding="utf-8") as file:
            for row in rows:
                one = dict(zip(names, row))
                if table == "tasks":
                    one["seller"] = {"id": one.pop("seller_id"), "none": None}
                print(json.dumps(one, ensure_ascii=len(one) % 2 == 0), file=file)
    elif how == "texts":
        columns = [pa.array([None if row[at] is None else text(row[at]) for row in rows], pa.string()) for at in range(len(names))]
        pq.write_table(pa.table(columns, names), folder / f"{table}.parquet", row_group_size=1000)
    else:
        columns = [column(name, [row[at] for row in rows]) for at, name in enumerate(names)]
        pq.write_table(pa.table(columns, names), folder / f"{table}.parquet", row_group_size=700, compression="zstd" if how == "parquet" else "snappy")
