"""The fields that pages count by, as arrays of small numbers: counting a million events takes milliseconds.

Events are numbered from 0, newest first (`event_no`), so that an array's place is the event. A selection of events is a
boolean array over them. Fields of which an event may have several values (countries, pairs, contexts) are two arrays:
the event and the value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dragoman.web.figures import QUADS

Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.integer[Any]]

_SINGLE = {
    "quad": "quad",
    "type": "type",
    "mode": "mode",
    "realis": "realis",
    "status": "status",
    "publisher": "publisher",
    "place": "place_country",
    "holder": "coalesce(holder_name, holder)",
    "year": "CAST(year(day) AS VARCHAR)",
    "confidence": "CAST(floor(confidence * 10) / 10 AS VARCHAR)",
}
_SEVERAL = {
    "country": "SELECT event_no, country FROM event_countries",
    "dyad": "SELECT event_no, a || '-' || b FROM pairs",
    "context": "SELECT event_no, context FROM event_contexts",
    "actor": "SELECT DISTINCT p.event_no, a.actor_key FROM parties AS p JOIN actors AS a USING (actor_no) ORDER BY ALL",
}
EPOCH = dt.date(1970, 1, 1)
_UNDATED = np.iinfo(np.int32).min
_DAY_NO = "date_diff('day', DATE '1970-01-01', {})::INTEGER"
_ARRAYS = ("quads", "score", "place", "day", "last", "confidence")


class Field(msgspec.Struct, frozen=True):
    """One field: its values, and for each entry the number of its value (-1: none).

    `events` is the event of each entry, or None where the entries are the events themselves.
    """

    values: list[str]
    codes: Codes
    events: Codes | None = None

    def chosen(self, mask: Mask | None) -> tuple[Codes, Codes | Mask | slice]:
        """The value numbers of the selected events' entries, and which entries these are."""
        if mask is None:
            return self.codes, slice(None)
        where = mask if self.events is None else mask[self.events]
        return self.codes[where], where

    def counts(self, mask: Mask | None) -> npt.NDArray[np.integer[Any]]:
        """How many selected entries have each value."""
        codes, _ = self.chosen(mask)
        return np.bincount(codes[codes >= 0] if codes.size else codes, minlength=len(self.values))


def _field(values: pa.ChunkedArray | pa.Array, events: Codes | None = None) -> Field:
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    coded = whole.dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    small = np.int16 if len(coded.dictionary) < 2**15 else np.int32
    return Field([str(value) for value in coded.dictionary.to_pylist()], codes.astype(small), events)


