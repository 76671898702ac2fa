"""What the tools answer: plain values, each event or claim with the report, its publisher and date, and its words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from dragoman.errors import SettingsError
from dragoman.linking.view import StoryFilter, select_stories
from dragoman.linking.view import story as story_of
from dragoman.relations.changes import changes as changes_of
from dragoman.relations.dyads import dyad_series
from dragoman.relations.ties import ties
from dragoman.store.ask import Limits, Questions, table_help
from dragoman.store.query import EventFilter
from dragoman.store.store import Store

MOST = 200
"""Rows of one answer at most."""
LONGEST_WORDS = 600
"""Characters of a report's words in an answer; longer ones are cut."""
_ASK = Limits(rows=MOST, seconds=10.0)
_WORDS = frozenset({"evidence", "text", "words", "title", "cue", "holder"})


def _plain(value: Any) -> Any:
    """Fit for JSON: days as ISO 8601, NumPy's numbers as Python's."""
    return msgspec.to_builtins(value, builtin_types=(), enc_hook=lambda number: number.item())


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_WORDS:
        return value[:LONGEST_WORDS] + "…"
    return [_short(item) for item in value] if isinstance(value, list) else value


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what is empty, its words kept short."""
    full = {name: _short(_plain(value)) if name in _WORDS else _plain(value) for name, value in row.items()}
    return {name: value for name, value in full.items() if value not in (None, [], "")}


def bounded(limit: int) -> int:
    """How many rows are wanted; raises `SettingsError` for what is no number from 1 to `MOST`."""
    if not 1 <= limit <= MOST:
        raise SettingsError(f"limit is {limit}; it takes a number from 1 to {MOST}")
    return limit


def _answer(name: str, rows: list[dict[str, Any]], limit: int) -> dict[str, Any]:
    """Rows under a name, and whether there are more of them than were asked for."""
    return {name: [_row(row) for row in rows[:limit]], "shown": min(len(rows), limit), "more": len(rows) > limit}


def events(store: Store, wanted: EventFilter, limit: int) -> dict[str, Any]:
    """Events of a filter, newest first."""
    asked = msgspec.structs.replace(wanted, limit=bounded(limit) + 1)
    return _answer("events", store.events(asked).to_pylist(), limit)


def claims(store: Store, wanted: EventFilter, limit: int) -> dict[str, Any]:
    """Who said what of the events of a filter; with a holder, also how others met its claims."""
    asked = msgspec.structs.replace(wanted, limit=bounded(limit) + 1)
    found = _answer("claims", store.claims(asked).to_pylist(), limit)
    if wanted.holder:
        found["holders"] = [_row(row) for row in store.claim_counts(wanted.holder).to_pylist()[:MOST]]
    return found


def stories(store: Store, wanted: StoryFilter, limit: int) -> dict[str, Any]:
    """Stories of a filter, those with the most origins first."""
    asked = msgspec.structs.replace(wanted, most=bounded(limit) + 1)
    with store.connect() as connection:
        return _answer("stories", select_stories(connection, asked).to_pylist(), limit)


def story(store: Store, story_id: str) -> dict[str, Any]:
    """One story with the words of its reports, its status and history, its versions, and who claims what of it."""
    with store.connect() as connection:
        found = story_of(connection, story_id)
    told = found.events[:MOST]
    said = EventFilter(
        event_ids=tuple(event.event_id for event in told),
        report_ids=tuple(dict.fromkeys(event.report_id for event in told)),
        limit=MOST,
    )
    return {
        "story_id": found.story_id,
        **_row(found.fields),
        "parties": [_row(msgspec.structs.asdict(party)) for party in found.parties],
        "events": [_row(_plain(event)) for event in told],
        "events_left_out": len(found.events) - len(told),
        "history": [_row(_plain(change)) for change in found.history],
        "versions": [_row(_plain(version)) for version in found.versions],
        "claims": [_row(row) for row in store.claims(said).to_pylist()],
    }


def dyad(store: Store, a: str, b: str, by: str, since: str | None, until: str | None) -> dict[str, Any]:
    """Counts and scores by period of both directions, and the ties of the pair with their words."""
    with store.connect() as connection:
        series = dyad_series(connection, a, b, by, since=since, until=until).to_pylist()
        found = [_plain(tie) for tie in ties(connection, a, b)]
    rows = [{name: value for name, value in _row(row).items() if value != 0} for row in series if row["events"]]
    return {
        "periods": rows[-MOST:],
        "periods_left_out": max(0, len(rows) - MOST),
        "periods_without_events_are_left_out": True,
        "ties": [_tie(tie) for tie in found[-MOST:]],
    }


def _tie(tie: dict[str, Any]) -> dict[str, Any]:
    evidence = [_row(piece) for piece in tie.pop("evidence")[:5]]
    return {**_row(tie), "evidence": evidence}


def changes(store: Store, since: str, until: str | None, limit: int) -> dict[str, Any]:
    """What changed in a window over all pairs, the most surprising first, each with its stories."""
    with store.connect() as connection:
        found = _plain(changes_of(connection, since, until, most=bounded(limit)))
    found["ties"] = [{"what": item["what"], "tie": _tie(item["tie"])} for item in found["ties"][:limit]]
    return dict(found)


def query(questions: Questions, sql: str) -> dict[str, Any]:
    """The answer to a question in SQL, each row by column."""
    found = questions.ask(sql, _ASK)
    rows = [[_short(value) for value in row] for row in found.rows]
    return {"columns": list(found.columns), "rows": rows, "more": found.more_rows}


def tables(store: Store) -> dict[str, Any]:
    """What the store holds: rows a table, the days it covers, and the columns that `query` can use."""
    with store.connect() as connection:
        span = connection.execute("SELECT min(published_start), max(published_start) FROM reports").fetchone() or ()
    first, last = (value.isoformat() if isinstance(value, dt.date) else None for value in (*span, None, None)[:2])
    columns = {table.name: {name: holds for name, _, holds in table.columns} for table in table_help()}
    return {"rows": store.counts(), "first_published": first, "last_published": last, "columns": columns}
