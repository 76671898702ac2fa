"""A coder for tests of kills: it takes a while over each report and names those it coded in a file."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from dragoman.records import CodedReport, Report
from dragoman.settings import Settings

SECONDS = 0.004
SHARD = 32


class SlowCoder:
    def pipe(self, reports: Iterable[Report]) -> Iterator[CodedReport]:
        for report in reports:
            time.sleep(SECONDS)
            if "POISON" in report.text:
                os._exit(9)
            if "RAISE" in report.text and not os.environ.get("DRAGOMAN_TEST_MENDED"):
                raise ValueError("trouble")
            with Path(os.environ["DRAGOMAN_TEST_CODED"]).open("a") as log:
                log.write(report.id + "\n")
            yield CodedReport(id=report.id, title=report.title, published=report.published)


def load(settings: Settings) -> SlowCoder:
    return SlowCoder()


def main() -> None:
    """``dragoman`` with this coder in it and in its workers."""
    import dragoman.engines.batches as batches
    from dragoman.cli import app
    from dragoman.engines import local, ray, shards

    for module in (batches, local, shards):
        module.SHARD_REPORTS = SHARD  # type: ignore[attr-defined]
    batches.load_coder = load
    local.run.__defaults__ = (None, 1, load, False)  # type: ignore[attr-defined]
    ray.run.__defaults__ = (None, 1, load, ray.LOCAL)  # type: ignore[attr-defined]
    app(sys.argv[1:])


if __name__ == "__main__":
    main()
