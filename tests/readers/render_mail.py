"""Parses the mail of a folder with html.parser and holds it, and its plain-text twin, against document.json."""

import html.parser
import json
import pathlib
import re
import sys

folder = pathlib.Path(sys.argv[1])
document = json.loads((folder / "document.json").read_text("utf-8"))
html_body = (folder / "mail.html.body").read_bytes().decode("utf-8")
text_body = (folder / "mail.txt.body").read_bytes().decode("utf-8")

VOID = {"meta", "img", "br", "hr", "link"}
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "div", "table", "thead", "tbody", "tr", "td", "th", "h1", "h2",
    "p", "img", "span",
}
# What is there for telephones and for readers who prefer it dark: classes with a colour and with a ground of their own.
DARK = re.search(r"@media \(prefers-color-scheme:dark\) \{(.*?)\n\}", html_body, re.S)[1]
IN_THE_DARK = {
    kind: {name for names, rules in re.findall(r"([^{}]*)\{([^{}]*)\}", DARK) if re.search(rf"(^|[;\s]){kind}:", rules) for name in re.findall(r"\.([a-z]+)", names)}
    for kind in ("color", "background-color")
}
INVISIBLE = re.compile("[\u202a-\u202e\u2066-\u2069\0-\x08\x0b-\x1f\x7f]")


class Mail(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.images, self.words, self.tables = [], [], [], 0
        self.within_head, self.dark = False, 0

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        assert tag in ALLOWED, tag
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in ("href", "action", "background") and "url(" not in (value or ""), (tag, name, value)
        if tag == "img":
            assert attributes["src"].startswith("cid:"), attributes
            assert attributes["alt"].strip(), "an image without words"
            self.images.append(attributes["src"][4:])
        if tag == "table":
            self.tables += 1
        classes = set((attributes.get("class") or "").split())
        self.within_head = self.within_head or ("head" in classes and len(self.open))
        for kind, known in IN_THE_DARK.items():
            own = re.search(rf"(^|;){kind}:", attributes.get("style") or "")
            # The header keeps its colours, and an image shows its words only where it is not shown.
            if own and not self.within_head and tag != "img":
                assert classes & known, (tag, attributes, "stays as it is in the dark")
                self.dark += 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open, self.getpos())
        self.open.pop()
        if self.within_head and len(self.open) <= self.within_head:
            self.within_head = False

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)


mail = Mail()
mail.feed(html_body)
mail.close()
assert mail.open == [], mail.open
assert mail.dark > 10, mail.dark
assert re.search(r'<meta name="color-scheme" content="light dark">', html_body)
said = " ".join(" ".join(mail.words).split())
plain = " ".join(text_body.split())

assert len(html_body.encode()) < 102_000, len(html_body.encode())
assert sorted(mail.images) == sorted(document["inline"]), (mail.images, document["inline"])
assert not INVISIBLE.search(html_body.replace("\n", "").replace("\t", "")), "invisible characters"
assert not INVISIBLE.search(text_body.replace("\n", "").replace("\t", "")), "invisible characters"


def one_line(text):
    return " ".join(INVISIBLE.sub("", text.replace("\r", "\n")).split())


def says(text, where):
    text = one_line(text)
    assert text in said, (where, "html", text)
    assert text in plain or text.upper() in plain or len(text) > 76, (where, "text", text)


says(document["title"], "title")
says(document["brand"], "brand")
says(document["period"], "period")
for name in document["attachments"]:
    says(name, "attachment")
tables = compared = 0
for section in document["sections"]:
    if section["only"]:
        assert section["kind"] != "text" or one_line(section["text"]) not in said, section["id"]
        continue
    if section["kind"] == "kpis":
        for tile in section["tiles"]:
            says(tile["label"], "tile")
            says(tile["shown"], "tile")
            assert tile["label"] in mail.words and tile["shown"] in mail.words, tile["label"]
            for change in tile["changes"]:
                assert one_line(change["text"]) in said, change["text"]
    elif section["kind"] == "text" and len(section["text"]) < 4_000:
        assert one_line(section["text"]) in said and one_line(section["text"]) in plain
    elif section["kind"] == "table" and section["title"] and one_line(section["title"]) in said:
        tables += 1
        labels = [one_line(c["label"]) for c in section["columns"]]
        exactly = [one_line(w) for w in mail.words if w.strip()]
        # Rows in order, each cell as the locale shows it; on telephones its heading stands before it.
        cells = [c for row in zip(*section["shown"]) for c in map(one_line, row)]
        start = next((i for i in range(len(exactly)) if exactly[i : i + len(labels)] == labels), None)
        assert start is not None, (section["id"], labels)
        if all(0 < len(c) <= 80 for c in cells):
            body = exactly[start + len(labels) :]
            stacked = body[1] == labels[1]
            wanted = []
            for at, cell in enumerate(cells):
                wanted += [labels[at % len(labels)], cell] if stacked and at % len(labels) else [cell]
            assert body[: len(wanted)] == wanted, next((w, b) for w, b in zip(wanted, body) if w != b)
            compared += len(cells)
assert tables == 1, tables
for remark in document["remarks"][:12]:
    if len(remark) < 400:
        assert one_line(remark) in said and one_line(remark) in plain, remark

for line in text_body.split("\n"):
    indivisible = max((len(word) for word in line.split(" ")), default=0)
    assert len(line) <= 78 or indivisible > 60, (len(line), line)
    assert line == line.rstrip() or line == "-- ", repr(line)
print(f"{len(html_body.encode())} bytes, {len(mail.images)} images, {compared} cells, {len(text_body.splitlines())} lines")
