"""Linking by block promises the tables of linking at one go, wherever the blocks are worked out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from link_cases import random_reports, store_of

from dragoman.linking import blocks, group_blocks, tellings
from dragoman.linking.run import link_store
from dragoman.store import Store
from dragoman.store.journal import Ruling, append
from dragoman.store.schema import DERIVED

RULINGS = (("r003", "r005", "same"), ("r002", "r007", "different"), ("r001", "r020", "same"))


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks so small that a few reports make many."""
    monkeypatch.setattr(blocks, "PAIRS", 40)
    monkeypatch.setattr(group_blocks, "EVENTS", 6)
    monkeypatch.setattr(tellings, "REPORTS_AT_ONCE", 7)


def tables(store: Store) -> dict[str, list[dict[str, Any]]]:
    with store.connect() as connection:
        return {name: connection.table(name).to_arrow_table().to_pylist() for name in DERIVED}


def linked_twice(folder: Path, **options: Any) -> dict[str, list[dict[str, Any]]]:
    """A store that is linked, grows, is ruled on and is linked again."""
    reports = random_reports(5, 60)
    store = store_of(folder, *reports[:40])
    link_store(store, **options)
    store.load(reports[40:])
    made = [
        Ruling(event_a="e0", report_a=one, event_b="e0", report_b=other, verdict=verdict)
        for one, other, verdict in RULINGS
    ]
    append(store.folder, made)
    link_store(store, **options)
    return tables(store)


class Counting:
    """Blocks worked out here, one after the other, and counted by the name of the work."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def __call__(self, work: Callable[[Any], Any], given: Iterable[Any]) -> Iterator[Any]:
        for block in given:
            self.counts[work.__name__] = self.counts.get(work.__name__, 0) + 1
            yield work(block)


@pytest.mark.usefixtures("small_blocks")
def test_many_blocks_give_the_tables_of_linking_at_one_go(tmp_path: Path) -> None:
    counting = Counting()
    assert linked_twice(tmp_path / "blocks", spread=counting) == linked_twice(tmp_path / "whole")
    assert min(counting.counts.values()) > 5
    assert set(counting.counts) == {"_told", "score_block", "group_block"}


@pytest.mark.usefixtures("small_blocks")
def test_a_store_without_events_and_one_without_pairs_are_linked_by_block(tmp_path: Path) -> None:
    for number, reports in enumerate(([], random_reports(1, 1))):
        store = store_of(tmp_path / str(number), *reports)
        link_store(store, spread=map)
        assert len(tables(store)["stories"]) == sum(len(report.events) for report in reports)
