"""Coding on one machine: in this process, or in a pool of processes that each hold one coder.

The records come in the order of the reports and are the same, byte for byte, for any number of workers: batches are cut
before they are handed out. At most `AHEAD` batches a worker are in flight, so that reading never runs far ahead.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from dragoman.engines.batches import Batch, CodesReports, Loader, batched, code_batch, failed, load_coder
from dragoman.errors import DragomanError, ModelError, SettingsError
from dragoman.records import CodedReport, Report
from dragoman.settings import Settings

AHEAD = 3
_MOST_WORKERS = 256
_coder: CodesReports | None = None
_problem: str | None = None


def run(
    reports: Iterable[Report], settings: Settings | None = None, workers: int = 1, load: Loader = load_coder
) -> Iterator[CodedReport]:
    """Code reports in order; a report that raises gets a record with `errors` filled, and the run goes on.

    `load` makes the coder, once in each process; it has to be a module-level function. Raises `SettingsError` for a
    number of workers that is not allowed and `ModelError` where the coder cannot be loaded. Closing the iterator early
    ends the workers.
    """
    if not 1 <= workers <= _MOST_WORKERS:
        cores = os.cpu_count()
        raise SettingsError(f"workers is {workers!r}; allowed: 1 to {_MOST_WORKERS} (this machine has {cores} cores)")
    settings = settings or Settings()
    batches = batched(reports, settings.batch_size)
    return _run_here(batches, settings, load) if workers == 1 else _Pool(settings, workers, load).run(batches)


def _run_here(batches: Iterator[Batch], settings: Settings, load: Loader) -> Iterator[CodedReport]:
    coder: CodesReports | None = None
    for batch in batches:
        coder = coder or load(settings)
        yield from code_batch(coder, batch)


class _Pool:
    """A pool of processes that is made anew when one of them dies (memory, a crash in native code)."""

    def __init__(self, settings: Settings, workers: int, load: Loader) -> None:
        self.settings, self.workers, self.load = settings, workers, load
        self.pool = self._start()

    def run(self, batches: Iterator[Batch]) -> Iterator[CodedReport]:
        waiting: deque[tuple[Batch, Future[list[CodedReport]]]] = deque()
        try:
            for batch in batches:
                waiting.append((batch, self._submit(batch)))
                if len(waiting) >= AHEAD * self.workers:
                    yield from self._oldest(waiting)
            while waiting:
                yield from self._oldest(waiting)
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

    def _oldest(self, waiting: deque[tuple[Batch, Future[list[CodedReport]]]]) -> list[CodedReport]:
        batch, future = waiting.popleft()
        try:
            return future.result()
        except BrokenProcessPool:
            coded = self._one_by_one(batch)
            for place, (later, pending) in enumerate(waiting):
                if not pending.done() or pending.exception() is not None:
                    waiting[place] = (later, self._submit(later))
            return coded

    def _one_by_one(self, batch: Batch) -> list[CodedReport]:
        """Code the batch in a new pool; if that dies too, report by report, so that only the one at fault is lost."""
        self._restart()
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
    try:
        _coder = load(settings)
    except Exception as error:
        _problem = str(error) if isinstance(error, DragomanError) else f"{type(error).__name__}: {error}"


def _code_in_worker(batch: Batch) -> list[CodedReport]:
    if _coder is None:
        raise ModelError(f"the coder cannot be loaded: {_problem}")
    return code_batch(_coder, batch)
