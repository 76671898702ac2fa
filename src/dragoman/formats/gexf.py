"""GEXF 1.2 (Gephi, networkx): the graph of GraphML with time: an edge lasts as long as the date of its event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import BinaryIO

from dragoman.formats.graph import EDGE_ATTRIBUTES, LONE, Edge, Graph, attribute_type
from dragoman.formats.items import Item
from dragoman.formats.xml_writer import XmlWriter

_NODE_ATTRIBUTES = ("country", "sector")
# The time of an edge stands on the edge itself.
_KEPT = tuple(name for name in EDGE_ATTRIBUTES if name not in ("start", "end"))


def _attributes(xml: XmlWriter, kind: str, names: Iterable[str]) -> None:
    with xml.inside("attributes", {"class": kind, "mode": "static"}):
        for name in names:
            given = attribute_type(name).replace("int", "integer") if kind == "edge" else "string"
            xml.leaf("attribute", {"id": f"{kind[0]}_{name}", "title": name, "type": given})


def _values(xml: XmlWriter, record: object, names: Iterable[str], prefix: str) -> None:
    with xml.inside("attvalues"):
        for name in names:
            value = getattr(record, name)
            if value is not None:
                xml.leaf("attvalue", {"for": prefix + name, "value": value})


def _ends(edge: Edge) -> dict[str, object]:
    ends = {"id": edge.id, "source": edge.source, "target": edge.target, "label": edge.type}
    return {**ends, "start": edge.start, "end": edge.end}


def _content(xml: XmlWriter, graph: Graph) -> None:
    _attributes(xml, "node", _NODE_ATTRIBUTES)
    _attributes(xml, "edge", _KEPT)
    with xml.inside("nodes"):
        for node in graph.nodes.values():
            with xml.inside("node", {"id": node.key, "label": node.label}):
                _values(xml, node, _NODE_ATTRIBUTES, "n_")
    with xml.inside("edges"):
        for edge in graph.edges():
            with xml.inside("edge", _ends(edge)):
                _values(xml, edge, _KEPT, "e_")


def write(items: Iterable[Item], stream: BinaryIO, left_out: Counter[str]) -> None:
    """Write events or stories as GEXF; those without two parties make no edge and are counted."""
    with Graph(items) as graph:
        xml = XmlWriter(stream)
        with (
            xml.inside("gexf", {"xmlns": "http://www.gexf.net/1.2draft", "version": "1.2"}),
            xml.inside("graph", {"defaultedgetype": "directed", "mode": "dynamic", "timeformat": "date"}),
        ):
            _content(xml, graph)
        xml.end()
        left_out[LONE] += graph.lone
