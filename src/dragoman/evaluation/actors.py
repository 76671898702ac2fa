"""Actor coding: country and sector of phrases, and the members of co-ordinations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from dragoman.evaluation.common import Row, keyed, share

FIELDS = ("country", "code_1", "code_2", "wiki")


def _plain(value: object) -> str:
    text = unicodedata.normalize("NFKD", str(value or ""))
    text = "".join(char for char in text if not unicodedata.combining(char))
    return re.sub(r"\s+", " ", text).strip().lower()


def _same(gold: Any, predicted: Any) -> bool:
    """Equal, whatever case and accents; a list in gold means any of its members."""
    options = gold if isinstance(gold, list) else [gold]
    return bool(gold == predicted) or any(_plain(option) == _plain(predicted) for option in options)


def _without_article(text: str) -> str:
    return re.sub(r"^(the|a|an) ", "", _plain(text))


def score_coactors(gold: Sequence[Row], predicted: Sequence[Row]) -> dict[str, Any]:
    """Splitting "A, B and C" into its actors: F1 over actors, and the share of phrases split quite rightly."""
    found = {(row["text"], row["actor_phrase"]): row.get("actors") or [] for row in predicted}
    right = n_predicted = n_gold = exact = 0
    for row in gold:
        wanted = {_without_article(name) for name in row["actors"]}
        given = {_without_article(name) for name in found.get((row["text"], row["actor_phrase"]), [])}
        right += len(wanted & given)
        n_predicted += len(given)
        n_gold += len(wanted)
        exact += wanted == given
    accuracy = share(exact, len(gold))
    return {
        "items": len(gold),
        "exact_set_accuracy": accuracy,
        "f1": share(2 * right, n_predicted + n_gold),
        "main": accuracy,
    }


def _block(rows: Sequence[Row], found: dict[Any, Row]) -> dict[str, Any]:
    def right(row: Row, *fields: str) -> bool:
        given = found.get(row["id"], {})
        return all(field in given and _same(row[field], given[field]) for field in fields)

    result: dict[str, Any] = {"items": len(rows)}
    for field in FIELDS:
        having = [row for row in rows if field in row]
        if having:
            result[field] = {"n": len(having), "accuracy": share(sum(right(r, field) for r in having), len(having))}
    both = [row for row in rows if "country" in row and "code_1" in row]
    if both:
        hits = sum(right(row, "country", "code_1") for row in both)
        result["country_and_code_1"] = {"n": len(both), "accuracy": share(hits, len(both))}
    return result


def score_actors(gold: Sequence[Row], predicted: Sequence[Row]) -> dict[str, Any]:
    """Accuracy of the fields that gold has, over all phrases and by kind; main: country and first code both right."""
    if gold and "actors" in gold[0]:
        return score_coactors(gold, predicted)
    found = keyed(predicted, "id", what="predictions")
    whole = _block(gold, found)
    result: dict[str, Any] = {"items": len(gold), "missing": sum(row["id"] not in found for row in gold), "all": whole}
    for kind in sorted({row.get("kind", "") for row in gold}):
        result[kind] = _block([row for row in gold if row.get("kind", "") == kind], found)
    result["dated"] = _block([row for row in gold if row.get("date")], found)
    result["main"] = whole.get("country_and_code_1", {}).get("accuracy", 0.0)
    return result
