"""Events as a person sees them in a terminal, out of a store or a file of coded reports."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from dragoman.cli.console import say
from dragoman.errors import StoreError
from dragoman.records import CodedReport, Event, Report, coded_report_from_json
from dragoman.render import clean, highlight, inner_spans, party_text, sentence_around
from dragoman.store.ledger import count_claims, select_claims
from dragoman.store.query import EVERY_CODER, EventFilter, connect_tables, select_events
from dragoman.store.rows import arrow_tables
from dragoman.store.store import Store

WIDTH = 100
_ID_SHOWN = 8


class EventSource:
    """Where events come from: a store, or a file of coded reports."""

    def __init__(self, path: Path) -> None:
        self._store = Store.open(path) if path.is_dir() else None
        self._coded = {} if self._store else read_coded(path)

    def events(self, wanted: EventFilter) -> pa.Table:
        if self._store:
            return self._store.events(wanted)
        with connect_tables(dict(arrow_tables(self._coded.values()))) as connection:
            return select_events(connection, wanted)

    def claims(self, wanted: EventFilter) -> pa.Table:
        """Claims, of the filter's holder where it names one."""
        if self._store:
            return self._store.claims(wanted)
        with connect_tables(dict(arrow_tables(self._coded.values()))) as connection:
            return select_claims(connection, wanted)

    def claim_counts(self, holder: str) -> pa.Table:
        """Counts of a holder's claims that others confirmed or denied."""
        if self._store:
            return self._store.claim_counts(holder)
        with connect_tables(dict(arrow_tables(self._coded.values()))) as connection:
            return count_claims(connection, holder)

    def coded(self, report_id: str) -> CodedReport:
        return next(self._store.coded([report_id])) if self._store else self._coded[report_id]

    def report(self, report_id: str) -> Report | None:
        return self._store.report(report_id) if self._store else None


def read_coded(path: Path) -> dict[str, CodedReport]:
    """The coded reports of a JSONL file by id; raises `StoreError` naming file and line of one that is none."""
    found: dict[str, CodedReport] = {}
    number = 0
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):  # noqa: B007  the error names the line
                if line.strip():
                    coded = coded_report_from_json(line)
                    found[coded.id] = coded
    except msgspec.DecodeError as error:
        raise StoreError(f"{path}:{number}: not a coded report ({error})") from None
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error}") from error
    return found


def _parties(row: dict[str, Any], side: str) -> str:
    names, countries = row[f"{side}s"], row[f"{side}_countries"]
    return ", ".join(f"{name} ({code})" if code else name for name, code in zip(names, countries, strict=True))


def _who(row: dict[str, Any]) -> str:
    actors, recipients = _parties(row, "actor") or "–", _parties(row, "recipient")
    return f"{actors} → {recipients}" if recipients else actors


def _cell(value: object, style: str = "") -> Text:
    return Text(clean(str(value or "")), style=style, overflow="fold")


def _table(rows: list[dict[str, Any]], evidence: bool) -> RenderableType:
    table = Table(show_lines=evidence, expand=False)
    for name, width in (("date", 10), ("event", 13), ("who → to whom", None), ("place", 12), ("realis", 8), ("id", 8)):
        table.add_column(name, min_width=width, max_width=width, ratio=None if width else 1)
    for row in rows:
        who = _cell(_who(row))
        if row["holder"] != "AUTHOR":
            who = Text("\n").join([_cell(_who(row)), _cell(f"acc. to {row['holder_name'] or row['holder']}", "dim")])
        if evidence:
            who = Text("\n").join([who, *(_cell(f"“{words}”", "italic") for words in row["evidence"])])
        place = " ".join(part for part in (row["place_name"], row["place_country"]) if part)
        event = " ".join(part for part in (row["type"], row["mode"]) if part)
        table.add_row(
            _cell(row["date_value"]),
            _cell(event, "bold"),
            who,
            _cell(place),
            _cell(row["realis"]),
            _cell(row["event_id"][:_ID_SHOWN], "dim"),
        )
    return table


