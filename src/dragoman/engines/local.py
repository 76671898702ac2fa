"""Coding on one machine: in this process, or in a pool of processes that each hold one coder.

The records come in the order of the reports and are the same, byte for byte, for any number of workers: batches are cut
before they are handed out. At most `AHEAD` batches a worker are in flight, so that reading never runs far ahead.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain
from multiprocessing.connection import wait

from dragoman.engines.batches import (
    SHARD_REPORTS,
    Batch,
    CodesReports,
    Loader,
    batched,
    code_batch,
    failed,
    load_coder,
)
from dragoman.errors import DragomanError, ModelError, SettingsError
from dragoman.records import CodedReport, Report
from dragoman.settings import Settings

AHEAD = 3
_MOST_WORKERS = 256
_coder: CodesReports | None = None
_problem: str | None = None


def run(
    reports: Iterable[Report],
    settings: Settings | None = None,
    workers: int = 1,
    load: Loader = load_coder,
    isolate: bool = False,
) -> Iterator[CodedReport]:
    """Code reports in order; a report that raises gets a record with `errors` filled, and the run goes on.

    `load` makes the coder, once in each process; it has to be a module-level function. With `isolate`, one worker too
    is a process of its own where there is more than a shard of reports, so that a report that crashes the parser is
    lost alone; without, one worker is this process. Raises `SettingsError` for a number of workers that is not allowed
    and `ModelError` where the coder cannot be loaded. Closing the iterator early ends the workers.
    """
    if not 1 <= workers <= _MOST_WORKERS:
        cores = os.cpu_count()
        raise SettingsError(f"workers is {workers!r}; allowed: 1 to {_MOST_WORKERS} (this machine has {cores} cores)")
    settings = settings or Settings()
    batches = batched(reports, settings.batch_size)
    if workers > 1:
        return _Pool(settings, workers, load).run(batches)
    return _run_isolated(batches, settings, load) if isolate else _run_here(batches, settings, load)


def _run_here(batches: Iterable[Batch], settings: Settings, load: Loader) -> Iterator[CodedReport]:
    coder: CodesReports | None = None
    for batch in batches:
        coder = coder or load(settings)
        yield from code_batch(coder, batch)


def _run_isolated(batches: Iterator[Batch], settings: Settings, load: Loader) -> Iterator[CodedReport]:
    """A process of its own pays for loading it where there is much to do."""
    first: list[Batch] = []
    while sum(map(len, first)) <= SHARD_REPORTS:
        batch = next(batches, None)
        if batch is None:
            yield from _run_here(first, settings, load)
            return
        first.append(batch)
    yield from _Pool(settings, 1, load).run(chain(first, batches))


class _Waiting:
    """A batch on its way. `suspect`: it was under way when a worker died, so it is coded with nothing beside it."""

    def __init__(self, batch: Batch, future: Future[list[CodedReport]] | None) -> None:
        self.batch, self.future, self.suspect = batch, future, False

    @property
    def is_coded(self) -> bool:
        return self.future is not None and self.future.done() and self.future.exception() is None


class _Pool:
    """A pool of processes that is made anew when one of them dies (memory, a crash in native code)."""

    def __init__(self, settings: Settings, workers: int, load: Loader) -> None:
        self.settings, self.workers, self.load = settings, workers, load
        self.waiting: deque[_Waiting] = deque()
        self.pool = self._start()

    def run(self, batches: Iterable[Batch]) -> Iterator[CodedReport]:
        try:
            for batch in batches:
                held_back = any(item.suspect for item in self.waiting)
                self.waiting.append(_Waiting(batch, None if held_back else self._submit(batch)))
                if len(self.waiting) >= AHEAD * self.workers:
                    yield from self._oldest()
            while self.waiting:
                yield from self._oldest()
        except BaseException:
            self._terminate()
            raise
        finally:
            self._stop()

    def _start(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.workers, context, _start_worker, (self.settings, self.load))

    def _stop(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)

    def _terminate(self) -> None:
        """End the workers at once: nobody waits for what they are coding."""
        for process in list((self.pool._processes or {}).values()):
            process.terminate()

    def _submit(self, batch: Batch) -> Future[list[CodedReport]]:
        try:
            return self.pool.submit(_code_in_worker, batch)
        except BrokenProcessPool as error:
            broken: Future[list[CodedReport]] = Future()
            broken.set_exception(error)
            return broken

    def _oldest(self) -> list[CodedReport]:
        item = self.waiting.popleft()
        if item.future is not None:
            try:
                return item.future.result()
            except BrokenProcessPool:
                self._suspect_all_under_way()
        coded = self._with_nothing_beside_it(item.batch)
        if not any(later.suspect for later in self.waiting):
            for later in self.waiting:
                later.future = later.future or self._submit(later.batch)
        return coded

    def _suspect_all_under_way(self) -> None:
        """Nobody says which batch a dead worker had: each that was under way is coded alone until it is found."""
        self._restart()
        for item in self.waiting:
            if not item.is_coded:
                item.future, item.suspect = None, True

    def _with_nothing_beside_it(self, batch: Batch) -> list[CodedReport]:
        """Code a batch; if the worker dies, report by report, so that only the one at fault is lost."""
        try:
            return self._submit(batch).result()
        except BrokenProcessPool:
            self._restart()
        return [self._alone(report) for report in batch]

    def _alone(self, report: Report) -> CodedReport:
        try:
            return self._submit((report,)).result()[0]
        except BrokenProcessPool:
            self._restart()
            return failed(report, "the process that coded this report died, most likely for want of memory")

    def _restart(self) -> None:
        """A new pool; raises `ModelError` where even one without work dies, as then no report is at fault."""
        self._stop()
        self.pool = self._start()
        try:
            self._submit(()).result()
        except BrokenProcessPool as error:
            raise ModelError(
                "the worker processes end as soon as they start: too little memory for so many, or a script that "
                'starts workers outside of `if __name__ == "__main__":`'
            ) from error


def _start_worker(settings: Settings, load: Loader) -> None:
    """Load the coder; a failure is kept for the first batch to raise: raised here it would only break the pool."""
    global _coder, _problem
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the parent alone decides what it means
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _coder = load(settings)
    except Exception as error:
        _problem = str(error) if isinstance(error, DragomanError) else f"{type(error).__name__}: {error}"


def _end_with_parent() -> None:
    """A parent that is killed outright tells nobody: without this its workers would wait for it for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _code_in_worker(batch: Batch) -> list[CodedReport]:
    if _coder is None:
        raise ModelError(f"the coder cannot be loaded: {_problem}")
    return code_batch(_coder, batch)
