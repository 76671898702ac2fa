"""``dragoman code FEED… --follow``: look at feeds again and again, until told to stop; metrics for Prometheus."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from dragoman.cli.code_options import Job
from dragoman.cli.coding_run import CodingRun, Hooks, Tally
from dragoman.cli.console import say, shown
from dragoman.cli.sinks import IntoStore
from dragoman.engines.batches import batched, code_batch, load_coder
from dragoman.records import CodedReport, Report
from dragoman.settings import Settings
from dragoman.sources.feed_reading import FeedReading
from dragoman.sources.fetching import Fetcher
from dragoman.sources.meter import Meter
from dragoman.sources.reading import Reading, ReadOptions

LEAST, MOST = 60.0, 24 * 3600.0
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def seconds_of(text: str) -> float | None:
    """``90s``, ``15m``, ``2h`` in seconds; None for what is no length of time, or is shorter than a minute."""
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or unit not in _UNITS or len(number) > 5:
        return None
    found = float(number) * _UNITS[unit]
    return found if LEAST <= found <= MOST else None


def state_file(job: Job) -> Path | None:
    """Where what feeds have given is kept: as asked, else in the store; None where there is neither."""
    return job.feed_state or (job.store / "feeds.json" if job.store else None)


class Metrics:
    """What Prometheus can ask for, on this machine alone."""

    def __init__(self, port: int) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

        registry = CollectorRegistry()
        self._coded = Counter("dragoman_reports_coded", "Reports coded.", registry=registry)
        self._events = Counter("dragoman_events", "Events coded.", registry=registry)
        self._failed = Counter("dragoman_reports_failed", "Reports that could not be coded.", registry=registry)
        self._aside = Counter("dragoman_reports_set_aside", "Reports set aside.", ["reason"], registry=registry)
        self._seconds = Histogram(
            "dragoman_round_seconds", "A look at all feeds that were due.", registry=registry,
            buckets=(1, 5, 15, 60, 300, 900, 3600),
        )  # fmt: skip
        self._last = Gauge("dragoman_last_round_timestamp_seconds", "When the last look ended.", registry=registry)
        self._feeds = Gauge("dragoman_feeds", "Feeds that are followed.", registry=registry)
        self._server, self._thread = start_http_server(port, addr="127.0.0.1", registry=registry)

    def add(self, tally: Tally, seconds: float, feeds: int) -> None:
        """Count one round."""
        self._coded.inc(tally.coded)
        self._events.inc(tally.events)
        self._failed.inc(tally.failed)
        for reason, count in tally.reasons.items():
            self._aside.labels(reason).inc(count)
        self._seconds.observe(seconds)
        self._last.set_to_current_time()
        self._feeds.set(feeds)

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


class Following:
    """Feeds that are looked at when they are due. The coder is loaded once; each round is stored before it is remembered."""

    def __init__(self, job: Job, settings: Settings, options: ReadOptions, every: float) -> None:
        assert job.store is not None
        self._job, self._settings, self._options, self._every = job, settings, options, every
        self._store: Path = job.store
        self.stopping = threading.Event()
        fetcher = Fetcher(allow_private=job.allow_private, stopping=self.stopping)
        self._feeds = FeedReading(fetcher, state_file(job), self.stopping)
        self._due = dict.fromkeys(job.inputs, 0.0)
        self._coder: Any = None

    def run(self, hooks: Hooks) -> Tally:
        """Rounds until a signal; returns the counts of all."""
        total = Tally()
        metrics = Metrics(self._job.metrics_port) if self._job.metrics_port is not None else None
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            while not self.stopping.is_set():
                began = time.monotonic()
                due = [address for address, when in self._due.items() if when <= began]
                tally = self._round(due, hooks)
                total.add(tally)
                if metrics:
                    metrics.add(tally, time.monotonic() - began, len(self._due))
                self._say(tally)
                self.stopping.wait(max(0.0, min(self._due.values()) - time.monotonic()))
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            if metrics:
                metrics.close()
        return total

    def _stop(self, number: int, frame: object) -> None:
        self.stopping.set()

    def _round(self, due: list[str], hooks: Hooks) -> Tally:
        items = self._feeds.items(due, Reading(self._settings, self._options, Meter()))
        tally = CodingRun(self._engine, [IntoStore(self._store)], hooks).run(items)
        self._feeds.keep()
        now = time.monotonic()
        for address in due:
            found = self._feeds.rounds.get(address)
            self._due[address] = now + max(self._every, (found.wait or 0.0) if found else 0.0)
        if self._job.link and tally.coded:
            from dragoman.cli.link import link_and_say

            link_and_say(self._store, quiet=self._job.quiet or self._job.log_format == "json")
        return tally

    def _engine(self, reports: Iterable[Report]) -> Iterator[CodedReport]:
        for batch in batched(reports, self._settings.batch_size):
            self._coder = self._coder or load_coder(self._settings)
            yield from code_batch(self._coder, batch)

    def _say(self, tally: Tally) -> None:
        if self._job.quiet or self._job.log_format == "json" or not (tally.coded or tally.set_aside or tally.failed):
            return
        say(f"coded {tally.coded:,} new reports · {tally.events:,} events · set aside {tally.set_aside:,}")
        for item in tally.first_rejected[:2]:
            say(f"  {shown(item.source, 80)}  {item.reason}  {shown(item.detail, 160)}")
