"""Reads the JSON document of a folder back, validates it against its schema, and holds everything in it against document.json."""

import json
import pathlib
import sys

import jsonschema

folder = pathlib.Path(sys.argv[1])
document = json.loads((folder / "document.json").read_text("utf-8"))
schema = json.loads((folder / "schema.json").read_text("utf-8"))
raw = (folder / f"{document['stem']}.json").read_bytes()
assert raw.endswith(b"}\n") and b"\0" not in raw


def refuse(word):
    raise AssertionError(f"{word} is no JSON")


report = json.loads(raw.decode("utf-8"), parse_constant=refuse)


def strict(node):
    """The schema with every key that it does not name refused."""
    if isinstance(node, dict):
        node = {key: strict(value) for key, value in node.items()}
        if "properties" in node and "$ref" not in node:
            node["additionalProperties"] = False
            assert all(len(value.get("description", "x" * 9)) > 8 for value in node["properties"].values())
        elif "properties" in node:
            node["unevaluatedProperties"] = False
        return node
    return [strict(item) for item in node] if isinstance(node, list) else node


jsonschema.Draft202012Validator.check_schema(schema)
keys = 0
for validator in (schema, strict(schema)):
    # A section is what its kind says, and the key that says it: keys beyond those are looked at below.
    if validator is not schema:
        for way in validator["$defs"]["Section"]["oneOf"]:
            way.pop("additionalProperties", None)
            kind = validator["$defs"][way["$ref"].rsplit("/", 1)[1]]
            kind["properties"] |= way["properties"]
    jsonschema.Draft202012Validator(validator, format_checker=jsonschema.FormatChecker()).validate(report)

assert report["version"] == 1
for key, value in (("report", "report"), ("brand", "brand"), ("title", "title"), ("subtitle", "subtitle"), ("locale", "locale"), ("remarks", "remarks")):
    assert report[key] == document[value], key
assert report["period"] == {key: document[key] for key in ("first_day", "last_day", "zone")} | {"text": document["period"]}
assert report["generated"] == document["created"] + "Z"
assert [[d["label"], d["definition"]] for d in report["definitions"]] == document["definitions"]

UNITS = {"integer": None, "decimal": None, "percent": "ratio", "hours": "h", "minutes": "min", "days": "d"}


def unit_of(display):
    if display["type"] != "number":
        return None, None
    unit = display["currency"] if display["format"] == "currency" else UNITS[display["format"]]
    return unit, display["decimals"] + (2 if display["format"] == "percent" else 0)


def equal(mine, theirs, where):
    assert type(mine) is type(theirs) or {type(mine), type(theirs)} == {int, float}, (where, mine, theirs)
    assert mine == theirs, (where, str(mine)[:80], str(theirs)[:80])


shown = [s for s in document["sections"] if not s["only"] or "json" in s["only"]]
assert [s["id"] for s in report["sections"]] == [s["id"] for s in shown]
values = 0
for mine, theirs in zip(report["sections"], shown):
    where = theirs["id"]
    assert (mine["kind"], mine["title"], mine["notes"]) == (theirs["kind"], theirs["title"], theirs["notes"]), where
    if theirs["kind"] == "table":
        columns = theirs["columns"]
        assert [c["label"] for c in mine["columns"]] == [c["label"] for c in columns], where
        ids = [c["id"] for c in mine["columns"]]
        assert len(set(ids)) == len(ids) and (ids == [c["id"] for c in columns] or len({c["id"] for c in columns}) < len(columns))
        for head, column in zip(mine["columns"], columns):
            assert head["type"] == column["display"]["type"], (where, head)
            assert (head["unit"], head["decimals"]) == unit_of(column["display"]), (where, head)
            assert (head["role"] == "dimension") == column["is_dimension"], (where, head)
        assert len(mine["rows"]) == len(columns[0]["values"]), where
        for at, row in enumerate(mine["rows"]):
            for cell, column in zip(row, columns, strict=True):
                equal(cell, column["values"][at], (where, at, column["label"]))
                values += 1
        assert (mine["totals"] is None) == (theirs["totals"] is None), where
        for cell, total in zip(mine["totals"] or [], theirs["totals"] or [], strict=True):
            equal(cell, total, (where, "totals"))
    elif theirs["kind"] == "kpis":
        for tile, wanted in zip(mine["tiles"], theirs["tiles"], strict=True):
            assert (tile["id"], tile["label"]) == (wanted["metric"], wanted["label"])
            assert (tile["unit"], tile["decimals"]) == unit_of(wanted["display"]), tile
            equal(tile["value"], wanted["value"], (where, tile["id"]))
            for change, other in zip(tile["changes"], wanted["changes"], strict=True):
                assert (change["with"], change["label"], change["text"]) == (other["with"], other["against"], other["text"])
                for key, name in (("reference", "reference"), ("difference", "absolute"), ("relative", "relative"), ("attainment", "attainment")):
                    equal(change[key], other[name], (where, tile["id"], key))
                    values += 1
    elif theirs["kind"] == "chart":
        assert mine["style"].replace("_", "") == theirs["style"].lower(), where
        for key in ("x_label", "series_label", "categories", "alt"):
            assert mine[key] == theirs[key], (where, key)
        for series, wanted in zip(mine["series"], theirs["series"], strict=True):
            assert (series["label"], series["values"]) == (wanted["label"], wanted["values"]), (where, wanted["label"])
            # These charts have one unit, and no series of theirs has a target.
            assert (series["unit"], series["decimals"], series["target"]) == (*unit_of(theirs["display"]), None), (where, series)
        values += sum(len(series["values"]) for series in mine["series"])
    else:
        assert mine["text"] == theirs["text"], where
print(f"{len(shown)} sections, {values} values")
