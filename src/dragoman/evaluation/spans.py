"""Time expressions and toponyms: spans in a text, and what they stand for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dragoman.evaluation.common import Row, keyed, overlapping_pairs, prf, rate, share

HALF_EARTH_KM = 20039.0
NEAR_KM = 161.0
EARTH_RADIUS_KM = 6371.0

Scorer = Callable[[Sequence[Row], Mapping[Any, list[Row]]], dict[str, Any]]


def _by_set(gold: Sequence[Row], found: Mapping[Any, list[Row]], score: Scorer) -> dict[str, Any]:
    result: dict[str, Any] = {"documents": len(gold), "all": score(gold, found)}
    for name in sorted({row.get("set") for row in gold}, key=str):
        result[str(name) if name is not None else "null"] = score([r for r in gold if r.get("set") == name], found)
    return result


def _overlaps(a: Row, b: Row) -> bool:
    return bool(min(a["end"], b["end"]) > max(a["start"], b["start"]))


def _timex_counts(rows: Sequence[Row], found: Mapping[Any, list[Row]]) -> dict[str, Any]:
    n_gold = n_predicted = strict = relaxed = types = values = strict_values = 0
    for row in rows:
        datelines = [t for t in row["timexes"] if t.get("function") == "CREATION_TIME"]
        gold = [t for t in row["timexes"] if t.get("function") != "CREATION_TIME"]
        given = found.get((row.get("set"), row["doc"]), found.get((None, row["doc"]), []))
        given = [t for t in given if not any(_overlaps(t, line) for line in datelines)]
        n_gold += len(gold)
        n_predicted += len(given)
        for i, j, same in overlapping_pairs(gold, given):
            right = (gold[i].get("value") or "") == (given[j].get("value") or "")
            relaxed += 1
            strict += same
            types += gold[i].get("type") == given[j].get("type")
            values += right
            strict_values += right and same
    return {
        "gold": n_gold,
        "pred": n_predicted,
        "strict": prf(strict, n_predicted, n_gold),
        "relaxed": prf(relaxed, n_predicted, n_gold),
        "type": prf(types, n_predicted, n_gold),
        "value": prf(values, n_predicted, n_gold),
        "strict_value": prf(strict_values, n_predicted, n_gold),
        "value_accuracy_on_relaxed": share(values, relaxed),
    }


def score_timexes(gold: Sequence[Row], predicted: Sequence[Row]) -> dict[str, Any]:
    """Time expressions as in TempEval-3 (UzZaman et al. 2013): spans, type and value; main: value F1.

    Datelines (``function`` CREATION_TIME) are not scored, and predictions that overlap one are dropped.
    """
    found: dict[Any, list[Row]] = {}
    for row in predicted:
        found[(row.get("set"), row["doc"])] = row.get("timexes") or []
        found.setdefault((None, row["doc"]), row.get("timexes") or [])
    result = _by_set(gold, found, _timex_counts)
    return {**result, "main": result["all"]["value"]["f1"]}


def _distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance by the haversine formula."""
    a, b, c, d = map(math.radians, (lat1, lon1, lat2, lon2))
    h = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(h)))


def _error_km(gold: Row, given: Row) -> float | None:
    if given.get("lat") is None or given.get("lon") is None:
        return None
    return _distance_km(gold["lat"], gold["lon"], float(given["lat"]), float(given["lon"]))


def _area(errors: Sequence[float]) -> float:
    """Area under the curve of sorted log errors, from 0 (best) to 1 (Jurgens et al. 2015)."""
    if not errors:
        return 1.0
    logs = [math.log(1 + error) / math.log(1 + HALF_EARTH_KM) for error in sorted(errors)]
    if len(logs) == 1:
        return logs[0]
    return sum((logs[i] + logs[i + 1]) / 2 for i in range(len(logs) - 1)) / (len(logs) - 1)


def _toponym_counts(rows: Sequence[Row], found: Mapping[Any, list[Row]]) -> dict[str, Any]:
    n_gold = n_predicted = exact = relaxed = resolvable = with_id = id_right = 0
    distances: list[float | None] = []
    for row in rows:
        gold, given = row["toponyms"], found.get((row.get("set"), row["doc"]), [])
        n_gold += len(gold)
        n_predicted += len(given)
        resolvable += sum(t["lat"] is not None for t in gold)
        with_id += sum(bool(t.get("geonameid")) for t in gold)
        for i, j, same in overlapping_pairs(gold, given):
            a, b = gold[i], given[j]
            relaxed += 1
            exact += same
            id_right += bool(a.get("geonameid")) and str(a["geonameid"]) == str(b.get("geonameid") or "")
            if a["lat"] is not None:
                distances.append(_error_km(a, b))
    errors = sorted(HALF_EARTH_KM if distance is None else distance for distance in distances)
    within = sum(distance is not None and distance <= NEAR_KM for distance in distances)
    return {
        "gold": n_gold,
        "pred": n_predicted,
        "resolvable": resolvable,
        "tag_exact": prf(exact, n_predicted, n_gold),
        "tag_relaxed": prf(relaxed, n_predicted, n_gold),
        "acc161_on_found": share(within, len(distances)),
        "acc161_end_to_end": share(within, resolvable),
        "mean_error_km": round(sum(errors) / len(errors), 1) if errors else None,
        "median_error_km": round(errors[len(errors) // 2], 1) if errors else None,
        "auc": round(_area(errors), 4),
        "geonameid_accuracy_end_to_end": rate(id_right, with_id),
        "found_without_coordinates": sum(distance is None for distance in distances),
    }


def score_toponyms(gold: Sequence[Row], predicted: Sequence[Row]) -> dict[str, Any]:
    """Geoparsing (Gritta et al. 2018): spans, and coordinates within 161 km; main: that share of all resolvable."""
    found = {key: row.get("toponyms") or [] for key, row in keyed(predicted, "set", "doc", what="predictions").items()}
    result = _by_set(gold, found, _toponym_counts)
    return {**result, "main": result["all"]["acc161_end_to_end"]}
