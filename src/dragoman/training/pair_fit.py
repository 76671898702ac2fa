"""Fitting a network for marked pairs: an encoder and one head, taught by labels or by a larger network.

The input is a sentence with a mark piece before source and target, the head sees the mean of all tokens and the tokens
at the two marks (Soares et al. 2019, "Matching the blanks"). A small network learns more from a large one's
probabilities over unlabelled news than from the labels alone (distillation: Hinton et al. 2015).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from dragoman.training.fit import CLASSES, bucketed, encode, mark_at, set_seed
from dragoman.training.network import DROPOUT, mean_vectors, pick


class PairOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of a run; `threads` of 0 leaves PyTorch's choice."""

    seed: int = 1
    epochs: int = 3
    batch_size: int = 16
    encoder_rate: float = 1e-4
    head_rate: float = 1e-3
    weight_decay: float = 0.01
    warm_up: float = 0.1
    threads: int = 0


class TaughtPair(msgspec.Struct, frozen=True):
    """A marked sentence with the probability of each of `CLASSES`: a label's, or a teacher's."""

    text: str
    target: tuple[float, ...]
    weight: float = 1.0


class PairHeads(nn.Module):
    """The head, under the name that `dragoman.coding.encoder.Classifier` reads."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.dropout = nn.Dropout(DROPOUT)
        self.marked_head = nn.Linear(3 * width, len(CLASSES))

    def forward(self, means: Tensor, sources: Tensor, targets: Tensor) -> Tensor:
        return self.marked_head(self.dropout(torch.cat([means, sources, targets], dim=-1)))


class PairModel(nn.Module):
    """Encoder and head; `logits` are those of `CLASSES`, one row a sentence."""

    def __init__(self, encoder: nn.Module, width: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = PairHeads(width)

    def logits(self, texts: Sequence[str], tokenizer: Tokenizer, marks: dict[str, int]) -> Tensor:
        encodings, ids, mask = encode(tokenizer, texts)
        vectors = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        rows = range(len(texts))
        ends = [pick(vectors, rows, [mark_at(e, marks[name]) for e in encodings]) for name in ("source", "target")]
        return self.heads(mean_vectors(vectors, mask), *ends)


def labelled(text: str, type_: str, weight: float = 1.0) -> TaughtPair:
    """A pair with a label, as certain."""
    return TaughtPair(text, tuple(float(name == type_) for name in CLASSES), weight)


def fit_pairs(
    model: PairModel,
    pairs: Sequence[TaughtPair],
    tokenizer: Tokenizer,
    marks: dict[str, int],
    options: PairOptions,
    report: Callable[[str], None] = print,
) -> None:
    """Train in place: AdamW, linear warm-up and decay, seeded."""
    set_seed(options.seed)
    if options.threads:
        torch.set_num_threads(options.threads)
    groups = [
        {"params": [p for p in model.encoder.parameters() if p.requires_grad], "lr": options.encoder_rate},
        {"params": model.heads.parameters(), "lr": options.head_rate},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=options.weight_decay, fused=True)
    steps = options.epochs * math.ceil(len(pairs) / options.batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: _rate(n, steps, options.warm_up))
    for epoch in range(options.epochs):
        model.train()
        rng = random.Random(f"{options.seed}-{epoch}")
        losses = [
            _step(model, batch, tokenizer, marks, optimizer, schedule)
            for batch in bucketed(pairs, options.batch_size, lambda p: len(p.text), rng)
        ]
        report(f"epoch {epoch + 1} of {options.epochs}: loss {sum(losses) / max(1, len(losses)):.4f}")
    model.eval()


def _step(
    model: PairModel,
    batch: Sequence[TaughtPair],
    tokenizer: Tokenizer,
    marks: dict[str, int],
    optimizer: torch.optim.Optimizer,
    schedule: Any,
) -> float:
    logits = model.logits([p.text for p in batch], tokenizer, marks)
    weights = torch.tensor([p.weight for p in batch])
    losses = functional.cross_entropy(logits, torch.tensor([p.target for p in batch]), reduction="none")
    loss = (losses * weights).sum() / weights.sum()
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    return float(loss.detach())


def _rate(step: int, steps: int, warm_up: float) -> float:
    ramp = max(1, int(steps * warm_up))
    return step / ramp if step < ramp else max(0.0, (steps - step) / max(1, steps - ramp))


def all_logits(
    model: PairModel, texts: Sequence[str], tokenizer: Tokenizer, marks: dict[str, int], batch_size: int = 32
) -> NDArray[np.float32]:
    """Logits of many sentences, in their order; shape (sentences, classes)."""
    order = sorted(range(len(texts)), key=lambda n: (len(texts[n]), n))
    found = np.zeros((len(texts), len(CLASSES)), dtype=np.float32)
    with torch.no_grad():
        for chosen in _batches(order, batch_size):
            found[chosen] = model.logits([texts[n] for n in chosen], tokenizer, marks).numpy()
    return found


def _batches(order: Sequence[int], size: int) -> Iterator[list[int]]:
    for first in range(0, len(order), size):
        yield list(order[first : first + size])
