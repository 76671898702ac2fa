"""The fitted model of ``dragoman link --mentions``: logistic weights for pairs of documents and of mentions.

Weights and thresholds are data (``coref_weights.tsv``, made by ``training/link_weights.py``). A pair of mentions is
scored by the weights of its case: triggers of one head, of one stem or sense, or others; in one document or in two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from dragoman.errors import TableError
from dragoman.linking.features import CASES, FEATURES, Pairs, pair_features
from dragoman.linking.topics import DOCUMENT_FEATURES, PLACES, Topics, Views, document_pairs
from dragoman.linking.vectors import Floats, Ints
from dragoman.tables import package_file, read_table

DOCUMENTS, MENTIONS, THRESHOLD = "documents", "mentions", "threshold"
AT_ONCE = 50_000
"""Pairs whose features are held in memory at a time."""


class Model(msgspec.Struct, frozen=True):
    """Weights in the order of `DOCUMENT_FEATURES` and, a row for each of `CASES`, of `FEATURES`.

    `documents_apart` and `mentions_apart` are average distances (1 - probability) up to which clusters are joined.
    """

    documents: Floats
    mentions: Floats
    documents_apart: float
    mentions_apart: float


def read_model(path: Path) -> Model:
    """A model from its table; raises `TableError` where a weight is missing, unknown or no number."""
    allowed = {(DOCUMENTS, name) for name in (*DOCUMENT_FEATURES, THRESHOLD)} | {(MENTIONS, THRESHOLD)}
    allowed |= {(case, name) for case in CASES for name in FEATURES}
    found: dict[tuple[str, str], float] = {}
    for row in read_table(path, ("case", "feature", "weight")):
        key = row["case"], row["feature"]
        if key not in allowed or key in found:
            raise TableError(path, row.line, f"{' '.join(key)!r} is {'given twice' if key in found else 'unknown'}")
        try:
            found[key] = float(row["weight"])
        except ValueError:
            raise TableError(path, row.line, f"weight is {row['weight']!r}, not a number") from None
    if missing := sorted(allowed - set(found)):
        raise TableError(path, None, f"no weight for {' '.join(missing[0])!r}")
    return Model(
        np.array([found[DOCUMENTS, name] for name in DOCUMENT_FEATURES]),
        np.array([[found[case, name] for name in FEATURES] for case in CASES]),
        found[DOCUMENTS, THRESHOLD],
        found[MENTIONS, THRESHOLD],
    )


@cache
def shipped_model() -> Model:
    """The model that ships with the package; read once."""
    return read_model(package_file("linking", "coref_weights.tsv"))


def probability(scores: Floats) -> Floats:
    """The logistic function."""
    return 0.5 * (1.0 + np.tanh(0.5 * scores))


def group_documents(views: Sequence[Views], model: Model) -> Topics:
    """The affairs that documents tell of."""
    left, right, values = document_pairs(views)
    return Topics(len(views), left, right, probability(values @ model.documents), model.documents_apart)


def members_of(pairs: Pairs) -> Iterator[Ints]:
    """The mentions of each group of documents."""
    group = pairs.topics.group[pairs.document] if len(pairs.mentions) else pairs.document
    order = np.argsort(group, kind="stable")
    if len(order):
        yield from np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


def pairs_of(members: Ints) -> tuple[Ints, Ints]:
    """All pairs of some mentions, in the order in which `scipy.cluster` wants their distances."""
    a, b = np.triu_indices(len(members), 1)
    return members[a], members[b]


def pair_probabilities(pairs: Pairs, left: Ints, right: Ints, weights: Floats) -> Floats:
    """The probability of each pair of mentions to be one event, in portions so that memory stays bounded."""
    out = np.zeros(len(left))
    for at in range(0, len(left), AT_ONCE):
        part = slice(at, at + AT_ONCE)
        case, values = pair_features(pairs, left[part], right[part])
        out[part] = probability(np.einsum("nk,nk->n", values, weights[case]))
    return out


def cluster_mentions(pairs: Pairs, model: Model) -> Ints:
    """The number of the cluster of each mention: average linkage in each group of documents."""
    return cluster_by(pairs, lambda left, right: pair_probabilities(pairs, left, right, model.mentions), model)


def cluster_by(pairs: Pairs, same: Callable[[Ints, Ints], Floats], model: Model) -> Ints:
    """`cluster_mentions` by any probability of pairs."""
    labels: Ints = np.zeros(len(pairs.mentions), dtype=np.int64)
    first = 0
    for members in members_of(pairs):
        if len(members) > 1:
            distances = np.round(1.0 - same(*pairs_of(members)), PLACES)
            labels[members] = fcluster(linkage(distances, "average"), model.mentions_apart, "distance")
        else:
            labels[members] = 1
        labels[members] += first
        first = int(labels[members].max())
    return labels


def table_lines(weights: Mapping[tuple[str, str], float]) -> Iterator[str]:
    """The rows of a table of weights, as `read_model` takes them."""
    yield "case\tfeature\tweight"
    for (case, feature), weight in weights.items():
        yield f"{case}\t{feature}\t{weight:.5g}"
