"""Recipients of verbal acts whose clause names none (``addressees.tsv``).

The actor of standing that the report named last; for some types, where there is none, the nearest of the actor's own state.
"""

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
    """How many sentences back the addressee of a type is looked for, of which sectors it is, whether to look at home."""

    sentences: int
    sectors: frozenset[str]
    home: bool


@cache
def reaches() -> dict[str, Reach]:
    """By type, from ``lexicon/addressees.tsv``; raises `TableError` for a row that cannot be used."""
    ontology = load_ontology()
    found: dict[str, Reach] = {}
    for row in read_table(package_file("lexicon", "addressees.tsv"), ("type", "reach", "sectors", "home", "example")):
        name, sectors = row.one_of("type", frozenset(ontology.types)), row.many("sectors")
        unknown = [sector for sector in sectors if sector not in ontology.sectors]
        if name in found or not row["reach"].isdigit() or not sectors or unknown:
            raise TableError(row.path, row.line, f"{name}: repeated, or reach or sectors cannot be used {unknown}")
        home = row.one_of("home", frozenset({"yes", "no"})) == "yes"
        found[name] = Reach(int(row["reach"]), frozenset(sectors), home)
    return found


def addressee(doc: Doc, mention: EventMention, actors: Collection[int]) -> tuple[int, ...]:
    """The entity that a verbal act is addressed to, by what was named last before it; nothing where there is none."""
    reach = reaches().get(mention.type)
    if reach is None:
        return ()
    return _last_of_standing(doc, mention, actors, reach) or (_at_home(doc, mention, actors) if reach.home else ())


def _last_of_standing(doc: Doc, mention: EventMention, actors: Collection[int], reach: Reach) -> tuple[int, ...]:
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


def _at_home(doc: Doc, mention: EventMention, actors: Collection[int]) -> tuple[int, ...]:
    """The known actor of the same state that is named nearest to the act."""
    entities = doc._.entities
    states = {entities[index].country for index in actors} - {None}
    near = [
        (abs(named.start - mention.start), named.start, index)
        for named in doc._.actor_mentions
        if named.kind in NAMING
        for index in named.entities
        if index not in actors and entities[index].named and entities[index].country in states
    ]
    return (min(near)[2],) if near else ()
