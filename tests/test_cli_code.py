"""What ``dragoman code`` promises on the command line; the coder is a fake one."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import dragoman
from dragoman.atomic import OutputError, atomic_output
from dragoman.cli import app
from dragoman.cli.console import shown
from dragoman.records import (
    Actor,
    Attribution,
    CodedReport,
    Event,
    Realis,
    Report,
    TextSpan,
    coded_report_from_json,
)  # fmt: skip

SENTENCE = "The foreign minister of Kenya met his counterpart from Uganda in Kampala on Monday."


class OneEventCoder:
    """Gives every report an event whose first actor is the first word of the text."""

    def pipe(self, reports: Iterable[Report]) -> Iterator[CodedReport]:
        for report in reports:
            if "RAISE" in report.text:
                raise ValueError("trouble")
            word = report.text.split()[0]
            event = Event(
                id=f"{report.id}-1", type="CONSULT", quad="verbal cooperation", score=1.0, realis=Realis.ACTUAL,
                certainty=1.0, confidence=0.5,
                actors=(Actor(text=word, name=word, country="KEN", start=0, end=len(word)),), attribution=Attribution(),
                evidence=(TextSpan(text=report.text, start=0, end=len(report.text)),),
            )  # fmt: skip
            yield CodedReport(id=report.id, title=report.title, published=report.published, events=(event,))


@pytest.fixture(autouse=True)
def fake_coder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dragoman, "load", lambda settings: OneEventCoder())


def code(*arguments: str | Path, stdin: bytes | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["code", *map(str, arguments)], input=stdin)
    return result.exit_code, result.stdout, result.stderr


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_one_json_line_a_report_and_exit_code_0(tmp_path: Path) -> None:
    status, out, err = code(put(tmp_path, "a.txt", SENTENCE), "--published", "2025-01-02", "--title", "T")
    record = coded_report_from_json(out)
    assert status == 0
    assert (record.title, record.published, record.events[0].type) == ("T", "2025-01-02", "CONSULT")
    assert "coded 1 report · 1 event" in err


def test_nine_of_ten_are_coded_and_the_tenth_is_named_with_its_line(tmp_path: Path) -> None:
    lines = [json.dumps({"text": f"Envoy number {i} arrived in Doha."}) for i in range(10)]
    lines[6] = "{broken"
    status, out, err = code(put(tmp_path, "ten.jsonl", "\n".join(lines)))
    assert status == 1
    assert len(out.splitlines()) == 9
    assert "set aside 1: broken-json 1" in err
    assert "ten.jsonl:7" in err


def test_nothing_usable_is_exit_code_2(tmp_path: Path) -> None:
    status, out, err = code(put(tmp_path, "a.txt", ""), tmp_path / "gone.txt")
    assert (status, out) == (2, "")
    assert "empty 1, unreadable 1" in err


def test_a_report_that_fails_is_counted_and_the_run_goes_on(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "RAISE the alarm in Doha tonight.")
    put(tmp_path, "b.txt", SENTENCE)
    status, out, err = code(tmp_path)
    assert status == 1
    assert [coded_report_from_json(line).errors for line in out.splitlines()] == [("ValueError: trouble",), ()]
    assert "failed 1" in err
    assert "a.txt" in err


def test_files_are_written_whole_and_what_was_set_aside_goes_to_its_file(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    put(source, "a.txt", SENTENCE)
    put(source, "b.txt", "")
    out, lost = tmp_path / "out.jsonl", tmp_path / "lost.jsonl"
    status, stdout, err = code(source, "--output", out, "--rejected", lost, "--quiet")
    assert (status, stdout, err) == (1, "", "")
    assert len(out.read_bytes().splitlines()) == 1
    assert json.loads(lost.read_text())["reason"] == "empty"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "lost.jsonl", "out.jsonl"]


def test_parquet_is_the_file_that_export_makes_of_the_records(tmp_path: Path) -> None:
    source, whole = put(tmp_path, "a.txt", SENTENCE), tmp_path / "whole.parquet"
    assert code(source, "--output", tmp_path / "out.jsonl")[0] == 0
    assert code(source, "--format", "parquet", "--output", tmp_path / "out.parquet")[0] == 0
    words = ["export", str(tmp_path / "out.jsonl"), "--format", "parquet", "--output", str(whole)]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert (tmp_path / "out.parquet").read_bytes() == whole.read_bytes()


def test_csv_has_a_row_an_event_and_no_cell_that_a_spreadsheet_would_run(tmp_path: Path) -> None:
    _, out, _ = code(put(tmp_path, "a.txt", "=HYPERLINK(1) met, said the envoy in Doha."), "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert row["type"] == "CONSULT"
    assert row["actors"] == "'=HYPERLINK(1)"
    assert row["actor_countries"] == "KEN"


def test_the_table_shows_events_and_no_escape_sequences(tmp_path: Path) -> None:
    _, out, _ = code(
        put(tmp_path, "a.txt", "\x1b[31mKenya\u202e met Uganda for talks in Kampala."), "--format", "table"
    )
    assert "CONSULT" in out
    assert "[31mKenya [KEN]" in out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_markup_of_a_report_is_shown_and_not_obeyed() -> None:
    assert shown("[bold]a\nb\x07[/bold]", 40) == "[bold]a b[/bold]"
    assert shown("x" * 50, 10) == "x" * 9 + "…"


def test_standard_input_and_field_mapping() -> None:
    status, out, _ = code("-", "--field", "text=words", stdin=json.dumps({"words": SENTENCE}).encode())
    assert status == 0
    assert len(out.splitlines()) == 1


def test_patterns_are_expanded(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.md"):
        put(tmp_path, name, f"{SENTENCE} {name}")
    assert len(code(f"{tmp_path}/*.txt")[1].splitlines()) == 2


def test_the_store_takes_reports_and_standard_output_stays_empty(tmp_path: Path) -> None:
    from dragoman.store import Store

    status, out, _ = code(put(tmp_path, "a.txt", SENTENCE), "--store", tmp_path / "account")
    assert (status, out) == (0, "")
    assert Store.open(tmp_path / "account").counts()["events"] == 1


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--published", "soonish", "allowed: YYYY-MM-DD"),
        ("--field", "text", "FIELD=NAME"),
        ("--field", "body=text", "allowed: text, title"),
        ("--format", "parquet", "--format parquet needs --output"),
        ("--format", "xml", "allowed: jsonl, table, csv, parquet"),
        ("--input-format", "docx", "allowed: text, html"),
        ("--workers", "0", "allowed: 1 to"),
        ("--settings", "/nowhere/s.toml", "s.toml"),
        ("--output", "/nowhere/out.jsonl", "cannot be written"),
    ],
)
def test_wrong_options_are_one_line_and_exit_code_2(tmp_path: Path, option: str, value: str, said: str) -> None:
    status, out, err = code(put(tmp_path, "a.txt", SENTENCE), option, value)
    assert (status, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_version_and_help_with_examples() -> None:
    runner = CliRunner()
    assert runner.invoke(app, ["--version"]).stdout == f"dragoman {dragoman.__version__}\n"
    assert "dragoman code report.txt" in runner.invoke(app, ["code", "--help"]).stdout


def test_help_does_not_load_the_heavy_libraries() -> None:
    script = (
        "import sys; from dragoman.cli import app\n"
        "try: app(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('spacy', 'pyarrow', 'duckdb', 'trafilatura', 'numpy', 'onnxruntime') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_output_that_fails_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    path = put(tmp_path, "out.jsonl", "old")
    with pytest.raises(ZeroDivisionError), atomic_output(path) as stream:
        stream.write(b"half" + bytes(1 // 0))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OutputError, match="cannot be written"), atomic_output(tmp_path / "no" / "out"):
        pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_nothing_half_written(tmp_path: Path, number: signal.Signals) -> None:
    script = (
        "import signal, time, dragoman\n"
        # a shell starts what runs in the background with the interrupt ignored
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from dragoman.records import CodedReport\n"
        "class Slow:\n"
        "    def pipe(self, reports):\n"
        "        for report in reports:\n"
        f"            open({str(tmp_path / 'started')!r}, 'w').close(); time.sleep(0.5)\n"
        "            yield CodedReport(id=report.id)\n"
        "dragoman.load = lambda settings: Slow()\n"
        "from dragoman.cli import app\n"
        f"app(['code', {str(tmp_path / 'in.jsonl')!r}, '--output', {str(tmp_path / 'out.jsonl')!r}])"
    )
    put(tmp_path, "in.jsonl", "\n".join(json.dumps({"text": f"Envoy {i} came to Doha."}) for i in range(100)))
    process = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 30
    while not (tmp_path / "started").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, number)
    assert process.wait(timeout=20) == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "started"]
