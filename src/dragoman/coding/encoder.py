"""Running the classifier: an int8 ONNX encoder over sentences and its heads in NumPy (no PyTorch).

A model is a folder: ``encoder.onnx``, ``heads.npz``, ``labels.json``, ``tokenizer.json``, ``manifest.json`` with the
SHA-256 of each, and ``card.md``. ``dragoman train`` writes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from dragoman.errors import ModelError
from dragoman.tables import package_file

MAX_PIECES = 128
Array = NDArray[np.float32]


class Labels(msgspec.Struct, frozen=True):
    """What the heads' outputs stand for.

    `calibration` holds the temperature of each head, `thresholds` the bars above which a candidate is an event
    (``event``) and an actor has a role (``role``), both set on held-back folds.
    """

    types: tuple[str, ...]
    modes: tuple[tuple[str, str], ...]
    realis: tuple[str, ...]
    marks: dict[str, int]
    calibration: dict[str, float]
    thresholds: dict[str, float]


class Encoded(msgspec.Struct, frozen=True):
    """A sentence's token vectors of shape (pieces, width), their mean, and its word pieces."""

    vectors: Array
    mean: Array
    pieces: Encoding

    def at(self, offset: int) -> Array | None:
        """The vector of the word piece at a character offset of the sentence; None beyond the pieces kept."""
        piece = self.pieces.char_to_token(offset)
        return self.vectors[piece] if piece is not None and piece < len(self.vectors) else None


class Classifier:
    """A loaded model. Raises `ModelError` where the folder is incomplete or a file is not what the manifest says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        _check(folder)
        self.labels = msgspec.json.decode((folder / "labels.json").read_bytes(), type=Labels)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        with np.load(folder / "heads.npz") as arrays:
            self._heads: dict[str, Array] = {name: arrays[name] for name in arrays.files}
        self._session = onnxruntime.InferenceSession(
            str(folder / "encoder.onnx"), _session_options(), providers=["CPUExecutionProvider"]
        )

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Encode sentences, each by itself: int8 ranges are set anew for every run, so the vectors of a sentence that was
        read beside others would hang on them, and padding costs more than short runs do (`docs/decisions.md`).
        """
        return [self._encoded(self.tokenizer.encode(text)) for text in texts]

    def _encoded(self, pieces: Encoding) -> Encoded:
        ids = np.array([pieces.ids[:MAX_PIECES]], dtype=np.int64)
        vectors = self._session.run(["vectors"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
        return Encoded(vectors, vectors.mean(axis=0), pieces)

    def candidates(self, triggers: Array, means: Array, features: Array) -> tuple[Array, Array, Array]:
        """Probabilities of type, mode and realis for n candidates; rows sum to 1."""
        hidden = self._layer("hidden", np.concatenate([triggers, means, features], axis=1), relu=True)
        return (
            self._softmax(self._layer("type_head", hidden), "type"),
            self._softmax(self._layer("mode_head", hidden), "mode"),
            self._softmax(self._layer("realis_head", hidden), "realis"),
        )

    def roles(self, triggers: Array, actors: Array, types: Array, features: Array) -> Array:
        """Probabilities of no role, actor and recipient for n pairs."""
        hidden = self._layer("role_hidden", np.concatenate([triggers, actors, types, features], axis=1), relu=True)
        return self._softmax(self._layer("role_head", hidden), "role")

    def marked_types(self, texts: Sequence[str]) -> Array:
        """Probabilities of the types for sentences in which a source and a target are marked (`Labels.marks`)."""
        rows = []
        for encoded in self.encode(texts):
            source, target = (_mark(encoded, self.labels.marks[name]) for name in ("source", "target"))
            rows.append(np.concatenate([encoded.mean, source, target]))
        return self._softmax(self._layer("marked_head", np.stack(rows)), "marked")

    def _layer(self, name: str, values: Array, relu: bool = False) -> Array:
        out = values @ self._heads[f"{name}.weight"].T + self._heads[f"{name}.bias"]
        return np.maximum(out, 0.0) if relu else out

    def _softmax(self, logits: Array, head: str) -> Array:
        scaled = logits / self.labels.calibration.get(head, 1.0)
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


def _mark(encoded: Encoded, mark: int) -> Array:
    ids = encoded.pieces.ids[: len(encoded.vectors)]
    return encoded.vectors[next((i for i in range(len(ids) - 1, 0, -1) if ids[i] == mark), 0)]


def _session_options() -> onnxruntime.SessionOptions:
    """One thread: reports are spread over processes, and one thread adds in one order on every run."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return options


def _check(folder: Path) -> None:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
        for name, digest in manifest.items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
                raise ModelError(f"{name} in {folder.name} is not the file that the manifest names")
    except (OSError, KeyError, ValueError) as error:
        raise ModelError(f"{folder} is no model folder: {error}") from error


SHIPPED = "events"


@cache
def load_classifier(name: str) -> Classifier:
    """A classifier by the name of a model that ships with the package, or by its folder; loaded once."""
    shipped = package_file("models", name)
    return Classifier(shipped if shipped.is_dir() else Path(name))


def shipped_models() -> tuple[str, ...]:
    """The names of the models that ship with the package."""
    folder = package_file("models")
    return tuple(sorted(path.parent.name for path in folder.glob("*/manifest.json")))
