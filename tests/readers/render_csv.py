"""Reads the CSV files of a folder back and holds each field against document.json."""

import csv
import json
import pathlib
import sys

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
UNITS = {"integer": "", "decimal": "", "percent": "ratio", "hours": "h", "minutes": "min", "days": "d"}

folder = pathlib.Path(sys.argv[1])
document = json.loads((folder / "document.json").read_text("utf-8"))
mark = document["decimal_mark"]
delimiter = ";" if mark == "," else ","
csv.field_size_limit(10_000_000)


def expected(value, kind):
    """The field a value must be, from the description alone."""
    if value is None:
        return ""
    if kind == "boolean":
        return "true" if value else "false"
    if kind in ("date", "datetime"):
        return value
    if kind == "number":
        return float(value)
    text = value.replace("\0", "")
    return "'" + text if text.startswith(tuple(FORMULA_STARTS)) else text


def same(field, wanted, where):
    if isinstance(wanted, float):
        assert "e" not in field.lower() and field != "-0", (where, field)
        assert ("," if mark == "." else ".") not in field, (where, field, "grouped")
        field = float(field.replace(mark, "."))
    assert field == wanted, (where, field[:80] if isinstance(field, str) else field, wanted)


def read(path):
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf"), "no byte order mark"
    assert raw.endswith(b"\r\n"), "the last record is not ended"
    assert b"\0" not in raw
    with path.open(encoding="utf-8-sig", newline="") as file:
        records = list(csv.reader(file, delimiter=delimiter, strict=True))
    assert len({len(r) for r in records}) == 1, "records differ in length"
    headings = records[0]
    assert len({h.lower() for h in headings}) == len(headings), "headings are not unique"
    # Written again by another program, the file is the same.
    again = folder / "again.csv"
    with again.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\r\n").writerows(records)
    assert len(list(csv.reader(again.open(encoding="utf-8-sig", newline=""), delimiter=delimiter))) == len(records)
    return records


def check_table(section, records):
    columns = section["columns"]
    rows = len(columns[0]["values"])
    totals = section["totals"]
    assert len(records) == 1 + rows + (1 if totals else 0), (section["id"], len(records))
    if not any(c["label"].startswith("=") for c in columns):
        assert records[0] == [c["label"] for c in columns]
    for at, column in enumerate(columns):
        kind = column["display"]["type"]
        for row, value in enumerate(column["values"]):
            same(records[1 + row][at], expected(value, kind), (section["id"], column["label"], row))
        if totals:
            total = totals[at]
            if total is None and at == 0 and column["is_dimension"]:
                same(records[-1][at], document["words"]["total"], (section["id"], "total"))
            else:
                same(records[-1][at], expected(total, kind), (section["id"], column["label"], "total"))


def check_tiles(section, records):
    headings, rows = records[0], records[1:]
    assert headings[-1] == "id"
    assert len(rows) == len(section["tiles"])
    against = []
    for tile in section["tiles"]:
        against += [c["with"] for c in tile["changes"] if c["with"] not in against]
    assert len(headings) == 4 + 3 * len(against) + ("target" in against), headings
    for tile, row in zip(section["tiles"], rows):
        display = tile["display"]
        unit = display["currency"] if display["format"] == "currency" else UNITS[display["format"]]
        wanted = [tile["label"], expected(tile["value"], "number"), unit]
        for other in against:
            change = next((c for c in tile["changes"] if c["with"] == other), {})
            keys = ("reference", "absolute", "relative") + (("attainment",) if other == "target" else ())
            wanted += [expected(change.get(k), "number") for k in keys]
        wanted.append(tile["metric"])
        for heading, field, value in zip(headings, row, wanted, strict=True):
            same(field, value, (tile["metric"], heading))


files = 0
for section in document["sections"]:
    path = folder / f"{document['stem']}_{section['id']}.csv"
    shown = section["kind"] in ("table", "kpis") and (not section["only"] or "csv" in section["only"])
    assert path.exists() == shown, path
    if shown:
        records = read(path)
        (check_table if section["kind"] == "table" else check_tiles)(section, records)
        files += 1
print(f"{files} files, delimiter {delimiter}")
