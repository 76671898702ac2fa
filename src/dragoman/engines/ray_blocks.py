"""Linking on a Ray cluster: blocks as tasks, a few a worker in hand, the results in the order of the blocks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dragoman.engines.ray import AHEAD, LOCAL, connect
from dragoman.errors import DragomanError, StoreError
from dragoman.linking.blocks import Spread

_TRIES = 4
"""How often a block is done anew when the process or machine that had it went away."""


def ray_spread(workers: int = 1, address: str = LOCAL) -> Spread:
    """What runs blocks on the cluster at `address`, at most `workers` at a time; every machine needs this package.

    Raises `SettingsError` where ray is missing or no cluster answers; running, `StoreError` where a block fails each time.
    """
    ray = connect(address, workers)

    def over(work: Callable[[Any], Any], blocks: Iterable[Any]) -> Iterator[Any]:
        task = ray.remote(num_cpus=1, max_retries=_TRIES)(work)
        waiting: deque[Any] = deque()
        for block in blocks:
            waiting.append(task.remote(block))
            if len(waiting) >= AHEAD * workers:
                yield _result(ray, waiting.popleft())
        while waiting:
            yield _result(ray, waiting.popleft())

    return over


def _result(ray: Any, answer: Any) -> Any:
    try:
        return ray.get(answer)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, DragomanError):
            raise error.cause from error
        raise
    except ray.exceptions.RayError as error:
        last = str(error).strip().splitlines()[-1][:200]
        raise StoreError(f"a part of the linking failed on the cluster each time it was tried: {last}") from error
