"""The level at which a party of a meeting, visit or call stands for its state: leader, minister, deputy and so on."""

from __future__ import annotations

import re
from functools import cache

from dragoman.lexicon.actor_tables import Person, persons
from dragoman.tables import package_file, read_table

OFFICIAL = "official"
LEVELS = ("leader", "minister", "deputy", "envoy", OFFICIAL)
"""From the highest to the lowest."""
_NEAR = 60
"""Characters within which a title in apposition stands."""


@cache
def load_levels() -> dict[str, str]:
    rows = read_table(package_file("relations", "levels.tsv"), ("office", "level"))
    return {row["office"]: row.one_of("level", frozenset(LEVELS)) for row in rows}


@cache
def _titles() -> re.Pattern[str]:
    """Words of titles, the longest first, so that "deputy foreign minister" is not taken for a foreign minister."""
    words = sorted(load_levels(), key=lambda office: (-len(office), office))
    return re.compile(r"\b(?:" + "|".join(map(re.escape, words)) + r")\b")


@cache
def _persons() -> dict[str, Person]:
    return {person.name: person for person in persons()}


def level_of(name: str, words: str, day: str | None) -> str | None:
    """The level of a party by its title in the report, else by the office that a known person held on that ISO day.

    None for whoever has no office that is known: a delegation, a country.
    """
    titles = _titles().findall(words.lower())
    if titles:
        return min((load_levels()[title] for title in titles), key=_rank)
    person = _persons().get(name)
    if person is None or day is None:
        return None
    # A head of government may hold a ministry as well: the highest of the offices counts.
    held: list[str | None] = [
        load_levels().get(tenure.office, OFFICIAL) for tenure in person.tenures if tenure.covers(day)
    ]
    return highest(held) or OFFICIAL


def level_beside(name: str, words: str) -> str | None:
    """The level by a title in apposition: "the President of Chile, Luis Rojas", "Luis Rojas, the Chilean president"."""
    at = words.find(name)
    if at < 0:
        return None
    before, after = words[:at].rstrip(), words[at + len(name) :]
    if before.endswith(","):
        titles = list(_titles().finditer(before.lower(), max(len(before) - _NEAR, 0)))
        if titles and before.count(",", titles[-1].end()) == 1:
            return load_levels()[titles[-1][0]]
    if after.startswith(","):
        found = _titles().search(after.lower()[:_NEAR])
        if found and "," not in after[1 : found.start()]:
            return load_levels()[found[0]]
    return None


def _rank(level: str) -> int:
    return LEVELS.index(level)


def highest(levels: list[str | None]) -> str | None:
    """The highest of some levels; None where none is known."""
    known = [level for level in levels if level is not None]
    return min(known, key=_rank) if known else None


def lower(one: str | None, other: str | None) -> str | None:
    """The level at which both sides were present: the lower of the two, None where one is not known."""
    return None if one is None or other is None else max(one, other, key=_rank)
