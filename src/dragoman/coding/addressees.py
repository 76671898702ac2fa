"""Recipients of verbal acts whose clause names none: the actor of standing that the report named last (``addressees.tsv``)."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import msgspec
from spacy.tokens import Doc

from dragoman.coding.mentions import EventMention
from dragoman.errors import TableError
from dragoman.ontology.ontology import load_ontology
from dragoman.tables import package_file, read_table

NAMING = frozenset({"name", "metonym", "description"})
"""Kinds of mentions that name somebody; a pronoun or an adjective does not."""


class Reach(msgspec.Struct, frozen=True):
    """How many sentences back the addressee of a type is looked for, and of which sectors it is."""

    sentences: int
    sectors: frozenset[str]


@cache
def reaches() -> dict[str, Reach]:
    """By type, from ``lexicon/addressees.tsv``; raises `TableError` for a row that cannot be used."""
    ontology = load_ontology()
    found: dict[str, Reach] = {}
    for row in read_table(package_file("lexicon", "addressees.tsv"), ("type", "reach", "sectors", "example")):
        name, sectors = row.one_of("type", frozenset(ontology.types)), row.many("sectors")
        unknown = [sector for sector in sectors if sector not in ontology.sectors]
        if name in found or not row["reach"].isdigit() or not sectors or unknown:
            raise TableError(row.path, row.line, f"{name}: repeated, or reach or sectors cannot be used {unknown}")
        found[name] = Reach(int(row["reach"]), frozenset(sectors))
    return found


def addressee(doc: Doc, mention: EventMention, actors: Collection[int]) -> tuple[int, ...]:
    """The entity that a verbal act is addressed to, by what was named last before it; nothing where there is none."""
    reach = reaches().get(mention.type)
    if reach is None:
        return ()
    sentence = doc[mention.trigger].sent
    for _ in range(reach.sentences):
        sentence = doc[max(0, sentence.start - 1)].sent
    first = sentence.start_char
    entities = doc._.entities
    last: tuple[int, ...] = ()
    for named in doc._.actor_mentions:
        if named.kind in NAMING and first <= named.start < mention.start:
            for index in named.entities:
                entity = entities[index]
                if index not in actors and entity.country is not None and entity.sector in reach.sectors:
                    last = (index,)
    return last