class Columns:
    """All fields of one generation, with the quad, score, place, days and confidence of each event."""

    def __init__(self, fields: dict[str, Field], arrays: dict[str, Any]) -> None:
        self.fields = fields
        self.quads, self.score, self.place, self.day, self.last, self.confidence = (arrays[name] for name in _ARRAYS)
        self.count = len(self.quads)

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection) -> Columns:
        """From the tables of a generation."""
        shown = ", ".join(f"{sql} AS {name}" for name, sql in _SINGLE.items())
        table = connection.sql(
            f"SELECT {shown}, score, place_no, confidence AS surely, {_DAY_NO.format('day')} AS day_no, "
            f"{_DAY_NO.format('coalesce(date_end, day)')} AS last_no FROM events ORDER BY event_no"
        ).to_arrow_table()
        fields = {name: _field(table[name]) for name in _SINGLE}
        for name, sql in _SEVERAL.items():
            pairs = connection.sql(sql).to_arrow_table()
            events = pairs.column(0).combine_chunks().to_numpy(zero_copy_only=False).astype(np.int32)
            fields[name] = _field(pairs.column(1), events)
        order = np.array([QUADS.index(value) for value in fields["quad"].values] or [0], dtype=np.int8)
        arrays = {
            "quads": order[fields["quad"].codes],
            "score": table["score"].to_numpy().astype(np.float32),
            "place": table["place_no"].fill_null(0).to_numpy().astype(np.int32),
            "day": table["day_no"].fill_null(_UNDATED).to_numpy().astype(np.int32),
            "last": table["last_no"].fill_null(_UNDATED).to_numpy().astype(np.int32),
            "confidence": table["surely"].fill_null(0).to_numpy().astype(np.float64),
        }
        return cls(fields, arrays)

    def save(self, file: BinaryIO) -> None:
        """Write all arrays to a file, for `load`."""
        arrays = {f"array-{name}": getattr(self, name) for name in _ARRAYS}
        for name, field in self.fields.items():
            arrays[f"codes-{name}"] = field.codes
            arrays[f"values-{name}"] = np.frombuffer(msgspec.json.encode(field.values), dtype=np.uint8)
            if field.events is not None:
                arrays[f"events-{name}"] = field.events
        np.savez(file, **arrays)

    @classmethod
    def load(cls, path: Path) -> Columns:
        """What `save` wrote; raises `ValueError`, `KeyError` or `OSError` for anything else."""
        with np.load(path, allow_pickle=False) as found:
            fields = {
                name: Field(
                    msgspec.json.decode(found[f"values-{name}"].tobytes(), type=list[str]),
                    found[f"codes-{name}"],
                    found[f"events-{name}"] if name in _SEVERAL else None,
                )
                for name in (*_SINGLE, *_SEVERAL)
            }
            return cls(fields, {name: found[f"array-{name}"] for name in _ARRAYS})

    @staticmethod
    def newest(mask: Mask, most: int, start: int = 0) -> list[int]:
        """Numbers of selected events, from the `start`-th on: their order is that of the days, newest first."""
        found: list[int] = np.flatnonzero(mask)[start : start + most].tolist()
        return found

    def mask(self, numbers: npt.ArrayLike) -> Mask:
        """A selection by event numbers."""
        made = np.zeros(self.count, dtype=bool)
        made[np.asarray(numbers, dtype=np.int64)] = True
        return made

    def between(self, first: dt.date, last: dt.date) -> Mask:
        """The events of some days, both included; undated ones are not among them."""
        return (self.day >= (first - EPOCH).days) & (self.day <= (last - EPOCH).days)

    def since(self, first: dt.date) -> Mask:
        """The events that end on a day or later; undated ones are not among them."""
        return self.last >= (first - EPOCH).days

    def until(self, last: dt.date) -> Mask:
        """The events that begin on a day or before; undated ones are not among them."""
        return (self.day <= (last - EPOCH).days) & (self.day != _UNDATED)

    def any_of(self, field: str, values: Iterable[str]) -> Mask:
        """The events with one of some values of a field."""
        found = np.zeros(self.count, dtype=bool)
        for value in values:
            found |= self.having(field, value)
        return found

    def numbers(self, field: str, value: str) -> npt.NDArray[np.integer[Any]]:
        """The numbers of the events with a value of a field, newest first: far fewer, mostly, than a selection is long."""
        found = self.fields[field]
        if value not in found.values:
            return np.zeros(0, dtype=np.int64)
        entries = np.flatnonzero(found.codes == found.values.index(value))
        return entries if found.events is None else np.unique(found.events[entries])

    def having(self, field: str, value: str) -> Mask:
        """The events with a value of a field."""
        found = self.fields[field]
        if value not in found.values:
            return np.zeros(self.count, dtype=bool)
        hits = found.codes == found.values.index(value)
        return hits if found.events is None else self.mask(found.events[hits])

    def profile(self, field: str, mask: Mask | None, most: int) -> list[dict[str, Any]]:
        """The most frequent values with their events by quad class (vc, mc, vx, mx) and mean score."""
        found = self.fields[field]
        codes, where = found.chosen(mask)
        events: Any = where if found.events is None else found.events[where]
        kept = codes >= 0
        codes, quads, scores = codes[kept], self.quads[events][kept], self.score[events][kept]
        size = len(found.values)
        counts = np.bincount(codes, minlength=size)
        sums = np.bincount(codes, weights=scores, minlength=size)
        by_quad = np.bincount(codes.astype(np.int64) * 4 + quads, minlength=size * 4).reshape(size, 4)
        candidates = np.flatnonzero(counts)
        if len(candidates) > most:
            edge = np.partition(counts[candidates], len(candidates) - most)[len(candidates) - most]
            candidates = candidates[counts[candidates] >= edge]
        ranked = sorted(candidates, key=lambda code: (-counts[code], found.values[code]))[:most]
        return [
            {
                "value": found.values[code],
                "events": int(counts[code]),
                "score": round(float(sums[code] / counts[code]), 2),
                **dict(zip(("vc", "mc", "vx", "mx"), map(int, by_quad[code]), strict=True)),
            }
            for code in ranked
        ]

    def by_quad(self, mask: Mask | Codes) -> dict[str, int]:
        """The events of a selection (or by their numbers), all and by quad class."""
        counts = np.bincount(self.quads[mask], minlength=4)
        return {"events": int(counts.sum()), **dict(zip(("vc", "mc", "vx", "mx"), map(int, counts), strict=True))}

    def days(self, mask: Mask | Codes) -> dict[str, dt.date | None]:
        """The first and the last day of the dated events of a selection (or by their numbers)."""
        found = self.day[mask]
        found = found[found != _UNDATED]
        if not found.size:
            return {"first_day": None, "last_day": None}
        first, last = (EPOCH + dt.timedelta(days=int(day)) for day in (found.min(), found.max()))
        return {"first_day": first, "last_day": last}

    def by_place(self, mask: Mask | None, places: int) -> npt.NDArray[np.integer[Any]]:
        """Events by place (row: `place_no`, 0 for none) and quad class (column); row 0 is left empty."""
        place, quads = (self.place, self.quads) if mask is None else (self.place[mask], self.quads[mask])
        counts = np.bincount(place.astype(np.int64) * 4 + quads, minlength=(places + 1) * 4).reshape(-1, 4)
        counts[0] = 0
        return counts
