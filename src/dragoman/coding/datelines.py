"""Datelines ("BEIRUT (AP) —", "Nairobi, March 7 (Xinhua) --", "ANKARA: A court …") stand apart from their sentence.

Left in it, the parser takes the place for the subject of what follows. The component runs before the parser, which
keeps the bounds of sentences that it is given. A name not in capitals needs a day or an agency in brackets behind it: so
"Russia — its ally — said" stays whole.
"""

from __future__ import annotations

import re
from functools import cache

from spacy.language import Language
from spacy.tokens import Doc

from dragoman.coding.extensions import declare, text_of
from dragoman.coding.timex_lexicon import grammar

_MONTHS = frozenset({"MONTH", "MAMB", "MABB"})
LONGEST = 90
"""Characters of a dateline, as for the agencies of `dragoman.linking.agencies`."""


@cache
def _pattern() -> re.Pattern[str]:
    months = [word.capitalize() for word, known in grammar().words.items() if known.kind in _MONTHS]
    month = "(?:" + "|".join(sorted(months, key=lambda word: (-len(word), word))) + r")\.?"
    day = rf"(?:{month}\s+\d{{1,2}}(?:,?\s+\d{{4}})?|\d{{1,2}}\s+{month}(?:\s+\d{{4}})?)"
    shouted = r"[A-Z][A-Z.'’]{2,}(?:[ -][A-Z][A-Z.'’]+){0,3}"
    named = r"[A-Z][\w.'’-]+(?:[ -][A-Z][\w.'’-]+){0,3}"
    more = rf"(?:\s*[,/]\s*(?!{month}\s)(?:{named}|[A-Z.]{{2,}})){{0,2}}"
    agency = r"\((?:[A-Z][\w.&’' /-]{1,24})\)"
    dash = r"\s*(?:[—–]|--|-(?=\s))"
    begins = r"\s*(?=[A-Z\"“'‘(])"
    return re.compile(
        rf"[ \t]*(?:{agency}{dash}"
        rf"|{shouted}{more}(?:,?\s+{day})?(?:\s+{agency})?(?:{dash}|\s*:(?=\s))"
        rf"|{named}{more}(?:,?\s+{day}(?:\s+{agency})?|\s+{agency})(?:{dash}|\s*:(?=\s))){begins}"
    )


def dateline_end(text: str, start: int = 0) -> int | None:
    """Where the words after a dateline begin that opens the line at `start`; None where none does."""
    found = _pattern().match(text, start, min(len(text), start + LONGEST + 1))
    return found.end() if found else None


def _cut(doc: Doc, first: int, end: int) -> None:
    """Make the tokens from `first` on a sentence that ends before the one at the offset `end`."""
    for token in doc[first:]:
        if token.idx >= end:
            token.is_sent_start = True
            return
        token.is_sent_start = token.i == first


@Language.factory("dragoman_datelines")
class Datelines:
    """Sets the bounds of sentences around datelines, at the head of the text and of each line."""

    def __init__(self, nlp: Language, name: str) -> None:
        declare()

    def __call__(self, doc: Doc) -> Doc:
        """Mark the datelines of one Doc."""
        at_line = True
        for token in doc:
            if token.is_space:
                at_line = at_line or "\n" in token.text
                continue
            if at_line and (end := dateline_end(text_of(doc), token.idx)) is not None:
                _cut(doc, token.i, end)
            at_line = False
        return doc
