"""Who met, where the words that name a meeting do not say: "During the talks, Mr Putin stressed ...".

Official readouts often name a meeting by itself and its two sides only in the sentences around it. As long as no
meeting with both sides has been told of, such a mention takes the two persons of different states named nearest to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace
from spacy.tokens import Doc

from dragoman.coding.actor_groups import is_leader
from dragoman.coding.frames import ActorIndex
from dragoman.coding.mentions import Entity, EventMention, Predicate
from dragoman.coding.syntax import clause_span
from dragoman.lexicon.word_lists import word_list

JOINT_TALK_CONFIDENCE = 0.7
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


def joint_talks(doc: Doc, index: ActorIndex, mentions: Sequence[EventMention]) -> tuple[EventMention, ...]:
    """The mentions, and a meeting for the first "X and Y discussed Z" of two states where nothing else names it."""
    entities: tuple[Entity, ...] = doc._.entities
    if any(m.type == "CONSULT" and len(_states(m, entities)) > 1 for m in mentions):
        return tuple(mentions)
    taken = {m.trigger for m in mentions}
    for predicate in doc._.predicates:
        if predicate.token not in taken and predicate.lemma in word_list("joint_talk"):
            found = _joint_talk(doc, index, predicate)
            if found is not None and len(_states(found, entities)) > 1:
                return tuple(sorted((*mentions, found), key=lambda m: m.trigger))
    return tuple(mentions)


def _joint_talk(doc: Doc, index: ActorIndex, predicate: Predicate) -> EventMention | None:
    slots = (*predicate.slots.get("subj", ()), *predicate.slots.get("with", ()))
    parties = tuple(dict.fromkeys(entity for token in slots for entity in index.entities(token, within=False)))
    if len(parties) < 2:
        return None
    left, right = clause_span(doc[predicate.token])
    return EventMention(
        start=doc[left].idx,
        end=doc[right].idx + len(doc[right]),
        trigger=predicate.token,
        type="CONSULT",
        actors=parties[:1],
        recipients=parties[1:],
        confidence=JOINT_TALK_CONFIDENCE,
        rule="joint talk",
    )


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
            if entities[index].country and is_leader(entities[index]):
                counts[index] += 1
                distance[index] = min(distance.get(index, REACH), abs(other.start - mention.start))
    return sorted(counts, key=lambda index: (-counts[index], distance[index], index))
