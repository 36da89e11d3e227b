"""Prints the words of a mail's HTML, a line each, with the words that stand for its pictures."""

import html.parser
import pathlib
import sys


class Words(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.silent = False

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.silent = tag == "style"
        if tag == "html":
            print(f"[lang {attributes.get('lang')}]")
        if tag == "img":
            print(f"[picture: {attributes['alt']}]")

    def handle_endtag(self, tag):
        self.silent = False

    def handle_data(self, data):
        # What lists of mails show is filled up with nothing, so that the rest of the mail stays out of there.
        data = data.rstrip("\xa0\u200c")
        if not self.silent and data.strip():
            print(data.strip(" \n\t"))


words = Words()
words.feed(pathlib.Path(sys.argv[1]).read_text("utf-8"))
