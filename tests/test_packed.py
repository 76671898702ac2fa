"""What reading promises of packed inputs: each is read as it is, and one made to grow without end is given up early."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
import threading
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastwarc.warc import WarcRecord, WarcRecordType

from dragoman.errors import SettingsError, SourceError
from dragoman.records import Rejected, Report
from dragoman.settings import Settings
from dragoman.sources import read

MEGABYTE = 1 << 20
HUGE = 512 * MEGABYTE
ROW = {"text": "The envoys of Chad and Niger met in Niamey on Tuesday."}
PAGE = (
    b"<!doctype html><html lang='en'><body><article><h1>Envoys meet</h1><p>The envoys of Kenya and Uganda met in "
    b"Kampala on Tuesday for talks on the border, and agreed to open two more crossings this month.</p></article>"
    b"</body></html>"
)
ENDLESS_RECORD = (
    f"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: {HUGE}\r\n\r\n"
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
).encode()
ANY = Settings(languages=())


def reading(path: Path | str, settings: Settings = ANY) -> tuple[list[str], list[tuple[str, str]]]:
    """Texts of the reports, and reason and detail of what was set aside."""
    items = list(read([path], settings))
    texts = [item.text for item in items if isinstance(item, Report)]
    return texts, [(item.reason, item.detail) for item in items if isinstance(item, Rejected)]


def blocks(size: int) -> Iterator[bytes]:
    block = b"a" * MEGABYTE
    for _ in range(size // MEGABYTE):
        yield block


def bomb(size: int, start: bytes = b"") -> bytes:
    """A gzip file of one long run, of a thousandth of its size; it has many parts, as gzip files may."""
    part = gzip.compress(b"a" * 16 * MEGABYTE)
    return gzip.compress(start) + part * (size // (16 * MEGABYTE))


def zstandard_bomb(size: int) -> bytes:
    sink = io.BytesIO()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        for block in blocks(size):
            stream.write(block)
        stream.flush()
        return sink.getvalue()


def web_archive(body: bytes) -> bytes:
    record = WarcRecord()
    record.init_headers(record_type=WarcRecordType.response)
    record.headers["WARC-Target-URI"] = "https://news.example/1"
    record.headers["Content-Type"] = "application/http"
    record.set_bytes_content(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + body)
    made = io.BytesIO()
    record.write(made)
    return made.getvalue()


def table() -> bytes:
    made = io.BytesIO()
    pq.write_table(pa.table({"text": [ROW["text"]]}), made)
    return made.getvalue()


MEMBERS = {
    "1.txt": ROW["text"].encode(),
    "2.jsonl": json.dumps(ROW).replace("Chad", "Mali").encode(),
    "3.csv": b"text\nTogo and Benin signed a treaty.\n",
    "4.html": PAGE,
    "5.parquet": table().replace(b"Chad", b"Iran"),
    "6.warc": web_archive(PAGE.replace(b"Tuesday", b"Friday")),
    "7.warc.gz": gzip.compress(web_archive(PAGE.replace(b"Tuesday", b"Monday"))),
    "8.jsonl.gz": gzip.compress(json.dumps(ROW).replace("Chad", "Oman").encode()),
    "9.json": json.dumps([ROW]).replace("Chad", "Cuba").encode(),
}
STARTS = ("The envoys of Chad", "The envoys of Mali", "Togo and Benin", "Envoys meet", "The envoys of Iran")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "mixed.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in MEMBERS.items():
            made.writestr(f"news/{name}", data)
    return path


def test_each_member_of_an_archive_is_read_by_its_own_format(archive: Path) -> None:
    texts, aside = reading(archive)
    assert aside == []
    assert len(texts) == len(MEMBERS)
    assert all(text.startswith(start) for text, start in zip(texts, STARTS, strict=False))
    assert "Friday" in texts[5]
    assert "Monday" in texts[6]


@pytest.mark.parametrize("name", ["data", "report.txt", "reports.jsonl"])
def test_a_packed_file_without_the_name_of_one_is_unpacked_all_the_same(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(json.dumps(ROW).encode() if name != "report.txt" else ROW["text"].encode()))
    assert reading(path) == ([ROW["text"]], [])


@pytest.mark.parametrize("kind", ["gz", "zip", "warc", "warc.gz", "parquet"])
def test_packed_files_come_through_a_pipe(kind: str, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = {
        "gz": gzip.compress(json.dumps(ROW).encode() + b"\n"),
        "zip": archive.read_bytes(),
        "warc": MEMBERS["6.warc"],
        "warc.gz": MEMBERS["7.warc.gz"],
        "parquet": MEMBERS["5.parquet"],
    }[kind]
    receiver, sender = os.pipe()
    with os.fdopen(receiver) as pipe, os.fdopen(sender, "wb") as source:
        writer = threading.Thread(target=lambda: (source.write(data), source.close()))
        writer.start()
        monkeypatch.setattr(sys, "stdin", pipe)
        texts, aside = reading("-")
        writer.join()
    assert aside == []
    assert len(texts) == (len(MEMBERS) if kind == "zip" else 1)


# --- bombs -----------------------------------------------------------------------------------------------------------


def write_bomb(path: Path) -> None:
    """A small file that unpacks to half a gigabyte, of the kind that its name says."""
    name = path.name.removeprefix("bomb.")
    if name == "jsonl.gz":
        path.write_bytes(bomb(HUGE, b'{"text": "'))
    elif name == "csv.zst":
        path.write_bytes(zstandard_bomb(HUGE))
    elif name == "warc.gz":
        path.write_bytes(gzip.compress(web_archive(PAGE)) + bomb(HUGE, ENDLESS_RECORD))
    elif name == "twice.zip":  # a run packed twice over is a millionth of its size
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("a.jsonl.gz", bomb(HUGE))
    else:
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
            made.open("a.jsonl", "w") as member,
        ):
            for block in blocks(HUGE):
                member.write(block)


@pytest.mark.parametrize("name", ["bomb.jsonl.gz", "bomb.csv.zst", "bomb.warc.gz", "bomb.zip", "bomb.twice.zip"])
def test_a_bomb_is_given_up_early_and_said_to_be_one(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_bomb(path)
    assert path.stat().st_size < HUGE / 200
    next(iter(read([Path(__file__)], ANY)))  # what is loaded once
    tracemalloc.start()
    began = time.process_time()
    try:
        _, aside = reading(path)
        used, most = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert aside[-1][0] == "too-packed"
    assert "max_ratio" in aside[-1][1]
    assert most < 80 * MEGABYTE  # the longest line that a report may have, held a few times over
    assert used < 3


def test_what_lies_beside_a_bomb_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        made.writestr("1.jsonl", bytes(100 * MEGABYTE))
        made.writestr("2.txt", ROW["text"])
        made.writestr("noise.txt.gz", os.urandom(MEGABYTE))  # the archive as a whole is packed as others are
    texts, aside = reading(path)
    assert texts == [ROW["text"]]
    assert [reason for reason, _ in aside] == ["too-packed", "unreadable"]


def test_a_bomb_of_many_small_members_is_given_up_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for number in range(6):
            made.writestr(f"{number}.csv", b"text\n" + b"a" * 30 * MEGABYTE + b"\n")
    _, aside = reading(path)
    reason, detail = aside[-1]
    assert reason == "too-packed"
    assert detail.startswith("given up at")
    assert len(aside) < 6


def test_members_that_share_their_bytes_are_counted_each_time(tmp_path: Path) -> None:
    """Many entries of an archive's list that point at one member: a few kilobytes that unpack to gigabytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"text\n" + b"a" * 8 * MEGABYTE)
        entry = archive.infolist()[0]
        archive.filelist.extend([entry] * 2000)
    path = tmp_path / "a.zip"
    path.write_bytes(made.getvalue())
    _, aside = reading(path)
    assert aside[-1][0] in ("too-packed", "unreadable")  # later versions of Python refuse it at once
    assert "duplicate" not in {reason for reason, _ in aside}


