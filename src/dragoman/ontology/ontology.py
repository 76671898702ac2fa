"""The ontology of events as data: types, modes, contexts and sectors, loaded and cross-checked once.

PLOVER 2.0 ships in ``ontology/plover``; another ontology is another folder with the same four tables.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from dragoman.errors import TableError
from dragoman.tables import package_file, read_table

QUADS = ("verbal cooperation", "material cooperation", "verbal conflict", "material conflict")


class EventType(msgspec.Struct, frozen=True):
    """One event type: `quad` is its quad class, `score` the type-level score in [-10, 10]."""

    name: str
    quad: str
    score: float
    recipient_required: bool
    symmetric: bool
    gloss: str


class Mode(msgspec.Struct, frozen=True):
    """A mode of an event type, with the score that replaces the type's."""

    type: str
    name: str
    score: float
    gloss: str


class Ontology(msgspec.Struct, frozen=True):
    """The types, modes (by type and name), contexts and sectors of one ontology."""

    types: dict[str, EventType]
    modes: dict[tuple[str, str], Mode]
    contexts: dict[str, str]
    sectors: dict[str, str]

    def quad(self, type_name: str) -> str:
        """The quad class of a type."""
        return self.types[type_name].quad

    def score(self, type_name: str, mode: str | None) -> float:
        """The score of a mode, or of the type where the event has none."""
        found = self.modes.get((type_name, mode)) if mode else None
        return found.score if found else self.types[type_name].score

    def modes_of(self, type_name: str) -> tuple[str, ...]:
        """The modes that a type has, in the order of the table."""
        return tuple(name for (owner, name) in self.modes if owner == type_name)


@cache
def load_ontology(folder: Path | None = None) -> Ontology:
    """Load the tables of an ontology folder (default: PLOVER); raises `TableError` naming file and line."""
    folder = folder or package_file("ontology", "plover")
    types: dict[str, EventType] = {}
    for row in read_table(folder / "types.tsv", ("type", "quad", "score", "recipient_required", "symmetric", "gloss")):
        name = row["type"]
        if name in types:
            raise TableError(row.path, row.line, f"type {name} stands twice")
        types[name] = EventType(
            name=name,
            quad=row.one_of("quad", QUADS),
            score=float(row["score"]),
            recipient_required=row.one_of("recipient_required", ("yes", "no")) == "yes",
            symmetric=row.one_of("symmetric", ("yes", "no")) == "yes",
            gloss=row["gloss"],
        )
    modes: dict[tuple[str, str], Mode] = {}
    for row in read_table(folder / "modes.tsv", ("type", "mode", "score", "gloss")):
        key = (row.one_of("type", frozenset(types)), row["mode"])
        if key in modes:
            raise TableError(row.path, row.line, f"mode {key[1]} of {key[0]} stands twice")
        modes[key] = Mode(type=key[0], name=key[1], score=float(row["score"]), gloss=row["gloss"])
    contexts = {row["context"]: row["gloss"] for row in read_table(folder / "contexts.tsv", ("context", "gloss"))}
    sectors = {row["sector"]: row["gloss"] for row in read_table(folder / "sectors.tsv", ("sector", "use", "gloss"))}
    return Ontology(types=types, modes=modes, contexts=contexts, sectors=sectors)
