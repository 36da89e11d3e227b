"""Tables of a SQLite file with hundreds of columns more: sources_wide.py DATA.db FOLDER

Writes FOLDER/narrow.db, FOLDER/wide.db, FOLDER/postgres.sql, FOLDER/mariadb.sql, FOLDER/csv/*.csv and FOLDER/parquet/*.parquet. Tasks are many
copies of those in the file; only of them are the tables wide, the others stand as they are. The columns that reports know stand among 290 others
of all types, whose names are long, odd, and (where the kind permits it) spelled like a known one but for its case."""

import csv
import pathlib
import sqlite3
import sys

import pyarrow as pa
import pyarrow.parquet as pq

COPIES = 400
# None of them is one that reports know; each is one that is easily put into SQL wrongly.
ODD = [
    "Con espacio", "con.punto", "dos\nlíneas", 'entre "comillas"', "it's", "`acento`", "a;b", "100 %", "$1", "?", ":from", "{llaves}", "--", "/* */",
    "select", "from", "order", "null", "Año de creación", "números 1,5", "\\", "tab\tulador", "[corchetes]", "ñandú", "=1+1", "número de fila",
]
LONG = "atributo_adicional_del_sistema_de_origen_con_nombre_largo"
# Beside the known column of the same name; their values are others.
OTHER_CASE = ["STATUS", "Seller_ID", "SCHEDULED_AT", "Sales_Amount"]

source, folder = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True), pathlib.Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)


def table(name):
    names = [row[1] for row in source.execute("select * from pragma_table_info(?)", [name])]
    return names, [list(row) for row in source.execute(f"select * from {name} order by 1")]


known, few = table("tasks")
tasks = []
for copy in range(COPIES):
    for row in few:
        tasks.append([f"{row[0]}-{copy}", *row[1:]])

# What a column of each type holds, by the number of its row.
KINDS = {
    "text": lambda row: None if row % 7 == 0 else f"texto {row}, con \"comillas\" y ñ; " + "x" * (row % 50),
    "whole": lambda row: None if row % 5 == 0 else row * 1000003 - 5,
    "real": lambda row: None if row % 3 == 0 else row / 8,
    "instant": lambda row: None if row % 4 == 0 else f"2026-03-{row % 28 + 1:02d} 10:00:00",
    "bytes": lambda row: None if row % 2 else bytes([0, 255, row % 256]),
}


def others(with_case):
    """Name and kind of each column that nobody asks for."""
    odd = ODD + (OTHER_CASE if with_case else [])
    names = odd + [f"{LONG}_{number:03d}"[-60:] for number in range(290 - len(odd))]
    return [(name, list(KINDS)[number % len(KINDS)]) for number, name in enumerate(names)]


def wide(with_case):
    """Columns as (name, kind, values); the known ones stand among the others, one after each twenty."""
    columns = [(name, kind, [KINDS[kind](row) for row in range(len(tasks))]) for name, kind in others(with_case)]
    for at, name in enumerate(known):
        columns.insert(4 + at * 20, (name, None, [row[at] for row in tasks]))
    return columns


def of_sqlite(path, columns):
    db = sqlite3.connect(path)
    quoted = [name.replace('"', '""') for name, _, _ in columns]
    types = {"text": "text", "whole": "integer", "real": "real", "instant": "text", "bytes": "blob", None: ""}
    db.execute("create table tasks (%s)" % ", ".join(f'"{name}" {types[kind]}' for name, (_, kind, _) in zip(quoted, columns)))
    places = ", ".join("?" * len(columns))
    db.executemany(f"insert into tasks values ({places})", zip(*(values for _, _, values in columns)))
    for name in ("sellers", "user_states"):
        names, rows = table(name)
        db.execute(f"create table {name} ({', '.join(names)})")
        db.executemany(f"insert into {name} values ({', '.join('?' * len(names))})", rows)
    db.commit()


def literal(value, mariadb):
    if value is None:
        return "null"
    if isinstance(value, bytes):
        return f"x'{value.hex()}'" if mariadb else f"'\\x{value.hex()}'"
    if isinstance(value, (int, float)):
        return repr(value)
    return "'" + (value.replace("\\", "\\\\") if mariadb else value).replace("'", "''") + "'"


def of_server(path, columns, mariadb):
    quote = (lambda name: "`" + name.replace("`", "``") + "`") if mariadb else (lambda name: '"' + name.replace('"', '""') + '"')
    types = {
        "text": "text", "whole": "bigint", "real": "double" if mariadb else "double precision", "instant": "datetime" if mariadb else "timestamptz",
        "bytes": "blob" if mariadb else "bytea", None: "varchar(60)" if mariadb else "text",
    }
    out = ["set names utf8mb4;" if mariadb else "set role parte;"]
    out.append("create table tasks (%s);" % ", ".join(f"{quote(name)} {types[kind]}" for name, kind, _ in columns))
    rows = list(zip(*(values for _, _, values in columns)))
    for first in range(0, len(rows), 100):
        some = rows[first : first + 100]
        out.append("insert into tasks values %s;" % ",\n".join("(" + ", ".join(literal(value, mariadb) for value in row) + ")" for row in some))
    for name in ("sellers", "user_states"):
        names, rows = table(name)
        out.append(f"create table {name} ({', '.join(quote(it) + (' varchar(60)' if mariadb else ' text') for it in names)});")
        out.append(f"insert into {name} values %s;" % ", ".join("(" + ", ".join(literal(value, mariadb) for value in row) + ")" for row in rows))
    path.write_text("\n".join(out) + "\n", encoding="utf-8")


def of_files(columns):
    (folder / "csv").mkdir(exist_ok=True)
    (folder / "parquet").mkdir(exist_ok=True)
    plain = [("sellers", *table("sellers")), ("user_states", *table("user_states"))]
    tables = [("tasks", [name for name, _, _ in columns], list(zip(*(values for _, _, values in columns)))), *plain]
    for name, names, rows in tables:
        with open(folder / "csv" / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            write = csv.writer(file)
            write.writerow(names)
            write.writerows([value.hex() if isinstance(value, bytes) else value for value in row] for row in rows)
        arrays = [pa.array([row[at] for row in rows]) for at in range(len(names))]
        pq.write_table(pa.Table.from_arrays(arrays, names), folder / "parquet" / f"{name}.parquet", row_group_size=1000)


of_sqlite(folder / "narrow.db", [(name, None, [row[at] for row in tasks]) for at, name in enumerate(known)])
of_sqlite(folder / "wide.db", wide(False))
of_server(folder / "postgres.sql", wide(True), False)
of_server(folder / "mariadb.sql", wide(False), True)
of_files(wide(True))
