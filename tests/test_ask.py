"""Ask: questions in SQL are answered within limits, and nothing but the store's tables can be had through them."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner
from web_cases import EVIL, make_store

from dragoman.cli import app
from dragoman.errors import SettingsError, StoreError
from dragoman.store import Store
from dragoman.store.ask import LONGEST, Limits, Questions, table_help
from dragoman.store.saved import MOST, example_questions, remove, save, saved
from dragoman.web.app import create_app

SECRET = "the words of a file outside the store"
ATTACKS = [
    line
    for line in (Path(__file__).parent / "ask_attacks.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
BOMBS = [
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t",
    "SELECT count(*) FROM range(1000000000000)",
    "SELECT count(*) FROM events a, events b, range(1000000000) c, range(1000000000) d",
    "SELECT repeat('x', 900000000)",
    "SELECT list_aggregate(range(2000000000), 'sum')",
    "SELECT * FROM generate_series(1, 100000000000) ORDER BY 1 DESC",
]
QUICK = Limits(rows=5, seconds=0.5)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    made = create_app(make_store(tmp_path / "store"), author="amira")
    with TestClient(made, base_url="http://localhost", headers={"Origin": "http://localhost"}) as found:
        made.state.book.wait()
        yield found
    made.state.book.questions.close()


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def run(*words: object) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["ask", *map(str, words)])
    return found.exit_code, found.output


def test_there_are_fifty_attacks_and_more() -> None:
    assert len(set(ATTACKS)) >= 50


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_reads_no_file_and_changes_none(
    attack: str, questions: Questions, folder: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET)
    before = files(folder), files(tmp_path)
    with pytest.raises(SettingsError) as refusal:
        questions.ask(attack.format(secret=secret, folder=tmp_path), QUICK)
    assert SECRET not in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert (files(folder), files(tmp_path)) == before
    assert questions.ask("SELECT count(*) FROM events", QUICK).rows[0][0] > 0


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_stopped_in_time_and_the_next_question_is_answered(bomb: str, questions: Questions) -> None:
    questions.ask("SELECT 1", Limits(seconds=20))
    began = time.monotonic()
    with pytest.raises(SettingsError, match=r"longer than|more memory"):
        questions.ask(bomb, QUICK)
    assert time.monotonic() - began < 8
    assert questions.ask("SELECT count(*) FROM reports", Limits(seconds=20)).rows[0][0] > 0


def test_an_answer_has_no_more_rows_than_asked_for_and_says_so(questions: Questions) -> None:
    found = questions.ask("SELECT * FROM range(1000)", QUICK)
    assert (len(found.rows), found.more_rows) == (5, True)
    found = questions.ask("SELECT * FROM range(5)", QUICK)
    assert (len(found.rows), found.more_rows) == (5, False)


def test_long_values_are_cut_and_huge_answers_refused(questions: Questions) -> None:
    found = questions.ask("SELECT repeat('x', 100000)", QUICK)
    assert found.cut_values
    assert len(found.rows[0][0]) < 5000
    with pytest.raises(SettingsError, match="larger than"):
        questions.ask("SELECT repeat('x', 30000000)", Limits(seconds=20))


def test_values_of_every_kind_come_as_json_has_them(questions: Questions) -> None:
    days = "DATE '2025-03-04', TIMESTAMP '2025-03-04 05:06:07'"
    sql = f"SELECT {days}, 1.5::DECIMAL(4, 2), [1, 2], {{'a': NULL}}, 'nan'::DOUBLE, 2::HUGEINT"
    row = questions.ask(sql, QUICK).rows[0]
    assert row[:3] == ("2025-03-04", "2025-03-04T05:06:07", "1.50")
    assert (row[3], row[4], row[5]) == ([1, 2], {"a": None}, "nan")
    assert float(row[6]) == 2


@pytest.mark.parametrize(
    "sql", ["", "  ;", "-- nothing", "SELEC 1", "SELECT", "\x00", "x" * (LONGEST + 1), "SELECT nothing"]
)
def test_what_is_no_question_is_refused_in_one_line(sql: str, questions: Questions) -> None:
    with pytest.raises(SettingsError) as refusal:
        questions.ask(sql, QUICK)
    assert str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_question_sees_what_was_loaded_after_the_last_one(tmp_path: Path) -> None:
    folder = make_store(tmp_path / "store")
    made = Questions(Store.open(folder))
    assert made.ask("SELECT count(*) FROM reviews", Limits(seconds=20)).rows == ((0,),)
    with TestClient(create_app(folder), base_url="http://localhost", headers={"Origin": "http://localhost"}) as client:
        first = client.get("/review.json").json()
        sent = {"report_id": first["report_id"], "event_id": first["event_id"], "verdict": "accepted"}
        client.post("/review", data=sent)
    assert made.ask("SELECT verdict FROM reviews", Limits(seconds=20)).rows == (("accepted",),)
    made.close()


@pytest.mark.parametrize("name", example_questions())
def test_every_example_is_answered(name: str, questions: Questions) -> None:
    assert questions.ask(example_questions()[name], Limits(seconds=20)).columns


def test_every_table_that_the_help_names_can_be_asked(questions: Questions) -> None:
    for table in table_help():
        found = questions.ask(f"SELECT * FROM {table.name} LIMIT 1", Limits(seconds=20))
        assert found.columns == tuple(name for name, _, _ in table.columns)


# saved questions


def test_a_saved_question_is_found_again_replaced_and_removed(tmp_path: Path) -> None:
    folder = make_store(tmp_path / "store")
    save(folder, "Mine", "SELECT 1", "amira")
    save(folder, "Mine", "SELECT 2", "jonas")
    assert [(q.name, q.sql, q.author) for q in saved(folder).values()] == [("Mine", "SELECT 2", "jonas")]
    remove(folder, "Mine")
    assert saved(folder) == {}
    with pytest.raises(SettingsError, match="no saved question"):
        remove(folder, "Mine")


@pytest.mark.parametrize("name", ["", " ", "../x", "a\nb", "<b>", "x" * 81])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="a name has"):
        save(make_store(tmp_path / "store"), name, "SELECT 1")


def test_a_broken_line_of_saved_questions_is_named(tmp_path: Path) -> None:
    folder = make_store(tmp_path / "store")
    save(folder, "Mine", "SELECT 1")
    path = folder / "journal" / "questions.jsonl"
    path.write_bytes(path.read_bytes() + b"{broken\n")
    with pytest.raises(StoreError, match=r"questions.jsonl:2"):
        saved(folder)
    assert MOST > 1


# the page


def test_the_page_answers_and_leads_to_the_reports(client: TestClient) -> None:
    page = client.get("/ask", params={"sql": "SELECT report_id, type FROM events ORDER BY ALL"})
    assert page.status_code == 200
    assert 'href="/report/' in page.text
    twin = client.get("/ask.json", params={"sql": "SELECT report_id, type FROM events ORDER BY ALL"}).json()
    assert twin["columns"] == ["report_id", "type"]
    assert len(twin["rows"]) > 2


def test_hostile_words_in_an_answer_are_text(client: TestClient) -> None:
    for sql in ("SELECT title, text FROM reports", f'SELECT 1 AS "{EVIL.replace(chr(34), "")}"', f"SELECT '{EVIL}'"):
        page = client.get("/ask", params={"sql": sql})
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text


def test_a_refused_question_stays_in_the_box_with_the_reason(client: TestClient) -> None:
    page = client.get("/ask", params={"sql": "DROP TABLE events"})
    assert page.status_code == 200
    assert "only questions are taken" in page.text
    assert "DROP TABLE events</textarea>" in page.text


def test_the_download_is_csv_whose_cells_do_not_run(client: TestClient) -> None:
    found = client.get("/ask.csv", params={"sql": "SELECT '=1+1' AS a, [1, 2] AS b"})
    assert list(csv.reader(io.StringIO(found.text))) == [["a", "b"], ["'=1+1", "1; 2"]]
    assert client.get("/ask.csv", params={"sql": "SELECT * FROM read_text('x')"}).status_code == 400


def test_a_question_is_kept_asked_again_and_removed_on_the_page(client: TestClient) -> None:
    assert client.post("/ask/saved", data={"name": "By type", "sql": "SELECT type FROM events"}).status_code == 200
    page = client.get("/ask", params={"saved": "By type"})
    assert "SELECT type FROM events</textarea>" in page.text
    assert client.get("/ask.json").json()["saved"][0]["author"] == "amira"
    client.post("/ask/saved/remove", data={"name": "By type"})
    assert client.get("/ask.json").json()["saved"] == []


def test_a_write_is_no_question_to_keep_and_other_sites_keep_none(client: TestClient) -> None:
    assert client.post("/ask/saved", data={"name": "x", "sql": "DROP TABLE events"}).status_code == 400
    sent = {"name": "x", "sql": "SELECT 1"}
    assert client.post("/ask/saved", data=sent, headers={"Origin": "http://elsewhere.example"}).status_code == 403
    assert client.get("/ask.json").json()["saved"] == []


# the command


def test_the_command_prints_tables_csv_and_json(folder: Path) -> None:
    sql = "SELECT type, count(*) AS n FROM events GROUP BY type ORDER BY type LIMIT 1"
    code, text = run(folder, sql, "--format", "json")
    assert code == 0
    assert json.loads(text)["columns"] == ["type", "n"]
    assert run(folder, sql, "--format", "csv")[1].splitlines()[0] == "type,n"
    assert set(json.loads(run(folder, sql, "--format", "jsonl")[1])) == {"type", "n"}
    assert "type" in run(folder, sql)[1]


def test_the_command_names_tables_and_examples_without_a_question(folder: Path) -> None:
    code, text = run(folder)
    assert code == 0
    assert "story_versions" in text
    assert next(iter(example_questions())) in text


def test_the_command_refuses_in_one_line(folder: Path, tmp_path: Path) -> None:
    assert run(folder, "DROP TABLE events")[0] != 0
    assert run(folder, "--saved", "nothing of the kind")[0] != 0
    assert run(tmp_path, "SELECT 1")[0] != 0
