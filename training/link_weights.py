"""Fit ``src/dragoman/linking/coref_weights.tsv``: ``python training/link_weights.py TRAIN.jsonl [--out OUT.tsv]``.

TRAIN has rows ``{"topic", "subtopic", "doc", "text", "sentences", "events": [{"mention", "start", "end", "cluster"}]}``,
such as the training part of ECB+ (Cybulska and Vossen 2014; annotation CC BY 3.0). Logistic regression with an L2 penalty:
first of pairs of documents (one subtopic or not), then of pairs of mentions of one group (one cluster or not), by case.
Everything is cross-validated by topic: groups of documents come from weights fitted on other topics, and the threshold
of clustering is the one with the best CoNLL mean on folds left out. The same data give the same weights.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from scipy.optimize import minimize

from dragoman.evaluation.coref import compare_clusterings
from dragoman.linking.coref import MarkedDocument, Material, ordered_events
from dragoman.linking.coref_model import (
    DOCUMENTS,
    MENTIONS,
    THRESHOLD,
    Model,
    cluster_by,
    members_of,
    pairs_of,
    probability,
    table_lines,
)
from dragoman.linking.features import CASES, FEATURES, Pairs, pair_features
from dragoman.linking.topics import DOCUMENT_FEATURES, Topics, document_pairs

FOLDS, PENALTY_DOCUMENTS, PENALTY_MENTIONS = 5, 30.0, 10.0
DOCUMENTS_APART = 0.7
THRESHOLDS = np.arange(0.58, 0.76, 0.01)
HEADER = """\
# Weights of the linking of marked mentions (dragoman link --mentions): log odds that two documents tell of one affair
# (case "documents"), and that two mentions name one event (by trigger: same head, kin, other; within a document, across).
# feature: see dragoman.linking.topics and features; "threshold": average distance (1 - probability) up to which
# clusters are joined. Fitted by training/link_weights.py on the training topics of ECB+ (Cybulska and Vossen 2014, "Using
# a sledgehammer to crack a nut?", LREC; annotation (c) VU University Amsterdam, CC BY 3.0). No text is contained.
# Date: 25 Nov 2026. Cross-validated by topic on the training topics: CoNLL F1 {f1:.4f} at this threshold.
"""


def fit(values: np.ndarray, right: np.ndarray, penalty: float) -> np.ndarray:
    """Weights for raw values (the first of them 1), penalised on the scale of their standard deviations."""
    mean, scale = values.mean(axis=0), values.std(axis=0)
    used = scale > 1e-9
    mean, scale = np.where(used, mean, 0.0), np.where(used, scale, 1.0)
    rows = np.where(used, (values - mean) / scale, 0.0)
    rows[:, 0] = 1.0

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = rows @ weights
        slope = rows.T @ (probability(scores) - right)
        slope[1:] += penalty * weights[1:]
        return float((np.logaddexp(0, scores) - right * scores).sum() + penalty * (weights[1:] ** 2).sum() / 2), slope

    found = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    weights = np.where(used, found / scale, 0.0)
    weights[0] = found[0] - float((found * mean / scale)[1:].sum())
    return weights


def fit_cases(case: np.ndarray, values: np.ndarray, right: np.ndarray) -> np.ndarray:
    """A row of weights for each case."""
    return np.stack([fit(values[case == c], right[case == c], PENALTY_MENTIONS) for c in range(len(CASES))])


class Set:
    """The training documents with what is known of them."""

    def __init__(self, path: Path, cache: Path | None) -> None:
        rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        self.rows = sorted(rows, key=lambda row: str(row["doc"]))
        given = [msgspec.convert(row, MarkedDocument) for row in self.rows]
        self.material = Material()
        for document, doc in zip(given, parsed([row["text"] for row in self.rows], cache), strict=True):
            self.material.add(document, doc)
        clusters = [{str(e["mention"]): e["cluster"] for e in row["events"]} for row in self.rows]
        self.cluster = [
            of[str(event.mention)] for d, of in zip(given, clusters, strict=True) for event in ordered_events(d)
        ]
        topics = sorted({row["topic"] for row in self.rows}, key=lambda topic: (len(topic), topic))
        self.fold = np.array([topics.index(row["topic"]) % FOLDS for row in self.rows])
        self.left, self.right, self.values = document_pairs(self.material.views)
        affair = np.unique([str(row["subtopic"]) for row in self.rows], return_inverse=True)[1]
        self.one_affair = (affair[self.left] == affair[self.right]).astype(float)

    def topics(self, same: np.ndarray) -> Topics:
        return Topics(len(self.rows), self.left, self.right, same, DOCUMENTS_APART)

    def folded_documents(self) -> np.ndarray:
        """The probability of each pair of documents by weights fitted on other topics."""
        same = np.zeros(len(self.left))
        for fold in range(FOLDS):
            touched = (self.fold[self.left] == fold) | (self.fold[self.right] == fold)
            weights = fit(self.values[~touched], self.one_affair[~touched], PENALTY_DOCUMENTS)
            same[touched] = probability(self.values[touched] @ weights)
        return same


def parsed(texts: list[str], cache: Path | None) -> list[Any]:
    """The texts parsed; kept in a file of spaCy's where one is named."""
    import spacy
    from spacy.tokens import DocBin

    from dragoman.coding.pipeline import load_parser
    from dragoman.settings import Settings

    if cache is not None and cache.exists():
        return list(DocBin().from_disk(cache).get_docs(spacy.blank("en").vocab))
    docs = list(load_parser(Settings().spacy_model).pipe(texts, batch_size=32))
    if cache is not None:
        attributes = ["ORTH", "LEMMA", "POS", "TAG", "DEP", "HEAD", "ENT_TYPE", "ENT_IOB", "SENT_START", "SPACY"]
        DocBin(attrs=attributes, docs=docs).to_disk(cache)
    return docs


