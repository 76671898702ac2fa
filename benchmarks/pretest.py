"""What the test before parser and encoder loses, and what it saves (`dragoman.coding.pretest`).

    python benchmarks/pretest.py --corpus news=NEWS.jsonl general=GENERAL.jsonl [--reports 1000]

Each file holds rows with ``text`` (and ``published``, ``title``); `--corpus` adds the items of training/corpus. All are
coded twice, with and without the test, in turns, on one core. Prints a line a set, as Markdown: reports and the share that
was not parsed; events without the test, how many of them are missing with it (by their ids), how many are other than
before in some field, how many are new; assessments that are missing; seconds of coding without and with the test and
of spaCy's pipeline alone over all reports.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from dragoman.coding.coder import NOT_PARSED, Coder
from dragoman.coding.pipeline import load_parser
from dragoman.records import CodedReport, Report
from dragoman.settings import Settings

BLOCK = 40
COLUMNS = (
    "set reports not_parsed events missing missing_share other new assessments missing_assessments seconds_without "
    "seconds_with saved times_spacy_without times_spacy_with"
).split()


def corpus() -> list[Report]:
    """The items of the project's own corpus."""
    from dragoman.training.corpus_format import read_corpus

    folder = Path(__file__).parent.parent / "training" / "corpus"
    items = read_corpus(sorted(folder.glob("*.txt")))
    return [Report(id=item.id, text=item.text, published=item.published) for item in items]


def reports(path: Path, number: int) -> list[Report]:
    """At most `number` reports, spread evenly over the file."""
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    step = max(1, len(rows) // number)
    return [
        Report(id=f"{n}", text=row["text"], published=row.get("published"), title=row.get("title"))
        for n, row in enumerate(rows[::step][:number])
        if row["text"].strip()
    ]


class Clock:
    """Seconds of this process."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> None:
        self._began = time.process_time()

    def __exit__(self, *problem: object) -> None:
        self.seconds += time.process_time() - self._began


def compared(before: Iterable[CodedReport], after: Iterable[CodedReport], counts: dict[str, int]) -> None:
    """Count what is missing, other and new in records of the same reports."""
    for old, new in zip(before, after, strict=True):
        known, found = ({event.id: event for event in record.events} for record in (old, new))
        counts["not_parsed"] += NOT_PARSED in new.warnings
        counts["events"] += len(known)
        counts["missing"] += len(known.keys() - found.keys())
        counts["new"] += len(found.keys() - known.keys())
        counts["other"] += sum(found[name] != known[name] for name in known.keys() & found.keys())
        counts["assessments"] += len(old.assessments)
        counts["missing_assessments"] += len(set(old.assessments) - set(new.assessments))


def measured(name: str, given: list[Report], coders: tuple[Coder, Coder]) -> dict[str, object]:
    """One line of the table."""
    without, with_test = coders
    parser = load_parser(without.settings.spacy_model)
    parser.max_length = without.settings.max_chars
    alone, before, after = Clock(), Clock(), Clock()
    counts = dict.fromkeys(("not_parsed", "events", "missing", "other", "new", "assessments", "missing_assessments"), 0)
    for begin in range(0, len(given), BLOCK):
        part = given[begin : begin + BLOCK]
        with alone:
            for _ in parser.pipe([report.text for report in part], batch_size=8):
                pass
        with before:
            old = list(without.pipe(part))
        with after:
            new = list(with_test.pipe(part))
        compared(old, new, counts)
        print(f"{name}: {begin + len(part)} of {len(given)}, {counts}", file=sys.stderr, flush=True)
    return {
        "set": name,
        "reports": len(given),
        **counts,
        "not_parsed": f"{counts['not_parsed'] / len(given):.1%}",
        "missing_share": f"{counts['missing'] / max(1, counts['events']):.2%}",
        "seconds_without": round(before.seconds, 1),
        "seconds_with": round(after.seconds, 1),
        "saved": f"{1 - after.seconds / before.seconds:.1%}",
        "times_spacy_without": round(before.seconds / alone.seconds, 2),
        "times_spacy_with": round(after.seconds / alone.seconds, 2),
    }


def main() -> None:
    """Measure in a process with one thread."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="NAME=FILE")
    parser.add_argument("--corpus", action="store_true")
    parser.add_argument("--reports", type=int, default=1000)
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if not given.inner:
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        command = [sys.executable, __file__, *sys.argv[1:], "--inner"]
        sys.exit(subprocess.run(command, check=False, env={**os.environ, **threads}).returncode)
    sets = [(name, reports(Path(path), given.reports)) for name, path in (pair.split("=", 1) for pair in given.sets)]
    if given.corpus:
        sets.append(("corpus", corpus()))
    coders = Coder(Settings(pretest=False)), Coder()
    for coder in coders:
        coder.code("The envoys of Chad and Niger met in Niamey.")
    print("| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS), sep="\n", flush=True)
    for name, these in sets:
        row = measured(name, these, coders)
        print("| " + " | ".join(str(row[column]) for column in COLUMNS) + " |", flush=True)


if __name__ == "__main__":
    main()
