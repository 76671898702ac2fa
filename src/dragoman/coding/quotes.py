"""Direct speech: where the quotation marks of a text open and close, over sentences and paragraphs."""

from __future__ import annotations

import re

import msgspec

_MARK = re.compile(r"''|``|[“”„«»\"]|(?<!\w)['‘](?=\w)|(?<=[\w.,!?…])['’](?!\w)|\n\s*\n?")
_PARAGRAPH = re.compile(r"\s*\n\s*")
MAX_QUOTE = 4000


class Quote(msgspec.Struct, frozen=True):
    """One stretch in quotation marks, marks included; `open_end` where the paragraph ended before it was closed."""

    start: int
    end: int
    open_end: bool = False
    single: bool = False


def quote_spans(text: str) -> list[Quote]:
    """Quotes in the order of the text, never overlapping.

    A quote that is still open at the end of a paragraph ends there (newspapers open every paragraph of a long quote and
    close the last alone). Single marks count only where no double quote is open.
    """
    out: list[Quote] = []
    opened: int | None = None
    single: int | None = None
    for match in _MARK.finditer(text):
        mark, at = match[0], match.start()
        if "\n" in mark:
            if opened is not None:
                out.append(Quote(opened, at, open_end=True))
            opened = single = None
        elif len(mark) == 1 and mark in "'‘’":
            if opened is None:
                single = _single(text, mark, at, single, out)
        elif opened is None:
            if _opens(text, mark, at):
                opened, single = at, None
        elif _closes(text, mark, at):
            out.append(Quote(opened, match.end()))
            opened = None
    return out


def _single(text: str, mark: str, at: int, opened: int | None, out: list[Quote]) -> int | None:
    """Track single quotation marks; an apostrophe after a word closes one only if one is open."""
    starts = mark == "‘" or (mark == "'" and (at == 0 or not text[at - 1].isalnum()))
    if starts and at + 1 < len(text) and text[at + 1].isalnum() and (at == 0 or not text[at - 1].isalnum()):
        return at
    if opened is not None and 0 < at - opened < 300:
        # A plural genitive ("the workers’ union") closes nothing: the next character must end a phrase.
        after = text[at + 1 : at + 2]
        if not after or after in ".,;:!?)" or text[at - 1] in ".,!?" or after.isspace():
            out.append(Quote(opened, at + 1, single=True))
            return None
    return opened


def _opens(text: str, mark: str, at: int) -> bool:
    if mark in ("“", "„", "«", "``"):
        return True
    following = text[at + len(mark) : at + len(mark) + 1]
    if mark in "”»":  # a closing mark at the head of a paragraph is a slip for an opening one
        return (at == 0 or text[at - 1] == "\n") and following.isalnum()
    return bool(following) and not following.isspace() and (at == 0 or not text[at - 1].isalnum())


def _closes(text: str, mark: str, at: int) -> bool:
    return mark in ("”", "»", '"', "''") or (mark == "“" and text[at - 1 : at] in ".,!?")


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Character bounds of the paragraphs (runs without a line break), blanks at the edges left out."""
    out, at = [], 0
    for match in _PARAGRAPH.finditer(text):
        if match.start() > at:
            out.append((at, match.start()))
        at = match.end()
    if at < len(text):
        out.append((at, len(text)))
    return out