def conll(data: Set, labels: Any) -> float:
    keys = [("", str(n)) for n in range(len(labels))]
    found = compare_clusterings(dict(zip(keys, data.cluster, strict=True)), dict(zip(keys, labels, strict=True)))
    return float(found["conll_f1"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("--out", type=Path, default=Path("src/dragoman/linking/coref_weights.tsv"))
    parser.add_argument("--cache", type=Path, help="keep the parsed texts in this file (outside the repository)")
    given = parser.parse_args()
    data = Set(given.train, given.cache)
    documents = fit(data.values, data.one_affair, PENALTY_DOCUMENTS)
    pairs = Pairs(data.material.mentions, data.material.bags, data.topics(data.folded_documents()))
    members = list(members_of(pairs))
    left, right = (np.concatenate(side) for side in zip(*map(pairs_of, members), strict=True))
    case, values = pair_features(pairs, left, right)
    cluster = np.unique(data.cluster, return_inverse=True)[1]
    one = (cluster[left] == cluster[right]).astype(float)
    fold = data.fold[pairs.document]
    same = np.zeros(len(left))
    for n in range(FOLDS):
        train, test = (fold[left] != n) & (fold[right] != n), fold[left] == n
        weights = fit_cases(case[train], values[train], one[train])
        same[test] = probability(np.einsum("nk,nk->n", values[test], weights[case[test]]))
    print(f"{len(left)} pairs, log loss {-np.mean(np.log(np.where(one > 0, same, 1 - same) + 1e-9)):.4f}")
    size = len(pairs.mentions)
    place = {int(code): n for n, code in enumerate(left * size + right)}
    scores = {}
    for apart in THRESHOLDS:
        model = Model(documents, np.zeros((len(CASES), len(FEATURES))), DOCUMENTS_APART, round(float(apart), 2))
        labels = cluster_by(pairs, lambda a, b: same[[place[int(code)] for code in a * size + b]], model)
        scores[model.mentions_apart] = conll(data, labels.tolist())
        print(f"threshold {apart:.2f}: CoNLL F1 {scores[model.mentions_apart]:.4f}")
    best = max(scores, key=lambda apart: (scores[apart], apart))
    table = {(DOCUMENTS, name): weight for name, weight in zip(DOCUMENT_FEATURES, documents, strict=True)}
    table |= {(DOCUMENTS, THRESHOLD): DOCUMENTS_APART, (MENTIONS, THRESHOLD): best}
    for name, row in zip(CASES, fit_cases(case, values, one), strict=True):
        table |= {(name, feature): weight for feature, weight in zip(FEATURES, row, strict=True)}
    given.out.write_text(HEADER.format(f1=scores[best]) + "\n".join(table_lines(table)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
