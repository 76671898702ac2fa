"""The race: this project beside a plain-regex coder and spaCy's pipeline alone, on the same texts, on one core.

    python benchmarks/race.py NEWS.jsonl [--gold ARTICLES.jsonl] [--reports 100] [--rounds 5]

NEWS.jsonl holds rows with ``text`` and ``published``; ARTICLES.jsonl articles with every event coded (``make bench
NEWS=... GOLD=...``). Each coder runs in a process of its own, bound to one core, in turns; times are CPU seconds, and
what is compared are ratios to spaCy in the same round (medians of the rounds). Peers that cannot run here stand below
with recorded figures (``peers.tsv``).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

START = time.perf_counter()
SPACY, REGEX = "spaCy alone", "plain regex"
TABLE, WHOLE = "Dragoman, table alone", "Dragoman"
CODERS = (SPACY, REGEX, TABLE, WHOLE)
SETUP = {SPACY: "pip", REGEX: "none", TABLE: "make setup", WHOLE: "make setup"}
Rows = list[dict[str, Any]]
Code = Callable[[Rows], Iterable[list[Any]]]


def _spacy() -> Code:
    from dragoman.coding.pipeline import load_parser
    from dragoman.settings import Settings

    parser = load_parser(Settings().spacy_model)
    return lambda rows: ([] for _ in parser.pipe((row["text"] for row in rows), batch_size=8))


def _regex() -> Code:
    from regex_coder import code

    return lambda rows: (list(code(row["text"])) for row in rows)


def _dragoman(classifier: str) -> Code:
    import dragoman
    from dragoman.records import Report
    from dragoman.settings import Settings

    coder = dragoman.load(Settings(classifier=classifier))

    def run(rows: Rows) -> Iterable[list[Any]]:
        reports = [Report(id=str(row["id"]), text=row["text"], published=row.get("published")) for row in rows]
        return (json.loads(_events(coded)) for coded in coder.pipe(reports))

    return run


def _events(coded: Any) -> bytes:
    import msgspec

    return msgspec.json.encode(coded.events)


MAKERS: dict[str, Callable[[], Code]] = {
    SPACY: _spacy,
    REGEX: _regex,
    TABLE: lambda: _dragoman("none"),
    WHOLE: lambda: _dragoman("events"),
}


def read_rows(path: Path, number: int | None) -> Rows:
    """Rows of the file with a text, spread evenly over it; days of publication only where they are days."""
    rows = [json.loads(line) for line in path.open(encoding="utf-8")]
    chosen = rows if number is None else rows[:: max(1, len(rows) // number)][:number]
    return [{**row, "published": row["published"] if len(row.get("published") or "") == 10 else None} for row in chosen]


def inner(name: str, news: Path, number: int, gold: Path | None) -> dict[str, Any]:
    """One coder's round, in this process."""
    rows = read_rows(news, number)
    code = MAKERS[name]()
    list(code(rows[:1]))
    first = time.perf_counter() - START
    clock = time.process_time()
    events = sum(len(found) for found in code(rows))
    seconds = time.process_time() - clock
    result: dict[str, Any] = {"seconds": seconds, "reports": len(rows), "events": events, "first": first}
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if gold is not None:
        from dragoman.evaluation.metrics import score_articles

        wanted = read_rows(gold, None)
        given = [{"id": row["id"], "events": found} for row, found in zip(wanted, code(wanted), strict=True)]
        scores = score_articles(wanted, given)
        result |= {"event_f1": scores["events"]["F1"], "strict_f1": scores["strict"]["F1"]}
    return result


def _round(name: str, given: argparse.Namespace, gold: Path | None) -> dict[str, Any]:
    core = sorted(os.sched_getaffinity(0))[-1]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, __file__, str(given.news), "--inner", name, "--reports", str(given.reports)]
    command += ["--gold", str(gold)] if gold and name != SPACY else []
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        env={**os.environ, **threads},
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    return dict(json.loads(done.stdout))


def race(given: argparse.Namespace) -> Rows:
    """Rounds of all coders in turn; medians."""
    rounds = [
        {name: _round(name, given, given.gold if number == 0 else None) for name in CODERS}
        for number in range(given.rounds)
    ]
    table = []
    for name in CODERS:
        mine = [found[name] for found in rounds]
        ratio = statistics.median(found[name]["seconds"] / found[SPACY]["seconds"] for found in rounds)
        speed = statistics.median(found["reports"] / found["seconds"] for found in mine)
        first = statistics.median(found["first"] for found in mine)
        peak = statistics.median(found["peak_mb"] for found in mine)
        row: dict[str, Any] = {"coder": name, "reports_a_second": round(speed, 1), "times_spacy": round(ratio, 2)}
        row |= {"seconds_to_first": round(first, 2), "peak_mb": round(peak), "events": mine[0]["events"]}
        table.append(row | {key: mine[0].get(key) for key in ("event_f1", "strict_f1")} | {"setup": SETUP[name]})
    return table


def peers() -> Rows:
    """Recorded figures, in the columns that they have."""
    from dragoman.tables import read_table

    columns = ("coder", "event_f1", "strict_f1", "setup", "source")
    return [dict(row.cells) for row in read_table(Path(__file__).with_name("peers.tsv"), columns)]


def main() -> None:
    """Run the race and print one table, as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("news", type=Path)
    parser.add_argument("--gold", type=Path)
    parser.add_argument("--reports", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--inner", choices=CODERS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inner:
        print(json.dumps(inner(given.inner, given.news, given.reports, given.gold)))
        return
    table = race(given)
    columns = list(table[0])
    print("| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns), sep="\n")
    for row in (*table, *peers()):
        cells = ("–" if row.get(column) is None else str(row[column]) for column in columns)
        print("| " + " | ".join(cells) + " |")
    for row in peers():
        print(f"\n{row['coder']}: {row['source']}.", end="")
    print()


if __name__ == "__main__":
    main()
