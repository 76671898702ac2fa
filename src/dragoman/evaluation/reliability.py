"""Does `confidence` mean what it says: how often coded events are right, beside how sure the coder was of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dragoman.evaluation.metrics import Document

BINS = 10


def _confidences(documents: Sequence[Document]) -> list[tuple[float, bool]]:
    """The confidence of every coded event that has one, and whether it is in gold."""
    found = []
    for document in documents:
        right = {id(pair.given) for pair in document.pairs}
        for event in document.given:
            confidence = event.row.get("confidence")
            if isinstance(confidence, float | int) and 0 <= confidence <= 1:
                found.append((float(confidence), id(event) in right))
    return found


def reliability(documents: Sequence[Document], bins: int = BINS) -> dict[str, Any]:
    """Expected calibration error (Naeini et al. 2015) of event confidence, and the bins of the reliability diagram.

    A bin has the share of coded events in it that match a gold event (`right`) beside their mean confidence; empty bins
    are left out. The error is the gap between the two, averaged over events; None without coded events.
    """
    pairs = _confidences(documents)
    rows: list[dict[str, Any]] = []
    for number in range(bins):
        inside = [pair for pair in pairs if min(int(pair[0] * bins), bins - 1) == number]
        if inside:
            mean = sum(confidence for confidence, _ in inside) / len(inside)
            right = sum(correct for _, correct in inside) / len(inside)
            label = f"{number / bins:.1f} to {(number + 1) / bins:.1f}"
            rows.append({"bin": label, "events": len(inside), "confidence": round(mean, 4), "right": round(right, 4)})
    error = sum(row["events"] * abs(row["confidence"] - row["right"]) for row in rows) / len(pairs) if pairs else None
    return {"error": None if error is None else round(error, 4), "events": len(pairs), "bins": rows}
