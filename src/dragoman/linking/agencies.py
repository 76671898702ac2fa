"""News agencies: whose report a text is, and whose it quotes (``agencies.tsv``)."""

from __future__ import annotations

import re
from functools import cache

from dragoman.tables import package_file, read_table

# A dateline stands at the head of a text, a credit at its end.
_HEAD, _TAIL = 90, 60


@cache
def _names() -> dict[str, str]:
    rows = read_table(package_file("linking", "agencies.tsv"), ("agency", "names"))
    return {name: row["agency"] for row in rows for name in row.many("names")}


@cache
def _pattern() -> tuple[re.Pattern[str], re.Pattern[str]]:
    named = "|".join(re.escape(name) for name in sorted(_names(), key=lambda name: (-len(name), name)))
    name = rf"(?<![\w-])(?:the )?(?:news agency )?({named})(?![\w-])(?: news agency| agency)?"
    said = r"(?:reported|reports|said|says|quoted|writes|wrote|has reported|had reported|learned|put it|carried)"
    quoting = re.compile(
        rf"(?:according to|citing|quoting|quoted by|cited by|reported by|told|reports? (?:by|from)|wire of|dispatch of) {name}"
        rf"|{name},? (?:\w+ )?{said}\b|\({name}\)"
    )
    return re.compile(rf"\(({named})\)|({named})\s+[-–—]|[-–—]\s*({named})$"), quoting


def agency_of(publisher: str | None, text: str | None = None) -> str | None:
    """The agency that made a report: its publisher, or its dateline or credit ("KYIV (Reuters) -")."""
    if publisher and publisher.strip() in _names():
        return _names()[publisher.strip()]
    if not text:
        return None
    found = _pattern()[0].search(text[:_HEAD]) or _pattern()[0].search(text[-_TAIL:].rstrip())
    return _names()[next(name for name in found.groups() if name)] if found else None


def quoted_agencies(text: str) -> tuple[str, ...]:
    """The agencies that a text names as its source, sorted."""
    groups = (group for found in _pattern()[1].finditer(text) for group in found.groups() if group)
    return tuple(sorted({_names()[group] for group in groups}))


def named_agency(*names: str | None) -> str | None:
    """The agency that one of these names is, if any."""
    for name in names:
        if name and name.removeprefix("the ") in _names():
            return _names()[name.removeprefix("the ")]
    return None
