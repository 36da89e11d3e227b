"""Prints the defined names of a workbook with the values of the cells that they lead to, as JSON; each is a valid name of one cell."""

import json
import pathlib
import re
import sys

import openpyxl

folder = pathlib.Path(sys.argv[1])
book = openpyxl.load_workbook(next(folder.glob("*.xlsx")), data_only=True)
tables = {name.lower() for sheet in book for name in sheet.tables}
found = {}
for name, defined in book.defined_names.items():
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]{0,254}", name), name
    # Neither the address of a cell nor the name of a table.
    assert not re.fullmatch(r"[A-Za-z]{1,3}\d+|[RrCc]\d*([Cc]\d*)?", name) and name.lower() not in tables, name
    [(sheet, cell)] = list(defined.destinations)
    found[name] = book[sheet][cell.replace("$", "")].value
assert len({name.lower() for name in found}) == len(found)
print(json.dumps(found))
