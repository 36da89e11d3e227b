"""Reads an iCalendar feed with the `icalendar` package and says what it found, as JSON on stdout."""

import json
import sys

import icalendar

with open(sys.argv[1], "rb") as file:
    raw = file.read()
calendar = icalendar.Calendar.from_ical(raw)
events = list(calendar.walk("VEVENT"))
json.dump(
    {
        "version": str(calendar["VERSION"]),
        "prodid": str(calendar["PRODID"]),
        "name": str(calendar.get("X-WR-CALNAME", "")),
        "errors": [str(it) for part in [calendar, *events] for it in part.errors],
        "bare_line_ends": raw.count(b"\n") - raw.count(b"\r\n"),
        "longest_line": max(len(line) for line in raw.split(b"\r\n")),
        "events": [
            {
                "uid": str(it["UID"]),
                "start": it.decoded("DTSTART").isoformat(),
                "stamp": it.decoded("DTSTAMP").isoformat(),
                "summary": str(it["SUMMARY"]),
                "description": str(it["DESCRIPTION"]),
            }
            for it in events
        ],
    },
    sys.stdout,
)
