"""Reads the Parquet files of a folder back by pyarrow and by duckdb, and holds each value, type and word against document.json."""

import datetime
import json
import pathlib
import sys

import duckdb
import pyarrow
import pyarrow.parquet

folder = pathlib.Path(sys.argv[1])
document = json.loads((folder / "document.json").read_text("utf-8"))
TYPES = {"text": pyarrow.large_string(), "date": pyarrow.date32(), "datetime": pyarrow.timestamp("us"), "boolean": pyarrow.bool_()}


def type_of(display):
    if display["type"] != "number":
        return TYPES[display["type"]]
    return pyarrow.int64() if display["format"] == "integer" else pyarrow.float64()


def as_python(value, kind):
    if value is None:
        return None
    if kind == "date":
        return datetime.date.fromisoformat(value)
    if kind == "datetime":
        return datetime.datetime.fromisoformat(value)
    return value


def columns_of(section):
    """Of each column: id, label, type, values."""
    if section["kind"] == "table":
        for column in section["columns"]:
            display = column["display"]
            yield column["id"], column["label"], type_of(display), [as_python(v, display["type"]) for v in column["values"]]
        return
    tiles = section["tiles"]
    against = []
    for tile in tiles:
        against += [c["with"] for c in tile["changes"] if c["with"] not in against]
    text, number = pyarrow.large_string(), pyarrow.float64()
    units = {"percent": "ratio", "hours": "h", "minutes": "min", "days": "d"}
    yield "label", None, text, [t["label"] for t in tiles]
    yield "value", None, number, [t["value"] for t in tiles]
    yield "unit", None, text, [t["display"]["currency"] if t["display"]["format"] == "currency" else units.get(t["display"]["format"]) for t in tiles]
    for other in against:
        change = lambda key: [next((c[key] for c in t["changes"] if c["with"] == other), None) for t in tiles]
        yield other, None, number, change("reference")
        yield f"{other}_change", None, number, change("absolute")
        yield f"{other}_relative", None, number, change("relative")
        if other == "target":
            yield "attainment", None, number, change("attainment")
    yield "id", None, text, [t["metric"] for t in tiles]


files = values = 0
for section in document["sections"]:
    path = folder / f"{document['stem']}_{section['id']}.parquet"
    shown = section["kind"] in ("table", "kpis") and (not section["only"] or "parquet" in section["only"])
    assert path.exists() == shown, path
    if not shown:
        continue
    files += 1
    table = pyarrow.parquet.read_table(path)
    rows = duckdb.sql(f"select * from read_parquet('{path}')").fetchall()
    wanted = list(columns_of(section))
    names = table.schema.names
    assert len(set(name.lower() for name in names)) == len(names), names
    unique = len({id for id, *_ in wanted}) == len(wanted)
    for at, (id, label, kind, expected) in enumerate(wanted):
        where = (section["id"], id)
        field = table.schema.field(at)
        assert not unique or field.name == id, (where, field.name)
        assert field.type == kind, (where, field.type, kind)
        assert label is None or field.metadata[b"label"].decode() == label, (where, field.metadata)
        assert table.column(at).to_pylist() == expected, where
        assert [row[at] for row in rows] == expected, (where, "duckdb")
        values += len(expected)
    if section["kind"] == "table":
        for column, field in zip(section["columns"], table.schema):
            display = column["display"]
            if display["type"] == "number":
                decimals = display["decimals"] + (2 if display["format"] == "percent" else 0)
                assert field.metadata[b"decimals"] == str(decimals).encode(), (section["id"], field)
                if display["format"] == "currency" and display["currency"]:
                    assert field.metadata[b"unit"].decode() == display["currency"], (section["id"], field)
    said = pyarrow.parquet.read_metadata(path).metadata
    word = lambda key: said[f"parte.{key}".encode()].decode()
    assert (word("report"), word("section"), word("title")) == (document["report"], section["id"], document["title"])
    assert (word("first_day"), word("last_day"), word("zone")) == (document["first_day"], document["last_day"], document["zone"])
    totals = section.get("totals")
    assert (b"parte.totals" in said) == (totals is not None), section["id"]
    if totals is not None:
        told = {name: total for name, total in zip(names, totals) if total is not None}
        assert json.loads(word("totals")) == told, section["id"]
print(f"{files} files, {values} values")
