"""Whole reports of several kinds come to the events they tell of, and to no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from dragoman.records import CodedReport, Event

STORIES = yaml.safe_load((Path(__file__).parent / "cases" / "stories.yaml").read_text(encoding="utf-8"))


def countries(event: Event) -> set[str]:
    return {actor.country for actor in (*event.actors, *event.recipients) if actor.country}


def fits(event: Event, wanted: dict[str, Any]) -> bool:
    return (
        event.type == wanted["type"]
        and set(wanted["countries"]) <= countries(event)
        and wanted.get("mode") in (None, event.mode)
        and wanted["realis"] == event.realis
        and wanted.get("date") in (None, event.date.value if event.date else None)
        and wanted.get("place") in (None, event.place.country if event.place else None)
        and (not wanted.get("stance") or wanted["stance"] in {claim.stance for claim in event.claims})
    )


@pytest.fixture(scope="module")
def coded(coder: Any) -> dict[str, CodedReport]:
    return {story["id"]: coder.code(story["text"], published=story["published"]) for story in STORIES}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story["id"])
def test_a_report_gives_the_events_it_tells_of(story: dict[str, Any], coded: dict[str, CodedReport]) -> None:
    left = list(coded[story["id"]].events)
    for wanted in story["events"]:
        found = next((event for event in left if fits(event, wanted)), None)
        assert found is not None, f"no {wanted} among {coded[story['id']]}"
        left.remove(found)
    assert not left, f"more than it tells of: {left}"


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story["id"])
def test_every_field_shows_its_words(story: dict[str, Any], coded: dict[str, CodedReport]) -> None:
    for event in coded[story["id"]].events:
        spans = [*event.actors, *event.recipients, *event.evidence, *event.topics, *event.cues]
        spans += [part for part in (event.place, event.date) if part is not None and part.start is not None]
        for span in spans:
            assert story["text"][span.start : span.end] == span.text
