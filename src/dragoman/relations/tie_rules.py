"""The rules of ties (``tie_rules.tsv``): which event makes, changes or ends which tie."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec

from dragoman.errors import TableError
from dragoman.ontology.ontology import load_ontology
from dragoman.records import Realis
from dragoman.tables import Row, package_file, read_table

EFFECTS = ("changes", "begins", "ends", "point")
DIRECTIONS = ("actor>recipient", "recipient>actor", "both", "all")
NO_MODE = "-"
COLUMNS = (
    "tie",
    "state",
    "effect",
    "types",
    "modes",
    "realis",
    "words",
    "without",
    "direction",
    "state_actors",
    "example",
)
Words = tuple[re.Pattern[str], ...]


class TieRule(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table: what an event must be (`types`, `modes`, `realis`, `words`) and what tie it then makes.

    `modes` is empty where any will do; it holds `NO_MODE` where none will. All of `words`
    must be found, none of `without`.
    """

    tie: str
    state: str
    effect: str
    types: frozenset[str]
    modes: frozenset[str]
    realis: frozenset[str]
    words: Words
    without: Words
    direction: str
    state_actors: bool
    example: str

    def fits(self, kind: str, mode: str | None, realis: str, words: str) -> bool:
        """Whether an event of this type, mode and realis, told in these words (in lower case), is one of the rule's."""
        if kind not in self.types or realis not in self.realis:
            return False
        if self.modes and (mode or NO_MODE) not in self.modes:
            return False
        return all(part.search(words) for part in self.words) and not any(part.search(words) for part in self.without)


def word_pattern(group: str) -> re.Pattern[str]:
    """The pattern of one group: alternatives between ``|``, a ``*`` at the end of a stem."""
    parts = (part.strip() for part in group.split("|"))
    stems = (re.escape(part[:-1]) + r"\w*" if part.endswith("*") else re.escape(part) + r"\b" for part in parts if part)
    return re.compile(r"\b(?:" + "|".join(stems) + ")")


def _words(row: Row, column: str) -> Words:
    return tuple(word_pattern(group) for group in row[column].split(" + ") if group.strip())


def _known(row: Row, column: str, allowed: frozenset[str]) -> frozenset[str]:
    values = frozenset(row.many(column))
    for value in sorted(values - allowed):
        raise TableError(row.path, row.line, f"{column} has {value!r}; allowed: {', '.join(sorted(allowed))}")
    return values


def _rule(row: Row) -> TieRule:
    ontology = load_ontology()
    types = _known(row, "types", frozenset(ontology.types))
    modes = frozenset(mode for kind, mode in ontology.modes if kind in types) | {NO_MODE}
    if not (row["tie"] and row["state"] and types and row["example"]):
        raise TableError(row.path, row.line, "tie, state, types and example are needed")
    return TieRule(
        tie=row["tie"],
        state=row["state"],
        effect=row.one_of("effect", EFFECTS),
        types=types,
        modes=_known(row, "modes", modes),
        realis=_known(row, "realis", frozenset(Realis)),
        words=_words(row, "words"),
        without=_words(row, "without"),
        direction=row.one_of("direction", DIRECTIONS),
        state_actors=row.one_of("state_actors", ("yes", "no")) == "yes",
        example=row["example"],
    )


def read_rules(path: Path) -> tuple[TieRule, ...]:
    """The rules of a table; raises `TableError` with file and line for a value that is not allowed."""
    return tuple(_rule(row) for row in read_table(path, COLUMNS))


@cache
def tie_rules() -> tuple[TieRule, ...]:
    """The rules that ship."""
    return read_rules(package_file("relations", "tie_rules.tsv"))
