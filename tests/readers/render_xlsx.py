"""Opens the workbook of a folder with openpyxl and holds every sheet against document.json."""

import datetime
import json
import pathlib
import re
import sys
import zipfile

import openpyxl

folder = pathlib.Path(sys.argv[1])
document = json.loads((folder / "document.json").read_text("utf-8"))
path = folder / f"{document['stem']}.xlsx"
book = openpyxl.load_workbook(path, data_only=True)
LIMIT = 32_767

# The pattern that a number format must have, and what it must hold beside it in the locale.
CURRENCY_SIGN = {("es-CO", "COP"): "$", ("en-US", "COP"): "COP", ("pt-BR", "COP"): "COP"}


def number_format(display):
    kind = display["type"]
    if kind in ("text", "boolean"):
        return r"General"
    if kind in ("date", "datetime"):
        day = {"en": "m+/d+/yy+"}.get(document["locale"][:2], "d+/m+/yy+")
        time = " h:mm AM/PM" if document["locale"] == "en-US" else " hh:mm"
        return day + (time if kind == "datetime" else "")
    decimals = r"\." + "0" * display["decimals"] if display["decimals"] else ""
    name = display["format"]
    if name == "percent":
        return r'0' + decimals + r'("[\u00a0\u202f ]")?%'
    if name == "currency":
        sign = re.escape(CURRENCY_SIGN[document["locale"], display["currency"]])
        return rf'("{sign}[\u00a0 ]?")?#,##0{decimals}("[\u00a0 ]?{sign}")?'
    if name in ("hours", "minutes", "days"):
        return rf'#,##0{decimals}"[\u00a0 ]?[a-zí]+\.?"'
    return "#,##0" + decimals


