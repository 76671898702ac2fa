"""Marked example sentences: ``[A Iran] {condemned} [R the United States] on Monday.``

The braces hold exactly the trigger token; ``[A …]`` marks an actor, ``[R …]`` a recipient, each as often as needed.
"""

from __future__ import annotations

import re

import msgspec

_MARK = re.compile(r"\[([AR]) ([^\[\]{}]+)\]|\{([^\[\]{}\s]+)\}")


class Example(msgspec.Struct, frozen=True):
    """An example without its marks: `trigger`, `actors` and `recipients` are character offsets into `text`."""

    text: str
    trigger: tuple[int, int]
    actors: tuple[tuple[int, int], ...]
    recipients: tuple[tuple[int, int], ...]


def parse_example(marked: str) -> Example:
    """Undo the marks; raises `ValueError` if they are malformed or there is not exactly one trigger."""
    text, at = "", 0
    spans: dict[str, list[tuple[int, int]]] = {"A": [], "R": [], "T": []}
    for match in _MARK.finditer(marked):
        text += marked[at : match.start()]
        inner = match[2] or match[3]
        spans[match[1] or "T"].append((len(text), len(text) + len(inner)))
        text, at = text + inner, match.end()
    text += marked[at:]
    if re.search(r"[\[\]{}]", text):
        raise ValueError(f"malformed marks in {marked!r}")
    if len(spans["T"]) != 1:
        raise ValueError(f"{len(spans['T'])} triggers in {marked!r}; exactly one must be in braces")
    return Example(text, spans["T"][0], tuple(spans["A"]), tuple(spans["R"]))
