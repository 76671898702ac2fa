"""Other people's formats: export to them, import from them, and data set releases.

>>> export("events", "gdelt", "events.export.CSV")                       # doctest: +SKIP
>>> import_file("20250304.export.CSV", "gdelt", "events")                # doctest: +SKIP

One module a format; this one knows which there are and imports one only when it is used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from dragoman.errors import SettingsError

if TYPE_CHECKING:
    from dragoman.formats.importing import Importer
    from dragoman.formats.items import Item, Source
    from dragoman.store.query import EventFilter

__all__ = ["FORMATS", "IMPORTS", "Exported", "Format", "export", "import_file"]


class Format(msgspec.Struct, frozen=True):
    """One format that can be written.

    `module` writes it. `realis`: whether it can say that an event is planned, possible or denied; where it cannot, only
    what happened is written. `mentions`: whether its rows are pieces of evidence, also where stories are asked for.
    """

    module: str
    suffix: str
    about: str
    realis: bool = False
    mentions: bool = False


FORMATS: Mapping[str, Format] = {
    "jsonl": Format("json_lines", ".jsonl", "Dragoman's own records, one report a line; loses nothing", realis=True),
    "csv": Format("csv_table", ".csv", "one row an event, safe to open in a spreadsheet", realis=True),
    "parquet": Format("parquet", ".parquet", "one row an event, with the schema in it", realis=True),
    "plover": Format("plover_json", ".jsonl", "PLOVER JSON, in the manual's fields", realis=True),
    "polecat": Format("polecat", ".txt", "POLECAT, 40 columns"),
    "gdelt": Format("gdelt", ".export.CSV", "GDELT 2.0 Events, 61 columns, CAMEO"),
    "gdelt-mentions": Format("gdelt_mentions", ".mentions.CSV", "GDELT 2.0 Mentions, 16 columns", mentions=True),
    "icews": Format("icews", ".tab", "ICEWS, 20 columns, CAMEO"),
    "acled": Format("acled", ".csv", "ACLED, 31 columns; what ACLED records alone"),
    "petrarch": Format("petrarch", ".txt", "PETRARCH's line"),
    "graphml": Format("graphml", ".graphml", "actors and events as a graph, for networkx and igraph", realis=True),
    "gexf": Format("gexf", ".gexf", "the same with time, for Gephi", realis=True),
    "geojson": Format("geojson", ".geojson", "events as points on a map", realis=True),
}

IMPORTS: Mapping[str, str] = {
    "gdelt": "gdelt",
    "gdelt-mentions": "gdelt_mentions",
    "icews": "icews",
    "polecat": "polecat",
    "acled": "acled",
    "ucdp": "ucdp",
}

_NOT_ACTUAL = "planned, possible or denied, which the format cannot say"


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What an export did: events or stories written, and those left out by reason."""

    written: int
    left_out: dict[str, int]


def _module(kind: str) -> Any:
    return import_module(f"{__name__}.{kind}")


def format_named(name: str) -> Format:
    """The format of a name; raises `SettingsError` naming those that there are."""
    if name not in FORMATS:
        raise SettingsError(f"format is {name!r}; allowed: {', '.join(FORMATS)}")
    return FORMATS[name]


def importer_named(name: str) -> Importer:
    """How the format of a name is read; raises `SettingsError` naming those that can be."""
    if name not in IMPORTS:
        raise SettingsError(f"format is {name!r}; allowed: {', '.join(IMPORTS)}")
    found: Importer = _module(IMPORTS[name]).IMPORTER
    return found


class _Counted:
    """Items on their way to a writer: counted, and without those that the format would make untrue."""

    def __init__(self, items: Iterable[Item], every_realis: bool, left_out: Counter[str]) -> None:
        self._items, self._every, self._left_out = items, every_realis, left_out
        self.given = 0

    def __iter__(self) -> Iterator[Item]:
        for item in self._items:
            if not self._every and item.event.realis != "ACTUAL":
                self._left_out[_NOT_ACTUAL] += 1
                continue
            self.given += 1
            yield item


def export(
    source: Source | str,
    form: str,
    target: Path | str | BinaryIO,
    wanted: EventFilter | None = None,
    unit: str = "event",
) -> Exported:
    """Write what a filter allows in a format, to a file (whole or not at all) or a stream.

    `source`: a `Store`, its folder, a JSONL file of coded reports, or a connection from `Store.connect`. `unit`: event,
    or story in a linked store. A format that cannot say that an event is planned, possible or denied gets only those
    that happened, unless the filter asks for a realis. Raises `SettingsError`, `StoreError` and `OutputError`.
    """
    from dragoman.atomic import atomic_output
    from dragoman.formats.items import read_items
    from dragoman.store.query import EventFilter

    chosen, kind = wanted or EventFilter(), format_named(form)
    left_out: Counter[str] = Counter()
    origin: Any = Path(source) if isinstance(source, str) else source
    units = f"{unit}-mentions" if kind.mentions and unit == "story" else unit
    items = _Counted(read_items(origin, chosen, units), kind.realis or bool(chosen.realis), left_out)
    with ExitStack() as stack:
        stream = stack.enter_context(atomic_output(target)) if isinstance(target, str | Path) else target
        before = left_out.total()
        _module(kind.module).write(items, stream, left_out)
    by_writer = left_out.total() - before - left_out[_NOT_ACTUAL]
    return Exported(written=items.given - by_writer, left_out=dict(+left_out))


def import_file(path: Path | str, form: str, store: Any) -> Any:
    """Read a file of another coder into a store; see `dragoman.formats.loading.import_file`."""
    from dragoman.formats.loading import import_file as run

    return run(path, form, store)
