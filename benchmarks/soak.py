"""A long run with kills: reports are coded, the run is killed with SIGKILL at random moments and resumed, and the bytes compared.

    python benchmarks/soak.py                                # 20 minutes, on the example reports told over and over
    python benchmarks/soak.py --minutes 5 --reports news.jsonl --workers 2

Each round codes the same reports once whole and once with kills; both outputs must be the same bytes, with no report lost or
doubled. Prints one line a round and a last line with the counts and the most memory any process took.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "reports"
LONGEST_LIFE = 40.0
"""Seconds after which a run is killed at the latest; the first draw is as short as a start."""


def made_reports(path: Path, count: int) -> None:
    """The example reports again and again, each telling under an id of its own."""
    texts = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(EXAMPLES.glob("*.json"))]
    with path.open("w", encoding="utf-8") as lines:
        for n in range(count):
            row = texts[n % len(texts)]
            text = f"{row['text']}\n\nThe report is number {n} of its kind."
            lines.write(json.dumps({"id": f"r{n:06d}", "text": text, "published": row.get("published")}) + "\n")


def first_rows(source: Path, path: Path, count: int) -> None:
    """The first reports of a file."""
    with source.open(encoding="utf-8") as lines, path.open("w", encoding="utf-8") as out:
        for _, line in zip(range(count), lines, strict=False):
            out.write(line)


def command(reports: Path, output: Path, workers: int, resume: bool) -> list[str]:
    words = [sys.executable, "-m", "dragoman", "code", str(reports), "--output", str(output), "--quiet"]
    return [*words, "--workers", str(workers), *(["--resume"] if resume else [])]


def with_kills(reports: Path, output: Path, workers: int, draw: random.Random) -> int:
    """Code with kills until a run lives to its end; returns how many were killed."""
    kills = 0
    while True:
        running = subprocess.Popen(command(reports, output, workers, resume=kills > 0), start_new_session=True)
        try:
            code = running.wait(draw.uniform(2.0, LONGEST_LIFE + 10.0 * kills))
        except subprocess.TimeoutExpired:
            # the whole session: workers too die at once, as when a machine goes down
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            kills += 1
            continue
        if code not in (0, 1):
            sys.exit(f"a resumed run ended with {code}")
        return kills


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def checked(output: Path, expected: str, count: int) -> None:
    """End with a message where bytes differ, or reports were lost or doubled."""
    ids = [json.loads(line)["id"] for line in output.read_bytes().splitlines()]
    if len(ids) != count or len(set(ids)) != count:
        sys.exit(f"{count} reports went in, {len(ids)} came out, {len(set(ids))} of them once")
    if digest(output) != expected:
        sys.exit("the output of the run with kills is not that of the run without")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument(
        "--reports", type=Path, help="JSON lines to code; default: the example reports, told over and over"
    )
    parser.add_argument("--count", type=int, default=1500, help="reports a round")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    draw, ends = random.Random(asked.seed), time.monotonic() + asked.minutes * 60
    folder = Path(tempfile.mkdtemp(prefix="dragoman-soak-"))
    reports, kills, rounds = folder / "in.jsonl", 0, 0
    try:
        first_rows(asked.reports, reports, asked.count) if asked.reports else made_reports(reports, asked.count)
        count = sum(1 for _ in reports.open(encoding="utf-8"))
        whole = folder / "whole.jsonl"
        subprocess.run(command(reports, whole, asked.workers, resume=False), check=True)
        expected = digest(whole)
        while not rounds or time.monotonic() < ends:
            output = folder / f"round{rounds}.jsonl"
            kills += with_kills(reports, output, asked.workers, draw)
            checked(output, expected, count)
            rounds += 1
            print(f"round {rounds}: {count} reports, {kills} kills so far, the same bytes ({expected})", flush=True)
            output.unlink()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(f"{rounds} rounds of {count} reports, {kills} kills, no report lost or doubled, most memory {memory} MB")


if __name__ == "__main__":
    main()
