"""What the engines promise: order, the same bytes for any number of workers, and that no report stops a run."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_coder import load, load_badly

from dragoman.engines import local, ray
from dragoman.engines.batches import batched
from dragoman.engines.local import AHEAD
from dragoman.errors import DragomanError, ModelError, SettingsError
from dragoman.records import CodedReport, Report, to_json_line
from dragoman.settings import Settings

SMALL = Settings(batch_size=3)
Run = Callable[..., Iterator[CodedReport]]


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a Ray cluster of two nodes of one core each."""
    pytest.importorskip("ray")
    import ray as library
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))  # workers find the coders of tests there
        made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        made.add_node(num_cpus=1)
        yield made.address
        library.shutdown()
        made.shutdown()


@pytest.fixture(params=["local", "ray"])
def run(request: pytest.FixtureRequest) -> Run:
    """Each engine in turn."""
    if request.param == "local":
        return local.run
    address = request.getfixturevalue("cluster")

    def on_the_cluster(*arguments: object) -> Iterator[CodedReport]:
        return ray.run(*arguments, address=address)  # type: ignore[arg-type]

    return on_the_cluster


def reports(*texts: str) -> list[Report]:
    return [Report(id=f"r{number}", text=text) for number, text in enumerate(texts)]


def test_one_and_two_workers_give_the_same_bytes_in_the_order_of_the_reports(run: Run) -> None:
    given = reports(*(f"text {number}" + (" RAISE" if number % 5 == 3 else "") for number in range(20)))
    alone = [to_json_line(coded) for coded in run(given, SMALL, 1, load)]
    assert alone == [to_json_line(coded) for coded in run(given, SMALL, 2, load)]
    assert [line.split(b'"')[3].decode() for line in alone] == [report.id for report in given]


def test_a_report_that_raises_gets_a_record_with_one_line_of_error_and_the_rest_is_coded(run: Run) -> None:
    coded = list(run(reports("a", "RAISE", "b"), SMALL, 1, load))
    assert [record.errors for record in coded] == [(), ("ValueError: two lines of trouble",), ()]


def test_a_report_that_kills_its_process_is_the_only_one_lost(run: Run) -> None:
    coded = list(run(reports("a", "b", "DIE", "c", "d", "e", "f"), SMALL, 2, load))
    assert [bool(record.errors) for record in coded] == [False, False, True, False, False, False, False]
    assert "process" in coded[2].errors[0]


def test_a_coder_that_cannot_be_loaded_is_an_error_and_not_a_thousand_failed_reports(run: Run) -> None:
    with pytest.raises(DragomanError, match="a row is short"):
        list(run(reports("a"), SMALL, 1, load_badly))
    with pytest.raises(ModelError, match="a row is short"):
        list(run(reports("a", "b"), SMALL, 2, load_badly))


def test_reading_never_runs_far_ahead_of_coding(run: Run) -> None:
    taken = 0

    def endless() -> Iterator[Report]:
        nonlocal taken
        while True:
            taken += 1
            yield Report(id=str(taken), text="text")

    coded = run(endless(), SMALL, 2, load)
    for _ in range(7):
        next(coded)
    assert taken <= (AHEAD * 2 + 3) * SMALL.batch_size + 1
    coded.close()  # type: ignore[attr-defined]


def test_warnings_of_reading_stand_on_the_record_once(run: Run) -> None:
    report = Report(id="a", text="text", warnings=("the date is in the future",))
    (coded,) = run([report], SMALL, 1, load)
    assert coded.warnings == report.warnings


def test_nothing_to_code_loads_nothing(run: Run) -> None:
    assert list(run([], SMALL, 1, load_badly)) == []
    assert list(run([], SMALL, 2, load_badly)) == []


@pytest.mark.parametrize("workers", [0, -1, 100_000])
def test_a_wrong_number_of_workers_says_what_is_allowed(run: Run, workers: int) -> None:
    with pytest.raises(SettingsError, match="allowed: 1 to"):
        run([], SMALL, workers, load)


def test_batches_keep_order_and_size() -> None:
    assert [len(batch) for batch in batched(reports(*"abcdefgh"), 3)] == [3, 3, 2]


def test_long_reports_make_small_batches() -> None:
    given = reports("a", "b" * 9, "c" * 30, "d", "e" * 8, "f" * 2)
    assert [len(batch) for batch in batched(given, 4, chars=10)] == [2, 1, 2, 1]


def test_a_cluster_gives_the_bytes_of_one_machine_though_a_worker_is_killed(cluster: str) -> None:
    given = reports(*(f"text {number}" for number in range(40)))
    alone = [to_json_line(coded) for coded in local.run(given, SMALL, 1, load)]
    engine = ray._Actors(ray.connect(cluster, 2), SMALL, 2, load)
    coded = engine.run(batched(given, SMALL.batch_size))
    lines = [to_json_line(next(coded)) for _ in range(5)]
    os.kill(engine.ray.get(engine.workers[1].process.remote()), signal.SIGKILL)
    assert lines + [to_json_line(record) for record in coded] == alone


def test_without_ray_one_line_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SettingsError, match=r"pip install 'dragoman\[ray\]'"):
        ray.run(reports("a"), SMALL, 1, load)
