"""GraphML (networkx, igraph, Gephi, yEd): a directed multigraph of actors, one edge a pair of an event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import BinaryIO

from dragoman.formats.graph import EDGE_ATTRIBUTES, LONE, Graph, attribute_type
from dragoman.formats.items import Item
from dragoman.formats.xml_writer import XmlWriter

_NODE_ATTRIBUTES = ("label", "country", "sector")


def _data(xml: XmlWriter, record: object, names: Iterable[str], prefix: str) -> None:
    for name in names:
        value = getattr(record, name)
        if value is not None:
            xml.leaf("data", {"key": prefix + name}, value)


def _keys(xml: XmlWriter) -> None:
    for name in _NODE_ATTRIBUTES:
        xml.leaf("key", {"id": f"n_{name}", "for": "node", "attr.name": name, "attr.type": "string"})
    for name in EDGE_ATTRIBUTES:
        xml.leaf("key", {"id": f"e_{name}", "for": "edge", "attr.name": name, "attr.type": attribute_type(name)})


def _content(xml: XmlWriter, graph: Graph) -> None:
    for node in graph.nodes.values():
        with xml.inside("node", {"id": node.key}):
            _data(xml, node, _NODE_ATTRIBUTES, "n_")
    for edge in graph.edges():
        with xml.inside("edge", {"id": edge.id, "source": edge.source, "target": edge.target}):
            _data(xml, edge, EDGE_ATTRIBUTES, "e_")


def write(items: Iterable[Item], stream: BinaryIO, left_out: Counter[str]) -> None:
    """Write events or stories as GraphML; those without two parties make no edge and are counted."""
    with Graph(items) as graph:
        xml = XmlWriter(stream)
        with xml.inside("graphml", {"xmlns": "http://graphml.graphdrawing.org/xmlns"}):
            _keys(xml)
            with xml.inside("graph", {"id": "events", "edgedefault": "directed"}):
                _content(xml, graph)
        xml.end()
        left_out[LONE] += graph.lone
