"""What a trigger says of the kind of event: its senses (``trigger_senses.tsv``) and types (the predicate table)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import msgspec

from dragoman.lexicon.predicates import predicate_table
from dragoman.tables import package_file, read_table

COLUMNS = ("word", "pos", "senses", "broader")
VERB, NOUN = "VERB", "NOUN"


class Senses(msgspec.Struct, frozen=True):
    """The commonest senses of a word and the senses one step above them, as numbers of the table."""

    own: frozenset[str] = frozenset()
    broader: frozenset[str] = frozenset()


@cache
def sense_table() -> Mapping[tuple[str, str], Senses]:
    """The table that ships with the package, by lemma and part of speech; read once."""
    return {
        (row["word"], row.one_of("pos", (VERB, NOUN))): Senses(
            frozenset(row.many("senses")), frozenset(row.many("broader"))
        )
        for row in read_table(package_file("linking", "trigger_senses.tsv"), COLUMNS)
    }


def senses_of(lemma: str, pos: str) -> Senses:
    """The senses of a lemma; a word that the table has under the other part of speech alone is taken as that."""
    table = sense_table()
    other = NOUN if pos == VERB else VERB
    return table.get((lemma, pos)) or table.get((lemma, other)) or Senses()


def types_of(lemma: str, pos: str) -> frozenset[str]:
    """The PLOVER types that the predicate table has for a lemma, whatever its frame."""
    return frozenset(entry.type for entry in predicate_table().lookup(lemma, pos))
