"""From files to coded reports with the real coder: the same bytes for any number of workers and any order of files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dragoman.engines.local import run
from dragoman.records import CodedReport, Report, to_json_line
from dragoman.settings import DEFAULT_CLASSIFIER, Settings
from dragoman.sources import ReadOptions, read
from dragoman.tables import package_file

# With the classifier where one ships with the package, as a user has it.
CLASSIFIER = DEFAULT_CLASSIFIER if package_file("models", DEFAULT_CLASSIFIER).is_dir() else "none"
SMALL = Settings(batch_size=2, classifier=CLASSIFIER)
TEXTS = {
    "a.txt": "France recalled its ambassador from Mali on Monday, the foreign ministry in Paris said.",
    "b.txt": "Kenya's foreign minister met his Ugandan counterpart in Kampala on Tuesday for talks on trade.",
    "c.txt": "Iran denied on Friday that its forces had attacked a tanker in the Gulf of Oman.",
    "d.txt": "\u202bPeru\u202c and Chile 😀 signed\x07 a border agreement.\r\n\r\nThe pact takes effect next month.",
    "e.txt": "Rebels shelled a market in the north of the country, killing at least ten people, officials said.",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reports")
    for name, text in TEXTS.items():
        (path / name).write_bytes(text.encode("utf-8"))
    (path / "f.jsonl").write_text(json.dumps({"text": "Oman mediated.", "date": "2999-01-01"}) + "\n{broken\n")
    return path


def reports(*inputs: Path) -> list[Report]:
    items = read(inputs, SMALL, ReadOptions(published="2025-03-05"))
    return [item for item in items if isinstance(item, Report)]


@pytest.fixture(scope="module")
def coded(folder: Path) -> list[CodedReport]:
    return list(run(reports(folder), SMALL, 1))


def test_every_report_is_coded_without_errors_and_in_order(folder: Path, coded: list[CodedReport]) -> None:
    assert [record.id for record in coded] == [report.id for report in reports(folder)]
    assert [record.errors for record in coded] == [()] * 6


def test_events_stand_on_words_of_the_text_as_given(folder: Path, coded: list[CodedReport]) -> None:
    assert sum(len(record.events) for record in coded) >= 3
    for report, record in zip(reports(folder), coded, strict=True):
        for event in record.events:
            for span in (*event.actors, *event.recipients, *event.evidence, *event.topics):
                assert report.text[span.start : span.end] == span.text


def test_warnings_of_reading_reach_the_record(coded: list[CodedReport]) -> None:
    assert any("in the future" in warning for warning in coded[-1].warnings)


def test_one_and_two_workers_give_the_same_bytes(folder: Path, coded: list[CodedReport]) -> None:
    two = run(reports(folder), SMALL, 2)
    assert b"".join(map(to_json_line, two)) == b"".join(map(to_json_line, coded))


def test_the_order_in_which_files_are_named_changes_nothing(folder: Path) -> None:
    names = sorted(TEXTS)
    forwards, backwards = ([folder / name for name in order] for order in (names, reversed(names)))
    assert reports(*forwards) == reports(*backwards)
