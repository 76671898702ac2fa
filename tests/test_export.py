"""`dragoman export` in the terminal, and stories of a linked store as what is exported."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import networkx as nx
import pyarrow as pa
import pytest
import typer
from made_stories import linked_rows
from make_records import coded, meeting, report
from typer.testing import CliRunner, Result

from dragoman.cli import export as export_command
from dragoman.errors import StoreError
from dragoman.formats import FORMATS, codes, export
from dragoman.formats.cells import number_id
from dragoman.records import Realis, to_json_line
from dragoman.store import EventFilter, Store
from dragoman.store.query import connect_tables
from dragoman.store.rows import arrow_table, arrow_tables


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = Store.open(tmp_path / "store", create=True)
    store.load([coded("r1"), coded("r2", published="2025-03-06", publisher="=cmd()")], [report("r1")])
    return store.folder


def run(*words: object) -> Result:
    app = typer.Typer()
    export_command.register(app)
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, ["export", *map(str, words)])


def test_an_export_is_printed_or_written_alike(folder: Path, tmp_path: Path) -> None:
    printed = run(folder, "--format", "polecat")
    assert printed.exit_code == 0, printed.output
    target = tmp_path / "events.txt"
    written = run(folder, "--format", "polecat", "--output", target)
    assert target.read_bytes() == printed.stdout_bytes
    assert written.stdout_bytes == b""
    assert "4 events written" in written.stderr


def test_the_filters_are_those_of_show(folder: Path) -> None:
    result = run(folder, "--format", "jsonl", "--dyad", "CHL-NOR", "--type", "COERCE")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["id"], [event["type"] for event in line["events"]]) for line in lines] == [
        ("r1", ["COERCE"]),
        ("r2", ["COERCE"]),
    ]
    assert run(folder, "--format", "csv", "--holder", "Oslo", "--limit", "1").stdout.count("\n") == 2


def test_a_file_of_coded_reports_is_exported_like_a_store(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "coded.jsonl"
    path.write_bytes(to_json_line(coded("r1")) + to_json_line(coded("r2", published="2025-03-06", publisher="=cmd()")))
    for form in FORMATS:
        assert run(path, "--format", form).stdout_bytes == run(folder, "--format", form).stdout_bytes, form


def test_what_a_format_cannot_say_is_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "coded.jsonl"
    path.write_bytes(to_json_line(coded(events=(meeting("a"), meeting("b", realis=Realis.NEGATED)))))
    result = run(path, "--format", "gdelt")
    assert result.stdout.count("\n") == 1
    assert "1 event written" in result.stderr
    assert "1 left out: planned, possible or denied" in result.stderr


def test_spreadsheets_get_no_formula(folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run(folder, "--format", "csv").stdout)))
    assert {row["publisher"] for row in rows} == {"Harbour Post", "'=cmd()"}


def test_the_list_names_every_format() -> None:
    assert [line.split()[0] for line in run("--list").stdout.splitlines()] == list(FORMATS)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--format", "xls"],
        ["--format", "csv", "--since", "soon"],
        ["--format", "csv", "--unit", "story"],
        ["--format", "csv", "--realis", "TRUE"],
        ["--format", "csv", "--output", "no/such/folder/events.csv"],
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(words: list[str], folder: Path) -> None:
    result = run(folder, *words)
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1


def test_nothing_that_fits_ends_with_exit_code_1(folder: Path) -> None:
    assert run(folder, "--format", "csv", "--actor", "nobody of this name").exit_code == 1


# Stories


def linked() -> dict[str, pa.Table]:
    """Tables of two reports of one meeting, which linking made one story."""
    tables = {name: arrow_table(name, rows) for name, rows in linked_rows().items()}
    return {**arrow_tables([coded("r2", published="2025-03-06"), coded("r1")]), **tables}


def stories(form: str, wanted: EventFilter | None = None) -> bytes:
    stream = io.BytesIO()
    with connect_tables(linked()) as connection:
        export(connection, form, stream, wanted, unit="story")
    return stream.getvalue()


def test_a_story_is_one_row_with_its_counts_and_status() -> None:
    (row,) = list(csv.DictReader(io.StringIO(stories("csv").decode())))
    assert (row["story_id"], row["event_id"], row["status"]) == ("s1", "", "corroborated")
    assert (row["report_count"], row["origin_count"]) == ("2", "2")
    assert (row["actors"], row["recipients"]) == ("Kari Holm", "Luis Rojas")
    assert row["report_id"] == "r1"  # the first that told of it
    assert row["evidence"].startswith("Norwegian Foreign Minister")


@pytest.mark.parametrize("form", sorted(set(FORMATS) - {"acled"}))
def test_every_format_takes_stories(form: str) -> None:
    assert stories(form)


def test_gdelt_counts_mentions_sources_and_articles_of_a_story_and_its_mentions_point_to_it() -> None:
    row = dict(zip(codes.columns("gdelt"), stories("gdelt").decode().splitlines()[0].split("\t"), strict=True))
    assert [row[name] for name in ("NumMentions", "NumSources", "NumArticles")] == ["2", "2", "2"]
    mentions = [line.split("\t") for line in stories("gdelt-mentions").decode().splitlines()]
    assert len(mentions) == 2
    assert {cells[0] for cells in mentions} == {row["GLOBALEVENTID"], str(number_id("s1", 0))}


def test_a_story_is_an_edge_with_its_status() -> None:
    graph = nx.parse_graphml(stories("graphml").decode())
    ((_, _, data),) = graph.edges(data=True)
    assert (data["status"], data["report_count"]) == ("corroborated", 2)


def test_a_story_is_chosen_by_any_of_its_events() -> None:
    assert stories("jsonl", EventFilter(report_ids=("r2",)))
    assert not stories("jsonl", EventFilter(types=("ASSAULT",)))


def test_a_file_has_no_stories(tmp_path: Path) -> None:
    path = tmp_path / "coded.jsonl"
    path.write_bytes(to_json_line(coded()))
    with pytest.raises(StoreError, match="no stories"):
        export(path, "csv", io.BytesIO(), unit="story")
