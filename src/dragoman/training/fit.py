"""Fitting the network: batches of sentences, several losses, seeded, with a checkpoint after each epoch."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from dragoman.coding.features import CANDIDATE_SIZE, NONE, PAIR_SIZE, TYPES
from dragoman.training.examples import UNKNOWN, Example, LabelledCandidate, MarkedPair
from dragoman.training.network import Heads, mean_vectors, pick

MAX_PIECES = 128
REALIS = ("ACTUAL", "PLANNED", "POSSIBLE", "NEGATED")
CLASSES = (*TYPES, NONE)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of a training run; `threads` of 0 leaves PyTorch's choice."""

    seed: int = 1
    epochs: int = 5
    batch_size: int = 16
    encoder_rate: float = 1e-4
    head_rate: float = 1e-3
    weight_decay: float = 0.01
    warm_up: float = 0.1
    none_weight: float = 0.6
    mode_weight: float = 0.5
    realis_weight: float = 0.3
    role_weight: float = 1.0
    marked_weight: float = 0.7
    threads: int = 0


class Batch(msgspec.Struct):
    """One step's sentences, encoded, with the candidates of each."""

    ids: Tensor
    mask: Tensor
    rows: list[int]
    columns: list[int]
    features: Tensor
    types: Tensor
    modes: Tensor
    realis: Tensor
    weights: Tensor
    pair_candidates: list[int]
    pair_columns: list[int]
    pair_features: Tensor
    roles: Tensor


def set_seed(seed: int) -> None:
    """Seed everything that draws random numbers."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def piece_of(encoding: Encoding, at: int) -> int | None:
    """The word piece that starts at or holds a character offset; None beyond the pieces kept."""
    found = encoding.char_to_token(at)
    return found if found is not None and found < MAX_PIECES else None


def encode(tokenizer: Tokenizer, texts: Sequence[str]) -> tuple[list[Encoding], Tensor, Tensor]:
    """Word pieces of texts, cut at `MAX_PIECES`, with ids and mask padded to the longest."""
    encodings = [tokenizer.encode(text) for text in texts]
    longest = min(MAX_PIECES, max(len(e.ids) for e in encodings))
    ids = torch.zeros((len(texts), longest), dtype=torch.long)
    mask = torch.zeros((len(texts), longest), dtype=torch.long)
    for row, encoding in enumerate(encodings):
        pieces = encoding.ids[:longest]
        ids[row, : len(pieces)] = torch.tensor(pieces)
        mask[row, : len(pieces)] = 1
    return encodings, ids, mask


def make_batch(examples: Sequence[Example], tokenizer: Tokenizer, modes: Sequence[tuple[str, str]]) -> Batch:
    """Encode examples and lay out their labels; candidates beyond the pieces kept are left out."""
    encodings, ids, mask = encode(tokenizer, [e.text for e in examples])
    mode_index = {pair: n + 1 for n, pair in enumerate(modes)}
    lists: dict[str, list[Any]] = {name: [] for name in Batch.__struct_fields__}
    for row, (example, encoding) in enumerate(zip(examples, encodings, strict=True)):
        for candidate in example.candidates:
            column = piece_of(encoding, candidate.at)
            if column is None:
                continue
            _add_candidate(lists, row, column, candidate, example.weight, mode_index)
            number = len(lists["rows"]) - 1
            for pair in candidate.pairs:
                place = piece_of(encoding, pair.at)
                if place is not None:
                    lists["pair_candidates"].append(number)
                    lists["pair_columns"].append(place)
                    lists["pair_features"].append(pair.features)
                    lists["roles"].append(pair.role if candidate.type in TYPES else -100)
    return Batch(
        ids=ids,
        mask=mask,
        rows=lists["rows"],
        columns=lists["columns"],
        features=_floats(lists["features"], CANDIDATE_SIZE),
        types=torch.tensor(lists["types"], dtype=torch.long),
        modes=torch.tensor(lists["modes"], dtype=torch.long),
        realis=torch.tensor(lists["realis"], dtype=torch.long),
        weights=torch.tensor(lists["weights"], dtype=torch.float32),
        pair_candidates=lists["pair_candidates"],
        pair_columns=lists["pair_columns"],
        pair_features=_floats(lists["pair_features"], PAIR_SIZE),
        roles=torch.tensor(lists["roles"], dtype=torch.long),
    )


def _add_candidate(
    lists: dict[str, list[Any]],
    row: int,
    column: int,
    candidate: LabelledCandidate,
    weight: float,
    modes: dict[tuple[str, str], int],
) -> None:
    ignored = candidate.type == UNKNOWN
    lists["rows"].append(row)
    lists["columns"].append(column)
    lists["features"].append(candidate.features)
    lists["types"].append(-100 if ignored else CLASSES.index(candidate.type))
    lists["weights"].append(weight)
    event = candidate.type in TYPES
    lists["modes"].append(modes.get((candidate.type, candidate.mode or ""), 0) if event else -100)
    lists["realis"].append(REALIS.index(candidate.realis) if event and candidate.realis in REALIS else -100)


def _floats(rows: Sequence[Any], size: int) -> Tensor:
    return torch.from_numpy(np.stack(rows)) if rows else torch.zeros((0, size))


class Model(nn.Module):
    """Encoder and heads together."""

    def __init__(self, encoder: nn.Module, width: int, modes: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = Heads(width, len(CLASSES), modes + 1, CANDIDATE_SIZE, PAIR_SIZE)

    def vectors(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Token vectors of shape (sentences, pieces, width)."""
        return self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state


