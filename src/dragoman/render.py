"""Coded reports as text for people: terminals and notebooks.

Text of reports is hostile: for a terminal it loses control characters and is never read as markup; HTML escapes it.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

from rich.console import Group
from rich.text import Text

from dragoman.records import AUTHOR, Actor, CodedReport, Event, Report, TextSpan

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_COLOURS = {
    "verbal cooperation": "#d6eaf8",
    "material cooperation": "#d5f5e3",
    "verbal conflict": "#fdebd0",
    "material conflict": "#fadbd8",
}
_PLAIN = "#eeeeee"
_BREAK = re.compile(r"\n|[.!?]\s")
Span = tuple[int, int]


def clean(text: str) -> str:
    """The text fit for a terminal: no control characters, no changes of direction; line breaks become spaces."""
    return "".join(
        " " if char in "\t\n\r\v\f\u2028\u2029" else char
        for char in text
        if char in "\t\n\r\v\f" or (char not in _BIDI and unicodedata.category(char) not in {"Cc", "Cs"})
    )


def cut_up(length: int, spans: Sequence[Span]) -> list[tuple[int, int, tuple[int, ...]]]:
    """Stretches (start, end, indices of the spans that cover it) that make up ``[0, length)``, whatever overlaps."""
    inside = [(max(0, start), min(length, end)) for start, end in spans]
    edges = sorted({0, length, *(edge for start, end in inside if start < end for edge in (start, end))})
    return [
        (a, b, tuple(i for i, (start, end) in enumerate(inside) if start <= a and b <= end)) for a, b in pairwise(edges)
    ]


def sentence_around(text: str, start: int, end: int, limit: int = 400) -> Span:
    """A stretch about a span that a person can read: to the nearest line or sentence ends, within `limit`."""
    low, high = max(0, start - limit), min(len(text), end + limit)
    before = [found.end() for found in _BREAK.finditer(text, low, start)]
    after = _BREAK.search(text, max(start, end - 1), high)
    return before[-1] if before else low, max(end, after.start() + 1) if after else high


def highlight(text: str, spans: Sequence[Span], style: str = "bold yellow") -> Text:
    """Rich text with the spans in a style, control characters gone."""
    shown = Text()
    for start, end, covers in cut_up(len(text), spans):
        shown.append(clean(text[start:end]), style=style if covers else None)
    return shown


def highlight_html(text: str, spans: Sequence[Span], labels: Sequence[str], colours: Sequence[str]) -> str:
    """Escaped HTML with the spans marked; each mark's title gives the labels of all spans that cover it."""
    parts = []
    for start, end, covers in cut_up(len(text), spans):
        words = html.escape(text[start:end])
        if covers:
            title = html.escape("; ".join(labels[i] for i in covers))
            colour = html.escape(colours[covers[-1]])
            words = f'<mark style="background:{colour};color:#111" title="{title}">{words}</mark>'
        parts.append(words)
    return "".join(parts)


def party_text(party: Actor) -> str:
    """``Kari Holm (NOR GOV)``."""
    codes = " ".join(code for code in (party.country, party.sector) if code)
    return f"{party.name} ({codes})" if codes else party.name


def parties_text(event: Event) -> str:
    """``actors → recipients``; a dash where a side is empty."""
    actors = ", ".join(map(party_text, event.actors)) or "–"
    return f"{actors} → {', '.join(map(party_text, event.recipients))}" if event.recipients else actors


def circumstances(event: Event) -> str:
    """Date, place, realis, certainty and holder in one line."""
    parts = []
    if event.date and event.date.value:
        parts.append(event.date.value)
    if event.place:
        parts.append(f"{event.place.name} ({event.place.country})" if event.place.country else event.place.name)
    parts.append(f"{event.realis} ({event.certainty:.2f})")
    if event.attribution.holder != AUTHOR:
        parts.append(f"according to {event.attribution.name or event.attribution.holder}")
    return " · ".join(parts)


def _title_line(coded: CodedReport) -> str:
    about = ", ".join(part for part in (coded.publisher, coded.published) if part)
    return "  ".join(part for part in (coded.id, coded.title or "", f"({about})" if about else "") if part)


