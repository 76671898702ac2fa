"""Beyond the headline numbers of the articles metric: intervals, every type, and which types are taken for which."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from dragoman.evaluation.common import best_pairs, prf
from dragoman.evaluation.event_pairs import ScoredEvent, evidence_overlap, party_overlap, share_a_party
from dragoman.evaluation.metrics import Document, Pair, upper_prf
from dragoman.evaluation.reliability import reliability

SEED = 20
Counts = tuple[int, int, int]


def _counts(document: Document, kind: str | None, right: Callable[[Pair], bool]) -> Counts:
    """(right, predicted, gold) of one document, over events of one type or all."""
    return (
        sum(right(pair) for pair in document.pairs if kind is None or pair.gold.type == kind),
        sum(kind is None or event.type == kind for event in document.given),
        sum(kind is None or event.type == kind for event in document.gold),
    )


def _f1(counts: Sequence[Counts]) -> float:
    return prf(*(sum(column) for column in zip(*counts, strict=True)))["f1"]


def interval(counts: Sequence[Counts], samples: int, seed: int = SEED) -> tuple[float, float] | None:
    """The middle 95% of F1 when the documents are drawn anew, with replacement, `samples` times (percentile bootstrap).

    The same seed gives the same documents for every measure. None for no documents or no samples.
    """
    if not counts or samples < 1:
        return None
    draw = random.Random(seed)
    scores = sorted(_f1(draw.choices(counts, k=len(counts))) for _ in range(samples))
    return scores[int(0.025 * (samples - 1))], scores[round(0.975 * (samples - 1))]


def _scored(documents: Sequence[Document], kind: str | None, right: Callable[[Pair], bool], samples: int) -> Any:
    counts = [_counts(document, kind, right) for document in documents]
    totals = [sum(column) for column in zip(*counts, strict=True)] or [0, 0, 0]
    result: dict[str, Any] = dict(upper_prf(*totals))
    found = interval(counts, samples)
    return {**result, "gold": totals[2], "pred": totals[1], **({"F1_interval": list(found)} if found else {})}


def same_parties(gold: ScoredEvent, given: ScoredEvent) -> bool:
    """Whether two events share a party on a side, the sides as given or swapped."""
    return (
        share_a_party(gold.actors, given.actors)
        or share_a_party(gold.recipients, given.recipients)
        or share_a_party(gold.actors, given.recipients)
        or share_a_party(gold.recipients, given.actors)
    )


def _likeness(gold: ScoredEvent, given: ScoredEvent) -> float:
    parties = party_overlap(gold.actors, given.actors) + party_overlap(gold.recipients, given.recipients)
    return evidence_overlap(gold, given) + 0.25 * parties


def other_type(document: Document) -> list[tuple[ScoredEvent, ScoredEvent]]:
    """Missed and spurious events of one document that share words and parties: probably one event, typed wrongly."""
    weights = [
        [
            _likeness(gold, given) if same_parties(gold, given) and evidence_overlap(gold, given) > 0 else 0.0
            for given in document.spurious
        ]
        for gold in document.missed
    ]
    return [(document.missed[i], document.spurious[j]) for i, j in best_pairs(weights)]


def type_confusion(documents: Sequence[Document]) -> list[dict[str, Any]]:
    """How often an event of one type was probably coded as another, most often first."""
    found = Counter((a.type, b.type) for document in documents for a, b in other_type(document) if a.type != b.type)
    ordered = sorted(found.items(), key=lambda item: (-item[1], str(item[0])))
    return [{"gold": gold, "pred": given, "count": count} for (gold, given), count in ordered]


def article_details(documents: Sequence[Document], samples: int = 1000) -> dict[str, Any]:
    """P, R and F1 of events, strict events and every type, with intervals; confusion of types; reliability."""
    kinds = sorted({event.type for d in documents for event in (*d.gold, *d.given) if event.type})
    return {
        "bootstrap": {"samples": samples, "seed": SEED, "unit": "document", "level": 0.95},
        "events": _scored(documents, None, lambda pair: True, samples),
        "strict": _scored(documents, None, lambda pair: pair.strict, samples),
        "types": {kind: _scored(documents, kind, lambda pair: True, samples) for kind in kinds},
        "type_confusion": type_confusion(documents),
        "reliability": reliability(documents),
    }
