"""What pages ask of a store: the newest generation, rows of events with their parties and words, reports with texts."""

from __future__ import annotations

import atexit
import concurrent.futures
import contextlib
import glob
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from dragoman.errors import StoreError
from dragoman.records import CodedReport, coded_report_from_json
from dragoman.store.ask import Questions
from dragoman.store.manifest import PARTS
from dragoman.store.store import Store
from dragoman.web import generation
from dragoman.web.filters import SORTS, Wanted, conditions
from dragoman.web.generation import Generation

# In steps: which events, then their columns. One query for both would read all columns of every event.
_NUMBERS = "SELECT e.event_no FROM events AS e WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?"
_ROWS = "SELECT * FROM events WHERE event_no IN (SELECT unnest(?))"
_TITLES = """
SELECT report_no, report_key, title, lead, published, url FROM reports WHERE report_no IN (SELECT unnest(?))
"""
_STORED = "SELECT report_id, record, text FROM read_parquet(?) WHERE report_id IN (SELECT unnest(?))"
_PARTIES = """
SELECT p.event_no, p.role, p.name, p.country, p.sector, a.actor_key
FROM parties AS p JOIN actors AS a USING (actor_no) WHERE p.event_no IN (SELECT unnest(?))
ORDER BY p.event_no, p.position
"""
_EVIDENCE = """
SELECT event_no, text, span_start, span_end FROM evidence WHERE event_no IN (SELECT unnest(?))
ORDER BY event_no, position
"""


_PATIENCE = 30.0
"""Seconds that a thread at work is waited for at the end."""


