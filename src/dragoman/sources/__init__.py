"""Reading: files, folders, tables and pages to `records.Report`, and what is set aside to `records.Rejected`.

>>> from dragoman.sources import read
>>> for item in read(["reports/"]):    # doctest: +SKIP
...     print(item)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["FORMATS", "REASONS", "ReadOptions", "read"]

if TYPE_CHECKING:
    from dragoman.sources.reading import FORMATS, ReadOptions, read
    from dragoman.sources.reasons import REASONS


def __getattr__(name: str) -> Any:
    """Load the readers when they are asked for: the coder needs `sources.identity` alone."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from dragoman.sources import reading, reasons

    return getattr(reasons if name == "REASONS" else reading, name)
