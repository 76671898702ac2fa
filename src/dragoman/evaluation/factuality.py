"""How certain: graded factuality (UDS-H2; Rudinger et al. 2018) and news factuality (MEANTIME; Minard et al. 2016)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dragoman.errors import EvaluationError
from dragoman.evaluation.common import Row, class_f1, keyed, pearson, share

FIELDS = ("certainty", "polarity", "time")


def _clamped(value: Any) -> float:
    """A score within [-3, 3]; 0 where there is none."""
    return 0.0 if value is None else max(-3.0, min(3.0, float(value)))


def _mean_error(gold: Sequence[float], given: Sequence[float]) -> float:
    return share(sum(abs(a - b) for a, b in zip(gold, given, strict=True)), len(gold))


def _realis(row: Row) -> str | None:
    """An asserted, past or present, positive event against all the rest."""
    if not all(row.get(field) for field in FIELDS):
        return None
    if row["polarity"] == "NEG":
        return "negated"
    if row["time"] == "FUTURE":
        return "future"
    certain = row["certainty"] == "CERTAIN" and row["polarity"] == "POS" and row["time"] == "NON_FUTURE"
    return "actual" if certain else "uncertain"


def score_meantime(gold: Sequence[Row], predicted: Sequence[Row]) -> dict[str, Any]:
    """Certainty, polarity and time of event mentions, their realis, and the score in [-3, 3]; main: realis macro F1.

    A field that is null in gold is not scored; one missing from the predictions is wrong.
    """
    found = keyed(predicted, "id", what="predictions")
    result: dict[str, Any] = {"items": len(gold), "missing": sum(row["id"] not in found for row in gold)}
    for field in FIELDS:
        result[field] = class_f1([(r[field], found.get(r["id"], {}).get(field)) for r in gold if r.get(field)])
    full = [row for row in gold if all(row.get(field) for field in FIELDS)]
    hits = sum(all(row[field] == found.get(row["id"], {}).get(field) for field in FIELDS) for row in full)
    result["all_three_accuracy"] = share(hits, len(full))
    result["realis"] = class_f1([(_realis(row), _realis(found.get(row["id"], {}))) for row in full])
    scored = [row for row in gold if row.get("score") is not None]
    wanted = [float(row["score"]) for row in scored]
    given = [_clamped(found.get(row["id"], {}).get("score")) for row in scored]
    result["score_mae"] = _mean_error(wanted, given)
    result["score_pearson_r"] = round(pearson(wanted, given), 4)
    return {**result, "main": result["realis"]["macro_f1"]}


def score_uds(gold: Sequence[Row], predicted: Sequence[Row]) -> dict[str, Any]:
    """A score in [-3, 3] for every predicate: mean error, Pearson's r (main), and happened / not as two classes."""
    scored = [row for row in gold if row.get("score") is not None]
    if not scored:
        raise EvaluationError("gold: no row has a score")
    found = {key: row.get("score") for key, row in keyed(predicted, "id", what="predictions").items()}
    raw = [found.get(row["id"]) for row in scored]
    wanted, given = [float(row["score"]) for row in scored], [_clamped(value) for value in raw]
    pairs = [(w > 0, None if r is None else g > 0) for w, r, g in zip(wanted, raw, given, strict=True)]

    def f1_of(happened: bool) -> float:
        right = sum(w is happened and g is happened for w, g in pairs)
        total = sum(g is happened for _, g in pairs) + sum(w is happened for w, _ in pairs)
        return 2 * right / total if total else 0.0

    correlation = round(pearson(wanted, given), 4)
    return {
        "items": len(scored),
        "missing": sum(value is None for value in raw),
        "mae": _mean_error(wanted, given),
        "pearson_r": correlation,
        "happened_f1": round(f1_of(True), 4),
        "not_happened_f1": round(f1_of(False), 4),
        "macro_f1": round((f1_of(True) + f1_of(False)) / 2, 4),
        "accuracy": share(sum(w is g for w, g in pairs), len(pairs)),
        "main": correlation,
    }


def score_factuality(gold: Sequence[Row], predicted: Sequence[Row]) -> dict[str, Any]:
    """`score_meantime` where gold has classes, else `score_uds`."""
    classes = any(field in row for row in gold for field in FIELDS)
    return score_meantime(gold, predicted) if classes else score_uds(gold, predicted)
