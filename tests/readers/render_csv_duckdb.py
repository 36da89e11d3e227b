"""Loads the CSV files of a folder into duckdb, and holds each value against document.json: null where it is absent, text as it is."""

import json
import pathlib
import sys

import duckdb

folder = pathlib.Path(sys.argv[1])
document = json.loads((folder / "document.json").read_text("utf-8"))
TYPES = {"text": "varchar", "number": "double", "date": "date", "datetime": "timestamp", "boolean": "boolean"}
tables = 0
for section in document["sections"]:
    columns = section.get("columns") or []
    # In a file of one column an absent value and an empty text are the same.
    if len(columns) < 2 or section["only"]:
        continue
    path = folder / f"{document['stem']}_{section['id']}.csv"
    kinds = {c["id"]: TYPES[c["display"]["type"]] for c in columns}
    read = f"read_csv('{path}', header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false, columns = {kinds})"
    rows = duckdb.sql(f"select * from {read}").fetchall()
    assert len(rows) == len(columns[0]["values"]), section["id"]
    for at, column in enumerate(columns):
        for row, value in zip(rows, column["values"], strict=True):
            there = row[at]
            if column["display"]["type"] in ("date", "datetime") and there is not None:
                there = there.isoformat()
            assert there == value, (section["id"], column["id"], there, value)
    tables += 1
assert tables > 3, tables
print(f"{tables} tables")