def batch_loss(model: Model, batch: Batch, options: Options) -> Tensor:
    """The weighted sum of the losses of type, mode, realis and roles over a batch."""
    vectors = model.vectors(batch.ids, batch.mask)
    if not batch.rows:
        return vectors.sum() * 0.0
    triggers = pick(vectors, batch.rows, batch.columns)
    means = mean_vectors(vectors, batch.mask)[torch.tensor(batch.rows)]
    types, modes, realis = model.heads.candidates(triggers, means, batch.features)
    class_weights = torch.ones(len(CLASSES))
    class_weights[-1] = options.none_weight
    losses = functional.cross_entropy(types, batch.types, weight=class_weights, ignore_index=-100, reduction="none")
    known = (batch.types != -100).float()
    loss = (losses * batch.weights * known).sum() / (known * batch.weights).sum().clamp(min=1.0)
    for logits, labels, weight in (
        (modes, batch.modes, options.mode_weight),
        (realis, batch.realis, options.realis_weight),
    ):
        if (labels != -100).any():  # the mean over no labels at all is not a number
            loss = loss + weight * functional.cross_entropy(logits, labels, ignore_index=-100)
    if batch.pair_candidates and (batch.roles != -100).any():
        loss = loss + options.role_weight * _role_loss(model, batch, vectors, triggers, types)
    return loss


def _role_loss(model: Model, batch: Batch, vectors: Tensor, triggers: Tensor, types: Tensor) -> Tensor:
    owners = torch.tensor(batch.pair_candidates)
    rows = [batch.rows[n] for n in batch.pair_candidates]
    actors = pick(vectors, rows, batch.pair_columns)
    gold = functional.one_hot(batch.types.clamp(min=0), len(CLASSES)).float()
    # Half of the time the true type, half the predicted one: at run time only the latter is to be had.
    given = gold if random.random() < 0.5 else types.detach().softmax(-1)
    logits = model.heads.roles(triggers[owners], actors, given[owners], batch.pair_features)
    return functional.cross_entropy(logits, batch.roles, ignore_index=-100)


def marked_loss(model: Model, pairs: Sequence[MarkedPair], tokenizer: Tokenizer, marks: dict[str, int]) -> Tensor:
    """Loss of the head for marked pairs."""
    encodings, ids, mask = encode(tokenizer, [p.text for p in pairs])
    vectors = model.vectors(ids, mask)
    means = mean_vectors(vectors, mask)
    columns = [[mark_at(e, marks[name]) for e in encodings] for name in ("source", "target")]
    rows = range(len(pairs))
    logits = model.heads.marked_types(means, pick(vectors, rows, columns[0]), pick(vectors, rows, columns[1]))
    return functional.cross_entropy(logits, torch.tensor([CLASSES.index(p.type) for p in pairs]))


