"""Writing XML piece by piece through the standard library, with only characters that XML can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from dragoman.formats.cells import xml_text


class XmlWriter:
    """Elements one after another; `None` values leave their attribute out."""

    def __init__(self, stream: BinaryIO) -> None:
        self._xml = XMLGenerator(stream, encoding="utf-8", short_empty_elements=True)
        self._xml.startDocument()

    @contextmanager
    def inside(self, name: str, attributes: Mapping[str, object] | None = None) -> Iterator[None]:
        """An element whose content is written within the block; it begins on a line of its own."""
        self._xml.ignorableWhitespace("\n")
        self._open(name, attributes or {})
        yield
        self._xml.endElement(name)

    def leaf(self, name: str, attributes: Mapping[str, object], text: object = None) -> None:
        """An element with nothing but text in it."""
        self._open(name, attributes)
        if text is not None:
            self._xml.characters(xml_text(text))
        self._xml.endElement(name)

    def end(self) -> None:
        """Hand on what is held back."""
        self._xml.endDocument()

    def _open(self, name: str, attributes: Mapping[str, object]) -> None:
        held = {key: xml_text(value) for key, value in attributes.items() if value is not None}
        self._xml.startElement(name, AttributesImpl(held))
