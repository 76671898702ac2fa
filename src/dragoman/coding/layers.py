"""Each layer of the coding step on its own, as ``dragoman annotate --layer`` and ``dragoman evaluate`` use it.

A layer's function takes rows (dicts with the fields that the layer reads) and gives one row for each, in order, with
the identifying fields it was given and the layer's result.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dragoman.errors import SettingsError

AnyRow = dict[str, Any]

LAYERS: dict[str, tuple[str, str]] = {
    "actors": ("dragoman.coding.actors", "annotate_actors"),
    "attributions": ("dragoman.coding.attribution", "annotate_attributions"),
    "classify": ("dragoman.coding.classify", "annotate_marked"),
    "factuality": ("dragoman.coding.realis", "annotate_factuality"),
    "timexes": ("dragoman.coding.when", "annotate_timexes"),
    "toponyms": ("dragoman.coding.where", "annotate_toponyms"),
}


def annotate(layer: str, rows: Iterable[AnyRow]) -> Iterator[AnyRow]:
    """Annotate rows with one layer; raises `SettingsError` for a layer that there is not."""
    if layer not in LAYERS:
        raise SettingsError(f"there is no layer {layer!r}; layers: {', '.join(sorted(LAYERS))}")
    module, function = LAYERS[layer]
    run: Callable[[Iterable[AnyRow]], Iterable[AnyRow]] = getattr(importlib.import_module(module), function)
    yield from run(rows)
