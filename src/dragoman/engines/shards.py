"""Long runs that can be taken up again: coded reports kept in numbered shards until the run has ended.

A run that writes to ``events.jsonl`` has a folder ``events.jsonl.run`` while it lasts::

    run.json            what the run was started with; another start has to agree
    000000.jsonl        the records of the first `SHARD_REPORTS` reports, written whole or not at all
    000000.done         written after it: how many reports, how many events, and a digest of the reports
    lock                held (flock) by the one run that is under way

Killed at any moment, a run loses the shard that was being filled and what its workers had in hand. Taken up again, the
inputs are read anew (cheap beside coding), each finished shard is checked against them and handed on as it is, and
coding goes on behind the last. The idea of done markers is datatrove's.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from types import TracebackType

import msgspec

from dragoman.atomic import OutputError
from dragoman.engines.batches import SHARD_REPORTS
from dragoman.engines.places import place_of
from dragoman.records import CodedReport, Report, coded_report_from_json, to_json_line

Engine = Callable[[Iterable[Report]], Iterator[CodedReport]]
_START = "run.json"


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What a done marker holds: counts of a finished shard, the size of its file, a digest of the reports."""

    reports: int
    events: int
    failed: int
    bytes: int
    digest: str


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was started with, as text by name: settings, version, whatever changes the records."""

    given: dict[str, str]


class Shards:
    """The folder of one run, to be used as a context: it is gone afterwards unless the run did not end and has
    finished shards.

    Raises `OutputError` where the folder cannot be written, holds another run's shards and `resume` is not asked for,
    or was started with something else than `given`.
    """

    def __init__(self, folder: Path | str, given: dict[str, str], resume: bool) -> None:
        self.given, self.resume = given, resume
        self.place = place_of(folder)

    def __enter__(self) -> Shards:
        self.place.open()
        self._check_start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None or not self.finished():
            self.place.remove()
        self.place.close()

    def _check_start(self) -> None:
        held = self._started_with()
        count = self.finished()
        if count and not self.resume:
            raise self._refusal(
                f"{self.place} holds {count} finished shards of a run that did not end; "
                "--resume goes on with it, or delete the folder to begin anew"
            )
        differing = sorted(name for name in {*held, *self.given} if held.get(name) != self.given.get(name))
        if count and differing:
            name = differing[0]
            raise self._refusal(
                f"the run in {self.place} was started with {name} {held.get(name, 'not set')}, now it is "
                f"{self.given.get(name, 'not set')}; resume it as it was started, or delete the folder"
            )
        if not count:
            self.place.write(_START, msgspec.json.encode(Start(given=self.given)))

    def _refusal(self, message: str) -> OutputError:
        self.place.close()
        return OutputError(message)

    def _started_with(self) -> dict[str, str]:
        try:
            return msgspec.json.decode(self.place.read(_START), type=Start).given
        except (OSError, msgspec.DecodeError):
            return {}

    def finished(self) -> int:
        """How many shards are finished: those with a marker, from the first on without a gap."""
        names, number = self.place.names(), 0
        while _marker(number) in names:
            number += 1
        return number

    def write(self, number: int, records: list[CodedReport], digest: str) -> None:
        """Put a shard on disk, then its marker: a marker stands only beside a whole shard."""
        data = b"".join(map(to_json_line, records))
        self.place.write(_data(number), data)
        done = Done(
            reports=len(records),
            events=sum(len(record.events) for record in records),
            failed=sum(bool(record.errors) for record in records),
            bytes=len(data),
            digest=digest,
        )
        self.place.write(_marker(number), msgspec.json.encode(done))

    def records(self, number: int, reports: list[Report]) -> list[CodedReport]:
        """The records of a finished shard; raises `OutputError` where they are not those of these reports."""
        try:
            done = msgspec.json.decode(self.place.read(_marker(number)), type=Done)
            data = self.place.read(_data(number))
        except (OSError, msgspec.DecodeError) as error:
            raise OutputError(f"{self.place}/{_data(number)} cannot be read: {error}") from error
        if len(data) != done.bytes:
            raise OutputError(
                f"{self.place}/{_data(number)} is damaged; delete {_marker(number)} beside it and what follows it"
            )
        if done.digest != digest_of(reports):
            raise OutputError(
                f"the inputs are not those that {self.place} was started with: shard {number} holds other reports; "
                "give the same inputs, or delete the folder to begin anew"
            )
        return [coded_report_from_json(line) for line in data.splitlines()]


def _marker(number: int) -> str:
    return f"{number:06d}.done"


def _data(number: int) -> str:
    return f"{number:06d}.jsonl"


def run_sharded(shards: Shards, engine: Engine, reports: Iterable[Report]) -> Iterator[CodedReport]:
    """The records of reports, in order: finished shards from disk, the rest through the engine, kept as it comes.

    A shard that the run's end leaves half filled is not kept: there is nothing after it to resume.
    """
    source = iter(reports)
    number = shards.finished()
    for finished in range(number):
        yield from shards.records(finished, list(islice(source, SHARD_REPORTS)))
    digests: deque[str] = deque()
    filled: list[CodedReport] = []
    for coded in engine(_digested(source, digests)):
        filled.append(coded)
        if len(filled) == SHARD_REPORTS:
            shards.write(number, filled, digests.popleft())
            number += 1
            filled = []
        yield coded


def _digested(reports: Iterator[Report], digests: deque[str]) -> Iterator[Report]:
    """Hands reports on; when a shard's last has been asked for, the shard's digest is there."""
    taken: list[bytes] = []
    for report in reports:
        taken.append(_digest(report))
        if len(taken) == SHARD_REPORTS:
            digests.append(_joined(taken))
            taken = []
        yield report


def digest_of(reports: Iterable[Report]) -> str:
    """A digest of reports in their order; where they were read from does not count."""
    return _joined([_digest(report) for report in reports])


def _joined(digests: Iterable[bytes]) -> str:
    return blake2b(b"".join(digests), digest_size=16).hexdigest()


def _digest(report: Report) -> bytes:
    """A hash of all that coding sees of a report."""
    plain = msgspec.structs.replace(report, source=None)
    return blake2b(msgspec.msgpack.encode(plain), digest_size=16).digest()


def remove_parts_of_the_dead(target: Path) -> None:
    """Delete what a killed run left of an output file that it was writing (`dragoman.atomic` names it by process)."""
    for path in target.parent.glob(f".{target.name}.*.part"):
        process = path.name.split(".")[-2]
        if process.isdigit() and not _is_alive(int(process)):
            path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
