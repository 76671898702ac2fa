"""A story: what, who, when, where; its status with history; every report's words; claims; contradictions; joins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dragoman.render import sentence_around
from dragoman.store.journal import entries
from dragoman.store.reviews import by_event, notes
from dragoman.web.data import Workbench
from dragoman.web.page import Context, Items, MovedError, NotThereError, Page

# Sentences are shown around the words for this many reports; the others show the words alone.
_WITH_TEXT = 24
_HISTORY = """
SELECT h.position, h.status, h.since, h.rule, r.report_key, r.title, r.publisher, r.lead
FROM story_history AS h LEFT JOIN reports AS r USING (report_id) WHERE h.story_id = ? ORDER BY h.position
"""
_CLAIMS = """
SELECT k.holder, k.name, k.country, k.sector, k.stance, k.certainty, k.party, k.cue, e.event_id, e.event_no,
    r.report_key, r.title, r.lead, r.publisher, r.published, r.published_start
FROM claims AS k JOIN events AS e USING (event_no) JOIN reports AS r USING (report_no) WHERE e.story_id = ?
ORDER BY r.published_start NULLS LAST, r.report_id, e.position, k.position
"""
_JOINS = """
SELECT j.joined, j.score, j.features, j.event_a, j.report_a, j.event_b, j.report_b, a.report_key AS key_a,
    a.publisher AS publisher_a, a.title AS title_a, b.report_key AS key_b, b.publisher AS publisher_b,
    b.title AS title_b, other.story_id AS other_story
FROM story_joins AS j LEFT JOIN reports AS a ON a.report_id = j.report_a
LEFT JOIN reports AS b ON b.report_id = j.report_b
LEFT JOIN story_events AS other ON other.report_id = j.report_b AND other.event_id = j.event_b
WHERE j.story_id = ? ORDER BY j.joined DESC, j.score DESC, j.report_a, j.report_b LIMIT 60
"""
_VERSIONS = "SELECT * EXCLUDE (story_id) FROM story_versions WHERE story_id = ? ORDER BY field, chosen DESC, position"
_ORIGINS = """
SELECT s.report_id, s.event_id, s.origin_id, o.relation, o.agency
FROM story_events AS s LEFT JOIN origins AS o USING (report_id) WHERE s.story_id = ?
"""


def _found(book: Workbench, story_id: str) -> dict[str, Any]:
    rows = book.now.rows("SELECT * FROM stories WHERE story_id = ?", [story_id])
    if rows:
        return rows[0]
    moved = book.now.rows("SELECT new_id, reason FROM story_redirects WHERE old_id = ?", [story_id])
    if moved:
        raise MovedError(f"/story/{moved[0]['new_id']}")
    raise NotThereError("There is no such story. Stories come from linking: run `dragoman link` on the store.")


def _words(book: Workbench, events: list[dict[str, Any]]) -> None:
    """Give each event its words in their sentence, cut up into words of the event and words around them."""
    reports = list(dict.fromkeys(event["report_id"] for event in events))[:_WITH_TEXT]
    texts = book.texts(reports)
    for event in events:
        text = texts.get(event["report_id"])
        event["quotes"] = [_quote(text, piece) for piece in _outermost(event["evidence"])[:3]]


def _outermost(pieces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without those that lie within another one: they would be read twice."""
    return [
        piece
        for piece in pieces
        if not any(
            other is not piece
            and other["span_start"] <= piece["span_start"]
            and piece["span_end"] <= other["span_end"]
            and (other["span_start"], other["span_end"]) != (piece["span_start"], piece["span_end"])
            for other in pieces
        )
    ]


def _quote(text: str | None, piece: dict[str, Any]) -> dict[str, str]:
    if text is None:
        return {"before": "", "words": piece["text"], "after": ""}
    start, end = sentence_around(text, piece["span_start"], piece["span_end"], 240)
    first, last = piece["span_start"], piece["span_end"]
    return {"before": text[start:first], "words": text[first:last], "after": text[last:end]}


def _joins(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for row in rows:
        try:
            features = json.loads(row["features"] or "{}")
        except ValueError:
            features = {}
        row["features"] = sorted(
            (
                {"name": name, "value": pair[0], "weight": pair[1]}
                for name, pair in features.items()
                if isinstance(pair, list) and len(pair) == 2
            ),
            key=lambda item: (
                -abs(item["weight"] or 0) if isinstance(item["weight"], (int, float)) else 0,
                item["name"],
            ),
        )
    return rows


def _rulings(book: Workbench, joins: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What people have said of the pairs shown; the last word on each pair."""
    pairs = {(j["event_a"], j["report_a"], j["event_b"], j["report_b"]): j for j in joins}
    last: dict[tuple[str, ...], dict[str, Any]] = {}
    for ruling in entries(book.store.folder, "rulings"):
        key = (ruling.event_a, ruling.report_a, ruling.event_b, ruling.report_b)
        for pair in (key, (*key[2:], *key[:2])):
            if pair in pairs:
                join = pairs[pair]
                shown = {
                    name: join[name] for name in ("key_a", "event_a", "publisher_a", "key_b", "event_b", "publisher_b")
                }
                last[pair] = {**shown, "verdict": ruling.verdict, "author": ruling.author, "made_at": ruling.made_at}
    return [found for found in last.values() if found["verdict"] != "withdrawn"]


def _versions(book: Workbench, story_id: str) -> dict[str, list[dict[str, Any]]]:
    rows = book.now.rows(_VERSIONS, [story_id])
    ids = sorted({key for row in rows for key in row["report_ids"] or ()})
    sql = "SELECT report_id, report_key, publisher, title, lead FROM reports WHERE report_id IN (SELECT unnest(?))"
    known = {row["report_id"]: row for row in book.now.rows(sql, [ids])}
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        row["reports"] = [known[key] for key in row.pop("report_ids") or () if key in known]
        found.setdefault(row.pop("field"), []).append(row)
    return found


def story(book: Workbench, parts: Mapping[str, str], query: Items) -> Context:
    """Everything that is known of one story, with the words behind it."""
    key, now = parts["story"], book.now
    row = _found(book, key)
    events = book.events_of("e.story_id = ?", [key], limit=200)
    origins = {(o["report_id"], o["event_id"]): o for o in now.rows(_ORIGINS, [key])}
    for event in events:
        event["origin"] = origins.get((event["report_id"], event["event_id"]))
    events.sort(key=lambda event: (str(event["published"] or "9"), event["report_id"], event["position"]))
    _words(book, events)
    parties = now.rows("SELECT * FROM story_actors WHERE story_id = ? ORDER BY role, position", [key])
    joins = _joins(now.rows(_JOINS, [key]))
    versions = _versions(book, key)
    claims = now.rows(_CLAIMS, [key])
    return {
        "rulings": _rulings(book, joins),
        "story": row,
        "actors": [party for party in parties if party["role"] == "actor"],
        "recipients": [party for party in parties if party["role"] == "recipient"],
        "history": now.rows(_HISTORY, [key]),
        "versions": {field: found for field, found in versions.items() if len(found) > 1},
        "events": events,
        "reviews": notes(by_event(book.store.folder), [(e["report_id"], e["event_id"]) for e in events]),
        "claims": claims,
        "joined": [join for join in joins if join["joined"]],
        "not_joined": [join for join in joins if not join["joined"]],
        "_stances": {(c["event_no"]): c["stance"] for c in claims},
    }


PAGES = (Page(path="/story/{story}", template="story.html", make=story),)
