"""Whatever bytes a file holds, reading never raises, and everything that comes out is a Report or a Rejected."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dragoman.records import Rejected, Report, to_json_line
from dragoman.settings import Settings
from dragoman.sources import REASONS, ReadOptions, read
from dragoman.sources.dates import normalise
from dragoman.sources.identity import Register, report_from_text

TODAY = date(2026, 6, 15)
ANY_LANGUAGE = Settings(languages=())
SUFFIXES = (".txt", ".jsonl", ".json", ".csv", ".tsv", ".html", ".parquet", ".zip", ".txt.gz", ".csv.zst", ".unknown")
relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PIECES = (
    b"{", b"}", b'"text"', b":", b'"a"', b",", b"\n", b"\r", b"[", b"]", b"<p>", b"</p>", b"<html>", b"\xff\xfe",
    b"\xef\xbb\xbf", b"\x00", b"\xe9", b"text\n", b'"', b";", b"\t", b"\\ud800", b"Iran met Oman. ",
    b"NaN", b"1e999", b"<!--", b"PAR1", b"PK\x03\x04",
)  # fmt: skip
soup = st.lists(st.sampled_from(PIECES) | st.binary(max_size=12), max_size=40).map(b"".join)


def read_bytes(data: bytes, name: str, chosen: Settings = ANY_LANGUAGE) -> list[Report | Rejected]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        return list(read([path], chosen, ReadOptions(today=TODAY)))


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(data=st.binary(max_size=400) | soup)
@example(data=b"")
@example(data=b"[" * 5000)
@example(data=b'text\n"' + b"a" * 200_000)
@example(data=b"\xff\xfe\x00\xd8")
@example(data=b"+/v8-" + b"\xfe\xff")
@relaxed
def test_any_bytes_become_reports_or_are_set_aside(suffix: str, data: bytes) -> None:
    items = read_bytes(data, "a" + suffix)
    assert items or not data.strip()
    for item in items:
        assert to_json_line(item)  # what comes out can be written
        if isinstance(item, Report):
            assert item.text.strip()
            assert item.id
        else:
            assert item.reason in REASONS
            assert "\n" not in item.detail


@given(text=st.text(min_size=1, max_size=300))
@relaxed
def test_utf8_text_passes_untouched_or_is_set_aside(text: str) -> None:
    (item,) = read_bytes(text.encode("utf-8"), "a.txt")
    if isinstance(item, Report) and not text.startswith("\ufeff") and not item.warnings:
        assert item.text == text or "\x00" in text


@given(texts=st.lists(st.text(min_size=1, max_size=60).filter(str.strip), min_size=1, max_size=8, unique=True))
@relaxed
def test_json_lines_and_csv_hand_on_every_text_as_it_is(texts: list[str]) -> None:
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts).encode()
    table = io.StringIO(newline="")
    csv.writer(table).writerows([["id", "text"], *([number, text] for number, text in enumerate(texts))])
    assert [getattr(item, "text", None) for item in read_bytes(lines, "a.jsonl")] == texts
    found = read_bytes(table.getvalue().encode("utf-8"), "a.csv")
    assert [getattr(item, "text", None) for item in found] == texts


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.dates() | st.datetimes())
@relaxed
def test_any_date_value_gives_an_iso_date_or_none(value: object) -> None:
    iso, warning = normalise(value, TODAY)
    assert iso is None or warning is None
    if iso is not None:
        assert date.fromisoformat(iso + "-01-01"[len(iso) - 4 :] if len(iso) < 10 else iso)


@given(
    st.dates(min_value=date(1400, 1, 1), max_value=TODAY),
    st.sampled_from(["%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%Y%m%d"]),
)
@relaxed
def test_dates_survive_the_ways_they_are_written(day: date, form: str) -> None:
    written = day.strftime(form.replace("%Y", f"{day.year:04}"))
    assert normalise(written, TODAY) == (day.isoformat(), None)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), max_size=12))
@relaxed
def test_admitted_ids_are_never_given_twice(rows: list[tuple[str, str]]) -> None:
    register = Register()
    admitted = [register.admit(report_from_text(text, id=name)) for name, text in rows]
    ids = [item.id for item in admitted if isinstance(item, Report)]
    assert len(ids) == len(set(ids)) == len(set(rows))
