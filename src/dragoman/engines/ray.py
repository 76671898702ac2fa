"""Coding on a Ray cluster: the batches of the local engine, coded by actors that each hold one coder.

The records come in the order of the reports and are the same bytes as the local engine gives: batches are cut before they
are handed out, and are taken back in their order. Ray's actors are used rather than Ray Data, whose blocks depend on the
cluster; a run here is a stream of unknown length whose reader must never get far ahead, and whose shards are counted.

Reports travel as MessagePack, so a worker needs this package and nothing of the caller's.
"""

from __future__ import annotations

import importlib
import os
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from dragoman.engines.batches import Batch, CodesReports, Loader, batched, code_batch, failed, load_coder
from dragoman.errors import DragomanError, ModelError, SettingsError
from dragoman.records import CodedReport, Report
from dragoman.settings import Settings

AHEAD = 3
LOCAL = "local"
# How often one report is tried: a machine that goes away takes what it had in hand with it.
_TRIES = 2
# Seconds after which a worker that has not started is looked at again.
_LOOK_AGAIN = 2.0


def run(
    reports: Iterable[Report],
    settings: Settings | None = None,
    workers: int = 1,
    load: Loader = load_coder,
    address: str = LOCAL,
) -> Iterator[CodedReport]:
    """Code reports in order on the cluster at `address` ("local": on this machine, started where none runs).

    As in the local engine, a report that raises, or that ends the process which codes it each time, gets a record with
    `errors` filled. Raises `SettingsError` where ray is missing, the number of workers is wrong or no cluster answers,
    and `ModelError` where the coder cannot be loaded. Closing the iterator early ends the workers.
    """
    if workers < 1:
        raise SettingsError(f"workers is {workers!r}; allowed: 1 to the cores of the cluster")
    ray = connect(address, workers)
    settings = settings or Settings()
    return _Actors(ray, settings, workers, load).run(batched(reports, settings.batch_size))


def connect(address: str, workers: int) -> Any:
    """The module ``ray``, connected; a connection that there is already is kept."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent anywhere
    try:
        ray: Any = importlib.import_module("ray")
    except ImportError as error:
        raise SettingsError("the engine ray needs the extra [ray]: pip install 'dragoman[ray]'") from error
    if not ray.is_initialized():
        options: dict[str, Any] = {"address": address, "log_to_driver": False, "logging_level": "error"}
        if address == LOCAL:
            options |= {"num_cpus": workers, "include_dashboard": False}
        _begin(ray, options)
    cores = int(ray.cluster_resources().get("CPU", 0))
    if workers > cores:
        raise SettingsError(f"workers is {workers}; allowed: 1 to {cores}, the cores of the Ray cluster")
    return ray


def _begin(ray: Any, options: dict[str, Any]) -> None:
    """Connect, or start Ray; it gives its own start half a minute, which a busy machine may miss once."""
    for is_last in (False, True):
        try:
            ray.init(**options)
            return
        except Exception as error:  # ray raises many kinds for an address where nothing answers
            if is_last or "timed out during startup" not in str(error):
                said = " ".join(str(error).split())[:200]
                raise SettingsError(f"no Ray cluster at {options['address']!r}: {said}") from error
            ray.shutdown()


class _CoderActor:
    """One coder in a worker of the cluster. A failure to load is kept and told with the first batch."""

    def __init__(self, settings: bytes, load: Loader) -> None:
        self._coder: CodesReports | None = None
        self._problem = ""
        try:
            self._coder = load(msgspec.msgpack.decode(settings, type=Settings))
        except Exception as error:
            self._problem = str(error) if isinstance(error, DragomanError) else f"{type(error).__name__}: {error}"

    def process(self) -> int:
        """The number of this worker's process on its machine."""
        return os.getpid()

    def code(self, data: bytes) -> tuple[str, bytes]:
        """The records of a batch, as MessagePack, or the reason why there is no coder."""
        if self._coder is None:
            return self._problem, b""
        try:
            coded = code_batch(self._coder, msgspec.msgpack.decode(data, type=Batch))
        except ModelError as error:
            return str(error), b""
        return "", msgspec.msgpack.encode(coded)


class _Waiting(msgspec.Struct):
    """A batch on its way: the worker that has it and what will hold its records."""

    batch: Batch
    worker: int
    answer: Any


