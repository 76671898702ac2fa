"""What a user may rely on in the store."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_records import TEXT, coded, meeting, report, seizure

from dragoman.errors import SettingsError, StoreError
from dragoman.isodates import date_range
from dragoman.records import Rejected
from dragoman.store import EventFilter, Store
from dragoman.store import loading as loading_module
from dragoman.store import manifest as manifest_module
from dragoman.store.manifest import read_manifest, writer_lock
from dragoman.store.schema import table_schemas


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.open(tmp_path / "it's [a] store", create=True)
    store.load([coded("r1"), coded("r2")], [report("r1")])
    return store


def ids(store: Store, **fields: object) -> list[str]:
    return store.events(EventFilter(**fields))["event_id"].to_pylist()


def test_what_is_loaded_comes_back_the_same(store: Store) -> None:
    assert list(store.coded()) == [coded("r1"), coded("r2")]
    assert store.report("r1") == report("r1")
    assert store.report("r2") is None
    assert store.counts()["events"] == 4


def test_loading_again_changes_nothing(store: Store) -> None:
    before = (store.folder / "manifest.json").read_bytes()
    result = store.load([coded("r1"), coded("r2")], [report("r1")])
    assert (result.added, result.replaced, result.unchanged) == (0, 0, 2)
    assert (store.folder / "manifest.json").read_bytes() == before


def test_a_changed_record_replaces_the_old_one_and_its_text_stays(store: Store) -> None:
    result = store.load([coded("r1", events=(seizure("r1-e9"),))])
    assert (result.added, result.replaced) == (0, 1)
    assert ids(store, report_ids=("r1",)) == ["r1-e9"]
    assert store.counts()["reports"] == 2
    assert store.report("r1").text == TEXT


def test_a_text_given_later_is_added_to_the_report(store: Store) -> None:
    assert store.load([coded("r2")], [report("r2")]).replaced == 1
    assert store.report("r2") == report("r2")


def test_the_last_of_several_records_of_one_report_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading_module, "REPORTS_A_SEGMENT", 2)
    store = Store.open(tmp_path / "s", create=True)
    several = [coded("a"), coded("b"), coded("c"), coded("a", events=()), coded("d")]
    assert store.load(several).added == 4
    assert {item.id: len(item.events) for item in store.coded()} == {"a": 0, "b": 2, "c": 2, "d": 2}


def test_many_small_loads_are_merged_into_few_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading_module, "MOST_SEGMENTS", 3)
    store = Store.open(tmp_path / "s", create=True)
    for n in range(7):
        store.load([coded(f"r{n}")])
    assert store.counts()["events"] == 14
    assert len(read_manifest(store.folder).segments) <= 4


def test_replaced_files_go_when_readers_have_had_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.load([coded("r1", events=())])
    monkeypatch.setattr(manifest_module, "KEEP_SECONDS", 0)
    store.load([coded("r1")])
    store.load([coded("r2", events=())])
    manifest = read_manifest(store.folder)
    named = {*manifest.names(), *(old.name for old in manifest.retired)}
    assert {path.name.split(".")[0] for path in (store.folder / "parts").iterdir()} == named
    assert len(named) <= 4
    assert store.counts()["events"] == 2


def test_a_record_whose_words_are_not_in_the_text_is_set_aside_with_the_reason(store: Store) -> None:
    result = store.load([coded("r3")], [report("r3", text="Other words.", source="in.jsonl")])
    assert [item.reason for item in result.rejected] == ["text-mismatch"]
    with store.connect() as connection:
        assert connection.execute("SELECT source, reason FROM rejected").fetchall() == [("in.jsonl", "text-mismatch")]


def test_rejected_reports_are_kept_once(store: Store) -> None:
    item = Rejected(source="a.html", reason="empty", detail="no text", line=3)
    store.load([], rejected=[item])
    store.load([], rejected=[item])
    assert store.counts()["rejected"] == 1


def test_a_second_writer_is_refused_at_once_and_readers_are_not(store: Store) -> None:
    with writer_lock(store.folder):
        code = (
            "import sys\nfrom dragoman.errors import StoreError\nfrom dragoman.store import Store\n"
            "store = Store.open(sys.argv[1])\nprint(store.counts()['events'])\n"
            "try:\n    store.load([])\nexcept StoreError as error:\n    print(error)\n"
        )
        out = subprocess.run(
            [sys.executable, "-c", code, str(store.folder)], capture_output=True, text=True, check=True
        ).stdout
    assert out.startswith("4\n")
    assert "is being written by another process" in out


def test_a_load_that_fails_leaves_the_old_state(store: Store) -> None:
    def broken():  # type: ignore[no-untyped-def]
        yield coded("r7")
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        store.load(broken())
    assert store.counts()["reports"] == 2
    store.load([coded("r8")])
    assert store.counts()["reports"] == 3


def test_a_reader_keeps_its_state_while_a_load_replaces_reports(store: Store) -> None:
    with store.connect() as connection:
        store.load([coded("r1", events=())])
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (4,)
    assert store.counts()["events"] == 2


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/hostname')",
        "COPY (SELECT 1) TO '{folder}/parts/evil.parquet'",
        "ATTACH '{folder}/x.db'",
        "SET enable_external_access = true",
        "SELECT * FROM '{folder}/manifest.json'",
        "INSTALL httpfs",
    ],
)
def test_a_reading_connection_reaches_nothing_but_the_tables(store: Store, query: str) -> None:
    folder = str(store.folder).replace("'", "''")
    with store.connect() as connection, pytest.raises(duckdb.Error):
        connection.execute(query.format(folder=folder))
    assert not (store.folder / "parts" / "evil.parquet").exists()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ["r1-e1", "r1-e2"]),
        ({"actor": "kari HOLM"}, ["r1-e1"]),
        ({"countries": ("chl",)}, ["r1-e1", "r1-e2"]),
        ({"dyad": ("NOR", "CHL")}, ["r1-e1"]),
        ({"dyad": ("NOR", "CHL"), "both_ways": True}, ["r1-e1", "r1-e2"]),
        ({"types": ("coerce",)}, ["r1-e2"]),
        ({"modes": ("seize", "arrest")}, ["r1-e2"]),
        ({"since": "2025-03"}, ["r1-e1"]),
        ({"until": "2025-03-03"}, []),
        ({"place": "lima"}, ["r1-e1"]),
        ({"place": "per"}, ["r1-e1"]),
        ({"realis": ("planned",)}, []),
        ({"holder": "oslo"}, ["r1-e2"]),
        ({"holder": "AUTHOR"}, ["r1-e1"]),
        ({"event_ids": ("r1-e2",)}, ["r1-e2"]),
        ({"limit": 1}, ["r1-e2"]),
        ({"actor": "'; DROP TABLE events; --"}, []),
    ],
)
def test_filters(store: Store, fields: dict[str, object], expected: list[str]) -> None:
    assert sorted(ids(store, **{"report_ids": ("r1",), **fields})) == sorted(expected)


def test_two_actors_without_recipient_are_a_dyad(store: Store) -> None:
    event = meeting("joint", actors=(*meeting().actors, *meeting().recipients), recipients=())
    store.load([coded("r5", events=(event,))])
    assert "joint" in ids(store, dyad=("NOR", "CHL"))
    assert "joint" in ids(store, dyad=("CHL", "NOR"))


@pytest.mark.parametrize("fields", [{"since": "last week"}, {"realis": ("MAYBE",)}, {"limit": -1}])
def test_a_filter_value_that_makes_no_sense_is_named(store: Store, fields: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=str(next(iter(fields)))):
        ids(store, **fields)


def test_dates_are_kept_as_written_and_as_days(store: Store) -> None:
    row = store.events(EventFilter(event_ids=("r1-e1",))).to_pylist()[0]
    assert (row["date_value"], row["date_start"], row["date_end"]) == (
        "2025-03-04",
        dt.date(2025, 3, 4),
        dt.date(2025, 3, 4),
    )


def test_an_empty_store_can_be_asked(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "s", create=True)
    assert store.events().num_rows == 0
    assert list(store.coded()) == []


def test_a_folder_that_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("x")
    with pytest.raises(StoreError, match="holds no store"):
        Store.open(tmp_path)
    with pytest.raises(StoreError, match="not empty"):
        Store.open(tmp_path, create=True)


def test_a_store_of_another_format_is_refused(store: Store) -> None:
    (store.folder / "manifest.json").write_text('{"format": 99}')
    with pytest.raises(StoreError, match="format 99"):
        Store.open(store.folder)


def test_every_column_is_documented() -> None:
    missing = [f"{t.name}.{c.name}" for t in table_schemas().values() for c in t.columns if not c.comment]
    assert missing == []
    assert all(table.comment for table in table_schemas().values())


@given(st.dates(min_value=dt.date(1000, 1, 1)), st.dates(min_value=dt.date(1000, 1, 1)))
def test_a_range_of_days_gives_its_ends(first: dt.date, last: dt.date) -> None:
    assert date_range(f"{first.isoformat()}/{last.isoformat()}") == (first, last)
    assert date_range(first.isoformat()[:7])[0].day == 1


@given(st.text(max_size=12))
def test_any_text_is_a_date_range_or_none(value: str) -> None:
    found = date_range(value)
    assert found is None or len(found) == 2
