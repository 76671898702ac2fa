"""Which documents tell of the same affair: a logistic model of pairs of documents, then average-link clustering.

The model sees how alike two documents are (cosines of TF-IDF vectors) in six views: all content words, names, entities,
the lead, figures, verbs. Two affairs of one kind (two earthquakes) share words, but neither names nor leads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from scipy.cluster.hierarchy import cophenet, fcluster, linkage
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform
from spacy.tokens import Doc

from dragoman.linking.mentions import Words, content_words
from dragoman.linking.vectors import Floats, Ints, Weights, matrix, products

LEAD_SENTENCES = 3
FAINT = 0.05
"""Documents whose content words are less alike than this tell of different affairs; they are never compared closer."""
UNLIKELY = 0.02
"""Probability below which a pair of documents does not count as a link between them."""
PLACES = 9
"""Digits that distances keep, so that rounding errors decide no tie."""
ENTITIES = frozenset({"PERSON", "ORG", "GPE", "LOC", "FAC"})


class Views(msgspec.Struct, frozen=True):
    """Six bags of lower-case words of one document."""

    words: Words
    names: Words
    entities: Words
    lead: Words
    numbers: Words
    verbs: Words


VIEWS = tuple(Views.__struct_fields__)
DOCUMENT_FEATURES = ("bias", *VIEWS, *(f"{name}_root" for name in VIEWS))


def read_views(doc: Doc, lead_end: int) -> Views:
    """The views of a parsed document whose lead ends at a character offset."""
    return Views(
        words=content_words(doc),
        names=tuple(t.lemma_.lower() for t in doc if t.pos_ == "PROPN" and t.is_alpha and len(t) > 1),
        entities=tuple(" ".join(e.text.lower().split()) for e in doc.ents if e.label_ in ENTITIES),
        lead=content_words(token for token in doc if token.idx < lead_end),
        numbers=tuple(token.lower_ for token in doc if token.like_num),
        verbs=tuple(token.lemma_.lower() for token in doc if token.pos_ == "VERB" and not token.is_stop),
    )


def _unit_rows(bags: Sequence[Iterable[str]]) -> csr_matrix:
    counted = [tuple(bag) for bag in bags]
    return matrix(counted, Weights(counted), unit=True)


def document_pairs(views: Sequence[Views]) -> tuple[Ints, Ints, Floats]:
    """The pairs of documents worth comparing, as two arrays of indices, and their `DOCUMENT_FEATURES`."""
    rows = {name: _unit_rows([getattr(view, name) for view in views]) for name in VIEWS}
    alike = (rows["words"] @ rows["words"].T).tocoo()
    kept = (alike.row < alike.col) & (alike.data > FAINT)
    order = np.lexsort((alike.col[kept], alike.row[kept]))
    left: Ints = alike.row[kept][order].astype(np.int64)
    right: Ints = alike.col[kept][order].astype(np.int64)
    cosines = [products(rows[name], left, right) for name in VIEWS]
    values = [np.ones(len(left)), *cosines, *(np.sqrt(np.maximum(cosine, 0.0)) for cosine in cosines)]
    return left, right, np.stack(values, axis=1)


class Topics:
    """`group` of each document, and how near two documents of one group are: by themselves and through their like."""

    def __init__(self, size: int, left: Ints, right: Ints, same: Floats, apart: float) -> None:
        """Group `size` documents by the average distance (1 - `same`, a probability for each pair) up to `apart`."""
        self.group: Ints = np.zeros(size, dtype=np.int64)
        self._place: Ints = np.zeros(size, dtype=np.int64)
        self._part: Ints = np.zeros(size, dtype=np.int64)
        self._near: list[Floats] = []
        self._joined: list[Floats] = []
        likely = same >= UNLIKELY
        links = csr_matrix((same[likely], (left[likely], right[likely])), shape=(size, size))
        links = links + links.T
        _, part = connected_components(links, directed=False)
        groups = 0
        order = np.argsort(part, kind="stable")
        for members in np.split(order, np.flatnonzero(np.diff(part[order])) + 1) if size else ():
            groups += self._cluster(members, links[members][:, members].toarray(), apart, groups)

    def _cluster(self, members: Ints, near: Floats, apart: float, first: int) -> int:
        distances = np.clip(np.round(1.0 - near, PLACES), 0.0, 1.0)
        np.fill_diagonal(distances, 0.0)
        self._place[members] = np.arange(len(members))
        self._part[members] = len(self._near)
        self._near.append(1.0 - distances)
        if len(members) == 1:
            self._joined.append(np.ones((1, 1)))
            self.group[members] = first
            return 1
        tree = linkage(squareform(distances, checks=False), "average")
        self._joined.append(1.0 - squareform(cophenet(tree)))
        labels = fcluster(tree, apart, "distance")
        self.group[members] = first + labels - 1
        return int(labels.max())

    def near(self, left: Ints, right: Ints) -> tuple[Floats, Floats]:
        """Probability that two documents tell of one affair, and 1 minus the height at which clustering joins them."""
        near, joined = np.zeros(len(left)), np.zeros(len(left))
        for part in np.unique(self._part[left]) if len(left) else ():
            chosen = np.flatnonzero((self._part[left] == part) & (self._part[right] == part))
            at = self._place[left[chosen]], self._place[right[chosen]]
            near[chosen], joined[chosen] = self._near[part][at], self._joined[part][at]
        near[left == right] = joined[left == right] = 1.0
        return near, joined
