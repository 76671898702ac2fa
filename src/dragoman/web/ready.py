"""Events as pages show them, with parties and words, made once and read one at a time without a query.

A row-wise look-up in tables stored by column reads far more than it gives. Here the events lie in the order of their
numbers as JSON, some to a block, compressed; at the end of the file stand the ends of the blocks, how
many events a block has, and how many ends there are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import msgspec
import numpy as np
import zstandard

BLOCK = 8
"""Events a block."""

# Made in strides, so that a large store needs little memory. All tables are sorted by `event_no`.
_STRIDE = 4096 * BLOCK
REPORT = (
    "report_no",
    "report_id",
    "report_key",
    "title",
    "lead",
    "published",
    "published_start",
    "published_end",
    "url",
)
"""What lies ready of a report."""
_EVENTS = """
WITH e AS (SELECT * FROM events WHERE event_no >= $low AND event_no < $high),
p AS (
    SELECT event_no, list(x ORDER BY x.role, x.position) AS parties
    FROM (SELECT p.*, a.actor_key FROM parties AS p JOIN actors AS a USING (actor_no)) AS x
    WHERE event_no >= $low AND event_no < $high GROUP BY event_no
), v AS (
    SELECT event_no, list(x ORDER BY x.position) AS evidence FROM evidence AS x
    WHERE event_no >= $low AND event_no < $high GROUP BY event_no
), c AS (
    SELECT event_no, list(x ORDER BY x.position) AS claims FROM claims AS x
    WHERE event_no >= $low AND event_no < $high GROUP BY event_no
), o AS (
    SELECT event_no, list(x ORDER BY x.position) AS topics FROM event_topics AS x
    WHERE event_no >= $low AND event_no < $high GROUP BY event_no
), t AS (SELECT {report} FROM reports)
SELECT to_json({'event': e, 'report': t, 'parties': coalesce(p.parties, []), 'evidence': coalesce(v.evidence, []),
    'claims': coalesce(c.claims, []), 'topics': coalesce(o.topics, [])})::VARCHAR AS row
FROM e JOIN t USING (report_no) LEFT JOIN p USING (event_no) LEFT JOIN v USING (event_no) LEFT JOIN c USING (event_no)
LEFT JOIN o USING (event_no)
ORDER BY e.event_no
"""
_SHOWN = ("report_key", "title", "lead", "published", "url")
_DAYS = ("date_start", "date_end", "day")
_PARTY = ("name", "country", "sector", "actor_key")
_PIECE = ("text", "span_start", "span_end")


def _strides(connection: duckdb.DuckDBPyConnection) -> Iterator[list[str]]:
    [(count,)] = connection.execute("SELECT count(*) FROM events").fetchall()
    sql = _EVENTS.replace("{report}", ", ".join(REPORT))
    for low in range(0, count, _STRIDE):
        yield [row for (row,) in connection.execute(sql, {"low": low, "high": low + _STRIDE}).fetchall()]


def write(connection: duckdb.DuckDBPyConnection, file: BinaryIO, stop: Callable[[], bool] = lambda: False) -> None:
    """Write all events of a generation's tables; raises `InterruptedError` once `stop` says so."""
    compressor = zstandard.ZstdCompressor(level=1)
    ends = [0]
    for rows in _strides(connection):
        if stop():
            raise InterruptedError("stopped before all events were written")
        for start in range(0, len(rows), BLOCK):
            block = compressor.compress(
                msgspec.json.encode([msgspec.Raw(row.encode()) for row in rows[start : start + BLOCK]])
            )
            file.write(block)
            ends.append(ends[-1] + len(block))
    file.write(np.array([*ends, BLOCK, len(ends)], dtype="<u8").tobytes())


def _parties(found: list[dict[str, Any]], role: str) -> list[dict[str, Any]]:
    return [{name: party[name] for name in _PARTY} for party in found if party["role"] == role]


class ReadyEvents:
    """The events of a file that `write` made."""

    def __init__(self, path: Path) -> None:
        self._bytes = np.memmap(path, dtype=np.uint8, mode="r")
        self._size, count = map(int, np.array(self._bytes[-16:]).view("<u8"))
        self._ends = np.array(self._bytes[-16 - 8 * count : -16]).view("<u8")

    def whole(self, numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
        """Of each event its row of `events`, the `report`, and its rows of `parties`, `evidence`, `claims` and `topics`."""
        blocks: dict[int, list[msgspec.Raw]] = {}
        for number in numbers:
            which = number // self._size
            if which not in blocks:
                blocks[which] = self._block(which)
            found = msgspec.json.decode(blocks[which][number % self._size])
            for row, names in ((found["event"], _DAYS), (found["report"], ("published_start", "published_end"))):
                row |= {name: dt.date.fromisoformat(row[name]) for name in names if row[name]}
            yield found

    def rows(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Events by their numbers, in the order given, as `Workbench.numbered` gives them."""
        return [
            found["event"]
            | {name: found["report"][name] for name in _SHOWN}
            | {f"{role}s": _parties(found["parties"], role) for role in ("actor", "recipient")}
            | {"evidence": [{name: piece[name] for name in _PIECE} for piece in found["evidence"]]}
            for found in self.whole(numbers)
        ]

    def _block(self, which: int) -> list[msgspec.Raw]:
        start, end = int(self._ends[which]), int(self._ends[which + 1])
        packed = self._bytes[start:end].tobytes()
        return msgspec.json.decode(zstandard.ZstdDecompressor().decompress(packed), type=list[msgspec.Raw])
