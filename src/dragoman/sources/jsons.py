"""Reports in JSON: one object, a list, an object that holds a list, or one object a line."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from dragoman.records import Rejected
from dragoman.sources.draft import Draft, Drafts, Opened
from dragoman.sources.encoding import decode, decode_line
from dragoman.sources.fields import Names, has_text, pick
from dragoman.sources.lines import numbered_lines
from dragoman.sources.reasons import SetAside, rejected

_DEPTH = 3


def read_jsonl(opened: Opened) -> Drafts:
    """A report a line; a line that is broken is set aside with its number and the rest is read."""
    known: str | None = None
    seen = False
    for number, line in numbered_lines(opened.stream, opened.limits.line_bytes):
        if line is not None and not line.strip():
            continue
        seen = True
        try:
            row, known = _parse_line(line, known)
            yield Draft(pick(row, opened.names), f"{opened.source}:{number}", number)
        except SetAside as problem:
            yield rejected(f"{opened.source}:{number}", problem.reason, str(problem), number)
    if not seen:
        raise SetAside("empty", "the file holds no lines")


def read_json(opened: Opened) -> Drafts:
    """The reports of a JSON file; a file that turns out to hold one object a line is read as such."""
    data = opened.stream.read(opened.limits.file_bytes + 1)
    if len(data) > opened.limits.file_bytes:
        raise SetAside(
            "too-long", f"more than {opened.limits.file_bytes} bytes; write one object a line (.jsonl) instead"
        )
    if not data.strip():
        raise SetAside("empty", "the file is empty")
    text, warning = decode(data)
    try:
        value = parse(text)
    except SetAside:
        if not _is_json_lines(text):
            raise
        lines = io.BufferedReader(io.BytesIO(text.encode("utf-8")))
        yield from read_jsonl(msgspec.structs.replace(opened, stream=lines))
        return
    for item in _items(value, opened):
        yield _with_warning(item, warning)


def parse(text: str | bytes) -> Any:
    """A JSON value; raises `SetAside` (broken-json) with the line of the mistake.

    NaN and Infinity, which Python's and R's writers produce, are read; halves of surrogate pairs are refused.
    """
    try:
        return msgspec.json.decode(text)
    except (ValueError, RecursionError):
        pass
    try:
        value = json.loads(text)
        msgspec.json.encode(value)
        return value
    except json.JSONDecodeError as error:
        raise SetAside(
            "broken-json", f"{error.msg} at line {error.lineno}, column {error.colno}", error.lineno
        ) from error
    except (ValueError, RecursionError) as error:
        raise SetAside("broken-json", str(error) or "nested too deep") from error


def _parse_line(line: bytes | None, known: str | None) -> tuple[dict[str, Any], str | None]:
    if line is None:
        raise SetAside("too-long", "the line is longer than the limit for a report")
    try:
        row = msgspec.json.decode(line)
    except (ValueError, RecursionError):
        text, known = decode_line(line.strip(), known)
        try:
            row = parse(text)
        except SetAside as problem:
            raise SetAside(problem.reason, str(problem).replace(" at line 1,", " at")) from problem
    if not isinstance(row, dict):
        raise SetAside("broken-json", f"the line holds a {type(row).__name__}, not an object with fields")
    return row, known


def _is_json_lines(text: str) -> bool:
    first, _, rest = text.strip().partition("\n")
    if not rest.strip():
        return False
    try:
        return isinstance(parse(first), dict)
    except SetAside:
        return False


def _items(value: Any, opened: Opened) -> Drafts:
    if isinstance(value, dict) and has_text(value, opened.names):
        yield Draft(pick(value, opened.names), opened.source)
        return
    rows = _find_list(value, opened.names, _DEPTH)
    if rows is None:
        pick(value if isinstance(value, dict) else {}, opened.names)
        raise SetAside("no-text-field", "the file holds neither a report nor a list of reports")
    if not rows:
        raise SetAside("empty", "the list of reports is empty")
    yield from _rows(rows, opened)


def _rows(rows: Iterable[Any], opened: Opened) -> Iterator[Draft | Rejected]:
    for position, row in enumerate(rows, start=1):
        source = f"{opened.source}#{position}"
        try:
            yield Draft(pick(row if isinstance(row, dict) else {}, opened.names), source)
        except SetAside as problem:
            yield rejected(source, problem.reason, str(problem))


def _find_list(value: Any, names: Names, depth: int) -> list[Any] | None:
    """The value itself if it is a list, else the first list in an object one of whose rows has a text."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict) or depth == 0:
        return None
    lists = [found for inner in value.values() if (found := _find_list(inner, names, depth - 1)) is not None]
    with_text = (rows for rows in lists if any(isinstance(row, dict) and has_text(row, names) for row in rows))
    return next(with_text, None)


def _with_warning(item: Draft | Rejected, warning: str | None) -> Draft | Rejected:
    if warning is None or isinstance(item, Rejected):
        return item
    return msgspec.structs.replace(item, warnings=(*item.warnings, warning))
