"""The pages: each module here that has `PAGES` (see `dragoman.web.page.Page`) or a `router` is found by itself.

`router` is a FastAPI `APIRouter` for what is more than a page: downloads, writes. To add a page, add a module.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType


def modules() -> Iterator[ModuleType]:
    """The page modules, by name."""
    for found in sorted(pkgutil.iter_modules(__path__), key=lambda item: item.name):
        yield importlib.import_module(f"{__name__}.{found.name}")
