"""Mutated reports, as many as asked for or as time allows: no crash, and every record keeps its promises.

    python benchmarks/fuzz.py                                   # 100,000 short reports
    python benchmarks/fuzz.py --reports 20000 --seed 2 --minutes 30

The reports are sentences of the corpus and the examples with characters, words and dates dropped, doubled, swapped or made
odd, and other texts spliced in (tests/fuzz_reports.py, which also says what must hold of a record: spans, dates, codes,
probabilities, ids). A coder that raises is counted with the report that made it raise; a process that dies ends the run.
Prints what broke, how far it is every few thousand, and at last how many were really coded, with the memory at a tenth and
at the end, which should be the same within a few per cent. Exit code 1 where anything broke.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from fuzz_reports import faults, mutated_reports

from dragoman.engines import local
from dragoman.records import Report
from dragoman.settings import Settings

SHOWN_EVERY = 5000
MOST_SHOWN = 20


def memory() -> float:
    """Megabytes that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


class Fuzzing:
    """Counts over reports that are coded one after the other."""

    def __init__(self, settings: Settings, tenth: int) -> None:
        self.settings, self.tenth = settings, tenth
        self.waiting: list[Report] = []
        self.coded = self.events = self.broken = 0
        self.early = 0.0

    def run(self, reports: Iterator[Report], ends: float) -> None:
        """Code and check until the reports or the time are at an end."""
        start = time.monotonic()
        for coded in local.run(self._noted(reports), self.settings):
            report = self.waiting.pop(0)
            self.coded += 1
            self.events += len(coded.events)
            if wrong := faults(report, coded):
                self.broken += 1
                if self.broken <= MOST_SHOWN:
                    print(report.id, wrong, repr(report.text[:300]), sep="\n  ", flush=True)
            if self.coded == self.tenth:
                self.early = memory()
            if self.coded % SHOWN_EVERY == 0:
                seconds = time.monotonic() - start
                print(f"{self.coded} coded, {self.broken} broken, {seconds:.0f} s, {memory():.0f} MB", flush=True)
            if time.monotonic() > ends:
                return

    def _noted(self, reports: Iterator[Report]) -> Iterator[Report]:
        for report in reports:
            self.waiting.append(report)
            yield report


def main() -> int:
    """Run; exit code 1 if any broke."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="pass over so many reports, to go on with a run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=24 * 60.0, help="stop after so many")
    parser.add_argument("--classifier", default="events")
    given = parser.parse_args()
    start = time.monotonic()
    fuzzing = Fuzzing(Settings(classifier=given.classifier), max(1, (given.reports - given.first) // 10))
    fuzzing.run(islice(mutated_reports(given.reports, given.seed), given.first, None), start + given.minutes * 60)
    asked = given.reports - given.first
    print(
        f"{fuzzing.coded} of {asked} mutated reports coded, {fuzzing.events} events, {fuzzing.broken} broken, "
        f"{time.monotonic() - start:.0f} s; memory {fuzzing.early:.0f} MB after a tenth, {memory():.0f} MB at the end"
    )
    return int(fuzzing.broken > 0)


if __name__ == "__main__":
    sys.exit(main())
