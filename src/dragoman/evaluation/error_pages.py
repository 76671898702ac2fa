"""One HTML file with every missed and every spurious event in its sentence; nothing in it is fetched or run."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Any

from dragoman.evaluation.common import Row
from dragoman.evaluation.details import other_type
from dragoman.evaluation.event_pairs import ScoredEvent, as_list, parties_of
from dragoman.evaluation.metrics import Document, Pair
from dragoman.render import highlight_html, sentence_around

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;max-width:64em;margin:2em auto;padding:0 1em;color:#1a1a1a;background:#fff}
table{border-collapse:collapse}td,th{padding:.15em .7em;text-align:left;border-bottom:1px solid #ddd}
article{border-left:6px solid #999;padding:.2em .9em;margin:.7em 0;background:#fafafa}
article.missed{border-color:#b03a2e}article.spurious{border-color:#b9770e}article.field{border-color:#2471a3}
h3{margin:1.6em 0 .3em}summary{cursor:pointer}blockquote{margin:.3em 0;color:#333}.kind{font-weight:bold}
@media(prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}article{background:#202020}
blockquote{color:#ccc}td,th{border-color:#444}}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def _names(row: Row, role: str, older: str) -> str:
    found = []
    for party in parties_of(row, role, older):
        if isinstance(party, dict):
            codes = " ".join(str(party[key]) for key in ("country", "sector") if party.get(key))
            found.append(f"{party.get('name') or party.get('text') or '?'}{f' ({codes})' if codes else ''}")
        else:
            found.append(str(party))
    return ", ".join(found) or "–"


def _summary(event: ScoredEvent) -> str:
    row = event.row
    kind = " ".join(str(part) for part in (event.type, row.get("mode")) if part)
    parts = [
        f"{_names(row, 'actors', 'sources')} → {_names(row, 'recipients', 'targets')}",
        event.date or "no date",
        event.realis or "no realis",
        f"according to {event.holder}",
    ]
    salient = " · salient" if event.salient else ""
    return f'<span class="kind">{html.escape(kind)}</span> {html.escape(" · ".join(parts))}{salient}'


def _spans(event: ScoredEvent, text: str) -> list[tuple[int, int]]:
    """Where the evidence stands in the text: by its offsets if they fit, else by its words."""
    found = []
    for piece in as_list(event.row.get("evidence")):
        words = str(piece.get("text") or "") if isinstance(piece, dict) else str(piece)
        start = piece.get("start") if isinstance(piece, dict) else None
        if not isinstance(start, int) or text[start : start + len(words)] != words:
            start = text.find(words)
        if words and start >= 0:
            found.append((start, start + len(words)))
    return found


def _quotes(event: ScoredEvent, text: str) -> str:
    spans = _spans(event, text)
    if not spans:
        words = "; ".join(str(piece) for piece in as_list(event.row.get("evidence")))
        return f"<blockquote>{html.escape(words) or 'no evidence given'}</blockquote>"
    parts = []
    for start, end in spans:
        first, last = sentence_around(text, start, end)
        marked = highlight_html(text[first:last], [(start - first, end - first)], [str(event.type)], ["#f9e79f"])
        parts.append(f"<blockquote>{marked}</blockquote>")
    return "".join(parts)


def _card(css: str, title: str, event: ScoredEvent, text: str, note: str = "") -> str:
    return f'<article class="{css}"><b>{title}</b> {_summary(event)}{_quotes(event, text)}{note}</article>'


def _wrong_fields(pair: Pair) -> list[str]:
    checks = (
        ("actors", pair.fields.actors),
        ("recipients", pair.fields.recipients),
        ("date", pair.fields.date),
        ("realis", pair.fields.realis),
    )
    return [name for name, right in checks if not right]


def _document(document: Document) -> str:
    text, confused = str(document.row.get("text") or ""), other_type(document)
    taken_for = {id(gold): given for gold, given in confused}
    parts = [f"<h3>{html.escape(document.id)} {html.escape(str(document.row.get('title') or ''))}</h3>"]
    for event in document.missed:
        given = taken_for.get(id(event))
        note = f"<div>probably coded as: {_summary(given)}</div>" if given else ""
        parts.append(_card("missed", "missed", event, text, note))
    parts += [_card("spurious", "spurious", event, text) for event in document.spurious]
    for pair in document.pairs:
        wrong = _wrong_fields(pair)
        if wrong:
            note = f"<div>coded: {_summary(pair.given)}</div>"
            parts.append(_card("field", f"found, wrong: {', '.join(wrong)}", pair.gold, text, note))
    return "".join(parts) if len(parts) > 1 else ""


def _confusion(rows: Iterable[dict[str, Any]]) -> str:
    body = "".join(
        f"<tr><td>{html.escape(str(r['gold']))}</td><td>{html.escape(str(r['pred']))}</td><td>{r['count']}</td></tr>"
        for r in rows
    )
    head = "<tr><th>gold</th><th>coded as</th><th>events</th></tr>"
    return f"<details><summary>Types taken for others</summary><table>{head}{body}</table></details>" if body else ""


def error_page(documents: Sequence[Document], confusion: Iterable[dict[str, Any]] = ()) -> str:
    """The page; all text of reports and predictions in it is escaped."""
    missed = sum(len(document.missed) for document in documents)
    spurious = sum(len(document.spurious) for document in documents)
    found = sum(len(document.pairs) for document in documents)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>Errors of event coding</title><style>{_STYLE}</style></head><body>"
        f"<h1>Errors of event coding</h1><p>{len(documents)} documents: {found} events found, {missed} missed, "
        f"{spurious} spurious. Events found with a wrong field come last in each document.</p>"
        f"{_confusion(confusion)}{''.join(map(_document, documents))}</body></html>\n"
    )
