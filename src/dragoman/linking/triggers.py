"""What a trigger says of the kind of event: its senses (``trigger_senses.tsv``) and types (the predicate table)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from dragoman.errors import TableError
from dragoman.lexicon.predicates import predicate_table
from dragoman.tables import package_file, read_table

COLUMNS = ("word", "pos", "senses", "broader")
WIDTH = 96
"""Numbers in the vector of a word."""
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


@cache
def vector_table() -> Mapping[str, NDArray[np.int8]]:
    """The vectors of ``trigger_vectors.tsv`` by word; read once. Raises `TableError` for a bad one."""
    path = package_file("linking", "trigger_vectors.tsv")
    found = {}
    for row in read_table(path, ("word", "vector")):
        try:
            numbers = np.frombuffer(base64.b64decode(row["vector"], validate=True), dtype=np.int8)
        except binascii.Error as error:
            raise TableError(path, row.line, f"vector is not base64: {error}") from error
        if len(numbers) != WIDTH:
            raise TableError(path, row.line, f"vector has {len(numbers)} numbers; expected {WIDTH}")
        found[row["word"]] = numbers
    return found


def meanings(triggers: Sequence[Sequence[str]]) -> NDArray[np.float64]:
    """One row of length 1 for each trigger: the mean of the vectors of its words; zeros where none of them has one."""
    table = vector_table()
    rows = np.zeros((len(triggers), WIDTH))
    for row, words in zip(rows, triggers, strict=True):
        known = [table[word].astype(float) for word in words if word in table]
        if known:
            mean = np.mean(known, axis=0)
            row[:] = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return rows
