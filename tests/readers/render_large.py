"""Tells where the filter and the last row of a large sheet are, and that no native table is there."""

import pathlib
import re
import sys
import zipfile

folder = pathlib.Path(sys.argv[1])
with zipfile.ZipFile(next(folder.glob("*.xlsx"))) as parts:
    assert not any(name.startswith("xl/tables/") for name in parts.namelist())
    sheet = parts.read("xl/worksheets/sheet2.xml").decode()
filtered = re.search(r'<autoFilter ref="([^"]+)"', sheet).group(1)
rows = re.findall(r'<row r="(\d+)"', sheet)
print(f"filter {filtered}, totals in row {rows[-1]} after {rows[-2]}")
