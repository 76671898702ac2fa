"""How varied the written corpus is: the share of its largest template, and items that nearly copy each other.

``python -m dragoman.training.diversity FILE...`` prints both. The template of an item is its text with all names and
figures masked; items belong to one template where the three-word shingles of their templates overlap by half or more
(Jaccard, found by MinHash LSH: Broder 1997). Two items are near-copies where their texts overlap by seven tenths.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dragoman.training.corpus_format import read_corpus

SHINGLE = 3
TEMPLATE, COPY = 0.5, 0.7
PERMUTATIONS = 128
_NAME = re.compile(r"\b(?:[A-Z][\w’'-]*|\d[\d.,]*)(?: (?:[A-Z][\w’'-]*|\d[\d.,]*))*")
_WORD = re.compile(r"\w+|_")


class Diversity(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured; `largest` is the share of items in the largest template, `copies` the pairs of near-copies."""

    items: int
    templates: int
    largest: float
    copies: tuple[tuple[str, str], ...]


def masked(text: str) -> str:
    """The text with names and figures masked."""
    return _NAME.sub("_", text)


def shingles(text: str) -> frozenset[str]:
    """The runs of `SHINGLE` words of a text, all of it where it is shorter."""
    words = _WORD.findall(text.lower())
    return frozenset(" ".join(words[n : n + SHINGLE]) for n in range(max(1, len(words) - SHINGLE + 1)))


def alike(texts: Sequence[str], least: float) -> list[tuple[int, int]]:
    """Pairs of texts whose shingles overlap by at least `least`, in order."""
    from datasketch import MinHash, MinHashLSH

    index, sets = MinHashLSH(threshold=least * 0.9, num_perm=PERMUTATIONS), list(map(shingles, texts))
    pairs: list[tuple[int, int]] = []
    for number, words in enumerate(sets):
        found = MinHash(num_perm=PERMUTATIONS, seed=1)
        found.update_batch([word.encode() for word in sorted(words)])
        for other in index.query(found):
            overlap = len(words & sets[other]) / len(words | sets[other])
            if overlap >= least:
                pairs.append((other, number))
        index.insert(number, found)
    return sorted(pairs)


def diversity(ids: Sequence[str], texts: Sequence[str]) -> Diversity:
    """Measure texts under their ids."""
    same = alike([masked(text) for text in texts], TEMPLATE)
    rows, columns = [a for a, _ in same], [b for _, b in same]
    links = coo_array((np.ones(len(same)), (rows, columns)), shape=(len(texts), len(texts)))
    templates, labels = connected_components(links, directed=False)
    largest = int(np.bincount(labels).max()) if len(texts) else 0
    copies = tuple((ids[a], ids[b]) for a, b in alike(texts, COPY))
    return Diversity(
        items=len(texts), templates=int(templates), largest=round(largest / max(1, len(texts)), 4), copies=copies
    )


def main(arguments: Iterable[str]) -> int:
    """Print the figures; exit code 1 where a template has more than 2 % of the items or there are near-copies."""
    items = read_corpus([Path(argument) for argument in arguments])
    found = diversity([item.id for item in items], [item.text for item in items])
    print(f"{found.items} items, {found.templates} templates, the largest has {found.largest:.2%}")
    for a, b in found.copies:
        print(f"near-copies: {a} {b}")
    print(f"{len(found.copies)} pairs of near-copies")
    return int(found.largest > 0.02 or bool(found.copies))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
