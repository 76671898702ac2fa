"""The pages as a folder of files with relative links: what a page links to is written too, up to a limit a kind."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections import deque
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from dragoman.errors import StoreError
from dragoman.web import assets
from dragoman.web.data import Workbench
from dragoman.web.page import MovedError, NotThereError, Page, all_pages, to_json
from dragoman.web.templating import Renderer

MARKER = "dragoman-report.json"
# Pages of a kind at most; an overview to send, not a copy of the store.
LIMITS = {"events": 400, "report": 1000, "story": 1000, "dyad": 150, "actor": 300, "network": 24, "map": 40}
_SAFE = re.compile(r"[A-Za-z0-9_-]{1,100}")


class Address(msgspec.Struct, frozen=True):
    """A page of the site: its path and query as a server would have them."""

    path: str
    query: str = ""


class FolderSite:
    """Gives each page linked a file, and remembers which are still to be written."""

    live = False

    def __init__(self, limits: Mapping[str, int], start: Address) -> None:
        self._limits, self._files, self._taken = limits, dict[Address, str](), set[str]()
        self._counts: dict[str, int] = {}
        self.waiting: deque[Address] = deque()
        self.here = "index.html"
        self._file(start)

    def file(self, address: Address) -> str:
        return self._files[address]

    def _name(self, address: Address) -> str:
        parts = [part for part in unquote(address.path).split("/") if part] or ["index"]
        name = parts[-1].replace("~", "_")
        mark = hashlib.blake2b(f"{address.path}?{address.query}".encode(), digest_size=5).hexdigest()
        if not _SAFE.fullmatch(name):
            name = mark
        elif address.query:
            name = f"{name}-{mark}"
        folder = f"{parts[0]}/" if len(parts) > 1 else ""
        # some file systems take names that differ only in case for the same
        return f"{folder}{name}.html" if f"{folder}{name}".lower() not in self._taken else f"{folder}{name}-{mark}.html"

    def _file(self, address: Address) -> str | None:
        if address in self._files:
            return self._files[address]
        kind = address.path.strip("/").split("/")[0]
        if kind and self._counts.get(kind, 0) >= self._limits.get(kind, 0):
            return None
        self._counts[kind] = self._counts.get(kind, 0) + 1
        name = self._name(address)
        self._taken.add(name.removesuffix(".html").lower())
        self._files[address] = name
        self.waiting.append(address)
        return name

    def _relative(self, name: str) -> str:
        return "../" * (len(PurePosixPath(self.here).parts) - 1) + name

    def link(self, path: str, query: str = "") -> str | None:
        page, mark, anchor = path.partition("#")
        page, _, asked = page.partition("?")
        if not page:
            return path
        if page.endswith(".json"):
            return PurePosixPath(self.here).with_suffix(".json").name
        name = self._file(Address(page, query or asked))
        return None if name is None else self._relative(name) + mark + anchor

    def static(self, name: str) -> str:
        return self._relative(f"static/{name}")


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: pages by kind."""

    pages: dict[str, int]


def _matcher(page: Page) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(page.path)) + "$")


class _Writer:
    """Writes one folder; pages that turn out not to be there become a page that says so."""

    def __init__(self, book: Workbench, folder: Path, limits: Mapping[str, int]) -> None:
        self._book, self._folder = book, folder
        self._pages = [(_matcher(page), page) for page in all_pages()]
        self._site = FolderSite(limits, Address("/"))
        self._renderer = Renderer(book.name, [page for _, page in self._pages], self._site)
        self._pages_by_kind: dict[str, int] = {}

    def run(self) -> Written:
        for name in assets.names():
            found = assets.asset(name)
            assert found is not None
            self._put(f"static/{name}", found.content)
        while self._site.waiting:
            self._write(self._site.waiting.popleft())
        return Written(pages=dict(sorted(self._pages_by_kind.items())))

    def _put(self, name: str, content: bytes) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def _context(self, address: Address) -> tuple[Page, dict[str, Any]] | None:
        for pattern, page in self._pages:
            found = pattern.match(unquote(address.path))
            if found:
                return page, page.make(self._book, found.groupdict(), parse_qsl(address.query))
        return None

    def _write(self, address: Address) -> None:
        name = self._site.here = self._site.file(address)
        try:
            made = self._context(address)
        except (NotThereError, MovedError) as error:
            made, message = None, str(error)
        else:
            message = "There is no such page."
        if made is None:
            html = self._renderer.html("error.html", {"status": 404, "message": message})
        else:
            page, context = made
            html = self._renderer.html(page.template, {**context, "_page": page, "_twin": "/this.json"})
            self._put(str(PurePosixPath(name).with_suffix(".json")), to_json(context))
            kind = address.path.strip("/").split("/")[0] or "overview"
            self._pages_by_kind[kind] = self._pages_by_kind.get(kind, 0) + 1
        self._put(name, html.encode())


def _check_target(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise StoreError(f"{target} is a file; give a folder")
    if target.exists() and any(target.iterdir()) and not (target / MARKER).exists():
        raise StoreError(f"{target} is not empty and holds no earlier report; give a new or empty folder")


def write_site(book: Workbench, target: Path, limits: Mapping[str, int] = LIMITS) -> Written:
    """Write all pages into a folder: a new or empty one, or one that holds an earlier report, which is replaced.

    Nothing is seen of it before all is written. Raises `StoreError` where it cannot be written.
    """
    from dragoman.web.warm import CHANGES, changes_of

    _check_target(target)
    waiting = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        waiting.mkdir(parents=True)
        now = book.now
        now.later.setdefault(CHANGES, changes_of(now))
        written = _Writer(book, waiting, limits).run()
        (waiting / MARKER).write_bytes(msgspec.json.encode({"store": book.name, "state": now.state, **written.pages}))
        if target.exists():
            shutil.rmtree(target)
        os.replace(waiting, target)
    except OSError as error:
        raise StoreError(f"cannot write the report to {target}: {error}") from error
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
    return written
