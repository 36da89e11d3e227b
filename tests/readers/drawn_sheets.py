"""What openpyxl, and the XML where it has no word for it, find on the sheets of a workbook."""

import json
import re
import sys
import zipfile

import openpyxl

path = sys.argv[1]
book = openpyxl.load_workbook(path)
parts = zipfile.ZipFile(path)
found = {}
for number, name in enumerate(book.sheetnames[1:], start=2):
    sheet = book[name]
    charts = [f"{type(chart).__name__} {getattr(chart, 'grouping', '') or ''}" for chart in sheet._charts]
    rules = [rule.type for ranges in sheet.conditional_formatting for rule in ranges.rules]
    xml = parts.read(f"xl/worksheets/sheet{number}.xml").decode()
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
    found[name] = {
        "charts": ", ".join(charts),
        "rules": ", ".join(rules),
        "sparklines": str(len(re.findall("<x14:sparkline>", xml))),
        "numbers": str(sum(isinstance(cell.value, (int, float)) for cell in cells)),
    }
print(json.dumps(found))
