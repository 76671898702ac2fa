"""Fitting detectors of a user's own types from a few examples each; needs no PyTorch (``dragoman train --types``).

A folder of types holds::

    types.tsv      type, definition
    examples.tsv   type, example: a sentence with its trigger in braces, parties in [A ...] and [R ...] if they matter;
                   the type "-" marks a sentence whose trigger looks like one of the types and is none

Each type is a logistic regression over the vectors of the classifier's encoder (`dragoman.coding.detectors`). Besides
the examples given, every other predicate in them and all examples of the table of predicates stand for "none of these".
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from dragoman.atomic import atomic_output
from dragoman.coding.detectors import FILE, Detector, DetectorFile, Floats, OwnType, encoder_digest, trigger_vector
from dragoman.coding.encoder import Classifier, load_classifier
from dragoman.errors import TableError
from dragoman.lexicon.examples import Example, parse_example
from dragoman.lexicon.predicates import predicate_table
from dragoman.settings import Settings
from dragoman.tables import read_table

NONE = "-"
TYPES, EXAMPLES = "types.tsv", "examples.tsv"
FOLDS = 5
LEAST = 5
"""Fewest examples of a type that are accepted: below, cross-validation says nothing."""
FIRST_STRENGTH = 3.0
STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0)
"""Inverse strengths of the penalty (C) that cross-validation chooses from."""
BARS = np.round(np.arange(0.1, 0.96, 0.05), 2)
DIGITS = 6


class Labelled(msgspec.Struct, frozen=True):
    """An example with its type, `NONE` for one that is of no type."""

    type: str
    example: Example


class Types(msgspec.Struct, frozen=True):
    """A folder of types: definitions by name, and the examples."""

    definitions: dict[str, str]
    examples: tuple[Labelled, ...]


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """Cross-validated figures of one type over its examples and everything that is none of it."""

    type: str
    examples: int
    precision: float
    recall: float
    f1: float


def read_examples(path: Path, names: Sequence[str]) -> tuple[Labelled, ...]:
    """Marked examples of the types named; raises `TableError` naming file and line."""
    found = []
    for row in read_table(path, ("type", "example")):
        name = row.one_of("type", (*names, NONE))
        try:
            found.append(Labelled(name, parse_example(row["example"])))
        except ValueError as error:
            raise TableError(row.path, row.line, str(error)) from error
    return tuple(found)


def read_types(folder: Path) -> Types:
    """Read and check a folder of types; raises `TableError` naming file and line."""
    for name in (TYPES, EXAMPLES):
        if not (folder / name).is_file():
            raise TableError(folder / name, None, "there is no such file")
    definitions = {row["type"]: row["definition"] for row in read_table(folder / TYPES, ("type", "definition"))}
    found = read_examples(folder / EXAMPLES, tuple(definitions))
    for name in definitions:
        count = sum(item.type == name for item in found)
        if count < LEAST:
            raise TableError(folder / EXAMPLES, None, f"{count} examples of {name}; at least {LEAST} are needed")
    return Types(definitions, found)


class Rows(msgspec.Struct):
    """Vectors with their types; `groups` are the numbers of the sentences, so that folds do not share one.

    Sentences from number `own` on are background, of which nobody has said that they are of no type.
    """

    vectors: Floats
    types: list[str]
    groups: NDArray[np.int64]
    own: int

    def without(self, dropped: NDArray[np.bool_]) -> Rows:
        """The rows that are not dropped."""
        kept = [kind for kind, drop in zip(self.types, dropped, strict=True) if not drop]
        return Rows(self.vectors[~dropped], kept, self.groups[~dropped], self.own)


def _other_predicates(texts: Sequence[str], settings: Settings) -> list[list[int]]:
    """Offsets of the predicates of each text, by the parse."""
    from dragoman.coding.pipeline import build
    from dragoman.records import Report

    nlp = build(msgspec.structs.replace(settings, detectors=()), until="dragoman_predicates")

    def docs() -> Any:
        for text in texts:
            doc = nlp.make_doc(text)
            doc._.report = Report(id="example", text=text)
            yield doc

    return [[doc[p.token].idx for p in doc._.predicates] for doc in nlp.pipe(docs(), batch_size=settings.batch_size)]


def make_rows(types: Types, classifier: Classifier, settings: Settings) -> Rows:
    """The vectors of all triggers: of the examples, of their other predicates, of the predicate table's examples."""
    own = [item.example for item in types.examples]
    background = [parse_example(entry.example) for entry in predicate_table().entries]
    triggers = [(n, item.example.trigger[0], item.type) for n, item in enumerate(types.examples)]
    for n, offsets in enumerate(_other_predicates([e.text for e in own], settings)):
        triggers += [(n, offset, NONE) for offset in offsets if offset != own[n].trigger[0]]
    triggers += [(len(own) + n, example.trigger[0], NONE) for n, example in enumerate(background)]
    encoded = classifier.encode([example.text for example in (*own, *background)])
    vectors, names, groups = [], [], []
    for group, offset, name in triggers:
        vector = trigger_vector(encoded[group], offset)
        if vector is not None:
            vectors.append(vector)
            names.append(name)
            groups.append(group)
    return Rows(np.stack(vectors), names, np.array(groups), len(own))


