"""Annotated texts as training examples: each predicate of a sentence with the event it tells of, or none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np
from spacy.tokens import Doc

from dragoman.coding.features import NONE, Candidate, CandidateFinder, Floats, Pair, SentenceCandidates

UNKNOWN = "IGNORE"
"""The label of a candidate of which the annotation does not say whether it is an event."""

STOP = frozenset({"the", "and", "for", "of", "his", "her", "their", "its", "government", "president", "minister"})
ROLES = ("none", "actor", "recipient")


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """An annotated actor or recipient: where it is marked, or, where nothing is marked, its words, name and country."""

    spans: tuple[tuple[int, int], ...] = ()
    text: str = ""
    name: str = ""
    country: str | None = None


class GoldEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One annotated event; character spans are offsets into the text of its item.

    `exact`: the triggers are the very words that name the event; otherwise they are evidence, inside which the trigger
    is looked for (the predicate that the table of predicates gives the event's type, else the highest in the parse).
    """

    type: str
    mode: str | None
    realis: str
    triggers: tuple[tuple[int, int], ...]
    actors: tuple[Party, ...] = ()
    recipients: tuple[Party, ...] = ()
    exact: bool = True


class GoldText(msgspec.Struct, frozen=True, kw_only=True):
    """A text with its events; `group` names what must not be split over folds (a document, an author).

    `whole`: all events are annotated, so that every other candidate is none; otherwise nothing is known of the others.
    """

    id: str
    text: str
    published: str | None
    events: tuple[GoldEvent, ...]
    group: str
    weight: float = 1.0
    whole: bool = True


class LabelledPair(msgspec.Struct, frozen=True):
    """An actor beside a candidate: its head's offset in the sentence, features, role (index into `ROLES`)."""

    at: int
    features: Floats
    role: int


class LabelledCandidate(msgspec.Struct, frozen=True):
    """A candidate: offset of its trigger in the sentence, features, and labels (`type` NONE: no event)."""

    at: int
    features: Floats
    type: str
    mode: str | None
    realis: str | None
    pairs: tuple[LabelledPair, ...]


class Example(msgspec.Struct, frozen=True):
    """A sentence with its candidates."""

    id: str
    group: str
    text: str
    weight: float
    candidates: tuple[LabelledCandidate, ...]


class MarkedPair(msgspec.Struct, frozen=True):
    """A sentence with marks around a source and a target, and the type of what passes between them."""

    text: str
    type: str


class Coverage(msgspec.Struct):
    """How many annotated events the candidates reach, and how many of their parties the actors reach."""

    events: int = 0
    reached: int = 0
    parties: int = 0
    parties_reached: int = 0


def examples(
    texts: Sequence[GoldText], docs: Iterable[Doc], finder: CandidateFinder, coverage: Coverage
) -> Iterator[Example]:
    """The examples of texts whose Docs went through the pipeline up to the predicates, in the same order."""
    for gold, doc in zip(texts, docs, strict=True):
        yield from _of_doc(gold, doc, finder, coverage)


def _of_doc(gold: GoldText, doc: Doc, finder: CandidateFinder, coverage: Coverage) -> Iterator[Example]:
    sentences = list(finder.sentences(doc))
    triggers, doubtful = _trigger_events(gold, doc, sentences)
    coverage.events += len(gold.events)
    coverage.reached += len({id(event) for event in triggers.values()})
    for sentence in sentences:
        labelled = []
        for candidate in sentence.candidates:
            token = candidate.predicate.token
            unknown = token in doubtful or not gold.whole
            labelled.append(_label(doc, sentence, candidate, triggers.get(token), unknown, coverage))
        yield Example(gold.id, gold.group, doc.text[sentence.start : sentence.end], gold.weight, tuple(labelled))


