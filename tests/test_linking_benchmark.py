"""The measuring of the linking test (benchmarks/linking.py): right answers score one, known errors what they cost."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pytest

PATH = Path(__file__).resolve().parent.parent / "benchmarks" / "linking.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_linking", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _perfect(bench: ModuleType) -> tuple[Any, Any, dict[Any, Any], Any]:
    happenings, origins = bench.read_gold()
    found = {(h.id, t.report): (t.report, h.id) for h in happenings for t in h.reports}
    linked = bench.Linked(
        {event: event[1] for event in found.values()},
        {h.id: h.status for h in happenings},
        {h.id: frozenset(c.field for c in h.contradictions) for h in happenings},
        {report: o.id for o in origins for report in (*o.copies, *o.quoting)},
    )
    return happenings, origins, found, linked


def test_perfect_linking_scores_one_on_every_measure(bench: ModuleType) -> None:
    for row in bench.score(*_perfect(bench)).values():
        assert row["found"] == row["b_cubed"]["F1"] == row["b_cubed_over_found"] == row["status"] == 1
        assert set(row["contradictions"].values()) == set(row["origins"].values()) == {1}


def test_missed_mentions_are_clusters_of_their_own(bench: ModuleType) -> None:
    happenings, origins, found, linked = _perfect(bench)
    row = bench.score(happenings, origins, dict.fromkeys(found), linked)["dev"]
    assert row["found"] == row["status"] == row["contradictions"]["R"] == 0
    assert row["b_cubed"]["P"] == 1
    assert row["b_cubed"]["R"] == pytest.approx(row["happenings"] / row["mentions"])


def test_joining_everything_costs_precision_alone(bench: ModuleType) -> None:
    happenings, origins, found, linked = _perfect(bench)
    one = bench.Linked(dict.fromkeys(linked.stories, "all"), {}, {}, dict.fromkeys(linked.origins, "all"))
    row = bench.score(happenings, origins, found, one)["test"]
    assert row["b_cubed"]["R"] == row["origins"]["R"] == 1
    assert row["b_cubed"]["P"] < 0.1
    assert row["origins"]["P"] < 0.1


def test_b_cubed_of_a_known_case(bench: ModuleType) -> None:
    gold = {("a", "1"): "a", ("a", "2"): "a", ("b", "1"): "b"}
    precision, recall, both = bench.b_cubed(gold, {("a", "1"): "x", ("a", "2"): "y", ("b", "1"): "y"})
    assert (precision, recall) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert both == pytest.approx(2 / 3)


def test_tables_of_a_store_are_read_and_fields_have_the_names_of_the_test(bench: ModuleType) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE story_versions AS SELECT 's' story_id, 'dead' field, unnest(['9', '12']) AS value"
        )
        connection.execute("INSERT INTO story_versions VALUES ('s', 'place', 'Riga')")
        connection.execute("CREATE TABLE story_events AS SELECT 's' story_id, 'e1' event_id, 'r1' report_id")
        connection.execute("CREATE TABLE stories AS SELECT 's' story_id, 'reported' status")
        connection.execute("CREATE TABLE origins AS SELECT 'r1' report_id, 'o1' origin_id")
        linked = bench.read_linked(connection)
    assert linked.stories == {("r1", "e1"): "s"}
    assert linked.contested == {"s": frozenset({"toll"})}
    assert linked.origins == {"r1": "o1"}
