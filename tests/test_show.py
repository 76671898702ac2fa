"""`dragoman show`, and coded reports as text, HTML and frames."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from make_records import TEXT, coded, meeting, report, seizure
from typer.testing import CliRunner, Result

from dragoman.cli import show as show_command
from dragoman.errors import SettingsError
from dragoman.frames import actors_table, events_table, to_pandas, to_polars
from dragoman.records import Claim, EventDate, to_json_line
from dragoman.render import Annotated, clean, coded_html, coded_text, cut_up, highlight_html, sentence_around
from dragoman.store import Store

HOSTILE = "\x1b[31m[bold]=1+1<script>alert(1)</script>\u202e"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = Store.open(tmp_path / "store", create=True)
    store.load([coded("r1"), coded("r2", title=HOSTILE)], [report("r1")])
    return store.folder


def run(*words: object) -> Result:
    app = typer.Typer()
    show_command.register(app)
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, ["show", *map(str, words)])


def test_a_table_fits_a_hundred_columns_and_names_the_parties(folder: Path) -> None:
    result = run(folder, "--type", "CONSULT", "--evidence")
    assert result.exit_code == 0, result.output
    assert max(map(len, result.stdout.splitlines())) <= 100
    assert "Kari Holm (NOR)" in result.stdout
    assert "2025-03-04" in result.stdout


@pytest.mark.parametrize("dyad", [["--dyad", "CHL-NOR"], ["--dyad", "CHL", "NOR"], ["--dyad", "chl:nor"]])
def test_a_dyad_may_be_written_in_one_word_or_two(folder: Path, dyad: list[str]) -> None:
    rows = [json.loads(line) for line in run(folder, *dyad, "--format", "jsonl").stdout.splitlines()]
    assert {row["type"] for row in rows} == {"COERCE"}


def test_a_file_of_coded_reports_is_read_like_a_store(tmp_path: Path) -> None:
    path = tmp_path / "coded.jsonl"
    path.write_bytes(to_json_line(coded("r1")) + to_json_line(coded("r2")))
    rows = [json.loads(line) for line in run(path, "--format", "jsonl", "--evidence").stdout.splitlines()]
    assert len(rows) == 4
    assert rows[0]["evidence"]


def test_a_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "coded.jsonl"
    path.write_bytes(to_json_line(coded("r1")) + b'{"id": 3}\n')
    result = run(path)
    assert result.exit_code == 2
    assert ":2:" in result.stderr


def test_csv_has_one_row_an_event_and_no_formulas(folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run(folder, "--format", "csv").stdout)))
    assert len(rows) == 4
    assert rows[0].keys() >= {"event_id", "date_start", "actors", "recipients"}
    assert not any(value[:1] in {"=", "+", "@"} for row in rows for value in row.values())


def test_one_event_is_shown_with_its_words_in_their_sentence(folder: Path) -> None:
    result = run(folder, "r1-e2")
    assert result.exit_code == 0, result.output
    flat = " ".join(result.stdout.split())
    assert "Chile's navy seized a Norwegian trawler, Oslo said." in flat
    assert "according to Norway NOR GOV (“said”)" in flat


def test_an_id_that_fits_several_events_or_none_is_refused(folder: Path) -> None:
    assert "more than one" in run(folder, "r1").stderr
    assert "no event" in run(folder, "zzz").stderr


def test_a_missing_source_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run()
    assert result.exit_code == 2
    assert "no store or file given" in result.stderr


def test_nothing_that_fits_is_said(folder: Path) -> None:
    result = run(folder, "--country", "ZWE")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no event fits" in result.stderr


def test_hostile_text_reaches_neither_terminal_nor_markup(folder: Path) -> None:
    out = run(folder, "r2-e1").stdout
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "[bold]" in out


class _Tags(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


def test_a_record_prints_readably_and_as_html() -> None:
    record = coded("r1")
    assert repr(record) == coded_text(record)
    assert "CONSULT third-party  Kari Holm (NOR GOV) → Luis Rojas (CHL GOV)" in repr(record)
    page = _Tags(record._repr_html_())
    assert "Kari Holm (NOR GOV)" in page.words


def test_hostile_text_is_escaped_in_html() -> None:
    text = HOSTILE + TEXT
    page = _Tags(coded_html(coded("r1", title=HOSTILE, events=()), report("r1", text=text)))
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.words


def test_evidence_is_marked_in_the_text() -> None:
    page = _Tags(Annotated(coded("r1"), report("r1"))._repr_html_())
    assert page.tags.count("mark") == 2
    assert TEXT in page.words


spans = st.lists(st.tuples(st.integers(-3, 40), st.integers(-3, 40)), max_size=6)


@given(st.text(max_size=30), spans)
def test_marks_never_change_the_words(text: str, found: list[tuple[int, int]]) -> None:
    assert "".join(text[a:b] for a, b, _ in cut_up(len(text), found)) == text
    marked = highlight_html(text, found, ["<x>"] * len(found), ["#fff"] * len(found))
    assert _Tags(f"<p>{marked}</p>").words == text


@given(st.text(max_size=200), st.integers(0, 200), st.integers(0, 50))
def test_a_sentence_holds_its_span(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    end = min(len(text), start + length)
    first, last = sentence_around(text, start, end)
    assert 0 <= first <= start <= end <= last <= len(text)


@given(st.text())
def test_cleaned_text_is_fit_for_a_terminal(text: str) -> None:
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000 for char in clean(text))


def test_frames_have_one_row_an_event_or_an_actor() -> None:
    records = [coded("r1"), coded("r2", events=(meeting("m"), seizure("s")))]
    assert events_table(records).num_rows == 4
    assert actors_table(coded("r1"))["role"].to_pylist() == ["actor", "recipient"] * 2
    assert list(to_pandas(records)["type"]).count("CONSULT") == 2
    assert to_polars(records, rows="actors").shape[0] == 8
    with pytest.raises(SettingsError, match="allowed: events, actors"):
        to_pandas(records, rows="claims")


def said(holder: str, stance: str, country: str | None = None) -> Claim:
    return Claim(holder=holder, stance=stance, country=country, certainty=0.7, cue="said")


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    day = {"date": EventDate(value="2025-03-04", granularity="day", basis="explicit")}
    told = {
        "r1": ("2025-03-05", said("Oslo", "asserts", "NOR")),
        "r2": ("2025-03-06", said("Santiago", "denies", "CHL")),
        "r3": ("2025-03-07", said("Lima", "asserts", "PER")),
        "r4": ("2025-03-01", said("Quito", "denies", "ECU")),
    }
    store = Store.open(tmp_path / "ledger", create=True)
    store.load(
        coded(key, published=published, events=(seizure(f"{key}-e", claims=(claim,), **day),))
        for key, (published, claim) in told.items()
    )
    return store.folder


def claim_rows(*words: object) -> list[dict[str, str]]:
    return [json.loads(line) for line in run(*words, "--claims", "--format", "jsonl").stdout.splitlines()]


def test_claims_on_a_dyad_are_listed_newest_first_with_stance_and_words(ledger: Path) -> None:
    rows = claim_rows(ledger, "--dyad", "CHL-NOR")
    assert [(row["holder"], row["stance"]) for row in rows] == [
        ("Lima", "asserts"),
        ("Santiago", "denies"),
        ("Oslo", "asserts"),
        ("Quito", "denies"),
    ]
    assert {row["cue"] for row in rows} == {"said"}
    assert claim_rows(ledger, "--dyad", "PER-NOR") == []


def test_claims_on_one_event_are_found_by_its_id(ledger: Path) -> None:
    assert [row["holder"] for row in claim_rows(ledger, "r2")] == ["Santiago"]


def test_a_holder_is_asked_of_the_claims_not_of_the_events(ledger: Path) -> None:
    assert [row["report_id"] for row in claim_rows(ledger, "--holder", "per")] == ["r3"]


def test_a_holder_gets_counts_of_what_others_said_later(ledger: Path) -> None:
    (row,) = Store.open(ledger).claim_counts("Oslo").to_pylist()
    assert row == {"holder": "Oslo", "claims": 1, "confirmed_by_others": 1, "denied_by_others": 1}
    (last,) = Store.open(ledger).claim_counts("Lima").to_pylist()
    assert (last["confirmed_by_others"], last["denied_by_others"]) == (0, 0)
    shown = run(ledger, "--claims", "--holder", "Oslo").stdout
    assert "denied by others" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_a_holder_name_is_no_sql(ledger: Path) -> None:
    assert run(ledger, "--claims", "--holder", "x' OR true --").stdout == ""


def test_claims_of_a_file_are_read_like_those_of_a_store(tmp_path: Path) -> None:
    path = tmp_path / "coded.jsonl"
    path.write_bytes(to_json_line(coded("r1", title=HOSTILE)))
    shown = run(path, "--claims", "--holder", "Oslo")
    assert shown.exit_code == 0, shown.output
    assert "asserts" in shown.stdout
    assert "\x1b" not in shown.stdout