class _Actors:
    def __init__(self, ray: Any, settings: Settings, workers: int, load: Loader) -> None:
        self.ray, self.load = ray, load
        self.settings = msgspec.msgpack.encode(settings)
        self.remote = ray.remote(num_cpus=1, max_restarts=0)(_CoderActor)
        self.count = workers
        self.workers: list[Any] = []
        self.spare: Any = None
        self.waiting: deque[_Waiting] = deque()

    def run(self, batches: Iterable[Batch]) -> Iterator[CodedReport]:
        try:
            for number, batch in enumerate(batches):
                self.waiting.append(self._submit(batch, number % self.count))
                if len(self.waiting) >= AHEAD * self.count:
                    yield from self._oldest()
            while self.waiting:
                yield from self._oldest()
        finally:
            for worker in (*self.workers, *([self.spare] if self.spare else [])):
                self.ray.kill(worker)  # one that stands in two places, or is gone, is no matter

    def _submit(self, batch: Batch, worker: int) -> _Waiting:
        if worker >= len(self.workers):
            self.workers.append(self._start())
        return _Waiting(batch, worker, self.workers[worker].code.remote(msgspec.msgpack.encode(batch)))

    def _start(self) -> Any:
        """A worker with a core of its own, or with a share of the others' where machines that went away took theirs:
        asking for a core that is not there would wait for ever."""
        return self.remote.options(num_cpus=int(self._has_room())).remote(self.settings, self.load)

    def _has_room(self) -> bool:
        return int(self.ray.cluster_resources().get("CPU", 0)) >= self.count

    def _oldest(self) -> list[CodedReport]:
        item = self.waiting.popleft()
        try:
            return self._records(item.answer)
        except self.ray.exceptions.RayError:
            return self._again(item)

    def _records(self, answer: Any) -> list[CodedReport]:
        problem, data = self.ray.get(answer)
        if problem:
            raise ModelError(f"the coder cannot be loaded: {problem}")
        return msgspec.msgpack.decode(data, type=list[CodedReport])

    def _again(self, lost: _Waiting) -> list[CodedReport]:
        """A worker is gone: the batch it had is tried on another that has nothing else, report by report at last, so
        that only a report at fault is lost; then a new worker takes its place and the batches that waited for it."""
        coded = self._alone(lost.batch)
        self._replace(lost.worker)
        for item in self.waiting:
            if item.worker == lost.worker:
                item.answer = self.workers[item.worker].code.remote(msgspec.msgpack.encode(item.batch))
        return coded

    def _replace(self, place: int) -> None:
        """Put a new worker in a lost one's place; where the cluster has become too small, another does its work too."""
        gone = self.workers[place]
        others = [worker for worker in self.workers if worker is not gone]
        if others and not self._has_room():
            self.workers[place] = others[place % len(others)]
            if self.spare:
                self.ray.kill(self.spare)
        else:
            self.workers[place] = self.spare or self._checked()
        self.spare = None

    def _alone(self, batch: Batch) -> list[CodedReport]:
        """Code a batch with nothing beside it; where that worker dies too, report by report."""
        return self._tried(batch, 1) or [
            (self._tried((report,), _TRIES) or [failed(report, _DIED)])[0] for report in batch
        ]

    def _tried(self, batch: Batch, times: int) -> list[CodedReport] | None:
        for _ in range(times):
            self.spare = self.spare or self._checked()
            try:
                return self._records(self.spare.code.remote(msgspec.msgpack.encode(batch)))
            except self.ray.exceptions.RayError:
                self.spare = None
        return None

    def _checked(self) -> Any:
        """A worker that runs; raises `ModelError` where it ends without work, as then no report is at fault."""
        had_room = self._has_room()
        worker = self._start()
        answer = worker.code.remote(msgspec.msgpack.encode(()))
        while not self.ray.wait([answer], timeout=_LOOK_AGAIN)[0]:
            if had_room and not self._has_room():  # a machine went away while this one waited for a core on it
                self.ray.kill(worker)
                return self._checked()
        try:
            self._records(answer)
        except self.ray.exceptions.RayError as error:
            last = str(error).strip().splitlines()[-1][:200]
            raise ModelError(f"the workers of the Ray cluster end as soon as they start: {last}") from error
        return worker


_DIED = "the process that coded this report died, most likely for want of memory"
