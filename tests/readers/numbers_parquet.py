"""The rows of a Parquet file as DuckDB reads them, as JSON: numbers_parquet.py FILE COLUMN..."""

import json
import sys

import duckdb

path, columns = sys.argv[1], sys.argv[2:]
connection = duckdb.connect()
connection.execute("set timezone = 'UTC'")
kinds = {name: kind for name, kind, *_ in connection.execute("describe select * from read_parquet(?)", [path]).fetchall()}


def shown(name):
    quoted = '"' + name + '"'
    if kinds[name].startswith("TIMESTAMP"):
        return f"epoch_us({quoted})"
    return f"{quoted}::varchar" if kinds[name] == "DATE" else quoted


rows = connection.execute(f"select {', '.join(map(shown, columns))} from read_parquet(?)", [path]).fetchall()
json.dump({"kinds": kinds, "rows": rows}, sys.stdout)
