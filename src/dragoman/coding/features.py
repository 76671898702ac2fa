"""What the classifier sees of a predicate and of an actor beside it: the same for training and for coding.

A sentence is encoded once. Each predicate in it is a candidate: the encoder's vector of its first word piece goes with
the features below to the type, mode and realis heads. Each actor that could take part is paired with the candidate and
goes with its features to the role head.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Doc, Span, Token

from dragoman.coding.assessments import is_assessment
from dragoman.coding.frames import ActorIndex, FrameMatcher, read_slots
from dragoman.coding.mentions import Predicate
from dragoman.coding.syntax import is_passive
from dragoman.lexicon.predicates import Entry

TYPES = (
    "AGREE CONSULT SUPPORT CONCEDE COOPERATE AID RETREAT REQUEST ACCUSE REJECT THREATEN PROTEST SANCTION MOBILIZE "
    "COERCE ASSAULT"
).split()
NONE = "NONE"
DEPENDENCIES = "ROOT conj xcomp ccomp advcl acl relcl pcomp pobj dobj nsubj nsubjpass attr compound appos".split()
SLOTS = (
    "subj obj iobj poss amod with to against on in from of between by for over at among toward into about attr "
    "after comp.subj"
).split()
KINDS = ("name", "description", "pronoun", "adjective", "metonym")
FUTURE = frozenset({"will", "'ll", "shall", "would", "wo"})
MODALS = frozenset({"may", "might", "could", "can", "should", "must"})
MAX_PAIRS = 14

Floats = NDArray[np.float32]


class Pair(msgspec.Struct, frozen=True):
    """An actor that may take part in a candidate's event: its head token, the slot it fills and its features."""

    token: int
    slot: str | None
    entities: tuple[int, ...]
    features: Floats


class Candidate(msgspec.Struct, frozen=True):
    """A predicate that may be an event, with the entry of the table that fits it (None: no entry does)."""

    predicate: Predicate
    entry: Entry | None
    features: Floats
    pairs: tuple[Pair, ...]


class SentenceCandidates(msgspec.Struct, frozen=True):
    """The candidates of one sentence; `start` and `end` are character offsets of the sentence in the text."""

    start: int
    end: int
    candidates: tuple[Candidate, ...]


class CandidateFinder:
    """Finds the candidates of a Doc that has its predicates and actors."""

    def __init__(self, matcher: FrameMatcher, worth: Callable[[str], bool] | None = None) -> None:
        """With `worth`, sentences whose words it does not pass are left out."""
        self._matcher = matcher
        self._worth = worth

    def sentences(self, doc: Doc) -> Iterator[SentenceCandidates]:
        """Sentences that hold a candidate, in the order of the text."""
        index = ActorIndex(doc)
        entries = {p.token: self._matcher.match(doc, p, index) for p in doc._.predicates}
        by_sentence: dict[int, list[Predicate]] = {}
        for predicate in doc._.predicates:
            by_sentence.setdefault(doc[predicate.token].sent.start, []).append(predicate)
        for sentence in doc.sents:
            predicates = by_sentence.get(sentence.start, [])
            actors = _actors_of(doc, sentence)
            if not predicates or not (actors or any(entries[p.token] for p in predicates)):
                continue
            if self._worth is not None and not self._worth(sentence.text):
                continue
            found = [self._candidate(doc, p, entries, index, actors) for p in predicates]
            yield SentenceCandidates(sentence.start_char, sentence.end_char, tuple(found))

    def _candidate(
        self,
        doc: Doc,
        predicate: Predicate,
        entries: dict[int, Entry | None],
        index: ActorIndex,
        actors: Sequence[int],
    ) -> Candidate:
        entry = entries[predicate.token]
        acting = set(read_slots(entry.actors, doc, predicate, index)) if entry else set()
        receiving = set(read_slots(entry.recipients, doc, predicate, index)) - acting if entry else set()
        slots = _slot_of(doc, predicate, index)
        near = sorted(dict.fromkeys([*slots, *actors]), key=lambda i: (i not in slots, abs(i - predicate.token), i))
        pairs = []
        for token in near[:MAX_PAIRS]:
            entities = index.entities(token)
            if entities:
                role = 1 if acting & set(entities) else 2 if receiving & set(entities) else 0
                slot = slots.get(token)
                pairs.append(Pair(token, slot, entities, _pair_features(doc, predicate, token, slot, role, index)))
        return Candidate(predicate, entry, _features(doc, predicate, entry, entries, slots), tuple(pairs))


