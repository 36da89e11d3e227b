"""Prints a workbook's cells row by row as openpyxl reads them: texts as they are, numbers and dates with their format."""

import sys

import openpyxl

for sheet in openpyxl.load_workbook(sys.argv[1], data_only=True).worksheets:
    print(f"-- {sheet.title}")
    for row in sheet.iter_rows():
        cells = []
        for cell in row:
            if cell.value is None:
                continue
            plain = isinstance(cell.value, (str, bool))
            cells.append(str(cell.value) if plain else f"{cell.value} {{{cell.number_format}}}")
        if cells:
            print(" | ".join(cells).replace("\n", " / "))
