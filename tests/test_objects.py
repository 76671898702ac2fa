"""Object storage: inputs and outputs by address behave as files do, whatever the store."""

from __future__ import annotations

import gzip
import json
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from fake_coder import FakeCoder
from s3_service import S3Service
from typer.testing import CliRunner

import dragoman
from dragoman import objects
from dragoman.atomic import OutputError
from dragoman.cli import app
from dragoman.engines import shards
from dragoman.engines.shards import Shards, run_sharded
from dragoman.objects import ObjectFolder, beside, is_object, local_path, open_object, output
from dragoman.records import CodedReport, Report

fsspec: Any = pytest.importorskip("fsspec", reason="object storage needs fsspec, which comes with the extra [ray]")


@pytest.fixture(params=["memory", "hdfs", "s3"])
def bucket(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an empty bucket: fsspec's memory; Arrow's layer over a folder, where writing needs folders that are
    made before; and Arrow's client of S3 with a stand-in for the service."""
    monkeypatch.setattr(dragoman, "load", lambda settings: FakeCoder())
    objects._place.cache_clear()
    memory = fsspec.filesystem("memory").store
    with ExitStack() as stack:
        if request.param == "s3":
            stack.enter_context(served_s3(monkeypatch))
        if request.param == "hdfs":
            from fsspec.implementations.arrow import ArrowFSWrapper
            from pyarrow.fs import LocalFileSystem, SubTreeFileSystem

            (tmp_path / "service" / "bucket").mkdir(parents=True)
            store = ArrowFSWrapper(SubTreeFileSystem(str(tmp_path / "service"), LocalFileSystem()))
            monkeypatch.setattr(objects, "_arrow_store", lambda bucket: store)
        yield f"{request.param}://bucket"
    objects._place.cache_clear()
    memory.clear()


@contextmanager
def served_s3(patch: pytest.MonkeyPatch) -> Iterator[None]:
    service = S3Service()
    known = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{service.port}",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in known.items():
        patch.setenv(name, value)
    thread = threading.Thread(target=service.serve_forever, daemon=True)
    thread.start()
    yield
    service.shutdown()
    service.server_close()
    thread.join()


def put(address: str, data: bytes) -> None:
    folder, _, name = address.rpartition("/")
    ObjectFolder(folder).write(name, data)


def get(address: str) -> bytes:
    with open_object(address) as stream:
        return stream.read()


def rows(*numbers: int) -> bytes:
    return b"".join(json.dumps({"id": f"r{n}", "text": f"Envoy {n} came to Doha."}).encode() + b"\n" for n in numbers)


def code(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["code", *map(str, arguments)])
    return result.exit_code, result.stderr


def ids(data: bytes) -> list[str]:
    return [json.loads(line)["id"] for line in data.splitlines()]


def test_folders_patterns_and_packed_files_are_read_in_the_order_of_their_addresses(
    bucket: str, tmp_path: Path
) -> None:
    put(f"{bucket}/news/b.jsonl", rows(3, 4))
    put(f"{bucket}/news/a/one.jsonl.gz", gzip.compress(rows(1, 2)))
    put(f"{bucket}/news/.hidden.jsonl", rows(9))
    put(f"{bucket}/news/picture.png", b"\x89PNG")
    out, lost = tmp_path / "out.jsonl", tmp_path / "lost.jsonl"
    assert code(f"{bucket}/news", "--output", out, "--rejected", lost)[0] == 1
    assert ids(out.read_bytes()) == ["r1", "r2", "r3", "r4"]
    assert json.loads(lost.read_text())["source"] == f"{bucket}/news/picture.png"
    assert code(f"{bucket}/news/*.jsonl", "--output", out)[0] == 0
    assert ids(out.read_bytes()) == ["r3", "r4"]
    assert code(f"{bucket}/news/**/*.gz", f"{bucket}/news/b.jsonl", "--output", out)[0] == 0
    assert ids(out.read_bytes()) == ["r1", "r2", "r3", "r4"]


def test_parquet_is_read_where_it_lies(bucket: str, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"id": ["p1", "p2"], "text": ["Envoys came to Doha.", "Envoys left Doha."]})
    pq.write_table(table, tmp_path / "news.parquet")
    put(f"{bucket}/news.parquet", (tmp_path / "news.parquet").read_bytes())
    assert code(f"{bucket}/news.parquet", "--output", tmp_path / "out.jsonl")[0] == 0
    assert ids((tmp_path / "out.jsonl").read_bytes()) == ["p1", "p2"]


