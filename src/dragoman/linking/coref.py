"""Which marked event mentions are the same event, within and across documents (``dragoman link --mentions``).

Documents that tell of one affair are grouped first (average-link clustering); inside a group, mentions whose triggers
are one word or words of one stem ("acquire", "acquisition") are one event. That is the lemma
baseline of the field (Upadhyay et al. 2016, COLING; Held et al. 2021, EMNLP) with documents grouped by what they say
instead of by given topics; the parameters were set on the training topics of ECB+.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform
from spacy.language import Language
from spacy.tokens import Doc

from dragoman.errors import SourceError
from dragoman.linking.mentions import Mention, content_words, read_mention, sentence_spans
from dragoman.linking.vectors import Ints, Weights, matrix

APART = 0.85
"""Average distance (1 - cosine) up to which documents tell of one affair."""
FAINT = 0.1
"""Cosines below this are taken for none."""
STEM = 5
"""Letters that words of one stem have in common."""
Row = dict[str, Any]


def _parser() -> Language:
    from dragoman.coding.pipeline import load_parser
    from dragoman.settings import Settings

    return load_parser(Settings().spacy_model)


def _mentions(rows: Sequence[Row], docs: Sequence[Doc]) -> Iterator[tuple[int, int, Mention]]:
    """Row, number of the event and what linking sees of it, for every event; `SourceError` for offsets of no words."""
    for number, (row, doc) in enumerate(zip(rows, docs, strict=True)):
        sentences = sentence_spans(doc, row.get("sentences") or [])
        for place, event in enumerate(row.get("events") or []):
            start, end = int(event["start"]), int(event["end"])
            at = next((n for n, s in enumerate(sentences) if s.start_char <= start < s.end_char), 0)
            try:
                yield number, place, read_mention(doc, number, at, sentences, start, end)
            except (ValueError, IndexError) as error:
                raise SourceError(f"document {row.get('doc')!r}: event {event.get('mention')!r}: {error}") from error


def _grouped(docs: Sequence[Doc], apart: float) -> Ints:
    """The affair of each document: average-link clusters of TF-IDF vectors of content words."""
    if len(docs) < 2:
        return np.zeros(len(docs), dtype=np.int64)
    words = [content_words(doc) for doc in docs]
    vectors = matrix(words, Weights(words), unit=True)
    cosines = (vectors @ vectors.T).toarray()
    cosines[cosines < FAINT] = 0.0
    distances = np.clip(np.round(1.0 - cosines, 9), 0.0, 1.0)
    np.fill_diagonal(distances, 0.0)
    labels = fcluster(linkage(squareform(distances, checks=False), "average"), apart, "distance")
    return np.asarray(labels, dtype=np.int64)


def _keys(mention: Mention) -> set[str]:
    """What two triggers of one word have in common: the head's lemma and its stem."""
    return {mention.head, f"{mention.head[:STEM]}…"} if len(mention.head) > STEM else {mention.head}


def link_mentions(rows: Sequence[Row], nlp: Language | None = None, apart: float = APART) -> list[Row]:
    """The rows with a ``cluster`` on every event; the same clusters whatever the order of the rows.

    A row has ``doc``, ``text``, ``events`` (``mention``, ``start``, ``end``: character offsets) and, if known,
    ``sentences`` (offsets). Raises `SourceError` for an event whose offsets hold no words.
    """
    order = sorted(range(len(rows)), key=lambda n: (str(rows[n].get("doc")), n))
    ordered = [rows[n] for n in order]
    docs = list((nlp or _parser()).pipe((str(row.get("text") or "") for row in ordered), batch_size=8))
    found = list(_mentions(ordered, docs))
    if not found:
        return [dict(row) for row in rows]
    group = _grouped(docs, apart)
    holders: dict[tuple[int, str], list[int]] = {}
    for n, (number, _, mention) in enumerate(found):
        for key in sorted(_keys(mention)):
            holders.setdefault((int(group[number]), key), []).append(n)
    ends = [(members[0], other) for members in holders.values() for other in members[1:]]
    rows_of, columns = [a for a, _ in ends], [b for _, b in ends]
    links = coo_array((np.ones(len(ends)), (rows_of, columns)), shape=(len(found), len(found)))
    _, labels = connected_components(links, directed=False)
    return _labelled(rows, order, found, labels)


def _labelled(
    rows: Sequence[Row], order: Sequence[int], found: Sequence[tuple[int, int, Mention]], labels: Ints
) -> list[Row]:
    """Copies of the rows with clusters named after their first mention."""
    first: dict[int, str] = {}
    result = [{**row, "events": [dict(event) for event in row.get("events") or []]} for row in rows]
    for (number, place, _), label in zip(found, labels.tolist(), strict=True):
        row = result[order[number]]
        event = row["events"][place]
        name = first.setdefault(label, f"{row.get('doc')}#{event.get('mention', place)}")
        event["cluster"] = name
    return result
