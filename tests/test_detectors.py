"""Types of a user's own: fitted from a few marked examples, found beside the events, refused where they do not fit."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dragoman.cli import app
from dragoman.coding.coder import Coder
from dragoman.coding.detectors import Detector
from dragoman.coding.encoder import load_classifier
from dragoman.errors import ModelError, SettingsError, TableError
from dragoman.records import Report
from dragoman.settings import Settings
from dragoman.training.detectors import check_detector, read_types, train_detector

TYPES = Path(__file__).parents[1] / "training" / "own_types" / "representation"
TEXT = (
    "The two presidents met in Lima on Tuesday. Paraguay reopened its embassy in Ankara after eleven years. "
    "The bank said that prices had risen."
)


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("detector")
    scores = train_detector(TYPES, folder, report=lambda _: None)
    assert [(score.type, score.examples) for score in scores] == [("REPRESENTATION", 20)]
    return folder


def test_twenty_examples_give_a_usable_detector(detector: Path) -> None:
    (score,) = check_detector(detector, TYPES / "unseen.tsv")
    assert score.examples == 30
    assert score.f1 >= 0.75


def test_fitting_twice_gives_the_same_file(detector: Path, tmp_path: Path) -> None:
    train_detector(TYPES, tmp_path, report=lambda _: None)
    assert (tmp_path / "detector.json").read_bytes() == (detector / "detector.json").read_bytes()


def test_detections_stand_beside_the_events_with_their_words(detector: Path) -> None:
    coded = Coder(Settings(detectors=(str(detector),))).code(Report(id="r", text=TEXT, published="2025-03-05"))
    (found,) = coded.detections
    assert (found.type, found.trigger.text) == ("REPRESENTATION", "reopened")
    assert TEXT[found.trigger.start : found.trigger.end] == found.trigger.text
    assert TEXT[found.evidence.start : found.evidence.end] == found.evidence.text
    assert [actor.country for actor in found.actors] == ["PRY"]
    assert found.event is None or found.event in {event.id for event in coded.events}


def test_a_detector_needs_a_classifier() -> None:
    with pytest.raises(SettingsError, match="detectors"):
        Settings(detectors=("d",), classifier="none")


def test_a_detector_of_another_encoder_is_refused(detector: Path, tmp_path: Path) -> None:
    words = (detector / "detector.json").read_text(encoding="utf-8")
    digest = words.split('"encoder": "')[1][:64]
    (tmp_path / "detector.json").write_text(words.replace(digest, "0" * 64), encoding="utf-8")
    classifier = load_classifier("events")
    with pytest.raises(ModelError, match="another classifier"):
        Detector(tmp_path, classifier)
    with pytest.raises(ModelError, match="no detector folder"):
        Detector(tmp_path / "none", classifier)


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ("type\texample\nA\tNo trigger here.\n", "0 triggers"),
        ("type\texample\nB\tIt {fell}.\n", "type is 'B'"),
        ("type\texample\nA\tIt {fell}.\n", "1 examples of A"),
    ],
)
def test_examples_that_cannot_be_used_are_named_by_file_and_line(tmp_path: Path, examples: str, message: str) -> None:
    (tmp_path / "types.tsv").write_text("type\tdefinition\nA\tsomething\n", encoding="utf-8")
    (tmp_path / "examples.tsv").write_text(examples, encoding="utf-8")
    with pytest.raises(TableError, match=message):
        read_types(tmp_path)


def test_the_command_wants_texts_or_types_and_not_both(tmp_path: Path) -> None:
    neither = CliRunner().invoke(app, ["train", "--output", str(tmp_path)])
    assert neither.exit_code == 2
    missing = CliRunner().invoke(app, ["train", "--types", str(tmp_path), "--output", str(tmp_path / "out")])
    assert missing.exit_code == 2
    assert "types.tsv" in missing.output
