"""Same event: clusterings of given mentions compared (MUC, B³, CEAF-e, their mean, LEA, pairs).

Vilain et al. 1995; Bagga and Baldwin 1998; Luo 2005; Pradhan et al. 2012 (the CoNLL mean); Moosavi and Strube 2016.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from dragoman.evaluation.common import Row, f1, largest_total

Mention = tuple[str, str]
Cluster = frozenset[Mention]


class _Side:
    """One clustering: its clusters, and the index of the cluster of each mention."""

    def __init__(self, cluster_of: Mapping[Mention, Hashable]) -> None:
        members: defaultdict[Hashable, set[Mention]] = defaultdict(set)
        for mention, cluster in cluster_of.items():
            members[cluster].add(mention)
        self.clusters: list[Cluster] = [frozenset(cluster) for cluster in members.values()]
        self.of: dict[Mention, int] = {m: i for i, cluster in enumerate(self.clusters) for m in cluster}

    def parts(self, cluster: Cluster) -> Counter[int]:
        """How many mentions of another side's cluster lie in each cluster of this one."""
        return Counter(self.of[mention] for mention in cluster if mention in self.of)


def _result(precision: float, recall: float) -> dict[str, float]:
    return {"p": round(precision, 4), "r": round(recall, 4), "f1": round(f1(precision, recall), 4)}


def _muc(keys: _Side, other: _Side) -> float:
    kept = total = 0
    for cluster in keys.clusters:
        unknown = sum(mention not in other.of for mention in cluster)
        kept += len(cluster) - len(other.parts(cluster)) - unknown
        total += len(cluster) - 1
    return kept / total if total else 0.0


def _b_cubed(keys: _Side, other: _Side) -> float:
    kept = sum(sum(n * n for n in other.parts(cluster).values()) / len(cluster) for cluster in keys.clusters)
    total = sum(len(cluster) for cluster in keys.clusters)
    return kept / total if total else 0.0


def _links(size: int) -> float:
    return size * (size - 1) / 2


def _lea(keys: _Side, other: _Side) -> float:
    kept = total = 0.0
    for cluster in keys.clusters:
        total += len(cluster)
        parts = other.parts(cluster)
        if len(cluster) == 1:
            kept += sum(len(other.clusters[index]) == 1 for index in parts)
        else:
            kept += len(cluster) * sum(_links(n) for n in parts.values()) / _links(len(cluster))
    return kept / total if total else 0.0


def _components(gold: _Side, given: _Side) -> list[tuple[list[int], list[int]]]:
    """Groups of clusters that share mentions with each other and with no others: the assignment splits along them."""
    found, seen = list[tuple[list[int], list[int]]](), set[int]()
    for first in range(len(gold.clusters)):
        if first in seen or not given.parts(gold.clusters[first]):
            continue
        seen.add(first)
        waiting, golds, givens = [first], list[int](), dict[int, None]()
        while waiting:
            index = waiting.pop()
            golds.append(index)
            for j in given.parts(gold.clusters[index]):
                if j not in givens:
                    givens[j] = None
                    following = [i for i in gold.parts(given.clusters[j]) if i not in seen]
                    seen.update(following)
                    waiting += following
        found.append((golds, list(givens)))
    return found


def _ceaf_e(gold: _Side, given: _Side) -> tuple[float, float]:
    total = 0.0
    for golds, givens in _components(gold, given):
        parts = {i: given.parts(gold.clusters[i]) for i in golds}
        total += largest_total(
            [[2 * parts[i][j] / (len(gold.clusters[i]) + len(given.clusters[j])) for j in givens] for i in golds]
        )
    return (
        total / len(given.clusters) if given.clusters else 0.0,
        total / len(gold.clusters) if gold.clusters else 0.0,
    )


def _pairwise(gold: _Side, given: _Side) -> tuple[float, float]:
    right = sum(_links(n) for cluster in gold.clusters for n in given.parts(cluster).values())
    n_gold = sum(_links(len(cluster)) for cluster in gold.clusters)
    n_given = sum(_links(len(cluster)) for cluster in given.clusters)
    return right / n_given if n_given else 0.0, right / n_gold if n_gold else 0.0


def compare_clusterings(gold_of: Mapping[Mention, Hashable], given_of: Mapping[Mention, Hashable]) -> dict[str, Any]:
    """All measures of two clusterings, each a mapping from mention to cluster."""
    gold, given = _Side(gold_of), _Side(given_of)
    result: dict[str, Any] = {
        "mentions": len(gold_of),
        "gold_clusters": len(gold.clusters),
        "pred_clusters": len(given.clusters),
        "muc": _result(_muc(given, gold), _muc(gold, given)),
        "b_cubed": _result(_b_cubed(given, gold), _b_cubed(gold, given)),
        "ceaf_e": _result(*_ceaf_e(gold, given)),
        "lea": _result(_lea(given, gold), _lea(gold, given)),
        "pairwise": _result(*_pairwise(gold, given)),
    }
    result["conll_f1"] = round(sum(result[name]["f1"] for name in ("muc", "b_cubed", "ceaf_e")) / 3, 4)
    return result


def _predicted_clusters(gold_of: Mapping[Mention, str], predicted: Sequence[Row]) -> dict[Mention, Hashable]:
    given: dict[Mention, Hashable] = {}
    for row in predicted:
        for event in row.get("events") or []:
            key = (row["doc"], str(event["mention"]))
            if key in gold_of and event.get("cluster") is not None:
                given[key] = str(event["cluster"])
    return given


def score_coref(gold: Sequence[Row], predicted: Sequence[Row]) -> dict[str, Any]:
    """Clusters of given mentions, over the whole set; main: CoNLL F1 with singletons.

    A mention that the predictions leave out is a cluster of its own; mentions unknown to gold are ignored.
    """
    gold_of: dict[Mention, str] = {(r["doc"], str(e["mention"])): str(e["cluster"]) for r in gold for e in r["events"]}
    given_of = _predicted_clusters(gold_of, predicted)
    missing = [key for key in gold_of if key not in given_of]
    given_of |= {key: ("alone", key) for key in missing}
    sizes = Counter(gold_of.values())
    documents: defaultdict[str, set[str]] = defaultdict(set)
    for (doc, _), cluster in gold_of.items():
        documents[cluster].add(doc)

    def among(keys: Sequence[Mention]) -> dict[str, Any]:
        return compare_clusterings({key: gold_of[key] for key in keys}, {key: given_of[key] for key in keys})

    cross = [key for key, cluster in gold_of.items() if len(documents[cluster]) > 1]
    result: dict[str, Any] = {
        "missing_mentions": len(missing),
        "with_singletons": compare_clusterings(gold_of, given_of),
        "without_gold_singletons": among([key for key, cluster in gold_of.items() if sizes[cluster] > 1]),
        "cross_document_clusters_only": among(cross) if cross else None,
    }
    return {**result, "main": result["with_singletons"]["conll_f1"]}