def _actors_of(doc: Doc, sentence: Span) -> list[int]:
    return [m.head for m in doc._.actor_mentions if sentence.start <= m.head < sentence.end]


def _slot_of(doc: Doc, predicate: Predicate, index: ActorIndex) -> dict[int, str]:
    """The slot that each actor-bearing filler stands in."""
    found: dict[int, str] = {}
    for slot, tokens in predicate.slots.items():
        for token in tokens:
            if token not in found and index.entities(token):
                found[token] = slot
    for comp in predicate.slots.get("comp", ()):
        for child in doc[comp].children:
            if child.dep_ in ("nsubj", "nsubjpass") and child.i not in found and index.entities(child.i):
                found[child.i] = "comp.subj"
    return found


def _one_hot(values: Sequence[str], value: str | None) -> list[float]:
    return [1.0 if value == name else 0.0 for name in values]


def _features(
    doc: Doc, predicate: Predicate, entry: Entry | None, entries: dict[int, Entry | None], slots: dict[int, str]
) -> Floats:
    token = doc[predicate.token]
    above = next((entries[g] for g in predicate.governors[:3] if entries.get(g)), None)
    values = _one_hot(TYPES, entry.type if entry else None)
    values += _one_hot(TYPES, above.type if above else None)
    values += _one_hot(DEPENDENCIES, token.dep_)
    values += [
        entry.prior if entry else 0.0,
        len(entry.frame) / 3 if entry else 0.0,
        float(predicate.pos == "VERB"),
        float(is_passive(token)),
        float(any(slot == "subj" for slot in slots.values())),
        float(any(slot == "obj" for slot in slots.values())),
        min(len(slots), 4) / 4,
        float(is_assessment(doc, predicate.token)),
        float(_attributed(doc, token)),
        *_verb_form(token),
    ]
    return np.asarray(values, dtype=np.float32)


def _verb_form(token: Token) -> list[float]:
    children = list(token.children)
    words = {child.lower_ for child in children if child.dep_ in ("aux", "auxpass")}
    return [
        float(any(child.dep_ == "neg" for child in children)),
        float(bool(words & FUTURE)),
        float(bool(words & MODALS)),
        float("to" in words),
        float("had" in words),
        float(token.tag_ == "VBG"),
        float(token.tag_ in ("VBZ", "VBP")),
        float(any(child.dep_ == "mark" and child.lower_ in ("if", "unless", "whether") for child in children)),
    ]


def _attributed(doc: Doc, token: Token) -> bool:
    at = token.idx
    return any(start <= at < end for found in doc._.attributions for start, end in found.content)


def _pair_features(
    doc: Doc, predicate: Predicate, token: int, slot: str | None, role: int, index: ActorIndex
) -> Floats:
    mention = index.mention(token)
    distance = abs(token - predicate.token)
    values = _one_hot(SLOTS, slot)
    values += [float(slot is None), float(role == 1), float(role == 2), float(token < predicate.token)]
    values += [float(distance <= bound) for bound in (1, 3, 6, 12)]
    values += _one_hot(KINDS, mention.kind if mention else None)
    values += [float(is_passive(doc[predicate.token])), float(predicate.pos == "VERB")]
    return np.asarray(values, dtype=np.float32)


CANDIDATE_SIZE = 2 * len(TYPES) + len(DEPENDENCIES) + 17
PAIR_SIZE = len(SLOTS) + 4 + 4 + len(KINDS) + 2
