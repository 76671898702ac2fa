"""One run of ``dragoman code``: read, code, hand on, count; and the summary that a person sees at its end."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from dragoman.cli.console import ExitCode, say, shown
from dragoman.cli.sinks import Sink
from dragoman.records import CodedReport, Rejected, Report

_LISTED = 5


class Tally:
    """Counts of a run, with the first few of what was set aside or failed."""

    def __init__(self) -> None:
        self.coded = self.events = self.failed = self.warned = 0
        self.reasons: Counter[str] = Counter()
        self.first_rejected: list[Rejected] = []
        self.first_failed: list[tuple[str, str]] = []

    def add_rejected(self, item: Rejected) -> None:
        self.reasons[item.reason] += 1
        if len(self.first_rejected) < _LISTED:
            self.first_rejected.append(item)

    def add_coded(self, coded: CodedReport, report: Report) -> None:
        if not coded.errors:
            self.coded += 1
            self.events += len(coded.events)
            self.warned += bool(report.warnings)
            return
        self.failed += 1
        if len(self.first_failed) < _LISTED:
            self.first_failed.append((report.source or report.id, coded.errors[0]))

    def add(self, other: Tally) -> None:
        """Count what another run counted."""
        self.coded += other.coded
        self.events += other.events
        self.failed += other.failed
        self.warned += other.warned
        self.reasons.update(other.reasons)
        self.first_rejected = (self.first_rejected + other.first_rejected)[:_LISTED]
        self.first_failed = (self.first_failed + other.first_failed)[:_LISTED]

    @property
    def set_aside(self) -> int:
        return self.reasons.total()

    @property
    def exit_code(self) -> ExitCode:
        """All coded, some set aside or failed, or nothing usable."""
        if not self.coded:
            return ExitCode.NOTHING_USABLE
        return ExitCode.SOME_SET_ASIDE if self.set_aside or self.failed else ExitCode.ALL


class Hooks:
    """Who is told what of a run: lists of functions, called in their order."""

    def __init__(self) -> None:
        self.rejected: list[Callable[[Rejected], None]] = []
        self.coded: list[Callable[[CodedReport, Report], None]] = []
        self.failed: list[Callable[[CodedReport, Report], None]] = []
        self.progress: list[Callable[[Tally], None]] = []


class CodingRun:
    """Takes what reading gives, through an engine, to the sinks.

    `engine` codes reports in order, one record each.
    """

    def __init__(
        self,
        engine: Callable[[Iterable[Report]], Iterator[CodedReport]],
        sinks: Sequence[Sink],
        hooks: Hooks | None = None,
    ) -> None:
        self._engine, self._sinks, self._hooks = engine, sinks, hooks or Hooks()
        self._in_flight: deque[Report] = deque()
        self.tally = Tally()

    def run(self, items: Iterable[Report | Rejected]) -> Tally:
        """Code everything; returns the counts."""
        for coded in self._engine(self._reports(items)):
            report = self._in_flight.popleft()
            self.tally.add_coded(coded, report)
            for sink in self._sinks:
                sink.take(coded, report)
            for tell in self._hooks.failed if coded.errors else self._hooks.coded:
                tell(coded, report)
            self._show()
        for sink in self._sinks:
            sink.finish()
        return self.tally

    def _reports(self, items: Iterable[Report | Rejected]) -> Iterator[Report]:
        for item in items:
            if isinstance(item, Rejected):
                self.tally.add_rejected(item)
                for tell in self._hooks.rejected:
                    tell(item)
                self._show()
            else:
                # The engine needs no more than the text and its date; what goes with the record waits here.
                self._in_flight.append(item)
                yield item

    def _show(self) -> None:
        for show in self._hooks.progress:
            show(self.tally)


def summarise(tally: Tally, rejected_to: str | None) -> None:
    """Say on standard error what was coded and what was not, and why."""
    say(f"coded {_count(tally.coded, 'report')} · {_count(tally.events, 'event')}", "green" if tally.coded else "red")
    if tally.warned:
        say(f"{_count(tally.warned, 'report')} with warnings of reading (in `warnings` of the records)")
    if tally.set_aside:
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(tally.reasons.items()))
        say(f"set aside {tally.set_aside}: {reasons}", "yellow")
        for item in tally.first_rejected:
            say(f"  {shown(item.source, 80)}  {item.reason}  {shown(item.detail, 160)}")
        if tally.set_aside > len(tally.first_rejected) or not rejected_to:
            say(f"  all of them are in {rejected_to}" if rejected_to else "  --rejected FILE writes all of them")
    if tally.failed:
        say(f"failed {tally.failed} (see `errors` of the records):", "red")
        for source, error in tally.first_failed:
            say(f"  {shown(source, 80)}  {shown(error, 160)}")


def rejected_line(item: Rejected) -> bytes:
    """One line of JSON for the file of what was set aside."""
    return msgspec.json.encode(item) + b"\n"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
