"""What the engines promise: order, the same bytes for any number of workers, and that no report stops a run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_coder import load, load_badly
from link_cases import random_reports, store_of
from slow_coder import SHARD
from slow_coder import load as load_slow

from dragoman.engines import local, ray
from dragoman.engines.batches import batched
from dragoman.engines.local import AHEAD
from dragoman.engines.ray_blocks import ray_spread
from dragoman.errors import DragomanError, ModelError, SettingsError
from dragoman.linking import blocks, group_blocks
from dragoman.linking.run import link_store
from dragoman.records import CodedReport, Report, to_json_line
from dragoman.settings import Settings
from dragoman.sources.reading import read
from dragoman.store.schema import DERIVED

SMALL = Settings(batch_size=3)
Run = Callable[..., Iterator[CodedReport]]


TESTS = Path(__file__).parent


@pytest.fixture(scope="module")
def coded_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the slow coder names what it has coded on the cluster."""
    return tmp_path_factory.mktemp("cluster") / "coded.log"


@pytest.fixture(scope="module")
def machines(coded_log: Path) -> Iterator[Any]:
    """A Ray cluster of two nodes of one core each."""
    pytest.importorskip("ray", reason="the engine ray needs the extra [ray], which is not installed")
    import ray as library
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        # workers find the coders of tests there, and the package that is tested
        patch.setenv("PYTHONPATH", os.pathsep.join((str(TESTS), str(TESTS.parent / "src"))))
        patch.setenv("DRAGOMAN_TEST_CODED", str(coded_log))
        # neither pages to look at nor a scaler nor copies of logs: each is a process more that has to start
        plain = {"num_cpus": 1, "include_log_monitor": False}
        head = {**plain, "include_dashboard": False, "no_monitor": True}
        made = started(lambda: Cluster(initialize_head=True, head_node_args=head))
        started(lambda: made.add_node(**plain))
        yield made
        library.shutdown()
        made.shutdown()


def started(start: Callable[[], Any]) -> Any:
    """What Ray starts; it gives a node half a minute and no more, which a busy machine may not keep to."""
    for _ in range(2):
        try:
            return start()
        except Exception as error:
            if "timed out during startup" not in str(error):
                raise
    pytest.skip("this machine is too busy: Ray gives a node half a minute to start, and two went by")


@pytest.fixture(scope="module")
def cluster(machines: Any) -> str:
    """The cluster's address."""
    return str(machines.address)


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


def test_a_run_goes_on_when_a_machine_of_the_cluster_goes_away(machines: Any) -> None:
    gone = started(lambda: machines.add_node(num_cpus=1, include_log_monitor=False))
    given = reports(*(f"text {number}" for number in range(90)))
    alone = [to_json_line(coded) for coded in local.run(given, SMALL, 1, load)]
    coded = ray.run(given, SMALL, 3, load, machines.address)
    lines = [to_json_line(next(coded)) for _ in range(5)]
    machines.remove_node(gone, allow_graceful=False)
    assert lines + [to_json_line(record) for record in coded] == alone


def on_the_cluster_by_command(source: Path, out: Path, *more: object) -> subprocess.Popen[bytes]:
    """``dragoman code`` with the slow coder; its workers outlive nobody but themselves."""
    words = [sys.executable, str(TESTS / "slow_coder.py"), "code", source, "--output", out, "--quiet", *more]
    environment = {**os.environ, "DRAGOMAN_TEST_CODED": str(out.with_suffix(".log"))}
    return subprocess.Popen(list(map(str, words)), stderr=subprocess.PIPE, env=environment)


def test_a_run_on_a_cluster_that_was_killed_goes_on_there_with_the_bytes_of_one_that_was_not(
    cluster: str, coded_log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = tmp_path / "news.jsonl", tmp_path / "out.jsonl"
    rows = [{"id": f"r{n}", "text": f"Envoy number {n} came to Doha for talks."} for n in range(5 * SHARD + 10)]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    monkeypatch.setenv("DRAGOMAN_TEST_CODED", str(tmp_path / "whole.log"))
    records = local.run((item for item in read([source]) if isinstance(item, Report)), None, 1, load_slow)
    whole = b"".join(map(to_json_line, records))
    ray_options = ("--engine", "ray", "--workers", 2, "--ray-address", cluster)
    running = on_the_cluster_by_command(source, out, *ray_options)
    deadline = time.monotonic() + 300
    while len(list(tmp_path.glob("out.jsonl.run/*.done"))) < 2 and running.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not out.exists()
    resumed = on_the_cluster_by_command(source, out, *ray_options, "--resume")
    _, said = resumed.communicate(timeout=300)
    assert (resumed.returncode, out.read_bytes()) == (0, whole), said.decode()
    # a kill costs the shard that was being filled and what the workers had in hand, no more
    assert len(coded_log.read_text().split()) - len(rows) <= SHARD + (ray.AHEAD + 1) * 2 * 8
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out.jsonl"]


def dying_once(work: Callable[[Any], Any], marker: str) -> Callable[[Any], Any]:
    """The work, whose process is killed at the first block of pairs."""

    def work_or_die(block: Any) -> Any:
        if work.__name__ == "score_block" and not os.path.exists(marker):
            Path(marker).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return work(block)

    return work_or_die


def test_linking_on_a_cluster_gives_the_tables_of_one_machine_though_a_worker_is_killed_there(
    cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "PAIRS", 400)
    monkeypatch.setattr(group_blocks, "EVENTS", 25)
    stores = [store_of(tmp_path / name, *random_reports(6, 60)) for name in ("here", "there")]
    link_store(stores[0])
    spread = ray_spread(2, cluster)

    def with_deaths(work: Callable[[Any], Any], given: Any) -> Iterator[Any]:
        return spread(dying_once(work, str(tmp_path / work.__name__)), given)

    link_store(stores[1], spread=with_deaths)
    assert (tmp_path / "score_block").exists()
    found: list[dict[str, Any]] = []
    for store in stores:
        with store.connect() as connection:
            found.append({name: connection.table(name).to_arrow_table().to_pylist() for name in DERIVED})
    assert found[0] == found[1]


def test_without_ray_one_line_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SettingsError, match=r"pip install 'dragoman\[ray\]'"):
        ray.run(reports("a"), SMALL, 1, load)


@pytest.mark.parametrize("misses", [1, 2])
def test_a_start_of_ray_that_misses_its_half_minute_is_tried_once_more(
    monkeypatch: pytest.MonkeyPatch, misses: int
) -> None:
    starts: list[dict[str, Any]] = []

    def init(**options: Any) -> None:
        starts.append(options)
        if len(starts) <= misses:
            raise RuntimeError("The current node timed out during startup.")

    stand_in = SimpleNamespace(
        is_initialized=lambda: False, init=init, shutdown=lambda: None, cluster_resources=lambda: {"CPU": 1.0}
    )
    monkeypatch.setitem(sys.modules, "ray", stand_in)
    if misses == 1:
        assert ray.connect(ray.LOCAL, 1) is stand_in
    else:
        with pytest.raises(SettingsError, match="no Ray cluster at 'local': The current node timed out"):
            ray.connect(ray.LOCAL, 1)
    assert len(starts) == 2
