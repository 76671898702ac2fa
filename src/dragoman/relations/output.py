"""Relations as ``dragoman relate`` prints them: tables for people, JSON, CSV, and charts."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dragoman import charts
from dragoman.atomic import atomic_output
from dragoman.cli.console import say
from dragoman.errors import SettingsError
from dragoman.relations.changes import Change, Changes, DyadTurn, changes, dyad_turns, with_stories
from dragoman.relations.dyads import dyad_series, dyad_table
from dragoman.relations.happenings import Basis, Counting, basis, country_code
from dragoman.relations.network import Network, compare, network
from dragoman.relations.story_lines import StoryLine
from dragoman.relations.ties import Tie, ties
from dragoman.relations.trips import trips
from dragoman.render import clean
from dragoman.store.query import connect_tables
from dragoman.store.rows import arrow_tables
from dragoman.store.store import Store
from dragoman.store.view import read_coded

WIDTH = 120
WORDS_SHOWN = 110
_CHARTS = {"svg": "svg", "png": "png", "html": "html", "vega": "json"}
_SERIES_SHOWN = (
    "direction",
    "period",
    "events",
    "verbal_cooperation",
    "material_cooperation",
    "verbal_conflict",
    "material_conflict",
    "score_sum",
    "score_mean",
    "reports",
    "origins",
    "unconfirmed_share",
    "reports_read",
    "rate",
)
_HEADS = {
    "verbal_cooperation": "v.coop",
    "material_cooperation": "m.coop",
    "verbal_conflict": "v.conf",
    "material_conflict": "m.conf",
    "score_sum": "score",
    "score_mean": "mean",
    "unconfirmed_share": "unconf.",
    "reports_read": "read",
    "rate": "per 1000",
}


_NARROW = frozenset(
    {"direction", "period", "who", "dyad", "from", "to", "status", "events", "reports", "origins", "day", "week"}
)


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    source: Path
    codes: tuple[str, ...]
    what: str
    by: str
    since: str | None
    until: str | None
    period: str | None
    compare: str | None
    organisations: bool
    counting: Counting
    form: str
    out: Path | None
    evidence: bool
    limit: int


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer in all its forms: `rows` for CSV, `record` for JSON, tables for people, a chart's specification."""

    rows: list[dict[str, Any]]
    record: Any
    table: list[Table]
    spec: charts.Spec | None
    note: str


def connect_source(source: Path) -> duckdb.DuckDBPyConnection:
    """A connection on a store folder or on a file of coded reports."""
    if source.is_dir():
        return Store.open(source).connect()
    return connect_tables(dict(arrow_tables(read_coded(source).values())))


def print_relation(request: Request) -> None:
    """Answer a request on the screen or in its file; raises `DragomanError` where it cannot be answered."""
    answers = {
        "--by": _series,
        "--ties": _ties,
        "--trips": _trips,
        "--changes": _changes,
        "--turning-points": _turns,
        "--network": _network,
    }
    with connect_source(request.source) as connection:
        _write(answers[request.what](connection, request), request)


def _write(answer: Answer, request: Request) -> None:
    if request.form == "table":
        data = _text(answer, request).encode()
    elif request.form == "json":
        data = msgspec.json.format(msgspec.json.encode(answer.record, enc_hook=str), indent=1) + b"\n"
    elif request.form == "csv":
        data = _csv(answer.rows).encode()
    else:
        if answer.spec is None:
            raise SettingsError("trips and all dyads at once have no chart; give two countries, or --ties")
        data = charts.render(answer.spec, _CHARTS[request.form])
    if request.out is not None:
        with atomic_output(request.out) as stream:
            stream.write(data)
    elif request.form == "png" and sys.stdout.isatty():
        raise SettingsError("a PNG is not for a terminal; give --out FILE")
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    if answer.note and request.form in ("table", "csv"):
        say(answer.note, "dim")


def _text(answer: Answer, request: Request) -> str:
    stream = io.StringIO()
    terminal = request.out is None and sys.stdout.isatty()
    console = Console(file=stream, highlight=False, markup=False, emoji=False, force_terminal=terminal, width=WIDTH)
    for table in answer.table:
        console.print(table)
    return stream.getvalue()


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    stream = io.StringIO()
    if rows:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(rows[0])
        writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return stream.getvalue()


