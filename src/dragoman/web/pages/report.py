"""A report: its text as given, with events, actors, times, places and attributions as layers of marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from dragoman.records import CodedReport, Event
from dragoman.render import cut_up
from dragoman.store.reviews import by_event, notes
from dragoman.web.data import Workbench
from dragoman.web.page import Context, Items, NotThereError, Page

# Layers in the order in which they are switched; with the word on the switch.
LAYERS = {
    "event": "events",
    "actor": "actors",
    "date": "times",
    "place": "places",
    "by": "attributions",
    "topic": "topics",
    "note": "assessments",
}


class Mark(msgspec.Struct, frozen=True):
    """A stretch of the text, the layer it belongs to, and the record that it leads to."""

    start: int
    end: int
    layer: str
    label: str
    event: str | None


def _event_marks(number: int, event: Event) -> list[Mark]:
    name = f"{number}. {event.type}{' ' + event.mode if event.mode else ''}"
    marks = [Mark(piece.start, piece.end, "event", name, event.id) for piece in event.evidence]
    for role, parties in (("actor", event.actors), ("recipient", event.recipients)):
        marks += [Mark(p.start, p.end, "actor", f"{role} of {number}: {p.name}", event.id) for p in parties]
    if event.date and event.date.start is not None and event.date.end is not None:
        marks.append(Mark(event.date.start, event.date.end, "date", f"date of {number}: {event.date.value}", event.id))
    if event.place:
        marks.append(
            Mark(event.place.start, event.place.end, "place", f"place of {number}: {event.place.name}", event.id)
        )
    for claim in event.claims:
        if claim.start is not None and claim.end is not None:
            marks.append(Mark(claim.start, claim.end, "by", f"{claim.name or claim.holder} {claim.stance}", event.id))
    marks += [Mark(topic.start, topic.end, "topic", f"topic of {number}", event.id) for topic in event.topics]
    return marks


def marks_of(coded: CodedReport) -> list[Mark]:
    """Every mark in a report's text, in the order of the text."""
    marks = [mark for number, event in enumerate(coded.events, 1) for mark in _event_marks(number, event)]
    marks += [
        Mark(note.start, note.end, "note", f"assessment of {note.holder}", note.event) for note in coded.assessments
    ]
    return sorted(marks, key=lambda mark: (mark.start, -mark.end, mark.layer))


def pieces(text: str, marks: list[Mark]) -> list[dict[str, Any]]:
    """The text cut up at the edges of marks: words, layers, labels, and the record of the innermost mark."""
    cut = []
    for start, end, covers in cut_up(len(text), [(mark.start, mark.end) for mark in marks]):
        over = [marks[i] for i in covers]
        inner = min(over, key=lambda mark: mark.end - mark.start) if over else None
        cut.append(
            {
                "text": text[start:end],
                "layers": sorted({mark.layer for mark in over}),
                "title": "; ".join(dict.fromkeys(mark.label for mark in over)),
                "event": inner.event if inner else None,
            }
        )
    return cut


def report(book: Workbench, parts: Mapping[str, str], query: Items) -> Context:
    """The text with its marks, and the record of each event."""
    row = book.report(parts["key"])
    if row is None:
        raise NotThereError("There is no such report in the store.")
    coded, text = book.coded(row["report_id"])
    marks = marks_of(coded)
    stories = book.now.rows(
        "SELECT event_id, story_id, status FROM events WHERE report_id = ? AND story_id IS NOT NULL", [row["report_id"]]
    )
    return {
        "report": row,
        "record": coded,
        "text": text,
        "stories": stories,
        "reviews": notes(by_event(book.store.folder), [(row["report_id"], event.id) for event in coded.events]),
        "_story_of": {found["event_id"]: found for found in stories},
        "_pieces": pieces(text, marks) if text is not None else None,
        "_layers": LAYERS,
        "_rows": {e["event_id"]: e for e in book.events_of("e.report_id = ?", [row["report_id"]])},
    }


PAGES = (Page(path="/report/{key}", template="report.html", make=report),)
