"""States of actors from places: "residents of Bocas del Toro" are Panama's, whoever the report is about.

Two readings that need both the actors and the places of a report (``dragoman_entity_places``, and `localize` when the
events are known). A state that the words of an actor give is never changed; only one that is missing, or was taken from
what the report is about (`Entity.guessed`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace
from spacy.language import Language
from spacy.tokens import Doc

from dragoman.coding.extensions import declare
from dragoman.coding.mentions import ActorMention, Entity, EventMention, Toponym
from dragoman.lexicon.countries import by_code

UNPLACED = frozenset({"IGO", "NGO", "REB", "UAF", "CRM", "ISM"})
"""Sectors of actors that are not of the state in which they stand."""
LOCAL = frozenset({"CVL", "REF", "COP", "MED", "EDU", "AGR", "LAB", "REL", "SOC"})
"""Sectors of those whom violence meets where they live."""

LIVING = frozenset({"of", "in", "from", "near"})
"""Prepositions of the place where somebody is at home."""


class EntityPlaces:
    """Gives a state to the entities whose words hold a place and which have none but by guess."""

    def __call__(self, doc: Doc) -> Doc:
        entities: list[Entity] = list(doc._.entities)
        for mention in doc._.actor_mentions:
            if len(mention.entities) != 1 or mention.kind not in ("name", "description"):
                continue
            entity = entities[mention.entities[0]]
            if not is_open(entity) or entity.sector in UNPLACED or (entity.named and entity.guessed):
                continue
            country = next((code for t in within(doc, mention) if (code := state_of(t.country))), None)
            if country is not None:
                entities[entity.index] = replace(entity, country=country, guessed=False)
        doc._.entities = tuple(entities)
        return doc


def is_open(entity: Entity) -> bool:
    """Whether no words have given the entity its state."""
    return entity.country is None or entity.guessed


def state_of(country: str | None) -> str | None:
    """The code that PLOVER writes for the ISO3 country of a place: people of Guam are of the United States."""
    found = by_code(country) if country else None
    return found.plover if found else None


def within(doc: Doc, mention: ActorMention) -> Iterator[Toponym]:
    """The places that the words of a mention name, or a phrase that says where it lives, in the order of the text."""
    end = mention.end
    for child in doc[mention.head].children:
        if child.dep_ == "prep" and child.lower_ in LIVING and child.i > mention.head:
            last = doc[child.right_edge.i]
            end = max(end, last.idx + len(last.text))
            break
    for toponym in doc._.toponyms:
        if mention.start <= toponym.start and toponym.end <= end and toponym.kind in ("literal", "embedded"):
            yield toponym


def localize(doc: Doc, victims: Iterable[tuple[int, str]]) -> None:
    """Make those whom violence met, unnamed and of no stated state, people of the country where it happened.

    `victims` are pairs of an entity's index and the ISO3 country of the event's place.
    """
    entities: list[Entity] = list(doc._.entities)
    for index, country in victims:
        entity = entities[index]
        state = state_of(country)
        if state and not entity.named and is_open(entity) and entity.sector in LOCAL:
            entities[index] = replace(entity, country=state, guessed=False)
    doc._.entities = tuple(entities)


def without_place(doc: Doc, event: EventMention, place: Toponym) -> EventMention:
    """The mention less a state that is nothing but where it happened ("marched in Belgium"); with its only party left."""
    located = {
        index
        for mention in doc._.actor_mentions
        if mention.start <= place.start and mention.end == place.end and len(mention.entities) == 1
        for index in mention.entities
        if (doc._.entities[index].key or "").startswith(("state:", "region:"))
    }
    actors = tuple(index for index in event.actors if index not in located)
    recipients = tuple(index for index in event.recipients if index not in located)
    return replace(event, actors=actors, recipients=recipients) if actors or recipients else event


CROWD = "protesters"


def with_crowd(doc: Doc, event: EventMention, place: Toponym) -> EventMention:
    """A protest of nobody in particular ("a rally in Sanaa", "thousands marched") is by people of the place.

    They are one entity a country in a report, in the words that tell of the protest; a protest with actors stays as it is.
    """
    if event.actors or place.country is None:
        return event
    entities: tuple[Entity, ...] = doc._.entities
    known = next((e.index for e in entities if e.name == CROWD and e.country == place.country), None)
    index = len(entities) if known is None else known
    if known is None:
        crowd = Entity(index=index, name=CROWD, country=place.country, sector="CVL", named=False)
        doc._.entities = (*entities, crowd)
    token = doc[event.trigger]
    word = next((child for child in token.children if child.dep_ == "nsubj" and child.pos_ in ("NOUN", "NUM")), token)
    end = word.idx + len(word.text)
    told = ActorMention(start=word.idx, end=end, head=word.i, entities=(index,), kind="description")
    doc._.actor_mentions = (*doc._.actor_mentions, told)
    return replace(event, actors=(index,))


@Language.factory("dragoman_entity_places")
def make_entity_places(nlp: Language, name: str) -> EntityPlaces:
    """spaCy's factory for the component."""
    declare()
    return EntityPlaces()
