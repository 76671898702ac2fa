"""Sentences in which a source and a target are marked: ``<s>Iran</s> condemned <t>the ruling</t>``."""

from __future__ import annotations

import re

import msgspec

_TAG = re.compile(r"<(/?)([st])>")
SOURCE_PIECE, TARGET_PIECE = "[unused1]", "[unused2]"
"""Word pieces that no text has; the classifier's encoder learns them as the marks of source and target."""


class Marked(msgspec.Struct, frozen=True):
    """A sentence without its tags; `sources` and `targets` are character offsets of what was marked."""

    text: str
    sources: tuple[tuple[int, int], ...]
    targets: tuple[tuple[int, int], ...]

    def for_encoder(self) -> str:
        """The text with a mark piece before the last source and the last target."""
        places = [(spans[-1][0], piece) for spans, piece in self._sides() if spans]
        text = self.text
        for at, piece in sorted(places, reverse=True):
            text = f"{text[:at]}{piece} {text[at:]}"
        return text

    def _sides(self) -> tuple[tuple[tuple[tuple[int, int], ...], str], ...]:
        return (self.sources, SOURCE_PIECE), (self.targets, TARGET_PIECE)


def parse_marked(marked: str) -> Marked:
    """Take the tags out; a tag that is never closed or opened marks nothing."""
    text, at = "", 0
    opened: dict[str, int] = {}
    found: dict[str, list[tuple[int, int]]] = {"s": [], "t": []}
    for tag in _TAG.finditer(marked):
        text += marked[at : tag.start()]
        at = tag.end()
        if not tag[1]:
            opened[tag[2]] = len(text)
        elif tag[2] in opened:
            found[tag[2]].append((opened.pop(tag[2]), len(text)))
    text += marked[at:]
    return Marked(text, tuple(found["s"]), tuple(found["t"]))
