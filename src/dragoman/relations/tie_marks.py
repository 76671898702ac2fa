"""Marks: the places in a pair's history where an event makes, changes or ends a tie, by the rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import duckdb
import msgspec

from dragoman.records import Record
from dragoman.relations.happenings import STATE_SECTORS, Counting, columns_of, is_linked, with_happenings
from dragoman.relations.levels import highest, level_beside, level_of
from dragoman.relations.tie_rules import TieRule, tie_rules

REPORTED = "reported"
_NO_PARTY = frozenset({"NGO", "IMG", "ISM", "MNC"})
"""Codes of many actors of a kind, with none of whom a state has a tie; of organisations it has, but no post at one."""
_TOGETHER = frozenset({"visit", "call", "meeting"})
Row = dict[str, Any]


class TieEvidence(Record, frozen=True, kw_only=True):
    """Words of a report that show a tie, with their offsets."""

    report_id: str
    event_id: str
    text: str
    start: int
    end: int
    published: str | None = None


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One happening under one rule, for one pair: `a` holds the tie towards `b`, in their order where it has none.

    `ids` are the story, or the events where the store is not linked.
    """

    rule: TieRule
    a: str
    b: str
    unit: str
    ids: tuple[str, ...]
    value: str | None
    basis: str | None
    start: date | None
    levels: tuple[str | None, str | None] = (None, None)
    salient: bool = False
    who: tuple[str, ...] = ()
    visitors: tuple[tuple[str, str], ...] = ()
    place: str | None = None
    unconfirmed: bool = False
    evidence: tuple[TieEvidence, ...] = ()
    implied: tuple[tuple[TieEvidence, dict[str, Any]], ...] = ()


_HAPPENINGS = """
WITH {parts}
SELECT h.unit_id::VARCHAR AS unit, h.type, h.mode, h.realis, h.unconfirmed, h.date_value, h.date_basis, h.date_start,
    h.first_published, h.place_name, h.place_country,
    (SELECT list((d.actor, d.recipient) ORDER BY d.actor, d.recipient) FROM dyad AS d WHERE d.unit_id = h.unit_id)
        AS pairs
FROM happening AS h SEMI JOIN dyad USING (unit_id)
WHERE list_contains($types, h.type) ORDER BY h.date_start NULLS LAST, unit
"""
_TELLINGS = """
WITH {parts}
, wanted AS (
    SELECT t.unit_id, t.event_id, t.report_id
    FROM telling AS t JOIN happening AS h USING (unit_id) SEMI JOIN dyad USING (unit_id)
    WHERE list_contains($types, h.type)
), words AS (
    SELECT report_id, event_id, list({{'text': text, 'start': span_start, 'end': span_end}} ORDER BY position) AS words
    FROM evidence SEMI JOIN wanted USING (report_id, event_id) GROUP BY ALL
), talk AS (
    SELECT report_id, event_id, string_agg(text, ' | ' ORDER BY position) AS topics
    FROM topics SEMI JOIN wanted USING (report_id, event_id) GROUP BY ALL
), people AS (
    SELECT report_id, event_id, list({{'role': role, 'country': country, 'sector': sector, 'name': name, 'text': text}}
        ORDER BY role, position) AS people
    FROM event_actors SEMI JOIN wanted USING (report_id, event_id) GROUP BY ALL
)
SELECT c.unit_id::VARCHAR AS unit, c.report_id, c.event_id, r.published, w.words, t.topics, p.people,
    {implied} AS implied,    e.salient
FROM wanted AS c JOIN reports AS r USING (report_id) JOIN events AS e USING (report_id, event_id)
LEFT JOIN words AS w USING (report_id, event_id) LEFT JOIN talk AS t USING (report_id, event_id)
LEFT JOIN people AS p USING (report_id, event_id)
ORDER BY r.published, c.report_id, e.position
"""


def marks_of(
    connection: duckdb.DuckDBPyConnection,
    counting: Counting,
    pairs: Sequence[tuple[str, str]] | None = None,
    days: tuple[date, date] | None = None,
) -> list[Mark]:
    """All marks of some pairs (of all, where None), of some days or all time, in no order of time."""
    parts, values = with_happenings(connection, counting, pairs, days)
    values["types"] = sorted({kind for rule in tie_rules() for kind in rule.types})
    units = connection.sql(_HAPPENINGS.format(parts=parts), params=values).to_arrow_table().to_pylist()
    implied = "e.implied" if "implied" in columns_of(connection, "events") else "NULL"
    told: dict[str, list[Row]] = {}
    for row in (
        connection.sql(_TELLINGS.format(parts=parts, implied=implied), params=values).to_arrow_table().to_pylist()
    ):
        told.setdefault(row["unit"], []).append(row | {"said": _words(row)})
    linked = is_linked(connection, counting)
    return [mark for unit in units for mark in _marks({**unit, "linked": linked}, told.get(unit["unit"], []))]


def _marks(unit: Row, tellings: list[Row]) -> Iterator[Mark]:
    seen: set[tuple[str, str, str]] = set()
    visited: set[frozenset[str]] = set()
    for rule in tie_rules():
        fitting = [row for row in tellings if rule.fits(unit["type"], unit["mode"], unit["realis"], row["said"])]
        if not fitting:
            continue
        for a, b in _directions(rule, unit, fitting):
            pair = frozenset((a, b))
            if (rule.tie in _TOGETHER and (rule.tie, a, b) in seen) or (rule.tie == "meeting" and pair in visited):
                continue
            if rule.tie == "visit":
                if pair in visited or not (rule.words or unit["place_country"] in pair):
                    continue
                visited.add(pair)
            seen.add((rule.tie, a, b))
            # whoever tells of a meeting tells who took part, not only those whose words say that it was a visit
            others = [row for row in tellings if row not in fitting] if rule.tie in _TOGETHER else []
            yield _mark(rule, a, b, unit, fitting + others)


