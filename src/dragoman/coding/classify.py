"""What passes between a marked source and a marked target of a sentence: type, mode and confidence.

Two readings are joined: a classifier of marked pairs, which sees source and target (``models/pairs``, trained on
sentences written for each code of the CAMEO codebook), and the coder's own candidates in the sentence, each weighed by
whether its parties are the ones marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from spacy.tokens import Doc

from dragoman.coding.coder import Coder
from dragoman.coding.encoder import Classifier, load_classifier
from dragoman.coding.marks import Marked, parse_marked
from dragoman.coding.mentions import EventMention
from dragoman.ontology.ontology import load_ontology
from dragoman.records import Report
from dragoman.settings import Settings

BATCH = 64
PAIRS = "pairs"
"""The model that reads marked pairs, by its name in the package."""
MARKED_SHARE = 0.8
"""Weight of the marked-pair reading; the rest goes to the coder's candidates (set on held-back corpus files)."""


def annotate_marked(
    rows: Iterable[dict[str, Any]], column: str = "marked_sentence", model: str = PAIRS
) -> Iterator[dict[str, Any]]:
    """Rows with a marked sentence as ``{"uid", "type", "mode", "confidence"}``, in order.

    `uid` is the row's ``uid``, ``sentence_id`` or ``id``, else its number from 0. `model` is a classifier of marked pairs
    by its name in the package or its folder; raises `ModelError` if it is none.
    """
    coder, classifier = Coder(Settings(pretest=False)), load_classifier(model)
    numbered = enumerate(rows)
    while batch := list(islice(numbered, BATCH)):
        marked = [parse_marked(str(row.get(column) or "")) for _, row in batch]
        docs = coder.docs(Report(id=str(n), text=m.text) for (n, _), m in zip(batch, marked, strict=True))
        pairs = _marked_scores(classifier, marked)
        for (number, row), one, doc, scores in zip(batch, marked, docs, pairs, strict=True):
            uid = next((row[name] for name in ("uid", "sentence_id", "id") if row.get(name) is not None), number)
            yield {"uid": uid, **_decide(doc, one, scores)}


def _marked_scores(classifier: Classifier, marked: Sequence[Marked]) -> list[dict[str, float]]:
    """Probabilities of the types by the classifier of marked pairs."""
    scores = []
    for one in marked:  # one by one: a quantised sentence is the same in every batch only when it is alone
        row = classifier.marked_types([one.for_encoder()])[0]
        scores.append({name: float(p) for name, p in zip(classifier.labels.types, row, strict=True) if name != "NONE"})
    return scores


def _decide(doc: Doc, marked: Marked, scores: dict[str, float]) -> dict[str, Any]:
    totals = dict.fromkeys(load_ontology().types, 0.0)
    for name, p in scores.items():
        totals[name] += MARKED_SHARE * p
    mentions = [(mention, _fit(doc, mention, marked)) for mention in doc._.event_mentions]
    weight = 1.0 - MARKED_SHARE
    whole = sum(fit for _, fit in mentions) or 1.0
    for mention, fit in mentions:
        totals[mention.type] += weight * fit * mention.confidence / max(whole, 1.0)
    best = max(totals, key=lambda name: (round(totals[name], 4), name))
    mode = next((m.mode for m, fit in sorted(mentions, key=lambda pair: -pair[1]) if m.type == best and m.mode), None)
    confidence = totals[best] / (sum(totals.values()) or 1.0)
    return {"type": best, "mode": mode, "confidence": round(confidence, 3)}


def _fit(doc: Doc, mention: EventMention, marked: Marked) -> float:
    """How well a mention's parties are the marked ones: 1 both sides, 0.5 one, 0.15 none."""
    actors = _overlap(doc, mention.actors, marked.sources)
    recipients = _overlap(doc, mention.recipients, marked.targets)
    return 1.0 if actors and recipients else 0.5 if actors or recipients else 0.15


def _overlap(doc: Doc, entities: Sequence[int], spans: Sequence[tuple[int, int]]) -> bool:
    wanted = set(entities)
    return any(
        start < mention.end and mention.start < end
        for mention in doc._.actor_mentions
        if wanted & set(mention.entities)
        for start, end in spans
    )