def fit_type(vectors: Floats, positive: NDArray[np.bool_], strength: float) -> tuple[Floats, float]:
    """Weights and bias of a logistic regression, both classes of equal weight in sum (limited to 20 to 1)."""
    balance = min(20.0, (~positive).sum() / max(1, positive.sum()))
    costs = np.where(positive, balance, 1.0)
    signs = np.where(positive, 1.0, -1.0)

    def loss(theta: Floats) -> tuple[float, Floats]:
        margins = signs * (vectors @ theta[:-1] + theta[-1])
        slope = -signs * costs / (1.0 + np.exp(np.clip(margins, -500, 500)))
        value = float((costs * np.logaddexp(0.0, -margins)).sum() + (theta[:-1] ** 2).sum() / (2 * strength))
        return value, np.append(vectors.T @ slope + theta[:-1] / strength, slope.sum())

    found = minimize(loss, np.zeros(vectors.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return found.x[:-1], float(found.x[-1])


def _folds(rows: Rows, seed: int) -> NDArray[np.int64]:
    groups = sorted({int(group) for group in rows.groups})
    random.Random(seed).shuffle(groups)
    fold = {group: number % FOLDS for number, group in enumerate(groups)}
    return np.array([fold[int(group)] for group in rows.groups])


def _held_out(rows: Rows, positive: NDArray[np.bool_], strength: float, folds: NDArray[np.int64]) -> Floats:
    """The probability of each row by a model that has not seen its fold."""
    out = np.zeros(len(positive))
    for fold in range(FOLDS):
        seen = folds != fold
        weights, bias = fit_type(rows.vectors[seen], positive[seen], strength)
        out[~seen] = 1.0 / (1.0 + np.exp(-(rows.vectors[~seen] @ weights + bias)))
    return out


def _figures(given: NDArray[np.bool_], positive: NDArray[np.bool_]) -> tuple[float, float, float]:
    right = float((given & positive).sum())
    precision, recall = right / max(1.0, given.sum()), right / max(1.0, positive.sum())
    return precision, recall, 2 * right / max(1.0, given.sum() + positive.sum())


def _clear_background(name: str, rows: Rows, seed: int) -> Rows:
    """Leave out background that a model which has not seen it takes for the type (Northcutt et al. 2021)."""
    positive = np.array([kind == name for kind in rows.types])
    found = _held_out(rows, positive, FIRST_STRENGTH, _folds(rows, seed))
    return rows.without((found >= 0.5) & (rows.groups >= rows.own))


def _fit_one(name: str, types: Types, rows: Rows, seed: int) -> tuple[OwnType, Score]:
    rows = _clear_background(name, rows, seed)
    positive = np.array([kind == name for kind in rows.types])
    folds = _folds(rows, seed)
    tried = []
    for strength in STRENGTHS:
        found = _held_out(rows, positive, strength, folds)
        scores = [_figures(found >= bar, positive)[2] for bar in BARS]
        # Of bars that do equally well the middle one: the least likely to fail on other texts.
        best = [bar for bar, score in zip(BARS, scores, strict=True) if score == max(scores)]
        tried.append((max(scores), -strength, float(best[len(best) // 2]), found))
    _, negative_strength, bar, found = max(tried, key=lambda item: item[:2])
    weights, bias = fit_type(rows.vectors, positive, -negative_strength)
    precision, recall, f1 = (round(value, 4) for value in _figures(found >= bar, positive))
    count = int(positive.sum())
    fitted = OwnType(
        name=name,
        definition=types.definitions[name],
        weights=tuple(round(float(value), DIGITS) for value in weights),
        bias=round(bias, DIGITS),
        bar=bar,
        examples=count,
    )
    return fitted, Score(type=name, examples=count, precision=precision, recall=recall, f1=f1)


def train_detector(
    folder: Path,
    output: Path,
    settings: Settings | None = None,
    seed: int = 1,
    report: Callable[[str], None] = print,
) -> list[Score]:
    """Fit a detector on a folder of types and write it to the folder `output`; returns its cross-validated figures.

    Raises `TableError` for examples that cannot be used. Takes seconds.
    """
    settings = settings or Settings()
    types = read_types(folder)
    classifier = load_classifier(settings.classifier)
    rows = make_rows(types, classifier, settings)
    report(f"{len(types.examples)} examples of {len(types.definitions)} types, {len(rows.types)} predicates")
    fitted = [_fit_one(name, types, rows, seed) for name in types.definitions]
    output.mkdir(parents=True, exist_ok=True)
    file = DetectorFile(encoder=encoder_digest(classifier), types=tuple(kind for kind, _ in fitted))
    with atomic_output(output / FILE) as target:
        target.write(msgspec.json.format(msgspec.json.encode(file)) + b"\n")
    return [score for _, score in fitted]


def check_detector(folder: Path, examples: Path, settings: Settings | None = None) -> list[Score]:
    """How a fitted detector does on marked examples that it has not seen: is each trigger of its type or not.

    Raises `ModelError` for a folder without a detector and `TableError` for examples that cannot be used.
    """
    settings = settings or Settings()
    classifier = load_classifier(settings.classifier)
    detector = Detector(folder, classifier)
    labelled = read_examples(examples, [kind.name for kind in detector.types])
    encoded = classifier.encode([item.example.text for item in labelled])
    pairs = [(item.type, trigger_vector(c, item.example.trigger[0])) for item, c in zip(labelled, encoded, strict=True)]
    seen = [(name, vector) for name, vector in pairs if vector is not None]
    found = detector.probabilities(np.stack([vector for _, vector in seen]))
    scores = []
    for column, kind in enumerate(detector.types):
        positive = np.array([name == kind.name for name, _ in seen])
        precision, recall, f1 = (round(v, 4) for v in _figures(found[:, column] >= kind.bar, positive))
        count = int(positive.sum())
        scores.append(Score(type=kind.name, examples=count, precision=precision, recall=recall, f1=f1))
    return scores
