"""Pairs of actors cut out of unlabelled news, for a small network to learn from what a large one makes of them.

A source is an actor that is the subject, the agent or the owner of something in a sentence, a target another actor
that depends on the same thing. Which type passes between the two, if any, is the teacher's to say (`dragoman.training.pair_fit`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from spacy.language import Language
from spacy.tokens import Doc, Span, Token

from dragoman.coding.marks import Marked
from dragoman.coding.mentions import ActorMention
from dragoman.records import Report

LONGEST, SHORTEST = 60, 7
PER_SENTENCE = 2
NEAR = 3
"""Arcs between a verb and a target up to which the two are taken to belong together."""


def news_pairs(nlp: Language, texts: Iterable[tuple[str, str]]) -> Iterator[Marked]:
    """Marked sentences of texts (``(id, text)``), at most `PER_SENTENCE` of a sentence, the same ones on every run."""
    docs = ((nlp.make_doc(text), name) for name, text in texts)
    for doc in nlp.pipe(_with_reports(docs), batch_size=8):
        for sentence in doc.sents:
            if SHORTEST <= len(sentence) <= LONGEST:
                yield from _chosen(doc, sentence)


def _with_reports(docs: Iterable[tuple[Doc, str]]) -> Iterator[Doc]:
    for doc, name in docs:
        doc._.report = Report(id=name, text=doc.text)
        yield doc


def _chosen(doc: Doc, sentence: Span) -> list[Marked]:
    inside = [m for m in doc._.actor_mentions if sentence.start <= m.head < sentence.end and m.kind != "pronoun"]
    found = [
        (steps, source, target)
        for source in inside
        if (verb := _governor(doc[source.head])) is not None
        for target in inside
        if _apart(source, target) and (steps := _steps(doc[target.head], verb)) is not None
    ]
    found.sort(key=lambda one: (one[0] > NEAR, _draw(doc, one[1], one[2])))
    return [_marked(sentence, source, target) for _, source, target in found[:PER_SENTENCE]]


def _governor(token: Token) -> Token | None:
    """What a source is the subject, the agent or the owner of; None for what is none of these."""
    if token.dep_ in ("nsubj", "poss"):
        return token.head
    return token.head.head if token.dep_ == "pobj" and token.head.dep_ == "agent" else None


def _steps(token: Token, verb: Token) -> int | None:
    """How many arcs below the verb a token stands; None where it does not depend on it."""
    path = [token.i, *(a.i for a in token.ancestors)]
    return path.index(verb.i) if verb.i in path else None


def _apart(source: ActorMention, target: ActorMention) -> bool:
    disjoint = source.end <= target.start or target.end <= source.start
    return disjoint and not set(source.entities) & set(target.entities)


def _draw(doc: Doc, source: ActorMention, target: ActorMention) -> str:
    key = f"{doc._.report.id} {source.start} {target.start}"
    return hashlib.sha256(key.encode()).hexdigest()


def _marked(sentence: Span, source: ActorMention, target: ActorMention) -> Marked:
    at = sentence.start_char
    return Marked(
        sentence.text,
        ((source.start - at, source.end - at),),
        ((target.start - at, target.end - at),),
    )
