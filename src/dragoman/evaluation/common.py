"""What the metrics share: reading rows, precision and recall, and exact one-to-one assignment."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from dragoman.errors import EvaluationError

Row = dict[str, Any]


def read_rows(path: Path | str) -> list[Row]:
    """Rows of a JSON-lines file; raises `EvaluationError` naming file and line of one that is no object."""
    rows: list[Row] = []
    try:
        with Path(path).open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    rows.append(_row(path, number, line))
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} cannot be read: {error}") from error
    return rows


def _row(path: Path | str, number: int, line: str) -> Row:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise EvaluationError(f"{path}:{number}: not JSON ({error.msg})") from None
    if not isinstance(row, dict):
        raise EvaluationError(f"{path}:{number}: a {type(row).__name__}, not an object")
    return row


def keyed(rows: Iterable[Row], *fields: str, what: str) -> dict[Any, Row]:
    """Rows by one field (a key) or several (a tuple); raises `EvaluationError` for a row that lacks the first."""
    found: dict[Any, Row] = {}
    for number, row in enumerate(rows, start=1):
        if fields[-1] not in row:
            raise EvaluationError(f"{what}: row {number} has no field {fields[-1]!r}; it has {', '.join(sorted(row))}")
        found[row[fields[0]] if len(fields) == 1 else tuple(row.get(field) for field in fields)] = row
    return found


def f1(precision: float, recall: float) -> float:
    """Harmonic mean; 0 where both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def prf(right: float, predicted: int, gold: int) -> dict[str, float]:
    """Precision, recall and F1 of counts, rounded to four decimals; 0 where a denominator is 0."""
    precision = right / predicted if predicted else 0.0
    recall = right / gold if gold else 0.0
    return {"p": round(precision, 4), "r": round(recall, 4), "f1": round(f1(precision, recall), 4)}


def share(part: float, whole: int) -> float:
    """``part / whole`` to four decimals, 0 of nothing."""
    return round(part / whole, 4) if whole else 0.0


def rate(part: float, whole: int) -> float | None:
    """``part / whole`` to four decimals, None of nothing."""
    return round(part / whole, 4) if whole else None


def pearson(x: Sequence[float], y: Sequence[float]) -> float:
    """Pearson's correlation; 0 where a side does not vary."""
    if len(x) < 2:
        return 0.0
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    spread_x = math.sqrt(sum((a - mean_x) ** 2 for a in x))
    spread_y = math.sqrt(sum((b - mean_y) ** 2 for b in y))
    if not spread_x or not spread_y:
        return 0.0
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / (spread_x * spread_y)


def class_f1(pairs: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    """Accuracy, macro F1 over the classes that gold has, and each class, of (gold, predicted) pairs."""
    classes: dict[str, dict[str, float]] = {}
    for label in sorted({gold for gold, _ in pairs}):
        right = sum(gold == label == predicted for gold, predicted in pairs)
        n_predicted = sum(predicted == label for _, predicted in pairs)
        n_gold = sum(gold == label for gold, _ in pairs)
        classes[label] = {"f1": share(2 * right, n_predicted + n_gold), "gold": n_gold, "pred": n_predicted}
    return {
        "accuracy": share(sum(gold == predicted for gold, predicted in pairs), len(pairs)),
        "macro_f1": share(sum(entry["f1"] for entry in classes.values()), len(classes)),
        "classes": classes,
    }


def overlapping_pairs(gold: Sequence[Row], predicted: Sequence[Row]) -> list[tuple[int, int, bool]]:
    """One-to-one pairs (gold index, predicted index, same span) of overlapping spans.

    Same spans first, then the longest overlap, then the order of the rows.
    """
    candidates: list[tuple[bool, int, int, int]] = []
    for i, a in enumerate(gold):
        for j, b in enumerate(predicted):
            length = min(a["end"], b["end"]) - max(a["start"], b["start"])
            if length > 0:
                candidates.append((a["start"] == b["start"] and a["end"] == b["end"], length, -i, -j))
    used_gold, used_predicted, pairs = set[int](), set[int](), list[tuple[int, int, bool]]()
    for same, _, i, j in sorted(candidates, reverse=True):
        if -i not in used_gold and -j not in used_predicted:
            used_gold.add(-i)
            used_predicted.add(-j)
            pairs.append((-i, -j, same))
    return pairs


def assign(weights: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """The one-to-one assignment of largest total weight, as (row, column) in the order of the columns.

    Hungarian method by shortest augmenting paths with potentials (Kuhn 1955; Jonker and Volgenant 1987), O(n²m). Needs
    at most as many rows as columns. `scipy` would bring a 40 MB dependency for this one function.
    """
    rows, columns = len(weights), len(weights[0]) if weights else 0
    potential_row, potential_column = [0.0] * (rows + 1), [0.0] * (columns + 1)
    row_of, came_from = [0] * (columns + 1), [0] * (columns + 1)
    for row in range(1, rows + 1):
        row_of[0], column = row, 0
        slack, visited = [math.inf] * (columns + 1), [False] * (columns + 1)
        while row_of[column]:
            visited[column] = True
            here, step, following = row_of[column], math.inf, 0
            for j in range(1, columns + 1):
                if visited[j]:
                    continue
                cost = -weights[here - 1][j - 1] - potential_row[here] - potential_column[j]
                if cost < slack[j]:
                    slack[j], came_from[j] = cost, column
                if slack[j] < step:
                    step, following = slack[j], j
            for j in range(columns + 1):
                if visited[j]:
                    potential_row[row_of[j]] += step
                    potential_column[j] -= step
                else:
                    slack[j] -= step
            column = following
        while column:
            row_of[column] = row_of[came_from[column]]
            column = came_from[column]
    return [(row_of[j] - 1, j - 1) for j in range(1, columns + 1) if row_of[j]]


def best_pairs(weights: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """`assign` for any shape, without the pairs of weight 0 (those not allowed); ties as in a square, padded matrix."""
    if not weights or not weights[0]:
        return []
    rows, columns = len(weights), len(weights[0])
    size = max(rows, columns)
    square = [[weights[i][j] if i < rows and j < columns else 0.0 for j in range(size)] for i in range(size)]
    return [(i, j) for i, j in assign(square) if i < rows and j < columns and weights[i][j] > 0]


def largest_total(weights: Sequence[Sequence[float]]) -> float:
    """The total weight of the best one-to-one assignment."""
    if len(weights) > len(weights[0]):
        weights = list(zip(*weights, strict=True))
    return sum(weights[i][j] for i, j in assign(weights))
