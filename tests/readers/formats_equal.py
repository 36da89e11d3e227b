"""Holds the files of one run against each other, with readers nobody here wrote: csv, openpyxl, pdftotext.

usage: formats_equal.py FOLDER STEM RUN.json
FOLDER holds STEM.xlsx, STEM.pdf and STEM_<section>.csv of a Spanish report (semicolon, decimal comma); RUN.json is what `parte run --json` printed.
Every cell of every CSV must stand in the workbook with the same value (numbers as numbers, days as dates), and every number of it, formatted the Spanish
way, on the matching line of the PDF. Prints `N cells equal` or each difference."""
import csv, datetime, glob, json, os, re, subprocess, sys
from decimal import Decimal, ROUND_HALF_UP
import openpyxl

folder, stem, run_file = sys.argv[1:4]
run = json.load(open(run_file, encoding="utf-8"))
book = openpyxl.load_workbook(os.path.join(folder, stem + ".xlsx"), data_only=True)
text = subprocess.run(["pdftotext", "-layout", os.path.join(folder, stem + ".pdf"), "-"], capture_output=True, check=True).stdout.decode("utf-8")
plain = lambda s: re.sub(r"[\s  ]+", " ", s.replace("−", "-")).strip()
lines = [plain(line) for line in text.splitlines() if line.strip()]
whole = " ".join(lines)
differences, cells, on_paper = [], 0, 0


def number(s):
    return float(s.replace(",", ".")) if re.fullmatch(r"-?\d+(,\d+)?", s) else None


def shown(value, number_format):
    """A value as a Spanish reader sees it under an Excel number format."""
    percent = "%" in number_format
    places = re.search(r"0\.(0+)", number_format)
    places = len(places.group(1)) if places else 0
    d = Decimal(repr(value)) * (100 if percent else 1)
    d = d.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    whole_part, _, fraction = f"{abs(d):.{places}f}".partition(".")
    # CLDR's Spanish leaves four digits together in Spain, and groups them in Colombia: both are accepted by the caller
    grouped = re.sub(r"(?<=\d)(?=(\d{3})+$)", ".", whole_part)
    return ("-" if d < 0 else "") + grouped + ("," + fraction if fraction else "")


def sheet_of(header, exactly):
    """The sheet, the row of its headings, and which of our columns stands in which of its columns."""
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            values = [c.value for c in row]
            if header[0] in values and header[1] in values:
                at = {h: values.index(h) + 1 for h in header if h in values}
                if not exactly or len(at) == len(header):
                    return sheet, row[0].row, at
    return None


for path in sorted(glob.glob(os.path.join(folder, stem + "_*.csv"))):
    name = os.path.basename(path)
    with open(path, encoding="utf-8-sig", newline="") as f:
        rows = list(csv.reader(f, delimiter=";", strict=True))
    header, body = rows[0], rows[1:]
    # the workbook's tiles say a unit by the number's format, and name no ids
    tiles = name.endswith("_kpis.csv")
    found = sheet_of(header, exactly=not tiles)
    if not found:
        differences.append(f"{name}: no sheet has the columns {header}")
        continue
    sheet, top, at = found
    if tiles and len(at) < 3:
        differences.append(f"{name}: the workbook has only {sorted(at)} of {header}")
    for r, row in enumerate(body, 1):
        numbers_shown = []
        for c, cell in enumerate(row):
            if header[c] not in at:
                continue
            excel = sheet.cell(row=top + r, column=at[header[c]])
            value, cells = excel.value, cells + 1
            if isinstance(value, datetime.datetime):
                same = value.isoformat(sep=" ") == cell or value.date().isoformat() == cell
            elif isinstance(value, bool):
                same = cell == str(value).lower()
            elif isinstance(value, (int, float)):
                n = number(cell)
                same = n is not None and abs(n - value) < 1e-9 * max(1, abs(value))
                numbers_shown.append(shown(value, excel.number_format))
            else:
                same = (value or "") == (cell[1:] if re.match(r"'[=+\-@\t\r]", cell) else cell)
            if not same:
                differences.append(f"{name} row {r} column {header[c]}: csv {cell!r}, workbook {value!r}")
        if numbers_shown and not tiles:
            pattern = ".*".join(re.escape(n) for n in numbers_shown)
            if any(re.search(pattern, line) for line in lines):
                on_paper += len(numbers_shown)
            else:
                differences.append(f"{name} row {r}: {numbers_shown} stand on no line of the PDF")

for kpi in run["kpis"]:
    if plain(kpi["shown"]) not in whole:
        differences.append(f"KPI {kpi['metric']}: {kpi['shown']!r} is not in the PDF")
    on_paper += 1

print("\n".join(differences[:20]))
print(f"{cells} cells of CSV and workbook, {on_paper} numbers on paper, {len(differences)} differences")
sys.exit(1 if differences or not cells else 0)
