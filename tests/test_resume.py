"""What a long run promises: nothing is lost or done twice, whatever kills it, and the bytes are the same."""

from __future__ import annotations

import ctypes
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from slow_coder import SHARD

from dragoman.store import Store

TESTS = Path(__file__).parent
REPORTS = 5 * SHARD + 10


def news(folder: Path, number: int = REPORTS, poison: tuple[int, ...] = (), bad: tuple[int, ...] = ()) -> Path:
    path = folder / "news.jsonl"
    marks = {**dict.fromkeys(poison, " POISON"), **dict.fromkeys(bad, " RAISE")}
    rows = (
        {"id": f"r{n}", "text": f"Envoy number {n} came to Doha for talks.{marks.get(n, '')}"} for n in range(number)
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def start(
    folder: Path, *arguments: object, limit: int | None = None, before: Callable[[], None] | None = None, **extra: str
) -> subprocess.Popen[bytes]:
    """The command in a process of its own, where `limit` caps the size of a file as a full disk would."""

    def cap() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        if before is not None:
            before()

    environment = {**os.environ, "DRAGOMAN_TEST_CODED": str(folder / "coded.log"), "PYTHONPATH": str(TESTS), **extra}
    command = [sys.executable, str(TESTS / "slow_coder.py"), "code", *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, preexec_fn=cap)


def finish(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    _, err = process.communicate(timeout=60)
    return process.returncode, err.decode()


def coded(folder: Path) -> list[str]:
    return (folder / "coded.log").read_text().split()


def when_shards_are_finished(folder: Path, number: int) -> None:
    deadline = time.monotonic() + 30
    while len(list(folder.glob("*.done"))) < number and time.monotonic() < deadline:
        time.sleep(0.005)
    assert len(list(folder.glob("*.done"))) >= number


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What a run without a kill writes."""
    folder = tmp_path_factory.mktemp("whole")
    status, err = finish(start(folder, news(folder), "--output", folder / "out.jsonl"))
    assert status == 0, err
    assert sorted(path.name for path in folder.iterdir()) == ["coded.log", "news.jsonl", "out.jsonl"]
    return (folder / "out.jsonl").read_bytes()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_killed_again_and_again_gives_the_bytes_of_one_that_was_not(
    tmp_path: Path, workers: int, whole: bytes
) -> None:
    source, out, chance = news(tmp_path), tmp_path / "out.jsonl", random.Random(workers)
    arguments = (source, "--output", out, "--workers", workers)
    for kill in range(2):
        process = start(tmp_path, *arguments, *(["--resume"] if kill else []))
        when_shards_are_finished(tmp_path / "out.jsonl.run", kill + 1)
        time.sleep(chance.random() * 0.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not out.exists()
    status, err = finish(start(tmp_path, *arguments, "--resume"))
    assert (status, out.read_bytes()) == (0, whole), err
    # a kill costs the shard that was being filled and what the workers had in hand, no more
    again = len(coded(tmp_path)) - REPORTS
    assert again <= 2 * (SHARD + 3 * workers * 8 + 8)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["coded.log", "news.jsonl", "out.jsonl"]


def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    process = start(tmp_path, news(tmp_path), "--output", tmp_path / "out.jsonl", "--workers", "2")
    when_shards_are_finished(tmp_path / "out.jsonl.run", 1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    time.sleep(1.0)
    before = len(coded(tmp_path))
    time.sleep(0.5)
    assert len(coded(tmp_path)) == before


def test_a_store_is_filled_once_by_a_run_that_was_killed(tmp_path: Path) -> None:
    source, store = news(tmp_path), tmp_path / "store"
    process = start(tmp_path, source, "--store", store)
    when_shards_are_finished(store / "run", 2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    status, err = finish(start(tmp_path, source, "--store", store, "--resume"))
    assert status == 0, err
    assert Store.open(store).counts()["reports"] == REPORTS
    assert not (store / "run").exists()


def killed_after_a_shard(folder: Path, *arguments: object) -> None:
    process = start(folder, *arguments, "--output", folder / "out.jsonl")
    when_shards_are_finished(folder / "out.jsonl.run", 1)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_run_that_did_not_end_is_neither_lost_nor_mixed_with_another(tmp_path: Path) -> None:
    source, out = news(tmp_path), tmp_path / "out.jsonl"
    killed_after_a_shard(tmp_path, source)
    status, err = finish(start(tmp_path, source, "--output", out))
    assert (status, "--resume goes on with it" in err) == (2, True)
    status, err = finish(start(tmp_path, source, "--output", out, "--resume", "--model", "another"))
    assert (status, "was started with spacy_model" in err) == (2, True)
    source.write_text(source.read_text().replace("Envoy number 3 ", "Envoy number three "))
    status, err = finish(start(tmp_path, source, "--output", out, "--resume"))
    assert (status, "shard 0 holds other reports" in err) == (2, True)
    assert len(err.splitlines()) == 2  # what is wrong, and that the shards are still there
    assert not out.exists()


def test_two_runs_into_one_file_are_one_too_many(tmp_path: Path) -> None:
    source = news(tmp_path)
    process = start(tmp_path, source, "--output", tmp_path / "out.jsonl")
    when_shards_are_finished(tmp_path / "out.jsonl.run", 1)
    process.send_signal(signal.SIGSTOP)
    status, err = finish(start(tmp_path, source, "--output", tmp_path / "out.jsonl", "--resume"))
    process.send_signal(signal.SIGCONT)
    assert (status, "another run is under way" in err) == (2, True)
    assert finish(process)[0] == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_reports_that_crash_the_parser_are_named_and_kept_and_the_run_goes_on(tmp_path: Path, workers: int) -> None:
    source, out = news(tmp_path, 100, poison=(20, 71)), tmp_path / "out.jsonl"
    status, err = finish(
        start(tmp_path, source, "--output", out, "--workers", workers, "--dead-letters", tmp_path / "d")
    )
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert (status, len(records)) == (1, 100)
    assert [record["id"] for record in records if record["errors"]] == ["r20", "r71"]
    assert f"{source}:21" in err
    assert "the process that coded this report died" in err
    assert len(list((tmp_path / "d").iterdir())) == 2


def test_dead_letters_are_taken_up_again_and_go_when_they_are_coded(tmp_path: Path) -> None:
    source, letters = news(tmp_path, 30, bad=(3, 20)), tmp_path / "dead"
    status, err = finish(start(tmp_path, source, "--output", tmp_path / "out.jsonl", "--dead-letters", letters))
    assert (status, "--retry" in err) == (1, True)
    status, _ = finish(start(tmp_path, "--retry", letters, "--output", tmp_path / "again.jsonl"))
    assert (status, len(list(letters.iterdir()))) == (2, 2)
    mended = start(tmp_path, "--retry", letters, "--output", tmp_path / "again.jsonl", DRAGOMAN_TEST_MENDED="1")
    assert finish(mended)[0] == 0
    ids = [json.loads(line)["id"] for line in (tmp_path / "again.jsonl").read_text().splitlines()]
    assert sorted(ids) == ["r20", "r3"]
    assert list(letters.iterdir()) == []


def test_a_disk_that_is_full_stops_the_run_with_one_line_and_what_was_done_is_kept(
    tmp_path: Path, whole: bytes
) -> None:
    source, out = news(tmp_path), tmp_path / "out.jsonl"
    status, err = finish(start(tmp_path, source, "--output", out, limit=len(whole) // 2))
    assert (status, "cannot be written: File too large" in err) == (2, True)
    assert "Traceback" not in err
    assert finish(start(tmp_path, source, "--output", out, "--resume"))[0] == 0
    assert out.read_bytes() == whole
    assert len(coded(tmp_path)) < 1.6 * REPORTS


def without_power_over_files() -> None:
    """For a process to come: root too is held to what a folder allows (CAP_DAC_OVERRIDE and _READ_SEARCH go)."""
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP; without effect for anybody else


def read_only(folder: Path) -> Path:
    folder.mkdir()
    folder.chmod(0o555)
    return folder


@pytest.mark.parametrize(
    "options",
    [("--output", "{}/out.jsonl"), ("--store", "{}/store"), ("--rejected", "{}/lost.jsonl")],
    ids=["output", "store", "rejected"],
)
def test_a_folder_that_cannot_be_written_is_one_line_before_anything_is_coded(
    tmp_path: Path, options: tuple[str, str]
) -> None:
    locked = read_only(tmp_path / "locked")
    given = [word.format(locked) for word in options]
    status, err = finish(start(tmp_path, news(tmp_path, 40), *given, before=without_power_over_files))
    assert (status, len(err.splitlines()), "Permission denied" in err) == (2, 1, True), err
    assert not (tmp_path / "coded.log").exists()
    assert list(locked.iterdir()) == []


def test_dead_letters_that_cannot_be_kept_stop_the_run_with_one_line(tmp_path: Path) -> None:
    locked = read_only(tmp_path / "locked")
    given = (news(tmp_path, 40, bad=(3,)), "--output", tmp_path / "out.jsonl", "--dead-letters", locked / "dead")
    status, err = finish(start(tmp_path, *given, before=without_power_over_files))
    assert (status, "Permission denied" in err, "Traceback" in err) == (2, True, False), err


def test_a_file_that_goes_away_during_a_run_is_set_aside_and_the_rest_is_coded(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a", "b", "c"):
        rows = (json.dumps({"id": f"{name}{n}", "text": f"Envoy {name}{n} came to Doha."}) for n in range(3 * SHARD))
        (folder / f"{name}.jsonl").write_text("\n".join(rows) + "\n")
    process = start(tmp_path, folder, "--output", tmp_path / "out.jsonl", "--rejected", tmp_path / "lost.jsonl")
    when_shards_are_finished(tmp_path / "out.jsonl.run", 1)
    (folder / "c.jsonl").unlink()
    status, err = finish(process)
    assert (status, "unreadable 1" in err) == (1, True), err
    assert json.loads((tmp_path / "lost.jsonl").read_text())["source"] == str(folder / "c.jsonl")
    ids = [json.loads(line)["id"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert ids == [f"{name}{n}" for name in "ab" for n in range(3 * SHARD)]


def test_shards_that_were_damaged_or_lost_are_named_and_not_passed_on(tmp_path: Path) -> None:
    source, out = news(tmp_path), tmp_path / "out.jsonl"
    killed_after_a_shard(tmp_path, source)
    shard = tmp_path / "out.jsonl.run" / "000000.jsonl"
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-20])
    status, err = finish(start(tmp_path, source, "--output", out, "--resume"))
    assert (status, f"{shard} is damaged" in err, "Traceback" in err) == (2, True, False)
    shard.unlink()
    status, err = finish(start(tmp_path, source, "--output", out, "--resume"))
    assert (status, f"{shard} cannot be read" in err, "Traceback" in err) == (2, True, False)
    shard.write_bytes(whole)
    assert finish(start(tmp_path, source, "--output", out, "--resume"))[0] == 0


def test_standard_output_on_a_full_device_is_one_line(tmp_path: Path) -> None:
    status, err = finish(start(tmp_path, news(tmp_path, 60), "--output", "/dev/full"))
    assert (status, err.splitlines()[-1]) == (2, "dragoman: /dev/full cannot be written: No space left on device")


def test_the_log_of_a_run_is_one_json_object_a_line(tmp_path: Path) -> None:
    source = news(tmp_path, 12, bad=(5,))
    source.write_text(source.read_text() + "{broken\n")
    status, err = finish(start(tmp_path, source, "--output", tmp_path / "out.jsonl", "--log-format", "json"))
    lines = [json.loads(line) for line in err.splitlines()]
    assert status == 1
    assert {line["event"] for line in lines} == {"started", "failed", "set-aside", "ended"}
    assert lines[-1]["coded"] == 11
    assert lines[-1]["reasons"] == {"broken-json": 1}
    status, err = finish(start(tmp_path, "nowhere.jsonl", "--output", "/no/such/folder/x", "--log-format", "json"))
    assert (status, json.loads(err)["level"]) == (2, "error")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--resume",), "--resume needs --output or --store"),
        (("--retry", "here"), "--retry takes no INPUTS"),
        (("--log-format", "xml"), "allowed: text, json"),
    ],
)
def test_options_that_make_no_sense_together_are_named(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    status, err = finish(start(tmp_path, news(tmp_path, 1), *arguments))
    assert (status, said in err) == (2, True)
