"""Holds each number of the CSV files against the same cell of the workbook; prints how many were compared."""

import csv
import json
import pathlib
import sys

import openpyxl

folder = pathlib.Path(sys.argv[1])
document = json.loads((folder / "document.json").read_text("utf-8"))
book = openpyxl.load_workbook(folder / f"{document['stem']}.xlsx", data_only=True)
mark = document["decimal_mark"]
sections = [s for s in document["sections"] if s["kind"] != "text"]
sheets = dict(zip([s["id"] for s in sections], book.sheetnames[1:], strict=True))

compared = 0
for section in sections:
    path = folder / f"{document['stem']}_{section['id']}.csv"
    if not path.exists():
        continue
    with path.open(encoding="utf-8-sig", newline="") as file:
        headings, *records = list(csv.reader(file, delimiter=";" if mark == "," else ","))
    sheet = book[sheets[section["id"]]]
    by_heading = {cell.value: cell.column for cell in sheet[1]}
    for at, heading in enumerate(headings):
        column = by_heading.get(heading)
        if column is None:
            assert section["kind"] == "kpis", (section["id"], heading)
            continue
        for row, record in enumerate(records, 2):
            cell = sheet.cell(row, column)
            if cell.data_type == "n" and cell.value is not None:
                assert float(record[at].replace(mark, ".")) == cell.value, (section["id"], heading, row)
                compared += 1
            elif cell.value is None:
                assert record[at] == "", (section["id"], heading, row, record[at])
print(compared)
