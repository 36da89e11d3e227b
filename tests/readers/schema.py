"""Holds every TOML file of a folder against its schema.json with jsonschema; prints what is wrong, by file, as JSON."""

import datetime
import json
import pathlib
import sys
import tomllib

import jsonschema

folder = pathlib.Path(sys.argv[1])
schema = json.loads((folder / "schema.json").read_text("utf-8"))
assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema", schema["$schema"]
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def as_json(value):
    """Dates of TOML are texts in JSON, as editors hand them to their validators."""
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return value


said = {}
for path in sorted(folder.glob("*.toml")):
    written = as_json(tomllib.loads(path.read_text("utf-8")))
    said[path.stem] = [f"{error.json_path}: {error.message}"[:300] for error in validator.iter_errors(written)]
print(json.dumps(said, ensure_ascii=False))
