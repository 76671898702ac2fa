"""Who met, where the words that name a meeting do not say: "During the talks, Mr Putin stressed ...".

Official readouts often name a meeting by itself and its two sides only in the sentences around it. As long as no
meeting with both sides has been told of, such a mention takes the two persons of different states named nearest to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace
from spacy.tokens import Doc

from dragoman.coding.mentions import Entity, EventMention

REACH = 700
"""Characters around a mention in which its parties are looked for."""


def complete_meetings(doc: Doc, mentions: Sequence[EventMention]) -> tuple[EventMention, ...]:
    """The mentions, with parties for meetings that name less than two states, up to the first that names both."""
    entities: tuple[Entity, ...] = doc._.entities
    complete = []
    whole = False
    for mention in mentions:
        if mention.type == "CONSULT" and not whole:
            states = _states(mention, entities)
            if len(states) < 2 and _names_a_meeting(doc, mention):
                mention = _completed(doc, mention, entities)
                states = _states(mention, entities)
            whole = len(states) > 1
        complete.append(mention)
    return tuple(complete)


def _states(mention: EventMention, entities: Sequence[Entity]) -> frozenset[str]:
    found = (entities[index].country for index in (*mention.actors, *mention.recipients))
    return frozenset(country for country in found if country is not None)


def _names_a_meeting(doc: Doc, mention: EventMention) -> bool:
    """A definite or bare noun ("the talks", "talks were held"), or a verb that needs somebody at the other end."""
    token = doc[mention.trigger]
    if token.pos_ == "VERB":
        return bool(mention.actors or mention.recipients)
    return not any(child.dep_ in ("poss", "relcl") or child.lower_ in ("a", "an") for child in token.children)


def _completed(doc: Doc, mention: EventMention, entities: Sequence[Entity]) -> EventMention:
    present = [*mention.actors, *mention.recipients]
    chosen: list[int] = []
    taken = {entities[index].country for index in present}
    for index in _persons_near(doc, mention, entities):
        if len(present) + len(chosen) >= 2 and len(taken - {None}) >= 2:
            break
        if entities[index].country not in taken:
            taken.add(entities[index].country)
            chosen.append(index)
    if len(taken - {None}) < 2:
        return mention
    if not present:
        return replace(mention, actors=tuple(chosen[:1]), recipients=tuple(chosen[1:]))
    if not mention.actors:
        return replace(mention, actors=tuple(chosen))
    return replace(mention, recipients=(*mention.recipients, *chosen))


def _persons_near(doc: Doc, mention: EventMention, entities: Sequence[Entity]) -> list[int]:
    """Named persons of a state around a mention, the most often named first, the nearest of equals."""
    counts: Counter[int] = Counter()
    distance: dict[int, int] = {}
    for other in doc._.actor_mentions:
        if abs(other.start - mention.start) > REACH:
            continue
        for index in other.entities:
            entity = entities[index]
            if entity.country and (entity.key or "").startswith("person:") and entity.sector in ("GOV", "ELI", "PTY"):
                counts[index] += 1
                distance[index] = min(distance.get(index, REACH), abs(other.start - mention.start))
    return sorted(counts, key=lambda index: (-counts[index], distance[index], index))
