"""Reliability, the confusion of types as a picture, and the held-back part of the written corpus as gold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dragoman.evaluation.corpus import read_held_back
from dragoman.evaluation.details import article_details
from dragoman.evaluation.metrics import match_documents
from dragoman.evaluation.pictures import confusion_cells, write_pictures
from dragoman.evaluation.reliability import reliability

CORPUS = Path(__file__).parents[1] / "training" / "corpus"


def _event(kind: str, confidence: float | None = None) -> dict[str, Any]:
    party = [{"text": "Ghana", "name": "Ghana", "country": "GHA"}]
    return {"type": kind, "actors": party, "recipients": [], "evidence": ["Ghana spoke"], "confidence": confidence}


def _documents(given: list[dict[str, Any]], gold: list[dict[str, Any]]) -> Any:
    return match_documents([{"id": "a", "text": "Ghana spoke.", "events": gold}], [{"id": "a", "events": given}])


def test_reliability_is_the_gap_between_confidence_and_share_right() -> None:
    documents = _documents([_event("ACCUSE", 0.9), _event("REJECT", 0.9)], [_event("ACCUSE")])
    found = reliability(documents)
    assert found == {
        "error": 0.4,
        "events": 2,
        "bins": [{"bin": "0.9 to 1.0", "events": 2, "confidence": 0.9, "right": 0.5}],
    }


def test_reliability_of_no_events_is_unknown() -> None:
    assert reliability(_documents([], [_event("ACCUSE")]))["error"] is None


def test_cells_of_the_confusion_add_up_to_the_events() -> None:
    documents = _documents([_event("ACCUSE", 0.9), _event("AID", 0.5)], [_event("ACCUSE"), _event("REJECT")])
    cells = confusion_cells(article_details(documents, samples=0))
    assert {(c["gold"], c["pred"]): c["count"] for c in cells} == {("ACCUSE", "ACCUSE"): 1, ("REJECT", "AID"): 1}


def test_pictures_are_written_whole(tmp_path: Path) -> None:
    details = article_details(_documents([_event("ACCUSE", 0.9)], [_event("ACCUSE")]), samples=0)
    paths = write_pictures(tmp_path / "new", details)
    assert [path.name for path in paths] == ["types.svg", "reliability.svg"]
    assert all(path.read_text(encoding="utf-8").startswith("<svg") for path in paths)


def test_held_back_items_of_the_corpus_are_gold_in_the_shape_of_articles() -> None:
    rows = read_held_back(CORPUS)
    assert 200 < len(rows) < 400
    events = [(row, event) for row in rows for event in row["events"]]
    assert all(words in row["text"] for row, event in events for words in event["evidence"])
    assert len({row["id"] for row in rows}) == len(rows)
