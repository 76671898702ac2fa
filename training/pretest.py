"""Fit the test that comes before parser and encoder: writes ``lexicon/pretest.tsv`` (`dragoman.coding.pretest`).

    python training/pretest.py OUTPUT.tsv TEXTS.jsonl:CODED.jsonl …

TEXTS are rows with ``id`` and ``text``, CODED is what ``dragoman code TEXTS.jsonl --no-pretest`` made of them: the test
learns what the coder itself finds. Each sentence (`dragoman.coding.pretest.sentences`) that holds evidence of an event
is an example of one that can. Reports are dealt into four folds; the bars are set by the probabilities that each report
has from a fit without its fold, so that at most `LOSS_SENTENCES` of the events lie wholly in sentences below the bar and
at most `LOSS_REPORTS` in reports that are passed over.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import spacy
from scipy import sparse
from scipy.optimize import minimize

from dragoman.coding.actor_lexicon import gazetteer
from dragoman.coding.pretest import COLUMNS, VALUES, Predicate, Vocabulary, sentences
from dragoman.lexicon.predicate_counts import predicate_counts
from dragoman.lexicon.predicates import predicate_table
from dragoman.settings import DEFAULT_MODEL

FOLDS = 4
LOSS_REPORTS = 0.003
LOSS_SENTENCES = 0.001
RIDGE_VALUES, RIDGE_PREDICATES = 1e-4, 1e-4
# A predicate that has an entry of the table and was not yet seen counts half of the entry's prior.
UNSEEN = 0.5
Floats = np.ndarray[Any, np.dtype[np.float64]]


def _share(lemma: str, pos: str) -> float:
    """How often a predicate names an event, from the counts, with the table's word for one that was not seen."""
    seen, events = predicate_counts().get((lemma, pos), (0, 0))
    entries = predicate_table().lookup(lemma, pos)
    if not seen:
        return UNSEEN * max((entry.prior for entry in entries), default=0.0)
    return float((events + (0.3 if entries else 0.05)) / (seen + 1))


class Inflection:
    """Forms of a lemma: the irregular ones of spaCy's lemmatizer, and regular ones by rule, rather too many."""

    def __init__(self) -> None:
        lookups = spacy.load(DEFAULT_MODEL).get_pipe("lemmatizer").lookups
        self._irregular: dict[tuple[str, str], set[str]] = {}
        self._rules = {pos: lookups.get_table("lemma_rules")[pos] for pos in ("verb", "noun")}
        for pos in self._rules:
            for form, lemmas in lookups.get_table("lemma_exc")[pos].items():
                for lemma in lemmas:
                    self._irregular.setdefault((lemma, pos), set()).add(form)

    def forms(self, lemma: str, pos: str) -> set[str]:
        """All forms, the lemma among them; `pos` is VERB or NOUN."""
        pos = pos.lower()
        found = {lemma, lemma + "s"} | self._irregular.get((lemma, pos), set())
        silent = lemma.endswith("e")
        for ending, base in self._rules[pos]:
            if lemma.endswith(base) and not (silent and not base and ending != "s"):
                found.add(lemma[: len(lemma) - len(base)] + ending)
        if pos == "verb":
            stem = lemma[:-1] if lemma.endswith("e") else lemma
            found |= {stem + "ed", stem + "ing"}
            if re.search(r"[aeiou][bdfgklmnprt]$", lemma):
                found |= {lemma + lemma[-1] + "ed", lemma + lemma[-1] + "ing"}
        return found


def predicates() -> list[Predicate]:
    """The lemmas of both tables, verbs and nouns of one spelling as one."""
    inflection = Inflection()
    forms: dict[str, set[str]] = {}
    shares: dict[str, float] = {}
    for lemma, pos in {*predicate_counts(), *((entry.trigger, entry.pos) for entry in predicate_table().entries)}:
        if len(lemma) > 1 and lemma.isprintable():
            forms.setdefault(lemma, set()).update(inflection.forms(lemma, pos))
            shares[lemma] = max(shares.get(lemma, 0.0), _share(lemma, pos))
    return [Predicate(lemma, tuple(sorted(forms[lemma])), round(shares[lemma], 3)) for lemma in sorted(forms)]


class Told(NamedTuple):
    """A coded report: number of its first sentence, lengths of its sentences, and for each event those that tell it."""

    first: int
    lengths: list[int]
    events: list[list[int]]
    fold: int
    length: int


def _rows(path: str) -> Iterator[dict[str, Any]]:
    with Path(path).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _reports(pairs: list[str]) -> Iterator[tuple[str, str, list[list[tuple[int, int]]]]]:
    for pair in pairs:
        texts, coded = pair.split(":")
        by_id = {str(row["id"]): row["text"] for row in _rows(texts)}
        for row in _rows(coded):
            spans = [[(part["start"], part["end"]) for part in event["evidence"]] for event in row["events"]]
            yield row["id"], by_id[row["id"]], spans


