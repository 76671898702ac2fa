"""Speed and memory of coding beside spaCy's pipeline alone, on one core, on the same texts.

    python benchmarks/speed.py NEWS.jsonl [--reports 300] [--classifier events|none]

NEWS.jsonl holds rows with ``text`` and ``published``. Prints one JSON object: reports per second of both, their ratio,
seconds from the start of the interpreter to the first record, and the peak memory (MB) of a process that codes them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

START = time.perf_counter()


def reports(path: Path, number: int) -> Iterator[object]:
    """The first `number` texts as reports, spread evenly over the file."""
    from dragoman.records import Report

    rows = [json.loads(line) for line in path.open(encoding="utf-8")]
    step = max(1, len(rows) // number)
    for row in rows[::step][:number]:
        day = row.get("published")
        yield Report(id=str(row["id"]), text=row["text"], published=day if day and len(day) == 10 else None)


def measure(path: Path, number: int, classifier: str) -> dict[str, float]:
    """Time spaCy alone and the whole coder over the same reports, in turns, in this process."""
    import dragoman
    from dragoman.coding.pipeline import load_parser
    from dragoman.settings import Settings

    coder = dragoman.load(Settings(classifier=classifier))
    next(coder.pipe(list(reports(path, 1))))
    first = time.perf_counter() - START
    parser = load_parser(coder.settings.spacy_model)
    parser.max_length = coder.settings.max_chars
    texts = list(reports(path, number))
    spacy_seconds = coder_seconds = 0.0
    events = 0
    for begin in range(0, len(texts), 50):
        part = texts[begin : begin + 50]
        clock = time.process_time()
        for _ in parser.pipe([r.text for r in part], batch_size=8):
            pass
        spacy_seconds += time.process_time() - clock
        clock = time.process_time()
        events += sum(len(record.events) for record in coder.pipe(part))
        coder_seconds += time.process_time() - clock
    return {
        "reports": len(texts),
        "events": events,
        "spacy_reports_per_second": round(len(texts) / spacy_seconds, 1),
        "dragoman_reports_per_second": round(len(texts) / coder_seconds, 1),
        "ratio_to_spacy": round(coder_seconds / spacy_seconds, 2),
        "seconds_to_first_record": round(first, 2),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """Measure in a fresh process that is bound to one core."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("news", type=Path)
    parser.add_argument("--reports", type=int, default=300)
    parser.add_argument("--classifier", default="events")
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inner:
        print(json.dumps(measure(given.news, given.reports, given.classifier)))
        return
    core = sorted(os.sched_getaffinity(0))[-1]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, __file__, str(given.news), "--inner"]
    command += ["--reports", str(given.reports), "--classifier", given.classifier]
    subprocess.run(
        command, check=True, env={**os.environ, **threads}, preexec_fn=lambda: os.sched_setaffinity(0, {core})
    )


if __name__ == "__main__":
    main()