def _event_lines(number: int, event: Event) -> Iterable[str]:
    yield f"  {number}. {event.type}{' ' + event.mode if event.mode else ''}  {parties_text(event)}"
    yield f"     {circumstances(event)}"
    for piece in event.evidence:
        yield f"     “{piece.text}”"


def coded_text(coded: CodedReport) -> str:
    """A coded report in readable lines, fit for a terminal."""
    lines = [_title_line(coded)]
    for number, event in enumerate(coded.events, start=1):
        lines += _event_lines(number, event)
    if not coded.events:
        lines.append("  no events")
    lines += [f"  assessment: “{item.text}” ({item.holder})" for item in coded.assessments]
    lines += [f"  warning: {line}" for line in coded.warnings]
    lines += [f"  error: {line}" for line in coded.errors]
    return "\n".join(map(clean, lines))


def _html_event(number: int, event: Event) -> str:
    label = html.escape(f"{number}. {event.type}{' ' + event.mode if event.mode else ''}")
    who, how = html.escape(parties_text(event)), html.escape(circumstances(event))
    words = "<br>".join(f"“{html.escape(piece.text)}”" for piece in event.evidence)
    colour = _COLOURS.get(event.quad, _PLAIN)
    return (
        f'<li style="border-left:6px solid {colour};padding-left:8px;margin:6px 0;list-style:none">'
        f"<b>{label}</b> {who}<br><small>{how}</small><br><i>{words}</i></li>"
    )


def _html_text(coded: CodedReport, text: str) -> str:
    marks = [
        (piece, f"{number}. {event.type}", _COLOURS.get(event.quad, _PLAIN))
        for number, event in enumerate(coded.events, start=1)
        for piece in event.evidence
    ]
    spans = [(piece.start, piece.end) for piece, _, _ in marks]
    shown = highlight_html(text, spans, [label for _, label, _ in marks], [colour for _, _, colour in marks])
    return f'<div style="white-space:pre-wrap;max-width:60em">{shown}</div>'


def coded_html(coded: CodedReport, report: Report | None = None) -> str:
    """A coded report as an HTML fragment for notebooks; with the report, its text with the evidence marked."""
    events = "".join(_html_event(number, event) for number, event in enumerate(coded.events, start=1))
    notes = "".join(f"<li>{html.escape(line)}</li>" for line in (*coded.warnings, *coded.errors))
    return (
        f'<div class="dragoman"><p><b>{html.escape(_title_line(coded))}</b></p>'
        f"{_html_text(coded, report.text) if report else ''}"
        f'<ul style="padding-left:0">{events or "<li>no events</li>"}</ul>'
        f"{f'<ul>{notes}</ul>' if notes else ''}</div>"
    )


class Annotated:
    """A coded report together with its report, for showing the events in their text (in notebooks and with Rich)."""

    def __init__(self, coded: CodedReport, report: Report) -> None:
        self.coded, self.report = coded, report

    def __repr__(self) -> str:
        return coded_text(self.coded)

    def _repr_html_(self) -> str:
        return coded_html(self.coded, self.report)

    def __rich__(self) -> Group:
        spans = [(piece.start, piece.end) for event in self.coded.events for piece in event.evidence]
        lines = highlight_lines(self.report.text, spans)
        return Group(Text(clean(_title_line(self.coded)), style="bold"), *lines, Text(coded_text(self.coded)))


def highlight_lines(text: str, spans: Sequence[Span]) -> list[Text]:
    """`highlight` line by line."""
    lines, offset = [], 0
    for line in text.splitlines(keepends=True):
        lines.append(highlight(line, [(start - offset, end - offset) for start, end in spans]))
        offset += len(line)
    return lines


def inner_spans(piece: TextSpan, event: Event) -> list[Span]:
    """Where actors, recipients, date and place stand inside a piece of evidence, in offsets into it."""
    places = [(party.start, party.end) for party in (*event.actors, *event.recipients)]
    for part in (event.date, event.place):
        if part is not None and part.start is not None and part.end is not None:
            places.append((part.start, part.end))
    return [(a - piece.start, b - piece.start) for a, b in places if piece.start <= a and b <= piece.end]