def clean(text):
    """What Excel and XML can hold of a text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in text if (c >= " " or c in "\t\n") and c not in "\ufffe\uffff")
    if len(text.encode("utf-16-le")) // 2 > LIMIT:
        text = text.encode("utf-16-le")[: 2 * (LIMIT - 1)].decode("utf-16-le", "ignore") + "…"
    return text


def wanted_value(value, kind):
    if value is None:
        return None
    if kind == "date":
        return datetime.datetime.fromisoformat(value)
    if kind == "datetime":
        return datetime.datetime.fromisoformat(value)
    if kind == "text":
        return clean(value) or None
    return value


def check(cell, value, display, where):
    kind = display["type"]
    wanted = wanted_value(value, kind)
    assert cell.value == wanted, (where, str(cell.value)[:60], str(wanted)[:60])
    if wanted is not None:
        types = {"text": "s", "number": "n", "date": "d", "datetime": "d", "boolean": "b"}
        assert cell.data_type == types[kind], (where, cell.data_type)
        if kind == "boolean":
            assert isinstance(cell.value, bool)
    assert re.fullmatch(number_format(display), cell.number_format), (where, cell.number_format, number_format(display))


def check_looks(sheet, rows, columns, where, frozen="A2"):
    assert sheet.freeze_panes == frozen, where
    assert sheet.print_title_rows in ("1:1", "$1:$1"), (where, sheet.print_title_rows)
    for at in range(1, columns + 1):
        letter = openpyxl.utils.get_column_letter(at)
        width = sheet.column_dimensions[letter].width
        assert 8 <= width <= 61, (where, letter, width)
        assert sheet.cell(1, at).font.b and sheet.cell(1, at).fill.fgColor.rgb[2:] not in ("000000", None)
    tables = list(sheet.tables.values())
    last = f"{openpyxl.utils.get_column_letter(columns)}{1 + rows}"
    if rows == 0:
        assert not tables and not sheet.auto_filter.ref, where
        return
    # The filter holds the rows and nothing else: totals stay where they are.
    assert [t.ref for t in tables] == [f"A1:{last}"], (where, [t.ref for t in tables])
    assert tables[0].autoFilter.ref == f"A1:{last}"
    assert [c.name for c in tables[0].tableColumns] == [sheet.cell(1, a).value for a in range(1, columns + 1)]


def check_page(sheet):
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToWidth in (None, 1)
    assert int(sheet.page_setup.fitToHeight) == 0 and int(sheet.page_setup.paperSize) == 9
    header, footer = sheet.oddHeader, sheet.oddFooter
    # openpyxl turns && back into &.
    title = " ".join(clean(document["title"]).split())
    assert header.left.text.replace("&B", "").replace("&&", "&").startswith(title[:40]), header.left.text
    assert "&P" in footer.right.text or "&[Page]" in footer.right.text, footer.right.text


def check_table(sheet, section):
    columns, totals = section["columns"], section["totals"]
    rows = len(columns[0]["values"])
    check_looks(sheet, rows, len(columns), section["id"])
    for at, column in enumerate(columns, 1):
        heading = sheet.cell(1, at)
        assert heading.data_type == "s"
        if "\n" not in column["label"] and at == 1:
            assert heading.value == column["label"]
        for row, value in enumerate(column["values"]):
            check(sheet.cell(2 + row, at), value, column["display"], (section["id"], column["label"], row))
        if totals:
            cell = sheet.cell(2 + rows + (1 if rows == 0 else 0), at)
            if totals[at - 1] is None and at == 1 and column["is_dimension"]:
                assert cell.value == document["words"]["total"]
            else:
                check(cell, totals[at - 1], column["display"], (section["id"], column["label"], "total"))
            assert cell.font.b and cell.border.top.style == "thin"
    if rows == 0:
        assert sheet["A2"].value == document["words"]["no_data"]
    everything = [str(c.value) for row in sheet.iter_rows() for c in row if c.value is not None]
    for note in section["notes"]:
        assert clean(note) in everything, (section["id"], note)


def check_tiles(sheet, section):
    tiles = section["tiles"]
    against = []
    for tile in tiles:
        against += [c["with"] for c in tile["changes"] if c["with"] not in against]
    check_looks(sheet, len(tiles), 2 + 3 * len(against) + ("target" in against), section["id"])
    # The target has a column more, so that only what comes before it has a known place.
    assert "target" not in against[:-1], against
    assert sheet.cell(len(tiles) + 3, 1).value, "what a difference of shares is in"
    for row, tile in enumerate(tiles, 2):
        assert sheet.cell(row, 1).value == tile["label"]
        check(sheet.cell(row, 2), tile["value"], tile["display"], (tile["metric"], "value"))
        for at, other in enumerate(against):
            change = next((c for c in tile["changes"] if c["with"] == other), {})
            cells = [sheet.cell(row, 3 + 3 * at + i) for i in range(3)]
            check(cells[0], change.get("reference"), tile["display"], (tile["metric"], other))
            assert cells[1].value == change.get("absolute") and cells[2].value == change.get("relative")
            assert cells[1].number_format.startswith("+"), cells[1].number_format
            assert cells[2].number_format.endswith("%"), cells[2].number_format
            if other == "target":
                assert sheet.cell(row, 6 + 3 * at).value == change.get("attainment")


def check_heatmap(sheet, section):
    rows, columns = len(section["series"]), len(section["categories"])
    # A month of days is wider than a screen: the names stay.
    check_looks(sheet, rows, 1 + columns, section["id"], frozen="B2")
    assert sheet.cell(1, 1).value == clean(section["series_label"])
    for at, category in enumerate(section["categories"], 2):
        assert sheet.cell(1, at).value == clean(category)
    for row, series in enumerate(section["series"], 2):
        assert sheet.cell(row, 1).value == (clean(series["label"]) or None)
        for at, value in enumerate(series["values"], 2):
            check(sheet.cell(row, at), value, section["display"], (section["id"], series["label"], at))
    assert not sheet._charts, section["id"]
    [(where, [rule])] = [(str(of.sqref), of.rules) for of in sheet.conditional_formatting]
    assert where == f"B2:{openpyxl.utils.get_column_letter(1 + columns)}{1 + rows}", where
    assert rule.type == "colorScale" and len({color.rgb for color in rule.colorScale.color}) == 2, rule


def check_chart(sheet, section):
    if section["style"] == "Heatmap":
        return check_heatmap(sheet, section)
    rows = len(section["categories"])
    check_looks(sheet, rows, 1 + len(section["series"]), section["id"])
    for row, category in enumerate(section["categories"], 2):
        assert sheet.cell(row, 1).value == (clean(category) or None)
    for at, series in enumerate(section["series"], 2):
        for row, value in enumerate(series["values"], 2):
            check(sheet.cell(row, at), value, section["display"], (section["id"], series["label"], row))
    assert len(sheet._charts) == 1, section["id"]
    chart = sheet._charts[0]
    kinds = {"Bars": "BarChart", "StackedBars": "BarChart", "Line": "LineChart"}
    assert type(chart).__name__ == kinds[section["style"]]
    if section["style"] == "StackedBars" and len(section["series"]) > 1:
        assert chart.grouping == "stacked"
    assert len(chart.series) == len(section["series"])
    name = sheet.title.replace("'", "''")
    for at, series in enumerate(chart.series):
        letter = openpyxl.utils.get_column_letter(2 + at)
        reference = series.val.numRef.f.replace("''", "'")
        assert reference.endswith(f"!${letter}$2:${letter}${1 + rows}"), reference
        assert sheet.title in reference, (reference, name)


# Nothing that runs, leads out of the workbook or loads something.
sums = 0
with zipfile.ZipFile(path) as parts:
    names = parts.namelist()
    assert not any("vba" in n or "external" in n.lower() for n in names), names
    for name in names:
        if name.endswith(".rels"):
            assert b'TargetMode="External"' not in parts.read(name), name
        if name.startswith("xl/worksheets/sheet"):
            # Sums of the sheet's own rows, and nothing else that is computed.
            formulas = re.findall(r"<f[^>]*>(.*?)</f>", parts.read(name).decode())
            own = r"SUBTOTAL\(109,[A-Z]+\d+:[A-Z]+\d+\)|SUMIFS\([A-Z]+\$\d+:[A-Z]+\$\d+(,[A-Z]+\$\d+:[A-Z]+\$\d+,[A-Z]+\d+)+\)"
            assert all(re.fullmatch(own, formula) for formula in formulas), (name, formulas)
            sums += len(formulas)

titles = book.sheetnames
assert len({t.lower() for t in titles}) == len(titles)
for title in titles:
    assert 1 <= len(title.encode("utf-16-le")) // 2 <= 31, title
    assert not re.search(r"[\[\]:*?/\\]", title) and title.lower() != "history", title
    assert not title.startswith("'") and not title.endswith("'"), title
assert titles[0] == document["words"]["summary"]

shown = [
    s for s in document["sections"] if s["kind"] != "text" and (not s["only"] or "xlsx" in s["only"])
]
assert len(shown) == len(titles) - 1, titles
cells = 0
for section, title in zip(shown, titles[1:], strict=True):
    sheet = book[title]
    {"table": check_table, "kpis": check_tiles, "chart": check_chart}[section["kind"]](sheet, section)
    check_page(sheet)
    for row in sheet.iter_rows():
        for cell in row:
            assert cell.data_type != "f" and cell.hyperlink is None, (title, cell.coordinate)
            cells += 1

summary = book[titles[0]]
check_page(summary)
said = [str(c.value) for row in summary.iter_rows() for c in row if c.value is not None]
for text in [document["title"], document["period"], document["brand"], *document["remarks"]]:
    assert clean(text) in said or not clean(text), text[:60]
for label, formula in document["definitions"]:
    assert clean(label) in said and clean(formula) in said, label[:60]
links = [c.hyperlink.location for row in summary.iter_rows() for c in row if c.hyperlink]
assert len(links) == len(shown) and all(link.endswith("!A1") for link in links), links
generated = datetime.datetime.fromisoformat(document["generated"])
assert any(c.value == generated for row in summary.iter_rows() for c in row)

properties = book.properties
assert properties.title == clean(document["title"]) and properties.creator == clean(document["brand"])
assert properties.created == datetime.datetime.fromisoformat(document["created"]), properties.created
assert not any(sheet.merged_cells.ranges for sheet in book), "merged cells"
print(f"{len(titles)} sheets, {cells} cells, {sums} sums")
