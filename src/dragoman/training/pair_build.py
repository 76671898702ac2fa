"""The whole of training for marked pairs: sentences to a model folder (``dragoman train --pairs``).

With a teacher, a large encoder is fitted first, reads pairs cut out of unlabelled news, and the small one learns from
its probabilities besides the labels.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from dragoman.coding.pipeline import build
from dragoman.errors import SourceError
from dragoman.settings import NO_CLASSIFIER, Settings
from dragoman.training.base import SMALL, load_base
from dragoman.training.build import gold_texts
from dragoman.training.calibrate import temperature_of
from dragoman.training.examples import MarkedPair
from dragoman.training.export import export
from dragoman.training.fit import CLASSES
from dragoman.training.folds import HOLD_BACK
from dragoman.training.gold import marked_pairs
from dragoman.training.pair_fit import PairModel, PairOptions, TaughtPair, all_logits, fit_pairs, labelled
from dragoman.training.pairs import written_pairs
from dragoman.training.triples import news_pairs

Report = Callable[[str], None]

SAME = frozenset("ACCUSE AID ASSAULT COERCE CONSULT COOPERATE MOBILIZE PROTEST REJECT REQUEST THREATEN".split())
"""Types that mean the same in marked pairs (after CAMEO) and in whole articles; only these are taken from the latter."""
PER_TYPE = 60
"""Pairs of each type that the teacher sees from the annotated texts."""
WRITTEN = 3
"""How often a pair written for the codebook counts for the student."""
NEWS = 4000
"""Pairs of unlabelled news that the teacher reads."""
MINOR = {"epochs": 3, "encoder_rate": 3e-5}
"""What differs in fitting the teacher."""


class PairData(msgspec.Struct, frozen=True):
    """Written pairs, pairs of the annotated texts, and the held-back part of the written ones."""

    written: tuple[MarkedPair, ...]
    gold: tuple[MarkedPair, ...]
    held_back: tuple[MarkedPair, ...]


def pair_data(data: Path, texts: Path | None) -> PairData:
    """All marked pairs of a data folder; raises `SourceError` if ``pairs/*.tsv`` has none."""
    written = list(written_pairs((data / "pairs").glob("*.tsv")))
    if not written:
        raise SourceError(f"{data} has no marked pairs: pairs/*.tsv")
    gold = [pair for pair in marked_pairs(gold_texts(data, texts)) if pair.type in SAME]
    held = tuple(pair for pair in written if _draw(pair.text) % HOLD_BACK == 0)
    kept = tuple(pair for pair in written if _draw(pair.text) % HOLD_BACK)
    return PairData(kept, tuple(gold), held)


def _draw(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def train_pairs(
    data: Path,
    output: Path,
    texts: Path | None = None,
    base: str = SMALL,
    teacher: str | None = None,
    options: PairOptions | None = None,
    report: Report = print,
) -> dict[str, float]:
    """Train a classifier of marked pairs and write its folder; returns accuracy and temperature on the held-back part."""
    options = options or PairOptions()
    found = pair_data(data, texts)
    report(
        f"{len(found.written)} written pairs, {len(found.gold)} of annotated texts, {len(found.held_back)} held back"
    )
    lessons = [labelled(p.text, p.type, WRITTEN) for p in found.written]
    lessons.extend(labelled(p.text, p.type) for p in found.gold)
    if teacher is not None:
        lessons.extend(_taught(found, teacher, texts, options, report))
    model, tokenizer, marks = _new(base)
    fit_pairs(model, lessons, tokenizer, marks, options, report)
    logits = all_logits(model, [p.text for p in found.held_back], tokenizer, marks)
    gold = np.array([CLASSES.index(p.type) for p in found.held_back])
    temperature = temperature_of(torch.from_numpy(logits), torch.from_numpy(gold))
    output.mkdir(parents=True, exist_ok=True)
    full = output / "tokenizer.full.json"
    tokenizer.save(str(full))
    export(model, full, (), marks, {"marked": temperature}, {}, output)
    full.unlink()
    return {"accuracy": round(float((logits.argmax(1) == gold).mean()), 4), "temperature": temperature}


def _new(base: str) -> tuple[PairModel, Tokenizer, dict[str, int]]:
    encoder, tokenizer, marks = load_base(base)
    return PairModel(encoder, encoder.config.hidden_size), tokenizer, marks


def _taught(
    found: PairData, teacher: str, texts: Path | None, options: PairOptions, report: Report
) -> Iterator[TaughtPair]:
    """News pairs with the probabilities that a larger network gives them."""
    model, tokenizer, marks = _new(teacher)
    lessons = [labelled(p.text, p.type) for p in (*found.written, *_some(found.gold))]
    fit_pairs(model, lessons, tokenizer, marks, msgspec.structs.replace(options, **MINOR), report)
    logits = all_logits(model, [p.text for p in found.held_back], tokenizer, marks)
    right = logits.argmax(1) == [CLASSES.index(p.type) for p in found.held_back]
    report(f"the teacher has {right.mean():.3f} of the held-back pairs right")
    news = unlabelled(texts)
    report(f"{len(news)} pairs of news for the teacher")
    for text, row in zip(news, _probabilities(all_logits(model, news, tokenizer, marks)), strict=True):
        yield TaughtPair(text, tuple(round(float(p), 5) for p in row))


def _probabilities(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    return torch.from_numpy(logits).softmax(-1).numpy()


def _some(pairs: Iterable[MarkedPair]) -> list[MarkedPair]:
    """At most `PER_TYPE` of each type, drawn by their words."""
    taken: dict[str, int] = {}
    chosen = []
    for pair in sorted(pairs, key=lambda p: (_draw(p.text), p.type)):
        taken[pair.type] = taken.get(pair.type, 0) + 1
        if taken[pair.type] <= PER_TYPE:
            chosen.append(pair)
    return chosen


def unlabelled(texts: Path | None) -> Sequence[str]:
    """Marked sentences of the open texts, at most `NEWS`, drawn by the ids of the texts."""
    if texts is None:
        return ()
    rows: list[tuple[str, str]] = []
    for path in sorted(texts.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            rows.extend((row["id"], row["text"]) for row in map(json.loads, lines))
    rows.sort(key=lambda row: (_draw(row[0]), row[0]))
    nlp = build(Settings(classifier=NO_CLASSIFIER), until="dragoman_actors")
    chosen: dict[str, None] = {}
    for marked in news_pairs(nlp, rows):
        chosen[marked.for_encoder()] = None
        if len(chosen) == NEWS:
            break
    return tuple(chosen)
