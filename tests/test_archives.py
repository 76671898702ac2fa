"""What reading promises of web archives and of inputs that are larger than memory should hold."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastwarc.warc import WarcRecord, WarcRecordType

from dragoman.records import Rejected, Report
from dragoman.settings import Settings
from dragoman.sources import read

MEGABYTE = 1 << 20


def page(title: str, body: str, language: str = "en", charset: str = "utf-8") -> bytes:
    html = (
        f'<!doctype html><html lang="{language}"><head><title>{title}</title><meta charset="{charset}">'
        '<meta property="article:published_time" content="2026-03-04"></head><body><nav><a href="/">Home</a></nav>'
        f"<article><h1>{title}</h1><p>{body}</p></article></body></html>"
    )
    return html.encode(charset)


ENGLISH = page(
    "Envoys meet",
    "The envoys of Kenya and Uganda met in Kampala on Tuesday for talks on the border. They agreed to open two more "
    "crossings before the end of the month, officials on both sides said after the meeting.",
)
FRENCH = page(
    "Les envoyés",
    "Les envoyés du Kenya et de l'Ouganda se sont rencontrés mardi à Kampala pour discuter de la frontière. Ils ont "
    "décidé d'ouvrir deux autres points de passage avant la fin du mois, ont indiqué les deux délégations.",
    "fr",
)
MENU = b"<html lang='en'><body><ul>" + b"<li><a href='/a'>News</a></li>" * 20 + b"</ul></body></html>"


def http(body: bytes, status: str = "200 OK", kind: str = "text/html; charset=utf-8", *more: str) -> bytes:
    head = "\r\n".join((f"HTTP/1.1 {status}", f"Content-Type: {kind}", *more))
    return head.encode() + b"\r\n\r\n" + body


def archive(*bodies: bytes, packed: bool = True) -> bytes:
    """An archive of responses as crawlers write them: a request before each, each record a gzip member."""
    records = [record(WarcRecordType.warcinfo, b"software: test\r\n", "")]
    for number, body in enumerate(bodies):
        address = f"https://news.example/{number}"
        records.append(record(WarcRecordType.request, b"GET / HTTP/1.1\r\nHost: news.example\r\n\r\n", address))
        records.append(record(WarcRecordType.response, body, address))
    return b"".join(map(gzip.compress, records) if packed else records)


def record(kind: WarcRecordType, content: bytes, address: str) -> bytes:
    made = WarcRecord()
    made.init_headers(record_type=kind)
    if address:
        made.headers["WARC-Target-URI"] = address
        made.headers["Content-Type"] = "application/http"
    made.set_bytes_content(content)
    stream = io.BytesIO()
    made.write(stream)
    return stream.getvalue()


def items_of(path: Path, data: bytes) -> list[Report | Rejected]:
    path.write_bytes(data)
    return list(read([path]))


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz", "archive"])
def test_pages_of_an_archive_become_reports_with_their_address(tmp_path: Path, name: str) -> None:
    (report,) = items_of(tmp_path / name, archive(http(ENGLISH), packed=name.endswith(".gz")))
    assert isinstance(report, Report)
    assert "They agreed to open two more crossings" in report.text
    assert (report.title, report.published, report.url) == ("Envoys meet", "2026-03-04", "https://news.example/0")
    assert report.source == f"{tmp_path / name}#1"


def test_what_is_no_article_is_set_aside_by_reason_and_counted(tmp_path: Path) -> None:
    bodies = (
        http(ENGLISH),
        http(b"gone", "404 Not Found"),
        http(b"", "301 Moved Permanently"),
        http(b"\x89PNG", kind="image/png"),
        http(MENU),
        http(FRENCH),
        http(FRENCH.replace(b'lang="fr"', b"")),
        http(b""),
    )
    items = items_of(tmp_path / "a.warc.gz", archive(*bodies))
    reasons = Counter(item.reason for item in items if isinstance(item, Rejected))
    assert reasons == {"not-delivered": 2, "not-a-page": 1, "no-article": 1, "language": 2, "empty": 1}
    assert sum(isinstance(item, Report) for item in items) == 1
    (redirect,) = (item for item in items if isinstance(item, Rejected) and "301" in item.detail)
    assert "https://news.example/2" in redirect.detail


def test_an_english_article_under_a_foreign_menu_is_kept(tmp_path: Path) -> None:
    (report,) = items_of(tmp_path / "a.warc", archive(http(ENGLISH.replace(b'lang="en"', b'lang="de"')), packed=False))
    assert isinstance(report, Report)


def test_packed_and_cut_bodies_and_the_encoding_of_the_server_are_understood(tmp_path: Path) -> None:
    packed = http(gzip.compress(ENGLISH), "200 OK", "text/html", "Content-Encoding: gzip")
    polish = page("Zażółć", "Premier Polski spotkał się w Łodzi z ministrem Czech. " * 4, "pl", "iso-8859-2")
    named = http(polish.replace(b'<meta charset="iso-8859-2">', b""), "200 OK", "text/html; charset=iso-8859-2")
    path = tmp_path / "a.warc"
    path.write_bytes(archive(packed, named, packed=False))
    texts = [item.text for item in read([path], Settings(languages=())) if isinstance(item, Report)]
    assert "two more crossings" in texts[0]
    assert "w Łodzi" in texts[1]


def test_an_archive_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    data = archive(http(ENGLISH), http(ENGLISH.replace(b"Tuesday", b"Friday")))
    items = items_of(tmp_path / "a.warc.gz", data[:-150])
    assert isinstance(items[0], Report)
    assert all(isinstance(item, Rejected) for item in items[1:])


def test_an_archive_of_nothing_is_empty(tmp_path: Path) -> None:
    (item,) = items_of(tmp_path / "a.warc", archive(packed=False))
    assert isinstance(item, Rejected)
    assert item.reason == "empty"


# --- streams ---------------------------------------------------------------------------------------------------------

ROWS, TEXT = 3000, "The envoys met in Kampala. " * 400


def rows() -> Iterator[dict[str, str]]:
    for number in range(ROWS):
        yield {"id": str(number), "text": f"{number} {TEXT}"}


def write_json_lines(path: Path) -> None:
    with gzip.open(path, "wt", compresslevel=1) as file:
        for row in rows():
            file.write(json.dumps(row) + "\n")


def write_csv(path: Path) -> None:
    with path.open("w") as file:
        file.write("id,text\n")
        for row in rows():
            file.write(f'{row["id"]},"{row["text"]}"\n')


def write_parquet(path: Path) -> None:
    schema = pa.schema({"id": pa.string(), "text": pa.string()})
    with pq.ParquetWriter(path, schema) as writer:
        for _ in range(10):
            writer.write_table(pa.Table.from_pylist(list(rows())[: ROWS // 10], schema))


def write_warc(path: Path) -> None:
    one = archive(http(ENGLISH.replace(b"</article>", b"<p>" + TEXT.encode() + b"</p></article>")))
    with path.open("wb") as file:
        for _ in range(100):
            file.write(one)


@pytest.mark.parametrize(
    ("name", "write", "limit"),
    [
        ("a.jsonl.gz", write_json_lines, 4),
        ("a.csv", write_csv, 4),
        ("a.parquet", write_parquet, 12),
        ("a.warc.gz", write_warc, 4),
    ],
)
def test_large_inputs_are_read_as_streams(tmp_path: Path, name: str, write: Callable[[Path], None], limit: int) -> None:
    path = tmp_path / name
    write(path)
    reading = read([path], Settings(languages=()))
    next(reading)  # what is loaded once
    arrow = pa.default_memory_pool()
    tracemalloc.start()
    try:
        before, most = arrow.bytes_allocated(), 0
        for _ in reading:
            most = max(most, arrow.bytes_allocated() - before)
        most += tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < limit * MEGABYTE
