"""Writing a trained model: the encoder as int8 ONNX, heads as arrays, tokenizer, labels, a manifest of hashes."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dragoman.training.fit import CLASSES, REALIS, Model

ENCODER, HEADS, LABELS, TOKENIZER, MANIFEST = (
    "encoder.onnx",
    "heads.npz",
    "labels.json",
    "tokenizer.json",
    "manifest.json",
)
OPSET = 17


class _Vectors(nn.Module):
    """The encoder with plain inputs and one output, for tracing."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state


def export(
    model: Model,
    tokenizer: Path,
    modes: Sequence[tuple[str, str]],
    marks: dict[str, int],
    calibration: dict[str, float],
    thresholds: dict[str, float],
    folder: Path,
) -> None:
    """Write a model folder that `dragoman.coding.encoder` loads."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    folder.mkdir(parents=True, exist_ok=True)
    full, ready = folder / "full.onnx", folder / "ready.onnx"
    sample = (torch.ones((2, 8), dtype=torch.long), torch.ones((2, 8), dtype=torch.long))
    axes = {0: "sentences", 1: "pieces"}
    torch.onnx.export(
        _Vectors(model.encoder).eval(),
        sample,
        str(full),
        input_names=["input_ids", "attention_mask"],
        output_names=["vectors"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "vectors": axes},
        opset_version=OPSET,
        dynamo=False,
    )
    quant_pre_process(str(full), str(ready), skip_symbolic_shape=True)
    quantize_dynamic(str(ready), str(folder / ENCODER), weight_type=QuantType.QInt8, per_channel=True)
    full.unlink()
    ready.unlink()
    arrays = {name: value.detach().numpy().astype(np.float32) for name, value in model.heads.state_dict().items()}
    np.savez(folder / HEADS, **arrays)
    shutil.copyfile(tokenizer, folder / TOKENIZER)
    labels: dict[str, Any] = {
        "types": list(CLASSES),
        "modes": [list(pair) for pair in modes],
        "realis": list(REALIS),
        "marks": marks,
        "calibration": calibration,
        "thresholds": thresholds,
    }
    (folder / LABELS).write_text(json.dumps(labels, indent=1) + "\n", encoding="utf-8")
    write_manifest(folder)


def write_manifest(folder: Path) -> None:
    """SHA-256 of each file of the model, so that a record can name the model that made it."""
    names = (ENCODER, HEADS, LABELS, TOKENIZER)
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    (folder / MANIFEST).write_text(json.dumps({"files": hashes}, indent=1) + "\n", encoding="utf-8")