def _words(telling: Row) -> str:
    pieces = [piece["text"] for piece in telling["words"] or []]
    return " | ".join([*pieces, telling["topics"] or ""]).lower()


def _roles(tellings: list[Row], state_only: bool) -> tuple[set[str], set[str]]:
    """Countries of the actors and of the recipients, as the events give them."""
    actors: set[str] = set()
    recipients: set[str] = set()
    for row in tellings:
        for party in row["people"] or []:
            if party["country"] is None:
                continue
            if party["role"] == "recipient":
                recipients.add(party["country"])
            elif not state_only or party["sector"] is None or party["sector"] in STATE_SECTORS:
                actors.add(party["country"])
    return actors, recipients


def _directions(rule: TieRule, unit: Row, tellings: list[Row]) -> list[tuple[str, str]]:
    """The pairs that a rule ties, each once."""
    actors, recipients = _roles(tellings, rule.state_actors)
    together = unit["type"] == "CONSULT" and rule.direction == "both"
    found: dict[tuple[str, str], None] = {}
    for pair in unit["pairs"]:
        one, other = pair.values() if isinstance(pair, dict) else pair
        if not _NO_PARTY.isdisjoint((one, other)) or (rule.tie == "representation" and "IGO" in (one, other)):
            continue
        if not together and (one not in actors or not (other in recipients or not recipients)):
            continue
        if rule.tie == "visit" and unit["place_country"] == one:
            one, other = other, one  # the host is where the meeting was, whoever the report names first
        if rule.direction == "recipient>actor" or (rule.direction == "both" and other < one):
            one, other = other, one
        found[one, other] = None
        if rule.direction == "all":
            found[other, one] = None
    return list(found)


def _mark(rule: TieRule, a: str, b: str, unit: Row, tellings: list[Row]) -> Mark:
    planned = unit["realis"] == "PLANNED"
    dated = unit["date_value"] is not None and unit["date_start"] is not None and not planned
    levels, who, ours = _levels(a, b, unit, tellings) if rule.tie in _TOGETHER else ((None, None), (), ())
    evidence = tuple(_evidence(rule, row) for row in tellings)
    return Mark(
        rule=rule,
        a=a,
        b=b,
        unit=unit["unit"],
        ids=(unit["unit"],) if unit["linked"] else tuple(row["event_id"] for row in tellings),
        value=unit["date_value"] if dated else _iso(unit["first_published"]),
        basis=unit["date_basis"] if dated else REPORTED,
        start=unit["date_start"] or unit["first_published"],
        levels=levels,
        salient=any(row["salient"] for row in tellings),
        who=who,
        visitors=ours if rule.tie == "visit" else (),
        place=unit["place_name"],
        unconfirmed=bool(unit["unconfirmed"]),
        evidence=evidence,
        implied=tuple(
            (piece, year)
            for piece, row in zip(evidence, tellings, strict=True)
            for year in [*(row["implied"] or []), *(_pause(piece) if rule.tie == "representation" else [])]
            if year["what"] == "last occurrence"
        ),
    )


# "reopened its embassy after 13 years": of a post abroad this is a pause; of other acts ("freed after 13 years") it is
# none, so that the layer of times, which does not know what happened, leaves it alone.
_AFTER_YEARS = re.compile(
    r"\bafter ((about|around|nearly|almost|over|more than) )?(\d{1,2}) years\b(?! of| in)", re.IGNORECASE
)


def _pause(piece: TieEvidence) -> list[dict[str, Any]]:
    found = _AFTER_YEARS.search(piece.text)
    if found is None or not piece.published:
        return []
    now, years = int(piece.published[:4]), int(found[3])
    return [
        {
            "value": f"{now - years:04d}",
            "what": "last occurrence",
            "text": found[0],
            "arithmetic": f"{now} - {years} = {now - years}",
            "approximate": found[2] is not None,
            "span_start": piece.start + found.start(),
            "span_end": piece.start + found.end(),
        }
    ]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _evidence(rule: TieRule, telling: Row) -> TieEvidence:
    """The first words of the event that the rule's own words stand in."""
    pieces = telling["words"] or [{"text": "", "start": 0, "end": 0}]
    best = max(pieces, key=lambda piece: sum(bool(part.search(piece["text"].lower())) for part in rule.words))
    return TieEvidence(
        report_id=telling["report_id"],
        event_id=telling["event_id"],
        text=best["text"],
        start=best["start"],
        end=best["end"],
        published=telling["published"],
    )


def _levels(
    a: str, b: str, unit: Row, tellings: list[Row]
) -> tuple[tuple[str | None, str | None], tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The highest level of either side, who took part, and who of them for `a`, with the level of each."""
    day = _iso(unit["date_start"] or unit["first_published"])
    people = [(p, _party_level(p, row, day)) for row in tellings for p in row["people"] or []]
    one, other = (highest([level for p, level in people if p["country"] == side]) for side in (a, b))
    who = tuple(dict.fromkeys(p["name"] for p, level in people if level and p["country"] in (a, b)))
    ours: dict[str, str] = {}
    for p, level in people:
        if level and p["country"] == a:
            ours[p["name"]] = highest([level, ours.get(p["name"])]) or level
    return (one, other), who, tuple(ours.items())


def _party_level(party: Row, telling: Row, day: str | None) -> str | None:
    """The level of a party by its title or office, else by a title set beside it in the words of the event."""
    known = level_of(party["name"], f"{party['text']} | {party['name']}", day)
    if known is not None:
        return known
    pieces = [piece["text"] for piece in telling["words"] or []]
    return next((level for piece in pieces if (level := level_beside(party["text"], piece)) is not None), None)
