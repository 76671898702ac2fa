"""Reports of feeds, as `dragoman.sources.reading` gives those of files, with what has been seen kept between runs."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from dragoman.records import Rejected, Report
from dragoman.sources.feeds import FeedMemory, FeedState, Round, look
from dragoman.sources.fetching import Fetcher
from dragoman.sources.reading import Reading


class FeedReading:
    """Reads feeds into reports; `keep` writes down what has been read, once its reports are safe.

    `path` is the file of the state, None where none is kept.
    """

    def __init__(self, fetcher: Fetcher, path: Path | None, stopping: threading.Event | None = None) -> None:
        self._fetcher, self._path = fetcher, path
        self._stopping = stopping or threading.Event()
        self.state = FeedState.read(path) if path else FeedState()
        self.rounds: dict[str, Round] = {}

    def items(self, addresses: Iterable[str], reading: Reading) -> Iterator[Report | Rejected]:
        """New reports of the feeds, in the order given; ends early when the run is being stopped."""
        for address in dict.fromkeys(addresses):
            if self._stopping.is_set():
                return
            memory = self.state.feeds.get(address) or FeedMemory()
            self.rounds[address], drafts = look(self._fetcher, address, memory)
            for draft in drafts:
                yield draft if isinstance(draft, Rejected) else reading.report(draft)
                if self._stopping.is_set():
                    break

    def keep(self) -> None:
        """Write the state, with all that was read since the last time."""
        for address, found in self.rounds.items():
            self.state.feeds[address] = found.memory
        if self._path is not None and self.rounds:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self.state.write(self._path)
