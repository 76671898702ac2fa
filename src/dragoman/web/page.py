"""A page: an address, a function that gives its context, and a template; its ``.json`` twin comes of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from dragoman.web.data import Workbench
from dragoman.web.templating import Renderer

Context = dict[str, Any]
Items = list[tuple[str, str]]
Make = Callable[[Workbench, Mapping[str, str], Items], Context]


class NotThereError(Exception):
    """There is no such thing in the store; the message says what was asked for."""


class MovedError(Exception):
    """What was asked for is at another address of ours, which is the message."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """`path` as FastAPI writes it; `make` gives the context of the template from the parts of the path and the query.

    `label` and `order` put it in the navigation. Names of the context that begin with ``_`` are for the template alone;
    all others make up the ``.json`` twin.
    """

    path: str
    template: str
    make: Make
    label: str | None = None
    order: int = 0

    @property
    def twin(self) -> str:
        return "/index.json" if self.path == "/" else f"{self.path}.json"


def to_json(context: Context) -> bytes:
    """The twin: what the page shows, without what only its look needs."""
    shown = {name: value for name, value in context.items() if not name.startswith("_")}
    return msgspec.json.format(msgspec.json.encode(shown), indent=1)


def add_page(router: APIRouter, page: Page, book: Workbench, renderer: Renderer) -> None:
    """Have a router answer for a page and its twin."""

    def html(request: Request) -> Response:
        if book.generation(wait=False) is None and not book.soon_ready():
            return HTMLResponse(renderer.html("preparing.html", book.preparing()), headers={"Refresh": "1"})
        context = page.make(book, request.path_params, request.query_params.multi_items())
        query = request.url.query
        twin = request.url.path.rstrip("/") if page.path != "/" else "/index"
        context = {**context, "_twin": f"{twin}.json" + (f"?{query}" if query else ""), "_page": page}
        return HTMLResponse(renderer.html(page.template, context))

    def json(request: Request) -> Response:
        context = page.make(book, request.path_params, request.query_params.multi_items())
        return Response(to_json(context), media_type="application/json")

    # The twin goes first: the parameter of a path would take its ending for part of a key.
    router.add_api_route(page.twin, json, methods=["GET"], include_in_schema=False, name=f"{page.template}.json")
    router.add_api_route(page.path, html, methods=["GET"], include_in_schema=False, name=page.template)


def all_pages() -> Iterator[Page]:
    """Every page of every page module."""
    from dragoman.web import pages

    for module in pages.modules():
        yield from getattr(module, "PAGES", ())