def test_what_is_written_is_what_a_file_would_hold_and_nothing_else_stays(bucket: str, tmp_path: Path) -> None:
    put(f"{bucket}/in.jsonl", rows(*range(20)))
    assert code(f"{bucket}/in.jsonl", "--output", tmp_path / "out.jsonl")[0] == 0
    assert code(f"{bucket}/in.jsonl", "--output", f"{bucket}/coded/out.jsonl")[0] == 0
    assert get(f"{bucket}/coded/out.jsonl") == (tmp_path / "out.jsonl").read_bytes()
    assert ObjectFolder(f"{bucket}/coded").names() == {"out.jsonl"}
    # the output lies in the folder that is read: it is passed over
    assert code(bucket, "--output", f"{bucket}/coded/out.jsonl")[0] == 0
    assert len(ids(get(f"{bucket}/coded/out.jsonl"))) == 20


def half_written(address: str) -> None:
    with output(address) as stream:
        stream.write(b"half")
        raise ValueError("trouble")


def test_an_output_is_whole_or_not_there(bucket: str) -> None:
    with pytest.raises(ValueError, match="trouble"):
        half_written(f"{bucket}/out.jsonl")
    assert ObjectFolder(bucket).names() == set()


def test_a_run_that_was_stopped_goes_on_from_shards_in_the_store(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SHARD_REPORTS", 4)
    reports = [Report(id=f"r{n}", text="text") for n in range(18)]
    coded: list[str] = []

    def engine(given: Iterable[Report]) -> Iterator[CodedReport]:
        for report in given:
            coded.append(report.id)
            yield CodedReport(id=report.id)

    def run(last: int | None, resume: bool) -> list[str]:
        done: list[str] = []
        with Shards(f"{bucket}/out.jsonl.run", {"version": "1"}, resume) as kept:
            for record in run_sharded(kept, engine, reports):
                done.append(record.id)
                if len(done) == last:
                    raise KeyboardInterrupt
        return done

    with pytest.raises(KeyboardInterrupt):
        run(11, resume=False)
    with pytest.raises(OutputError, match="holds 2 finished shards"):
        run(None, resume=False)
    coded.clear()
    assert run(None, resume=True) == [report.id for report in reports]
    assert coded == [report.id for report in reports[8:]]
    assert ObjectFolder(f"{bucket}/out.jsonl.run").names() == set()


def test_an_object_that_is_not_there_is_set_aside_and_the_rest_is_read(bucket: str, tmp_path: Path) -> None:
    put(f"{bucket}/in.jsonl", rows(1))
    status, said = code(f"{bucket}/in.jsonl", f"{bucket}/none.jsonl", "--output", tmp_path / "out.jsonl")
    assert (status, "unreadable" in said, f"{bucket}/none.jsonl" in said) == (1, True, True)
    assert ids((tmp_path / "out.jsonl").read_bytes()) == ["r1"]


def test_a_store_that_nobody_knows_is_one_line(tmp_path: Path) -> None:
    for words in (("zzz://a/b.jsonl",), (tmp_path, "--output", "zzz://a/b.jsonl")):
        status, said = code(*words)
        assert (status, len(said.splitlines())) == (2, 1)
        assert "zzz" in said


@pytest.mark.parametrize("option", ["--store", "--rejected", "--dead-letters"])
def test_what_has_to_be_on_this_machine_is_named(tmp_path: Path, option: str) -> None:
    status, said = code(tmp_path, option, "s3://bucket/here")
    assert (status, len(said.splitlines())) == (2, 1)
    assert f"{option} is s3:/bucket/here; it takes a place on this machine" in said


def test_without_fsspec_one_line_says_so(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    for name in ("fsspec", "fsspec.implementations.arrow"):
        monkeypatch.setitem(sys.modules, name, None)
    status, said = code(f"{bucket}/in.jsonl")
    assert (status, len(said.splitlines()), "a package that is not installed: fsspec" in said) == (2, 1, True)


def test_addresses_of_this_machine_are_paths(tmp_path: Path) -> None:
    (tmp_path / "two words.jsonl").write_bytes(rows(1, 2))
    given = (tmp_path / "two words.jsonl").as_uri()
    assert local_path(given) == str(tmp_path / "two words.jsonl")
    assert not is_object(given)
    assert not is_object("https://example.org/news.jsonl")
    assert not is_object("C:/news.jsonl")
    assert beside("s3://b/out.jsonl?region=x", ".run") == "s3://b/out.jsonl.run?region=x"
