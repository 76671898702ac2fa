"""What the workbench keeps beside its tables: the same answers as the tables give, sooner, and never in their stead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from web_cases import make_store

from dragoman.tables import package_file
from dragoman.web import ready
from dragoman.web.columns import Columns
from dragoman.web.data import Workbench
from dragoman.web.facets import facets, selection
from dragoman.web.filters import conditions, read_filter
from dragoman.web.generation import report_key
from dragoman.web.pages import overview

FILTERS = (
    "type=CONSULT&type=ASSAULT",
    "country=KEN",
    "country=KEN&country=SOM&realis=ACTUAL",
    "dyad=SOM-KEN",
    "dyad=SOM-KEN&both=1",
    "since=2025-03-05&until=2025-03",
    "since=2024",
    "until=2025-03-04",
    "confidence=0.8",
    "quad=material conflict&context=military",
    "publisher=nobody",
    "actor=a&type=CONSULT",
    "q=talks&country=KEN",
)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    made = Workbench(make_store(tmp_path_factory.mktemp("ready") / "store"))
    made.wait()
    made.now.make_ready()
    yield made
    made.close()


def test_events_that_lie_ready_are_those_of_the_tables(book: Workbench) -> None:
    now, numbers = book.now, list(range(book.now.columns.count))[::-1]
    lying, now.ready = now.ready, None
    asked = book.numbered(numbers)
    now.ready = lying
    assert lying is not None
    assert book.numbered(numbers) == asked
    assert [list(row) for row in book.numbered(numbers)] == [list(row) for row in asked]


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_blocks_of_any_size_hold_all_events(
    book: Workbench, tmp_path: Path, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready, "BLOCK", size)
    monkeypatch.setattr(ready, "_STRIDE", 2 * size)
    with (tmp_path / "rows").open("wb") as file, duckdb.connect(str(book.now.path), read_only=True) as connection:
        ready.write(connection, file)
    numbers = list(range(book.now.columns.count))
    assert ready.ReadyEvents(tmp_path / "rows").rows(numbers) == book.numbered(numbers)


def test_a_slice_of_ready_events_is_that_of_the_tables(book: Workbench) -> None:
    now, numbers = book.now, list(range(0, book.now.columns.count, 2))
    found = []
    for lying in (now.ready, None):
        kept, now.ready = now.ready, lying
        with now.slice(numbers) as connection:
            found.append(
                [
                    (table, connection.execute(f"SELECT * FROM temp.{table} ORDER BY ALL").fetchall())
                    for table in ("events", "event_actors", "evidence", "claims", "topics")
                ]
            )
        now.ready = kept
    assert found[0] == found[1]


def test_a_slice_of_few_reports_knows_the_newest(book: Workbench) -> None:
    newest = "SELECT max(published_end) FROM reports"
    with book.now.slice([0], few_reports=True) as few, book.now.slice([0]) as all_of_them:
        assert few.execute(newest).fetchall() == all_of_them.execute(newest).fetchall()
        count = "SELECT count(*) FROM reports"
        assert few.execute(count).fetchall() < all_of_them.execute(count).fetchall()


def test_reports_of_a_slice_are_those_of_the_tables(book: Workbench) -> None:
    now, found = book.now, []
    for lying in (now.ready, None):
        kept, now.ready = now.ready, lying
        with now.slice([0, 2], few_reports=True) as connection:
            found.append(connection.execute("SELECT * FROM temp.reports ORDER BY ALL").fetchall())
        now.ready = kept
    assert found[0] == found[1]


def test_the_key_of_a_report_is_that_of_the_tables(book: Workbench) -> None:
    ids = ["plain-1", "~", "a.b", "x" * 100, "x" * 101, "", "../../etc/pass wd?#.json", "Zürich"]
    sql = package_file("web", "tables.sql").read_text(encoding="utf-8")
    made = sql[sql.index("CASE WHEN regexp_full_match") : sql.index(" AS report_key")]
    rows = book.now.rows(f"SELECT report_id, {made} AS report_key FROM (SELECT unnest(?) AS report_id)", [ids])
    assert {row["report_id"]: row["report_key"] for row in rows} == {key: report_key(key) for key in ids}
    assert all(row["report_key"] == report_key(row["report_id"]) for row in book.now.rows("SELECT * FROM reports"))


@pytest.mark.parametrize("query", FILTERS)
def test_arrays_select_what_the_query_selects(book: Workbench, query: str) -> None:
    wanted = read_filter([(name, value) for name, _, value in (part.partition("=") for part in query.split("&"))])
    found = conditions(wanted)
    sql = f"SELECT e.event_no FROM events AS e WHERE {' AND '.join(found.sql)} ORDER BY 1"
    mask = selection(book.now, wanted)
    assert mask is not None
    assert mask.nonzero()[0].tolist() == [row["event_no"] for row in book.now.rows(sql, found.values)]
    assert facets(book.now, wanted, mask).total == book.count(wanted)


def test_arrays_are_the_same_when_read_again(book: Workbench) -> None:
    again = Columns.load(book.now.path.with_suffix(".npz"))
    for name, field in book.now.columns.fields.items():
        assert again.fields[name].values == field.values
        assert again.fields[name].codes.tolist() == field.codes.tolist()
    assert again.day.tolist() == book.now.columns.day.tolist()


def test_a_broken_file_beside_the_tables_is_made_anew(book: Workbench) -> None:
    arrays = book.now.path.with_suffix(".npz")
    arrays.write_bytes(b"PK nonsense")
    other = Workbench(book.store.folder)
    other.wait()
    assert other.now.columns.count == book.now.columns.count
    assert Columns.load(arrays).count == book.now.columns.count
    other.close()


def test_the_overview_is_kept_for_the_next_start(book: Workbench) -> None:
    from dragoman.web.page import to_json

    made = overview.overview(book, {}, [])
    other = Workbench(book.store.folder)
    other.wait()
    assert other.now.kept("overview") is not None
    again = overview.overview(other, {}, [])
    assert to_json({**again, "changes": None}) == to_json({**made, "changes": None})
    other.close()


def test_files_of_an_older_state_go(book: Workbench) -> None:
    from dragoman.web import generation

    old = book.now.path.with_name("0123456789abcdef.rows")
    old.write_bytes(b"")
    book.now.path.unlink()
    generation.build(book.store, book.now.state)
    assert not old.exists()
    assert book.now.path.with_suffix(".npz").exists()
