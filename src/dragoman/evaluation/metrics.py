"""The articles metric: whole documents with every event coded, matched one to one.

Within a document, gold and predicted events are assigned to each other so that the sum of ``1 + similarity`` over the
pairs allowed (`event_pairs`) is largest. Reported: precision, recall and F1 of events; recall of salient ones; how
often each field is right over the matched pairs; and a strict F1 in which the countries of both sides, date and realis
must be right too. ``with_alternatives`` also accepts the second readings that gold lists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from dragoman.evaluation.common import Row, best_pairs, keyed, prf, rate
from dragoman.evaluation.event_pairs import (
    Agreement,
    ScoredEvent,
    agreement,
    date_within_a_day,
    dates_overlap,
    is_author,
    read_event,
)
from dragoman.isodates import date_range


class Pair(msgspec.Struct, frozen=True):
    """A gold event and the predicted event assigned to it."""

    gold: ScoredEvent
    given: ScoredEvent
    fields: Agreement

    @property
    def strict(self) -> bool:
        """Whether both sides, date and realis are right."""
        found = self.fields
        return found.actors and found.recipients and found.date and found.realis

    @property
    def strict_allowed(self) -> bool:
        """`strict`, with gold's second readings of realis accepted."""
        found = self.fields
        return found.actors and found.recipients and found.date and found.realis_allowed


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One document scored: its pairs, the gold events missed and the predicted events that are spurious."""

    id: str
    row: Any
    gold: tuple[ScoredEvent, ...]
    given: tuple[ScoredEvent, ...]
    pairs: tuple[Pair, ...]
    missed: tuple[ScoredEvent, ...]
    spurious: tuple[ScoredEvent, ...]


def match_document(gold: Row, predicted: Row | None, second_readings: bool = False) -> Document:
    """Assign the predicted events of a document to its gold events."""
    wanted = tuple(read_event(row) for row in gold.get("events") or [])
    given = tuple(read_event(row) for row in (predicted or {}).get("events") or [])
    published = date_range(gold.get("published"))
    found = [[agreement(a, b, published, second_readings) for b in given] for a in wanted]
    chosen = best_pairs([[1 + cell.similarity if cell else 0.0 for cell in line] for line in found])
    pairs = tuple(Pair(wanted[i], given[j], cell) for i, j in chosen if (cell := found[i][j]) is not None)
    used_gold, used_given = {i for i, _ in chosen}, {j for _, j in chosen}
    return Document(
        id=str(gold["id"]),
        row=gold,
        gold=wanted,
        given=given,
        pairs=pairs,
        missed=tuple(event for i, event in enumerate(wanted) if i not in used_gold),
        spurious=tuple(event for j, event in enumerate(given) if j not in used_given),
    )


def match_documents(
    gold: Sequence[Row], predicted: Sequence[Row], second_readings: bool = False
) -> tuple[Document, ...]:
    """`match_document` over all gold documents; one without prediction has no predicted events."""
    found = {str(key): row for key, row in keyed(predicted, "id", what="predictions").items()}
    wanted = {str(key): row for key, row in keyed(gold, "id", what="gold").items()}
    return tuple(match_document(row, found.get(key), second_readings) for key, row in wanted.items())


def upper_prf(right: int, predicted: int, gold: int) -> dict[str, float]:
    """`prf` under the names P, R, F1."""
    return {name.upper(): value for name, value in prf(right, predicted, gold).items()}


class _Totals:
    """The documents' events and pairs in one."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.gold = [event for document in documents for event in document.gold]
        self.given = [event for document in documents for event in document.given]
        self.pairs = [pair for document in documents for pair in document.pairs]

    def prf(self, right: int) -> dict[str, float]:
        return upper_prf(right, len(self.given), len(self.gold))

    def salient(self) -> tuple[int, int]:
        """Salient gold events: all, and those matched."""
        return sum(event.salient for event in self.gold), sum(pair.gold.salient for pair in self.pairs)


def _date_fields(pairs: Sequence[Pair]) -> dict[str, Any]:
    dated = [pair for pair in pairs if pair.gold.date]
    undated = [pair for pair in pairs if not pair.gold.date]
    return {
        "date_exact": rate(sum(pair.fields.date for pair in dated), len(dated)),
        "date_within_1_day": rate(sum(date_within_a_day(p.gold, p.given) for p in dated), len(dated)),
        "date_overlaps": rate(sum(dates_overlap(p.gold, p.given) for p in dated), len(dated)),
        "date_n": len(dated),
        "undated_ok": rate(sum(pair.fields.date for pair in undated), len(undated)),
        "undated_n": len(undated),
    }