def _read(pairs: list[str], words: Vocabulary) -> tuple[sparse.csr_matrix, Floats, list[Told]]:
    rows: list[int] = []
    columns: list[int] = []
    values: list[tuple[float, ...]] = []
    labels: list[bool] = []
    told: list[Told] = []
    for name, text, events in _reports(pairs):
        first, place = len(values), 0
        spans = []
        for sentence in sentences(text):
            place = text.index(sentence, place)
            spans.append((place, place + len(sentence)))
            signs = words.signs(sentence)
            rows += [len(values)] * len(signs.predicates)
            columns += signs.predicates
            values.append((*signs.values, 1.0))
            labels.append(any(a < spans[-1][1] and b > spans[-1][0] for event in events for a, b in event))
            place += len(sentence)
        at = [[first + n for n, (x, y) in enumerate(spans) if any(a < y and b > x for a, b in e)] for e in events]
        fold = int(hashlib.sha256(name.encode()).hexdigest(), 16) % FOLDS
        told.append(Told(first, [b - a for a, b in spans], at, fold, len(text)))
    terms = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), (len(values), len(words.predicates)))
    return sparse.hstack([sparse.csr_matrix(np.array(values)), terms]).tocsr(), np.array(labels, float), told


def fit(signs: sparse.csr_matrix, labels: Floats) -> Floats:
    """Weights of a logistic regression with a ridge."""
    dense = len(VALUES) + 1
    ridge = np.r_[np.full(dense, RIDGE_VALUES), np.full(signs.shape[1] - dense, RIDGE_PREDICATES)]

    def loss(weights: Floats) -> tuple[float, Floats]:
        score = signs @ weights
        likely = np.where(labels > 0, np.logaddexp(0, -score), np.logaddexp(0, score)).mean()
        slope = signs.T @ (1 / (1 + np.exp(-score)) - labels) / len(labels)
        return float(likely + (ridge * weights**2).sum()), slope + 2 * ridge * weights

    found = minimize(loss, np.zeros(signs.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return np.asarray(found.x)


def bars(told: list[Told], probability: Floats) -> dict[str, float]:
    """The highest bars that keep the losses."""
    expected = [probability[r.first : r.first + len(r.lengths)].sum() * 1000 / r.length for r in told]
    held = np.array([len(report.events) for report in told])
    order = np.argsort(expected, kind="stable")
    lost = np.cumsum(held[order]) > LOSS_REPORTS * held.sum()
    events = np.sort([max(probability[at], default=1.0) for report in told for at in report.events])
    return {
        "report": float(expected[order[lost.argmax()]]),
        "sentence": float(events[math.floor(LOSS_SENTENCES * len(events))]),
    }


def main(output: Path, pairs: list[str]) -> None:
    """Fit, set the bars, write."""
    lemmas = predicates()
    signs, labels, told = _read(pairs, Vocabulary(lemmas, gazetteer()))
    folds = np.concatenate([np.full(len(report.lengths), report.fold) for report in told])
    probability = np.zeros(len(labels))
    for fold in range(FOLDS):
        weights = fit(signs[folds != fold], labels[folds != fold])
        probability[folds == fold] = 1 / (1 + np.exp(-(signs[folds == fold] @ weights)))
    found = bars(told, probability)
    weights = fit(signs, labels)
    dense = len(VALUES) + 1
    events = sum(len(report.events) for report in told)
    lines = [
        "# The test before parser and encoder (dragoman.coding.pretest): weights of a logistic regression by which the",
        "# words of a sentence tell how likely it holds an event, and the bars. Made by training/pretest.py from the",
        f"# coder's own findings in {len(told)} reports ({len(labels)} sentences, {events} events). share: how often the",
        "# predicate named an event in the annotated texts. Texts: training/corpus (CC0), Wikinews 2019-2020 (CC BY 2.5),",
        "# kremlin.ru (CC BY 4.0), White House (public domain), Wikipedia's Current Events portal (CC BY-SA 4.0). 2026-11.",
        "\t".join(COLUMNS),
        *(f"bar\t{name}\t\t\t{value:.4f}" for name, value in found.items()),
        *(f"value\t{n}\t\t\t{w:.3f}" for n, w in zip((*VALUES, "bias"), weights[:dense], strict=True)),
        *(
            f"predicate\t{p.lemma}\t{'|'.join(p.forms)}\t{p.share:g}\t{weight:.3f}"
            for p, weight in zip(lemmas, weights[dense:], strict=True)
        ),
    ]
    output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(told)} reports, {len(labels)} sentences, {events} events; bars {found}")
    skipped = probability < found["sentence"]
    print(f"sentences below the bar: {skipped.mean():.3f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
