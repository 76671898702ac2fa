"""Review: one event at a time, least sure first or drawn at random; what people say is kept beside the record."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Form
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import RedirectResponse, StreamingResponse

from dragoman.errors import SettingsError, StoreError
from dragoman.ontology.ontology import load_ontology
from dragoman.records import Event, Realis
from dragoman.store.journal import Review, append, entries
from dragoman.store.reviews import (
    BETWEEN,
    FIELDS,
    Key,
    Span,
    Verdict,
    agreements,
    by_event,
    checked,
    notes,
    precision,
    span_of,
    verdicts,
)
from dragoman.web.data import Workbench
from dragoman.web.page import Context, Items, NotThereError, Page
from dragoman.web.pages.report import marks_of, pieces

router = APIRouter()

SECOND = "second"
ORDERS = {
    "uncertain": "least sure first",
    "sample": "a random sample, for measuring",
    SECOND: "what others have judged, for agreement",
}
Given = Mapping[Key, list[Verdict]]
_PICKED = re.compile(r"([a-z]+):(\d{1,9})-(\d{1,9})")
_SEED = "dragoman-1"
_QUEUE = {
    "uncertain": "SELECT event_no, report_id, event_id FROM events ORDER BY confidence, event_no LIMIT ?",
    "sample": "SELECT event_no, report_id, event_id FROM events "
    f"ORDER BY md5('{_SEED}' || report_id || event_id), event_no LIMIT ?",
}
_ONE = "SELECT event_no, report_id, event_id FROM events WHERE report_id = ? AND event_id = ?"
# How far ahead of what is reviewed the queue is looked through.
_AHEAD = 200


def values_of(event: Event) -> dict[str, str]:
    """The machine's values of the fields that can be corrected, as the form shows them."""
    countries = {
        name: ", ".join(sorted({p.country for p in parties if p.country}))
        for name, parties in (("actors", event.actors), ("recipients", event.recipients))
    }
    return {
        "type": event.type,
        "mode": event.mode or "",
        "contexts": ", ".join(sorted(event.contexts)),
        "realis": str(event.realis),
        "date": (event.date.value if event.date else None) or "",
        "place": (event.place.country if event.place else None) or "",
        **countries,
        "holder": event.attribution.name or event.attribution.holder,
        "evidence": BETWEEN.join(piece.text for piece in event.evidence),
    }


def review(book: Workbench, parts: Mapping[str, str], query: Items) -> Context:
    """The next event of the queue, or the one asked for, with its report's text and a form for each field."""
    asked = dict(query)
    order = asked["order"] if asked.get("order") in ORDERS else "uncertain"
    at = int(asked["at"]) if asked.get("at", "").isdecimal() and len(asked["at"]) < 7 else 0
    given = by_event(book.store.folder)
    everything = [verdict for found in given.values() for verdict in found]
    row = _asked_for(book, asked) or _next(book, order, at, given)
    context: Context = {
        "order": order,
        "at": at,
        "reviewed": len(given),
        "precision": precision(everything),
        "agreement": agreements(everything),
        "event": None,
        "fields": FIELDS,
        "orders": ORDERS,
        "realis_values": list(Realis),
        "modes": sorted({mode for _, mode in load_ontology().modes}),
    }
    if row is None:
        return context
    own = {key: [v for v in found if v.author == book.author] for key, found in given.items()}
    # whoever judges an event again, for agreement, must not see what was said of it
    return {**context, **_shown(book, row, own if order == SECOND else given)}


def _asked_for(book: Workbench, asked: Mapping[str, str]) -> dict[str, Any] | None:
    if "event" not in asked:
        return None
    rows = book.now.rows(_ONE, [asked.get("report", ""), asked["event"]])
    if not rows:
        raise NotThereError("There is no such event in the store.")
    return rows[0]


def _next(book: Workbench, order: str, at: int, given: Given) -> dict[str, Any] | None:
    if order == SECOND:
        keys = [key for key, found in given.items() if all(v.author != book.author for v in found)]
        known = (book.now.rows(_ONE, list(key)) for key in keys[at:])
        return next((rows[0] for rows in known if rows), None)
    rows = book.now.rows(_QUEUE[order], [len(given) + at + _AHEAD])
    open_ = [row for row in rows if (row["report_id"], row["event_id"]) not in given]
    return open_[at] if at < len(open_) else None


def _shown(book: Workbench, row: Mapping[str, Any], given: Given) -> Context:
    coded, text = book.coded(row["report_id"])
    event = next(e for e in coded.events if e.id == row["event_id"])
    marks = [mark for mark in marks_of(coded) if mark.event == event.id]
    key = (row["report_id"], row["event_id"])
    return {
        "event": book.numbered([row["event_no"]])[0],
        "values": values_of(event),
        "report_id": row["report_id"],
        "event_id": event.id,
        "text": text,
        "notes": notes(given, [key]).get(event.id, []),
        "_pieces": pieces(text, marks) if text is not None else None,
    }


def _back(order: str, at: int = 0) -> RedirectResponse:
    return RedirectResponse("/review?" + urlencode({"order": order if order in ORDERS else "uncertain", "at": at}), 303)


def _coded(book: Workbench, report_id: str, event_id: str | None) -> tuple[Event | None, str]:
    """The event and the text that a form speaks of; raises `NotThereError` where the store has none."""
    if not book.now.rows("SELECT 1 FROM reports WHERE report_id = ?", [report_id]):
        raise NotThereError("There is no such report in the store.")
    coded, text = book.coded(report_id)
    event = next((e for e in coded.events if e.id == event_id), None)
    if event_id is not None and event is None:
        raise NotThereError("There is no such event in the store.")
    return event, text or ""


