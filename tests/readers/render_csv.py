"""Reads the CSV files of a folder back, in the dialect that document.json names, and holds each field against document.json."""

import codecs
import csv
import datetime
import json
import pathlib
import sys

FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
UNITS = {"integer": "", "decimal": "", "percent": "ratio", "hours": "h", "minutes": "min", "days": "d"}
TILE_IDS = ["label", "value", "unit"]

folder = pathlib.Path(sys.argv[1])
document = json.loads((folder / "document.json").read_text("utf-8"))
dialect = document["csv"]
mark, delimiter, null, ending = dialect["decimal"], dialect["separator"], dialect["null"], dialect["line_end"]
csv.field_size_limit(10_000_000)


class Absent:
    """Stands for a field that is not there: the null text, without quotes."""

    def __repr__(self):
        return "absent"


ABSENT = Absent()


def expected(value, kind):
    """The field a value must be, from the description alone."""
    if value is None:
        return ABSENT
    if kind == "boolean":
        return "true" if value else "false"
    if kind in ("date", "datetime"):
        return value if dialect["dates"] == "iso" else datetime.datetime.fromisoformat(value)
    if kind == "number":
        return float(value)
    if not dialect["neutral"]:
        return value
    text = value.replace("\0", "")
    return "'" + text if text.startswith(tuple(FORMULA_STARTS)) else text


def same(field, wanted, where):
    text, quoted = field
    if isinstance(wanted, Absent):
        # A record of a single absent value would be an empty line, which is none.
        assert text == null and (not quoted or text == "" and alone), (where, field)
        return
    if isinstance(wanted, float):
        assert "e" not in text.lower() and text != "-0", (where, text)
        assert ("," if mark == "." else ".") not in text, (where, text, "grouped")
        assert quoted == (dialect["quotes"] == "all" or delimiter in text), (where, field)
        text = float(text.replace(mark, "."))
    elif isinstance(wanted, datetime.datetime):
        day = "%m/%d/%Y" if document["locale"].startswith("en") else "%d/%m/%Y"
        text = datetime.datetime.strptime(text, day + " %H:%M:%S" if " " in text else day)
    assert text == wanted, (where, text[:80] if isinstance(text, str) else text, wanted)
    if isinstance(wanted, str):
        assert quoted or wanted != null, (where, "reads like an absent value")
        # Days, yes and no are told from texts by what stands in them.
        assert quoted or dialect["quotes"] == "needed" or kind_of_value(wanted), (where, field)


def kind_of_value(text):
    return dialect["quotes"] == "texts" and (text in ("true", "false") or text[:4].isdigit() and text[4:5] == "-")


def tokens(text):
    """Records of (field, was it quoted): what the csv module does not tell."""
    record, field, quoted, inside, at = [], [], False, False, 0
    while at < len(text):
        sign = text[at]
        if inside:
            if sign != '"':
                field.append(sign)
            elif text[at + 1 : at + 2] == '"':
                field.append('"')
                at += 1
            else:
                inside = False
        elif sign == '"':
            assert not field, "a quote within a field"
            inside = quoted = True
        elif sign == delimiter or text.startswith(ending, at):
            record.append(("".join(field), quoted))
            field, quoted = [], False
            if sign != delimiter:
                yield record
                record = []
                at += len(ending) - 1
        else:
            assert sign not in "\r\n", "a line end outside of quotes"
            field.append(sign)
        at += 1
    assert not record and not field and not inside, "the last record is not ended"


def read(path):
    global alone
    raw = path.read_bytes()
    assert raw.startswith(codecs.BOM_UTF8) == dialect["bom"], "byte order mark"
    text = raw.removeprefix(codecs.BOM_UTF8).decode(dialect["encoding"])
    assert text.endswith(ending), "the last record is not ended"
    assert "\0" not in text or not dialect["neutral"]
    records = list(tokens(text))
    alone = len(records[0]) == 1
    plain = [[field for field, _ in record] for record in records]
    with path.open(encoding="utf-8-sig" if dialect["bom"] else dialect["encoding"], newline="") as file:
        assert list(csv.reader(file, delimiter=delimiter, strict=True)) == plain, "the csv module reads something else"
    assert len({len(r) for r in records}) == 1, "records differ in length"
    headings = plain[0]
    assert len({h.lower() for h in headings}) == len(headings), "headings are not unique"
    # Written again by another program, the file is the same.
    again = folder / "again.txt"
    with again.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\r\n").writerows(plain)
    assert len(list(csv.reader(again.open(encoding="utf-8-sig", newline=""), delimiter=delimiter))) == len(records)
    return records


def check_table(section, records):
    columns = section["columns"]
    rows = len(columns[0]["values"])
    totals = section["totals"] if dialect["totals"] else None
    assert len(records) == 1 + rows + (1 if totals else 0), (section["id"], len(records))
    if not any(c["label"].startswith("=") for c in columns):
        assert [field for field, _ in records[0]] == [c[dialect["headings"]] for c in columns]
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
    headings, rows = [field for field, _ in records[0]], records[1:]
    assert headings[-1] == "id"
    assert len(rows) == len(section["tiles"])
    against = []
    for tile in section["tiles"]:
        against += [c["with"] for c in tile["changes"] if c["with"] not in against]
    assert len(headings) == 4 + 3 * len(against) + ("target" in against), headings
    if dialect["headings"] == "id":
        ids = list(TILE_IDS)
        for other in against:
            ids += [other, f"{other}_change", f"{other}_relative"] + (["attainment"] if other == "target" else [])
        assert headings == ids + ["id"], headings
    for tile, row in zip(section["tiles"], rows):
        display = tile["display"]
        unit = display["currency"] if display["format"] == "currency" else UNITS[display["format"]]
        wanted = [tile["label"], expected(tile["value"], "number"), unit or ABSENT]
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