def mark_at(encoding: Encoding, mark: int) -> int:
    """The last place of a mark among the pieces kept; the first piece where it is missing."""
    return next((i for i in range(min(len(encoding.ids), MAX_PIECES) - 1, 0, -1) if encoding.ids[i] == mark), 0)


def bucketed(
    examples: Sequence[Any], size: int, length: Callable[[Any], int], rng: random.Random
) -> Iterator[list[Any]]:
    """Batches of examples of like length, in random order."""
    order = list(examples)
    rng.shuffle(order)
    pools = [order[i : i + size * 50] for i in range(0, len(order), size * 50)]
    batches: list[list[Any]] = []
    for pool in pools:
        pool.sort(key=length)
        batches.extend(pool[i : i + size] for i in range(0, len(pool), size))
    rng.shuffle(batches)
    yield from batches


def fit(
    model: Model,
    examples: Sequence[Example],
    marked: Sequence[MarkedPair],
    tokenizer: Tokenizer,
    modes: Sequence[tuple[str, str]],
    marks: dict[str, int],
    options: Options,
    checkpoint: Path | None = None,
    report: Callable[[str], None] = print,
) -> None:
    """Train in place; resumes from the checkpoint where there is one of the same options."""
    set_seed(options.seed)
    if options.threads:
        torch.set_num_threads(options.threads)
    groups = [
        {"params": [p for p in model.encoder.parameters() if p.requires_grad], "lr": options.encoder_rate},
        {"params": model.heads.parameters(), "lr": options.head_rate},
    ]
    optimizer = torch.optim.AdamW(groups, weight_decay=options.weight_decay, fused=True)
    steps = options.epochs * math.ceil(len(examples) / options.batch_size)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: _rate(n, steps, options.warm_up))
    first = _resume(checkpoint, model, optimizer, schedule, options)
    for epoch in range(first, options.epochs):
        rng = random.Random(f"{options.seed}-{epoch}")
        torch.manual_seed(options.seed * 1000 + epoch)
        total = _epoch(model, examples, marked, tokenizer, modes, marks, options, optimizer, schedule, rng)
        report(f"epoch {epoch + 1} of {options.epochs}: loss {total:.4f}")
        if checkpoint is not None:
            _save(checkpoint, model, optimizer, schedule, options, epoch + 1)
    model.eval()


def _epoch(
    model: Model,
    examples: Sequence[Example],
    marked: Sequence[MarkedPair],
    tokenizer: Tokenizer,
    modes: Sequence[tuple[str, str]],
    marks: dict[str, int],
    options: Options,
    optimizer: torch.optim.Optimizer,
    schedule: Any,
    rng: random.Random,
) -> float:
    model.train()
    batches = list(bucketed(examples, options.batch_size, lambda e: len(e.text), rng))
    pairs = list(bucketed(marked, options.batch_size, lambda p: len(p.text), rng)) if marked else []
    total = 0.0
    for number, group in enumerate(batches):
        loss = batch_loss(model, make_batch(group, tokenizer, modes), options)
        if pairs and number % 2 == 0:
            chosen = pairs[(number // 2) % len(pairs)]
            loss = loss + options.marked_weight * marked_loss(model, chosen, tokenizer, marks)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        total += float(loss.detach())
    return total / max(1, len(batches))


def _rate(step: int, steps: int, warm_up: float) -> float:
    """Linear warm-up, then linear to zero."""
    ramp = max(1, int(steps * warm_up))
    return step / ramp if step < ramp else max(0.0, (steps - step) / max(1, steps - ramp))


def _save(path: Path, model: Model, optimizer: Any, schedule: Any, options: Options, epoch: int) -> None:
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "schedule": schedule.state_dict(),
        "options": msgspec.to_builtins(options),
        "epoch": epoch,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".partial")
    torch.save(state, temporary)
    temporary.replace(path)


def _resume(path: Path | None, model: Model, optimizer: Any, schedule: Any, options: Options) -> int:
    if path is None or not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    if state["options"] != msgspec.to_builtins(options):
        return 0
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    schedule.load_state_dict(state["schedule"])
    return int(state["epoch"])
