"""Attributions: source, cue and content of what a text gives to somebody (PolNeAR; Newell et al. 2018)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from dragoman.evaluation.common import Row, keyed, prf, share

ROLES = ("source", "cue", "content")
_TOKEN = re.compile(r"\w+", re.UNICODE)
_ENOUGH = 0.5

View = dict[str, frozenset[int]]


def _tokens_in(tokens: Sequence[tuple[int, int]], spans: Sequence[Sequence[int]] | None) -> frozenset[int]:
    """Indices of the word tokens that lie, by one character or more, in the spans."""
    return frozenset(
        index
        for start, end in ((int(span[0]), int(span[1])) for span in spans or ())
        for index, (a, b) in enumerate(tokens)
        if a < end and b > start
    )


def _dice(a: frozenset[int], b: frozenset[int]) -> float:
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def _matched(gold: Sequence[View], given: Sequence[View]) -> list[tuple[float, float, int, int]]:
    """(source overlap, cue overlap, gold, given) of attributions matched on content, best overlap first."""
    candidates = [
        (overlap, _dice(a["source"], b["source"]), _dice(a["cue"], b["cue"]), i, j)
        for i, a in enumerate(gold)
        for j, b in enumerate(given)
        if (overlap := _dice(a["content"], b["content"])) >= _ENOUGH
    ]
    used_gold, used_given, pairs = set[int](), set[int](), list[tuple[float, float, int, int]]()
    for _, source, cue, i, j in sorted(candidates, reverse=True):
        if i not in used_gold and j not in used_given:
            used_gold.add(i)
            used_given.add(j)
            pairs.append((source, cue, i, j))
    return pairs


def _count_roles(counts: Counter[tuple[str, str, str]], gold: Sequence[View], given: Sequence[View]) -> None:
    for role in ROLES:
        wanted = frozenset[int]().union(*(view[role] for view in gold))
        found = frozenset[int]().union(*(view[role] for view in given))
        gold_sets = Counter(view[role] for view in gold if view[role])
        given_sets = Counter(view[role] for view in given if view[role])
        counts["tokens", role, "right"] += len(wanted & found)
        counts["tokens", role, "pred"] += len(found)
        counts["tokens", role, "gold"] += len(wanted)
        counts["spans_exact", role, "right"] += (gold_sets & given_sets).total()
        counts["spans_exact", role, "pred"] += given_sets.total()
        counts["spans_exact", role, "gold"] += gold_sets.total()


def _count_matches(counts: Counter[str], gold: Sequence[View], given: Sequence[View]) -> None:
    counts["gold"] += len(gold)
    counts["pred"] += len(given)
    for source, cue, i, j in _matched(gold, given):
        a, b = gold[i], given[j]
        same_source = a["source"] == b["source"]
        counts["content"] += 1
        counts["soft"] += source >= _ENOUGH if a["source"] else not b["source"]
        counts["exact"] += same_source and a["content"] == b["content"]
        if a["source"]:
            counts["sources"] += 1
            counts["source_soft"] += source >= _ENOUGH
            counts["source_exact"] += same_source
        if a["cue"]:
            counts["cues"] += 1
            counts["cue_hit"] += cue > 0


def score_attributions(gold: Sequence[Row], predicted: Sequence[Row]) -> dict[str, Any]:
    """Attributions found whole (main: F1 with half the content's and half the source's words right), and by role."""
    found = keyed(predicted, "doc", what="predictions")
    counts, roles = Counter[str](), Counter[tuple[str, str, str]]()
    for row in gold:
        tokens = [match.span() for match in _TOKEN.finditer(row["text"])]

        def views(items: Sequence[Row], tokens: Sequence[tuple[int, int]] = tokens) -> list[View]:
            return [{role: _tokens_in(tokens, item.get(role)) for role in ROLES} for item in items]

        wanted = views(row["attributions"])
        given = [v for v in views(found.get(row["doc"], {}).get("attributions") or []) if v["content"] or v["cue"]]
        _count_roles(roles, wanted, given)
        _count_matches(counts, wanted, given)

    def table(name: str) -> dict[str, dict[str, float]]:
        return {r: prf(roles[name, r, "right"], roles[name, r, "pred"], roles[name, r, "gold"]) for r in ROLES}

    n_predicted, n_gold = counts["pred"], counts["gold"]
    soft = prf(counts["soft"], n_predicted, n_gold)
    return {
        "documents": len(gold),
        "gold_attributions": n_gold,
        "pred_attributions": n_predicted,
        "attribution_soft": soft,
        "attribution_exact": prf(counts["exact"], n_predicted, n_gold),
        "content_soft": prf(counts["content"], n_predicted, n_gold),
        "source_accuracy_on_matched_soft": share(counts["source_soft"], counts["sources"]),
        "source_accuracy_on_matched_exact": share(counts["source_exact"], counts["sources"]),
        "cue_hit_on_matched": share(counts["cue_hit"], counts["cues"]),
        "tokens": table("tokens"),
        "spans_exact": table("spans_exact"),
        "main": soft["f1"],
    }
