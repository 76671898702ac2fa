"""Reviewed events as gold: what ``dragoman evaluate articles`` and ``dragoman train`` (``coded/*.jsonl``) read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from dragoman.records import CodedReport, Event, coded_report_from_json
from dragoman.store.journal import Review, entries
from dragoman.store.reviews import BETWEEN, Key, Verdict, verdicts
from dragoman.store.store import Store

_ROWS = "SELECT report_id, record, text FROM reports WHERE report_id IN (SELECT unnest(?)) ORDER BY report_id"


def gold_rows(store: Store) -> Iterator[dict[str, Any]]:
    """Reports of which every event has a verdict, with the events as corrected, and those that people added.

    Rejected events are left out. Of several reviewers' words on an event the last counts. A report without text, or
    with an event that nobody has reviewed, is no gold and is left out.
    """
    journal: list[Review] = entries(store.folder, "reviews")
    last: dict[Key, Verdict] = {}
    for verdict in sorted(verdicts(journal), key=lambda v: v.made_at):
        last[(verdict.report_id, verdict.event_id)] = verdict
    added: dict[str, list[Review]] = {}
    for review in journal:
        if review.verdict == "added":
            added.setdefault(review.report_id, []).append(review)
    touched = {key[0] for key in last} | set(added)
    for report_id, record, text in _records(store, touched):
        coded = coded_report_from_json(record)
        if text is not None and all((report_id, event.id) in last for event in coded.events):
            yield _row(coded, text, last, added.get(report_id, []))


def _records(store: Store, wanted: set[str]) -> Iterator[tuple[str, str, str | None]]:
    with store.connect() as connection:
        rows: list[tuple[str, str, str | None]] = connection.execute(_ROWS, [sorted(wanted)]).fetchall()
    yield from rows


def _row(coded: CodedReport, text: str, last: dict[Key, Verdict], added: list[Review]) -> dict[str, Any]:
    events = []
    for event in coded.events:
        verdict = last[(coded.id, event.id)]
        if verdict.verdict != "rejected":
            events.append(_corrected(event, verdict, text))
    events.extend(_added(text, review) for review in added)
    return {"id": coded.id, "title": coded.title, "published": coded.published, "text": text, "events": events}


def _corrected(event: Event, verdict: Verdict, text: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": event.id,
        "type": event.type,
        "mode": event.mode,
        "contexts": list(event.contexts),
        "actors": [_party(actor) for actor in event.actors],
        "recipients": [_party(actor) for actor in event.recipients],
        "date": msgspec.to_builtins(event.date),
        "place": {"name": event.place.name, "country": event.place.country} if event.place else None,
        "realis": str(event.realis),
        "attribution": {"holder": event.attribution.holder},
        "evidence": [piece.text for piece in event.evidence],
        "salient": event.salient,
    }
    for name, value in verdict.corrections.items():
        span = verdict.spans.get(name)
        row |= _value(name, value, row, text[span[0] : span[1]] if span else "")
    return row


def _value(name: str, value: str, row: dict[str, Any], words: str) -> dict[str, Any]:
    """What a correction puts in the place of the record's value; `words` are those picked for it."""
    if name in ("actors", "recipients"):
        return {name: _parties(value, row[name], words)}
    if name == "date":
        return {name: {"value": value, **({"text": words} if words else {})} if value else None}
    if name == "place":
        known = (row["place"] or {}).get("name", value)
        return {name: {"name": words or known, "country": value} if value else None}
    if name == "contexts":
        return {name: [part.strip() for part in value.split(",") if part.strip()]}
    if name == "holder":
        return {"attribution": {"holder": value}}
    if name == "evidence":
        return {name: [part for part in value.split(BETWEEN) if part]}
    return {name: value or None}


def _parties(codes: str, known: list[dict[str, Any]], words: str = "") -> list[dict[str, Any]]:
    """The parties of the countries given: those the coder found where it found one, else the words picked for it."""
    found = []
    for code in filter(None, (part.strip() for part in codes.split(","))):
        here = [party for party in known if party["country"] == code]
        found.extend(here or [{"text": words, "name": words or code, "country": code}])
    return found


def _party(actor: Any) -> dict[str, Any]:
    return {"text": actor.text, "name": actor.name, "country": actor.country, "sector": actor.sector}


def _added(text: str, review: Review) -> dict[str, Any]:
    values = json.loads(review.new or "{}")
    words = text[review.span_start or 0 : review.span_end or 0]
    return {
        "id": review.review_id,
        "type": values.get("type"),
        "mode": None,
        "contexts": [],
        "actors": _parties(values.get("actors", ""), []),
        "recipients": _parties(values.get("recipients", ""), []),
        "date": {"value": values["date"]} if values.get("date") else None,
        "place": None,
        "realis": values.get("realis", "ACTUAL"),
        "attribution": {"holder": "AUTHOR"},
        "evidence": [words],
        "salient": False,
    }
