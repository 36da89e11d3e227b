"""What the key figures' sheet and the first sheet of a workbook have to look at: sparklines with the cells that they are drawn from, and
pictures. FILE SHEET; prints JSON."""

import json
import re
import struct
import sys
import zipfile

import openpyxl
from openpyxl.utils import range_boundaries

path, name = sys.argv[1:]
book = openpyxl.load_workbook(path)
parts = zipfile.ZipFile(path)
sheet = book[name]
xml = parts.read(f"xl/worksheets/sheet{book.sheetnames.index(name) + 1}.xml").decode()
head = [cell.value for cell in sheet[1]]
lines = []
for source, place in re.findall(r"<x14:sparkline><xm:f>(.*?)</xm:f><xm:sqref>(.*?)</xm:sqref></x14:sparkline>", xml):
    of, _, cells = source.rpartition("!")
    left, top, right, bottom = range_boundaries(cells.replace("$", ""))
    stands = sheet[place]
    lines.append({
        "row": stands.row,
        "label": sheet.cell(stands.row, 1).value,
        "heading": head[stands.column - 1],
        "own_row": of.strip("'") == name and top == bottom == stands.row and left == stands.column + 1,
        "days": head[left - 1:right],
        "values": [cell.value for cell in sheet[stands.row][left - 1:right]],
        "empty": stands.value is None,
    })
lines.sort(key=lambda line: line["row"])
(table,) = sheet.tables.values()
pictures = []
for part in parts.namelist():
    if re.fullmatch(r"xl/drawings/drawing\d+\.xml", part):
        for alt in re.findall(r'<xdr:pic>.*?descr="(.*?)"', parts.read(part).decode(), re.S):
            pictures.append(alt)
# Of a PNG its width and height stand behind its signature and the length and name of its first part.
sizes = [struct.unpack(">II", parts.read(part)[16:24]) for part in parts.namelist() if part.endswith(".png")]
first = book.worksheets[0]
print(json.dumps({
    "lines": lines,
    "table": table.ref,
    "width": len(head),
    "printed": sheet.print_area,
    "pictures": pictures,
    "sizes": sizes,
    "title": [cell.row for cell in first["A"] if cell.value is not None][0],
}))
