"""Holds each cell of a streamed sheet against what the test put into it, computed once more here. Prints how many rows there are."""

import datetime
import pathlib
import sys

import openpyxl

folder = pathlib.Path(sys.argv[1])
book = openpyxl.load_workbook(next(folder.glob("*.xlsx")))
sheet = book.worksheets[1]
rows = 36_000
assert sheet.dimensions.startswith("A1:G"), sheet.dimensions
assert sheet.auto_filter.ref == f"A1:G{rows + 1}" and sheet.freeze_panes == "A2" and not sheet.tables
looks = [sheet.cell(2, at).number_format for at in range(1, 8)]
for row, cells in enumerate(sheet.iter_rows(2, rows + 1)):
    day = datetime.date(1899, 12, 30) + datetime.timedelta(days=row)
    moment = datetime.datetime.combine(day, datetime.time(row % 24, row % 60, 7))
    old = day.year < 1900
    wanted = [
        f'=Ñ & <{row}> _x0041_ "x"  ' if row % 7 else None,
        row / 4 - 100 if row % 5 else None,
        (day.isoformat() if old else datetime.datetime.combine(day, datetime.time())) if row % 3 else None,
        moment.isoformat() if old else moment,
        row % 2 == 0 if row % 4 else None,
        1e-7,
        None,
    ]
    for cell, value, look in zip(cells, wanted, looks, strict=True):
        # openpyxl knows no 29th of February 1900 and is a day off before it; nobody reports of that spring.
        if isinstance(value, datetime.datetime) and value < datetime.datetime(1900, 3, 1):
            continue
        found = cell.value
        if isinstance(found, str):
            # Excel's way to write what looks like a code of its own; openpyxl undoes it in shared texts alone.
            found = found.replace("_x005F_", "_")
        if isinstance(found, datetime.datetime):
            found = (found + datetime.timedelta(milliseconds=500)).replace(microsecond=0)
        assert found == value, (cell.coordinate, cell.value, value)
        assert value is None or cell.number_format == look, cell.coordinate
        assert not isinstance(value, str) or cell.data_type in ("s", "inlineStr"), (cell.coordinate, cell.data_type)
assert sheet.cell(rows + 2, 2).value is None
assert (sheet.cell(rows + 3, 2).value, sheet.cell(rows + 3, 6).value) == (5, 6), "totals after an empty row"
assert "Debajo" in [sheet.cell(row, 1).value for row in range(rows + 4, rows + 8)]
print(rows, "rows")
