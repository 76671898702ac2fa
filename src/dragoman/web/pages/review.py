"""Review: one event at a time, least sure first or drawn at random; what people say is kept beside the record."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse

from dragoman.errors import SettingsError, StoreError
from dragoman.records import Event, Realis
from dragoman.store.journal import Review, append, entries
from dragoman.store.reviews import FIELDS, by_event, checked, notes, precision, span_of, verdicts
from dragoman.web.data import Workbench
from dragoman.web.page import Context, Items, NotThereError, Page
from dragoman.web.pages.report import marks_of, pieces

router = APIRouter()

ORDERS = {"uncertain": "least sure first", "sample": "a random sample, for measuring"}
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
        "realis": str(event.realis),
        "date": (event.date.value if event.date else None) or "",
        "place": (event.place.country if event.place else None) or "",
        **countries,
    }


def review(book: Workbench, parts: Mapping[str, str], query: Items) -> Context:
    """The next event of the queue, or the one asked for, with its report's text and a form for each field."""
    asked = dict(query)
    order = asked.get("order") if asked.get("order") in ORDERS else "uncertain"
    at = int(asked["at"]) if asked.get("at", "").isdecimal() and len(asked["at"]) < 7 else 0
    given = by_event(book.store.folder)
    row = _asked_for(book, asked) or _next(book, str(order), at, given)
    context: Context = {
        "order": order,
        "at": at,
        "reviewed": len(given),
        "precision": precision(v for found in given.values() for v in found),
        "event": None,
        "fields": FIELDS,
        "orders": ORDERS,
        "realis_values": list(Realis),
    }
    return context if row is None else {**context, **_shown(book, row, given)}


def _asked_for(book: Workbench, asked: Mapping[str, str]) -> dict[str, Any] | None:
    if "event" not in asked:
        return None
    rows = book.now.rows(_ONE, [asked.get("report", ""), asked["event"]])
    if not rows:
        raise NotThereError("There is no such event in the store.")
    return rows[0]


def _next(book: Workbench, order: str, at: int, given: Mapping[Any, Any]) -> dict[str, Any] | None:
    rows = book.now.rows(_QUEUE[order], [len(given) + at + _AHEAD])
    open_ = [row for row in rows if (row["report_id"], row["event_id"]) not in given]
    return open_[at] if at < len(open_) else None


def _shown(book: Workbench, row: Mapping[str, Any], given: Mapping[Any, Any]) -> Context:
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


@router.post("/review")
def judge(
    request: Request,
    report_id: Annotated[str, Form()],
    event_id: Annotated[str, Form()],
    verdict: Annotated[str, Form()],
    order: Annotated[str, Form()] = "uncertain",
    words: Annotated[str, Form()] = "",
    span_start: Annotated[str, Form()] = "",
    span_end: Annotated[str, Form()] = "",
    type: Annotated[str, Form()] = "",  # noqa: A002 (the name of the field on the page)
    mode: Annotated[str, Form()] = "",
    realis: Annotated[str, Form()] = "",
    date: Annotated[str, Form()] = "",
    place: Annotated[str, Form()] = "",
    actors: Annotated[str, Form()] = "",
    recipients: Annotated[str, Form()] = "",
) -> RedirectResponse:
    """Keep a verdict on an event; a correction keeps each field that differs from the record."""
    book = request.app.state.book
    event, text = _coded(book, report_id, event_id)
    assert event is not None
    base = Review(
        review_id=secrets.token_hex(8),
        report_id=report_id,
        event_id=event_id,
        verdict=verdict,
        author=request.app.state.settings.get("author"),
        sampled=order == "sample",
    )
    if verdict not in ("accepted", "rejected", "corrected"):
        raise SettingsError(f"verdict is {verdict!r}; allowed: accepted, rejected, corrected")
    made = [base]
    if verdict == "corrected":
        given = {
            "type": type,
            "mode": mode,
            "realis": realis,
            "date": date,
            "place": place,
            "actors": actors,
            "recipients": recipients,
        }
        span = span_of(text, words, _number(span_start), _number(span_end))
        made = _corrections(base, values_of(event), given, span)
    append(book.store.folder, made)
    return _back(order)


def _corrections(
    base: Review, old: Mapping[str, str], given: Mapping[str, str], span: tuple[int, int] | None
) -> list[Review]:
    made = []
    for name in FIELDS:
        new = checked(name, given[name])
        if new != old[name]:
            changes: dict[str, Any] = {"review_id": f"{base.review_id}-{name}", "field": name, "old": old[name]}
            if span is not None:
                changes |= {"span_start": span[0], "span_end": span[1]}
            made.append(msgspec.structs.replace(base, new=new, **changes))
    if not made:
        raise SettingsError("no field differs from the record: accept the event, or change a field")
    return made


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
        author=request.app.state.settings.get("author"),
    )
    append(book.store.folder, [added])
    return _back(order)


def summary(book: Workbench) -> dict[str, Any] | None:
    """For the overview: how many events were reviewed, and the precision of the sample; None before any review."""
    try:
        given = verdicts(entries(book.store.folder, "reviews"))
    except StoreError:
        return None
    return {"reviewed": len(given), "precision": precision(given)} if given else None


PAGES = (Page(path="/review", template="review.html", make=review, label="Review", order=80),)
