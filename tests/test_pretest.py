"""What the test before parser and encoder promises: it passes over what holds no event, and loses hardly one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from dragoman.cli import app
from dragoman.coding.coder import NOT_PARSED, Coder
from dragoman.coding.pretest import is_pretested, plain, pretest, read_pretest, sentences
from dragoman.engines import local
from dragoman.errors import TableError
from dragoman.records import CodedReport, Event, Report, to_json_line
from dragoman.settings import NO_CLASSIFIER, Settings
from dragoman.sources import read
from dragoman.training.corpus_format import Item, read_corpus

ROOT = Path(__file__).parent.parent
ALLOWED = 0.005
WEATHER = (
    "The moon is full on Thursday. The tide is highest an hour after midnight, and the lake is as warm as in June. The "
    "pears are ripe early in such a year, and the cake is best after a night in the tin."
)
REVIEW = (
    "The camera of the new phone takes sharp pictures even in the dark. Its battery lasts a day and a half. The screen "
    "is bright, the speakers are thin, and the price is high for a device with so little memory."
)
TALKS = "The foreign ministers of Chad and Niger met in Niamey on Tuesday and signed an agreement on the border."


@pytest.fixture(scope="module")
def untested() -> Coder:
    """The coder without the test."""
    return Coder(Settings(pretest=False))


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return read_corpus(sorted((ROOT / "training" / "corpus").glob("*.txt")))


def examples() -> list[Report]:
    return [item for item in read([ROOT / "examples" / "reports"]) if isinstance(item, Report)]


def told(record: CodedReport) -> Iterator[tuple[str, str, Event]]:
    for event in record.events:
        yield record.id, event.id, event


def test_what_holds_no_event_is_not_parsed_and_says_so(coder: Coder) -> None:
    for text in (WEATHER, REVIEW):
        record = coder.code(text)
        assert record.events == ()
        assert NOT_PARSED in record.warnings
    assert coder.code(TALKS).events
    assert NOT_PARSED not in coder.code(TALKS).warnings


def test_records_come_in_the_order_of_the_reports_whichever_are_parsed(coder: Coder) -> None:
    texts = [WEATHER, TALKS, REVIEW, TALKS.replace("Tuesday", "Friday")] * 5
    reports = [Report(id=str(number), text=text) for number, text in enumerate(texts)]
    records = list(coder.pipe(reports))
    assert [record.id for record in records] == [report.id for report in reports]
    assert [bool(record.events) for record in records] == [False, True] * 10


def test_the_example_reports_have_the_same_events_with_and_without(coder: Coder, untested: Coder) -> None:
    reports = examples()
    with_test = [event for record in coder.pipe(reports) for event in told(record)]
    assert len(with_test) > 20
    assert with_test == [event for record in untested.pipe(reports) for event in told(record)]


def test_hardly_an_event_of_the_corpus_lies_where_nobody_would_look(items: list[Item]) -> None:
    """By the corpus's own annotation, without coding anything: a bound that the tables cannot break in silence."""
    test = pretest()
    events = lost = 0
    for item in items:
        passes = test.passes(item.text)
        for event in item.events:
            marks = [mark for mark in item.marks if mark.id == event.trigger]
            kept = passes and any(_seen(item.text, mark.start, mark.end) for mark in marks)
            events, lost = events + 1, lost + (not kept)
    assert events > 4000
    assert lost <= ALLOWED * events


def _seen(text: str, start: int, end: int) -> bool:
    """Whether the sentence that holds a span passes."""
    place = 0
    for sentence in sentences(text):
        place = text.index(sentence, place)
        if place <= start and end <= place + len(sentence):
            return pretest().passes_sentence(sentence)
        place += len(sentence)
    return True  # it reaches over a cut: its pieces are judged with what stands beside them


def test_it_passes_over_items_without_events_more_often_than_over_others(items: list[Item]) -> None:
    empty = [item for item in items if not item.events]
    assert sum(not pretest().passes(item.text) for item in empty) > 0.2 * len(empty)


def test_the_bytes_are_the_same_for_any_number_of_workers() -> None:
    reports = [
        Report(id=f"{number}-{n}", text=text)
        for number in range(6)
        for n, text in enumerate((WEATHER, TALKS, f"{REVIEW}\n\n{TALKS}", REVIEW))
    ]
    runs = [b"".join(map(to_json_line, local.run(reports, Settings(), workers))) for workers in (1, 2)]
    assert runs[0] == runs[1]
    assert runs[0].count(NOT_PARSED.encode()) == 12


def test_it_can_be_switched_off(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(WEATHER)
    for options, said in (([], True), (["--no-pretest"], False)):
        ran = CliRunner().invoke(app, ["code", str(tmp_path / "a.txt"), "--format", "jsonl", "--quiet", *options])
        assert ran.exit_code == 0
        assert (NOT_PARSED in ran.stdout) is said


def test_it_is_not_made_with_another_classifier_or_with_own_types() -> None:
    assert is_pretested(Settings())
    for other in ({"pretest": False}, {"classifier": NO_CLASSIFIER}, {"detectors": ("own",)}, {"classifier": "a/b"}):
        assert not is_pretested(msgspec.convert({**other}, Settings))


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=300))
def test_any_text_has_a_probability_and_its_sentences_stand_in_it(text: str) -> None:
    assert 0 <= pretest().probability(text) <= 1
    assert isinstance(pretest().passes(text), bool)
    place = 0
    for sentence in sentences(text):
        place = text.index(sentence, place) + len(sentence)


def test_words_are_found_in_whatever_spelling_they_stand() -> None:
    assert plain("The U.S.-led “Força”,  Iran's") == " the us led forca irans "
    test = pretest()
    assert test.probability("The lake is warm.") < 0.05
    for spelling in ("Iran attacked Israel's embassy.", "IRAN ATTACKED ISRAEL’S EMBASSY.", "Irán attacked Israel"):
        assert test.probability(spelling) > 0.5


def test_a_table_that_lacks_a_bar_or_a_number_is_refused(tmp_path: Path) -> None:
    from dragoman.coding.actor_lexicon import Gazetteer

    path = tmp_path / "pretest.tsv"
    path.write_text("kind\tname\tforms\tshare\tweight\nvalue\tbest\t\t\t1\n")
    with pytest.raises(TableError, match="no weight or bar"):
        read_pretest(path, Gazetteer())
    path.write_text("kind\tname\tforms\tshare\tweight\nbar\treport\t\t\tmuch\n")
    with pytest.raises(TableError, match="weight is 'much'"):
        read_pretest(path, Gazetteer())