def _csv_value(value: Any) -> Any:
    """Lists joined; text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if isinstance(value, list):
        value = "; ".join("" if item is None else str(item) for item in value)
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value


def _write_csv(rows: list[dict[str, Any]], columns: list[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_csv_value(row[name]) for name in columns] for row in rows)


def _one_event(source: EventSource, key: str) -> tuple[CodedReport, Event]:
    rows = source.events(EventFilter(event_prefix=key, limit=2, coder=EVERY_CODER)).to_pylist()
    if not rows:
        raise StoreError(f"no event has an id that begins with {key!r}")
    if len(rows) > 1 and rows[0]["event_id"] != key:
        raise StoreError(f"more than one event has an id that begins with {key!r}; give more of it")
    coded = source.coded(rows[0]["report_id"])
    return coded, next(event for event in coded.events if event.id == rows[0]["event_id"])


def _fields(coded: CodedReport, event: Event) -> list[tuple[str, str]]:
    date, place, by = event.date, event.place, event.attribution
    said = " ".join(part for part in (by.name or by.holder, by.country, by.sector) if part)
    claims = "; ".join(f"{c.name or c.holder} {c.stance}" + (f" (“{c.cue}”)" if c.cue else "") for c in event.claims)
    fields = [
        ("event", event.id),
        ("type", " ".join(part for part in (event.type, event.mode) if part)),
        ("contexts", ", ".join(event.contexts)),
        ("quad, score", f"{event.quad}, {event.score:g}"),
        ("actors", ", ".join(map(party_text, event.actors))),
        ("recipients", ", ".join(map(party_text, event.recipients))),
        (
            "date",
            f"{date.value} ({date.basis or 'no basis'})" + (f" “{date.text}”" if date.text else "") if date else "",
        ),
        ("place", f"{place.name} {place.country or ''}" + (f" “{place.text}”") if place else ""),
        ("topics", "; ".join(topic.text for topic in event.topics)),
        ("realis", f"{event.realis}, certainty {event.certainty:.2f}"),
        ("according to", said + (f" (“{by.cue}”)" if by.cue else "")),
        ("claims", claims),
        ("confidence", f"{event.confidence:.2f}{', salient' if event.salient else ''}"),
        (
            "report",
            " · ".join(part for part in (coded.id, coded.title, coded.publisher, coded.published, coded.url) if part),
        ),
    ]
    return [(name, value) for name, value in fields if value]


def _words(event: Event, report: Report | None) -> list[Text]:
    """Each piece of evidence: in its sentence where the text is at hand, else alone, its parties marked."""
    shown = []
    for piece in event.evidence:
        if report is None:
            shown.append(highlight(piece.text, inner_spans(piece, event), "bold cyan"))
            continue
        start, end = sentence_around(report.text, piece.start, piece.end)
        shown.append(highlight(report.text[start:end], [(piece.start - start, piece.end - start)]))
    return shown


def _event_view(coded: CodedReport, event: Event, report: Report | None) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_column(overflow="fold")
    for name, value in _fields(coded, event):
        grid.add_row(name, _cell(value))
    for number, words in enumerate(_words(event, report)):
        grid.add_row("words" if number == 0 else "", words)
    return Group(grid)


def _print(view: RenderableType) -> None:
    console = Console(highlight=False, markup=False, emoji=False)
    console.width = min(console.width, WIDTH) if console.is_terminal else WIDTH
    console.print(view)


def print_events(source: EventSource, wanted: EventFilter, form: str, evidence: bool) -> None:
    """Print the events that a filter allows: as a table for people, JSON lines or CSV."""
    found = source.events(wanted)
    if not evidence:
        kept = [name for name in found.column_names if name != "evidence"]
        rows = (found if form == "table" else found.select(kept)).to_pylist()
    else:
        rows = found.to_pylist()
    if form == "jsonl":
        for row in rows:
            sys.stdout.write(msgspec.json.encode(row).decode() + "\n")
    elif form == "csv":
        _write_csv(rows, [name for name in found.column_names if evidence or name != "evidence"])
    elif rows:
        _print(_table(rows, evidence))
        if wanted.limit is not None and len(rows) == wanted.limit:
            say(f"the newest {wanted.limit} events; more with --limit")
    else:
        say("no event fits")


def print_event(source: EventSource, key: str, form: str) -> None:
    """Print one event in full: as JSON, or readably with its words."""
    coded, event = _one_event(source, key)
    if form == "jsonl":
        sys.stdout.write(msgspec.json.encode(event).decode() + "\n")
    else:
        _print(_event_view(coded, event, source.report(coded.id)))


def _claims_table(rows: list[dict[str, Any]]) -> RenderableType:
    table = Table(show_lines=True, expand=False)
    for name, width in (
        ("report of", 10),
        ("holder", None),
        ("stance", 12),
        ("of what, in which words", None),
        ("id", 8),
    ):
        table.add_column(name, min_width=width, max_width=width, ratio=None if width else (1, 2)[name[0] == "o"])
    for row in rows:
        holder = row["holder"] + (f" ({row['holder_country']})" if row["holder_country"] else "")
        sure = f"certainty {row['certainty']:.2f}" if row["certainty"] is not None else ""
        event = " ".join(part for part in (row["type"], row["mode"], row["realis"]) if part)
        who = ", ".join(row["actors"]) + (f" → {', '.join(row['recipients'])}" if row["recipients"] else "")
        words = [_cell(f"{event}: {who or '–'}"), *(_cell(f"“{piece}”", "italic") for piece in row["evidence"][:1])]
        said = [_cell(row["stance"], "bold"), _cell(f"“{row['cue']}”" if row["cue"] else ""), _cell(sure, "dim")]
        named = [_cell(holder), *([_cell("party", "dim")] if row["party"] else [])]
        table.add_row(
            _cell(row["published"]),
            Text("\n").join(named),
            Text("\n").join([part for part in said if part.plain]),
            Text("\n").join(words),
            _cell(row["event_id"][:_ID_SHOWN], "dim"),
        )
    return table


def _counts_table(rows: list[dict[str, Any]]) -> RenderableType:
    table = Table(title="claims that others confirmed or denied (counts, no judgement)", title_justify="left")
    for name in ("holder", "claims", "confirmed by others", "denied by others"):
        table.add_column(name, justify="left" if name == "holder" else "right")
    for row in rows:
        counts = (row["claims"], row["confirmed_by_others"], row["denied_by_others"])
        table.add_row(_cell(row["holder"]), *(Text(str(count)) for count in counts))
    return table


def print_claims(source: EventSource, wanted: EventFilter, form: str) -> None:
    """Print the claims on the events that a filter allows; for a holder also the counts, as a table for people only."""
    found = source.claims(wanted)
    rows = found.to_pylist()
    if form == "jsonl":
        for row in rows:
            sys.stdout.write(msgspec.json.encode(row).decode() + "\n")
    elif form == "csv":
        _write_csv(rows, found.column_names)
    elif rows:
        _print(_claims_table(rows))
        if wanted.holder:
            _print(_counts_table(source.claim_counts(wanted.holder).to_pylist()))
        if wanted.limit is not None and len(rows) == wanted.limit:
            say(f"the newest {wanted.limit} claims; more with --limit")
    else:
        say("no claim fits")
