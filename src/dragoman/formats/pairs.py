"""Events as rows of one actor and one recipient, for formats that have no lists."""

from __future__ import annotations

from itertools import permutations, product

from dragoman.ontology.ontology import load_ontology
from dragoman.records import Actor, Event

Pair = tuple[Actor | None, Actor | None]


def pairs(event: Event) -> list[Pair]:
    """Each actor with each recipient; a symmetric event of several actors without recipient in mirrored pairs.

    ICEWS and GDELT write meetings so: one row a direction. An event without parties gives one row without them.
    """
    actors = event.actors or (None,)
    if event.recipients:
        return list(product(actors, event.recipients))
    if len(event.actors) > 1 and load_ontology().types[event.type].symmetric:
        return list(permutations(event.actors, 2))
    return [(actor, None) for actor in actors]
