"""Reading annotated texts: the written corpus, articles with every event coded, stand-off annotation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from dragoman.coding.marks import Marked
from dragoman.errors import SourceError
from dragoman.lexicon.countries import countries
from dragoman.lexicon.examples import parse_example
from dragoman.lexicon.predicates import PredicateTable
from dragoman.training.corpus_format import Item, read_corpus
from dragoman.training.examples import GoldEvent, GoldText, MarkedPair, Party

PER_TEMPLATE = 4
ARTICLE_WEIGHT = 2.0
"""Weight of sentences of articles with every event coded: the very kind of text that is to be read."""
TABLE_WEIGHT = 0.5
"""Weight of the table's examples: short, and each with its event, unlike the sentences of a report."""


def corpus_texts(files: Iterable[Path]) -> Iterator[GoldText]:
    """The items of corpus files; the group is the file, which one author wrote in one pass."""
    for item in read_corpus(sorted(files)):
        yield GoldText(
            id=item.id,
            text=item.text,
            published=item.published,
            events=tuple(_corpus_event(item, number) for number in range(len(item.events))),
            group=item.path.stem,
        )


def _corpus_event(item: Item, number: int) -> GoldEvent:
    event = item.events[number]
    return GoldEvent(
        type=event.type,
        mode=event.mode,
        realis=str(event.realis),
        triggers=tuple((m.start, m.end) for m in item.spans(event.trigger)),
        actors=tuple(_marked_party(item, mark) for mark in event.actors),
        recipients=tuple(_marked_party(item, mark) for mark in event.recipients),
    )


def _marked_party(item: Item, mark: str) -> Party:
    spans = tuple((m.start, m.end) for m in item.spans(mark))
    return Party(spans=spans, country=item.actor(mark).country)


def table_texts(table: PredicateTable) -> Iterator[GoldText]:
    """The example sentences of the table of predicates; each marks one event and says nothing of others."""
    for entry in table.entries:
        example = parse_example(entry.example)
        event = GoldEvent(
            type=entry.type,
            mode=entry.mode,
            realis="",
            triggers=(example.trigger,),
            actors=tuple(Party(spans=(span,)) for span in example.actors),
            recipients=tuple(Party(spans=(span,)) for span in example.recipients),
        )
        name = f"table-{entry.order:04d}"
        yield GoldText(
            id=name, text=example.text, published=None, events=(event,), group=name, weight=TABLE_WEIGHT, whole=False
        )


def article_texts(path: Path) -> Iterator[GoldText]:
    """Articles as ``{"id", "text", "published", "events"}``, events in the shape of the event record."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            events = tuple(_article_event(row["text"], event) for event in row["events"])
            yield GoldText(
                id=row["id"],
                text=row["text"],
                published=row["published"],
                events=events,
                group=row["id"],
                weight=ARTICLE_WEIGHT,
            )


def _article_event(text: str, event: dict[str, Any]) -> GoldEvent:
    spans = [(at, at + len(words)) for words in event["evidence"] if (at := text.find(words)) >= 0]
    return GoldEvent(
        type=event["type"],
        mode=event["mode"],
        realis=event["realis"],
        triggers=tuple(spans),
        actors=tuple(_named_party(actor) for actor in event["actors"]),
        recipients=tuple(_named_party(actor) for actor in event["recipients"]),
        exact=False,
    )


def _named_party(actor: dict[str, Any]) -> Party:
    return Party(text=actor["text"], name=actor.get("name") or "", country=actor.get("country"))


def standoff_texts(annotations: Path, texts: Path) -> Iterator[GoldText]:
    """Stand-off annotation (``id``, ``start``, ``end``, ``events`` with offsets into the document) joined to its texts.

    Each annotated sentence is a text of its own. Raises `SourceError` where the texts lack a document.
    """
    documents: dict[str, dict[str, Any]] = {}
    with texts.open(encoding="utf-8") as lines:
        documents = {row["id"]: row for row in map(json.loads, lines)}
    with annotations.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            document = documents.get(row["id"])
            if document is None:
                raise SourceError(f"{texts.name} has no document {row['id']!r}, which {annotations.name} annotates")
            yield _standoff_text(row, document)


def _standoff_text(row: dict[str, Any], document: dict[str, Any]) -> GoldText:
    start, end = row["start"], row["end"]
    events = tuple(
        GoldEvent(
            type=event["type"],
            mode=event["mode"],
            realis=event["realis"],
            triggers=tuple((a - start, b - start) for a, b in event["triggers"]),
            actors=tuple(Party(spans=((a - start, b - start),)) for a, b in event["actors"]),
            recipients=tuple(Party(spans=((a - start, b - start),)) for a, b in event["recipients"]),
        )
        for event in row["events"]
    )
    published = document.get("published")
    text = document["text"][start:end]
    return GoldText(id=f"{row['id']}@{start}", text=text, published=published, events=events, group=row["id"])


def marked_pairs(texts: Iterable[GoldText]) -> Iterator[MarkedPair]:
    """Sentences with the first actor and recipient of an event marked, for the head that types marked pairs."""
    for gold in texts:
        for event in gold.events:
            source = event.actors[0].spans[0] if event.actors and event.actors[0].spans else None
            target = event.recipients[0].spans[0] if event.recipients and event.recipients[0].spans else None
            if source and (target is None or source[1] <= target[0] or target[1] <= source[0]):
                marked = Marked(gold.text, (source,), (target,) if target else ())
                yield MarkedPair(marked.for_encoder(), event.type)


def synthetic_pairs(path: Path) -> Iterator[MarkedPair]:
    """Headlines of synthetic stories (``title``, ``title_template``, ``label``) with the first two states marked.

    The label was given to the headline, so only headlines are used; of one template no more than `PER_TEMPLATE`.
    """
    seen: dict[str, int] = {}
    with path.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            spans = _states_in(row["title"])
            template = row["title_template"]
            if not spans or seen.get(template, 0) >= PER_TEMPLATE:
                continue
            seen[template] = seen.get(template, 0) + 1
            yield MarkedPair(Marked(row["title"], spans[:1], spans[1:2]).for_encoder(), row["label"])


@cache
def _state_names() -> re.Pattern[str]:
    names = {name for country in countries() for name in (country.name, *country.names) if len(name) > 3}
    return re.compile(r"\b(?:" + "|".join(re.escape(n) for n in sorted(names, key=lambda n: (-len(n), n))) + r")\b")


def _states_in(text: str) -> tuple[tuple[int, int], ...]:
    """Spans of the names of states in a text, in order."""
    return tuple((match.start(), match.end()) for match in _state_names().finditer(text))
