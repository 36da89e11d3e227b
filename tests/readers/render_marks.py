"""Evaluates the conditional formats of a workbook over its cells and holds the signs that they give against signs.json (by section, column
and row). Prints how many formats of each kind there are and how many signs were given."""

import collections
import json
import pathlib
import re
import sys

import openpyxl
from openpyxl.utils import get_column_letter

folder = pathlib.Path(sys.argv[1])
book = openpyxl.load_workbook(next(folder.glob("*.xlsx")), data_only=True)
expected = json.loads((folder / "signs.json").read_text("utf-8"))
compare = {"<": lambda a, b: a < b, ">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b}
kinds, given = collections.Counter(), 0
for sheet, columns in zip(book.worksheets[1:], expected, strict=True):
    signs = {}
    for where in sheet.conditional_formatting:
        for rule in where.rules:
            if rule.type != "expression":
                kinds[rule.type] += 1
                continue
            [formula] = rule.formula
            cell, again, sign, number = re.fullmatch(r"AND\(ISNUMBER\((\w+)\),(\w+)(<=|>=|<|>)(-?[\d.]+)\)", formula).groups()
            # Relative to the first cell of the range.
            first = where.sqref.ranges[0] if hasattr(where.sqref, "ranges") and not isinstance(where.sqref.ranges, set) else sorted(where.sqref.ranges, key=lambda r: r.min_row)[0]
            assert cell == again == f"{get_column_letter(first.min_col)}{first.min_row}", (formula, str(where.sqref))
            assert rule.dxf.font.color is not None and rule.dxf.numFmt is not None, "a colour, and a sign"
            mark = rule.dxf.numFmt.formatCode[1]
            for part in where.sqref.ranges:
                for row in sheet.iter_rows(part.min_row, part.max_row, part.min_col, part.max_col):
                    for one in row:
                        if isinstance(one.value, (int, float)) and compare[sign](one.value, float(number)):
                            assert one.coordinate not in signs, one.coordinate
                            signs[one.coordinate] = mark
    for at, column in enumerate(columns, 1):
        for row, sign in enumerate(column, 2):
            where = f"{get_column_letter(at)}{row}"
            assert signs.pop(where, "") == sign, (sheet.title, where, sign)
            given += sign != ""
    assert not signs, (sheet.title, signs)
print(", ".join(f"{kind} {kinds[kind]}" for kind in ("dataBar", "colorScale")) + f", signs {given}")
