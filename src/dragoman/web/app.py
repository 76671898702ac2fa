"""The workbench as a web application: `create_app` puts the pages, the static files and the guard together."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from dragoman.errors import DragomanError, SettingsError
from dragoman.web import pages
from dragoman.web.assets import asset
from dragoman.web.data import Workbench
from dragoman.web.page import MovedError, NotThereError, add_page, all_pages
from dragoman.web.security import LOOPBACK, Guard
from dragoman.web.templating import Renderer
from dragoman.web.warm import warm


def _fails(renderer: Renderer, request: Request, status: int, message: str) -> Response:
    """One shape for all that goes wrong: a page, or JSON where JSON was asked for."""
    if request.url.path.endswith(".json"):
        return JSONResponse({"error": message, "status": status}, status)
    return HTMLResponse(renderer.html("error.html", {"status": status, "message": message, "_twin": None}), status)


def _handle_errors(app: FastAPI, renderer: Renderer) -> None:
    def not_there(request: Request, error: Exception) -> Response:
        return _fails(renderer, request, 404, str(error))

    def wrong(request: Request, error: Exception) -> Response:
        return _fails(renderer, request, 400 if isinstance(error, SettingsError) else 503, str(error))

    def moved(request: Request, error: Exception) -> Response:
        path, mark, query = str(error).partition("?")
        return RedirectResponse(path + (".json" if request.url.path.endswith(".json") else "") + mark + query, 307)

    def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        message = "There is no such page." if error.status_code == 404 else str(error.detail)
        return _fails(renderer, request, error.status_code, message)

    app.add_exception_handler(NotThereError, not_there)
    app.add_exception_handler(MovedError, moved)
    app.add_exception_handler(DragomanError, wrong)
    app.add_exception_handler(HTTPException, http)


def _static(name: str) -> Response:
    found = asset(name)
    if found is None:
        raise HTTPException(404)
    return Response(found.content, media_type=found.media_type)


def create_app(
    store_path: Path | str,
    token: str | None = None,
    hosts: frozenset[str] | None = LOOPBACK,
    author: str | None = None,
) -> FastAPI:
    """The workbench over a store.

    `hosts` are the names it answers under, None for any (with a token only). `author` is who reviews, rulings and saved
    questions are by. Raises `StoreError` where there is no store.
    """
    book = Workbench(store_path, author)
    book.when_ready.append(warm)
    book.generation(wait=False)
    app = FastAPI(title="Dragoman", docs_url=None, redoc_url=None, openapi_url=None)
    renderer = Renderer(book.name, list(all_pages()))
    app.state.book, app.state.renderer = book, renderer
    router = APIRouter()
    router.add_api_route("/static/{name}", _static, methods=["GET"], include_in_schema=False)
    for page in all_pages():
        add_page(router, page, book, renderer)
    for module in pages.modules():
        if hasattr(module, "router"):
            router.include_router(module.router)
    app.include_router(router)
    _handle_errors(app, renderer)
    app.add_middleware(Guard, hosts=hosts, token=token)
    return app
