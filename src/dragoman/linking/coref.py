"""Which marked event mentions are the same event, within and across documents (``dragoman link --mentions``).

Documents that tell of one affair are grouped first; inside a group every pair of mentions gets a probability from named
features, and average linkage joins them (`dragoman.linking.coref_model`). Topics are never given, as in the end-to-end
setting of Barhom et al. 2019 (ACL).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
from spacy.language import Language
from spacy.tokens import Doc

from dragoman.errors import SourceError
from dragoman.linking.coref_model import cluster_mentions, group_documents, shipped_model
from dragoman.linking.features import Pairs
from dragoman.linking.mentions import Mention, Words, read_mention, sentence_spans
from dragoman.linking.topics import LEAD_SENTENCES, Views, read_views

Row = dict[str, Any]
LONGEST = 1_000_000
"""Characters of a text that the parser takes."""


class Marked(msgspec.Struct, frozen=True):
    """One event of a row: its id within the document and its offsets into the text."""

    mention: str | int
    start: int
    end: int


class MarkedDocument(msgspec.Struct, frozen=True):
    """A row as it must be: `sentences` (offsets) may be left out, and then the parser finds them."""

    doc: str | int
    text: str
    sentences: list[tuple[int, int]] = []
    events: list[Marked] = []

    def fault(self) -> str | None:
        """What is wrong with its offsets and ids, if anything is."""
        if len(self.text) > LONGEST:
            return f"the text has {len(self.text):,} characters; at most {LONGEST:,}"
        seen = set[str]()
        for event in self.events:
            if not self.text[max(0, event.start) : max(0, event.end)].strip() or event.start < 0:
                return f"event {event.mention!r}: no words at {event.start} to {event.end}"
            if str(event.mention) in seen:
                return f"event {event.mention!r} is there twice"
            seen.add(str(event.mention))
        spans = self.sentences
        return None if all(0 <= a < b <= len(self.text) for a, b in spans) else "a sentence lies outside the text"


class Material:
    """Parsed documents as the model sees them: mentions, bags of words, views."""

    def __init__(self) -> None:
        self.mentions: list[Mention] = []
        self.bags: list[Words] = []
        self.views: list[Views] = []

    def add(self, given: MarkedDocument, doc: Doc) -> None:
        """Add a document; its mentions come in the order of the text."""
        sentences = sentence_spans(doc, given.sentences)
        lead = sentences[:LEAD_SENTENCES]
        views = read_views(doc, lead[-1].end_char if lead else 0)
        for event in ordered_events(given):
            at = next((n for n, s in enumerate(sentences) if s.start_char <= event.start < s.end_char), 0)
            self.mentions.append(read_mention(doc, len(self.views), at, sentences, event.start, event.end))
        self.views.append(views)
        self.bags.append((*views.words, *views.names))


def ordered_events(given: MarkedDocument) -> list[Marked]:
    """The events of a document in the order of the text."""
    return sorted(given.events, key=lambda event: (event.start, event.end, str(event.mention)))


def link_rows(rows: Sequence[Row], nlp: Language | None = None) -> tuple[list[Row], list[str]]:
    """The rows with a ``cluster`` on every event, without those that cannot be used, and a reason for each of these.

    A row has ``doc``, ``text``, ``events`` (``mention``, ``start``, ``end``: character offsets) and, if known,
    ``sentences`` (offsets). Clusters span all rows, are named after their first mention, and are the same whatever the
    order of the rows. ``topic`` and other fields are kept and not looked at.
    """
    read, faults = _read(rows)
    order = sorted(read, key=lambda n: str(read[n].doc))
    material = Material()
    texts = (read[n].text for n in order)
    for n, doc in zip(order, (nlp or _parser()).pipe(texts, batch_size=8) if order else (), strict=True):
        material.add(read[n], doc)
    model = shipped_model()
    pairs = Pairs(material.mentions, material.bags, group_documents(material.views, model))
    names = _names([read[n] for n in order], cluster_mentions(pairs, model).tolist())
    linked = [
        {
            **rows[n],
            "events": [{**e, "cluster": names[str(given.doc), str(e["mention"])]} for e in rows[n].get("events") or []],
        }
        for n, given in sorted(read.items())
    ]
    return linked, faults


def link_mentions(rows: Sequence[Row], nlp: Language | None = None) -> list[Row]:
    """As `link_rows`; raises `SourceError` for a row that cannot be used."""
    linked, faults = link_rows(rows, nlp)
    if faults:
        raise SourceError(faults[0])
    return linked


def _parser() -> Language:
    from dragoman.coding.pipeline import load_parser
    from dragoman.settings import Settings

    return load_parser(Settings().spacy_model)


def _read(rows: Sequence[Row]) -> tuple[dict[int, MarkedDocument], list[str]]:
    """The usable rows by their numbers. Of several rows of one document all but one are set aside, in any order."""
    read: dict[int, MarkedDocument] = {}
    faults: list[str] = []
    taken = set[str]()
    for n in sorted(range(len(rows)), key=lambda n: json.dumps(rows[n], sort_keys=True, default=str)):
        name = f"document {rows[n].get('doc')!r}"
        try:
            given = msgspec.convert({k: v for k, v in rows[n].items() if v is not None}, MarkedDocument)
        except msgspec.ValidationError as error:
            faults.append(f"{name}: {error}")
            continue
        fault = "is there twice" if str(given.doc) in taken else given.fault()
        if fault is None:
            read[n] = given
            taken.add(str(given.doc))
        else:
            faults.append(f"{name}: {fault}")
    return read, faults


def _names(documents: Sequence[MarkedDocument], labels: Sequence[int]) -> dict[tuple[str, str], str]:
    """The cluster of each mention, named after the first mention in it."""
    first: dict[int, str] = {}
    names: dict[tuple[str, str], str] = {}
    keys = [(str(given.doc), str(event.mention)) for given in documents for event in ordered_events(given)]
    for key, label in zip(keys, labels, strict=True):
        names[key] = first.setdefault(label, "#".join(key))
    return names
