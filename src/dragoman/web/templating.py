"""Templates: everything is escaped, addresses of reports are links only if http(s), links know their site."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from dragoman.lexicon.countries import by_code
from dragoman.ontology.ontology import load_ontology
from dragoman.tables import package_file
from dragoman.web import assets

if TYPE_CHECKING:
    from dragoman.web.page import Page

# Organisations that PLOVER writes where a country stands.
_NOT_STATES = {
    "IGO": "International organisation",
    "UNO": "United Nations",
    "EUR": "European Union",
    "NGO": "Non-governmental organisation",
    "ISM": "Religious group across states",
    "IMG": "Militant group across states",
    "MNC": "Multinational company",
}
QUAD_MARKS = {
    "verbal cooperation": "vc",
    "material cooperation": "mc",
    "verbal conflict": "vx",
    "material conflict": "mx",
}


class Site(Protocol):
    """Where pages lie: behind a server, or as files in a folder."""

    def link(self, path: str, query: str = "") -> str | None:
        """The address of a page from the page being made; None where this site has no such page."""

    def static(self, name: str) -> str:
        """The address of a static file."""


class ServedSite:
    """Pages behind our own server: addresses are paths from its root."""

    live = True

    def link(self, path: str, query: str = "") -> str | None:
        page, mark, anchor = path.partition("#")
        return f"{page}?{query}{mark}{anchor}" if query else path

    def static(self, name: str) -> str:
        return f"/static/{name}?v={assets.version(name)}"


def country_name(code: str | None) -> str:
    """The name of a country or of what stands in its place; the code itself where it is not known."""
    if not code:
        return "–"
    if code in _NOT_STATES:
        return _NOT_STATES[code]
    found = by_code(code)
    return found.name if found else code


def safe_url(url: str | None) -> str | None:
    """The address of a report, if a browser may be sent there: http or https with a host, nothing else."""
    if not url or any(ord(char) < 33 for char in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname else None


def day(value: object) -> str:
    """A day as ``4 Mar 2025``; months, years and stretches likewise; anything else as it is."""
    if value is None:
        return "–"
    if isinstance(value, dt.date):
        return f"{value.day} {value:%b %Y}"
    text = str(value)
    if "/" in text:
        first, last = text.split("/", 1)
        return f"{day(first)} – {day(last)}"
    try:
        return day(dt.date.fromisoformat(text)) if len(text) == 10 else f"{dt.date.fromisoformat(text + '-01'):%b %Y}"
    except ValueError:
        return text


def number(value: float | int | None) -> str:
    """A count with thin spaces between thousands."""
    return "–" if value is None else f"{value:,}".replace(",", "\u202f")


def said(text: object) -> Markup:
    """Words that come from a report: escaped, and kept from changing the direction of what stands around them."""
    return Markup("<bdi>{}</bdi>").format("" if text is None else str(text))


def data_block(value: object) -> Markup:
    """JSON for a ``<script type="application/json">``: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)


def plural(count: int, word: str, many: str | None = None) -> str:
    """``1 event``, ``2 events``."""
    return f"{number(count)} {word if count == 1 else many or word + 's'}"


class Renderer:
    """Renders templates for one site. `pages` with a label make the navigation."""

    def __init__(self, store_name: str, pages: Sequence[Page] = (), site: Site | None = None) -> None:
        self.site: Site = site or ServedSite()
        self._pages = sorted((page for page in pages if page.label), key=lambda page: (page.order, page.path))
        self.environment = Environment(
            loader=FileSystemLoader(str(package_file("web", "templates"))),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self.environment.globals.update(
            a=self.anchor,
            link=self.site.link,
            relinked=self.relinked,
            static=self.site.static,
            nav=self._pages,
            store_name=store_name,
            live=getattr(self.site, "live", False),
            ontology=load_ontology(),
            quad_marks=QUAD_MARKS,
            plural=plural,
        )
        self.environment.filters.update(
            day=day, number=number, said=said, safe_url=safe_url, country=country_name, data_block=data_block
        )

    def anchor(self, text: object, path: str, query: str = "", kind: str = "", title: str = "") -> Markup:
        """A link to a page of ours; the bare words where the site has no such page."""
        address = self.site.link(path, query)
        inside = escape(text)
        attributes = Markup("")
        if kind:
            attributes += Markup(' class="{}"').format(kind)
        if title:
            attributes += Markup(' title="{}"').format(title)
        if address is None:
            return Markup("<span{}>{}</span>").format(attributes, inside)
        return Markup('<a href="{}"{}>{}</a>').format(address, attributes, inside)

    def relinked(self, chart: dict[str, Any]) -> dict[str, Any]:
        """A chart whose marks lead to where this site has their pages."""
        if getattr(self.site, "live", False):
            return chart
        data = {name: [self._row(row) for row in rows] for name, rows in chart["data"].items()}
        return {**chart, "data": data}

    def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "href": self.site.link(row["href"])} if "href" in row else row

    def html(self, template: str, context: dict[str, Any]) -> str:
        """The page as HTML."""
        return self.environment.get_template(template).render({"_twin": None, "_page": None, **context})