def _token_f1(a: frozenset[str], b: frozenset[str]) -> float:
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def _holder_fields(pairs: Sequence[Pair]) -> dict[str, Any]:
    other = [pair for pair in pairs if not is_author(pair.gold)]
    words = [(pair.gold.holder_words, pair.given.holder_words) for pair in other]
    same_kind = sum(is_author(pair.gold) == is_author(pair.given) for pair in pairs)
    return {
        "attribution_author_vs_other": rate(same_kind, len(pairs)),
        "attribution_other_recall": rate(sum(not is_author(pair.given) for pair in other), len(other)),
        "holder_shares_token": rate(sum(bool(a & b) for a, b in words), len(other)),
        "holder_token_f1": rate(sum(_token_f1(a, b) for a, b in words), len(other)),
        "holder_n": len(other),
    }


def _realis_pairs(pairs: Sequence[Pair]) -> Counter[tuple[str | None, str | None]]:
    return Counter((pair.gold.realis, pair.given.realis) for pair in pairs)


def _matched_pairs(pairs: Sequence[Pair]) -> dict[str, Any]:
    n = len(pairs)
    placed = [pair for pair in pairs if pair.gold.place_country]
    confusion = sorted(_realis_pairs(pairs).items(), key=lambda item: -item[1])
    return {
        "source_country_set": rate(sum(pair.fields.actors for pair in pairs), n),
        "target_country_set": rate(sum(pair.fields.recipients for pair in pairs), n),
        **_date_fields(pairs),
        "place_country": rate(sum(p.gold.place_country == p.given.place_country for p in placed), len(placed)),
        "place_n": len(placed),
        "realis": rate(sum(pair.fields.realis for pair in pairs), n),
        "realis_confusion_gold>pred": {f"{a}>{b}": count for (a, b), count in confusion if a != b},
        **_holder_fields(pairs),
    }


def _by_type(totals: _Totals) -> dict[str, Any]:
    gold, given = Counter(e.type for e in totals.gold), Counter(e.type for e in totals.given)
    matched = Counter(pair.gold.type for pair in totals.pairs)
    names = set(gold) | {name for name in given if name}
    return {
        str(name): {
            "gold": gold[name],
            "pred": given[name],
            "matched": matched[name],
            "F1": upper_prf(matched[name], given[name], gold[name])["F1"],
        }
        for name in sorted(names, key=str)
    }


def _by_realis(totals: _Totals) -> dict[str, Any]:
    gold, matched = Counter(e.realis for e in totals.gold), Counter(pair.gold.realis for pair in totals.pairs)
    pairs = _realis_pairs(totals.pairs)
    return {
        str(name): {"gold": gold[name], "matched": matched[name], "realis_right": pairs[name, name]}
        for name in sorted(gold, key=str)
    }


def _with_alternatives(totals: _Totals) -> dict[str, Any]:
    salient, found = totals.salient()
    return {
        "events": totals.prf(len(totals.pairs)),
        "salient_recall": rate(found, salient),
        "realis": rate(sum(pair.fields.realis_allowed for pair in totals.pairs), len(totals.pairs)),
        "strict": totals.prf(sum(pair.strict_allowed for pair in totals.pairs)),
    }


def score_articles(gold: Sequence[Row], predicted: Sequence[Row]) -> dict[str, Any]:
    """The articles metric over rows ``{"id", "events": [...]}``; raises `EvaluationError` for rows without an id."""
    documents = match_documents(gold, predicted)
    totals, wider = _Totals(documents), _Totals(match_documents(gold, predicted, second_readings=True))
    known, given_ids = {document.id for document in documents}, {str(row["id"]) for row in predicted}
    salient, salient_found = totals.salient()
    strict = sum(pair.strict for pair in totals.pairs)
    return {
        "documents": len(documents),
        "documents_without_prediction": len(known - given_ids),
        "predicted_documents_not_in_gold": len(given_ids - known),
        "gold_events": len(totals.gold),
        "predicted_events": len(totals.given),
        "matched": len(totals.pairs),
        "events": totals.prf(len(totals.pairs)),
        "salient": {"gold": salient, "matched": salient_found, "recall": rate(salient_found, salient)},
        "matched_pairs": _matched_pairs(totals.pairs),
        "strict": {"matched": strict, **totals.prf(strict)},
        "with_alternatives": _with_alternatives(wider),
        "by_type": _by_type(totals),
        "recall_by_realis": _by_realis(totals),
    }
