"""Events as a graph: actors are nodes, each pair of an event is a directed edge of its own (a multigraph)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from dragoman.formats.items import Item
from dragoman.formats.pairs import pairs
from dragoman.records import Actor


class Node(msgspec.Struct, frozen=True):
    """An actor. `key` is its entity where known, else name and country."""

    key: str
    label: str
    country: str | None
    sector: str | None


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """One pair of an event or story; attributes that it lacks are None."""

    id: str
    source: str
    target: str
    event: str
    type: str
    mode: str | None
    quad: str
    score: float
    start: str | None
    end: str | None
    realis: str
    certainty: float
    confidence: float
    status: str | None
    report_count: int | None


EDGE_ATTRIBUTES = (
    "event", "type", "mode", "quad", "score", "start", "end", "realis", "certainty", "confidence", "status",
    "report_count",
)  # fmt: skip
_NUMBERS = {"score": "double", "certainty": "double", "confidence": "double", "report_count": "int"}


LONE = "without two parties, so without an edge"


def attribute_type(name: str) -> str:
    """Type of an edge's attribute in GraphML's words."""
    return _NUMBERS.get(name, "string")


def _node(party: Actor) -> Node:
    key = party.entity or "|".join(filter(None, (party.name, party.country)))
    return Node(key, party.name, party.country, party.sector)


def _edge(item: Item, number: int, source: str, target: str) -> Edge:
    event, days, story = item.event, item.days, item.story
    return Edge(
        id=f"{item.key}#{number}",
        source=source,
        target=target,
        event=item.key,
        type=event.type,
        mode=event.mode,
        quad=event.quad,
        score=event.score,
        start=days[0].isoformat() if days else None,
        end=days[1].isoformat() if days else None,
        realis=str(event.realis),
        certainty=event.certainty,
        confidence=event.confidence,
        status=story.status if story else None,
        report_count=story.report_count if story else None,
    )


class Graph:
    """Nodes in memory, edges in a file until they are read back, so that nodes can be written first."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.nodes: dict[str, Node] = {}
        self._edges = tempfile.TemporaryFile(prefix="dragoman-")  # noqa: SIM115  closed with the graph
        self.lone = 0
        encoder = msgspec.json.Encoder()
        for item in items:
            for edge in self._take(item):
                self._edges.write(encoder.encode(edge) + b"\n")

    def _take(self, item: Item) -> Iterator[Edge]:
        whole = [(one, other) for one, other in pairs(item.event) if one and other]
        if not whole:
            self.lone += 1
        for number, (one, other) in enumerate(whole):
            source, target = _node(one), _node(other)
            self.nodes.setdefault(source.key, source)
            self.nodes.setdefault(target.key, target)
            yield _edge(item, number, source.key, target.key)

    def edges(self) -> Iterator[Edge]:
        """The edges, in the order of the items."""
        self._edges.seek(0)
        decoder = msgspec.json.Decoder(Edge)
        for line in self._edges:
            yield decoder.decode(line)

    def __enter__(self) -> Graph:
        return self

    def __exit__(self, *error: Any) -> None:
        self._edges.close()
