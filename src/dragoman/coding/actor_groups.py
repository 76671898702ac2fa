"""Plurals that stand for the parties of a report: "the two presidents", "the heads of state", "both sides".

A bare definite plural of a word for leaders or sides, without an adjective or of-phrase that says whose, means the
actors of different states that the report has just named; at the opening of a report, those it is about to name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace
from spacy.tokens import Doc, Token

from dragoman.coding.mentions import ActorMention, Entity
from dragoman.lexicon.word_lists import word_list

REACH = 900
"""Characters back to the actors that a plural may stand for."""
LEADERS = word_list("leader_plurals")
SIDES = word_list("side_plurals")


def resolve_groups(doc: Doc, entities: Sequence[Entity], mentions: Sequence[ActorMention]) -> list[ActorMention]:
    """The mentions, with bare plurals of leaders and sides standing for the two actors meant where there are two."""
    ordered = sorted(mentions, key=lambda m: (m.start, m.end))
    named = [m for m in ordered if len(m.entities) == 1 and _can_be_party(entities[m.entities[0]])]
    resolved = []
    for mention in ordered:
        word = doc[mention.head].lemma_.lower()
        if (word in LEADERS or word in SIDES) and _is_bare_plural(doc[mention.head]):
            members = _members(mention, named, entities, persons=word in LEADERS)
            if len(members) == 2:
                mention = replace(mention, entities=members)
        resolved.append(mention)
    return resolved


def _can_be_party(entity: Entity) -> bool:
    return entity.country is not None and entity.key is not None


def _is_bare_plural(token: Token) -> bool:
    """A plural with "the", "both", "these" or "two", and nothing that says whose they are."""
    if token.tag_ not in ("NNS", "NNPS", "NN") or (token.tag_ == "NN" and token.lower_ != "heads"):
        return False
    definite = False
    for child in token.children:
        if child.dep_ in ("det", "predet", "nummod"):
            definite = definite or child.lower_ in ("the", "both", "these", "two", "all")
            if child.dep_ == "nummod" and child.lower_ not in ("two", "2"):
                return False
        elif child.dep_ == "prep" and child.lower_ == "of":
            if not all(inner.lower_ in ("state", "government", "delegations", "countries") for inner in child.children):
                return False
        elif child.dep_ in ("amod", "compound", "poss", "nmod", "appos") and child.lower_ not in ("foreign", "prime"):
            return False
    return definite


def _members(
    mention: ActorMention, named: Sequence[ActorMention], entities: Sequence[Entity], persons: bool
) -> tuple[int, ...]:
    """The two actors of different states that a plural stands for.

    Leaders: the persons named nearest before it, else the first two after it, holders of an office ("the Turkish Prime
    Minister") counting as persons; failing these, as for sides, the two states that the report names most often.
    """
    if persons:
        leaders = [m for m in named if is_leader(entities[m.entities[0]])]
        before = [m for m in reversed(leaders) if m.end <= mention.start and mention.start - m.start <= REACH]
        after = [m for m in leaders if m.start >= mention.end]
        if len(found := _two_states(before, entities)) == 2:
            return tuple(reversed(found))
        if len(found := _two_states([*before, *after], entities)) == 2:
            return tuple(found)
    counts = Counter(m.entities[0] for m in named if (entities[m.entities[0]].key or "").startswith("state:"))
    often = sorted(counts, key=lambda index: (-counts[index], index))[:2]
    return tuple(sorted(often)) if len(often) == 2 else ()


def is_leader(entity: Entity) -> bool:
    """A person, or the holder of an office known by country and title (keys ``person:...``, ``TUR:prime-minister``)."""
    kind = (entity.key or "").partition(":")[0]
    return kind == "person" or (len(kind) == 3 and kind.isupper() and entity.sector in ("GOV", "ELI"))


def _two_states(mentions: Sequence[ActorMention], entities: Sequence[Entity]) -> list[int]:
    found: list[int] = []
    for mention in mentions:
        index = mention.entities[0]
        if all(entities[other].country != entities[index].country for other in found):
            found.append(index)
        if len(found) == 2:
            break
    return found
