"""What a run tells while it goes on: a line that moves on a terminal, or structured lines for a machine."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec

from dragoman.cli.coding_run import Tally
from dragoman.cli.console import messages, shown
from dragoman.records import CodedReport, Rejected, Report

LOG_FORMATS = ("text", "json")
_EVERY_SECONDS = 10.0


class Pace:
    """How fast a run codes and when it will have ended. `share` gives the share of the input that has been read."""

    def __init__(self, share: Callable[[], float | None], clock: Callable[[], float] = time.monotonic) -> None:
        self._share, self._clock = share, clock
        self._began = clock()

    def rate(self, reports: int) -> float:
        """Reports a second since the start."""
        return reports / max(1e-9, self._clock() - self._began)

    def seconds_left(self) -> float | None:
        """From the bytes read so far; None before there is anything to go by, and for standard input."""
        share = self._share()
        if share is None or share < 0.005:
            return None
        return (self._clock() - self._began) * (1 - share) / share


def progress_text(tally: Tally, pace: Pace) -> str:
    """Counts, rate and time left on one line."""
    handled = tally.coded + tally.failed
    parts = [f"{handled:,} coded", f"{tally.events:,} events", f"{tally.set_aside:,} set aside"]
    if tally.failed:
        parts.append(f"{tally.failed:,} failed")
    parts.append(f"{pace.rate(handled):.1f} a second")
    left = pace.seconds_left()
    if left is not None:
        minutes, seconds = divmod(round(left), 60)
        parts.append(f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d} left")
    return " · ".join(parts)


@contextmanager
def moving_line(pace: Pace, hidden: bool) -> Iterator[Callable[[Tally], None] | None]:
    """A line with counts on standard error, where that is a terminal."""
    if hidden or not messages.is_terminal:
        yield None
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=messages, transient=True) as bar:
        task = bar.add_task("reading")
        yield lambda tally: bar.update(task, description=progress_text(tally, pace))


class JsonLog:
    """One JSON object a line on standard error: ``time``, ``level``, ``event`` and what belongs to the event.

    Events: ``started``, ``progress`` (every ten seconds), ``set-aside``, ``failed``, ``ended``, ``error``. Words of
    reports (a source's name, an error's text) are values of their own and shortened, never part of an event's name.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._last = time.monotonic()

    def write(self, level: str, event: str, **fields: Any) -> None:
        """One line, at once."""
        moment = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = msgspec.json.encode({"time": moment, "level": level, "event": event, **fields})
        sys.stderr.write(line.decode("utf-8") + "\n")
        sys.stderr.flush()

    def set_aside(self, item: Rejected) -> None:
        """A report, row or file that was set aside."""
        self.write("warning", "set-aside", source=shown(item.source, 300), reason=item.reason, detail=item.detail)

    def failed(self, coded: CodedReport, report: Report) -> None:
        """A report that could not be coded."""
        self.write("error", "failed", report=shown(coded.id, 120), source=report.source, detail=coded.errors[0])

    def progress(self, tally: Tally) -> None:
        """Counts, at most every ten seconds."""
        if time.monotonic() - self._last >= _EVERY_SECONDS:
            self._last = time.monotonic()
            self.write("info", "progress", **self._counts(tally))

    def ended(self, tally: Tally) -> None:
        """Counts at the end."""
        self.write("info", "ended", **self._counts(tally), reasons=dict(sorted(tally.reasons.items())))

    def _counts(self, tally: Tally) -> dict[str, Any]:
        left = self._pace.seconds_left()
        return {
            "coded": tally.coded,
            "events": tally.events,
            "failed": tally.failed,
            "set_aside": tally.set_aside,
            "rate": round(self._pace.rate(tally.coded + tally.failed), 2),
            "seconds_left": None if left is None else round(left),
        }
