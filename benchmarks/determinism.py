"""The same reports with 1 and 2 workers, on both engines and in three orders: the bytes must be the same.

    python benchmarks/determinism.py --reports news.jsonl --count 500
    python benchmarks/determinism.py --engines local          # without Ray
    python benchmarks/determinism.py --ray-address 127.0.0.1:6379   # on a cluster that runs; else one is started each time

Reports are read from a file whose rows are shuffled; records are compared sorted by id, so that the order of the input is
the only thing that may differ. Prints one line a run and ends with an error where one differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from soak import first_rows, made_reports


def sorted_digest(path: Path) -> str:
    lines = sorted(path.read_bytes().splitlines(), key=lambda line: str(json.loads(line)["id"]))
    return hashlib.sha256(b"\n".join(lines)).hexdigest()[:16]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=Path, help="JSON lines; default: the example reports, told over and over")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--engines", default="local,ray")
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--orders", default="0,1,2", help="0 is that of the file; others are seeds")
    parser.add_argument("--ray-address")
    asked = parser.parse_args()
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="dragoman-same-") as name:
        folder = Path(name)
        given = folder / "given.jsonl"
        first_rows(asked.reports, given, asked.count) if asked.reports else made_reports(given, asked.count)
        rows = given.read_text(encoding="utf-8").splitlines(keepends=True)
        for order in map(int, asked.orders.split(",")):
            shuffled = rows if order == 0 else random.Random(order).sample(rows, len(rows))
            reports = folder / f"order{order}.jsonl"
            reports.write_text("".join(shuffled), encoding="utf-8")
            for engine in asked.engines.split(","):
                for workers in asked.workers.split(","):
                    run = f"order {order}, {engine}, {workers} workers"
                    output = folder / "out.jsonl"
                    words = ["code", str(reports), "--output", str(output), "--engine", engine, "--workers", workers]
                    if engine == "ray" and asked.ray_address:
                        words += ["--ray-address", asked.ray_address]
                    ended = subprocess.run([sys.executable, "-m", "dragoman", *words, "--quiet"], check=False)
                    if ended.returncode not in (0, 1):
                        sys.exit(f"{run}: the run ended with {ended.returncode}")
                    found[run] = sorted_digest(output)
                    print(f"{run}: {found[run]}", flush=True)
                    output.unlink()
    if len(set(found.values())) != 1:
        sys.exit("the runs differ")
    print(f"{len(found)} runs of {len(rows)} reports, the same bytes")


if __name__ == "__main__":
    main()