def _give_way() -> None:
    """Have this thread, and those that it starts, run only when nothing else wants to (Linux; elsewhere nothing)."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)


def _make_ready(book: Workbench, made: Generation) -> None:
    if made.ready is None:
        _give_way()
        made.make_ready(lambda: book.closing)


class Workbench:
    """A store as the pages see it; safe to use from several threads. `author` is who reviews and rulings are by."""

    def __init__(self, path: Path | str, author: str | None = None) -> None:
        self.store = Store.open(path)
        self.author = author
        self.questions = Questions(self.store)
        self._generation: Generation | None = None
        self._lock = threading.Lock()
        self._building: threading.Thread | None = None
        self.failure: str | None = None
        self.step: str | None = None
        self.when_ready: list[Callable[[Workbench, Generation], None]] = []
        self.closing = False
        self._ahead: threading.Thread | None = None
        atexit.register(self.close)

    def close(self) -> None:
        """End what works beside the pages: a thread that the interpreter ends inside DuckDB takes the process with it."""
        atexit.unregister(self.close)
        self.closing = True
        self.questions.close()
        for thread in (self._building, self._ahead):
            if thread is not None and thread is not threading.current_thread():
                thread.join(_PATIENCE)

    @property
    def name(self) -> str:
        return self.store.folder.resolve().name

    def generation(self, wait: bool = True) -> Generation | None:
        """The tables of the store's current state.

        While those of a new state are made, the last one's are given; at the very start, None without `wait`.
        """
        state = generation.state_of(self.store)
        with self._lock:
            now = self._generation
            if now is not None and now.state == state:
                return now
            if self._building is None or not self._building.is_alive():
                self._building = threading.Thread(target=self._build, args=(state,), daemon=True)
                self._building.start()
            building = self._building
        if now is None and wait:
            building.join()
            if self._generation is None:
                raise StoreError(self.failure or "the tables of the workbench could not be made")
        return self._generation

    def _build(self, state: str) -> None:
        try:
            made = Generation(state, self._file(state))
            made.columns  # noqa: B018  made here, not while somebody waits
            made.open_ready()
        except Exception as error:
            # It runs in a thread of its own: whoever waits for it tells the person.
            self.failure = f"the tables of the workbench could not be made: {error}"
            return
        # The one before is not closed: requests may still be reading from it. It goes when the last of them ends.
        self._generation = made
        self.step = None
        self._ahead = threading.Thread(target=self._make_ahead, args=(made,), daemon=True)
        self._ahead.start()

    def _file(self, state: str) -> Path:
        """The tables' file, made where it is not there by a thread that gives way to those that answer pages."""
        with concurrent.futures.ThreadPoolExecutor(1, initializer=_give_way) as pool:
            return pool.submit(generation.build, self.store, state, self._step).result()

    def _make_ahead(self, made: Generation) -> None:
        for work in (*self.when_ready, _make_ready):
            if self.closing:
                return
            with contextlib.suppress(Exception):  # it is made again, or missed, when it is asked for
                work(self, made)

    def wait(self) -> None:
        """Wait until the tables of the store's current state are there; raises `StoreError` where that fails."""
        self.generation()
        building = self._building
        if building is not None:
            building.join()
        if self._generation is None or self._generation.state != generation.state_of(self.store):
            raise StoreError(self.failure or "the tables of the workbench could not be made")

    def soon_ready(self, seconds: float = 0.8) -> bool:
        """Wait a moment for the very first tables; False where they take longer. Raises `StoreError` on failure."""
        building = self._building
        if building is not None and self._generation is None:
            ends = time.monotonic() + seconds
            while self._generation is None and building.is_alive() and time.monotonic() < ends:
                time.sleep(0.02)
            if self._generation is None and not building.is_alive():
                raise StoreError(self.failure or "the tables of the workbench could not be made")
        return self._generation is not None

    def preparing(self) -> dict[str, Any]:
        """What can be told before there are tables: rows by the files' own counts, and the step at work."""
        return {"counts": self.store.counts(), "step": self.step}

    def _step(self, words: str) -> None:
        self.step = words

    @property
    def now(self) -> Generation:
        found = self.generation()
        assert found is not None
        return found

    def events(self, wanted: Wanted, limit: int | None = None) -> list[dict[str, Any]]:
        """One page of the events that a filter allows, each with `actors`, `recipients` and `evidence`."""
        return self.numbered(self.page_of(wanted, limit))

    def page_of(self, wanted: Wanted, limit: int | None = None) -> list[int]:
        """The numbers of the events of a page."""
        found = conditions(wanted)
        sql = _NUMBERS.format(where=" AND ".join(found.sql), order=SORTS[wanted.sort][1])
        start = (wanted.page - 1) * wanted.size
        return [row["event_no"] for row in self.now.rows(sql, [*found.values, limit or wanted.size, start])]

    def events_of(self, where: str, values: list[Any], limit: int = 1000) -> list[dict[str, Any]]:
        """Events by a condition of our own (never a user's) on ``events AS e``, newest first, with their parts."""
        sql = _NUMBERS.format(where=where, order="e.event_no")
        return self.numbered([row["event_no"] for row in self.now.rows(sql, [*values, limit, 0])])

    def numbered(self, numbers: list[int]) -> list[dict[str, Any]]:
        """Events by their numbers, in the order given, with their report's title and their parts."""
        if self.now.ready is not None:
            return self.now.ready.rows(numbers)
        by_number = {row["event_no"]: row for row in self.now.rows(_ROWS, [numbers])}
        rows = [by_number[number] for number in numbers]
        titles = {row["report_no"]: row for row in self.now.rows(_TITLES, [[row["report_no"] for row in rows]])}
        for row in rows:
            row |= titles[row["report_no"]] | {"actors": [], "recipients": [], "evidence": []}
        for part in self.now.rows(_PARTIES, [numbers]):
            by_number[part.pop("event_no")][f"{part.pop('role')}s"].append(part)
        for part in self.now.rows(_EVIDENCE, [numbers]):
            by_number[part.pop("event_no")]["evidence"].append(part)
        return rows

    def lists(self, numbers: Mapping[str, list[int]]) -> dict[str, list[dict[str, Any]]]:
        """Several lists of events by their numbers, read at one go."""
        every = sorted({number for found in numbers.values() for number in found})
        rows = {row["event_no"]: row for row in self.numbered(every)}
        return {name: [rows[number] for number in found] for name, found in numbers.items()}

    def count(self, wanted: Wanted) -> int:
        """How many events a filter allows."""
        found = conditions(wanted)
        sql = f"SELECT count(*) AS n FROM events AS e WHERE {' AND '.join(found.sql)}"
        return int(self.now.rows(sql, found.values)[0]["n"])

    def report(self, key: str) -> dict[str, Any] | None:
        """What the pages know of a report by the key in its address, None where there is none."""
        rows = self.now.rows("SELECT * EXCLUDE (part, report_no) FROM reports WHERE report_key = ?", [key])
        return rows[0] if rows else None

    def _stored(self, report_ids: list[str]) -> dict[str, tuple[str, str | None]]:
        """Records and texts of some reports, read from the few Parquet files that hold them."""
        sql = "SELECT report_id, part FROM reports WHERE report_id IN (SELECT unnest(?))"
        by_part: dict[str, list[str]] = {}
        for row in self.now.rows(sql, [report_ids]):
            by_part.setdefault(row["part"], []).append(row["report_id"])
        found: dict[str, tuple[str, str | None]] = {}
        with duckdb.connect() as connection:
            for part, keys in sorted(by_part.items()):
                path = glob.escape(str(self.store.folder / PARTS / part))
                try:
                    rows = connection.execute(_STORED, [path, keys]).fetchall()
                except duckdb.IOException as error:
                    raise StoreError(f"the store has been written anew; ask again ({error})") from None
                found |= {key: (record, text) for key, record, text in rows}
        return found

    def coded(self, report_id: str) -> tuple[CodedReport, str | None]:
        """The coded record as loaded, and the report's text where the store has it."""
        record, text = self._stored([report_id])[report_id]
        return coded_report_from_json(record), text

    def records(self, report_ids: list[str]) -> dict[str, str]:
        """The coded records of some reports as JSON."""
        return {key: record for key, (record, _) in sorted(self._stored(report_ids).items())}

    def texts(self, report_ids: list[str]) -> dict[str, str]:
        """The texts of some reports, as far as the store has them."""
        return {key: text for key, (_, text) in self._stored(report_ids).items() if text is not None}