def _cell(value: Any) -> Any:
    """Lists joined; text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if isinstance(value, (list, tuple)):
        value = "; ".join(map(str, value))
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _shown(value: Any) -> Text:
    if isinstance(value, list):
        return Text("\n").join(_shown(line) for line in value)
    if isinstance(value, float):
        return Text(f"{value:.2f}".rstrip("0").rstrip("."))
    return Text(clean("" if value is None else str(value)), overflow="fold")


def _table(columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for name in columns:
        table.add_column(name, no_wrap=name in _NARROW)
    for row in rows:
        table.add_row(*map(_shown, row))
    return table


def _plain(record: Any) -> dict[str, Any]:
    """The fields of a record that are single values or lists of them, for a row of CSV."""
    fields = msgspec.structs.asdict(record)
    return {
        name: value
        for name, value in fields.items()
        if not isinstance(value, msgspec.Struct)
        and not (value and isinstance(value, tuple) and isinstance(value[0], msgspec.Struct))
        and name not in ("evidence", "stories")
    }


def _pair(request: Request) -> tuple[str, str] | None:
    if len(request.codes) == 1:
        raise SettingsError("give two countries, or none for all dyads")
    return (country_code(request.codes[0]), country_code(request.codes[1])) if request.codes else None


def _series(connection: duckdb.DuckDBPyConnection, request: Request) -> Answer:
    pair, found = _pair(request), basis(connection, request.by, request.counting)
    columns: tuple[str, ...] = _SERIES_SHOWN
    days: dict[str, Any] = {"since": request.since, "until": request.until, "counting": request.counting}
    if pair is None:
        table = dyad_table(connection, request.by, **days)
        rows = table.to_pylist()
        shown = sorted(rows, key=lambda row: -row["events"])[: request.limit]
        columns = ("actor", "recipient", *columns[1:])
        view = _table([_HEADS.get(c, c) for c in columns], ([row[c] for c in columns] for row in shown))
        record = {"basis": found, "by": request.by, "dyads": rows}
        return Answer(rows=rows, record=record, table=[view], spec=None, note=found.note)
    series = dyad_series(connection, *pair, request.by, **days)
    rows = series.to_pylist()
    columns = _SERIES_SHOWN
    shown = [row for row in rows if row["events"]]
    view = _table(
        [_HEADS.get(c, c) for c in columns], ([row[c] for c in columns] for row in shown[-3 * request.limit :])
    )
    record = {"basis": found, "by": request.by, "series": rows}
    spec = charts.dyad_chart(series, f"{pair[0]}-{pair[1]}", found.note) if request.form in _CHARTS else None
    return Answer(rows=rows, record=record, table=[view], spec=spec, note=_silence(found, rows))


def _silence(found: Basis, rows: Sequence[dict[str, Any]]) -> str:
    """The basis, and how many periods are not shown because nothing happened or nothing was read."""
    both = [row for row in rows if row["actor"] < row["recipient"] and row["direction"].count("-")] or rows
    quiet = sum(1 for row in both if not row["events"] and row["reports_read"])
    unread = sum(1 for row in both if not row["events"] and not row["reports_read"])
    return f"{found.note}; {quiet} periods with reports and nothing of this pair, {unread} without any report read"


def _ties(connection: duckdb.DuckDBPyConnection, request: Request) -> Answer:
    found = ties(connection, *request.codes, counting=request.counting)
    shown = found[: request.limit] if request.form == "table" else found
    columns = ["tie", "state", "who", "from", "to", "status", "level", "where", "words"]
    view = _table(columns, (_tie_cells(tie) for tie in shown))
    rest = f"{len(found) - len(shown)} more: give --limit; " if len(found) > len(shown) else ""
    note = rest + basis(connection, request.by, request.counting).note
    spec = charts.ties_chart(found, note) if request.form in _CHARTS else None
    record = {"ties": found}
    return Answer(rows=[_tie_fields(tie) for tie in found], record=record, table=[view], spec=spec, note=note)


def _trips(connection: duckdb.DuckDBPyConnection, request: Request) -> Answer:
    found = trips(ties(connection, *request.codes, counting=request.counting))
    columns = ["traveller", "who", "level", "to", "places", "from", "until", "reports"]
    rows = (
        [t.traveller, t.country, t.level, t.host, ", ".join(t.places), t.first, t.last, len(t.reports)]
        for t in found[-request.limit :]
    )
    note = basis(connection, "day", request.counting).note
    fields = [_plain(trip) for trip in found]
    return Answer(rows=fields, record={"trips": found}, table=[_table(columns, rows)], spec=None, note=note)


def _tie_fields(tie: Tie) -> dict[str, Any]:
    return {**_plain(tie), "words": tie.evidence[0].text if tie.evidence else ""}


def _tie_cells(tie: Tie) -> list[Any]:
    begin = f"{tie.begin or '?'}" + (f" ({tie.begin_basis})" if tie.begin_basis in ("derived", "reported") else "")
    words = tie.derivation or (tie.evidence[0].text if tie.evidence else "")
    if tie.unconfirmed:
        words = f"(unconfirmed) {words}"
    more = f" (+{len(tie.evidence) - 1})" if len(tie.evidence) > 1 else ""
    pair = f"{tie.a} {'→' if tie.directed else '–'} {tie.b}"
    end = tie.end or (f"last {tie.last_reported}" if tie.status == "not reported since" else "")
    where = tie.place or ""
    return [tie.tie, tie.state, pair, begin, end, tie.status, tie.level or "", where, _short(words) + more]


def _short(words: str) -> str:
    return words if len(words) <= WORDS_SHOWN else words[: WORDS_SHOWN - 1] + "…"


def _changes(connection: duckdb.DuckDBPyConnection, request: Request) -> Answer:
    found = changes(connection, request.since or "7d", request.until, most=request.limit, counting=request.counting)
    chosen = _of_pair(found, request.codes)
    columns = ["dyad", "change", "count", "expected", "surprise", "4 weeks", "52 weeks", "stories"]
    views = [_table(columns, (_change_cells(change) for change in chosen.changes))]
    if chosen.ties:
        rows = ([change.what, *_tie_cells(change.tie)] for change in chosen.ties)
        views.append(_table(["", "tie", "state", "who", "from", "to", "status", "level", "where", "words"], rows))
    note = f"{chosen.since} to {chosen.until}; {basis(connection, 'day', request.counting).note}"
    spec = charts.changes_chart(chosen, note) if request.form in _CHARTS else None
    rows_out = [{**_plain(c), "stories": "; ".join(line.id for line in c.stories)} for c in chosen.changes]
    return Answer(rows=rows_out, record=chosen, table=views, spec=spec, note=note)


def _of_pair(found: Changes, codes: tuple[str, ...]) -> Changes:
    wanted = {country_code(code) for code in codes}
    return msgspec.structs.replace(
        found,
        changes=tuple(change for change in found.changes if wanted <= {change.a, change.b}),
        ties=tuple(change for change in found.ties if wanted <= {change.tie.a, change.tie.b}),
    )


def _change_cells(change: Change) -> list[Any]:
    kind = change.kind + (", new actor" if change.new_actor else "")
    counts = [change.count, change.expected, change.surprise, change.trend_short, change.trend_long]
    return [f"{change.a}–{change.b}", kind, *counts, _told(change.stories)]


def _told(stories: Sequence[StoryLine], most: int = 3) -> list[str]:
    return [f"{line.day} {line.type}: {_short(line.words)}" for line in stories[:most]]


def _turns(connection: duckdb.DuckDBPyConnection, request: Request) -> Answer:
    pair = _pair(request)
    found = dyad_turns(
        connection, request.by, pair=pair, since=request.since, until=request.until, counting=request.counting
    )
    shown = with_stories(connection, found[: request.limit], request.by, counting=request.counting)
    columns = ["dyad", request.by, "change", "coop.", "→", "conf.", "→", "p", "q", "shift", "stories"]
    note = basis(connection, request.by, request.counting).note
    spec = charts.turns_chart(found, note) if request.form in _CHARTS else None
    return Answer(
        rows=[_plain(turn) for turn in found],
        record={"by": request.by, "turning_points": (*shown, *found[request.limit :])},
        table=[_table(columns, (_turn_cells(turn) for turn in shown))],
        spec=spec,
        note=note,
    )


def _turn_cells(turn: DyadTurn) -> list[Any]:
    levels = [turn.cooperation_before, turn.cooperation_after, turn.conflict_before, turn.conflict_after]
    return [
        f"{turn.a}–{turn.b}",
        turn.period,
        turn.direction,
        *levels,
        f"{turn.p:g}",
        f"{turn.q:g}",
        turn.shift,
        _told(turn.stories),
    ]


def _network(connection: duckdb.DuckDBPyConnection, request: Request) -> Answer:
    assert request.period is not None
    options: dict[str, Any] = {"organisations": request.organisations, "counting": request.counting}
    found = network(connection, request.period, **options)
    views, record = _network_views(found, request.limit), {"network": found}
    if request.compare:
        before = network(connection, request.compare, **options)
        compared = compare(before, found)
        record["comparison"] = compared  # type: ignore[assignment]
        rows = (
            [
                n.country,
                n.strength_before,
                n.strength,
                n.betweenness_before,
                n.betweenness,
                n.brokered_before,
                n.brokered,
            ]
            for n in compared.nodes[: request.limit]
        )
        heads = ["state", f"in {before.period}", f"in {found.period}", "between", "→", "brokered", "→"]
        views.append(_table(heads, rows))
    note = basis(connection, "month", request.counting).note
    spec = charts.network_chart(found, note) if request.form in _CHARTS else None
    return Answer(rows=[_plain(node) for node in found.nodes], record=record, table=views, spec=spec, note=note)


def _network_views(found: Network, limit: int) -> list[Table]:
    nodes = (
        [
            n.country,
            n.degree,
            n.strength,
            n.cooperation,
            n.conflict,
            n.score,
            n.betweenness,
            n.brokered,
            n.community + 1,
        ]
        for n in found.nodes[:limit]
    )
    heads = ["state", "deals with", "events", "coop.", "conf.", "score", "between", "brokered", "group"]
    balance = found.balance
    triads = _table(
        ["triads", "+++", "++−", "+−−", "−−−", "balanced"],
        [[balance.triads, *_signs(found), balance.balanced]],
    )
    broker = _table(
        ["broker", "between", "and", "weaker side", "conflict of the two", "other brokers", "stories"],
        (
            [p.broker, p.a, p.b, p.weight, p.conflict, p.others, _told(p.stories)]
            for p in found.brokerage[: min(limit, 15)]
        ),
    )
    return [_table(heads, nodes), triads, broker]


def _signs(found: Network) -> list[int]:
    balance = found.balance
    return [balance.all_positive, balance.two_positive, balance.one_positive, balance.all_negative]
