"""Has LibreOffice compute every formula of a workbook again, from a copy in which the values that they are written with are wrong, and
holds what comes out against the values that the workbook itself has. Prints how many sums were compared."""

import pathlib
import re
import subprocess
import sys
import zipfile

import openpyxl

folder = pathlib.Path(sys.argv[1]).resolve()
original = next(folder.glob("*.xlsx"))
wrong, out = folder / "wrong" / "wrong.xlsx", folder / "recalculated"
wrong.parent.mkdir(exist_ok=True)
with zipfile.ZipFile(original) as parts, zipfile.ZipFile(wrong, "w", zipfile.ZIP_DEFLATED) as copy:
    for name in parts.namelist():
        part = parts.read(name)
        if name.startswith("xl/worksheets/sheet"):
            part = re.sub(rb"(</f><v>)[^<]*(</v>)", rb"\g<1>-12345\g<2>", part)
        copy.writestr(name, part)
settings = folder / "profile" / "user" / "registrymodifications.xcu"
settings.parent.mkdir(parents=True, exist_ok=True)
# Otherwise it shows what is written in a file, as other programs do.
settings.write_text("""<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>""")
subprocess.run(
    ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "xlsx", "--outdir", out, wrong],
    check=True, capture_output=True, timeout=120,
)
formulas = openpyxl.load_workbook(original)
written = openpyxl.load_workbook(original, data_only=True)
computed = openpyxl.load_workbook(out / "wrong.xlsx", data_only=True)
assert formulas.sheetnames == computed.sheetnames, computed.sheetnames
sums = 0
for sheet in formulas:
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type != "f":
                continue
            said, found = written[sheet.title][cell.coordinate].value, computed[sheet.title][cell.coordinate].value
            assert isinstance(found, (int, float)), (sheet.title, cell.coordinate, cell.value, found)
            assert abs(said - found) <= 1e-9 * max(1, abs(said)), (sheet.title, cell.coordinate, cell.value, said, found)
            sums += 1
print(sums, "sums")