def test_a_table_whose_columns_are_a_bomb_is_set_aside_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    texts = pa.array([str(number) + "a" * MEGABYTE for number in range(80)])
    pq.write_table(pa.table({"text": texts}), path, compression="zstd", use_dictionary=False)
    (item,) = reading(path)[1]
    assert item[0] == "too-packed"


def test_a_list_of_members_too_long_to_hold_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    end = b"PK\x05\x06" + bytes(4) + b"\xff" * 4 + (500 * MEGABYTE).to_bytes(4, "little") + bytes(6)
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(600 * MEGABYTE)
        file.seek(0, os.SEEK_END)
        file.write(end)
    (item,) = reading(path)[1]
    assert item[0] == "too-packed"
    assert "list of members" in item[1]


def test_the_bounds_are_settings(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    rows = b"".join(json.dumps({"text": f"{n} {ROW['text']}"}).encode() + b"\n" for n in range(5000))
    path.write_bytes(gzip.compress(rows))
    assert len(reading(path)[0]) == 5000
    texts, aside = reading(path, Settings(languages=(), max_unpacked=200_000))
    assert 0 < len(texts) < 5000
    assert [reason for reason, _ in aside] == ["too-packed"]
    with pytest.raises(SettingsError, match="max_ratio is 0"):
        Settings(max_ratio=0)


def test_ordinary_tables_that_shrink_well_are_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write("id,text,note\n")
        for number in range(40_000):
            file.write(f"{number},,{f'nothing to be noted of {number} here ' * 60}\n")
    assert 20 * path.stat().st_size < 70 * MEGABYTE
    _, aside = reading(path)
    assert {reason for reason, _ in aside} == {"empty"}


# --- archives in archives --------------------------------------------------------------------------------------------


def zipped(name: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, data)
    return made.getvalue()


TAR = b"a.txt".ljust(257, b"\0") + b"ustar\x0000".ljust(255, b"\0")
NESTED = {
    "inner.zip": zipped("inner.zip", zipped("a.txt", b"Chad and Niger met.")),
    "inner.tar.gz": zipped("inner.tar.gz", gzip.compress(TAR)),
    "inner.txt": zipped("inner.txt", zipped("a.txt", b"Chad and Niger met.")),
    "inner.jsonl.gz": zipped("inner.jsonl.gz", gzip.compress(gzip.compress(b'{"text": "Chad and Niger met."}'))),
    "inner.7z": zipped("inner.7z", b"7z\xbc\xaf\x27\x1c"),
}


@pytest.mark.parametrize("inner", NESTED)
def test_an_archive_inside_an_archive_is_refused_with_a_reason(tmp_path: Path, inner: str) -> None:
    (tmp_path / "a.zip").write_bytes(NESTED[inner])
    texts, ((reason, detail),) = reading(tmp_path / "a.zip")
    assert (texts, reason) == ([], "nested")
    assert "unpack the outer one first" in detail


@pytest.mark.parametrize("name", ["a.zip.gz", "a.gz", "a.txt.gz", "a.tar.gz"])
def test_an_archive_inside_a_packed_file_is_refused_with_a_reason(tmp_path: Path, name: str) -> None:
    inner = TAR if name == "a.tar.gz" else zipped("a.txt", b"Chad and Niger met.")
    (tmp_path / name).write_bytes(gzip.compress(inner))
    texts, ((reason, _),) = reading(tmp_path / name)
    assert (texts, reason) == ([], "nested")


@pytest.mark.parametrize("start", [TAR, b"7z\xbc\xaf\x27\x1c", b"BZh91AY&SY", b"\xfd7zXZ\x00", b"Rar!\x1a\x07\x00"])
def test_archives_that_are_not_read_are_named(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(start + b"more")
    ((reason, detail),) = reading(tmp_path / "a.txt")[1]
    assert reason == "unsupported"
    assert "read are gz, zst and zip" in detail


def test_an_import_keeps_to_the_bounds_too(tmp_path: Path) -> None:
    from dragoman.formats.loading import import_file

    path = tmp_path / "events.zip"
    path.write_bytes(b"")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        made.writestr("events.csv", bytes(100 * MEGABYTE))
    with pytest.raises(SourceError, match="max_ratio"):
        import_file(path, "gdelt", tmp_path / "store")
