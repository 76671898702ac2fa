"""Types of the relation between a marked source and target (PLV; Hu et al. 2024): roots, quad classes, two classes."""

from __future__ import annotations

import csv
from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

from dragoman.errors import EvaluationError
from dragoman.evaluation.common import Row, prf, share

COLUMNS = ("sentence_id", "marked_sentence", "gold_root", "gold_penta")
# PLV has 15 roots: its YIELD is CONCEDE and RETREAT together.
_ROOTS = {"CONCEDE": "YIELD", "RETREAT": "YIELD"}
_QUAD_OF = {
    **dict.fromkeys(("AGREE", "CONSULT", "SUPPORT"), 1),
    **dict.fromkeys(("YIELD", "AID", "COOPERATE"), 2),
    **dict.fromkeys(("REJECT", "ACCUSE", "REQUEST", "THREATEN"), 3),
    **dict.fromkeys(("ASSAULT", "COERCE", "SANCTION", "PROTEST", "MOBILIZE"), 4),
}


def read_plv(path: Path | str) -> list[Row]:
    """Rows of a PLV file (TSV, no quoting); raises `EvaluationError` where columns are missing."""
    csv.field_size_limit(1 << 24)
    try:
        with Path(path).open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} cannot be read: {error}") from error
    missing = [name for name in COLUMNS if not rows or name not in rows[0]]
    if missing:
        raise EvaluationError(f"{path}: no column {', '.join(missing)}; PLV files have {', '.join(COLUMNS)}")
    return [{**row, "uid": row["sentence_id"]} for row in rows]


def _measures(pairs: Sequence[tuple[Hashable, Hashable | None]]) -> dict[str, Any]:
    """Macro F1 over the classes of gold, micro F1 (accuracy, every row having one class), and each class."""
    classes: dict[str, Any] = {}
    for label in sorted({gold for gold, _ in pairs}, key=str):
        right = sum(gold == label == given for gold, given in pairs)
        n_given, n_gold = sum(given == label for _, given in pairs), sum(gold == label for gold, _ in pairs)
        classes[str(label)] = {**prf(right, n_given, n_gold), "gold": n_gold, "pred": n_given}
    return {
        "macro_f1": share(sum(entry["f1"] for entry in classes.values()), len(classes)),
        "micro_f1": share(sum(gold == given for gold, given in pairs), len(pairs)),
        "classes": classes,
    }


def _side(quad: int | None) -> str | None:
    return None if quad is None else "cooperation" if quad <= 2 else "conflict"


def score_plv(gold: Sequence[Row], predicted: Sequence[Row]) -> dict[str, Any]:
    """Rows ``{"uid", "type"}`` against PLV's columns; main: macro F1 over roots.

    Rows with the same uid are taken in order. A row without prediction counts as wrong. The quad class given is that of
    the root given.
    """
    waiting: defaultdict[str, deque[str]] = defaultdict(deque)
    for row in predicted:
        waiting[str(row.get("uid", row.get("sentence_id")))].append(str(row.get("type") or "").upper())
    given: list[str | None] = []
    for row in gold:
        queue = waiting[str(row["uid"])]
        kind = queue.popleft() if queue else None
        given.append(_ROOTS.get(kind, kind) if kind else None)
    quads = [
        (int(row["gold_penta"]), _QUAD_OF.get(kind) if kind else None) for row, kind in zip(gold, given, strict=True)
    ]
    roots = _measures([(row["gold_root"].upper(), kind) for row, kind in zip(gold, given, strict=True)])
    return {
        "items": len(gold),
        "missing": sum(kind is None for kind in given),
        "root": roots,
        "quad": _measures(quads),
        "binary": _measures([(_side(a), _side(b)) for a, b in quads]),
        "main": roots["macro_f1"],
    }
