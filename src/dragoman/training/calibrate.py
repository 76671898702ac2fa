"""Calibration on held-back examples: a temperature for each head, and the bars for events and roles.

Temperature scaling after Guo et al. 2017 (ICML): one number a head, found by the likelihood of the held-back labels.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from dragoman.training.examples import Example, MarkedPair
from dragoman.training.fit import CLASSES, Model, encode, make_batch, mark_at
from dragoman.training.network import mean_vectors, pick

TEMPERATURES = np.round(np.arange(0.6, 3.01, 0.05), 2)
BARS = np.round(np.arange(0.2, 0.81, 0.02), 2)
BATCH = 16


class HeldBack(msgspec.Struct):
    """Logits and labels of the held-back part, by head; rows without a label are left out."""

    logits: dict[str, Tensor]
    labels: dict[str, Tensor]


class Calibration(msgspec.Struct, frozen=True):
    """What is shipped with the heads, and the expected calibration error of the event decision before and after."""

    temperatures: dict[str, float]
    thresholds: dict[str, float]
    error_before: float
    error_after: float


def held_back(
    model: Model,
    examples: Sequence[Example],
    marked: Sequence[MarkedPair],
    tokenizer: Tokenizer,
    modes: Sequence[tuple[str, str]],
    marks: dict[str, int],
) -> HeldBack:
    """Run the model over examples it has not been trained on."""
    rows: dict[str, list[Tensor]] = {name: [] for name in ("type", "mode", "realis", "role", "marked")}
    labels: dict[str, list[Tensor]] = {name: [] for name in rows}
    model.eval()
    with torch.no_grad():
        for first in range(0, len(examples), BATCH):
            batch = make_batch(examples[first : first + BATCH], tokenizer, modes)
            if batch.rows:
                _add_candidates(model, batch, rows, labels)
        for pair in marked:
            encodings, ids, mask = encode(tokenizer, [pair.text])
            vectors = model.vectors(ids, mask)
            ends = [pick(vectors, [0], [mark_at(encodings[0], marks[name])]) for name in ("source", "target")]
            rows["marked"].append(model.heads.marked_types(mean_vectors(vectors, mask), *ends))
            labels["marked"].append(torch.tensor([CLASSES.index(pair.type)]))
    logits, gold = {}, {}
    for name, parts in rows.items():
        if parts:
            found, wanted = torch.cat(parts), torch.cat(labels[name])
            logits[name], gold[name] = found[wanted != -100], wanted[wanted != -100]
    return HeldBack(logits, gold)


def _add_candidates(model: Model, batch, rows, labels) -> None:  # type: ignore[no-untyped-def]
    vectors = model.vectors(batch.ids, batch.mask)
    triggers = pick(vectors, batch.rows, batch.columns)
    means = mean_vectors(vectors, batch.mask)[torch.tensor(batch.rows)]
    types, found_modes, realis = model.heads.candidates(triggers, means, batch.features)
    for name, logits, gold in (
        ("type", types, batch.types),
        ("mode", found_modes, batch.modes),
        ("realis", realis, batch.realis),
    ):
        rows[name].append(logits)
        labels[name].append(gold)
    if batch.pair_candidates:
        owners = torch.tensor(batch.pair_candidates)
        actors = pick(vectors, [batch.rows[n] for n in batch.pair_candidates], batch.pair_columns)
        logits = model.heads.roles(triggers[owners], actors, types.softmax(-1)[owners], batch.pair_features)
        rows["role"].append(logits)
        labels["role"].append(batch.roles)


def calibrate(found: HeldBack) -> Calibration:
    """Temperatures by likelihood, then the bars that give the best F1 of the decisions they make."""
    temperatures = {name: temperature_of(found.logits[name], found.labels[name]) for name in found.logits}
    events = _event_probabilities(found, temperatures["type"])
    is_event = (found.labels["type"] != len(CLASSES) - 1).numpy()
    thresholds = {"event": _best_bar(events, is_event)}
    if "role" in found.logits:
        roles = (found.logits["role"] / temperatures["role"]).softmax(-1).numpy()
        thresholds["role"] = _best_role_bar(roles, found.labels["role"].numpy())
    before = _event_probabilities(found, 1.0)
    return Calibration(
        temperatures, thresholds, calibration_error(before, is_event), calibration_error(events, is_event)
    )


def _event_probabilities(found: HeldBack, temperature: float) -> NDArray[np.float64]:
    return 1.0 - (found.logits["type"] / temperature).softmax(-1)[:, -1].numpy().astype(np.float64)


def temperature_of(logits: Tensor, labels: Tensor) -> float:
    """The temperature under which labels are likeliest; `logits` of shape (rows, classes), `labels` of class numbers."""
    losses = [float(functional.cross_entropy(logits / float(t), labels)) for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def _f1(given: NDArray[np.bool_], gold: NDArray[np.bool_], right: NDArray[np.bool_]) -> float:
    return float(2 * right.sum() / max(1, given.sum() + gold.sum()))


def _best_bar(probabilities: NDArray[np.float64], gold: NDArray[np.bool_]) -> float:
    scores = [_f1(probabilities >= bar, gold, (probabilities >= bar) & gold) for bar in BARS]
    return float(BARS[int(np.argmax(scores))])


def _best_role_bar(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    best = probabilities[:, 1:].argmax(1) + 1
    strength = probabilities[:, 1:].max(1)
    wins = probabilities.argmax(1) == best
    gold = labels > 0
    scores = []
    for bar in BARS:
        given = (strength >= bar) & wins
        scores.append(_f1(given, gold, given & (best == labels)))
    return float(BARS[int(np.argmax(scores))])


def calibration_error(probabilities: NDArray[np.float64], gold: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error (Naeini et al. 2015): the mean gap between probability and frequency over bins."""
    places = np.minimum((probabilities * bins).astype(int), bins - 1)
    total = 0.0
    for place in range(bins):
        inside = places == place
        if inside.any():
            total += inside.mean() * abs(probabilities[inside].mean() - gold[inside].mean())
    return round(float(total), 4)
