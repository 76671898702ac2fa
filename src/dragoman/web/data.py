"""What pages ask of a store: the newest generation, rows of events with their parties and words, reports with texts."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from dragoman.errors import StoreError
from dragoman.records import CodedReport, Report
from dragoman.store.store import Store
from dragoman.web import generation
from dragoman.web.filters import SORTS, Wanted, conditions
from dragoman.web.generation import Generation

_ROWS = """
SELECT e.*, r.report_key, r.title, r.lead, r.published, r.url FROM events AS e JOIN reports AS r USING (report_no)
WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?
"""
_PARTIES = """
SELECT p.event_no, p.role, p.name, p.country, p.sector, a.actor_key
FROM parties AS p JOIN actors AS a USING (actor_no) WHERE p.event_no IN (SELECT unnest(?))
ORDER BY p.event_no, p.position
"""
_EVIDENCE = """
SELECT event_no, text, span_start, span_end FROM evidence WHERE event_no IN (SELECT unnest(?))
ORDER BY event_no, position
"""


class Workbench:
    """A store as the pages see it; safe to use from several threads."""

    def __init__(self, path: Path | str) -> None:
        self.store = Store.open(path)
        self._generation: Generation | None = None
        self._lock = threading.Lock()
        self._building: threading.Thread | None = None
        self.failure: str | None = None

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
            made = Generation(state, generation.build(self.store, state))
        except Exception as error:
            # It runs in a thread of its own: whoever waits for it tells the person.
            self.failure = f"the tables of the workbench could not be made: {error}"
            return
        # The one before is not closed: requests may still be reading from it. It goes when the last of them ends.
        self._generation = made

    @property
    def now(self) -> Generation:
        found = self.generation()
        assert found is not None
        return found

    def events(self, wanted: Wanted, limit: int | None = None) -> list[dict[str, Any]]:
        """One page of the events that a filter allows, each with `actors`, `recipients` and `evidence`."""
        found = conditions(wanted)
        size = limit or wanted.size
        sql = _ROWS.format(where=" AND ".join(found.sql), order=SORTS[wanted.sort][1])
        rows = self.now.rows(sql, [*found.values, size, (wanted.page - 1) * wanted.size])
        return self.with_parts(rows)

    def events_of(self, where: str, values: list[Any], limit: int = 1000) -> list[dict[str, Any]]:
        """Events by a condition of our own (never a user's) on ``events AS e``, newest first, with their parts."""
        return self.with_parts(self.now.rows(_ROWS.format(where=where, order="e.event_no"), [*values, limit, 0]))

    def with_parts(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        numbers = [row["event_no"] for row in rows]
        by_number = {row["event_no"]: row for row in rows}
        for row in rows:
            row |= {"actors": [], "recipients": [], "evidence": []}
        for part in self.now.rows(_PARTIES, [numbers]):
            by_number[part.pop("event_no")][f"{part.pop('role')}s"].append(part)
        for part in self.now.rows(_EVIDENCE, [numbers]):
            by_number[part.pop("event_no")]["evidence"].append(part)
        return rows

    def count(self, wanted: Wanted) -> int:
        """How many events a filter allows."""
        found = conditions(wanted)
        sql = f"SELECT count(*) AS n FROM events AS e WHERE {' AND '.join(found.sql)}"
        return int(self.now.rows(sql, found.values)[0]["n"])

    def report(self, key: str) -> dict[str, Any] | None:
        """What the pages know of a report by the key in its address, None where there is none."""
        rows = self.now.rows("SELECT * FROM reports WHERE report_key = ?", [key])
        return rows[0] if rows else None

    def coded(self, report_id: str) -> tuple[CodedReport, Report | None]:
        """The coded record as loaded, and the report with its text where the store has it."""
        coded = next(self.store.coded([report_id]), None)
        if coded is None:
            raise StoreError(f"report {report_id} is no longer in the store")
        return coded, self.store.report(report_id)

    def texts(self, report_ids: list[str]) -> dict[str, str]:
        """The texts of some reports, as far as the store has them."""
        found = ((key, self.store.report(key)) for key in report_ids)
        return {key: report.text for key, report in found if report is not None}