def _trigger_events(
    gold: GoldText, doc: Doc, sentences: Sequence[SentenceCandidates]
) -> tuple[dict[int, GoldEvent], set[int]]:
    """The candidate that stands for each trigger, and candidates of which the annotation does not say what they are."""
    candidates = {c.predicate.token: c for s in sentences for c in s.candidates}
    found: dict[int, GoldEvent] = {}
    doubtful: set[int] = set()
    for event in gold.events:
        for start, end in event.triggers:
            inside = [i for i in candidates if start <= doc[i].idx < end and i not in found]
            if not inside:
                continue
            best = min(inside, key=lambda i: _trigger_rank(doc, candidates[i], event))
            found[best] = event
            if not event.exact:
                doubtful.update(i for i in inside if _fits(candidates[i], event))
    return found, doubtful - set(found)


def _fits(candidate: Candidate, event: GoldEvent) -> bool:
    return candidate.entry is not None and candidate.entry.type == event.type


def _trigger_rank(doc: Doc, candidate: Candidate, event: GoldEvent) -> tuple[bool, bool, int, int]:
    token = candidate.predicate.token
    fits = event.exact or _fits(candidate, event)
    depth = sum(1 for _ in doc[token].ancestors)
    return not fits, not event.exact and candidate.entry is None, depth, token


def _label(
    doc: Doc,
    sentence: SentenceCandidates,
    candidate: Candidate,
    event: GoldEvent | None,
    unknown: bool,
    coverage: Coverage,
) -> LabelledCandidate:
    at = doc[candidate.predicate.token].idx - sentence.start
    if event is None:
        pairs = tuple(_pair(doc, sentence, pair, 0) for pair in candidate.pairs)
        return LabelledCandidate(at, candidate.features, UNKNOWN if unknown else NONE, None, None, pairs)
    roles = _roles(doc, candidate.pairs, event, coverage)
    pairs = tuple(_pair(doc, sentence, pair, role) for pair, role in zip(candidate.pairs, roles, strict=True))
    return LabelledCandidate(at, candidate.features, event.type, event.mode, event.realis, pairs)


def _pair(doc: Doc, sentence: SentenceCandidates, pair: Pair, role: int) -> LabelledPair:
    return LabelledPair(max(0, doc[pair.token].idx - sentence.start), pair.features, role)


def _roles(doc: Doc, pairs: Sequence[Pair], event: GoldEvent, coverage: Coverage) -> list[int]:
    """A role for each pair: that of the marked phrase which its head stands in, or of the party that it means."""
    roles = [0] * len(pairs)
    for role, parties in ((1, event.actors), (2, event.recipients)):
        for party in parties:
            coverage.parties += 1
            inside = [n for n, pair in enumerate(pairs) if not roles[n] and _means(doc, pair, party)]
            if inside:
                coverage.parties_reached += 1
                for n in inside if not party.spans else [min(inside, key=lambda n: _depth(doc, pairs[n]))]:
                    roles[n] = role
    return roles


def _depth(doc: Doc, pair: Pair) -> tuple[int, int]:
    return sum(1 for _ in doc[pair.token].ancestors), pair.token


def _means(doc: Doc, pair: Pair, party: Party) -> bool:
    """Whether a pair's actor is the annotated party: inside its marks, or of its words, name or (a state) country."""
    at = doc[pair.token].idx
    if party.spans:
        return any(start <= at < end for start, end in party.spans)
    words = _words(party.text) | _words(party.name)
    for index in pair.entities:
        entity = doc._.entities[index]
        if words & _words(entity.name):
            return True
        state = entity.sector in (None, "GOV", "MIL") and entity.country is not None
        if state and entity.country == party.country:
            return True
    return False


def _words(text: str) -> set[str]:
    return {word for word in text.lower().split() if len(word) > 2 and word not in STOP}


def stack(features: Sequence[Floats], size: int) -> Floats:
    """Feature vectors as one array of shape (n, size), also for n = 0."""
    return np.stack(features) if features else np.zeros((0, size), dtype=np.float32)
