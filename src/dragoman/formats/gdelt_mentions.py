"""GDELT 2.0 Mentions: 16 columns parted by tabs, no header; one row a piece of evidence of an event.

Read, a mention is a report without events of its own that names the event it mentions; it may come before the event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import BinaryIO

from dragoman.formats import codes
from dragoman.formats.cells import number_id, tsv_line
from dragoman.formats.gdelt import global_id, places_told, stamp
from dragoman.formats.importing import BadLine, Importer, day_of, number_of
from dragoman.formats.items import Item
from dragoman.formats.pairs import pairs
from dragoman.records import Actor, CodedReport, Imported

COLUMNS = codes.columns("gdelt-mentions")
_WEB, _CITATION = "1", "2"


def _offset(party: Actor | None) -> int:
    return party.start if party and party.end > party.start else -1


def _confidence(item: Item) -> int:
    """Percent in tens, 10 to 100, as GDELT gives it."""
    return min(100, max(10, round(item.event.confidence * 10) * 10))


def _rows(item: Item) -> Iterable[dict[str, object]]:
    report, event = item.report, item.event
    first = item.story.first_published if item.story else item.published
    for number, (one, other) in enumerate(pairs(event)):
        for start in places_told(event):
            yield {
                "GlobalEventID": global_id(item, number),
                "EventTimeDate": stamp(first),
                "MentionTimeDate": stamp(item.published),
                "MentionType": _WEB if report.url else _CITATION,
                "MentionSourceName": report.publisher,
                "MentionIdentifier": report.url or report.id,
                "Actor1CharOffset": _offset(one),
                "Actor2CharOffset": _offset(other),
                "ActionCharOffset": start,
                "InRawText": 1,
                "Confidence": _confidence(item),
            }


def write(items: Iterable[Item], stream: BinaryIO, left_out: Counter[str]) -> None:
    """Write the evidence of events as a GDELT 2.0 Mentions file."""
    for item in items:
        for row in _rows(item):
            stream.write(tsv_line(row.get(name) for name in COLUMNS))


def read_row(row: dict[str, str]) -> CodedReport:
    """The record of a row; raises `BadLine`."""
    key = row["GlobalEventID"]
    if not key.isdigit():
        raise BadLine(f"GlobalEventID is {key[:40]!r}, which is no number")
    number_of(row["Confidence"], "Confidence", 0, 100)
    web, told = row["MentionType"] == _WEB, row["MentionTimeDate"]
    # Where in the document tells mentions of one event in one document apart.
    where = (row["MentionIdentifier"], row["SentenceID"], row["ActionCharOffset"], told)
    return CodedReport(
        id=f"GDELT:{key}:{number_id(*where)}",
        published=day_of(told[:8], "MentionTimeDate").isoformat() if told else None,
        publisher=row["MentionSourceName"] or None,
        url=row["MentionIdentifier"] if web else None,
        imported=Imported(
            coder="GDELT", original={name: cell for name, cell in row.items() if cell}, mention_of=f"GDELT:{key}"
        ),
    )


IMPORTER = Importer(coder="GDELT", columns=COLUMNS, header=False, convert=read_row)
