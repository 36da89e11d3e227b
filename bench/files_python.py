"""What a user would write today for the files of bench/files: ReportLab, and pandas with XlsxWriter; and readers of both sides' files.

python bench/files_python.py pdf|xlsx ROWS FILE [NUMBER] makes a file of the rows that a CSV holds, of the first NUMBER alone, and prints the
seconds that it took (by the clock, of the processor) as JSON: from typed values in memory to the file, without imports.
`ids ROWS FILE [NUMBER]` looks for the key of each row in a PDF, `cells MINE THEIRS` compares two workbooks.
"""

import csv
import datetime
import itertools
import json
import re
import subprocess
import sys
import time

HEADINGS = ["task_id", "seller", "outcome", "day", "completed_at", "attempts", "sales_amount", "score"]
# Of a workbook every row of so many is compared, and the last one.
STEP = 97


def rows_of(path, number):
    """The rows with typed values."""
    with open(path, newline="", encoding="utf-8") as file:
        head, *rows = itertools.islice(csv.reader(file), number and number + 1)
    assert head == HEADINGS, head
    instant = datetime.datetime.fromisoformat
    return [(*row[:3], instant(row[3]).date(), instant(row[4]), int(row[5]), float(row[6]), float(row[7])) for row in rows]


def timed(make):
    clock, processor = time.monotonic(), time.process_time()
    make()
    print(json.dumps({"clock": time.monotonic() - clock, "processor": time.process_time() - processor}))


def spaced(number):
    return f"{number:,.0f}".replace(",", ".")


def pdf(path, out, number):
    """A LongTable with its headings repeated on each page, every other row shaded; its columns' widths are given, so that none is measured."""
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import LongTable, SimpleDocTemplate, TableStyle

    rows = rows_of(path, number)

    def make():
        cells = [HEADINGS]
        for key, seller, outcome, day, at, attempts, amount, score in rows:
            share = f"{100 * score:.1f}".replace(".", ",") + " %"
            cells.append([key, seller, outcome, f"{day:%d/%m/%Y}", f"{at:%d/%m/%Y %H:%M}", spaced(attempts), "$ " + spaced(amount), share])
        style = TableStyle([
            ("FONTSIZE", (0, 0), (-1, -1), 7), ("ALIGN", (5, 0), (7, -1), "RIGHT"), ("BACKGROUND", (0, 0), (-1, 0), colors.black),
            ("TEXTCOLOR", (0, 0), (-1, 0), colors.white), ("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.white, colors.whitesmoke]),
        ])
        table = LongTable(cells, colWidths=[62, 104, 62, 56, 76, 50, 66, 46], style=style, repeatRows=1)
        SimpleDocTemplate(out, pagesize=A4, leftMargin=36, rightMargin=36, topMargin=60, bottomMargin=46, title="Tareas").build([table])

    timed(make)


def xlsx(path, out, number):
    """Row by row, each column by the function for its type, the fastest way: pandas' own `to_excel` goes by columns, and loses rows with
    `constant_memory`."""
    import pandas
    import xlsxwriter

    frame = pandas.read_csv(path, parse_dates=["day", "completed_at"], nrows=number)

    def make():
        book = xlsxwriter.Workbook(out, {"constant_memory": True})
        sheet = book.add_worksheet("Tareas")
        sheet.write_row(0, 0, frame.columns)
        text, number, instant = sheet.write_string, sheet.write_number, sheet.write_datetime
        looks = [book.add_format({"num_format": look}) for look in ("dd/mm/yyyy", "dd/mm/yyyy hh:mm", "#,##0", "$ #,##0", "0.0%")]
        write = [(text, None)] * 3 + [(instant, look) for look in looks[:2]] + [(number, look) for look in looks[2:]]
        for row, values in enumerate(frame.itertuples(index=False, name=None), 1):
            for column, ((to, look), value) in enumerate(zip(write, values)):
                to(row, column, value, look)
        book.close()

    timed(make)


def ids(path, out, number):
    """Is the key of each row in the PDF's text, in order?"""
    said = subprocess.run(["pdftotext", "-layout", out, "-"], check=True, capture_output=True, text=True).stdout
    wanted = [row[0] for row in rows_of(path, number)]
    found = re.findall(r"TSK_\d{8}", said)
    if found != wanted:
        raise SystemExit(f"{out}: {len(found)} keys of rows are read, in the rows there are {len(wanted)}, and not all of them agree")
    print(json.dumps({"keys": len(found)}))


def table_of(path, place):
    """Every row of so many of a sheet and the last one, by a reader that keeps none."""
    import openpyxl

    book = openpyxl.load_workbook(path, read_only=True)
    count, last = 0, ()
    for row in book.worksheets[place].iter_rows(values_only=True):
        # Beside the table a sheet may have other cells.
        last = row[:len(HEADINGS)]
        if count % STEP == 0:
            yield count, last
        count += 1
    yield count, last


def cells(mine, theirs):
    """Parte's workbook begins with a summary."""
    compared = 0
    for one, other in itertools.zip_longest(table_of(mine, 1), table_of(theirs, 0)):
        if one is None or other is None or one[0] != other[0] or len(one[1]) != len(other[1]):
            raise SystemExit(f"{one} against {other}")
        for value, against in zip(one[1], other[1]):
            if value != against:
                raise SystemExit(f"row {one[0] + 1}: {value!r} against {against!r}")
            compared += 1
    print(json.dumps({"cells": compared}))


def main():
    case, one, other, *number = sys.argv[1:]
    number = int(number[0]) if number else None
    {"pdf": pdf, "xlsx": xlsx, "ids": ids, "cells": lambda one, other, _: cells(one, other)}[case](one, other, number)


main()
