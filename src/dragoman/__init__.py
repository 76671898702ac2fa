"""Dragoman reads reports on world affairs and keeps the record: who did what to whom, when, where, according to whom.

>>> import dragoman
>>> coder = dragoman.load()                                     # doctest: +SKIP
>>> record = coder.code("France recalled its ambassador.", published="2025-03-04")   # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["__version__", "load"]

if TYPE_CHECKING:
    from dragoman.coding.coder import Coder
    from dragoman.settings import Settings


def load(settings: Settings | None = None) -> Coder:
    """Load a coder: the spaCy pipeline and Dragoman's components (about two seconds; keep it and use it often)."""
    from dragoman.coding.coder import Coder

    return Coder(settings)