def _number(value: str) -> int | None:
    return int(value) if value.isdecimal() and len(value) < 10 else None


class Judgement(BaseModel):
    """What the form sends: a field that is empty or missing has no value. `spans`: words picked, ``date:12-23 place:4-9``."""

    report_id: str
    event_id: str
    verdict: str
    order: str = "uncertain"
    words: str = ""
    span_start: str = ""
    span_end: str = ""
    spans: str = ""
    type: str = ""
    mode: str = ""
    contexts: str = ""
    realis: str = ""
    date: str = ""
    place: str = ""
    actors: str = ""
    recipients: str = ""
    holder: str = ""
    evidence: str = ""


@router.post("/review")
def judge(request: Request, given: Annotated[Judgement, Form()]) -> RedirectResponse:
    """Keep a verdict on an event; a correction keeps each field that differs from the record, with the words for it."""
    book = request.app.state.book
    event, text = _coded(book, given.report_id, given.event_id)
    assert event is not None
    if given.verdict not in ("accepted", "rejected", "corrected"):
        raise SettingsError(f"verdict is {given.verdict!r}; allowed: accepted, rejected, corrected")
    before = by_event(book.store.folder).get((given.report_id, given.event_id), [])
    base = Review(
        review_id=secrets.token_hex(8),
        report_id=given.report_id,
        event_id=given.event_id,
        verdict=given.verdict,
        author=book.author,
        sampled=given.order == "sample" or (given.order == SECOND and any(v.sampled for v in before)),
    )
    made = _corrections(base, event, given, text) if given.verdict == "corrected" else [base]
    append(book.store.folder, made)
    return _back(given.order)


def _corrections(base: Review, event: Event, given: Judgement, text: str) -> list[Review]:
    old, spans, made = values_of(event), _spans(text, given), []
    for name in FIELDS:
        new = checked(name, getattr(given, name))
        if new == old[name]:
            continue
        if name == "evidence":
            for piece in new.split(BETWEEN):
                span_of(text, piece, None, None)
        start, end = spans.get(name) or spans.get("") or (None, None)
        made.append(
            msgspec.structs.replace(
                base,
                review_id=f"{base.review_id}-{name}",
                field=name,
                old=old[name],
                new=new,
                span_start=start,
                span_end=end,
            )
        )
    if not made:
        raise SettingsError("no field differs from the record: accept the event, or change a field")
    return made


def _spans(text: str, given: Judgement) -> dict[str, Span]:
    """Where the words stand that were picked for each field; under no name those picked for all others."""
    found = {}
    for name, start, end in _PICKED.findall(given.spans):
        span = span_of(text, "", int(start), int(end))
        if name in FIELDS and span is not None:
            found[name] = span
    rest = span_of(text, given.words, _number(given.span_start), _number(given.span_end))
    return found if rest is None else {"": rest, **found}


@router.post("/review/missed")
def missed(
    request: Request,
    report_id: Annotated[str, Form()],
    type: Annotated[str, Form()],  # noqa: A002 (the name of the field on the page)
    realis: Annotated[str, Form()] = "ACTUAL",
    words: Annotated[str, Form()] = "",
    span_start: Annotated[str, Form()] = "",
    span_end: Annotated[str, Form()] = "",
    date: Annotated[str, Form()] = "",
    actors: Annotated[str, Form()] = "",
    recipients: Annotated[str, Form()] = "",
    order: Annotated[str, Form()] = "uncertain",
) -> RedirectResponse:
    """Keep an event that the coder missed, with the words that tell of it."""
    book = request.app.state.book
    _, text = _coded(book, report_id, None)
    span = span_of(text, words, _number(span_start), _number(span_end))
    if span is None:
        raise SettingsError("the words that tell of the event are missing: pick them in the text, or write them")
    values = {"type": type, "realis": realis, "date": date, "actors": actors, "recipients": recipients}
    new = {name: checked(name, value) for name, value in values.items()}
    added = Review(
        review_id=secrets.token_hex(8),
        report_id=report_id,
        verdict="added",
        new=msgspec.json.encode(new).decode(),
        span_start=span[0],
        span_end=span[1],
        author=book.author,
    )
    append(book.store.folder, [added])
    return _back(order)


@router.get("/review/gold.jsonl")
def gold(request: Request) -> StreamingResponse:
    """The reports of which every event is reviewed, as gold data for ``dragoman evaluate`` and ``dragoman train``."""
    from dragoman.evaluation.reviewed import gold_rows

    def lines() -> Iterator[str]:
        for row in gold_rows(request.app.state.book.store):
            yield json.dumps(row, ensure_ascii=False) + "\n"

    headers = {"Content-Disposition": 'attachment; filename="gold.jsonl"'}
    return StreamingResponse(lines(), media_type="application/x-ndjson", headers=headers)


def summary(book: Workbench) -> dict[str, Any] | None:
    """For the overview: how many events were reviewed, and the precision of the sample; None before any review."""
    try:
        given = verdicts(entries(book.store.folder, "reviews"))
    except StoreError:
        return None
    return {"reviewed": len(given), "precision": precision(given)} if given else None


PAGES = (Page(path="/review", template="review.html", make=review, label="Review", order=80),)
