"""Reads a mail message with Python's own parser and says what it found, as JSON on stdout."""

import email
import email.policy
import hashlib
import io
import json
import sys
import zipfile

with open(sys.argv[1], "rb") as file:
    raw = file.read()
message = email.message_from_bytes(raw, policy=email.policy.default)


def defects(part):
    found = [type(it).__name__ for it in part.defects]
    found += [type(it).__name__ for header in part.values() for it in getattr(header, "defects", ())]
    return found


def tree(part):
    if part.is_multipart():
        return {part.get_content_subtype(): [tree(it) for it in part.iter_parts()]}
    return part.get_content_type()


def entries(part):
    """What a ZIP holds, by name; each is unpacked and its checksum compared."""
    if part.get_content_type() != "application/zip":
        return None
    with zipfile.ZipFile(io.BytesIO(part.get_payload(decode=True))) as archive:
        return [
            {
                "name": it.filename,
                "sha256": hashlib.sha256(archive.read(it)).hexdigest(),
                "bytes": it.file_size,
                "packed": it.compress_size,
                "year": it.date_time[0],
            }
            for it in archive.infolist()
        ]


parts = [it for it in message.walk() if not it.is_multipart()]
json.dump(
    {
        "defects": [it for part in message.walk() for it in defects(part)],
        "headers": {name: str(value) for name, value in message.items()},
        "tree": tree(message),
        "text": message.get_body(("plain",)).get_content(),
        "html": message.get_body(("html",)).get_content(),
        "parts": [
            {
                "type": str(it["Content-Type"]),
                "name": it.get_filename(),
                "cid": it["Content-ID"],
                "disposition": it.get_content_disposition(),
                "sha256": hashlib.sha256(it.get_payload(decode=True)).hexdigest(),
                "entries": entries(it),
            }
            for it in parts
        ],
        "longest_line": max(len(line) for line in raw.split(b"\n")),
        "ascii": raw.isascii(),
        "bytes": len(raw),
    },
    sys.stdout,
)
